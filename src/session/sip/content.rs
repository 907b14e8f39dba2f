//! The relay message in a SIP body: alone, or a part of a multipart (RFC 5621; TS 24.341 section 5).

use std::borrow::Cow;

use super::message::{field, head_length};
use crate::codec::transfer;

/// The media type of a relay message.
const SHORT_MESSAGE: &str = "application/vnd.3gpp.sms";

/// Multiparts nested in each other that are looked into: the usual is one.
const DEPTH: usize = 3;

/// The octets of the relay message in a body of this content type, its transfer encoding undone.
pub(super) fn relay_message<'a>(
    content_type: &str,
    transfer_encoding: Option<&str>,
    body: &'a [u8],
) -> Option<Cow<'a, [u8]>> {
    within(content_type, transfer_encoding, body, DEPTH)
}

fn within<'a>(
    content_type: &str,
    transfer_encoding: Option<&str>,
    body: &'a [u8],
    depth: usize,
) -> Option<Cow<'a, [u8]>> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(SHORT_MESSAGE) {
        let is_base64 = transfer_encoding.is_some_and(|name| name.trim().eq_ignore_ascii_case("base64"));
        return Some(match is_base64 {
            true => Cow::Owned(transfer::base64(body)),
            false => Cow::Borrowed(body),
        });
    }
    let is_multipart = essence
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("multipart/"));
    if !is_multipart || depth == 0 {
        return None;
    }
    let boundary = boundary(content_type)?;
    let delimiter = [b"--", boundary.as_bytes()].concat();
    parts(body, &delimiter).find_map(|part| {
        let head = head_length(part, 0)?;
        let (fields, content) = part.split_at_checked(head)?;
        let content_type = field(fields, |name| {
            name.eq_ignore_ascii_case(b"content-type") || name.eq_ignore_ascii_case(b"c")
        })?;
        let transfer_encoding = field(fields, |name| {
            name.eq_ignore_ascii_case(b"content-transfer-encoding")
        });
        within(&content_type, transfer_encoding.as_deref(), content, depth - 1)
    })
}

/// The boundary parameter.
fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1).map(str::trim);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value)
    })?;
    let boundary = value.trim().trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

/// What lies between delimiters, without the line ends that belong to them.
fn parts<'a, 'd>(body: &'a [u8], delimiter: &'d [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a, 'd> {
    let mut rest = after(body, delimiter);
    std::iter::from_fn(move || {
        let part = rest?;
        if part.starts_with(b"--") {
            return None;
        }
        let end = find(part, delimiter);
        rest = end.and_then(|end| part.get(end.saturating_add(delimiter.len())..));
        let part = part.get(..end.unwrap_or(part.len()))?;
        let part = part
            .strip_suffix(b"\r\n")
            .or(part.strip_suffix(b"\n"))
            .unwrap_or(part);
        // The line end after the delimiter stays where there are no fields: the head is then empty.
        Some(
            part.strip_prefix(b"\r\n")
                .or(part.strip_prefix(b"\n"))
                .unwrap_or(part),
        )
    })
}

fn after<'a>(octets: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    octets.get(find(octets, pattern)?.saturating_add(pattern.len())..)
}

fn find(octets: &[u8], pattern: &[u8]) -> Option<usize> {
    octets.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alone_or_in_a_multipart() {
        let rp = b"\x02\x0a\r\n--not the end";
        let read = |content_type, body| relay_message(content_type, None, body).map(Cow::into_owned);
        assert_eq!(read("Application/vnd.3gpp.SMS", rp).unwrap(), rp);
        assert_eq!(read("text/plain", rp), None);
        let body = b"--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nc: application/vnd.3gpp.sms\r\nContent-Transfer-Encoding: binary\r\n\r\n\x02\x0a\x00\r\n--b1--\r\n";
        assert_eq!(
            read("multipart/mixed; boundary=\"b1\"", body).unwrap(),
            b"\x02\x0a\x00"
        );
        assert_eq!(read("multipart/mixed; boundary=other", body), None);
        let encoded = relay_message("application/vnd.3gpp.sms", Some("base64"), b"AgoA");
        assert_eq!(encoded.unwrap().as_ref(), b"\x02\x0a\x00");
    }
}
