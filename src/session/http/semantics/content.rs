//! The octets of a body, gathered as long as they may be an MMS PDU.

use super::coding::{self, Coding, DecodedEnd};
use super::head::Head;
use super::output::Output;
use super::package;
use crate::codec::soap::{Look, begins_like_xml, look};
use crate::model::{AnomalyKind, FrameRef};
use crate::session::BodyEnd;
use crate::session::context::BodyBudget;
use crate::session::http::Context;

/// Octets of a multipart body in which a push's control entity or an envelope of SOAP must begin, or the body is none of
/// ours.
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
    /// It is, as SOAP with a message of MM7.
    Soap,
    /// It is, as a request to a transcoder or its answer.
    Transcoding,
    /// It is a fault of SOAP, which is worth it as an answer to MM7 or of a transcoder.
    Fault,
    /// It may be a push's multipart (OMA WAP PAP), or SOAP with attachments.
    Multipart,
    /// It may be the answer to one.
    PushAnswer,
    /// It is not.
    Unwanted,
}

impl Interest {
    /// What the head tells of a body.
    pub(super) fn of(head: &Head) -> Self {
        Self::told(head, head.method().is_some())
    }

    /// What the head of an answer to SOAP tells of its body.
    pub(super) fn of_soap_answer(head: &Head) -> Self {
        Self::told(head, true)
    }

    fn told(head: &Head, may_be_soap: bool) -> Self {
        let kind = head.texts.content_type().unwrap_or_default();
        let coded = !head.codings.is_empty();
        if is_mms_type(kind) {
            return Self::Wanted;
        }
        let is_multipart = matches!(kind, "multipart/related" | "multipart/mixed");
        if is_multipart && may_be_soap && head.texts.boundary().is_some() && !coded {
            return Self::Multipart;
        }
        match (coded, kind) {
            (false, _) => Self::Undecided,
            // What is coded cannot be told by its first octets; only types that hide an MMS are decoded.
            (true, "" | "application/octet-stream" | "text/plain" | "binary/octet-stream") => Self::Wanted,
            (true, _) if may_be_soap && (is_multipart || package::is_xml_type(kind)) => Self::Wanted,
            (true, _) => Self::Unwanted,
        }
    }

    /// What the first octets tell of a body, or all of them.
    fn by_octets(octets: &[u8], whole: bool) -> Self {
        match octets.first() {
            Some(0x8c) if begins_like_mms(octets) => Self::Wanted,
            Some(0x8c) if octets.len() < TELLING_OCTETS && !whole => Self::Undecided,
            _ if begins_like_xml(octets) => look(octets, whole).into(),
            _ => Self::Unwanted,
        }
    }
}

