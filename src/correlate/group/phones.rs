//! Phones as the pushes to them tell them apart.

use std::collections::HashMap;

use crate::correlate::group::ids::StepId;
use crate::correlate::group::party::{AddressKeys, Party};
use crate::correlate::store::leg::Leg;
use crate::model::{Host, RandomState};

/// Who is at the phone's end of legs, as far as they came.
pub(crate) struct Phones<'a> {
    pub(crate) keys: &'a AddressKeys,
    /// The latest push to a host.
    pushed_to: HashMap<Host, StepId, RandomState>,
}

impl<'a> Phones<'a> {
    pub(crate) fn new(keys: &'a AddressKeys) -> Self {
        Self {
            keys,
            pushed_to: HashMap::default(),
        }
    }

    /// Notes a push that ended at the phone's own address.
    pub(crate) fn note_push(&mut self, leg: Leg<'_>, step: StepId) {
        self.pushed_to.insert(self.keys.server(leg), step);
    }

    pub(crate) fn party(&self, leg: Leg<'_>) -> Party {
        Party::of(leg, self.keys)
    }

    /// Whether the clients of two requests are known for two phones: other PDUs were pushed to each.
    pub(crate) fn are_two(&self, one: Leg<'_>, other: Leg<'_>) -> bool {
        let pushed = |leg: Leg<'_>| self.pushed_to.get(&self.keys.client(leg));
        pushed(one).zip(pushed(other)).is_some_and(|(a, b)| a != b)
    }
}
