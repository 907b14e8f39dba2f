//! From exchanges and PDUs to messages: legs, links, verdicts.

mod record;

pub use record::{ExpiryValue, PartRecord, PduRecord, Sender, StatusEntry};
