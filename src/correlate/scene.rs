//! The legs that are open at one moment, in time order, with the steps they make up: what grouping looks at.

use std::hash::Hash;

use super::address;
use super::leg::{Leg, LegKind};
use super::open_legs::Legs;
use super::steps::{self, Step};
use crate::model::Timestamp;

pub(super) struct Scene<'a> {
    pub(super) legs: Legs<'a>,
    pub(super) steps: Vec<Step>,
    hashes: ahash::RandomState,
}

impl<'a> Scene<'a> {
    /// `legs` must be in time order.
    pub(super) fn new(legs: Legs<'a>) -> Self {
        let hashes = ahash::RandomState::new();
        Self {
            legs,
            steps: steps::steps(legs, &hashes),
            hashes,
        }
    }

    /// A step's leg that is shown: the hop nearest the phone of its first try.
    pub(super) fn leg(&self, step: usize) -> Leg<'a> {
        self.steps
            .get(step)
            .and_then(|step| self.legs.get(step.front()))
            .unwrap_or(Leg::nothing())
    }

    /// All legs of a step.
    pub(super) fn legs_of(&self, step: usize) -> impl Iterator<Item = Leg<'a>> {
        self.steps
            .get(step)
            .into_iter()
            .flat_map(Step::legs)
            .filter_map(|leg| self.legs.get(leg))
    }

    /// When the last of a step was seen.
    pub(super) fn last(&self, step: usize) -> Timestamp {
        self.legs_of(step)
            .map(|leg| leg.last().time)
            .max()
            .unwrap_or_default()
    }

    /// A key for an index.
    pub(super) fn key(&self, what: impl Hash) -> u64 {
        self.hashes.hash_one(what)
    }

    /// The key of an address in any spelling.
    pub(super) fn address(&self, address: &str) -> u64 {
        self.key(address::comparable(address))
    }

    /// The steps of one kind, in time order.
    pub(super) fn of_kind(&self, kind: LegKind) -> impl Iterator<Item = usize> {
        let steps = self.steps.iter().enumerate();
        steps
            .filter(move |(_, step)| step.kind == kind)
            .map(|(index, _)| index)
    }
}
