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
pub(super) use probe::probe;
pub(super) use relayed::Relayed;
