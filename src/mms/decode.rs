//! From octets to a decoded PDU: headers, what they lack, body.

use crate::codec::Reader;

use super::{
    Decoded, Field, HeaderBlock, HeaderName, HeaderValue, Limits, MessageType,
    anomaly::{Notes, PduAnomalyKind as Kind},
    block,
    body::BodyReader,
    limits::Budget,
    profile,
};

/// Decodes one PDU, whatever its octets. `whole` says whether all its octets are there: of a PDU that is cut
/// short, what lies before the cut is decoded, and nothing behind it is said to be wrong.
///
/// Time is linear in the number of octets. Content is borrowed, never copied, but for parts of textual multiparts
/// that have a transfer coding.
pub fn decode(bytes: &[u8], whole: bool) -> Decoded<'_> {
    decode_within(bytes, whole, Limits::default())
}

/// As [`decode`], with other limits.
pub fn decode_within(bytes: &[u8], whole: bool, limits: Limits) -> Decoded<'_> {
    nested(Reader::new(bytes), whole, 0, &mut Budget::of(limits))
}

/// Decodes a PDU in a part of another, or a bare one.
pub(super) fn nested<'a>(reader: Reader<'a>, whole: bool, depth: usize, budget: &mut Budget) -> Decoded<'a> {
    let mut notes = Notes::up_to(budget.limits.anomalies);
    let headers = block::read(reader, whole, budget, &mut notes);
    let message_type = block::message_type(&headers);
    check(&headers, reader, message_type, whole, &mut notes);
    let body = content_type(&headers).map(|(content_type, offset)| {
        let mut data = reader;
        data.take_up_to(offset.saturating_sub(reader.offset()));
        let mut body_reader = BodyReader {
            notes: &mut notes,
            budget,
        };
        body_reader.read(content_type, data, whole, depth)
    });
    if let Some(body) = body.as_ref().filter(|body| whole && lacks_start_part(body)) {
        notes.note(
            Kind::StartPartMissing,
            Some("Content-Type".into()),
            body.offset,
            || {
                body.content_type
                    .text_parameter("start")
                    .unwrap_or_default()
                    .to_owned()
            },
        );
    }
    Decoded {
        message_type,
        headers,
        body,
        bytes: reader.rest(),
        offset: reader.offset(),
        complete: whole,
        malformed: notes.malformed,
        anomalies: notes.anomalies,
        more_anomalies: notes.uncounted,
    }
}

fn lacks_start_part(body: &super::Part<'_>) -> bool {
    body.content_type.text_parameter("start").is_some()
        && !body.parts().is_empty()
        && body.start_part().is_none()
}

/// The content type and where the body starts.
fn content_type<'a>(headers: &HeaderBlock<'a>) -> Option<(crate::codec::ContentType<'a>, usize)> {
    let offset = headers.body_offset?;
    match headers.headers.last().map(|header| (&header.name, &header.value)) {
        Some((HeaderName::Field(Field::CONTENT_TYPE), HeaderValue::ContentType(content_type))) => {
            Some((content_type.as_ref().clone(), offset))
        }
        _ => None,
    }
}

fn check(
    headers: &HeaderBlock<'_>,
    reader: Reader<'_>,
    message_type: Option<MessageType>,
    whole: bool,
    notes: &mut Notes,
) {
    let end = reader.offset().saturating_add(reader.remaining());
    if !whole {
        notes.note(Kind::PduCutShort, block::name_at_end(headers), end, || {
            format!("{} octets are here", reader.remaining())
        });
    } else if reader.is_empty() {
        notes.note(Kind::EmptyPdu, None, end, String::new);
        return;
    }
    block::check_order(headers, notes);
    block::check_repetition(headers, message_type, notes);
    match message_type {
        Some(message_type) => {
            let headers_whole = (whole || headers.body_offset.is_some()) && !headers.over_limit;
            profile::check(headers, message_type, headers_whole, notes);
        }
        None if whole => notes.note(Kind::MessageTypeMissing, None, reader.offset(), String::new),
        None => {}
    }
}
