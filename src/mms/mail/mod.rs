//! Mail (RFC 5322, RFC 2045): the PDUs of MM4 (3GPP TS 23.140 section 8.4) and messages and reports of MM3.
//!
//! The fields and parts are taken apart by [`crate::codec::mime`], as those of textual multiparts in MM1 are: digests are
//! of the octets of a part, which a mail library hands out as text.

use std::ops::Range;

mod decode;
mod fields;

pub use decode::decode;

use super::{MailType, Mm4Type, PduType, Textual};

/// What a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// A PDU of MM4.
    Mm4(Mm4Type),
    /// A message or report of MM3.
    Mm3(MailType),
}

impl From<MailKind> for PduType {
    fn from(kind: MailKind) -> Self {
        match kind {
            MailKind::Mm4(pdu) => Self::Mm4(pdu),
            MailKind::Mm3(pdu) => Self::Mail(pdu),
        }
    }
}

/// A decoded mail.
#[derive(Debug)]
pub struct Mail<'a> {
    /// What it is.
    pub kind: MailKind,
    /// Its envelope as fields, where there is one, its header fields, of a report those of the report, and its parts.
    pub text: Textual<'a>,
    /// Whether it shows by itself that it is of a message: by a field of MMS, or by the number of a phone. Another one
    /// may be of a message that it names or holds.
    pub is_mms: bool,
    /// Whether its octets end within its header.
    pub header_is_cut: bool,
    /// Whether the type of a PDU of MM4 may be among what is missing of its header: others of its fields are there, or it goes to
    /// a phone or an MMSC.
    pub may_be_mm4: bool,
    /// Of a report, which of the fields are about one recipient: a range for each (RFC 3464 section 2.3, RFC 8098 section 3.1).
    pub recipients: Vec<Range<usize>>,
    /// Of a report, the PDU of MM4 whose header it returns.
    pub returned: Option<ReturnedPdu>,
}

/// A PDU of MM4 that a mail server could not deliver, or did, as the header says that its report returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedPdu {
    /// Which.
    pub pdu: Mm4Type,
    /// Its X-Mms-Message-ID.
    pub message_id: Option<String>,
}

impl Mail<'_> {
    /// What a report says of a recipient, by its place among those that it tells of, in the first field of a name.
    pub fn told(&self, recipient: usize, name: &str) -> Option<&str> {
        let own = self.text.fields.get(self.recipients.get(recipient)?.clone())?;
        let mut named = own.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        named.next().map(|field| field.value.as_ref())
    }

    /// The version of the MMS specifications that it is of.
    pub fn version(&self) -> Option<&str> {
        let standard = self.text.field("X-Mms-3GPP-MMS-Version");
        standard.or_else(|| self.text.field("X-Mms-MMS-Version"))
    }

    /// X-Mms-Transaction-ID.
    pub fn transaction_id(&self) -> Option<&str> {
        self.text.field("X-Mms-Transaction-ID")
    }

    /// Of MM4 X-Mms-Message-ID, else Message-ID.
    pub fn message_id(&self) -> Option<&str> {
        match self.kind {
            MailKind::Mm4(_) => self.text.field("X-Mms-Message-ID"),
            MailKind::Mm3(_) => self.text.field("Message-ID"),
        }
    }
}
