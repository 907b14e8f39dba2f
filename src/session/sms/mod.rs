//! Short messages: TPDUs and their user data, the relay protocol, and pushes put together from parts.
//!
//! `ShortMessages` is the seam between what carried a short message and the push in it. A carrier (SMPP, SIP, MAP,
//! later SGs) hands in every short message it sees, gets a ticket for those that may be a push, and tells
//! by that ticket what was answered and what became of it.

mod address;
mod carried;
mod gsm7;
mod messages;
mod push;
mod rp;
#[cfg(test)]
pub(super) mod samples;
mod set;
#[cfg(test)]
pub(super) mod tests;
mod tpdu;
mod udh;
mod wdp;

pub use address::{Imsi, TypeOfNumber, address_string, digits, number};
pub use rp::{Content, RpMessage};
pub use tpdu::{Towards, Tpdu, UserData, is_binary};
pub use udh::{Concatenation, Ports, ReferenceKind, UserDataHeader, information_elements};
pub use wdp::DatagramSegment;

pub(super) use carried::Carried;
pub(super) use messages::{ShortMessage, ShortMessages, Ticket, Tools};
pub(super) use set::Given;
