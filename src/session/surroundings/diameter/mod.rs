//! Diameter (RFC 6733) as far as it concerns MMS and the sessions of phones: charging (Ro, Rf), policy and credit of
//! sessions (Gx, Gy), routing (MM10).

mod avp;
mod values;

pub use values::{ChargedAddress, ChargedMessage, MessageProcess, MessageType};
