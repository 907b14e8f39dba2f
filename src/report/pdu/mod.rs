//! One decoded PDU as other tools read it: the shapes of `pdus` and `decode`, and their renderings. Nothing here
//! decodes.

mod csv;
mod line;
mod place;
mod redacted;
mod redacted_text;
mod tree;

pub use csv::CsvWriter;
pub use line::write_line;
pub use place::Place;
pub use tree::{Tree, write_tree};

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::mms::{
    self, Content, Decoded, Field, FromValue, Header, HeaderName, HeaderValue, Mail, Part, Pdu, PduAnomaly,
    PduType, Soap, Text, TextField, Textual, TimeValue,
};
use crate::model::{Digest, FieldSink, Protocol, ProtocolField};
use crate::report::document::{Code, Seen};
use crate::report::redact::Redactor;

/// One PDU. In `decode`, where there is no capture, the fields of the place are absent.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PduObject {
    /// Always `pdu`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it was seen.
    #[serde(flatten)]
    pub place: Option<PlaceObject>,
    /// The file it was read from, in `decode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub body: PduBody,
}

/// Where a PDU was seen.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PlaceObject {
    /// Frames, times, bearer and ends.
    #[serde(flatten)]
    pub seen: Seen,
    /// The bearer's status, of an answer.
    pub http_status: Option<u32>,
}

/// What a PDU says.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PduBody {
    /// Its type; `null` where no header says it, or the code is unknown.
    pub pdu: Option<&'static str>,
    /// The type's code.
    pub code: Option<u8>,
    /// X-Mms-MMS-Version.
    pub version: Option<String>,
    /// X-Mms-Transaction-Id.
    pub transaction_id: Option<String>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// Every header in order.
    pub headers: Vec<HeaderObject>,
    /// The parts of the body; a body that is no multipart is one.
    pub parts: Vec<PartObject>,
    /// Octets of the PDU that are here.
    pub size: u64,
    /// Whether one of its anomalies makes it malformed.
    pub malformed: bool,
    /// Whether all its octets are here.
    pub complete: bool,
    /// What is odd about it.
    pub anomalies: Vec<AnomalyObject>,
}

/// One header.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum HeaderObject {
    /// Of MM1.
    Binary(BinaryHeaderObject),
    /// Of a mail, its envelope or SOAP.
    Text(TextHeaderObject),
}

/// One header of a PDU that is written as text.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct TextHeaderObject {
    /// The name; of an element of MM7 its path below the message.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// One header of a PDU of MM1.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct BinaryHeaderObject {
    /// OMA's name; the header's own for an application header; `0x..` for an unknown code; `null` for octets
    /// that begin no header.
    pub name: Option<String>,
    /// The code, where it has one.
    pub code: Option<u8>,
    /// What it says.
    pub value: ValueObject,
    /// The character set that the value names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// The value's octets in hexadecimal, where the text above does not say all that they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub octets: Option<String>,
    /// Where it starts, in octets from the start of the PDU.
    pub offset: usize,
    /// How many octets it has.
    pub length: usize,
    /// Wireshark's name of the field, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
}

/// A header's value.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum ValueObject {
    /// A code with its name: enumerated values, yes and no, PDU types, attributes, the insert-address token.
    Code(Code),
    /// A number.
    Number(u64),
    /// Text, a version, or a date in RFC 3339.
    Text(String),
    /// A date.
    Absolute {
        /// In RFC 3339.
        absolute: String,
    },
    /// A time after the PDU was sent.
    Relative {
        /// In seconds.
        relative: u64,
    },
    /// A content type.
    Media {
        /// Media type.
        media_type: String,
        /// Parameters in order.
        parameters: Vec<ParameterObject>,
    },
    /// X-Mms-Previously-Sent-By.
    SentBy {
        /// The place in the row of senders, 1 the earliest.
        count: u64,
        /// The address.
        address: String,
    },
    /// X-Mms-Previously-Sent-Date.
    SentDate {
        /// The place in the row of senders, 1 the earliest.
        count: u64,
        /// In RFC 3339.
        date: String,
    },
    /// X-Mms-MM-Flags.
    Flags {
        /// What to do.
        token: Code,
        /// With which keyword.
        keyword: String,
    },
    /// X-Mms-Mbox-Totals and X-Mms-Mbox-Quotas.
    Amount {
        /// Of what.
        token: Code,
        /// How many.
        count: u64,
    },
    /// X-Mms-Element-Descriptor.
    Element {
        /// The content reference.
        reference: String,
        /// Parameters in order.
        parameters: Vec<ParameterObject>,
    },
    /// A value for one of the messages that a delete PDU speaks of.
    Entry {
        /// Which message.
        index: u64,
        /// The value.
        value: Box<ValueObject>,
    },
    /// Octets that are not understood.
    Octets {
        /// In hexadecimal.
        octets: String,
    },
}

