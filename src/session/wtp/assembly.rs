//! A message out of its packets, in whatever order they come (WAP-224 section 7.14).

use std::collections::BTreeMap;

use super::pdu::Position;
use crate::model::{Extent, FrameRef};
use crate::session::fingerprint::fingerprint;

/// The packets of basic SAR: the sequence number has eight bits.
const ROUND: u32 = 256;

/// What a packet takes beside its octets, about.
const PACKET_OVERHEAD: usize = 128;

/// Packets of a message that are known again when they come late: those of basic SAR.
const FINGERPRINTS: usize = 256;

/// A packet as it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) position: Position,
    pub(super) data: &'a [u8],
    /// The frame of its first fragment, and the one that completed it.
    pub(super) extent: Extent,
    /// Whether octets are missing at its end (snap length).
    pub(super) cut: bool,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is a new piece of the message.
    New,
    /// It was there before.
    Repeated,
    /// Other octets were there before under its number; they stay.
    Conflicting,
    /// The message is longer than the limit.
    OverLimit,
}

/// The packets of one message.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// By sequence number, counted on where it wraps.
    packets: BTreeMap<u32, Piece>,
    octets: usize,
    last: Option<u32>,
    /// How many packets from the first on are there without a hole.
    contiguous: u32,
    latest: Option<FrameRef>,
    pub(super) over_limit: bool,
}

#[derive(Debug)]
struct Piece {
    octets: Vec<u8>,
    extent: Extent,
    cut: bool,
}

/// A message, or as much of it as is known.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) octets: Vec<u8>,
    pub(super) extent: Extent,
    /// Whether it is cut by the snap length inside.
    pub(super) cut: bool,
}

impl Assembly {
    /// What a packet takes while its message is not whole: a datagram may hold many that are almost empty.
    pub(super) const fn cost(data: &[u8]) -> usize {
        data.len() + PACKET_OVERHEAD
    }

    /// What all its packets take.
    pub(super) fn held(&self) -> usize {
        self.octets
            .saturating_add(self.packets.len().saturating_mul(PACKET_OVERHEAD))
    }

    /// Whether the packet that opens the message is there.
    pub(super) fn has_start(&self) -> bool {
        self.packets.contains_key(&0)
    }

    /// Whether every packet up to the last is there.
    pub(super) fn is_complete(&self) -> bool {
        self.last.is_some_and(|last| self.contiguous > last)
    }

    /// Whether all its packets that were captured, of a first round, come before the one with a number.
    pub(super) fn ends_before(&self, number: u8) -> bool {
        let last = self.packets.last_key_value().map(|(last, _)| *last);
        last.is_none_or(|last| last < u32::from(number))
    }

    /// Whether `octets` opened this message.
    pub(super) fn starts_with(&self, octets: &[u8]) -> bool {
        self.packets.get(&0).is_some_and(|piece| piece.octets == octets)
    }

    /// Adds a packet to a message that may take `most` octets.
    pub(super) fn add(&mut self, packet: Packet<'_>, most: usize) -> Added {
        let number = self.unwrapped(&packet);
        if let Some(there) = self.packets.get(&number) {
            return match there.octets == packet.data {
                true => Added::Repeated,
                false => Added::Conflicting,
            };
        }
        if self.last.is_some_and(|last| number > last) {
            return Added::Conflicting;
        }
        if self.octets.saturating_add(packet.data.len()) > most {
            self.over_limit = true;
            return Added::OverLimit;
        }
        self.insert(number, &packet);
        Added::New
    }

    fn insert(&mut self, number: u32, packet: &Packet<'_>) {
        self.octets = self.octets.saturating_add(packet.data.len());
        let piece = Piece {
            octets: packet.data.to_vec(),
            extent: packet.extent,
            cut: packet.cut,
        };
        self.packets.insert(number, piece);
        let at = packet.extent.last;
        self.latest = Some(self.latest.map_or(at, |latest| latest.later(at)));
        if packet.position.last {
            self.last = Some(number);
        }
        while self.packets.contains_key(&self.contiguous) {
            self.contiguous = self.contiguous.saturating_add(1);
        }
    }

    /// The packet's number, counted on over wraps of the sequence number (extended SAR). Within the first round
    /// packets may come in any order; a wrap needs a whole round before it.
    fn unwrapped(&self, packet: &Packet<'_>) -> u32 {
        let number = u32::from(packet.position.number);
        let round = self.contiguous / ROUND * ROUND;
        let here = round.saturating_add(number);
        if here >= self.contiguous {
            let before = here
                .checked_sub(ROUND)
                .and_then(|before| self.packets.get(&before));
            return match before.is_some_and(|piece| piece.octets == packet.data) {
                true => here.saturating_sub(ROUND),
                false => here,
            };
        }
        here
    }

    /// The message up to its end, its first hole or its first cut.
    pub(super) fn assemble(&self) -> Option<Assembled> {
        let first = self.packets.get(&0)?;
        let mut assembled = Assembled {
            octets: Vec::with_capacity(self.octets),
            extent: first.extent,
            cut: false,
        };
        for (expected, (number, piece)) in (0u32..).zip(&self.packets) {
            if expected != *number || self.last.is_some_and(|last| *number > last) || assembled.cut {
                break;
            }
            assembled.octets.extend_from_slice(&piece.octets);
            assembled.cut = piece.cut;
        }
        assembled.extent.last = self.latest.unwrap_or(assembled.extent.last);
        Some(assembled)
    }

