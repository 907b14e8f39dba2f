//! One exchange as correlation keeps it: where it passed, what the request said, what became of it. A [`Head`] of a
//! fixed size, and the rest packed into text: this is what stays in memory until the message is closed. A [`Leg`]
//! reads both.

use std::net::{IpAddr, SocketAddrV4};
use std::ops::Deref;

use super::arena::{Arena, Place};
pub(super) use super::head::{AnsweredKind, AskedKind, FateKind, Head, LegKind};
use super::head::{Ends, Part};
use super::operation_facts::OperationFacts;
use super::packed::{Packed, Texts};
use super::pdus::{Confirmed, Notified, ReadBack, Reported, Retrieved, Send, SendConf};
use super::record::ExpiryValue;
use super::words::Packs;
use crate::mms::MessageType;
use crate::model::{Endpoint, Extent, FrameRef, Timestamp};
use crate::session::{AnswerVisibility, BodyEnd, EndReason, Status};

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// Nothing yet.
    Pending,
    /// No answer belongs to it.
    NoneExpected,
    /// It was answered.
    Answered {
        /// The last frame of the answer.
        last: FrameRef,
        reply: Reply,
    },
    /// It is over without an answer.
    Ended {
        at: FrameRef,
        reason: EndReason,
        answer: AnswerVisibility,
    },
}

/// The bearer's word on a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub(super) status: Status,
    pub(super) end: BodyEnd,
    /// Octets of the answer's body.
    pub(super) length: u64,
    /// Whether the answer says that it carries an MMS PDU.
    pub(super) claims_mms: bool,
}

