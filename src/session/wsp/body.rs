//! Which WSP entities may be MMS PDUs, and how they are handed on.

use std::borrow::Cow;

use super::entity::Entity;
use crate::session::{Body, BodyEnd};

/// The media type of an MMS PDU.
const MMS_MESSAGE: &str = "application/vnd.wap.mms-message";

/// Code of Content-Length in the default page.
const CONTENT_LENGTH: u8 = 0x0D;

/// Whether octets begin like an MMS PDU: X-Mms-Message-Type with an assigned value, then the transaction id or
/// the version (OMA-TS-MMS_ENC section 7.1).
pub(in crate::session) fn looks_like_mms(octets: &[u8]) -> bool {
    matches!(octets, [0x8C, 0x80..=0x97, 0x98 | 0x8D, ..])
}

/// Whether a body may be an MMS PDU, by what it is called or by how it begins. A wildcard type says nothing.
pub(crate) fn may_be_mms(content_type: Option<&str>, octets: &[u8]) -> bool {
    matches!(content_type, Some(MMS_MESSAGE | "*/*")) || looks_like_mms(octets)
}

/// An entity's body with the text that its media type is lent from.
pub(in crate::session) struct OwnedBody<'a> {
    content_type: Option<Cow<'static, str>>,
    octets: &'a [u8],
    length: u64,
    interesting: bool,
    end: BodyEnd,
}

impl<'a> OwnedBody<'a> {
    /// The body of `entity`, which ended as `end` says.
    pub(in crate::session) fn new(entity: &Entity<'a>, end: BodyEnd) -> Self {
        let content_type = entity.essence();
        let interesting = may_be_mms(content_type.as_deref(), entity.data);
        let there = u64::try_from(entity.data.len()).unwrap_or(u64::MAX);
        let announced = match end {
            BodyEnd::Whole => None,
            _ => announced_length(entity),
        };
        Self {
            content_type,
            octets: entity.data,
            length: announced.map_or(there, |announced| announced.max(there)),
            interesting,
            end,
        }
    }

    /// Whether it may be an MMS PDU.
    pub(in crate::session) const fn may_be_mms(&self) -> bool {
        self.interesting
    }

    /// The body as it is handed on.
    pub(in crate::session) fn as_body(&self) -> Body<'_> {
        Body {
            content_type: self.content_type.as_deref(),
            parameters: None,
            bytes: if self.interesting { self.octets } else { &[] },
            length: self.length,
            end: self.end,
        }
    }
}

fn announced_length(entity: &Entity<'_>) -> Option<u64> {
    let mut headers = entity.headers.clone().map_while(Result::ok);
    headers
        .find(|header| header.is(CONTENT_LENGTH))
        .and_then(|header| header.value.integer())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_taken_for_mms_by_its_type_or_by_its_first_octets() {
        assert!(may_be_mms(Some(MMS_MESSAGE), b""));
        assert!(may_be_mms(Some("text/plain"), &[0x8C, 0x82, 0x98, b'x']));
        assert!(may_be_mms(Some("*/*"), b"x"));
        assert!(!may_be_mms(Some("text/plain"), &[0x8C, 0x98, 0x98]));
        assert!(!may_be_mms(None, b"Received"));
    }
}
