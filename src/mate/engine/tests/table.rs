//! Frames as lines of text, and what the engine told as lines of text.

use std::fmt::Write;

use crate::mate::catalogue::FieldId;
use crate::mate::config::{self, Configuration, Semantics};
use crate::mate::engine::{
    Engine, EngineReport, EngineSettings, ExplainItem, GogItem, GogRef, GopItem, GopRef, Pairs, PduItem,
    ReleasedBy, Role, Sink,
};
use crate::mate::frame::{Frame, LayerIndex, Octets};
use crate::model::{CaptureIndex, FrameNumber, FrameRef, Nanoseconds, Timestamp};

/// When the first second of a table is.
const ORIGIN: i64 = 1_000_000_000;

/// A frame: `1.5 | ip ip.ttl=64 ip.src=10.0.0.1 | udp@34-42 udp.port=1 | <1 http`. Layers are carried by the one before,
/// or by the one named by `<`. `@` gives the octets of a layer; its fields lie at its beginning unless they have their
/// own (`ip.ttl@22-23=64`). A value ends at the next blank; `_` is one.
pub(super) fn frame(number: u64, line: &str) -> Frame {
    let mut parts = line.split('|').map(str::trim);
    let time = parts.next().unwrap();
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction: i64 = format!("{fraction:0<9}").parse().unwrap();
    let nanoseconds = (ORIGIN + seconds.parse::<i64>().unwrap()) * Timestamp::SECOND + fraction;
    let mut frame = Frame::new(FrameRef {
        capture: CaptureIndex(0),
        frame: FrameNumber(number),
        time: Timestamp::from_nanoseconds(nanoseconds),
    });
    let mut carrier = None;
    for layer in parts {
        let mut words = layer.split(' ').filter(|word| !word.is_empty());
        let mut name = words.next().unwrap();
        if let Some(named) = name.strip_prefix('<') {
            carrier = Some(LayerIndex::new(named.parse().unwrap()));
            name = words.next().unwrap();
        }
        let (name, octets) = placed(name, Octets::default());
        let index = frame.layer(field_id(name), carrier, octets);
        carrier = Some(index);
        for word in words {
            let (name, text) = word.split_once('=').unwrap_or((word, ""));
            let (name, octets) = placed(name, Octets::new(octets.start, octets.start));
            frame.field(index, field_id(name), octets, text.replace('_', " "));
        }
    }
    frame
}

fn placed(word: &str, or: Octets) -> (&str, Octets) {
    let Some((name, range)) = word.split_once('@') else {
        return (word, or);
    };
    let (start, end) = range.split_once('-').unwrap();
    (name, Octets::new(start.parse().unwrap(), end.parse().unwrap()))
}

fn field_id(name: &str) -> FieldId {
    FieldId::named(name).unwrap_or_else(|| panic!("no field {name}"))
}

/// What a run told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) configuration: Configuration,
    pub(super) pdus: Vec<PduItem>,
    pub(super) gops: Vec<GopItem>,
    pub(super) gogs: Vec<GogItem>,
    pub(super) explained: Vec<ExplainItem>,
    pub(super) report: EngineReport,
}

impl Sink for Told {
    fn pdu(&mut self, item: PduItem) {
        self.pdus.push(item);
    }

    fn gop(&mut self, item: GopItem) {
        self.gops.push(item);
    }

    fn gog(&mut self, item: GogItem) {
        self.gogs.push(item);
    }

    fn explain(&mut self, item: ExplainItem) {
        self.explained.push(item);
    }
}

/// Runs a configuration over frames.
pub(super) fn run_with(configuration: Configuration, settings: EngineSettings, frames: &[Frame]) -> Told {
    let mut engine = Engine::new(&configuration, settings);
    let mut told = Told {
        configuration,
        ..Told::default()
    };
    for frame in frames {
        engine.frame(frame, &mut told);
    }
    told.report = engine.finish(&mut told);
    told.gops.sort_by_key(|gop| gop.made);
    told.gogs.sort_by_key(|gog| gog.made);
    told
}

/// The frames of a table.
pub(super) fn frames(table: &[&str]) -> Vec<Frame> {
    (1..)
        .zip(table)
        .map(|(number, line)| frame(number, line))
        .collect()
}

/// Runs a configuration with the documented semantics.
pub(super) fn run(configuration: &str, table: &[&str]) -> Told {
    let settings = EngineSettings {
        explain: true,
        ..EngineSettings::default()
    };
    run_with(
        config::of_text(configuration, Semantics::Documented),
        settings,
        &frames(table),
    )
}

/// Runs a configuration with the documented semantics and `--merge-gogs`.
pub(super) fn run_merging(configuration: &str, table: &[&str]) -> Told {
    let settings = EngineSettings {
        merge_gogs: true,
        ..EngineSettings::default()
    };
    run_with(
        config::of_text(configuration, Semantics::Documented),
        settings,
        &frames(table),
    )
}

