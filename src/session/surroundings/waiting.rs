//! The transactions that wait, in the order in which they were first seen, and found by what identifies them.
//!
//! A capture of a core may hold thousands of requests a second that concern no message, so one of them is a few words here,
//! and nothing about it is allocated: the tables hold places in the queue, and the queue holds the keys. What is answered leaves
//! the tables, so that they stay as small as the number of requests that are under way.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashTable;

use super::TransactionSubject;
use super::recent::{Recent, Remembered};
use crate::model::{Nanoseconds, Timestamp};

/// A transaction that may still get its answer.
#[derive(Debug)]
pub(super) struct Open {
    /// What its answer is found by: a keyed digest, 0 for none.
    pub(super) identifier: u64,
    /// What it is found by where it is sent again with another identifier: a keyed digest, 0 for none.
    pub(super) content: u64,
    /// What tells it from another request with the same identifier; where it is one sent again, the number of the first.
    pub(super) fingerprint: u64,
    /// Who asks whom: a keyed digest.
    pub(super) pair: u64,
    pub(super) at: Timestamp,
    /// None where only the answer was seen.
    pub(super) subject: Option<TransactionSubject>,
    pub(super) state: State,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waits,
    /// Its answer was seen, and its request may follow.
    AnsweredEarly,
    /// It waits, though its answer should have come.
    Overdue,
    /// An answer says that it is to be sent again elsewhere.
    Referred,
    /// It is another one, sent again with this identifier.
    Again,
    /// It was answered.
    Over,
}

/// Stands in place of the fingerprint of a request that was not seen.
const OF_NO_REQUEST: u64 = u64::MAX;

/// Places in the queue by a digest; each place is the lower half of a transaction's number.
#[derive(Debug, Default)]
struct Places(HashTable<u32>);

impl Places {
    fn find(&self, digest: u64, queue: &Queue, of: fn(&Open) -> u64) -> Option<u64> {
        let is_it = |place: &u32| queue.at(*place).is_some_and(|open| of(open) == digest);
        let place = self.0.find(digest, is_it)?;
        Some(queue.number(*place))
    }

    /// The latest takes the place of an earlier one with the same digest.
    fn insert(&mut self, digest: u64, place: u32, queue: &Queue, of: fn(&Open) -> u64) {
        let is_it = |other: &u32| queue.at(*other).is_some_and(|open| of(open) == digest);
        match self.0.find_mut(digest, is_it) {
            Some(earlier) => *earlier = place,
            None => {
                let digest_of = |place: &u32| queue.at(*place).map_or(0, of);
                self.0.insert_unique(digest, place, digest_of);
            }
        }
    }

    fn remove(&mut self, digest: u64, place: u32) {
        if digest != 0
            && let Ok(entry) = self.0.find_entry(digest, |other| *other == place)
        {
            entry.remove();
        }
    }
}

/// The transactions themselves, by their numbers, which follow on each other.
#[derive(Debug, Default)]
struct Queue {
    open: VecDeque<Open>,
    /// The number of the first.
    oldest: u64,
    /// Those that still wait for their answers long after they came.
    late: BTreeMap<u64, Open>,
    /// Those whose answers should have come, and may come late.
    overdue: BTreeMap<u64, Open>,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a place is the lower half of a number, and far fewer wait than it tells apart"
)]
const fn place_of(number: u64) -> u32 {
    number as u32
}

impl Queue {
    #[inline]
    fn at(&self, place: u32) -> Option<&Open> {
        let behind = place.wrapping_sub(place_of(self.oldest)) as usize;
        match self.open.get(behind) {
            Some(open) => Some(open),
            None => self.at_late(self.number(place)),
        }
    }

    fn at_late(&self, number: u64) -> Option<&Open> {
        self.late.get(&number).or_else(|| self.overdue.get(&number))
    }

    #[inline]
    fn get_mut(&mut self, number: u64) -> Option<&mut Open> {
        match number.checked_sub(self.oldest) {
            Some(place) => self.open.get_mut(usize::try_from(place).ok()?),
            None => match self.late.get_mut(&number) {
                Some(late) => Some(late),
                None => self.overdue.get_mut(&number),
            },
        }
    }

    /// A number by its lower half: it is less than half of all places away.
    fn number(&self, place: u32) -> u64 {
        let away = place.wrapping_sub(place_of(self.oldest)).cast_signed();
        self.oldest.saturating_add_signed(i64::from(away))
    }
}

/// The transactions that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    queue: Queue,
    by_identifier: Places,
    by_content: Places,
    /// Those that were answered a moment ago, by identifier.
    answered: Recent,
    /// The same by content.
    contents: Recent,
    /// How many of those that are overdue are remembered.
    overdue_limit: usize,
}

/// What is found by an identifier.
pub(super) enum Found<'a> {
    /// One that waits.
    Open(u64, &'a mut Open),
    /// One that was answered.
    Over(Remembered),
}

const fn identifier(open: &Open) -> u64 {
    open.identifier
}

const fn content(open: &Open) -> u64 {
    open.content
}

impl Waiting {
    /// None; what is answered is remembered for so long.
    pub(super) fn new(remember: Nanoseconds, limit: usize) -> Self {
        Self {
            queue: Queue::default(),
            by_identifier: Places::default(),
            by_content: Places::default(),
            answered: Recent::within(remember, limit),
            contents: Recent::within(remember, limit),
            overdue_limit: limit.max(1),
        }
    }

    /// How many take room.
    pub(super) fn len(&self) -> usize {
        self.queue.open.len().saturating_add(self.queue.late.len())
    }

