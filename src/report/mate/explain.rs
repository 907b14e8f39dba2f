//! `--explain` for people: for each Pdu how many there were, why some are in no Gop, and how often each attribute was there.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Result, entry::Names, words};
use crate::mate::{
    config::{Configuration, PduIndex},
    engine::{EngineReport, ExplainItem, PduStatistics},
};
use crate::report::words::{
    human,
    style::{Style, Tone},
};

/// Frames that are named of a reason.
const FIRST_FRAMES: usize = 5;

/// Pdus that are in no Gop for one reason.
#[derive(Default)]
struct Cause<'a> {
    count: u64,
    frames: Vec<u64>,
    first: Option<&'a ExplainItem>,
}

/// Writes the reasons, by declaration.
pub(crate) fn write(
    out: &mut impl Write,
    result: Result<'_>,
    report: &EngineReport,
    style: &Style,
) -> io::Result<()> {
    let configuration = result.configuration;
    let mut causes: BTreeMap<PduIndex, BTreeMap<(&str, String), Cause<'_>>> = BTreeMap::new();
    for item in result.selected(&result.groups.explain, |selection| &selection.explain) {
        let attribute = item.reason.attribute();
        let attribute = attribute.map_or("", |attribute| configuration.attributes.name(attribute));
        let key = (item.reason.name(), attribute.to_owned());
        let cause = causes.entry(item.pdu).or_default().entry(key).or_default();
        cause.count += 1;
        cause.first = cause.first.or(Some(item));
        if cause.frames.len() < FIRST_FRAMES {
            cause.frames.push(item.at.frame.0);
        }
    }
    let none = PduStatistics::default();
    for pdu in (0..).map(PduIndex).take(configuration.pdus.len()) {
        // Of a declaration that never made a Pdu, nothing may have been counted.
        let statistics = report.pdus.get(pdu.index()).unwrap_or(&none);
        writeln!(out)?;
        write_statistics(out, configuration, pdu, statistics, style)?;
        for ((reason, _), cause) in causes.get(&pdu).into_iter().flatten() {
            write_cause(out, reason, cause, configuration, style)?;
        }
        write_attributes(out, configuration, pdu, statistics, style)?;
    }
    Ok(())
}

fn write_statistics(
    out: &mut impl Write,
    configuration: &Configuration,
    pdu: PduIndex,
    statistics: &PduStatistics,
    style: &Style,
) -> io::Result<()> {
    let name = style.clean(configuration.pdu(pdu));
    let proto = configuration.pdus.get(pdu.index()).and_then(|pdu| pdu.proto);
    let proto = proto.map_or("its Proto", |proto| proto.name());
    writeln!(
        out,
        "{}  {} with {proto}, {} made, {} rejected, {} in a Gop",
        style.paint(Tone::Strong, name),
        human::count(statistics.frames, "frame"),
        human::grouped(statistics.made),
        human::grouped(statistics.rejected),
        human::grouped(statistics.in_gop),
    )
}

fn write_cause(
    out: &mut impl Write,
    reason: &str,
    cause: &Cause<'_>,
    configuration: &Configuration,
    style: &Style,
) -> io::Result<()> {
    let frames: Vec<String> = cause.frames.iter().map(ToString::to_string).collect();
    let more = if cause.count > frames.len() as u64 {
        " …"
    } else {
        ""
    };
    let more = if style.ascii {
        more.replace('…', "...")
    } else {
        more.to_owned()
    };
    let frames = format!("frame {}{more}", frames.join(" "));
    let detail = cause
        .first
        .map_or_else(String::new, |first| words::why(first, configuration));
    let reason = style.paint(Tone::Bad, format!("{reason:16}"));
    writeln!(
        out,
        "  {reason} {:>7}  {frames}  {}",
        human::grouped(cause.count),
        style.clean(&detail)
    )
}

/// How many Pdus had each attribute; one that never was there stands out.
fn write_attributes(
    out: &mut impl Write,
    configuration: &Configuration,
    pdu: PduIndex,
    statistics: &PduStatistics,
    style: &Style,
) -> io::Result<()> {
    let attributes = configuration.pdus.get(pdu.index()).map(|pdu| &pdu.attributes);
    for (place, attribute) in attributes.into_iter().flatten().enumerate() {
        let count = statistics.with_attribute.get(place).copied().unwrap_or_default();
        let name = style.clean(configuration.attributes.name(*attribute));
        let tone = if count == 0 { Tone::Bad } else { Tone::Plain };
        let count = match count {
            0 => "never".to_owned(),
            count => format!("in {}", human::grouped(count)),
        };
        writeln!(out, "  {name:20} {}", style.paint(tone, count))?;
    }
    Ok(())
}
