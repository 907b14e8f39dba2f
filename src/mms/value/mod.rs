//! From octets to values, each field in the coding that it asks for and in those that live senders use instead
//! (OMA-TS-MMS_ENC section 7.3).

mod framed;
mod text;

use std::borrow::Cow;

use crate::codec::{
    ContentType, Reader,
    content_type::{Problem, ProblemKind},
    wsp::{self, RawText, RawValue},
};

use self::framed::ADDRESS_PRESENT_TOKEN;
use super::{
    Coded, Codes, Coding, Field, FromValue, Header, HeaderValue, MessageType,
    anomaly::{Notes, PduAnomalyKind as Kind},
    header::field_name,
};
use text::fault_kind;

const INSERT_ADDRESS_TOKEN: u8 = 0x81;

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
            Some(Coding::From) => self.unframed_address(raw, offset),
            Some(Coding::ElementDescriptor) => {
                self.other_form(offset, "a reference without length");
                HeaderValue::Element {
                    reference: Box::new(self.plain_text(raw)),
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

    /// A From-value whose first octet is no length: the address itself, or a wrong length, which the token behind it
    /// tells. Whatever else has control characters in it is no address.
    fn unframed_address<'a>(&mut self, raw: RawText<'a>, offset: usize) -> HeaderValue<'a> {
        let (form, raw) = match raw.octets {
            [_, ADDRESS_PRESENT_TOKEN, address @ ..] => {
                let address = RawText {
                    octets: address,
                    offset: raw.offset.saturating_add(2),
                    ..raw
                };
                ("an impossible length before the token", address)
            }
            _ => ("an address without length and token", raw),
        };
        if raw.octets.iter().any(u8::is_ascii_control) {
            return self.undecodable(raw.octets, offset);
        }
        self.other_form(offset, form);
        HeaderValue::From(FromValue::Address(self.plain_text(raw)))
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
}

fn is_whole(raw: &RawValue<'_>) -> bool {
    match raw {
        RawValue::Octet(_) => true,
        RawValue::Text(text) => text.terminated,
        RawValue::Framed(framed) => framed.is_whole(),
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
