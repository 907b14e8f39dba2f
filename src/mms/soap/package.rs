//! SOAP with attachments (W3C Note of December 2000, as 3GPP TS 23.140 section 8.7.9 uses it): a multipart whose root
//! is the envelope, and the content that the envelope refers to in the other parts.

use std::borrow::Cow;

use crate::codec::{
    ContentType, Reader,
    soap::{Look, begins_like_xml, look},
    transfer::hexadecimal_pair,
};
use crate::mms::{
    Content, Multipart, Part,
    anomaly::{Notes, PduAnomalyKind as Kind},
    body::BodyReader,
    limits::Budget,
};

/// A body taken apart.
#[derive(Debug)]
pub(super) struct Package<'a> {
    /// The part that is the envelope: the body itself where it is no multipart.
    pub(super) root: Part<'a>,
    /// The multipart without the envelope.
    pub(super) rest: Option<Part<'a>>,
}

/// Takes a body apart; none where no part of it is an envelope that may hold MM7.
pub(super) fn open<'a>(
    content_type: ContentType<'a>,
    bytes: &'a [u8],
    whole: bool,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Option<Package<'a>> {
    let mut reader = BodyReader { notes, budget };
    let mut body = reader.read(content_type, Reader::new(bytes), whole, 0);
    let Content::Multipart(multipart) = &mut body.content else {
        return is_envelope(&body).then_some(Package {
            root: body,
            rest: None,
        });
    };
    let first_choice = start_index(&body.content_type, &multipart.parts);
    let parts = 0..multipart.parts.len();
    let mut choices = first_choice.into_iter().chain(parts);
    let index = choices.find(|index| multipart.parts.get(*index).is_some_and(is_envelope))?;
    let root = multipart.parts.remove(index);
    Some(Package {
        root,
        rest: (!multipart.parts.is_empty()).then_some(body),
    })
}

fn start_index(content_type: &ContentType<'_>, parts: &[Part<'_>]) -> Option<usize> {
    let start = content_type.text_parameter("start")?;
    parts.iter().position(|part| is_named(part, start))
}

fn is_named(part: &Part<'_>, name: &str) -> bool {
    let bare = |id: &str| id.trim_matches(['"', '<', '>', ' ']).to_owned();
    let name = bare(name);
    let names = [part.content_id(), part.content_location()];
    names.into_iter().flatten().any(|own| bare(own) == name)
}

fn is_envelope(part: &Part<'_>) -> bool {
    let document = part.content();
    begins_like_xml(document) && matches!(look(document, true), Look::Message | Look::Fault)
}

/// The content that an envelope refers to: the part of that name where it holds all of the content, else all parts
/// there are, which some systems put beside the envelope without a multipart around them.
pub(super) fn content<'a>(
    rest: Option<Part<'a>>,
    reference: Option<&str>,
    notes: &mut Notes,
) -> Option<Part<'a>> {
    let mut rest = rest;
    let parts = match rest.as_mut().map(|rest| &mut rest.content) {
        Some(Content::Multipart(Multipart { parts, .. })) => Some(parts),
        _ => None,
    };
    let named = reference.and_then(|reference| {
        let id = identifier(reference);
        parts.as_ref()?.iter().position(|part| is_named(part, &id))
    });
    if let Some(reference) = reference.filter(|_| named.is_none()) {
        notes.note(Kind::ContentMissing, Some("Content".into()), 0, || {
            reference.to_owned()
        });
    }
    let parts = parts?;
    let is_all = |part: &Part<'_>| !matches!(part.content, Content::Leaf);
    match named {
        Some(index) if parts.len() == 1 || parts.get(index).is_some_and(is_all) => {
            Some(parts.swap_remove(index))
        }
        None if parts.len() == 1 => parts.pop(),
        _ => rest,
    }
}

/// The identifier that a reference names: of `cid:` (RFC 2392) with its escapes undone, else the whole.
fn identifier(reference: &str) -> Cow<'_, str> {
    let reference = reference.trim();
    match reference.split_at_checked(4) {
        Some((scheme, id)) if scheme.eq_ignore_ascii_case("cid:") => unescaped(id),
        _ => reference.into(),
    }
}

fn unescaped(text: &str) -> Cow<'_, str> {
    let Some((before, _)) = text.split_once('%') else {
        return text.into();
    };
    let mut octets = before.as_bytes().to_vec();
    let mut rest = text.as_bytes().get(before.len()..).unwrap_or_default();
    while let [octet, behind @ ..] = rest {
        let escape = match rest {
            [b'%', high, low, behind @ ..] => hexadecimal_pair(*high, *low).zip(Some(behind)),
            _ => None,
        };
        let (octet, behind) = escape.unwrap_or((*octet, behind));
        octets.push(octet);
        rest = behind;
    }
    String::from_utf8_lossy(&octets).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_an_identifier() {
        assert_eq!(identifier(" CID:a%40b%2"), "a@b%2");
        assert_eq!(identifier("cid:<x>"), "<x>");
        assert_eq!(identifier("é:%41"), "é:%41");
    }
}
