//! Grouped AVPs about MMS, read when somebody asks for what is in them.

use super::avp::{Avp, Avps};
use crate::model::SubscriberNumber;

/// MMS-Information (TS 32.299 clause 7.2.109).
#[derive(Clone, Copy, Debug, Default)]
pub struct ChargedMessage<'a> {
    avps: Avps<'a>,
}

const ORIGINATOR_ADDRESS: u32 = 886;
const RECIPIENT_ADDRESS: u32 = 1201;
const MESSAGE_ID: u32 = 1210;
const MESSAGE_TYPE: u32 = 1211;

impl<'a> ChargedMessage<'a> {
    pub(super) const fn new(avp: &Avp<'a>) -> Self {
        Self { avps: avp.avps() }
    }

    /// Originator-Address.
    pub fn originator(&self) -> Option<ChargedAddress<'a>> {
        self.avps
            .all_of_3gpp(ORIGINATOR_ADDRESS)
            .find_map(ChargedAddress::read)
    }

    /// Recipient-Address: all of them.
    pub fn recipients(&self) -> impl Iterator<Item = ChargedAddress<'a>> + use<'a> {
        self.avps
            .all_of_3gpp(RECIPIENT_ADDRESS)
            .filter_map(ChargedAddress::read)
    }

    /// Message-ID, as the MMSC gives it.
    pub fn message_id(&self) -> Option<&'a str> {
        self.avps.all_of_3gpp(MESSAGE_ID).find_map(|avp| avp.text())
    }

    /// Message-Type.
    pub fn message_type(&self) -> Option<MessageType> {
        let code = self.avps.all_of_3gpp(MESSAGE_TYPE).find_map(|avp| avp.u32())?;
        MessageType::of(code)
    }
}

/// What is charged for: Message-Type (TS 32.299 clause 7.2.112).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageType {
    /// m-send-req.
    SendReq,
    /// m-send-conf.
    SendConf,
    /// m-notification-ind.
    NotificationInd,
    /// m-notifyresp-ind.
    NotifyRespInd,
    /// m-retrieve-conf.
    RetrieveConf,
    /// m-acknowledge-ind.
    AcknowledgeInd,
    /// m-delivery-ind.
    DeliveryInd,
    /// m-read-rec-ind.
    ReadRecInd,
    /// m-read-orig-ind.
    ReadOrigInd,
    /// m-forward-req.
    ForwardReq,
    /// m-forward-conf.
    ForwardConf,
    /// One of the mailbox: m-mbox-store-conf, -view-conf, -upload-conf, -delete-conf.
    Mailbox(u8),
}

impl MessageType {
    const fn of(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::SendReq,
            2 => Self::SendConf,
            3 => Self::NotificationInd,
            4 => Self::NotifyRespInd,
            5 => Self::RetrieveConf,
            6 => Self::AcknowledgeInd,
            7 => Self::DeliveryInd,
            8 => Self::ReadRecInd,
            9 => Self::ReadOrigInd,
            10 => Self::ForwardReq,
            11 => Self::ForwardConf,
            12 => Self::Mailbox(12),
            13 => Self::Mailbox(13),
            14 => Self::Mailbox(14),
            15 => Self::Mailbox(15),
            _ => return None,
        })
    }

    /// The name that the specification gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendReq => "m-send-req",
            Self::SendConf => "m-send-conf",
            Self::NotificationInd => "m-notification-ind",
            Self::NotifyRespInd => "m-notifyresp-ind",
            Self::RetrieveConf => "m-retrieve-conf",
            Self::AcknowledgeInd => "m-acknowledge-ind",
            Self::DeliveryInd => "m-delivery-ind",
            Self::ReadRecInd => "m-read-rec-ind",
            Self::ReadOrigInd => "m-read-orig-ind",
            Self::ForwardReq => "m-forward-req",
            Self::ForwardConf => "m-forward-conf",
            Self::Mailbox(12) => "m-mbox-store-conf",
            Self::Mailbox(13) => "m-mbox-view-conf",
            Self::Mailbox(14) => "m-mbox-upload-conf",
            Self::Mailbox(_) => "m-mbox-delete-conf",
        }
    }
}

/// An address of a party (TS 32.299 clauses 7.2.127 and 7.2.147). Untrusted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargedAddress<'a> {
    /// Address-Data: a number with or without `+`, perhaps with `/TYPE=PLMN`; an e-mail address; a short code.
    pub text: &'a str,
    /// Address-Type: whether it is an MSISDN; none where it does not say.
    pub is_msisdn: Option<bool>,
}

impl<'a> ChargedAddress<'a> {
    fn read(avp: Avp<'a>) -> Option<Self> {
        const ADDRESS_DATA: u32 = 897;
        const ADDRESS_TYPE: u32 = 899;
        const MSISDN: u32 = 1;
        let avps = avp.avps();
        let text = avps.all_of_3gpp(ADDRESS_DATA).find_map(|avp| avp.text())?;
        let kind = avps.all_of_3gpp(ADDRESS_TYPE).find_map(|avp| avp.u32());
        Some(Self {
            text,
            is_msisdn: kind.map(|kind| kind == MSISDN),
        })
    }
}

/// A Message-Process-Request (TS 29.140).
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageProcess<'a> {
    avps: Avps<'a>,
}

impl<'a> MessageProcess<'a> {
    pub(super) const fn new(avps: Avps<'a>) -> Self {
        Self { avps }
    }

    /// Served-User-Identity: the number of the subscriber for whom the MMSC asks.
    pub fn served_user(&self) -> Option<SubscriberNumber> {
        const SERVED_USER_IDENTITY: u32 = 1100;
        let identity = self.avps.all_of_3gpp(SERVED_USER_IDENTITY).next()?;
        msisdn(identity.avps())
    }

    /// Sender-Address. Untrusted text.
    pub fn sender(&self) -> Option<&'a str> {
        const SENDER_ADDRESS: u32 = 1104;
        self.avps.all_of_3gpp(SENDER_ADDRESS).find_map(|avp| avp.text())
    }

    /// Initial-Recipient-Address: all of them. Untrusted text.
    pub fn recipients(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        const INITIAL_RECIPIENT_ADDRESS: u32 = 1105;
        const RECIPIENT: u32 = 1108;
        let addresses = self.avps.all_of_3gpp(INITIAL_RECIPIENT_ADDRESS);
        addresses.filter_map(|avp| avp.avps().all_of_3gpp(RECIPIENT).find_map(|avp| avp.text()))
    }
}

/// The number in the AVP MSISDN (TS 29.329 clause 6.3.2): telephony BCD.
fn msisdn(avps: Avps<'_>) -> Option<SubscriberNumber> {
    const MSISDN: u32 = 701;
    let octets = avps.all_of_3gpp(MSISDN).next()?.data;
    let digits = crate::model::Digits::from_tbcd(octets)?;
    SubscriberNumber::new(digits, true)
}
