//! What is in the captures and what was made of it: the answer to "why do I see no messages".

use std::io::{self, Write};

use super::diagnosis;
use crate::report::{
    document::{
        Anomaly, Capture,
        inventory::{Count, Inventory},
    },
    words::{
        clock::clock_in_words,
        human,
        style::{Style, Tone},
        tls::tls_in_words,
    },
};

/// Writes the inventory for people.
pub fn write(out: &mut impl Write, inventory: &Inventory, style: &Style) -> io::Result<()> {
    for capture in &inventory.captures {
        write_capture(out, capture, &inventory.captures, style)?;
    }
    let sections = [
        ("Frames", &inventory.frames),
        ("Encapsulations", &inventory.encapsulations),
        ("Flows", &inventory.flows),
        ("Connections by protocol", &inventory.protocols),
        ("Not decoded", &inventory.not_decoded),
        ("MMS PDUs", &inventory.pdus),
        ("Systems around the MMSC", &inventory.surroundings),
    ];
    for (title, counts) in sections {
        write_section(out, title, counts)?;
    }
    write_anomalies(out, &inventory.anomalies, style)?;
    if inventory.diagnosis.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhy there may be no more messages")?;
    diagnosis::write(out, &inventory.diagnosis, style)
}

fn write_capture(
    out: &mut impl Write,
    capture: &Capture,
    captures: &[Capture],
    style: &Style,
) -> io::Result<()> {
    writeln!(out, "{}", style.clean(&capture.path))?;
    writeln!(
        out,
        "  {}, {}",
        style.clean(&capture.format),
        style.clean(&capture.link_types.join(", "))
    )?;
    let packets = human::count(capture.packets, "packet");
    writeln!(out, "  {packets}, {} captured", human::size(capture.bytes))?;
    if let (Some(first), Some(last)) = (capture.first, capture.last) {
        let span = human::duration(human::between(first, last));
        let [first, last] = [first, last].map(|time| human::rfc3339(time, &style.zone));
        writeln!(out, "  {first} to {last} ({span})")?;
    }
    if let Some(words) = clock_in_words(capture, captures) {
        writeln!(out, "  clock {}", style.clean(&words))?;
    }
    for problem in &capture.problems {
        let place = problem
            .frame
            .map_or_else(String::new, |frame| format!(" after frame {frame}"));
        let text = format!("{}{place}: {}", problem.kind, problem.detail);
        writeln!(out, "  {}", style.paint(Tone::Bad, style.clean(&text)))?;
    }
    for entry in &capture.tls {
        writeln!(out, "  {}", style.clean(&tls_in_words(entry)))?;
    }
    Ok(())
}

fn write_section(out: &mut impl Write, title: &str, counts: &[Count]) -> io::Result<()> {
    if counts.iter().all(|count| count.count == 0) {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for count in counts.iter().filter(|count| count.count > 0) {
        writeln!(out, "  {:>15}  {}", human::grouped(count.count), count.name)?;
    }
    Ok(())
}

fn write_anomalies(out: &mut impl Write, anomalies: &[Anomaly], style: &Style) -> io::Result<()> {
    if anomalies.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nAnomalies (with the first of each kind)")?;
    for anomaly in anomalies {
        let place = match (anomaly.capture, anomaly.frame) {
            (Some(0) | None, Some(frame)) => format!(", frame {frame}"),
            (Some(capture), Some(frame)) => format!(", capture {} frame {frame}", u64::from(capture) + 1),
            _ => String::new(),
        };
        let detail = style.clean(&anomaly.detail);
        writeln!(
            out,
            "  {:>15}  {}{place}: {detail}",
            human::grouped(anomaly.count),
            anomaly.kind
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::inventory;

    #[test]
    fn shows_what_there_is_and_leaves_out_what_there_is_not() {
        let mut out = Vec::new();
        write(&mut out, &inventory(), &Style::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        insta::assert_snapshot!(text);
        assert!(!text.contains('\x1b'));
    }
}
