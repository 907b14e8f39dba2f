//! MMS PDUs: those of MM1 (OMA MMS Encapsulation 1.0–1.3) as the header block that lies there, the typed values, the parts;
//! those of MM4 and MM3, which are mail; those of MM7, which are SOAP.
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
mod mail;
mod mime;
mod named_fields;
mod part;
mod pdu;
mod profile;
mod soap;
#[cfg(test)]
mod tests;
mod textual;
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
pub use mail::{Mail, MailKind, decode as decode_mail};
pub use named_fields::{tell_fields, tell_header};
pub use part::{Content, MMS_MESSAGE, Multipart, Part};
pub use pdu::Pdu;
pub use profile::Profile;
pub use soap::{Soap, StatusCode, decode as decode_soap, decode_file as decode_soap_file};
pub use textual::{TextField, Textual};
pub use types::{MailType, MessageType, Mm4Type, Mm7Type, PduType};

/// A header of a part.
pub use crate::codec::wsp_headers::WspHeader as PartHeader;
