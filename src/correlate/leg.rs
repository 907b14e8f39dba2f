//! One exchange as correlation keeps it: where it passed, what the request said, what became of it. Small and
//! owned: this is what stays in memory until the message is closed.

use std::sync::Arc;

use super::address;
use super::record::{ExpiryValue, PartRecord, StatusEntry};
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
    pub(super) request: Option<Extent>,
    pub(super) request_end: BodyEnd,
    /// Whether a proxy or gateway says it passed it on.
    pub(super) relayed: bool,
    pub(super) asked: Asked,
    pub(super) fate: Fate,
    pub(super) answered: Answered,
    /// The request's absolute URL.
    pub(super) url: Option<Box<str>>,
    /// The number that the bearer gives for who asked.
    pub(super) subscriber: Option<Box<str>>,
    /// The address that the bearer gives for the recipient of a push.
    pub(super) recipient: Option<Box<str>>,
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
        extent: Extent,
        status: Status,
        end: BodyEnd,
        /// Octets of the answer's body.
        length: u64,
        /// Whether the answer says that it carries an MMS PDU.
        claims_mms: bool,
    },
    /// It is over without an answer.
    Ended {
        at: FrameRef,
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

/// m-send.req or m-forward.req (OMA-TS-MMS_ENC sections 6.1.1 and 6.5.1).
#[derive(Clone, Debug)]
pub(super) struct Send {
    pub(super) forward: bool,
    pub(super) transaction_id: Option<Box<str>>,
    pub(super) version: Option<(u8, u8)>,
    /// From, where it holds an address.
    pub(super) sender: Option<Box<str>>,
    pub(super) to: Box<[Box<str>]>,
    pub(super) cc: Box<[Box<str>]>,
    pub(super) bcc: Box<[Box<str>]>,
    pub(super) subject: Option<Box<str>>,
    pub(super) message_class: Option<Box<str>>,
    pub(super) priority: Option<&'static str>,
    pub(super) expiry: Option<ExpiryValue>,
    pub(super) delivery_report: Option<bool>,
    pub(super) read_report: Option<bool>,
    pub(super) content: Content,
    /// What is forwarded.
    pub(super) location: Option<Box<str>>,
    pub(super) reply_charging_id: Option<Box<str>>,
    /// Whether all its octets are there.
    pub(super) complete: bool,
}

impl Send {
    /// To, Cc and Bcc.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &str> {
        [&self.to, &self.cc, &self.bcc]
            .into_iter()
            .flat_map(|list| list.iter().map(AsRef::as_ref))
    }
}

/// The body of a message.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) media_type: Option<Box<str>>,
    pub(super) size: Option<u64>,
    pub(super) parts: Arc<[PartRecord]>,
    /// Equal for equal parts in equal order; only of a body that is all there.
    pub(super) digest: Option<u64>,
}

/// m-send.conf or m-forward.conf (sections 6.1.2 and 6.5.2).
#[derive(Clone, Debug)]
pub(super) struct SendConf {
    pub(super) pdu: MessageType,
    pub(super) transaction_id: Option<Box<str>>,
    pub(super) message_id: Option<Box<str>>,
    pub(super) status: Option<u8>,
    pub(super) text: Option<Box<str>>,
}

/// X-Mms-Response-Status, X-Mms-Retrieve-Status and X-Mms-Store-Status: ok (section 7.3.48).
pub(super) const STATUS_OK: u8 = 0x80;

impl SendConf {
    /// Whether the MMSC took the message; none where its word on it is missing.
    pub(super) fn accepted(&self) -> Option<bool> {
        match self.status {
            Some(status) => Some(status == STATUS_OK),
            None => self.message_id.is_some().then_some(true),
        }
    }

    /// The message id of an accepted message, as it is compared.
    pub(super) fn accepted_id(&self) -> Option<&str> {
        let id = address::message_id(self.message_id.as_deref()?);
        (self.accepted() == Some(true) && !id.is_empty()).then_some(id)
    }
}

