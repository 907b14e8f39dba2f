//! One JSON object a line: `{"type": "capture" | "message" | "operation" | "context" | "anomaly" | "summary", …}`, each with the
//! fields it has in the document. Messages may be written as they close; the summary comes last.

use std::borrow::Cow;
use std::io::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::json;
use crate::report::document::{
    Anomaly, Capture, ContextEntry, Document, Message, Operation, OperationKind, Summary,
};

/// A line of `--format jsonl`.
// An object of the document, with its type before its members.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line<'a> {
    /// An input.
    Capture(&'a Capture),
    /// A message.
    Message(&'a Message),
    /// An operation.
    Operation(OperationLine<'a>),
    /// A transaction with a system around the MMSC that failed and concerns no message.
    Context(&'a ContextEntry),
    /// An anomaly.
    Anomaly(&'a Anomaly),
    /// The totals; the last line.
    Summary(&'a Summary),
}

/// An operation's line: as in the document, but what is its `type` there is `operation` here.
#[derive(Serialize, JsonSchema)]
pub struct OperationLine<'a> {
    /// `mbox-store`, `mbox-view`, `mbox-upload`, `mbox-delete`, `delete`, `cancel`, `mm7-cancel`, `mm7-replace`,
    /// `mm7-extended-cancel`, `mm7-extended-replace`.
    #[schemars(with = "String")]
    operation: OperationKind,
    #[serde(flatten)]
    rest: OperationRest<'a>,
}

/// An operation without its `type`.
struct OperationRest<'a>(&'a Operation);

impl Serialize for OperationRest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operation = serde_json::to_value(self.0).map_err(S::Error::custom)?;
        if let Some(fields) = operation.as_object_mut() {
            fields.shift_remove("type");
        }
        operation.serialize(serializer)
    }
}

impl JsonSchema for OperationRest<'_> {
    fn schema_name() -> Cow<'static, str> {
        "OperationRest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Operation::json_schema(generator);
        if let Some(properties) = schema.get_mut("properties").and_then(|p| p.as_object_mut()) {
            properties.shift_remove("type");
        }
        if let Some(required) = schema.get_mut("required").and_then(|r| r.as_array_mut()) {
            required.retain(|name| name != "type");
        }
        schema
    }
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
        self.line(&Line::Capture(capture))
    }

    /// A message.
    pub fn message(&mut self, message: &Message) -> io::Result<()> {
        self.line(&Line::Message(message))
    }

    /// An operation; what is its `type` in the document is `operation` here, as `type` names the line.
    pub fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        self.line(&Line::Operation(OperationLine {
            operation: operation.kind,
            rest: OperationRest(operation),
        }))
    }

    /// A transaction that failed and concerns no message.
    pub fn context(&mut self, entry: &ContextEntry) -> io::Result<()> {
        self.line(&Line::Context(entry))
    }

    /// An anomaly.
    pub fn anomaly(&mut self, anomaly: &Anomaly) -> io::Result<()> {
        self.line(&Line::Anomaly(anomaly))
    }

    /// The totals, and the end.
    pub fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.line(&Line::Summary(summary))?;
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
    finish(
        &mut writer,
        &document.captures,
        &document.context,
        &document.anomalies,
        &document.summary,
    )
}

/// Writes what is known at the end: captures, transactions that concern no message, anomalies, and the totals.
pub fn finish(
    writer: &mut Writer<impl Write>,
    captures: &[Capture],
    context: &[ContextEntry],
    anomalies: &[Anomaly],
    summary: &Summary,
) -> io::Result<()> {
    for capture in captures {
        writer.capture(capture)?;
    }
    for entry in context {
        writer.context(entry)?;
    }
    for anomaly in anomalies {
        writer.anomaly(anomaly)?;
    }
    writer.summary(summary)
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
                "summary"
            ]
        );
        assert_eq!(lines[4]["operation"], "mbox-store");
        assert_eq!(lines[8]["messages"], 4);
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
