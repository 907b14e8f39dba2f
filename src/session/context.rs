//! What a protocol's state machine is handed with every event: its connection, and what all connections share.

use super::http::PartialEntities;
use super::sip;
use super::smpp::MessageIds;
use super::sms::{ShortMessages, Tools};
use super::wsp;
use super::{ExchangeId, Limits};
use crate::flow::ConnectionInfo;
use crate::model::AnomalyLog;

/// Gives out exchange ids, each once per run, in the order of the exchanges' first octets.
#[derive(Debug, Default)]
pub(super) struct ExchangeIds {
    next: u64,
}

impl ExchangeIds {
    /// A new id.
    pub(super) fn issue(&mut self) -> ExchangeId {
        let id = ExchangeId(self.next);
        self.next = self.next.wrapping_add(1);
        id
    }
}

/// The octets that sessions hold until a body is whole, over all connections.
#[derive(Debug)]
pub(super) struct BodyBudget {
    left: usize,
}

/// Octets of unfinished bodies held over all connections: eight of the largest bodies at once, or some thousand
/// ordinary ones.
pub(super) const BODY_OCTETS: usize = 256 * 1024 * 1024;

impl BodyBudget {
    /// A budget of this many octets.
    pub(super) const fn of(octets: usize) -> Self {
        Self { left: octets }
    }

    /// Whether `octets` more may be held; they count from then on.
    pub(super) fn take(&mut self, octets: usize) -> bool {
        match self.left.checked_sub(octets) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Gives back octets that are held no more.
    pub(super) fn give_back(&mut self, octets: usize) {
        self.left = self.left.saturating_add(octets);
    }
}

/// What a protocol's state machine works with besides its own state and the event.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The connection the event happened on.
    pub(super) connection: &'a ConnectionInfo,
    /// What may be held.
    pub(super) limits: &'a Limits,
    /// Where new exchanges get their ids.
    pub(super) exchanges: &'a mut ExchangeIds,
    /// Where odd things are noted.
    pub(super) anomalies: &'a mut AnomalyLog,
    /// How much may still be held.
    pub(super) budget: &'a mut BodyBudget,
    /// HTTP entities of which only parts were seen.
    pub(super) partial: &'a mut PartialEntities,
    /// Short messages that wait for parts, answers or receipts.
    pub(super) short_messages: &'a mut ShortMessages,
    /// The ids that SMPP service centres gave to them.
    pub(super) message_ids: &'a mut MessageIds,
    /// Those that SIP carried and whose answers are owed.
    pub(super) relayed: &'a mut sip::Relayed,
    /// What WSP sessions said of their clients.
    pub(super) wap_sessions: &'a mut wsp::KnownSessions,
}

impl Context<'_> {
    /// The short messages, and what they work with.
    pub(super) const fn short_messages(&mut self) -> (&mut ShortMessages, Tools<'_>) {
        let tools = Tools {
            exchanges: self.exchanges,
            anomalies: self.anomalies,
        };
        (self.short_messages, tools)
    }
}
