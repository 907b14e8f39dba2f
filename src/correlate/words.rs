//! The words of a verdict: outcome, state, evidence, what failed and where. They are those of the output.

/// The verdict on a message, a delivery or an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It arrived.
    Success,
    /// It will not arrive.
    Failure,
    /// Some recipients have it, others will not.
    Partial,
    /// Nothing seen decides it.
    Open,
}

/// How far a message or delivery came, nearest first: the later of two states is the further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// m-send.req, no answer yet.
    Submitting,
    /// m-send.conf with status ok.
    Submitted,
    /// That status in m-delivery.ind, nothing better.
    Indeterminate,
    /// m-notification.ind.
    Notified,
    /// m-notifyresp.ind with status deferred, no retrieval after it.
    Deferred,
    /// GET of the content location, answer still pending.
    Retrieving,
    /// A failure ended it.
    Failed,
    /// m-cancel.req for it, accepted.
    Cancelled,
    /// That status in m-notifyresp.ind or m-delivery.ind.
    Unrecognised,
    /// That status in m-delivery.ind.
    Unreachable,
    /// That status, or the expiry passed inside the capture with no retrieval.
    Expired,
    /// That status in m-notifyresp.ind or m-delivery.ind.
    Rejected,
    /// m-delivery.ind with status forwarded.
    Forwarded,
    /// Whole m-retrieve.conf with no error status.
    Retrieved,
    /// m-notifyresp.ind with status retrieved, or m-acknowledge.ind.
    Acknowledged,
    /// m-delivery.ind with status retrieved, or a read report with status deleted.
    Reported,
    /// A read report with status read.
    Read,
}

impl State {
    /// The verdict on a delivery that came this far.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Submitting
            | Self::Submitted
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

/// How much of a message could be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// All that the legs seen consist of.
    Complete,
    /// The capture begins or ends inside it.
    Cut,
    /// Only one direction of an exchange was captured.
    OneSided,
    /// Octets inside it are missing.
    Gap,
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubmissionState {
    /// The MMSC took it.
    Accepted,
    /// The MMSC refused it.
    Rejected,
    /// It got no proper answer.
    Failed,
    /// Nothing seen decides it.
    Pending,
}

/// Where in a message's life something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Phone to MMSC.
    Submission,
    /// MMSC to recipient: the announcement.
    Notification,
    /// The recipient fetches it.
    Retrieval,
    /// The recipient confirms.
    Acknowledgement,
    /// Delivery and read reports.
    Report,
    /// Not bound to a stage.
    Any,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// No answer to m-send.req within the response timeout, and it could have been seen.
    SendNoResponse,
    /// The bearer answered m-send.req with an error.
    SendHttpError,
    /// m-send.conf with an error status.
    SendRejected,
    /// Reset, abort or close before the answer.
    SendAborted,
    /// m-send.req was cut short.
    SendIncomplete,
    /// The answer to m-send.req is no MMS PDU.
    SendNotMms,
    /// The bearer refused the notification.
    NotificationBearerError,
    /// m-notifyresp.ind with status rejected.
    NotificationRejected,
    /// m-notifyresp.ind with status unrecognised.
    NotificationUnrecognised,
    /// m-notifyresp.ind with status expired, or the expiry passed.
    NotificationExpired,
    /// No answer to the GET.
    RetrieveNoResponse,
    /// The bearer answered the GET with an error.
    RetrieveHttpError,
    /// m-retrieve.conf with an error status.
    RetrieveStatus,
    /// Reset, abort or close before the answer.
    RetrieveAborted,
    /// m-retrieve.conf was cut short.
    RetrieveIncomplete,
    /// The answer to the GET is no MMS PDU.
    RetrieveNotMms,
    /// No answer to the acknowledgement.
    AckNoResponse,
    /// The bearer answered the acknowledgement with an error.
    AckHttpError,
    /// Reset, abort or close before the answer.
    AckAborted,
    /// m-delivery.ind says expired.
    DeliveryExpired,
    /// m-delivery.ind says rejected.
    DeliveryRejected,
    /// m-delivery.ind says unreachable.
    DeliveryUnreachable,
    /// m-delivery.ind says indeterminate.
    DeliveryIndeterminate,
    /// m-delivery.ind says unrecognised.
    DeliveryUnrecognised,
    /// The read report says deleted without being read.
    ReadDeletedUnread,
    /// The bearer answered a report with an error.
    ReportHttpError,
    /// No answer to a report.
    ReportNoResponse,
    /// A PDU that the specification does not allow.
    MalformedPdu,
}

impl FailureKind {
    /// Where in a message's life it happens.
    pub const fn stage(self) -> Stage {
        match self {
            Self::SendNoResponse
            | Self::SendHttpError
            | Self::SendRejected
            | Self::SendAborted
            | Self::SendIncomplete
            | Self::SendNotMms => Stage::Submission,
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
            | Self::ReportNoResponse => Stage::Report,
            Self::MalformedPdu => Stage::Any,
        }
    }
}

/// How sure a join is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The bearer or an identifier ties both.
    Exact,
    /// Same sender and same content.
    Strong,
    /// Sender, subject, size and recipient, nearest in time.
    Weak,
}

/// The kinds of operation (OMA-TS-MMS_ENC sections 6.8 to 6.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// m-mbox-store.
    MboxStore,
    /// m-mbox-view.
    MboxView,
    /// m-mbox-upload.
    MboxUpload,
    /// m-mbox-delete.
    MboxDelete,
    /// m-delete.
    Delete,
    /// m-cancel.
    Cancel,
}

impl OperationKind {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MboxStore => "mbox-store",
            Self::MboxView => "mbox-view",
            Self::MboxUpload => "mbox-upload",
            Self::MboxDelete => "mbox-delete",
            Self::Delete => "delete",
            Self::Cancel => "cancel",
        }
    }
}

/// Which of the status fields an operation's answer gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationStatus {
    /// X-Mms-Response-Status.
    Response(u8),
    /// X-Mms-Store-Status.
    Store(u8),
    /// X-Mms-Cancel-Status.
    Cancel(u8),
}

impl OperationStatus {
    /// The octet.
    pub const fn code(self) -> u8 {
        match self {
            Self::Response(code) | Self::Store(code) | Self::Cancel(code) => code,
        }
    }
}
