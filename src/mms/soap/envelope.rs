//! From the text of an envelope (SOAP 1.1 section 4) to the message in it and its fields. Names count, prefixes and
//! namespaces do not. Nothing is resolved that the document does not hold: a document type declaration is left, and
//! an entity that only it could define is the end of what is read, as is any other fault of the XML.

use std::{borrow::Cow, str::Utf8Error};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

use crate::codec::soap::{local_name, message};

use super::{
    Mm7Type,
    limits::{MAX_DEPTH, MAX_DOCUMENT, MAX_PATH, MAX_VALUE},
};
use crate::mms::{
    TextField,
    anomaly::{Notes, PduAnomalyKind as Kind},
    limits::Budget,
};

/// What an envelope holds.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a> {
    /// Its message; none where its body is something else, or was not reached.
    pub(super) pdu: Option<Mm7Type>,
    /// TransactionID of its header, then the elements of the message by their path below it.
    pub(super) fields: Vec<TextField<'a>>,
}

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Envelope,
    Header,
    TransactionId,
    Body,
    Fault,
    Detail,
    Message,
    /// Of a message or a fault, at any depth.
    Field,
    Ignored,
}

/// An element whose end has not come.
#[derive(Debug)]
struct Open {
    role: Role,
    /// How long the path is without it.
    path: usize,
    /// Where it starts, in octets of the text.
    start: usize,
    /// Its own characters.
    text: String,
    /// Whether an attribute or a child says something of it.
    said: bool,
}

/// Why reading ended before the document does.
#[derive(Debug)]
enum Stop {
    /// The XML is wrong.
    Fault(String),
    /// The text ends within markup.
    End(String),
    /// More than is read of one document.
    OverLimit(&'static str),
}

impl From<quick_xml::Error> for Stop {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Syntax(_) => Self::End(error.to_string()),
            _ => Self::Fault(error.to_string()),
        }
    }
}

impl From<Utf8Error> for Stop {
    fn from(error: Utf8Error) -> Self {
        Self::Fault(error.to_string())
    }
}

/// The octets that a document's text was read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// The text's octets; none where it is in another encoding, so that places in it are none in the octets.
    pub(super) octets: &'a [u8],
    /// Where they start, in octets from the start of the PDU.
    pub(super) offset: usize,
    /// Whether the document is all there.
    pub(super) whole: bool,
}

impl Source<'_> {
    fn offset_of(&self, place: usize) -> usize {
        if self.octets.is_empty() {
            self.offset
        } else {
            self.offset.saturating_add(place)
        }
    }
}

/// Reads an envelope as far as it is well-formed.
pub(super) fn read<'a>(
    text: &str,
    source: Source<'a>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Envelope<'a> {
    let kept = text.get(..text.floor_char_boundary(MAX_DOCUMENT)).unwrap_or(text);
    let mut walk = Walk {
        source,
        open: Vec::new(),
        path: String::new(),
        base: 0,
        envelope: Envelope::default(),
        budget,
        notes,
    };
    let mut reader = Reader::from_str(kept);
    let stop = walk.all(&mut reader).err();
    let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
    match stop {
        Some(Stop::End(_)) if kept.len() < text.len() => {
            walk.note(Kind::XmlOverLimit, at, || {
                format!("more than {MAX_DOCUMENT} octets")
            });
        }
        Some(Stop::End(_)) if !source.whole => {}
        Some(Stop::Fault(detail) | Stop::End(detail)) => walk.note(Kind::XmlUnreadable, at, || detail),
        Some(Stop::OverLimit(what)) => walk.note(Kind::XmlOverLimit, at, || what.to_owned()),
        None => {}
    }
    walk.envelope
}

struct Walk<'a, 'n> {
    source: Source<'a>,
    open: Vec<Open>,
    /// The names from the message down to the element at hand, with `/` between.
    path: String,
    /// Where in it the names below the message begin.
    base: usize,
    envelope: Envelope<'a>,
    budget: &'n mut Budget,
    notes: &'n mut Notes,
}

