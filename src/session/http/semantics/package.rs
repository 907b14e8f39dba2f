//! Where MM7 may be in a multipart: SOAP with attachments (W3C Note of December 2000, 3GPP TS 23.140 section 8.7.9).

use std::borrow::Cow;

use super::texts::Texts;
use crate::codec::{
    mime::{self, BodyPart},
    soap::{self, Look, TELLING_OCTETS, begins_like_xml},
    transfer,
};

/// Parts that are looked at. The envelope is the first, or stands behind the content.
const PARTS: usize = 64;

/// Whether a media type is one of XML (RFC 7303).
pub(super) fn is_xml_type(kind: &str) -> bool {
    kind.ends_with("/xml") || kind.ends_with("+xml")
}

/// What the octets of a multipart tell, of which these texts are said; `whole` if there are no more.
pub(super) fn look(octets: &[u8], texts: &Texts, whole: bool) -> Look {
    let boundary = texts.boundary().unwrap_or_default();
    let split = mime::split(octets, boundary, PARTS);
    let last = split.parts.len().saturating_sub(1);
    let mut looks = split.parts.iter().enumerate().map(|(index, part)| {
        let is_whole = whole || split.closed || index < last;
        in_part(part, is_whole)
    });
    let told = looks.find(|look| *look != Look::Foreign);
    // Where the type says that there is an envelope, some systems send the content before it.
    let announced = texts
        .parameter("type")
        .is_some_and(|kind| is_xml_type(&kind.to_ascii_lowercase()));
    match told {
        Some(told) => told,
        None if announced && !whole && !split.closed => Look::Undecided,
        None => Look::Foreign,
    }
}

fn in_part(part: &BodyPart<'_>, whole: bool) -> Look {
    let start = part.content.get(..TELLING_OCTETS).unwrap_or(part.content);
    let coding = part.field(&["Content-Transfer-Encoding"]).unwrap_or_default();
    let start = match coding.eq_ignore_ascii_case("base64") {
        true => Cow::Owned(transfer::base64(start)),
        false => Cow::Borrowed(start),
    };
    match begins_like_xml(&start) {
        true => soap::look(&start, whole),
        false => Look::Foreign,
    }
}
