//! Fields of the head of a mail (RFC 5322).

use super::lines::{fields, unfolded};
use crate::mate::catalogue::FieldId;
use crate::mate::source::text::Text;
use crate::mate::source::writer::{Place, Writer, offset_in};

/// Names of fields.
const TEXTS: [(&str, FieldId); 6] = [
    ("From", FieldId::IMF_FROM),
    ("To", FieldId::IMF_TO),
    ("Subject", FieldId::IMF_SUBJECT),
    ("Message-ID", FieldId::IMF_MESSAGE_ID),
    ("Date", FieldId::IMF_DATE),
    ("Content-Type", FieldId::IMF_CONTENT_TYPE),
];

/// A mail.
pub(super) fn mail(octets: &[u8], place: Place, writer: &mut Writer<'_>) {
    let mut told = writer.layer(FieldId::IMF, place, None);
    for line in fields(octets, 0) {
        if let Some((_, field)) = TEXTS.iter().find(|(name, _)| line.is(name)) {
            let value = unfolded(line.value);
            let before = offset_in(line.octets, line.value).unwrap_or(0);
            let length = line.value.len();
            told.show(*field, line.offset + before, length, Text(&value));
        }
    }
}
