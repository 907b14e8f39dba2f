//! How legs and messages are joined.

use std::net::IpAddr;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Confidence, Word};
use crate::model::{FrameNumber, FrameRef, Timestamp};

/// How two legs were joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Link {
    /// Which legs, `submission-delivery` and so on.
    pub join: Word,
    /// The key.
    pub by: Word,
    /// How sure it is.
    pub confidence: Confidence,
    /// In words.
    #[cfg_attr(test, schemars(with = "String"))]
    pub detail: LinkDetail,
}

/// What joins, and the two frames that show it. The output makes words of it.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkDetail {
    /// Two legs of one message.
    Legs {
        /// The key.
        by: By,
        /// What both have under it.
        value: LinkValue,
        /// The frames that carry it.
        frames: [FrameRef; 2],
    },
    /// One message names another.
    Messages {
        /// As what.
        relation: Relation,
        /// The name: a message id, or the content location of what is forwarded.
        name: String,
        /// The frame that names it, and the one that bears the name.
        frames: [FrameRef; 2],
    },
    /// An address was a number's.
    Binding {
        /// The phone's address.
        address: IpAddr,
        /// Whose it was.
        number: String,
        /// Since when.
        since: Timestamp,
        /// The frame that says so.
        frame: FrameNumber,
    },
    /// Read from an exported document, which has nothing but the words.
    Told(String),
}

/// What two legs have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkValue {
    /// Nothing that could be shown.
    None,
    /// A content location.
    Url(String),
    /// A transaction id or message id.
    Identifier(String),
    /// The content of so many parts.
    Parts(usize),
}

/// What one message is to another that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It forwards what is at a content location.
    Forwards,
    /// It replaces the message of that id (X-Mms-Replace-ID).
    Replaces,
    /// It answers the message of that id (X-Mms-Reply-Charging-ID).
    RepliesTo,
    /// An operation cancels the message of that id (X-Mms-Cancel-ID, MessageID of CancelReq, CancelID).
    Cancels,
    /// An application answers the message that was delivered to it with that LinkedID.
    Answers,
}

/// The key that joins two legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The absolute content location.
    Location,
    /// Path and query of the content location, at the same MMSC.
    LocationPath,
    /// The host of the content location, of the only message that the phone was told of.
    LocationHost,
    /// The transaction id, within one client and MMSC.
    TransactionId,
    /// The transaction id, from another address: nothing else that waits for a confirmation has it at this MMSC.
    OnlyTransactionId,
    /// What the phone had fetched right before.
    LastFetch,
    /// The message id.
    MessageId,
    /// The message id up to its `@`.
    MessageIdLocalPart,
    /// The LinkedID of DeliverReq, which is the message id.
    LinkedId,
    /// The recipient of the envelope, and the sender where the envelope tells, nearest before.
    Envelope,
    /// The message id, as the content location contains it.
    MessageIdInLocation,
    /// The transaction id of the submission, as the MMSC uses it again in the notification.
    SubmittedTransactionId,
    /// The digest of the parts and the sender.
    Digest,
    /// Sender, subject, size and recipient, nearest in time.
    Likeness,
    /// What a phone had done by the time of a report that says so.
    Course,
}

impl By {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Location => "content_location",
            Self::LocationPath => "content_location_path",
            Self::LocationHost => "content_location_host",
            Self::TransactionId | Self::OnlyTransactionId => "transaction_id",
            Self::LastFetch => "last_retrieval",
            Self::MessageId => "message_id",
            Self::MessageIdLocalPart => "message_id_local_part",
            Self::LinkedId => "linked_id",
            Self::Envelope => "envelope",
            Self::MessageIdInLocation => "message_id_in_location",
            Self::SubmittedTransactionId => "submission_transaction_id",
            Self::Digest => "digest",
            Self::Likeness => "sender_subject_size_recipient",
            Self::Course => "course",
        }
    }

    /// What it is called in sentences.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Location => "content location",
            Self::LocationPath => "path of the content location",
            Self::LocationHost => {
                "host of the content location of the only message that the phone was told of"
            }
            Self::TransactionId => "transaction id",
            Self::OnlyTransactionId => {
                "transaction id, the only one that waits at this MMSC, from another address"
            }
            Self::LastFetch => "what the phone had just fetched",
            Self::MessageId => "message id",
            Self::MessageIdLocalPart => "message id up to its @",
            Self::LinkedId => "LinkedID",
            Self::Envelope => "recipient of the envelope, nearest before",
            Self::MessageIdInLocation => "message id inside the content location",
            Self::SubmittedTransactionId => "transaction id of the submission in the notification",
            Self::Digest => "sender and digest of the parts",
            Self::Likeness => "sender, subject, size and recipient, nearest in time",
            Self::Course => "what the phone had done by then",
        }
    }

    /// How sure a join by it is.
    pub const fn confidence(self) -> Confidence {
        match self {
            Self::Location | Self::LocationPath | Self::TransactionId | Self::MessageId | Self::LinkedId => {
                Confidence::Exact
            }
            Self::OnlyTransactionId
            | Self::MessageIdLocalPart
            | Self::LastFetch
            | Self::LocationHost
            | Self::MessageIdInLocation
            | Self::SubmittedTransactionId
            | Self::Digest => Confidence::Strong,
            Self::Likeness | Self::Course | Self::Envelope => Confidence::Weak,
        }
    }
}

impl Relation {
    /// The name of the join in the output, and of the join as the other message has it, where it is listed there.
    pub const fn joins(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Forwards => ("forwarded-origin", Some("origin-forwarded")),
            Self::Replaces => ("replacement-replaced", Some("replaced-replacement")),
            Self::RepliesTo => ("reply-origin", None),
            Self::Cancels => ("message-cancellation", None),
            Self::Answers => ("reply", None),
        }
    }

    /// The name of the key in the output.
    pub const fn by(self) -> &'static str {
        match self {
            Self::Forwards => "content_location",
            Self::Replaces => "replace_id",
            Self::RepliesTo => "reply_charging_id",
            Self::Cancels => "cancel_id",
            Self::Answers => "linked_id",
        }
    }
}
