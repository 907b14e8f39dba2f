//! What a leg keeps of its PDUs: the few facts that grouping and judging read, one type for each PDU.

use super::address;
use super::contents::Content;
use super::record::{ExpiryValue, StatusEntry};
use super::texts::Texts;
use crate::mms::MessageType;
use crate::model::Timestamp;

/// Defines what the packed texts of a PDU are, by their number.
macro_rules! texts {
    ($($(#[$doc:meta])* $number:literal $name:ident)+) => {
        $($(#[$doc])*
        pub(super) fn $name(&self) -> Option<&str> {
            self.texts.get($number)
        })+
    };
}

/// m-send.req or m-forward.req (OMA-TS-MMS_ENC sections 6.1 and 6.5).
#[derive(Clone, Debug)]
pub(super) struct Send {
    pub(super) forward: bool,
    /// Whether all its octets are there.
    pub(super) complete: bool,
    pub(super) version: Option<(u8, u8)>,
    pub(super) delivery_report: Option<bool>,
    pub(super) read_report: Option<bool>,
    /// How many addresses To, Cc and Bcc hold, in the texts after the fixed ones.
    pub(super) addresses: [u32; 3],
    pub(super) priority: Option<&'static str>,
    pub(super) expiry: Option<ExpiryValue>,
    pub(super) content: Content,
    pub(super) texts: Texts,
}

impl Send {
    /// Texts before the addresses.
    const FIXED: usize = 7;

    texts! {
        0 transaction_id
        /// From, where it holds an address.
        1 sender
        2 subject
        3 message_class
        /// What is forwarded.
        4 location
        5 reply_charging_id
        6 media_type
    }

    /// To, Cc and Bcc.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().skip(Self::FIXED).flatten()
    }

    pub(super) fn to(&self) -> impl Iterator<Item = &str> {
        let [to, _, _] = self.addresses;
        self.recipients().take(count(to))
    }

    pub(super) fn cc(&self) -> impl Iterator<Item = &str> {
        let [to, cc, _] = self.addresses;
        self.recipients().skip(count(to)).take(count(cc))
    }

    pub(super) fn bcc(&self) -> impl Iterator<Item = &str> {
        let [to, cc, _] = self.addresses;
        self.recipients().skip(count(to)).skip(count(cc))
    }
}

fn count(addresses: u32) -> usize {
    usize::try_from(addresses).unwrap_or(usize::MAX)
}

/// m-send.conf or m-forward.conf (sections 6.1 and 6.5).
#[derive(Clone, Debug)]
pub(super) struct SendConf {
    pub(super) pdu: MessageType,
    pub(super) status: Option<u8>,
    pub(super) texts: Texts,
}

/// X-Mms-Response-Status, X-Mms-Retrieve-Status and X-Mms-Store-Status: ok (section 7.3.48).
pub(super) const STATUS_OK: u8 = 0x80;

impl SendConf {
    texts! {
        0 transaction_id
        1 message_id
        2 text
    }

    /// Whether the MMSC took the message; none where its word on it is missing.
    pub(super) fn accepted(&self) -> Option<bool> {
        match self.status {
            Some(status) => Some(status == STATUS_OK),
            None => self.message_id().is_some().then_some(true),
        }
    }

    /// The message id of an accepted message, as it is compared.
    pub(super) fn accepted_id(&self) -> Option<&str> {
        let id = address::message_id(self.message_id()?);
        (self.accepted() == Some(true) && !id.is_empty()).then_some(id)
    }
}

/// m-notification.ind (section 6.2).
#[derive(Clone, Debug)]
pub(super) struct Notified {
    pub(super) priority: Option<&'static str>,
    pub(super) size: Option<u64>,
    pub(super) expiry: Option<ExpiryValue>,
    pub(super) texts: Texts,
}

impl Notified {
    texts! {
        0 transaction_id
        1 location
        2 sender
        3 subject
        4 message_class
        5 replace_id
        6 reply_charging_id
    }
}

/// m-retrieve.conf (section 6.3).
#[derive(Clone, Debug)]
pub(super) struct Retrieved {
    pub(super) complete: bool,
    pub(super) status: Option<u8>,
    /// How many addresses To and Cc hold, in the texts after the fixed ones.
    pub(super) addresses: [u32; 2],
    pub(super) priority: Option<&'static str>,
    pub(super) content: Content,
    pub(super) texts: Texts,
}

impl Retrieved {
    /// Texts before the addresses.
    const FIXED: usize = 9;

    texts! {
        0 transaction_id
        1 message_id
        2 sender
        3 subject
        4 message_class
        5 text
        6 replace_id
        7 reply_charging_id
        8 media_type
    }

    /// To and Cc.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().skip(Self::FIXED).flatten()
    }

    pub(super) fn to(&self) -> impl Iterator<Item = &str> {
        let [to, _] = self.addresses;
        self.recipients().take(count(to))
    }

    pub(super) fn cc(&self) -> impl Iterator<Item = &str> {
        let [to, _] = self.addresses;
        self.recipients().skip(count(to))
    }

    /// The recipient, where there is only one.
    pub(super) fn only_recipient(&self) -> Option<&str> {
        let mut recipients = self.recipients();
        recipients.next().filter(|_| recipients.next().is_none())
    }

    /// Whether no error is in place of the message.
    pub(super) fn is_ok(&self) -> bool {
        self.status.is_none_or(|status| status == STATUS_OK)
    }
}

/// m-notifyresp.ind or m-acknowledge.ind (sections 6.2 and 6.4).
#[derive(Clone, Debug)]
pub(super) struct Confirmed {
    pub(super) pdu: MessageType,
    pub(super) status: Option<u8>,
    pub(super) texts: Texts,
}

impl Confirmed {
    texts! {
        0 transaction_id
    }
}

/// m-delivery.ind (section 6.6).
#[derive(Clone, Debug)]
pub(super) struct Reported {
    pub(super) status: Option<u8>,
    pub(super) date: Option<Timestamp>,
    pub(super) texts: Texts,
}

impl Reported {
    texts! {
        0 message_id
        1 from
        2 to
    }
}

/// m-read-rec.ind or m-read-orig.ind (section 6.7): From is the reader, To the sender of the message.
#[derive(Clone, Debug)]
pub(super) struct ReadBack {
    pub(super) pdu: MessageType,
    pub(super) status: Option<u8>,
    pub(super) texts: Texts,
}

impl ReadBack {
    texts! {
        0 message_id
        1 from
        2 to
    }
}

/// A PDU about a mailbox, a stored message, or a cancellation (TS 23.140 sections 8.1.9 to 8.1.14).
#[derive(Clone, Debug)]
pub(super) struct OperationFacts {
    pub(super) pdu: MessageType,
    pub(super) response_status: Option<u8>,
    pub(super) store_status: Option<u8>,
    pub(super) cancel_status: Option<u8>,
    pub(super) entries: Box<[StatusEntry]>,
    pub(super) headers: Box<[(String, String)]>,
    /// After those below, the first content location: it tells repeated requests apart.
    pub(super) texts: Texts,
}

impl OperationFacts {
    texts! {
        0 transaction_id
        1 cancel_id
    }
}
