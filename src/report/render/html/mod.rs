//! The report: one self-contained page. It loads nothing, runs only the script that its content security policy names
//! by digest, and holds the messages as data: an index as JSON, and the details in compressed groups that are unpacked
//! when a message is opened, so that tens of thousands of messages stay light.

mod charts;
mod encode;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::json;
use super::ladder::{Ladder, Row, offset};
use super::xml::escaped;
use crate::model::{Digest, Timestamp, tree, unpacked_text};
use crate::report::document::statistics::Statistics;
use crate::report::document::{
    Capture, Document, FailureKind, Message, Outcome, ShownHeaders, State, Summary,
};
use crate::report::words::names::HostNames;
use crate::report::words::style::Tone;
use crate::report::words::zone::{Offset, Zone};
use crate::report::words::{display_filter, explain, human};
use encode::base64;

static STYLE: LazyLock<String> =
    LazyLock::new(|| unpacked_text(include_bytes!(concat!(env!("OUT_DIR"), "/page.css"))));
static SCRIPT: LazyLock<String> =
    LazyLock::new(|| unpacked_text(include_bytes!(concat!(env!("OUT_DIR"), "/page.js"))));

/// Messages that are unpacked together: a few hundred kilobytes, an instant.
const GROUP: usize = 200;

/// A picture that is shown small beside the part with this digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    media_type: &'static str,
    octets: Vec<u8>,
}

/// Largest picture that is put into a report, in octets: what phones send, and a page that still opens.
pub const MAX_PICTURE: usize = 2 * 1024 * 1024;

impl Picture {
    /// The picture, if it is of a kind that only shows: JPEG, PNG, GIF or WebP by its own first octets, whatever the
    /// message calls it; nothing that may hold scripts.
    pub fn new(octets: Vec<u8>) -> Option<Self> {
        if octets.len() > MAX_PICTURE {
            return None;
        }
        let media_type = match octets.as_slice() {
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => "image/png",
            [b'G', b'I', b'F', b'8', ..] => "image/gif",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => return None,
        };
        Some(Self { media_type, octets })
    }
}

/// What goes into a report beside the messages.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What stands above it.
    pub title: String,
    /// Pictures by the digest of their part; none where content is not to be included.
    pub pictures: BTreeMap<Digest, Picture>,
    /// In which zone times are shown.
    pub zone: Zone,
    /// What hosts are called.
    pub names: HostNames,
}

/// Writes a report of the messages given.
pub fn write<'a, M>(
    out: &mut impl Write,
    document: &Document,
    summary: &Summary,
    messages: M,
    options: &Options,
) -> io::Result<()>
where
    M: Iterator<Item = &'a Message> + Clone,
{
    head(out, options)?;
    overview(out, document, summary, messages.clone(), &options.zone)?;
    out.write_all(include_bytes!("table.html"))?;
    index(out, messages.clone(), options)?;
    details(out, messages, &options.names)?;
    pictures(out, options)?;
    writeln!(out, "<script>{}</script>\n</body>\n</html>", *SCRIPT)
}

fn head(out: &mut impl Write, options: &Options) -> io::Result<()> {
    let digest = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    let title = if options.title.is_empty() {
        "MMS report"
    } else {
        &options.title
    };
    let pictures = if options.pictures.is_empty() {
        ""
    } else {
        " img-src data:;"
    };
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; \
         style-src 'sha256-{}';{pictures} base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>{}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>",
        digest(&SCRIPT),
        digest(&STYLE),
        *STYLE,
        title = escaped(title),
    )
}

fn overview<'a>(
    out: &mut impl Write,
    document: &Document,
    summary: &Summary,
    messages: impl Iterator<Item = &'a Message> + Clone,
    zone: &Zone,
) -> io::Result<()> {
    inputs(out, document, zone)?;
    tiles(out, summary)?;
    let statistics = Statistics::of(messages.clone());
    writeln!(
        out,
        "<section class=\"charts\" aria-label=\"Verdicts\">{}{}{}</section>\n\
         <section class=\"charts\" aria-label=\"Times\">{}</section>\n\
         <section class=\"charts\" aria-label=\"Messages over time\">{}</section>",
        charts::outcomes(summary),
        charts::failures(summary),
        charts::mmscs(messages.clone()),
        charts::times(&statistics),
        charts::over_time(messages, zone)
    )?;
    anomalies(out, document)
}

