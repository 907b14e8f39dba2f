//! The JSON Schema of the output. It is made from the types of the output, so that it cannot say anything else than they do: by a
//! test, which holds `definitions.json` to them. The program has the text alone, as what makes it is larger than all it says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::unpacked;

/// All schemas, each on a line, and what they refer to, packed.
const DEFINITIONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.json"));

/// What refers to a definition begins with this.
const REFERENCE: &str = "#/$defs/";

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
    /// The document of `mmsmate mate --format json`.
    Mate,
    /// A line of `mmsmate mate --format jsonl`.
    MateLine,
    /// The document of `mmsmate diff --format json`.
    Diff,
    /// The document of `mmsmate stats --format json`.
    Stats,
    /// The document of `mmsmate compare --format json`.
    Compare,
    /// The manifest that `mmsmate parts` writes.
    Parts,
    /// An expectation of `mmsmate check`.
    Expectation,
}

impl Subject {
    /// Its name among the schemas.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Line => "line",
            Self::Pdus => "pdus",
            Self::Pdu => "pdu",
            Self::Captures => "captures",
            Self::Mate => "mate",
            Self::MateLine => "mate-line",
            Self::Diff => "diff",
            Self::Stats => "stats",
            Self::Compare => "compare",
            Self::Parts => "parts",
            Self::Expectation => "expectation",
        }
    }
}

/// The schema, of draft 2020-12 and for what is written: every field is required, absent knowledge is null.
pub fn of(subject: Subject) -> Value {
    let all: Value = serde_json::from_slice(&unpacked(DEFINITIONS)).unwrap_or_default();
    let mut schema = all
        .pointer("/schemas")
        .and_then(|schemas| schemas.get(subject.name()))
        .cloned();
    let definitions = all.get("definitions").and_then(Value::as_object);
    if let (Some(Value::Object(schema)), Some(definitions)) = (&mut schema, definitions) {
        let mut needed = BTreeMap::new();
        schema
            .values()
            .for_each(|part| add_needed(part, definitions, &mut needed));
        if !needed.is_empty() {
            let needed = needed
                .into_iter()
                .map(|(name, part)| (name.to_owned(), part.clone()));
            schema.insert("$defs".to_owned(), Value::Object(needed.collect()));
        }
    }
    schema.unwrap_or_default()
}

/// Finds the definitions that a part of a schema refers to, and those that these do.
fn add_needed<'a>(
    part: &'a Value,
    definitions: &'a Map<String, Value>,
    needed: &mut BTreeMap<&'a str, &'a Value>,
) {
    match part {
        Value::Object(fields) => {
            let name = fields
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|to| to.strip_prefix(REFERENCE));
            if let Some((name, definition)) = name.and_then(|name| definitions.get_key_value(name))
                && needed.insert(name, definition).is_none()
            {
                add_needed(definition, definitions, needed);
            }
            fields
                .values()
                .for_each(|field| add_needed(field, definitions, needed));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| add_needed(item, definitions, needed)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::{redact::Redactor, render::jsonl, sample};

    fn complaints(subject: Subject, value: &Value) -> Vec<String> {
        let validator = jsonschema::validator_for(&of(subject)).unwrap();
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
