//! Transactions on MM1 and MM7 about a mailbox or a stored message.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Code, OperationKind, Outcome, Seen};
use crate::mms::PduType;

/// A transaction on MM1 or MM7 about a mailbox or a stored message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Operation {
    /// 1-based, in output order.
    pub id: u64,
    /// `mbox-store`, `mbox-view`, `mbox-upload`, `mbox-delete`, `delete`, `cancel`, `mm7-cancel`, `mm7-replace`,
    /// `mm7-extended-cancel`, `mm7-extended-replace`.
    #[serde(rename = "type")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: OperationKind,
    /// The verdict: success, failure or open.
    pub outcome: Outcome,
    /// The number of who asked, as a subscriber header or the session of the phone names it.
    #[serde(default)]
    pub subscriber: Option<String>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OperationPdu {
    /// Where it was seen.
    #[serde(flatten)]
    pub seen: Seen,
    /// Its type.
    pub pdu: Option<PduType>,
    /// Its headers by name.
    pub headers: Vec<OperationHeader>,
}

/// A header of an operation's PDU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OperationHeader {
    /// OMA's name.
    pub name: String,
    /// The value in words.
    pub value: String,
}

/// What an operation says of one stored message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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
