//! One JSON object a line. A message's fields stand on its line itself; any other record stands under the name of its type,
//! `{"type": "operation", "operation": {…}}`, so that a key has one type over all lines. Messages may be written as they
//! close; the summary comes last.

use std::io::{self, Write};

#[cfg(test)]
use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::columns::Column;
use super::json;
use crate::report::document::{
    Anomaly, Capture, ContextEntry, Diagnosis, Document, Message, Operation, Summary,
};

/// A line of `--format jsonl`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line<'a> {
    /// A message.
    Message(&'a Message),
    /// An operation.
    Operation {
        /// As in the document.
        operation: &'a Operation,
    },
    /// A message that was written before and is none of its own.
    Superseded {
        /// Which, and what became of it.
        superseded: Superseded<'a>,
    },
    /// A transaction with a system around the MMSC that failed and concerns no message.
    Context {
        /// A list of one, as a message's own is a list.
        context: [&'a ContextEntry; 1],
    },
    /// An input.
    Capture {
        /// As in the document.
        capture: &'a Capture,
    },
    /// An anomaly.
    Anomaly {
        /// As in the document.
        anomaly: &'a Anomaly,
    },
    /// What could hide messages.
    Diagnosis {
        /// As in the document.
        diagnosis: &'a Diagnosis,
    },
    /// The totals; the last line.
    Summary {
        /// As in the document.
        summary: &'a Summary,
    },
}

/// A message that turned out to be part of another one, of a run that follows its input.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Superseded<'a> {
    /// Its key.
    pub key: &'a str,
    /// The key of the message that it is part of; `null` where it turned out to be none at all.
    pub by: Option<&'a str>,
}

/// Which lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Messages.
    Message,
    /// Operations.
    Operation,
    /// The totals.
    Summary,
}

/// What is written of what there is; by default all of it.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Lines of these types alone.
    pub only: Option<Record>,
    /// Of messages, these columns alone.
    pub fields: Option<Vec<Column>>,
}

impl Chosen {
    fn has(&self, record: Record) -> bool {
        self.only.is_none_or(|only| only == record)
    }
}

/// Columns of a message as an object, beneath the type of the line.
struct Picked<'a>(&'a [Column], &'a Message);

impl Serialize for Picked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(columns, message) = self;
        let mut line = serializer.serialize_map(Some(columns.len() + 1))?;
        line.serialize_entry("type", "message")?;
        for column in *columns {
            line.serialize_entry(&column.name(), &column.json(message))?;
        }
        line.end()
    }
}

/// Writes lines.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    chosen: Chosen,
    /// Where a line is put together from its thousands of pieces.
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Lines go to `out`.
    pub fn new(out: W) -> Self {
        Self::of(out, Chosen::default())
    }

    /// Some lines go to `out`.
    pub const fn of(out: W, chosen: Chosen) -> Self {
        Self {
            out,
            chosen,
            line: Vec::new(),
        }
    }

    /// An input.
    pub fn capture(&mut self, capture: &Capture) -> io::Result<()> {
        self.line(&Line::Capture { capture })
    }

    /// A message.
    pub fn message(&mut self, message: &Message) -> io::Result<()> {
        match &self.chosen.fields {
            _ if !self.chosen.has(Record::Message) => Ok(()),
            Some(columns) => {
                self.line.clear();
                json::write_line(&mut self.line, &Picked(columns, message))?;
                self.out.write_all(&self.line)
            }
            None => self.line(&Line::Message(message)),
        }
    }

    /// An operation.
    pub fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        match self.chosen.has(Record::Operation) {
            true => self.line(&Line::Operation { operation }),
            false => Ok(()),
        }
    }

    /// A message that was written before and is none of its own.
    pub fn superseded(&mut self, superseded: Superseded<'_>) -> io::Result<()> {
        match self.chosen.has(Record::Message) {
            true => self.line(&Line::Superseded { superseded }),
            false => Ok(()),
        }
    }

    /// Hands on what was written so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// A transaction that failed and concerns no message.
    pub fn context(&mut self, entry: &ContextEntry) -> io::Result<()> {
        self.line(&Line::Context { context: [entry] })
    }

    /// An anomaly.
    pub fn anomaly(&mut self, anomaly: &Anomaly) -> io::Result<()> {
        self.line(&Line::Anomaly { anomaly })
    }

    /// What could hide messages.
    pub fn diagnosis(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        self.line(&Line::Diagnosis { diagnosis })
    }

    /// The totals, and the end.
    pub fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.line(&Line::Summary { summary })?;
        self.out.flush()
    }

    /// Writes what is known at the end.
    fn end(&mut self, captures: &[Capture], end: &End<'_>) -> io::Result<()> {
        if self.chosen.only.is_none() {
            captures.iter().try_for_each(|capture| self.capture(capture))?;
            end.context.iter().try_for_each(|entry| self.context(entry))?;
            end.anomalies
                .iter()
                .try_for_each(|anomaly| self.anomaly(anomaly))?;
            end.diagnosis
                .iter()
                .try_for_each(|diagnosis| self.diagnosis(diagnosis))?;
        }
        if self.chosen.has(Record::Summary) {
            self.summary(end.summary)?;
        }
        self.out.flush()
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.line.clear();
        json::write_line(&mut self.line, line)?;
        self.out.write_all(&self.line)
    }
}

