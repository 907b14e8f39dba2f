//! The table of messages on a terminal: one line a message, columns chosen for the width at hand.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, Row, Table, Width, presets};

use super::columns::{BY_NEED, Cells, Column};
use crate::model::Timestamp;
use crate::report::document::{Message, Outcome};
use crate::report::words::explain;
use crate::report::words::human;
use crate::report::words::style::{Align, Style, Tone, cells, split_at_cells};
use crate::report::words::why;
use crate::report::words::zone::Zone;

/// Cells between two columns.
const GAP: u16 = 2;

/// Rows that are drawn together: the library holds a table as a whole, and there may be millions of messages.
const ROWS: usize = 256;

/// Widest column the library can draw.
const WIDEST: usize = (u16::MAX - GAP) as usize;

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
    let mut chosen = choose(columns.clone(), natural.clone(), asked, style);
    let reasons_below = !asked && cuts_reasons(&columns, &natural, &chosen);
    if reasons_below {
        let (columns, natural) = columns
            .into_iter()
            .zip(natural)
            .filter(|(column, _)| !is_reason(column))
            .unzip();
        chosen = choose(columns, natural, asked, style);
    }
    header(out, &chosen, &shared)?;
    let mut messages = messages;
    loop {
        let together: Vec<&Message> = messages.by_ref().take(ROWS).collect();
        if together.is_empty() {
            return Ok(());
        }
        let rows = together.iter().map(|message| row(&chosen, message, &shared));
        for (message, line) in together.iter().zip(draw(&chosen, rows)) {
            writeln!(out, "{}", paint(&line, &chosen, message, style))?;
            match (explain, reasons_below) {
                (true, _) => why::write(out, message, style)?,
                (false, true) => reason(out, message, style)?,
                (false, false) => {}
            }
        }
    }
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

#[derive(Debug)]
struct Chosen {
    column: Column,
    width: usize,
}

/// A table of which the rows are written as they come, none of which is known when its columns are chosen.
#[derive(Debug)]
pub struct Rows {
    columns: Vec<Chosen>,
    explain: bool,
    reasons_below: bool,
    style: Style,
    /// The day of the message of the last row, with what its times lack.
    day: Option<String>,
}

impl Rows {
    /// A table with these columns, else with those that fit. With `explain`, each row is followed by what went wrong and how
    /// the legs were joined.
    pub fn new(columns: Option<&[Column]>, explain: bool, style: &Style) -> Self {
        let asked = columns.is_some();
        let usual = || {
            let mut usual = Column::usual();
            let revision = Column::revision();
            usual.splice(1..1, revision);
            usual
        };
        let columns = columns.map_or_else(usual, <[Column]>::to_vec);
        let shared = Self::cells_of(style);
        let natural: Vec<usize> = columns
            .iter()
            .map(|column| usual_width(column, &shared))
            .collect();
        let mut chosen = choose(columns.clone(), natural.clone(), asked, style);
        let reasons_below = !asked && cuts_reasons(&columns, &natural, &chosen);
        if reasons_below {
            let (columns, natural) = columns
                .into_iter()
                .zip(natural)
                .filter(|(column, _)| !is_reason(column))
                .unzip();
            chosen = choose(columns, natural, asked, style);
        }
        Self {
            columns: chosen,
            explain,
            reasons_below,
            style: style.clone(),
            day: None,
        }
    }

    /// Writes the names of the columns.
    pub fn header(&self, out: &mut impl Write) -> io::Result<()> {
        let shared = Self::cells_of(&self.style);
        let line = self.line(|chosen| chosen.name(&shared));
        writeln!(out, "{}", self.style.paint(Tone::Strong, line.trim_end()))
    }

