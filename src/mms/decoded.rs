//! A decoded PDU: its headers as typed values by name, its parts, and what is wrong with it.

use std::borrow::Cow;

use crate::codec::ContentType;

use super::{
    Coded, Field, FromValue, HeaderBlock, HeaderValue, MessageType, Part, PduAnomaly, PduAnomalyKind, Text,
    TimeValue,
};

/// A decoded PDU. Borrows from the octets it was decoded from.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// Its type; none where no header says it.
    pub message_type: Option<MessageType>,
    /// Its headers as they lie there.
    pub headers: HeaderBlock<'a>,
    /// Its body, which is the root of the tree of its parts; none without a Content-Type.
    pub body: Option<Part<'a>>,
    /// All its octets.
    pub bytes: &'a [u8],
    /// Where it starts in the octets that were decoded: 0, but for a PDU in a part of another.
    pub offset: usize,
    /// Whether all its octets are there.
    pub complete: bool,
    /// Whether one of its anomalies makes it malformed.
    pub malformed: bool,
    /// What is odd about it, in the order in which it was found.
    pub anomalies: Vec<PduAnomaly>,
    /// How many more anomalies there are.
    pub more_anomalies: u64,
}

impl<'a> Decoded<'a> {
    /// Whether a limit left headers or parts of it unread.
    pub fn is_over_limit(&self) -> bool {
        let mut kinds = self.anomalies.iter().map(|anomaly| anomaly.kind);
        self.headers.over_limit || kinds.any(|kind| kind == PduAnomalyKind::PartsOverLimit)
    }

    /// The first whole header of a field.
    pub fn header(&self, field: Field) -> Option<&HeaderValue<'a>> {
        self.headers.first(field)
    }

    /// The text of a field's first header.
    pub fn text(&self, field: Field) -> Option<&str> {
        self.header(field)?.as_text().map(|text| text.text.as_ref())
    }

    /// The texts of a field's headers, in order.
    pub fn texts(&self, field: Field) -> impl Iterator<Item = &Text<'a>> {
        self.headers.all(field).filter_map(HeaderValue::as_text)
    }

    /// The coded value of a field's first header.
    pub fn coded(&self, field: Field) -> Option<Coded> {
        self.header(field)?.as_coded()
    }

    /// A yes or no.
    pub fn flag(&self, field: Field) -> Option<bool> {
        self.coded(field)?.as_flag()
    }

    /// A number or date.
    pub fn integer(&self, field: Field) -> Option<u64> {
        self.header(field)?.as_integer()
    }

    /// A point in time.
    pub fn time(&self, field: Field) -> Option<TimeValue> {
        match self.header(field)? {
            HeaderValue::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// X-Mms-MMS-Version as (major, minor).
    pub fn version(&self) -> Option<(u8, u8)> {
        match self.header(Field::MMS_VERSION)? {
            HeaderValue::Version { major, minor } => Some((*major, *minor)),
            _ => None,
        }
    }

    /// From.
    pub fn from(&self) -> Option<&FromValue<'a>> {
        match self.header(Field::FROM)? {
            HeaderValue::From(from) => Some(from),
            _ => None,
        }
    }

    /// The value of a field that holds a code or a token: the code's name, the token, or the number of an unknown code.
    pub fn token(&self, field: Field) -> Option<Cow<'static, str>> {
        let value = self.header(field)?;
        if let Some(text) = value.as_text() {
            return Some(text.text.clone().into_owned().into());
        }
        let coded = value.as_coded()?;
        Some(
            coded
                .name()
                .map_or_else(|| format!("{:#04x}", coded.code).into(), Cow::Borrowed),
        )
    }

    /// The body's content type.
    pub fn content_type(&self) -> Option<&ContentType<'a>> {
        self.body.as_ref().map(|body| &body.content_type)
    }

    /// The body's leaves, depth first; a body that is no multipart is one.
    pub fn leaves(&self) -> Vec<&Part<'a>> {
        self.body.as_ref().map(Part::leaves).unwrap_or_default()
    }

    /// The PDUs in its parts, depth first: the descriptions of m-mbox-view-conf.
    pub fn nested_pdus(&self) -> impl Iterator<Item = &Decoded<'a>> {
        self.leaves().into_iter().filter_map(|leaf| match &leaf.content {
            super::Content::Pdu(decoded) => Some(decoded.as_ref()),
            _ => None,
        })
    }

    /// In words, what makes it malformed: the first such anomaly.
    pub fn malformed_detail(&self) -> Option<String> {
        let anomaly = self
            .anomalies
            .iter()
            .find(|anomaly| anomaly.kind.makes_malformed())?;
        Some(anomaly.to_string())
    }
}
