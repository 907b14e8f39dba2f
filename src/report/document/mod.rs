//! The document that `mmsmate messages --format json` prints, as types. Other tools read it: names and meanings
//! are fixed, fields may be added, never renamed. Absent knowledge is `null`; times are RFC 3339 in UTC; sizes
//! are octets; durations are milliseconds. Text comes from the capture and is untrusted.

pub mod digest;
mod from_analysis;
pub mod from_capture;
pub mod from_correlate;
mod texts;

pub use texts::pdu_name;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mms::MessageType;
pub use crate::model::{Confidence, Evidence, FailureKind, Outcome, Stage, State, SubmissionState};
use crate::model::{Endpoint, Timestamp};
use crate::session::Bearer;
use digest::Digest;

/// A word from a table of ours, unless the document was read from a file.
pub type Word = Cow<'static, str>;

/// The value of [`Document::format`].
pub const FORMAT: &str = "mmsmate.messages";
/// The value of [`Document::version`].
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Always [`FORMAT`].
    pub format: String,
    /// Always [`VERSION`].
    pub version: u32,
    /// One per input, in the order given.
    pub captures: Vec<Capture>,
    /// By time of the first PDU.
    pub messages: Vec<Message>,
    /// MM1 transactions about a mailbox or a stored message.
    pub operations: Vec<Operation>,
    /// Odd things in the traffic, one entry a kind.
    pub anomalies: Vec<Anomaly>,
    /// Totals.
    pub summary: Summary,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capture {
    /// As given.
    pub path: String,
    /// `pcap`, `pcapng`, with `.gz`, `.zst` or `.lz4` appended where compressed.
    pub format: String,
    /// The link types that occur, by name.
    pub link_types: Vec<String>,
    /// Whole records.
    pub packets: u64,
    /// Sum of captured lengths.
    pub bytes: u64,
    /// Time of the first frame.
    pub first: Option<Timestamp>,
    /// Time of the last frame.
    pub last: Option<Timestamp>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
}

/// Something wrong with a capture file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What kind of thing.
    pub kind: String,
    /// The frame it was found at or after.
    pub frame: Option<u64>,
    /// In words.
    pub detail: String,
    /// How often.
    pub count: u64,
}

/// One kind of anomaly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// Its name.
    pub kind: String,
    /// How often it occurred.
    pub count: u64,
    /// The capture of the first one.
    pub capture: Option<u32>,
    /// The frame of the first one.
    pub frame: Option<u64>,
    /// The first one in words.
    pub detail: String,
}

/// Totals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Messages.
    pub messages: u64,
    /// Of these, successes.
    pub success: u64,
    /// Failures.
    pub failure: u64,
    /// Partial successes.
    pub partial: u64,
    /// Undecided ones.
    pub open: u64,
    /// PDUs by type as they passed on the wire: hops and re-sends counted, mirror copies and retransmissions not.
    pub pdus: BTreeMap<String, u64>,
    /// Entries in the messages' `failures`, by kind.
    pub failures: BTreeMap<String, u64>,
    /// PDUs that the specification does not allow.
    pub malformed_pdus: u64,
}

/// A coded value with its name, `null` where the code has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Code {
    /// The octet.
    pub code: u32,
    /// OMA's name, lower case with hyphens.
    pub name: Option<Word>,
}

/// Where a PDU was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    /// Which input, 0-based.
    pub capture: u32,
    /// The frame that completes it.
    pub frame: u64,
    /// The frame of its first octet.
    pub first_frame: u64,
    /// Time of `first_frame`.
    pub started: Timestamp,
    /// Time of `frame`.
    pub time: Timestamp,
    /// What carried it.
    pub bearer: Bearer,
    /// Sender's address and port.
    pub src: Endpoint,
    /// Receiver's address and port.
    pub dst: Endpoint,
}

/// One multimedia message over all its legs and recipients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// 1-based, in output order.
    pub id: u64,
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
    pub priority: Option<Word>,
    /// Media type of the body.
    pub content_type: Option<String>,
    /// Octets of the body seen, else the size announced.
    pub size: Option<u64>,
    /// Leaf parts, depth first.
    pub parts: Vec<Part>,
    /// The verdict.
    pub outcome: Outcome,
    /// How far it came.
    pub state: State,
    /// How much of it could be seen.
    pub evidence: Evidence,
    /// Time of the first PDU.
    pub started: Option<Timestamp>,
    /// Time of the last PDU.
    pub ended: Option<Timestamp>,
    /// From the first PDU to the last.
    pub duration_ms: Option<f64>,
    /// The submission, where one was captured.
    pub submission: Option<Submission>,
    /// One per recipient of whom anything was seen.
    pub deliveries: Vec<Delivery>,
    /// What went wrong, overruled failures too.
    pub failures: Vec<Failure>,
    /// How the legs were joined.
    pub links: Vec<Link>,
    /// Every PDU, PDU-less request and answer, in time order.
    pub events: Vec<Event>,
}

/// A leaf part of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Media type.
    pub content_type: String,
    /// The content type's name parameter.
    pub name: Option<String>,
    /// Content-ID without `<>`.
    pub content_id: Option<String>,
    /// The part's Content-Location header.
    pub content_location: Option<String>,
    /// Charset.
    pub charset: Option<String>,
    /// Octets.
    pub size: u64,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: Digest,
}

