//! What tells SOAP that carries MM7 (3GPP TS 23.140 section 8.7) or STI (OMA-TS-STI) from other XML, by its tags alone and without
//! reading more than it takes: the envelope first, then its body, then the name of a message.

use std::borrow::Cow;

use memchr::memchr;

/// The elements that are a message of MM7. Only these names count: prefixes and namespaces differ between releases
/// and systems, and some systems end an answer in `Res`.
const MESSAGES: [&str; 18] = [
    "SubmitReq",
    "SubmitRsp",
    "DeliverReq",
    "DeliverRsp",
    "DeliveryReportReq",
    "DeliveryReportRsp",
    "ReadReplyReq",
    "ReadReplyRsp",
    "CancelReq",
    "CancelRsp",
    "ReplaceReq",
    "ReplaceRsp",
    "extendedCancelReq",
    "extendedCancelRsp",
    "extendedReplaceReq",
    "extendedReplaceRsp",
    "RSErrorRsp",
    "VASPErrorRsp",
];

/// Octets of a document in which the name of its message must begin. What comes before it is the header of SOAP, which
/// may hold signatures.
pub const TELLING_OCTETS: usize = 32 * 1024;

/// What the first octets of a document tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It holds a message of MM7.
    Message,
    /// It holds a request to a transcoder, or its answer (OMA-TS-STI).
    Transcoding,
    /// It is a fault of SOAP, which may hold any of these.
    Fault,
    /// It is something else.
    Foreign,
    /// More octets may tell.
    Undecided,
}

/// The standard's name of the element of MM7 that a local name means; none where it is no message.
pub fn message(local_name: &[u8]) -> Option<&'static str> {
    let (stem, answer) = match local_name.split_at_checked(local_name.len().saturating_sub(3)) {
        Some((stem, ending)) => (stem, ending.eq_ignore_ascii_case(b"res")),
        None => (local_name, false),
    };
    let is_meant = |name: &&'static str| {
        let name = name.as_bytes();
        name.eq_ignore_ascii_case(local_name)
            || answer
                && name
                    .strip_suffix(b"Rsp")
                    .is_some_and(|name| name.eq_ignore_ascii_case(stem))
    };
    MESSAGES.iter().copied().find(is_meant)
}

/// An element's or attribute's name without its prefix. Some senders double the colon.
pub fn local_name(name: &[u8]) -> &[u8] {
    name.rsplit(|octet| *octet == b':').next().unwrap_or(name)
}

/// Whether octets may be the first of an XML document, in any encoding that such are sent in: a byte order mark, or
/// blanks and a tag (XML 1.0 appendix F).
pub fn begins_like_xml(octets: &[u8]) -> bool {
    match octets {
        [0xef, 0xbb, ..] | [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, b'<', ..] => true,
        [0xef | 0xfe | 0xff | 0] => true,
        _ => octets
            .trim_ascii_start()
            .first()
            .is_none_or(|first| *first == b'<'),
    }
}

/// What the first octets of a document tell, whatever its encoding; `whole` if there are no more.
pub fn look(octets: &[u8], whole: bool) -> Look {
    let start = octets.get(..TELLING_OCTETS).unwrap_or(octets);
    let decided = walk(&narrowed(start));
    match decided {
        Look::Undecided if whole || octets.len() >= TELLING_OCTETS => Look::Foreign,
        decided => decided,
    }
}

/// The octets with those of UTF-16 made one for each character, as far as names need it.
fn narrowed(octets: &[u8]) -> Cow<'_, [u8]> {
    match octets {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, _, ..] | [_, 0, ..] => {
            octets.iter().copied().filter(|octet| *octet != 0).collect()
        }
        _ => octets.into(),
    }
}

/// How far the walk over the tags has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Document,
    Envelope,
    Body,
}

