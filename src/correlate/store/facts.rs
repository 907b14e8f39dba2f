//! Which PDU asks and which answers, and which of their facts a leg keeps.

use crate::correlate::record::pdu::PduRecord;
use crate::correlate::store::head::{RequestKind, ResponseKind};
use crate::correlate::store::operation_facts::OperationFacts;
use crate::correlate::store::packed::Packer;
use crate::correlate::store::pdus::{Confirmed, Notified, ReadBack, Reported, Retrieved, Send, SendConf};
use crate::correlate::store::words::Packs;
use crate::mms::MessageType;

/// Whether a PDU only ever answers another one; m-cancel.conf travels in a request of its own.
pub(crate) fn is_answer(message_type: MessageType) -> bool {
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
pub(crate) const fn asked(pdu: MessageType) -> RequestKind {
    match pdu {
        MessageType::SEND_REQ | MessageType::FORWARD_REQ => RequestKind::Send,
        MessageType::NOTIFICATION_IND => RequestKind::Notification,
        MessageType::NOTIFYRESP_IND | MessageType::ACKNOWLEDGE_IND => RequestKind::Acknowledgement,
        MessageType::DELIVERY_IND => RequestKind::DeliveryReport,
        MessageType::READ_REC_IND | MessageType::READ_ORIG_IND => RequestKind::ReadReport,
        MessageType::MBOX_STORE_REQ
        | MessageType::MBOX_VIEW_REQ
        | MessageType::MBOX_UPLOAD_REQ
        | MessageType::MBOX_DELETE_REQ
        | MessageType::DELETE_REQ
        | MessageType::CANCEL_REQ
        | MessageType::CANCEL_CONF => RequestKind::Operation,
        _ => RequestKind::Unread,
    }
}

/// What a PDU in an answer says.
pub(crate) const fn answered(pdu: MessageType) -> ResponseKind {
    match pdu {
        MessageType::SEND_CONF | MessageType::FORWARD_CONF => ResponseKind::SendConf,
        MessageType::RETRIEVE_CONF => ResponseKind::Retrieved,
        MessageType::MBOX_STORE_CONF
        | MessageType::MBOX_VIEW_CONF
        | MessageType::MBOX_UPLOAD_CONF
        | MessageType::MBOX_DELETE_CONF
        | MessageType::DELETE_CONF
        | MessageType::CANCEL_CONF => ResponseKind::Operation,
        _ => ResponseKind::Other,
    }
}

/// Packs what a request's PDU said.
pub(crate) fn pack_asked(
    kind: RequestKind,
    record: &PduRecord<'_>,
    hashes: &ahash::RandomState,
    packer: &mut Packer,
) {
    match kind {
        RequestKind::Unseen | RequestKind::Unread | RequestKind::Get => {}
        RequestKind::Send => Send::pack(record, hashes, packer),
        RequestKind::Notification => Notified::pack(record, packer),
        RequestKind::Acknowledgement => Confirmed::pack(record, packer),
        RequestKind::DeliveryReport => Reported::pack(record, packer),
        RequestKind::ReadReport => ReadBack::pack(record, packer),
        RequestKind::Operation => OperationFacts::pack(record, packer),
    }
}

/// Packs what an answer's PDU said.
pub(crate) fn pack_answered(
    kind: ResponseKind,
    record: &PduRecord<'_>,
    hashes: &ahash::RandomState,
    packer: &mut Packer,
) {
    match kind {
        ResponseKind::Nothing => {}
        ResponseKind::SendConf => SendConf::pack(record, packer),
        ResponseKind::Retrieved => Retrieved::pack(record, hashes, packer),
        ResponseKind::Operation => OperationFacts::pack(record, packer),
        ResponseKind::Other => record.message_type.pack(packer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pdu_either_asks_or_answers() {
        for message_type in MessageType::ALL {
            let unread = asked(*message_type) == RequestKind::Unread;
            let stands_alone = *message_type == MessageType::MBOX_DESCR;
            assert_eq!(
                unread,
                is_answer(*message_type) || stands_alone,
                "{message_type:?}"
            );
        }
    }
}
