//! Fields of WSP PDUs (WAP-230 section 8.2) and the headers in them.

use super::mms;
use crate::codec::Reader;
use crate::codec::wsp_headers::DEFAULT_PAGE;
use crate::mate::catalogue::FieldId;
use crate::mate::source::writer::{Fields, Place, Writer};
use crate::mms::Limits;
use crate::session::wsp::{HeaderName, Headers, MediaType, WspError, length, uintvar};

/// PDU types (WAP-230 table 34).
mod kind {
    pub(super) const CONNECT: u8 = 0x01;
    pub(super) const CONNECT_REPLY: u8 = 0x02;
    pub(super) const REPLY: u8 = 0x04;
    pub(super) const DISCONNECT: u8 = 0x05;
    pub(super) const PUSH: u8 = 0x06;
    pub(super) const CONFIRMED_PUSH: u8 = 0x07;
    pub(super) const SUSPEND: u8 = 0x08;
    pub(super) const RESUME: u8 = 0x09;
}

/// A PDU in connectionless use: a transaction id precedes it.
pub(super) fn connectionless(octets: &[u8], place: Place, writer: &mut Writer<'_>, limits: Limits) {
    if let Some(transaction) = octets.first() {
        let mut fields = writer.layer(FieldId::WSP, place, None);
        fields.number(FieldId::WSP_TID, 0, 1, *transaction);
        finish(
            Reader::with_base(octets.get(1..).unwrap_or_default(), 1),
            fields,
            place,
            limits,
        );
    }
}

/// A PDU over WTP.
pub(super) fn pdu(octets: &[u8], place: Place, writer: &mut Writer<'_>, limits: Limits) {
    if !octets.is_empty() {
        let fields = writer.layer(FieldId::WSP, place, None);
        finish(Reader::new(octets), fields, place, limits);
    }
}

/// Reads a PDU from its type on, and the MMS PDU that it carries.
fn finish(reader: Reader<'_>, fields: Fields<'_, '_>, place: Place, limits: Limits) {
    let layer = fields.layer;
    let mut reading = Reading { reader, fields };
    // What is cut or damaged has told what it has.
    let Ok(Some(entity)) = reading.pdu() else { return };
    let rest = reading.reader.rest();
    if mms::may_be_mms(entity.media.as_deref(), rest) && !rest.is_empty() {
        let place = place.behind(reading.reader.offset()).above(layer);
        mms::pdu(rest, true, limits, place, reading.fields.writer);
    }
}

/// What a PDU carries lies behind what was read.
struct Entity {
    /// The media type in lower case.
    media: Option<String>,
}

struct Reading<'r, 'w, 'a> {
    reader: Reader<'r>,
    fields: Fields<'w, 'a>,
}

