//! How text output looks: colour or none, Unicode or ASCII, how wide. Colour only repeats what a word or a glyph
//! already says (no-color.org, bixense.com/clicolors).

use std::borrow::Cow;
use std::fmt;

use anstyle::{AnsiColor, Effects};
use textwrap::core::Word;
use textwrap::wrap_algorithms::wrap_first_fit;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{names::HostNames, zone::Zone};
use crate::model::text::shown;
use crate::report::document::Outcome;

/// How text output looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colour may be written.
    pub colour: bool,
    /// Whether only ASCII may be written.
    pub ascii: bool,
    /// How many terminal cells a line may take; as many as it needs where that is `None`.
    pub width: Option<usize>,
    /// In which zone times are written.
    pub zone: Zone,
    /// What hosts are called.
    pub names: HostNames,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// No colour.
    Plain,
    /// Went well.
    Good,
    /// Went wrong.
    Bad,
    /// Went well for some.
    Mixed,
    /// Undecided.
    Open,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
}

impl Tone {
    /// The tone of a verdict.
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Good,
            Outcome::Failure => Self::Bad,
            Outcome::Partial => Self::Mixed,
            Outcome::Open => Self::Open,
        }
    }

    /// How it looks on a terminal that has colours.
    pub const fn ansi(self) -> anstyle::Style {
        let style = anstyle::Style::new();
        match self {
            Self::Plain => style,
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Self::Mixed => AnsiColor::Yellow.on_default(),
            Self::Open => AnsiColor::Cyan.on_default(),
            Self::Faint => style.effects(Effects::DIMMED),
            Self::Strong => style.effects(Effects::BOLD),
        }
    }
}

/// Text with a tone, to be written.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    text: T,
    tone: Tone,
    colour: bool,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.colour || self.tone == Tone::Plain {
            return self.text.fmt(f);
        }
        let style = self.tone.ansi();
        write!(f, "{}", style.render())?;
        self.text.fmt(f)?;
        write!(f, "{}", style.render_reset())
    }
}

impl Style {
    /// The text in a tone, where colour is on.
    pub const fn paint<T>(&self, tone: Tone, text: T) -> Painted<T> {
        Painted {
            text,
            tone,
            colour: self.colour,
        }
    }

    /// Untrusted text as one safe line, in ASCII where only that may be written.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let safe = shown(text);
        if !self.ascii || safe.is_ascii() {
            return safe;
        }
        let mut plain = String::with_capacity(safe.len().saturating_mul(2));
        for c in safe.chars() {
            if c.is_ascii() {
                plain.push(c);
            } else if c == '←' {
                plain.push_str("<-");
            } else {
                plain.extend(c.escape_unicode());
            }
        }
        Cow::Owned(plain)
    }

    /// One glyph for a verdict.
    pub const fn outcome_glyph(&self, outcome: Outcome) -> &'static str {
        match (outcome, self.ascii) {
            (Outcome::Success, false) => "✔",
            (Outcome::Failure, false) => "✘",
            (Outcome::Partial, false) => "◐",
            (Outcome::Open, false) => "○",
            (Outcome::Success, true) => "+",
            (Outcome::Failure, true) => "x",
            (Outcome::Partial, true) => "~",
            (Outcome::Open, true) => "?",
        }
    }

    /// A verdict with its glyph.
    pub fn verdict(&self, outcome: Outcome) -> String {
        format!("{} {outcome}", self.outcome_glyph(outcome))
    }

    /// What stands between a number and what it counts.
    pub const fn times(&self) -> &'static str {
        if self.ascii { "x" } else { "×" }
    }

    /// What stands between two ends of a range.
    pub const fn dash(&self) -> &'static str {
        if self.ascii { "-" } else { "–" }
    }

    /// What stands between two facts on a line.
    pub const fn dot(&self) -> &'static str {
        if self.ascii { "," } else { " ·" }
    }

    /// What stands for text that was cut.
    pub const fn ellipsis(&self) -> &'static str {
        if self.ascii { ".." } else { "…" }
    }

    /// The text cut to `cells` terminal cells.
    pub fn cut<'a>(&self, text: &'a str, cells: usize) -> Cow<'a, str> {
        if text.width() <= cells {
            return Cow::Borrowed(text);
        }
        let room = cells.saturating_sub(self.ellipsis().width());
        let mut short = head(text, room).to_owned();
        short.push_str(head(self.ellipsis(), cells));
        Cow::Owned(short)
    }

    /// The text in exactly `cells` terminal cells: cut, or filled up with spaces.
    pub fn fit(&self, text: &str, cells: usize, align: Align) -> String {
        let text = self.cut(text, cells);
        let fill = " ".repeat(cells.saturating_sub(text.width()));
        match align {
            Align::Left => format!("{text}{fill}"),
            Align::Right => format!("{fill}{text}"),
        }
    }

    /// The text in lines of at most `cells` cells, broken at spaces where there are any.
    pub fn wrap(&self, text: &str, cells: usize) -> Vec<String> {
        let cells = cells.max(1);
        let words: Vec<Word<'_>> = text
            .split_whitespace()
            .flat_map(|word| pieces(word, cells))
            .collect();
        let lines = wrap_first_fit(&words, &[cells as f64]);
        lines.into_iter().map(line_of).collect()
    }
}

