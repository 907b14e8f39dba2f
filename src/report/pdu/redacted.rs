//! `--redact` for single PDUs: of headers only what is an assigned value stays as it is; addresses, identifiers and
//! URLs become pseudonyms, all other text vanishes.

use super::{
    BinaryHeaderObject, HeaderObject, PartObject, PduBody, PduObject, TextHeaderObject, ValueObject,
    redacted_text,
};
use crate::mms::Field;
use crate::report::redact::{GONE, Redactor};

/// What a header's text is, which decides what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextKind {
    Address,
    Identifier,
    Url,
    /// A word of the protocol, a version or a date.
    Protocol,
    Other,
}

fn kind_of(field: Option<Field>) -> TextKind {
    match field {
        Some(Field::FROM | Field::TO | Field::CC | Field::BCC) => TextKind::Address,
        Some(Field::MESSAGE_ID | Field::TRANSACTION_ID) => TextKind::Identifier,
        Some(Field::CONTENT_LOCATION) => TextKind::Url,
        Some(Field::MMS_VERSION | Field::MESSAGE_CLASS | Field::DATE) => TextKind::Protocol,
        _ => TextKind::Other,
    }
}

/// Redacts a PDU.
pub(super) fn pdu(pdu: &mut PduObject, redactor: &mut Redactor) {
    if let Some(place) = &mut pdu.place {
        redactor.seen(&mut place.seen);
    }
    if let Some(file) = &mut pdu.file {
        *file = redactor.path(file);
    }
    body(&mut pdu.body, redactor);
}

fn body(body: &mut PduBody, redactor: &mut Redactor) {
    for identifier in body.transaction_id.iter_mut().chain(&mut body.message_id) {
        *identifier = redactor.identifier(identifier);
    }
    let is_soap = body.pdu.is_some_and(|name| name.starts_with("mm7-"));
    for header_object in &mut body.headers {
        match header_object {
            HeaderObject::Binary(binary) => {
                header(binary, redactor);
            }
            HeaderObject::Text(text) if is_soap => text_header(text, redactor),
            HeaderObject::Text(text) => redacted_text::field(text, redactor),
        }
    }
    for part_object in &mut body.parts {
        part(part_object, redactor);
    }
    for anomaly in &mut body.anomalies {
        anomaly.detail = redactor.text(&anomaly.detail);
        if let Some(field) = &mut anomaly.field {
            *field = redactor.token(field);
        }
    }
}

/// Redacts a header of a PDU that is written as text: what its name says it is decides, of a path the last.
fn text_header(header: &mut TextHeaderObject, redactor: &mut Redactor) {
    let last = header.name.rsplit(['/', '@']).next().unwrap_or_default();
    header.value = match text_kind(last) {
        TextKind::Address => redactor.address(&header.value),
        TextKind::Identifier => redactor.identifier(&header.value),
        TextKind::Protocol if header.value.parse::<jiff::Timestamp>().is_ok() => return,
        TextKind::Protocol => redactor.token(&header.value),
        TextKind::Url | TextKind::Other => GONE.to_owned(),
    };
}

/// What the elements of MM7 hold.
fn text_kind(name: &str) -> TextKind {
    let is = |others: &[&str]| others.iter().any(|other| name.eq_ignore_ascii_case(other));
    if is(&["Number", "RFC2822Address", "ShortCode", "ChargedPartyID"]) {
        TextKind::Address
    } else if is(&[
        "TransactionID",
        "MessageID",
        "LinkedID",
        "CancelID",
        "ReplaceID",
        "ReplyChargingID",
    ]) {
        TextKind::Identifier
    } else if is(PROTOCOL_WORDS) {
        TextKind::Protocol
    } else {
        TextKind::Other
    }
}

/// Elements and attributes of MM7 that hold a word, a number or a date of the protocol.
const PROTOCOL_WORDS: &[&str] = &[
    "MM7Version",
    "MessageClass",
    "TimeStamp",
    "EarliestDeliveryTime",
    "ExpiryDate",
    "DeliveryReport",
    "ReadReply",
    "Priority",
    "ChargedParty",
    "DistributionIndicator",
    "allowAdaptations",
    "displayOnly",
    "addressCoding",
    "Date",
    "MMStatus",
    "StatusCode",
    "faultcode",
];

