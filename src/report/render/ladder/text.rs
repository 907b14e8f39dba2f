//! The ladder as text: participants as columns, an arrow a line, frames and times to the left, words to the right.

use std::io::{self, Write};

use super::{Arrow, Ladder, Note, Row, letter, offset};
use crate::report::document::Message;
use crate::report::words::human;
use crate::report::words::style::{Align, Style, Tone, cells};

/// Cells that the words to the right should have at least.
const WORDS: usize = 30;

/// Cells in which the words to the right say most of what they have to say.
const AMPLE_WORDS: usize = 56;

/// Widest and narrowest distance between two columns, in cells.
const PITCH: std::ops::RangeInclusive<usize> = 4..=16;

/// Distance from which a column's head has room for the role beside the letter.
const ROOM_FOR_ROLE: usize = 10;

/// Width where the output has none.
const USUAL_WIDTH: usize = 120;

/// Draws the ladder of a message under a title.
pub fn write(out: &mut impl Write, message: &Message, style: &Style) -> io::Result<()> {
    write_title(out, message, message.state.as_str(), style)?;
    write_flow(out, message, style)
}

/// Draws the ladder of a message without a title.
pub fn write_flow(out: &mut impl Write, message: &Message, style: &Style) -> io::Result<()> {
    let flow = Flow::of(&Ladder::of(message, &style.names), style, Lines::Cut)?;
    out.write_all(&flow.head)?;
    flow.rows.iter().try_for_each(|row| out.write_all(row))
}

/// What becomes of lines that are longer than the style's width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// They are cut.
    Cut,
    /// They go on: who shows them can move them sideways. However many columns there are, they are drawn.
    Whole,
}

/// A ladder as text, in pieces.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// What stands above the rows: who the participants are, and the heads of their columns.
    pub head: Vec<u8>,
    /// The lines of each row.
    pub rows: Vec<Vec<u8>>,
}

impl Flow {
    /// Draws a ladder.
    ///
    /// # Errors
    /// None that memory does not have.
    pub fn of(ladder: &Ladder, style: &Style, lines: Lines) -> io::Result<Self> {
        let mut flow = Self::default();
        if ladder.rows.is_empty() {
            writeln!(flow.head, "  no PDU of it was captured")?;
            return Ok(flow);
        }
        let layout = Layout::new(ladder, style, lines);
        layout.legend(&mut flow.head)?;
        layout.heads(&mut flow.head)?;
        for row in &ladder.rows {
            let mut drawn = Vec::new();
            match row {
                Row::Arrow(arrow) => layout.arrow(&mut drawn, arrow)?,
                Row::Note(note) => layout.note(&mut drawn, note)?,
            }
            flow.rows.push(drawn);
        }
        Ok(flow)
    }
}

/// Writes which message it is, its verdict, and its state as `state` puts it.
pub fn write_title(out: &mut impl Write, message: &Message, state: &str, style: &Style) -> io::Result<()> {
    writeln!(
        out,
        "{}  {}  {}",
        style.paint(Tone::Strong, format!("Message {}", message.id)),
        style.paint(Tone::of(message.outcome), style.verdict(message.outcome)),
        style.paint(Tone::of(message.state.outcome()), state),
    )
}

/// A ladder laid out for a width.
struct Layout<'a> {
    ladder: &'a Ladder,
    style: &'a Style,
    frame_cells: usize,
    time_cells: usize,
    /// Distance between columns; 0 where there are too many to draw.
    pitch: usize,
    /// Cells for the words to the right.
    words: usize,
    /// Whether lines may be as long as they need.
    whole: bool,
}

impl<'a> Layout<'a> {
    fn new(ladder: &'a Ladder, style: &'a Style, lines: Lines) -> Self {
        let arrows = || {
            ladder.rows.iter().filter_map(|row| match row {
                Row::Arrow(arrow) => Some(arrow),
                Row::Note(_) => None,
            })
        };
        let widest = |text: fn(&Ladder, &Arrow) -> String, least| {
            arrows()
                .map(|arrow| cells(&text(ladder, arrow)))
                .fold(least, usize::max)
        };
        let mut layout = Self {
            ladder,
            style,
            frame_cells: widest(frame, "FRAME".len()),
            time_cells: widest(|_, arrow| offset(arrow.offset_ms), "TIME".len()),
            pitch: 0,
            words: 0,
            whole: lines == Lines::Whole || style.width.is_none(),
        };
        let width = style.width.unwrap_or(USUAL_WIDTH);
        let left = width.saturating_sub(layout.gutter());
        let columns = ladder.participants.len().max(1);
        let share = |words: usize| left.saturating_sub(words) / columns;
        let pitch = share(WORDS).min(share(AMPLE_WORDS).max(ROOM_FOR_ROLE));
        if pitch >= *PITCH.start() {
            layout.pitch = pitch.min(*PITCH.end());
        } else if lines == Lines::Whole {
            layout.pitch = ROOM_FOR_ROLE;
        }
        layout.words = left.saturating_sub(layout.lanes_cells() + 2).max(10);
        layout
    }

