//! From the record of a decoded PDU to the few facts of it that a leg keeps.

use std::collections::HashMap;
use std::sync::Arc;

use super::leg::{
    Answered, Asked, Confirmed, Content, Notified, OperationFacts, ReadBack, Reported, Retrieved, Send,
    SendConf,
};
use super::record::{PartRecord, PduRecord, Sender};
use crate::mms::MessageType;

/// Keeps equal lists of parts once: the parts of a message are seen at submission and at every retrieval.
#[derive(Debug, Default)]
pub(super) struct Contents {
    known: HashMap<u64, Arc<[PartRecord]>, ahash::RandomState>,
    hashes: ahash::RandomState,
}

impl Contents {
    fn content(&mut self, record: &mut PduRecord) -> Content {
        let parts = std::mem::take(&mut record.parts);
        let digest = (record.complete && !parts.is_empty()).then(|| self.digest(&parts));
        Content {
            media_type: boxed(record.content_type.take()),
            size: record.body_size,
            parts: match digest {
                Some(digest) => self.shared(digest, parts),
                None => parts.into(),
            },
            digest,
        }
    }

    fn digest(&self, parts: &[PartRecord]) -> u64 {
        let octets: Vec<_> = parts.iter().map(|part| part.sha256).collect();
        self.hashes.hash_one(octets)
    }

    fn shared(&mut self, digest: u64, parts: Vec<PartRecord>) -> Arc<[PartRecord]> {
        match self.known.get(&digest) {
            Some(known) if **known == *parts => Arc::clone(known),
            _ => {
                let parts: Arc<[PartRecord]> = parts.into();
                self.known.insert(digest, Arc::clone(&parts));
                parts
            }
        }
    }

