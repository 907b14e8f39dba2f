//! Sorting with one copy of the standard library's sort for all types. The library makes its own for each type and order,
//! of some 12 kB, and most of what is sorted here are a few elements.

use std::cmp::Ordering;

use smallvec::SmallVec;

/// Places of elements, on the stack where they are few.
type Places = SmallVec<[usize; 16]>;

/// Stable sorting of slices that are short, or sorted once.
pub(crate) trait SharedSort {
    /// What is sorted.
    type Item;

    /// As [`slice::sort_by`] does.
    fn shared_sort_by(&mut self, compare: impl FnMut(&Self::Item, &Self::Item) -> Ordering);

    /// As [`slice::sort_by_key`] does.
    fn shared_sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&Self::Item) -> K) {
        self.shared_sort_by(|one, other| key(one).cmp(&key(other)));
    }

    /// As [`slice::sort_by_cached_key`] does.
    fn shared_sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&Self::Item) -> K);

    /// As [`slice::sort`] does.
    fn shared_sort(&mut self)
    where
        Self::Item: Ord,
    {
        self.shared_sort_by(Ord::cmp);
    }
}

impl<T> SharedSort for [T] {
    type Item = T;

    fn shared_sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let is_sorted = self.is_sorted_by(|one, other| compare(one, other).is_le());
        if is_sorted {
            return;
        }
        let ranks = ranks_of(self, compare);
        arrange(self, ranks);
    }

    fn shared_sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        let keys: Vec<K> = self.iter().map(key).collect();
        arrange(self, ranks_of(&keys, K::cmp));
    }
}

/// Where each of the items belongs.
fn ranks_of<T>(items: &[T], mut compare: impl FnMut(&T, &T) -> Ordering) -> Places {
    let mut compare = |one: usize, other: usize| match (items.get(one), items.get(other)) {
        (Some(one), Some(other)) => compare(one, other),
        // No place is outside of what it was taken from.
        (one, other) => one.is_some().cmp(&other.is_some()),
    };
    ranks(items.len(), &mut compare)
}

/// Puts each item where it belongs.
fn arrange<T>(items: &mut [T], mut ranks: Places) {
    for place in 0..items.len() {
        while let Some(rank) = ranks.get(place).copied().filter(|rank| *rank != place) {
            items.swap(place, rank);
            ranks.swap(place, rank);
        }
    }
}

/// Collects into a tree, one after the other. `collect` would sort them first, by a sort of its own for each type.
pub(crate) fn tree<T: Default + Extend<I>, I>(items: impl IntoIterator<Item = I>) -> T {
    let mut tree = T::default();
    tree.extend(items);
    tree
}

/// Where each of so many elements belongs.
fn ranks(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Places {
    let mut order: Places = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    let mut ranks: Places = (0..count).collect();
    for (rank, place) in order.into_iter().enumerate() {
        if let Some(slot) = ranks.get_mut(place) {
            *slot = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(items in prop::collection::vec((0u8..8, any::<u16>()), 0..80)) {
            let (mut expected, mut sorted) = (items.clone(), items.clone());
            expected.sort_by_key(|(key, _)| *key);
            sorted.shared_sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&sorted, &expected);
            expected.sort();
            sorted.shared_sort();
            prop_assert_eq!(&sorted, &expected);
            let key = |(key, item): &(u8, u16)| (*item % 5, *key);
            expected.sort_by_cached_key(key);
            sorted.shared_sort_by_cached_key(key);
            prop_assert_eq!(sorted, expected);
        }
    }
}
