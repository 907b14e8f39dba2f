//! What a leg keeps of the PDUs that are about no message in flight.

use crate::correlate::record::pdu::{AnswerStatus, PduRecord, StatusEntry};
use crate::correlate::store::pdus::{PduView, first_location, texts};
use crate::correlate::store::texts::{Span, Texts};
use crate::mms::PduType;

/// A PDU about a mailbox, a stored message, a cancellation or a replacement (TS 23.140 sections 8.1.9 to 8.1.14, 8.7.4).
#[derive(Clone, Debug)]
pub(crate) struct MailboxFacts {
    pub(crate) pdu: PduType,
    pub(crate) response_status: Option<u8>,
    pub(crate) store_status: Option<u8>,
    pub(crate) cancel_status: Option<u8>,
    /// StatusCode of MM7.
    pub(crate) mm7_status: Option<u16>,
    /// What it gives for each stored message.
    pub(crate) entries: Vec<StatusEntry>,
    /// Its headers as (name, value).
    pub(crate) headers: Vec<(String, String)>,
    transaction_id: Option<Span>,
    cancel_id: Option<Span>,
    location: Option<Span>,
}

pub(crate) type OperationFacts<'a> = PduView<'a, MailboxFacts>;

impl MailboxFacts {
    pub(crate) fn new(record: &PduRecord<'_>, texts: &mut Texts) -> Self {
        Self {
            pdu: record.message_type,
            response_status: record.response_status,
            store_status: record.store_status,
            cancel_status: record.cancel_status,
            mm7_status: match record.answer_status {
                Some(AnswerStatus::Mm7(code)) => Some(code),
                Some(AnswerStatus::Mm4(_)) | None => None,
            },
            entries: record.entries.clone(),
            headers: record.headers.clone(),
            transaction_id: texts.add(record.transaction_id.as_deref()),
            cancel_id: texts.add(record.cancel_id.as_deref()),
            location: texts.add(first_location(record)),
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
        let entries = self.entries.iter().map(|entry| {
            let texts = [&entry.content_location, &entry.text, &entry.message_id];
            size_of::<StatusEntry>() + texts.into_iter().map(of).sum::<usize>()
        });
        let headers = self.headers.iter().map(|header| {
            let (name, value) = header;
            size_of_val(header) + name.capacity() + value.capacity()
        });
        size_of::<Self>() + entries.sum::<usize>() + headers.sum::<usize>()
    }
}

impl<'a> OperationFacts<'a> {
    texts! {
        transaction_id
        cancel_id
        /// The first content location: it tells repeated requests apart.
        location
    }
}
