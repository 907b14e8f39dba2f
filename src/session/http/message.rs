//! A message while its body comes.

use super::content::{Content, Interest};
use super::framing::{Chunked, Framing};
use super::head::{Head, Length};
use super::start::{Method, Start};
use crate::model::Extent;
use crate::session::BodyEnd;

/// A message whose head was read.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) head: Head,
    /// What the head takes; asked for with every event.
    pub(super) held_octets: usize,
    pub(super) extent: Extent,
    pub(super) framing: Framing,
    pub(super) content: Content,
}

impl Message {
    /// A request. Without a length it has no body (RFC 9112 section 6.3).
    pub(super) fn request(head: Head, extent: Extent) -> Self {
        let framing = match head.length {
            Length::Chunked => Framing::Chunked(Chunked::default()),
            Length::Octets(octets) => Framing::Length(octets),
            Length::Unknown => Framing::Length(0),
        };
        let content = Content::new(Interest::of(&head));
        Self {
            held_octets: head.held_octets(),
            head,
            extent,
            framing,
            content,
        }
    }

    /// A response to a request with this method. Without a length its body ends with the connection.
    pub(super) fn response(head: Head, extent: Extent, method: Option<Method>) -> Self {
        let bodiless =
            method == Some(Method::Head) || matches!(head.start, Start::Status(100..=199 | 204 | 304));
        let framing = match head.length {
            _ if bodiless => Framing::Length(0),
            Length::Chunked => Framing::Chunked(Chunked::default()),
            Length::Octets(octets) => Framing::Length(octets),
            Length::Unknown => Framing::ToClose,
        };
        let content = Content::new(Interest::of(&head));
        Self {
            held_octets: head.held_octets(),
            head,
            extent,
            framing,
            content,
        }
    }

    /// The body's end, where what ended it says `end`: a hole or a limit outweigh it.
    pub(super) fn end(&self, end: BodyEnd) -> BodyEnd {
        if self.content.over_limit() && self.content.interest() != Interest::Unwanted {
            BodyEnd::OverLimit
        } else {
            self.content.hole().unwrap_or(end)
        }
    }

    /// How many octets the body has or announces.
    pub(super) fn length(&self) -> u64 {
        self.content.received().saturating_add(self.framing.announced())
    }

    /// The status of a response.
    pub(super) fn status(&self) -> u16 {
        match self.head.start {
            Start::Status(status) => status,
            Start::Request(_) => 0,
        }
    }
}

/// A message that is over.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) message: Box<Message>,
    pub(super) end: BodyEnd,
}