    /// What is kept of a message that is whole.
    pub(super) fn fingerprints(&self) -> Vec<u64> {
        self.packets
            .values()
            .take(FINGERPRINTS)
            .map(|piece| fingerprint(&piece.octets))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, Timestamp};

    const MESSAGE_OCTETS: usize = 4 * 1024 * 1024;

    fn at(frame: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(frame),
            time: Timestamp::from_seconds(i64::try_from(frame).unwrap()),
        }
    }

    fn packet(number: u8, last: bool, data: &[u8], frame: u64) -> Packet<'_> {
        Packet {
            position: Position {
                number,
                last,
                group_end: false,
            },
            data,
            extent: Extent::single(at(frame)),
            cut: false,
        }
    }

    #[test]
    fn a_message_is_complete_when_every_packet_is_there() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.add(packet(2, true, b"c", 1), MESSAGE_OCTETS), Added::New);
        assert_eq!(
            assembly.add(packet(0, false, b"a", 2), MESSAGE_OCTETS),
            Added::New
        );
        assert!(!assembly.is_complete());
        assert_eq!(
            assembly.add(packet(0, false, b"a", 3), MESSAGE_OCTETS),
            Added::Repeated
        );
        assert_eq!(
            assembly.add(packet(0, false, b"x", 3), MESSAGE_OCTETS),
            Added::Conflicting
        );
        assert_eq!(
            assembly.add(packet(1, false, b"b", 4), MESSAGE_OCTETS),
            Added::New
        );
        assert!(assembly.is_complete());
        let whole = assembly.assemble().unwrap();
        assert_eq!(whole.octets, b"abc");
        assert_eq!((whole.extent.first, whole.extent.last), (at(2), at(4)));
    }

    #[test]
    fn packets_that_are_almost_empty_cost_what_they_take() {
        let mut assembly = Assembly::default();
        for number in 0..=255_u8 {
            assembly.add(packet(number, false, &[number], 1), MESSAGE_OCTETS);
        }
        let each = Assembly::cost(&[0]);
        assert!(each >= size_of::<Piece>() + size_of::<u32>());
        assert_eq!(assembly.held(), 256 * each);
    }

    #[test]
    fn an_empty_last_packet_ends_a_message() {
        let mut assembly = Assembly::default();
        assembly.add(packet(0, false, b"a", 1), MESSAGE_OCTETS);
        assembly.add(packet(1, true, b"", 2), MESSAGE_OCTETS);
        assert!(assembly.is_complete());
    }

    #[test]
    fn what_lies_behind_a_hole_is_not_in_it() {
        let mut assembly = Assembly::default();
        assembly.add(packet(0, false, b"a", 1), MESSAGE_OCTETS);
        assembly.add(packet(2, true, b"c", 2), MESSAGE_OCTETS);
        assert_eq!(assembly.assemble().unwrap().octets, b"a");
    }

    #[test]
    fn sequence_numbers_wrap_in_extended_segmentation() {
        let mut assembly = Assembly::default();
        let octets: Vec<[u8; 2]> = (0..600u16).map(u16::to_be_bytes).collect();
        for (index, data) in octets.iter().enumerate() {
            let number = u8::try_from(index % 256).unwrap();
            assert_eq!(
                assembly.add(packet(number, index == 599, data, 1), MESSAGE_OCTETS),
                Added::New
            );
            assert_eq!(
                assembly.add(packet(number, index == 599, data, 1), MESSAGE_OCTETS),
                Added::Repeated
            );
        }
        assert!(assembly.is_complete());
        assert_eq!(assembly.assemble().unwrap().octets, octets.concat());
    }

    proptest! {
        #[test]
        fn packets_in_any_order_and_repeated_give_the_message(
            message in prop::collection::vec(any::<u8>(), 1..3000),
            size in 12usize..200,
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..64),
            seed in any::<u64>(),
        ) {
            let chunks: Vec<_> = message.chunks(size).collect();
            let mut arrivals: Vec<usize> = (0..chunks.len()).collect();
            arrivals.sort_by_key(|index| fingerprint(&(seed ^ *index as u64).to_be_bytes()));
            arrivals.extend(order.iter().map(|index| index.index(chunks.len())));
            let mut assembly = Assembly::default();
            let mut added = std::collections::BTreeSet::new();
            for (frame, index) in arrivals.iter().enumerate() {
                let last = index + 1 == chunks.len();
                let number = u8::try_from(*index).unwrap();
                let outcome = assembly.add(packet(number, last, chunks[*index], frame as u64), MESSAGE_OCTETS);
                prop_assert_eq!(outcome, if added.insert(*index) { Added::New } else { Added::Repeated });
                prop_assert_eq!(assembly.is_complete(), added.len() == chunks.len());
            }
            prop_assert_eq!(assembly.assemble().unwrap().octets, message);
        }
    }
}
