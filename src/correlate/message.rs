//! What correlation hands on: a message with all its legs and its verdict, or an operation. The words are those
//! of the output; `report` only spells them.

pub use super::record::operation_kind::{OperationKind, OperationStatus};
use super::record::pdu::StatusEntry;
use super::store::contents::MessageParts;
use crate::mms::MessageType;
pub use crate::model::{Confidence, Evidence, FailureKind, Outcome, Stage, State, SubmissionState};
use crate::model::{Endpoint, Extent, FrameRef, Nanoseconds, Timestamp};
use crate::session::Bearer;

/// Something that is finished, or that the end of the input closed.
#[derive(Clone, Debug)]
pub enum Closed {
    /// A multimedia message.
    Message(Box<Message>),
    /// A transaction about a mailbox or a stored message.
    Operation(Box<Operation>),
}

impl Closed {
    /// The frame of its first octet: the order of the output.
    pub fn first(&self) -> FrameRef {
        match self {
            Self::Message(message) => message.first,
            Self::Operation(operation) => operation.first,
        }
    }
}

/// Where a PDU was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its frames.
    pub extent: Extent,
    /// What carried it.
    pub bearer: Bearer,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it went.
    pub destination: Endpoint,
}

/// One multimedia message over all its legs and recipients.
#[derive(Clone, Debug)]
pub struct Message {
    /// The frame of its first octet.
    pub first: FrameRef,
    /// The frame that completes its last PDU.
    pub last: FrameRef,
    /// As the MMSC gave it in m-send.conf, else as seen in a later leg.
    pub message_id: Option<String>,
    /// The sender, without `/TYPE=`.
    pub from: Option<String>,
    /// Recipients.
    pub to: Vec<String>,
    /// Copy recipients.
    pub cc: Vec<String>,
    /// Blind copy recipients.
    pub bcc: Vec<String>,
    /// Subject.
    pub subject: Option<String>,
    /// X-Mms-Message-Class.
    pub message_class: Option<String>,
    /// X-Mms-Priority.
    pub priority: Option<&'static str>,
    /// Media type of the body.
    pub content_type: Option<String>,
    /// Octets of the body seen, else the size announced.
    pub size: Option<u64>,
    /// Leaf parts, depth first.
    pub parts: MessageParts,
    /// The verdict.
    pub outcome: Outcome,
    /// How far it came.
    pub state: State,
    /// How much of it could be seen.
    pub evidence: Evidence,
    /// The submission, where one was captured.
    pub submission: Option<Submission>,
    /// One per recipient of whom anything was seen.
    pub deliveries: Vec<Delivery>,
    /// What went wrong, overruled failures too, in time order.
    pub failures: Vec<Failure>,
    /// How the legs were joined.
    pub links: Vec<Link>,
    /// Every PDU, PDU-less request and answer, in time order.
    pub events: Vec<Event>,
}

/// The sender's leg.
#[derive(Clone, Debug)]
pub struct Submission {
    /// m-send-req or m-forward-req.
    pub pdu: MessageType,
    /// What became of it.
    pub state: SubmissionState,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// X-Mms-MMS-Version.
    pub version: Option<(u8, u8)>,
    /// Where the request was seen, nearest the phone.
    pub request: Option<Seen>,
    /// Where the answering PDU was seen.
    pub response: Option<Seen>,
    /// Other places where the request passed.
    pub hops: Vec<Seen>,
    /// The bearer's status as HTTP's.
    pub http_status: Option<u32>,
    /// X-Mms-Response-Status.
    pub response_status: Option<u8>,
    /// X-Mms-Response-Text.
    pub response_text: Option<String>,
    /// X-Mms-Delivery-Report.
    pub delivery_report_requested: Option<bool>,
    /// X-Mms-Read-Report.
    pub read_report_requested: Option<bool>,
    /// From the request's completion to the answer's.
    pub latency: Option<Nanoseconds>,
    /// How often it was sent; the last try is the one shown.
    pub tries: u32,
}

