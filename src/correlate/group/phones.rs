//! Phones as the pushes to them tell them apart.

use std::collections::{HashMap, HashSet};

use smallvec::SmallVec;

use crate::correlate::group::ids::StepId;
use crate::correlate::group::party::{AddressKeys, Party};
use crate::correlate::store::leg::Leg;
use crate::model::{Host, RandomState};

/// Pushes to a host that are looked at, the latest: more than one message waits at a phone for seldom.
const LATEST: usize = 4;

/// Who is at the phone's end of legs, as far as they came.
pub(crate) struct Phones<'a> {
    pub(crate) keys: &'a AddressKeys,
    /// The latest pushes to a host, each once, the oldest first.
    latest: HashMap<Host, SmallVec<[StepId; LATEST]>, RandomState>,
    /// All of them.
    pushed: HashSet<(Host, StepId), RandomState>,
}

impl<'a> Phones<'a> {
    pub(crate) fn new(keys: &'a AddressKeys) -> Self {
        Self {
            keys,
            latest: HashMap::default(),
            pushed: HashSet::default(),
        }
    }

    /// Notes a push that ended at the phone's own address.
    pub(crate) fn note_push(&mut self, leg: Leg<'_>, step: StepId) {
        let host = self.keys.server(leg);
        if self.pushed.insert((host, step)) {
            let latest = self.latest.entry(host).or_default();
            if latest.len() >= LATEST {
                latest.remove(0);
            }
            latest.push(step);
        }
    }

    pub(crate) fn party(&self, leg: Leg<'_>) -> Party {
        Party::of(leg, self.keys)
    }

    /// Whether the clients of two requests are known for two phones: other PDUs were pushed to each. Behind a NAT, what is
    /// pushed to any of its phones is pushed to its own address too.
    pub(crate) fn are_two(&self, one: Leg<'_>, other: Leg<'_>) -> bool {
        let hosts = [one, other].map(|leg| self.keys.client(leg));
        let [Some(first), Some(second)] = hosts.map(|host| self.latest.get(&host)) else {
            return false;
        };
        let [one, other] = hosts;
        let both_got =
            |step: &StepId| self.pushed.contains(&(one, *step)) && self.pushed.contains(&(other, *step));
        !first.iter().chain(second).any(both_got)
    }
}
