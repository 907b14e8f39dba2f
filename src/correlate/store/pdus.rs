//! What a leg keeps of its PDUs: the few facts that grouping and judging read, one type for each PDU. Each says how
//! they are drawn from the record of a decoded PDU and packed, and how they are read again.

use std::borrow::Cow;

use crate::correlate::record::address;
use crate::correlate::record::pdu::{ExpiryValue, PduRecord, Sender};
use crate::correlate::store::contents::Content;
use crate::correlate::store::packed::{Packed, Packer, Texts};
use crate::correlate::store::words::{Packs, pack_priority, unpack_priority};
use crate::mms::MessageType;
use crate::model::Timestamp;

/// Defines what the packed texts of a PDU are, by their number.
macro_rules! texts {
    ($($(#[$doc:meta])* $number:literal $name:ident)+) => {
        $($(#[$doc])*
        pub(crate) fn $name(self) -> Option<&'a str> {
            self.texts.get($number)
        })+
    };
}

pub(crate) use texts;

/// m-send.req or m-forward.req (OMA-TS-MMS_ENC sections 6.1 and 6.5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Send<'a> {
    pub(crate) forward: bool,
    /// Whether all its octets are there.
    pub(crate) complete: bool,
    /// How many addresses To and Cc hold, in the texts after the fixed ones; the rest is Bcc.
    addresses: [usize; 2],
    terms: Packed<'a>,
    content: Packed<'a>,
    texts: Texts<'a>,
}

/// How the sender wants a message to be sent: seldom asked for, so it stays packed until then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) version: Option<(u8, u8)>,
    pub(crate) delivery_report: Option<bool>,
    pub(crate) read_report: Option<bool>,
    pub(crate) priority: Option<&'static str>,
    pub(crate) expiry: Option<ExpiryValue>,
}

impl Terms {
    fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        packer.number(record.version.is_some());
        if let Some((major, minor)) = record.version {
            packer.number(major);
            packer.number(minor);
        }
        packer.optional_flag(record.delivery_report);
        packer.optional_flag(record.read_report);
        pack_priority(record.priority, packer);
        record.expiry.pack(packer);
    }

    fn unpack(mut packed: Packed<'_>) -> Self {
        Self {
            version: packed.flag().then(|| (packed.small(), packed.small())),
            delivery_report: packed.optional_flag(),
            read_report: packed.optional_flag(),
            priority: unpack_priority(&mut packed),
            expiry: Option::unpack(&mut packed),
        }
    }
}

impl<'a> Send<'a> {
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

    /// The body.
    pub(crate) fn content(mut self) -> Content<'a> {
        Content::unpack(&mut self.content)
    }

    pub(crate) fn terms(self) -> Terms {
        Terms::unpack(self.terms)
    }

    /// To, Cc and Bcc.
    pub(crate) fn recipients(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.texts.after(Self::FIXED).iter().flatten()
    }

    pub(crate) fn to(self) -> impl Iterator<Item = &'a str> + use<'a> {
        let [to, _] = self.addresses;
        self.recipients().take(to)
    }

    pub(crate) fn cc(self) -> impl Iterator<Item = &'a str> + use<'a> {
        let [to, cc] = self.addresses;
        self.recipients().skip(to).take(cc)
    }

    pub(crate) fn bcc(self) -> impl Iterator<Item = &'a str> + use<'a> {
        let [to, cc] = self.addresses;
        self.recipients().skip(to).skip(cc)
    }

    pub(crate) fn pack(record: &PduRecord<'_>, hashes: &ahash::RandomState, packer: &mut Packer) {
        packer.number(record.message_type == MessageType::FORWARD_REQ);
        packer.number(record.complete);
        packer.number(record.to.len() as u64);
        packer.number(record.cc.len() as u64);
        packer.whole(|packer| Terms::pack(record, packer));
        packer.whole(|packer| Content::pack(record, hashes, packer));
        packer.text(record.transaction_id.as_deref());
        packer.text(address(&record.from));
        packer.text(record.subject.as_deref());
        packer.text(record.message_class.as_deref());
        packer.text(first_location(record));
        packer.text(record.reply_charging_id.as_deref());
        packer.text(record.content_type.as_deref());
        for list in [&record.to, &record.cc, &record.bcc] {
            list.iter().for_each(|address| packer.text(Some(address)));
        }
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            forward: packed.flag(),
            complete: packed.flag(),
            addresses: [packed.small(), packed.small()],
            terms: packed.whole(),
            content: packed.whole(),
            texts: Texts::of(packed),
        }
    }
}