    /// Forgets parts that nothing refers to any more.
    pub(super) fn prune(&mut self) {
        self.known.retain(|_, parts| Arc::strong_count(parts) > 1);
    }
}

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
pub(super) fn asked(mut record: PduRecord, contents: &mut Contents) -> Asked {
    match record.message_type {
        MessageType::SEND_REQ | MessageType::FORWARD_REQ => {
            Asked::Send(Box::new(send(&mut record, contents)))
        }
        MessageType::NOTIFICATION_IND => Asked::Notification(Box::new(notified(record))),
        MessageType::NOTIFYRESP_IND | MessageType::ACKNOWLEDGE_IND => {
            Asked::Acknowledgement(Box::new(Confirmed {
                pdu: record.message_type,
                transaction_id: boxed(record.transaction_id),
                status: record.status,
            }))
        }
        MessageType::DELIVERY_IND => Asked::DeliveryReport(Box::new(Reported {
            message_id: boxed(record.message_id),
            from: address(record.from),
            to: record.to.into_iter().next().map(Into::into),
            status: record.status,
            date: record.date,
        })),
        MessageType::READ_REC_IND | MessageType::READ_ORIG_IND => Asked::ReadReport(Box::new(ReadBack {
            pdu: record.message_type,
            message_id: boxed(record.message_id),
            from: address(record.from),
            to: record.to.into_iter().next().map(Into::into),
            status: record.read_status,
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
pub(super) fn answered(mut record: PduRecord, contents: &mut Contents) -> Answered {
    match record.message_type {
        MessageType::SEND_CONF | MessageType::FORWARD_CONF => Answered::SendConf(Box::new(SendConf {
            pdu: record.message_type,
            transaction_id: boxed(record.transaction_id),
            message_id: boxed(record.message_id),
            status: record.response_status,
            text: boxed(record.response_text),
        })),
        MessageType::RETRIEVE_CONF => Answered::Retrieved(Box::new(retrieved(&mut record, contents))),
        MessageType::MBOX_STORE_CONF
        | MessageType::MBOX_VIEW_CONF
        | MessageType::MBOX_UPLOAD_CONF
        | MessageType::MBOX_DELETE_CONF
        | MessageType::DELETE_CONF
        | MessageType::CANCEL_CONF => Answered::Operation(Box::new(operation(record))),
        other => Answered::Other(other),
    }
}

fn send(record: &mut PduRecord, contents: &mut Contents) -> Send {
    Send {
        forward: record.message_type == MessageType::FORWARD_REQ,
        transaction_id: boxed(record.transaction_id.take()),
        version: record.version,
        sender: address(std::mem::take(&mut record.from)),
        to: list(&mut record.to),
        cc: list(&mut record.cc),
        bcc: list(&mut record.bcc),
        subject: boxed(record.subject.take()),
        message_class: boxed(record.message_class.take()),
        priority: record.priority,
        expiry: record.expiry,
        delivery_report: record.delivery_report,
        read_report: record.read_report,
        location: first_of(&mut record.content_locations),
        reply_charging_id: boxed(record.reply_charging_id.take()),
        complete: record.complete,
        content: contents.content(record),
    }
}

fn notified(mut record: PduRecord) -> Notified {
    Notified {
        transaction_id: boxed(record.transaction_id),
        location: first_of(&mut record.content_locations),
        sender: address(record.from),
        subject: boxed(record.subject),
        message_class: boxed(record.message_class),
        priority: record.priority,
        size: record.message_size,
        expiry: record.expiry,
        replace_id: boxed(record.replace_id),
        reply_charging_id: boxed(record.reply_charging_id),
    }
}

fn retrieved(record: &mut PduRecord, contents: &mut Contents) -> Retrieved {
    Retrieved {
        transaction_id: boxed(record.transaction_id.take()),
        message_id: boxed(record.message_id.take()),
        sender: address(std::mem::take(&mut record.from)),
        to: list(&mut record.to),
        cc: list(&mut record.cc),
        subject: boxed(record.subject.take()),
        message_class: boxed(record.message_class.take()),
        priority: record.priority,
        status: record.retrieve_status,
        text: boxed(record.retrieve_text.take()),
        replace_id: boxed(record.replace_id.take()),
        reply_charging_id: boxed(record.reply_charging_id.take()),
        complete: record.complete,
        content: contents.content(record),
    }
}

fn operation(record: PduRecord) -> OperationFacts {
    OperationFacts {
        pdu: record.message_type,
        transaction_id: boxed(record.transaction_id),
        locations: record.content_locations.into_iter().map(Into::into).collect(),
        response_status: record.response_status,
        store_status: record.store_status,
        cancel_status: record.cancel_status,
        cancel_id: boxed(record.cancel_id),
        entries: record.entries.into(),
        headers: record.headers.into(),
    }
}

fn boxed(text: Option<String>) -> Option<Box<str>> {
    text.map(Into::into)
}

fn first_of(texts: &mut Vec<String>) -> Option<Box<str>> {
    std::mem::take(texts).into_iter().next().map(Into::into)
}

fn list(addresses: &mut Vec<String>) -> Box<[Box<str>]> {
    std::mem::take(addresses).into_iter().map(Into::into).collect()
}

fn address(sender: Sender) -> Option<Box<str>> {
    match sender {
        Sender::Address(address) => Some(address.into()),
        Sender::Absent | Sender::InsertAddress => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(message_type: MessageType, octet: u8) -> PduRecord {
        PduRecord {
            message_type,
            parts: vec![PartRecord {
                content_type: "text/plain".into(),
                name: None,
                content_id: None,
                content_location: None,
                charset: None,
                size: 1,
                sha256: [octet; 32],
            }],
            ..PduRecord::default()
        }
    }

    #[test]
    fn equal_parts_are_kept_once_and_forgotten_when_unused() {
        let mut contents = Contents::default();
        let sent = asked(record(MessageType::SEND_REQ, 7), &mut contents);
        let fetched = answered(record(MessageType::RETRIEVE_CONF, 7), &mut contents);
        let (Asked::Send(send), Answered::Retrieved(retrieved)) = (sent, fetched) else {
            panic!("other kinds")
        };
        assert!(Arc::ptr_eq(&send.content.parts, &retrieved.content.parts));
        assert_eq!(send.content.digest, retrieved.content.digest);
        drop((send, retrieved));
        contents.prune();
        assert!(contents.known.is_empty());
    }

    #[test]
    fn a_body_with_a_hole_has_no_digest() {
        let mut contents = Contents::default();
        let cut = PduRecord {
            complete: false,
            ..record(MessageType::SEND_REQ, 7)
        };
        let Asked::Send(send) = asked(cut, &mut contents) else {
            panic!("no submission")
        };
        assert_eq!(send.content.digest, None);
    }

    #[test]
    fn every_pdu_either_asks_or_answers() {
        for message_type in MessageType::ALL {
            let mut contents = Contents::default();
            let unread = matches!(asked(record(*message_type, 1), &mut contents), Asked::Unread);
            let stands_alone = *message_type == MessageType::MBOX_DESCR;
            assert_eq!(
                unread,
                is_answer(*message_type) || stands_alone,
                "{message_type:?}"
            );
        }
    }
}