    /// Writes a row, before it the day where that is another one than that of the row before.
    pub fn row(&mut self, out: &mut impl Write, message: &Message) -> io::Result<()> {
        let zone = &self.style.zone;
        let day = message.started.map(|started| human::day(started, zone));
        if day.is_some() && day != self.day {
            let day = day.as_deref().unwrap_or_default();
            writeln!(out, "{}", self.style.paint(Tone::Faint, day))?;
        }
        self.day = day.or(self.day.take());
        let style = &self.style;
        let shared = Self::cells_of(style);
        let line = self.line(|chosen| {
            let text = chosen.column.show_in(message, &shared, chosen.width);
            style.clean(&text).into_owned()
        });
        let line = match style.width {
            // Nothing was cut, so that cells lie where they like.
            None => line.trim_end().to_owned(),
            Some(_) => paint(&line, &self.columns, message, style),
        };
        writeln!(out, "{line}")?;
        match (self.explain, self.reasons_below) {
            (true, _) => why::write(out, message, style),
            (false, true) => reason(out, message, style),
            (false, false) => Ok(()),
        }
    }

    /// Days stand above rows. Which offsets from UTC times to come will have is known of UTC alone; else each has its own.
    fn cells_of(style: &Style) -> Cells<'_> {
        let zone = &style.zone;
        let offset = (*zone == Zone::UTC).then(|| zone.offset(Timestamp::default()));
        Cells {
            style,
            one_day: true,
            offset,
        }
    }

    /// Writes that a message, which had a row, is part of another one, or none at all.
    pub fn withdrawn(&self, out: &mut impl Write, id: u64, by: Option<u64>) -> io::Result<()> {
        let text = match by {
            Some(by) => format!("message {id} is withdrawn: it turned out to be part of message {by}"),
            None => format!("message {id} is withdrawn: it turned out to be no message of its own"),
        };
        why::line(out, &text, Tone::Faint, &self.style)
    }

    /// A line of cells, each as wide as its column; cut to it where the width of lines is limited.
    fn line(&self, cell: impl Fn(&Chosen) -> String) -> String {
        let mut line = String::new();
        for chosen in &self.columns {
            let text = cell(chosen);
            let align = chosen.column.align();
            let fitted = match self.style.width {
                None if cells(&text) > chosen.width => text,
                _ => self.style.fit(&text, chosen.width, align),
            };
            line.push_str(&fitted);
            line.push_str(&" ".repeat(GAP.into()));
        }
        line
    }
}

/// How wide a column is where nobody knows what comes: as what it mostly shows.
fn usual_width(column: &Column, shared: &Cells<'_>) -> usize {
    let usual = match column.name().as_str() {
        "id" => 5,
        "revision" => 3,
        "time" if shared.offset.is_some() => 12,
        "time" => 19,
        "from" | "recipients" => 14,
        "reason" => 44,
        "subject" => 24,
        _ => 0,
    };
    usual.max(column.least()).max(cells(&column.header(shared)))
}

impl Chosen {
    /// The name above the column.
    fn name(&self, shared: &Cells<'_>) -> String {
        let header = self.column.header(shared);
        // The unit goes before the name does.
        let header = match header.split_once(" (") {
            Some((name, _)) if cells(&header) > self.width => name,
            _ => &header,
        };
        shared.style.cut(header, self.width).into_owned()
    }
}

fn natural_widths<'a>(
    columns: &[Column],
    messages: impl Iterator<Item = &'a Message>,
    shared: &Cells<'_>,
) -> Vec<usize> {
    let mut widths: Vec<usize> = columns
        .iter()
        .map(|column| cells(&column.header(shared)))
        .collect();
    for message in messages {
        for (column, width) in columns.iter().zip(&mut widths) {
            let text = column.show(message, shared);
            *width = (*width).max(cells(&shared.style.clean(&text))).min(WIDEST);
        }
    }
    widths
}

