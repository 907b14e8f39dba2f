//! The legs that are open at one moment, in time order, with the steps they make up: what grouping looks at.

use std::hash::Hash;

use crate::correlate::group::answers::Mm4Answers;
use crate::correlate::group::ids::{IdVec, StepId};
use crate::correlate::group::party::{self, AddressKeys};
use crate::correlate::group::steps::{self, Step};
use crate::correlate::store::leg::{Leg, LegKind};
use crate::correlate::store::open_legs::Legs;
use crate::model::{Nanoseconds, Networks, Timestamp};

pub(crate) struct Snapshot<'a> {
    pub(crate) legs: Legs<'a>,
    pub(crate) steps: IdVec<StepId, Step>,
    pub(crate) keys: AddressKeys,
    /// What MM4_*.RES answer.
    pub(crate) answers: Mm4Answers,
}

impl<'a> Snapshot<'a> {
    /// `legs` must be in time order.
    pub(crate) fn new(legs: Legs<'a>, response_timeout: Nanoseconds, networks: Networks) -> Self {
        let keys = AddressKeys::new(legs.iter(), party::hashes(), networks);
        let steps = steps::steps(legs, &keys, response_timeout);
        Self {
            legs,
            answers: Mm4Answers::new(legs, &steps, &keys),
            steps,
            keys,
        }
    }

    /// A step's leg that is shown: the hop nearest the phone of its first try.
    pub(crate) fn leg(&self, step: StepId) -> Leg<'a> {
        self.steps
            .get(step)
            .and_then(|step| self.legs.get(step.front()))
            .unwrap_or(Leg::nothing())
    }

    /// A step's leg that asked first, before any redirect.
    pub(crate) fn asked(&self, step: StepId) -> Leg<'a> {
        self.steps
            .get(step)
            .and_then(|step| self.legs.get(step.asked()))
            .unwrap_or(Leg::nothing())
    }

    /// All legs of a step.
    pub(crate) fn legs_of(&self, step: StepId) -> impl Iterator<Item = Leg<'a>> {
        self.steps
            .get(step)
            .into_iter()
            .flat_map(Step::legs)
            .filter_map(|leg| self.legs.get(leg))
    }

    /// When the last of a step was seen.
    pub(crate) fn last(&self, step: StepId) -> Timestamp {
        self.legs_of(step)
            .map(|leg| leg.last().time)
            .max()
            .unwrap_or_default()
    }

    /// A key for an index.
    pub(crate) fn key(&self, what: impl Hash) -> u64 {
        self.keys.key(what)
    }

    /// The key of an address in any spelling.
    pub(crate) fn address(&self, address: &str) -> u64 {
        self.keys.address(address)
    }

    /// The steps of one kind, in time order.
    pub(crate) fn of_kind(&self, kind: LegKind) -> impl Iterator<Item = StepId> {
        let steps = self.steps.iter();
        steps.filter(move |(_, step)| step.kind == kind).map(|(id, _)| id)
    }
}
