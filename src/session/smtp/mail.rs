//! A mail while it comes.

use super::Context;
use super::interest::{header_end, header_may_be_mms};
use crate::model::{AnomalyKind, Extent};
use crate::session::context::BodyBudget;
use crate::session::{Body, BodyEnd};

/// The media type of a mail.
const MEDIA_TYPE: &str = "message/rfc822";

/// Octets in which the header of a mail of interest has a field that says so: relays put theirs before it, some hundred
/// octets each.
const HEADER_OCTETS: usize = 64 * 1024;

/// A mail of which more is to come, or all of it.
#[derive(Debug)]
pub(super) struct Mail {
    /// The frames it lies in, once an octet came.
    extent: Option<Extent>,
    /// Its octets, as far as they are kept.
    octets: Vec<u8>,
    /// Octets in which no end of the header was found.
    searched: usize,
    interest: Interest,
    /// How many octets it had so far, those that are missing too.
    length: u64,
    end: BodyEnd,
}

/// Whether a mail may be of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    /// Its header is to tell.
    Undecided,
    /// It may be.
    Some,
    /// It is none: its octets are not kept.
    None,
}

impl Mail {
    /// A mail to come. `wanted` says that its envelope shows that it may be of a message.
    pub(super) const fn new(wanted: bool) -> Self {
        Self {
            extent: None,
            octets: Vec::new(),
            searched: 0,
            interest: if wanted {
                Interest::Some
            } else {
                Interest::Undecided
            },
            length: 0,
            end: BodyEnd::Whole,
        }
    }

    /// Octets that are kept of it.
    pub(super) const fn octets(&self) -> usize {
        self.octets.len()
    }

    /// Whether nothing of it came.
    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether its octets may be kept: it is not known to be none of interest.
    pub(super) fn is_kept(&self) -> bool {
        self.interest != Interest::None
    }

    /// Whether octets of it are missing.
    pub(super) fn has_hole(&self) -> bool {
        matches!(self.end, BodyEnd::Hole | BodyEnd::NotCaptured)
    }

    /// Notes a frame that carries some of it.
    pub(super) fn see(&mut self, place: Extent) {
        match &mut self.extent {
            Some(extent) => extent.extend(place.last),
            None => self.extent = Some(place),
        }
    }

    /// Adds octets.
    pub(super) fn push(&mut self, octets: &[u8], most: usize, budget: &mut BodyBudget) {
        self.length = self.length.saturating_add(octets.len() as u64);
        if self.interest == Interest::Undecided && self.octets.is_empty() {
            self.look_at_first(octets);
        }
        if self.interest == Interest::None || self.end != BodyEnd::Whole {
            return;
        }
        if self.octets.len().saturating_add(octets.len()) > most || !budget.take(octets.len()) {
            self.end = BodyEnd::OverLimit;
            return;
        }
        self.octets.extend_from_slice(octets);
        if self.interest == Interest::Undecided {
            self.look(budget);
        }
    }

    /// Looks at the first octets: mostly they hold the header, and most mail is of no interest, and then not kept.
    fn look_at_first(&mut self, octets: &[u8]) {
        if let Some(header) = header_end(octets, 0).and_then(|end| octets.get(..end)) {
            self.interest = match header_may_be_mms(header) {
                true => Interest::Some,
                false => Interest::None,
            };
        }
    }

    /// Looks whether the header, once it is there, shows that it may be of a message.
    fn look(&mut self, budget: &mut BodyBudget) {
        let end = header_end(&self.octets, self.searched);
        self.searched = self.octets.len();
        if end.is_some() || self.octets.len() > HEADER_OCTETS {
            self.decide(end.unwrap_or(self.octets.len()), budget);
        }
    }

    fn decide(&mut self, header: usize, budget: &mut BodyBudget) {
        if header_may_be_mms(self.octets.get(..header).unwrap_or_default()) {
            self.interest = Interest::Some;
        } else {
            self.interest = Interest::None;
            self.release(budget);
        }
    }

    /// Octets of it are missing; what lies behind them is not kept.
    pub(super) fn skip(&mut self, octets: u64, end: BodyEnd) {
        self.length = self.length.saturating_add(octets);
        if self.end == BodyEnd::Whole {
            self.end = end;
        }
    }

    /// Nothing more comes, and its end was not sent, or lies in a hole.
    pub(super) fn cut(&mut self, end: BodyEnd) {
        if matches!(
            (self.end, end),
            (BodyEnd::Whole, _) | (BodyEnd::Hole, BodyEnd::NotCaptured)
        ) {
            self.end = end;
        }
    }

    /// Whether it is to be handed on, now that all of it came that will.
    pub(super) fn is_wanted(&mut self, context: &mut Context<'_>) -> bool {
        if self.interest == Interest::Undecided {
            self.decide(self.octets.len(), context.budget);
        }
        if let (BodyEnd::OverLimit, Some(extent)) = (self.end, self.extent) {
            let length = self.length;
            let detail = || format!("a mail of {length} octets; its start was read");
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(extent.last), detail);
        }
        self.interest == Interest::Some
    }

    /// The frames it lies in; `command` where none of its octets came.
    pub(super) fn extent(&self, command: Extent) -> Extent {
        self.extent.unwrap_or(command)
    }

    /// As a body.
    pub(super) fn body(&self) -> Body<'_> {
        Body {
            content_type: Some(MEDIA_TYPE),
            parameters: None,
            bytes: &self.octets,
            length: self.length,
            end: self.end,
        }
    }

    /// Forgets its octets.
    pub(super) fn release(&mut self, budget: &mut BodyBudget) {
        budget.give_back_buffer(std::mem::take(&mut self.octets));
    }
}
