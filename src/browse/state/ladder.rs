//! The call flow of a message, with the PDU of the arrow that is chosen.

use std::collections::{BTreeMap, BTreeSet};

use super::scroll::{self, Extent, Scroll};
use crate::browse::{
    data::Data,
    event::PduPlace,
    keys::Action,
    text::{Line, Text},
};
use crate::model::tree;
use crate::report::{
    document::Message,
    render::ladder::{Flow, Ladder, Lines, Row},
    words::style::Style,
};

/// Least lines of the pane and of the call flow.
const LEAST: u16 = 3;

/// An arrow that can be chosen.
#[derive(Clone, Debug)]
pub struct Arrow {
    /// Where its PDU lies; nothing where it has none.
    pub pdu: Option<PduPlace>,
    /// Its frame, as the call flow names it.
    pub frame: String,
    /// What it is: untrusted text.
    pub label: String,
    /// Its line.
    line: usize,
}

/// What was read again of a message's PDUs.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The job that reads them.
    pub request: u64,
    /// Octets that were read, and of how many, while it reads.
    pub progress: Option<(u64, Option<u64>)>,
    /// What was in its way.
    pub error: Option<String>,
    /// The PDUs, by their places.
    pub pdus: BTreeMap<PduPlace, Text>,
}

/// The call flow of a message.
#[derive(Clone, Debug)]
pub struct LadderView {
    /// The message.
    pub message: u32,
    /// The heads of the columns, which stay above the rows.
    pub heads: Line,
    /// The lines, each with the arrow that it is of.
    pub lines: Vec<(Option<usize>, Line)>,
    /// Cells of the widest.
    widest: usize,
    /// What can be chosen.
    pub arrows: Vec<Arrow>,
    /// The arrow that is chosen.
    pub selected: usize,
    /// Which part of the lines is on the screen.
    pub scroll: Scroll,
    /// Lines of the pane, where they were chosen.
    pane: Option<u16>,
    /// Which part of the PDU is in the pane.
    pub pane_scroll: Scroll,
    /// The PDUs.
    pub reading: Reading,
}

impl LadderView {
    /// The call flow of a message, with its first arrow chosen.
    pub fn new(place: u32, message: &Message, style: &Style) -> Self {
        let mut view = Self {
            message: place,
            heads: Line::default(),
            lines: Vec::new(),
            widest: 0,
            arrows: Vec::new(),
            selected: 0,
            scroll: Scroll::default(),
            pane: None,
            pane_scroll: Scroll::default(),
            reading: Reading::default(),
        };
        view.arrange(message, style);
        view
    }

    /// Draws the call flow for a width.
    pub fn arrange(&mut self, message: &Message, style: &Style) {
        let ladder = Ladder::of(message, &style.names);
        // Memory takes what is drawn.
        let flow = Flow::of(&ladder, style, Lines::Whole).unwrap_or_default();
        let mut head = Text::read(&flow.head).lines;
        self.heads = match ladder.rows.is_empty() {
            true => Line::default(),
            false => head.pop().unwrap_or_default(),
        };
        self.lines = head.into_iter().map(|line| (None, line)).collect();
        self.arrows.clear();
        for (row, drawn) in ladder.rows.iter().zip(&flow.rows) {
            let arrow = match row {
                Row::Arrow(arrow) => {
                    let event = arrow.event.and_then(|at| message.events.get(at));
                    self.arrows.push(Arrow {
                        pdu: event
                            .filter(|event| event.facts.pdu().is_some())
                            .map(|event| PduPlace::from(&event.seen)),
                        frame: arrow.place(ladder.several_captures),
                        label: arrow.label.clone(),
                        line: self.lines.len(),
                    });
                    Some(self.arrows.len() - 1)
                }
                Row::Note(_) => None,
            };
            let lines = Text::read(drawn).lines.into_iter();
            self.lines.extend(lines.map(|line| (arrow, line)));
        }
        let widths = self.lines.iter().map(|(_, line)| line.width());
        self.widest = widths.max().unwrap_or_default().max(self.heads.width());
    }

    /// The PDUs that there are, each once.
    pub fn pdus(&self) -> Vec<PduPlace> {
        let places: BTreeSet<PduPlace> = tree(self.arrows.iter().filter_map(|arrow| arrow.pdu));
        places.into_iter().collect()
    }

    /// The arrow that is chosen.
    pub fn arrow(&self) -> Option<&Arrow> {
        self.arrows.get(self.selected)
    }

