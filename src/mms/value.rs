//! From octets to values, each field in the coding that it asks for and in those that live senders use instead
//! (OMA-TS-MMS_ENC section 7.3).

use std::borrow::Cow;

use crate::codec::{
    Charset, ContentType, Reader,
    charset::{self, Fault},
    content_type::{Problem, ProblemKind},
    wsp::{self, Framed, RawText, RawValue},
};

use super::{
    Coded, Codes, Coding, Field, FromValue, Header, HeaderValue, MessageType, Text, TimeValue,
    anomaly::{Notes, PduAnomalyKind as Kind},
    header::field_name,
};

/// The longest text that is decoded of one value, in octets. Identifiers, addresses and subjects are far
/// shorter; what is cut off stays in the header's octets.
pub const MAX_TEXT: usize = 8192;

/// How far behind a length that is too short the text's NUL is looked for, in octets.
const MAX_LENGTH_ERROR: usize = 256;

const ABSOLUTE_TOKEN: u8 = 0x80;
const RELATIVE_TOKEN: u8 = 0x81;
const ADDRESS_PRESENT_TOKEN: u8 = 0x80;
const INSERT_ADDRESS_TOKEN: u8 = 0x81;
/// The one well-known parameter of an element descriptor (section 7.3.18): the element's media type.
const ELEMENT_TYPE_PARAMETER: u8 = 0x82;

/// Reads the values of one PDU.
pub(super) struct ValueReader<'n> {
    notes: &'n mut Notes,
    /// Whether the PDU's end is really its end.
    pub(super) whole: bool,
    message_type: Option<MessageType>,
    /// The highest number of an entry so far, in a delete-conf.
    entries: u64,
    /// The field being read.
    field: Field,
    /// Whether a text in the value being read went on to the end of its frame without a NUL.
    unterminated: bool,
}

impl<'n> ValueReader<'n> {
    pub(super) fn new(notes: &'n mut Notes, whole: bool) -> Self {
        Self {
            notes,
            whole,
            message_type: None,
            entries: 0,
            field: Field(0),
            unterminated: false,
        }
    }

    pub(super) fn note(
        &mut self,
        kind: Kind,
        field: Option<Cow<'static, str>>,
        offset: usize,
        detail: impl FnOnce() -> String,
    ) {
        self.notes.note(kind, field, offset, detail);
    }

    /// Takes in what later values depend on.
    pub(super) fn learn(&mut self, header: &Header<'_>) {
        match &header.value {
            HeaderValue::MessageType(message_type) if self.message_type.is_none() => {
                self.message_type = Some(*message_type);
            }
            HeaderValue::Entry { index, .. } => self.entries = self.entries.max(*index),
            _ => {}
        }
    }

