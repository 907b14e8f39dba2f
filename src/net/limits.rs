//! What may be held of frames that are not whole packets.

use crate::model::{Nanoseconds, Timestamp};

/// Capture time after which an incomplete datagram is given up. RFC 1122 3.3.2 asks for 60 to 120 s, Linux
/// waits 30 s; identifications of busy tunnels come round sooner than RFC 1122's.
const TIMEOUT: Nanoseconds = 30 * Timestamp::SECOND;
/// Octets kept for incomplete datagrams, bookkeeping included; beyond it those of the sender that holds most
/// are given up.
const OCTETS_LIMIT: usize = 64 * 1024 * 1024;

/// Bounds of the network layer, in octets and capture time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets kept for incomplete IP datagrams, bookkeeping included; beyond it those of the sender that holds most are given up.
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
