//! From the record of a decoded PDU to the few facts of it that a leg keeps.

use std::borrow::Cow;

use super::contents::Contents;
use super::leg::{Answered, Asked};
use super::pdus::{Confirmed, Notified, OperationFacts, ReadBack, Reported, Retrieved, Send, SendConf};
use super::record::{PduRecord, Sender};
use super::texts::Texts;
use crate::mms::MessageType;

/// Whether a PDU only ever answers another one; m-cancel.conf travels in a request of its own.
pub(super) fn is_answer(message_type: MessageType) -> bool {
    matches!(
        message_type,
        MessageType::SEND_CONF
            | MessageType::FORWARD_CONF
            | MessageType::RETRIEVE_CONF
            | MessageType::MBOX_STORE_CONF
            | MessageType::MBOX_VIEW_CONF
            | MessageType::MBOX_UPLOAD_CONF
            | MessageType::MBOX_DELETE_CONF
            | MessageType::DELETE_CONF
    )
}

/// What a PDU in a request says.
pub(super) fn asked(record: PduRecord<'_>, contents: &mut Contents) -> Asked {
    let pdu = record.message_type;
    match pdu {
        MessageType::SEND_REQ | MessageType::FORWARD_REQ => Asked::Send(Box::new(send(&record, contents))),
        MessageType::NOTIFICATION_IND => Asked::Notification(Box::new(notified(&record))),
        MessageType::NOTIFYRESP_IND | MessageType::ACKNOWLEDGE_IND => {
            Asked::Acknowledgement(Box::new(Confirmed {
                pdu,
                status: record.status,
                texts: Texts::pack([record.transaction_id.as_deref()]),
            }))
        }
        MessageType::DELIVERY_IND => Asked::DeliveryReport(Box::new(Reported {
            status: record.status,
            date: record.date,
            texts: report_texts(&record),
        })),
        MessageType::READ_REC_IND | MessageType::READ_ORIG_IND => Asked::ReadReport(Box::new(ReadBack {
            pdu,
            status: record.read_status,
            texts: report_texts(&record),
        })),
        MessageType::MBOX_STORE_REQ
        | MessageType::MBOX_VIEW_REQ
        | MessageType::MBOX_UPLOAD_REQ
        | MessageType::MBOX_DELETE_REQ
        | MessageType::DELETE_REQ
        | MessageType::CANCEL_REQ
        | MessageType::CANCEL_CONF => Asked::Operation(Box::new(operation(record))),
        _ => Asked::Unread,
    }
}

/// What a PDU in an answer says.
pub(super) fn answered(record: PduRecord<'_>, contents: &mut Contents) -> Answered {
    match record.message_type {
        pdu @ (MessageType::SEND_CONF | MessageType::FORWARD_CONF) => {
            Answered::SendConf(Box::new(SendConf {
                pdu,
                status: record.response_status,
                texts: Texts::pack([
                    record.transaction_id.as_deref(),
                    record.message_id.as_deref(),
                    record.response_text.as_deref(),
                ]),
            }))
        }
        MessageType::RETRIEVE_CONF => Answered::Retrieved(Box::new(retrieved(&record, contents))),
        MessageType::MBOX_STORE_CONF
        | MessageType::MBOX_VIEW_CONF
        | MessageType::MBOX_UPLOAD_CONF
        | MessageType::MBOX_DELETE_CONF
        | MessageType::DELETE_CONF
        | MessageType::CANCEL_CONF => Answered::Operation(Box::new(operation(record))),
        other => Answered::Other(other),
    }
}

fn send(record: &PduRecord<'_>, contents: &mut Contents) -> Send {
    let fixed = [
        record.transaction_id.as_deref(),
        address(&record.from),
        record.subject.as_deref(),
        record.message_class.as_deref(),
        record.content_locations.first().map(Cow::as_ref),
        record.reply_charging_id.as_deref(),
        record.content_type.as_deref(),
    ];
    let addresses = [&record.to, &record.cc, &record.bcc];
    let listed = addresses
        .into_iter()
        .flatten()
        .map(|address| Some(address.as_ref()));
    Send {
        forward: record.message_type == MessageType::FORWARD_REQ,
        complete: record.complete,
        version: record.version,
        delivery_report: record.delivery_report,
        read_report: record.read_report,
        addresses: addresses.map(|list| count(list)),
        priority: record.priority,
        expiry: record.expiry,
        content: contents.content(record),
        texts: Texts::pack(fixed.into_iter().chain(listed)),
    }
}

fn notified(record: &PduRecord<'_>) -> Notified {
    Notified {
        priority: record.priority,
        size: record.message_size,
        expiry: record.expiry,
        texts: Texts::pack([
            record.transaction_id.as_deref(),
            record.content_locations.first().map(Cow::as_ref),
            address(&record.from),
            record.subject.as_deref(),
            record.message_class.as_deref(),
            record.replace_id.as_deref(),
            record.reply_charging_id.as_deref(),
        ]),
    }
}

fn retrieved(record: &PduRecord<'_>, contents: &mut Contents) -> Retrieved {
    let fixed = [
        record.transaction_id.as_deref(),
        record.message_id.as_deref(),
        address(&record.from),
        record.subject.as_deref(),
        record.message_class.as_deref(),
        record.retrieve_text.as_deref(),
        record.replace_id.as_deref(),
        record.reply_charging_id.as_deref(),
        record.content_type.as_deref(),
    ];
    let addresses = [&record.to, &record.cc];
    let listed = addresses
        .into_iter()
        .flatten()
        .map(|address| Some(address.as_ref()));
    Retrieved {
        complete: record.complete,
        status: record.retrieve_status,
        addresses: addresses.map(|list| count(list)),
        priority: record.priority,
        content: contents.content(record),
        texts: Texts::pack(fixed.into_iter().chain(listed)),
    }
}

fn operation(record: PduRecord<'_>) -> OperationFacts {
    OperationFacts {
        pdu: record.message_type,
        response_status: record.response_status,
        store_status: record.store_status,
        cancel_status: record.cancel_status,
        texts: Texts::pack([
            record.transaction_id.as_deref(),
            record.cancel_id.as_deref(),
            record.content_locations.first().map(Cow::as_ref),
        ]),
        entries: record.entries.into(),
        headers: record.headers.into(),
    }
}

fn report_texts(record: &PduRecord<'_>) -> Texts {
    let to = record.to.first().map(Cow::as_ref);
    Texts::pack([record.message_id.as_deref(), address(&record.from), to])
}

fn address<'a>(sender: &'a Sender<'_>) -> Option<&'a str> {
    match sender {
        Sender::Address(address) => Some(address),
        Sender::Absent | Sender::InsertAddress => None,
    }
}

fn count(addresses: &[Cow<'_, str>]) -> u32 {
    u32::try_from(addresses.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pdu_either_asks_or_answers() {
        for message_type in MessageType::ALL {
            let record = PduRecord {
                message_type: *message_type,
                ..PduRecord::default()
            };
            let unread = matches!(asked(record, &mut Contents::default()), Asked::Unread);
            let stands_alone = *message_type == MessageType::MBOX_DESCR;
            assert_eq!(
                unread,
                is_answer(*message_type) || stands_alone,
                "{message_type:?}"
            );
        }
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
        let send = send(&record, &mut Contents::default());
        assert_eq!(send.to().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(send.cc().collect::<Vec<_>>(), ["c"]);
        assert_eq!(send.bcc().collect::<Vec<_>>(), ["d", "e"]);
        assert_eq!(send.recipients().count(), 5);
    }
}
