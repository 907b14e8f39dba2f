//! The parts of one message, what was answered to each, and what became of it.

use std::collections::BTreeMap;

use super::Imsi;
use super::messages::ShortMessage;
use super::udh::{Concatenation, Ports};
use crate::model::{BearerStatus, Endpoint, Extent, FrameRef, Host, NetworkId};
use crate::session::fingerprint::fingerprint;
use crate::session::{AnswerVisibility, Bearer, EndReason, ExchangeId, SmsTransfer, bounded};

/// Where a message passes: the same message on another hop is another set. A gateway with several links, or a
/// centre with several hosts, is one end of a hop all the same, so a hop is known by either of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hop {
    From(Host),
    To(Host),
}

/// Which message parts belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    hop: Hop,
    originator: String,
    recipient: String,
    imsi: Option<Imsi>,
    ports: Option<Ports>,
    /// With the sequence number 0, so that all parts have the same.
    concatenation: Concatenation,
}

impl Key {
    /// The keys of a message, by where it comes from and by where it goes.
    pub(super) fn pair(message: &ShortMessage<'_>, concatenation: Concatenation) -> [Self; 2] {
        // A subscriber's number may become known between two parts.
        let recipient = match message.imsi {
            Some(_) => "",
            None => message.recipient,
        };
        let [source, destination] = message.hosts;
        [Hop::From(source), Hop::To(destination)].map(|hop| Self {
            hop,
            originator: message.originator.to_owned(),
            recipient: recipient.to_owned(),
            imsi: message.imsi,
            ports: message.ports,
            concatenation: Concatenation {
                sequence: 0,
                ..concatenation
            },
        })
    }
}

/// A part by its place in the message and the fingerprint of its octets, on one hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ContentKey {
    originator: u64,
    recipient: u64,
    imsi: Option<Imsi>,
    hop: [Host; 2],
    total: u8,
    sequence: u8,
    octets: u64,
}

/// How far a message came.
#[derive(Debug)]
pub(super) enum Stage {
    /// Not all parts are there.
    Collecting,
    /// It was handed on, and its answer is owed.
    Open(ExchangeId),
    /// It was answered.
    Answered(ExchangeId),
}

/// What was answered to a part.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing yet.
    Waiting,
    /// This.
    Given(Given),
    /// Nothing ever.
    Lost(EndReason, AnswerVisibility),
}

/// An answer to a part.
#[derive(Debug)]
pub(in crate::session) struct Given {
    pub(super) status: BearerStatus,
    /// The reason phrase, where the bearer has one.
    pub(super) reason: Option<Box<str>>,
    /// The frames that it lies in.
    pub(super) extent: Extent,
}

impl Given {
    /// An answer without a reason phrase.
    pub(in crate::session) const fn new(status: BearerStatus, extent: Extent) -> Self {
        let reason = None;
        Self {
            status,
            reason,
            extent,
        }
    }

    /// With a reason phrase; an empty one is none.
    pub(in crate::session) fn with_reason(self, reason: &str) -> Self {
        let reason = Some(bounded(reason).into()).filter(|_| !reason.is_empty());
        Self { reason, ..self }
    }
}

/// What became of a part that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReceiptOutcome {
    pub(super) delivered: bool,
    pub(super) code: Option<u32>,
    pub(super) at: FrameRef,
}

/// One part.
#[derive(Debug)]
pub(super) struct Part {
    /// Empty once the message is whole.
    pub(super) octets: Vec<u8>,
    pub(super) fingerprint: u64,
    pub(super) extent: Extent,
    pub(super) answer: Answer,
    pub(super) receipt_due: bool,
    pub(super) outcome: Option<ReceiptOutcome>,
}

/// What a part that came is to the set under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// One that was missing.
    Missing,
    /// One that is there and not yet refused for good.
    Again,
    /// One of a message that was refused: it is tried again.
    Retry,
    /// One of another message that has the same reference, or of another try at one that is not whole.
    Foreign,
}

