//! The rows of a table that are written as they come, none of which is known when its columns are chosen.

use std::io::{self, Write};

use super::columns::{Cells, Column};
use super::layout::{GAP, Layout};
use super::table;
use crate::model::Timestamp;
use crate::report::document::Message;
use crate::report::words::human;
use crate::report::words::style::{Align, Style, Tone, cells};
use crate::report::words::why;
use crate::report::words::zone::Zone;

/// A table of which the rows are written as they come.
#[derive(Debug)]
pub struct Rows {
    layout: Layout,
    explain: bool,
    style: Style,
    /// The day of the message of the last row, with what its times lack.
    day: Option<String>,
}

impl Rows {
    /// A table with these columns, else with those that fit. With `explain`, each row is followed by what went wrong and how
    /// the legs were joined.
    pub fn new(columns: Option<&[Column]>, explain: bool, style: &Style) -> Self {
        Self {
            layout: Layout::of_unseen(columns, &Self::cells_of(style)),
            explain,
            style: style.clone(),
            day: None,
        }
    }

    /// Writes the names of the columns.
    pub fn header(&self, out: &mut impl Write) -> io::Result<()> {
        let line = self.line(self.layout.header(&Self::cells_of(&self.style)));
        writeln!(out, "{}", self.style.paint(Tone::Strong, line.trim_end()))
    }

    /// Writes a row, before it the day where that is another one than that of the row before.
    pub fn row(&mut self, out: &mut impl Write, message: &Message) -> io::Result<()> {
        let zone = &self.style.zone;
        let day = message.started.map(|started| human::day(started, zone));
        if day.is_some() && day != self.day {
            let day = day.as_deref().unwrap_or_default();
            writeln!(out, "{}", self.style.paint(Tone::Faint, day))?;
        }
        self.day = day.or(self.day.take());
        let style = &self.style;
        let line = self.line(self.cells(message));
        let line = match style.width {
            // Nothing was cut, so that cells lie where they like.
            None => line.trim_end().to_owned(),
            Some(_) => table::paint(&line, &self.layout, message, style),
        };
        writeln!(out, "{line}")?;
        match (self.explain, self.layout.reasons_below()) {
            (true, _) => why::write(out, message, style),
            (false, true) => table::reason(out, message, style),
            (false, false) => Ok(()),
        }
    }

    /// Writes that a message, which had a row, is part of another one, or none at all.
    pub fn withdrawn(&self, out: &mut impl Write, id: u64, by: Option<u64>) -> io::Result<()> {
        let text = match by {
            Some(by) => format!("message {id} is withdrawn: it turned out to be part of message {by}"),
            None => format!("message {id} is withdrawn: it turned out to be no message of its own"),
        };
        why::line(out, &text, Tone::Faint, &self.style)
    }

    /// Days stand above rows. Which offsets from UTC times to come will have is known of UTC alone; else each has its own.
    fn cells_of(style: &Style) -> Cells<'_> {
        let zone = &style.zone;
        let offset = (*zone == Zone::UTC).then(|| zone.offset(Timestamp::default()));
        Cells {
            style,
            one_day: true,
            offset,
            since: None,
        }
    }

    /// What a message has in each column: cut to its width where that of lines is limited, else as long as it is.
    fn cells(&self, message: &Message) -> Vec<String> {
        let style = &self.style;
        let shared = Self::cells_of(style);
        if style.width.is_some() {
            return self.layout.row(message, &shared);
        }
        let columns = self.layout.columns().iter();
        let texts = columns.map(|chosen| chosen.column.show(message, &shared));
        texts.map(|text| style.clean(&text).into_owned()).collect()
    }

    /// A line of cells, each filled up to its column.
    fn line(&self, texts: Vec<String>) -> String {
        let mut line = String::new();
        for (chosen, text) in self.layout.columns().iter().zip(texts) {
            let blanks = " ".repeat(chosen.width.saturating_sub(cells(&text)));
            match chosen.column.align() {
                Align::Left => line.extend([text, blanks]),
                Align::Right => line.extend([blanks, text]),
            }
            line.push_str(&" ".repeat(GAP));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn style(width: usize) -> Style {
        Style {
            width: Some(width),
            ..Style::default()
        }
    }

    /// The sample's messages as rows that come one by one; the first of them revised.
    fn rows(columns: Option<&str>, explain: bool, style: Style) -> String {
        let columns = columns.map(|list| Column::parse_list(list).unwrap());
        let mut rows = Rows::new(columns.as_deref(), explain, &style);
        let mut out = Vec::new();
        rows.header(&mut out).unwrap();
        let mut document = sample::document();
        document.messages[0].revision = 2;
        document
            .messages
            .iter()
            .for_each(|message| rows.row(&mut out, message).unwrap());
        rows.withdrawn(&mut out, 2, Some(1)).unwrap();
        rows.withdrawn(&mut out, 3, None).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_that_come_one_by_one() {
        for width in [20, 40, 80, 100, 120, 160] {
            for line in rows(None, false, style(width)).lines() {
                assert!(cells(line) <= width, "{width}: {line}");
            }
        }
        let text = [80, 160].map(|width| rows(None, false, style(width)));
        insta::assert_snapshot!(text.join("\n"));
        let uncut = rows(None, false, Style::default());
        assert!(
            uncut.contains("announced to the recipient, not fetched yet; capture cut"),
            "{uncut}"
        );
        let coloured = Style {
            colour: true,
            ..style(160)
        };
        let coloured = anstream::adapter::strip_str(&rows(None, false, coloured)).to_string();
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&coloured), trimmed(&text[1]));
        assert!(rows(Some("id,subject"), true, style(60)).contains("   ID  SUBJECT"));
    }
}
