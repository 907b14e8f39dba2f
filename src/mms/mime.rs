//! The parts of a textual multipart (RFC 2046 section 5.1), their transfer codings undone.

use super::part::Part;
use crate::codec::{
    ContentType,
    mime::{BodyPart, name_and_value},
    transfer,
    wsp_headers::{WspHeader, WspHeaderValue},
};

/// The part that a body part is, in a multipart that starts `base` octets from the start of the PDU.
pub(super) fn part<'a>(body: &BodyPart<'a>, base: usize) -> Part<'a> {
    let offset = base.saturating_add(body.start);
    let mut part = Part {
        offset,
        lead: body.delimiter,
        gap: body.gap,
        content_type: ContentType::bare("text/plain"),
        data: body.content,
        ..Part::default()
    };
    let mut at = offset.saturating_add(body.delimiter.len());
    for field in &body.fields {
        read_field(&mut part, field, at);
        at = at.saturating_add(field.len());
    }
    part.data_offset = at.saturating_add(body.gap.len());
    part.plain = undo_transfer_coding(body);
    part
}

fn read_field<'a>(part: &mut Part<'a>, field: &'a [u8], offset: usize) {
    let (name, value) = name_and_value(field);
    let value = match name.to_ascii_lowercase().as_str() {
        "content-type" => {
            part.content_type = ContentType::from_mime(&value);
            WspHeaderValue::Text(value)
        }
        "content-disposition" => WspHeaderValue::Disposition(ContentType::from_mime(&value)),
        _ => WspHeaderValue::Text(value),
    };
    part.headers.push(WspHeader {
        name,
        code: None,
        value,
        offset,
        raw: field,
        well_formed: true,
    });
}

fn undo_transfer_coding(body: &BodyPart<'_>) -> Option<Vec<u8>> {
    let coding = body.field(&["Content-Transfer-Encoding"])?;
    match coding.trim().to_ascii_lowercase().as_str() {
        "base64" => Some(transfer::base64(body.content)),
        "quoted-printable" => Some(transfer::quoted_printable(body.content)),
        _ => None,
    }
}
