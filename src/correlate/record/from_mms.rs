//! What correlation reads of a decoded PDU.

use std::borrow::Cow;

use crate::{
    mms::{Decoded, Field, FromValue, HeaderValue, MessageType, Part, Pdu, Text, TimeValue},
    model::Timestamp,
};

use super::pdu::{ExpiryValue, PartRecord, PduRecord, Sender, StatusEntry};
use super::shown_headers::ShownHeaders;

impl<'a> From<&'a Pdu<'_>> for PduRecord<'a> {
    fn from(pdu: &'a Pdu<'_>) -> Self {
        match pdu {
            Pdu::Mm1(pdu) => pdu.into(),
            Pdu::Mail(mail) => mail.into(),
            Pdu::Soap(soap) => soap.into(),
        }
    }
}

impl<'a> From<&'a Decoded<'_>> for PduRecord<'a> {
    fn from(pdu: &'a Decoded<'_>) -> Self {
        let text = |field| pdu.text(field).map(Cow::from);
        let code = |field| pdu.coded(field).map(|coded| coded.code);
        let message_type = pdu.message_type.unwrap_or(MessageType(0));
        Self {
            message_type: message_type.into(),
            version: pdu.version(),
            transaction_id: text(Field::TRANSACTION_ID),
            message_id: text(Field::MESSAGE_ID),
            from: sender(pdu),
            to: texts(pdu, Field::TO),
            cc: texts(pdu, Field::CC),
            bcc: texts(pdu, Field::BCC),
            subject: text(Field::SUBJECT),
            shown: ShownHeaders::of(pdu),
            date: pdu.integer(Field::DATE).map(timestamp),
            expiry: pdu.time(Field::EXPIRY).map(expiry),
            message_size: pdu.integer(Field::MESSAGE_SIZE),
            content_locations: texts(pdu, Field::CONTENT_LOCATION),
            response_status: code(Field::RESPONSE_STATUS),
            response_text: text(Field::RESPONSE_TEXT),
            retrieve_status: code(Field::RETRIEVE_STATUS),
            retrieve_text: text(Field::RETRIEVE_TEXT),
            status: code(Field::STATUS),
            read_status: code(Field::READ_STATUS),
            store_status: code(Field::STORE_STATUS),
            cancel_status: code(Field::CANCEL_STATUS),
            cancel_id: text(Field::CANCEL_ID),
            replace_id: text(Field::REPLACE_ID),
            reply_charging_id: text(Field::REPLY_CHARGING_ID),
            delivery_report: pdu.flag(Field::DELIVERY_REPORT),
            read_report: pdu.flag(Field::READ_REPORT),
            entries: entries(pdu),
            headers: match is_operation(message_type) {
                true => headers(pdu),
                false => Vec::new(),
            },
            content_type: pdu
                .content_type()
                .map(|content_type| content_type.media.as_ref().into()),
            body_size: pdu.body.as_ref().map(|body| body.data.len() as u64),
            parts: parts(pdu.body.as_ref()),
            malformed: pdu.malformed,
            malformed_detail: pdu.malformed_detail(),
            complete: pdu.complete,
            over_limit: pdu.is_over_limit(),
            ..Self::default()
        }
    }
}

impl<'a> From<&'a Part<'_>> for PartRecord<'a> {
    fn from(part: &'a Part<'_>) -> Self {
        Self {
            content_type: part.content_type.media.as_ref().into(),
            name: part.name().map(Cow::from),
            content_id: part.content_id().map(Cow::from),
            content_location: part.content_location().map(Cow::from),
            charset: part.charset(),
            size: part.content().len() as u64,
            sha256: part.sha256(),
            comparable: part.comparable_digest(),
        }
    }
}

fn sender<'a>(pdu: &'a Decoded<'_>) -> Sender<'a> {
    match pdu.from() {
        None => Sender::Absent,
        Some(FromValue::InsertAddress) => Sender::InsertAddress,
        Some(FromValue::Address(address)) => Sender::Address(address.text.as_ref().into()),
    }
}

fn texts<'a>(pdu: &'a Decoded<'_>, field: Field) -> Vec<Cow<'a, str>> {
    pdu.texts(field).map(|text| text.text.as_ref().into()).collect()
}

fn parts<'a>(body: Option<&'a Part<'_>>) -> Vec<PartRecord<'a>> {
    let mut parts = Vec::new();
    if let Some(body) = body {
        body.each_leaf(&mut |leaf| parts.push(leaf.into()));
    }
    parts
}

fn timestamp(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn expiry(time: TimeValue) -> ExpiryValue {
    match time {
        TimeValue::Absolute(seconds) => ExpiryValue::Absolute(timestamp(seconds)),
        TimeValue::Relative(seconds) => ExpiryValue::Relative(seconds),
    }
}

/// Whether the PDU is about a mailbox or a stored message, not about one in flight.
fn is_operation(message_type: MessageType) -> bool {
    (MessageType::MBOX_STORE_REQ..=MessageType::CANCEL_CONF).contains(&message_type)
}

fn headers(pdu: &Decoded<'_>) -> Vec<(String, String)> {
    let named = pdu.headers.headers.iter().filter(|header| header.complete);
    named
        .filter_map(|header| Some((header.display_name()?.into_owned(), header.value.to_string())))
        .collect()
}

/// What the PDU says of several stored messages: by the numbers in a delete-conf, by the descriptions in a
/// view-conf.
fn entries(pdu: &Decoded<'_>) -> Vec<StatusEntry> {
    match pdu.message_type {
        Some(MessageType::MBOX_VIEW_CONF) => pdu.nested_pdus().map(description_entry).collect(),
        Some(MessageType::MBOX_DELETE_CONF | MessageType::DELETE_CONF) => status_entries(pdu),
        _ => Vec::new(),
    }
}

fn description_entry(description: &Decoded<'_>) -> StatusEntry {
    StatusEntry {
        content_location: description.text(Field::CONTENT_LOCATION).map(str::to_owned),
        message_id: description.text(Field::MESSAGE_ID).map(str::to_owned),
        ..StatusEntry::default()
    }
}

/// The entries of a delete-conf in the order of their numbers (OMA-TS-MMS_ENC section 7.3.10, 7.3.48, 7.3.49).
fn status_entries(pdu: &Decoded<'_>) -> Vec<StatusEntry> {
    let mut numbered = std::collections::BTreeMap::<u64, StatusEntry>::new();
    for header in &pdu.headers.headers {
        let HeaderValue::Entry { index, value } = &header.value else {
            continue;
        };
        let entry = numbered.entry(*index).or_default();
        match header.field() {
            Some(Field::CONTENT_LOCATION) => entry.content_location = value.as_text().map(owned),
            Some(Field::RESPONSE_STATUS) => entry.status = value.as_coded().map(|coded| coded.code),
            Some(Field::RESPONSE_TEXT) => entry.text = value.as_text().map(owned),
            _ => {}
        }
    }
    numbered.into_values().collect()
}

fn owned(text: &Text<'_>) -> String {
    text.text.as_ref().to_owned()
}
