//! Tables in Markdown (CommonMark with the tables of GFM). Text from the capture cannot end a cell, start markup or
//! carry HTML.

use std::io::{self, Write};

use super::columns::{Cells, Column};
use crate::model::text::shown;
use crate::report::document::Message;
use crate::report::words::style::{Align, Style};

/// Writes messages as a Markdown table.
pub fn write<'a, M>(
    out: &mut impl Write,
    messages: M,
    columns: Option<&[Column]>,
    style: &Style,
) -> io::Result<()>
where
    M: Iterator<Item = &'a Message> + Clone,
{
    let columns = columns.map_or_else(Column::usual, <[Column]>::to_vec);
    let shared = Cells::of(style, messages.clone());
    line(out, columns.iter().map(|column| column.header(&shared)))?;
    line_raw(
        out,
        columns.iter().map(|column| match column.align() {
            Align::Left => ":--".to_owned(),
            Align::Right => "--:".to_owned(),
        }),
    )?;
    for message in messages {
        line(out, columns.iter().map(|column| column.show(message, &shared)))?;
    }
    Ok(())
}

fn line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    line_raw(out, cells.map(|cell| escaped(&cell)))
}

fn line_raw(out: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    writeln!(out, "|")
}

/// The text as Markdown that shows it and nothing else. Only what would mean something where it stands is escaped.
pub fn escaped(text: &str) -> String {
    let text = shown(text);
    let mut safe = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            // HTML; and a character reference, which `&` begins.
            '<' => safe.push_str("&lt;"),
            '&' if next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '#') => {
                safe.push_str("&amp;")
            }
            // An address or a link is made active without markup: a@b, http://, www.
            '@' if between_words(before, next) => safe.push_str("&#64;"),
            ':' if next == Some('/') || is_scheme(&safe) => safe.push_str("&#58;"),
            '.' if safe.len() >= WWW.len() && ends_with_www(&safe) => safe.push_str("&#46;"),
            // Inside a word an underscore is one.
            '_' if between_words(before, next) => safe.push(c),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            _ => safe.push(c),
        }
        before = Some(c);
    }
    safe
}

/// What begins an address that is made a link.
const WWW: &str = "www";

fn ends_with_www(text: &str) -> bool {
    let end = text.len().checked_sub(WWW.len()).and_then(|at| text.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(WWW))
}

/// Whether a colon behind it would make a link of what follows.
fn is_scheme(text: &str) -> bool {
    let word = text
        .rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    ["mailto", "xmpp", "javascript", "data"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn between_words(before: Option<char>, next: Option<char>) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    is_word(before) && is_word(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_table() {
        let document = sample::document();
        let mut out = Vec::new();
        let style = Style::default();
        write(&mut out, document.messages.iter(), None, &style).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn text_cannot_become_markup() {
        let safe = escaped("|`a`|\n<img src=x> [x](javascript:1) &amp; **b** http://evil");
        assert!(!safe.contains('\n') && !safe.contains('<') && !safe.contains("://"));
        assert_eq!(safe.matches('|').count(), safe.matches("\\|").count());
        assert_eq!(safe.matches('`').count(), safe.matches("\\`").count());
    }

    #[test]
    fn only_what_means_something_is_escaped() {
        for plain in [
            "18:22:01.125",
            "HTTP 403 (3 of 4)",
            "m-send-req #2!",
            "no_answer",
            "a & b",
            "+61400000001",
        ] {
            assert_eq!(escaped(plain), plain);
        }
        assert_eq!(escaped("ann@mail.example"), "ann&#64;mail.example");
        assert_eq!(escaped("WWW.evil.example"), "WWW&#46;evil.example");
        assert_eq!(escaped("mailto:x"), "mailto&#58;x");
        assert_eq!(escaped("_x_ *y*"), "\\_x\\_ \\*y\\*");
    }

    #[test]
    fn every_row_has_as_many_cells_as_the_header() {
        let document = sample::document();
        let mut out = Vec::new();
        let columns = Column::parse_list("id,subject,message_id,from").unwrap();
        write(
            &mut out,
            document.messages.iter(),
            Some(&columns),
            &Style::default(),
        )
        .unwrap();
        for row in String::from_utf8(out).unwrap().lines() {
            let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
            assert_eq!(bars, 5, "{row}");
        }
    }
}
