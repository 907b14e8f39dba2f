//! The start line of a message (RFC 9112 sections 3 and 4).

use memchr::memchr2;

use crate::session::http::semantics::{ControlData, Method, Scheme, text};

/// Reads a status line, or a request line with or without version; `None` where the line is neither.
pub(super) fn read(line: &[u8]) -> Option<ControlData<'_>> {
    let (first, rest) = word(line)?;
    let (second, after) = word(rest)?;
    if first.starts_with(b"HTTP/") {
        let status = Some(std::str::from_utf8(second).ok()?.parse().ok()?);
        let reason = text(after);
        return Some(ControlData::Response { status, reason });
    }
    Some(ControlData::Request {
        method: Method::named(first.trim_ascii()),
        scheme: Scheme::Http,
        target: text(second),
    })
}

/// The first word of a line, and what follows it.
fn word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = line.iter().position(|octet| !matches!(octet, b' ' | b'\t'))?;
    let line = line.get(start..)?;
    let end = memchr2(b' ', b'\t', line).unwrap_or(line.len());
    line.split_at_checked(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn request(method: Method, target: &'static str) -> Option<ControlData<'static>> {
        let target = Cow::Borrowed(target);
        let scheme = Scheme::Http;
        Some(ControlData::Request {
            method,
            scheme,
            target,
        })
    }

    fn response(status: u16, reason: &'static str) -> Option<ControlData<'static>> {
        let status = Some(status);
        let reason = Cow::Borrowed(reason);
        Some(ControlData::Response { status, reason })
    }

    #[test]
    fn words_may_stand_apart() {
        assert_eq!(read(b" \tGET  \t /x"), request(Method::Get, "/x"));
        assert_eq!(read(b"POST / HTTP/1.1"), request(Method::Post, "/"));
        assert_eq!(read(b"HTTP/1.1  404 "), response(404, ""));
        assert_eq!(read(b"HTTP/1.1 404  Not here "), response(404, "Not here"));
        for line in ["", " ", "GET", "GET ", "HTTP/1.1 x"] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }
}
