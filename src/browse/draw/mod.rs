//! A state on a screen. Only what is on the screen is made: a list of millions takes no longer than one of ten.

mod canvas;
mod chrome;
mod ladder;
mod list;
mod look;
mod overlay;

use ratatui::Frame;

use super::{
    state::{Page, Scroll, State, View},
    text::{Line, Text},
};
use crate::report::words::style::Tone;
use canvas::Canvas;
use look::tone;

/// Draws a state.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let mut canvas = Canvas::new(frame.buffer_mut());
    chrome::title(state, &mut canvas);
    match state.view() {
        None => list::draw(state, &mut canvas),
        Some(View::Ladder(view)) => ladder::draw(state, view, &mut canvas),
        Some(View::Page(Page { text, scroll, .. })) => page(state, text, *scroll, &mut canvas),
        Some(View::Stats(figures)) => match figures.counting() {
            Some(hundredths) if figures.text.lines.is_empty() => {
                let words = format!("counting: {hundredths} %");
                canvas.line(1, 0, &Line::of(&words, tone(state, Tone::Faint)));
            }
            _ => page(state, &figures.text, figures.scroll, &mut canvas),
        },
    }
    chrome::details(state, &mut canvas);
    chrome::hints(state, &mut canvas);
    if let Some(cursor) = overlay::draw(state, &mut canvas) {
        frame.set_cursor_position(cursor);
    }
}

/// A text that fills the screen.
fn page(state: &State, text: &Text, scroll: Scroll, canvas: &mut Canvas<'_>) {
    let lines = text.lines.iter().skip(scroll.top);
    for (row, line) in (1..=state.body_rows()).zip(lines) {
        canvas.line(row, scroll.left, line);
    }
}
