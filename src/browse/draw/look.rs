//! How what is drawn looks.

use ratatui::style::{Modifier, Style};

use crate::browse::{state::State, text::style_of_tone};
use crate::report::words::style::Tone;

/// How the row looks that is chosen. It is marked by a glyph, too.
pub const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED);

/// How a tone looks.
pub fn tone(state: &State, tone: Tone) -> Style {
    style_of_tone(tone, state.look().colour)
}
