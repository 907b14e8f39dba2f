//! What a head says in HTTP/1: beside what it means, how long the body is on the wire (RFC 9112 section 6).

use super::framing::Length;
use crate::session::http::semantics::{Coding, ControlData, Fields, Head, text};

/// A head, and how it says that the body's end is found.
#[derive(Clone, Debug)]
pub(super) struct FramedHead {
    pub(super) head: Head,
    pub(super) length: Length,
    /// Whether it asks for HTTP/2, or goes over to it (RFC 7540 section 3.2).
    pub(super) is_upgrade: bool,
}

/// The fields of a head, with those that belong to HTTP/1 alone.
#[derive(Default)]
pub(super) struct FieldLines<'a> {
    fields: Fields<'a>,
    transfer_codings: Vec<Coding>,
    chunked: bool,
    is_upgrade: bool,
}

impl<'a> FieldLines<'a> {
    /// Takes a field.
    pub(super) fn take(&mut self, name: &[u8], value: &'a [u8]) {
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.take_transfer_codings(&text(value));
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            let value = text(value);
            let mut protocols = value.split(',').map(str::trim);
            self.is_upgrade |= protocols.any(|protocol| protocol.eq_ignore_ascii_case("h2c"));
        } else {
            self.fields.take(name, value);
        }
    }

    fn take_transfer_codings(&mut self, value: &str) {
        for coding in value.split(',').map(str::trim) {
            if coding.eq_ignore_ascii_case("chunked") {
                self.chunked = true;
            } else {
                self.transfer_codings.extend(Coding::named(coding));
            }
        }
    }

    /// The head that these fields and a start line make. A transfer coding outweighs a length (RFC 9112 section 6.3).
    pub(super) fn head(self, control: &ControlData<'_>) -> FramedHead {
        let mut head = self.fields.head(control);
        let length = match (self.chunked, self.transfer_codings.is_empty()) {
            (true, _) => Length::Chunked,
            (false, false) => Length::Unknown,
            (false, true) => head.content_length.map_or(Length::Unknown, Length::Octets),
        };
        head.codings.extend(self.transfer_codings);
        FramedHead {
            head,
            length,
            is_upgrade: self.is_upgrade,
        }
    }
}
