//! `mmsmate pdus` and `mmsmate decode` on generated and real captures, and on bare PDUs.

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::{read_json, run, testdata};

fn json_lines(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn pdus(files: &[PathBuf]) -> Vec<Value> {
    let (status, stdout, stderr) = run(&["pdus", "--format", "jsonl"], files);
    assert_eq!((status, stderr.as_str()), (0, ""), "{files:?}");
    json_lines(&stdout)
}

/// How often each PDU type was seen in each frame.
type Seen = BTreeMap<(String, u64, u64), usize>;

fn seen<'a>(pdus: impl Iterator<Item = (&'a Value, &'a Value, &'a Value)>) -> Seen {
    let mut seen = Seen::new();
    for (name, capture, frame) in pdus {
        let place = (
            name.as_str().unwrap_or_default().to_owned(),
            capture.as_u64().unwrap(),
            frame.as_u64().unwrap(),
        );
        *seen.entry(place).or_default() += 1;
    }
    seen
}

fn case(name: &str) -> (Value, Vec<PathBuf>) {
    let folder = testdata().join("suite");
    let truth = read_json(&folder.join(format!("{name}.truth.json")));
    let files = truth["case"]["files"].as_array().unwrap().iter();
    let files = files.map(|file| folder.join(file.as_str().unwrap())).collect();
    (truth, files)
}

