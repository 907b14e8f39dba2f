//! Which PDU asks and which answers, and which of their facts a leg keeps.

use crate::correlate::record::pdu::PduRecord;
use crate::correlate::store::operation_facts::MailboxFacts;
use crate::correlate::store::pdus::{
    AcknowledgementFacts, DeliveryReportFacts, NotificationFacts, ReadReportFacts, RetrievalFacts,
    SendConfFacts, SendFacts,
};
use crate::correlate::store::texts::Texts;
use crate::mms::PduType;
use crate::model::RandomState;

/// What a captured request said.
#[derive(Clone, Debug)]
pub(crate) enum RequestPdu {
    /// A request with a body in which no PDU could be read.
    Unread,
    /// A GET.
    Get,
    Send(Box<SendFacts>),
    Notification(Box<NotificationFacts>),
    Acknowledgement(AcknowledgementFacts),
    DeliveryReport(Box<DeliveryReportFacts>),
    ReadReport(Box<ReadReportFacts>),
    Operation(Box<MailboxFacts>),
}

/// What an answer said.
#[derive(Clone, Debug)]
pub(crate) enum ResponsePdu {
    /// No PDU.
    Nothing,
    SendConf(Box<SendConfFacts>),
    Retrieved(Box<RetrievalFacts>),
    Operation(Box<MailboxFacts>),
    /// A PDU that does not answer anything.
    Other(PduType),
}

/// Whether a PDU only ever answers another one; m-cancel.conf travels in a request of its own.
pub(crate) fn is_answer(message_type: PduType) -> bool {
    matches!(
        message_type,
        PduType::SEND_CONF
            | PduType::FORWARD_CONF
            | PduType::RETRIEVE_CONF
            | PduType::MBOX_STORE_CONF
            | PduType::MBOX_VIEW_CONF
            | PduType::MBOX_UPLOAD_CONF
            | PduType::MBOX_DELETE_CONF
            | PduType::DELETE_CONF
    )
}

impl RequestPdu {
    /// What the PDU of a request said.
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState, texts: &mut Texts) -> Self {
        match record.message_type {
            PduType::SEND_REQ | PduType::FORWARD_REQ => {
                Self::Send(Box::new(SendFacts::new(record, hashes, texts)))
            }
            PduType::NOTIFICATION_IND => Self::Notification(Box::new(NotificationFacts::new(record, texts))),
            PduType::NOTIFYRESP_IND | PduType::ACKNOWLEDGE_IND => {
                Self::Acknowledgement(AcknowledgementFacts::new(record, texts))
            }
            PduType::DELIVERY_IND => Self::DeliveryReport(Box::new(DeliveryReportFacts::new(record, texts))),
            PduType::READ_REC_IND | PduType::READ_ORIG_IND => {
                Self::ReadReport(Box::new(ReadReportFacts::new(record, texts)))
            }
            PduType::MBOX_STORE_REQ
            | PduType::MBOX_VIEW_REQ
            | PduType::MBOX_UPLOAD_REQ
            | PduType::MBOX_DELETE_REQ
            | PduType::DELETE_REQ
            | PduType::CANCEL_REQ
            | PduType::CANCEL_CONF => Self::Operation(Box::new(MailboxFacts::new(record, texts))),
            _ => Self::Unread,
        }
    }

    /// Octets of memory that its facts take elsewhere.
    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Unread | Self::Get | Self::Acknowledgement(_) => 0,
            Self::Send(facts) => facts.octets(),
            Self::Notification(facts) => facts.octets(),
            Self::DeliveryReport(facts) => size_of_val(&**facts),
            Self::ReadReport(facts) => size_of_val(&**facts),
            Self::Operation(facts) => facts.octets(),
        }
    }
}

impl ResponsePdu {
    /// What the PDU of an answer said.
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState, texts: &mut Texts) -> Self {
        match record.message_type {
            PduType::SEND_CONF | PduType::FORWARD_CONF => {
                Self::SendConf(Box::new(SendConfFacts::new(record, texts)))
            }
            PduType::RETRIEVE_CONF => Self::Retrieved(Box::new(RetrievalFacts::new(record, hashes, texts))),
            PduType::MBOX_STORE_CONF
            | PduType::MBOX_VIEW_CONF
            | PduType::MBOX_UPLOAD_CONF
            | PduType::MBOX_DELETE_CONF
            | PduType::DELETE_CONF
            | PduType::CANCEL_CONF => Self::Operation(Box::new(MailboxFacts::new(record, texts))),
            other => Self::Other(other),
        }
    }

    /// Octets of memory that its facts take elsewhere.
    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Nothing | Self::Other(_) => 0,
            Self::SendConf(facts) => size_of_val(&**facts),
            Self::Retrieved(facts) => facts.octets(),
            Self::Operation(facts) => facts.octets(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mms::MessageType;

    #[test]
    fn every_pdu_either_asks_or_answers() {
        let hashes = RandomState::default();
        for message_type in MessageType::ALL.iter().copied().map(PduType::Mm1) {
            let record = PduRecord {
                message_type,
                ..PduRecord::default()
            };
            let asked = RequestPdu::new(&record, &hashes, &mut Texts::default());
            let stands_alone = message_type == PduType::MBOX_DESCR;
            assert_eq!(
                matches!(asked, RequestPdu::Unread),
                is_answer(message_type) || stands_alone,
                "{message_type:?}"
            );
        }
    }
}