    /// Reads a field's value, and says whether all of it is there.
    pub(super) fn read<'a>(&mut self, field: Field, reader: &mut Reader<'a>) -> (HeaderValue<'a>, bool) {
        self.field = field;
        let before = *reader;
        let value = match field.coding() {
            Some(Coding::ContentType) => return self.content_type(reader),
            Some(Coding::EncodedString | Coding::Text | Coding::Uri) => self.unquoted_text(reader),
            _ => None,
        };
        if let Some(value) = value {
            return (value, true);
        }
        match wsp::raw_value(reader) {
            None => {
                if self.whole {
                    self.anomaly(Kind::ValueMissing, before.offset(), || {
                        "the PDU ends behind the name".into()
                    });
                }
                (HeaderValue::Octets(&[]), false)
            }
            Some(raw) if !self.whole && !is_whole(&raw) => (HeaderValue::Octets(before.rest()), false),
            Some(raw) => (self.value(raw, before, reader), true),
        }
    }

    /// The value of an application header, whose coding nobody says.
    pub(super) fn application_value<'a>(
        &mut self,
        name: &str,
        reader: &mut Reader<'a>,
    ) -> (HeaderValue<'a>, bool) {
        let before = *reader;
        let raw = match reader.peek() {
            Some(0) => Some(RawValue::Text(wsp::raw_text(reader))),
            _ => wsp::raw_value(reader),
        };
        let Some(raw) = raw else {
            return (HeaderValue::Octets(&[]), false);
        };
        if !is_whole(&raw) {
            if !self.whole {
                return (HeaderValue::Octets(before.rest()), false);
            }
            let kind = match raw {
                RawValue::Framed(_) => Kind::ValueLengthExceedsPdu,
                _ => Kind::TextUnterminated,
            };
            self.note(kind, Some(name.to_owned().into()), before.offset(), String::new);
        }
        self.field = Field(0);
        let value = match raw {
            RawValue::Text(text) => HeaderValue::Text(self.plain_text(text)),
            RawValue::Octet(_) => HeaderValue::Octets(before.rest().get(..1).unwrap_or_default()),
            RawValue::Framed(framed) => HeaderValue::Octets(framed.payload),
        };
        (value, true)
    }

    fn anomaly(&mut self, kind: Kind, offset: usize, detail: impl FnOnce() -> String) {
        let name = (self.field != Field(0)).then(|| field_name(self.field));
        self.notes.note(kind, name, offset, detail);
    }

    fn value<'a>(
        &mut self,
        raw: RawValue<'a>,
        before: Reader<'a>,
        reader: &mut Reader<'a>,
    ) -> HeaderValue<'a> {
        let offset = before.offset();
        match raw {
            RawValue::Octet(octet) => self.octet_value(octet, before),
            RawValue::Text(text) => {
                if !text.terminated {
                    self.anomaly(Kind::TextUnterminated, text.offset, || {
                        format!("{} octets to the end of the PDU", text.octets.len())
                    });
                }
                self.text_value(text, offset)
            }
            RawValue::Framed(framed) => {
                if !framed.is_whole() {
                    self.anomaly(Kind::ValueLengthExceedsPdu, offset, || {
                        format!(
                            "{} octets announced, {} left",
                            framed.declared,
                            framed.payload.len()
                        )
                    });
                }
                self.framed_value(framed, before, reader)
            }
        }
    }

    fn undecodable<'a>(&mut self, octets: &'a [u8], offset: usize) -> HeaderValue<'a> {
        self.anomaly(Kind::ValueUndecodable, offset, || {
            format!("{} octets", octets.len())
        });
        HeaderValue::Octets(octets)
    }

    fn other_form(&mut self, offset: usize, form: &'static str) {
        self.anomaly(Kind::ValueForm, offset, || form.to_owned());
    }

    fn coded(&mut self, codes: Codes, code: u8, offset: usize) -> Coded {
        let coded = Coded { codes, code };
        if coded.name().is_none() {
            self.anomaly(Kind::UnknownValue, offset, || format!("{code:#04x}"));
        }
        coded
    }

    /// A value of one octet, 80–FF.
    fn octet_value<'a>(&mut self, octet: u8, before: Reader<'a>) -> HeaderValue<'a> {
        let offset = before.offset();
        let octets = before.rest().get(..1).unwrap_or_default();
        let Some(coding) = self.field.coding() else {
            self.anomaly(Kind::UnknownHeader, offset, || format!("value {octet:#04x}"));
            return HeaderValue::Octets(octets);
        };
        match coding {
            Coding::Coded(codes) | Coding::CodedOrToken(codes) => {
                HeaderValue::Coded(self.coded(codes, octet, offset))
            }
            Coding::MessageType => HeaderValue::MessageType(MessageType(octet)),
            Coding::Version => HeaderValue::Version {
                major: (octet >> 4) & 0x07,
                minor: octet & 0x0f,
            },
            Coding::Attribute => HeaderValue::Attribute(Field(octet)),
            Coding::Integer => HeaderValue::Integer(u64::from(octet & 0x7f)),
            Coding::LongInteger | Coding::Date => {
                self.other_form(offset, "Short-integer");
                self.number(coding, u64::from(octet & 0x7f))
            }
            Coding::From if octet == INSERT_ADDRESS_TOKEN => {
                self.other_form(offset, "a token without a length");
                HeaderValue::From(FromValue::InsertAddress)
            }
            Coding::NameOnly => HeaderValue::Octets(octets),
            _ => self.undecodable(octets, offset),
        }
    }

    fn number<'a>(&self, coding: Coding, number: u64) -> HeaderValue<'a> {
        match coding {
            Coding::Date => HeaderValue::Date(number),
            _ => HeaderValue::Integer(number),
        }
    }

    /// A value that is text up to a NUL.
    fn text_value<'a>(&mut self, raw: RawText<'a>, offset: usize) -> HeaderValue<'a> {
        match self.field.coding() {
            Some(Coding::EncodedString | Coding::Text | Coding::Uri | Coding::CodedOrToken(_)) => {
                HeaderValue::Text(self.plain_text(raw))
            }
            Some(Coding::From) => {
                self.other_form(offset, "an address without length and token");
                HeaderValue::From(FromValue::Address(self.plain_text(raw)))
            }
            Some(Coding::ElementDescriptor) => {
                self.other_form(offset, "a reference without length");
                HeaderValue::Element {
                    reference: self.plain_text(raw),
                    parameters: Box::new(ContentType::bare("")),
                }
            }
            Some(Coding::NameOnly) => HeaderValue::Text(self.plain_text(raw)),
            Some(_) => {
                self.anomaly(Kind::ValueUndecodable, offset, || "text".into());
                HeaderValue::Text(self.plain_text(raw))
            }
            None => {
                self.anomaly(Kind::UnknownHeader, offset, || "text".into());
                HeaderValue::Text(self.plain_text(raw))
            }
        }
    }

    /// A value behind a length. Where the length is not that of the content, what follows decides which is right.
    fn framed_value<'a>(
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
                address: self.encoded_string(inner)?,
            },
            Coding::PreviouslySentDate => HeaderValue::PreviouslySentDate {
                count: number(inner)?,
                date: number(inner)?,
            },
            Coding::Flags => HeaderValue::Flags {
                token: self.token(Codes::FlagsToken, inner)?,
                keyword: self.encoded_string(inner)?,
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
            reference,
            parameters: Box::new(parameters),
        }
    }

    /// The content type, which is the last header: the body follows it.
    fn content_type<'a>(&mut self, reader: &mut Reader<'a>) -> (HeaderValue<'a>, bool) {
        let before = *reader;
        if reader.is_empty() {
            if self.whole {
                self.anomaly(Kind::ValueMissing, before.offset(), || {
                    "the PDU ends behind the name".into()
                });
            }
            return (HeaderValue::Octets(&[]), false);
        }
        let content_type = ContentType::read(reader);
        let at_end = content_type.problems.iter().any(|problem| match problem.kind {
            ProblemKind::LengthExceedsBuffer => true,
            ProblemKind::Unterminated => before.peek() >= Some(0x20),
            _ => false,
        });
        if at_end && !self.whole {
            return (HeaderValue::Octets(before.rest()), false);
        }
        self.content_type_problems(&content_type.problems, at_end);
        (HeaderValue::ContentType(Box::new(content_type)), true)
    }

    fn content_type_problems(&mut self, problems: &[Problem], at_end: bool) {
        for problem in problems {
            self.anomaly(problem_kind(problem.kind, at_end), problem.offset, String::new);
        }
    }

    /// Charset and text, as they stand behind the length of an Encoded-string-value.
    fn charset_and_text<'a>(&mut self, inner: &mut Reader<'a>) -> Option<Text<'a>> {
        let offset = inner.offset();
        if matches!(inner.peek()?, 0x20..=0x7f) {
            self.other_form(offset, "a length without a character set");
            return Some(self.text_in_frame(inner));
        }
        let charset = Charset(number(inner)?);
        let offset = inner.offset();
        let octets = if charset.is_wide() {
            inner.take_up_to(usize::MAX)
        } else {
            let raw = wsp::raw_text(inner);
            self.unterminated |= !raw.terminated;
            raw.octets
        };
        Some(self.text(octets, Some(charset), offset))
    }

    /// Encoded-string-value: text, or a length with charset and text (section 7.3.21).
    fn encoded_string<'a>(&mut self, inner: &mut Reader<'a>) -> Option<Text<'a>> {
        let offset = inner.offset();
        match inner.peek()? {
            0 | 0x20..=0x7f => Some(self.text_in_frame(inner)),
            0x80.. if starts_with_text(inner.rest()) => {
                self.anomaly(Kind::TextNotQuoted, offset, String::new);
                Some(self.text_in_frame(inner))
            }
            0x80.. => {
                self.other_form(offset, "a character set without a length");
                self.charset_and_text(inner)
            }
            _ => {
                let Some(RawValue::Framed(framed)) = wsp::raw_value(inner) else {
                    return None;
                };
                let mut nested = framed.reader();
                let text = self.charset_and_text(&mut nested);
                if !nested.is_empty() {
                    self.anomaly(Kind::TrailingOctetsInValue, nested.offset(), String::new);
                }
                text
            }
        }
    }

    fn text_in_frame<'a>(&mut self, inner: &mut Reader<'a>) -> Text<'a> {
        let raw = wsp::raw_text(inner);
        self.unterminated |= !raw.terminated;
        self.plain_text(raw)
    }

    /// Text that begins with an octet above 127 and lacks the quote: only if it is proper UTF-8 up to its NUL.
    fn unquoted_text<'a>(&mut self, reader: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        match reader.peek()? {
            0 => {
                let raw = wsp::raw_text(reader);
                Some(HeaderValue::Text(self.plain_text(raw)))
            }
            0x80.. if starts_with_text(reader.rest()) => {
                self.anomaly(Kind::TextNotQuoted, reader.offset(), String::new);
                let raw = wsp::raw_text(reader);
                Some(HeaderValue::Text(self.plain_text(raw)))
            }
            _ => None,
        }
    }

    /// Text without a character set; in free text, encoded words are decoded.
    fn plain_text<'a>(&mut self, raw: RawText<'a>) -> Text<'a> {
        let mut text = self.text(raw.octets, None, raw.offset);
        let is_free_text = self.field == Field(0)
            || matches!(
                self.field.coding(),
                Some(Coding::EncodedString | Coding::From | Coding::PreviouslySentBy)
            );
        if is_free_text && let Some(decoded) = charset::decode_encoded_words(&text.text) {
            text.text = decoded.into();
        }
        text
    }

    fn text<'a>(&mut self, octets: &'a [u8], charset: Option<Charset>, offset: usize) -> Text<'a> {
        let shown = octets.get(..MAX_TEXT).unwrap_or(octets);
        if shown.len() < octets.len() {
            self.anomaly(Kind::TextOverLimit, offset, || format!("{} octets", octets.len()));
        }
        let decoding = charset::decode(shown, charset);
        if let Some(fault) = decoding.fault {
            self.anomaly(fault_kind(fault), offset, || match charset {
                Some(charset) => charset
                    .name()
                    .map_or_else(|| format!("MIBenum {}", charset.0), str::to_owned),
                None => String::new(),
            });
        }
        if decoding
            .text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
        {
            self.anomaly(Kind::ControlCharacters, offset, String::new);
        }
        Text {
            exact: shown.len() == octets.len() && !decoding.fault.is_some_and(Fault::is_lossy),
            text: decoding.text,
            charset,
            octets,
        }
    }
}

