//! The words of the verdict: what a message's state, outcome, evidence and failures are called. Correlation decides
//! them, the output spells them; both use these.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(JsonSchema))]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word in the output.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// The verdict on a message, a delivery or an operation.
    Outcome {
        /// It arrived.
        Success = "success",
        /// It will not arrive.
        Failure = "failure",
        /// Some recipients have it, others will not.
        Partial = "partial",
        /// Nothing seen decides it.
        Open = "open",
    }
}

words! {
    /// How far a message or delivery came, nearest first.
    State {
        /// m-send.req, no answer yet.
        Submitting = "submitting",
        /// The MMSC took it: m-send.conf with status ok, SubmitRsp with 1xxx, mail that was answered 2xx.
        Submitted = "submitted",
        /// The message went to another system, which has not answered yet.
        HandingOver = "handing_over",
        /// Another system took it: MM4_forward.RES with Ok, mail that was answered 2xx.
        HandedOver = "handed_over",
        /// That status in a delivery report, nothing better.
        Indeterminate = "indeterminate",
        /// m-notification.ind.
        Notified = "notified",
        /// m-notifyresp.ind with status deferred, no retrieval after it.
        Deferred = "deferred",
        /// GET of the content location, answer still pending.
        Retrieving = "retrieving",
        /// A failure ended it.
        Failed = "failed",
        /// m-cancel.req for it, accepted.
        Cancelled = "cancelled",
        /// That status in m-notifyresp.ind or m-delivery.ind.
        Unrecognised = "unrecognised",
        /// That status in m-delivery.ind.
        Unreachable = "unreachable",
        /// That status, or the expiry passed inside the capture with no retrieval.
        Expired = "expired",
        /// That status in m-notifyresp.ind or m-delivery.ind.
        Rejected = "rejected",
        /// m-delivery.ind with status forwarded.
        Forwarded = "forwarded",
        /// Whole m-retrieve.conf with no error status.
        Retrieved = "retrieved",
        /// m-notifyresp.ind with status retrieved, or m-acknowledge.ind.
        Acknowledged = "acknowledged",
        /// m-delivery.ind with status retrieved, or a read report with status deleted.
        Reported = "reported",
        /// A read report with status read.
        Read = "read",
    }
}

words! {
    /// How much of a message could be seen, the weightiest lack last.
    Evidence {
        /// All that the legs seen consist of.
        Complete = "complete",
        /// A leg that is missing may lie in a connection that nobody could read.
        Unread = "unread",
        /// The capture begins or ends inside it.
        Cut = "cut",
        /// Only one direction of an exchange was captured.
        OneSided = "one_sided",
        /// Octets inside it are missing.
        Gap = "gap",
    }
}

words! {
    /// What became of a submission or a handover.
    SubmissionState {
        /// The other side took it.
        Accepted = "accepted",
        /// The other side refused it.
        Rejected = "rejected",
        /// It got no proper answer.
        Failed = "failed",
        /// Nothing seen decides it.
        Pending = "pending",
    }
}

words! {
    /// Where in a message's life something failed.
    Stage {
        /// Phone to MMSC.
        Submission = "submission",
        /// MMSC to a foreign MMSC, an application or a mail server.
        Handover = "handover",
        /// MMSC to recipient: the announcement.
        Notification = "notification",
        /// The recipient fetches it.
        Retrieval = "retrieval",
        /// The recipient confirms.
        Acknowledgement = "acknowledgement",
        /// Delivery and read reports.
        Report = "report",
        /// Not bound to a stage.
        Any = "any",
    }
}

words! {
    /// The interface that a PDU belongs to (3GPP TS 23.140 section 6.10).
    Interface {
        /// Between phone and MMSC.
        Mm1 = "mm1",
        /// Between MMSC and mail servers.
        Mm3 = "mm3",
        /// Between MMSCs.
        Mm4 = "mm4",
        /// Between MMSC and application.
        Mm7 = "mm7",
    }
}

