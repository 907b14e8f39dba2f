//! Both directions of an SCTP association (RFC 9260): each user message once, put together from its fragments.
//!
//! Messages are handed on as they come, not in the order of their streams: each stands for itself.

use std::collections::BTreeMap;

use super::StreamEvent;
use super::tcp::FlowContext;
use crate::model::{AnomalyKind, Direction, FrameRef};
use crate::net::{DataChunk, SctpPacket};

/// An SCTP packet on its association.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks<'a> {
    pub(super) direction: Direction,
    pub(super) packet: &'a SctpPacket<'a>,
    /// The first of the frames it lies in.
    pub(super) first: FrameRef,
}

/// Both directions.
#[derive(Debug, Default)]
pub(super) struct Messages {
    directions: [OneWay; 2],
}

impl Messages {
    /// Whether a packet with this verification tag may be of this association.
    pub(super) fn has_tag(&self, direction: Direction, tag: u32) -> bool {
        let known = self
            .directions
            .get(direction.index())
            .map_or(0, |known| known.tag);
        known == 0 || known == tag
    }

    /// What the fragments of unfinished messages take.
    pub(super) fn held_octets(&self) -> usize {
        self.directions.iter().map(|direction| direction.held).sum()
    }

    /// Takes a packet; the messages that it completes go to `emit`.
    pub(super) fn push(
        &mut self,
        chunks: &Chunks<'_>,
        context: &mut FlowContext<'_>,
        emit: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let Chunks {
            direction,
            packet,
            first,
        } = *chunks;
        let Some(one_way) = self.directions.get_mut(direction.index()) else {
            return;
        };
        one_way.enter(packet.verification_tag);
        for chunk in packet.data() {
            if !one_way.numbers.note(chunk.sequence) {
                context.counters.retransmitted += 1;
                continue;
            }
            let mut deliver = |bytes: &[u8], first, missing| {
                emit(StreamEvent::Datagram {
                    direction,
                    bytes,
                    first,
                    at: context.at,
                    missing,
                });
            };
            if chunk.begins && chunk.ends {
                deliver(chunk.payload, first, chunk.missing);
            } else if let Some(whole) = one_way.add(&chunk, first) {
                deliver(&whole.octets, whole.first, whole.missing);
            }
            one_way.make_room(context);
        }
    }
}

/// One direction.
#[derive(Debug, Default)]
struct OneWay {
    /// The verification tag of its packets.
    tag: u32,
    numbers: TsnWindow,
    /// By their TSN.
    fragments: BTreeMap<u32, Fragment>,
    /// What they take.
    held: usize,
}

/// A fragment, or a message put together.
#[derive(Debug)]
struct Fragment {
    octets: Vec<u8>,
    begins: bool,
    ends: bool,
    first: FrameRef,
    missing: u32,
}

/// Fragments kept of one direction: more than the longest message of signalling has.
const FRAGMENTS: usize = 64;

/// What a fragment takes beside its octets, about.
const FRAGMENT_OVERHEAD: usize = 128;

impl OneWay {
    /// A packet with another tag is one of another association between the same ends.
    fn enter(&mut self, tag: u32) {
        if tag != self.tag {
            *self = Self {
                tag,
                ..Self::default()
            };
        }
    }

    /// Keeps a fragment; gives the message that it completes.
    fn add(&mut self, chunk: &DataChunk<'_>, first: FrameRef) -> Option<Fragment> {
        self.held = self
            .held
            .saturating_add(chunk.payload.len().saturating_add(FRAGMENT_OVERHEAD));
        let fragment = Fragment {
            octets: chunk.payload.to_vec(),
            begins: chunk.begins,
            ends: chunk.ends,
            first,
            missing: chunk.missing,
        };
        self.fragments.insert(chunk.sequence, fragment);
        let start = self.walk(chunk.sequence, |fragment| fragment.begins, u32::MAX)?;
        let end = self.walk(chunk.sequence, |fragment| fragment.ends, 1)?;
        self.join(start, end)
    }

    /// From one fragment on, by steps of `step` (mind the wrap), to the one that has what is sought. None where one
    /// before it is not there.
    fn walk(&self, from: u32, is_it: impl Fn(&Fragment) -> bool, step: u32) -> Option<u32> {
        let mut at = from;
        while !is_it(self.fragments.get(&at)?) {
            at = at.wrapping_add(step);
        }
        Some(at)
    }