/// m-send.conf or m-forward.conf (sections 6.1 and 6.5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SendConf<'a> {
    pub(crate) pdu: MessageType,
    pub(crate) status: Option<u8>,
    texts: Texts<'a>,
}

/// X-Mms-Response-Status, X-Mms-Retrieve-Status and X-Mms-Store-Status: ok (section 7.3.48).
pub(crate) const STATUS_OK: u8 = 0x80;

impl<'a> SendConf<'a> {
    texts! {
        0 transaction_id
        1 message_id
        2 text
    }

    /// Whether the MMSC took the message; none where its word on it is missing.
    pub(crate) fn accepted(self) -> Option<bool> {
        match self.status {
            Some(status) => Some(status == STATUS_OK),
            None => self.message_id().is_some().then_some(true),
        }
    }

    /// The message id of an accepted message, as it is compared.
    pub(crate) fn accepted_id(self) -> Option<&'a str> {
        let id = address::message_id(self.message_id()?);
        (self.accepted() == Some(true) && !id.is_empty()).then_some(id)
    }

    pub(crate) fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        record.message_type.pack(packer);
        packer.optional(record.response_status);
        packer.text(record.transaction_id.as_deref());
        packer.text(record.message_id.as_deref());
        packer.text(record.response_text.as_deref());
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            pdu: MessageType::unpack(&mut packed),
            status: packed.optional(),
            texts: Texts::of(packed),
        }
    }
}

/// m-notification.ind (section 6.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notified<'a> {
    pub(crate) size: Option<u64>,
    /// X-Mms-Priority and X-Mms-Expiry, seldom asked for.
    terms: Packed<'a>,
    texts: Texts<'a>,
}

impl<'a> Notified<'a> {
    texts! {
        0 transaction_id
        1 location
        2 sender
        3 subject
        4 message_class
        5 replace_id
        6 reply_charging_id
    }

    pub(crate) fn priority(mut self) -> Option<&'static str> {
        unpack_priority(&mut self.terms)
    }

    pub(crate) fn expiry(mut self) -> Option<ExpiryValue> {
        unpack_priority(&mut self.terms);
        Option::unpack(&mut self.terms)
    }

    pub(crate) fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        packer.optional(record.message_size);
        packer.whole(|packer| {
            pack_priority(record.priority, packer);
            record.expiry.pack(packer);
        });
        packer.text(record.transaction_id.as_deref());
        packer.text(first_location(record));
        packer.text(address(&record.from));
        packer.text(record.subject.as_deref());
        packer.text(record.message_class.as_deref());
        packer.text(record.replace_id.as_deref());
        packer.text(record.reply_charging_id.as_deref());
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            size: packed.optional(),
            terms: packed.whole(),
            texts: Texts::of(packed),
        }
    }
}

/// m-retrieve.conf (section 6.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retrieved<'a> {
    pub(crate) complete: bool,
    pub(crate) status: Option<u8>,
    /// How many addresses To holds, in the texts after the fixed ones; the rest is Cc.
    addresses: usize,
    priority: Packed<'a>,
    content: Packed<'a>,
    texts: Texts<'a>,
}

impl<'a> Retrieved<'a> {
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

    /// The body.
    pub(crate) fn content(mut self) -> Content<'a> {
        Content::unpack(&mut self.content)
    }

    pub(crate) fn priority(mut self) -> Option<&'static str> {
        unpack_priority(&mut self.priority)
    }

    /// To and Cc.
    pub(crate) fn recipients(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.texts.after(Self::FIXED).iter().flatten()
    }

    pub(crate) fn to(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().take(self.addresses)
    }

    pub(crate) fn cc(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().skip(self.addresses)
    }

    /// The recipient, where there is only one.
    pub(crate) fn only_recipient(self) -> Option<&'a str> {
        let mut recipients = self.recipients();
        recipients.next().filter(|_| recipients.next().is_none())
    }

    /// Whether no error is in place of the message.
    pub(crate) fn is_ok(self) -> bool {
        self.status.is_none_or(|status| status == STATUS_OK)
    }

    pub(crate) fn pack(record: &PduRecord<'_>, hashes: &ahash::RandomState, packer: &mut Packer) {
        packer.number(record.complete);
        packer.optional(record.retrieve_status);
        packer.number(record.to.len() as u64);
        packer.whole(|packer| pack_priority(record.priority, packer));
        packer.whole(|packer| Content::pack(record, hashes, packer));
        packer.text(record.transaction_id.as_deref());
        packer.text(record.message_id.as_deref());
        packer.text(address(&record.from));
        packer.text(record.subject.as_deref());
        packer.text(record.message_class.as_deref());
        packer.text(record.retrieve_text.as_deref());
        packer.text(record.replace_id.as_deref());
        packer.text(record.reply_charging_id.as_deref());
        packer.text(record.content_type.as_deref());
        for list in [&record.to, &record.cc] {
            list.iter().for_each(|address| packer.text(Some(address)));
        }
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            complete: packed.flag(),
            status: packed.optional(),
            addresses: packed.small(),
            priority: packed.whole(),
            content: packed.whole(),
            texts: Texts::of(packed),
        }
    }
}

