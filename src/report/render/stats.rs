//! Figures of groups of messages as a table, CSV, Markdown, and OpenMetrics text.

use std::io::{self, Write};

use super::csv::{Reader, io_error};
use super::markdown::escaped;
use crate::model::text::shown as safe;
use crate::report::document::FailureKind;
use crate::report::document::statistics::Spread;
use crate::report::query::stats::{Figures, Group, Stats, shown};
use crate::report::words::explain::kind_in_words;
use crate::report::words::human;
use crate::report::words::names::HostNames;
use crate::report::words::style::{Align, Style, Tone, cells};

/// Names of the times, as fields and as headers.
const TIMES: [(&str, &str); 5] = [
    ("send", "SEND"),
    ("notify_to_retrieve", "NOTIFY TO RETRIEVE"),
    ("retrieve", "RETRIEVE"),
    ("end_to_end", "END TO END"),
    ("handover", "HANDOVER"),
];

fn spread(figures: &Figures, name: &str) -> Option<Spread> {
    match name {
        "send" => figures.send,
        "handover" => figures.handover,
        "notify_to_retrieve" => figures.notify_to_retrieve,
        "retrieve" => figures.retrieve,
        _ => figures.end_to_end,
    }
}

/// Writes a table for people, with the median, the 95th percentile and the longest of each time.
pub fn write(out: &mut impl Write, stats: &Stats, style: &Style) -> io::Result<()> {
    let mut rows = vec![headers(stats, &|_, name| vec![format!("{name} p50/p95/max")])];
    let mut aligned: Vec<Align> = stats.by.iter().map(|_| Align::Left).collect();
    if stats.by.is_empty() {
        aligned.push(Align::Left);
    }
    aligned.extend([Align::Right; 5]);
    aligned.extend([Align::Left; TIMES.len() + 1]);
    let told = |figures: &Figures, mut row: Vec<String>| {
        row.push(human::grouped(figures.messages));
        for count in [figures.success, figures.failure, figures.partial, figures.open] {
            row.push(share(count, figures.messages));
        }
        for (name, _) in TIMES {
            row.push(spread(figures, name).map(times).unwrap_or_default());
        }
        row.push(top(figures));
        row
    };
    for group in &stats.groups {
        rows.push(told(&group.figures, values(group, stats, &style.names)));
    }
    let mut all = vec!["all".to_owned()];
    all.resize(stats.by.len().max(1), String::new());
    rows.push(told(&stats.total, all));
    write_rows(out, &rows, &aligned, style)
}

/// Rows in columns as wide as they need; empty columns are left out, and what is wider than the terminal is cut.
pub fn write_rows(
    out: &mut impl Write,
    rows: &[Vec<String>],
    aligned: &[Align],
    style: &Style,
) -> io::Result<()> {
    let columns = aligned.iter().enumerate();
    let columns: Vec<(usize, usize, Align)> = columns
        .filter_map(|(at, align)| {
            let texts = rows.iter().filter_map(|row| row.get(at));
            let is_empty = texts.clone().skip(1).all(|text| text.is_empty());
            let width = texts.map(|text| cells(&style.clean(text))).max()?;
            (!is_empty).then_some((at, width, *align))
        })
        .collect();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (at, width, align) in &columns {
            let text = row.get(*at).map(|text| style.clean(text)).unwrap_or_default();
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&style.fit(&text, *width, *align));
        }
        let line = line.trim_end();
        let line = match style.width {
            Some(width) => style.cut(line, width).into_owned(),
            None => line.to_owned(),
        };
        let tone = if number == 0 { Tone::Faint } else { Tone::Plain };
        writeln!(out, "{}", style.paint(tone, line))?;
    }
    Ok(())
}

/// What stands above the columns.
fn headers(stats: &Stats, times: &dyn Fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let mut row: Vec<String> = stats.by.iter().map(|name| name.to_uppercase()).collect();
    if row.is_empty() {
        row.push(String::new());
    }
    row.extend(["MESSAGES", "SUCCESS", "FAILURE", "PARTIAL", "OPEN"].map(str::to_owned));
    for (field, name) in TIMES {
        row.extend(times(field, name));
    }
    row.push("TOP FAILURE".to_owned());
    row
}

