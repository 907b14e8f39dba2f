//! What correlation reads of a PDU: a record independent of how the PDU was coded. Its texts are borrowed from the
//! decoded PDU where they can be: a leg keeps its own packed copy of the few that it needs.
//!
//! A field that the PDU lacks, or whose octets were not captured, is `None` or empty.

use std::borrow::Cow;

use super::shown_headers::ShownHeaders;
use crate::mms::{MessageType, PduType};
use crate::model::Timestamp;

/// The fields of one PDU that correlation reads. Text is decoded; addresses are as on the wire, with `/TYPE=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PduRecord<'a> {
    /// The PDU type.
    pub message_type: PduType,
    /// X-Mms-MMS-Version as (major, minor).
    pub version: Option<(u8, u8)>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<Cow<'a, str>>,
    /// Message-ID as on the wire.
    pub message_id: Option<Cow<'a, str>>,
    /// From.
    pub from: Sender<'a>,
    /// To, Cc and Bcc in order.
    pub to: Vec<Cow<'a, str>>,
    /// Cc.
    pub cc: Vec<Cow<'a, str>>,
    /// Bcc.
    pub bcc: Vec<Cow<'a, str>>,
    /// Subject.
    pub subject: Option<Cow<'a, str>>,
    /// The headers that are only shown.
    pub shown: ShownHeaders,
    /// Date.
    pub date: Option<Timestamp>,
    /// X-Mms-Expiry.
    pub expiry: Option<ExpiryValue>,
    /// X-Mms-Message-Size.
    pub message_size: Option<u64>,
    /// Every X-Mms-Content-Location in order; delete PDUs have several.
    pub content_locations: Vec<Cow<'a, str>>,
    /// X-Mms-Response-Status; of delete-conf PDUs the first, see `entries`.
    pub response_status: Option<u8>,
    /// X-Mms-Response-Text.
    pub response_text: Option<Cow<'a, str>>,
    /// X-Mms-Retrieve-Status.
    pub retrieve_status: Option<u8>,
    /// X-Mms-Retrieve-Text.
    pub retrieve_text: Option<Cow<'a, str>>,
    /// X-Mms-Status of notifyresp-ind and delivery-ind.
    pub status: Option<u8>,
    /// X-Mms-Read-Status.
    pub read_status: Option<u8>,
    /// Of a DSN, what it says of each recipient; of an MDN, who read. Other reports are about the one that From names.
    pub told_of: Vec<ToldOf<'a>>,
    /// X-Mms-Store-Status.
    pub store_status: Option<u8>,
    /// X-Mms-Cancel-Status.
    pub cancel_status: Option<u8>,
    /// X-Mms-Cancel-ID.
    pub cancel_id: Option<Cow<'a, str>>,
    /// X-Mms-Replace-ID.
    pub replace_id: Option<Cow<'a, str>>,
    /// X-Mms-Reply-Charging-ID.
    pub reply_charging_id: Option<Cow<'a, str>>,
    /// X-Mms-Delivery-Report.
    pub delivery_report: Option<bool>,
    /// X-Mms-Read-Report.
    pub read_report: Option<bool>,
    /// The entries of a delete-conf, or the descriptions in a view-conf.
    pub entries: Vec<StatusEntry>,
    /// What MM4_*.RES or an answer of MM7 says of its request.
    pub answer_status: Option<AnswerStatus<'a>>,
    /// X-Mms-Status-Text, or StatusText.
    pub status_text: Option<Cow<'a, str>>,
    /// X-Mms-Request-Recipients: about whom MM4_forward.RES speaks.
    pub request_recipients: Vec<Cow<'a, str>>,
    /// X-Mms-Ack-Request: whether MM4_*.RES is asked for.
    pub ack_requested: Option<bool>,
    /// The system that a PDU of MM4 is from: X-Mms-Originator-System, else Sender.
    pub system: Option<Cow<'a, str>>,
    /// Whether a mail shows by itself that it is of a message: by a field of MMS, or by the number of a phone.
    pub shows_mms: bool,
    /// Whether the octets of a mail end within its header, so that fields may be missing.
    pub header_is_cut: bool,
    /// Whether the type of a PDU of MM4 may be among these.
    pub may_be_mm4: bool,
    /// How many Received fields a mail has: one for each relay that it passed.
    pub received: u32,
    /// LinkedID of MM7.
    pub linked_id: Option<Cow<'a, str>>,
    /// VASPID and VASID of MM7, as much as there is: `VASPID/VASID`.
    pub application: Option<Cow<'a, str>>,
    /// Every header as (name, printable value) for operations, whose request and response show them; empty for
    /// the PDUs of a message.
    pub headers: Vec<(String, String)>,
    /// The body's media type.
    pub content_type: Option<Cow<'a, str>>,
    /// Octets of the body, as far as they are there.
    pub body_size: Option<u64>,
    /// The body's parts, leaves only, depth first; a body that is no multipart is one part.
    pub parts: Vec<PartRecord<'a>>,
    /// Whether one of its anomalies makes it malformed (docs/DECODING.md lists which do).
    pub malformed: bool,
    /// In words, what makes it malformed.
    pub malformed_detail: Option<String>,
    /// Whether all its octets are there.
    pub complete: bool,
    /// Whether a limit of the decoder left some of it unread.
    pub over_limit: bool,
}