/// A parameter of a content type.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ParameterObject {
    /// Its name, `0x..` for an unknown code.
    pub name: String,
    /// Its value in words.
    pub value: String,
}

/// One part of a body.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PartObject {
    /// Media type, lower case.
    pub content_type: String,
    /// The content type's name parameter.
    pub name: Option<String>,
    /// Content-ID without `<>`.
    pub content_id: Option<String>,
    /// Content-Location.
    pub content_location: Option<String>,
    /// The content type's charset parameter.
    pub charset: Option<String>,
    /// Octets of content.
    pub size: u64,
    /// SHA-256 of the content in hexadecimal; `null` of a part that itself has parts.
    pub sha256: Option<Digest>,
    /// Whether all its data is here.
    pub complete: bool,
    /// Where its data starts, in octets from the start of the PDU.
    pub offset: usize,
    /// Its headers other than the content type.
    pub headers: Vec<PartHeaderObject>,
    /// The parts of a multipart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartObject>,
    /// The MMS PDU that the part is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdu: Option<Box<PduBody>>,
}

/// A header of a part.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PartHeaderObject {
    /// Its name, `0x..` for an unknown code.
    pub name: String,
    /// Its value in words.
    pub value: String,
}

/// Something odd about a PDU.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct AnomalyObject {
    /// What.
    pub kind: &'static str,
    /// The header or part concerned.
    pub field: Option<String>,
    /// Where, in octets from the start of the PDU.
    pub offset: usize,
    /// In words.
    pub detail: String,
}

impl PduObject {
    /// A PDU that was seen in a capture.
    pub fn seen(pdu: &Pdu<'_>, place: &Place) -> Self {
        let place = PlaceObject {
            seen: place.seen(),
            http_status: place.http_status,
        };
        Self {
            kind: KIND,
            place: Some(place),
            file: None,
            body: PduBody::from(pdu),
        }
    }

    /// Takes out of it what names somebody.
    pub fn redact(&mut self, redactor: &mut Redactor) {
        redacted::pdu(self, redactor);
    }

    /// A PDU from a file.
    pub fn bare(pdu: &Pdu<'_>, file: &str) -> Self {
        Self {
            kind: KIND,
            place: None,
            file: Some(file.to_owned()),
            body: PduBody::from(pdu),
        }
    }
}

const KIND: &str = "pdu";

impl From<&Pdu<'_>> for PduBody {
    fn from(pdu: &Pdu<'_>) -> Self {
        match pdu {
            Pdu::Mm1(pdu) => pdu.into(),
            Pdu::Mail(Mail { text, .. }) | Pdu::Soap(Soap { text, .. }) => textual(pdu, text),
        }
    }
}

fn textual(pdu: &Pdu<'_>, text: &Textual<'_>) -> PduBody {
    let fields = text.fields.iter().map(TextHeaderObject::from);
    PduBody {
        pdu: pdu.pdu_type().and_then(PduType::name),
        code: None,
        version: pdu.version().map(Cow::into_owned),
        transaction_id: pdu.transaction_id().map(str::to_owned),
        message_id: pdu.message_id().map(str::to_owned),
        headers: fields.map(HeaderObject::Text).collect(),
        parts: parts(text.body.as_ref()),
        size: text.bytes.len() as u64,
        malformed: text.malformed,
        complete: text.complete,
        anomalies: text.anomalies.iter().map(AnomalyObject::from).collect(),
    }
}

