//! How much is read of one PDU.

use super::{
    anomaly::MAX_ANOMALIES,
    block::MAX_HEADERS,
    body::{MAX_DEPTH, MAX_PARTS},
};

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
