//! Which columns of a table there is room for, and how wide each of them is.

use super::columns::{BY_NEED, Cells, Column};
use crate::report::document::Message;
use crate::report::words::style::{Style, Tone, cells};
use crate::report::words::zone::Zone;

/// Cells between two columns.
pub const GAP: usize = 2;

/// Widest column that tables can be drawn with.
const WIDEST: usize = u16::MAX as usize - GAP;

/// Cells of a span of frames in a large capture.
const LONGEST_NUMBER: usize = 20;

/// Widest a column grows where the width is limited, in cells: a longer text would push the others out.
const MAX_CELLS: usize = 60;

/// The columns of a table.
#[derive(Clone, Debug)]
pub struct Layout {
    columns: Vec<Chosen>,
    reasons_below: bool,
}

/// A column with its width.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What it shows.
    pub column: Column,
    /// Cells that it takes.
    pub width: usize,
}

impl Layout {
    /// The columns for these messages. Without `columns` those that fit into the style's width are chosen.
    pub fn of<'a, M>(messages: M, columns: Option<&[Column]>, shared: &Cells<'_>) -> Self
    where
        M: Iterator<Item = &'a Message> + Clone,
    {
        let asked = columns.is_some();
        let columns = match columns {
            Some(columns) => columns.to_vec(),
            None => usual(messages.clone(), shared),
        };
        let natural = natural_widths(&columns, messages, shared);
        Self::fitted(columns, natural, asked, shared.style)
    }

    /// The columns for messages that nobody knows yet.
    pub fn of_unseen(columns: Option<&[Column]>, shared: &Cells<'_>) -> Self {
        let asked = columns.is_some();
        let usual = || {
            let mut usual = Column::usual();
            usual.splice(1..1, Column::revision());
            usual
        };
        let columns = columns.map_or_else(usual, <[Column]>::to_vec);
        let natural = columns.iter().map(|column| usual_width(column, shared)).collect();
        Self::fitted(columns, natural, asked, shared.style)
    }

    fn fitted(columns: Vec<Column>, natural: Vec<usize>, asked: bool, style: &Style) -> Self {
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
            reasons_below,
        }
    }

    /// The columns, from left to right.
    pub fn columns(&self) -> &[Chosen] {
        &self.columns
    }

    /// Whether there is no room for reasons beside the other columns, so that they have to stand elsewhere.
    pub const fn reasons_below(&self) -> bool {
        self.reasons_below
    }

    /// What stands above the columns, cut to their widths.
    pub fn header(&self, shared: &Cells<'_>) -> Vec<String> {
        let name = |chosen: &Chosen| {
            let header = chosen.column.header(shared);
            // The unit goes before the name does.
            let header = match header.split_once(" (") {
                Some((name, _)) if cells(&header) > chosen.width => name,
                _ => &header,
            };
            shared.style.cut(header, chosen.width).into_owned()
        };
        self.columns.iter().map(name).collect()
    }

    /// What a message has in each column, safe to be shown and cut to the column's width.
    pub fn row(&self, message: &Message, shared: &Cells<'_>) -> Vec<String> {
        let style = shared.style;
        let cell = |chosen: &Chosen| {
            let text = chosen.column.show_in(message, shared, chosen.width);
            style.cut(&style.clean(&text), chosen.width).into_owned()
        };
        self.columns.iter().map(cell).collect()
    }
}

impl Chosen {
    /// The tone of what a message has in it.
    pub fn tone(&self, message: &Message) -> Tone {
        match &self.column {
            Column::Named(named) => match named.name {
                "outcome" => Tone::of(message.outcome),
                "state" => Tone::of(message.state.outcome()),
                "frames" | "time" => Tone::Faint,
                _ => Tone::Plain,
            },
            Column::Field(_) => Tone::Plain,
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
