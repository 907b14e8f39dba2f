//! How much is read of one PDU.

/// The most headers that are read of one PDU, with those of the PDUs in its parts. A mailbox view of a thousand
/// messages stays below; a message to more recipients is not sent as one PDU.
pub(super) const MAX_HEADERS: usize = 16_384;

/// How deep multiparts may stand in multiparts, and PDUs in parts. Real ones go two deep: an alternative in a
/// related, in a description in a mailbox view.
pub(super) const MAX_DEPTH: usize = 8;

/// The most parts that are read of one PDU, over all its levels.
pub(super) const MAX_PARTS: usize = 512;

/// The most anomalies that are kept of one PDU; more are counted. A PDU with more is no better understood by
/// their list.
pub(super) const MAX_ANOMALIES: usize = 64;

/// Bounds of what is read and kept of one PDU, with the PDUs in its parts. What lies beyond is an anomaly of the PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Headers.
    pub headers: usize,
    /// Parts, over all levels.
    pub parts: usize,
    /// How deep multiparts may stand in multiparts, and PDUs in parts.
    pub depth: usize,
    /// Anomalies that are listed; more are counted.
    pub anomalies: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: MAX_HEADERS,
            parts: MAX_PARTS,
            depth: MAX_DEPTH,
            anomalies: MAX_ANOMALIES,
        }
    }
}

/// How much more may be read of a PDU with all PDUs in it, so that what is kept of it stays within a small multiple of
/// its size.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) headers: usize,
    pub(super) parts: usize,
    /// What there was at first.
    pub(super) limits: Limits,
}

impl Budget {
    pub(super) const fn of(limits: Limits) -> Self {
        Self {
            headers: limits.headers,
            parts: limits.parts,
            limits,
        }
    }
}
