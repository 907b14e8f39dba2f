//! The headers of a PDU as the fields that Wireshark's dissector of MMS knows (packet-mmse.c).

use std::borrow::Cow;

use crate::model::{FieldSink, FieldValue, Protocol, ProtocolField};

use super::{Decoded, FromValue, Header, HeaderName, HeaderValue, TimeValue, version};

/// Tells the fields of a PDU, and of the PDUs in its parts, if somebody asks for them.
pub fn tell_fields<'a>(pdu: &Decoded<'a>, sink: &mut impl FieldSink) {
    if !sink.wants(Protocol::Mmse) {
        return;
    }
    sink.field(&ProtocolField {
        protocol: Protocol::Mmse,
        name: Protocol::Mmse.name(),
        value: FieldValue::Nothing,
        offset: pdu.offset,
        octets: pdu.bytes,
    });
    for header in &pdu.headers.headers {
        tell_header(header, sink);
    }
    for nested in pdu.nested_pdus() {
        tell_fields(nested, sink);
    }
}

/// Tells the fields of one header. Wireshark has more than one for those that hold a count beside the value.
pub fn tell_header(header: &Header<'_>, sink: &mut impl FieldSink) {
    let mut tell = |name, value| {
        sink.field(&ProtocolField {
            protocol: Protocol::Mmse,
            name,
            value,
            offset: header.offset,
            octets: header.raw,
        });
    };
    if let HeaderName::Text(text) = &header.name {
        // Wireshark's field has the name alone.
        return tell("mmse.ffheader", FieldValue::Text(Cow::Borrowed(text)));
    }
    let Some(value) = value(&header.value) else { return };
    if let Some(name) = name(header) {
        tell(name, value);
    }
    match &header.value {
        HeaderValue::PreviouslySentBy { count, address } => {
            tell(
                "mmse.previously_sent_by.forward_count",
                FieldValue::Number(*count),
            );
            tell(
                "mmse.previously_sent_by.address",
                FieldValue::Text(Cow::Borrowed(&address.text)),
            );
        }
        HeaderValue::PreviouslySentDate { count, date } => {
            tell(
                "mmse.previously_sent_date.forward_count",
                FieldValue::Number(*count),
            );
            tell("mmse.previously_sent_date.date", FieldValue::Time(*date));
        }
        _ => {}
    }
}

/// What Wireshark calls the header; none where it has no field for it.
fn name(header: &Header<'_>) -> Option<&'static str> {
    let field = match &header.name {
        HeaderName::Field(field) => *field,
        HeaderName::Text(_) | HeaderName::None => return None,
    };
    let is_date_or_code = matches!(
        header.value,
        HeaderValue::Time(TimeValue::Absolute(_)) | HeaderValue::Coded(_)
    );
    Some(match field.wireshark_names() {
        [_, other] if !is_date_or_code => other,
        [name, ..] => name,
        // Those of MMS 1.2 and later, which Wireshark tells by the form of their value.
        [] => match header.value {
            HeaderValue::Text(_) => "mmse.header.string",
            HeaderValue::Coded(_) | HeaderValue::Integer(_) => "mmse.header.uint",
            _ => "mmse.header.bytes",
        },
    })
}

/// The value of a header, or of the message that an entry of a list speaks of; none of the content type, whose fields
/// are those of the parts.
fn value<'h>(value: &'h HeaderValue<'_>) -> Option<FieldValue<'h>> {
    Some(match value {
        HeaderValue::MessageType(message_type) => FieldValue::Number(message_type.0.into()),
        HeaderValue::Version { major, minor } => FieldValue::Text(version(*major, *minor).into()),
        HeaderValue::Coded(coded) => FieldValue::Number(coded.code.into()),
        HeaderValue::Integer(number) => FieldValue::Number(*number),
        HeaderValue::Date(date) | HeaderValue::PreviouslySentDate { date, .. } => FieldValue::Time(*date),
        HeaderValue::Time(TimeValue::Absolute(date)) => FieldValue::Time(*date),
        HeaderValue::Time(TimeValue::Relative(seconds)) => FieldValue::Duration(*seconds),
        HeaderValue::Text(text) | HeaderValue::From(FromValue::Address(text)) => {
            FieldValue::Text(Cow::Borrowed(&text.text))
        }
        HeaderValue::From(FromValue::InsertAddress) => FieldValue::Text(Cow::Borrowed("<insert address>")),
        HeaderValue::PreviouslySentBy { address, .. } => FieldValue::Text(Cow::Borrowed(&address.text)),
        HeaderValue::Flags { keyword, .. } => FieldValue::Text(Cow::Borrowed(&keyword.text)),
        HeaderValue::Amount { count, .. } => FieldValue::Number(*count),
        HeaderValue::Element { reference, .. } => FieldValue::Text(Cow::Borrowed(&reference.text)),
        HeaderValue::Attribute(field) => FieldValue::Number(field.0.into()),
        HeaderValue::Entry { value, .. } => return self::value(value),
        HeaderValue::Octets(octets) => FieldValue::Octets(octets),
        HeaderValue::ContentType(_) => return None,
    })
}
