//! One JSON object a line: `{"type": "capture" | "message" | "operation" | "anomaly" | "summary", …}`, each with the
//! fields it has in the document. Messages may be written as they close; the summary comes last.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{self, Json, Object, Page};
use crate::report::document::{Anomaly, Capture, Document, Message, Operation, Summary};

/// An operation's line: its own `type` goes into `operation`.
#[derive(Serialize)]
struct OperationLine<'a> {
    #[serde(rename = "type")]
    line: &'static str,
    operation: &'a str,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// Writes lines.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// Where a line is put together from its thousands of pieces.
    page: Page<false>,
}

impl<W: Write> Writer<W> {
    /// Lines go to `out`.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            page: Page::new(),
        }
    }

    /// An input.
    pub fn capture(&mut self, capture: &Capture) -> io::Result<()> {
        self.line("capture", capture)
    }

    /// A message.
    pub fn message(&mut self, message: &Message) -> io::Result<()> {
        self.line("message", message)
    }

    /// An operation; what is its `type` in the document is `operation` here, as `type` names the line.
    pub fn operation(&mut self, operation: &Operation) -> io::Result<()> {
        let mut rest = match serde_json::to_value(operation)? {
            serde_json::Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        };
        rest.shift_remove("type");
        let line = OperationLine {
            line: "operation",
            operation: &operation.kind,
            rest,
        };
        json::write(&mut self.out, &line, false)
    }

    /// An anomaly.
    pub fn anomaly(&mut self, anomaly: &Anomaly) -> io::Result<()> {
        self.line("anomaly", anomaly)
    }

    /// The totals, and the end.
    pub fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.line("summary", summary)?;
        self.out.flush()
    }

    fn line(&mut self, kind: &str, object: &impl Object) -> io::Result<()> {
        let page = &mut self.page;
        page.open(b'{');
        page.name(r#","type":"#, true);
        kind.put(page);
        object.put_members(page, false);
        page.close(b'}', false);
        page.end_line();
        page.write_to(&mut self.out)
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
        &document.anomalies,
        &document.summary,
    )
}

/// Writes what is known at the end: captures, anomalies, and the totals.
pub fn finish(
    writer: &mut Writer<impl Write>,
    captures: &[Capture],
    anomalies: &[Anomaly],
    summary: &Summary,
) -> io::Result<()> {
    for capture in captures {
        writer.capture(capture)?;
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
                "anomaly",
                "summary"
            ]
        );
        assert_eq!(lines[4]["operation"], "mbox-store");
        assert_eq!(lines[7]["messages"], 4);
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
