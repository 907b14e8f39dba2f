//! The legs that are open: those that wait for their answers by their exchange, the others one behind the other, so
//! that grouping takes them over without a copy.

use std::collections::{HashMap, HashSet};

use crate::correlate::store::leg::{Leg, LegRecord, Undelivered};
use crate::model::RandomState;
use crate::session::ExchangeId;

/// What an entry of a hash table takes beside what is in it, about.
const ENTRY_OVERHEAD: usize = 16;

type ByExchange<T> = HashMap<ExchangeId, T, RandomState>;

/// The place of a leg in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LegId(u32);

impl LegId {
    pub(crate) fn of(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }

    pub(crate) const fn place(self) -> usize {
        self.0 as usize
    }
}

/// What the network said later of pushes that it had accepted, by their exchange.
pub(crate) type Receipts = ByExchange<Undelivered>;

/// Legs that do not change any more, in the order of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Legs<'a> {
    legs: &'a [LegRecord],
    receipts: &'a Receipts,
}

impl<'a> Legs<'a> {
    pub(crate) const fn new(legs: &'a [LegRecord], receipts: &'a Receipts) -> Self {
        Self { legs, receipts }
    }

    pub(crate) fn get(self, index: LegId) -> Option<Leg<'a>> {
        self.legs.get(index.place()).map(LegRecord::leg)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Leg<'a>> {
        self.legs.iter().map(LegRecord::leg)
    }

    pub(crate) const fn len(self) -> usize {
        self.legs.len()
    }

    /// What the network said later of a push that it had accepted.
    pub(crate) fn undelivered(self, exchange: ExchangeId) -> Option<Undelivered> {
        self.receipts.get(&exchange).copied()
    }
}

/// All open legs.
#[derive(Debug, Default)]
pub(crate) struct OpenLegs {
    /// Those that do not change any more.
    complete: Vec<LegRecord>,
    /// Those that wait for their answers.
    pending: ByExchange<LegRecord>,
    receipts: Receipts,
    /// Octets that all legs take.
    octets: usize,
    /// What is kept besides where somebody follows what changes.
    changes: Option<Changes>,
}

/// What changed, and where legs that do not change any more are found.
#[derive(Debug, Default)]
struct Changes {
    places: ByExchange<LegId>,
    /// The legs that came or changed, in the order in which they did.
    changed: Vec<ExchangeId>,
}

impl Changes {
    /// Changes of which none were noted yet.
    fn of(complete: &[LegRecord], changed: Vec<ExchangeId>) -> Self {
        let places = complete.iter().enumerate();
        Self {
            places: places
                .map(|(place, leg)| (leg.exchange, LegId::of(place)))
                .collect(),
            changed,
        }
    }
}

impl OpenLegs {
    /// Notes from now on what changes.
    pub(crate) fn note_changes(&mut self) {
        self.changes = Some(Changes::of(&self.complete, Vec::new()));
    }

    /// Takes which legs came or changed since it was asked last. None where changes are not noted.
    pub(crate) fn take_changed(&mut self) -> Vec<ExchangeId> {
        let changes = self.changes.as_mut();
        changes
            .map(|changes| std::mem::take(&mut changes.changed))
            .unwrap_or_default()
    }

    /// The leg of an exchange, where changes are noted.
    pub(crate) fn get(&self, exchange: ExchangeId) -> Option<&LegRecord> {
        self.pending.get(&exchange).or_else(|| {
            let place = self.changes.as_ref()?.places.get(&exchange)?;
            self.complete.get(place.place())
        })
    }

    /// What the network said later of pushes.
    pub(crate) const fn receipts(&self) -> &Receipts {
        &self.receipts
    }

    /// Keeps a leg.
    pub(crate) fn insert(&mut self, mut leg: LegRecord) {
        leg.texts.shrink_to_fit();
        self.octets += leg.octets();
        if let Some(changes) = &mut self.changes {
            changes.changed.push(leg.exchange);
            if !leg.is_pending() {
                changes
                    .places
                    .insert(leg.exchange, LegId::of(self.complete.len()));
            }
        }
        if leg.is_pending() {
            self.pending.insert(leg.exchange, leg);
        } else {
            self.complete.push(leg);
        }
    }

