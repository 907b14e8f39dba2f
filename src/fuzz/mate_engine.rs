//! MATE: a configuration and the tables of fields that it is run over.

use std::io;
use std::path::Path;

use super::Script;
use crate::{
    mate::{
        catalogue::FieldId,
        config::{self, Configuration, FileContent, Files, ReadOptions, Semantics},
        engine::{Engine, EngineLimits, EngineSettings},
        frame::{Frame, LayerIndex, Octets},
        groups::Groups,
    },
    model::{CaptureIndex, FrameNumber, FrameRef, Nanoseconds, Timestamp},
};

/// A file that is there whatever it is called, so that it may include itself.
struct Text<'a>(&'a [u8]);

impl Files for Text<'_> {
    fn read(&self, path: &Path, _: u64) -> io::Result<FileContent> {
        Ok(FileContent {
            identity: path.to_owned(),
            octets: self.0.to_vec(),
        })
    }
}

/// A configuration, NUL, and a script whose steps are frames: how many quarters of a second it came after the one
/// before, and its fields. A field is three octets and its value: which of the fields that the configuration names it is,
/// where it begins, how long its value is. A protocol begins a layer; the value of that says which layer carries it.
/// Both semantics run it, within small limits. Returns how many runs there were: none where the configuration is none.
pub fn mate_engine(octets: &[u8]) -> usize {
    let mut parts = octets.splitn(2, |octet| *octet == 0);
    let (text, script) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut runs = 0;
    for (semantics, merge_gogs) in [
        (Semantics::Documented, false),
        (Semantics::Documented, true),
        (Semantics::Wireshark, false),
    ] {
        let options = ReadOptions {
            semantics,
            ignore_unknown: true,
        };
        let Ok(configuration) = config::read(&["fuzz".into()], options, &Text(text)) else {
            continue;
        };
        let settings = EngineSettings {
            merge_gogs,
            explain: true,
            limits: EngineLimits { open: 50, keys: 20 },
        };
        run(&configuration, settings, script);
        runs += 1;
    }
    runs
}

fn run(configuration: &Configuration, settings: EngineSettings, script: &[u8]) {
    let named = named(configuration);
    let mut engine = Engine::new(configuration, settings);
    let mut groups = Groups::default();
    let mut frame = Frame::default();
    let mut time: Nanoseconds = 0;
    for (number, step) in (1..).zip(Script::new(script)) {
        // Time may run backwards.
        time += Nanoseconds::from(step.operation.cast_signed()) * (Timestamp::SECOND / 4);
        frame.begin(FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(number),
            time: Timestamp::from_nanoseconds(time),
        });
        fill(&mut frame, &named, step.octets);
        engine.frame(&frame, &mut groups);
    }
    engine.finish(&mut groups);
    groups.settle();
    let in_gops = groups.pdus.iter().filter(|pdu| pdu.membership.is_some()).count();
    let of_gops: usize = groups.gops.iter().map(|gop| gop.pdus.len()).sum();
    assert_eq!(in_gops, of_gops, "a Pdu is lost, or twice there");
    let in_gogs = groups.gops.iter().filter(|gop| gop.gog.is_some()).count();
    let of_gogs: usize = groups.gogs.iter().map(|gog| gog.gops.len()).sum();
    assert_eq!(in_gogs, of_gogs, "a Gop is lost, or twice there");
}

/// The fields that a configuration names.
fn named(configuration: &Configuration) -> Vec<FieldId> {
    let of_pdus = configuration.pdus.iter().flat_map(|pdu| {
        let extracts = pdu.extracts.iter().map(|extract| extract.field);
        let layers = pdu.transports.iter().chain(&pdu.payloads).copied();
        pdu.proto.into_iter().chain(layers).chain(extracts)
    });
    let mut named: Vec<FieldId> = of_pdus.collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn fill(frame: &mut Frame, named: &[FieldId], mut octets: &[u8]) {
    let mut layer = LayerIndex::new(0);
    while let Some(([which, start, length], rest)) = octets.split_first_chunk() {
        let (value, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        octets = rest;
        let id = usize::from(*which)
            .checked_rem(named.len())
            .and_then(|place| named.get(place));
        let Some(id) = id else { return };
        let start = u32::from(*start);
        let range = Octets::new(start, start + u32::from(*length));
        if id.is_protocol() {
            let carrier = value.first().map(|carrier| LayerIndex::new(u32::from(*carrier)));
            layer = frame.layer(*id, carrier, range);
        } else {
            frame.field(layer, *id, range, String::from_utf8_lossy(value));
        }
    }
}
