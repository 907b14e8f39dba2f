//! From octets to the header block: where each header begins and ends, whatever its value says
//! (OMA-TS-MMS_ENC section 7.1).

use std::borrow::Cow;

use crate::codec::{Reader, charset, wsp};

use super::{
    Field, Header, HeaderBlock, HeaderName, HeaderValue, MessageType,
    anomaly::{Notes, PduAnomalyKind as Kind},
    header::field_name,
    limits::Budget,
    value::ValueReader,
};

/// Headers that there is room for from the start: more than most PDUs have.
const USUAL_HEADERS: usize = 16;

/// The longest name of an application header, in octets.
const MAX_NAME: usize = 256;

/// Reads headers up to the body or the end. `whole` says whether the PDU's end is really its end.
pub(super) fn read<'a>(
    mut reader: Reader<'a>,
    whole: bool,
    budget: &mut Budget,
    notes: &mut Notes,
) -> HeaderBlock<'a> {
    let mut block = HeaderBlock {
        headers: Vec::with_capacity(USUAL_HEADERS.min(reader.remaining())),
        ..HeaderBlock::default()
    };
    let mut values = ValueReader::new(notes, whole);
    while let Some(first) = reader.peek() {
        let Some(headers_left) = budget.headers.checked_sub(1) else {
            values.note(Kind::HeadersOverLimit, None, reader.offset(), || {
                format!("more than {}", budget.limits.headers)
            });
            block.over_limit = true;
            block.push(octets(&mut reader, usize::MAX));
            break;
        };
        budget.headers = headers_left;
        let header = match first {
            0x80.. => well_known(&mut reader, &mut values),
            0x21..=0x7e => application_header(&mut reader, &mut values),
            _ => stray(&mut reader, &mut values),
        };
        values.learn(&header);
        let begins_body = header.field() == Some(Field::CONTENT_TYPE) && header.complete;
        block.push(header);
        if begins_body {
            block.body_offset = Some(reader.offset());
            break;
        }
    }
    block
}

/// The octets between two places of one buffer.
fn between<'a>(start: &Reader<'a>, end: &Reader<'a>) -> &'a [u8] {
    let length = end.offset().saturating_sub(start.offset());
    start.rest().get(..length).unwrap_or_default()
}

fn well_known<'a>(reader: &mut Reader<'a>, values: &mut ValueReader<'_>) -> Header<'a> {
    let start = *reader;
    let field = Field(reader.take_up_to(1).first().copied().unwrap_or_default());
    let (value, complete) = values.read(field, reader);
    Header {
        name: HeaderName::Field(field),
        value,
        offset: start.offset(),
        raw: between(&start, reader),
        complete,
    }
}

/// A name and a value as text, each with its NUL (section 7.1, Application-header).
fn application_header<'a>(reader: &mut Reader<'a>, values: &mut ValueReader<'_>) -> Header<'a> {
    let start = *reader;
    let name = wsp::raw_text(reader);
    let complete = name.terminated || values.whole;
    if complete && !is_token(name.octets) {
        *reader = start;
        return stray(reader, values);
    }
    let text = charset::decode(name.octets, None).text;
    let value = match reader.peek() {
        None => {
            if name.terminated && values.whole {
                values.note(
                    Kind::ValueMissing,
                    Some(text.to_string().into()),
                    start.offset(),
                    || "the PDU ends behind the name".into(),
                );
            } else if values.whole {
                values.note(Kind::TextUnterminated, None, start.offset(), || {
                    "a header's name".into()
                });
            }
            return Header {
                name: HeaderName::Text(text),
                value: HeaderValue::Octets(&[]),
                offset: start.offset(),
                raw: between(&start, reader),
                complete: false,
            };
        }
        Some(_) => values.application_value(&text, reader),
    };
    Header {
        name: HeaderName::Text(text),
        value: value.0,
        offset: start.offset(),
        raw: between(&start, reader),
        complete: value.1,
    }
}