/// Most captures that are listed by name, and most that are listed without being asked for.
const LISTED: usize = 1000;
const SHOWN: usize = 3;

fn inputs(out: &mut impl Write, document: &Document, zone: &Zone) -> io::Result<()> {
    let captures = &document.captures;
    let folded = captures.len() > SHOWN;
    if folded {
        let packets = captures.iter().map(|capture| capture.packets).sum();
        let bytes = captures.iter().map(|capture| capture.bytes).sum();
        writeln!(
            out,
            "<details class=\"soft\"><summary>{}: {}, {}</summary>",
            human::count(captures.len() as u64, "capture"),
            escaped(&human::count(packets, "packet")),
            human::size(bytes)
        )?;
    }
    for capture in captures.iter().take(LISTED) {
        let span = capture.first.zip(capture.last);
        let span = span.map(|(first, last)| format!(", {}", human::span(first, last, zone, "–")));
        writeln!(
            out,
            "<p class=\"soft\">{}: {}, {}{}</p>",
            escaped(&capture.path),
            escaped(&human::count(capture.packets, "packet")),
            human::size(capture.bytes),
            span.unwrap_or_default(),
        )?;
    }
    if let Some(more @ 1..) = captures.len().checked_sub(LISTED) {
        let more = human::count(more as u64, "more capture");
        writeln!(out, "<p class=\"soft\">and {more}</p>")?;
    }
    if folded {
        writeln!(out, "</details>")?;
    }
    captures.iter().try_for_each(|capture| problems(out, capture))
}

/// What is wrong with an input.
fn problems(out: &mut impl Write, capture: &Capture) -> io::Result<()> {
    for problem in &capture.problems {
        let place = problem
            .frame
            .map(|frame| format!(" at frame {frame}"))
            .unwrap_or_default();
        writeln!(
            out,
            "<p class=\"bad\">✘ {}: {}{place}</p>",
            escaped(&capture.path),
            escaped(&problem.detail)
        )?;
    }
    Ok(())
}

fn tiles(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let tile = |out: &mut _, class: &str, number: u64, name: &str| {
        let number = human::grouped(number);
        writeln!(
            out as &mut dyn Write,
            "<div class=\"tile\"><b class=\"{class}\">{number}</b><span>{name}</span></div>"
        )
    };
    writeln!(out, "<section class=\"tiles\" aria-label=\"Summary\">")?;
    tile(out, "", summary.messages, "messages")?;
    tile(out, "good", summary.success, "✔ success")?;
    tile(out, "bad", summary.failure, "✘ failure")?;
    tile(out, "mixed", summary.partial, "◐ partial")?;
    tile(out, "open", summary.open, "○ open")?;
    tile(out, "", summary.pdus.values().sum(), "PDUs")?;
    tile(out, "", summary.malformed_pdus, "malformed PDUs")?;
    writeln!(out, "</section>")
}

fn anomalies(out: &mut impl Write, document: &Document) -> io::Result<()> {
    if document.anomalies.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Anomalies</h2>\n<dl class=\"anomalies\">")?;
    for anomaly in &document.anomalies {
        let place = match (anomaly.frame, anomaly.capture) {
            (Some(frame), Some(capture @ 1..)) => format!("first at {}", human::place(capture, frame, true)),
            (Some(frame), _) => format!("first at frame {frame}"),
            (None, _) => String::new(),
        };
        writeln!(
            out,
            "<dt>{}</dt><dd>{}</dd><dd>{place} {}</dd>",
            escaped(&anomaly.kind.replace('_', " ")),
            human::grouped(anomaly.count),
            escaped(&anomaly.detail)
        )?;
    }
    writeln!(out, "</dl>")
}

/// What the table needs: a list of lists, in the order the script names.
#[derive(Serialize)]
struct Index<R> {
    group: usize,
    outcomes: Vec<&'static str>,
    states: Vec<&'static str>,
    advice: BTreeMap<&'static str, &'static str>,
    /// Headers that are only shown: what they are called, and their names in the message.
    headers: Vec<(&'static str, &'static str)>,
    zone: PageZone,
    rows: R,
}

