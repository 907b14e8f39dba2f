//! What a leg keeps of its PDUs: the few facts that grouping and judging read, one type for each PDU. Their texts
//! stand in the [`Texts`] of the leg; a [`PduView`] reads both.

use std::borrow::Cow;
use std::ops::Deref;

use smallvec::SmallVec;

use crate::correlate::record::pdu::{AnswerStatus, ExpiryValue, PduRecord, Sender};
use crate::correlate::record::shown_headers::ShownHeaders;
use crate::correlate::store::contents::Content;
use crate::correlate::store::texts::{Span, Texts};
use crate::mms::PduType;
use crate::model::{RandomState, Timestamp};

/// The facts of one PDU with the texts of its leg.
#[derive(Debug)]
pub(crate) struct PduView<'a, F> {
    pub(crate) facts: &'a F,
    pub(crate) texts: &'a Texts,
}

impl<F> Clone for PduView<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for PduView<'_, F> {}

impl<F> Deref for PduView<'_, F> {
    type Target = F;

    fn deref(&self) -> &F {
        self.facts
    }
}

impl<'a, F> PduView<'a, F> {
    /// The texts of a list of addresses.
    fn addresses(self, spans: &'a [Span]) -> impl Iterator<Item = &'a str> + use<'a, F> {
        spans.iter().filter_map(move |span| self.texts.get(Some(*span)))
    }
}

/// Defines how the texts of a PDU are read, by the names of their spans.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)+) => {
        $($(#[$doc])*
        pub(crate) fn $name(self) -> Option<&'a str> {
            self.texts.get(self.facts.$name)
        })+
    };
}

pub(crate) use texts;

/// What submits a message or hands it over: m-send.req, m-forward.req (OMA-TS-MMS_ENC sections 6.1 and 6.5), SubmitReq,
/// DeliverReq, MM4_forward.REQ, a mail.
#[derive(Clone, Debug)]
pub(crate) struct SendFacts {
    pub(crate) pdu: PduType,
    /// Whether all its octets are there.
    pub(crate) complete: bool,
    terms: Terms,
    shown: ShownHeaders,
    content: Content,
    transaction_id: Option<Span>,
    message_id: Option<Span>,
    linked_id: Option<Span>,
    application: Option<Span>,
    sender: Option<Span>,
    subject: Option<Span>,
    location: Option<Span>,
    reply_charging_id: Option<Span>,
    media_type: Option<Span>,
    /// To, Cc and Bcc.
    recipients: Box<[Span]>,
    /// How many of these are To's, and how many are To's or Cc's.
    to_end: usize,
    cc_end: usize,
}

pub(crate) type Send<'a> = PduView<'a, SendFacts>;

/// How the sender wants a message to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) version: Option<(u8, u8)>,
    pub(crate) delivery_report: Option<bool>,
    pub(crate) read_report: Option<bool>,
    pub(crate) expiry: Option<ExpiryValue>,
}

impl SendFacts {
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState, texts: &mut Texts) -> Self {
        let recipients = [&record.to, &record.cc, &record.bcc].into_iter().flatten();
        Self {
            pdu: record.message_type,
            complete: record.complete,
            terms: Terms {
                version: record.version,
                delivery_report: record.delivery_report,
                read_report: record.read_report,
                expiry: record.expiry,
            },
            shown: record.shown.clone(),
            content: Content::new(record, hashes),
            transaction_id: texts.add(record.transaction_id.as_deref()),
            message_id: texts.add(record.message_id.as_deref()),
            linked_id: texts.add(record.linked_id.as_deref()),
            application: texts.add(record.application.as_deref()),
            sender: texts.add(address(&record.from)),
            subject: texts.add(record.subject.as_deref()),
            location: texts.add(first_location(record)),
            reply_charging_id: texts.add(record.reply_charging_id.as_deref()),
            media_type: texts.add(record.content_type.as_deref()),
            recipients: texts.add_all(recipients),
            to_end: record.to.len(),
            cc_end: record.to.len() + record.cc.len(),
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.recipients) + self.content.octets() + self.shown.octets()
    }
}

