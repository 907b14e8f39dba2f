//! What a look at a stream's first octets, or at a datagram, says about its protocol.

use crate::model::{Direction, FrameRef};

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

/// Octets held per direction until a protocol is certain. The longest prefix that a protocol needs is an HTTP or
/// SIP start line whose target has an unusual form; one that is longer than this is not recognised.
pub(super) const PROBE_OCTETS: usize = 2 * 1024;

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
    pub(super) at: FrameRef,
}

/// A connection of which no protocol is known yet.
#[derive(Debug, Default)]
pub(super) struct Probing {
    /// The first octets of each direction, as they came.
    pub(super) held: Vec<HeldPiece>,
    /// The ends of directions that ended while octets were held.
    pub(super) finished: [Option<FrameRef>; 2],
    /// Whether octets are missing before what comes next, by direction: a message may start at any segment.
    pub(super) broken: [bool; 2],
    /// Octets that passed unrecognised.
    pub(super) unrecognised_octets: u64,
    /// Datagrams that passed unrecognised.
    pub(super) unrecognised_datagrams: u32,
}

impl Probing {
    /// What a held piece takes beside its octets, about.
    const PIECE_OVERHEAD: usize = 96;

    /// The octets held.
    pub(super) fn octets(&self) -> usize {
        self.held.iter().map(|piece| piece.bytes.len()).sum()
    }

    /// What they take.
    pub(super) fn held_octets(&self) -> usize {
        self.octets()
            .saturating_add(self.held.len().saturating_mul(Self::PIECE_OVERHEAD))
    }

    /// The octets held for `direction`, followed by `more`.
    pub(super) fn prefix(&self, direction: Direction, more: &[u8]) -> Vec<u8> {
        let mut prefix = Vec::new();
        for piece in self.held.iter().filter(|piece| piece.direction == direction) {
            prefix.extend_from_slice(&piece.bytes);
        }
        let room = PROBE_OCTETS.saturating_sub(prefix.len());
        prefix.extend(more.iter().take(room));
        prefix
    }

    /// Whether octets are held for `direction`.
    pub(super) fn holds(&self, direction: Direction) -> bool {
        self.held.iter().any(|piece| piece.direction == direction)
    }

    /// Forgets the octets held for `direction`.
    pub(super) fn release(&mut self, direction: Direction) {
        self.held.retain(|piece| piece.direction != direction);
    }
}