    /// Cells to the left of the columns.
    const fn gutter(&self) -> usize {
        self.frame_cells + self.time_cells + 4
    }

    fn lanes_cells(&self) -> usize {
        match self.pitch {
            0 => "AA > AA".len(),
            pitch => pitch * self.ladder.participants.len(),
        }
    }

    fn legend(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(started) = self.ladder.started {
            writeln!(out, "  from {}", human::instant(started, &self.style.zone))?;
        }
        let hosts = self
            .ladder
            .participants
            .iter()
            .map(|participant| cells(&participant.host.to_string()))
            .max();
        for (at, participant) in self.ladder.participants.iter().enumerate() {
            let host = self
                .style
                .fit(&participant.host.to_string(), hosts.unwrap_or(0), Align::Left);
            let owners = participant.known_as().join(", ");
            let line = format!(
                "  {:<2} {:<8} {host}  {}",
                letter(at),
                participant.role,
                self.style.clean(&owners)
            );
            let line = match self.style.width {
                Some(width) if !self.whole => self.style.cut(line.trim_end(), width).into_owned(),
                _ => line.trim_end().to_owned(),
            };
            writeln!(out, "{line}")?;
        }
        writeln!(out)
    }

    fn heads(&self, out: &mut impl Write) -> io::Result<()> {
        let mut line = self.left("FRAME", "TIME");
        for (at, participant) in self.ladder.participants.iter().enumerate() {
            if self.pitch == 0 {
                break;
            }
            let name = match self.pitch {
                ROOM_FOR_ROLE.. => format!("{} {}", letter(at), participant.role),
                _ => letter(at),
            };
            line.push_str(&self.centred(&name));
        }
        writeln!(out, "{}", self.style.paint(Tone::Strong, line.trim_end()))
    }

    /// A text with its middle on a column's line.
    fn centred(&self, text: &str) -> String {
        let text = self.style.cut(text, self.pitch.saturating_sub(1));
        let before = (self.pitch / 2).saturating_sub(cells(&text) / 2);
        let after = self.pitch.saturating_sub(before + cells(&text));
        format!("{}{text}{}", " ".repeat(before), " ".repeat(after))
    }

    fn left(&self, frame: &str, time: &str) -> String {
        let frame = self.style.fit(frame, self.frame_cells, Align::Right);
        let time = self.style.fit(time, self.time_cells, Align::Right);
        format!("{frame}  {time}  ")
    }

    fn arrow(&self, out: &mut impl Write, arrow: &Arrow) -> io::Result<()> {
        let left = self.left(&frame(self.ladder, arrow), &offset(arrow.offset_ms));
        let times = if self.style.ascii { 'x' } else { '×' };
        let mut words = self.style.clean(&arrow.words(times)).into_owned();
        if !self.whole {
            words = self.style.cut(&words, self.words).into_owned();
        }
        writeln!(
            out,
            "{}{}  {}",
            self.style.paint(Tone::Faint, left),
            self.style.paint(arrow.tone, self.lanes(arrow)),
            self.style.paint(arrow.tone, words)
        )
    }

    fn note(&self, out: &mut impl Write, note: &Note) -> io::Result<()> {
        let left = self.left("", "");
        let mark = if self.style.ascii { "x" } else { "✘" };
        let text = format!("{mark} {}", self.style.clean(&note.text));
        let lanes = match self.pitch {
            0 => " ".repeat(self.lanes_cells()),
            _ => self.idle().into_iter().collect(),
        };
        for (at, line) in self
            .style
            .wrap(&text, self.words.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            let indent = if at == 0 { "" } else { "  " };
            let line = self.style.cut(&line, self.words);
            writeln!(
                out,
                "{left}{lanes}  {indent}{}",
                self.style.paint(note.tone, line)
            )?;
        }
        Ok(())
    }

