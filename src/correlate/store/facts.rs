//! Which PDU asks and which answers, and which of their facts a leg keeps.

use crate::correlate::record::pdu::PduRecord;
use crate::correlate::store::operation_facts::MailboxFacts;
use crate::correlate::store::pdus::{
    AcknowledgementFacts, AnswerFacts, HandoverFacts, NotificationFacts, ReportFacts, RetrievalFacts,
    SendConfFacts, SendFacts,
};
use crate::correlate::store::texts::Texts;
use crate::mms::{MailType, Mm4Type, Mm7Type, PduType};
use crate::model::RandomState;

/// What a captured request said.
#[derive(Clone, Debug)]
pub(crate) enum RequestPdu {
    /// A request with a body in which no PDU could be read.
    Unread,
    /// A GET.
    Get,
    /// A CONNECT that a proxy refused. The leg's URL is that of the host.
    Connect,
    /// An SMTP command that was refused, so that no mail followed.
    RefusedCommand,
    Send(Box<SendFacts>),
    Handover(Box<HandoverFacts>),
    /// MM4_*.RES, which answers in a mail of its own.
    Answer(Box<AnswerFacts>),
    Notification(Box<NotificationFacts>),
    Acknowledgement(AcknowledgementFacts),
    DeliveryReport(Box<ReportFacts>),
    ReadReport(Box<ReportFacts>),
    Operation(Box<MailboxFacts>),
}

/// What an answer said.
#[derive(Clone, Debug)]
pub(crate) enum ResponsePdu {
    /// No PDU.
    Nothing,
    SendConf(Box<SendConfFacts>),
    Retrieved(Box<RetrievalFacts>),
    /// Of MM7.
    Answer(Box<AnswerFacts>),
    Operation(Box<MailboxFacts>),
    /// A PDU that does not answer anything.
    Other(PduType),
}

/// Whether a PDU only ever answers another one in the bearer's own answer; m-cancel.conf and MM4_*.RES travel in a request
/// of their own.
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
            | PduType::Mm7(
                Mm7Type::SubmitRsp
                    | Mm7Type::DeliverRsp
                    | Mm7Type::DeliveryReportRsp
                    | Mm7Type::ReadReplyRsp
                    | Mm7Type::CancelRsp
                    | Mm7Type::ReplaceRsp
                    | Mm7Type::ExtendedCancelRsp
                    | Mm7Type::ExtendedReplaceRsp
                    | Mm7Type::RsErrorRsp
                    | Mm7Type::VaspErrorRsp
                    | Mm7Type::SoapFault
            )
    )
}

impl RequestPdu {
    /// What the PDU of a request said.
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState, texts: &mut Texts) -> Self {
        match record.message_type {
            // A message, an answer or a report: nothing says which.
            PduType::Mail(_) if record.may_be_mm4 => Self::Unread,
            PduType::SEND_REQ | PduType::FORWARD_REQ | PduType::Mm7(Mm7Type::SubmitReq) => {
                Self::Send(Box::new(SendFacts::new(record, hashes, texts)))
            }
            PduType::Mm4(Mm4Type::ForwardReq)
            | PduType::Mm7(Mm7Type::DeliverReq)
            | PduType::Mail(MailType::Mail) => {
                Self::Handover(Box::new(HandoverFacts::new(record, hashes, texts)))
            }
            PduType::Mm4(Mm4Type::ForwardRes | Mm4Type::DeliveryReportRes | Mm4Type::ReadReplyReportRes) => {
                Self::Answer(Box::new(AnswerFacts::new(record, texts)))
            }
            PduType::NOTIFICATION_IND => Self::Notification(Box::new(NotificationFacts::new(record, texts))),
            PduType::NOTIFYRESP_IND | PduType::ACKNOWLEDGE_IND => {
                Self::Acknowledgement(AcknowledgementFacts::new(record, texts))
            }
            PduType::DELIVERY_IND
            | PduType::Mm4(Mm4Type::DeliveryReportReq)
            | PduType::Mm7(Mm7Type::DeliveryReportReq)
            | PduType::Mail(MailType::Dsn) => {
                Self::DeliveryReport(Box::new(ReportFacts::new(record, record.status, texts)))
            }
            PduType::READ_REC_IND
            | PduType::READ_ORIG_IND
            | PduType::Mm4(Mm4Type::ReadReplyReportReq)
            | PduType::Mm7(Mm7Type::ReadReplyReq)
            | PduType::Mail(MailType::Mdn) => {
                Self::ReadReport(Box::new(ReportFacts::new(record, record.read_status, texts)))
            }
            PduType::MBOX_STORE_REQ
            | PduType::MBOX_VIEW_REQ
            | PduType::MBOX_UPLOAD_REQ
            | PduType::MBOX_DELETE_REQ
            | PduType::DELETE_REQ
            | PduType::CANCEL_REQ
            | PduType::CANCEL_CONF
            | PduType::Mm7(
                Mm7Type::CancelReq
                | Mm7Type::ReplaceReq
                | Mm7Type::ExtendedCancelReq
                | Mm7Type::ExtendedReplaceReq,
            ) => Self::Operation(Box::new(MailboxFacts::new(record, texts))),
            _ => Self::Unread,
        }
    }

    /// Octets of memory that its facts take elsewhere.
    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Unread | Self::Get | Self::Connect | Self::RefusedCommand | Self::Acknowledgement(_) => 0,
            Self::Send(facts) => facts.octets(),
            Self::Handover(facts) => facts.octets(),
            Self::Answer(facts) => facts.octets(),
            Self::Notification(facts) => facts.octets(),
            Self::DeliveryReport(facts) | Self::ReadReport(facts) => facts.octets(),
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
            PduType::Mm7(
                Mm7Type::CancelRsp
                | Mm7Type::ReplaceRsp
                | Mm7Type::ExtendedCancelRsp
                | Mm7Type::ExtendedReplaceRsp,
            ) => Self::Operation(Box::new(MailboxFacts::new(record, texts))),
            answer @ PduType::Mm7(_) if is_answer(answer) => {
                Self::Answer(Box::new(AnswerFacts::new(record, texts)))
            }
            other => Self::Other(other),
        }
    }

    /// Octets of memory that its facts take elsewhere.
    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Nothing | Self::Other(_) => 0,
            Self::SendConf(facts) => size_of_val(&**facts),
            Self::Answer(facts) => facts.octets(),
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