/// The words as a line; pieces of one word have nothing between them.
fn line_of(words: &[Word<'_>]) -> String {
    let line: String = words
        .iter()
        .flat_map(|word| [word.word, word.whitespace])
        .collect();
    line.trim_end().to_owned()
}

/// A word, in pieces where it is wider than a line.
fn pieces(mut word: &str, cells: usize) -> Vec<Word<'_>> {
    let mut pieces = Vec::new();
    // Measured once: a long word, measured again for each of its pieces, would cost the square of its length.
    let mut width = word.width();
    while width > cells {
        let piece = at_a_joint(head(word, cells));
        if piece.is_empty() {
            break;
        }
        pieces.push(Word::from(piece));
        word = word.strip_prefix(piece).unwrap_or_default();
        width = width.saturating_sub(piece.width());
    }
    pieces.push(Word {
        whitespace: " ",
        ..Word::from(word)
    });
    pieces
}

/// The piece up to its last punctuation, if that leaves at least half of it: URLs and names break there.
fn at_a_joint(piece: &str) -> &str {
    let joint = piece.rfind(['/', '-', '_', '.', ',', ':', '&', '?', '=']);
    joint
        .filter(|joint| joint * 2 >= piece.len())
        .and_then(|joint| piece.get(..=joint))
        .unwrap_or(piece)
}

/// The longest beginning of a text that takes at most `cells` cells.
fn head(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find_map(|(at, c)| {
        used += c.width().unwrap_or(0);
        (used > cells).then_some(at)
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The text before and behind so many cells.
pub fn split_at_cells(text: &str, cells: usize) -> (&str, &str) {
    let before = head(text, cells);
    (before, text.strip_prefix(before).unwrap_or_default())
}

/// How many terminal cells a text takes.
pub fn cells(text: &str) -> usize {
    text.width()
}

/// To which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style {
        colour: false,
        ascii: false,
        width: None,
        zone: Zone::UTC,
        names: HostNames::NONE,
    };
    const ASCII: Style = Style {
        colour: false,
        ascii: true,
        width: None,
        zone: Zone::UTC,
        names: HostNames::NONE,
    };

    #[test]
    fn cuts_by_cells_not_by_octets() {
        assert_eq!(PLAIN.cut("déjà vu", 5), "déjà…");
        assert_eq!(PLAIN.cut("日本語", 4), "日…");
        assert_eq!(PLAIN.fit("日本語", 4, Align::Left), "日… ");
        assert_eq!(ASCII.cut("abcdef", 4), "ab..");
        assert_eq!(ASCII.cut("abcdef", 1), ".");
        assert_eq!(PLAIN.fit("12", 4, Align::Right), "  12");
    }

    #[test]
    fn wraps_at_spaces_and_breaks_long_words() {
        assert_eq!(PLAIN.wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(PLAIN.wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(
            PLAIN.wrap("http://a.example/path", 10),
            ["http://a.", "example/", "path"]
        );
        assert_eq!(PLAIN.wrap("", 4), [""]);
        assert_eq!(PLAIN.wrap("日", 1), ["日"]);
    }

    #[test]
    fn ascii_mode_writes_only_ascii_and_never_controls() {
        assert_eq!(ASCII.clean("é\x1b[2J"), r"\u{e9}\u{1b}[2J");
        assert_eq!(PLAIN.clean("é\x1b[2J"), r"é\u{1b}[2J");
    }

    #[test]
    fn paints_only_where_colour_is_on() {
        let style = Style {
            colour: true,
            ..PLAIN
        };
        assert_eq!(PLAIN.paint(Tone::Good, "ok").to_string(), "ok");
        assert_eq!(style.paint(Tone::Good, "ok").to_string(), "\u{1b}[32mok\u{1b}[0m");
    }
}