/// What a request said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// The request was not captured.
    Unseen,
    /// A request with a body in which no PDU could be read.
    Unread,
    /// A GET.
    Get,
    Send(Send<'a>),
    Notification(Notified<'a>),
    Acknowledgement(Confirmed<'a>),
    DeliveryReport(Reported<'a>),
    ReadReport(ReadBack<'a>),
    Operation(OperationFacts<'a>),
}

/// What an answer said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answered<'a> {
    /// No PDU.
    Nothing,
    SendConf(SendConf<'a>),
    Retrieved(Retrieved<'a>),
    Operation(OperationFacts<'a>),
    /// A PDU that does not answer anything.
    Other(MessageType),
}

/// The network's later word that the phone did not get an accepted push.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undelivered {
    pub(super) at: FrameRef,
    pub(super) code: Option<u32>,
}

/// What makes a PDU malformed, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Malformed<'a> {
    pub(super) at: FrameRef,
    pub(super) pdu: MessageType,
    pub(super) detail: &'a str,
}

/// URL, subscriber and recipient.
const ASKED_TEXTS: usize = 3;

/// A leg as it is read. Its text is, for the request: both ends where they are not in the head, the PDU's facts, the last
/// frame where the request was captured, URL, subscriber and recipient, what is malformed; and for the answer: the
/// PDU's facts, the bearer's word, the last frame and the first, what is malformed; or the frame and the reason of the
/// end. All of it tells by itself where it ends, as other legs' may stand behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg<'a> {
    head: &'a Head,
    text: Text<'a>,
}

/// Where a leg's text is. That of a leg that does not change any more is far away from what grouping looks at, and only
/// fetched where the head does not say enough.
#[derive(Clone, Copy, Debug)]
enum Text<'a> {
    AtHand(&'a str),
    Filed(&'a Arena, Place),
}

impl Deref for Leg<'_> {
    type Target = Head;

    fn deref(&self) -> &Head {
        self.head
    }
}

impl<'a> Leg<'a> {
    pub(super) const fn new(head: &'a Head, text: &'a str) -> Self {
        Self {
            head,
            text: Text::AtHand(text),
        }
    }

    /// A leg that does not change any more.
    pub(super) const fn filed(head: &'a Head, arena: &'a Arena, place: Place) -> Self {
        Self {
            head,
            text: Text::Filed(arena, place),
        }
    }

    /// With its text at hand, for whoever reads much of it.
    pub(super) fn at_hand(self) -> Self {
        Self::new(self.head, self.text())
    }

    /// A leg of nothing, for what does not exist.
    pub(super) const fn nothing() -> Self {
        Self::new(&Head::NOTHING, "")
    }

    /// The frame it is first seen in.
    pub(super) fn first(self) -> FrameRef {
        self.head.first()
    }

    fn text(self) -> &'a str {
        match self.text {
            Text::AtHand(text) => text,
            Text::Filed(arena, place) => arena.get_open_ended(place),
        }
    }

    fn request_part(self) -> Packed<'a> {
        Packed::new(self.text())
    }

    fn answer_part(self) -> Packed<'a> {
        let start = self.head.answer_at as usize;
        Packed::new(self.text().get(start..).unwrap_or_default())
    }

    /// Who asked and who was asked.
    pub(super) fn ends(self) -> (Endpoint, Endpoint) {
        match self.head.ends {
            Ends::V4 { client, server } => {
                let endpoint = |socket: SocketAddrV4| Endpoint::new(IpAddr::V4(*socket.ip()), socket.port());
                (endpoint(client), endpoint(server))
            }
            Ends::InText => {
                let mut packed = self.request_part();
                (Endpoint::unpack(&mut packed), Endpoint::unpack(&mut packed))
            }
        }
    }

    /// Who asked: the phone, or the gateway on its behalf; of a push, who pushed.
    pub(super) fn client(self) -> Endpoint {
        self.ends().0
    }

    pub(super) fn server(self) -> Endpoint {
        self.ends().1
    }

    /// What is packed of the request's PDU, and what stands behind it.
    fn asked_facts(self) -> (Packed<'a>, Packed<'a>) {
        let mut packed = self.request_part();
        if let Ends::InText = self.head.ends {
            Endpoint::unpack(&mut packed);
            Endpoint::unpack(&mut packed);
        }
        (packed.whole(), packed)
    }

    /// The last frame of the request where it was captured, and what stands behind it.
    fn asked_last(self) -> (Option<FrameRef>, Packed<'a>) {
        let (_, mut packed) = self.asked_facts();
        let last = self.head.requested.then(|| self.head.first.unpack(&mut packed));
        (last, packed)
    }

    fn asked_text(self, number: usize) -> Option<&'a str> {
        let (_, packed) = self.asked_last();
        Texts::of(packed).get(number)
    }

    /// The absolute URL of a GET; of any other request only its origin.
    pub(super) fn url(self) -> Option<&'a str> {
        self.asked_text(0)
    }

    /// The number that the bearer gives for who asked.
    pub(super) fn subscriber(self) -> Option<&'a str> {
        self.asked_text(1)
    }

    /// The address that the bearer gives for the recipient of a push.
    pub(super) fn recipient(self) -> Option<&'a str> {
        self.asked_text(2)
    }

    /// Where the request lies; none where it was not captured.
    pub(super) fn request(self) -> Option<Extent> {
        let last = self.asked_last().0?;
        Some(Extent {
            first: self.first(),
            last,
        })
    }

    /// What the answer's PDU said, and what stands behind it.
    fn answered_facts(self) -> (Packed<'a>, Packed<'a>) {
        let mut packed = self.answer_part();
        (packed.whole(), packed)
    }

    /// The bearer's word on the request, where it was answered, and what stands behind it.
    fn replied(self) -> Option<(Reply, Packed<'a>)> {
        if self.head.fate != FateKind::Answered {
            return None;
        }
        let (_, mut packed) = self.answered_facts();
        let reply = Reply {
            status: Status::unpack(&mut packed),
            end: BodyEnd::unpack(&mut packed),
            length: packed.number(),
            claims_mms: packed.flag(),
        };
        Some((reply, packed))
    }

    fn answer_last(self) -> Option<FrameRef> {
        let (_, mut packed) = self.replied()?;
        Some(self.head.first.unpack(&mut packed))
    }

    /// Where the answer lies.
    pub(super) fn answer(self) -> Option<Extent> {
        let (_, mut packed) = self.replied()?;
        let last = self.head.first.unpack(&mut packed);
        let first = self.head.first.unpack(&mut packed);
        Some(Extent { first, last })
    }

    /// The bearer's word on the request, where it was answered.
    pub(super) fn reply(self) -> Option<Reply> {
        self.replied().map(|(reply, _)| reply)
    }

    /// Whether the bearer says that it worked.
    pub(super) fn status(self) -> Option<Status> {
        self.reply().map(|reply| reply.status)
    }

    /// The frame that completes the last of it.
    pub(super) fn last(self) -> FrameRef {
        let last = self.answer_last().or_else(|| self.asked_last().0);
        last.unwrap_or_else(|| self.first())
    }

    /// What became of the request.
    pub(super) fn fate(self) -> Fate {
        match self.head.fate {
            FateKind::Pending => Fate::Pending,
            FateKind::NoneExpected => Fate::NoneExpected,
            FateKind::Answered => {
                self.replied()
                    .map_or(Fate::Pending, |(reply, mut packed)| Fate::Answered {
                        last: self.head.first.unpack(&mut packed),
                        reply,
                    })
            }
            FateKind::Ended => {
                let mut packed = self.answer_part();
                Fate::Ended {
                    at: self.head.first.unpack(&mut packed),
                    reason: EndReason::unpack(&mut packed),
                    answer: AnswerVisibility::unpack(&mut packed),
                }
            }
        }
    }

    /// What makes one of its PDUs malformed.
    pub(super) fn malformed(self) -> Option<Malformed<'a>> {
        let mut packed = match self.head.malformed? {
            Part::Request => {
                let (_, mut packed) = self.asked_last();
                packed.pass_texts(ASKED_TEXTS);
                packed
            }
            Part::Answer => {
                let (_, mut packed) = self.replied()?;
                (0..2).for_each(|_| {
                    self.head.first.unpack(&mut packed);
                });
                packed
            }
        };
        Some(Malformed {
            at: self.head.first.unpack(&mut packed),
            pdu: MessageType::unpack(&mut packed),
            detail: packed.text().unwrap_or_default(),
        })
    }

    /// What the request said.
    pub(super) fn asked(self) -> Asked<'a> {
        let facts = || self.asked_facts().0;
        match self.head.asked {
            AskedKind::Unseen => Asked::Unseen,
            AskedKind::Unread => Asked::Unread,
            AskedKind::Get => Asked::Get,
            AskedKind::Send => Asked::Send(Send::unpack(facts())),
            AskedKind::Notification => Asked::Notification(Notified::unpack(facts())),
            AskedKind::Acknowledgement => Asked::Acknowledgement(Confirmed::unpack(facts())),
            AskedKind::DeliveryReport => Asked::DeliveryReport(Reported::unpack(facts())),
            AskedKind::ReadReport => Asked::ReadReport(ReadBack::unpack(facts())),
            AskedKind::Operation => Asked::Operation(OperationFacts::unpack(facts())),
        }
    }

    /// What the answer said.
    pub(super) fn answered(self) -> Answered<'a> {
        let facts = || self.answered_facts().0;
        match self.head.answered {
            AnsweredKind::Nothing => Answered::Nothing,
            AnsweredKind::SendConf => Answered::SendConf(SendConf::unpack(facts())),
            AnsweredKind::Retrieved => Answered::Retrieved(Retrieved::unpack(facts())),
            AnsweredKind::Operation => Answered::Operation(OperationFacts::unpack(facts())),
            AnsweredKind::Other => Answered::Other(MessageType::unpack(&mut facts())),
        }
    }

    fn asked_as(self, kind: AskedKind) -> Option<Packed<'a>> {
        (self.head.asked == kind).then(|| self.asked_facts().0)
    }

    fn answered_as(self, kind: AnsweredKind) -> Option<Packed<'a>> {
        (self.head.answered == kind).then(|| self.answered_facts().0)
    }

    pub(super) fn send(self) -> Option<Send<'a>> {
        self.asked_as(AskedKind::Send).map(Send::unpack)
    }

    pub(super) fn send_conf(self) -> Option<SendConf<'a>> {
        self.answered_as(AnsweredKind::SendConf).map(SendConf::unpack)
    }

    pub(super) fn notified(self) -> Option<Notified<'a>> {
        self.asked_as(AskedKind::Notification).map(Notified::unpack)
    }

    pub(super) fn retrieved(self) -> Option<Retrieved<'a>> {
        self.answered_as(AnsweredKind::Retrieved).map(Retrieved::unpack)
    }

    pub(super) fn confirmed(self) -> Option<Confirmed<'a>> {
        self.asked_as(AskedKind::Acknowledgement).map(Confirmed::unpack)
    }

    pub(super) fn reported(self) -> Option<Reported<'a>> {
        self.asked_as(AskedKind::DeliveryReport).map(Reported::unpack)
    }

    pub(super) fn read_back(self) -> Option<ReadBack<'a>> {
        self.asked_as(AskedKind::ReadReport).map(ReadBack::unpack)
    }

    /// The operation's PDU that asks.
    pub(super) fn operation(self) -> Option<OperationFacts<'a>> {
        self.asked_as(AskedKind::Operation).map(OperationFacts::unpack)
    }

    /// The operation's PDU that answers.
    pub(super) fn operation_conf(self) -> Option<OperationFacts<'a>> {
        self.answered_as(AnsweredKind::Operation)
            .map(OperationFacts::unpack)
    }

    /// Whether the answer shows the phone got the whole message: a complete m-retrieve.conf without error.
    pub(super) fn retrieved_whole(self) -> bool {
        self.retrieved()
            .is_some_and(|retrieved| retrieved.complete && retrieved.is_ok())
    }
}

/// When an expiry that was given in a PDU seen at `seen` comes to pass.
pub(super) fn expiry_time(expiry: ExpiryValue, seen: Timestamp) -> Timestamp {
    match expiry {
        ExpiryValue::Absolute(time) => time,
        ExpiryValue::Relative(seconds) => {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            seen.plus(seconds.saturating_mul(Timestamp::SECOND))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_expiry_counts_from_the_pdu_and_saturates() {
        let seen = Timestamp::from_seconds(100);
        assert_eq!(
            expiry_time(ExpiryValue::Relative(20), seen),
            Timestamp::from_seconds(120)
        );
        assert_eq!(
            expiry_time(ExpiryValue::Relative(u64::MAX), seen).nanoseconds(),
            i64::MAX
        );
    }
}