impl From<&Decoded<'_>> for PduBody {
    fn from(pdu: &Decoded<'_>) -> Self {
        let headers = pdu.headers.headers.iter().map(BinaryHeaderObject::from);
        Self {
            pdu: pdu.message_type.and_then(mms::MessageType::name),
            code: pdu.message_type.map(|message_type| message_type.0),
            version: pdu.version().map(|(major, minor)| mms::version(major, minor)),
            transaction_id: pdu.text(Field::TRANSACTION_ID).map(str::to_owned),
            message_id: pdu.text(Field::MESSAGE_ID).map(str::to_owned),
            headers: headers.map(HeaderObject::Binary).collect(),
            parts: parts(pdu.body.as_ref()),
            size: pdu.bytes.len() as u64,
            malformed: pdu.malformed,
            complete: pdu.complete,
            anomalies: pdu.anomalies.iter().map(AnomalyObject::from).collect(),
        }
    }
}

impl From<&TextField<'_>> for TextHeaderObject {
    fn from(field: &TextField<'_>) -> Self {
        Self {
            name: field.name.clone().into_owned(),
            value: field.value.clone().into_owned(),
        }
    }
}

fn parts(body: Option<&Part<'_>>) -> Vec<PartObject> {
    match body {
        Some(body) if matches!(body.content, Content::Multipart(_)) => {
            body.parts().iter().map(PartObject::from).collect()
        }
        Some(body) => vec![PartObject::from(body)],
        None => Vec::new(),
    }
}

impl From<&Header<'_>> for BinaryHeaderObject {
    fn from(header: &Header<'_>) -> Self {
        let text = header.value.text();
        Self {
            name: header.display_name().map(|name| name.into_owned()),
            code: header.field().map(|field| field.0),
            value: ValueObject::from(&header.value),
            charset: text
                .and_then(|text| text.charset)
                .map(|charset| charset.to_string()),
            octets: text
                .filter(|text| !text.exact)
                .map(|text| hexadecimal(text.octets)),
            offset: header.offset,
            length: header.raw.len(),
            field: field_name(header),
        }
    }
}