impl<'a> Send<'a> {
    texts! {
        transaction_id
        /// The message id that the PDU itself carries: X-Mms-Message-ID of MM4, a mail's Message-ID.
        message_id
        /// LinkedID of MM7.
        linked_id
        /// `VASPID/VASID` of MM7.
        application
        /// From, where it holds an address.
        sender
        subject
        /// What is forwarded.
        location
        reply_charging_id
        media_type
    }

    /// Whether it is m-forward.req, which only names what it sends.
    pub(crate) fn is_forward(self) -> bool {
        self.pdu == PduType::FORWARD_REQ
    }

    /// The body.
    pub(crate) fn content(self) -> &'a Content {
        &self.facts.content
    }

    pub(crate) fn shown(self) -> &'a ShownHeaders {
        &self.facts.shown
    }

    pub(crate) fn terms(self) -> Terms {
        self.facts.terms
    }

    /// To, Cc and Bcc.
    pub(crate) fn recipients(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.addresses(&self.facts.recipients)
    }

    pub(crate) fn to(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().take(self.facts.to_end)
    }

    pub(crate) fn cc(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().take(self.facts.cc_end).skip(self.facts.to_end)
    }

    pub(crate) fn bcc(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().skip(self.facts.cc_end)
    }
}

/// What hands a message over to another system: MM4_forward.REQ, DeliverReq, a mail, what EAIF carries to an application.
#[derive(Clone, Debug)]
pub(crate) struct HandoverFacts {
    send: SendFacts,
    pub(crate) ack_requested: Option<bool>,
    /// Whether a mail shows by itself that it is of a message: by a field of MMS, or by the number of a phone.
    pub(crate) shows_mms: bool,
    /// Whether fields of a mail may be missing.
    header_is_cut: bool,
    /// Received fields.
    pub(crate) received: u32,
    system: Option<Span>,
}

pub(crate) type HandedOver<'a> = PduView<'a, HandoverFacts>;

impl HandoverFacts {
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState, texts: &mut Texts) -> Self {
        Self {
            send: SendFacts::new(record, hashes, texts),
            ack_requested: record.ack_requested,
            shows_mms: record.shows_mms,
            header_is_cut: record.header_is_cut,
            received: record.received,
            system: texts.add(record.system.as_deref()),
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>() - size_of::<SendFacts>() + self.send.octets()
    }
}

impl<'a> HandedOver<'a> {
    texts! {
        /// The originator's system on MM4.
        system
    }

    /// Whether MM4_forward.REQ asks for an answer, as far as its header is there.
    pub(crate) fn may_ask_for_answer(self) -> bool {
        let is_mm4 = matches!(self.facts.send.pdu, PduType::Mm4(_));
        let unknown = self.facts.header_is_cut && is_mm4;
        self.facts.ack_requested.unwrap_or(unknown)
    }

    /// What it shares with what submits a message.
    pub(crate) fn send(self) -> Send<'a> {
        PduView {
            facts: &self.facts.send,
            texts: self.texts,
        }
    }
}

/// What answers a request of MM4, in a mail of its own, or of MM7, in the HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct AnswerFacts {
    pub(crate) pdu: PduType,
    /// Received fields of a mail.
    pub(crate) received: u32,
    status: Option<StoredStatus>,
    transaction_id: Option<Span>,
    message_id: Option<Span>,
    text: Option<Span>,
    system: Option<Span>,
    /// About whom it is, where it says.
    recipients: Box<[Span]>,
}

/// An [`AnswerStatus`] whose name stands elsewhere.
#[derive(Clone, Copy, Debug)]
enum StoredStatus {
    Mm4(Span),
    Mm7(u16),
}

/// What an answer of MM4 or MM7 says of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerCode<'a> {
    Mm4(&'a str),
    Mm7(u16),
}

impl AnswerCode<'_> {
    /// Whether the request was accepted: `Ok`, or 1xxx.
    pub(crate) fn is_accepted(self) -> bool {
        match self {
            Self::Mm4(name) => name.trim().eq_ignore_ascii_case("ok"),
            Self::Mm7(code) => (1000..2000).contains(&code),
        }
    }
}

pub(crate) type Answered<'a> = PduView<'a, AnswerFacts>;

