//! Legs by the numbers of their keys, in the order of time under each: nearly every number is of one leg or a few, and one that
//! a million legs share is found as fast.

use std::collections::{BTreeSet, HashMap};

use crate::correlate::group::index::BEFORE;
use crate::model::{RandomState, Timestamp};
use crate::session::ExchangeId;

/// A leg, with when it began.
type Entry = (Timestamp, ExchangeId);

/// Legs of one number that lie in a list; more lie in a tree, as putting one into the middle of a list moves all behind it.
const LISTED: usize = 64;

/// The legs of one number.
#[derive(Debug)]
enum Bucket {
    One(Entry),
    More(Box<More>),
}

#[derive(Debug)]
enum More {
    /// In their order.
    Few(Vec<Entry>),
    Many(BTreeSet<Entry>),
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct LegIndex {
    buckets: HashMap<u64, Bucket, RandomState>,
}

impl LegIndex {
    /// Puts a leg in under a number, where it is not there already.
    pub(super) fn insert(&mut self, number: u64, entry: Entry) {
        match self.buckets.get_mut(&number) {
            None => {
                self.buckets.insert(number, Bucket::One(entry));
            }
            Some(bucket) => bucket.insert(entry),
        }
    }

    /// Takes a leg out from under a number.
    pub(super) fn remove(&mut self, number: u64, entry: Entry) {
        if let Some(bucket) = self.buckets.get_mut(&number)
            && !bucket.retain(|other| other != entry)
        {
            self.buckets.remove(&number);
        }
    }

    /// Lets go of legs that are closed.
    pub(super) fn retain(&mut self, is_open: impl Fn(ExchangeId) -> bool) {
        self.buckets
            .retain(|_, bucket| bucket.retain(|(_, leg)| is_open(leg)));
        let used = self.buckets.len();
        if self.buckets.capacity() > used.saturating_mul(4) {
            self.buckets.shrink_to(used.saturating_mul(2));
        }
    }

    /// The legs of a number that are nearest to a time, those before it first, nearest first.
    pub(super) fn near(&self, number: u64, time: Timestamp) -> Near<'_> {
        let legs = match self.buckets.get(&number) {
            None => NearLegs::None,
            Some(Bucket::One(entry)) => NearLegs::List(std::slice::from_ref(entry)),
            Some(Bucket::More(more)) => match &**more {
                More::Few(list) => NearLegs::List(list),
                More::Many(tree) => NearLegs::Tree(tree),
            },
        };
        Near { legs, time }
    }
}

impl Bucket {
    fn insert(&mut self, entry: Entry) {
        match self {
            Self::One(other) if *other == entry => {}
            Self::One(other) => {
                let mut both = vec![*other, entry];
                both.sort_unstable();
                *self = Self::More(Box::new(More::Few(both)));
            }
            Self::More(more) => more.insert(entry),
        }
    }

    /// Keeps what is wanted; whether anything is left.
    fn retain(&mut self, is_wanted: impl Fn(Entry) -> bool) -> bool {
        match self {
            Self::One(entry) => is_wanted(*entry),
            Self::More(more) => match &mut **more {
                More::Few(list) => {
                    list.retain(|entry| is_wanted(*entry));
                    !list.is_empty()
                }
                More::Many(tree) => {
                    tree.retain(|entry| is_wanted(*entry));
                    !tree.is_empty()
                }
            },
        }
    }
}

impl More {
    fn insert(&mut self, entry: Entry) {
        match self {
            Self::Few(list) if list.len() < LISTED => {
                if let Err(place) = list.binary_search(&entry) {
                    list.insert(place, entry);
                }
            }
            Self::Few(list) => {
                let mut tree: BTreeSet<Entry> = list.drain(..).collect();
                tree.insert(entry);
                *self = Self::Many(tree);
            }
            Self::Many(tree) => {
                tree.insert(entry);
            }
        }
    }
}

/// The legs of a number that are nearest to a time.
pub(super) struct Near<'a> {
    legs: NearLegs<'a>,
    time: Timestamp,
}

enum NearLegs<'a> {
    None,
    List(&'a [Entry]),
    Tree(&'a BTreeSet<Entry>),
}

impl Near<'_> {
    /// Calls with each of them.
    pub(super) fn for_each(self, mut call: impl FnMut(ExchangeId)) {
        let from = (self.time, ExchangeId(0));
        match self.legs {
            NearLegs::None => {}
            NearLegs::List(list) => {
                let (before, after) = list.split_at(list.partition_point(|entry| *entry < from));
                let nearest = before.iter().rev().take(BEFORE).chain(after.iter().take(BEFORE));
                nearest.for_each(|(_, leg)| call(*leg));
            }
            NearLegs::Tree(tree) => {
                let before = tree.range(..from).rev().take(BEFORE);
                before
                    .chain(tree.range(from..).take(BEFORE))
                    .for_each(|(_, leg)| call(*leg));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(index: &LegIndex, number: u64, second: i64) -> Vec<u64> {
        let mut found = Vec::new();
        let time = Timestamp::from_seconds(second);
        index.near(number, time).for_each(|leg| found.push(leg.0));
        found
    }

    fn entry(second: i64, leg: u64) -> Entry {
        (Timestamp::from_seconds(second), ExchangeId(leg))
    }

    #[test]
    fn the_nearest_before_come_before_the_nearest_after() {
        for count in [1, 2, 5, 40, LISTED as i64, LISTED as i64 + 1, 500] {
            let mut index = LegIndex::default();
            // In another order than that of time; each twice.
            for second in (0..count).rev().chain((0..count).step_by(2)) {
                index.insert(7, entry(second, second as u64));
            }
            index.insert(8, entry(3, 99));
            let middle = count / 2;
            let before = (0..middle).rev().take(BEFORE);
            let expected = before.chain((middle..count).take(BEFORE));
            let expected: Vec<u64> = expected.map(|second| second as u64).collect();
            assert_eq!(near(&index, 7, middle), expected, "{count}");
            assert_eq!(near(&index, 8, 0), [99]);
            assert!(near(&index, 9, 0).is_empty());
        }
    }

    #[test]
    fn what_is_closed_leaves_nothing_behind() {
        let mut index = LegIndex::default();
        for leg in 0..200 {
            index.insert(leg % 3, entry(leg as i64, leg));
            index.insert(1_000 + leg, entry(leg as i64, leg));
        }
        index.remove(1_007, entry(7, 7));
        assert!(near(&index, 1_007, 0).is_empty());
        index.retain(|leg| leg.0 == 9);
        assert_eq!((near(&index, 0, 0), near(&index, 1_009, 0)), (vec![9], vec![9]));
        assert_eq!(index.buckets.len(), 2);
        assert!(index.buckets.capacity() < 50);
        index.retain(|_| false);
        assert!(index.buckets.is_empty());
    }
}
