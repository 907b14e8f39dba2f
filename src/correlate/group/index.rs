//! Look-up of what carries a key, nearest in time: flat, sorted once. As keys are hashes, their first bits tell within
//! a few places where they lie.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use crate::model::Timestamp;

/// How many candidates with one key are looked at before a time, nearest first: a key that a million legs share
/// stays linear, and the right one is among the nearest.
pub(crate) const BEFORE: usize = 16;
/// And after it: clocks of two probes may differ, and frames of one capture may be out of order. As many, as some may be of
/// another network, where they mean nothing.
const AFTER: usize = BEFORE;

/// Things by key and time.
#[derive(Clone, Debug)]
pub(crate) struct Index<T> {
    entries: Vec<(u64, Timestamp, T)>,
    /// For each beginning that a key may have, where the first key is that has this one or a later one.
    starts: Vec<u32>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            starts: Vec::new(),
        }
    }
}

/// Entries that share a beginning of their keys, on average.
const SHARING: usize = 4;

impl<T: Copy + Ord> Index<T> {
    pub(crate) fn add(&mut self, key: u64, time: Timestamp, thing: T) {
        self.entries.push((key, time, thing));
    }

    /// To be called after the last addition and before the first look-up.
    pub(crate) fn sort(&mut self) {
        self.entries.sort_unstable();
        self.entries.dedup();
        let beginnings = self.entries.len().div_ceil(SHARING);
        self.starts = vec![0; beginnings];
        for (key, _, _) in &self.entries {
            if let Some(behind) = self.starts.get_mut(beginning(*key, beginnings) + 1) {
                *behind += 1;
            }
        }
        let mut before = 0;
        for start in &mut self.starts {
            before += *start;
            *start = before;
        }
    }

    /// What carries a key, in the order of time.
    fn same(&self, key: u64) -> &[(u64, Timestamp, T)] {
        let beginning = beginning(key, self.starts.len());
        let place = |beginning: usize| self.starts.get(beginning).map(|start| *start as usize);
        let (first, end) = (place(beginning), place(beginning + 1));
        let near = first.unwrap_or_default()..end.unwrap_or(self.entries.len());
        let near = self.entries.get(near).unwrap_or_default();
        let start = near.partition_point(|(other, _, _)| *other < key);
        let same = near.split_at(start).1;
        same.split_at(same.partition_point(|(other, _, _)| *other == key))
            .0
    }

    /// What carries a key: the nearest before a time, then the nearest after it.
    pub(crate) fn near(&self, key: u64, time: Timestamp) -> impl Iterator<Item = T> {
        let same = self.same(key);
        let (before, after) = same.split_at(same.partition_point(|(_, at, _)| *at <= time));
        let nearest = before.iter().rev().take(BEFORE).chain(after.iter().take(AFTER));
        nearest.map(|(_, _, thing)| *thing)
    }
}

/// Things by their key alone. Keys are hashes that nobody outside can foresee ([`Snapshot::key`](crate::correlate::group::party::AddressKeys::key)),
/// so that hashing them again need not be.
pub(crate) type ByKey<T> = HashMap<u64, T, FixedState>;

/// A large set of keys.
pub(crate) type Keys = HashSet<u64, FixedState>;

/// Which of so many beginnings a key has.
fn beginning(key: u64, beginnings: usize) -> usize {
    usize::try_from((u128::from(key) * beginnings as u128) >> u64::BITS).unwrap_or_default()
}

/// A list that rarely has more than two elements, and then needs no memory elsewhere.
pub(crate) type Few<T> = SmallVec<[T; 2]>;

/// A set of keys, most often a small one.
pub(crate) type KeySet = SmallSet<u64>;

/// A set that is a sorted list while it is short, and a tree where it is not: each recipient of a message is added by
/// itself, however many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SmallSet<K> {
    List(Few<K>),
    Tree(BTreeSet<K>),
}

/// The longest list.
const MAX_LISTED: usize = 32;

impl<K: Ord + Copy> SmallSet<K> {
    pub(crate) fn contains(&self, key: K) -> bool {
        match self {
            Self::List(list) => list.binary_search(&key).is_ok(),
            Self::Tree(tree) => tree.contains(&key),
        }
    }