impl AnswerFacts {
    pub(crate) fn new(record: &PduRecord<'_>, texts: &mut Texts) -> Self {
        Self {
            pdu: record.message_type,
            received: record.received,
            status: match &record.answer_status {
                Some(AnswerStatus::Mm4(name)) => texts.add(Some(name)).map(StoredStatus::Mm4),
                Some(AnswerStatus::Mm7(code)) => Some(StoredStatus::Mm7(*code)),
                None => None,
            },
            transaction_id: texts.add(record.transaction_id.as_deref()),
            message_id: texts.add(record.message_id.as_deref()),
            text: texts.add(record.status_text.as_deref()),
            system: texts.add(record.system.as_deref()),
            recipients: texts.add_all(&record.request_recipients),
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.recipients)
    }
}

impl<'a> Answered<'a> {
    texts! {
        transaction_id
        message_id
        text
        /// The system that a RES is from.
        system
    }

    pub(crate) fn status(self) -> Option<AnswerCode<'a>> {
        match self.facts.status? {
            StoredStatus::Mm4(name) => self.texts.get(Some(name)).map(AnswerCode::Mm4),
            StoredStatus::Mm7(code) => Some(AnswerCode::Mm7(code)),
        }
    }

    /// Whether the request was accepted; none where nothing says it.
    pub(crate) fn accepted(self) -> Option<bool> {
        self.status().map(AnswerCode::is_accepted)
    }

    /// Whether it is a fault of SOAP, with or without what MM7 says in one.
    pub(crate) fn is_fault(self) -> bool {
        use crate::mms::Mm7Type::{RsErrorRsp, SoapFault, VaspErrorRsp};
        matches!(self.pdu, PduType::Mm7(RsErrorRsp | VaspErrorRsp | SoapFault))
    }

    /// About whom it is; everybody where it names nobody.
    pub(crate) fn recipients(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.addresses(&self.facts.recipients)
    }
}

/// m-send.conf or m-forward.conf (sections 6.1 and 6.5).
#[derive(Clone, Debug)]
pub(crate) struct SendConfFacts {
    pub(crate) pdu: PduType,
    pub(crate) status: Option<u8>,
    transaction_id: Option<Span>,
    message_id: Option<Span>,
    text: Option<Span>,
}

pub(crate) type SendConf<'a> = PduView<'a, SendConfFacts>;

/// X-Mms-Response-Status, X-Mms-Retrieve-Status and X-Mms-Store-Status: ok (section 7.3.48).
pub(crate) const STATUS_OK: u8 = 0x80;

impl SendConfFacts {
    pub(crate) fn new(record: &PduRecord<'_>, texts: &mut Texts) -> Self {
        Self {
            pdu: record.message_type,
            status: record.response_status,
            transaction_id: texts.add(record.transaction_id.as_deref()),
            message_id: texts.add(record.message_id.as_deref()),
            text: texts.add(record.response_text.as_deref()),
        }
    }
}

impl<'a> SendConf<'a> {
    texts! {
        transaction_id
        message_id
        text
    }

    /// Whether the MMSC took the message; none where its word on it is missing.
    pub(crate) fn accepted(self) -> Option<bool> {
        match self.status {
            Some(status) => Some(status == STATUS_OK),
            None => self.message_id().is_some().then_some(true),
        }
    }
}

/// m-notification.ind (section 6.2).
#[derive(Clone, Debug)]
pub(crate) struct NotificationFacts {
    pub(crate) size: Option<u64>,
    shown: ShownHeaders,
    expiry: Option<ExpiryValue>,
    transaction_id: Option<Span>,
    location: Option<Span>,
    sender: Option<Span>,
    subject: Option<Span>,
    replace_id: Option<Span>,
    reply_charging_id: Option<Span>,
}

pub(crate) type Notified<'a> = PduView<'a, NotificationFacts>;

impl NotificationFacts {
    pub(crate) fn new(record: &PduRecord<'_>, texts: &mut Texts) -> Self {
        Self {
            size: record.message_size,
            shown: record.shown.clone(),
            expiry: record.expiry,
            transaction_id: texts.add(record.transaction_id.as_deref()),
            location: texts.add(first_location(record)),
            sender: texts.add(address(&record.from)),
            subject: texts.add(record.subject.as_deref()),
            replace_id: texts.add(record.replace_id.as_deref()),
            reply_charging_id: texts.add(record.reply_charging_id.as_deref()),
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>() + self.shown.octets()
    }
}

impl<'a> Notified<'a> {
    texts! {
        transaction_id
        location
        sender
        subject
        replace_id
        reply_charging_id
    }

