//! When legs are to be looked at.

use std::collections::{BTreeSet, HashMap};

use crate::model::{RandomState, Timestamp};
use crate::session::ExchangeId;

/// Legs by the time at which they are to be looked at, each once.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    order: BTreeSet<(Timestamp, ExchangeId)>,
    times: HashMap<ExchangeId, Timestamp, RandomState>,
}

impl Schedule {
    /// A leg is to be looked at at this time, and at no other one.
    pub(super) fn set(&mut self, leg: ExchangeId, at: Timestamp) {
        self.clear(leg);
        self.times.insert(leg, at);
        self.order.insert((at, leg));
    }

    /// A leg need not be looked at later than now: it is then together with another one.
    pub(super) fn clear_later(&mut self, leg: ExchangeId, now: Timestamp) {
        if self.times.get(&leg).is_some_and(|at| *at > now) {
            self.clear(leg);
        }
    }

    /// A leg need not be looked at.
    pub(super) fn clear(&mut self, leg: ExchangeId) {
        if let Some(at) = self.times.remove(&leg) {
            self.order.remove(&(at, leg));
        }
    }

    /// The next leg that is to be looked at by now; it is not looked at again then.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<ExchangeId> {
        let (at, leg) = *self.order.first()?;
        if at > now {
            return None;
        }
        self.clear(leg);
        Some(leg)
    }

    /// Lets go of legs that are closed.
    pub(super) fn retain(&mut self, is_open: impl Fn(ExchangeId) -> bool) {
        self.order.retain(|(_, leg)| is_open(*leg));
        self.times.retain(|leg, _| is_open(*leg));
    }

    /// Nothing is to be looked at.
    pub(super) fn clear_all(&mut self) {
        self.order.clear();
        self.times.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_leg_comes_once_at_the_time_that_was_set_last() {
        let at = Timestamp::from_seconds;
        let mut schedule = Schedule::default();
        schedule.set(ExchangeId(1), at(10));
        schedule.set(ExchangeId(2), at(20));
        schedule.set(ExchangeId(1), at(30));
        schedule.set(ExchangeId(3), at(5));
        schedule.clear(ExchangeId(3));
        assert_eq!(schedule.pop(at(19)), None);
        assert_eq!(schedule.pop(at(20)), Some(ExchangeId(2)));
        assert_eq!(schedule.pop(at(99)), Some(ExchangeId(1)));
        assert_eq!(schedule.pop(at(99)), None);
        assert!(schedule.order.is_empty() && schedule.times.is_empty());
    }
}
