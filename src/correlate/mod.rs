//! From exchanges and PDUs to messages: legs, links, verdicts.

mod from_mms;
mod record;

pub use record::{ExpiryValue, PartRecord, PduRecord, Sender, StatusEntry};
