//! How correlation judges time.

use crate::model::{Nanoseconds, Timestamp};

/// How correlation judges time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long after a request was complete its answer is overdue, in nanoseconds of capture time.
    pub response_timeout: Nanoseconds,
    /// How long after its last PDU a message is kept open whose PDUs give no later expiry, in nanoseconds of
    /// capture time.
    pub lifetime: Nanoseconds,
}

impl Default for Settings {
    /// 60 seconds, and 72 hours: how long MMSCs keep a message for a phone that is off.
    fn default() -> Self {
        Self {
            response_timeout: 60 * Timestamp::SECOND,
            lifetime: 72 * 3600 * Timestamp::SECOND,
        }
    }
}
