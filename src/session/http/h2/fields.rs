//! The fields of a header block, and the head of a message that they make (RFC 9113 section 8.3).

use std::borrow::Cow;
use std::ops::Range;

use super::hpack::Name;
use super::stream::Known;
use crate::session::http::semantics::{ControlData, Fields, Head, Method, Scheme, text};

/// The fields of a header block, in their order; of unknown ones only that they are there.
#[derive(Debug, Default)]
pub(super) struct FieldList {
    values: Vec<u8>,
    fields: Vec<(Name, Range<usize>)>,
    /// Whether some are unknown, or were not read.
    is_partial: bool,
}

/// What a header block is, as its pseudo-header fields tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// The head of a request.
    Request,
    /// The head of a response, with its status where that is known.
    Response(Option<u16>),
    /// Trailers.
    Trailers,
    /// One of them: what would tell is unknown.
    Unknown,
}

impl FieldList {
    /// Fields of which nothing is known.
    pub(super) fn unread() -> Self {
        Self {
            is_partial: true,
            ..Self::default()
        }
    }

    /// Adds a field.
    pub(super) fn push(&mut self, name: &Name, value: &[u8]) {
        if *name == Name::Unknown {
            self.is_partial = true;
            return;
        }
        let start = self.values.len();
        self.values.extend_from_slice(value);
        self.fields.push((name.clone(), start..self.values.len()));
    }

    /// Some fields were left out.
    pub(super) fn leave_out(&mut self) {
        self.is_partial = true;
    }

    /// What of the head is known that they make.
    pub(super) fn known(&self) -> Known {
        match (self.is_partial, self.fields.is_empty()) {
            (false, _) => Known::All,
            (true, false) => Known::Some,
            (true, true) => Known::Nothing,
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().filter_map(|(name, place)| {
            let value = self.values.get(place.clone())?;
            Some((name.octets()?, value))
        })
    }

    fn value(&self, name: &[u8]) -> Option<&[u8]> {
        let mut fields = self.iter();
        fields.find_map(|(known, value)| (known == name).then_some(value))
    }

    /// What they are.
    pub(super) fn section(&self) -> Section {
        let asks = |name: &[u8]| matches!(name, b":method" | b":scheme" | b":authority" | b":path");
        if let Some(status) = self.value(b":status") {
            return Section::Response(
                std::str::from_utf8(status)
                    .ok()
                    .and_then(|code| code.parse().ok()),
            );
        }
        match (self.iter().any(|(name, _)| asks(name)), self.is_partial) {
            (true, _) => Section::Request,
            (false, true) => Section::Unknown,
            (false, false) => Section::Trailers,
        }
    }

    /// Whether they are of a call of gRPC, whose messages have a framing of their own.
    pub(super) fn is_grpc(&self) -> bool {
        const GRPC: &[u8] = b"application/grpc";
        let kind = self
            .value(b"content-type")
            .and_then(|kind| kind.get(..GRPC.len()));
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case(GRPC))
    }

    /// The head of the request that they are.
    pub(super) fn request(&self) -> Head {
        let method = self.value(b":method").map_or(Method::Other, Method::named);
        let scheme = match self.value(b":scheme") {
            Some(scheme) if scheme.eq_ignore_ascii_case(b"https") => Scheme::Https,
            _ => Scheme::Http,
        };
        let target = self.value(b":path").map_or(Cow::Borrowed(""), text);
        self.head(&ControlData::Request {
            method,
            scheme,
            target,
        })
    }

    /// The head of the response that they are.
    pub(super) fn response(&self, status: Option<u16>) -> Head {
        let reason = Cow::Borrowed("");
        self.head(&ControlData::Response { status, reason })
    }

    fn head(&self, control: &ControlData<'_>) -> Head {
        let mut fields = Fields::default();
        if let Some(authority) = self.value(b":authority") {
            fields.take(b"host", authority);
        }
        for (name, value) in self.iter().filter(|(name, _)| !name.starts_with(b":")) {
            fields.take(name, value);
        }
        fields.head(control)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(fields: &[(&str, &str)]) -> FieldList {
        let mut list = FieldList::default();
        for (name, value) in fields {
            list.push(&Name::Sent(name.as_bytes().into()), value.as_bytes());
        }
        list
    }

    /// The request of RFC 9113 section 8.3.2's kind, with what matters of its fields.
    #[test]
    fn a_request_is_that_of_http_1() {
        let list = list(&[
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "mms.alpha.example"),
            (":path", "/send?x=1"),
            ("host", "other.example"),
            ("content-type", "application/vnd.wap.mms-message"),
            ("content-length", "123"),
        ]);
        assert_eq!(list.section(), Section::Request);
        let head = list.request();
        assert_eq!(head.method(), Some(Method::Post));
        assert_eq!(head.texts.url(), Some("https://mms.alpha.example/send?x=1"));
        assert_eq!(head.content_length, Some(123));
        assert!(!head.relayed);
    }

    #[test]
    fn what_is_unknown_is_none() {
        let mut list = list(&[(":method", "GET"), (":authority", "h")]);
        list.push(&Name::Unknown, b"/path");
        assert_eq!((list.section(), list.known()), (Section::Request, Known::Some));
        assert_eq!(list.request().texts.url(), None);
        assert_eq!(FieldList::unread().section(), Section::Unknown);
    }

    #[test]
    fn answers_and_trailers() {
        assert_eq!(
            list(&[(":status", "404")]).section(),
            Section::Response(Some(404))
        );
        assert_eq!(list(&[(":status", "x")]).section(), Section::Response(None));
        assert_eq!(list(&[("grpc-status", "0")]).section(), Section::Trailers);
    }
}
