//! What is closed before its time because too much is open.
//!
//! Who holds most loses first, and only he: where parties hold far more than others, their messages are closed, the
//! oldest first, until half of what may be open is free. Only where all parties hold equally little, the oldest of all
//! are closed.

use std::collections::BTreeSet;

use crate::correlate::limits::Limits;
use crate::model::{FrameRef, SharedSort};

/// A party that holds more than this share of what is open holds far more than others.
const LARGE_SHARE: u64 = 16;

/// What is open of one message, one operation or one fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held<T> {
    pub(crate) what: T,
    /// A key of who it is held for: the party that began it.
    pub(crate) party: u64,
    /// The last frame of it.
    pub(crate) last: FrameRef,
    pub(crate) legs: u64,
    pub(crate) octets: u64,
}

/// What all of several take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    legs: u64,
    octets: u64,
}

impl Total {
    fn of<'a, T: 'a>(held: impl IntoIterator<Item = &'a Held<T>>) -> Self {
        held.into_iter().fold(Self::default(), |total, held| Self {
            legs: total.legs + held.legs,
            octets: total.octets + held.octets,
        })
    }

    /// The larger of its shares of a whole, in parts of a million.
    fn share(self, whole: Self) -> u64 {
        let share = |part: u64, whole: u64| part.saturating_mul(1_000_000) / whole.max(1);
        share(self.legs, whole.legs).max(share(self.octets, whole.octets))
    }

    fn fits(self, limits: Limits) -> bool {
        self.legs <= limits.open_legs as u64 / 2 && self.octets <= limits.open_octets as u64 / 2
    }
}

/// Which of all that is open is closed, so that half of the limits is free.
pub(crate) fn surplus<T: Copy + Ord>(mut held: Vec<Held<T>>, limits: Limits) -> BTreeSet<T> {
    let whole = Total::of(&held);
    held.shared_sort_by_key(|held| (held.party, held.last, held.what));
    let mut parties: Vec<&[Held<T>]> = held.chunk_by(|one, other| one.party == other.party).collect();
    // The largest first; of equal ones that which was seen longest ago.
    parties.shared_sort_by_cached_key(|party| {
        let share = Total::of(*party).share(whole);
        (u64::MAX - share, party.first().map(|held| (held.last, held.what)))
    });
    let is_large = |party: &&&[Held<T>]| Total::of(**party).share(whole) > 1_000_000 / LARGE_SHARE;
    let large = parties.iter().take_while(is_large).count();
    let (large, small) = parties.split_at(large);
    let mut rest: Vec<Held<T>> = small.iter().copied().flatten().copied().collect();
    rest.shared_sort_by_key(|held| (held.last, held.what));
    let mut left = whole;
    let mut closed = BTreeSet::new();
    for held in large.iter().copied().flatten().chain(&rest) {
        if left.fits(limits) {
            break;
        }
        left.legs -= held.legs;
        left.octets -= held.octets;
        closed.insert(held.what);
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn limits() -> Limits {
        Limits {
            open_legs: 100,
            open_octets: usize::MAX,
            ..Limits::default()
        }
    }

    fn held(what: u32, party: u64, second: i64, legs: u64) -> Held<u32> {
        let last = FrameRef {
            time: Timestamp::from_seconds(second),
            ..FrameRef::default()
        };
        Held {
            what,
            party,
            last,
            legs,
            octets: legs * 100,
        }
    }

    #[test]
    fn the_party_that_holds_most_loses_its_oldest_and_the_others_lose_nothing() {
        let flood = (0..60).map(|number| held(number, 7, 1000 - i64::from(number), 1));
        let others = (100..140).map(|number| held(number, number.into(), 0, 1));
        let closed = surplus(flood.chain(others).collect(), limits());
        assert_eq!(closed, (10..60).collect());
    }

    #[test]
    fn where_all_hold_equally_little_the_oldest_are_closed() {
        let all = (0..101_u32).map(|number| held(number, number.into(), number.into(), 1));
        assert_eq!(surplus(all.rev().collect(), limits()), (0..51).collect());
    }

    #[test]
    fn one_message_that_holds_more_than_there_is_room_for_is_closed_alone() {
        let others = (1..20).map(|number| held(number, number.into(), 0, 1));
        let closed = surplus(others.chain([held(0, 0, 9, 90)]).collect(), limits());
        assert_eq!(closed, BTreeSet::from([0]));
    }

    #[test]
    fn octets_count_as_legs_do() {
        let limits = Limits {
            open_legs: usize::MAX,
            open_octets: 1_000,
            ..Limits::default()
        };
        let others = (1..4).map(|number| held(number, number.into(), 0, 1));
        let closed = surplus(others.chain([held(0, 0, 9, 9)]).collect(), limits);
        assert_eq!(closed, BTreeSet::from([0]));
    }
}
