//! The octets of a body, gathered as long as they may be an MMS PDU.

use super::coding::{self, Coding, DecodedEnd};
use super::head::Head;
use crate::model::{AnomalyKind, FrameRef};
use crate::session::BodyEnd;
use crate::session::context::BodyBudget;
use crate::session::http::Context;

/// Octets that a body which may be ours gets at first, so that a short one is never moved and a long one seldom.
const FIRST_OCTETS: usize = 16 * 1024;

/// Octets of a multipart body in which a push's control entity must begin, or the body is none of ours.
const CONTROL_OCTETS: usize = 8 * 1024;

/// Octets of a push answer's XML that are kept.
const ANSWER_OCTETS: usize = 64 * 1024;

/// Whether a body is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::http) enum Interest {
    /// The first octets will tell.
    Undecided,
    /// It is.
    Wanted,
    /// It may be a push's multipart (OMA WAP PAP).
    Multipart,
    /// It may be the answer to one.
    PushAnswer,
    /// It is not.
    Unwanted,
}

impl Interest {
    /// What the head tells of a body.
    pub(super) fn of(head: &Head) -> Self {
        let kind = head.texts.content_type().unwrap_or_default();
        let coded = !head.codings.is_empty();
        if is_mms_type(kind) {
            return Self::Wanted;
        }
        let multipart = matches!(kind, "multipart/related" | "multipart/mixed");
        if multipart && head.method().is_some() && head.texts.boundary().is_some() && !coded {
            return Self::Multipart;
        }
        match (coded, kind) {
            (false, _) => Self::Undecided,
            // What is coded cannot be told by its first octets; only types that hide an MMS are decoded.
            (true, "" | "application/octet-stream" | "text/plain" | "binary/octet-stream") => Self::Wanted,
            (true, _) => Self::Unwanted,
        }
    }
}

/// Whether a media type says that an entity is an MMS PDU.
pub(super) fn is_mms_type(kind: &str) -> bool {
    kind.starts_with("application/vnd.wap.mms")
}

/// Whether octets begin as every MMS PDU does (OMA MMS ENC section 7): X-Mms-Message-Type with a value in its range,
/// then X-Mms-Transaction-Id or X-Mms-MMS-Version.
fn begins_like_mms(octets: &[u8]) -> bool {
    matches!(octets, [0x8c, 0x80..=0x97, 0x98 | 0x8d, ..])
}

/// Octets that tell what a body is.
const TELLING_OCTETS: usize = 3;

/// A body as it comes.
#[derive(Debug)]
pub(in crate::session::http) struct Content {
    interest: Interest,
    octets: Vec<u8>,
    /// Octets that came or were lost, kept or not.
    received: u64,
    over_limit: bool,
    /// What octets missing in the middle say of its end; what lies after them is not kept.
    hole: Option<BodyEnd>,
}

impl Content {
    pub(in crate::session::http) fn new(interest: Interest) -> Self {
        Self {
            interest,
            octets: Vec::new(),
            received: 0,
            over_limit: false,
            hole: None,
        }
    }

    pub(in crate::session::http) fn interest(&self) -> Interest {
        self.interest
    }

    pub(super) fn received(&self) -> u64 {
        self.received
    }

    pub(super) fn hole(&self) -> Option<BodyEnd> {
        self.hole
    }

    /// Whether more came than is kept.
    pub(super) fn over_limit(&self) -> bool {
        self.over_limit
    }

    /// Whether octets are the first of a body that they tell to be none of ours: most of the web, which is not
    /// worth a copy.
    fn are_foreign(&self, octets: &[u8]) -> bool {
        self.interest == Interest::Undecided
            && self.octets.is_empty()
            && octets.len() >= TELLING_OCTETS
            && !begins_like_mms(octets)
    }

    /// Takes octets of the body, of which `most` may be kept.
    pub(in crate::session::http) fn push(&mut self, octets: &[u8], most: usize, budget: &mut BodyBudget) {
        self.received = self
            .received
            .saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        if self.interest == Interest::Unwanted || self.over_limit || self.hole.is_some() {
            return;
        }
        if self.are_foreign(octets) {
            self.interest = Interest::Unwanted;
            return;
        }
        let limit = if self.interest == Interest::PushAnswer {
            ANSWER_OCTETS
        } else {
            most
        };
        let room = limit.saturating_sub(self.octets.len());
        let kept = octets.get(..room.min(octets.len())).unwrap_or_default();
        if kept.len() < octets.len() || !budget.take(kept.len()) {
            self.over_limit = true;
            return;
        }
        if self.octets.capacity() == 0 {
            self.octets = budget.buffer(kept.len().max(FIRST_OCTETS));
        }
        self.octets.extend_from_slice(kept);
        self.decide(budget);
    }

