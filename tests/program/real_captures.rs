//! The whole program on captures of real MMSCs, phones and gateways (`testdata/captures`, made on a loopback network;
//! `INDEX.md` there tells what each holds): verdicts by hand from what the software did, and every PDU that an
//! independent dissector found.

use std::{collections::BTreeMap, path::Path};

use crate::support::{document, read_json, run, testdata};
use serde_json::Value;

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_default()
        .trim_start_matches('+')
        .to_owned()
}

fn numbers(value: &Value, key: &str) -> Vec<String> {
    let mut numbers: Vec<String> = list(value, key).iter().map(number).collect();
    numbers.sort();
    numbers
}

fn bare_id(value: &Value) -> &str {
    value.as_str().unwrap_or_default().trim_matches(['<', '>', '"'])
}

fn fits(message: &Value, wanted: &Value) -> bool {
    wanted
        .as_object()
        .into_iter()
        .flatten()
        .all(|(key, value)| match value {
            Value::Array(_) => numbers(message, key) == numbers(wanted, key),
            _ => number(&message[key]) == number(value),
        })
}

fn find<'a>(messages: &'a [Value], wanted: &Value) -> Option<&'a Value> {
    match wanted.get("find") {
        Some(fields) => messages.iter().find(|m| fits(m, fields)),
        None => messages
            .iter()
            .find(|m| bare_id(&m["message_id"]) == bare_id(&wanted["message_id"])),
    }
}

fn shape(deliveries: &[Value]) -> Vec<(String, String, String)> {
    let mut shape: Vec<_> = deliveries
        .iter()
        .map(|d| {
            (
                number(&d["recipient"]),
                d["state"].to_string(),
                d["outcome"].to_string(),
            )
        })
        .collect();
    shape.sort();
    shape
}

/// What of one message is not as the expectation says.
fn message_differs(given: &Value, wanted: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, holds: bool| {
        if !holds {
            wrong.push(format!(
                "{what}: {} expected, {} given",
                wanted[what], given[what]
            ));
        }
    };
    for key in ["outcome", "state", "from"] {
        check(
            key,
            wanted
                .get(key)
                .is_none_or(|w| w.is_null() || number(&given[key]) == number(w)),
        );
    }
    for key in ["to", "cc", "bcc"] {
        check(
            key,
            wanted.get(key).is_none() || numbers(given, key) == numbers(wanted, key),
        );
    }
    let deliveries = list(given, "deliveries");
    check(
        "deliveries",
        wanted.get("deliveries").is_none() || shape(deliveries) == shape(list(wanted, "deliveries")),
    );
    let kinds = |m: &Value| {
        let mut kinds: Vec<String> = list(m, "failures")
            .iter()
            .map(|f| f["kind"].to_string())
            .collect();
        kinds.sort();
        kinds
    };
    check(
        "failures",
        wanted.get("failures").is_none() || kinds(given) == kinds(wanted),
    );
    for failure in list(wanted, "failures").iter().filter(|f| !f["code"].is_null()) {
        let found = list(given, "failures")
            .iter()
            .any(|f| f["kind"] == failure["kind"] && f["code"] == failure["code"]);
        check("failures", found);
    }
    let has = |kind: &Value| list(given, "failures").iter().any(|f| f["kind"] == *kind);
    check(
        "failures_include",
        list(wanted, "failures_include").iter().all(has),
    );
    let notifications = deliveries.iter().flat_map(|d| list(d, "notifications"));
    let copies: u64 = notifications.map(|n| n["copies"].as_u64().unwrap_or(1)).sum();
    check(
        "notification_copies",
        wanted.get("notification_copies").is_none_or(|w| *w == copies),
    );
    let retrievals: usize = deliveries.iter().map(|d| list(d, "retrievals").len()).sum();
    check(
        "retrievals",
        wanted.get("retrievals").is_none_or(|w| *w == retrievals),
    );
    wrong
}

fn verdicts_differ(given: &Value, wanted: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let messages = list(given, "messages");
    if wanted["count"]
        .as_u64()
        .is_some_and(|count| count != messages.len() as u64)
    {
        wrong.push(format!(
            "{} messages, {} expected",
            messages.len(),
            wanted["count"]
        ));
    }
    for expected in list(wanted, "messages") {
        match find(messages, expected) {
            Some(message) => wrong.extend(message_differs(message, expected)),
            None => wrong.push(format!("not found: {expected}")),
        }
    }
    if let Some(all) = wanted.get("all") {
        wrong.extend(messages.iter().flat_map(|message| message_differs(message, all)));
    }
    if let Some(operations) = wanted.get("operations") {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for operation in list(given, "operations") {
            *counts
                .entry(operation["type"].as_str().unwrap_or_default())
                .or_default() += 1;
        }
        if serde_json::json!(counts) != *operations {
            wrong.push(format!("operations {counts:?}, {operations} expected"));
        }
    }
    wrong
}

/// PDUs by frame that the other dissector found and the program does not list. The listing has a line a capture:
/// the frame, a tab, the type octets.
fn pdus_missing(capture: &Path, retransmitted: &Value) -> Vec<String> {
    let listing = std::fs::read_to_string(capture.with_extension("pdus.tsv")).unwrap();
    let (status, stdout, stderr) = run(&["pdus", "--format", "jsonl"], &[capture.to_path_buf()]);
    if status != 0 {
        return vec![format!("pdus: exit status {status}: {stderr}")];
    }
    let mut given: BTreeMap<(u64, u64), i64> = BTreeMap::new();
    for line in String::from_utf8(stdout).unwrap().lines() {
        let pdu: Value = serde_json::from_str(line).unwrap();
        if let (Some(frame), Some(code)) = (pdu["frame"].as_u64(), pdu["code"].as_u64()) {
            *given.entry((frame, code)).or_default() += 1;
        }
    }
    let mut missing = Vec::new();
    for line in listing.lines() {
        let (frame, types) = line.split_once('\t').unwrap();
        let frame: u64 = frame.parse().unwrap();
        for code in types.split(';').filter(|code| !code.is_empty()) {
            let code = u64::from_str_radix(code.trim_start_matches("0x"), 16).unwrap();
            let again = retransmitted
                .as_array()
                .is_some_and(|frames| frames.contains(&frame.into()));
            let left = given.entry((frame, code)).or_default();
            *left -= 1;
            if *left < 0 && !again && code < 0x98 {
                missing.push(format!("PDU {code:#x} in frame {frame}"));
            }
        }
    }
    missing
}

#[test]
fn every_verdict_holds_and_every_pdu_is_found() {
    let folder = testdata().join("captures");
    let expectations = read_json(&folder.join("expect.json"));
    let retransmitted = read_json(&folder.join("retransmitted.json"));
    let mut wrong = Vec::new();
    for (name, wanted) in expectations.as_object().unwrap() {
        let capture = folder.join(name);
        let mut differences = match document(std::slice::from_ref(&capture)) {
            Ok(given) => verdicts_differ(&given, wanted),
            Err(reason) => vec![reason],
        };
        differences.extend(pdus_missing(&capture, &retransmitted[name]));
        if !differences.is_empty() {
            wrong.push(format!("{name}:\n    {}", differences.join("\n    ")));
        }
    }
    assert!(expectations.as_object().unwrap().len() > 20);
    assert!(
        wrong.is_empty(),
        "{} captures differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
