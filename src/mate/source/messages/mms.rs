//! Fields of MMS PDUs, which are told by their decoder, and those of the parts in them, which Wireshark files under WSP.

use crate::codec::ContentType;
use crate::codec::wsp_headers::{WspHeaderValue, code};
use crate::mate::catalogue::{FieldForm, FieldId};
use crate::mate::source::text::{Date, Seconds};
use crate::mate::source::writer::{Fields, Place, Writer};
use crate::mms::{
    Content, Decoded, Header, HeaderValue, Limits, MessageType, Part, decode_within, tell_fields,
};
use crate::model::{FieldSink, FieldValue, Protocol, ProtocolField, Timestamp};

/// What a body holds is looked at for these.
pub(super) const PROTOCOLS: &[FieldId] = &[FieldId::MMSE, FieldId::WSP];

/// Whether a body may be an MMS PDU, by its media type in lower case or by its first octets.
pub(super) fn may_be_mms(media: Option<&str>, octets: &[u8]) -> bool {
    crate::session::wsp::may_be_mms(media, octets)
}

/// A PDU.
pub(super) fn pdu(octets: &[u8], whole: bool, limits: Limits, place: Place, writer: &mut Writer<'_>) {
    let fields = writer.layer(FieldId::MMSE, place, None);
    let wanted = fields.writer.wanted;
    if octets.is_empty() || !wanted.has_any_of(PROTOCOLS) {
        return;
    }
    let decoded = decode_within(octets, whole, limits);
    let mut told = Told {
        fields,
        has_begun: false,
        is_nested: false,
        has_version: false,
        is_mailbox_deletion: decoded.message_type == Some(MessageType::MBOX_DELETE_CONF),
    };
    tell_fields(&decoded, &mut told);
    parts(&decoded, &mut told.fields);
}

/// Takes the fields that the decoder tells.
struct Told<'w, 'a> {
    fields: Fields<'w, 'a>,
    /// Whether the layer was told, and whether another one behind it.
    has_begun: bool,
    is_nested: bool,
    /// Whether a version was told.
    has_version: bool,
    is_mailbox_deletion: bool,
}

impl FieldSink for Told<'_, '_> {
    fn wants(&self, protocol: Protocol) -> bool {
        protocol == Protocol::Mmse
    }

    fn field(&mut self, field: &ProtocolField<'_>) {
        if field.name == Protocol::Mmse.name() {
            // The layer itself is there already. Behind it may come those of PDUs in its parts, which Wireshark does not open.
            self.is_nested = std::mem::replace(&mut self.has_begun, true);
            return;
        }
        if self.is_nested {
            return;
        }
        let Some(id) = FieldId::named(field.name).filter(|id| !id.is_protocol()) else {
            return;
        };
        self.has_version |= id == FieldId::MMSE_MMS_VERSION;
        let id = match id {
            // Wireshark has another field for this header where no version stands before it.
            FieldId::MMSE_READ_REPORT if !self.has_version => FieldId::MMSE_READ_REPLY,
            // Of this PDU it takes the length in front of the value for the value.
            FieldId::MMSE_RESPONSE_STATUS if self.is_mailbox_deletion => {
                let first = field.octets.get(1).copied().unwrap_or_default();
                return self.fields.number(id, field.offset, field.octets.len(), first);
            }
            // Of this PDU it shows these headers under one name, and not their values.
            FieldId::MMSE_CONTENT_LOCATION | FieldId::MMSE_RESPONSE_TEXT | FieldId::MMSE_RETRIEVE_TEXT
                if self.is_mailbox_deletion =>
            {
                let (start, length) = (field.offset, field.octets.len());
                let shown = "<Undecoded value for m-mbox-delete-conf>";
                return self
                    .fields
                    .show(FieldId::MMSE_CONTENT_LOCATION, start, length, shown);
            }
            id => id,
        };
        show(&mut self.fields, id, field);
    }
}

fn show(fields: &mut Fields<'_, '_>, id: FieldId, field: &ProtocolField<'_>) {
    let (start, length) = (field.offset, field.octets.len());
    match &field.value {
        FieldValue::Nothing => fields.nothing(id, start, length),
        FieldValue::Number(number) => fields.number(id, start, length, *number),
        FieldValue::Text(text) => fields.show(id, start, length, text),
        FieldValue::Octets(octets) => {
            let shown = crate::mate::source::text::Octets(octets);
            fields.show(id, start, length, shown);
        }
        FieldValue::Time(seconds) if id.form() != FieldForm::Dec => {
            fields.show(
                id,
                start,
                length,
                Date(Timestamp::from_seconds(whole_seconds(*seconds))),
            );
        }
        FieldValue::Duration(seconds) if id.form() == FieldForm::Seconds => {
            let span = whole_seconds(*seconds).saturating_mul(Timestamp::SECOND);
            fields.show(id, start, length, Seconds(span));
        }
        FieldValue::Time(seconds) | FieldValue::Duration(seconds) => {
            fields.number(id, start, length, *seconds)
        }
    }
}

fn whole_seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// The media type of the body, and its parts with theirs.
fn parts(decoded: &Decoded<'_>, fields: &mut Fields<'_, '_>) {
    let Some(body) = &decoded.body else { return };
    let mut headers = decoded.headers.headers.iter();
    let is_type = |header: &&Header<'_>| matches!(header.value, HeaderValue::ContentType(_));
    if let Some(header) = headers.find(is_type) {
        let octets = header.raw.get(1..).unwrap_or_default();
        media_type(&body.content_type, header.offset + 1, octets, fields);
    }
    if let Content::Multipart(multipart) = &body.content {
        for (number, part) in (1_u64..).zip(&multipart.parts) {
            one_part(number, part, fields);
        }
    }
}

fn one_part(number: u64, part: &Part<'_>, fields: &mut Fields<'_, '_>) {
    let headers: usize = part.headers.iter().map(|header| header.raw.len()).sum();
    let type_at = part.offset + part.lead.len();
    let length = (part.data_offset + part.data.len()).saturating_sub(part.offset);
    fields.number(FieldId::WSP_MULTIPART, part.offset, length, number);
    media_type(&part.content_type, type_at, part.content_type_raw, fields);
    fields.nothing(
        FieldId::WSP_HEADERS,
        type_at + part.content_type_raw.len(),
        headers,
    );
    for header in &part.headers {
        let length = header.raw.len();
        if let Some(code) = header.code {
            fields.number(FieldId::WSP_HEADER_NAME_VALUE, header.offset, 1, code);
        }
        if let (Some(code::CONTENT_LOCATION), WspHeaderValue::Text(text)) = (header.code, &header.value) {
            fields.show(FieldId::WSP_HEADER_CONTENT_LOCATION, header.offset, length, text);
        }
    }
}

/// A media type. Wireshark takes its first octet for the code of a header.
fn media_type(media_type: &ContentType<'_>, at: usize, octets: &[u8], fields: &mut Fields<'_, '_>) {
    let Some(first) = octets.first() else { return };
    fields.number(FieldId::WSP_HEADER_NAME_VALUE, at, 1, first & 0x7f);
    let media = &media_type.media;
    if !media.is_empty() {
        fields.show(FieldId::WSP_HEADER_CONTENT_TYPE, at, octets.len(), media);
    }
}
