//! What other tools read: every JSON document against the schema that the program prints, CSV against the JSON.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | documents and lines of every capture fit their schema, redacted or not | [`documents_fit_the_schema_that_is_printed`] |
//! | so do a comparison, a manifest, an expectation and decoded files | [`the_smaller_documents_fit_theirs`] |
//! | every time is RFC 3339 | in both |
//! | a cell of CSV holds the value that JSON has | [`csv_holds_the_values_of_the_json`] |

use std::path::PathBuf;

use jsonschema::Validator;
use serde_json::Value;

use crate::support::{every_capture, for_each, printed, read_json, real_captures, run, testdata};

fn schema(of: &str) -> Validator {
    let schema: Value = serde_json::from_str(&printed(&["schema", of], &[])).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// Fields that hold a time.
const TIMES: &[&str] = &["started", "ended", "time", "first", "last", "expiry", "absolute"];

/// What is wrong with a document; only the beginning.
fn complaints(schema: &Validator, value: &Value) -> Vec<String> {
    let errors = schema.iter_errors(value);
    let mut found: Vec<String> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    times(value, &mut found);
    found.truncate(3);
    found
}

fn times(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| times(item, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if let (true, Value::String(time)) = (TIMES.contains(&name.as_str()), field)
                    && time.parse::<jiff::Timestamp>().is_err()
                {
                    found.push(format!("{name}: {time:?} is no time"));
                }
                times(field, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn documents_fit_the_schema_that_is_printed() {
    let documents = [
        (&["messages", "--format", "json"][..], schema("document")),
        (&["pdus", "--format", "json"][..], schema("pdus")),
        (&["captures", "--format", "json"][..], schema("captures")),
    ];
    let lines = [
        (&["messages", "--format", "jsonl"][..], schema("line")),
        (&["pdus", "--format", "jsonl"][..], schema("pdu")),
    ];
    let wrong = for_each(&every_capture(), |files| {
        let mut wrong = Vec::new();
        let real = files[0].starts_with(testdata().join("captures"));
        for redact in [&[][..], &["--redact"][..]]
            .into_iter()
            .take(1 + usize::from(real))
        {
            let mut hold = |arguments: &[&str], schema: &Validator, by_line: bool| {
                let text = printed(&[arguments, redact].concat(), files);
                let whole = [text.as_str()];
                let values: Vec<&str> = if by_line {
                    text.lines().collect()
                } else {
                    whole.to_vec()
                };
                for value in values {
                    let found = complaints(schema, &parsed(value));
                    if !found.is_empty() {
                        wrong.push(format!("{files:?} {arguments:?} {redact:?}: {found:?}"));
                    }
                }
            };
            documents
                .iter()
                .for_each(|(arguments, schema)| hold(arguments, schema, false));
            // Lines are made of what documents are made of: real captures are enough.
            let lines = lines.iter().filter(|_| real);
            lines
                .clone()
                .for_each(|(arguments, schema)| hold(arguments, schema, true));
        }
        wrong
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_smaller_documents_fit_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let capture = |name: &str| testdata().join("captures").join(name);
    let none: Vec<String> = Vec::new();

    let (first, second) = (capture("h_notif_repeated.pcap"), capture("a1_happy_smpp.pcap"));
    let diff = parsed(&printed(&["diff", "--format", "json"], &[first.clone(), second]));
    assert_eq!(complaints(&schema("diff"), &diff), none);

    let slower = folder.path().join("slower.json");
    let mut document: Value = parsed(&printed(&["--format", "json"], std::slice::from_ref(&first)));
    document["messages"][0]["submission"]["latency_ms"] = 5000.5.into();
    std::fs::write(&slower, document.to_string()).unwrap();
    let diff = parsed(&printed(&["diff", "--format", "json"], &[first.clone(), slower]));
    assert_eq!(complaints(&schema("diff"), &diff), none);
    let change = &diff["changed"][0]["changes"][0];
    assert_eq!(
        (&change["field"], &change["second"]),
        (&"send".into(), &5000.5.into())
    );

    let parts = folder.path().join("parts");
    printed(
        &["parts", "-d", parts.to_str().unwrap()],
        std::slice::from_ref(&first),
    );
    let manifest = read_json(&parts.join("manifest.json"));
    assert_eq!(complaints(&schema("parts"), &manifest), none);
    assert!(!manifest.as_array().unwrap().is_empty());

    std::fs::copy(&first, folder.path().join("one.pcap")).unwrap();
    printed(&["check", "--bless"], &[folder.path().join("one.pcap")]);
    let expectation = read_json(&folder.path().join("one.expect.json"));
    assert_eq!(complaints(&schema("expectation"), &expectation), none);

    let file = folder.path().join("pdu.mms");
    std::fs::write(&file, b"\x8c\x85\x98tid\0\x8d\x92\x95\x81").unwrap();
    let decoded = parsed(&printed(
        &["decode", "--format", "json"],
        std::slice::from_ref(&file),
    ));
    assert_eq!(complaints(&schema("pdus"), &decoded), none);
    assert_eq!(decoded["pdus"][0]["pdu"], "m-acknowledge-ind");
    let line = parsed(&printed(&["decode", "--format", "jsonl"], &[file]));
    assert_eq!(complaints(&schema("pdu"), &line), none);
}

#[test]
fn an_export_of_version_1_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = [testdata().join("captures/m_mailbox.pcap")];
    let mut document = parsed(&printed(&["--format", "json"], &file));
    assert_eq!(document["version"], 2);
    let now = folder.path().join("now.json");
    std::fs::write(&now, document.to_string()).unwrap();
    document["version"] = 1.into();
    document.as_object_mut().unwrap().shift_remove("diagnosis");
    for message in document["messages"].as_array_mut().unwrap() {
        let message = message.as_object_mut().unwrap();
        for field in ["key", "revision", "recipients", "mmsc"] {
            message.shift_remove(field);
        }
    }
    let before = folder.path().join("before.json");
    std::fs::write(&before, document.to_string()).unwrap();
    let (status, _, errors) = run(&["diff"], &[before, now]);
    assert_eq!((status, errors.as_str()), (0, ""));
}

#[test]
fn a_key_has_one_type_over_all_lines() {
    /// What a value is, as tools that infer a table's types from lines tell it.
    fn kind(value: &Value) -> Option<&'static str> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some("boolean"),
            Value::Number(_) => Some("number"),
            Value::String(_) => Some("text"),
            Value::Array(_) => Some("list"),
            Value::Object(_) => Some("object"),
        }
    }
    let mut kinds = std::collections::BTreeMap::new();
    let (mut types, mut keys) = (
        std::collections::BTreeSet::new(),
        std::collections::BTreeSet::new(),
    );
    let text = printed(&["--format", "jsonl"], &real_captures());
    for line in text.lines() {
        let line = parsed(line);
        for (key, value) in line.as_object().unwrap() {
            if let Some(kind) = kind(value) {
                assert_eq!(*kinds.entry(key.clone()).or_insert(kind), kind, "{key}");
            }
        }
        if line["type"] == "message" {
            assert!(
                keys.insert(line["key"].as_str().unwrap().to_owned()),
                "{}",
                line["key"]
            );
        }
        types.insert(line["type"].as_str().unwrap().to_owned());
    }
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    assert_eq!(
        types,
        [
            "anomaly",
            "capture",
            "diagnosis",
            "message",
            "operation",
            "summary"
        ]
    );
}

#[test]
fn a_schema_of_nothing_known_is_refused() {
    let (status, _, stderr) = run(&["schema", "weather"], &[]);
    assert_eq!(status, 2);
    assert!(stderr.contains("document"), "{stderr}");
}

/// The values at a path, as a cell of CSV has them.
fn cell(message: &Value, path: &str) -> String {
    let mut values = vec![message];
    for step in path.split('.') {
        let next = values.into_iter().filter_map(|value| value.get(step));
        values = next
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                one => vec![one],
            })
            .collect();
    }
    let texts = values
        .into_iter()
        .filter(|value| !value.is_null())
        .map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
    texts.collect::<Vec<_>>().join(";")
}

/// A cell without the mark that keeps a spreadsheet from computing it.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[test]
fn csv_holds_the_values_of_the_json() {
    let paths = [
        "id",
        "started",
        "ended",
        "duration_ms",
        "message_id",
        "from",
        "to",
        "cc",
        "subject",
        "message_class",
        "content_type",
        "size",
        "outcome",
        "state",
        "evidence",
        "parts.sha256",
        "parts.size",
        "failures.kind",
        "failures.code",
        "failures.frame",
        "submission.transaction_id",
        "submission.latency_ms",
        "submission.tries",
        "deliveries.recipient",
        "deliveries.retrievals.latency_ms",
        "deliveries.retrievals.complete",
        "events.frame",
    ];
    let mut compared = 0;
    for file in real_captures() {
        let file: &[PathBuf] = &[file];
        let document = parsed(&printed(&["--format", "json"], file));
        let text = printed(&["--format", "csv", "--fields", &paths.join(",")], file);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(header, paths);
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        let messages = document["messages"].as_array().unwrap();
        assert_eq!(rows.len(), messages.len(), "{file:?}");
        for (row, message) in rows.iter().zip(messages) {
            for (given, path) in row.iter().zip(paths) {
                assert_eq!(unguarded(given), cell(message, path), "{file:?} {path}");
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "only {compared} cells were compared");
}