/// The values of a group, hosts with their names.
fn values(group: &Group, stats: &Stats, names: &HostNames) -> Vec<String> {
    let values = stats.by.iter().map(|name| group.values.get(name));
    values
        .map(|value| names.value(value.map(shown).unwrap_or_default()))
        .collect()
}

/// A share in percent, nothing of none.
pub fn share(count: u64, of: u64) -> String {
    if count == 0 {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a share with one decimal")]
    let percent = 100.0 * count as f64 / of.max(1) as f64;
    format!("{} ({percent:.1} %)", human::grouped(count))
}

fn times(spread: Spread) -> String {
    [spread.p50, spread.p95, spread.max]
        .map(human::duration)
        .join(" / ")
}

fn top(figures: &Figures) -> String {
    let Some(top) = &figures.top_failure else {
        return String::new();
    };
    let kind = FailureKind::ALL.iter().find(|kind| kind.as_str() == top.kind);
    let words = kind.map_or(top.kind.as_str(), |kind| kind_in_words(*kind));
    format!("{words} ({})", human::grouped(top.count))
}

/// The columns of CSV and Markdown behind those of the groups' values.
const COLUMNS: [&str; 7] = [
    "messages",
    "success",
    "failure",
    "partial",
    "open",
    "top_failure",
    "top_failure_count",
];

fn plain_header(stats: &Stats) -> Vec<String> {
    let times = TIMES
        .iter()
        .flat_map(|(name, _)| ["p50", "p95", "max"].map(|what| format!("{name}_{what}_ms")));
    let by = stats.by.iter().cloned();
    by.chain(COLUMNS.map(str::to_owned)).chain(times).collect()
}

fn plain_row(group: &Group, stats: &Stats) -> Vec<String> {
    let Figures {
        messages,
        success,
        failure,
        partial,
        open,
        ..
    } = group.figures;
    let value = |name: &String| match group.values.get(name) {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(value) => shown(value),
    };
    let mut row: Vec<String> = stats.by.iter().map(value).collect();
    row.extend([messages, success, failure, partial, open].map(|count| count.to_string()));
    let top = group.figures.top_failure.as_ref();
    row.push(top.map(|top| top.kind.clone()).unwrap_or_default());
    row.push(top.map(|top| top.count.to_string()).unwrap_or_default());
    for (name, _) in TIMES {
        match spread(&group.figures, name) {
            Some(spread) => row.extend([spread.p50, spread.p95, spread.max].map(|ms| ms.to_string())),
            None => row.extend(["", "", ""].map(str::to_owned)),
        }
    }
    row
}

/// The groups, or all messages as one where there are none.
fn groups(stats: &Stats) -> Vec<Group> {
    if !stats.by.is_empty() {
        return stats.groups.clone();
    }
    vec![Group {
        values: serde_json::Map::new(),
        figures: stats.total.clone(),
    }]
}

/// Writes CSV: a row for each group.
pub fn write_csv(out: &mut impl Write, stats: &Stats, reader: Reader) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(plain_header(stats)).map_err(io_error)?;
    for group in groups(stats) {
        let row = plain_row(&group, stats);
        writer
            .write_record(row.iter().map(|cell| reader.cell(cell)))
            .map_err(io_error)?;
    }
    writer.flush()
}

/// Writes a Markdown table: a row for each group.
pub fn write_markdown(out: &mut impl Write, stats: &Stats) -> io::Result<()> {
    let header = plain_header(stats);
    let rule: Vec<String> = header.iter().map(|_| "---".to_owned()).collect();
    let rows = groups(stats);
    let rows = rows.iter().map(|group| plain_row(group, stats));
    let cells = |row: &[String]| row.iter().map(|cell| escaped(cell)).collect::<Vec<_>>();
    writeln!(out, "| {} |", cells(&header).join(" | "))?;
    writeln!(out, "| {} |", rule.join(" | "))?;
    for row in rows {
        writeln!(out, "| {} |", cells(&row).join(" | "))?;
    }
    Ok(())
}