/// Writes a whole document, with the messages given.
pub fn write<'a>(
    out: &mut impl Write,
    document: &Document,
    messages: impl IntoIterator<Item = &'a Message>,
) -> io::Result<()> {
    write_chosen(out, document, messages, Chosen::default())
}

/// Writes some of a document.
pub fn write_chosen<'a>(
    out: &mut impl Write,
    document: &Document,
    messages: impl IntoIterator<Item = &'a Message>,
    chosen: Chosen,
) -> io::Result<()> {
    let mut writer = Writer::of(out, chosen);
    for message in messages {
        writer.message(message)?;
    }
    for operation in &document.operations {
        writer.operation(operation)?;
    }
    finish(&mut writer, &document.captures, &End::of(document))
}

/// What is known at the end, beside the captures.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Transactions that concern no message.
    pub context: &'a [ContextEntry],
    /// The anomalies.
    pub anomalies: &'a [Anomaly],
    /// What could hide messages.
    pub diagnosis: &'a [Diagnosis],
    /// The totals.
    pub summary: &'a Summary,
}

impl<'a> End<'a> {
    const fn of(document: &'a Document) -> Self {
        Self {
            context: document.context.as_slice(),
            anomalies: document.anomalies.as_slice(),
            diagnosis: document.diagnosis.as_slice(),
            summary: &document.summary,
        }
    }
}

/// Writes what is known at the end: captures, transactions that concern no message, anomalies, what could hide messages, and the totals.
pub fn finish(writer: &mut Writer<impl Write>, captures: &[Capture], end: &End<'_>) -> io::Result<()> {
    writer.end(captures, end)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::sample;

    #[test]
    fn one_object_a_line_summary_last() {
        let document = sample::document();
        let mut text = Vec::new();
        write(&mut text, &document, &document.messages).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
        assert_eq!(
            types,
            [
                "message",
                "message",
                "message",
                "message",
                "operation",
                "capture",
                "context",
                "anomaly",
                "diagnosis",
                "summary"
            ]
        );
        assert_eq!(lines[4]["operation"]["type"], "mbox-store");
        assert_eq!(lines[9]["summary"]["messages"], 4);
        let message: Message = serde_json::from_value(lines[2].clone()).unwrap();
        assert_eq!(message, document.messages[2]);
    }

    #[test]
    fn a_line_is_the_object_of_the_document_with_its_type_before_it() {
        for message in &sample::document().messages {
            let (mut line, mut object) = (Vec::new(), Vec::new());
            Writer::new(&mut line).message(message).unwrap();
            json::write(&mut object, message, false).unwrap();
            let object = String::from_utf8(object).unwrap();
            let expected = object.replacen('{', "{\"type\":\"message\",", 1);
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
