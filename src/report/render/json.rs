//! The document as JSON, written as it goes: no second copy of the messages is made in memory. Characters that could
//! disguise text or command a terminal are written as `\uXXXX`, which reads back as what it was.

use std::cell::Cell;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq, SerializeStruct, Serializer};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::columns::Column;
use crate::model::text::is_dangerous;
use crate::report::document::{
    Anomaly, Capture, ContextEntry, Diagnosis, Document, FORMAT, Message, Operation, Summary, VERSION,
};

/// What stands behind the messages in a document, known only when the last of them is.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The operations.
    pub operations: Vec<Operation>,
    /// Transactions that failed and concern no message.
    pub context: Vec<ContextEntry>,
    /// The anomalies.
    pub anomalies: Vec<Anomaly>,
    /// What could hide messages.
    pub diagnosis: Vec<Diagnosis>,
    /// The totals.
    pub summary: Summary,
}

/// Writes a document whose messages are made one by one: `messages` hands each over when it is made and says at
/// the end what stands behind them. At no time is more than one of them in memory here.
pub fn write_as_made(
    out: &mut impl Write,
    captures: &[Capture],
    messages: impl FnOnce(&mut dyn FnMut(&Message)) -> Rest,
) -> io::Result<()> {
    let document = DocumentAsMade {
        captures,
        messages: MessagesAsMade {
            make: Cell::new(Some(messages)),
            rest: Cell::new(None),
        },
    };
    write(out, &document, true)?;
    out.flush()
}

/// Writes a document.
pub fn write_document(out: &mut impl Write, document: &Document) -> io::Result<()> {
    write(out, document, true)?;
    out.flush()
}

/// Writes a document with some columns of each message in the place of the message.
pub fn write_columns(out: &mut impl Write, document: &Document, columns: &[Column]) -> io::Result<()> {
    let picked = document.messages.iter().map(|message| {
        let cells = columns.iter().map(|column| (column.name(), column.json(message)));
        Value::Object(cells.collect())
    });
    let picked: Vec<Value> = picked.collect();
    let mut value = serde_json::to_value(document)?;
    if let Some(messages) = value.get_mut("messages") {
        *messages = Value::Array(picked);
    }
    write(out, &value, true)?;
    out.flush()
}

/// A [`Document`] whose messages do not exist yet. It can be written once.
struct DocumentAsMade<'a, F> {
    captures: &'a [Capture],
    messages: MessagesAsMade<F>,
}

/// Its messages.
struct MessagesAsMade<F> {
    make: Cell<Option<F>>,
    rest: Cell<Option<Rest>>,
}

impl<F: FnOnce(&mut dyn FnMut(&Message)) -> Rest> Serialize for DocumentAsMade<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Document", 9)?;
        document.serialize_field("format", FORMAT)?;
        document.serialize_field("version", &VERSION)?;
        document.serialize_field("captures", self.captures)?;
        document.serialize_field("messages", &self.messages)?;
        let rest = self.messages.rest.take();
        let rest = rest.ok_or_else(|| S::Error::custom("no messages were made"))?;
        document.serialize_field("operations", &rest.operations)?;
        document.serialize_field("context", &rest.context)?;
        document.serialize_field("anomalies", &rest.anomalies)?;
        document.serialize_field("diagnosis", &rest.diagnosis)?;
        document.serialize_field("summary", &rest.summary)?;
        document.end()
    }
}

impl<F: FnOnce(&mut dyn FnMut(&Message)) -> Rest> Serialize for MessagesAsMade<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut written = Ok(());
        if let Some(make) = self.make.take() {
            let rest = make(&mut |message| {
                if written.is_ok() {
                    written = list.serialize_element(message);
                }
            });
            self.rest.set(Some(rest));
        }
        written?;
        list.end()
    }
}

/// A list that is made as it is written.
pub(in crate::report) struct Sequence<M>(pub(in crate::report) M);

impl<T: Serialize, M: Iterator<Item = T> + Clone> Serialize for Sequence<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for message in self.0.clone() {
            list.serialize_element(&message)?;
        }
        list.end()
    }
}

/// Writes anything of the document, indented by two spaces or on one line, and a line feed.
pub fn write(out: &mut impl Write, value: &(impl Serialize + ?Sized), pretty: bool) -> io::Result<()> {
    let layout = match pretty {
        true => Layout::pretty(),
        false => Layout::compact(is_dangerous),
    };
    let mut octets = Octets {
        held: Vec::new(),
        out: Some(out),
    };
    octets.serialize(value, layout)?;
    octets.write_all(b"\n")?;
    octets.hand_on()
}

/// Appends anything on one line, and a line feed.
pub(in crate::report) fn write_line(line: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    append_compact(line, value)?;
    line.push(b'\n');
    Ok(())
}

/// Appends anything on one line.
pub(in crate::report) fn append_compact(
    line: &mut Vec<u8>,
    value: &(impl Serialize + ?Sized),
) -> serde_json::Result<()> {
    let mut octets = Octets {
        held: std::mem::take(line),
        out: None,
    };
    let written = octets.serialize(value, Layout::compact(is_dangerous));
    *line = octets.held;
    written
}

