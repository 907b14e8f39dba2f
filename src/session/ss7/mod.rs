//! Short messages in the signalling network: MAP (TS 29.002) over TCAP (ITU-T Q.773), SCCP (Q.713) and what carries
//! SCCP in SCTP: M3UA (RFC 4666), M2UA (RFC 3331) and M2PA (RFC 4165).
//!
//! ```text
//! SCTP message → adaptation (MTP3 label) → sccp → segments → tcap → map → ShortMessages
//! ```
//!
//! A dialogue may come over one association and its answer over another, so dialogues belong to no connection:
//! `Dialogues` has them all.

mod adaptation;
pub mod ber;
mod dialogues;
pub mod map;
pub mod sccp;
mod segments;
mod signalling;
mod subscribers;
pub mod tcap;
#[cfg(test)]
mod tests;

pub use adaptation::TransferMessage;

pub(super) use adaptation::probe;
pub(super) use dialogues::Dialogues;
pub(super) use signalling::on_event;

/// What this protocol's state machine works with: beside what all share, what its connections share.
pub(super) type Context<'a> = super::context::Context<'a, Dialogues>;
