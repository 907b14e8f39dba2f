//! When gateways began anew, which ends all of their sessions at once.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::model::Timestamp;

/// Restarts of one gateway that are remembered.
const RESTARTS: usize = 256;
/// Gateways whose restarts are remembered.
const GATEWAYS: usize = 65_536;

/// The restarts of one gateway, in time order.
#[derive(Debug, Default)]
struct Restarts {
    times: Vec<Timestamp>,
    /// Of sessions that began before this, it is not known any more when they ended.
    forgotten: Option<Timestamp>,
}

/// The restarts of all gateways. Their keys are hashes that nobody outside can foresee.
#[derive(Debug, Default)]
pub(crate) struct Gateways {
    restarts: HashMap<u32, Restarts, FixedState>,
    /// The same for gateways of which nothing is remembered.
    forgotten: Option<Timestamp>,
}

impl Gateways {
    /// A gateway began anew, or ended.
    pub(crate) fn restarted(&mut self, gateway: u32, at: Timestamp) {
        if self.restarts.len() >= GATEWAYS && !self.restarts.contains_key(&gateway) {
            self.restarts.clear();
            self.forgotten = self.forgotten.max(Some(at));
        }
        let known = self.restarts.entry(gateway).or_default();
        let place = known.times.partition_point(|time| *time < at);
        if known.times.get(place) == Some(&at) {
            return;
        }
        known.times.insert(place, at);
        if known.times.len() > RESTARTS {
            known.forgotten = Some(known.times.remove(0));
        }
    }

    /// When the sessions of a gateway that began at `begin` ended all at once; at their beginning where that was
    /// forgotten, so that they name nobody.
    pub(crate) fn end_of(&self, gateway: u32, begin: Timestamp) -> Option<Timestamp> {
        let known = self.restarts.get(&gateway);
        let forgotten = known.and_then(|known| known.forgotten).max(self.forgotten);
        if forgotten.is_some_and(|forgotten| begin < forgotten) {
            return Some(begin);
        }
        let times = known.map(|known| known.times.as_slice()).unwrap_or_default();
        times.get(times.partition_point(|time| *time <= begin)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_restart_ends_what_began_before_it_and_only_at_this_gateway() {
        let mut gateways = Gateways::default();
        gateways.restarted(1, s(50));
        gateways.restarted(1, s(20));
        assert_eq!(gateways.end_of(1, s(10)), Some(s(20)));
        assert_eq!(gateways.end_of(1, s(20)), Some(s(50)));
        assert_eq!(gateways.end_of(1, s(60)), None);
        assert_eq!(gateways.end_of(2, s(10)), None);
    }

    #[test]
    fn where_a_restart_was_forgotten_sessions_of_before_it_name_nobody() {
        let mut gateways = Gateways::default();
        (0..=RESTARTS as i64).for_each(|second| gateways.restarted(1, s(second)));
        assert_eq!(gateways.end_of(1, s(-1)), Some(s(-1)));
        assert_eq!(gateways.end_of(1, s(0)), Some(s(1)));
        (2..=GATEWAYS as u32 + 1).for_each(|gateway| gateways.restarted(gateway, s(1_000)));
        assert_eq!(gateways.end_of(1, s(300)), Some(s(300)));
        assert!(gateways.restarts.len() <= GATEWAYS);
    }
}