/// The zone that times are shown in.
#[derive(Serialize)]
struct PageZone {
    /// What stands above times: their offset, or the zone where it changes.
    name: String,
    /// The offset that need not stand behind each time, in seconds.
    usual: Option<i32>,
    /// The offsets, each with the millisecond from which it holds, its seconds and how it is written.
    offsets: Vec<(i64, i32, String)>,
}

/// How long after the last message a time of it may lie, such as an expiry.
const AHEAD: i64 = 400 * 86_400 * Timestamp::SECOND;

impl PageZone {
    fn of<'a>(zone: &Zone, messages: impl Iterator<Item = &'a Message> + Clone) -> Self {
        let times = || messages.clone().filter_map(|message| message.started);
        let first = times().min().unwrap_or_default();
        let last = messages.clone().filter_map(|message| message.ended).max();
        let last = last.unwrap_or(first);
        let offsets = zone.offsets(first, last.plus(AHEAD));
        let usual = match zone.offsets(first, last).as_slice() {
            [(_, offset)] => Some(*offset),
            _ => None,
        };
        Self {
            name: usual.map_or_else(|| zone.to_string(), |offset| offset.to_string()),
            usual: usual.map(Offset::seconds),
            offsets: offsets
                .into_iter()
                .map(|(from, offset)| {
                    (
                        from.nanoseconds() / 1_000_000,
                        offset.seconds(),
                        offset.to_string(),
                    )
                })
                .collect(),
        }
    }
}

type IndexRow = (
    u64,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<u64>,
    usize,
    usize,
    String,
    Option<f64>,
    String,
    Option<String>,
    Option<String>,
    String,
);

fn index<'a>(
    out: &mut impl Write,
    messages: impl Iterator<Item = &'a Message> + Clone,
    options: &Options,
) -> io::Result<()> {
    let index = Index {
        zone: PageZone::of(&options.zone, messages.clone()),
        group: GROUP,
        outcomes: Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect(),
        states: State::ALL.iter().map(|state| state.as_str()).collect(),
        advice: FailureKind::ALL
            .iter()
            .map(|kind| (kind.as_str(), explain::advice(*kind)))
            .collect(),
        headers: ShownHeaders::ALL
            .iter()
            .map(|header| (header.label, header.name))
            .collect(),
        rows: json::Sequence(messages.map(|message| index_row(message, &options.names))),
    };
    write!(out, "<script type=\"application/json\" id=\"index\">")?;
    json::write_for_html(out, &index)?;
    writeln!(out, "</script>")
}

fn index_row(message: &Message, names: &HostNames) -> IndexRow {
    let to = &message.recipients;
    let started = message.started.map(jiff::Timestamp::from);
    (
        message.id,
        started.map(jiff::Timestamp::as_millisecond),
        message.from.clone(),
        (!to.is_empty()).then(|| to.join(", ")),
        message.size,
        Outcome::ALL
            .iter()
            .position(|each| *each == message.outcome)
            .unwrap_or(0),
        State::ALL
            .iter()
            .position(|each| *each == message.state)
            .unwrap_or(0),
        explain::reason(message),
        message.duration_ms,
        explain::frames(message, "–"),
        message.subject.clone(),
        message.message_id.clone(),
        searched(message, names),
    )
}

/// What the search finds besides what the table shows: kinds of failures, hosts, addresses and their names.
fn searched(message: &Message, names: &HostNames) -> String {
    let failures = message.failures.iter();
    let mut words: BTreeSet<String> = tree(failures.map(|failure| failure.kind.as_str().to_owned()));
    let submission = message.submission.iter().map(|leg| &leg.ends);
    let deliveries = message.deliveries.iter();
    let deliveries = deliveries.flat_map(|delivery| {
        let retrievals = delivery.retrievals.iter().map(|leg| &leg.ends);
        let handovers = delivery.handovers.iter().map(|leg| &leg.ends);
        let acknowledgements = delivery.acknowledgements.iter().map(|leg| &leg.ends);
        retrievals.chain(handovers).chain(acknowledgements)
    });
    words.extend(submission.chain(deliveries).filter_map(|ends| ends.host.clone()));
    words.extend(message.mmsc.clone());
    for event in &message.events {
        for host in [event.seen.src.address, event.seen.dst.address] {
            words.insert(host.to_string());
            words.extend(names.of(host).map(str::to_owned));
        }
    }
    words.into_iter().collect::<Vec<_>>().join("\n")
}

