//! A menu: lines of which one is chosen.

use super::list::Facet;
use super::scroll::{self, Extent, Scroll};
use crate::browse::keys::Action;
use crate::report::words::style::Tone;

/// A line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it says.
    pub label: String,
    /// How it looks.
    pub tone: Tone,
}

impl Item {
    /// A line without a look of its own.
    pub fn plain(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            tone: Tone::Plain,
        }
    }
}

/// What choosing a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Asks for messages of an outcome, or with a failure: these, line by line.
    Failures(Vec<Facet>),
    /// Orders by a column: these, line by line, by their places among all.
    Sort(Vec<usize>),
    /// Groups by a key: that of the line's place.
    GroupBy,
}

/// A menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// What stands above it.
    pub title: &'static str,
    /// Its lines.
    pub items: Vec<Item>,
    /// What choosing does.
    pub purpose: Purpose,
    /// The line that is chosen.
    pub selected: usize,
    /// Which part of it is on the screen.
    pub scroll: Scroll,
}

impl Menu {
    /// One in which a line is chosen.
    pub fn new(title: &'static str, items: Vec<Item>, purpose: Purpose, selected: usize) -> Self {
        Self {
            title,
            items,
            purpose,
            selected,
            scroll: Scroll::default(),
        }
    }

    /// Moves the choice; `rows` lines are on the screen.
    pub fn go(&mut self, action: Action, rows: usize) {
        self.selected = scroll::chosen(self.selected, action, self.items.len(), rows);
        self.show_chosen(rows);
    }

    /// Scrolls so far that the chosen line is on the screen.
    pub fn show_chosen(&mut self, rows: usize) {
        let extent = Extent {
            lines: self.items.len(),
            rows,
            ..Extent::default()
        };
        self.scroll.show(self.selected, extent);
    }

    /// Chooses the line that stands so far down on the screen. Whether there is one.
    pub fn click(&mut self, row: usize) -> bool {
        let at = self.scroll.top.saturating_add(row);
        let there = at < self.items.len();
        if there {
            self.selected = at;
        }
        there
    }
}