    /// Of so many rows of the screen, those for the lines below their heads, and those for the PDU below its title.
    pub fn shares(&self, rows: u16) -> (u16, u16) {
        let rest = rows.saturating_sub(2);
        let pane = self.pane.unwrap_or(rest / 2);
        let pane = pane.clamp(LEAST.min(rest), rest.saturating_sub(LEAST).max(LEAST.min(rest)));
        (rest.saturating_sub(pane), pane)
    }

    fn extent(&self, rows: u16, columns: u16) -> Extent {
        Extent {
            lines: self.lines.len(),
            cells: self.widest,
            rows: rows.into(),
            columns: columns.into(),
        }
    }

    /// Moves the choice, the lines, or the pane; of the screen there are so many rows and columns.
    pub fn go(&mut self, action: Action, data: &Data, rows: u16, columns: u16) {
        let (lines, pane) = self.shares(rows);
        match action {
            Action::Left | Action::Right => self.scroll.go(action, self.extent(lines, columns)),
            Action::PaneTaller => self.pane = Some(pane.saturating_add(1).min(rows)),
            Action::PaneShorter => self.pane = Some(pane.saturating_sub(1)),
            Action::PaneUp | Action::PaneDown | Action::PaneLeft | Action::PaneRight => {
                let action = match action {
                    Action::PaneUp => Action::Up,
                    Action::PaneDown => Action::Down,
                    Action::PaneLeft => Action::Left,
                    _ => Action::Right,
                };
                let text = self.pane_text(data);
                let extent = super::page::extent(&text, pane, columns);
                self.pane_scroll.go(action, extent);
            }
            _ => {
                let to = scroll::chosen(self.selected, action, self.arrows.len(), lines.into());
                self.choose(to);
            }
        }
        self.show_chosen(action, rows, columns);
    }

    fn choose(&mut self, arrow: usize) {
        if arrow != self.selected {
            self.selected = arrow;
            self.pane_scroll = Scroll::default();
        }
    }

    /// Scrolls so far that the chosen arrow is on the screen; from the first one, what stands above it is, too.
    fn show_chosen(&mut self, action: Action, rows: u16, columns: u16) {
        let (lines, _) = self.shares(rows);
        let extent = self.extent(lines, columns);
        if self.selected == 0 && matches!(action, Action::Up | Action::PageUp | Action::First) {
            self.scroll.top = 0;
        }
        if action == Action::First {
            self.scroll.left = 0;
        }
        if let Some(arrow) = self.arrow() {
            self.scroll.show(arrow.line, extent);
        }
        self.scroll.keep_within(extent);
    }

    /// Keeps what is chosen on a screen that has changed.
    pub fn resized(&mut self, rows: u16, columns: u16) {
        self.show_chosen(Action::Ladder, rows, columns);
    }

    /// Moves the choice by arrows.
    pub fn by(&mut self, arrows: i16, rows: u16, columns: u16) {
        let to = self.selected.saturating_add_signed(arrows.into());
        self.choose(to.min(self.arrows.len().saturating_sub(1)));
        let action = if arrows < 0 { Action::Up } else { Action::Down };
        self.show_chosen(action, rows, columns);
    }

    /// Chooses the arrow whose line stands so far down on the screen. Whether it was chosen before; nothing where there
    /// is none.
    pub fn click(&mut self, row: usize) -> Option<bool> {
        let (arrow, _) = self.lines.get(self.scroll.top.saturating_add(row))?;
        let before = self.selected;
        self.choose((*arrow)?);
        Some(self.selected == before)
    }

    /// What the pane shows: the PDU, or why there is none.
    pub fn pane_text(&self, data: &Data) -> Text {
        let Some(arrow) = self.arrow() else {
            return Text::default();
        };
        let Some(place) = arrow.pdu else {
            return told("there is no PDU of MMS in this frame");
        };
        if let Some(tree) = self.reading.pdus.get(&place) {
            return tree.clone();
        }
        if let Some(reason) = &data.read_once {
            return told(reason);
        }
        match (&self.reading.progress, &self.reading.error) {
            (Some((read, Some(total))), _) if *total > 0 => told(&format!(
                "reading the captures again: {} %",
                u128::from(*read) * 100 / u128::from(*total)
            )),
            (Some(_), _) => told("reading the captures again"),
            (None, Some(error)) => told(error),
            (None, None) => told("it is not in the captures any more"),
        }
    }
}

fn told(words: &str) -> Text {
    let mut text = Text::default();
    text.push(Line::of(words, ratatui::style::Style::new()));
    text
}
