//! SOAP in a file of its own: an envelope, or a package with or without header fields before it, as somebody saved it
//! out of a log or a capture.

use super::{Soap, decode};
use crate::{
    codec::{mime::name_and_value, soap::begins_like_xml},
    mms::Limits,
};

/// Octets in which the header fields have to end.
const HEADER_OCTETS: usize = 64 * 1024;

/// The message in a file; none where it holds none of MM7.
pub fn decode_file(octets: &[u8], limits: Limits) -> Option<Soap<'_>> {
    let start = octets.trim_ascii_start();
    if begins_like_xml(octets) {
        return decode(octets, "", true, limits);
    }
    if start.starts_with(b"--") {
        return decode(start, "multipart/related", true, limits);
    }
    let (content_type, body) = behind_fields(octets)?;
    decode(body, &content_type, true, limits)
}

/// The content type in header fields of MIME or HTTP, and what lies behind the empty line.
fn behind_fields(octets: &[u8]) -> Option<(String, &[u8])> {
    let mut content_type = None;
    let mut at = 0_usize;
    while at < octets.len().min(HEADER_OCTETS) {
        let rest = octets.get(at..)?;
        let field = rest.get(..field_length(rest))?;
        at = at.saturating_add(field.len());
        if field.trim_ascii().is_empty() {
            return Some((content_type?, octets.get(at..)?));
        }
        let (name, value) = name_and_value(field);
        if name.eq_ignore_ascii_case("content-type") {
            content_type = Some(value.into_owned());
        }
    }
    None
}

/// Octets of a line with those that continue it (RFC 5322 section 2.2.3), or of an empty line.
fn field_length(octets: &[u8]) -> usize {
    let mut length = 0_usize;
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let is_empty = line.trim_ascii().is_empty();
        let continues = matches!(line.first(), Some(b' ' | b'\t')) && !is_empty;
        if length > 0 && !continues {
            break;
        }
        length = length.saturating_add(line.len());
        if is_empty {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mms::Mm7Type;

    const ENVELOPE: &str =
        "<Envelope><Body><CancelReq><MessageID>m</MessageID></CancelReq></Body></Envelope>";

    #[test]
    fn an_envelope_is_found_however_it_was_saved() {
        let package = format!("--b\r\nContent-Type: text/xml\r\n\r\n{ENVELOPE}\r\n--b--\r\n");
        for file in [
            ENVELOPE.to_owned(),
            format!("\r\n {ENVELOPE}\n"),
            package.clone(),
            format!("Content-Type: multipart/related;\r\n boundary=b\r\n\r\n{package}"),
            format!("POST /mm7 HTTP/1.1\nSOAPAction: \"\"\ncontent-type: text/xml\n\n{ENVELOPE}"),
        ] {
            let soap = decode_file(file.as_bytes(), Limits::default()).unwrap();
            assert_eq!((soap.pdu, soap.message_id()), (Mm7Type::CancelReq, Some("m")));
        }
        for file in ["", "\n", "<html/>", "A: b\n\nc", "--", "\u{8c}"] {
            assert!(
                decode_file(file.as_bytes(), Limits::default()).is_none(),
                "{file}"
            );
        }
    }
}
