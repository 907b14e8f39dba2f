//! Intervals that may overlap, and the preferred one among those that hold a value: in one look-up, however many there
//! are.

use crate::model::SharedSort;
use std::collections::BTreeSet;

/// Pieces that one look-up goes through: a packet lies in one, and in a few where other frames lie between its
/// fragments.
const PIECES: usize = 64;

/// Where a piece begins: at a value, or just behind it.
type Border<K> = (K, bool);

/// Intervals cut into pieces in which the same one comes first.
#[derive(Debug)]
pub(super) struct IntervalMap<K> {
    /// What holds before the first border.
    before: Option<usize>,
    /// Each piece reaches to the next border.
    pieces: Vec<(Border<K>, Option<usize>)>,
}

impl<K: Ord + Copy> IntervalMap<K> {
    /// The intervals in the order in which they are preferred, each with its first and last value; without end where
    /// there is none.
    pub(super) fn of(intervals: impl IntoIterator<Item = (Option<K>, Option<K>)>) -> Self {
        let mut holding: BTreeSet<usize> = BTreeSet::new();
        let mut changes: Vec<(Border<K>, bool, usize)> = Vec::new();
        for (rank, (first, last)) in intervals.into_iter().enumerate() {
            match first {
                Some(first) => changes.push(((first, false), true, rank)),
                None => {
                    holding.insert(rank);
                }
            }
            // One that ends before it begins holds nothing.
            if let Some(last) = last {
                changes.push(((last.max(first.unwrap_or(last)), true), false, rank));
            }
        }
        changes.shared_sort();
        let before = holding.first().copied();
        let mut pieces: Vec<(Border<K>, Option<usize>)> = Vec::new();
        for (border, begins, rank) in changes {
            match begins {
                true => holding.insert(rank),
                false => holding.remove(&rank),
            };
            let first = holding.first().copied();
            match pieces.last_mut().filter(|(last, _)| *last == border) {
                Some((_, piece)) => *piece = first,
                None => pieces.push((border, first)),
            }
        }
        Self { before, pieces }
    }

    /// The preferred interval that holds a value between these two, themselves included.
    pub(super) fn find(&self, from: K, to: K) -> Option<usize> {
        let next = self
            .pieces
            .partition_point(|(border, _)| *border <= (from, false));
        let here = match next.checked_sub(1) {
            Some(here) => self.pieces.get(here).and_then(|(_, rank)| *rank),
            None => self.before,
        };
        let further = self.pieces.iter().skip(next).take(PIECES);
        let further = further
            .take_while(|(border, _)| *border <= (to, false))
            .filter_map(|(_, rank)| *rank);
        here.into_iter().chain(further).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_holds_is_what_a_walk_over_all_finds(
            runs in prop::collection::vec((prop::option::of(0..30_u32), prop::option::of(0..10_u32)), 0..20),
            from in 0..40_u32,
            length in 0..4_u32,
        ) {
            let runs: Vec<_> = runs
                .into_iter()
                .map(|(first, length)| (first, length.map(|length| first.unwrap_or(5) + length)))
                .collect();
            let to = from + length;
            let holds = |(first, last): &(Option<u32>, Option<u32>)| {
                first.is_none_or(|first| to >= first) && last.is_none_or(|last| from <= last)
            };
            let cover = IntervalMap::of(runs.iter().copied());
            prop_assert_eq!(cover.find(from, to), runs.iter().position(holds));
        }
    }

    #[test]
    fn a_hundred_thousand_intervals_within_each_other() {
        let cover = IntervalMap::of((0..100_000_u32).map(|n| (Some(n), Some(200_000 - n))));
        assert!((0..200_000).all(|at| cover.find(at, at) == Some(0)));
        let cover = IntervalMap::of((0..100_000_u32).rev().map(|n| (Some(n), Some(n))));
        assert_eq!(cover.find(7, 7), Some(99_992));
    }
}