/// The parts of one message.
#[derive(Debug)]
pub(super) struct Set {
    /// None where it has one part only.
    pub(super) keys: Option<[Key; 2]>,
    pub(super) bearer: Bearer,
    pub(super) transfer: Option<SmsTransfer>,
    pub(super) network: NetworkId,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    hosts: [Host; 2],
    pub(super) originator: String,
    pub(super) originator_field: &'static str,
    pub(super) recipient: String,
    pub(super) total: u8,
    /// By their number from 1.
    pub(super) parts: BTreeMap<u8, Part>,
    pub(super) began: FrameRef,
    /// An earlier set with a part that this one repeats under another reference.
    pub(super) repeats: Option<u64>,
    /// The whole message, as it was seen on the hop before; empty where it was not.
    pub(super) hop_before: Vec<u8>,
    pub(super) stage: Stage,
    /// The whole message, while it may have to be handed on again.
    pub(super) payload: Vec<u8>,
    /// Whether its receipt was handed on.
    pub(super) receipt_given: bool,
}

impl Set {
    pub(super) fn new(message: &ShortMessage<'_>, keys: Option<[Key; 2]>, total: u8) -> Self {
        Self {
            keys,
            bearer: message.bearer,
            transfer: message.transfer,
            network: message.network,
            source: message.source,
            destination: message.destination,
            hosts: message.hosts,
            originator: message.originator.to_owned(),
            originator_field: message.originator_field,
            recipient: message.recipient.to_owned(),
            total,
            parts: BTreeMap::new(),
            began: message.extent.last,
            repeats: None,
            hop_before: Vec::new(),
            stage: Stage::Collecting,
            payload: Vec::new(),
            receipt_given: false,
        }
    }

    /// What a part with these octets is to this set.
    pub(super) fn standing(&self, sequence: u8, octets: &[u8]) -> Standing {
        let Some(part) = self.parts.get(&sequence) else {
            return match self.stage {
                Stage::Collecting => Standing::Missing,
                Stage::Open(_) | Stage::Answered(_) => Standing::Foreign,
            };
        };
        match (&self.stage, part.fingerprint == fingerprint(octets)) {
            (_, false) => Standing::Foreign,
            // A sender that was refused a part sends no others: this is another try from the first on.
            (Stage::Collecting, true) if part.refused_by_relay() => Standing::Foreign,
            (Stage::Collecting | Stage::Open(_), true) => Standing::Again,
            (Stage::Answered(_), true) if part.refused() => Standing::Retry,
            (Stage::Answered(_), true) => Standing::Foreign,
        }
    }

    pub(super) fn add(&mut self, sequence: u8, message: &ShortMessage<'_>) {
        let part = Part {
            octets: message.octets.to_vec(),
            fingerprint: fingerprint(message.octets),
            extent: message.extent,
            answer: Answer::Waiting,
            receipt_due: message.receipt_due,
            outcome: None,
        };
        self.parts.insert(sequence, part);
        (self.source, self.destination) = (message.source, message.destination);
    }

    /// Notes that a part was sent again: its answer is owed again.
    pub(super) fn repeat(&mut self, sequence: u8, extent: Extent) {
        if let Some(part) = self.parts.get_mut(&sequence) {
            part.answer = Answer::Waiting;
            part.outcome = None;
            if !matches!(self.stage, Stage::Collecting) {
                part.extent = extent;
            }
        }
    }

    /// What a part of it is known by, whatever reference its sender gave it.
    pub(super) fn content_key(&self, sequence: u8, octets: u64) -> ContentKey {
        ContentKey {
            originator: fingerprint(self.originator.as_bytes()),
            recipient: fingerprint(self.recipient.as_bytes()),
            imsi: self.keys.as_ref().and_then(|[key, _]| key.imsi),
            hop: self.hosts,
            total: self.total,
            sequence,
            octets,
        }
    }

