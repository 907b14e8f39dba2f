//! Requests of which nothing says yet that they are MMS: GETs of any kind, and POSTs without a readable PDU.
//! Bounded, whatever web traffic passes.

use std::collections::{HashMap, VecDeque};

use super::draft::Draft;
use crate::session::ExchangeId;

/// How many unclaimed requests are kept, the oldest giving way: a notification that was sent before the GET and
/// captured after it is out of order by seconds at most, and an answer follows its request within minutes.
/// That web traffic passes through here is no anomaly, so none is noted.
const MAX_UNCLAIMED: usize = 16_384;

#[derive(Debug, Default)]
pub(super) struct Unclaimed {
    legs: HashMap<ExchangeId, Draft, ahash::RandomState>,
    /// GETs by the key of their URL, in order of arrival; ids that left `legs` are skipped.
    by_target: HashMap<u64, VecDeque<ExchangeId>, ahash::RandomState>,
    /// In order of arrival; ids that left `legs` are skipped.
    order: VecDeque<(ExchangeId, Option<u64>)>,
}

impl Unclaimed {
    /// Keeps a request; `target` is the key of a GET's URL.
    pub(super) fn insert(&mut self, id: ExchangeId, target: Option<u64>, mut leg: Draft) {
        leg.text.shrink_to_fit();
        if self.legs.insert(id, leg).is_none() {
            self.order.push_back((id, target));
            if let Some(target) = target {
                self.by_target.entry(target).or_default().push_back(id);
            }
        }
        while self.order.len() > MAX_UNCLAIMED {
            self.forget_oldest();
        }
    }

    pub(super) fn get_mut(&mut self, id: ExchangeId) -> Option<&mut Draft> {
        self.legs.get_mut(&id)
    }

    /// Takes a request out.
    pub(super) fn take(&mut self, id: ExchangeId) -> Option<Draft> {
        self.legs.remove(&id)
    }

    /// Takes out every GET of a target.
    pub(super) fn claim(&mut self, target: u64) -> Vec<Draft> {
        let ids = self.by_target.remove(&target).unwrap_or_default();
        ids.into_iter().filter_map(|id| self.legs.remove(&id)).collect()
    }

    fn forget_oldest(&mut self) {
        let Some((id, target)) = self.order.pop_front() else {
            return;
        };
        self.legs.remove(&id);
        let Some(target) = target else { return };
        if let Some(ids) = self.by_target.get_mut(&target) {
            while ids.front().is_some_and(|id| !self.legs.contains_key(id)) {
                ids.pop_front();
            }
            if ids.is_empty() {
                self.by_target.remove(&target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::{head::FateKind, samples};

    #[test]
    fn the_oldest_give_way_and_nothing_stays_behind() {
        let mut unclaimed = Unclaimed::default();
        let total = MAX_UNCLAIMED as u64 + 1000;
        for id in 0..total {
            let leg = samples::draft(id, "/", FateKind::Pending);
            unclaimed.insert(ExchangeId(id), Some(id % 2), leg);
            if id % 3 == 0 {
                unclaimed.take(ExchangeId(id));
            }
        }
        assert!(unclaimed.take(ExchangeId(1)).is_none());
        assert!(unclaimed.legs.len() <= MAX_UNCLAIMED);
        assert!(unclaimed.by_target.values().map(VecDeque::len).sum::<usize>() <= MAX_UNCLAIMED + 2);
        let last = unclaimed.claim((total - 1) % 2);
        assert!(last.iter().any(|leg| leg.head.exchange == ExchangeId(total - 1)));
    }
}
