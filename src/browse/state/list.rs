//! The list of messages: which of them, in which order, and which is chosen.

use std::{collections::BTreeSet, sync::Arc};

use super::scroll::{self, Extent, Scroll};
use crate::browse::{
    data::{Data, Following},
    keys::Action,
};
use crate::model::{SharedSort, Timestamp};
use crate::report::{
    document::{FailureKind, Message, Outcome},
    query::filter::Filter,
    render::{
        columns::{Cells, NAMED, Order},
        layout::Layout,
    },
    words::{style::Style, zone::Offset},
};

/// Messages that are looked at between two looks at the keyboard.
const STEP: u32 = 1024;

/// Messages that the widths of columns are found out from: the whole of millions would take seconds.
const SAMPLE: usize = 2048;

/// Messages that are put into an ordered list one by one.
const FEW: usize = 64;

/// Cells before each row: whether it is chosen, whether it is marked.
pub const MARGIN: u16 = 2;

/// One outcome, or one kind of failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Facet {
    /// Neither is asked for.
    #[default]
    All,
    /// Messages with this outcome.
    Outcome(Outcome),
    /// Messages with this failure.
    Failure(FailureKind),
}

impl Facet {
    fn holds(self, message: &Message) -> bool {
        match self {
            Self::All => true,
            Self::Outcome(outcome) => message.outcome == outcome,
            Self::Failure(kind) => message.failures.iter().any(|failure| failure.kind == kind),
        }
    }
}

/// Which messages are asked for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The expression as it was typed.
    pub text: String,
    /// The expression as it is read.
    pub filter: Option<Filter>,
    /// The outcome or failure.
    pub facet: Facet,
}

impl Question {
    fn holds(&self, message: &Message) -> bool {
        self.facet.holds(message) && self.filter.as_ref().is_none_or(|filter| filter.matches(message))
    }
}

/// A look through all messages that is not over.
#[derive(Clone, Debug, Default)]
struct Scan {
    next: u32,
    found: Vec<u32>,
    outcomes: Outcomes,
}

impl Scan {
    /// Takes in messages that came or changed at these places. Those that hold are given back, to be put in their order.
    fn take_in(
        &mut self,
        question: &Question,
        before: &Data,
        now: &Data,
        places: impl Iterator<Item = u32>,
    ) -> Vec<u32> {
        let mut found = Vec::new();
        let places: BTreeSet<u32> = places.collect();
        self.found.retain(|place| !places.contains(place));
        for place in places {
            let held = before.message(place).filter(|message| question.holds(message));
            let holds = now.message(place).filter(|message| question.holds(message));
            if let Some(count) = held.and_then(|message| count_of(&mut self.outcomes, message)) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = holds.and_then(|message| count_of(&mut self.outcomes, message)) {
                *count += 1;
            }
            found.extend(holds.map(|_| place));
        }
        found
    }
}

/// The count of a message's outcome.
fn count_of<'a>(outcomes: &'a mut Outcomes, message: &Message) -> Option<&'a mut u64> {
    let outcome = Outcome::ALL.iter().position(|known| *known == message.outcome);
    outcome.and_then(|at| outcomes.get_mut(at))
}

/// How many messages have each outcome, in the order of [`Outcome::ALL`].
pub type Outcomes = [u64; Outcome::ALL.len()];

/// The list.
#[derive(Clone, Debug)]
pub struct List {
    data: Arc<Data>,
    question: Question,
    /// A column by its place in [`NAMED`], and whether the order is turned round; without it, by number.
    order: Option<(usize, bool)>,
    /// The messages that are listed, by their places.
    shown: Vec<u32>,
    outcomes: Outcomes,
    selected: usize,
    scroll: Scroll,
    marked: BTreeSet<u32>,
    relative: bool,
    one_day: bool,
    offset: Option<Offset>,
    layout: Option<Layout>,
    scan: Option<Scan>,
    /// Whether the choice goes on to the last message when more come: it does while it stands there.
    stays_last: bool,
}

impl List {
    /// All messages, the first one chosen.
    pub fn new(data: Arc<Data>, style: &Style) -> Self {
        let Cells { one_day, offset, .. } = Cells::of(style, data.messages());
        let mut list = Self {
            stays_last: data.following == Following::Live,
            data,
            question: Question::default(),
            order: None,
            shown: Vec::new(),
            outcomes: Outcomes::default(),
            selected: 0,
            scroll: Scroll::default(),
            marked: BTreeSet::new(),
            relative: false,
            one_day,
            offset,
            layout: None,
            scan: None,
        };
        list.ask(Question::default());
        list
    }