/// Whether the octets can be a header's name (RFC 9110 section 5.6.2); a colon behind it is let pass.
fn is_token(name: &[u8]) -> bool {
    let name = name.strip_suffix(b":").unwrap_or(name);
    let token = |octet: &u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(octet);
    !name.is_empty() && name.len() <= MAX_NAME && name.iter().all(token)
}

/// Octets up to the next one that is a known field: nothing that can be understood.
fn stray<'a>(reader: &mut Reader<'a>, values: &mut ValueReader<'_>) -> Header<'a> {
    let is_field = |octet: &u8| Field(*octet).name().is_some();
    let rest = reader.rest();
    let length = rest.iter().position(is_field).unwrap_or(rest.len()).max(1);
    let header = octets(reader, length);
    let blank = |octet: &u8| matches!(octet, 0 | b'\t' | b'\r' | b'\n' | b' ');
    let kind = if reader.is_empty() && header.raw.iter().all(blank) {
        Kind::TrailingOctets
    } else {
        Kind::UnexpectedOctets
    };
    values.note(kind, None, header.offset, || {
        format!("{} octets", header.raw.len())
    });
    header
}

fn octets<'a>(reader: &mut Reader<'a>, length: usize) -> Header<'a> {
    let offset = reader.offset();
    let raw = reader.take_up_to(length);
    Header {
        name: HeaderName::None,
        value: HeaderValue::Octets(raw),
        offset,
        raw,
        complete: true,
    }
}

/// Notes headers that stand where they should not, or once too often.
pub(super) fn check_order(block: &HeaderBlock<'_>, notes: &mut Notes) {
    let place = |field| {
        block
            .headers
            .iter()
            .position(|header| header.field() == Some(field))
    };
    let type_place = place(Field::MESSAGE_TYPE);
    if let Some(found) = type_place.filter(|found| *found > 0) {
        let offset = block.headers.get(found).map_or(0, |header| header.offset);
        let name = Some(field_name(Field::MESSAGE_TYPE));
        notes.note(Kind::MessageTypeNotFirst, name, offset, || {
            format!("it is header {}", found + 1)
        });
    }
    let mut expected = usize::from(type_place.is_some());
    for field in [Field::TRANSACTION_ID, Field::MMS_VERSION] {
        let Some(found) = place(field) else { continue };
        if found != expected {
            let offset = block.headers.get(found).map_or(0, |header| header.offset);
            notes.note(Kind::HeaderOrder, Some(field_name(field)), offset, || {
                format!("it is header {}, not {}", found + 1, expected + 1)
            });
        }
        expected += 1;
    }
}

/// Notes headers that occur again though they may occur once. One pass over the headers.
pub(super) fn check_repetition(
    block: &HeaderBlock<'_>,
    message_type: Option<MessageType>,
    notes: &mut Notes,
) {
    let mut seen = [false; 256];
    for header in &block.headers {
        let Some(field) = header.field() else { continue };
        let Some(seen) = seen.get_mut(usize::from(field.0)) else {
            continue;
        };
        if *seen && field.name().is_some() && !field.repeats_in(message_type) {
            notes.note(
                Kind::RepeatedHeader,
                Some(field_name(field)),
                header.offset,
                String::new,
            );
        }
        *seen = true;
    }
}

/// The PDU type that the block names first.
pub(super) fn message_type(block: &HeaderBlock<'_>) -> Option<MessageType> {
    match block.first(Field::MESSAGE_TYPE)? {
        HeaderValue::MessageType(message_type) => Some(*message_type),
        _ => None,
    }
}

/// The name of what was being read where the octets end.
pub(super) fn name_at_end(block: &HeaderBlock<'_>) -> Option<Cow<'static, str>> {
    let last = block.headers.last().filter(|header| !header.complete)?;
    last.display_name().map(|name| Cow::Owned(name.into_owned()))
}
