//! What a look at a stream's first octets, or at a datagram, says about its protocol.

use super::foreign::Foreign;
use crate::model::{Direction, Extent, FrameRef};

/// A protocol's opinion of the octets it was shown. The port is a hint at most, never a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// It is this protocol.
    Certain,
    /// It may be; more octets of the same stream would tell.
    Unsure,
    /// It is not.
    NotOurs,
}

/// What a look at octets that may begin inside a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProbeInside {
    /// A message of this protocol begins among them.
    Certain,
    /// One may begin at this octet; more octets would tell.
    Unsure(usize),
    /// None begins.
    NotOurs,
}

/// Octets held per direction until a protocol is certain. The longest prefix that a protocol needs is an HTTP or
/// SIP start line whose target has an unusual form; one that is longer than this is not recognised.
pub(crate) const PROBE_OCTETS: usize = 2 * 1024;

/// Octets per connection that may pass unrecognised before it is given up, where its beginning was not captured
/// and the next message may still start at any segment: more than one large MMS.
pub(super) const UNRECOGNISED_OCTETS: u64 = 16 * 1024 * 1024;

/// Datagrams per connection that may pass unrecognised before it is given up.
pub(super) const UNRECOGNISED_DATAGRAMS: u32 = 32;

/// A piece of a stream that waits for its protocol to become certain.
#[derive(Debug)]
pub(super) struct HeldPiece {
    pub(super) direction: Direction,
    pub(super) bytes: Vec<u8>,
    pub(super) place: Extent,
}

/// What is held for the protocol that may yet be found.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The first octets of each direction, as they came.
    pub(super) pieces: Vec<HeldPiece>,
    /// The ends of directions that ended before a protocol was found.
    pub(super) finished: [Option<FrameRef>; 2],
}

/// A connection of which no protocol is known yet. Every connection begins as one, and most hold nothing.
#[derive(Debug, Default)]
pub(super) struct Probing {
    held: Option<Box<Held>>,
    /// Octets that passed unrecognised.
    unrecognised_octets: u32,
    /// Datagrams that passed unrecognised.
    unrecognised_datagrams: u32,
    /// Whether octets are missing before what comes next, by direction: a message may start at any segment.
    broken: [bool; 2],
    /// What it seems to be.
    pub(super) foreign: Foreign,
}

impl Probing {
    /// What a held piece takes beside its octets, about.
    const PIECE_OVERHEAD: usize = 96;

    fn pieces(&self) -> &[HeldPiece] {
        self.held.as_ref().map_or(&[], |held| &held.pieces)
    }

    /// The octets held.
    pub(super) fn octets(&self) -> usize {
        self.pieces().iter().map(|piece| piece.bytes.len()).sum()
    }

    /// What they take.
    pub(super) fn held_octets(&self) -> usize {
        self.octets()
            .saturating_add(self.pieces().len().saturating_mul(Self::PIECE_OVERHEAD))
    }

    /// The octets held for `direction`.
    pub(super) fn held_of(&self, direction: Direction) -> Vec<u8> {
        let pieces = self.pieces().iter().filter(|piece| piece.direction == direction);
        pieces.flat_map(|piece| piece.bytes.iter().copied()).collect()
    }

    /// The octets held for `direction`, followed by as many of `more` as a probe may need.
    pub(super) fn prefix(&self, direction: Direction, more: &[u8]) -> Vec<u8> {
        let mut prefix = self.held_of(direction);
        let room = PROBE_OCTETS.saturating_sub(prefix.len());
        prefix.extend(more.iter().take(room));
        prefix
    }

    /// Whether so many octets more may be held, of `most` in all.
    pub(super) fn has_room(&self, more: &[u8], most: usize) -> bool {
        self.octets().saturating_add(more.len()) <= most
    }

    /// Whether octets are held for `direction`.
    pub(super) fn holds(&self, direction: Direction) -> bool {
        self.pieces().iter().any(|piece| piece.direction == direction)
    }

