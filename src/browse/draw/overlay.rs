//! What is in front of a view: the filter line, the line with a name, a menu.

use ratatui::layout::{Position, Rect};

use super::{
    canvas::Canvas,
    look::{CHOSEN, tone},
};
use crate::browse::{
    event::Export,
    state::{Editor, FilterLine, Menu, Overlay, State, menu_rows},
};
use crate::report::words::style::{Align, Tone, cells, split_at_cells};

/// Draws it; where the cursor stands, if something is typed.
pub fn draw(state: &State, canvas: &mut Canvas<'_>) -> Option<Position> {
    let row = canvas.area.height.checked_sub(2)?;
    match state.overlay()? {
        Overlay::Filter(line) => filter(state, line, row, canvas),
        Overlay::Name {
            editor,
            what,
            messages,
        } => {
            let count = messages.len();
            let of = if count == 1 {
                "the message".to_owned()
            } else {
                format!("{count} messages")
            };
            let words = match what {
                Export::Slice => format!("write the frames of {of} to the capture "),
                Export::Parts => format!("write the parts of {of} into the directory "),
                Export::Json => format!("write {of} as JSON to "),
            };
            clear(canvas, row);
            let note = "Enter writes, Esc gives up; nothing is overwritten";
            canvas.text(0, row + 1, canvas.area.width, note, tone(state, Tone::Faint));
            Some(input(state, &words, editor, row, canvas).cursor)
        }
        Overlay::Menu(menu) => {
            draw_menu(state, menu, canvas);
            None
        }
    }
}

fn clear(canvas: &mut Canvas<'_>, row: u16) {
    let (x, width) = (0, canvas.area.width);
    canvas.clear(Rect {
        x,
        y: row,
        width,
        height: 2,
    });
}

/// Where a line of text was drawn.
struct Input {
    /// Where the cursor stands.
    cursor: Position,
    /// The column in which the text begins; before the screen where it is longer than that.
    begin: i64,
}

/// Draws a line that is typed, so that its cursor is on the screen.
fn input(state: &State, before: &str, editor: &Editor, row: u16, canvas: &mut Canvas<'_>) -> Input {
    let width = canvas.area.width;
    let column = canvas.text(0, row, width.saturating_sub(2), before, tone(state, Tone::Strong));
    let room = usize::from(width.saturating_sub(column).max(1));
    let (left, _) = editor.halves();
    // The cursor takes a cell behind the text.
    let hidden = (cells(left) + 1).saturating_sub(room);
    let style = state.look().style(None);
    let (_, visible) = split_at_cells(editor.text(), hidden);
    canvas.text(
        column,
        row,
        width,
        &style.clean(visible),
        tone(state, Tone::Plain),
    );
    let at = u16::try_from(cells(left).saturating_sub(hidden)).unwrap_or(u16::MAX);
    Input {
        cursor: Position::new(column.saturating_add(at).min(width.saturating_sub(1)), row),
        begin: i64::from(column) - i64::try_from(hidden).unwrap_or(i64::MAX),
    }
}

/// The filter, and below it what is wrong with it at its place, or what could stand at the cursor.
fn filter(state: &State, line: &FilterLine, row: u16, canvas: &mut Canvas<'_>) -> Option<Position> {
    clear(canvas, row);
    let drawn = input(state, "/ ", &line.editor, row, canvas);
    let below = row + 1;
    let width = canvas.area.width;
    let nothing_fits = line.completion.candidates.is_empty();
    if let Some(error) = &line.error
        && (nothing_fits || line.refused || !is_at_end(line))
    {
        let text = line.editor.text();
        let place = |octets: usize| cells(text.get(..octets).unwrap_or(text)) as i64 + drawn.begin;
        let (from, to) = (place(error.at().start), place(error.at().end));
        let from_column = u16::try_from(from.max(0))
            .unwrap_or(u16::MAX)
            .min(width.saturating_sub(1));
        let carets = usize::try_from((to - from).max(1)).unwrap_or(1).min(width.into());
        let marks = format!("{} {}", "^".repeat(carets), error.what());
        let needed = u16::try_from(cells(&marks)).unwrap_or(u16::MAX);
        let bad = tone(state, Tone::Bad);
        if from_column.saturating_add(needed) <= width {
            canvas.text(from_column, below, width, &marks, bad);
        } else {
            // The words have no room behind the place; the text itself shows it.
            canvas.text(0, below, width, error.what(), bad);
            mark(canvas, row, from_column, carets);
        }
        return Some(drawn.cursor);
    }
    candidates(state, line, below, canvas);
    Some(drawn.cursor)
}