/// The name of the first field that a header tells: what filters and configurations of MATE call it.
fn field_name(header: &Header<'_>) -> Option<&'static str> {
    struct FirstName(Option<&'static str>);

    impl FieldSink for FirstName {
        fn wants(&self, _: Protocol) -> bool {
            true
        }

        fn field(&mut self, field: &ProtocolField<'_>) {
            self.0.get_or_insert(field.name);
        }
    }

    let mut name = FirstName(None);
    mms::tell_header(header, &mut name);
    name.0
}

impl From<&HeaderValue<'_>> for ValueObject {
    fn from(value: &HeaderValue<'_>) -> Self {
        match value {
            HeaderValue::MessageType(message_type) => Self::Code(code(message_type.0, message_type.name())),
            HeaderValue::Coded(coded) => Self::Code(code(coded.code, coded.name())),
            HeaderValue::Attribute(field) => Self::Code(code(field.0, field.name())),
            HeaderValue::From(FromValue::InsertAddress) => {
                Self::Code(code(INSERT_ADDRESS_TOKEN, Some(mms::INSERT_ADDRESS)))
            }
            HeaderValue::Integer(number) => Self::Number(*number),
            HeaderValue::Time(TimeValue::Relative(seconds)) => Self::Relative { relative: *seconds },
            HeaderValue::Time(TimeValue::Absolute(seconds)) => Self::Absolute {
                absolute: mms::date(*seconds).to_string(),
            },
            HeaderValue::PreviouslySentBy { count, address } => Self::SentBy {
                count: *count,
                address: owned(address),
            },
            HeaderValue::PreviouslySentDate { count, date } => Self::SentDate {
                count: *count,
                date: mms::date(*date).to_string(),
            },
            HeaderValue::Flags { token, keyword } => Self::Flags {
                token: code(token.code, token.name()),
                keyword: owned(keyword),
            },
            HeaderValue::Amount { token, count } => Self::Amount {
                token: code(token.code, token.name()),
                count: *count,
            },
            HeaderValue::ContentType(content_type) => Self::Media {
                media_type: content_type.media.clone().into_owned(),
                parameters: parameters(content_type.shown_parameters()),
            },
            HeaderValue::Element {
                reference,
                parameters: element,
            } => Self::Element {
                reference: owned(reference),
                parameters: parameters(element.shown_parameters()),
            },
            HeaderValue::Entry { index, value } => Self::Entry {
                index: *index,
                value: Box::new(Self::from(value.as_ref())),
            },
            HeaderValue::Octets(octets) => Self::Octets {
                octets: hexadecimal(octets),
            },
            HeaderValue::Version { .. }
            | HeaderValue::Date(_)
            | HeaderValue::Text(_)
            | HeaderValue::From(FromValue::Address(_)) => Self::Text(value.to_string()),
        }
    }
}

/// The token of From that asks the MMSC to put the address in.
const INSERT_ADDRESS_TOKEN: u8 = 0x81;

fn parameters(shown: impl Iterator<Item = (String, String)>) -> Vec<ParameterObject> {
    shown
        .map(|(name, value)| ParameterObject { name, value })
        .collect()
}

fn code(code: u8, name: Option<&'static str>) -> Code {
    Code {
        code: Some(u32::from(code)),
        name: name.map(Into::into),
    }
}

fn owned(text: &Text<'_>) -> String {
    text.text.as_ref().to_owned()
}

impl From<&Part<'_>> for PartObject {
    fn from(part: &Part<'_>) -> Self {
        let is_multipart = matches!(part.content, Content::Multipart(_));
        let nested = match &part.content {
            Content::Pdu(pdu) => Some(Box::new(PduBody::from(pdu.as_ref()))),
            _ => None,
        };
        Self {
            content_type: part.content_type.media.clone().into_owned(),
            name: part.name().map(str::to_owned),
            content_id: part.content_id().map(str::to_owned),
            content_location: part.content_location().map(str::to_owned),
            charset: part.charset().map(|charset| charset.into_owned()),
            size: part.content().len() as u64,
            sha256: (!is_multipart).then(|| Digest(part.sha256())),
            complete: part.complete,
            offset: part.data_offset,
            headers: part.headers.iter().map(part_header).collect(),
            parts: part.parts().iter().map(Self::from).collect(),
            pdu: nested,
        }
    }
}

fn part_header(header: &mms::PartHeader<'_>) -> PartHeaderObject {
    PartHeaderObject {
        name: header.name.clone().into_owned(),
        value: header.value.to_string(),
    }
}

impl From<&PduAnomaly> for AnomalyObject {
    fn from(anomaly: &PduAnomaly) -> Self {
        Self {
            kind: anomaly.kind.name(),
            field: anomaly.field.as_ref().map(|field| field.clone().into_owned()),
            offset: anomaly.offset,
            detail: anomaly.detail.clone(),
        }
    }
}

/// Octets as hexadecimal digits.
pub(crate) fn hexadecimal(octets: &[u8]) -> String {
    let mut digits = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        // Writing to a string does not fail.
        let _ = write!(digits, "{octet:02x}");
    }
    digits
}

/// Whether a header has a name that a column or a line can carry.
fn is_named(header: &Header<'_>) -> bool {
    header.complete && header.name != HeaderName::None
}

/// A JSON document of PDUs, written as they come.
#[derive(Debug)]
pub struct JsonWriter<W: Write> {
    out: W,
    any: bool,
}

impl<W: Write> JsonWriter<W> {
    /// Begins the document.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(b"{\"format\": \"mmsmate.pdus\", \"version\": 1, \"pdus\": [")?;
        Ok(Self { out, any: false })
    }

    /// Writes one PDU.
    pub fn write(&mut self, pdu: &PduObject) -> io::Result<()> {
        self.out.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        let mut line = Vec::new();
        crate::report::render::json::write_line(&mut line, pdu)?;
        self.out.write_all(line.trim_ascii_end())
    }

    /// Ends the document.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}

/// Writes one PDU as a line of JSON.
pub fn write_json_line(out: &mut impl Write, pdu: &PduObject) -> io::Result<()> {
    crate::report::render::json::write(out, pdu, false)
}
