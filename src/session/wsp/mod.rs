//! WSP (WAP-203, WAP-230): its PDUs, header blocks and values, and its connectionless use.

mod addresses;
mod body;
mod connectionless;
mod entity;
mod exchange;
mod header;
mod known_sessions;
mod names;
mod pdu;
mod printable;
mod probe;
mod value;

pub use entity::Entity;
pub(crate) use entity::MediaType;
pub(crate) use header::{HeaderName, Headers};
pub use pdu::{Completeness, Pdu};
pub use value::WspError;
pub(crate) use value::{length, uintvar};

pub(crate) use body::may_be_mms;
pub(super) use body::{OwnedBody, looks_like_mms};
pub(super) use connectionless::Connection;
pub(super) use exchange::{Carriage, ClientFacts, request, response};
pub(super) use known_sessions::KnownSessions;
pub(super) use probe::{has_port, is_connectionless, plausible, probe};

/// What this protocol's state machine works with: beside what all share, what its connections share.
pub(super) type Context<'a> = super::context::Context<'a, KnownSessions>;
