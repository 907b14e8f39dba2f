//! The legs that are open, each found by its exchange. They lie in one list, so that grouping takes them over
//! without a copy.

use std::collections::HashMap;

use super::leg::Leg;
use crate::session::ExchangeId;

/// Open legs in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct OpenLegs {
    legs: Vec<Leg>,
    places: HashMap<ExchangeId, usize, ahash::RandomState>,
}

impl OpenLegs {
    /// Keeps a leg, in place of one that has its exchange.
    pub(super) fn insert(&mut self, leg: Leg) {
        match self.get_mut(leg.exchange) {
            Some(place) => *place = leg,
            None => {
                self.places.insert(leg.exchange, self.legs.len());
                self.legs.push(leg);
            }
        }
    }

    pub(super) fn get_mut(&mut self, exchange: ExchangeId) -> Option<&mut Leg> {
        self.legs.get_mut(*self.places.get(&exchange)?)
    }

    pub(super) const fn len(&self) -> usize {
        self.legs.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter()
    }

    /// Takes all of them out.
    pub(super) fn take(&mut self) -> Vec<Leg> {
        self.places = HashMap::default();
        std::mem::take(&mut self.legs)
    }

    /// Puts back those that stay open, where none is.
    pub(super) fn keep(&mut self, legs: Vec<Leg>) {
        self.places = legs.iter().map(|leg| leg.exchange).zip(0..).collect();
        self.legs = legs;
    }
}