/// Redacts a header; says whether that changed its value.
pub(super) fn header(header: &mut BinaryHeaderObject, redactor: &mut Redactor) -> bool {
    header.octets = None;
    // Only assigned headers have a name that is not the sender's own.
    if header.code.is_none() && header.name.is_some() {
        header.name = Some(GONE.to_owned());
    }
    value(&mut header.value, header.code.map(Field), redactor)
}

fn value(value_object: &mut ValueObject, field: Option<Field>, redactor: &mut Redactor) -> bool {
    match value_object {
        ValueObject::Code(_)
        | ValueObject::Number(_)
        | ValueObject::Absolute { .. }
        | ValueObject::Relative { .. }
        | ValueObject::SentDate { .. }
        | ValueObject::Amount { .. } => return false,
        ValueObject::Text(words) => *words = text(words, field, redactor),
        ValueObject::Media {
            media_type,
            parameters,
        } => {
            *media_type = redactor.token(media_type);
            parameters.clear();
        }
        ValueObject::SentBy { address, .. } => *address = text(address, Some(Field::FROM), redactor),
        ValueObject::Flags { keyword, .. } => GONE.clone_into(keyword),
        ValueObject::Element {
            reference,
            parameters,
        } => {
            GONE.clone_into(reference);
            parameters.clear();
        }
        ValueObject::Entry { value: inner, .. } => return value(inner, field, redactor),
        ValueObject::Octets { octets } => GONE.clone_into(octets),
    }
    true
}

/// A header's text, redacted.
pub(super) fn text(words: &str, field: Option<Field>, redactor: &mut Redactor) -> String {
    match kind_of(field) {
        TextKind::Address => match words.split_once("/TYPE=") {
            Some((address, kind)) => {
                format!("{}/TYPE={}", redactor.address(address), redactor.token(kind))
            }
            None => redactor.address(words),
        },
        TextKind::Identifier => redactor.identifier(words),
        TextKind::Url => redactor.url(words),
        TextKind::Protocol if words.parse::<jiff::Timestamp>().is_ok() => words.to_owned(),
        TextKind::Protocol => redactor.token(words),
        TextKind::Other => GONE.to_owned(),
    }
}

fn part(part_object: &mut PartObject, redactor: &mut Redactor) {
    part_object.content_type = redactor.token(&part_object.content_type);
    part_object.name = None;
    part_object.content_id = None;
    part_object.content_location = None;
    if let Some(charset) = &mut part_object.charset {
        *charset = redactor.token(charset);
    }
    if let Some(sha256) = &mut part_object.sha256 {
        *sha256 = redactor.digest(*sha256);
    }
    part_object.headers.clear();
    for inner in &mut part_object.parts {
        part(inner, redactor);
    }
    if let Some(inner) = &mut part_object.pdu {
        body(inner, redactor);
    }
}

/// The text of a redacted value, for a cell.
pub(super) fn plain(value: &ValueObject) -> &str {
    match value {
        ValueObject::Text(words) => words,
        ValueObject::Media { media_type, .. } => media_type,
        ValueObject::SentBy { address, .. } => address,
        ValueObject::Entry { value, .. } => plain(value),
        _ => GONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mms::{Limits, Pdu, decode_soap};

    #[test]
    fn of_mm7_words_of_the_protocol_stay_and_what_names_somebody_goes() {
        let document = "<Envelope><Header><TransactionID>vas-4711</TransactionID></Header><Body><SubmitReq>\
            <MM7Version>6.8.0</MM7Version><SenderIdentification><VASPID>weatherco</VASPID></SenderIdentification>\
            <Recipients><To><Number>+61400000002</Number><RFC2822Address>ann@mail.example</RFC2822Address></To></Recipients>\
            <ExpiryDate>2026-11-21T10:00:00Z</ExpiryDate><DeliveryReport>true</DeliveryReport><Subject>Rain</Subject>\
            </SubmitReq></Body></Envelope>";
        let soap = decode_soap(document.as_bytes(), "text/xml", true, Limits::default()).unwrap();
        let mut object = PduObject::bare(&Pdu::Soap(soap), "ann.xml");
        pdu(&mut object, &mut Redactor::default());
        let shown = serde_json::to_string(&object).unwrap();
        for gone in ["4711", "weatherco", "61400000002", "ann", "Rain"] {
            assert!(!shown.contains(gone), "{gone}: {shown}");
        }
        for kept in [
            "6.8.0",
            "2026-11-21T10:00:00Z",
            "Recipients/To/Number",
            "\"true\"",
            "mm7-submit-req",
        ] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
    }
}
