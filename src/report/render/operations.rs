//! Operations, which are about a mailbox or a stored message rather than one in flight: as a list, and one in full.

use std::io::{self, Write};

use super::stats::write_rows;
use crate::report::document::{Operation, OperationPdu, Seen, pdu_name};
use crate::report::words::human;
use crate::report::words::style::{Align, Style, Tone};

/// Writes a row for each operation.
pub fn write<'a>(
    out: &mut impl Write,
    operations: impl Iterator<Item = &'a Operation>,
    style: &Style,
) -> io::Result<()> {
    let mut rows = vec![
        [
            "ID",
            "TIME",
            "TYPE",
            "SUBSCRIBER",
            "OUTCOME",
            "STATUS",
            "DURATION",
            "FRAMES",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut zone = None;
    for operation in operations {
        let first = first_of(operation);
        zone = zone.or_else(|| first.map(|seen| style.zone.offset(seen.time)));
        rows.push(vec![
            operation.id.to_string(),
            first
                .map(|seen| human::clock(seen.time, &style.zone).to_string())
                .unwrap_or_default(),
            operation.kind.name().to_owned(),
            operation.subscriber.clone().unwrap_or_default(),
            style.verdict(operation.outcome),
            status(operation),
            operation.latency_ms.map(human::duration).unwrap_or_default(),
            frames(operation, style),
        ]);
    }
    if let (Some(offset), Some(time)) = (zone, rows.first_mut().and_then(|header| header.get_mut(1))) {
        *time = format!("TIME ({offset})");
    }
    let aligned = [
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Left,
    ];
    write_rows(out, &rows, &aligned, style)
}

/// Writes one in full: who asked for what, and what was answered.
pub fn write_in_full(out: &mut impl Write, operation: &Operation, style: &Style) -> io::Result<()> {
    writeln!(
        out,
        "{}  {}  {}",
        style.paint(Tone::Strong, format!("Operation {}", operation.id)),
        style.paint(Tone::of(operation.outcome), style.verdict(operation.outcome)),
        operation.kind.name(),
    )?;
    let mut facts = vec![
        ("subscriber", operation.subscriber.clone()),
        ("transaction id", operation.transaction_id.clone()),
        (
            "status",
            Some(status(operation)).filter(|status| !status.is_empty()),
        ),
        ("answered after", operation.latency_ms.map(human::duration)),
    ];
    if operation.request.is_none() {
        facts.push(("request", Some("not seen".to_owned())));
    }
    if operation.response.is_none() {
        facts.push(("answer", Some("not seen".to_owned())));
    }
    for (name, value) in facts {
        if let Some(value) = value {
            fact(out, name, &value, style)?;
        }
    }
    for (title, pdu) in [("Request", &operation.request), ("Answer", &operation.response)] {
        if let Some(pdu) = pdu {
            heading(out, title, style)?;
            write_pdu(out, pdu, style)?;
        }
    }
    if !operation.entries.is_empty() {
        heading(out, "Stored messages", style)?;
    }
    for entry in &operation.entries {
        let status = entry.status.as_ref().map(ToString::to_string);
        let told = [&entry.content_location, &entry.message_id, &status, &entry.text];
        let told: Vec<&str> = told.into_iter().filter_map(|text| text.as_deref()).collect();
        fact(out, "", &told.join(", "), style)?;
    }
    Ok(())
}

fn write_pdu(out: &mut impl Write, pdu: &OperationPdu, style: &Style) -> io::Result<()> {
    let seen = &pdu.seen;
    let arrow = if style.ascii { "->" } else { "→" };
    let place = format!(
        "frame {}, {}, {} {} {arrow} {}",
        human::place(seen.capture, seen.frame, false),
        human::clock(seen.time, &style.zone),
        seen.bearer.name(),
        style.names.end(seen.src),
        style.names.end(seen.dst)
    );
    let name = pdu.pdu.map_or_else(|| "answer".into(), pdu_name);
    fact(out, &name, &place, style)?;
    for header in &pdu.headers {
        fact(out, &header.name, &header.value, style)?;
    }
    Ok(())
}

/// Cells of the names to the left: of the longest header.
const NAME: usize = 24;

fn fact(out: &mut impl Write, name: &str, text: &str, style: &Style) -> io::Result<()> {
    let mut name = style.clean(name).into_owned();
    let room = style
        .width
        .map_or(usize::MAX, |width| width.saturating_sub(NAME + 4).max(20));
    for line in style.wrap(&style.clean(text), room) {
        let head = style.fit(&name, NAME, Align::Left);
        writeln!(out, "  {}  {line}", style.paint(Tone::Faint, head))?;
        name.clear();
    }
    Ok(())
}

/// What was first seen of it.
fn first_of(operation: &Operation) -> Option<&Seen> {
    let pdu = operation.request.as_ref().or(operation.response.as_ref());
    pdu.map(|pdu| &pdu.seen)
}

/// What the answer says, or else the bearer.
fn status(operation: &Operation) -> String {
    let said = operation.status.as_ref().map(ToString::to_string);
    let http = || operation.http_status.map(|status| format!("HTTP {status}"));
    said.or_else(http).unwrap_or_default()
}

fn frames(operation: &Operation, style: &Style) -> String {
    let pdus = [&operation.request, &operation.response];
    let seen: Vec<&Seen> = pdus.into_iter().flatten().map(|pdu| &pdu.seen).collect();
    match (seen.first(), seen.last()) {
        (Some(first), Some(last)) if first.first_frame != last.frame => format!(
            "{}{}{}",
            human::place(first.capture, first.first_frame, false),
            style.dash(),
            human::place(last.capture, last.frame, false)
        ),
        (Some(only), _) => human::place(only.capture, only.frame, false),
        (None, _) => String::new(),
    }
}

fn heading(out: &mut impl Write, text: &str, style: &Style) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint(Tone::Strong, text))
}
