//! What a leg keeps of the PDUs that are about no message in flight.

use crate::correlate::record::pdu::{PduRecord, StatusEntry};
use crate::correlate::store::packed::{Packed, Packer, Texts};
use crate::correlate::store::pdus::{first_location, texts};
use crate::correlate::store::words::Packs;
use crate::mms::MessageType;

/// A PDU about a mailbox, a stored message, or a cancellation (TS 23.140 sections 8.1.9 to 8.1.14).
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationFacts<'a> {
    pub(crate) pdu: MessageType,
    pub(crate) response_status: Option<u8>,
    pub(crate) store_status: Option<u8>,
    pub(crate) cancel_status: Option<u8>,
    entries: Packed<'a>,
    headers: Packed<'a>,
    /// After those below, the first content location: it tells repeated requests apart.
    pub(crate) texts: Texts<'a>,
}

impl<'a> OperationFacts<'a> {
    texts! {
        0 transaction_id
        1 cancel_id
    }

    /// What it gives for each stored message.
    pub(crate) fn entries(self) -> impl Iterator<Item = StatusEntry> + use<'a> {
        let mut rest = self.entries;
        std::iter::from_fn(move || {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            (!rest.is_empty()).then(|| StatusEntry {
                status: rest.optional(),
                content_location: owned(rest.text()),
                text: owned(rest.text()),
                message_id: owned(rest.text()),
            })
        })
    }

    /// Its headers as (name, value).
    pub(crate) fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut rest = self.headers;
        std::iter::from_fn(move || {
            let is_over = rest.is_empty();
            let mut text = || rest.text().unwrap_or_default();
            (!is_over).then(|| (text(), text()))
        })
    }

    pub(crate) fn pack(record: &PduRecord<'_>, packer: &mut Packer) {
        record.message_type.pack(packer);
        packer.optional(record.response_status);
        packer.optional(record.store_status);
        packer.optional(record.cancel_status);
        packer.whole(|packer| record.entries.iter().for_each(|entry| pack_entry(entry, packer)));
        packer.whole(|packer| {
            for (name, value) in &record.headers {
                packer.text(Some(name));
                packer.text(Some(value));
            }
        });
        packer.text(record.transaction_id.as_deref());
        packer.text(record.cancel_id.as_deref());
        packer.text(first_location(record));
    }

    pub(crate) fn unpack(mut packed: Packed<'a>) -> Self {
        Self {
            pdu: MessageType::unpack(&mut packed),
            response_status: packed.optional(),
            store_status: packed.optional(),
            cancel_status: packed.optional(),
            entries: packed.whole(),
            headers: packed.whole(),
            texts: Texts::of(packed),
        }
    }
}

fn pack_entry(entry: &StatusEntry, packer: &mut Packer) {
    packer.optional(entry.status);
    packer.text(entry.content_location.as_deref());
    packer.text(entry.text.as_deref());
    packer.text(entry.message_id.as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_says_of_several_comes_out() {
        let entry = StatusEntry {
            content_location: Some("/a".to_owned()),
            status: Some(0xe0),
            text: None,
            message_id: Some(String::new()),
        };
        let record = PduRecord {
            message_type: MessageType::DELETE_CONF,
            transaction_id: Some("t".into()),
            entries: vec![StatusEntry::default(), entry],
            headers: vec![("X-Mms-Status".to_owned(), "ok".to_owned())],
            ..PduRecord::default()
        };
        let mut packer = Packer::default();
        OperationFacts::pack(&record, &mut packer);
        let packed = packer.finish();
        let facts = OperationFacts::unpack(Packed::new(&packed));
        assert_eq!(facts.entries().collect::<Vec<_>>(), record.entries);
        assert_eq!(facts.headers().collect::<Vec<_>>(), [("X-Mms-Status", "ok")]);
        assert_eq!((facts.transaction_id(), facts.cancel_id()), (Some("t"), None));
    }
}
