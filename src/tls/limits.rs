//! What is held, and how much is tried.

/// Octets of a record, head aside: RFC 5246 section 6.2.3 allows 2^14 + 2048.
const RECORD_OCTETS: usize = 18 * 1024;
/// Octets held for keys that may still come, over all connections.
const WAITING_OCTETS: usize = 16 * 1024 * 1024;
/// Trial decryptions for one hole, or for one connection whose beginning is not there.
const TRIES: usize = 64 * 1024;
/// How many times that in a whole run.
const TRIED_HOLES: usize = 64;
/// Secrets remembered.
const SESSIONS: usize = 256 * 1024;
/// Octets of one handshake.
const HANDSHAKE_OCTETS: usize = 256 * 1024;

/// Bounds of what is read of TLS. What one of them cuts is noted as [`crate::model::AnomalyKind::LimitReached`], but for the
/// length of a record: what says that it is longer is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one record.
    pub record_octets: usize,
    /// Octets held for keys that may still come, over all connections.
    pub waiting_octets: usize,
    /// Trial decryptions for one hole or beginning.
    pub tries: usize,
    /// Secrets remembered, those of sessions that may be resumed included.
    pub sessions: usize,
    /// Octets of one handshake.
    pub handshake_octets: usize,
}

impl Limits {
    /// Trial decryptions in a whole run.
    pub(super) const fn tries_in_all(&self) -> usize {
        self.tries.saturating_mul(TRIED_HOLES)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_octets: RECORD_OCTETS,
            waiting_octets: WAITING_OCTETS,
            tries: TRIES,
            sessions: SESSIONS,
            handshake_octets: HANDSHAKE_OCTETS,
        }
    }
}
