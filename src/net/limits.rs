//! What may be held of frames that are not whole packets.

use crate::model::Nanoseconds;

use super::fragments::{OCTETS_LIMIT, TIMEOUT};

/// Bounds of the network layer, in octets and capture time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets kept for incomplete IP datagrams, bookkeeping included; beyond it the oldest is given up.
    pub fragment_octets: usize,
    /// Capture time after which an incomplete datagram is given up, in nanoseconds.
    pub fragment_time: Nanoseconds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fragment_octets: OCTETS_LIMIT,
            fragment_time: TIMEOUT,
        }
    }
}
