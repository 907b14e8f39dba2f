//! A message while its body comes, and when it is over.

use super::coding::Coding;
use super::content::{Content, Interest};
use super::head::Head;
use super::output::Output;
use crate::model::{AnomalyKind, Extent};
use crate::session::BodyEnd;
use crate::session::context::BodyBudget;

/// A message whose head was read.
#[derive(Debug)]
pub(in crate::session::http) struct Message {
    pub(in crate::session::http) head: Head,
    /// Octets of memory that the head takes, counted once because every event of the connection asks for them.
    pub(in crate::session::http) held_octets: usize,
    pub(in crate::session::http) extent: Extent,
    pub(in crate::session::http) content: Content,
}

impl Message {
    /// A message of which the head was read.
    pub(in crate::session::http) fn new(head: Head, extent: Extent) -> Self {
        Self {
            held_octets: head.held_octets(),
            content: Content::new(Interest::of(&head)),
            head,
            extent,
        }
    }

    /// Takes octets of the body, of which `most` may be kept.
    pub(in crate::session::http) fn push(&mut self, octets: &[u8], most: usize, budget: &mut BodyBudget) {
        self.content.push(&self.head, octets, most, budget);
    }

    /// Whether nothing of the body came.
    pub(in crate::session::http) fn has_no_content(&self) -> bool {
        self.content.received() == 0
    }

    /// Whether the head announces the body's length, and so much came.
    pub(in crate::session::http) fn has_come_whole(&self) -> bool {
        self.head.content_length == Some(self.content.received())
    }

    /// Octets that the head announces and that did not come.
    pub(in crate::session::http) fn missing(&self) -> u64 {
        let announced = self.head.content_length.unwrap_or_default();
        announced.saturating_sub(self.content.received())
    }

    /// The body turns out to be coded, of which nothing in the head could be read.
    pub(in crate::session::http) fn assume(&mut self, coding: Coding) {
        if self.head.codings.is_empty() {
            self.head.codings.push(coding);
            self.content = Content::new(Interest::of(&self.head));
        }
    }

    /// The message is over: what ended its body says `end`, which a hole or a limit outweigh, and `announced` octets are
    /// still to come of it.
    pub(in crate::session::http) fn finish(mut self, end: BodyEnd, announced: u64) -> Finished {
        if !self.has_come_whole() {
            self.content.believe_doubt();
        }
        self.content.conclude(&self.head);
        let cut = self.content.over_limit() && self.content.interest() != Interest::Unwanted;
        let end = match cut {
            true => BodyEnd::OverLimit,
            false => self.content.hole().unwrap_or(end),
        };
        Finished {
            length: self.content.received().saturating_add(announced),
            message: self,
            end,
        }
    }
}

/// A message that is over.
#[derive(Debug)]
pub(in crate::session::http) struct Finished {
    pub(in crate::session::http) message: Message,
    pub(in crate::session::http) end: BodyEnd,
    /// How many octets the body has or announced.
    pub(super) length: u64,
}

impl Finished {
    /// A body of which neither the head nor, as far as can be told, the beginning was captured: a hole, unless it begins as
    /// one of ours does.
    pub(in crate::session::http) fn without_head(mut self) -> Self {
        if self.end == BodyEnd::Whole && self.message.content.interest() == Interest::Unwanted {
            self.end = BodyEnd::Hole;
        }
        self
    }

    /// Notes where the body is not kept for a limit.
    pub(in crate::session::http) fn note_limit(&self, out: &mut Output<'_, '_>) {
        if self.end == BodyEnd::OverLimit {
            let detail = || "a body is longer than is kept, or there was no room for it".to_owned();
            let at = self.message.extent.last;
            out.context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(at), detail);
        }
    }
}