    /// Asks for other messages. What is listed changes once all have been looked at.
    pub fn ask(&mut self, question: Question) {
        self.question = question;
        self.scan = Some(Scan::default());
        self.go_on();
    }

    /// Which messages are asked for.
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// Whether messages are still to be looked at, and how many hundredths of them have been.
    pub fn scanning(&self) -> Option<u32> {
        let scan = self.scan.as_ref()?;
        let all = u64::from(self.data.places().max(1));
        u32::try_from(u64::from(scan.next) * 100 / all).ok()
    }

    /// Looks at the next messages.
    pub fn go_on(&mut self) {
        let Some(scan) = &mut self.scan else { return };
        let end = scan.next.saturating_add(STEP).min(self.data.places());
        for place in scan.next..end {
            let Some(message) = self.data.message(place) else {
                continue;
            };
            if self.question.holds(message) {
                scan.found.push(place);
                if let Some(count) = count_of(&mut scan.outcomes, message) {
                    *count += 1;
                }
            }
        }
        scan.next = end;
        if end == self.data.places() {
            self.found();
        }
    }

    /// Lists what was found.
    fn found(&mut self) {
        let Some(scan) = self.scan.take() else { return };
        let chosen = self.chosen();
        self.shown = scan.found;
        self.outcomes = scan.outcomes;
        self.put_in_order();
        self.choose(chosen);
    }

    fn put_in_order(&mut self) {
        // Equal ones stay as they are, so that the order does not depend on the one before.
        self.shown.shared_sort();
        if let Some(order) = self.named_order() {
            order.sort_places(&mut self.shown, |place| self.data.message(place));
        }
    }

    /// Lists messages that came, at their places in the order. Few are put in one by one: to order all anew, all would have to
    /// be looked at.
    fn add(&mut self, places: Vec<u32>) {
        match self.named_order() {
            Some(order) if places.len() <= FEW => {
                let data = Arc::clone(&self.data);
                for place in places {
                    let Some(message) = data.message(place) else {
                        continue;
                    };
                    let at = self.shown.partition_point(|other| {
                        let order = data.message(*other).map(|other| order.compare(other, message));
                        order.is_some_and(|order| order.then(other.cmp(&place)).is_lt())
                    });
                    self.shown.insert(at, place);
                }
            }
            _ => {
                self.shown.extend(places);
                self.put_in_order();
            }
        }
    }

    /// The order by the column that is chosen.
    fn named_order(&self) -> Option<Order> {
        let (column, descending) = self.order?;
        let sign = if descending { "-" } else { "" };
        Order::parse(&format!("{sign}{}", NAMED.get(column)?.name)).ok()
    }

    /// Chooses a message that is listed, or the one that stands where it would.
    fn choose(&mut self, message: Option<u32>) {
        let at = message.and_then(|message| self.shown.iter().position(|place| *place == message));
        let near = || match (message, self.order) {
            (Some(message), None) => self.shown.partition_point(|place| *place < message),
            _ => 0,
        };
        self.selected = at.unwrap_or_else(near).min(self.shown.len().saturating_sub(1));
    }

    /// Orders by a column; by the same again, the other way round.
    pub fn sort_by(&mut self, column: usize) {
        self.order = match self.order {
            Some((same, descending)) if same == column => Some((column, !descending)),
            _ => Some((column, false)),
        };
        let chosen = self.chosen();
        self.put_in_order();
        self.choose(chosen);
    }

    /// The column that orders, by its place in [`NAMED`], and whether it is turned round.
    pub const fn order(&self) -> Option<(usize, bool)> {
        self.order
    }

    /// Shows times from the beginning, or those of a clock.
    pub fn turn_time(&mut self, style: &Style, width: u16) {
        self.relative = !self.relative;
        self.arrange(style, width);
    }

    /// Finds out which columns there is room for.
    pub fn arrange(&mut self, style: &Style, width: u16) {
        let style = Style {
            width: Some(width.saturating_sub(MARGIN).max(1).into()),
            ..style.clone()
        };
        let sample = self.data.sample(SAMPLE);
        self.layout = Some(Layout::of(sample, None, &self.cells(&style)));
    }

