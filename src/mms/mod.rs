//! MMS PDUs (OMA MMS Encapsulation 1.0–1.3): the header block as it lies there, the typed values, the parts.
//!
//! [`decode()`] never fails. It frames each header first and looks into it afterwards, so that a value that cannot be
//! understood costs nothing but itself; what is odd comes out as [`PduAnomaly`], and
//! [`PduAnomalyKind::makes_malformed`] is the list of what makes a PDU malformed.

mod anomaly;
mod block;
mod body;
mod coded;
mod decode;
mod decoded;
mod display;
mod field;
mod header;
mod limits;
mod mime;
mod named_fields;
mod part;
mod profile;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use anomaly::{PduAnomaly, PduAnomalyKind};
pub use coded::{Coded, Codes};
pub use decode::{decode, decode_within};
pub use decoded::Decoded;
pub use display::{INSERT_ADDRESS, date, version};
pub use field::{Coding, Field};
pub use header::{FromValue, Header, HeaderBlock, HeaderName, HeaderValue, Text, TimeValue};
pub use limits::Limits;
#[cfg(test)]
use limits::{MAX_HEADERS, MAX_PARTS};
pub use named_fields::tell_fields;
pub use part::{Content, MMS_MESSAGE, Multipart, Part};
pub use profile::Profile;
pub use types::MessageType;

/// A header of a part.
pub use crate::codec::wsp_headers::WspHeader as PartHeader;
