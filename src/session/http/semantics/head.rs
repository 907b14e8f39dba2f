//! What matters of the head of a message: its control data and fields (RFC 9110 section 6).

use super::coding::Coding;
use super::control::{Method, Start};
use super::eaif::EaifFields;
use super::ranges::ContentRange;
use super::subscriber::SubscriberField;
use super::texts::Texts;

/// What matters of a head.
#[derive(Clone, Debug)]
pub(in crate::session::http) struct Head {
    pub(in crate::session::http) start: Start,
    /// Content-Length.
    pub(in crate::session::http) content_length: Option<u64>,
    /// Content-Length fields that contradict each other.
    pub(in crate::session::http) contradictory: bool,
    /// Codings of the body, in the order in which they were applied. How a message travels may add its own to those of
    /// the content.
    pub(in crate::session::http) codings: Vec<Coding>,
    pub(super) content_range: Option<ContentRange>,
    /// The field that names the subscriber; its value is one of the texts.
    pub(in crate::session::http) subscriber: Option<SubscriberField>,
    /// Whether a proxy or gateway says it passed the message on.
    pub(in crate::session::http) relayed: bool,
    /// Whether it is a push over HTTP (OMA Push OTA-HTTP).
    pub(super) pushed: bool,
    /// The fields of EAIF, where there are any.
    pub(super) eaif: Option<Box<EaifFields>>,
    pub(in crate::session::http) texts: Texts,
}

impl Head {
    /// Octets of memory that it takes, about.
    pub(super) fn held_octets(&self) -> usize {
        size_of::<Self>()
            .saturating_add(self.texts.octets())
            .saturating_add(self.codings.len())
            .saturating_add(self.eaif.as_ref().map_or(0, |fields| fields.held_octets()))
    }

    /// The method of a request.
    pub(in crate::session::http) fn method(&self) -> Option<Method> {
        match self.start {
            Start::Request(method) => Some(method),
            Start::Status(_) | Start::UnreadStatus => None,
        }
    }

    /// The status of a response, where it could be read.
    pub(super) fn status(&self) -> Option<u16> {
        match self.start {
            Start::Status(status) => Some(status),
            Start::Request(_) | Start::UnreadStatus => None,
        }
    }
}
