//! Text that `report` wrote, with the escape sequences that colour it, as lines that can be drawn anywhere on a screen.

use anstream::adapter::WinconBytes;
use anstyle::{AnsiColor, Effects};
use ratatui::style::{Color, Modifier, Style};

use crate::model::text::shown;
use crate::report::words::style::{Tone, cells};

/// A line in pieces of one look each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The pieces, from left to right: safe to be shown.
    pub pieces: Vec<(Style, String)>,
}

impl Line {
    /// A line of one look. What could do more to a terminal than stand there is made harmless.
    pub fn of(text: &str, style: Style) -> Self {
        Self {
            pieces: vec![(style, shown(text).into_owned())],
        }
    }

    /// Cells that it takes.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| cells(text)).sum()
    }
}

/// Lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// From top to bottom.
    pub lines: Vec<Line>,
    /// Cells of the widest.
    pub widest: usize,
}

impl Text {
    /// Takes apart what was written. The only escape sequences in it are those of `report`'s tones; of any other nothing
    /// would be left.
    pub fn read(written: &[u8]) -> Self {
        let mut text = Self::default();
        text.add(written);
        text
    }

    /// Adds lines that were written.
    pub fn add(&mut self, written: &[u8]) {
        let mut line = Line::default();
        let mut reader = WinconBytes::new();
        for (style, piece) in reader.extract_next(written) {
            let style = style_of(style);
            let mut lines = piece.split('\n');
            let first = lines.next().unwrap_or_default();
            push(&mut line, style, first);
            for next in lines {
                self.push(std::mem::take(&mut line));
                push(&mut line, style, next);
            }
        }
        if !line.pieces.is_empty() {
            self.push(line);
        }
    }

    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        self.widest = self.widest.max(line.width());
        self.lines.push(line);
    }
}

fn push(line: &mut Line, style: Style, text: &str) {
    if !text.is_empty() {
        line.pieces.push((style, shown(text).into_owned()));
    }
}

/// How a tone looks on the screen.
pub fn style_of_tone(tone: Tone, colour: bool) -> Style {
    match colour {
        true => style_of(tone.ansi()),
        false => Style::new(),
    }
}

fn style_of(style: anstyle::Style) -> Style {
    let mut drawn = Style::new();
    if let Some(anstyle::Color::Ansi(colour)) = style.get_fg_color() {
        drawn = drawn.fg(colour_of(colour));
    }
    let effects = style.get_effects();
    for (effect, modifier) in [(Effects::BOLD, Modifier::BOLD), (Effects::DIMMED, Modifier::DIM)] {
        if effects.contains(effect) {
            drawn = drawn.add_modifier(modifier);
        }
    }
    drawn
}

const fn colour_of(colour: AnsiColor) -> Color {
    match colour {
        AnsiColor::Black => Color::Black,
        AnsiColor::Red => Color::Red,
        AnsiColor::Green => Color::Green,
        AnsiColor::Yellow => Color::Yellow,
        AnsiColor::Blue => Color::Blue,
        AnsiColor::Magenta => Color::Magenta,
        AnsiColor::Cyan => Color::Cyan,
        AnsiColor::White => Color::Gray,
        AnsiColor::BrightBlack => Color::DarkGray,
        AnsiColor::BrightRed => Color::LightRed,
        AnsiColor::BrightGreen => Color::LightGreen,
        AnsiColor::BrightYellow => Color::LightYellow,
        AnsiColor::BrightBlue => Color::LightBlue,
        AnsiColor::BrightMagenta => Color::LightMagenta,
        AnsiColor::BrightCyan => Color::LightCyan,
        AnsiColor::BrightWhite => Color::White,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::text::is_dangerous;

    #[test]
    fn tones_become_looks_and_lines_stay_lines() {
        let tones = [
            Tone::Plain,
            Tone::Good,
            Tone::Bad,
            Tone::Mixed,
            Tone::Open,
            Tone::Faint,
            Tone::Strong,
        ];
        let style = crate::report::words::style::Style {
            colour: true,
            ..Default::default()
        };
        for tone in tones {
            let written = format!("a {}\n\nc\n", style.paint(tone, "bé"));
            let text = Text::read(written.as_bytes());
            assert_eq!(text.lines.len(), 3, "{text:?}");
            let (look, word) = text.lines[0].pieces.last().unwrap();
            let expected = if tone == Tone::Plain { "a bé" } else { "bé" };
            assert_eq!((look, word.as_str()), (&style_of_tone(tone, true), expected));
            assert_eq!(text.lines[1], Line::default());
            assert_eq!(text.widest, 4);
        }
    }

    #[test]
    fn nothing_but_tones_is_left_of_escape_sequences() {
        let text = Text::read("a\u{1b}]0;owned\u{7}b\u{1b}[2Jc\u{202e}d\u{9b}e".as_bytes());
        let line: String = text.lines[0]
            .pieces
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        assert!(line.starts_with("abc\\u{202e}d"), "{line}");
        assert!(!line.chars().any(is_dangerous));
    }

    proptest! {
        #[test]
        fn whatever_was_written_nothing_dangerous_is_shown(written in any::<Vec<u8>>(), text in any::<String>()) {
            for written in [written, text.into_bytes()] {
                let read = Text::read(&written);
                let mut pieces = read.lines.iter().flat_map(|line| &line.pieces);
                prop_assert!(!pieces.any(|(_, text)| text.chars().any(is_dangerous)));
            }
        }
    }
}