/// Runs a configuration with the semantics of Wireshark.
pub(super) fn run_wireshark(configuration: &str, table: &[&str]) -> Told {
    let settings = EngineSettings {
        explain: true,
        ..EngineSettings::default()
    };
    run_with(
        config::of_text(configuration, Semantics::Wireshark),
        settings,
        &frames(table),
    )
}

fn seconds(time: Nanoseconds) -> f64 {
    time as f64 / 1e9
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Start => "start",
        Role::Stop => "stop",
        Role::AfterStop => "after",
        Role::Member => "member",
    }
}

impl Told {
    fn gop(&self, gop: GopRef) -> String {
        format!("{}{}", self.configuration.gops[gop.gop.index()].name, gop.id)
    }

    fn gog(&self, gog: GogRef) -> String {
        format!("{}{}", self.configuration.gogs[gog.gog.index()].name, gog.id)
    }

    /// `addr=a,b port=1`
    pub(super) fn pairs(&self, pairs: &Pairs) -> String {
        let attributes = pairs.by_attribute().map(|(attribute, pairs)| {
            let texts: Vec<&str> = pairs.iter().map(|pair| pair.value.text()).collect();
            format!(
                "{}={}",
                self.configuration.attributes.name(attribute),
                texts.join(",")
            )
        });
        attributes.collect::<Vec<_>>().join(" ")
    }

    fn pdu_name(&self, pdu: config::PduIndex) -> &str {
        let declaration = &self.configuration.pdus[pdu.index()];
        &self.configuration.pdu_types[declaration.pdu_type.index()].name
    }

    /// `p1@1 g1 start: addr=a`
    pub(super) fn pdu_lines(&self) -> Vec<String> {
        let line = |pdu: &PduItem| {
            let mut line = format!("{}{}@{}", self.pdu_name(pdu.pdu), pdu.id, pdu.at.frame);
            if let Some(membership) = pdu.membership {
                write!(line, " {} {}", self.gop(membership.gop), role(membership.role)).unwrap();
            }
            write!(line, ": {}", self.pairs(&pdu.attributes)).unwrap();
            line
        };
        self.pdus.iter().map(line).collect()
    }

    /// `g1 [a=1] stop 0+2 time 2: 1 start, 2 stop; in o1; a=1 b=2`: key, release, start and duration, frames, Gog,
    /// attributes.
    pub(super) fn gop_lines(&self) -> Vec<String> {
        let line = |gop: &GopItem| {
            let released = gop.released_by.map_or("open", |by| match by {
                ReleasedBy::Stop => "stop",
                ReleasedBy::Auto => "auto",
                ReleasedBy::Lifetime => "lifetime",
                ReleasedBy::Idle => "idle",
            });
            let mut line = format!(
                "{} [{}] {released} {}+{}",
                self.gop(gop.gop),
                self.pairs(&gop.key),
                seconds(gop.start),
                seconds(gop.duration),
            );
            if let Some(time) = gop.time {
                write!(line, " time {}", seconds(time)).unwrap();
            }
            let pdus = gop
                .pdus
                .iter()
                .map(|pdu| format!("{} {}", pdu.at.frame, role(pdu.role)));
            write!(line, ": {}", pdus.collect::<Vec<_>>().join(", ")).unwrap();
            if let Some(gog) = gop.gog {
                write!(line, "; in {}", self.gog(gog)).unwrap();
            }
            write!(line, "; {}", self.pairs(&gop.attributes)).unwrap();
            line
        };
        self.gops.iter().map(line).collect()
    }

    /// `o1 released 0+2 time 2: g1 g2; a=1`: start and duration, time to the release, Gops, attributes.
    pub(super) fn gog_lines(&self) -> Vec<String> {
        let line = |gog: &GogItem| {
            let state = if gog.released { "released" } else { "open" };
            let mut line = format!(
                "{} {state} {}+{}",
                self.gog(gog.gog),
                seconds(gog.start),
                seconds(gog.duration)
            );
            if let Some(time) = gog.time {
                write!(line, " time {}", seconds(time)).unwrap();
            }
            let gops: Vec<String> = gog.gops.iter().map(|gop| self.gop(*gop)).collect();
            write!(line, ": {}; {}", gops.join(" "), self.pairs(&gog.attributes)).unwrap();
            line
        };
        self.gogs.iter().map(line).collect()
    }

    /// `p1@1 no_start ttl`
    pub(super) fn explained_lines(&self) -> Vec<String> {
        let line = |item: &ExplainItem| {
            let mut line = format!(
                "{}{}@{} {}",
                self.pdu_name(item.pdu),
                item.id,
                item.at.frame,
                item.reason.name()
            );
            if let Some(attribute) = item.reason.attribute() {
                write!(line, " {}", self.configuration.attributes.name(attribute)).unwrap();
            }
            line
        };
        self.explained.iter().map(line).collect()
    }
}