/// All that is shown of a message: itself, and what is said of it in words.
#[derive(Serialize)]
struct Detail<'a> {
    message: &'a Message,
    state: String,
    reason: String,
    evidence: &'static str,
    frames: String,
    failures: Vec<String>,
    links: Vec<String>,
    /// Wireshark's display filters for its frames, one for each capture.
    filters: Vec<String>,
    ladder: Flow,
}

#[derive(Serialize)]
struct Flow {
    participants: Vec<FlowParticipant>,
    rows: Vec<FlowRow>,
}

#[derive(Serialize)]
struct FlowParticipant {
    role: &'static str,
    host: IpAddr,
    name: Option<String>,
    owners: Vec<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FlowRow {
    Arrow {
        from: usize,
        to: usize,
        frame: String,
        times: u32,
        offset: String,
        label: String,
        bad: bool,
        broken: bool,
        dashed: bool,
    },
    Note {
        note: String,
    },
}

fn details<'a>(
    out: &mut impl Write,
    messages: impl Iterator<Item = &'a Message>,
    names: &HostNames,
) -> io::Result<()> {
    let mut messages = messages.peekable();
    let mut number = 0;
    while messages.peek().is_some() {
        let group: Vec<Detail<'_>> = messages
            .by_ref()
            .take(GROUP)
            .map(|message| detail(message, names))
            .collect();
        let mut plain = Vec::new();
        json::write_line(&mut plain, &group)?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&plain)?;
        let packed = base64(&packed.finish()?);
        writeln!(
            out,
            "<script type=\"text/plain\" id=\"group-{number}\">{packed}</script>"
        )?;
        number += 1;
    }
    Ok(())
}

fn detail<'a>(message: &'a Message, names: &HostNames) -> Detail<'a> {
    Detail {
        message,
        state: explain::state_of_message(message),
        reason: explain::reason(message),
        evidence: explain::evidence_in_words(message.evidence),
        frames: explain::frames(message, "–"),
        failures: message.failures.iter().map(explain::failure_in_short).collect(),
        links: message.links.iter().map(explain::sure_link_in_words).collect(),
        filters: display_filter::by_frame([message]).into_values().collect(),
        ladder: flow(Ladder::of(message, names)),
    }
}

fn flow(ladder: Ladder) -> Flow {
    let several = ladder.several_captures;
    let participants = ladder
        .participants
        .into_iter()
        .map(|participant| FlowParticipant {
            role: participant.role.name(),
            host: participant.host,
            name: participant.name,
            owners: participant.owners,
        });
    let rows = ladder.rows.into_iter().map(|row| match row {
        Row::Note(note) => FlowRow::Note { note: note.text },
        Row::Arrow(arrow) => FlowRow::Arrow {
            from: arrow.from,
            to: arrow.to,
            frame: arrow.place(several),
            times: arrow.times,
            offset: offset(arrow.offset_ms),
            label: arrow.label,
            bad: arrow.tone == Tone::Bad,
            broken: arrow.broken,
            dashed: arrow.dashed,
        },
    });
    Flow {
        participants: participants.collect(),
        rows: rows.collect(),
    }
}

