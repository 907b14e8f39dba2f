//! The events of a message: every PDU, every request and answer without one, each with the facts that were read of it.
//! Nobody but the output makes words of them.

use super::{BearerAnswer, Code, Seen};
use crate::mms::PduType;
use crate::session::SmsTransfer;

/// One arrow of the call flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where it passed.
    pub seen: Seen,
    /// What it was.
    pub facts: EventFacts,
    /// Of a short message, which way it went; unknown where the event was read from a document.
    pub transfer: Option<SmsTransfer>,
    /// The bearer's own answer, of an answer.
    pub bearer_status: Option<BearerAnswer>,
}

impl Event {
    /// The bearer's answer as HTTP's, where it is one of HTTP's or stands for one.
    pub fn http_status(&self) -> Option<u32> {
        self.bearer_status.as_ref()?.http_status()
    }
}

/// What an event was, with what its PDU says.
#[derive(Clone, Debug, PartialEq)]
pub enum EventFacts {
    /// A request with a body in which no PDU could be read.
    Unread {
        /// Its target.
        url: Option<String>,
    },
    /// A GET.
    Get {
        /// Its target.
        url: Option<String>,
    },
    /// A CONNECT that a proxy refused.
    Connect {
        /// The origin that it asked for.
        url: Option<String>,
    },
    /// What submits a message or hands it over: m-send.req, m-forward.req, SubmitReq, MM4_forward.REQ, DeliverReq, a mail.
    Send {
        /// Which of them.
        pdu: PduType,
        /// X-Mms-Transaction-Id, or MM7's TransactionID.
        transaction_id: Option<String>,
        /// The first recipient, without `/TYPE=`.
        recipient: Option<String>,
        /// How many recipients there are beside the first.
        more_recipients: usize,
    },
    /// m-send.conf or m-forward.conf.
    SendConf {
        /// Which of the two.
        pdu: PduType,
        /// Message-ID.
        message_id: Option<String>,
        /// X-Mms-Response-Status.
        status: Option<u8>,
        /// X-Mms-Response-Text.
        text: Option<String>,
    },
    /// m-notification.ind.
    Notification {
        /// X-Mms-Transaction-Id.
        transaction_id: Option<String>,
        /// From, without `/TYPE=`.
        from: Option<String>,
        /// The recipient that the bearer names.
        recipient: Option<String>,
        /// X-Mms-Content-Location.
        content_location: Option<String>,
    },
    /// m-retrieve.conf.
    RetrieveConf {
        /// Message-ID.
        message_id: Option<String>,
        /// From, without `/TYPE=`.
        from: Option<String>,
        /// X-Mms-Retrieve-Status.
        status: Option<u8>,
        /// X-Mms-Retrieve-Text.
        text: Option<String>,
    },
    /// m-notifyresp.ind or m-acknowledge.ind.
    Acknowledgement {
        /// Which of the two.
        pdu: PduType,
        /// X-Mms-Transaction-Id.
        transaction_id: Option<String>,
        /// X-Mms-Status.
        status: Option<u8>,
    },
    /// What answers on MM4 and MM7.
    Response {
        /// Which.
        pdu: PduType,
        /// X-Mms-Transaction-ID, or MM7's TransactionID.
        transaction_id: Option<String>,
        /// X-Mms-Message-ID, or MessageID.
        message_id: Option<String>,
        /// X-Mms-Request-Status-Code, or StatusCode.
        status: Option<Code>,
        /// X-Mms-Status-Text, or StatusText.
        text: Option<String>,
    },
    /// An SMTP command that was refused, so that no mail followed.
    RefusedCommand {
        /// The recipient that the envelope names.
        recipient: Option<String>,
    },
    /// A delivery report.
    DeliveryReport {
        /// Which: m-delivery.ind, MM4_delivery_report.REQ, DeliveryReportReq or a DSN.
        pdu: PduType,
        /// Message-ID.
        message_id: Option<String>,
        /// X-Mms-Status; of a DSN about several recipients all that it says.
        statuses: Vec<u8>,
    },
    /// A read report.
    ReadReport {
        /// Which: m-read-rec.ind, m-read-orig.ind, MM4_read_reply_report.REQ, ReadReplyReq or an MDN.
        pdu: PduType,
        /// Message-ID.
        message_id: Option<String>,
        /// X-Mms-Read-Status.
        status: Option<u8>,
    },
    /// A request or an answer about a mailbox or a stored message.
    Operation {
        /// Which.
        pdu: PduType,
        /// X-Mms-Transaction-Id.
        transaction_id: Option<String>,
    },
    /// A PDU in an answer that it does not answer.
    OtherPdu(PduType),
    /// An answer without a PDU: the bearer's status is all it says.
    Answer,
    /// Read from an exported document, which has nothing but the words.
    Told {
        /// The PDU, where there is one.
        pdu: Option<PduType>,
        /// The words.
        words: String,
    },
}

impl EventFacts {
    /// The PDU, where there is one.
    pub const fn pdu(&self) -> Option<PduType> {
        match self {
            Self::Unread { .. }
            | Self::Get { .. }
            | Self::Connect { .. }
            | Self::RefusedCommand { .. }
            | Self::Answer => None,
            Self::Notification { .. } => Some(PduType::NOTIFICATION_IND),
            Self::RetrieveConf { .. } => Some(PduType::RETRIEVE_CONF),
            Self::Send { pdu, .. }
            | Self::Response { pdu, .. }
            | Self::DeliveryReport { pdu, .. }
            | Self::SendConf { pdu, .. }
            | Self::Acknowledgement { pdu, .. }
            | Self::ReadReport { pdu, .. }
            | Self::Operation { pdu, .. }
            | Self::OtherPdu(pdu) => Some(*pdu),
            Self::Told { pdu, .. } => *pdu,
        }
    }

    /// The transaction id or message id by which the PDU is known.
    pub fn identifier(&self) -> Option<&str> {
        match self {
            Self::Send {
                transaction_id: id, ..
            }
            | Self::Notification {
                transaction_id: id, ..
            }
            | Self::Acknowledgement {
                transaction_id: id, ..
            }
            | Self::Operation {
                transaction_id: id, ..
            }
            | Self::Response {
                transaction_id: id, ..
            }
            | Self::SendConf { message_id: id, .. }
            | Self::RetrieveConf { message_id: id, .. }
            | Self::DeliveryReport { message_id: id, .. }
            | Self::ReadReport { message_id: id, .. } => id.as_deref(),
            Self::Unread { .. }
            | Self::Get { .. }
            | Self::Connect { .. }
            | Self::RefusedCommand { .. }
            | Self::OtherPdu(_)
            | Self::Answer
            | Self::Told { .. } => None,
        }
    }

    /// The recipient that the event names.
    pub fn recipient(&self) -> Option<&str> {
        match self {
            Self::Send { recipient, .. }
            | Self::Notification { recipient, .. }
            | Self::RefusedCommand { recipient } => recipient.as_deref(),
            _ => None,
        }
    }
}
