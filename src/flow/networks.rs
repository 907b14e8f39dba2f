//! Which labels, interfaces and files are of which network, as far as connections show it.
//!
//! Everything counts as one network until two connections between equal ends are seen alive at the same time: what they
//! were seen in is then *apart*. What one connection was seen in, in its two directions or one after the other, is of one
//! network, and is concluded together. Networks are numbered as a map is coloured: a class of marks gets the lowest
//! number that no class has from which it is apart. So what never met another network is of network 0.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Labels, NetworkConclusion, NetworkId, NetworkMark, tree};

/// Marks that are remembered. Only those of connections that met another network are; bounds memory and time.
const MARKS: usize = 16_384;

/// Pairs of classes that are remembered as apart.
const PAIRS: usize = 4096;

/// What connections showed so far.
#[derive(Debug, Default)]
pub(super) struct NetworkFinder {
    /// The class of each mark that is known, as an index of the lists below.
    class_of: BTreeMap<NetworkMark, usize>,
    /// The marks of each class; none of one that went up in another.
    members: Vec<Vec<NetworkMark>>,
    /// The network of each class.
    numbers: Vec<u32>,
    /// Classes that are apart, each pair both ways.
    apart: BTreeSet<(usize, usize)>,
    conclusions: Vec<NetworkConclusion>,
}

impl NetworkFinder {
    /// Two connections between equal ends were seen in these at the same time.
    pub(super) fn apart(&mut self, one: &[NetworkId], other: &[NetworkId]) {
        let (Some(first), Some(second)) = (one.first(), other.first()) else {
            return;
        };
        let (first, second) = distinguishing_marks(*first, *second);
        let (Some(known), Some(new)) = (self.class(first), self.class(second)) else {
            return;
        };
        if known != new && !self.apart.contains(&(known, new)) && self.apart.len() < 2 * PAIRS {
            self.apart.extend([(known, new), (new, known)]);
            if self.number(known) == self.number(new) {
                self.renumber(new);
            }
        }
        self.one(one);
        self.one(other);
    }

    /// One connection was seen in all of these. Remembered only where one of them is known already.
    pub(super) fn one(&mut self, seen: &[NetworkId]) {
        if self.class_of.is_empty() {
            return;
        }
        self.unite(seen.iter().map(|id| NetworkMark::Labels(id.labels)));
        self.unite(seen.iter().map(|id| NetworkMark::Origin(id.origin)));
    }

    /// Whether what is known says that these are of two networks.
    pub(super) fn are_apart(&self, one: NetworkId, other: NetworkId) -> bool {
        let differ = |one, other| {
            let number = |mark| self.class_of.get(&mark).map_or(0, |class| self.number(*class));
            number(one) != number(other)
        };
        differ(NetworkMark::Labels(one.labels), NetworkMark::Labels(other.labels))
            || differ(NetworkMark::Origin(one.origin), NetworkMark::Origin(other.origin))
    }

    /// Whether there is something to [take](Self::take).
    #[inline]
    pub(super) fn has_news(&self) -> bool {
        !self.conclusions.is_empty()
    }

    /// What was concluded since the last call.
    pub(super) fn take(&mut self) -> Vec<NetworkConclusion> {
        std::mem::take(&mut self.conclusions)
    }

    fn unite(&mut self, marks: impl Iterator<Item = NetworkMark> + Clone) {
        if !marks.clone().any(|mark| self.class_of.contains_key(&mark)) {
            return;
        }
        let mut classes = marks
            .filter_map(|mark| self.class(mark))
            .collect::<Vec<_>>()
            .into_iter();
        let Some(mut whole) = classes.next() else { return };
        for class in classes {
            whole = self.merge(whole, class);
        }
    }

    /// The class of a mark, a new one where it is not known; none where there are too many.
    fn class(&mut self, mark: NetworkMark) -> Option<usize> {
        if let Some(class) = self.class_of.get(&mark) {
            return Some(*class);
        }
        if self.class_of.len() >= MARKS {
            return None;
        }
        let class = self.members.len();
        self.members.push(vec![mark]);
        self.numbers.push(0);
        self.class_of.insert(mark, class);
        Some(class)
    }

    fn number(&self, class: usize) -> u32 {
        self.numbers.get(class).copied().unwrap_or(0)
    }

    /// Makes two classes one, unless they are apart: a contradiction, of which the first word counts.
    fn merge(&mut self, one: usize, other: usize) -> usize {
        if one == other || self.apart.contains(&(one, other)) {
            return one;
        }
        let size = |class: usize| self.members.get(class).map_or(0, Vec::len);
        let (kept, gone) = if size(one) >= size(other) {
            (one, other)
        } else {
            (other, one)
        };
        let number = match (self.neighbours(kept).next(), self.neighbours(gone).next()) {
            (None, Some(_)) => self.number(gone),
            _ => self.number(kept),
        };
        for neighbour in self.neighbours(gone).collect::<Vec<_>>() {
            self.apart.remove(&(gone, neighbour));
            self.apart.remove(&(neighbour, gone));
            self.apart.extend([(kept, neighbour), (neighbour, kept)]);
        }
        self.conclude(gone, number);
        self.conclude(kept, number);
        let moved = self.members.get_mut(gone).map(std::mem::take).unwrap_or_default();
        for mark in &moved {
            self.class_of.insert(*mark, kept);
        }
        if let Some(members) = self.members.get_mut(kept) {
            members.extend(moved);
        }
        if self
            .neighbours(kept)
            .any(|neighbour| self.number(neighbour) == number)
        {
            self.renumber(kept);
        }
        kept
    }

