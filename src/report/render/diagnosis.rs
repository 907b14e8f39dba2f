//! Why there may be fewer messages than expected, for people.

use std::io::{self, Write};

use crate::report::document::Diagnosis;
use crate::report::words::style::Style;

/// Writes reasons, the likeliest first, each wrapped behind its number.
pub fn write<'a>(
    out: &mut impl Write,
    reasons: impl IntoIterator<Item = &'a Diagnosis>,
    style: &Style,
) -> io::Result<()> {
    /// Cells before the words.
    const INDENT: usize = 5;
    let room = style
        .width
        .map_or(usize::MAX, |width| width.saturating_sub(INDENT).max(20));
    for (number, reason) in (1..).zip(reasons) {
        let mut before = format!("{number:>3}. ");
        let detail = style.clean(&reason.detail).into_owned();
        for line in style.wrap(&detail, room) {
            writeln!(out, "{before}{line}")?;
            before = " ".repeat(INDENT);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn reasons_are_numbered_and_wrapped() {
        let mut out = Vec::new();
        let style = Style {
            width: Some(50),
            ..Style::default()
        };
        write(&mut out, &sample::document().diagnosis, &style).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.starts_with("  1. 41 connections to port 443 encrypted with TLS\n     (mms.alpha"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
    }
}
