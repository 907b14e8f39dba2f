//! The legs of a message, one type each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BearerAnswer, Code, Seen, SubmissionState, Word};
use crate::mms::PduType;
use crate::model::Timestamp;

/// What the ends of an HTTP or WSP exchange call themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeEnds {
    /// The host that the request's URL or Host names, lower case, without port.
    pub host: Option<String>,
    /// User-Agent, its start where it is long.
    pub user_agent: Option<String>,
    /// Server, its start where it is long.
    pub server: Option<String>,
}

/// The sender's leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Submission {
    /// `m-send-req` or `m-forward-req`.
    pub pdu: PduType,
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
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
    /// What both ends call themselves.
    #[serde(flatten)]
    pub ends: ExchangeEnds,
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
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
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
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
    /// What both ends call themselves.
    #[serde(flatten)]
    pub ends: ExchangeEnds,
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
    pub pdu: PduType,
    /// Where.
    pub request: Option<Seen>,
    /// The bearer's answer.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Seen>,
    /// The bearer's status.
    pub http_status: Option<u32>,
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
    /// What both ends call themselves.
    #[serde(flatten)]
    pub ends: ExchangeEnds,
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
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
    /// How many identical re-sends this one stands for, itself included.
    pub copies: u32,
}

/// m-read-rec.ind or m-read-orig.ind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadReport {
    /// `m-read-rec-ind` or `m-read-orig-ind`.
    pub pdu: PduType,
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
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
}
