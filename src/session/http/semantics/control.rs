//! What a message says before its fields: what is asked for, or how it was answered (RFC 9110 section 6.2).

use std::borrow::Cow;

/// The control data of a message. In HTTP/1 it is the start line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session::http) enum ControlData<'a> {
    /// Of a request.
    Request {
        method: Method,
        scheme: Scheme,
        /// As it was sent: a path, an absolute URL, or another form (RFC 9110 section 7.1).
        target: Cow<'a, str>,
    },
    /// Of a response.
    Response {
        /// None where it could not be read.
        status: Option<u16>,
        /// Empty where there is none.
        reason: Cow<'a, str>,
    },
}

/// What of the control data decides how a message goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::http) enum Start {
    /// It is a request.
    Request(Method),
    /// It is a response with this status.
    Status(u16),
    /// It is a response whose status could not be read.
    UnreadStatus,
}

/// The scheme of a target that is no absolute URL (RFC 9110 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::http) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// What precedes the authority in a URL.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }
}

/// A request's method, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::http) enum Method {
    Get,
    Head,
    Post,
    Connect,
    Other,
}

impl Method {
    /// The method of this name, in either case.
    pub(in crate::session::http) fn named(name: &[u8]) -> Self {
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

impl ControlData<'_> {
    pub(super) fn start(&self) -> Start {
        match self {
            Self::Request { method, .. } => Start::Request(*method),
            Self::Response { status, .. } => status.map_or(Start::UnreadStatus, Start::Status),
        }
    }

    /// Whether the target is an absolute URL, as towards a proxy.
    pub(super) fn is_absolute(&self) -> bool {
        match self {
            Self::Request { target, .. } => !target.starts_with('/') && target.contains("://"),
            Self::Response { .. } => false,
        }
    }

    /// The reason phrase; none where it is missing or blank.
    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Response { reason, .. } => Some(reason.as_ref()).filter(|reason| !reason.is_empty()),
            Self::Request { .. } => None,
        }
    }

    /// In pieces: an absolute URL as it is; else scheme, Host and path; else the path (RFC 9110 section 7.1).
    pub(super) fn url<'s>(&'s self, host: Option<&'s str>) -> Option<[&'s str; 3]> {
        let Self::Request { scheme, target, .. } = self else {
            return None;
        };
        if target.is_empty() {
            return None;
        }
        Some(match host {
            Some(host) if !host.is_empty() && target.starts_with('/') => [scheme.prefix(), host, target],
            _ => ["", "", target],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_in_either_case() {
        for (name, method) in [
            ("get", Method::Get),
            ("POST", Method::Post),
            ("Head", Method::Head),
            ("CONNECT", Method::Connect),
            ("PUT", Method::Other),
        ] {
            assert_eq!(Method::named(name.as_bytes()), method, "{name}");
        }
    }

    #[test]
    fn a_url_is_put_together_where_the_target_is_a_path() {
        let request = |target: &'static str| ControlData::Request {
            method: Method::Get,
            scheme: Scheme::Http,
            target: target.into(),
        };
        assert_eq!(request("/x").url(Some("h")), Some(["http://", "h", "/x"]));
        assert_eq!(request("/x").url(Some("")), Some(["", "", "/x"]));
        let secured = ControlData::Request {
            method: Method::Get,
            scheme: Scheme::Https,
            target: "/x".into(),
        };
        assert_eq!(secured.url(Some("h")), Some(["https://", "h", "/x"]));
        assert_eq!(request("http://a/x").url(Some("h")), Some(["", "", "http://a/x"]));
        assert!(request("http://a/x").is_absolute() && !request("/x?y=http://a").is_absolute());
    }
}
