//! MMS PDUs (OMA MMS Encapsulation 1.0–1.3): the header block as it lies there, the typed values, the parts.

mod types;

pub use types::MessageType;
