//! The legs of a message, one type each.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BearerAnswer, Code, Hop, Interface, Seen, SubmissionState, Word};
use crate::mms::PduType;
use crate::model::Timestamp;

/// What the ends of an HTTP or WSP exchange call themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ExchangeEnds {
    /// The host that the request's URL or Host names, lower case, without port.
    pub host: Option<String>,
    /// User-Agent, its start where it is long.
    pub user_agent: Option<String>,
    /// Server, its start where it is long.
    pub server: Option<String>,
}

/// The sender's leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Submission {
    /// Where it came from: a phone, an application, or mail.
    #[serde(default)]
    pub interface: Interface,
    /// `m-send-req`, `m-forward-req`, `mm7-submit-req` or `mail`.
    pub pdu: PduType,
    /// LinkedID of SubmitReq: what it answers.
    pub linked_id: Option<String>,
    /// What became of it.
    pub state: SubmissionState,
    /// X-Mms-Transaction-Id, or MM7's TransactionID.
    pub transaction_id: Option<String>,
    /// X-Mms-MMS-Version.
    pub mms_version: Option<Word>,
    /// Where the request was seen, nearest the phone.
    pub request: Option<Seen>,
    /// Where the answer was seen, whether it carried a PDU or not.
    pub response: Option<Seen>,
    /// Other places where the request passed.
    pub hops: Vec<Hop>,
    /// The bearer's status, HTTP's or mapped to HTTP's.
    pub http_status: Option<u32>,
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
    /// What both ends call themselves.
    #[serde(flatten)]
    pub ends: ExchangeEnds,
    /// X-Mms-Response-Status, or the StatusCode of SubmitRsp or of the RSErrorRsp in a fault.
    pub response_status: Option<Code>,
    /// X-Mms-Response-Text, or StatusText.
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

/// The MMSC gives the message for one recipient to a foreign MMSC, an application or a mail server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Handover {
    /// Over which interface.
    pub interface: Interface,
    /// `mm4-forward-req`, `mm7-deliver-req`, `mail`, or the MM1 PDU that EAIF carries; `null` where a refused command is
    /// all that was seen and nothing names it.
    pub pdu: Option<PduType>,
    /// What became of it.
    pub state: SubmissionState,
    /// Where it was seen, nearest the sender; `null` where only its answer was captured.
    pub request: Option<Seen>,
    /// Where MM4_forward.RES, DeliverRsp or the HTTP answer was seen.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Hop>,
    /// SMTP's reply code or HTTP's status, of the last hop.
    pub transport_status: Option<u32>,
    /// What the bearer itself answered, of the last hop.
    pub bearer_status: Option<BearerAnswer>,
    /// What both ends call themselves.
    #[serde(flatten)]
    pub ends: ExchangeEnds,
    /// X-Mms-Request-Status-Code, or MM7's StatusCode.
    pub status: Option<Code>,
    /// X-Mms-Status-Text, or StatusText.
    pub status_text: Option<String>,
    /// As the PDU has it, without `"`.
    pub transaction_id: Option<String>,
    /// The peer's own message id, in the answer, where it is another.
    pub message_id: Option<String>,
    /// LinkedID.
    pub linked_id: Option<String>,
    /// MM4 and MM3: the domain of the envelope's recipient, else the server's name; MM7: `VASPID/VASID`, else the host.
    pub peer: Option<String>,
    /// X-Mms-Ack-Request.
    pub response_requested: Option<bool>,
    /// From the request's completion to the answer's.
    pub latency_ms: Option<f64>,
    /// How often it was sent; the first that was taken is shown, else the last.
    pub tries: u32,
}

/// m-notification.ind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Notification {
    /// Where.
    pub seen: Seen,
    /// Other places where it passed.
    pub hops: Vec<Hop>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Retrieval {
    /// The GET.
    pub request: Option<Seen>,
    /// Where the answer was seen, whether it carried a PDU or not.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Hop>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Acknowledgement {
    /// `m-notifyresp-ind` or `m-acknowledge-ind`.
    pub pdu: PduType,
    /// Where.
    pub request: Option<Seen>,
    /// The bearer's answer.
    pub response: Option<Seen>,
    /// Other places where it passed.
    pub hops: Vec<Hop>,
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

/// A delivery report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct DeliveryReport {
    /// The interface nearest its addressee.
    #[serde(default)]
    pub interface: Interface,
    /// `m-delivery-ind`, `mm4-delivery-report-req`, `mm7-delivery-report-req` or `dsn`.
    #[serde(default = "delivery_ind")]
    pub pdu: PduType,
    /// Where.
    pub seen: Seen,
    /// Where MM4_delivery_report.RES or DeliveryReportRsp was seen.
    pub response: Option<Seen>,
    /// Other places where it passed, on this interface and others.
    pub hops: Vec<Hop>,
    /// The id of the message that it is about.
    pub message_id: Option<String>,
    /// The status as MM1 writes it.
    pub status: Option<Code>,
    /// Date.
    pub date: Option<Timestamp>,
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
    /// How many identical re-sends this one stands for, itself included.
    pub copies: u32,
}

/// A read report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ReadReport {
    /// The interface nearest its addressee.
    #[serde(default)]
    pub interface: Interface,
    /// `m-read-rec-ind`, `m-read-orig-ind`, `mm4-read-reply-report-req`, `mm7-read-reply-req` or `mdn`.
    pub pdu: PduType,
    /// Where.
    pub seen: Seen,
    /// Where MM4_read_reply_report.RES or ReadReplyRsp was seen.
    pub response: Option<Seen>,
    /// Other places where it passed, on this interface and others.
    pub hops: Vec<Hop>,
    /// The id of the message that it is about.
    pub message_id: Option<String>,
    /// The status as MM1 writes it.
    pub status: Option<Code>,
    /// The bearer's status.
    pub http_status: Option<u32>,
    /// What the bearer itself answered, of the exchange shown.
    pub bearer_status: Option<BearerAnswer>,
}

/// What a delivery report is where a document does not say it.
const fn delivery_ind() -> PduType {
    PduType::DELIVERY_IND
}