    pub(crate) fn insert(&mut self, key: K) {
        match self {
            Self::List(list) => {
                if let Err(place) = list.binary_search(&key) {
                    list.insert(place, key);
                    if list.len() > MAX_LISTED {
                        *self = Self::Tree(list.iter().copied().collect());
                    }
                }
            }
            Self::Tree(tree) => {
                tree.insert(key);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Tree(tree) => tree.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = K> {
        let (list, tree) = match self {
            Self::List(list) => (Some(list), None),
            Self::Tree(tree) => (None, Some(tree)),
        };
        let keys = list.into_iter().flatten();
        keys.chain(tree.into_iter().flatten()).copied()
    }

    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|key| other.contains(key))
    }

    pub(crate) fn is_disjoint(&self, other: &Self) -> bool {
        let (few, many) = if self.len() < other.len() {
            (self, other)
        } else {
            (other, self)
        };
        !few.iter().any(|key| many.contains(key))
    }
}

impl<K> Default for SmallSet<K> {
    fn default() -> Self {
        Self::List(Few::new())
    }
}

impl<K: Ord + Copy> Extend<K> for SmallSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| self.insert(key));
    }
}

impl<K: Ord + Copy> FromIterator<K> for SmallSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::default();
        set.extend(keys);
        if let Self::List(list) = &mut set {
            list.shrink_to_fit();
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::cmp::Ordering;

    #[test]
    fn the_nearest_come_first() {
        let mut index = Index::default();
        for second in [5, 1, 9, 3, 7] {
            index.add(1, Timestamp::from_seconds(second), second);
            index.add(2, Timestamp::from_seconds(second), second + 100);
        }
        index.sort();
        let near = |key, second| {
            index
                .near(key, Timestamp::from_seconds(second))
                .collect::<Vec<_>>()
        };
        assert_eq!(near(1, 5), [5, 3, 1, 7, 9]);
        assert_eq!(near(2, 0), [101, 103, 105, 107, 109]);
        assert!(near(3, 5).is_empty());
    }

    #[test]
    fn every_key_is_found_among_many() {
        use std::hash::BuildHasher as _;
        let hashes = crate::model::RandomState::default();
        for many in [0_u64, 1, 3, 4, 5, 1000] {
            let mut index = Index::default();
            for number in 0..many {
                let key = match number % 4 {
                    0 => u64::MAX - number / 8,
                    1 => number / 8,
                    _ => hashes.hash_one(number / 8),
                };
                index.add(key, Timestamp::from_seconds(number as i64), number);
            }
            let entries = index.entries.clone();
            index.sort();
            for (key, time, number) in entries {
                assert_eq!(index.near(key, time).next(), Some(number));
            }
            assert_eq!(index.near(1 << 40, Timestamp::default()).next(), None);
        }
    }

    #[test]
    fn a_set_holds_each_key_once() {
        for many in [3, MAX_LISTED as u64, MAX_LISTED as u64 + 1, 1000] {
            let mut set: KeySet = (0..many).rev().chain([3, 1]).collect();
            set.insert(2);
            set.insert(many + 5);
            let wanted = (0..many.max(4)).chain([many + 5]);
            assert_eq!(set.iter().collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
            assert!(set.contains(many + 5) && !set.contains(many + 4));
            assert_eq!(set.len() as u64, many.max(4) + 1);
        }
    }

    thread_local! {
        static COMPARISONS: Cell<u64> = const { Cell::new(0) };
    }

    /// A key that counts how often it is compared.
    #[derive(Clone, Copy, PartialEq, Eq)]
    struct Counted(u64);

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    /// As the recipients of a message are learned, one after the other.
    #[test]
    fn adding_keys_one_at_a_time_costs_little_however_many_there_are() {
        const KEYS: u64 = 40_000;
        let mut set = SmallSet::default();
        for number in 0..KEYS {
            set.extend([Counted(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))]);
        }
        assert_eq!(set.len() as u64, KEYS);
        // A search in a tree of so many keys takes some 20 comparisons, and up to twice that where its nodes are
        // searched from their beginning.
        assert!(COMPARISONS.get() < KEYS * 100, "{}", COMPARISONS.get());
    }
}
