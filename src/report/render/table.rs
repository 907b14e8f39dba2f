//! The table of messages on a terminal: one line a message, columns chosen for the width at hand.

use std::io::{self, Write};

use super::columns::{BY_NEED, Cells, Column};
use crate::report::document::{Message, Outcome};
use crate::report::words::explain;
use crate::report::words::style::{Align, Style, Tone, cells, outcome_of};
use crate::report::words::why;

/// Cells between two columns.
const GAP: usize = 2;

/// Cells of a span of frames in a large capture.
const LONGEST_NUMBER: usize = 20;

/// Widest a column grows where the width is limited, in cells: a longer text would push the others out.
const MAX_CELLS: usize = 60;

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
    let asked = columns.is_some();
    let columns = match columns {
        Some(columns) => columns.to_vec(),
        None => usual(messages.clone(), &shared),
    };
    let natural = natural_widths(&columns, messages.clone(), &shared);
    let mut chosen = choose(columns.clone(), natural.clone(), asked, style.width);
    let reasons_below = !asked && cuts_reasons(&columns, &natural, &chosen);
    if reasons_below {
        let (columns, natural) = columns
            .into_iter()
            .zip(natural)
            .filter(|(column, _)| !is_reason(column))
            .unzip();
        chosen = choose(columns, natural, asked, style.width);
    }
    header(out, &chosen, style)?;
    for message in messages {
        row(out, &chosen, message, &shared)?;
        match (explain, reasons_below) {
            (true, _) => why::write(out, message, style)?,
            (false, true) => reason(out, message, style)?,
            (false, false) => {}
        }
    }
    Ok(())
}

/// The usual columns, without those of which no message has anything to say.
fn usual<'a>(messages: impl Iterator<Item = &'a Message> + Clone, shared: &Cells<'_>) -> Vec<Column> {
    let says_something = |column: &Column| {
        let may_go = matches!(column, Column::Named(named) if matches!(named.name, "reason" | "size"));
        let mut messages = messages.clone();
        !may_go || messages.any(|message| !column.show(message, shared).is_empty())
    };
    let columns = Column::usual().into_iter();
    columns.filter(says_something).collect()
}

fn is_reason(column: &Column) -> bool {
    matches!(column, Column::Named(named) if named.name == "reason")
}

/// Whether the column with the reasons is missing or too narrow for them. Why a message failed is what the table is
/// for: then reasons stand below their rows.
fn cuts_reasons(columns: &[Column], natural: &[usize], chosen: &[Chosen]) -> bool {
    let mut columns = columns.iter().zip(natural);
    let Some((_, longest)) = columns.find(|(column, _)| is_reason(column)) else {
        return false;
    };
    let given = chosen.iter().find(|chosen| is_reason(&chosen.column));
    given.is_none_or(|given| given.width < *longest)
}

/// The reason of a message below its row, wrapped.
fn reason(out: &mut impl Write, message: &Message, style: &Style) -> io::Result<()> {
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

struct Chosen {
    column: Column,
    width: usize,
}

fn natural_widths<'a>(
    columns: &[Column],
    messages: impl Iterator<Item = &'a Message>,
    shared: &Cells<'_>,
) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| cells(&column.header())).collect();
    for message in messages {
        for (column, width) in columns.iter().zip(&mut widths) {
            let text = column.show(message, shared);
            *width = (*width).max(cells(&shared.style.clean(&text)));
        }
    }
    widths
}

/// Which columns there is room for, and how wide each is. Columns that were asked for are all kept.
fn choose(columns: Vec<Column>, natural: Vec<usize>, asked: bool, width: Option<usize>) -> Vec<Chosen> {
    let mut all: Vec<(Chosen, usize)> = columns
        .into_iter()
        .zip(natural)
        .map(|(column, natural)| {
            let most = if width.is_some() {
                natural.min(MAX_CELLS)
            } else {
                natural
            };
            let least = match column.name().as_str() {
                // A number that is cut is no number.
                "id" | "frames" => natural.min(LONGEST_NUMBER),
                _ => column.least(),
            };
            let width = most.min(least);
            (Chosen { column, width }, most)
        })
        .collect();
    let Some(total) = width else {
        return all
            .into_iter()
            .map(|(chosen, most)| Chosen {
                width: most,
                ..chosen
            })
            .collect();
    };
    if !asked {
        drop_what_does_not_fit(&mut all, total);
    }
    grow(&mut all, total);
    all.into_iter().map(|(chosen, _)| chosen).collect()
}

fn needed(columns: &[(Chosen, usize)]) -> usize {
    let cells: usize = columns.iter().map(|(chosen, _)| chosen.width).sum();
    cells + GAP * columns.len().saturating_sub(1)
}

fn drop_what_does_not_fit(columns: &mut Vec<(Chosen, usize)>, total: usize) {
    for name in BY_NEED.iter().rev() {
        if needed(columns) <= total || columns.len() == 1 {
            return;
        }
        columns.retain(|(chosen, _)| chosen.column.name() != *name);
    }
}

/// Gives what is left of the width to the columns that could use it, a cell at a time, all alike.
fn grow(columns: &mut [(Chosen, usize)], total: usize) {
    let mut left = total.saturating_sub(needed(columns));
    while left > 0 {
        let before = left;
        for (chosen, most) in columns.iter_mut() {
            if left > 0 && chosen.width < *most {
                chosen.width += 1;
                left -= 1;
            }
        }
        if left == before {
            return;
        }
    }
}

fn header(out: &mut impl Write, columns: &[Chosen], style: &Style) -> io::Result<()> {
    let mut line = String::new();
    for chosen in columns {
        separate(&mut line);
        let header = chosen.column.header();
        // The unit goes before the name does.
        let header = match header.split_once(" (") {
            Some((name, _)) if cells(&header) > chosen.width => name,
            _ => &header,
        };
        line.push_str(&style.fit(header, chosen.width, chosen.column.align()));
    }
    writeln!(out, "{}", style.paint(Tone::Strong, line.trim_end()))
}

fn row(out: &mut impl Write, columns: &[Chosen], message: &Message, shared: &Cells<'_>) -> io::Result<()> {
    let style = shared.style;
    let mut line = String::new();
    for (at, chosen) in columns.iter().enumerate() {
        separate(&mut line);
        let text = chosen.column.show_in(message, shared, chosen.width);
        let text = style.clean(&text);
        let last = at + 1 == columns.len();
        let text = if last && chosen.column.align() == Align::Left {
            style.cut(&text, chosen.width).into_owned()
        } else {
            style.fit(&text, chosen.width, chosen.column.align())
        };
        let tone = if text.trim().is_empty() {
            Tone::Plain
        } else {
            tone(&chosen.column, message)
        };
        line.push_str(&style.paint(tone, text).to_string());
    }
    writeln!(out, "{}", line.trim_end())
}

fn separate(line: &mut String) {
    if !line.is_empty() {
        line.extend(std::iter::repeat_n(' ', GAP));
    }
}

fn tone(column: &Column, message: &Message) -> Tone {
    match column {
        Column::Named(named) => match named.name {
            "outcome" => Tone::of(message.outcome),
            "state" => Tone::of(outcome_of(message.state)),
            "frames" | "time" => Tone::Faint,
            _ => Tone::Plain,
        },
        Column::Field(_) => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

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
        let mut plain = String::new();
        let mut inside = false;
        for c in coloured.chars() {
            match c {
                '\u{1b}' => inside = true,
                'm' if inside => inside = false,
                _ if inside => {}
                _ => plain.push(c),
            }
        }
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
