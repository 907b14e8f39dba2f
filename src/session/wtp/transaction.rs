//! One WTP transaction: the request, its answer, and what both ends said about them (WAP-224 section 7).

use std::borrow::Cow;

use super::Context;
use super::assembly::{Assembled, Assembly};
use super::pdu::Pdu;
use crate::model::{Direction, Extent, FrameRef, Nanoseconds, Timestamp};
use crate::session::fingerprint::fingerprint;
use crate::session::{BodyEnd, EndReason, ExchangeId};

/// Nanoseconds after a transaction's last packet within which an invoke with the same octets is the same request
/// again: some retries over a radio outage. Later, it is a phone that counts its TIDs from the start again.
const REPEAT_SPAN: Nanoseconds = 300 * Timestamp::SECOND;

/// Which transaction: who began it, and under which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    initiator: Direction,
    number: u16,
}

impl Key {
    /// The transaction that `initiator` began under `number`.
    pub(super) const fn new(initiator: Direction, number: u16) -> Self {
        Self { initiator, number }
    }

    /// Who began it.
    pub(super) const fn direction(self) -> Direction {
        self.initiator
    }
}

/// Which of a transaction's two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Invoke,
    Result,
}

/// One of a transaction's two messages.
#[derive(Debug, Default)]
pub(super) enum Message {
    /// Nothing of it was seen.
    #[default]
    Absent,
    /// Packets of it were seen.
    Partial(Box<Assembly>),
    /// It was handed on, or given up. Kept: hashes of its packets, by which one that comes again is known.
    Done(Vec<u64>),
}

impl Message {
    /// What its packets take until it is whole.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Partial(assembly) => assembly.held(),
            Self::Absent | Self::Done(_) => 0,
        }
    }

    /// Whether a packet that was acknowledged was not captured.
    pub(super) fn lacks(&self, packet: u8) -> bool {
        match self {
            Self::Absent => true,
            Self::Partial(assembly) => assembly.ends_before(packet),
            Self::Done(_) => false,
        }
    }

    /// Whether an acknowledgement up to `packet`, or of all, is one of the whole message.
    pub(super) fn ends_with(&self, packet: Option<u8>) -> bool {
        match (self, packet) {
            (Self::Absent, _) | (Self::Partial(_), Some(_)) => false,
            (_, None) => true,
            (Self::Done(packets), Some(packet)) => usize::from(packet) + 1 >= packets.len(),
        }
    }
}

/// A message that is over: whole, or as much as there is of it.
pub(super) struct Complete<'a> {
    pub(super) part: Part,
    pub(super) octets: Cow<'a, [u8]>,
    pub(super) extent: Extent,
    pub(super) end: BodyEnd,
}

/// How a transaction ends that is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) at: FrameRef,
    pub(super) reason: EndReason,
}

impl Ending {
    /// Another transaction took its place.
    pub(super) const fn replaced(at: FrameRef) -> Self {
        let reason = EndReason::Replaced;
        Self { at, reason }
    }

    /// There was no room for it.
    pub(super) const fn given_up(at: FrameRef) -> Self {
        let reason = EndReason::GivenUp;
        Self { at, reason }
    }

    /// One end aborted it.
    pub(super) const fn aborted(at: FrameRef, code: u8) -> Self {
        let reason = EndReason::Aborted { code };
        Self { at, reason }
    }
}

/// One transaction.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) key: Key,
    /// 0 to 2; none where the invoke was not captured.
    pub(super) class: Option<u8>,
    pub(super) invoke: Message,
    pub(super) result: Message,
    /// The exchange that is still owed an answer.
    pub(super) owed: Option<ExchangeId>,
    /// Whether the responder acknowledged packets of the request that were not captured.
    pub(super) invoke_hidden: bool,
    /// Whether the initiator acknowledged a result, or packets of one that were not captured.
    pub(super) result_acknowledged: bool,
    /// The last frame of it.
    pub(super) latest: FrameRef,
}

impl Transaction {
    /// Whether something of it is still to come: the rest of a message, or an answer.
    pub(super) fn is_under_way(&self) -> bool {
        let partial = |message: &Message| matches!(message, Message::Partial(_));
        self.owed.is_some() || partial(&self.invoke) || partial(&self.result)
    }

    pub(super) const fn new(key: Key, at: FrameRef) -> Self {
        Self {
            key,
            class: None,
            invoke: Message::Absent,
            result: Message::Absent,
            owed: None,
            invoke_hidden: false,
            result_acknowledged: false,
            latest: at,
        }
    }

    pub(super) const fn message(&mut self, part: Part) -> &mut Message {
        match part {
            Part::Invoke => &mut self.invoke,
            Part::Result => &mut self.result,
        }
    }

    /// Whether an invoke opens this transaction: because its other packets came first, or because it is the same
    /// invoke again.
    pub(super) fn is_opened_by(&self, invoke: &Pdu<'_>, at: FrameRef) -> bool {
        let soon = at.time.since(self.latest.time) <= REPEAT_SPAN;
        let again = match &self.invoke {
            Message::Absent => return false,
            Message::Partial(assembly) if !assembly.has_start() => return true,
            Message::Partial(assembly) => assembly.starts_with(invoke.data),
            Message::Done(packets) => {
                let same = packets.first() == Some(&fingerprint(invoke.data));
                same && (invoke.retransmission || self.owed.is_some())
            }
        };
        again && soon
    }

    /// Whether its request begins with these octets.
    pub(super) fn is_begun_with(&self, data: &[u8]) -> bool {
        match &self.invoke {
            Message::Absent => true,
            Message::Partial(assembly) => !assembly.has_start() || assembly.starts_with(data),
            Message::Done(packets) => packets.first() == Some(&fingerprint(data)),
        }
    }

    /// Whether a further packet with `data` may be part of one of this transaction's messages.
    pub(super) fn takes(&self, part: Part, data: &[u8]) -> bool {
        let message = match part {
            Part::Invoke => &self.invoke,
            Part::Result => &self.result,
        };
        match message {
            Message::Absent | Message::Partial(_) => true,
            Message::Done(packets) => packets.contains(&fingerprint(data)),
        }
    }

    /// Takes out a message of several packets, whole or not, to hand it on; none where it has no start or is not
    /// there.
    pub(super) fn take(
        &mut self,
        context: &mut Context<'_>,
        part: Part,
        end: BodyEnd,
    ) -> Option<Complete<'static>> {
        let message = self.message(part);
        let assembly = match message {
            Message::Partial(assembly) => std::mem::take(assembly),
            Message::Absent | Message::Done(_) => return None,
        };
        *message = Message::Done(assembly.fingerprints());
        context.budget.give_back(assembly.held());
        let Assembled { octets, extent, cut } = assembly.assemble()?;
        let end = match end {
            BodyEnd::Whole if cut => BodyEnd::NotCaptured,
            BodyEnd::Whole => end,
            _ if assembly.over_limit => BodyEnd::OverLimit,
            _ => end,
        };
        Some(Complete {
            part,
            octets: Cow::Owned(octets),
            extent,
            end,
        })
    }

    /// How a message that is not whole ended, where its transaction ended like this. Only an abort shows that its
    /// sender stopped: where nothing more is seen, nothing is known.
    pub(super) fn cut_short(&self, part: Part, ending: &Ending) -> BodyEnd {
        let received = match part {
            Part::Invoke => self.invoke_hidden,
            Part::Result => self.result_acknowledged,
        };
        match ending.reason {
            _ if received => BodyEnd::Hole,
            EndReason::Aborted { .. } => BodyEnd::CutShort { reset: true },
            _ => BodyEnd::NotCaptured,
        }
    }
}
