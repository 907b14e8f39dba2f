//! The list of messages.

use super::{
    canvas::Canvas,
    look::{CHOSEN, tone},
};
use crate::browse::{
    data::Following,
    state::{MARGIN, State},
};
use crate::report::{
    render::layout::{GAP, Layout},
    words::style::{Style, Tone},
};

/// Draws the rows that are on the screen, below the heads of their columns.
pub fn draw(state: &State, canvas: &mut Canvas<'_>) {
    let list = state.list();
    let Some(layout) = list.layout() else { return };
    let style = state.look().style(None);
    let cells = list.cells(&style);
    let heads = layout.header(&cells);
    let strong = tone(state, Tone::Strong);
    row(
        canvas,
        1,
        layout,
        &style,
        heads.into_iter().map(|head| (head, strong)),
    );
    let below = list.shown().iter().enumerate().skip(list.top());
    for (line, (at, place)) in (2..=state.body_rows()).zip(below) {
        let Some(message) = state.data().message(*place) else {
            continue;
        };
        let texts = layout.row(message, &cells).into_iter();
        let tones = layout
            .columns()
            .iter()
            .map(|chosen| tone(state, chosen.tone(message)));
        row(canvas, line, layout, &style, texts.zip(tones));
        let chosen = at == list.selected();
        if list.marked().contains(place) {
            canvas.text(1, line, 1, "*", strong);
        }
        if chosen {
            canvas.text(0, line, 1, ">", strong);
            canvas.row_style(line, CHOSEN);
        }
    }
    if list.shown().is_empty() && list.scanning().is_none() {
        let words = match (state.data().count(), state.data().following) {
            (0, Following::Live) => "No messages yet: each comes once it is settled.",
            (0, _) => "No MMS messages here: c says what else there is, and what could hide them.",
            _ => "No message fits: Esc takes the filter away.",
        };
        canvas.text(MARGIN, 2, canvas.area.width, words, tone(state, Tone::Plain));
    }
}

/// Draws what stands in the columns of a row.
fn row(
    canvas: &mut Canvas<'_>,
    line: u16,
    layout: &Layout,
    style: &Style,
    texts: impl Iterator<Item = (String, ratatui::style::Style)>,
) {
    let mut column = usize::from(MARGIN);
    for (chosen, (text, look)) in layout.columns().iter().zip(texts) {
        let text = style.fit(&text, chosen.width, chosen.column.align());
        let (Ok(at), Ok(width)) = (u16::try_from(column), u16::try_from(chosen.width)) else {
            return;
        };
        canvas.text(at, line, width, &text, look);
        column = column.saturating_add(chosen.width).saturating_add(GAP);
    }
}
