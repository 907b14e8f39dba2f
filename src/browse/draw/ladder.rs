//! The call flow of a message, and the PDU of the arrow that is chosen below it.

use super::{
    canvas::Canvas,
    look::{CHOSEN, tone},
};
use crate::browse::{
    state::{LadderView, State},
    text::Line,
};
use crate::report::words::style::Tone;

/// Draws the rows that are on the screen, below the heads of their columns, and the pane.
pub fn draw(state: &State, view: &LadderView, canvas: &mut Canvas<'_>) {
    let (lines, pane) = view.shares(state.body_rows());
    canvas.line(1, view.scroll.left, &view.heads);
    let shown = view.lines.iter().skip(view.scroll.top);
    for (row, (arrow, line)) in (2..lines.saturating_add(2)).zip(shown) {
        canvas.line(row, view.scroll.left, line);
        if *arrow == Some(view.selected) {
            canvas.text(0, row, 1, ">", tone(state, Tone::Strong));
            canvas.row_style(row, CHOSEN);
        }
    }
    let title = lines.saturating_add(2);
    separator(state, view, title, canvas);
    let text = view.pane_text(state.data());
    let shown = text.lines.iter().skip(view.pane_scroll.top);
    for (row, line) in (title.saturating_add(1)..).take(pane.into()).zip(shown) {
        canvas.line(row, view.pane_scroll.left, line);
    }
}

/// What stands between call flow and PDU: the frame, and what the arrow says.
fn separator(state: &State, view: &LadderView, row: u16, canvas: &mut Canvas<'_>) {
    let style = state.look().style(None);
    let rule = if style.ascii { "-" } else { "─" };
    let width = canvas.area.width;
    let faint = tone(state, Tone::Faint);
    canvas.text(0, row, width, &rule.repeat(width.into()), faint);
    let Some(arrow) = view.arrow() else { return };
    let words = format!(" frame {}: {} ", arrow.frame, style.clean(&arrow.label));
    let words = style
        .cut(&words, usize::from(width.saturating_sub(2)))
        .into_owned();
    let words = Line::of(&words, tone(state, Tone::Strong));
    let mut column = 2;
    for (look, piece) in &words.pieces {
        column += canvas.text(column, row, width, piece, *look);
    }
}