    /// The columns.
    pub const fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// What cells need to know of the whole.
    pub fn cells<'a>(&self, style: &'a Style) -> Cells<'a> {
        Cells {
            style,
            one_day: self.one_day,
            offset: self.offset,
            since: self.since(),
        }
    }

    /// What times count from: the first frame of all captures.
    fn since(&self) -> Option<Timestamp> {
        let firsts = self
            .data
            .document
            .captures
            .iter()
            .filter_map(|capture| capture.first);
        let message = self.data.message(0).and_then(|message| message.started);
        self.relative.then(|| firsts.chain(message).min()).flatten()
    }

    /// What is walked in is another one now, in which the messages at these places came or changed.
    pub fn take_in(&mut self, data: Arc<Data>, places: &[u32], style: &Style) {
        let before = std::mem::replace(&mut self.data, data);
        let data = Arc::clone(&self.data);
        let came = places.iter().filter_map(|place| data.message(*place));
        let seen = before.messages().next().into_iter().chain(came);
        let Cells { one_day, offset, .. } = Cells::of(style, seen);
        let is_first = before.count() == 0;
        self.one_day = one_day && (self.one_day || is_first);
        self.offset = offset.filter(|offset| is_first || self.offset == Some(*offset));
        self.marked.retain(|place| data.message(*place).is_some());
        match &mut self.scan {
            // What is further on is looked at yet.
            Some(scan) => {
                let next = scan.next;
                let looked_at = places.iter().filter(|place| **place < next);
                let found = scan.take_in(&self.question, &before, &data, looked_at.copied());
                scan.found.extend(found);
                scan.found.sort_unstable();
            }
            None => {
                let chosen = self.chosen();
                let mut scan = Scan {
                    next: 0,
                    found: std::mem::take(&mut self.shown),
                    outcomes: self.outcomes,
                };
                let found = scan.take_in(&self.question, &before, &data, places.iter().copied());
                (self.shown, self.outcomes) = (scan.found, scan.outcomes);
                self.add(found);
                self.choose(chosen);
            }
        }
        if self.stays_last {
            self.selected = self.shown.len().saturating_sub(1);
        }
    }

    /// Moves the choice.
    pub fn go(&mut self, action: Action, rows: usize) {
        self.selected = scroll::chosen(self.selected, action, self.shown.len(), rows);
        self.moved();
        self.show_chosen(rows);
    }

    /// Moves the choice by rows.
    pub fn by(&mut self, rows: i16, visible: usize) {
        let to = self.selected.saturating_add_signed(rows.into());
        self.selected = to.min(self.shown.len().saturating_sub(1));
        self.moved();
        self.show_chosen(visible);
    }

    /// The choice was moved by whoever looks.
    fn moved(&mut self) {
        let last = self.shown.len().saturating_sub(1);
        self.stays_last = self.data.following == Following::Live && self.selected == last;
    }

    /// Chooses the row that stands so far down on the screen. Whether it was chosen before; nothing where there is none.
    pub fn click(&mut self, row: usize) -> Option<bool> {
        let at = self.scroll.top.saturating_add(row);
        let before = (at < self.shown.len()).then(|| std::mem::replace(&mut self.selected, at));
        self.moved();
        before.map(|before| before == at)
    }

    /// Scrolls so far that the chosen row is among those on the screen.
    pub fn show_chosen(&mut self, rows: usize) {
        let extent = Extent {
            lines: self.shown.len(),
            rows,
            ..Extent::default()
        };
        self.scroll.show(self.selected, extent);
    }

    /// The message that is chosen.
    pub fn chosen(&self) -> Option<u32> {
        self.shown.get(self.selected).copied()
    }

    /// The place of the chosen message among those listed.
    pub const fn selected(&self) -> usize {
        self.selected
    }

    /// The messages that are listed.
    pub fn shown(&self) -> &[u32] {
        &self.shown
    }

    /// Of these, how many have each outcome.
    pub const fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// The first row that is on the screen.
    pub const fn top(&self) -> usize {
        self.scroll.top
    }

    /// Marks the chosen message or takes its mark away.
    pub fn mark(&mut self) {
        if let Some(chosen) = self.chosen()
            && !self.marked.remove(&chosen)
        {
            self.marked.insert(chosen);
        }
    }

    /// Takes all marks away.
    pub fn unmark(&mut self) {
        self.marked.clear();
    }

    /// The messages that are marked.
    pub const fn marked(&self) -> &BTreeSet<u32> {
        &self.marked
    }
}