/// Writes OpenMetrics text (version 1.0.0): numbers of messages by outcome, failures by kind, times as summaries.
pub fn write_open_metrics(out: &mut impl Write, stats: &Stats) -> io::Result<()> {
    let groups = groups(stats);
    writeln!(
        out,
        "# TYPE mmsmate_messages gauge\n# HELP mmsmate_messages Messages by their verdict."
    )?;
    for group in &groups {
        let figures = &group.figures;
        let counts = [
            ("success", figures.success),
            ("failure", figures.failure),
            ("partial", figures.partial),
            ("open", figures.open),
        ];
        for (outcome, count) in counts {
            let labels = labels(group, Some(("outcome", outcome)));
            writeln!(out, "mmsmate_messages{labels} {count}")?;
        }
    }
    writeln!(
        out,
        "# TYPE mmsmate_failures gauge\n# HELP mmsmate_failures Failures by kind, overruled ones too."
    )?;
    for group in &groups {
        for (kind, count) in &group.figures.failures {
            writeln!(
                out,
                "mmsmate_failures{} {count}",
                labels(group, Some(("kind", kind)))
            )?;
        }
    }
    for (name, _) in TIMES {
        let family = format!("mmsmate_{name}_seconds");
        writeln!(out, "# TYPE {family} summary\n# UNIT {family} seconds")?;
        for group in &groups {
            let Some(spread) = spread(&group.figures, name) else {
                continue;
            };
            for (quantile, ms) in [("0.5", spread.p50), ("0.95", spread.p95), ("1", spread.max)] {
                let labels = labels(group, Some(("quantile", quantile)));
                writeln!(out, "{family}{labels} {}", ms / 1000.0)?;
            }
            writeln!(out, "{family}_count{} {}", labels(group, None), spread.count)?;
        }
    }
    writeln!(out, "# EOF")
}

/// The labels of a sample; those of the groups' own that would stand twice are told apart.
fn labels(group: &Group, more: Option<(&str, &str)>) -> String {
    let name = |name: &str| match name.replace('.', "_") {
        taken if matches!(taken.as_str(), "outcome" | "kind" | "quantile") => format!("by_{taken}"),
        free => free,
    };
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        value => safe(&shown(value)).into_owned(),
    };
    let own = group.values.iter().map(|(key, of)| (name(key), value(of)));
    let more = more.map(|(key, of)| (key.to_owned(), of.to_owned()));
    let written: Vec<String> = own
        .chain(more)
        .map(|(key, of)| {
            let of = of.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{key}=\"{of}\"")
        })
        .collect();
    match written.is_empty() {
        true => String::new(),
        false => format!("{{{}}}", written.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::query::grouping::Key;
    use crate::report::sample;

    fn stats(by: &[&str]) -> Stats {
        let keys: Vec<Key> = by.iter().map(|key| Key::parse(key).unwrap()).collect();
        Stats::of(&sample::document().messages, &keys)
    }

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table() {
        let stats = stats(&["recipient"]);
        insta::assert_snapshot!(text(|out| write(out, &stats, &Style::default())));
    }

    #[test]
    fn nothing_in_a_label_ends_it() {
        let stats = stats(&["sender", "outcome"]);
        let written = text(|out| write_open_metrics(out, &stats));
        assert!(written.ends_with("# EOF\n"));
        for line in written.lines().filter(|line| !line.starts_with('#')) {
            let (labels, number) = line.rsplit_once(' ').unwrap();
            number.parse::<f64>().unwrap();
            let quotes = labels
                .replace("\\\\", "")
                .replace("\\\"", "")
                .matches('"')
                .count();
            assert!(quotes.is_multiple_of(2), "{line}");
        }
        insta::assert_snapshot!(text(|out| write_open_metrics(
            out,
            &super::tests::stats(&["mmsc"])
        )));
    }

    #[test]
    fn csv_and_markdown_have_a_row_for_each_group() {
        let stats = stats(&["recipient", "outcome"]);
        let csv = text(|out| write_csv(out, &stats, Reader::Program));
        assert_eq!(csv.lines().count(), 1 + stats.groups.len());
        let markdown = text(|out| write_markdown(out, &stats));
        assert_eq!(markdown.lines().count(), 2 + stats.groups.len());
    }
}