    pub(crate) fn shown(self) -> &'a ShownHeaders {
        &self.facts.shown
    }

    pub(crate) fn expiry(self) -> Option<ExpiryValue> {
        self.facts.expiry
    }
}

/// m-retrieve.conf (section 6.3).
#[derive(Clone, Debug)]
pub(crate) struct RetrievalFacts {
    pub(crate) complete: bool,
    pub(crate) status: Option<u8>,
    shown: ShownHeaders,
    content: Content,
    transaction_id: Option<Span>,
    message_id: Option<Span>,
    sender: Option<Span>,
    subject: Option<Span>,
    text: Option<Span>,
    replace_id: Option<Span>,
    reply_charging_id: Option<Span>,
    media_type: Option<Span>,
    /// To and Cc.
    recipients: Box<[Span]>,
    /// How many of these are To's.
    to_end: usize,
}

pub(crate) type Retrieved<'a> = PduView<'a, RetrievalFacts>;

impl RetrievalFacts {
    pub(crate) fn new(record: &PduRecord<'_>, hashes: &RandomState, texts: &mut Texts) -> Self {
        Self {
            complete: record.complete,
            status: record.retrieve_status,
            shown: record.shown.clone(),
            content: Content::new(record, hashes),
            transaction_id: texts.add(record.transaction_id.as_deref()),
            message_id: texts.add(record.message_id.as_deref()),
            sender: texts.add(address(&record.from)),
            subject: texts.add(record.subject.as_deref()),
            text: texts.add(record.retrieve_text.as_deref()),
            replace_id: texts.add(record.replace_id.as_deref()),
            reply_charging_id: texts.add(record.reply_charging_id.as_deref()),
            media_type: texts.add(record.content_type.as_deref()),
            recipients: texts.add_all(record.to.iter().chain(&record.cc)),
            to_end: record.to.len(),
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.recipients) + self.content.octets() + self.shown.octets()
    }
}

impl<'a> Retrieved<'a> {
    texts! {
        transaction_id
        message_id
        sender
        subject
        text
        replace_id
        reply_charging_id
        media_type
    }

    /// The body.
    pub(crate) fn content(self) -> &'a Content {
        &self.facts.content
    }

    pub(crate) fn shown(self) -> &'a ShownHeaders {
        &self.facts.shown
    }

    /// To and Cc.
    pub(crate) fn recipients(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.addresses(&self.facts.recipients)
    }

    pub(crate) fn to(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().take(self.facts.to_end)
    }

    pub(crate) fn cc(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recipients().skip(self.facts.to_end)
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
}

/// m-notifyresp.ind or m-acknowledge.ind (sections 6.2 and 6.4).
#[derive(Clone, Debug)]
pub(crate) struct AcknowledgementFacts {
    pub(crate) pdu: PduType,
    pub(crate) status: Option<u8>,
    transaction_id: Option<Span>,
}

pub(crate) type Confirmed<'a> = PduView<'a, AcknowledgementFacts>;

impl AcknowledgementFacts {
    pub(crate) fn new(record: &PduRecord<'_>, texts: &mut Texts) -> Self {
        Self {
            pdu: record.message_type,
            status: record.status,
            transaction_id: texts.add(record.transaction_id.as_deref()),
        }
    }
}

impl<'a> Confirmed<'a> {
    texts! {
        transaction_id
    }
}

/// What a report says of one recipient: nearly all are about one.
#[derive(Clone, Copy, Debug, Default)]
struct StoredReport {
    original: Option<Span>,
    last: Option<Span>,
    status: Option<u8>,
}

/// What a report says of a recipient, by their place among those that it tells of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) place: usize,
    /// The recipient as whoever sent the mail wrote it.
    pub(crate) original: Option<&'a str>,
    /// The recipient as the report names it.
    pub(crate) last: Option<&'a str>,
    /// X-Mms-Status, or of a read report X-Mms-Read-Status.
    pub(crate) status: Option<u8>,
}

