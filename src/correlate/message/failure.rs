//! What went wrong, and the facts that show it.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BearerAnswer, Cause, Code, FailureKind, Stage};
use crate::mms::PduType;
use crate::model::{CaptureIndex, FrameNumber, FrameRef, StreamReset, Timestamp, TlsEnd};

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Failure {
    /// Where in the message's life.
    pub stage: Stage,
    /// What.
    pub kind: FailureKind,
    /// The code that says so.
    pub code: Option<u32>,
    /// In words.
    #[cfg_attr(test, schemars(with = "String"))]
    pub detail: FailureDetail,
    /// Whose delivery, where it is one's.
    pub recipient: Option<String>,
    /// What the bearer itself answered, where it answered.
    pub bearer_status: Option<BearerAnswer>,
    /// Which input.
    pub capture: Option<u32>,
    /// The frame that shows it.
    pub frame: Option<u64>,
    /// Its time.
    pub time: Option<Timestamp>,
    /// What explains it.
    #[serde(default)]
    pub cause: Option<Cause>,
}

impl Failure {
    /// What a frame shows to have gone wrong.
    pub fn new(kind: FailureKind, code: Option<u32>, at: FrameRef, detail: FailureDetail) -> Self {
        Self {
            stage: kind.stage(),
            kind,
            code,
            detail,
            recipient: None,
            bearer_status: None,
            capture: Some(at.capture.0),
            frame: Some(at.frame.0),
            time: Some(at.time),
            cause: None,
        }
    }

    /// The frame that shows it.
    pub fn at(&self) -> Option<FrameRef> {
        Some(FrameRef {
            capture: CaptureIndex(self.capture?),
            frame: FrameNumber(self.frame?),
            time: self.time?,
        })
    }

    /// The order in which failures are listed: by time, and by kind where a frame shows several.
    pub(in crate::correlate) fn order(&self) -> (Option<FrameRef>, FailureKind) {
        (self.at(), self.kind)
    }
}

/// What shows a failure. The output makes words of it.
#[derive(Clone, Debug, PartialEq)]
pub enum FailureDetail {
    /// The MMSC refused the submission.
    SubmissionRefused {
        /// X-Mms-Response-Status.
        status: Option<u8>,
        /// X-Mms-Response-Text.
        text: Option<String>,
    },
    /// The submission's exchange failed.
    SubmissionFailed {
        /// Why.
        cause: EndCause,
        /// The frame that completes the request.
        request: FrameNumber,
    },
    /// The answer of MM4 or MM7 to a submission, a handover or a report says that it was refused.
    Refused {
        /// What answers.
        answer: PduType,
        /// X-Mms-Request-Status-Code, or StatusCode.
        status: Option<Code>,
        /// X-Mms-Status-Text, or StatusText.
        text: Option<String>,
    },
    /// The exchange of a handover failed.
    HandoverFailed {
        /// Why.
        cause: EndCause,
        /// The frame that completes the request.
        request: FrameNumber,
    },
    /// The exchange that carried a notification failed.
    NotificationFailed {
        /// Why.
        cause: EndCause,
        /// The frame of the notification.
        notification: FrameNumber,
    },
    /// The network took a notification and could not deliver it.
    NotificationUndelivered {
        /// The frame of the notification.
        notification: FrameNumber,
    },
    /// The message was not fetched before X-Mms-Expiry.
    NotificationExpired {
        /// The frame of the notification.
        notification: FrameNumber,
        /// When the message expired.
        expiry: Timestamp,
    },
    /// The phone did not want the message.
    PhoneRefused {
        /// X-Mms-Status.
        status: Option<u8>,
    },
    /// A retrieval's exchange failed.
    RetrievalFailed {
        /// The target of the GET.
        url: Option<String>,
        /// Why.
        cause: EndCause,
    },
    /// The MMSC answered a retrieval with an error status.
    RetrievalRefused {
        /// The target of the GET.
        url: Option<String>,
        /// X-Mms-Retrieve-Status.
        status: Option<u8>,
        /// X-Mms-Retrieve-Text.
        text: Option<String>,
    },
    /// The exchange of an m-notifyresp.ind or m-acknowledge.ind failed.
    AcknowledgementFailed {
        /// Which of the two.
        pdu: PduType,
        /// Its frame.
        frame: FrameNumber,
        /// Why.
        cause: EndCause,
    },
    /// A delivery report or read report says that the message did not arrive, or was not read.
    Reported {
        /// The report.
        report: PduType,
        /// X-Mms-Status or X-Mms-Read-Status.
        status: Option<u8>,
    },
    /// The exchange of a report failed.
    ReportFailed {
        /// The report.
        report: PduType,
        /// Its frame.
        frame: FrameNumber,
        /// Why.
        cause: EndCause,
    },
    /// A PDU is not as the specification says.
    Malformed {
        /// Which.
        pdu: PduType,
        /// Its frame.
        frame: FrameNumber,
        /// What is wrong with it, in the words of its decoder.
        fault: String,
    },
    /// Read from an exported document, which has nothing but the words.
    Told(String),
}

/// How a bearer's exchange ended that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCause {
    /// The bearer answered with an error.
    BearerError,
    /// The answer holds no MMS PDU.
    NoPdu,
    /// The answer holds another PDU than was asked for.
    OtherPdu,
    /// The connection ended inside the request.
    RequestCutShort,
    /// The connection ended inside the answer.
    AnswerCutShort,
    /// The transaction was aborted.
    Aborted,
    /// The connection was reset before an answer.
    Reset,
    /// The HTTP/2 stream was reset before the end of the answer or the request.
    StreamReset(StreamReset),
    /// One end of TLS ended the connection by an alert.
    Alert(TlsEnd),
    /// The HTTP/2 server said that it did not process the request.
    NotProcessed,
    /// The side that owed the answer closed the connection.
    ClosedByAnswerer,
    /// The connection was closed before an answer.
    Closed,
    /// No answer came within the response timeout.
    NoAnswer,
}