/// What one recipient got.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The recipient's address.
    pub recipient: Option<String>,
    /// How far it came.
    pub state: State,
    /// Announcements.
    pub notifications: Vec<Notification>,
    /// Fetches.
    pub retrievals: Vec<Retrieval>,
    /// Confirmations by the phone.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Delivery reports about this recipient.
    pub delivery_reports: Vec<DeliveryReport>,
    /// Read reports by this recipient.
    pub read_reports: Vec<ReadReport>,
}

/// m-notification.ind.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Where.
    pub seen: Seen,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// X-Mms-Content-Location.
    pub content_location: Option<String>,
    /// X-Mms-Message-Size.
    pub message_size: Option<u64>,
    /// When the message expires.
    pub expiry: Option<Timestamp>,
    /// How many identical re-sends this one stands for, itself included.
    pub copies: u32,
}

/// GET and m-retrieve.conf.
#[derive(Clone, Debug)]
pub struct Retrieval {
    /// The GET.
    pub request: Option<Seen>,
    /// The answering PDU.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// The GET's target.
    pub url: Option<String>,
    /// The bearer's status as HTTP's.
    pub http_status: Option<u32>,
    /// X-Mms-Retrieve-Status.
    pub retrieve_status: Option<u8>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// Octets of the answer's body.
    pub bytes: Option<u64>,
    /// Whether the whole body was seen.
    pub complete: bool,
    /// From the request's completion to the answer's.
    pub latency: Option<Nanoseconds>,
}

/// m-notifyresp.ind or m-acknowledge.ind.
#[derive(Clone, Debug)]
pub struct Acknowledgement {
    /// Which of the two.
    pub pdu: MessageType,
    /// Where.
    pub request: Option<Seen>,
    /// The bearer's answer.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// The bearer's status as HTTP's.
    pub http_status: Option<u32>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// X-Mms-Status.
    pub status: Option<u8>,
}

/// m-delivery.ind.
#[derive(Clone, Debug)]
pub struct DeliveryReport {
    /// Where.
    pub seen: Seen,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// X-Mms-Status.
    pub status: Option<u8>,
    /// Date.
    pub date: Option<Timestamp>,
    /// How many identical re-sends this one stands for, itself included.
    pub copies: u32,
}

/// m-read-rec.ind or m-read-orig.ind.
#[derive(Clone, Debug)]
pub struct ReadReport {
    /// Which of the two.
    pub pdu: MessageType,
    /// Where.
    pub seen: Seen,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// X-Mms-Read-Status.
    pub status: Option<u8>,
    /// The bearer's status as HTTP's.
    pub http_status: Option<u32>,
}

/// One thing that went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What.
    pub kind: FailureKind,
    /// The code that says so.
    pub code: Option<u32>,
    /// In words.
    pub detail: String,
    /// Whose delivery, where it is one's.
    pub recipient: Option<String>,
    /// The frame that shows it.
    pub at: FrameRef,
}

/// How two legs were joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which legs.
    pub join: &'static str,
    /// The key.
    pub by: &'static str,
    /// How sure it is.
    pub confidence: Confidence,
    /// In words.
    pub detail: String,
}

/// One arrow of the ladder.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where; `extent.last` is the frame shown.
    pub seen: Seen,
    /// The PDU, where there is one.
    pub pdu: Option<MessageType>,
    /// The bearer's status, of an answer.
    pub http_status: Option<u32>,
    /// In a few words.
    pub summary: String,
}

/// An MM1 transaction about a mailbox or a stored message.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The frame of its first octet.
    pub first: FrameRef,
    /// Which.
    pub kind: OperationKind,
    /// The verdict: success, failure or open.
    pub outcome: Outcome,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// The request.
    pub request: Option<OperationPdu>,
    /// The answer.
    pub response: Option<OperationPdu>,
    /// The bearer's status as HTTP's.
    pub http_status: Option<u32>,
    /// The status the answer gives.
    pub status: Option<OperationStatus>,
    /// What it gives for each stored message.
    pub entries: Vec<StatusEntry>,
    /// From the request's completion to the answer's.
    pub latency: Option<Nanoseconds>,
}

/// A PDU of an operation.
#[derive(Clone, Debug)]
pub struct OperationPdu {
    /// Where it was seen.
    pub seen: Seen,
    /// Its type.
    pub pdu: MessageType,
    /// Its headers as (name, value).
    pub headers: Vec<(String, String)>,
}
