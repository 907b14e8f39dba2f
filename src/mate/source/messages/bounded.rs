//! Pieces of messages by their message: as many as there is room for, the oldest forgotten first.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use crate::model::RandomState;

/// Values by key. What was put in first goes first.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    values: HashMap<K, (u64, V), RandomState>,
    /// Keys by age; one that was taken out in the meantime has another number, or none.
    ages: VecDeque<(u64, K)>,
    next: u64,
    most: usize,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            values: HashMap::default(),
            ages: VecDeque::new(),
            next: 0,
            most,
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of a key.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.values.get_mut(key).map(|(_, value)| value)
    }

    /// Puts a value in the place of what was there.
    pub(super) fn insert(&mut self, key: K, value: V) {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.values.insert(key, (number, value));
        self.ages.push_back((number, key));
        while self.values.len() > self.most || self.ages.len() > self.most.saturating_mul(2) {
            let Some((number, key)) = self.ages.pop_front() else {
                return;
            };
            if self
                .values
                .get(&key)
                .is_some_and(|(current, _)| *current == number)
            {
                self.values.remove(&key);
            }
        }
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.values.remove(key).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let mut bounded = Bounded::new(2);
        for key in [1, 2, 1, 3] {
            bounded.insert(key, key * 10);
        }
        assert_eq!(
            [1, 2, 3].map(|key| bounded.get_mut(&key).copied()),
            [Some(10), None, Some(30)]
        );
        assert_eq!(bounded.remove(&1), Some(10));
        for key in 0..100 {
            bounded.insert(key % 2, key);
        }
        assert!(bounded.ages.len() <= 4 && bounded.values.len() <= 2);
    }
}
