//! The fields of a mail, of its envelope, and of the report that it carries.

use std::borrow::Cow;
use std::ops::Range;

use super::super::{Mm4Type, Part, TextField};
use super::ReturnedPdu;
use crate::codec::mime::{self, BodyPart, name_and_value};
use crate::model::Envelope;

/// What the sender of an envelope is called among the fields.
pub(super) const MAIL_FROM: &str = "MAIL FROM";
/// What a recipient of an envelope is called among the fields.
pub(super) const RCPT_TO: &str = "RCPT TO";
/// The field that names a PDU of MM4.
pub(super) const MESSAGE_TYPE: &str = "X-Mms-Message-Type";
/// The field of a report that names the message, and what the Message-ID of a returned header is called.
const ORIGINAL_MESSAGE_ID: &str = "Original-Message-ID";

/// The most fields that are read of a report: RFC 3464 has some ten for each recipient, and a mail server takes up to some
/// thousand recipients at a time.
const REPORT_FIELDS: usize = 16 * 1024;

/// A field that stands beside the mail.
fn beside<'a>(name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> TextField<'a> {
    TextField {
        name: name.into(),
        value: value.into(),
        offset: 0,
        raw: &[],
    }
}

/// The envelope as fields.
pub(super) fn of_envelope<'a>(envelope: &Envelope<'a>) -> Vec<TextField<'a>> {
    let sender = envelope.sender.map(|sender| beside(MAIL_FROM, sender));
    let recipients = envelope.recipients.iter().map(|to| beside(RCPT_TO, to.address));
    sender.into_iter().chain(recipients).collect()
}

/// The header fields of a mail, with their places.
pub(super) fn of_mail<'a>(mail: &BodyPart<'a>) -> Vec<TextField<'a>> {
    let mut offset = 0_usize;
    let fields = mail.fields.iter().map(|field| {
        let (name, value) = name_and_value(field);
        let place = offset;
        offset = offset.saturating_add(field.len());
        TextField {
            name,
            value,
            offset: place,
            raw: field,
        }
    });
    fields.collect()
}

/// What a report says.
#[derive(Debug, Default)]
pub(super) struct ReportFields<'a> {
    /// Its fields (RFC 3464 section 2.1, RFC 8098 section 3), and the Message-ID of the header that it returns.
    pub(super) fields: Vec<TextField<'a>>,
    /// Which of them are about one recipient, for each recipient.
    pub(super) recipients: Vec<Range<usize>>,
    /// The PDU of MM4 whose header it returns.
    pub(super) returned: Option<ReturnedPdu>,
    /// Whether there are more fields than are read.
    pub(super) is_over_limit: bool,
}

/// What the parts of a report say.
pub(super) fn of_report<'a>(leaves: &[&Part<'_>]) -> ReportFields<'a> {
    let mut report = ReportFields::default();
    for leaf in leaves {
        match leaf.content_type.media.as_ref() {
            "message/delivery-status"
            | "message/global-delivery-status"
            | "message/disposition-notification"
            | "message/global-disposition-notification" => report.take_paragraphs(leaf),
            "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/global-headers" => {
                report.take_returned(leaf);
            }
            _ => {}
        }
    }
    report
}

impl ReportFields<'_> {
    /// The fields of all paragraphs: of the message, then of each recipient.
    fn take_paragraphs(&mut self, leaf: &Part<'_>) {
        let mut rest = leaf.content();
        while !rest.is_empty() {
            let room = REPORT_FIELDS.saturating_sub(self.fields.len());
            if room == 0 {
                self.is_over_limit = true;
                return;
            }
            let mut paragraph = mime::mail(rest, room);
            if !leaf.complete {
                paragraph.forget_cut_field();
            }
            let begin = self.fields.len();
            let named = paragraph.fields.iter().map(|field| name_and_value(field));
            self.fields
                .extend(named.map(|(name, value)| beside(name.into_owned(), value.into_owned())));
            let own = self.fields.get(begin..).unwrap_or_default();
            if own.iter().any(|field| names_recipient(&field.name)) {
                self.recipients.push(begin..self.fields.len());
            }
            rest = paragraph.content;
        }
    }

    /// What a returned header says of the mail that it is of.
    fn take_returned(&mut self, leaf: &Part<'_>) {
        let mut header = mime::mail(leaf.content(), REPORT_FIELDS);
        if !leaf.complete {
            header.forget_cut_field();
        }
        let id = header.field(&["Message-ID"]);
        self.fields.extend(id.map(|id| beside(ORIGINAL_MESSAGE_ID, id)));
        let named = header.field(&[MESSAGE_TYPE]);
        self.returned = self.returned.take().or_else(|| {
            Some(ReturnedPdu {
                pdu: mm4_type(&named?)?,
                message_id: header.field(&["X-Mms-Message-ID"]),
            })
        });
    }
}

/// Whether a field is one that every paragraph about a recipient has, or may have (RFC 3464 sections 2.3.1 and 2.3.2).
fn names_recipient(name: &str) -> bool {
    let names = ["Final-Recipient", "Original-Recipient"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The type that X-Mms-Message-Type says, in any case and with what stands between its words in place of `_` and `.`.
pub(super) fn mm4_type(value: &str) -> Option<Mm4Type> {
    let letters = value.chars().filter(char::is_ascii_alphanumeric);
    let word: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    Some(match word.strip_prefix("mm4")? {
        "forwardreq" => Mm4Type::ForwardReq,
        "forwardres" => Mm4Type::ForwardRes,
        "deliveryreportreq" => Mm4Type::DeliveryReportReq,
        "deliveryreportres" => Mm4Type::DeliveryReportRes,
        "readreplyreportreq" | "readreportreq" => Mm4Type::ReadReplyReportReq,
        "readreplyreportres" | "readreportres" => Mm4Type::ReadReplyReportRes,
        _ => return None,
    })
}