/// What the report of a mail server or of a mail reader says of one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldOf<'a> {
    /// The recipient as the sender of the mail wrote it: Original-Recipient (RFC 3464 section 2.3.1).
    pub original: Option<Cow<'a, str>>,
    /// The recipient that an alias or a list may have made of it: Final-Recipient (section 2.3.2).
    pub last: Option<Cow<'a, str>>,
    /// What became of it, as X-Mms-Status or X-Mms-Read-Status.
    pub status: Option<u8>,
}

/// What an answer of MM4 or MM7 says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerStatus<'a> {
    /// X-Mms-Request-Status-Code (3GPP TS 23.140 section 8.4.1): a name.
    Mm4(Cow<'a, str>),
    /// StatusCode (section 8.7.8.4).
    Mm7(u16),
}

/// From, in its three forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sender<'a> {
    /// No From: the sender hid himself, or the PDU has none.
    #[default]
    Absent,
    /// The insert-address token: the MMSC puts the address in.
    InsertAddress,
    /// An address.
    Address(Cow<'a, str>),
}

/// X-Mms-Expiry (OMA-TS-MMS_ENC section 7.3.20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryValue {
    /// A date.
    Absolute(Timestamp),
    /// Seconds from when the PDU was sent.
    Relative(u64),
}

/// One entry of a PDU that speaks of several stored messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusEntry {
    /// X-Mms-Content-Location.
    pub content_location: Option<String>,
    /// X-Mms-Response-Status.
    pub status: Option<u8>,
    /// X-Mms-Response-Text.
    pub text: Option<String>,
    /// Message-ID, in a description.
    pub message_id: Option<String>,
}

/// One leaf part of a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartRecord<'a> {
    /// Media type, lower case.
    pub content_type: Cow<'a, str>,
    /// The content type's name parameter.
    pub name: Option<Cow<'a, str>>,
    /// Content-ID without `<>`.
    pub content_id: Option<Cow<'a, str>>,
    /// The part's Content-Location.
    pub content_location: Option<Cow<'a, str>>,
    /// The content type's charset parameter.
    pub charset: Option<Cow<'a, str>>,
    /// Octets of content.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// A digest of the content that is compared: of a text with LF as its line ends, and none behind its last line.
    pub comparable: u64,
}

impl Default for PduRecord<'_> {
    fn default() -> Self {
        Self {
            message_type: PduType::Mm1(MessageType(0)),
            version: None,
            transaction_id: None,
            message_id: None,
            from: Sender::Absent,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: None,
            shown: ShownHeaders::default(),
            date: None,
            expiry: None,
            message_size: None,
            content_locations: Vec::new(),
            response_status: None,
            response_text: None,
            retrieve_status: None,
            retrieve_text: None,
            status: None,
            read_status: None,
            told_of: Vec::new(),
            store_status: None,
            cancel_status: None,
            cancel_id: None,
            replace_id: None,
            reply_charging_id: None,
            delivery_report: None,
            read_report: None,
            answer_status: None,
            status_text: None,
            request_recipients: Vec::new(),
            ack_requested: None,
            system: None,
            shows_mms: false,
            header_is_cut: false,
            may_be_mm4: false,
            received: 0,
            linked_id: None,
            application: None,
            entries: Vec::new(),
            headers: Vec::new(),
            content_type: None,
            body_size: None,
            parts: Vec::new(),
            malformed: false,
            malformed_detail: None,
            complete: true,
            over_limit: false,
        }
    }
}