    /// Whether each of its parts is one of `other`'s.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        self.parts.iter().all(|(sequence, part)| {
            let same = other.parts.get(sequence);
            same.is_some_and(|same| same.fingerprint == part.fingerprint)
        })
    }

    /// Whether nothing more is to be said about it, so that it will not be handed on again.
    pub(super) fn is_settled(&self) -> bool {
        let delivered = |part: &Part| match part.receipt_due {
            true => part.outcome.is_some_and(|outcome| outcome.delivered),
            false => !part.refused(),
        };
        matches!(self.stage, Stage::Answered(_))
            && self.refusal().is_none()
            && self.parts.values().all(delivered)
    }

    pub(super) fn is_complete(&self) -> bool {
        self.parts.len() == usize::from(self.total)
    }

    /// Octets held.
    pub(super) fn held(&self) -> usize {
        let parts = self.parts.values().map(|part| part.octets.len());
        parts
            .sum::<usize>()
            .saturating_add(self.payload.len() + self.hop_before.len())
    }

    /// Joins the parts from the first up to the first that is missing.
    pub(super) fn join(&mut self) -> Vec<u8> {
        let mut payload = Vec::new();
        for (expected, (sequence, part)) in (1u8..).zip(&mut self.parts) {
            if expected != *sequence {
                break;
            }
            payload.append(&mut part.octets);
        }
        payload
    }

    /// From the frame with the first part's first octet to the one in which the last part came.
    pub(super) fn extent(&self) -> Extent {
        let first = self
            .parts
            .values()
            .next()
            .map_or(self.began, |part| part.extent.first);
        let mut extent = Extent::single(first);
        for part in self.parts.values() {
            extent.extend(part.extent.last);
        }
        extent
    }

    /// The frames of each part, where there are several.
    pub(super) fn pieces(&self) -> Vec<Extent> {
        match self.total {
            0 | 1 => Vec::new(),
            _ => self.parts.values().map(|part| part.extent).collect(),
        }
    }

    /// The frames of the answers, where several are due.
    pub(super) fn answers(&self) -> Vec<Extent> {
        let given = self.parts.values().filter_map(|part| match part.answer {
            Answer::Given(Given { extent, .. }) => Some(extent),
            Answer::Waiting | Answer::Lost(..) => None,
        });
        match self.total {
            0 | 1 => Vec::new(),
            _ => given.collect(),
        }
    }

    /// The first refusal among the answers.
    pub(super) fn refusal(&self) -> Option<&Given> {
        self.parts.values().find_map(|part| match &part.answer {
            Answer::Given(given) if !given.status.is_success() => Some(given),
            _ => None,
        })
    }

    /// The exchange, once it was handed on.
    pub(super) const fn exchange(&self) -> Option<ExchangeId> {
        match self.stage {
            Stage::Collecting => None,
            Stage::Open(exchange) | Stage::Answered(exchange) => Some(exchange),
        }
    }

    /// What became of the whole message: refused with its first part that was, delivered with its last.
    pub(super) fn receipt_outcome(&self) -> Option<ReceiptOutcome> {
        let outcomes = || self.parts.values().filter_map(|part| part.outcome);
        if let Some(failed) = outcomes().find(|outcome| !outcome.delivered) {
            return Some(failed);
        }
        let due = self.parts.values().filter(|part| part.receipt_due).count().max(1);
        match outcomes().count() >= due && self.is_complete() {
            true => outcomes().max_by_key(|outcome| outcome.at),
            false => None,
        }
    }
}

impl Part {
    fn refused_by_relay(&self) -> bool {
        matches!(&self.answer, Answer::Given(given) if !given.status.is_success())
    }

    /// Whether the next relay or the phone said no.
    fn refused(&self) -> bool {
        self.refused_by_relay() || self.outcome.is_some_and(|outcome| !outcome.delivered)
    }
}
