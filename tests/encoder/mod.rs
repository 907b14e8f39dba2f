//! An encoder of MMS PDUs, for tests: the counterpart of the decoder, written from OMA-TS-MMS_ENC section 7 and
//! WAP-230-WSP section 8.4.2 on its own.

pub(crate) mod generate;

use mmsmate::internals::{
    codec::{Charset, ContentType, ParameterValue, media},
    mms::{Field, FromValue, HeaderValue, MessageType, Text, TimeValue},
};

pub(crate) fn uintvar(value: u32) -> Vec<u8> {
    let mut octets = vec![(value & 0x7f) as u8];
    let mut rest = value >> 7;
    while rest > 0 {
        octets.insert(0, 0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    octets
}

pub(crate) fn framed(payload: Vec<u8>) -> Vec<u8> {
    let mut octets = match payload.len() {
        length @ 0..=30 => vec![length as u8],
        length => [vec![31], uintvar(length as u32)].concat(),
    };
    octets.extend(payload);
    octets
}

pub(crate) fn long_integer(value: u64) -> Vec<u8> {
    let digits: Vec<u8> = value
        .to_be_bytes()
        .into_iter()
        .skip_while(|octet| *octet == 0)
        .collect();
    let digits = if digits.is_empty() { vec![0] } else { digits };
    [vec![digits.len() as u8], digits].concat()
}

pub(crate) fn integer(value: u64) -> Vec<u8> {
    if value < 128 {
        vec![0x80 | value as u8]
    } else {
        long_integer(value)
    }
}

/// Text-string: quoted where it has to be, with its NUL.
pub(crate) fn text_string(octets: &[u8]) -> Vec<u8> {
    let quote: &[u8] = if octets.first().is_some_and(|first| *first >= 0x80) {
        &[0x7f]
    } else {
        &[]
    };
    [quote, octets, &[0]].concat()
}

/// Encoded-string-value.
pub(crate) fn encoded_string(text: &Text<'_>) -> Vec<u8> {
    match text.charset {
        None => text_string(text.octets),
        Some(charset) if charset.is_wide() => {
            framed([integer(charset.0), text.octets.to_vec(), vec![0]].concat())
        }
        Some(charset) => framed([integer(charset.0), text_string(text.octets)].concat()),
    }
}

/// Content-type-value, in the shortest form that holds it.
pub(crate) fn content_type(content_type: &ContentType<'_>) -> Vec<u8> {
    let code = content_type
        .code
        .or_else(|| media::code_of(&content_type.media).map(u64::from));
    let media = match code {
        Some(code) => integer(code),
        None => text_string(content_type.media.as_bytes()),
    };
    if content_type.parameters.is_empty() {
        return media;
    }
    let parameters = content_type.parameters.iter().map(|parameter| {
        let name = match parameter.code {
            Some(code) => vec![0x80 | code],
            None => text_string(parameter.name.as_bytes()),
        };
        let value = match &parameter.value {
            ParameterValue::Text(text) => text_string(text.as_bytes()),
            ParameterValue::Integer(number) => integer(*number),
            ParameterValue::Charset(Charset(number)) => integer(*number),
            ParameterValue::Media { code, .. } => integer(*code),
            ParameterValue::Present => vec![0],
            other => panic!("not encoded: {other:?}"),
        };
        [name, value].concat()
    });
    framed([media, parameters.flatten().collect()].concat())
}

/// A header's value, for its field.
pub(crate) fn value(field: Field, header_value: &HeaderValue<'_>) -> Vec<u8> {
    match header_value {
        HeaderValue::MessageType(message_type) => vec![message_type.0],
        HeaderValue::Version { major, minor } => vec![0x80 | (major << 4) | minor],
        HeaderValue::Coded(coded) => vec![coded.code],
        HeaderValue::Attribute(attribute) => vec![attribute.0],
        HeaderValue::Integer(number) if matches!(field, Field::MESSAGE_SIZE | Field::REPLY_CHARGING_SIZE) => {
            long_integer(*number)
        }
        HeaderValue::Integer(number) => integer(*number),
        HeaderValue::Date(seconds) => long_integer(*seconds),
        HeaderValue::Time(TimeValue::Absolute(seconds)) => {
            framed([vec![0x80], long_integer(*seconds)].concat())
        }
        HeaderValue::Time(TimeValue::Relative(seconds)) => framed([vec![0x81], integer(*seconds)].concat()),
        HeaderValue::Text(text) => encoded_string(text),
        HeaderValue::From(FromValue::InsertAddress) => framed(vec![0x81]),
        HeaderValue::From(FromValue::Address(address)) => {
            framed([vec![0x80], encoded_string(address)].concat())
        }
        HeaderValue::ContentType(value) => content_type(value),
        HeaderValue::PreviouslySentBy { count, address } => {
            framed([integer(*count), encoded_string(address)].concat())
        }
        HeaderValue::PreviouslySentDate { count, date } => {
            framed([integer(*count), long_integer(*date)].concat())
        }
        HeaderValue::Flags { token, keyword } => framed([vec![token.code], encoded_string(keyword)].concat()),
        HeaderValue::Amount { token, count } => framed([vec![token.code], integer(*count)].concat()),
        HeaderValue::Element {
            reference,
            parameters,
        } => {
            let parameters = parameters
                .parameters
                .iter()
                .map(|parameter| match &parameter.value {
                    ParameterValue::Media { code, .. } => [vec![0x82], integer(*code)].concat(),
                    ParameterValue::Text(text) => [
                        text_string(parameter.name.as_bytes()),
                        text_string(text.as_bytes()),
                    ]
                    .concat(),
                    other => panic!("not encoded: {other:?}"),
                });
            framed([text_string(reference.octets), parameters.flatten().collect()].concat())
        }
        HeaderValue::Entry { index, value: inner } => framed([integer(*index), value(field, inner)].concat()),
        HeaderValue::Octets(octets) => octets.to_vec(),
    }
}

pub(crate) fn header(field: Field, header_value: &HeaderValue<'_>) -> Vec<u8> {
    [vec![field.0], value(field, header_value)].concat()
}

/// A PDU: type, transaction id and version first, content type last, then the body.
pub(crate) fn pdu(message_type: MessageType, headers: &[(Field, HeaderValue<'_>)], body: &[u8]) -> Vec<u8> {
    let rank = |field: Field| match field {
        Field::TRANSACTION_ID => 0,
        Field::MMS_VERSION => 1,
        Field::CONTENT_TYPE => 3,
        _ => 2,
    };
    let mut ordered: Vec<_> = headers.iter().collect();
    ordered.sort_by_key(|(field, _)| rank(*field));
    let mut octets = header(Field::MESSAGE_TYPE, &HeaderValue::MessageType(message_type));
    ordered
        .iter()
        .for_each(|(field, value)| octets.extend(header(*field, value)));
    octets.extend(body);
    octets
}

/// A part of a binary multipart.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) content_type: ContentType<'static>,
    pub(crate) content_id: Option<String>,
    pub(crate) content_location: Option<String>,
    pub(crate) data: Vec<u8>,
}

/// A binary multipart (WAP-230-WSP section 8.5).
pub(crate) fn multipart(parts: &[Part]) -> Vec<u8> {
    let mut octets = uintvar(parts.len() as u32);
    for part in parts {
        let mut headers = content_type(&part.content_type);
        if let Some(location) = &part.content_location {
            headers.extend([vec![0x8e], text_string(location.as_bytes())].concat());
        }
        if let Some(id) = &part.content_id {
            headers.extend([vec![0xc0, 0x22], text_string(format!("<{id}>").as_bytes())].concat());
        }
        octets.extend(uintvar(headers.len() as u32));
        octets.extend(uintvar(part.data.len() as u32));
        octets.extend(headers);
        octets.extend(&part.data);
    }
    octets
}