fn walk(octets: &[u8]) -> Look {
    let mut inside = Inside::Document;
    let mut rest = octets;
    while let Some(behind) = memchr(b'<', rest).and_then(|at| rest.get(at.saturating_add(1)..)) {
        rest = match behind {
            [b'!', b'-', b'-', comment @ ..] => match behind_comment(comment) {
                Some(behind) => behind,
                None => return Look::Undecided,
            },
            [b'!' | b'?' | b'/', behind @ ..] => behind,
            _ => {
                let Some(end) = behind.iter().position(|octet| is_name_end(*octet)) else {
                    return Look::Undecided;
                };
                let (name, behind) = behind.split_at_checked(end).unwrap_or((behind, &[]));
                match step(inside, local_name(name)) {
                    Ok(next) => inside = next,
                    Err(told) => return told,
                }
                behind
            }
        };
    }
    Look::Undecided
}

/// Where a start tag leads, or what it tells.
fn step(inside: Inside, name: &[u8]) -> Result<Inside, Look> {
    match inside {
        Inside::Document if name == b"Envelope" => Ok(Inside::Envelope),
        Inside::Document => Err(Look::Foreign),
        Inside::Envelope if name == b"Body" => Ok(Inside::Body),
        Inside::Envelope => Ok(inside),
        Inside::Body if name == b"Fault" => Err(Look::Fault),
        Inside::Body if message(name).is_some() => Err(Look::Message),
        Inside::Body if matches!(name, b"TranscodingRequest" | b"TranscodingResponse") => {
            Err(Look::Transcoding)
        }
        Inside::Body => Err(Look::Foreign),
    }
}

fn is_name_end(octet: u8) -> bool {
    octet.is_ascii_whitespace() || matches!(octet, b'>' | b'/')
}

fn behind_comment(octets: &[u8]) -> Option<&[u8]> {
    let end = memchr::memmem::find(octets, b"-->")?;
    octets.get(end.saturating_add(3)..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(document: &str) -> Look {
        look(document.as_bytes(), true)
    }

    /// SOAP 1.1 section 4; the prefixes of 3GPP TS 23.140 section 8.7.9 and those that others write.
    #[test]
    fn the_first_element_of_the_body_tells() {
        for document in [
            "<env:Envelope><env:Header/><env:Body><mm7:SubmitReq>",
            "\u{feff}<?xml version='1.0'?>\n<Envelope><Body><SubmitReq xmlns='x'/>",
            "<!-- <a> --><S:Envelope><S:Body ><!-- <b> -->\n<ns1:DeliverRes>",
            "<Envelope><soap-env::Header><Security>MII</Security></soap-env::Header><Body><ExtendedCancelReq>",
        ] {
            assert_eq!(told(document), Look::Message, "{document}");
        }
        assert_eq!(told("<e:Envelope><e:Body><e:Fault><faultcode>"), Look::Fault);
        assert_eq!(
            told("<e:Envelope><e:Body><s:TranscodingRequest>"),
            Look::Transcoding
        );
        for document in [
            "<html><body><SubmitReq>",
            "<e:Envelope><e:Body><GetPrice><SubmitReq>",
            "<e:Envelope><e:Header><SubmitReq>",
            "<pap><push-message/></pap>",
            "",
        ] {
            assert_eq!(told(document), Look::Foreign, "{document}");
        }
    }

    #[test]
    fn sixteen_bit_text_is_looked_through() {
        let document = "<Envelope><Body><SubmitReq>";
        let big: Vec<u8> = document.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = document.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&[0xff, 0xfe], &little[..]].concat();
        for octets in [big, little, marked] {
            assert!(begins_like_xml(&octets));
            assert_eq!(look(&octets, true), Look::Message, "{octets:x?}");
        }
    }

    #[test]
    fn a_document_decides_as_soon_as_it_can() {
        let document = b"<Envelope><Header/><Body><mm7:SubmitReq >";
        let first = (0..=document.len()).find(|end| look(&document[..*end], false) != Look::Undecided);
        assert_eq!(first, Some(document.len() - 1));
        let long = [&b"<Envelope>"[..], &[b' '; TELLING_OCTETS]].concat();
        assert_eq!(look(&long, false), Look::Foreign);
    }

    #[test]
    fn answers_end_in_either_way_and_case_does_not_count() {
        assert_eq!(message(b"SubmitRes"), Some("SubmitRsp"));
        assert_eq!(message(b"rserrorres"), Some("RSErrorRsp"));
        assert_eq!(message(b"Re"), None);
        assert_eq!(message(b"SubmitReqs"), None);
        assert_eq!(local_name(b"soap-env::Header"), b"Header");
    }
}