fn case_names() -> Vec<String> {
    let entries = std::fs::read_dir(testdata().join("suite")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".truth.json").map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn every_whole_pdu_of_every_generated_capture_in_its_frame() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for name in case_names()
        .into_iter()
        .filter(|name| !name.starts_with("robust-"))
    {
        let (truth, files) = case(&name);
        let given = pdus(&files);
        // Those of other interfaces than MM1 stand apart.
        let others = truth["case"]["others"].as_array();
        let expected = truth["case"]["pdus"].as_array().unwrap().iter();
        let expected = expected.chain(others.into_iter().flatten());
        let expected = seen(expected.map(|pdu| (&pdu[0], &pdu[1], &pdu[2])));
        let whole = given.iter().filter(|pdu| pdu["complete"] == true);
        let found = seen(whole.map(|pdu| (&pdu["pdu"], &pdu["capture"], &pdu["frame"])));
        cases += 1;
        if found != expected {
            wrong.push(format!("{name}: found {found:?}, expected {expected:?}"));
        }
        if let Some(malformed) = truth["summary"]["malformed_pdus"].as_u64() {
            let found = given.iter().filter(|pdu| pdu["malformed"] == true).count() as u64;
            if found != malformed {
                wrong.push(format!("{name}: {found} malformed PDUs, not {malformed}"));
            }
        }
    }
    assert!(cases > 200, "{cases} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_in_a_hostile_capture_stops_the_listing() {
    for name in case_names()
        .into_iter()
        .filter(|name| name.starts_with("robust-"))
    {
        let (truth, files) = case(&name);
        let given = pdus(&files);
        if let Some(malformed) = truth["summary"]["malformed_pdus"].as_u64() {
            let found = given.iter().filter(|pdu| pdu["malformed"] == true).count() as u64;
            assert_eq!(found, malformed, "{name}");
        }
        for format in ["line", "tree", "csv", "json"] {
            assert_eq!(run(&["pdus", "--format", format], &files).0, 0, "{name}");
        }
    }
}

#[test]
fn a_pdu_that_lacks_what_it_must_have_is_malformed_and_says_what() {
    let capture = testdata().join("captures/e_invalid_recipient.pcap");
    let malformed: Vec<Value> = pdus(&[capture])
        .into_iter()
        .filter(|pdu| pdu["malformed"] == true)
        .collect();
    assert_eq!(malformed.len(), 1);
    assert_eq!(malformed[0]["frame"], 50);
    let missing: Vec<&str> = malformed[0]["anomalies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|anomaly| anomaly["kind"] == "mandatory_header_missing")
        .map(|anomaly| anomaly["field"].as_str().unwrap())
        .collect();
    assert_eq!(missing, ["From", "Content-Type"]);
}

#[test]
fn one_object_has_place_headers_and_parts() {
    let capture = testdata().join("captures/a1_happy_smpp.pcap");
    let send_req = pdus(&[capture]).swap_remove(0);
    assert_eq!(send_req["type"], "pdu");
    assert_eq!(send_req["bearer"], "http");
    assert_eq!(send_req["pdu"], "m-send-req");
    assert_eq!(send_req["code"], 128);
    assert_eq!(send_req["version"], "1.2");
    let priority = send_req["headers"].as_array().unwrap().iter();
    let priority = priority
        .rev()
        .find(|header| header["name"] == "X-Mms-Priority")
        .unwrap();
    assert_eq!(
        priority["value"],
        serde_json::json!({"code": 129, "name": "normal"})
    );
    assert_eq!(
        (priority["code"].as_u64(), priority["length"].as_u64()),
        (Some(143), Some(2))
    );
    assert_eq!(send_req["parts"][0]["content_type"], "application/smil");
    assert_eq!(send_req["parts"][0]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn the_tree_of_one_frame_shows_every_octet() {
    let capture = testdata().join("captures/a1_happy_smpp.pcap");
    let (status, stdout, _) = run(&["pdus", "--tree", "--data", "--frame", "6"], &[capture]);
    assert_eq!(status, 0);
    let text = String::from_utf8(stdout).unwrap();
    assert!(text.contains("X-Mms-Response-Status: ok (0x80)"), "{text}");
    let octets = text.lines().skip(1).flat_map(|line| {
        line.get(10..45)
            .unwrap_or_else(|| line.get(10..).unwrap_or_default())
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    // 52 octets: X-Mms-Message-Type to Message-ID.
    assert_eq!(octets.count(), 52);
}

#[test]
fn the_json_document_and_the_rows_hold_the_same_pdus() {
    let capture = testdata().join("captures/m_mailbox.pcap");
    let lines = pdus(std::slice::from_ref(&capture));
    let (_, stdout, _) = run(&["pdus", "--format", "json"], std::slice::from_ref(&capture));
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(document["format"], "mmsmate.pdus");
    assert_eq!(document["pdus"].as_array().unwrap(), &lines);
    let (_, stdout, _) = run(&["pdus", "--format", "csv"], &[capture]);
    let mut reader = csv::Reader::from_reader(stdout.as_slice());
    assert_eq!(reader.records().count(), lines.len());
}

/// Runs `decode` with something on standard input.
fn decode(arguments: &[&str], input: &[u8]) -> (i32, Vec<u8>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), output.stdout, stderr)
}

#[test]
fn bare_pdus_and_pushes_in_hexadecimal() {
    let input = b"8c83 98 7400 8d92 95 81\n\n# a push\n01 06 03 be af 84 8c86 8d92 8b 6d00 97 2b3100 85 04 5f000000 95 80\n";
    let (status, stdout, stderr) = decode(&["--hex", "--format", "jsonl", "-"], input);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let pdus = json_lines(&stdout);
    let names: Vec<_> = pdus.iter().map(|pdu| pdu["pdu"].as_str().unwrap()).collect();
    assert_eq!(names, ["m-notifyresp-ind", "m-delivery-ind"]);
    assert_eq!(pdus[0].get("frame"), None, "no place without a capture");
    assert!(
        pdus.iter()
            .all(|pdu| pdu["anomalies"].as_array().unwrap().is_empty())
    );
}

#[test]
fn a_bare_pdu_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mms");
    std::fs::write(&file, b"\x8c\x83\x98t\0\x8d\x92\x95\x83").unwrap();
    let (status, stdout, _) = run(&["decode"], std::slice::from_ref(&file));
    assert_eq!(status, 0);
    assert!(
        String::from_utf8(stdout)
            .unwrap()
            .contains("X-Mms-Status: deferred (0x83)")
    );
}

#[test]
fn what_is_no_hexadecimal_or_cannot_be_read_costs_a_line_and_the_status() {
    let (status, stdout, stderr) = decode(&["--hex", "-"], b"8c8\n");
    assert_eq!((status, stdout.as_slice()), (2, &b""[..]));
    assert_eq!(stderr, "mmsmate: -: an odd number of hexadecimal digits\n");
    let (status, _, stderr) = run(&["decode"], &[PathBuf::from("no/such/file")]);
    assert_eq!(status, 2);
    assert!(stderr.starts_with("mmsmate: no/such/file: "), "{stderr}");
}

#[test]
fn a_push_of_something_else_costs_only_a_line() {
    let (status, stdout, stderr) = decode(&["--hex", "-"], b"01 06 01 ad 00");
    assert_eq!((status, stdout.as_slice()), (0, &b""[..]));
    assert_eq!(stderr, "mmsmate: -: a WAP push of text/vnd.wap.si, no MMS PDU\n");
}
