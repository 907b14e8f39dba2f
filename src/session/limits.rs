//! What sessions may hold. Each bound stands, with its reason, where it is kept.

use super::context::BODY_OCTETS as BODIES_OCTETS;
use super::dispatch::HELD_OCTETS;
use super::http::{BODY_OCTETS, EXPANSION, HEAD_OCTETS, OUTSTANDING};
use super::smpp::WINDOW;
use super::wtp::{MESSAGE_OCTETS, TRANSACTIONS};

/// Bounds of the session layer, in octets and numbers. What one of them cuts is noted as
/// [`crate::model::AnomalyKind::LimitReached`], unless its own documentation says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets that connections may keep in all until something is whole, bodies aside.
    pub unfinished_octets: usize,
    /// Octets of unfinished bodies over all connections.
    pub bodies_octets: usize,
    /// Octets of one HTTP body, as it came and with its codings undone.
    pub body_octets: usize,
    /// How many times its size an HTTP body may decode to.
    pub expansion: usize,
    /// Octets of one HTTP head; a longer one is malformed.
    pub head_octets: usize,
    /// HTTP requests of one connection that wait for their answers.
    pub requests: usize,
    /// Octets of one WTP message.
    pub wtp_message_octets: usize,
    /// WTP transactions between two endpoints.
    pub wtp_transactions: usize,
    /// SMPP requests of one connection that wait for their answers.
    pub smpp_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unfinished_octets: HELD_OCTETS,
            bodies_octets: BODIES_OCTETS,
            body_octets: BODY_OCTETS,
            expansion: EXPANSION,
            head_octets: HEAD_OCTETS,
            requests: OUTSTANDING,
            wtp_message_octets: MESSAGE_OCTETS,
            wtp_transactions: TRANSACTIONS,
            smpp_requests: WINDOW,
        }
    }
}