    fn join(&mut self, start: u32, end: u32) -> Option<Fragment> {
        let mut whole = self.take(start)?;
        let mut at = start;
        while at != end {
            at = at.wrapping_add(1);
            let next = self.take(at)?;
            // What follows octets that were cut off has no place.
            if whole.missing == 0 {
                whole.octets.extend_from_slice(&next.octets);
                whole.missing = next.missing;
            }
        }
        Some(whole)
    }

    fn take(&mut self, sequence: u32) -> Option<Fragment> {
        let fragment = self.fragments.remove(&sequence)?;
        let octets = fragment.octets.len().saturating_add(FRAGMENT_OVERHEAD);
        self.held = self.held.saturating_sub(octets);
        Some(fragment)
    }

    /// Forgets fragments where there are too many: their messages will not become whole.
    fn make_room(&mut self, context: &mut FlowContext<'_>) {
        let limits = context.limits;
        while self.fragments.len() > FRAGMENTS
            || self.held > limits.held_octets
            || (self.held > 0 && self.held.saturating_add(context.held_elsewhere) > limits.held_octets_in_all)
        {
            let Some((sequence, _)) = self.fragments.first_key_value() else {
                return;
            };
            let sequence = *sequence;
            self.take(sequence);
            let detail = || "too many fragments of SCTP messages wait for the others".to_owned();
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(context.at), detail);
        }
    }
}

/// Which TSNs came.
#[derive(Debug, Default)]
struct TsnWindow {
    /// The highest so far; none where none came.
    highest: Option<u32>,
    /// A bit for each of those up to it, itself the lowest of the first word.
    came: [u64; Self::WORDS],
}

impl TsnWindow {
    const WORDS: usize = 16;

    /// TsnWindow up to the highest that are remembered: more than an association of signalling has on the way.
    const REMEMBERED: u32 = 64 * Self::WORDS as u32;

    /// Notes a number; whether it is new. One too old to tell counts as new.
    fn note(&mut self, number: u32) -> bool {
        let highest = *self.highest.get_or_insert(number);
        let ahead = number.wrapping_sub(highest).cast_signed();
        if ahead > 0 {
            self.shift(ahead.unsigned_abs());
            self.highest = Some(number);
        }
        let behind = self.highest.unwrap_or(number).wrapping_sub(number);
        match self.came.get_mut((behind / 64) as usize) {
            Some(word) => {
                let bit = 1 << (behind % 64);
                let new = *word & bit == 0;
                *word |= bit;
                new
            }
            None => true,
        }
    }

    /// Moves every bit away from the highest by so many places.
    fn shift(&mut self, by_key: u32) {
        if by_key >= Self::REMEMBERED {
            self.came = [0; Self::WORDS];
            return;
        }
        let (words, bits) = ((by_key / 64) as usize, by_key % 64);
        let old = self.came;
        let word = |index: Option<usize>| index.and_then(|index| old.get(index)).copied().unwrap_or(0);
        for (index, new) in self.came.iter_mut().enumerate() {
            let near = word(index.checked_sub(words)) << bits;
            let far = word(index.checked_sub(words + 1))
                .checked_shr(64 - bits)
                .unwrap_or(0);
            *new = near | far;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_new_once() {
        let mut numbers = TsnWindow::default();
        let start = u32::MAX - 1;
        assert!(numbers.note(start));
        assert!(!numbers.note(start));
        assert!(numbers.note(start.wrapping_add(3)), "over the wrap");
        assert!(numbers.note(start.wrapping_add(1)), "late");
        assert!(!numbers.note(start));
        assert!(numbers.note(start.wrapping_add(TsnWindow::REMEMBERED + 2)));
        assert!(
            !numbers.note(start.wrapping_add(3)),
            "the oldest that is remembered"
        );
        assert!(numbers.note(start), "too old to tell");
    }

    proptest! {
        #[test]
        fn numbers_that_are_remembered_are_told_from_new_ones(
            start: u32,
            steps in proptest::collection::vec(0..300_u32, 0..300),
        ) {
            let mut numbers = TsnWindow::default();
            let mut known = BTreeSet::new();
            for step in steps {
                let offset = u64::from(step) + known.last().copied().unwrap_or(0_u64).saturating_sub(150);
                let new = numbers.note(start.wrapping_add(offset as u32));
                prop_assert_eq!(new, known.insert(offset));
            }
        }
    }
}
