//! Content-type-value (WAP-230-WSP section 8.4.2.24): a media type by code or as text, with its parameters in
//! both encodings. Decoded leniently: what is wrong is listed, what is right is kept.

mod extended;

use std::{borrow::Cow, fmt};

use super::{
    Charset, Reader,
    charset::{self, CharsetFault},
    media::{self, ParameterCoding},
    wsp::{self, RawText, RawValue},
};

/// The most parameters that are read of one value. Real ones have at most five.
pub const MAX_PARAMETERS: usize = 32;

/// The longest text that is read of a media type or a parameter, in octets; file names are the longest.
pub const MAX_TEXT: usize = 4096;

/// A media type with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// The media type in lower case, without parameters; empty when there is none.
    pub media: Cow<'a, str>,
    /// The well-known code, where it was given as one.
    pub code: Option<u64>,
    /// The parameters, in order.
    pub parameters: Vec<Parameter<'a>>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// The name in lower case; `0x..` for an unknown code.
    pub name: Cow<'a, str>,
    /// The well-known code, where it was given as one.
    pub code: Option<u8>,
    /// The value.
    pub value: ParameterValue<'a>,
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A number: padding, size, level, date, and so on.
    Integer(u64),
    /// A quality in thousandths.
    Quality(u32),
    /// A character set by number.
    Charset(Charset),
    /// A media type by code.
    Media {
        /// The code.
        code: u64,
        /// Its name.
        name: Option<&'static str>,
    },
    /// It is there, without a value.
    Present,
    /// Octets of an unknown coding.
    Octets(&'a [u8]),
}

/// The value in words.
impl fmt::Display for ParameterValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Quality(thousandths) => write!(f, "{}.{:03}", thousandths / 1000, thousandths % 1000),
            Self::Charset(charset) => charset.fmt(f),
            Self::Media { name: Some(name), .. } => f.write_str(name),
            Self::Media { code, name: None } => write!(f, "{code:#04x}"),
            Self::Present => Ok(()),
            Self::Octets(octets) => octets.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
        }
    }
}

/// `type; name=value`, in words.
impl fmt::Display for ContentType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.media)?;
        self.parameters
            .iter()
            .try_for_each(|parameter| match &parameter.value {
                ParameterValue::Present => write!(f, "; {}", parameter.name),
                value => write!(f, "; {}={value}", parameter.name),
            })
    }
}

/// Something wrong with a content type, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// Where, in octets from the start of the whole buffer.
    pub offset: usize,
}

/// What can be wrong with a content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The value's length is more than the octets that are left.
    LengthExceedsBuffer,
    /// A text without its NUL.
    Unterminated,
    /// A media type code without a name.
    UnknownMedia,
    /// A parameter code without a name.
    UnknownParameter,
    /// A value that is not coded as its parameter asks.
    WrongForm,
    /// More than [`MAX_PARAMETERS`] parameters, or a text of more than [`MAX_TEXT`] octets.
    OverLimit,
    /// Text that is not valid in its character set.
    Charset(CharsetFault),
}

