//! What the systems around an MMSC explain: generated captures with ground truth (`testdata/surroundings/NAME.truth.json`), and
//! that nothing but what explains changes where their packets are taken out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::compare;
use crate::records::{Capture, RECORD_HEADER};
use crate::support::{document, read_json, testdata};

/// All cases: the truth and its captures.
fn cases() -> Vec<(Value, Vec<PathBuf>)> {
    let folder = testdata().join("surroundings");
    let mut truths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".truth.json"))
        .collect();
    truths.sort();
    let files = |truth: &Value| -> Vec<PathBuf> {
        let files = truth["case"]["files"].as_array().unwrap();
        files
            .iter()
            .map(|file| folder.join(file.as_str().unwrap()))
            .collect()
    };
    truths
        .iter()
        .map(|path| {
            let truth = read_json(path);
            let files = files(&truth);
            (truth, files)
        })
        .collect()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A place by its frame.
fn place(seen: &Value) -> Value {
    match seen["frame"].is_null() {
        true => Value::Null,
        false => json!([seen["capture"].as_u64().unwrap_or(0), seen["frame"]]),
    }
}

fn bare(number: &Value) -> Value {
    match number.as_str() {
        Some(number) => number.trim_start_matches('+').into(),
        None => number.clone(),
    }
}

/// What is compared of a transaction.
fn entry(of: &Value, joined: bool) -> String {
    let mut fields = json!({
        "system": of["system"], "protocol": of["protocol"], "operation": of["operation"],
        "request": place(&of["request"]), "response": place(&of["response"]),
        "code": of["status"]["code"], "failed": of["failed"], "recipient": bare(&of["recipient"]),
    });
    if joined {
        fields["by"] = of["by"].clone();
        fields["confidence"] = of["confidence"].clone();
    }
    fields.to_string()
}

fn entries(of: &[Value], joined: bool) -> BTreeSet<String> {
    of.iter().map(|of| entry(of, joined)).collect()
}

fn cause(of: &Value) -> Value {
    match of.is_object() {
        true => json!([of["system"], place(of)]),
        false => Value::Null,
    }
}

fn causes(message: &Value) -> Vec<String> {
    let failures = list(message, "failures").iter();
    let mut causes: Vec<String> = failures
        .map(|failure| format!("{} {}", failure["kind"], cause(&failure["cause"])))
        .collect();
    causes.sort();
    causes.push(cause(&message["cause"]).to_string());
    causes
}

/// The names that sessions gave.
fn identities(links: &[Value]) -> Vec<String> {
    let mut found: Vec<String> = links
        .iter()
        .filter(|link| {
            link["join"]
                .as_str()
                .is_some_and(|join| join.ends_with("-identity"))
        })
        .map(|link| format!("{} {}", link["join"], link["by"]))
        .collect();
    found.sort();
    found
}

fn message_differs(truth: &Value, given: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, expected: String, found: String| {
        if expected != found {
            wrong.push(format!("{what}: {expected} expected, {found} given"));
        }
    };
    let [expected, found] = [truth, given].map(|message| entries(list(message, "context"), true));
    check("context", format!("{expected:#?}"), format!("{found:#?}"));
    check(
        "causes",
        format!("{:?}", causes(truth)),
        format!("{:?}", causes(given)),
    );
    let names = [list(truth, "identity_links"), list(given, "links")].map(identities);
    check("names", format!("{:?}", names[0]), format!("{:?}", names[1]));
    wrong
}

fn differences(truth: &Value, given: &Value) -> Vec<String> {
    let mut wrong = compare::differences(truth, given);
    for (one, other) in list(truth, "messages").iter().zip(list(given, "messages")) {
        wrong.extend(message_differs(one, other));
    }
    let [expected, found] = [truth, given].map(|document| entries(list(document, "context"), false));
    if expected != found {
        wrong.push(format!("of nobody: {expected:#?} expected, {found:#?} given"));
    }
    let kinds = ["identity_conflict", "identity_ambiguous"];
    for kind in kinds {
        let expected = list(truth, "anomalies").iter().any(|anomaly| anomaly == kind);
        let found = list(given, "anomalies")
            .iter()
            .any(|anomaly| anomaly["kind"] == kind);
        if expected != found {
            wrong.push(format!("{kind}: {expected} expected"));
        }
    }
    if truth["summary"]["context"] != given["summary"]["context"] {
        wrong.push(format!(
            "totals: {} expected, {} given",
            truth["summary"]["context"], given["summary"]["context"]
        ));
    }
    wrong
}

#[test]
fn every_transaction_of_every_capture_is_where_it_belongs() {
    let mut wrong = Vec::new();
    for (truth, files) in cases() {
        let differences = match document(&files) {
            Ok(given) => differences(&truth, &given),
            Err(reason) => vec![reason],
        };
        if !differences.is_empty() {
            wrong.push(format!(
                "{}:\n    {}",
                truth["case"]["name"],
                differences.join("\n    ")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A capture in which the frames of all transactions hold nothing.
fn without_transactions(truth: &Value, file: &Path, folder: &tempfile::TempDir) -> Option<PathBuf> {
    const ETHERNET: usize = 14;
    let capture = Capture::read(file)?;
    let seen = list(truth, "surroundings")
        .iter()
        .flat_map(|one| [&one["request"], &one["response"]]);
    let frames: BTreeSet<usize> = seen
        .filter_map(|seen| Some(seen["frame"].as_u64()? as usize))
        .collect();
    let records: Vec<Vec<u8>> = capture
        .records
        .iter()
        .enumerate()
        .map(|(at, record)| {
            let mut record = record.clone();
            if frames.contains(&(at + 1)) {
                // The type of the frame goes too: nothing reads what is left.
                record[RECORD_HEADER + ETHERNET - 2..].fill(0);
            }
            record
        })
        .collect();
    Some(capture.write(folder, "without.pcap", &records))
}

/// What verdicts are made of, without what only explains them, and without the names that sessions gave.
fn judged(mut document: Value, nameless: bool) -> Value {
    let mut messages = document["messages"].take();
    for message in messages.as_array_mut().unwrap() {
        let message = message.as_object_mut().unwrap();
        for key in ["context", "cause", "links", "recipients"] {
            message.remove(key);
        }
        for failure in message["failures"].as_array_mut().unwrap() {
            let failure = failure.as_object_mut().unwrap();
            failure.remove("cause");
            failure.remove("recipient");
        }
        if nameless {
            message.remove("from");
            for delivery in message["deliveries"].as_array_mut().unwrap() {
                delivery.as_object_mut().unwrap().remove("recipient");
            }
        }
    }
    let mut summary = document["summary"].take();
    summary.as_object_mut().unwrap().remove("context");
    json!([messages, summary])
}

#[test]
fn what_explains_judges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (truth, files) in cases() {
        let [file] = files.as_slice() else { continue };
        let Some(without) = without_transactions(&truth, file, &folder) else {
            continue;
        };
        compared += 1;
        let names = list(&truth, "messages")
            .iter()
            .flat_map(|message| list(message, "identity_links"));
        let nameless = names.count() > 0;
        let [with, without] =
            [file.clone(), without].map(|file| judged(document(&[file]).unwrap(), nameless));
        assert_eq!(with, without, "{}", truth["case"]["name"]);
    }
    assert!(compared > 20, "{compared} captures were compared");
}
