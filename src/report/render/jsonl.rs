//! One JSON object a line. A message's fields stand on its line itself; any other record stands under the name of its type,
//! `{"type": "operation", "operation": {…}}`, so that a key has one type over all lines. Messages may be written as they
//! close; the summary comes last.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use crate::report::document::{
    Anomaly, Capture, ContextEntry, Diagnosis, Document, Message, Operation, Summary,
};

/// A line of `--format jsonl`.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line<'a> {
    /// A message.
    Message(&'a Message),
    /// An operation.
    Operation {
        /// As in the document.
        operation: &'a Operation,
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

/// Writes lines.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// Where a line is put together from its thousands of pieces.
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Lines go to `out`.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            line: Vec::new(),
        }
    }

    /// An input.
    pub fn capture(&mut self, capture: &Capture) -> io::Result<()> {
        self.line(&Line::Capture { capture })
    }

    /// A message.
    pub fn message(&mut self, message: &Message) -> io::Result<()> {
        self.line(&Line::Message(message))
    }

    /// An operation.
    pub fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        self.line(&Line::Operation { operation })
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

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.line.clear();
        json::write(&mut self.line, line, false)?;
        self.out.write_all(&self.line)
    }
}

/// Writes a whole document, with the messages given.
pub fn write<'a>(
    out: &mut impl Write,
    document: &Document,
    messages: impl IntoIterator<Item = &'a Message>,
) -> io::Result<()> {
    let mut writer = Writer::new(out);
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
    for capture in captures {
        writer.capture(capture)?;
    }
    for entry in end.context {
        writer.context(entry)?;
    }
    for anomaly in end.anomalies {
        writer.anomaly(anomaly)?;
    }
    for diagnosis in end.diagnosis {
        writer.diagnosis(diagnosis)?;
    }
    writer.summary(end.summary)
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
