//! The document as JSON, written as it goes: no second copy of the messages is made in memory. Characters that could
//! disguise text or command a terminal are written as `\uXXXX`, which reads back as what it was.

mod objects;
mod page;
mod text;
mod values;

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::model::text::is_dangerous;
use crate::report::document::{Anomaly, Capture, Document, FORMAT, Message, Operation, Summary, VERSION};
pub(super) use page::{Json, Object, Page};

/// What stands behind the messages in a document, known only when the last of them is.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The operations.
    pub operations: Vec<Operation>,
    /// The anomalies.
    pub anomalies: Vec<Anomaly>,
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
    let mut writer = DocumentWriter::begin(out, captures)?;
    let mut written = Ok(());
    let rest = messages(&mut |message| {
        if written.is_ok() {
            written = writer.message(message);
        }
    });
    written?;
    writer.end(&rest.operations, &rest.anomalies, &rest.summary)
}

/// Writes a document.
pub fn write_document(out: &mut impl Write, document: &Document) -> io::Result<()> {
    let mut writer = DocumentWriter::begin(out, &document.captures)?;
    for message in &document.messages {
        writer.message(message)?;
    }
    writer.end(&document.operations, &document.anomalies, &document.summary)
}

/// A document on its way out.
struct DocumentWriter<'a, W> {
    out: &'a mut W,
    /// What is not written yet.
    page: Page<true>,
    is_empty: bool,
}

impl<'a, W: Write> DocumentWriter<'a, W> {
    /// All that stands before the messages.
    fn begin(out: &'a mut W, captures: &[Capture]) -> io::Result<Self> {
        let mut writer = Self {
            out,
            page: Page::new(),
            is_empty: true,
        };
        let page = &mut writer.page;
        page.open(b'{');
        page.name(r#","format":"#, true);
        FORMAT.put(page);
        page.name(r#","version":"#, false);
        VERSION.put(page);
        page.name(r#","captures":"#, false);
        writer.list(captures)?;
        writer.page.name(r#","messages":"#, false);
        writer.page.open(b'[');
        Ok(writer)
    }

    fn message(&mut self, message: &Message) -> io::Result<()> {
        self.page.next(self.is_empty);
        self.is_empty = false;
        message.put(&mut self.page);
        self.page.write_to(self.out)
    }

    /// All that stands behind the messages.
    fn end(mut self, operations: &[Operation], anomalies: &[Anomaly], summary: &Summary) -> io::Result<()> {
        self.page.close(b']', self.is_empty);
        self.page.name(r#","operations":"#, false);
        self.list(operations)?;
        self.page.name(r#","anomalies":"#, false);
        self.list(anomalies)?;
        self.page.name(r#","summary":"#, false);
        summary.put(&mut self.page);
        self.page.close(b'}', false);
        self.page.end_line();
        self.page.write_to(self.out)?;
        self.out.flush()
    }

    /// A list, of which no more than one element is ever held as text.
    fn list(&mut self, elements: &[impl Json]) -> io::Result<()> {
        self.page.open(b'[');
        for (at, element) in elements.iter().enumerate() {
            self.page.next(at == 0);
            element.put(&mut self.page);
            self.page.write_to(self.out)?;
        }
        self.page.close(b']', elements.is_empty());
        Ok(())
    }
}

/// A list that is made as it is written.
pub(super) struct Sequence<M>(pub(super) M);

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
pub fn write(out: &mut impl Write, value: &impl Serialize, pretty: bool) -> io::Result<()> {
    if pretty {
        let mut serializer =
            serde_json::Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new(), is_dangerous));
        value.serialize(&mut serializer)?;
    } else {
        serialize_compact(out, value)?;
    }
    out.write_all(b"\n")
}

/// Writes anything on one line.
pub(super) fn serialize_compact(
    out: &mut impl Write,
    value: &(impl Serialize + ?Sized),
) -> serde_json::Result<()> {
    let formatter = Safe(CompactFormatter, is_dangerous);
    value.serialize(&mut serde_json::Serializer::with_formatter(out, formatter))
}

/// Writes anything on one line so that it may stand inside an HTML element: no character of it is markup.
pub(super) fn write_for_html(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let is_markup = |c| matches!(c, '<' | '>' | '&') || is_dangerous(c);
    let mut serializer = serde_json::Serializer::with_formatter(out, Safe(CompactFormatter, is_markup));
    value.serialize(&mut serializer)?;
    Ok(())
}

/// A formatter that escapes characters that JSON itself would let pass.
struct Safe<F>(F, fn(char) -> bool);

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)+) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W, $($argument: $kind),*) -> io::Result<()> {
            self.0.$name(writer, $($argument),*)
        })+
    };
}

impl<F: Formatter> Formatter for Safe<F> {
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
        while let Some((at, c)) = plain.char_indices().find(|(_, c)| (self.1)(*c)) {
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
    fn a_document_is_written_as_by_the_library() {
        for document in [sample::document(), sample::document_of(vec![])] {
            let (mut here, mut by_library) = (Vec::new(), Vec::new());
            write_document(&mut here, &document).unwrap();
            write(&mut by_library, &document, true).unwrap();
            assert_eq!(
                String::from_utf8(here).unwrap(),
                String::from_utf8(by_library).unwrap()
            );
        }
    }

    #[test]
    fn messages_may_be_handed_over_one_by_one() {
        let document = sample::document();
        let (mut whole, mut made) = (Vec::new(), Vec::new());
        write(&mut whole, &document, true).unwrap();
        write_as_made(&mut made, &document.captures, |hand_over| {
            document.messages.iter().for_each(hand_over);
            Rest {
                operations: document.operations.clone(),
                anomalies: document.anomalies.clone(),
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
                anomalies: Vec::new(),
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
        assert_eq!(serde_json::from_slice::<Document>(&text).unwrap(), document);
    }
}
