//! What is expected of a capture, as it is written down: `{"match": "subset", "files": […], "expect": {…}}`.
//!
//! `expect` has the shape of the JSON output. With `subset` only the fields it names are compared, lists element by
//! element and in full length; with `exact` everything is. `files` names captures other than the one beside.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::Error as _};
use serde_json::{Map, Value};

use super::compare::{Difference, compare};
use crate::report::document::Document;
use crate::report::redact::Redactor;
use crate::report::render::{file, json};

/// Largest expectation that is read, in octets: far beyond any that a person would review.
const MAX_LENGTH: u64 = 256 * 1024 * 1024;

/// How much is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// The fields that the expectation names.
    #[default]
    Subset,
    /// Everything.
    Exact,
}

/// What is expected of a capture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// How much is compared.
    #[serde(default, rename = "match")]
    pub way: Match,
    /// The captures to read as one, beside the expectation; without any, the one of its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The document, or as much of it as is to be compared.
    pub expect: Value,
}

/// Why an expectation cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExpectationError {
    /// There is none.
    #[error("there is no expectation")]
    Missing,
    /// It cannot be read.
    #[error("the expectation cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Its name is that of a device, a pipe or a directory.
    #[error("the expectation is no file")]
    NoFile,
    /// It is not in the form that an expectation has.
    #[error("this is no expectation: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It expects nothing, so it would hold of anything.
    #[error("the expectation expects nothing")]
    Empty,
    /// It names a capture outside its own directory.
    #[error("the expectation names {0:?}, which is no file beside it")]
    Elsewhere(String),
}

impl ExpectationError {
    /// Takes out what names somebody.
    pub(super) fn redact(&mut self, redactor: &mut Redactor) {
        match self {
            Self::Missing | Self::Unreadable(_) | Self::NoFile | Self::Empty => {}
            // It may quote what it stumbled on.
            Self::Malformed(error) => *error = serde_json::Error::custom(redactor.text(&error.to_string())),
            Self::Elsewhere(name) => *name = redactor.path(name),
        }
    }
}

impl Expectation {
    /// One that nothing was written into yet.
    pub(super) const fn new(way: Match) -> Self {
        Self {
            way,
            files: Vec::new(),
            expect: Value::Null,
        }
    }

    /// Reads an expectation.
    ///
    /// # Errors
    /// Where there is none, or where it cannot be used.
    pub fn read(path: &Path) -> Result<Self, ExpectationError> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ExpectationError::Missing),
            Err(error) => return Err(error.into()),
        };
        // A device has no length and may have no end, and a pipe may never be written to.
        if !metadata.is_file() {
            return Err(ExpectationError::NoFile);
        }
        let mut json = Vec::new();
        File::open(path)?.take(MAX_LENGTH + 1).read_to_end(&mut json)?;
        if json.len() as u64 > MAX_LENGTH {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large").into());
        }
        Self::parse(&json)
    }

    /// Reads an expectation out of its JSON text.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub fn parse(json: &[u8]) -> Result<Self, ExpectationError> {
        let expectation: Self = serde_json::from_slice(json)?;
        expectation.validated()
    }

    fn validated(self) -> Result<Self, ExpectationError> {
        if self.expect.as_object().is_none_or(Map::is_empty) {
            return Err(ExpectationError::Empty);
        }
        let beside = |name: &String| {
            Path::new(name)
                .file_name()
                .is_some_and(|file| file == name.as_str())
        };
        match self.files.iter().find(|name| !beside(name)) {
            Some(name) => Err(ExpectationError::Elsewhere(name.clone())),
            None => Ok(self),
        }
    }

    /// In what a result differs from it.
    pub fn differences(&self, actual: &Value) -> Vec<Difference> {
        compare(&self.expect, actual, self.way)
    }

    /// The expectation that this result fulfils, of the same fields as this one.
    pub(super) fn blessed(&self, actual: &Value) -> Self {
        let expect = match (self.way, &self.expect) {
            (Match::Exact, _) => actual.clone(),
            (Match::Subset, Value::Null) => usual(actual),
            (Match::Subset, expected) => project(expected, actual),
        };
        Self {
            expect,
            ..self.clone()
        }
    }

    /// Writes it down, to be read by people.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        file::write_whole(path, |out| json::write(out, self, true))
    }
}

/// A document as it is compared: captures go by their file names, wherever they lie.
pub(super) fn comparable(document: &Document) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(document)?;
    let captures = value.get_mut("captures").and_then(Value::as_array_mut);
    for capture in captures.into_iter().flatten() {
        let name = capture
            .get("path")
            .and_then(Value::as_str)
            .and_then(|path| Path::new(path).file_name());
        let name = name.map(|name| name.to_string_lossy().into_owned());
        if let (Some(name), Some(capture)) = (name, capture.as_object_mut()) {
            capture.insert("path".to_owned(), name.into());
        }
    }
    Ok(value)
}