/// m-notification.ind (section 6.2).
#[derive(Clone, Debug)]
pub(super) struct Notified {
    pub(super) transaction_id: Option<Box<str>>,
    pub(super) location: Option<Box<str>>,
    pub(super) sender: Option<Box<str>>,
    pub(super) subject: Option<Box<str>>,
    pub(super) message_class: Option<Box<str>>,
    pub(super) priority: Option<&'static str>,
    pub(super) size: Option<u64>,
    pub(super) expiry: Option<ExpiryValue>,
    pub(super) replace_id: Option<Box<str>>,
    pub(super) reply_charging_id: Option<Box<str>>,
}

/// m-retrieve.conf (section 6.3).
#[derive(Clone, Debug)]
pub(super) struct Retrieved {
    pub(super) transaction_id: Option<Box<str>>,
    pub(super) message_id: Option<Box<str>>,
    pub(super) sender: Option<Box<str>>,
    pub(super) to: Box<[Box<str>]>,
    pub(super) cc: Box<[Box<str>]>,
    pub(super) subject: Option<Box<str>>,
    pub(super) message_class: Option<Box<str>>,
    pub(super) priority: Option<&'static str>,
    pub(super) status: Option<u8>,
    pub(super) text: Option<Box<str>>,
    pub(super) content: Content,
    pub(super) replace_id: Option<Box<str>>,
    pub(super) reply_charging_id: Option<Box<str>>,
    pub(super) complete: bool,
}

/// m-notifyresp.ind or m-acknowledge.ind (sections 6.2 and 6.4).
#[derive(Clone, Debug)]
pub(super) struct Confirmed {
    pub(super) pdu: MessageType,
    pub(super) transaction_id: Option<Box<str>>,
    pub(super) status: Option<u8>,
}

/// m-delivery.ind (section 6.6).
#[derive(Clone, Debug)]
pub(super) struct Reported {
    pub(super) message_id: Option<Box<str>>,
    pub(super) from: Option<Box<str>>,
    pub(super) to: Option<Box<str>>,
    pub(super) status: Option<u8>,
    pub(super) date: Option<Timestamp>,
}

/// m-read-rec.ind or m-read-orig.ind (section 6.7): From is the reader, To the sender of the message.
#[derive(Clone, Debug)]
pub(super) struct ReadBack {
    pub(super) pdu: MessageType,
    pub(super) message_id: Option<Box<str>>,
    pub(super) from: Option<Box<str>>,
    pub(super) to: Option<Box<str>>,
    pub(super) status: Option<u8>,
}

/// A PDU about a mailbox, a stored message, or a cancellation (sections 6.8 to 6.14).
#[derive(Clone, Debug)]
pub(super) struct OperationFacts {
    pub(super) pdu: MessageType,
    pub(super) transaction_id: Option<Box<str>>,
    pub(super) locations: Box<[Box<str>]>,
    pub(super) response_status: Option<u8>,
    pub(super) store_status: Option<u8>,
    pub(super) cancel_status: Option<u8>,
    pub(super) cancel_id: Option<Box<str>>,
    pub(super) entries: Box<[StatusEntry]>,
    pub(super) headers: Box<[(String, String)]>,
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
            request: None,
            request_end: BodyEnd::Whole,
            relayed: false,
            asked: Asked::Unseen,
            fate: Fate::Pending,
            answered: Answered::Nothing,
            url: None,
            subscriber: None,
            recipient: None,
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

    /// The frame it is first seen in.
    pub(super) fn first(&self) -> FrameRef {
        match (self.request, self.fate) {
            (Some(extent), _) | (None, Fate::Answered { extent, .. }) => extent.first,
            (None, Fate::Ended { at, .. }) => at,
            (None, _) => FrameRef::default(),
        }
    }

    /// The frame that completes the last of it.
    pub(super) fn last(&self) -> FrameRef {
        match (self.answer(), self.request) {
            (Some(answer), _) => answer.last,
            (None, Some(request)) => request.last,
            (None, None) => self.first(),
        }
    }

    /// Where the answer lies.
    pub(super) fn answer(&self) -> Option<Extent> {
        match self.fate {
            Fate::Answered { extent, .. } => Some(extent),
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
        self.retrieved().is_some_and(|retrieved| {
            retrieved.complete && retrieved.status.is_none_or(|status| status == STATUS_OK)
        })
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
        assert!(size_of::<Leg>() <= 384, "{}", size_of::<Leg>());
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