    /// The number that the next one gets.
    pub(super) fn next(&self) -> u64 {
        let following = self.queue.open.len() as u64;
        self.queue.oldest.saturating_add(following)
    }

    /// The latest with this identifier; where that was sent again with it, the one that it first was.
    #[inline]
    pub(super) fn find(&mut self, by: u64) -> Option<Found<'_>> {
        let Some(number) = self.by_identifier.find(by, &self.queue, identifier) else {
            return self.answered.find(by).map(Found::Over);
        };
        let found = self.queue.get_mut(number)?;
        let first = match found.state {
            State::Again => found.fingerprint,
            _ => return self.open(number),
        };
        match self.queue.get_mut(first).map(|first| first.state) {
            Some(State::Over) | None => Some(Found::Over(Remembered {
                digest: by,
                number: first,
                fingerprint: 0,
            })),
            Some(_) => self.open(first),
        }
    }

    fn open(&mut self, number: u64) -> Option<Found<'_>> {
        self.queue.get_mut(number).map(|open| Found::Open(number, open))
    }

    /// The latest with this content.
    pub(super) fn find_content(&self, by: u64) -> Option<u64> {
        let waits = self.by_content.find(by, &self.queue, content);
        waits.or_else(|| self.contents.find(by).map(|one| one.number))
    }

    /// Gives a transaction the content that it will have where it is sent again.
    pub(super) fn set_content(&mut self, number: u64, by: u64) {
        let Some(open) = self.queue.get_mut(number) else {
            return;
        };
        let before = std::mem::replace(&mut open.content, by);
        self.by_content.remove(before, place_of(number));
        self.by_content.insert(by, place_of(number), &self.queue, content);
    }

    /// Adds a transaction; its number.
    pub(super) fn push(&mut self, open: Open) -> u64 {
        let number = self.next();
        // Before it is there, so that what has its digests by now is found and not it.
        if open.identifier != 0 {
            self.by_identifier
                .insert(open.identifier, place_of(number), &self.queue, identifier);
        }
        if open.content != 0 {
            self.by_content
                .insert(open.content, place_of(number), &self.queue, content);
        }
        self.queue.open.push_back(open);
        number
    }

    /// A transaction was answered: it waits no more, and is remembered for a while.
    pub(super) fn answered(&mut self, number: u64, now: Timestamp) {
        let Some(open) = self.queue.get_mut(number) else {
            return;
        };
        open.state = State::Over;
        let (by, again, fingerprint) = (open.identifier, open.content, open.fingerprint);
        let remembered = |digest| Remembered {
            digest,
            number,
            fingerprint,
        };
        self.by_identifier.remove(by, place_of(number));
        if by != 0 {
            self.answered.insert(remembered(by), now);
        }
        if again != 0 {
            self.by_content.remove(again, place_of(number));
            self.contents.insert(remembered(again), now);
        }
        if self.queue.late.remove(&number).is_none() {
            self.queue.overdue.remove(&number);
        }
    }

    /// Lets go of what is over, as far as nothing that waits came before it; what waits and came before a time makes place for it.
    #[inline]
    pub(super) fn forget(&mut self, before: Timestamp) {
        while let Some(first) = self.queue.open.front()
            && (first.state == State::Over || first.at < before)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(open) = self.queue.open.pop_front() else {
            return;
        };
        let number = self.queue.oldest;
        self.queue.oldest = number.saturating_add(1);
        match open.state {
            State::Over => {}
            State::Waits => {
                self.queue.late.insert(number, open);
            }
            State::AnsweredEarly => {
                self.let_go(number, &open);
                let early = Remembered {
                    digest: open.identifier,
                    number,
                    fingerprint: OF_NO_REQUEST,
                };
                self.answered.insert(early, open.at);
            }
            State::Overdue | State::Referred | State::Again => self.let_go(number, &open),
        }
    }

    /// The first that still waits and came before a time, of those that made place for others: its answer is overdue from now on.
    #[inline]
    pub(super) fn next_overdue(&mut self, before: Timestamp) -> Option<(u64, &Open)> {
        let (_, first) = self.queue.late.first_key_value()?;
        (first.at < before).then(|| self.make_overdue()).flatten()
    }

    fn make_overdue(&mut self) -> Option<(u64, &Open)> {
        let (number, mut open) = self.queue.late.pop_first()?;
        open.state = State::Overdue;
        while self.queue.overdue.len() >= self.overdue_limit {
            self.forget_overdue();
        }
        Some((number, self.queue.overdue.entry(number).or_insert(open)))
    }

    /// Lets go of those that are overdue and came before a time.
    #[inline]
    pub(super) fn forget_overdue_before(&mut self, before: Timestamp) {
        while let Some((_, first)) = self.queue.overdue.first_key_value()
            && first.at < before
        {
            self.forget_overdue();
        }
    }

    fn forget_overdue(&mut self) {
        if let Some((number, open)) = self.queue.overdue.pop_first() {
            self.let_go(number, &open);
        }
    }

    /// Takes the oldest out, with its number.
    pub(super) fn pop(&mut self) -> Option<(u64, Open)> {
        let (number, open) = match self.queue.late.pop_first() {
            Some(late) => late,
            None => {
                let open = self.queue.open.pop_front()?;
                let number = self.queue.oldest;
                self.queue.oldest = number.saturating_add(1);
                (number, open)
            }
        };
        self.let_go(number, &open);
        Some((number, open))
    }

    fn let_go(&mut self, number: u64, open: &Open) {
        self.by_identifier.remove(open.identifier, place_of(number));
        self.by_content.remove(open.content, place_of(number));
    }

    /// What the tables hold.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.by_identifier.0.len() + self.by_content.0.len()
    }
}