/// The fields of `shape`, with the values of `actual`. Further list elements take the shape of the first.
fn project(shape: &Value, actual: &Value) -> Value {
    match (shape, actual) {
        (Value::Object(shape), Value::Object(actual)) => {
            let kept = shape.iter().filter_map(|(name, shape)| {
                let value = actual.get(name)?;
                Some((name.clone(), project(shape, value)))
            });
            Value::Object(kept.collect())
        }
        (Value::Array(shapes), Value::Array(actual)) => {
            let elements = actual.iter().enumerate().map(|(at, value)| {
                let shape = shapes.get(at).or_else(|| shapes.first());
                shape.map_or_else(|| value.clone(), |shape| project(shape, value))
            });
            Value::Array(elements.collect())
        }
        (_, actual) => actual.clone(),
    }
}

/// What a new expectation holds: verdicts, who and what, failures with their frames; no times and no addresses.
fn usual(actual: &Value) -> Value {
    const MESSAGE: &[&str] = &[
        "message_id",
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "size",
        "outcome",
        "state",
        "evidence",
    ];
    let messages = list(actual, "messages", |message| {
        let mut kept = fields(message, MESSAGE);
        kept.insert(
            "parts".to_owned(),
            list(message, "parts", |part| {
                Value::Object(fields(part, &["content_type", "size", "sha256"]))
            }),
        );
        let submission = message
            .get("submission")
            .filter(|submission| !submission.is_null());
        kept.insert(
            "submission".to_owned(),
            submission.map_or(Value::Null, |submission| {
                Value::Object(fields(
                    submission,
                    &["state", "http_status", "response_status", "tries"],
                ))
            }),
        );
        kept.insert(
            "deliveries".to_owned(),
            list(message, "deliveries", |delivery| {
                Value::Object(fields(delivery, &["recipient", "state", "outcome"]))
            }),
        );
        kept.insert(
            "failures".to_owned(),
            list(message, "failures", |failure| {
                Value::Object(fields(
                    failure,
                    &["stage", "kind", "code", "recipient", "capture", "frame"],
                ))
            }),
        );
        kept.insert(
            "links".to_owned(),
            list(message, "links", |link| {
                Value::Object(fields(link, &["join", "by", "confidence"]))
            }),
        );
        Value::Object(kept)
    });
    let captures = list(actual, "captures", |capture| {
        let mut kept = fields(capture, &["packets"]);
        kept.insert(
            "problems".to_owned(),
            list(capture, "problems", |problem| {
                Value::Object(fields(problem, &["kind", "frame"]))
            }),
        );
        Value::Object(kept)
    });
    let operations = list(actual, "operations", |operation| {
        Value::Object(fields(operation, &["type", "outcome", "status"]))
    });
    let mut kept = Map::new();
    kept.insert("captures".to_owned(), captures);
    kept.insert("messages".to_owned(), messages);
    kept.insert("operations".to_owned(), operations);
    kept.insert(
        "summary".to_owned(),
        actual.get("summary").cloned().unwrap_or_default(),
    );
    Value::Object(kept)
}

fn fields(object: &Value, names: &[&str]) -> Map<String, Value> {
    let kept = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), object.get(name)?.clone())));
    kept.collect()
}

fn list(object: &Value, name: &str, keep: impl Fn(&Value) -> Value) -> Value {
    let elements = object.get(name).and_then(Value::as_array);
    Value::Array(elements.into_iter().flatten().map(keep).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn an_expectation_may_not_reach_out_of_its_directory() {
        for name in ["../a.pcap", "/etc/passwd", "sub/a.pcap", "", ".."] {
            let expectation = Expectation {
                files: vec![name.to_owned()],
                expect: serde_json::json!({"version": 1}),
                ..Expectation::new(Match::Subset)
            };
            assert!(
                matches!(expectation.validated(), Err(ExpectationError::Elsewhere(_))),
                "{name}"
            );
        }
    }

    #[test]
    #[cfg(unix)]
    fn an_expectation_without_end_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("endless.expect.json");
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert!(matches!(Expectation::read(&path), Err(ExpectationError::NoFile)));
        let missing = directory.path().join("missing.expect.json");
        assert!(matches!(
            Expectation::read(&missing),
            Err(ExpectationError::Missing)
        ));
    }

    #[test]
    fn a_new_expectation_is_short_and_stable() {
        let actual = comparable(&sample::document_of(vec![sample::failed()])).unwrap();
        let blessed = Expectation::new(Match::Subset).blessed(&actual);
        let text = serde_json::to_string_pretty(&blessed).unwrap();
        insta::assert_snapshot!(text);
        assert!(blessed.differences(&actual).is_empty());
    }

    #[test]
    fn where_a_capture_lies_makes_no_difference() {
        let mut document = sample::document();
        let here = comparable(&document).unwrap();
        document.captures[0].path = "/elsewhere/a.pcapng".to_owned();
        assert!(compare(&here, &comparable(&document).unwrap(), Match::Exact).is_empty());
    }
}
