//! The relay message in a SIP body: alone, or a part of a multipart (RFC 5621; TS 24.341 section 5).

use std::borrow::Cow;

use crate::codec::{mime, transfer};

/// The media type of a relay message.
const SHORT_MESSAGE: &str = "application/vnd.3gpp.sms";

/// Multiparts nested in each other that are looked into: the usual is one.
const DEPTH: usize = 3;

/// Parts of one multipart that are read: a message carries few.
const PARTS: usize = 64;

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
    let split = mime::split(body, boundary(content_type)?, PARTS);
    split.parts.iter().find_map(|part| {
        let content_type = part.field(&["Content-Type", "c"])?;
        let transfer_encoding = part.field(&["Content-Transfer-Encoding"]);
        within(
            &content_type,
            transfer_encoding.as_deref(),
            part.content,
            depth - 1,
        )
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
