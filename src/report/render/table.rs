//! The table of messages on a terminal: one line a message, columns chosen for the width at hand.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, Row, Table, Width, presets};

use super::columns::{Cells, Column};
use super::layout::{GAP, Layout};
use crate::report::document::{Message, Outcome};
use crate::report::words::explain;
use crate::report::words::style::{Align, Style, Tone, split_at_cells};
use crate::report::words::why;

/// Rows that are drawn together: the library holds a table as a whole, and there may be millions of messages.
const ROWS: usize = 256;

/// Writes the table. Without `columns` those that fit are chosen. With `explain`, each row is followed by what went
/// wrong and how the legs were joined.
pub fn write<'a, M>(
    out: &mut impl Write,
    messages: M,
    columns: Option<&[Column]>,
    explain: bool,
    style: &Style,
) -> io::Result<()>
where
    M: Iterator<Item = &'a Message> + Clone,
{
    if messages.clone().next().is_none() {
        return Ok(());
    }
    let shared = Cells::of(style, messages.clone());
    let layout = Layout::of(messages.clone(), columns, &shared);
    header(out, &layout, &shared)?;
    let mut messages = messages;
    loop {
        let together: Vec<&Message> = messages.by_ref().take(ROWS).collect();
        if together.is_empty() {
            return Ok(());
        }
        let rows = together.iter().map(|message| layout.row(message, &shared));
        for (message, line) in together.iter().zip(draw(&layout, rows)) {
            writeln!(out, "{}", paint(&line, &layout, message, style))?;
            match (explain, layout.reasons_below()) {
                (true, _) => why::write(out, message, style)?,
                (false, true) => reason(out, message, style)?,
                (false, false) => {}
            }
        }
    }
}

/// The reason of a message below its row, wrapped.
pub(super) fn reason(out: &mut impl Write, message: &Message, style: &Style) -> io::Result<()> {
    let reason = explain::reason(message);
    let tone = match message.outcome {
        Outcome::Failure | Outcome::Partial => Tone::of(message.outcome),
        Outcome::Success | Outcome::Open => Tone::Plain,
    };
    match reason.is_empty() {
        true => Ok(()),
        false => why::line(out, &reason, tone, style),
    }
}

fn header(out: &mut impl Write, layout: &Layout, shared: &Cells<'_>) -> io::Result<()> {
    let style = shared.style;
    for line in draw(layout, [layout.header(shared)]) {
        writeln!(out, "{}", style.paint(Tone::Strong, line.trim_end()))?;
    }
    Ok(())
}

/// The rows, a line each, filled up to the widths of the columns.
fn draw(layout: &Layout, rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for cells in rows {
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    for (chosen, column) in layout.columns().iter().zip(table.column_iter_mut()) {
        let gap = u16::try_from(GAP).unwrap_or_default();
        column.set_padding((0, gap));
        let width = u16::try_from(chosen.width).map_or(u16::MAX, |width| width.saturating_add(gap));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        column.set_cell_alignment(match chosen.column.align() {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    table.lines().collect()
}

/// A line of the table with each of its cells in its tone.
pub(super) fn paint(line: &str, layout: &Layout, message: &Message, style: &Style) -> String {
    let mut rest = line.trim_end();
    let mut painted = String::new();
    for chosen in layout.columns() {
        let (cell, more) = split_at_cells(rest, chosen.width);
        let (gap, more) = split_at_cells(more, GAP);
        let tone = match cell.trim() {
            "" => Tone::Plain,
            _ => chosen.tone(message),
        };
        painted.push_str(&format!("{}{gap}", style.paint(tone, cell)));
        rest = more;
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::words::style::cells;

    fn drawn(columns: Option<&str>, style: Style) -> String {
        let columns = columns.map(|list| Column::parse_list(list).unwrap());
        let mut out = Vec::new();
        let document = sample::document();
        write(
            &mut out,
            document.messages.iter(),
            columns.as_deref(),
            false,
            &style,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    fn style(width: usize) -> Style {
        Style {
            width: Some(width),
            ..Style::default()
        }
    }

    #[test]
    fn eighty_columns() {
        insta::assert_snapshot!(drawn(None, style(80)));
    }

    #[test]
    fn a_hundred_and_sixty_columns() {
        insta::assert_snapshot!(drawn(None, style(160)));
    }

    #[test]
    fn eighty_columns_in_ascii() {
        let text = drawn(
            None,
            Style {
                ascii: true,
                ..style(80)
            },
        );
        assert!(text.is_ascii());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let coloured = drawn(
            None,
            Style {
                colour: true,
                ..style(80)
            },
        );
        insta::assert_snapshot!(coloured.replace('\u{1b}', "␛"));
        let plain = anstream::adapter::strip_str(&coloured).to_string();
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&plain), trimmed(&drawn(None, style(80))));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [20, 40, 60, 79, 80, 100, 120, 200] {
            for line in drawn(None, style(width)).lines() {
                assert!(cells(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn fields_that_were_asked_for_are_all_there() {
        insta::assert_snapshot!(drawn(
            Some("id,deliveries.retrievals.http_status,state,failures.kind"),
            style(80)
        ));
    }

    #[test]
    fn without_a_width_nothing_is_cut() {
        let text = drawn(None, Style::default());
        assert!(
            text.contains("announced to the recipient, not fetched yet; capture cut"),
            "{text}"
        );
    }

    #[test]
    fn nothing_in_a_capture_reaches_the_terminal_as_a_command() {
        let text = drawn(Some("id,from,subject,message_id,parts.name"), Style::default());
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\0'));
        assert_eq!(text.lines().count(), 5);
    }

    #[test]
    fn no_messages_no_table() {
        let mut out = Vec::new();
        write(&mut out, std::iter::empty(), None, false, &Style::default()).unwrap();
        assert!(out.is_empty());
    }
}