impl<'a> Walk<'a, '_> {
    fn note(&mut self, kind: Kind, place: usize, detail: impl FnOnce() -> String) {
        let path = self.path.get(self.base..).unwrap_or_default();
        let field = (!path.is_empty()).then(|| Cow::Owned(path.to_owned()));
        self.notes.note(kind, field, self.source.offset_of(place), detail);
    }

    fn all(&mut self, reader: &mut Reader<&[u8]>) -> Result<(), Stop> {
        loop {
            let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = reader.read_event()?;
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Event::Start(tag) => self.start(&tag, start)?,
                Event::Empty(tag) => {
                    self.start(&tag, start)?;
                    self.end(end);
                }
                Event::End(_) => self.end(end),
                Event::Text(text) => self.text(&text.xml10_content().map_err(quick_xml::Error::from)?, start),
                Event::CData(text) => {
                    self.text(&text.xml10_content().map_err(quick_xml::Error::from)?, start)
                }
                Event::GeneralRef(reference) => {
                    let text = resolved(&reference)?;
                    self.text(&text, start);
                }
                Event::DocType(_) => self.note(Kind::DocumentTypeRefused, start, String::new),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof if self.open.is_empty() => return Ok(()),
                Event::Eof => return Err(Stop::End("it ends within an element".to_owned())),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Stop::OverLimit("elements stand too deep in elements"));
        }
        self.spend()?;
        let tag_name = tag.name();
        let name = local_name(tag_name.as_ref());
        let parent = self.open.last_mut();
        let role = self::role(parent.as_ref().map(|open| open.role), name, self.envelope.pdu);
        if let Some(parent) = parent {
            parent.said = true;
        }
        let path = self.path.len();
        self.open.push(Open {
            role,
            path,
            start: at,
            text: String::new(),
            said: false,
        });
        match role {
            Role::Field | Role::Detail | Role::TransactionId => self.descend(name)?,
            Role::Message => {
                self.base = path;
                self.envelope.pdu = message(name).and_then(Mm7Type::of_element);
            }
            Role::Fault => self.envelope.pdu = Some(Mm7Type::SoapFault),
            Role::Envelope | Role::Header | Role::Body | Role::Ignored => {}
        }
        match role {
            Role::Field | Role::Message => self.attributes(tag, at),
            _ => Ok(()),
        }
    }

    /// Takes one of the fields that may be read.
    fn spend(&mut self) -> Result<(), Stop> {
        let left = self.budget.headers.checked_sub(1);
        self.budget.headers = left.ok_or(Stop::OverLimit("too many elements"))?;
        Ok(())
    }

    /// Adds a name to the path.
    fn descend(&mut self, name: &[u8]) -> Result<(), Stop> {
        let name = std::str::from_utf8(name)?;
        if self.path.len().saturating_add(name.len()) >= MAX_PATH {
            return Err(Stop::OverLimit("an element's name is too long"));
        }
        if self.path.len() > self.base {
            self.path.push('/');
        }
        self.path.push_str(name);
        Ok(())
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<(), Stop> {
        let mut attributes = tag.attributes();
        // Looking for an attribute's name among all before it takes time that the document could choose.
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(quick_xml::Error::from)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let name = std::str::from_utf8(local_name(attribute.key.as_ref()))?;
            self.spend()?;
            let value = attribute.normalized_value(XmlVersion::Explicit1_0)?;
            let path = self.path.get(self.base..).unwrap_or_default();
            if path.len().saturating_add(name.len()) >= MAX_PATH {
                return Err(Stop::OverLimit("an attribute's name is too long"));
            }
            let name = format!("{path}@{name}");
            let value = bounded(&value).trim().to_owned();
            if let Some(open) = self.open.last_mut() {
                open.said = true;
            }
            self.envelope.fields.push(TextField {
                name: name.into(),
                value: value.into(),
                offset: self.source.offset_of(at),
                raw: &[],
            });
        }
        Ok(())
    }

    /// Characters of the element at hand.
    fn text(&mut self, text: &str, at: usize) {
        let Some(open) = self.open.last_mut() else { return };
        if !matches!(open.role, Role::Field | Role::TransactionId) {
            return;
        }
        let room = MAX_VALUE.saturating_sub(open.text.len());
        let kept = text.get(..text.floor_char_boundary(room)).unwrap_or(text);
        open.text.push_str(kept);
        if kept.len() < text.len() && room > 0 {
            self.note(Kind::TextOverLimit, at, || {
                format!("more than {MAX_VALUE} octets")
            });
        }
    }

    /// The element at hand is over.
    fn end(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let value = open.text.trim();
        let is_field = matches!(open.role, Role::Field | Role::TransactionId);
        if is_field && (!value.is_empty() || !open.said) {
            let name = self.path.get(self.base..).unwrap_or_default();
            let raw = self.source.octets.get(open.start..end).unwrap_or_default();
            self.envelope.fields.push(TextField {
                name: name.to_owned().into(),
                value: value.to_owned().into(),
                offset: self.source.offset_of(open.start),
                raw,
            });
        }
        self.path.truncate(open.path);
        if open.role == Role::Message {
            self.base = 0;
        }
    }
}

/// What an element of this name is, in one of that role.
fn role(parent: Option<Role>, name: &[u8], found: Option<Mm7Type>) -> Role {
    let may_be_message = matches!(found, None | Some(Mm7Type::SoapFault)) && message(name).is_some();
    match (parent, name) {
        (None, b"Envelope") => Role::Envelope,
        (Some(Role::Envelope), b"Header") => Role::Header,
        (Some(Role::Envelope), b"Body") => Role::Body,
        (Some(Role::Header), _) if name.eq_ignore_ascii_case(b"TransactionID") => Role::TransactionId,
        (Some(Role::Body), b"Fault") if found.is_none() => Role::Fault,
        (Some(Role::Body | Role::Detail), _) if may_be_message => Role::Message,
        (Some(Role::Fault), b"detail" | b"Detail") => Role::Detail,
        (Some(Role::Fault | Role::Detail | Role::Message | Role::Field), _) => Role::Field,
        _ => Role::Ignored,
    }
}

/// What a reference to a character or an entity means.
fn resolved(reference: &BytesRef<'_>) -> Result<String, Stop> {
    if let Some(character) = reference.resolve_char_ref()? {
        return Ok(character.to_string());
    }
    let name = reference.decode().map_err(quick_xml::Error::from)?;
    match resolve_predefined_entity(&name) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Stop::Fault(format!(
            "the entity {} is not defined",
            bounded(&name)
        ))),
    }
}

fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_VALUE)).unwrap_or(text)
}