words! {
    /// What failed.
    FailureKind {
        /// No answer to m-send.req within the response timeout, and it could have been seen.
        SendNoResponse = "send_no_response",
        /// The bearer answered m-send.req with an error.
        SendHttpError = "send_http_error",
        /// SMTP answered a mail from outside with an error.
        SendSmtpError = "send_smtp_error",
        /// m-send.conf or SubmitRsp with an error status.
        SendRejected = "send_rejected",
        /// Reset, abort or close before the answer.
        SendAborted = "send_aborted",
        /// m-send.req was cut short.
        SendIncomplete = "send_incomplete",
        /// The answer to m-send.req is no MMS PDU.
        SendNotMms = "send_not_mms",
        /// No answer to a message that was given to another system.
        HandoverNoResponse = "handover_no_response",
        /// SMTP answered such a message with an error.
        HandoverSmtpError = "handover_smtp_error",
        /// HTTP answered such a message with an error.
        HandoverHttpError = "handover_http_error",
        /// MM4_forward.RES or DeliverRsp with an error status.
        HandoverRejected = "handover_rejected",
        /// Reset or close before the answer.
        HandoverAborted = "handover_aborted",
        /// The mail or request was cut short.
        HandoverIncomplete = "handover_incomplete",
        /// The answer to DeliverReq is no SOAP.
        HandoverNotMms = "handover_not_mms",
        /// The bearer refused the notification.
        NotificationBearerError = "notification_bearer_error",
        /// m-notifyresp.ind with status rejected.
        NotificationRejected = "notification_rejected",
        /// m-notifyresp.ind with status unrecognised.
        NotificationUnrecognised = "notification_unrecognised",
        /// m-notifyresp.ind with status expired, or the expiry passed.
        NotificationExpired = "notification_expired",
        /// No answer to the GET.
        RetrieveNoResponse = "retrieve_no_response",
        /// The bearer answered the GET with an error.
        RetrieveHttpError = "retrieve_http_error",
        /// m-retrieve.conf with an error status.
        RetrieveStatus = "retrieve_status",
        /// Reset, abort or close before the answer.
        RetrieveAborted = "retrieve_aborted",
        /// m-retrieve.conf was cut short.
        RetrieveIncomplete = "retrieve_incomplete",
        /// The answer to the GET is no MMS PDU.
        RetrieveNotMms = "retrieve_not_mms",
        /// No answer to the acknowledgement.
        AckNoResponse = "ack_no_response",
        /// The bearer answered the acknowledgement with an error.
        AckHttpError = "ack_http_error",
        /// Reset, abort or close before the answer.
        AckAborted = "ack_aborted",
        /// A delivery report says expired.
        DeliveryExpired = "delivery_expired",
        /// A delivery report says rejected.
        DeliveryRejected = "delivery_rejected",
        /// A delivery report says unreachable.
        DeliveryUnreachable = "delivery_unreachable",
        /// A delivery report says indeterminate.
        DeliveryIndeterminate = "delivery_indeterminate",
        /// A delivery report says unrecognised.
        DeliveryUnrecognised = "delivery_unrecognised",
        /// The read report says deleted without being read.
        ReadDeletedUnread = "read_deleted_unread",
        /// The bearer answered a report with an error.
        ReportHttpError = "report_http_error",
        /// SMTP answered a report with an error.
        ReportSmtpError = "report_smtp_error",
        /// The answer to a report has an error status.
        ReportRejected = "report_rejected",
        /// No answer to a report.
        ReportNoResponse = "report_no_response",
        /// A PDU that the specification does not allow.
        MalformedPdu = "malformed_pdu",
    }
}

words! {
    /// How sure a join is.
    Confidence {
        /// The bearer or an identifier ties both.
        Exact = "exact",
        /// Same sender and same content.
        Strong = "strong",
        /// Sender, subject, size and recipient, nearest in time.
        Weak = "weak",
    }
}

impl Default for Interface {
    /// The one that documents of before there were others are about.
    fn default() -> Self {
        Self::Mm1
    }
}

impl State {
    /// The verdict on a delivery that came this far.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Submitting
            | Self::Submitted
            | Self::HandingOver
            | Self::HandedOver
            | Self::Indeterminate
            | Self::Notified
            | Self::Deferred
            | Self::Retrieving => Outcome::Open,
            Self::Failed
            | Self::Cancelled
            | Self::Unrecognised
            | Self::Unreachable
            | Self::Expired
            | Self::Rejected => Outcome::Failure,
            Self::Forwarded | Self::Retrieved | Self::Acknowledged | Self::Reported | Self::Read => {
                Outcome::Success
            }
        }
    }
}

