//! What correlation may hold, and what a leg counts for in that.

use super::leg::{Answered, Asked, Leg};
use super::pdus::OperationFacts;

/// The most legs that are kept open, about 4 GB: what 72 hours of a large operator's MMSC bring. Beyond it the older
/// half is closed before its time.
const MAX_OPEN: usize = 4_000_000;

/// The most octets that they take, about. Ordinary legs reach [`MAX_OPEN`] first; legs with thousands of recipients
/// and long texts reach this.
const MAX_OPEN_OCTETS: usize = 4 * 1024 * 1024 * 1024;

/// Bounds of what is kept of exchanges until their message is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open legs. Beyond it the older half is closed before its time.
    pub open_legs: usize,
    /// Octets that open legs take, about. Beyond it the same.
    pub open_octets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open_legs: MAX_OPEN,
            open_octets: MAX_OPEN_OCTETS,
        }
    }
}

impl Leg {
    /// Octets it takes, about: with its place in the list, and with parts that it may share.
    pub(super) fn held_octets(&self) -> usize {
        /// A leg, the facts of two PDUs beside their texts, its place.
        const FIXED: usize = size_of::<Leg>() + 2 * 160 + 48;
        let asked = match &self.asked {
            Asked::Unseen | Asked::Unread | Asked::Get => 0,
            Asked::Send(send) => send.texts.held() + send.content.parts.held(),
            Asked::Notification(notified) => notified.texts.held(),
            Asked::Acknowledgement(confirmed) => confirmed.texts.held(),
            Asked::DeliveryReport(reported) => reported.texts.held(),
            Asked::ReadReport(read) => read.texts.held(),
            Asked::Operation(facts) => operation(facts),
        };
        let answered = match &self.answered {
            Answered::Nothing | Answered::Other(_) => 0,
            Answered::SendConf(conf) => conf.texts.held(),
            Answered::Retrieved(retrieved) => retrieved.texts.held() + retrieved.content.parts.held(),
            Answered::Operation(facts) => operation(facts),
        };
        let malformed = self
            .malformed
            .as_ref()
            .map_or(0, |malformed| malformed.detail.len());
        FIXED + self.texts.held() + asked + answered + malformed
    }
}

fn operation(facts: &OperationFacts) -> usize {
    let headers: usize = facts
        .headers
        .iter()
        .map(|(name, value)| size_of::<(String, String)>() + name.len() + value.len())
        .sum();
    facts.texts.held() + headers + size_of_val(&*facts.entries)
}