/// Which columns there is room for, and how wide each is. Columns that were asked for are all kept.
fn choose(columns: Vec<Column>, natural: Vec<usize>, asked: bool, style: &Style) -> Vec<Chosen> {
    let Style { width, zone, .. } = style;
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
                // A time without the offset that was asked for may be taken for another.
                "time" if *zone != Zone::UTC => natural,
                _ => column.least(),
            };
            let width = most.min(least);
            (Chosen { column, width }, most)
        })
        .collect();
    let Some(total) = *width else {
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
    cells + usize::from(GAP) * columns.len().saturating_sub(1)
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

fn header(out: &mut impl Write, columns: &[Chosen], shared: &Cells<'_>) -> io::Result<()> {
    let style = shared.style;
    let names = columns.iter().map(|chosen| chosen.name(shared)).collect();
    for line in draw(columns, [names]) {
        writeln!(out, "{}", style.paint(Tone::Strong, line.trim_end()))?;
    }
    Ok(())
}

/// What a message has in each column, cut to the column's width.
fn row(columns: &[Chosen], message: &Message, shared: &Cells<'_>) -> Vec<String> {
    let style = shared.style;
    let cell = |chosen: &Chosen| {
        let text = chosen.column.show_in(message, shared, chosen.width);
        style.cut(&style.clean(&text), chosen.width).into_owned()
    };
    columns.iter().map(cell).collect()
}

/// The rows, a line each, filled up to the widths of the columns.
fn draw(columns: &[Chosen], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for cells in rows {
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    for (chosen, column) in columns.iter().zip(table.column_iter_mut()) {
        column.set_padding((0, GAP));
        let width = u16::try_from(chosen.width).map_or(u16::MAX, |width| width.saturating_add(GAP));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        column.set_cell_alignment(match chosen.column.align() {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    table.lines().collect()
}

/// A line of the table with each of its cells in its tone.
fn paint(line: &str, columns: &[Chosen], message: &Message, style: &Style) -> String {
    let mut rest = line.trim_end();
    let mut painted = String::new();
    for chosen in columns {
        let (cell, more) = split_at_cells(rest, chosen.width);
        let (gap, more) = split_at_cells(more, GAP.into());
        let tone = match cell.trim() {
            "" => Tone::Plain,
            _ => tone(&chosen.column, message),
        };
        painted.push_str(&format!("{}{gap}", style.paint(tone, cell)));
        rest = more;
    }
    painted
}

fn tone(column: &Column, message: &Message) -> Tone {
    match column {
        Column::Named(named) => match named.name {
            "outcome" => Tone::of(message.outcome),
            "state" => Tone::of(message.state.outcome()),
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

    /// The sample's messages as rows that come one by one; the first of them revised.
    fn rows(columns: Option<&str>, explain: bool, style: Style) -> String {
        let columns = columns.map(|list| Column::parse_list(list).unwrap());
        let mut rows = Rows::new(columns.as_deref(), explain, &style);
        let mut out = Vec::new();
        rows.header(&mut out).unwrap();
        let mut document = sample::document();
        document.messages[0].revision = 2;
        document
            .messages
            .iter()
            .for_each(|message| rows.row(&mut out, message).unwrap());
        rows.withdrawn(&mut out, 2, Some(1)).unwrap();
        rows.withdrawn(&mut out, 3, None).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_that_come_one_by_one() {
        for width in [20, 40, 80, 100, 120, 160] {
            for line in rows(None, false, style(width)).lines() {
                assert!(cells(line) <= width, "{width}: {line}");
            }
        }
        let text = [80, 160].map(|width| rows(None, false, style(width)));
        insta::assert_snapshot!(text.join("\n"));
        let uncut = rows(None, false, Style::default());
        assert!(
            uncut.contains("announced to the recipient, not fetched yet; capture cut"),
            "{uncut}"
        );
        let coloured = Style {
            colour: true,
            ..style(160)
        };
        let coloured = anstream::adapter::strip_str(&rows(None, false, coloured)).to_string();
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&coloured), trimmed(&text[1]));
        assert!(rows(Some("id,subject"), true, style(60)).contains("ID     SUBJECT"));
    }

    #[test]
    fn no_messages_no_table() {
        let mut out = Vec::new();
        write(&mut out, std::iter::empty(), None, false, &Style::default()).unwrap();
        assert!(out.is_empty());
    }
}
