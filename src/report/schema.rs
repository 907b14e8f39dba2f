//! The JSON Schema of the output, made from its types, so that it cannot say anything else than they do.

use std::io::{self, Write};

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use crate::report::document::{Document, inventory::Inventory};
use crate::report::pdu::PduObject;
use crate::report::render::{json, jsonl::Line};

/// The document of `mmsmate pdus --format json` and `mmsmate decode --format json`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: it is written as PDUs come")]
struct Pdus {
    /// Always `mmsmate.pdus`.
    format: String,
    /// Always 1.
    version: u32,
    /// In the order in which they were complete.
    pdus: Vec<PduObject>,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The document of `--format json`.
    Document,
    /// A line of `--format jsonl`.
    Line,
    /// The document of `mmsmate pdus --format json`.
    Pdus,
    /// A line of `mmsmate pdus --format jsonl`.
    Pdu,
    /// The document of `mmsmate captures --format json`.
    Captures,
}

/// The schema, of draft 2020-12 and for what is written: every field is required, absent knowledge is null.
pub fn of(subject: Subject) -> Schema {
    match subject {
        Subject::Document => of_type::<Document>(),
        Subject::Line => of_type::<Line<'_>>(),
        Subject::Pdus => of_type::<Pdus>(),
        Subject::Pdu => of_type::<PduObject>(),
        Subject::Captures => of_type::<Inventory>(),
    }
}

/// The schema of any type that is written.
pub fn of_type<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// Writes the schema.
pub fn write(out: &mut impl Write, schema: &Schema) -> io::Result<()> {
    json::write(out, schema, true)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::{redact::Redactor, render::jsonl, sample};

    fn complaints(subject: Subject, value: &Value) -> Vec<String> {
        let validator = jsonschema::validator_for(&of(subject).to_value()).unwrap();
        validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    #[test]
    fn the_document_fits_its_schema_redacted_or_not() {
        let mut document = sample::document();
        let none: Vec<String> = Vec::new();
        assert_eq!(
            complaints(Subject::Document, &serde_json::to_value(&document).unwrap()),
            none
        );
        Redactor::default().document(&mut document);
        assert_eq!(
            complaints(Subject::Document, &serde_json::to_value(&document).unwrap()),
            none
        );
    }

    #[test]
    fn every_line_fits_its_schema() {
        let document = sample::document();
        let mut text = Vec::new();
        jsonl::write(&mut text, &document, &document.messages).unwrap();
        for line in String::from_utf8(text).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(complaints(Subject::Line, &line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut value = serde_json::to_value(sample::document()).unwrap();
        value["messages"][0]["outcome"] = "maybe".into();
        assert_eq!(complaints(Subject::Document, &value).len(), 1);
        let mut value = serde_json::to_value(sample::document()).unwrap();
        value["messages"][0].as_object_mut().unwrap().remove("subject");
        assert_eq!(complaints(Subject::Document, &value).len(), 1);
        assert!(!complaints(Subject::Line, &serde_json::json!({"type": "other"})).is_empty());
    }
}