fn pictures(out: &mut impl Write, options: &Options) -> io::Result<()> {
    for (digest, picture) in &options.pictures {
        let media = picture.media_type;
        let octets = base64(&picture.octets);
        writeln!(
            out,
            "<script type=\"text/plain\" id=\"picture-{digest}\" data-media=\"{media}\">{octets}</script>"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn page(document: &Document, options: &Options) -> String {
        let mut out = Vec::new();
        write(
            &mut out,
            document,
            &document.summary,
            document.messages.iter(),
            options,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The names of all elements, as a browser would find them: what is inside script and style is text.
    fn elements(page: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = page;
        while let Some((_, after)) = rest.split_once('<') {
            let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            rest = match name.as_str() {
                "script" | "style" => after.split_once(&format!("</{name}>")).unwrap().1,
                _ => after,
            };
            if !name.is_empty() {
                found.push(name);
            }
        }
        found
    }

    #[test]
    fn the_page_refers_to_nothing_outside() {
        let page = page(&sample::document(), &Options::default());
        let text = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"));
        assert!(!text.contains(" src=") && !text.contains("<link") && !text.contains("@import"));
        assert!(text.contains("default-src 'none'") && !text.contains("unsafe-inline"));
    }

    #[test]
    fn only_its_own_elements_are_on_the_page_whatever_is_in_the_messages() {
        let calm = sample::document_of(vec![sample::delivered()]);
        let mut hostile = sample::document_of(vec![sample::hostile()]);
        let attack = "</script><script>alert(1)</script><!--<script>".to_owned();
        hostile.messages[0].subject = Some(attack.clone());
        hostile.messages[0].from = Some(attack.clone());
        hostile.captures[0].path = attack.clone();
        hostile.anomalies[0].detail = attack.clone();
        hostile.anomalies[0].kind = attack.clone();
        hostile.summary.failures = BTreeMap::from([(attack.clone(), 1)]);
        let options = Options {
            title: attack,
            ..Options::default()
        };
        let page = page(&hostile, &options);
        let scripts = |names: &[String]| names.iter().filter(|name| *name == "script").count();
        assert_eq!(
            scripts(&elements(&page)),
            scripts(&elements(&super::tests::page(&calm, &Options::default())))
        );
        assert!(!page.contains("alert(1)</script>"), "an end tag got through");
    }

    #[test]
    fn the_policy_names_the_script_and_style_that_are_there() {
        let page = page(&sample::document(), &Options::default());
        let inside = |name: &str| {
            let open = format!("<{name}>");
            let (_, after) = page.split_once(&open).unwrap();
            after.split_once(&format!("</{name}>")).unwrap().0.to_owned()
        };
        for name in ["script", "style"] {
            let digest = base64(&Sha256::digest(inside(name).as_bytes()));
            assert!(page.contains(&format!("{name}-src 'sha256-{digest}'")), "{name}");
        }
    }

    #[test]
    fn the_index_reads_back_and_groups_unpack_to_the_messages() {
        let mut document = sample::document();
        document.messages = std::iter::repeat_n(document.messages, 100).flatten().collect();
        let page = page(&document, &Options::default());
        let between = |id: &str| {
            let (_, after) = page.split_once(&format!("id=\"{id}\">")).unwrap();
            after.split_once("</script>").unwrap().0.to_owned()
        };
        let index: serde_json::Value = serde_json::from_str(&between("index")).unwrap();
        assert_eq!(index["rows"].as_array().unwrap().len(), 400);
        assert_eq!(index["rows"][2][2], document.messages[2].from.clone().unwrap());
        let packed = encode::decoded(&between("group-1"));
        let mut text = String::new();
        io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut text).unwrap();
        let group: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(group.as_array().unwrap().len(), 200);
        let message: Message = serde_json::from_value(group[2]["message"].clone()).unwrap();
        assert_eq!(message, document.messages[2]);
    }

    #[test]
    fn pictures_are_only_there_when_given_and_only_pictures() {
        let document = sample::document();
        assert!(!page(&document, &Options::default()).contains("picture-0"));
        let digest = document.messages[0].parts[1].sha256;
        let png = b"\x89PNG\r\n\x1a\nrest".to_vec();
        let options = Options {
            pictures: BTreeMap::from([(digest, Picture::new(png).unwrap())]),
            ..Options::default()
        };
        let page = page(&document, &options);
        assert!(page.contains(&format!("id=\"picture-{digest}\" data-media=\"image/png\">")));
        assert!(page.contains("img-src data:;"));
        assert_eq!(Picture::new(b"<svg onload=alert(1)>".to_vec()), None);
        assert_eq!(Picture::new(vec![0xff; MAX_PICTURE + 1]), None);
    }

    #[test]
    fn a_report_of_nothing_is_a_page_too() {
        let document = sample::document_of(vec![]);
        assert!(page(&document, &Options::default()).contains("\"rows\":[]"));
    }
}
