//! What the systems around an MMSC explain: generated captures with ground truth (`testdata/surroundings/NAME.truth.json`), and
//! that nothing but what explains changes where their packets are taken out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use mmsmate::internals::capture::{Captures, find_inputs};

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

/// The frames of a capture by their numbers, each with its time in microseconds and its octets.
fn frames(file: &Path) -> Vec<(u64, i64, Vec<u8>)> {
    let (mut captures, errors) = Captures::open(find_inputs([file.to_owned()], false).inputs);
    assert!(errors.is_empty(), "{errors:?}");
    let mut frames = Vec::new();
    while let Some(frame) = captures.next() {
        let microseconds = frame.at.time.nanoseconds() / 1_000;
        frames.push((frame.at.frame.0, microseconds, frame.data.to_vec()));
    }
    frames
}

/// Link types of the captures at hand.
const ETHERNET: u32 = 1;
const LINUX_SLL: u32 = 113;

/// A pcap file of some frames.
fn write_frames(path: &Path, link_type: u32, frames: &[(u64, i64, Vec<u8>)]) {
    let header = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, link_type];
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_le_bytes()).collect() };
    let mut octets = words(&header);
    for (_, time, data) in frames {
        let length = data.len() as u32;
        let [seconds, rest] = [time / 1_000_000, time % 1_000_000].map(|part| part as u32);
        octets.extend(words(&[seconds, rest, length, length]));
        octets.extend(data);
    }
    std::fs::write(path, octets).unwrap();
}

/// Ports of TCP over IPv4 over Ethernet.
fn ports(frame: &[u8]) -> [u16; 2] {
    [34, 36].map(|at| u16::from_be_bytes([frame[at], frame[at + 1]]))
}

/// The capture with an unanswered CCR as two: Diameter with some other frames, and all else, which begins earlier, so that it is not
/// taken for what continues the first.
fn by_two_taps(folder: &Path, also: &[u64]) -> Vec<PathBuf> {
    let whole = testdata().join("surroundings/charging-no-answer.pcapng.gz");
    let is_diameter = |frame: &[u8]| ports(frame).contains(&3868);
    let (charging, rest): (Vec<_>, Vec<_>) = frames(&whole)
        .into_iter()
        .partition(|(_, _, octets)| is_diameter(octets));
    let again = rest.iter().filter(|(number, ..)| also.contains(number)).cloned();
    let earlier = rest
        .last()
        .map(|(number, time, octets)| (*number, time - 120_000_000, octets.clone()));
    let taps: [Vec<_>; 2] = [
        charging.into_iter().chain(again).collect(),
        earlier.into_iter().chain(rest.iter().cloned()).collect(),
    ];
    let files = ["charging.pcap", "rest.pcap"].map(|name| folder.join(name));
    for (file, frames) in files.iter().zip(&taps) {
        write_frames(file, ETHERNET, frames);
    }
    files.to_vec()
}

#[test]
fn a_tap_that_ended_proves_no_missing_answer() {
    let folder = tempfile::tempdir().unwrap();
    let found = |also: &[u64]| {
        let document = document(&by_two_taps(folder.path(), also)).unwrap();
        let message = &document["messages"][0];
        let entry = &message["context"][0];
        assert_eq!(entry["operation"], "ccr-event");
        let failed = &document["summary"]["context"]["charging"]["failed"];
        json!([
            entry["status"]["name"],
            entry["failed"],
            failed,
            message["failures"][0]["cause"]["system"]
        ])
    };
    // The tap that sees Diameter ends with the request; the other one goes on for 75 s.
    assert_eq!(found(&[]), json!([null, false, 0, null]));
    assert_eq!(found(&[29, 30]), json!(["no-answer", true, 1, "charging"]));
}

/// The capture of an enquiry with ENUM that fails, with so many more like it, each another transaction.
fn many_enquiries(folder: &Path, more: u16) -> PathBuf {
    const ENQUIRY: u64 = 17;
    const ID: usize = 42;
    let whole = testdata().join("surroundings/enum-unknown-number.pcapng");
    let mut all = Vec::new();
    for (number, time, octets) in frames(&whole) {
        if number == ENQUIRY || number == ENQUIRY + 1 {
            for more in 0..more {
                let mut again = octets.clone();
                let id = u16::from_be_bytes([again[ID], again[ID + 1]]).wrapping_add(more + 1);
                again[ID..ID + 2].copy_from_slice(&id.to_be_bytes());
                all.push((number, time, again));
            }
        }
        all.push((number, time, octets));
    }
    let file = folder.join("many.pcap");
    write_frames(&file, ETHERNET, &all);
    file
}

#[test]
fn ten_thousand_transactions_of_one_message_are_bounded_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let document = document(&[many_enquiries(folder.path(), 10_000)]).unwrap();
    let message = &document["messages"][0];
    assert_eq!(list(message, "context").len(), 64);
    let routing = &document["summary"]["context"]["routing"];
    assert_eq!(
        (&routing["seen"], &routing["failed"]),
        (&json!(10_001), &json!(10_001))
    );
    let told = list(&document, "anomalies");
    let kinds: Vec<&Value> = told.iter().map(|anomaly| &anomaly["kind"]).collect();
    assert!(kinds.contains(&&json!("limit_message_context")), "{kinds:?}");
}

/// Swaps two pieces of a frame.
fn swap(frame: &mut [u8], one: usize, other: usize, length: usize) {
    for at in 0..length {
        frame.swap(one + at, other + at);
    }
}

#[test]
fn a_gateway_ends_a_session_as_a_node_does() {
    const ADDRESSES: [usize; 2] = [28, 32];
    const UDP_CHECKSUM: std::ops::Range<usize> = 42..44;
    const TEID: std::ops::Range<usize> = 48..52;
    let folder = tempfile::tempdir().unwrap();
    let file = testdata().join("surroundings/id-gtpv1-deleted-and-reused.pcap");
    let mut all = frames(&file);
    // Both Deletes go the other way: each end names the session by what the other one gave out.
    for [request, answer] in [[13, 14], [31, 32]] {
        let teids = [request, answer].map(|at: usize| all[at].2[TEID].to_vec());
        for (at, teid) in [(request, &teids[1]), (answer, &teids[0])] {
            let frame = &mut all[at].2;
            swap(frame, ADDRESSES[0], ADDRESSES[1], 4);
            frame[TEID].copy_from_slice(teid);
            frame[UDP_CHECKSUM].fill(0);
        }
    }
    let turned = folder.path().join("turned.pcap");
    write_frames(&turned, LINUX_SLL, &all);
    let names = |file: PathBuf| {
        let document = document(&[file]).unwrap();
        let messages = list(&document, "messages").iter();
        let names = messages.map(|message| json!([message["from"], list(message, "context").len()]));
        let identity = &document["summary"]["context"]["identity"];
        json!([names.collect::<Vec<_>>(), identity])
    };
    let [by_node, by_gateway] = [file, turned].map(names);
    assert_eq!(by_node, by_gateway);
}
