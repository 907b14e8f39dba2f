//! What stands below the table: messages by outcome, failures by kind, times, anomalies.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::SharedSort;
use crate::report::document::statistics::Statistics;
use crate::report::document::{Document, FailureKind, Outcome, Summary};
use crate::report::words::clock::clock_in_words;
use crate::report::words::explain::kind_in_words;
use crate::report::words::human;
use crate::report::words::style::{Style, Tone};
use crate::report::words::tls::tls_not_read;

/// Writes the lines below the table.
pub fn write(
    out: &mut impl Write,
    document: &Document,
    summary: &Summary,
    statistics: &Statistics,
    style: &Style,
) -> io::Result<()> {
    let mut operations: BTreeMap<&str, u64> = BTreeMap::new();
    for operation in &document.operations {
        *operations.entry(operation.kind.name()).or_default() += 1;
    }
    write_counted(out, document, &operations, (summary, statistics), style)
}

/// The same of a document that has no messages and operations: these were counted, by kind, and of messages those that were
/// selected.
pub fn write_counted(
    out: &mut impl Write,
    document: &Document,
    operations: &BTreeMap<&str, u64>,
    (summary, statistics): (&Summary, &Statistics),
    style: &Style,
) -> io::Result<()> {
    let lines = Lines { style };
    lines.outcomes(out, document, summary)?;
    lines.failures(out, summary)?;
    lines.times(out, statistics)?;
    // What is not told of single messages is not told of a selection of them.
    if summary.messages == document.summary.messages {
        lines.operations(out, operations)?;
        lines.anomalies(out, document, summary)?;
    }
    lines.problems(out, document)?;
    lines.clocks(out, document)?;
    lines.tls(out, document)
}

struct Lines<'a> {
    style: &'a Style,
}