/// m-notifyresp.ind or m-acknowledge.ind (sections 6.2 and 6.4).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirmed<'a> {
    pub(crate) pdu: MessageType,
    pub(crate) status: Option<u8>,
    pub(crate) texts: Texts<'a>,
}

impl<'a> Confirmed<'a> {
    texts! {
        0 transaction_id
    }

    pub(crate) fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        record.message_type.pack(packer);
        packer.optional(record.status);
        packer.text(record.transaction_id.as_deref());
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            pdu: MessageType::unpack(&mut packed),
            status: packed.optional(),
            texts: Texts::of(packed),
        }
    }
}

/// m-delivery.ind (section 6.6).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reported<'a> {
    pub(crate) status: Option<u8>,
    date: Packed<'a>,
    pub(crate) texts: Texts<'a>,
}

impl<'a> Reported<'a> {
    texts! {
        0 message_id
        1 from
        2 to
    }

    pub(crate) fn date(mut self) -> Option<Timestamp> {
        Option::unpack(&mut self.date)
    }

    pub(crate) fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        packer.optional(record.status);
        packer.whole(|packer| record.date.pack(packer));
        pack_report(record, packer);
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            status: packed.optional(),
            date: packed.whole(),
            texts: Texts::of(packed),
        }
    }
}

/// m-read-rec.ind or m-read-orig.ind (section 6.7): From is the reader, To the sender of the message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadBack<'a> {
    pub(crate) pdu: MessageType,
    pub(crate) status: Option<u8>,
    pub(crate) texts: Texts<'a>,
}

impl<'a> ReadBack<'a> {
    texts! {
        0 message_id
        1 from
        2 to
    }

    pub(crate) fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        record.message_type.pack(packer);
        packer.optional(record.read_status);
        pack_report(record, packer);
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            pdu: MessageType::unpack(&mut packed),
            status: packed.optional(),
            texts: Texts::of(packed),
        }
    }
}

fn pack_report(record: &PduRecord<'_>, packer: &mut Packer) {
    packer.text(record.message_id.as_deref());
    packer.text(address(&record.from));
    packer.text(record.to.first().map(Cow::as_ref));
}

/// The first of X-Mms-Content-Location.
pub(crate) fn first_location<'t>(record: &'t PduRecord<'_>) -> Option<&'t str> {
    record.content_locations.first().map(Cow::as_ref)
}

fn address<'t>(sender: &'t Sender<'_>) -> Option<&'t str> {
    match sender {
        Sender::Address(address) => Some(address),
        Sender::Absent | Sender::InsertAddress => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(pack: impl FnOnce(&mut Packer)) -> String {
        let mut packer = Packer::default();
        pack(&mut packer);
        packer.finish()
    }

    #[test]
    fn recipients_keep_their_lists() {
        let record = PduRecord {
            message_type: MessageType::SEND_REQ,
            to: vec!["a".into(), "b".into()],
            cc: vec!["c".into()],
            bcc: vec!["d".into(), "e".into()],
            ..PduRecord::default()
        };
        let packed = packed(|packer| Send::pack(&record, &ahash::RandomState::new(), packer));
        let send = Send::unpack(Packed::new(&packed));
        assert_eq!(send.to().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(send.cc().collect::<Vec<_>>(), ["c"]);
        assert_eq!(send.bcc().collect::<Vec<_>>(), ["d", "e"]);
        assert_eq!(send.recipients().count(), 5);
    }
}
