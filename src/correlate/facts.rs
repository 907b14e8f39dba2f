//! Which PDU asks and which answers, and which of their facts a leg keeps.

use super::head::{AnsweredKind, AskedKind};
use super::operation_facts::OperationFacts;
use super::packed::Packer;
use super::pdus::{Confirmed, Notified, ReadBack, Reported, Retrieved, Send, SendConf};
use super::record::PduRecord;
use super::words::Packs;
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
pub(super) const fn asked(pdu: MessageType) -> AskedKind {
    match pdu {
        MessageType::SEND_REQ | MessageType::FORWARD_REQ => AskedKind::Send,
        MessageType::NOTIFICATION_IND => AskedKind::Notification,
        MessageType::NOTIFYRESP_IND | MessageType::ACKNOWLEDGE_IND => AskedKind::Acknowledgement,
        MessageType::DELIVERY_IND => AskedKind::DeliveryReport,
        MessageType::READ_REC_IND | MessageType::READ_ORIG_IND => AskedKind::ReadReport,
        MessageType::MBOX_STORE_REQ
        | MessageType::MBOX_VIEW_REQ
        | MessageType::MBOX_UPLOAD_REQ
        | MessageType::MBOX_DELETE_REQ
        | MessageType::DELETE_REQ
        | MessageType::CANCEL_REQ
        | MessageType::CANCEL_CONF => AskedKind::Operation,
        _ => AskedKind::Unread,
    }
}

/// What a PDU in an answer says.
pub(super) const fn answered(pdu: MessageType) -> AnsweredKind {
    match pdu {
        MessageType::SEND_CONF | MessageType::FORWARD_CONF => AnsweredKind::SendConf,
        MessageType::RETRIEVE_CONF => AnsweredKind::Retrieved,
        MessageType::MBOX_STORE_CONF
        | MessageType::MBOX_VIEW_CONF
        | MessageType::MBOX_UPLOAD_CONF
        | MessageType::MBOX_DELETE_CONF
        | MessageType::DELETE_CONF
        | MessageType::CANCEL_CONF => AnsweredKind::Operation,
        _ => AnsweredKind::Other,
    }
}

/// Packs what a request's PDU said.
pub(super) fn pack_asked(
    kind: AskedKind,
    record: &PduRecord<'_>,
    hashes: &ahash::RandomState,
    packer: &mut Packer,
) {
    match kind {
        AskedKind::Unseen | AskedKind::Unread | AskedKind::Get => {}
        AskedKind::Send => Send::pack(record, hashes, packer),
        AskedKind::Notification => Notified::pack(record, packer),
        AskedKind::Acknowledgement => Confirmed::pack(record, packer),
        AskedKind::DeliveryReport => Reported::pack(record, packer),
        AskedKind::ReadReport => ReadBack::pack(record, packer),
        AskedKind::Operation => OperationFacts::pack(record, packer),
    }
}

/// Packs what an answer's PDU said.
pub(super) fn pack_answered(
    kind: AnsweredKind,
    record: &PduRecord<'_>,
    hashes: &ahash::RandomState,
    packer: &mut Packer,
) {
    match kind {
        AnsweredKind::Nothing => {}
        AnsweredKind::SendConf => SendConf::pack(record, packer),
        AnsweredKind::Retrieved => Retrieved::pack(record, hashes, packer),
        AnsweredKind::Operation => OperationFacts::pack(record, packer),
        AnsweredKind::Other => record.message_type.pack(packer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pdu_either_asks_or_answers() {
        for message_type in MessageType::ALL {
            let unread = asked(*message_type) == AskedKind::Unread;
            let stands_alone = *message_type == MessageType::MBOX_DESCR;
            assert_eq!(
                unread,
                is_answer(*message_type) || stands_alone,
                "{message_type:?}"
            );
        }
    }
}