impl<'a> ContentType<'a> {
    /// A content type of nothing but a media type.
    pub fn bare(media: impl Into<Cow<'a, str>>) -> Self {
        Self {
            media: media.into(),
            code: None,
            parameters: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Reads a Content-type-value. A value that lies about its length ends where its frame ends; at the end of
    /// the buffer the type is empty.
    pub fn read(reader: &mut Reader<'a>) -> Self {
        let mut this = Self::bare("");
        let offset = reader.offset();
        match wsp::raw_value(reader) {
            None => this.note(ProblemKind::WrongForm, offset),
            Some(RawValue::Octet(octet)) => this.set_code(u64::from(octet & 0x7f), offset),
            Some(RawValue::Text(text)) => this.set_text(text),
            Some(RawValue::Framed(framed)) => {
                if !framed.is_whole() {
                    this.note(ProblemKind::LengthExceedsBuffer, offset);
                }
                this.read_framed(&mut framed.reader());
            }
        }
        this
    }

    /// The content type as its own; parameters of an unknown coding lose their octets.
    pub fn detached(self) -> ContentType<'static> {
        let parameters = self.parameters.into_iter().map(|parameter| Parameter {
            name: parameter.name.into_owned().into(),
            code: parameter.code,
            value: match parameter.value {
                ParameterValue::Text(text) => ParameterValue::Text(text.into_owned().into()),
                ParameterValue::Integer(number) => ParameterValue::Integer(number),
                ParameterValue::Quality(thousandths) => ParameterValue::Quality(thousandths),
                ParameterValue::Charset(charset) => ParameterValue::Charset(charset),
                ParameterValue::Media { code, name } => ParameterValue::Media { code, name },
                ParameterValue::Present => ParameterValue::Present,
                ParameterValue::Octets(_) => ParameterValue::Octets(&[]),
            },
        });
        ContentType {
            media: self.media.into_owned().into(),
            code: self.code,
            parameters: parameters.collect(),
            problems: self.problems,
        }
    }

    /// The first parameter of a name, as text where it is one.
    pub fn parameter(&self, name: &str) -> Option<&ParameterValue<'a>> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
            .map(|parameter| &parameter.value)
    }

