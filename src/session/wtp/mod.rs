//! WTP (WAP-201, WAP-224): its PDUs, and the transactions that carry WSP sessions.

mod assembly;
mod connection;
mod pdu;
mod probe;
mod session;
#[cfg(test)]
mod tests;
mod transaction;

pub use pdu::Pdus;
pub(crate) use pdu::{Kind, Pdu, Position};

pub(super) use connection::Connection;
pub(super) use probe::{is_wtp, probe};

/// What the state machine works with: sessions over WTP are those of WSP.
type Context<'a> = super::wsp::Context<'a>;