/// The sender's leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Submission {
    /// `m-send-req` or `m-forward-req`.
    pub pdu: MessageType,
    /// What became of it.
    pub state: SubmissionState,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// X-Mms-MMS-Version.
    pub mms_version: Option<Word>,
    /// Where the request was seen, nearest the phone.
    pub request: Option<Seen>,
    /// Where the answer was seen.
    pub response: Option<Seen>,
    /// Other places where the request passed.
    pub hops: Vec<Seen>,
    /// The bearer's status, HTTP's or mapped to HTTP's.
    pub http_status: Option<u32>,
    /// X-Mms-Response-Status.
    pub response_status: Option<Code>,
    /// X-Mms-Response-Text.
    pub response_text: Option<String>,
    /// X-Mms-Delivery-Report.
    pub delivery_report_requested: Option<bool>,
    /// X-Mms-Read-Report.
    pub read_report_requested: Option<bool>,
    /// From the request's completion to the answer's.
    pub latency_ms: Option<f64>,
    /// How often it was sent; the last try is the one shown.
    pub tries: u32,
}

/// What one recipient got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// The recipient's address.
    pub recipient: Option<String>,
    /// How far it came.
    pub state: State,
    /// The verdict.
    pub outcome: Outcome,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Retrieval {
    /// The GET.
    pub request: Option<Seen>,
    /// The answer.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// The GET's target.
    pub url: Option<String>,
    /// The bearer's status.
    pub http_status: Option<u32>,
    /// X-Mms-Retrieve-Status.
    pub retrieve_status: Option<Code>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// Octets of the answer's body.
    pub bytes: Option<u64>,
    /// Whether the whole body was seen.
    pub complete: bool,
    /// From the request's completion to the answer's.
    pub latency_ms: Option<f64>,
}

/// m-notifyresp.ind or m-acknowledge.ind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledgement {
    /// `m-notifyresp-ind` or `m-acknowledge-ind`.
    pub pdu: MessageType,
    /// Where.
    pub request: Option<Seen>,
    /// The bearer's answer.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// The bearer's status.
    pub http_status: Option<u32>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// X-Mms-Status.
    pub status: Option<Code>,
}

/// m-delivery.ind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryReport {
    /// Where.
    pub seen: Seen,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// X-Mms-Status.
    pub status: Option<Code>,
    /// Date.
    pub date: Option<Timestamp>,
    /// How many identical re-sends this one stands for, itself included.
    pub copies: u32,
}

/// m-read-rec.ind or m-read-orig.ind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadReport {
    /// `m-read-rec-ind` or `m-read-orig-ind`.
    pub pdu: MessageType,
    /// Where.
    pub seen: Seen,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// X-Mms-Read-Status.
    pub status: Option<Code>,
    /// The bearer's status.
    pub http_status: Option<u32>,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Where in the message's life.
    pub stage: Stage,
    /// What.
    pub kind: FailureKind,
    /// The code that says so.
    pub code: Option<u32>,
    /// In words.
    pub detail: String,
    /// Whose delivery, where it is one's.
    pub recipient: Option<String>,
    /// Which input.
    pub capture: Option<u32>,
    /// The frame that shows it.
    pub frame: Option<u64>,
    /// Its time.
    pub time: Option<Timestamp>,
}

/// How two legs were joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Which legs, `submission-delivery` and so on.
    pub join: Word,
    /// The key.
    pub by: Word,
    /// How sure it is.
    pub confidence: Confidence,
    /// In words.
    pub detail: String,
}

/// One arrow of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Which input.
    pub capture: u32,
    /// The frame that completes it.
    pub frame: u64,
    /// The frame of its first octet.
    pub first_frame: u64,
    /// Its time.
    pub time: Timestamp,
    /// What carried it.
    pub bearer: Bearer,
    /// Sender's address and port.
    pub src: Endpoint,
    /// Receiver's address and port.
    pub dst: Endpoint,
    /// The PDU, where there is one.
    pub pdu: Option<MessageType>,
    /// The bearer's status, of an answer.
    pub http_status: Option<u32>,
    /// In a few words.
    pub summary: String,
}

/// An MM1 transaction about a mailbox or a stored message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// 1-based, in output order.
    pub id: u64,
    /// `mbox-store`, `mbox-view`, `mbox-upload`, `mbox-delete`, `delete`, `cancel`.
    #[serde(rename = "type")]
    pub kind: Word,
    /// The verdict: success, failure or open.
    pub outcome: Outcome,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// The request: where it was seen and what it says.
    pub request: Option<OperationPdu>,
    /// The answer.
    pub response: Option<OperationPdu>,
    /// The bearer's status.
    pub http_status: Option<u32>,
    /// The status the answer gives.
    pub status: Option<Code>,
    /// What it gives for each stored message.
    pub entries: Vec<OperationEntry>,
    /// From the request's completion to the answer's.
    pub latency_ms: Option<f64>,
}

/// A PDU of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationPdu {
    /// Where it was seen.
    #[serde(flatten)]
    pub seen: Seen,
    /// Its type.
    pub pdu: Option<MessageType>,
    /// Its headers by name.
    pub headers: Vec<OperationHeader>,
}

/// A header of an operation's PDU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationHeader {
    /// OMA's name.
    pub name: String,
    /// The value in words.
    pub value: String,
}

/// What an operation says of one stored message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationEntry {
    /// X-Mms-Content-Location.
    pub content_location: Option<String>,
    /// X-Mms-Response-Status.
    pub status: Option<Code>,
    /// X-Mms-Response-Text.
    pub text: Option<String>,
    /// Message-ID.
    pub message_id: Option<String>,
}