    /// The first parameter of a name that is text and not empty.
    pub fn text_parameter(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|parameter| parameter.name == name);
        named.find_map(|parameter| match &parameter.value {
            ParameterValue::Text(text) if !text.is_empty() => Some(text.as_ref()),
            ParameterValue::Media { name, .. } => *name,
            _ => None,
        })
    }

    /// The parameters as names and values in words.
    pub fn shown_parameters(&self) -> impl Iterator<Item = (String, String)> {
        self.parameters
            .iter()
            .map(|parameter| (parameter.name.to_string(), parameter.value.to_string()))
    }

    /// The charset parameter: IANA's name in lower case, `mibenum-N` for an unknown number.
    pub fn charset(&self) -> Option<Cow<'_, str>> {
        match self.parameter("charset")? {
            ParameterValue::Charset(charset) => Some(
                charset
                    .name()
                    .map_or_else(|| charset.to_string().into(), Cow::Borrowed),
            ),
            ParameterValue::Text(text) => Some(text.to_ascii_lowercase().into()),
            _ => None,
        }
    }

    /// Whether its body consists of parts.
    pub fn is_multipart(&self) -> bool {
        self.media.starts_with("multipart/") || self.media.starts_with("application/vnd.wap.multipart.")
    }

    fn note(&mut self, kind: ProblemKind, offset: usize) {
        if self.problems.len() < MAX_PARAMETERS {
            self.problems.push(Problem { kind, offset });
        }
    }

    fn set_code(&mut self, code: u64, offset: usize) {
        self.code = Some(code);
        self.media = match media::well_known(code) {
            Some(name) => name.into(),
            None => {
                self.note(ProblemKind::UnknownMedia, offset);
                format!("0x{code:02x}").into()
            }
        };
    }

    /// A media type as text, which some senders write with MIME parameters behind it.
    fn set_text(&mut self, text: RawText<'a>) {
        let text = self.text(text);
        let (media, parameters) = match text.split_once(';') {
            Some((media, parameters)) => (media, Some(parameters.to_owned())),
            None => (text.as_ref(), None),
        };
        self.media = match (&text, media.trim()) {
            (Cow::Borrowed(whole), media) if media.len() == whole.len() && is_lower(whole) => {
                Cow::Borrowed(*whole)
            }
            (_, media) => media.to_ascii_lowercase().into(),
        };
        if let Some(parameters) = parameters {
            self.read_mime_parameters(&parameters);
        }
    }

    fn read_framed(&mut self, reader: &mut Reader<'a>) {
        let offset = reader.offset();
        match reader.peek() {
            None => self.note(ProblemKind::WrongForm, offset),
            Some(0x20..=0x7f) => {
                let text = wsp::raw_text(reader);
                self.set_text(text);
            }
            Some(_) => match wsp::integer(reader, "media type") {
                Ok(code) => self.set_code(code, offset),
                Err(_) => self.note(ProblemKind::WrongForm, offset),
            },
        }
        self.read_parameters(reader);
    }

    /// Reads parameters up to the end of the reader.
    pub fn read_parameters(&mut self, reader: &mut Reader<'a>) {
        while self.read_parameter(reader) {}
    }

    /// Reads one parameter; false at the end of the reader and beyond `MAX_PARAMETERS`.
    pub fn read_parameter(&mut self, reader: &mut Reader<'a>) -> bool {
        let offset = reader.offset();
        let Some(first) = reader.peek().filter(|_| self.has_room(offset)) else {
            return false;
        };
        let parameter = match first {
            0x20..=0x7f => self.untyped_parameter(reader),
            _ => self.typed_parameter(reader, offset),
        };
        self.parameters.push(parameter);
        true
    }

    /// Reads a parameter whose code, of a list of its own, means a media type; false beyond `MAX_PARAMETERS`.
    pub fn read_media_parameter(&mut self, name: &'static str, reader: &mut Reader<'a>) -> bool {
        if !self.has_room(reader.offset()) {
            return false;
        }
        let code = reader.take_up_to(1).first().map(|octet| octet & 0x7f);
        let value = self.typed_value(reader, ParameterCoding::Media);
        let name = name.into();
        self.parameters.push(Parameter { name, code, value });
        true
    }

    fn has_room(&mut self, offset: usize) -> bool {
        let has_room = self.parameters.len() < MAX_PARAMETERS;
        if !has_room {
            self.note(ProblemKind::OverLimit, offset);
        }
        has_room
    }

    /// Untyped-parameter: a name as text, and an Integer-value or text.
    fn untyped_parameter(&mut self, reader: &mut Reader<'a>) -> Parameter<'a> {
        let raw = wsp::raw_text(reader);
        let mut name = self.text(raw);
        if !is_lower(&name) {
            name = name.to_ascii_lowercase().into();
        }
        let value = match reader.peek() {
            None => ParameterValue::Present,
            Some(0x00) => {
                reader.take_up_to(1);
                ParameterValue::Text("".into())
            }
            Some(0x20..=0x7f) => self.text_value(reader),
            Some(_) => match wsp::integer(reader, "parameter") {
                Ok(number) => ParameterValue::Integer(number),
                Err(_) => ParameterValue::Octets(reader.take_up_to(usize::MAX)),
            },
        };
        Parameter {
            name,
            code: None,
            value,
        }
    }

    /// Typed-parameter: a well-known code, and the value that it asks for.
    fn typed_parameter(&mut self, reader: &mut Reader<'a>, offset: usize) -> Parameter<'a> {
        let code = wsp::integer(reader, "parameter code")
            .ok()
            .and_then(|code| u8::try_from(code).ok());
        match code.and_then(media::parameter) {
            Some(known) => Parameter {
                name: known.name.into(),
                code,
                value: self.typed_value(reader, known.coding),
            },
            None => {
                self.note(ProblemKind::UnknownParameter, offset);
                Parameter {
                    name: format!("0x{:02x}", code.unwrap_or_default()).into(),
                    code,
                    value: self.any_value(reader),
                }
            }
        }
    }

    fn typed_value(&mut self, reader: &mut Reader<'a>, coding: ParameterCoding) -> ParameterValue<'a> {
        let start = *reader;
        let offset = reader.offset();
        let value = match (coding, reader.peek()) {
            (_, None) => None,
            (ParameterCoding::Present, Some(0)) => {
                reader.take_up_to(1);
                Some(ParameterValue::Present)
            }
            (ParameterCoding::Text, Some(0)) => {
                reader.take_up_to(1);
                Some(ParameterValue::Text("".into()))
            }
            (ParameterCoding::Quality, Some(_)) => quality(reader),
            (_, Some(0x20..=0x7f)) => return self.text_value(reader),
            (ParameterCoding::Charset, Some(_)) => {
                number(reader).map(|mib| ParameterValue::Charset(Charset(mib)))
            }
            (ParameterCoding::Media, Some(_)) => number(reader).map(|code| ParameterValue::Media {
                code,
                name: media::well_known(code),
            }),
            (ParameterCoding::Text | ParameterCoding::Present, Some(_)) => None,
            (_, Some(_)) => number(reader).map(ParameterValue::Integer),
        };
        value.unwrap_or_else(|| {
            self.note(ProblemKind::WrongForm, offset);
            *reader = start;
            self.any_value(reader)
        })
    }

    /// A value of unknown coding, by the generic rule.
    fn any_value(&mut self, reader: &mut Reader<'a>) -> ParameterValue<'a> {
        match wsp::raw_value(reader) {
            None => ParameterValue::Present,
            Some(RawValue::Octet(octet)) => ParameterValue::Integer(u64::from(octet & 0x7f)),
            Some(RawValue::Text(text)) => ParameterValue::Text(self.text(text)),
            Some(RawValue::Framed(framed)) => ParameterValue::Octets(framed.payload),
        }
    }

    /// Text-string, Token-text or Quoted-string.
    fn text_value(&mut self, reader: &mut Reader<'a>) -> ParameterValue<'a> {
        let raw = wsp::raw_text(reader);
        ParameterValue::Text(match self.text(raw) {
            Cow::Borrowed(text) => Cow::Borrowed(unquoted(text)),
            Cow::Owned(text) => Cow::Owned(unquoted(&text).to_owned()),
        })
    }

    fn text(&mut self, raw: RawText<'a>) -> Cow<'a, str> {
        if !raw.terminated {
            self.note(ProblemKind::Unterminated, raw.offset);
        }
        if raw.octets.len() > MAX_TEXT {
            self.note(ProblemKind::OverLimit, raw.offset);
        }
        let decoding = charset::decode(raw.octets.get(..MAX_TEXT).unwrap_or(raw.octets), None);
        if let Some(fault) = decoding.fault {
            self.note(ProblemKind::Charset(fault), raw.offset);
        }
        decoding.text
    }

    /// Parameters as MIME writes them: `; name=value; name="value"` (RFC 2045 section 5.1), `; name*=utf-8''value` (RFC
    /// 2231).
    pub fn read_mime_parameters(&mut self, text: &str) {
        let written = split_outside_quotes(text).take(MAX_PARAMETERS);
        let named = written.filter_map(|parameter| parameter.split_once('='));
        let named = named.map(|(name, value)| {
            let value = unquoted(value.trim()).to_owned();
            (name.trim().to_ascii_lowercase(), value)
        });
        for (name, value) in extended::joined(named.collect()) {
            self.parameters.push(Parameter {
                name: name.into(),
                code: None,
                value: ParameterValue::Text(value.into()),
            });
        }
    }
}

impl ContentType<'static> {
    /// Reads a content type as MIME writes it (RFC 2045 section 5.1).
    pub fn from_mime(text: &str) -> Self {
        let (media, parameters) = text.split_once(';').unwrap_or((text, ""));
        let mut this = Self::bare(media.trim().to_ascii_lowercase());
        this.read_mime_parameters(parameters);
        this
    }
}

/// A text without the opening quote of a Quoted-string, and without the closing one that many encoders add.
pub fn unquoted(text: &str) -> &str {
    match text.strip_prefix('"') {
        Some(inner) => inner.strip_suffix('"').unwrap_or(inner),
        None => text,
    }
}

fn is_lower(text: &str) -> bool {
    !text.bytes().any(|octet| octet.is_ascii_uppercase())
}

fn number(reader: &mut Reader<'_>) -> Option<u64> {
    wsp::integer(reader, "parameter value").ok()
}

/// A Q-value: 1 to 100 are hundredths plus one, 101 to 1099 thousandths plus 100 (section 8.4.2.3).
fn quality<'a>(reader: &mut Reader<'_>) -> Option<ParameterValue<'a>> {
    match wsp::uintvar(reader, "quality").ok()? {
        hundredths @ 1..=100 => Some(ParameterValue::Quality((hundredths - 1) * 10)),
        thousandths @ 101..=1099 => Some(ParameterValue::Quality(thousandths - 100)),
        _ => None,
    }
}

fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == ';' && !quoted
    })
}

#[cfg(test)]
mod tests;
