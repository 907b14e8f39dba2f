//! One exchange as correlation keeps it: where it passed, what the request said, what became of it. Small and
//! owned: this is what stays in memory until the message is closed.

use super::pdus::{Confirmed, Notified, OperationFacts, ReadBack, Reported, Retrieved, Send, SendConf};
use super::record::ExpiryValue;
use super::span::{Span, Spot};
use super::texts::Texts;
use crate::mms::MessageType;
use crate::model::{Endpoint, Extent, FrameRef, Timestamp};
use crate::session::{AnswerVisibility, Bearer, BodyEnd, EndReason, ExchangeId, Status};

/// One step of a message or operation on one bearer: a request with its answer, or a push.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) exchange: ExchangeId,
    pub(super) bearer: Bearer,
    /// Who asked: the phone, or the gateway on its behalf; of a push, who pushed.
    pub(super) client: Endpoint,
    pub(super) server: Endpoint,
    /// Where the request lies; none where it was not captured.
    pub(super) span: Option<Span>,
    pub(super) request_end: BodyEnd,
    /// Whether a proxy or gateway says it passed it on.
    pub(super) relayed: bool,
    pub(super) asked: Asked,
    pub(super) fate: Fate,
    pub(super) answered: Answered,
    /// URL, subscriber, recipient.
    pub(super) texts: Texts,
    /// The network's later word that the phone did not get an accepted push.
    pub(super) undelivered: Option<Box<Undelivered>>,
    /// What makes one of its PDUs malformed, and where.
    pub(super) malformed: Option<Box<Malformed>>,
}

#[derive(Clone, Debug)]
pub(super) struct Undelivered {
    pub(super) at: FrameRef,
    pub(super) code: Option<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Malformed {
    pub(super) at: FrameRef,
    pub(super) pdu: MessageType,
    pub(super) detail: Box<str>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// Nothing yet.
    Pending,
    /// No answer belongs to it.
    NoneExpected,
    /// It was answered.
    Answered {
        span: Span,
        status: Status,
        end: BodyEnd,
        /// Octets of the answer's body.
        length: u64,
        /// Whether the answer says that it carries an MMS PDU.
        claims_mms: bool,
    },
    /// It is over without an answer.
    Ended {
        at: Spot,
        reason: EndReason,
        answer: AnswerVisibility,
    },
}

/// What a request said.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// The request was not captured.
    Unseen,
    /// A request with a body in which no PDU could be read.
    Unread,
    /// A GET.
    Get,
    Send(Box<Send>),
    Notification(Box<Notified>),
    Acknowledgement(Box<Confirmed>),
    DeliveryReport(Box<Reported>),
    ReadReport(Box<ReadBack>),
    Operation(Box<OperationFacts>),
}

/// What an answer said.
#[derive(Clone, Debug)]
pub(super) enum Answered {
    /// No PDU.
    Nothing,
    SendConf(Box<SendConf>),
    Retrieved(Box<Retrieved>),
    Operation(Box<OperationFacts>),
    /// A PDU that does not answer anything.
    Other(MessageType),
}

/// Which step of a message's life a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum LegKind {
    Submission,
    Notification,
    Retrieval,
    Acknowledgement,
    DeliveryReport,
    ReadReport,
    Operation,
}

