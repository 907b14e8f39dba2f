//! HTTP/1 (RFC 9110, RFC 9112) as it is in the field.
//!
//! Heads are read, bodies that cannot be an MMS PDU are skipped without being copied, the others are gathered until
//! they are whole or never will be. Requests and answers are paired over persistent connections and pipelining.

mod coding;
mod connection;
mod content;
mod exchange;
mod fields;
mod framing;
mod head;
mod inbound;
mod message;
mod output;
mod pap;
mod probe;
mod ranges;
mod send_sms;
mod start;
mod subscriber;
#[cfg(test)]
mod tests;
mod texts;

pub(super) use connection::Connection;
pub(super) use probe::probe;
pub(super) use ranges::PartialEntities;
pub(super) use subscriber::SubscriberField;

/// What this protocol's state machine works with: beside what all share, what its connections share.
pub(super) type Context<'a> = super::context::Context<'a, PartialEntities>;
