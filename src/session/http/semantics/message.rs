//! A message while its body comes, and when it is over.

use super::content::{Content, Interest};
use super::head::Head;
use crate::model::Extent;
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

    /// The message is over: what ended its body says `end`, which a hole or a limit outweigh, and `announced` octets are
    /// still to come of it.
    pub(in crate::session::http) fn finish(mut self, end: BodyEnd, announced: u64) -> Finished {
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