/// Whether only the end is missing: then what could stand there says more than that it is missing.
fn is_at_end(line: &FilterLine) -> bool {
    let (_, behind) = line.editor.halves();
    let from = line.completion.from;
    behind.is_empty() && line.error.as_ref().is_some_and(|error| error.at().start >= from)
}

fn mark(canvas: &mut Canvas<'_>, row: u16, column: u16, carets: usize) {
    let width = u16::try_from(carets).unwrap_or(u16::MAX);
    canvas.style(
        Rect {
            x: column,
            y: row,
            width,
            height: 1,
        },
        CHOSEN,
    );
}

/// The words that could stand at the cursor.
fn candidates(state: &State, line: &FilterLine, row: u16, canvas: &mut Canvas<'_>) {
    let width = canvas.area.width;
    let mut column = 0;
    let chosen = line.put_in();
    let all = line.completion.candidates.iter().enumerate();
    // The one that was put in last is always on the screen.
    let first = chosen.unwrap_or(0);
    for (at, word) in all.skip(first) {
        let look = match chosen == Some(at) {
            true => CHOSEN,
            false => tone(state, Tone::Faint),
        };
        column += canvas.text(column, row, width, word, look);
        column += canvas.text(column, row, 2, "  ", tone(state, Tone::Plain));
        if column >= width {
            return;
        }
    }
}

/// A menu over the view, with a rule to its right and below.
fn draw_menu(state: &State, menu: &Menu, canvas: &mut Canvas<'_>) {
    let style = state.look().style(None);
    let rows = u16::try_from(menu_rows(canvas.area.height).min(menu.items.len())).unwrap_or(u16::MAX);
    let widest = menu
        .items
        .iter()
        .map(|item| cells(&item.label))
        .max()
        .unwrap_or(0);
    let text = widest.max(menu.title.len());
    let width = u16::try_from(text)
        .unwrap_or(u16::MAX)
        .saturating_add(4)
        .min(canvas.area.width);
    let text = width.saturating_sub(4);
    let (bar, corner, rule) = if style.ascii {
        ("|", "+", "-")
    } else {
        ("│", "┘", "─")
    };
    let part = |y, height| Rect {
        x: 0,
        y,
        width,
        height,
    };
    canvas.clear(part(1, rows.saturating_add(2)));
    let plain = tone(state, Tone::Plain);
    canvas.text(2, 1, text, menu.title, tone(state, Tone::Strong));
    for row in 1..rows.saturating_add(2) {
        canvas.text(width.saturating_sub(1), row, 1, bar, plain);
    }
    let below = rows.saturating_add(2);
    canvas.text(0, below, width, &rule.repeat(width.into()), plain);
    canvas.text(width.saturating_sub(1), below, 1, corner, plain);
    let shown = menu.items.iter().enumerate().skip(menu.scroll.top);
    for (row, (at, item)) in (2..below).zip(shown) {
        let label = style.fit(&style.clean(&item.label), text.into(), Align::Left);
        canvas.text(2, row, text, &label, tone(state, item.tone));
        if at == menu.selected {
            canvas.text(0, row, 1, ">", tone(state, Tone::Strong));
            let inside = Rect {
                width: width.saturating_sub(1),
                ..part(row, 1)
            };
            canvas.style(inside, CHOSEN);
        }
    }
}
