//! What was answered a moment ago, found by a digest.
//!
//! Nearly nothing is found here: that a request is sent again after its answer was captured is rare, and still has to be asked for
//! every request. So a filter of a few octets says first that a digest is not here, and what is here lies in buckets that are
//! written from front to back: in a capture of thousands of requests a second neither waits for memory. What is old goes by
//! generations, each at once.

use std::collections::VecDeque;

use crate::model::{Nanoseconds, Timestamp};

/// How many of one generation.
const MOST: usize = 64 * 1024;
/// Buckets of a generation.
const BUCKETS: usize = 1024;
/// Words of 64 bits of its filter: 8 bits for each of [`MOST`].
const WORDS: usize = 8 * 1024;
/// In how many generations what is remembered goes.
const GENERATIONS: Nanoseconds = 4;

/// One that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) digest: u64,
    pub(super) number: u64,
    pub(super) fingerprint: u64,
}

#[derive(Debug)]
struct Generation {
    begun: Timestamp,
    latest: Timestamp,
    len: usize,
    filter: Box<[u64]>,
    buckets: Box<[Vec<Remembered>]>,
}

impl Generation {
    fn new(begun: Timestamp) -> Self {
        Self {
            begun,
            latest: begun,
            len: 0,
            filter: vec![0; WORDS].into_boxed_slice(),
            buckets: vec![Vec::new(); BUCKETS].into_boxed_slice(),
        }
    }

    fn begin_anew(&mut self, begun: Timestamp) {
        self.begun = begun;
        self.latest = begun;
        self.len = 0;
        self.filter.fill(0);
        self.buckets.iter_mut().for_each(Vec::clear);
    }

    #[inline]
    fn may_have(&self, digest: u64) -> bool {
        marks(digest).iter().all(|(word, bit)| {
            let word = self.filter.get(*word).copied().unwrap_or_default();
            word & bit != 0
        })
    }

    fn insert(&mut self, one: Remembered) {
        for (word, bit) in marks(one.digest) {
            if let Some(word) = self.filter.get_mut(word) {
                *word |= bit;
            }
        }
        if let Some(bucket) = self.buckets.get_mut(bucket(one.digest)) {
            bucket.push(one);
        }
        self.len = self.len.saturating_add(1);
    }

    /// The latest with this digest.
    fn find(&self, digest: u64) -> Option<&Remembered> {
        let mut bucket = self.buckets.get(bucket(digest))?.iter().rev();
        bucket.find(|one| one.digest == digest)
    }
}

/// Two bits of the filter that stand for a digest.
#[inline]
fn marks(digest: u64) -> [(usize, u64); 2] {
    let mark = |bits: u64| ((bits >> 6) as usize % WORDS, 1 << (bits & 63));
    [mark(digest), mark(digest >> 24)]
}

#[inline]
const fn bucket(digest: u64) -> usize {
    (digest >> 48) as usize % BUCKETS
}

/// What was answered a moment ago.
#[derive(Debug)]
pub(super) struct Recent {
    /// How long it is remembered at least, and how many are remembered at most.
    time: Nanoseconds,
    limit: usize,
    generations: VecDeque<Generation>,
    /// One that is over, with its room.
    spare: Option<Generation>,
    len: usize,
}

impl Recent {
    pub(super) const fn within(time: Nanoseconds, limit: usize) -> Self {
        Self {
            time,
            limit,
            generations: VecDeque::new(),
            spare: None,
            len: 0,
        }
    }

    /// The latest with this digest.
    #[inline]
    pub(super) fn find(&self, digest: u64) -> Option<Remembered> {
        for generation in self.generations.iter().rev() {
            if generation.may_have(digest)
                && let Some(found) = generation.find(digest)
            {
                return Some(*found);
            }
        }
        None
    }

    /// Remembers one from a time on.
    pub(super) fn insert(&mut self, one: Remembered, now: Timestamp) {
        let part = self.time / GENERATIONS;
        let is_over = |last: &Generation| last.len >= MOST || now.since(last.begun) > part;
        if self.generations.back().is_none_or(is_over) {
            self.begin(now);
        }
        if let Some(last) = self.generations.back_mut() {
            last.insert(one);
            last.latest = last.latest.max(now);
            self.len = self.len.saturating_add(1);
        }
    }

    /// Begins a generation, and lets go of those that are old or more than there may be.
    fn begin(&mut self, now: Timestamp) {
        let before = now.plus(-self.time);
        while let Some(first) = self.generations.front()
            && (first.latest < before || self.len >= self.limit)
        {
            if let Some(over) = self.generations.pop_front() {
                self.len = self.len.saturating_sub(over.len);
                self.spare = Some(over);
            }
        }
        let next = match self.spare.take() {
            Some(mut spare) => {
                spare.begin_anew(now);
                spare
            }
            None => Generation::new(now),
        };
        self.generations.push_back(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::BuildHasher as _;

    const TIME: Nanoseconds = 20 * Timestamp::SECOND;

    fn one(number: u64) -> Remembered {
        Remembered {
            digest: crate::model::RandomState::default().hash_one(0)
                ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            number,
            fingerprint: 0,
        }
    }

    #[test]
    fn what_is_old_is_forgotten_and_what_is_not_is_found() {
        let mut recent = Recent::within(TIME, 1_000_000);
        let all: Vec<Remembered> = (0..100).map(one).collect();
        for (second, one) in (0..).zip(&all) {
            recent.insert(*one, Timestamp::from_seconds(second));
        }
        let found: Vec<u64> = all
            .iter()
            .filter_map(|one| recent.find(one.digest))
            .map(|one| one.number)
            .collect();
        let oldest = found[0];
        assert_eq!(found, (oldest..100).collect::<Vec<_>>());
        assert!((70..=79).contains(&oldest), "{oldest}");
        assert_eq!(recent.find(one(1_000).digest), None);
    }

    #[test]
    fn no_more_are_remembered_than_may_be() {
        let mut recent = Recent::within(TIME, 100);
        for number in 0..3 * MOST as u64 {
            recent.insert(one(number), Timestamp::from_seconds(1));
        }
        assert!(recent.len <= MOST, "{}", recent.len);
        assert_eq!(recent.generations.len(), 1);
    }

    proptest! {
        #[test]
        fn the_latest_with_a_digest_is_found(digests in prop::collection::vec(0_u64..50, 1..300)) {
            let mut recent = Recent::within(TIME, 1_000_000);
            let mut latest = std::collections::BTreeMap::new();
            let now = Timestamp::from_seconds(1);
            for (number, digest) in (0..).zip(digests) {
                recent.insert(Remembered { digest, number, fingerprint: number }, now);
                latest.insert(digest, number);
            }
            for digest in 0..50 {
                let found = recent.find(digest).map(|one| one.number);
                prop_assert_eq!(found, latest.get(&digest).copied());
            }
        }
    }
}