/// Writes anything on one line so that it may stand inside an HTML element: no character of it is markup.
pub(super) fn write_for_html(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let is_markup = |c| matches!(c, '<' | '>' | '&') || is_dangerous(c);
    let mut octets = Octets {
        held: Vec::new(),
        out: Some(out),
    };
    octets.serialize(value, Layout::compact(is_markup))?;
    octets.hand_on()
}

/// Octets handed on at a time.
const CHUNK: usize = 64 * 1024;

/// Where all JSON goes first, so that what writes a type is compiled once, whatever it goes to.
struct Octets<'a> {
    held: Vec<u8>,
    /// Where they are handed on to; none where they stay.
    out: Option<&'a mut dyn Write>,
}

impl Octets<'_> {
    fn serialize(&mut self, value: &(impl Serialize + ?Sized), layout: Layout) -> serde_json::Result<()> {
        value.serialize(&mut serde_json::Serializer::with_formatter(self, layout))
    }

    fn hand_on(&mut self) -> io::Result<()> {
        if let Some(out) = &mut self.out {
            out.write_all(&self.held)?;
            self.held.clear();
        }
        Ok(())
    }
}

impl Write for Octets<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.write_all(octets)?;
        Ok(octets.len())
    }

    #[inline]
    fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(octets);
        match self.held.len() >= CHUNK {
            true => self.hand_on(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()
    }
}

/// How JSON is laid out; characters that JSON itself would let pass are escaped.
struct Layout {
    /// Over lines, else on one.
    pretty: Option<PrettyFormatter<'static>>,
    is_escaped: fn(char) -> bool,
}

impl Layout {
    fn pretty() -> Self {
        Self {
            pretty: Some(PrettyFormatter::new()),
            is_escaped: is_dangerous,
        }
    }

    const fn compact(is_escaped: fn(char) -> bool) -> Self {
        let pretty = None;
        Self { pretty, is_escaped }
    }
}

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)+) => {
        $(#[inline]
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W, $($argument: $kind),*) -> io::Result<()> {
            match &mut self.pretty {
                Some(pretty) => pretty.$name(writer, $($argument),*),
                None => CompactFormatter.$name(writer, $($argument),*),
            }
        })+
    };
}

impl Formatter for Layout {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all text: nothing in it could be one of the characters that are escaped. All of it is looked at
        // whatever is found, many octets at a time.
        let may_be_escaped = |octet: u8| octet >= 0x7f || matches!(octet, b'<' | b'>' | b'&');
        if !fragment
            .bytes()
            .fold(false, |any, octet| any | may_be_escaped(octet))
        {
            return writer.write_all(fragment.as_bytes());
        }
        let mut plain = fragment;
        while let Some((at, c)) = plain.char_indices().find(|(_, c)| (self.is_escaped)(*c)) {
            let (before, rest) = plain.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = rest.strip_prefix(c).unwrap_or_default();
        }
        writer.write_all(plain.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn messages_may_be_handed_over_one_by_one() {
        let document = sample::document();
        let (mut whole, mut made) = (Vec::new(), Vec::new());
        write(&mut whole, &document, true).unwrap();
        write_as_made(&mut made, &document.captures, |hand_over| {
            document.messages.iter().for_each(hand_over);
            Rest {
                operations: document.operations.clone(),
                context: document.context.clone(),
                anomalies: document.anomalies.clone(),
                diagnosis: document.diagnosis.clone(),
                summary: document.summary.clone(),
            }
        })
        .unwrap();
        assert_eq!(
            String::from_utf8(whole).unwrap(),
            String::from_utf8(made).unwrap()
        );
    }

    #[test]
    fn a_full_disk_is_told() {
        let document = sample::document();
        let mut small = [0; 2000];
        let result = write_as_made(&mut small.as_mut_slice(), &document.captures, |hand_over| {
            document.messages.iter().for_each(hand_over);
            Rest {
                operations: Vec::new(),
                context: Vec::new(),
                anomalies: Vec::new(),
                diagnosis: Vec::new(),
                summary: document.summary.clone(),
            }
        });
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }

    #[test]
    fn what_could_command_a_terminal_is_escaped_and_reads_back() {
        let text = "a\u{7f}é\u{9b}b\u{202e}\u{e0041}\u{1b}日";
        let mut out = Vec::new();
        write(&mut out, &text, false).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert_eq!(written, "\"a\\u007fé\\u009bb\\u202e\\udb40\\udc41\\u001b日\"\n");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }

    #[test]
    fn reads_back_as_it_was() {
        let document = sample::document();
        let mut text = Vec::new();
        write(&mut text, &document, true).unwrap();
        let read: Document = serde_json::from_slice(&text).unwrap();
        let mut again = Vec::new();
        write(&mut again, &read, true).unwrap();
        assert!(again == text);
    }
}
