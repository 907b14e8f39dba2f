//! One exchange as correlation keeps it: where it passed, what the request said, what became of it. A [`Head`] of a
//! fixed size, and the rest packed into text: this is what stays in memory until the message is closed. A [`Leg`]
//! reads both.

use std::net::{IpAddr, SocketAddrV4};
use std::ops::Deref;

use crate::correlate::record::address;
use crate::correlate::record::pdu::ExpiryValue;
use crate::correlate::store::arena::{Arena, Place};
pub(crate) use crate::correlate::store::head::{CompletionKind, Head, LegKind, RequestKind, ResponseKind};
use crate::correlate::store::head::{Ends, Part};
use crate::correlate::store::operation_facts::OperationFacts;
use crate::correlate::store::packed::{Packed, Texts};
use crate::correlate::store::pdus::{Confirmed, Notified, ReadBack, Reported, Retrieved, Send, SendConf};
use crate::correlate::store::words::Packs;
use crate::mms::MessageType;
use crate::model::{BearerStatus, Endpoint, Extent, FrameRef, Timestamp};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Completion {
    /// Nothing yet.
    Pending,
    /// No answer belongs to it.
    NoneExpected,
    /// It was answered.
    ResponseFacts {
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
pub(crate) struct Reply {
    /// None where the answer came in a request of its own.
    pub(crate) status: Option<BearerStatus>,
    pub(crate) end: BodyEnd,
    /// Octets of the answer's body.
    pub(crate) length: u64,
    /// Whether the answer says that it carries an MMS PDU.
    pub(crate) claims_mms: bool,
}

/// What a request said.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestFacts<'a> {
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
pub(crate) enum ResponseFacts<'a> {
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
pub(crate) struct Undelivered {
    pub(crate) at: FrameRef,
    pub(crate) code: Option<u32>,
}

/// What makes a PDU malformed, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Malformed<'a> {
    pub(crate) at: FrameRef,
    pub(crate) pdu: MessageType,
    pub(crate) detail: &'a str,
}

/// URL, subscriber and recipient.
const ASKED_TEXTS: usize = 3;

/// A leg as it is read. Its text is, for the request: both ends where they are not in the head, the PDU's facts, the last
/// frame where the request was captured, URL, subscriber and recipient, what is malformed; and for the answer: the
/// PDU's facts, the bearer's word, the last frame and the first, what is malformed; or the frame and the reason of the
/// end. All of it tells by itself where it ends, as other legs' may stand behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg<'a> {
    head: &'a Head,
    text: Text<'a>,
}

/// Where a leg's text is. That of a leg that does not change any more is far away from what grouping looks at, and only
/// fetched where the head does not say enough.
#[derive(Clone, Copy, Debug)]
enum Text<'a> {
    AtHand(&'a str),
    ClosedLeg(&'a Arena, Place),
}

impl Deref for Leg<'_> {
    type Target = Head;

    fn deref(&self) -> &Head {
        self.head
    }
}

impl<'a> Leg<'a> {
    pub(crate) const fn new(head: &'a Head, text: &'a str) -> Self {
        Self {
            head,
            text: Text::AtHand(text),
        }
    }

    /// A leg that does not change any more.
    pub(crate) const fn filed(head: &'a Head, arena: &'a Arena, place: Place) -> Self {
        Self {
            head,
            text: Text::ClosedLeg(arena, place),
        }
    }

    /// With its text at hand, for whoever reads much of it.
    pub(crate) fn at_hand(self) -> Self {
        Self::new(self.head, self.text())
    }

    /// A leg of nothing, for what does not exist.
    pub(crate) const fn nothing() -> Self {
        Self::new(&Head::NOTHING, "")
    }

    /// The frame it is first seen in.
    pub(crate) fn first(self) -> FrameRef {
        self.head.first()
    }

    fn text(self) -> &'a str {
        match self.text {
            Text::AtHand(text) => text,
            Text::ClosedLeg(arena, place) => arena.get_open_ended(place),
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
    pub(crate) fn ends(self) -> (Endpoint, Endpoint) {
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
    pub(crate) fn client(self) -> Endpoint {
        self.ends().0
    }

    pub(crate) fn server(self) -> Endpoint {
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
    pub(crate) fn url(self) -> Option<&'a str> {
        self.asked_text(0)
    }

    /// The number that the bearer gives for who asked.
    pub(crate) fn subscriber(self) -> Option<&'a str> {
        self.asked_text(1)
    }

    /// The address that the bearer gives for the recipient of a push.
    pub(crate) fn recipient(self) -> Option<&'a str> {
        self.asked_text(2)
    }