impl Lines<'_> {
    fn outcomes(&self, out: &mut impl Write, document: &Document, summary: &Summary) -> io::Result<()> {
        let total = document.summary.messages;
        if summary.messages == total {
            write!(out, "{}", human::count(total, "message"))?;
        } else {
            write!(
                out,
                "{} of {}",
                human::grouped(summary.messages),
                human::count(total, "message")
            )?;
        }
        let counts = [
            (Outcome::Success, summary.success),
            (Outcome::Failure, summary.failure),
            (Outcome::Partial, summary.partial),
            (Outcome::Open, summary.open),
        ];
        let mut before = ":";
        for (outcome, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let words = format!(
                "{} {} {outcome}",
                self.style.outcome_glyph(outcome),
                human::grouped(count)
            );
            write!(out, "{before} {}", self.style.paint(Tone::of(outcome), words))?;
            before = self.style.dot();
        }
        writeln!(out)
    }

    fn failures(&self, out: &mut impl Write, summary: &Summary) -> io::Result<()> {
        let mut kinds: Vec<(&String, &u64)> = summary.failures.iter().collect();
        kinds.shared_sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let words = |name: &str| {
            let kind = FailureKind::ALL.iter().find(|kind| kind.as_str() == name);
            kind.map_or_else(
                || self.style.clean(name).into_owned(),
                |kind| kind_in_words(*kind).to_owned(),
            )
        };
        let listed: Vec<String> = kinds
            .iter()
            .map(|(name, count)| self.times_seen(**count, &words(name)))
            .collect();
        self.list(out, "failures", &listed)
    }

    fn times(&self, out: &mut impl Write, statistics: &Statistics) -> io::Result<()> {
        for (name, spread) in statistics.spreads() {
            if spread.count == 1 {
                self.line(out, name, &human::duration(spread.p50))?;
                continue;
            }
            let text = format!(
                "median {}{dot} 95 % {}{dot} longest {}  ({})",
                human::duration(spread.p50),
                human::duration(spread.p95),
                human::duration(spread.max),
                human::grouped(spread.count),
                dot = self.style.dot(),
            );
            self.line(out, name, &text)?;
        }
        Ok(())
    }

    fn operations(&self, out: &mut impl Write, kinds: &BTreeMap<&str, u64>) -> io::Result<()> {
        let listed: Vec<String> = kinds
            .iter()
            .map(|(kind, count)| self.times_seen(*count, kind))
            .collect();
        self.list(out, "operations", &listed)
    }

    fn anomalies(&self, out: &mut impl Write, document: &Document, summary: &Summary) -> io::Result<()> {
        let mut listed: Vec<String> = Vec::new();
        if summary.malformed_pdus > 0 {
            listed.push(human::count(summary.malformed_pdus, "malformed PDU"));
        }
        for anomaly in &document.anomalies {
            let kind = anomaly.kind.replace('_', " ");
            let place = match anomaly.frame {
                Some(frame) => {
                    let several = document.captures.len() > 1;
                    let place = human::place(anomaly.capture.unwrap_or(0), frame, several);
                    format!(" (frame {place})")
                }
                None => String::new(),
            };
            let told = self.times_seen(anomaly.count, &self.style.clean(&kind));
            listed.push(format!("{told}{place}"));
        }
        self.list(out, "anomalies", &listed)
    }

    fn problems(&self, out: &mut impl Write, document: &Document) -> io::Result<()> {
        for capture in &document.captures {
            for problem in &capture.problems {
                let place = problem
                    .frame
                    .map(|frame| format!(" at frame {frame}"))
                    .unwrap_or_default();
                let text = format!("{}: {}{place}", capture.path, problem.detail);
                let text = self.style.clean(&text).into_owned();
                self.painted(out, "damaged", &text, Tone::Bad)?;
            }
        }
        Ok(())
    }

    /// Which clocks differ, and whether they were set straight.
    fn clocks(&self, out: &mut impl Write, document: &Document) -> io::Result<()> {
        for capture in &document.captures {
            if let Some(words) = clock_in_words(capture, &document.captures) {
                let text = format!("{}: {words}", capture.path);
                let text = self.style.clean(&text).into_owned();
                self.line(out, "clock", &text)?;
            }
        }
        Ok(())
    }

    /// What of TLS was not read; nothing where all was.
    fn tls(&self, out: &mut impl Write, document: &Document) -> io::Result<()> {
        let entries = document.captures.iter().flat_map(|capture| &capture.tls);
        match tls_not_read(entries) {
            Some(text) => {
                let text = self.style.clean(&text).into_owned();
                writeln!(out, "TLS: {text}")
            }
            None => Ok(()),
        }
    }

    /// A kind of thing with how often it was seen: `3 × tcp gap`.
    fn times_seen(&self, count: u64, kind: &str) -> String {
        format!("{} {} {kind}", human::grouped(count), self.style.times())
    }

    fn list(&self, out: &mut impl Write, name: &str, items: &[String]) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.line(out, name, &items.join(&format!("{} ", self.style.dot())))
    }

    fn line(&self, out: &mut impl Write, name: &str, text: &str) -> io::Result<()> {
        self.painted(out, name, text, Tone::Plain)
    }

    /// A name and what belongs to it, wrapped behind the name.
    fn painted(&self, out: &mut impl Write, name: &str, text: &str, tone: Tone) -> io::Result<()> {
        /// Cells of the longest name, and two between.
        const INDENT: usize = 20;
        let room = self
            .style
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(INDENT).max(20));
        let mut name = format!("{name:<INDENT$}");
        for line in self.style.wrap(text, room) {
            writeln!(
                out,
                "{}{}",
                self.style.paint(Tone::Faint, &name),
                self.style.paint(tone, line)
            )?;
            name = " ".repeat(INDENT);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Message;
    use crate::report::document::statistics::summary_of;
    use crate::report::sample;

    fn written(document: &Document, messages: &[Message], style: Style) -> String {
        let mut out = Vec::new();
        let summary = summary_of(&document.summary, messages);
        write(&mut out, document, &summary, &Statistics::of(messages), &style).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn whole_document() {
        let document = sample::document();
        let style = Style {
            width: Some(80),
            ..Style::default()
        };
        insta::assert_snapshot!(written(&document, &document.messages, style));
    }

    #[test]
    fn a_selection_says_of_how_many() {
        let document = sample::document();
        let style = Style {
            ascii: true,
            width: Some(80),
            ..Style::default()
        };
        let text = written(&document, &document.messages[1..2], style);
        assert!(text.starts_with("1 of 4 messages: x 1 failure\n"), "{text}");
        assert!(text.is_ascii());
    }

    #[test]
    fn nothing_found_is_said() {
        let document = sample::document_of(vec![]);
        assert!(written(&document, &[], Style::default()).starts_with("0 messages\n"));
    }
}
