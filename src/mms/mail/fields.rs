//! The fields of a mail, of its envelope, and of the report that it carries.

use std::borrow::Cow;

use super::super::{Part, TextField};
use crate::codec::mime::{self, BodyPart, name_and_value};
use crate::model::Envelope;

/// What the sender of an envelope is called among the fields.
pub(super) const MAIL_FROM: &str = "MAIL FROM";
/// What a recipient of an envelope is called among the fields.
pub(super) const RCPT_TO: &str = "RCPT TO";
/// The field of a report that names the message, and what the Message-ID of a returned header is called.
const ORIGINAL_MESSAGE_ID: &str = "Original-Message-ID";

/// The most fields that are read of a report: RFC 3464 has some ten for each recipient.
const REPORT_FIELDS: usize = 1024;

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

/// The fields of a report (RFC 3464 section 2.1, RFC 8098 section 3), and the Message-ID of the header that it returns.
pub(super) fn of_report<'a>(leaves: &[&Part<'_>]) -> Vec<TextField<'a>> {
    let mut fields = Vec::new();
    for leaf in leaves {
        match leaf.content_type.media.as_ref() {
            "message/delivery-status" | "message/disposition-notification" => {
                fields.extend(report_fields(leaf.content()));
            }
            "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/global-headers" => {
                fields.extend(returned_id(leaf.content()));
            }
            _ => {}
        }
    }
    fields
}

/// The fields of all paragraphs: of the message, then of each recipient.
fn report_fields<'a>(content: &[u8]) -> Vec<TextField<'a>> {
    let mut fields = Vec::new();
    let mut rest = content;
    while !rest.is_empty() && fields.len() < REPORT_FIELDS {
        let paragraph = mime::mail(rest, REPORT_FIELDS);
        let named = paragraph.fields.iter().map(|field| name_and_value(field));
        fields.extend(named.map(|(name, value)| beside(name.into_owned(), value.into_owned())));
        rest = paragraph.content;
    }
    fields
}

fn returned_id<'a>(content: &[u8]) -> Option<TextField<'a>> {
    let id = mime::mail(content, REPORT_FIELDS).field(&["Message-ID"])?;
    Some(beside(ORIGINAL_MESSAGE_ID, id))
}
