//! A PDU of any interface.

use std::borrow::Cow;

use super::{Decoded, Field, Mail, Part, PduAnomaly, PduType, Soap, Textual, version};

/// A decoded PDU. Borrows from the octets it was decoded from.
#[derive(Debug)]
pub enum Pdu<'a> {
    /// Of MM1, and what EAIF carries.
    Mm1(Decoded<'a>),
    /// Of MM4 and MM3.
    Mail(Mail<'a>),
    /// Of MM7.
    Soap(Soap<'a>),
}

impl<'a> Pdu<'a> {
    /// Its type; none where no header says it.
    pub fn pdu_type(&self) -> Option<PduType> {
        match self {
            Self::Mm1(pdu) => pdu.message_type.map(PduType::Mm1),
            Self::Mail(mail) => Some(mail.kind.into()),
            Self::Soap(soap) => Some(PduType::Mm7(soap.pdu)),
        }
    }

    /// The version that it says it is of.
    pub fn version(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Mm1(pdu) => pdu.version().map(|(major, minor)| version(major, minor).into()),
            Self::Mail(mail) => mail.version().map(Cow::Borrowed),
            Self::Soap(soap) => soap.version().map(Cow::Borrowed),
        }
    }

    /// The transaction id, as it is written.
    pub fn transaction_id(&self) -> Option<&str> {
        match self {
            Self::Mm1(pdu) => pdu.text(Field::TRANSACTION_ID),
            Self::Mail(mail) => mail.transaction_id(),
            Self::Soap(soap) => soap.transaction_id(),
        }
    }

    /// The message id, as it is written.
    pub fn message_id(&self) -> Option<&str> {
        match self {
            Self::Mm1(pdu) => pdu.text(Field::MESSAGE_ID),
            Self::Mail(mail) => mail.message_id(),
            Self::Soap(soap) => soap.message_id(),
        }
    }

    /// Whether it shows by itself that it is one; see `Mail::is_mms`.
    pub const fn is_mms(&self) -> bool {
        match self {
            Self::Mm1(_) | Self::Soap(_) => true,
            Self::Mail(mail) => mail.is_mms,
        }
    }

    /// As a PDU of MM1.
    pub const fn as_mm1(&self) -> Option<&Decoded<'a>> {
        match self {
            Self::Mm1(pdu) => Some(pdu),
            Self::Mail(_) | Self::Soap(_) => None,
        }
    }

    /// What it has as a PDU that is written as text.
    pub const fn as_text(&self) -> Option<&Textual<'a>> {
        match self {
            Self::Mm1(_) => None,
            Self::Mail(mail) => Some(&mail.text),
            Self::Soap(soap) => Some(&soap.text),
        }
    }

    /// The body, which is the root of the tree of its parts.
    pub const fn body(&self) -> Option<&Part<'a>> {
        match self {
            Self::Mm1(pdu) => pdu.body.as_ref(),
            Self::Mail(Mail { text, .. }) | Self::Soap(Soap { text, .. }) => text.body.as_ref(),
        }
    }

    /// The body's leaves, depth first; a body that is no multipart is one.
    pub fn leaves(&self) -> Vec<&Part<'a>> {
        match self {
            Self::Soap(soap) => soap.leaves(),
            Self::Mm1(_) | Self::Mail(_) => self.body().map(Part::leaves).unwrap_or_default(),
        }
    }

    /// All its octets.
    pub const fn bytes(&self) -> &'a [u8] {
        match self {
            Self::Mm1(pdu) => pdu.bytes,
            Self::Mail(Mail { text, .. }) | Self::Soap(Soap { text, .. }) => text.bytes,
        }
    }

    /// Whether all its octets are there.
    pub const fn is_complete(&self) -> bool {
        match self {
            Self::Mm1(pdu) => pdu.complete,
            Self::Mail(Mail { text, .. }) | Self::Soap(Soap { text, .. }) => text.complete,
        }
    }

    /// Whether one of its anomalies makes it malformed.
    pub const fn is_malformed(&self) -> bool {
        match self {
            Self::Mm1(pdu) => pdu.malformed,
            Self::Mail(Mail { text, .. }) | Self::Soap(Soap { text, .. }) => text.malformed,
        }
    }

    /// What is odd about it, in the order in which it was found.
    pub fn anomalies(&self) -> &[PduAnomaly] {
        match self {
            Self::Mm1(pdu) => &pdu.anomalies,
            Self::Mail(Mail { text, .. }) | Self::Soap(Soap { text, .. }) => &text.anomalies,
        }
    }

    /// How many more anomalies there are.
    pub const fn more_anomalies(&self) -> u64 {
        match self {
            Self::Mm1(pdu) => pdu.more_anomalies,
            Self::Mail(Mail { text, .. }) | Self::Soap(Soap { text, .. }) => text.more_anomalies,
        }
    }

    /// In words, what makes it malformed: the first such anomaly.
    pub fn malformed_detail(&self) -> Option<String> {
        let anomaly = self
            .anomalies()
            .iter()
            .find(|anomaly| anomaly.kind.makes_malformed())?;
        Some(anomaly.to_string())
    }
}
