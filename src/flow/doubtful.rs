//! A datagram that may have been damaged on its way, until what comes after it shows whether it was.

use super::checksums::Trust;
use super::{Limits, StreamEvent};
use crate::model::{Direction, FrameRef};

/// A datagram that is not given out yet.
#[derive(Debug)]
pub(super) struct Doubtful {
    direction: Direction,
    bytes: Vec<u8>,
    first: FrameRef,
    at: FrameRef,
}

impl Doubtful {
    /// A datagram of which all is there; none of anything else.
    pub(super) fn of(event: &StreamEvent<'_>) -> Option<Self> {
        match *event {
            StreamEvent::Datagram {
                direction,
                bytes,
                first,
                at,
                missing: 0,
            } => Some(Self {
                direction,
                bytes: bytes.to_vec(),
                first,
                at,
            }),
            _ => None,
        }
    }

    /// Whether a later datagram is the same one without damage: what it was sent again for, or another copy of it.
    pub(super) fn is_replaced_by(&self, event: &StreamEvent<'_>, trust: Trust) -> bool {
        match event {
            StreamEvent::Datagram { direction, bytes, .. } => {
                trust == Trust::Right && *direction == self.direction && bytes.len() == self.bytes.len()
            }
            _ => false,
        }
    }

    /// The datagram as it would have been given out.
    pub(super) fn event(&self) -> StreamEvent<'_> {
        StreamEvent::Datagram {
            direction: self.direction,
            bytes: &self.bytes,
            first: self.first,
            at: self.at,
            missing: 0,
        }
    }

    /// The frame that completed it.
    pub(super) const fn at(&self) -> FrameRef {
        self.at
    }

    /// What it takes in memory.
    pub(super) fn cost(&self) -> usize {
        self.bytes.len().saturating_add(Limits::PIECE_OVERHEAD)
    }
}