impl<'r> Reading<'r, '_, '_> {
    fn pdu(&mut self) -> Result<Option<Entity>, WspError> {
        let at = self.reader.offset();
        let code = self.reader.u8("PDU type")?;
        self.fields.number(FieldId::WSP_PDU_TYPE, at, 1, code);
        match code {
            kind::CONNECT => {
                let at = self.reader.offset();
                let version = self.reader.u8("version")?;
                self.fields
                    .number(FieldId::WSP_VERSION_MAJOR, at, 1, version >> 4);
                self.fields
                    .number(FieldId::WSP_VERSION_MINOR, at, 1, version & 0x0f);
                self.negotiation()
            }
            kind::CONNECT_REPLY => {
                self.session()?;
                self.negotiation()
            }
            kind::DISCONNECT | kind::SUSPEND => self.session().map(|()| None),
            kind::RESUME => {
                self.session()?;
                let capabilities = self.count(FieldId::WSP_CAPABILITIES_LENGTH, "capabilities length")?;
                self.reader.take_up_to(capabilities);
                let headers = self.reader.remaining();
                self.headers(headers);
                Ok(None)
            }
            0x40..=0x5f => {
                let uri = self.count(FieldId::WSP_URI_LENGTH, "URI length")?;
                self.uri(uri);
                let headers = self.reader.remaining();
                self.headers(headers);
                Ok(None)
            }
            0x60..=0x7f => {
                let uri = self.count(FieldId::WSP_URI_LENGTH, "URI length")?;
                let headers = self.count(FieldId::WSP_HEADERS_LENGTH, "headers length")?;
                self.uri(uri);
                self.entity(headers).map(Some)
            }
            kind::REPLY => {
                let at = self.reader.offset();
                let status = self.reader.u8("status")?;
                self.fields.number(FieldId::WSP_REPLY_STATUS, at, 1, status);
                let headers = self.count(FieldId::WSP_HEADERS_LENGTH, "headers length")?;
                self.entity(headers).map(Some)
            }
            kind::PUSH | kind::CONFIRMED_PUSH => {
                let headers = self.count(FieldId::WSP_HEADERS_LENGTH, "headers length")?;
                self.entity(headers).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn session(&mut self) -> Result<(), WspError> {
        let at = self.reader.offset();
        let session = uintvar(&mut self.reader, "session id")?;
        let length = self.reader.offset() - at;
        self.fields
            .number(FieldId::WSP_SERVER_SESSION_ID, at, length, session);
        Ok(())
    }

    /// A uintvar that counts octets.
    fn count(&mut self, field: FieldId, name: &'static str) -> Result<usize, WspError> {
        let at = self.reader.offset();
        let count = length(&mut self.reader, name)?;
        let length = self.reader.offset() - at;
        self.fields.show(field, at, length, count);
        Ok(count)
    }

    /// Capabilities and headers of those that open a session.
    fn negotiation(&mut self) -> Result<Option<Entity>, WspError> {
        let capabilities = self.count(FieldId::WSP_CAPABILITIES_LENGTH, "capabilities length")?;
        let headers = self.count(FieldId::WSP_HEADERS_LENGTH, "headers length")?;
        self.reader.take_up_to(capabilities);
        self.headers(headers);
        Ok(None)
    }

    fn uri(&mut self, length: usize) {
        let at = self.reader.offset();
        let uri = self.reader.take_up_to(length);
        self.fields.text(FieldId::WSP_URI, at, uri);
    }

    /// A media type, and headers behind it, in the next octets.
    fn entity(&mut self, headers: usize) -> Result<Entity, WspError> {
        let at = self.reader.offset();
        let block = self.reader.take_up_to(headers);
        let mut media = Reader::with_base(block, at);
        let Some(first) = media.peek() else {
            return Ok(Entity { media: None });
        };
        let read = MediaType::read(&mut media)?;
        let length = media.offset() - at;
        let essence = read.essence().map(|essence| essence.into_owned());
        // Wireshark takes the first octet of the value for the code of a header.
        self.fields
            .number(FieldId::WSP_HEADER_NAME_VALUE, at, 1, first & 0x7f);
        if let Some(essence) = &essence {
            self.fields
                .show(FieldId::WSP_HEADER_CONTENT_TYPE, at, length, essence);
        }
        self.block(media);
        Ok(Entity { media: essence })
    }

    /// Headers in the next octets.
    fn headers(&mut self, length: usize) {
        let at = self.reader.offset();
        let block = self.reader.take_up_to(length);
        self.block(Reader::with_base(block, at));
    }

    fn block(&mut self, block: Reader<'r>) {
        if block.is_empty() {
            return;
        }
        self.fields
            .nothing(FieldId::WSP_HEADERS, block.offset(), block.remaining());
        let end = block.offset() + block.remaining();
        let mut headers = Headers::new(block).map_while(Result::ok).peekable();
        while let Some(header) = headers.next() {
            let HeaderName::Code {
                page: DEFAULT_PAGE,
                code,
            } = header.name
            else {
                continue;
            };
            let next = headers.peek().map_or(end, |next| next.offset);
            let length = next.saturating_sub(header.offset);
            self.fields
                .number(FieldId::WSP_HEADER_NAME_VALUE, header.offset, 1, code);
            if let Some(field) = header_field(code).filter(|field| self.fields.writer.wants(*field)) {
                // Of Accept Wireshark takes the value's octets alone.
                let skipped = usize::from(field == FieldId::WSP_HEADER_ACCEPT);
                let (at, length) = (header.offset + skipped, length.saturating_sub(skipped));
                self.fields.show(field, at, length, header.printable());
            }
        }
    }
}

/// The field of a header of the default page.
const fn header_field(code: u8) -> Option<FieldId> {
    Some(match code {
        0x00 => FieldId::WSP_HEADER_ACCEPT,
        0x0d => FieldId::WSP_HEADER_CONTENT_LENGTH,
        0x0e => FieldId::WSP_HEADER_CONTENT_LOCATION,
        0x11 => FieldId::WSP_HEADER_CONTENT_TYPE,
        0x16 => FieldId::WSP_HEADER_HOST,
        0x29 => FieldId::WSP_HEADER_USER_AGENT,
        0x2f => FieldId::WSP_HEADER_X_WAP_APPLICATION_ID,
        _ => return None,
    })
}