impl From<Look> for Interest {
    fn from(look: Look) -> Self {
        match look {
            Look::Message => Self::Soap,
            Look::Transcoding => Self::Transcoding,
            Look::Fault => Self::Fault,
            Look::Foreign => Self::Unwanted,
            Look::Undecided => Self::Undecided,
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
    /// How many octets of a multipart are looked at next.
    look_at: usize,
    octets: Vec<u8>,
    /// Octets that came or were lost, kept or not.
    received: u64,
    over_limit: bool,
    /// What octets missing in the middle say of its end; what lies after them is not kept.
    hole: Option<BodyEnd>,
    /// Where octets may be missing: how many were kept before them, and how it ends if they are.
    doubt: Option<(usize, BodyEnd)>,
}

impl Content {
    pub(in crate::session::http) fn new(interest: Interest) -> Self {
        Self {
            interest,
            look_at: CONTROL_OCTETS,
            octets: Vec::new(),
            received: 0,
            over_limit: false,
            hole: None,
            doubt: None,
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

    /// Whether the first octets of a body show that it is of no interest: most of the web is told by them, and none of it
    /// is copied.
    fn are_foreign(&self, octets: &[u8]) -> bool {
        self.interest == Interest::Undecided
            && self.octets.is_empty()
            && Interest::by_octets(octets, false) == Interest::Unwanted
    }

    /// Takes octets of the body that this head is of; `most` may be kept.
    pub(super) fn push(&mut self, head: &Head, octets: &[u8], most: usize, budget: &mut BodyBudget) {
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
            self.octets = budget.buffer(kept.len());
        }
        self.octets.extend_from_slice(kept);
        self.decide(head);
        if self.interest == Interest::Unwanted {
            self.release(budget);
        }
    }

    /// Decides by the octets there are, however they came.
    fn decide(&mut self, head: &Head) {
        if self.interest == Interest::Undecided {
            self.interest = Interest::by_octets(&self.octets, false);
        }
        while self.interest == Interest::Multipart
            && let Some(start) = self.octets.get(..self.look_at)
        {
            self.interest = in_multipart(start, head, false);
            self.look_at = self.look_at.saturating_mul(2);
        }
    }

    /// No more octets come: decides what they left open.
    pub(super) fn conclude(&mut self, head: &Head) {
        self.interest = match self.interest {
            Interest::Undecided => Interest::by_octets(self.raw(), true),
            Interest::Multipart => in_multipart(self.raw(), head, true),
            decided => decided,
        };
    }

    /// Octets of the body were not captured.
    pub(in crate::session::http) fn skip(&mut self, lost: u64, end: BodyEnd) {
        self.received = self.received.saturating_add(lost);
        self.hole.get_or_insert(end);
    }

    /// Octets that may have been of the body were not captured.
    pub(in crate::session::http) fn doubt(&mut self, end: BodyEnd) {
        if self.hole.is_none() {
            self.doubt.get_or_insert((self.octets.len(), end));
        }
    }

    /// They were: what came behind them has no known place.
    pub(super) fn believe_doubt(&mut self) {
        if let Some((_, end)) = self.doubt {
            self.hole.get_or_insert(end);
        }
    }

    /// Gives back what is kept.
    pub(in crate::session::http) fn give_back(mut self, out: &mut Output<'_, '_>) {
        self.release(out.context.budget);
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
        let said = match head.texts.content_type().is_some_and(is_mms_type) {
            true => EntityKind::Mms,
            false => EntityKind::Foreign,
        };
        let kind = match self.interest {
            Interest::Wanted => EntityKind::Mms,
            Interest::Soap => EntityKind::Soap,
            Interest::Transcoding => EntityKind::Transcoding,
            Interest::Fault => EntityKind::Fault,
            _ => {
                return Entity {
                    octets: Octets::Borrowed(&[]),
                    kind: said,
                    end,
                };
            }
        };
        if head.codings.is_empty() {
            return Entity {
                octets: Octets::Borrowed(self.raw()),
                kind,
                end,
            };
        }
        let (octets, end) = decoded(self.raw(), &head.codings, end, at, context);
        let kind = match said {
            EntityKind::Mms => said,
            _ => EntityKind::of(&octets, head),
        };
        let kept = kind != EntityKind::Foreign;
        Entity {
            octets: Octets::Decoded(if kept { octets } else { Vec::new() }),
            kind,
            end,
        }
    }

    /// The octets as they came, up to the first that is missing.
    pub(in crate::session::http) fn raw(&self) -> &[u8] {
        match (self.doubt, self.hole) {
            (Some((kept, _)), Some(_)) => self.octets.get(..kept).unwrap_or(&self.octets),
            _ => &self.octets,
        }
    }
}

/// What a multipart is: a push is read as such when it is over.
fn in_multipart(octets: &[u8], head: &Head, whole: bool) -> Interest {
    let start = octets.get(..CONTROL_OCTETS).unwrap_or(octets);
    if super::pap::holds_push(start) {
        return Interest::Multipart;
    }
    match package::look(octets, &head.texts, whole) {
        Look::Undecided => Interest::Multipart,
        decided => decided.into(),
    }
}

/// A body's octets as they are handed out.
#[derive(Debug)]
pub(super) struct Entity<'a> {
    octets: Octets<'a>,
    pub(super) kind: EntityKind,
    pub(super) end: BodyEnd,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntityKind {
    /// None of ours.
    Foreign,
    /// It may be an MMS PDU, or is said to be one.
    Mms,
    /// SOAP with a message of MM7.
    Soap,
    /// A request to a transcoder, or its answer.
    Transcoding,
    /// A fault of SOAP: ours as an answer to MM7 or of a transcoder.
    Fault,
}

impl EntityKind {
    /// What a body is that was coded.
    fn of(octets: &[u8], head: &Head) -> Self {
        let kind = head.texts.content_type().unwrap_or_default();
        let interest = match kind.starts_with("multipart/") {
            true => package::look(octets, &head.texts, true).into(),
            false => Interest::by_octets(octets, true),
        };
        match interest {
            Interest::Wanted => Self::Mms,
            Interest::Soap => Self::Soap,
            Interest::Transcoding => Self::Transcoding,
            Interest::Fault => Self::Fault,
            _ => Self::Foreign,
        }
    }
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
            Octets::Decoded(octets) if self.kind != EntityKind::Foreign => {
                u64::try_from(octets.len()).unwrap_or(u64::MAX)
            }
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
