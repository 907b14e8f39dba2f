//! What shows a failure, in words.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::correlate::{Code, EndCause, FailureDetail};
use crate::mms::{Codes, MailType, Mm4Type, Mm7Type, PduType};

impl fmt::Display for FailureDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SubmissionRefused { status, text } => {
                let status = Status(Codes::ResponseStatus, *status);
                write!(
                    f,
                    "the MMSC refused it with X-Mms-Response-Status {status}{}",
                    Told(text)
                )
            }
            Self::Refused { answer, status, text } => {
                write!(f, "{} says {}{}", name(*answer), Answered(status), Told(text))
            }
            Self::SubmissionFailed { cause, request } | Self::HandoverFailed { cause, request } => {
                write!(f, "{cause} (request complete in frame {request})")
            }
            Self::NotificationFailed { cause, notification } => {
                write!(f, "{cause} to the notification in frame {notification}")
            }
            Self::NotificationUndelivered { notification } => {
                write!(
                    f,
                    "the network could not deliver the notification in frame {notification}"
                )
            }
            Self::NotificationExpired { notification, expiry } => {
                write!(
                    f,
                    "X-Mms-Expiry of the notification in frame {notification} passed at {expiry}"
                )
            }
            Self::PhoneRefused { status } => {
                let status = Status(Codes::Status, *status);
                write!(
                    f,
                    "the phone answered the notification with X-Mms-Status {status}"
                )
            }
            Self::RetrievalFailed { url, cause } => write!(f, "GET {}: {cause}", target(url)),
            Self::RetrievalRefused { url, status, text } => {
                let status = Status(Codes::RetrieveStatus, *status);
                write!(
                    f,
                    "GET {}: X-Mms-Retrieve-Status {status}{}",
                    target(url),
                    Told(text)
                )
            }
            Self::AcknowledgementFailed { pdu, frame, cause } => {
                write!(f, "{} in frame {frame}: {cause}", name(*pdu))
            }
            Self::Reported { report, status } => {
                write!(
                    f,
                    "the {} says {}",
                    report_name(*report),
                    Status(report_codes(*report), *status)
                )
            }
            Self::ReportFailed { report, frame, cause } => {
                write!(f, "{} in frame {frame}: {cause}", report_name(*report))
            }
            Self::Malformed { pdu, frame, fault } => write!(f, "{} in frame {frame}: {fault}", name(*pdu)),
            Self::Told(words) => f.write_str(words),
        }
    }
}

impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BearerError => "the bearer answered with an error",
            Self::NoPdu => "the answer is no MMS PDU",
            Self::OtherPdu => "the answer is another PDU than was asked for",
            Self::RequestCutShort => "the connection ended inside the request",
            Self::AnswerCutShort => "the connection ended inside the answer",
            Self::Aborted => "the transaction was aborted",
            Self::Reset => "the connection was reset before an answer",
            Self::StreamReset(reset) => return reset.fmt(f),
            Self::Alert(end) => return end.fmt(f),
            Self::NotProcessed => "GOAWAY, not processed",
            Self::ClosedByAnswerer => "the answering side closed the connection without an answer",
            Self::Closed => "the connection was closed before an answer",
            Self::NoAnswer => "no answer within the response timeout",
        })
    }
}

impl Serialize for FailureDetail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FailureDetail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Told)
    }
}

/// A field's status with its name.
struct Status(Codes, Option<u8>);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(codes, status) = self;
        match status.map(|code| (code, codes.name(code))) {
            Some((code, Some(name))) => write!(f, "{name} ({code})"),
            Some((code, None)) => write!(f, "{code}"),
            None => f.write_str("absent"),
        }
    }
}

/// The status of an answer with its code.
struct Answered<'a>(&'a Option<Code>);

impl fmt::Display for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("nothing of a status"),
            Some(code) => code.fmt(f),
        }
    }
}

/// The name with the code, or what there is of both.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.code) {
            (Some(name), Some(code)) => write!(f, "{name} ({code})"),
            (Some(name), None) => f.write_str(name),
            (None, Some(code)) => write!(f, "{code}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a PDU says beside its status.
struct Told<'a>(&'a Option<String>);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

fn target(url: &Option<String>) -> &str {
    url.as_deref().unwrap_or("the message")
}

fn name(pdu: PduType) -> &'static str {
    pdu.name().unwrap_or("PDU")
}

const fn report_name(report: PduType) -> &'static str {
    match report {
        PduType::READ_REC_IND => "read report to the MMSC",
        PduType::READ_ORIG_IND => "read report to the sender",
        PduType::Mm4(Mm4Type::ReadReplyReportReq)
        | PduType::Mm7(Mm7Type::ReadReplyReq)
        | PduType::Mail(MailType::Mdn) => "read report",
        _ => "delivery report",
    }
}

const fn report_codes(report: PduType) -> Codes {
    match report {
        PduType::READ_REC_IND
        | PduType::READ_ORIG_IND
        | PduType::Mm4(Mm4Type::ReadReplyReportReq)
        | PduType::Mm7(Mm7Type::ReadReplyReq)
        | PduType::Mail(MailType::Mdn) => Codes::ReadStatus,
        _ => Codes::Status,
    }
}