    /// Takes out a leg that waits for its answer.
    pub(crate) fn take_pending(&mut self, exchange: ExchangeId) -> Option<LegRecord> {
        let leg = self.pending.remove(&exchange)?;
        self.octets = self.octets.saturating_sub(leg.octets());
        Some(leg)
    }

    /// Notes what the network said later of a push.
    pub(crate) fn undelivered(&mut self, exchange: ExchangeId, word: Undelivered) {
        self.receipts.insert(exchange, word);
        if let Some(changes) = &mut self.changes {
            changes.changed.push(exchange);
        }
    }

    /// Octets that they take, about.
    pub(crate) fn octets(&self) -> usize {
        let receipt = size_of::<(ExchangeId, Undelivered)>() + ENTRY_OVERHEAD;
        self.octets + self.pending.len() * ENTRY_OVERHEAD + self.receipts.len() * receipt
    }

    pub(crate) fn len(&self) -> usize {
        self.complete.len() + self.pending.len()
    }

    /// All legs, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Leg<'_>> {
        self.complete
            .iter()
            .chain(self.pending.values())
            .map(LegRecord::leg)
    }

    /// Takes all of them out, in no order.
    pub(crate) fn take(&mut self) -> (Vec<LegRecord>, Receipts) {
        let changes = self.changes.take();
        let taken = std::mem::take(self);
        self.changes = changes;
        let mut legs = taken.complete;
        legs.extend(taken.pending.into_values());
        (legs, taken.receipts)
    }

    /// Puts back those that stay open, where none is.
    pub(crate) fn put_back(&mut self, legs: Vec<LegRecord>, mut receipts: Receipts) {
        if !receipts.is_empty() {
            let open: HashSet<ExchangeId, RandomState> = legs.iter().map(|leg| leg.exchange).collect();
            receipts.retain(|exchange, _| open.contains(exchange));
        }
        self.receipts = receipts;
        self.octets = legs.iter().map(LegRecord::octets).sum();
        self.complete = legs;
        let pending = self.complete.extract_if(.., |leg| leg.is_pending());
        self.pending.extend(pending.map(|leg| (leg.exchange, leg)));
        self.complete.shrink_to_fit();
        if let Some(changes) = self.changes.take() {
            self.changes = Some(Changes::of(&self.complete, changes.changed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::samples;
    use crate::correlate::store::leg::Completion;
    use crate::model::FrameRef;

    fn texts(legs: &OpenLegs) -> Vec<(ExchangeId, usize)> {
        let mut texts: Vec<_> = legs
            .iter()
            .map(|leg| (leg.exchange, leg.url().map_or(0, str::len)))
            .collect();
        texts.sort_unstable();
        texts
    }

    #[test]
    fn what_is_put_back_is_what_was_taken_whether_many_have_gone_or_few() {
        for stays in [1, 3, 90] {
            let mut legs = OpenLegs::default();
            for id in 0..100 {
                let completion = if id % 10 == 0 {
                    Completion::Pending
                } else {
                    Completion::NoneExpected
                };
                legs.insert(samples::get_leg(id, &"u".repeat(id as usize), completion));
                legs.undelivered(
                    ExchangeId(id),
                    Undelivered {
                        at: FrameRef::default(),
                        code: None,
                    },
                );
            }
            let before = texts(&legs);
            let (mut taken, receipts) = legs.take();
            assert_eq!((legs.len(), legs.octets()), (0, 0));
            taken.retain(|leg| leg.exchange.0 < stays);
            legs.put_back(taken, receipts);
            assert_eq!(texts(&legs), before[..stays as usize]);
            assert_eq!(legs.receipts.len(), stays as usize);
            assert!(legs.take_pending(ExchangeId(0)).is_some());
            assert!(legs.take_pending(ExchangeId(1)).is_none());
        }
    }

    #[test]
    fn what_waits_counts_until_it_is_taken() {
        let mut legs = OpenLegs::default();
        legs.insert(samples::get_leg(1, "http://mmsc.example/", Completion::Pending));
        assert_eq!(legs.len(), 1);
        assert!(legs.octets() > size_of::<LegRecord>());
        legs.take_pending(ExchangeId(1));
        assert_eq!((legs.len(), legs.octets()), (0, 0));
    }
}
