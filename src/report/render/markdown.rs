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
    line(out, columns.iter().map(Column::header))?;
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

/// The text as Markdown that shows it and nothing else.
pub fn escaped(text: &str) -> String {
    let text = shown(text);
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // An address or a link would be made active without markup: www., ://, and a@b.
            '@' => safe.push_str("&#64;"),
            ':' => safe.push_str("&#58;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '~' | '!' | '$' | '{' | '}' => {
                safe.push('\\');
                safe.push(c);
            }
            _ => safe.push(c),
        }
    }
    safe
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
