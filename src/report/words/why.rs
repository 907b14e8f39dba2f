//! Under a row of the table: what went wrong with the message, and how its legs were joined.

use std::io::{self, Write};

use super::explain;
use super::style::{Style, Tone, cells};
use crate::report::document::{Failure, Link, Message};

/// Cells that the lines are indented by.
const INDENT: usize = 4;

/// The fewest cells that a line is wrapped to, however narrow the terminal.
const NARROWEST: usize = 8;

/// Writes the lines: a failure each, then a join each.
pub fn write(out: &mut impl Write, message: &Message, style: &Style) -> io::Result<()> {
    for failure in &message.failures {
        line(out, &failed(failure), Tone::Bad, style)?;
    }
    for link in &message.links {
        joined(out, link, style)?;
    }
    if message.links.is_empty() {
        line(
            out,
            "nothing else of this message was captured",
            Tone::Faint,
            style,
        )?;
    }
    Ok(())
}

fn failed(failure: &Failure) -> String {
    let words = explain::failure_in_short(failure);
    let frame = failure
        .frame
        .map(|frame| format!(", frame {frame}"))
        .unwrap_or_default();
    let recipient = failure
        .recipient
        .as_ref()
        .map(|to| format!(", for {to}"))
        .unwrap_or_default();
    let detail = match failure.detail.to_string() {
        detail if detail.is_empty() => detail,
        detail => format!(": {detail}"),
    };
    explain::with_cause(
        format!("{words}{frame}{recipient}{detail}"),
        failure.cause.as_ref(),
    )
}

/// Writes a join: how sure it is, and behind it what is joined by what.
fn joined(out: &mut impl Write, link: &Link, style: &Style) -> io::Result<()> {
    let sure = explain::confidence_in_words(link.confidence);
    let indent = INDENT + cells(sure) + 2;
    let room = style
        .width
        .map_or(usize::MAX, |width| width.saturating_sub(indent).max(NARROWEST));
    let text = explain::link_in_words(link);
    let mut head = format!("{:INDENT$}{sure}  ", "");
    for piece in style.wrap(&style.clean(&text), room) {
        writeln!(
            out,
            "{}{}",
            style.paint(Tone::Faint, &head),
            style.paint(Tone::Faint, piece)
        )?;
        head = " ".repeat(indent);
    }
    Ok(())
}

/// Writes a text below a row, indented and wrapped.
pub(in crate::report) fn line(out: &mut impl Write, text: &str, tone: Tone, style: &Style) -> io::Result<()> {
    let room = style
        .width
        .map_or(usize::MAX, |width| width.saturating_sub(INDENT).max(NARROWEST));
    for piece in style.wrap(&style.clean(text), room) {
        writeln!(out, "{:INDENT$}{}", "", style.paint(tone, piece))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::LinkDetail;
    use crate::report::sample;

    fn drawn(message: &Message, style: &Style) -> String {
        let mut out = Vec::new();
        write(&mut out, message, style).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn joins_name_key_frames_and_certainty() {
        let mut message = sample::delivered();
        let detail = "joined by message id C8Q7@mmsc, frames 12 and 84".to_owned();
        message.links[0].detail = LinkDetail::Told(detail);
        let text = drawn(&message, &Style::default());
        let line = "    certain  submission + delivery, by message id, frames 12 and 84";
        assert_eq!(text.lines().next(), Some(line));
    }

    #[test]
    fn failures_come_first_with_their_frame() {
        let text = drawn(&sample::failed(), &Style::default());
        assert!(text.starts_with("    retrieve: HTTP 404, frame "), "{text}");
    }

    #[test]
    fn a_lone_leg_says_so() {
        let message = Message {
            links: Vec::new(),
            ..sample::open()
        };
        assert_eq!(
            drawn(&message, &Style::default()),
            "    nothing else of this message was captured\n"
        );
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let style = Style {
            width: Some(40),
            ..Style::default()
        };
        assert!(
            drawn(&sample::failed(), &style)
                .lines()
                .all(|line| cells(line) <= 40)
        );
    }
}
