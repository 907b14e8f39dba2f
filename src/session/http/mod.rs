//! HTTP as it is in the field: what its messages mean (RFC 9110), apart from their form on the wire.
//!
//! Requests are paired with their answers. Bodies that cannot be an MMS PDU are skipped without being copied; the others
//! are gathered until they are whole or never will be.

mod connection;
mod h1;
mod h2;
mod semantics;
#[cfg(test)]
mod tests;

pub(super) use connection::Connection;
pub(super) use h1::probe;
pub(crate) use h1::{Asked, KeptContent, MessageSink, Messages, WholeMessage};
pub(crate) use h2::HeaderDecoder;
pub(super) use h2::{INSIDE_OCTETS, probe as probe_http2, probe_inside};
pub(super) use semantics::{PartialEntities, SubscriberField};

/// What this protocol's state machine works with: beside what all share, what its connections share.
type Context<'a> = super::context::Context<'a, PartialEntities>;