/// What shows a failure, whatever stage it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCause {
    /// No answer came in time.
    NoResponse,
    /// The bearer answered with an error.
    BearerError,
    /// A PDU says so by a status, which may stand for a state of the message.
    Status(Option<State>),
    /// X-Mms-Expiry passed.
    Expiry,
    /// Reset, abort or close before the answer.
    Aborted,
    /// A request or an answer was cut short.
    Incomplete,
    /// The answer is no MMS PDU.
    NotMms,
    /// A PDU is not what the specification allows.
    Malformed,
}

impl FailureKind {
    /// Where in a message's life it happens.
    pub const fn stage(self) -> Stage {
        match self {
            Self::SendNoResponse
            | Self::SendHttpError
            | Self::SendSmtpError
            | Self::SendRejected
            | Self::SendAborted
            | Self::SendIncomplete
            | Self::SendNotMms => Stage::Submission,
            Self::HandoverNoResponse
            | Self::HandoverSmtpError
            | Self::HandoverHttpError
            | Self::HandoverRejected
            | Self::HandoverAborted
            | Self::HandoverIncomplete
            | Self::HandoverNotMms => Stage::Handover,
            Self::NotificationBearerError
            | Self::NotificationRejected
            | Self::NotificationUnrecognised
            | Self::NotificationExpired => Stage::Notification,
            Self::RetrieveNoResponse
            | Self::RetrieveHttpError
            | Self::RetrieveStatus
            | Self::RetrieveAborted
            | Self::RetrieveIncomplete
            | Self::RetrieveNotMms => Stage::Retrieval,
            Self::AckNoResponse | Self::AckHttpError | Self::AckAborted => Stage::Acknowledgement,
            Self::DeliveryExpired
            | Self::DeliveryRejected
            | Self::DeliveryUnreachable
            | Self::DeliveryIndeterminate
            | Self::DeliveryUnrecognised
            | Self::ReadDeletedUnread
            | Self::ReportHttpError
            | Self::ReportSmtpError
            | Self::ReportRejected
            | Self::ReportNoResponse => Stage::Report,
            Self::MalformedPdu => Stage::Any,
        }
    }

    /// What shows it.
    pub const fn cause(self) -> FailureCause {
        match self {
            Self::SendNoResponse
            | Self::RetrieveNoResponse
            | Self::AckNoResponse
            | Self::HandoverNoResponse
            | Self::ReportNoResponse => FailureCause::NoResponse,
            Self::SendHttpError
            | Self::SendSmtpError
            | Self::HandoverSmtpError
            | Self::HandoverHttpError
            | Self::ReportSmtpError
            | Self::NotificationBearerError
            | Self::RetrieveHttpError
            | Self::AckHttpError
            | Self::ReportHttpError => FailureCause::BearerError,
            Self::SendAborted | Self::HandoverAborted | Self::RetrieveAborted | Self::AckAborted => {
                FailureCause::Aborted
            }
            Self::SendIncomplete | Self::HandoverIncomplete | Self::RetrieveIncomplete => {
                FailureCause::Incomplete
            }
            Self::SendNotMms | Self::HandoverNotMms | Self::RetrieveNotMms => FailureCause::NotMms,
            Self::NotificationExpired => FailureCause::Expiry,
            Self::SendRejected
            | Self::HandoverRejected
            | Self::ReportRejected
            | Self::RetrieveStatus
            | Self::ReadDeletedUnread => FailureCause::Status(None),
            Self::NotificationRejected | Self::DeliveryRejected => {
                FailureCause::Status(Some(State::Rejected))
            }
            Self::NotificationUnrecognised | Self::DeliveryUnrecognised => {
                FailureCause::Status(Some(State::Unrecognised))
            }
            Self::DeliveryExpired => FailureCause::Status(Some(State::Expired)),
            Self::DeliveryUnreachable => FailureCause::Status(Some(State::Unreachable)),
            Self::DeliveryIndeterminate => FailureCause::Status(Some(State::Indeterminate)),
            Self::MalformedPdu => FailureCause::Malformed,
        }
    }

    /// The state that it explains without anything else, where there is one.
    pub const fn state(self) -> Option<State> {
        match self.cause() {
            FailureCause::Status(state) => state,
            FailureCause::Expiry => Some(State::Expired),
            FailureCause::NoResponse
            | FailureCause::BearerError
            | FailureCause::Aborted
            | FailureCause::Incomplete
            | FailureCause::NotMms
            | FailureCause::Malformed => None,
        }
    }
}