    /// Holds octets that came.
    pub(super) fn hold(&mut self, direction: Direction, bytes: &[u8], place: Extent) {
        let bytes = bytes.to_vec();
        let held = self.held.get_or_insert_default();
        held.pieces.push(HeldPiece {
            direction,
            bytes,
            place,
        });
    }

    /// Forgets the octets held for `direction`.
    pub(super) fn release(&mut self, direction: Direction) {
        let Some(held) = &mut self.held else { return };
        held.pieces.retain(|piece| piece.direction != direction);
        if held.pieces.is_empty() && held.finished == [None, None] {
            self.held = None;
        }
    }

    /// Octets of `direction` are missing: what is held of it leads nowhere.
    pub(super) fn lose(&mut self, direction: Direction) {
        self.release(direction);
        if let Some(broken) = self.broken.get_mut(direction.index()) {
            *broken = true;
        }
    }

    /// Whether no octets of `direction` are missing.
    pub(super) fn is_gapless(&self, direction: Direction) -> bool {
        self.broken.get(direction.index()) == Some(&false)
    }

    /// One end sends no more.
    pub(super) fn finish(&mut self, direction: Direction, at: FrameRef) {
        let held = self.held.get_or_insert_default();
        if let Some(finished) = held.finished.get_mut(direction.index()) {
            *finished = Some(at);
        }
    }

    /// Notes what it seems to be, once that is known.
    pub(super) fn note(&mut self, foreign: impl FnOnce() -> Foreign) {
        if matches!(self.foreign, Foreign::Silent | Foreign::Unknown) {
            self.foreign = foreign();
        }
    }

    /// Octets passed unrecognised; whether they are too many by now.
    pub(super) fn pass_octets(&mut self, octets: &[u8]) -> bool {
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        self.unrecognised_octets = self.unrecognised_octets.saturating_add(length);
        u64::from(self.unrecognised_octets) > UNRECOGNISED_OCTETS
    }

    /// A datagram passed unrecognised; whether they are too many by now.
    pub(super) fn pass_datagram(&mut self) -> bool {
        self.unrecognised_datagrams = self.unrecognised_datagrams.saturating_add(1);
        self.unrecognised_datagrams >= UNRECOGNISED_DATAGRAMS
    }

    /// What was held, for the protocol that was found.
    pub(super) fn into_held(self) -> Held {
        self.held.map_or_else(Held::default, |held| *held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, Timestamp};

    const UP: Direction = Direction::FromInitiator;
    const DOWN: Direction = Direction::FromResponder;

    fn at(frame: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(frame),
            time: Timestamp::from_seconds(0),
        }
    }

    #[test]
    fn octets_and_ends_are_held_until_they_are_released_or_asked_for() {
        let mut probing = Probing::default();
        probing.hold(UP, b"PO", Extent::single(at(1)));
        probing.hold(DOWN, b"HT", Extent::single(at(2)));
        probing.finish(DOWN, at(3));
        assert_eq!(probing.prefix(UP, b"ST"), b"POST");
        probing.release(UP);
        assert!(!probing.holds(UP) && probing.holds(DOWN));
        assert_eq!((probing.octets(), probing.held_octets()), (2, 98));
        let held = probing.into_held();
        assert_eq!((held.pieces.len(), held.finished), (1, [None, Some(at(3))]));
    }

    #[test]
    fn a_connection_without_octets_takes_no_memory_of_its_own() {
        let mut probing = Probing::default();
        probing.hold(UP, b"PO", Extent::single(at(1)));
        probing.lose(UP);
        assert!(probing.held.is_none());
        assert!(probing.is_gapless(DOWN) && !probing.is_gapless(UP));
        assert!(size_of::<Probing>() <= 3 * size_of::<usize>());
    }

    #[test]
    fn what_passes_unrecognised_is_too_much_at_some_point() {
        let mut probing = Probing::default();
        let mega = vec![0; 1 << 20];
        assert!((0..16).all(|_| !probing.pass_octets(&mega)));
        assert!(probing.pass_octets(b"1"));
        assert!((1..UNRECOGNISED_DATAGRAMS).all(|_| !probing.pass_datagram()));
        assert!(probing.pass_datagram());
    }
}
