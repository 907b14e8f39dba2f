//! Wireshark's lists of attributes: sorted by intention, and matched, merged and cut as if they were.

use crate::mate::engine::pair::{Pair, Pairs};

/// How many pairs a list may have: merging adds pairs again that are there already, so lists grow with every Pdu.
pub(super) const MOST_PAIRS: usize = 64 * 1024;

/// A list of pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Avpl {
    pairs: Vec<Pair>,
    /// Its length as Wireshark counts it, which is not lowered where pairs are removed.
    counted: usize,
}

impl Avpl {
    /// The pairs of a Pdu, which are in order.
    pub(super) fn of(pairs: Pairs) -> Self {
        let pairs = pairs.into_vec();
        Self {
            counted: pairs.len(),
            pairs,
        }
    }

    /// The result of a match: Wireshark inserts each pair before the last one, so the first ends up at the end.
    pub(super) fn of_matched(mut pairs: Vec<Pair>) -> Self {
        if !pairs.is_empty() {
            pairs.rotate_left(1);
        }
        Self {
            counted: pairs.len(),
            pairs,
        }
    }

    /// Its pairs as they stand there.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Its pairs as a set.
    pub(super) fn as_set(&self) -> Pairs {
        Pairs::new(self.pairs.clone())
    }

    /// Its length as Wireshark counts it.
    pub(super) fn counted(&self) -> usize {
        self.counted
    }

    /// Adds what another list has, as if both were in order; whether it had to be cut.
    pub(super) fn merge(&mut self, other: &[Pair]) -> bool {
        let own = std::mem::take(&mut self.pairs);
        let mut merged = Vec::with_capacity(own.len().saturating_add(other.len()));
        let mut other = other.iter().peekable();
        for pair in own {
            // What sorts before the pair goes before it; an equal one is there already.
            while let Some(next) = other.next_if(|next| **next <= pair) {
                if *next != pair {
                    merged.push(next.clone());
                    self.counted += 1;
                }
            }
            merged.push(pair);
        }
        let rest = merged.len();
        merged.extend(other.cloned());
        self.counted += merged.len() - rest;
        let is_cut = merged.len() > MOST_PAIRS;
        merged.truncate(MOST_PAIRS);
        self.pairs = merged;
        is_cut
    }

    /// Removes what a match has found, as if both were in order: what does not stand in the same order stays.
    pub(super) fn remove(&mut self, matched: &Self) {
        let mut matched = matched.pairs.iter().peekable();
        self.pairs
            .retain(|pair| matched.next_if(|next| *next == pair).is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mate::config::AttributeId;

    fn pairs(texts: &[&str]) -> Vec<Pair> {
        texts.iter().map(|text| Pair::new(AttributeId(0), text)).collect()
    }

    fn texts(list: &Avpl) -> Vec<&str> {
        list.pairs().iter().map(|pair| pair.value.text()).collect()
    }

    /// Seen in 4.0.17: (1, 2, 3, 4) comes out as (2, 3, 4, 1).
    #[test]
    fn a_match_puts_the_first_pair_last() {
        assert_eq!(
            texts(&Avpl::of_matched(pairs(&["1", "2", "3", "4"]))),
            ["2", "3", "4", "1"]
        );
        assert_eq!(texts(&Avpl::of_matched(pairs(&[]))), [""; 0]);
    }

    /// Seen in 4.0.17: a Gop of n Pdus has n copies of the pair that is out of place.
    #[test]
    fn merging_a_match_again_repeats_what_is_out_of_place() {
        let matched = Avpl::of_matched(pairs(&["1", "2", "3"]));
        let mut list = Avpl::default();
        for _ in 0..3 {
            assert!(!list.merge(matched.pairs()));
        }
        assert_eq!(texts(&list).iter().filter(|text| **text == "1").count(), 3);
        assert_eq!(list.counted(), 5);
    }

    #[test]
    fn removing_leaves_the_pair_that_is_out_of_place_and_the_count() {
        let mut list = Avpl::of(Pairs::new(pairs(&["1", "2", "3"])));
        list.remove(&Avpl::of_matched(pairs(&["1", "2", "3"])));
        assert_eq!((texts(&list), list.counted()), (vec!["1"], 3));
    }

    #[test]
    fn a_list_is_cut_where_it_would_grow_without_end() {
        let one = pairs(&["2"]);
        let mut list = Avpl::default();
        let long: Vec<Pair> = (0..MOST_PAIRS).map(|_| Pair::new(AttributeId(0), "1")).collect();
        assert!(!list.merge(&long));
        assert!(list.merge(&one));
        assert_eq!(list.pairs().len(), MOST_PAIRS);
    }
}