    /// Decides by the octets there are; gives up the body where they tell that it is not wanted.
    fn decide(&mut self, budget: &mut BodyBudget) {
        let verdict = match self.interest {
            Interest::Undecided if self.octets.first() != Some(&0x8c) => Interest::Unwanted,
            Interest::Undecided if self.octets.len() < TELLING_OCTETS => return,
            Interest::Undecided if begins_like_mms(&self.octets) => Interest::Wanted,
            Interest::Undecided => Interest::Unwanted,
            Interest::Multipart if self.octets.len() < CONTROL_OCTETS => return,
            Interest::Multipart => {
                let start = self.octets.get(..CONTROL_OCTETS).unwrap_or_default();
                if super::pap::holds_push(start) {
                    return;
                } else {
                    Interest::Unwanted
                }
            }
            Interest::Wanted | Interest::PushAnswer | Interest::Unwanted => return,
        };
        self.interest = verdict;
        if verdict == Interest::Unwanted {
            self.release(budget);
        }
    }

    /// Octets of the body were not captured.
    pub(in crate::session::http) fn skip(&mut self, lost: u64, end: BodyEnd) {
        self.received = self.received.saturating_add(lost);
        self.hole.get_or_insert(end);
    }

    /// Forgets what was kept.
    pub(in crate::session::http) fn release(&mut self, budget: &mut BodyBudget) {
        budget.give_back_buffer(std::mem::take(&mut self.octets));
    }

    /// The octets kept, codings undone, where they may be an MMS PDU; and how they end, where `end` is how the
    /// coded ones do.
    pub(super) fn entity<'a>(
        &'a self,
        head: &Head,
        end: BodyEnd,
        at: FrameRef,
        context: &mut Context<'_>,
    ) -> Entity<'a> {
        let said = head.texts.content_type().is_some_and(is_mms_type);
        if !matches!(self.interest, Interest::Wanted) {
            return Entity {
                octets: Octets::Borrowed(&[]),
                wanted: said,
                end,
            };
        }
        if head.codings.is_empty() {
            return Entity {
                octets: Octets::Borrowed(&self.octets),
                wanted: true,
                end,
            };
        }
        let (octets, end) = decoded(&self.octets, &head.codings, end, at, context);
        let wanted = said || begins_like_mms(&octets);
        Entity {
            octets: Octets::Decoded(if wanted { octets } else { Vec::new() }),
            wanted,
            end,
        }
    }

    /// The octets as they came.
    pub(in crate::session::http) fn raw(&self) -> &[u8] {
        &self.octets
    }
}

/// A body's octets as they are handed out.
#[derive(Debug)]
pub(super) struct Entity<'a> {
    octets: Octets<'a>,
    /// Whether they may be an MMS PDU, or are said to be one.
    pub(super) wanted: bool,
    pub(super) end: BodyEnd,
}

#[derive(Debug)]
enum Octets<'a> {
    Borrowed(&'a [u8]),
    Decoded(Vec<u8>),
}

impl Entity<'_> {
    pub(super) fn octets(&self) -> &[u8] {
        match &self.octets {
            Octets::Borrowed(octets) => octets,
            Octets::Decoded(octets) => octets,
        }
    }

    /// How long the body is, where `coded` octets came or were announced.
    pub(super) fn length(&self, coded: u64) -> u64 {
        match &self.octets {
            Octets::Decoded(octets) if self.wanted => u64::try_from(octets.len()).unwrap_or(u64::MAX),
            Octets::Borrowed(_) | Octets::Decoded(_) => coded,
        }
    }
}

fn decoded(
    coded: &[u8],
    codings: &[Coding],
    end: BodyEnd,
    at: FrameRef,
    context: &mut Context<'_>,
) -> (Vec<u8>, BodyEnd) {
    let decoded = coding::decode(coded, codings, context.limits);
    let mut note = |kind, what: &str| context.anomalies.note(kind, Some(at), || what.to_owned());
    let end = match decoded.end {
        DecodedEnd::OverLimit => {
            note(
                AnomalyKind::LimitReached,
                "a coded body decodes to more, or is coded more often, than is allowed",
            );
            BodyEnd::OverLimit
        }
        DecodedEnd::Whole => end,
        DecodedEnd::Short | DecodedEnd::Damaged if end != BodyEnd::Whole => end,
        DecodedEnd::Short => {
            note(
                AnomalyKind::HttpContentCoding,
                "a coded body ends within its coding",
            );
            BodyEnd::CutShort { reset: false }
        }
        DecodedEnd::Damaged => {
            note(
                AnomalyKind::HttpContentCoding,
                "a body is not coded as it says, or in an unknown way",
            );
            end
        }
    };
    (decoded.octets, end)
}
