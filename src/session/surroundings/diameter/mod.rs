//! Diameter (RFC 6733) as far as it concerns MMS and the sessions of phones: charging (Ro, Rf), policy and credit of
//! sessions (Gx, Gy), routing (MM10).
//!
//! Read by hand: it is a header, a loop over AVPs and a table of codes; what there is of crates are stacks for clients and
//! servers.

mod avp;
mod connection;
mod framing;
mod header;
mod said;
#[cfg(test)]
mod tests;
mod values;

pub(in crate::session) use connection::Connection;
pub(in crate::session) use header::{probe, probe_inside};
pub use values::{ChargedAddress, ChargedMessage, MessageProcess, MessageType};