    /// The classes from which one is apart.
    fn neighbours(&self, class: usize) -> impl Iterator<Item = usize> {
        let pairs = self.apart.range((class, 0)..=(class, usize::MAX));
        pairs.map(|(_, neighbour)| *neighbour)
    }

    /// Gives a class the lowest number that none of those has from which it is apart.
    fn renumber(&mut self, class: usize) {
        let neighbours = self.neighbours(class);
        let taken: BTreeSet<u32> = tree(neighbours.map(|neighbour| self.number(neighbour)));
        let free = (0..).find(|number| !taken.contains(number)).unwrap_or(0);
        self.conclude(class, free);
    }

    fn conclude(&mut self, class: usize, network: u32) {
        let Some(number) = self.numbers.get_mut(class).filter(|number| **number != network) else {
            return;
        };
        *number = network;
        let members = self.members.get(class).map_or(&[][..], Vec::as_slice);
        let news = members
            .iter()
            .map(|mark| NetworkConclusion { mark: *mark, network });
        self.conclusions.extend(news);
    }
}

/// What tells two networks apart: the labels, where both have some or the same interface captured both; else the
/// interface or file.
fn distinguishing_marks(one: NetworkId, other: NetworkId) -> (NetworkMark, NetworkMark) {
    let labelled = one.labels != Labels(0) && other.labels != Labels(0) && one.labels != other.labels;
    if labelled || one.origin == other.origin {
        (NetworkMark::Labels(one.labels), NetworkMark::Labels(other.labels))
    } else {
        (NetworkMark::Origin(one.origin), NetworkMark::Origin(other.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, Networks, Origin};
    use proptest::prelude::*;

    fn id(labels: u32) -> NetworkId {
        NetworkId {
            labels: Labels(labels),
            origin: Origin::default(),
        }
    }

    fn learnt(finder: &mut NetworkFinder) -> Networks {
        let mut networks = Networks::default();
        finder.take().into_iter().for_each(|news| networks.learn(news));
        networks
    }

    #[test]
    fn what_one_connection_carries_goes_together() {
        let mut finder = NetworkFinder::default();
        finder.one(&[id(8), id(9)]);
        assert!(!finder.has_news(), "nothing is known yet");
        finder.apart(&[id(1), id(2)], &[id(3), id(4)]);
        finder.one(&[id(4), id(5)]);
        let networks = learnt(&mut finder);
        for (one, other, same) in [
            (1, 2, true),
            (3, 5, true),
            (2, 4, false),
            (1, 5, false),
            (1, 9, true),
        ] {
            assert_eq!(networks.same(id(one), id(other)), same, "{one} {other}");
        }
        assert!(finder.are_apart(id(2), id(5)) && !finder.are_apart(id(3), id(4)));
    }

    #[test]
    fn files_are_told_apart_where_labels_do_not_tell() {
        let of = |labels, capture| NetworkId {
            labels: Labels(labels),
            origin: Origin::new(CaptureIndex(capture), 0),
        };
        let mut finder = NetworkFinder::default();
        finder.apart(&[of(0, 0)], &[of(0, 1)]);
        let networks = learnt(&mut finder);
        assert!(!networks.same(of(7, 0), of(7, 1)) && networks.same(of(7, 0), of(0, 0)));
    }

    proptest! {
        /// Whatever is said in whatever order, marks that were said to be apart and never to be one are told apart.
        #[test]
        fn what_is_apart_stays_apart(said in prop::collection::vec((0_u32..12, 0_u32..12, any::<bool>()), 0..40)) {
            let mut finder = NetworkFinder::default();
            let mut networks = Networks::default();
            let mut apart = Vec::new();
            for (one, other, differ) in said {
                let (one, other) = (id(one + 1), id(other + 1));
                if differ {
                    finder.apart(&[one], &[other]);
                    apart.push((one, other));
                } else {
                    finder.one(&[one, other]);
                }
                finder.take().into_iter().for_each(|news| networks.learn(news));
                for (one, other) in &apart {
                    let class = |id: &NetworkId| finder.class_of.get(&NetworkMark::Labels(id.labels)).copied();
                    let united = class(one) == class(other);
                    prop_assert_eq!(networks.same(*one, *other), united);
                    prop_assert_eq!(finder.are_apart(*one, *other), !united);
                }
            }
        }
    }
}