fn is_whole(raw: &RawValue<'_>) -> bool {
    match raw {
        RawValue::Octet(_) => true,
        RawValue::Text(text) => text.terminated,
        RawValue::Framed(framed) => framed.is_whole(),
    }
}

fn number(reader: &mut Reader<'_>) -> Option<u64> {
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

/// Whether octets are UTF-8 with at least one character above 127 first, up to a NUL.
fn starts_with_text(octets: &[u8]) -> bool {
    let window = octets.get(..MAX_TEXT).unwrap_or(octets);
    let Some(length) = window.iter().position(|&octet| octet == 0) else {
        return false;
    };
    window
        .get(..length)
        .is_some_and(|text| std::str::from_utf8(text).is_ok())
}

fn fault_kind(fault: Fault) -> Kind {
    match fault {
        Fault::UndeclaredUtf8 | Fault::UndeclaredOther => Kind::TextWithoutCharset,
        Fault::Invalid => Kind::TextNotInCharset,
        Fault::Unknown => Kind::UnknownCharset,
    }
}

/// The anomaly that a content type's problem is; `at_end`: it runs into the end of the PDU.
pub(super) fn problem_kind(problem: ProblemKind, at_end: bool) -> Kind {
    match problem {
        ProblemKind::LengthExceedsBuffer => Kind::ValueLengthExceedsPdu,
        ProblemKind::Unterminated if at_end => Kind::TextUnterminated,
        ProblemKind::Unterminated => Kind::TextUnterminatedInValue,
        ProblemKind::UnknownMedia => Kind::UnknownMediaType,
        ProblemKind::UnknownParameter => Kind::UnknownParameter,
        ProblemKind::WrongForm => Kind::ValueForm,
        ProblemKind::OverLimit => Kind::TextOverLimit,
        ProblemKind::Charset(fault) => fault_kind(fault),
    }
}
