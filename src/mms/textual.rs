//! A PDU that is written as text, a mail or an envelope of SOAP: its fields by name, its parts, and what is wrong with it.

use std::borrow::Cow;

use super::{Part, PduAnomaly, PduAnomalyKind};

/// A field with a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextField<'a> {
    /// The name as it is written; of an element of MM7 its path below the message.
    pub name: Cow<'a, str>,
    /// What it says: unfolded and decoded.
    pub value: Cow<'a, str>,
    /// Where it starts, in octets from the start of the PDU.
    pub offset: usize,
    /// Its octets; none where it stands beside the PDU, as an envelope does, or in another encoding.
    pub raw: &'a [u8],
}

/// What the decoders of mail and of SOAP give alike. Borrows from the octets it was decoded from.
#[derive(Debug, Default)]
pub struct Textual<'a> {
    /// The fields in order.
    pub fields: Vec<TextField<'a>>,
    /// The body, which is the root of the tree of its parts; none where there is none.
    pub body: Option<Part<'a>>,
    /// All octets.
    pub bytes: &'a [u8],
    /// Whether all octets are there.
    pub complete: bool,
    /// Whether one of the anomalies makes it malformed.
    pub malformed: bool,
    /// What is odd about it, in the order in which it was found.
    pub anomalies: Vec<PduAnomaly>,
    /// How many more anomalies there are.
    pub more_anomalies: u64,
}

impl<'a> Textual<'a> {
    /// Whether a limit left fields or parts of it unread.
    pub fn is_over_limit(&self) -> bool {
        let mut kinds = self.anomalies.iter().map(|anomaly| anomaly.kind);
        kinds.any(|kind| {
            matches!(
                kind,
                PduAnomalyKind::HeadersOverLimit
                    | PduAnomalyKind::PartsOverLimit
                    | PduAnomalyKind::XmlOverLimit
            )
        })
    }

    /// The value of the first field of a name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of the fields of a name, in any case, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| field.value.as_ref())
    }

    /// The body's leaves, depth first; a body that is no multipart is one.
    pub fn leaves(&self) -> Vec<&Part<'a>> {
        self.body.as_ref().map(Part::leaves).unwrap_or_default()
    }
}