impl Leg {
    /// A leg of nothing, for what does not exist.
    pub(super) fn nothing() -> Self {
        let nowhere = Endpoint::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);
        Self {
            exchange: ExchangeId(0),
            bearer: Bearer::Http,
            client: nowhere,
            server: nowhere,
            span: None,
            request_end: BodyEnd::Whole,
            relayed: false,
            asked: Asked::Unseen,
            fate: Fate::Pending,
            answered: Answered::Nothing,
            texts: Texts::default(),
            undelivered: None,
            malformed: None,
        }
    }

    /// Which step it is; none while nothing in it is MMS.
    pub(super) fn kind(&self) -> Option<LegKind> {
        match (&self.asked, &self.answered) {
            (Asked::Send(_), _) => Some(LegKind::Submission),
            (Asked::Notification(_), _) => Some(LegKind::Notification),
            (Asked::Acknowledgement(_), _) => Some(LegKind::Acknowledgement),
            (Asked::DeliveryReport(_), _) => Some(LegKind::DeliveryReport),
            (Asked::ReadReport(_), _) => Some(LegKind::ReadReport),
            (Asked::Operation(_), _) => Some(LegKind::Operation),
            (Asked::Get, _) | (_, Answered::Retrieved(_)) => Some(LegKind::Retrieval),
            (_, Answered::SendConf(_)) => Some(LegKind::Submission),
            (_, Answered::Operation(_)) => Some(LegKind::Operation),
            _ => None,
        }
    }

    /// The absolute URL of a GET; of any other request only its origin.
    pub(super) fn url(&self) -> Option<&str> {
        self.texts.get(0)
    }

    /// The number that the bearer gives for who asked.
    pub(super) fn subscriber(&self) -> Option<&str> {
        self.texts.get(1)
    }

    /// The address that the bearer gives for the recipient of a push.
    pub(super) fn recipient(&self) -> Option<&str> {
        self.texts.get(2)
    }

    /// Where the request lies; none where it was not captured.
    pub(super) fn request(&self) -> Option<Extent> {
        self.span.map(Extent::from)
    }

    /// The frame it is first seen in.
    pub(super) fn first(&self) -> FrameRef {
        match (self.request().or_else(|| self.answer()), self.fate) {
            (Some(extent), _) => extent.first,
            (None, Fate::Ended { at, .. }) => at.into(),
            (None, _) => FrameRef::default(),
        }
    }

    /// The frame that completes the last of it.
    pub(super) fn last(&self) -> FrameRef {
        let extent = self.answer().or_else(|| self.request());
        extent.map_or_else(|| self.first(), |extent| extent.last)
    }

    /// Where the answer lies.
    pub(super) fn answer(&self) -> Option<Extent> {
        match self.fate {
            Fate::Answered { span, .. } => Some(span.into()),
            _ => None,
        }
    }

    /// The bearer's word on it.
    pub(super) fn status(&self) -> Option<Status> {
        match self.fate {
            Fate::Answered { status, .. } => Some(status),
            _ => None,
        }
    }

    pub(super) fn send(&self) -> Option<&Send> {
        if let Asked::Send(send) = &self.asked {
            Some(send)
        } else {
            None
        }
    }

    pub(super) fn send_conf(&self) -> Option<&SendConf> {
        if let Answered::SendConf(conf) = &self.answered {
            Some(conf)
        } else {
            None
        }
    }

    pub(super) fn notified(&self) -> Option<&Notified> {
        if let Asked::Notification(notified) = &self.asked {
            Some(notified)
        } else {
            None
        }
    }

    pub(super) fn retrieved(&self) -> Option<&Retrieved> {
        if let Answered::Retrieved(retrieved) = &self.answered {
            Some(retrieved)
        } else {
            None
        }
    }

    pub(super) fn confirmed(&self) -> Option<&Confirmed> {
        if let Asked::Acknowledgement(confirmed) = &self.asked {
            Some(confirmed)
        } else {
            None
        }
    }

    pub(super) fn reported(&self) -> Option<&Reported> {
        if let Asked::DeliveryReport(reported) = &self.asked {
            Some(reported)
        } else {
            None
        }
    }

    pub(super) fn read_back(&self) -> Option<&ReadBack> {
        if let Asked::ReadReport(read) = &self.asked {
            Some(read)
        } else {
            None
        }
    }

    /// The operation's PDU that asks.
    pub(super) fn operation(&self) -> Option<&OperationFacts> {
        if let Asked::Operation(facts) = &self.asked {
            Some(facts)
        } else {
            None
        }
    }

    /// The operation's PDU that answers.
    pub(super) fn operation_conf(&self) -> Option<&OperationFacts> {
        if let Answered::Operation(facts) = &self.answered {
            Some(facts)
        } else {
            None
        }
    }

    /// Whether the answer shows the phone got the whole message: a complete m-retrieve.conf without error.
    pub(super) fn retrieved_whole(&self) -> bool {
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
    fn a_leg_is_small() {
        assert!(size_of::<Leg>() <= 208, "{}", size_of::<Leg>());
    }

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
