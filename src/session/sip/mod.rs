//! SIP (RFC 3261, RFC 3428) as far as it carries short messages over IMS (TS 24.341).

mod connection;
mod content;
mod framing;
pub mod message;
mod probe;
mod relayed;
#[cfg(test)]
mod tests;

pub(super) use connection::Connection;
pub(super) use probe::{probe, probe_inside};
pub(super) use relayed::Relayed;

/// What this protocol's state machine works with: beside what all share, what its connections share.
pub(super) type Context<'a> = super::context::Context<'a, Relayed>;
