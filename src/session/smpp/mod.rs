//! SMPP 3.3 to 5.0: short messages between a gateway and a service centre.

mod connection;
mod framing;
mod message_ids;
pub mod pdu;
mod probe;
mod receipt;
#[cfg(test)]
mod tests;
mod user_data;

pub(super) use connection::Connection;
pub(crate) use framing::{Framed, Framing};
pub(super) use message_ids::MessageIds;
pub(super) use probe::{probe, probe_inside};

/// What this protocol's state machine works with: beside what all share, what its connections share.
pub(super) type Context<'a> = super::context::Context<'a, MessageIds>;