/// A report: about whom it is, and to whom it goes.
#[derive(Clone, Debug)]
pub(crate) struct ReportFacts {
    pub(crate) pdu: PduType,
    /// Received fields of a mail.
    pub(crate) received: u32,
    transaction_id: Option<Span>,
    date: Option<Timestamp>,
    message_id: Option<Span>,
    to: Option<Span>,
    /// At least one.
    told: SmallVec<[StoredReport; 1]>,
}

/// A delivery report: m-delivery.ind (section 6.6), MM4_delivery_report.REQ, DeliveryReportReq, a DSN. Or a read report:
/// m-read-rec.ind or m-read-orig.ind (section 6.7), MM4_read_reply_report.REQ, ReadReplyReq, an MDN; there From is the
/// reader, To the sender of the message. The statuses are MM1's.
pub(crate) type Reported<'a> = PduView<'a, ReportFacts>;

impl ReportFacts {
    /// Of a report whose status is `status`, unless it says one of each recipient.
    pub(crate) fn new(record: &PduRecord<'_>, status: Option<u8>, texts: &mut Texts) -> Self {
        let mut told: SmallVec<_> = record
            .told_of
            .iter()
            .map(|told| StoredReport {
                original: texts.add(told.original.as_deref()),
                last: texts.add(told.last.as_deref()),
                status: told.status,
            })
            .collect();
        if told.is_empty() {
            told.push(StoredReport {
                original: None,
                last: texts.add(address(&record.from)),
                status,
            });
        }
        Self {
            pdu: record.message_type,
            received: record.received,
            transaction_id: texts.add(record.transaction_id.as_deref()),
            date: record.date,
            message_id: texts.add(record.message_id.as_deref()),
            to: texts.add(first_recipient(record)),
            told,
        }
    }

    /// Octets of memory that it takes.
    pub(crate) fn octets(&self) -> usize {
        let more = if self.told.spilled() {
            size_of_val(&*self.told)
        } else {
            0
        };
        size_of::<Self>() + more
    }
}

impl<'a> Reported<'a> {
    texts! {
        transaction_id
        message_id
        to
    }

    pub(crate) fn date(self) -> Option<Timestamp> {
        self.facts.date
    }

    /// What it says of each recipient: of one at least, whom it may not name.
    pub(crate) fn told(self) -> impl Iterator<Item = Told<'a>> + Clone + use<'a> {
        (0..self.facts.told.len()).filter_map(move |place| self.told_of(place))
    }

    /// The same of one.
    pub(crate) fn told_of(self, place: usize) -> Option<Told<'a>> {
        let stored = self.facts.told.get(place)?;
        Some(Told {
            place,
            original: self.texts.get(stored.original),
            last: self.texts.get(stored.last),
            status: stored.status,
        })
    }

    /// Whom it names first.
    pub(crate) fn from(self) -> Option<&'a str> {
        self.told_of(0)?.last
    }
}

/// The first of X-Mms-Content-Location.
pub(crate) fn first_location<'t>(record: &'t PduRecord<'_>) -> Option<&'t str> {
    record.content_locations.first().map(Cow::as_ref)
}

fn first_recipient<'t>(record: &'t PduRecord<'_>) -> Option<&'t str> {
    record.to.first().map(Cow::as_ref)
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

    #[test]
    fn recipients_keep_their_lists() {
        let record = PduRecord {
            message_type: PduType::SEND_REQ,
            to: vec!["a".into(), "b".into()],
            cc: vec!["c".into()],
            bcc: vec!["d".into(), "e".into()],
            ..PduRecord::default()
        };
        let mut texts = Texts::default();
        let facts = SendFacts::new(&record, &RandomState::default(), &mut texts);
        let send = PduView {
            facts: &facts,
            texts: &texts,
        };
        assert_eq!(send.to().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(send.cc().collect::<Vec<_>>(), ["c"]);
        assert_eq!(send.bcc().collect::<Vec<_>>(), ["d", "e"]);
        assert_eq!(send.recipients().count(), 5);
    }
}
