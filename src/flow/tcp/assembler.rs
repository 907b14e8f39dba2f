//! Which positions of a stream are held: ranges without their octets.

use std::collections::BTreeMap;
use std::ops::Range;

/// Disjoint ranges of positions that do not touch, by their start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Assembler {
    /// Start to end.
    ranges: BTreeMap<u64, u64>,
}

impl Assembler {
    /// The first position held.
    pub(super) fn first(&self) -> Option<u64> {
        self.ranges.first_key_value().map(|(start, _)| *start)
    }

    /// Adds `range`; `fresh` is called with each part of it that was not there, in order. The cost is that of the
    /// ranges it touches, which become one.
    pub(super) fn add(&mut self, range: Range<u64>, mut fresh: impl FnMut(Range<u64>)) {
        if range.is_empty() {
            return;
        }
        let mut joined = range.clone();
        let mut uncovered = range.start;
        if let Some((start, end)) = self.last_at_or_before(range.start)
            && end >= range.start
        {
            self.ranges.remove(&start);
            joined.start = start;
            joined.end = joined.end.max(end);
            uncovered = end;
        }
        while let Some((start, end)) = self
            .first_from(range.start)
            .filter(|(start, _)| *start <= range.end)
        {
            self.ranges.remove(&start);
            joined.end = joined.end.max(end);
            if uncovered < start {
                fresh(uncovered..start);
            }
            uncovered = uncovered.max(end);
        }
        if uncovered < range.end {
            fresh(uncovered..range.end);
        }
        self.ranges.insert(joined.start, joined.end);
    }

    /// Forgets everything before `position`.
    pub(super) fn release_before(&mut self, position: u64) {
        while let Some(first) = self.ranges.first_entry() {
            if *first.key() >= position {
                return;
            }
            let end = first.remove();
            if end > position {
                self.ranges.insert(position, end);
            }
        }
    }

    fn last_at_or_before(&self, position: u64) -> Option<(u64, u64)> {
        self.ranges
            .range(..=position)
            .next_back()
            .map(|(start, end)| (*start, *end))
    }

    fn first_from(&self, position: u64) -> Option<(u64, u64)> {
        self.ranges
            .range(position..)
            .next()
            .map(|(start, end)| (*start, *end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn ranges_that_touch_become_one_and_only_new_parts_are_fresh() {
        let mut assembler = Assembler::default();
        let mut fresh = Vec::new();
        for range in [10..20, 30..40, 20..25, 5..45] {
            assembler.add(range, |part| fresh.push(part));
        }
        assert_eq!(fresh, [10..20, 30..40, 20..25, 5..10, 25..30, 40..45]);
        assert_eq!(assembler.ranges, BTreeMap::from([(5, 45)]));
        assembler.release_before(12);
        assert_eq!(assembler.first(), Some(12));
    }

    proptest! {
        #[test]
        fn equals_a_set_of_positions(ranges in prop::collection::vec((0u64..200, 0u64..30), 0..60), cut in 0u64..230) {
            let mut assembler = Assembler::default();
            let mut model = BTreeSet::new();
            for (start, length) in ranges {
                let mut fresh = BTreeSet::new();
                assembler.add(start..start + length, |part| fresh.extend(part));
                let expected: BTreeSet<u64> = (start..start + length).filter(|p| !model.contains(p)).collect();
                model.extend(start..start + length);
                prop_assert_eq!(fresh, expected);
            }
            assembler.release_before(cut);
            let held: BTreeSet<u64> = assembler.ranges.iter().flat_map(|(s, e)| *s..*e).collect();
            let expected: BTreeSet<u64> = model.into_iter().filter(|p| *p >= cut).collect();
            prop_assert_eq!(held, expected);
        }
    }
}
