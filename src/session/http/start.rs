//! The start line of a message (RFC 9112 sections 3 and 4).

use std::borrow::Cow;

use memchr::memchr2;

use super::fields::text;

/// What a message starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A request line.
    Request(Method),
    /// A status line.
    Status(u16),
}

/// A request's method, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Connect,
    Other,
}

impl Method {
    /// The method of this name, in either case.
    fn named(name: &[u8]) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("GET") {
            Self::Get
        } else if is("POST") {
            Self::Post
        } else if is("HEAD") {
            Self::Head
        } else if is("CONNECT") {
            Self::Connect
        } else {
            Self::Other
        }
    }
}

/// A status line, or a request line with or without version.
#[derive(Debug)]
pub(super) struct StartLine<'a> {
    pub(super) start: Start,
    /// What a request asks for.
    target: Option<Cow<'a, str>>,
    /// The reason phrase of a status line; empty where it has none.
    reason: &'a [u8],
}

impl<'a> StartLine<'a> {
    /// Reads a line; `None` where it is neither.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let (first, rest) = word(line)?;
        let (second, after) = word(rest)?;
        if first.starts_with(b"HTTP/") {
            let status = std::str::from_utf8(second).ok()?.parse().ok()?;
            return Some(Self {
                start: Start::Status(status),
                target: None,
                reason: after,
            });
        }
        Some(Self {
            start: Start::Request(Method::named(first.trim_ascii())),
            target: Some(text(second)),
            reason: &[],
        })
    }

    /// Whether it is a request line with an absolute URL, as towards a proxy.
    pub(super) fn is_absolute(&self) -> bool {
        let target = self.target.as_deref().unwrap_or_default();
        !target.starts_with('/') && target.contains("://")
    }

    /// The reason phrase; none where it is missing or blank.
    pub(super) fn reason(&self) -> Option<Cow<'a, str>> {
        Some(text(self.reason)).filter(|reason| !reason.is_empty())
    }

    /// In pieces, the absolute-form target as it is; else `http://`, Host and path; else the path.
    pub(super) fn url<'s>(&'s self, host: Option<&'s str>) -> Option<[&'s str; 3]> {
        let target = self.target.as_deref()?;
        Some(match host {
            Some(host) if !host.is_empty() && target.starts_with('/') => ["http://", host, target],
            _ => ["", "", target],
        })
    }
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

    #[test]
    fn methods_in_either_case() {
        for (line, method) in [
            ("get / HTTP/1.1", Method::Get),
            ("POST /", Method::Post),
            ("Head /", Method::Head),
            ("CONNECT a:1", Method::Connect),
            ("PUT /", Method::Other),
        ] {
            let start = StartLine::read(line.as_bytes()).unwrap().start;
            assert_eq!(start, Start::Request(method), "{line}");
        }
    }

    #[test]
    fn words_may_stand_apart() {
        let line = StartLine::read(b" \tGET  \t /x").unwrap();
        assert_eq!(line.url(Some("h")), Some(["http://", "h", "/x"]));
        assert_eq!(
            StartLine::read(b"HTTP/1.1  404 ").unwrap().start,
            Start::Status(404)
        );
        let reason = |line: &'static str| StartLine::read(line.as_bytes()).unwrap().reason();
        assert_eq!(reason("HTTP/1.1 404  Not here "), Some("Not here".into()));
        assert_eq!((reason("HTTP/1.1 404 "), reason("GET / HTTP/1.1")), (None, None));
        for line in ["", " ", "GET", "GET ", "HTTP/1.1 x"] {
            assert!(StartLine::read(line.as_bytes()).is_none(), "{line}");
        }
    }
}
