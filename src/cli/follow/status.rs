//! The line on a terminal that says how far it is.

use std::{
    fmt, fs,
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::numbers::Outcomes;
use crate::{
    model::Timestamp,
    report::{
        document::Outcome,
        words::{human, style::Style},
    },
};

/// How often the line is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// Over how long the rate is measured.
const RATE_OVER: Duration = Duration::from_secs(2);

/// What the line tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// The time of the last frame.
    pub(super) time: Option<Timestamp>,
    pub(super) frames: u64,
    pub(super) outcomes: Outcomes,
    /// Exchanges that are open.
    pub(super) open: usize,
}

/// The line, on standard error where that is a terminal.
pub(super) struct StatusLine {
    bar: Option<ProgressBar>,
    style: Style,
    drawn: Instant,
    /// When the rate was measured last, how many frames there were then, and the rate.
    measured: (Instant, u64, f64),
}

impl StatusLine {
    pub(super) fn new(style: Style) -> Self {
        let now = Instant::now();
        let bar = io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::term_like(Box::new(Terminal));
            let style =
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::with_draw_target(None, target).with_style(style)
        });
        Self {
            bar,
            style,
            drawn: now,
            measured: (now, 0, 0.0),
        }
    }

    /// Writes something that may go to the same terminal.
    pub(super) fn beside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Draws the line anew, if it is time to.
    pub(super) fn draw(&mut self, figures: &Figures) {
        let Some(bar) = &self.bar else { return };
        let now = Instant::now();
        if now.duration_since(self.drawn) < DRAW_EVERY {
            return;
        }
        self.drawn = now;
        let (since, frames, _) = self.measured;
        let over = now.duration_since(since);
        if over >= RATE_OVER {
            let rate = figures.frames.saturating_sub(frames) as f64 / over.as_secs_f64();
            self.measured = (now, figures.frames, rate);
        }
        bar.set_message(line(figures, self.measured.2, resident_octets(), &self.style));
        bar.tick();
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The terminal on standard error. The cursor is left at the beginning of the line: the `^C` that a terminal shows behind it
/// would else go to the next one, and the line could not be taken away any more.
#[derive(Debug)]
struct Terminal;

impl Terminal {
    fn write(octets: fmt::Arguments<'_>) -> io::Result<()> {
        io::stderr().write_fmt(octets)
    }

    /// Moves the cursor so far. By none is no sequence: terminals take a 0 for a 1.
    fn move_cursor(by: usize, direction: char) -> io::Result<()> {
        match by {
            0 => Ok(()),
            by => Self::write(format_args!("\u{1b}[{by}{direction}")),
        }
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| width.0)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        Self::move_cursor(lines, 'A')
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        Self::move_cursor(lines, 'B')
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        Self::move_cursor(columns, 'C')
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        Self::move_cursor(columns, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        Self::write(format_args!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        Self::write(format_args!("{text}"))
    }

    fn clear_line(&self) -> io::Result<()> {
        Self::write(format_args!("\r\u{1b}[2K"))
    }

    fn flush(&self) -> io::Result<()> {
        Self::write(format_args!("\r"))?;
        io::stderr().flush()
    }
}

/// The line in words.
fn line(figures: &Figures, rate: f64, memory: Option<u64>, style: &Style) -> String {
    let mut facts = Vec::new();
    facts.extend(figures.time.map(|time| human::instant(time, &style.zone)));
    let outcomes = figures.outcomes;
    let counts = [
        (Outcome::Success, outcomes.success),
        (Outcome::Failure, outcomes.failure),
        (Outcome::Partial, outcomes.partial),
        (Outcome::Open, outcomes.open),
    ];
    let counts = counts.map(|(outcome, count)| {
        format!(
            "{} {} {outcome}",
            style.outcome_glyph(outcome),
            human::grouped(count)
        )
    });
    facts.push(human::count(outcomes.total(), "message"));
    facts.extend(counts);
    facts.push(format!("{rate:.0} packets/s"));
    facts.push(format!("{} exchanges open", human::grouped(figures.open as u64)));
    facts.extend(memory.map(human::size));
    facts.join(&format!("{} ", style.dot()))
}

/// Octets of memory that the program has, where the system tells.
fn resident_octets() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_time_verdicts_rate_what_is_open_and_memory() {
        let figures = Figures {
            time: Some(Timestamp::from_seconds(1_795_168_800)),
            frames: 0,
            outcomes: Outcomes {
                success: 1_200,
                failure: 3,
                partial: 0,
                open: 17,
            },
            open: 5_100,
        };
        let style = Style {
            ascii: true,
            ..Style::default()
        };
        assert_eq!(
            line(&figures, 812.4, Some(54_000_000), &style),
            "2026-11-20 10:00:00.000 UTC, 1220 messages, + 1200 success, x 3 failure, ~ 0 partial, ? 17 open, \
             812 packets/s, 5100 exchanges open, 54.0 MB"
        );
    }
}
