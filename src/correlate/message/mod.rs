//! What correlation hands on: a message with all its legs and its verdict, or an operation. These types are what
//! `mmsmate messages --format json` prints. Other tools read it: names and meanings are fixed, fields may be added,
//! never renamed. Absent knowledge is `null`; times are RFC 3339 in UTC; sizes are octets; durations are
//! milliseconds. Text comes from the capture and is untrusted.

mod bearer;
mod captured;
mod context;
mod derived;
mod event;
mod failure;
mod legs;
mod link;
mod operation;
mod place;

use std::borrow::Cow;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::record::operation_kind::OperationKind;
pub use super::record::shown_headers::{ShownHeader, ShownHeaders};
pub use crate::model::{
    Confidence, Evidence, FailureKind, Interface, Outcome, Stage, State, SubmissionState,
};
use crate::model::{Digest, FrameRef, Timestamp};
use crate::session::ExchangeId;
pub use bearer::BearerAnswer;
pub use context::{
    Cause, CauseText, ContextEntry, ContextSubject, ContextSummary, ContextTotals, Passage, SystemTotals,
};
pub use event::{Event, EventFacts};
pub use failure::{EndCause, Failure, FailureDetail};
pub use legs::{
    Acknowledgement, DeliveryReport, ExchangeEnds, Handover, Notification, ReadReport, Retrieval, Submission,
};
pub use link::{By, Link, LinkDetail, LinkValue, Relation};
pub use operation::{Operation, OperationEntry, OperationHeader, OperationPdu};
pub use place::{Code, Hop, OtherPdu, Seen, SeenTls};

/// A word from a table of ours, unless the document was read from a file.
pub type Word = Cow<'static, str>;

/// Something that is finished, or that the end of the input closed.
#[derive(Clone, Debug)]
pub enum Closed {
    /// A multimedia message.
    Message {
        /// The frame of its first octet.
        first: FrameRef,
        /// Its exchanges, before them once more the one whose first PDU names it.
        legs: Box<[ExchangeId]>,
        /// The message, not numbered yet.
        message: Box<Message>,
    },
    /// A transaction about a mailbox or a stored message.
    Operation {
        /// The frame of its first octet.
        first: FrameRef,
        /// The operation, not numbered yet.
        operation: Box<Operation>,
    },
}

impl Closed {
    /// The frame of its first octet: the order of the output.
    pub const fn first(&self) -> FrameRef {
        match self {
            Self::Message { first, .. } | Self::Operation { first, .. } => *first,
        }
    }
}

/// One multimedia message over all its legs and recipients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Message {
    /// 1-based, in output order.
    pub id: u64,
    /// Of the first PDU: its capture's first time in nanoseconds, hexadecimal; its frame; its place in that frame. The
    /// same whatever the options and the other inputs.
    #[serde(default)]
    pub key: String,
    /// How often it was printed; once, but for a run that follows its input.
    #[serde(default = "once")]
    pub revision: u32,
    /// As the MMSC gave it in m-send.conf or SubmitRsp, else as seen in a later leg.
    pub message_id: Option<String>,
    /// The sender, without `/TYPE=`.
    pub from: Option<String>,
    /// Recipients.
    pub to: Vec<String>,
    /// Copy recipients.
    pub cc: Vec<String>,
    /// Blind copy recipients.
    pub bcc: Vec<String>,
    /// To, cc, bcc and the deliveries' recipients, each once.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// Subject.
    pub subject: Option<String>,
    /// The headers that are only shown.
    #[serde(flatten)]
    pub shown: ShownHeaders,
    /// Media type of the body.
    pub content_type: Option<String>,
    /// Octets of the body seen, else the size announced.
    pub size: Option<u64>,
    /// Leaf parts, depth first.
    pub parts: Vec<Part>,
    /// The MMSC by its name, else by its address: host of the submission's URL, of the first content location, behind `@`
    /// of the message id, or domain in MM4.
    #[serde(default)]
    pub mmsc: Option<String>,
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
    /// What the systems around the MMSC were asked about it, by time.
    #[serde(default)]
    pub context: Vec<ContextEntry>,
    /// Of an open message, the failed transaction that came last.
    #[serde(default)]
    pub cause: Option<Cause>,
    /// Every PDU, PDU-less request and answer, in time order.
    pub events: Vec<Event>,
}

/// How often a message was printed, where a document does not say it.
const fn once() -> u32 {
    1
}

/// A leaf part of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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

/// What one recipient got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Delivery {
    /// The recipient's address.
    pub recipient: Option<String>,
    /// How far it came.
    pub state: State,
    /// The verdict.
    pub outcome: Outcome,
    /// From the first notification to the answer of the first whole retrieval.
    #[serde(default)]
    pub notify_to_retrieve_ms: Option<f64>,
    /// From the first octet of the submission to the answer of the first whole retrieval.
    #[serde(default)]
    pub end_to_end_ms: Option<f64>,
    /// To foreign MMSCs, applications and mail servers.
    #[serde(default)]
    pub handovers: Vec<Handover>,
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