    /// The columns with nothing between them.
    fn idle(&self) -> Vec<char> {
        let bar = if self.style.ascii { '|' } else { '│' };
        let lane = || (0..self.pitch).map(|at| if at == self.pitch / 2 { bar } else { ' ' });
        self.ladder.participants.iter().flat_map(|_| lane()).collect()
    }

    /// The columns with an arrow between two of them.
    fn lanes(&self, arrow: &Arrow) -> String {
        if self.pitch == 0 {
            let text = format!("{} > {}", letter(arrow.from), letter(arrow.to));
            return self.style.fit(&text, self.lanes_cells(), Align::Left);
        }
        let marks = Marks::of(self.style.ascii, arrow.broken, arrow.dashed);
        let line = |place: usize| place * self.pitch + self.pitch / 2;
        let (tail, head) = (line(arrow.from), line(arrow.to));
        let (low, high) = (tail.min(head), tail.max(head));
        let drawn = self.idle().into_iter().enumerate().map(|(at, idle)| match at {
            _ if low == high && at == low => marks.itself,
            _ if at == tail && head > tail => marks.leaves_right,
            _ if at == tail => marks.leaves_left,
            _ if head > tail && at + 1 == head => marks.head_right,
            _ if head < tail && at == head + 1 => marks.head_left,
            _ if at <= low || at >= high => idle,
            _ if idle != ' ' => marks.crosses,
            _ => marks.line,
        });
        drawn.collect()
    }
}

/// What arrows are made of.
struct Marks {
    line: char,
    crosses: char,
    leaves_right: char,
    leaves_left: char,
    head_right: char,
    head_left: char,
    itself: char,
}

impl Marks {
    const fn of(ascii: bool, broken: bool, dashed: bool) -> Self {
        let (line, crosses, leaves_right, leaves_left, itself) = match (ascii, broken || dashed) {
            (true, false) => ('-', '+', '|', '|', '*'),
            (true, true) => ('.', '+', '|', '|', '*'),
            (false, false) => ('─', '┼', '├', '┤', '◆'),
            (false, true) => ('╌', '┼', '├', '┤', '◇'),
        };
        let (head_right, head_left) = if broken { ('x', 'x') } else { ('>', '<') };
        Self {
            line,
            crosses,
            leaves_right,
            leaves_left,
            head_right,
            head_left,
            itself,
        }
    }
}

/// An arrow's frame.
fn frame(ladder: &Ladder, arrow: &Arrow) -> String {
    arrow.place(ladder.several_captures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn drawn(message: &Message, style: Style) -> String {
        let mut out = Vec::new();
        write(&mut out, message, &style).unwrap();
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
        insta::assert_snapshot!(drawn(&sample::delivered(), style(80)));
    }

    #[test]
    fn a_hundred_and_sixty_columns() {
        insta::assert_snapshot!(drawn(&sample::delivered(), style(160)));
    }

    #[test]
    fn a_failure_in_ascii() {
        let text = drawn(
            &sample::failed(),
            Style {
                ascii: true,
                ..style(80)
            },
        );
        assert!(text.is_ascii());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_cut_retrieval_over_two_captures_in_colour() {
        let mut message = sample::delivered();
        message.deliveries[0].retrievals[0].complete = false;
        for event in message.events.iter_mut().skip(4) {
            event.seen.capture = 1;
        }
        for delivery in &mut message.deliveries {
            for retrieval in &mut delivery.retrievals {
                retrieval.response.as_mut().unwrap().capture = 1;
            }
        }
        let text = drawn(
            &message,
            Style {
                colour: true,
                ..style(80)
            },
        );
        insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
    }

    #[test]
    fn many_recipients_are_listed_where_columns_have_no_room() {
        let mut message = sample::delivered();
        let get = message.events[4].clone();
        for n in 3..30 {
            let mut event = get.clone();
            event.seen.src = format!("10.1.1.{n}:41000").parse().unwrap();
            message.events.push(event);
        }
        let text = drawn(&message, style(80));
        assert!(text.contains("AD > B"), "{text}");
        assert!(text.lines().all(|line| cells(line) <= 80), "{text}");
    }

    #[test]
    fn never_wider_than_asked() {
        for width in [40, 60, 80, 100, 160] {
            for message in sample::document().messages {
                let text = drawn(&message, style(width));
                assert!(text.lines().all(|line| cells(line) <= width), "{width}:\n{text}");
            }
        }
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let text = drawn(&sample::hostile(), style(160));
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }

    #[test]
    fn nothing_captured() {
        assert!(drawn(&sample::bare(9), style(80)).contains("no PDU of it was captured"));
    }
}
