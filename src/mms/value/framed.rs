//! Values behind a length: which end of them is right, and what is in them (OMA-TS-MMS_ENC section 7.3).

use crate::codec::{
    ContentType, Reader,
    wsp::{self, Framed},
};

use super::{INSERT_ADDRESS_TOKEN, ValueReader};
use crate::mms::{
    Coded, Codes, Coding, Field, FromValue, HeaderValue, MessageType, TimeValue,
    anomaly::PduAnomalyKind as Kind,
};

/// How far behind a length that is too short the text's NUL is looked for, in octets.
const MAX_LENGTH_ERROR: usize = 256;

const ABSOLUTE_TOKEN: u8 = 0x80;
const RELATIVE_TOKEN: u8 = 0x81;
pub(super) const ADDRESS_PRESENT_TOKEN: u8 = 0x80;
/// The one well-known parameter of an element descriptor (section 7.3.18): the element's media type.
const ELEMENT_TYPE_PARAMETER: u8 = 0x82;

impl ValueReader<'_> {
    /// A value behind a length. Where the length is not that of the content, what follows decides which is right.
    pub(super) fn framed_value<'a>(
        &mut self,
        framed: Framed<'a>,
        before: Reader<'a>,
        reader: &mut Reader<'a>,
    ) -> HeaderValue<'a> {
        if self.field.coding().is_none() {
            self.anomaly(Kind::UnknownHeader, before.offset(), || {
                format!("{} octets", framed.payload.len())
            });
            return HeaderValue::Octets(framed.payload);
        }
        let mark = (
            self.notes.anomalies.len(),
            self.notes.uncounted,
            self.notes.malformed,
        );
        let mut inner = framed.reader();
        self.unterminated = false;
        let Some(value) = self.framed_content(&mut inner) else {
            return self.undecodable(framed.payload, framed.offset);
        };
        if let Some(longer) = self.longer_frame(&framed, &before, reader) {
            self.notes.anomalies.truncate(mark.0);
            (self.notes.uncounted, self.notes.malformed) = (mark.1, mark.2);
            self.anomaly(Kind::ValueLengthWrong, before.offset(), || {
                format!(
                    "{} octets announced, {} there",
                    framed.declared,
                    longer.payload.len()
                )
            });
            reader.take_up_to(longer.payload.len().saturating_sub(framed.payload.len()));
            self.unterminated = false;
            return match self.framed_content(&mut longer.reader()) {
                Some(value) => value,
                None => self.undecodable(longer.payload, longer.offset),
            };
        }
        self.settle_end(&framed, &inner, before, reader);
        value
    }

    /// The frame with the rest of its text, where the text's NUL lies a little behind the frame and a header or
    /// the end follows it.
    fn longer_frame<'a>(
        &self,
        framed: &Framed<'a>,
        before: &Reader<'a>,
        reader: &Reader<'a>,
    ) -> Option<Framed<'a>> {
        if !self.unterminated || !framed.is_whole() || reader.peek()? >= 0x80 {
            return None;
        }
        let behind = reader.rest();
        let window = behind.get(..MAX_LENGTH_ERROR).unwrap_or(behind);
        let text = window.iter().position(|&octet| octet == 0)?;
        let next = behind.get(text.checked_add(1)?);
        let begins_header = next.is_none_or(|octet| Field(*octet).name().is_some());
        let printable = behind.get(..text)?.iter().all(|&octet| octet >= 0x20);
        let length = framed.payload.len().checked_add(text)?.checked_add(1)?;
        let start = framed.offset.checked_sub(before.offset())?;
        let payload = before.rest().get(start..)?.get(..length)?;
        (begins_header && printable).then_some(Framed {
            declared: framed.declared,
            payload,
            offset: framed.offset,
        })
    }

    /// Notes what is left in a frame behind its content, and goes back to where the content ended if the frame's
    /// end is no place where a header can begin and the content's is.
    fn settle_end<'a>(
        &mut self,
        framed: &Framed<'a>,
        inner: &Reader<'a>,
        before: Reader<'a>,
        reader: &mut Reader<'a>,
    ) {
        let left = inner.rest();
        let Some(first) = left.first() else {
            if self.unterminated && framed.is_whole() {
                self.anomaly(Kind::TextUnterminatedInValue, framed.offset, String::new);
            }
            return;
        };
        let header_at_content_end = Field(*first).name().is_some();
        let header_at_frame_end = framed.is_whole() && reader.peek().is_none_or(|octet| octet >= 0x80);
        if header_at_content_end && !header_at_frame_end {
            if framed.is_whole() {
                self.anomaly(Kind::ValueLengthWrong, before.offset(), || {
                    let there = framed.payload.len().saturating_sub(left.len());
                    format!("{} octets announced, {there} there", framed.declared)
                });
            }
            *reader = before;
            reader.take_up_to(inner.offset().saturating_sub(before.offset()));
        } else {
            self.anomaly(Kind::TrailingOctetsInValue, inner.offset(), || {
                format!("{} octets", left.len())
            });
        }
    }

    /// What is in a frame. None where it cannot be understood.
    fn framed_content<'a>(&mut self, inner: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        let offset = inner.offset();
        Some(match self.field.coding()? {
            Coding::EncodedString if self.field == Field::RESPONSE_TEXT => return self.response_text(inner),
            Coding::EncodedString => HeaderValue::Text(self.charset_and_text(inner)?),
            Coding::Text | Coding::CodedOrToken(_) => {
                self.other_form(offset, "an Encoded-string");
                HeaderValue::Text(self.charset_and_text(inner)?)
            }
            Coding::Uri => return self.uri_entry(inner),
            Coding::Coded(codes) => return self.coded_entry(codes, inner),
            coding @ (Coding::LongInteger | Coding::Integer | Coding::Date) => {
                let number = wsp::big_endian(inner.take_up_to(usize::MAX))?;
                self.number(coding, number)
            }
            Coding::Time => return time(inner),
            Coding::From => return self.from(inner),
            Coding::PreviouslySentBy => HeaderValue::PreviouslySentBy {
                count: number(inner)?,
                address: Box::new(self.encoded_string(inner)?),
            },
            Coding::PreviouslySentDate => HeaderValue::PreviouslySentDate {
                count: number(inner)?,
                date: number(inner)?,
            },
            Coding::Flags => HeaderValue::Flags {
                token: self.token(Codes::FlagsToken, inner)?,
                keyword: Box::new(self.encoded_string(inner)?),
            },
            Coding::Amount => HeaderValue::Amount {
                token: self.token(Codes::AmountToken, inner)?,
                count: number(inner)?,
            },
            Coding::ElementDescriptor => self.element(inner),
            Coding::MessageType | Coding::Version | Coding::Attribute => {
                self.other_form(offset, "an octet with a length");
                let before = *inner;
                let octet = inner.u8("octet").ok()?;
                self.octet_value(octet, before)
            }
            Coding::NameOnly => HeaderValue::Octets(inner.take_up_to(usize::MAX)),
            Coding::ContentType => return None,
        })
    }

    fn token(&mut self, codes: Codes, inner: &mut Reader<'_>) -> Option<Coded> {
        let offset = inner.offset();
        let code = inner.u8("token").ok()?;
        Some(self.coded(codes, code, offset))
    }

    /// From-value: a token, and an address if it says so (section 7.3.21).
    fn from<'a>(&mut self, inner: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        let offset = inner.offset();
        let value = match inner.peek()? {
            INSERT_ADDRESS_TOKEN => {
                inner.take_up_to(1);
                FromValue::InsertAddress
            }
            ADDRESS_PRESENT_TOKEN => {
                inner.take_up_to(1);
                FromValue::Address(self.encoded_string(inner)?)
            }
            _ => {
                self.other_form(offset, "an address without a token");
                FromValue::Address(self.encoded_string(inner)?)
            }
        };
        Some(HeaderValue::From(value))
    }

    /// A URI with the number of its entry, as delete-conf PDUs have it (section 7.3.10).
    fn uri_entry<'a>(&mut self, inner: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        let offset = inner.offset();
        if matches!(inner.peek()?, 0x20..=0x7f) {
            self.other_form(offset, "a length before the URI");
            return Some(HeaderValue::Text(self.text_in_frame(inner)));
        }
        let index = number(inner)?;
        let value = Box::new(HeaderValue::Text(self.text_in_frame(inner)));
        Some(HeaderValue::Entry { index, value })
    }

    /// A status with the number of its entry, as delete-conf PDUs have it (section 7.3.48).
    fn coded_entry<'a>(&mut self, codes: Codes, inner: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        let offset = inner.offset();
        if let [octet] = inner.rest() {
            inner.take_up_to(1);
            self.other_form(offset, "an octet with a length");
            return Some(HeaderValue::Coded(self.coded(codes, *octet, offset)));
        }
        let index = number(inner)?;
        let value = Box::new(HeaderValue::Coded(self.token(codes, inner)?));
        Some(HeaderValue::Entry { index, value })
    }

    /// X-Mms-Response-Text, which in delete-conf PDUs has the number of its entry from MMS 1.3 on, and a
    /// character set before: told apart by whether there was such an entry.
    fn response_text<'a>(&mut self, inner: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        let deletes = matches!(
            self.message_type,
            Some(MessageType::MBOX_DELETE_CONF | MessageType::DELETE_CONF)
        );
        let mut ahead = *inner;
        let index = number(&mut ahead).filter(|index| *index <= self.entries);
        match index {
            Some(index) if deletes && !matches!(inner.peek(), Some(0x20..=0x7f)) => {
                *inner = ahead;
                let value = Box::new(HeaderValue::Text(self.encoded_string(inner)?));
                Some(HeaderValue::Entry { index, value })
            }
            _ => Some(HeaderValue::Text(self.charset_and_text(inner)?)),
        }
    }

    /// X-Mms-Element-Descriptor: a content reference and parameters (section 7.3.18).
    fn element<'a>(&mut self, inner: &mut Reader<'a>) -> HeaderValue<'a> {
        let reference = self.text_in_frame(inner);
        let mut parameters = ContentType::bare("");
        while let Some(first) = inner.peek() {
            let read = match first {
                ELEMENT_TYPE_PARAMETER => parameters.read_media_parameter("type", inner),
                _ => parameters.read_parameter(inner),
            };
            if !read {
                break;
            }
        }
        self.content_type_problems(&parameters.problems, false);
        HeaderValue::Element {
            reference: Box::new(reference),
            parameters: Box::new(parameters),
        }
    }
}

pub(super) fn number(reader: &mut Reader<'_>) -> Option<u64> {
    wsp::integer(reader, "number").ok()
}

/// A token, and a date or a number of seconds (section 7.3.20).
fn time<'a>(inner: &mut Reader<'_>) -> Option<HeaderValue<'a>> {
    let token = inner.u8("time token").ok()?;
    let seconds = number(inner)?;
    Some(HeaderValue::Time(match token {
        ABSOLUTE_TOKEN => TimeValue::Absolute(seconds),
        RELATIVE_TOKEN => TimeValue::Relative(seconds),
        _ => return None,
    }))
}
