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
    /// What they take, about.
    octets: usize,
}

impl OpenLegs {
    /// Keeps a leg, in place of one that has its exchange.
    pub(super) fn insert(&mut self, leg: Leg) {
        self.octets = self.octets.saturating_add(leg.held_octets());
        match self.get_mut(leg.exchange) {
            Some(place) => {
                let before = std::mem::replace(place, leg);
                self.octets = self.octets.saturating_sub(before.held_octets());
            }
            None => {
                self.places.insert(leg.exchange, self.legs.len());
                self.legs.push(leg);
            }
        }
    }

    pub(super) fn get_mut(&mut self, exchange: ExchangeId) -> Option<&mut Leg> {
        self.legs.get_mut(*self.places.get(&exchange)?)
    }

    /// Changes the leg of an exchange in a way that may make it larger; whether there is one.
    pub(super) fn update(&mut self, exchange: ExchangeId, change: impl FnOnce(&mut Leg)) -> bool {
        let Some(leg) = self.get_mut(exchange) else {
            return false;
        };
        let before = leg.held_octets();
        change(leg);
        let after = leg.held_octets();
        self.octets = self.octets.saturating_sub(before).saturating_add(after);
        true
    }

    /// Octets that they take, about.
    pub(super) const fn octets(&self) -> usize {
        self.octets
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
        self.octets = 0;
        std::mem::take(&mut self.legs)
    }

    /// Puts back those that stay open, where none is.
    pub(super) fn keep(&mut self, legs: Vec<Leg>) {
        self.places = legs.iter().map(|leg| leg.exchange).zip(0..).collect();
        self.octets = legs.iter().map(Leg::held_octets).sum();
        self.legs = legs;
    }
}