    /// Where the request lies; none where it was not captured.
    pub(crate) fn request(self) -> Option<Extent> {
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
        if self.head.fate != CompletionKind::ResponseFacts {
            return None;
        }
        let (_, mut packed) = self.answered_facts();
        let reply = Reply {
            status: Option::unpack(&mut packed),
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
    pub(crate) fn answer(self) -> Option<Extent> {
        let (_, mut packed) = self.replied()?;
        let last = self.head.first.unpack(&mut packed);
        let first = self.head.first.unpack(&mut packed);
        Some(Extent { first, last })
    }

    /// The bearer's word on the request, where it was answered.
    pub(crate) fn reply(self) -> Option<Reply> {
        self.replied().map(|(reply, _)| reply)
    }

    /// Whether the bearer says that it worked.
    pub(crate) fn status(self) -> Option<BearerStatus> {
        self.reply()?.status
    }

    /// The frame that completes the last of it.
    pub(crate) fn last(self) -> FrameRef {
        let last = self.answer_last().or_else(|| self.asked_last().0);
        last.unwrap_or_else(|| self.first())
    }

    /// What became of the request.
    pub(crate) fn fate(self) -> Completion {
        match self.head.fate {
            CompletionKind::Pending => Completion::Pending,
            CompletionKind::NoneExpected => Completion::NoneExpected,
            CompletionKind::ResponseFacts => {
                self.replied().map_or(Completion::Pending, |(reply, mut packed)| {
                    Completion::ResponseFacts {
                        last: self.head.first.unpack(&mut packed),
                        reply,
                    }
                })
            }
            CompletionKind::Ended => {
                let mut packed = self.answer_part();
                Completion::Ended {
                    at: self.head.first.unpack(&mut packed),
                    reason: EndReason::unpack(&mut packed),
                    answer: AnswerVisibility::unpack(&mut packed),
                }
            }
        }
    }

    /// What makes one of its PDUs malformed.
    pub(crate) fn malformed(self) -> Option<Malformed<'a>> {
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
    pub(crate) fn asked(self) -> RequestFacts<'a> {
        let facts = || self.asked_facts().0;
        match self.head.asked {
            RequestKind::Unseen => RequestFacts::Unseen,
            RequestKind::Unread => RequestFacts::Unread,
            RequestKind::Get => RequestFacts::Get,
            RequestKind::Send => RequestFacts::Send(Send::unpack(facts())),
            RequestKind::Notification => RequestFacts::Notification(Notified::unpack(facts())),
            RequestKind::Acknowledgement => RequestFacts::Acknowledgement(Confirmed::unpack(facts())),
            RequestKind::DeliveryReport => RequestFacts::DeliveryReport(Reported::unpack(facts())),
            RequestKind::ReadReport => RequestFacts::ReadReport(ReadBack::unpack(facts())),
            RequestKind::Operation => RequestFacts::Operation(OperationFacts::unpack(facts())),
        }
    }

    /// What the answer said.
    pub(crate) fn answered(self) -> ResponseFacts<'a> {
        let facts = || self.answered_facts().0;
        match self.head.answered {
            ResponseKind::Nothing => ResponseFacts::Nothing,
            ResponseKind::SendConf => ResponseFacts::SendConf(SendConf::unpack(facts())),
            ResponseKind::Retrieved => ResponseFacts::Retrieved(Retrieved::unpack(facts())),
            ResponseKind::Operation => ResponseFacts::Operation(OperationFacts::unpack(facts())),
            ResponseKind::Other => ResponseFacts::Other(MessageType::unpack(&mut facts())),
        }
    }

    fn asked_as(self, kind: RequestKind) -> Option<Packed<'a>> {
        (self.head.asked == kind).then(|| self.asked_facts().0)
    }

    fn answered_as(self, kind: ResponseKind) -> Option<Packed<'a>> {
        (self.head.answered == kind).then(|| self.answered_facts().0)
    }

    pub(crate) fn send(self) -> Option<Send<'a>> {
        self.asked_as(RequestKind::Send).map(Send::unpack)
    }

    pub(crate) fn send_conf(self) -> Option<SendConf<'a>> {
        self.answered_as(ResponseKind::SendConf).map(SendConf::unpack)
    }

    pub(crate) fn notified(self) -> Option<Notified<'a>> {
        self.asked_as(RequestKind::Notification).map(Notified::unpack)
    }

    pub(crate) fn retrieved(self) -> Option<Retrieved<'a>> {
        self.answered_as(ResponseKind::Retrieved).map(Retrieved::unpack)
    }

    pub(crate) fn confirmed(self) -> Option<Confirmed<'a>> {
        self.asked_as(RequestKind::Acknowledgement).map(Confirmed::unpack)
    }

    pub(crate) fn reported(self) -> Option<Reported<'a>> {
        self.asked_as(RequestKind::DeliveryReport).map(Reported::unpack)
    }

    pub(crate) fn read_back(self) -> Option<ReadBack<'a>> {
        self.asked_as(RequestKind::ReadReport).map(ReadBack::unpack)
    }

    /// The operation's PDU that asks.
    pub(crate) fn operation(self) -> Option<OperationFacts<'a>> {
        self.asked_as(RequestKind::Operation).map(OperationFacts::unpack)
    }

    /// The operation's PDU that answers.
    pub(crate) fn operation_conf(self) -> Option<OperationFacts<'a>> {
        self.answered_as(ResponseKind::Operation)
            .map(OperationFacts::unpack)
    }

    /// The message id that one of its PDUs gives, as ids are compared: an answer counts only where it accepted.
    pub(crate) fn message_id(self) -> Option<&'a str> {
        let accepted = self.send_conf().and_then(|conf| conf.accepted_id());
        let fetched = self.retrieved().and_then(|retrieved| retrieved.message_id());
        let reported = self.reported().and_then(|report| report.message_id());
        let read = self.read_back().and_then(|read| read.message_id());
        let id = accepted.or(fetched).or(reported).or(read)?;
        Some(address::message_id(id)).filter(|id| !id.is_empty())
    }

    /// Whether the answer shows the phone got the whole message: a complete m-retrieve.conf without error.
    pub(crate) fn retrieved_whole(self) -> bool {
        self.retrieved()
            .is_some_and(|retrieved| retrieved.complete && retrieved.is_ok())
    }
}

/// When an expiry that was given in a PDU seen at `seen` comes to pass.
pub(crate) fn expiry_time(expiry: ExpiryValue, seen: Timestamp) -> Timestamp {
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
