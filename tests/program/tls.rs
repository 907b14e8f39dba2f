//! TLS with keys: captures of real servers and clients with their key logs, secrets in pcapng and private keys
//! (`testdata/tls`; `INDEX.md` there tells what each holds).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{read_json, run, testdata};

pub(crate) fn directory() -> std::path::PathBuf {
    testdata().join("tls")
}

/// The options of a run; names of files beside the capture become paths.
pub(crate) fn options(wanted: &Value) -> Vec<String> {
    let args = wanted["args"].as_array().map_or(&[][..], Vec::as_slice);
    args.iter()
        .map(|arg| {
            let text = arg.as_str().unwrap();
            let path = directory().join(text);
            match path.is_file() {
                true => path.to_str().unwrap().to_owned(),
                false => text.to_owned(),
            }
        })
        .collect()
}

fn of(capture: &Path, wanted: &Value) -> Value {
    let options = options(wanted);
    let mut args = vec!["messages", "--format", "json"];
    args.extend(options.iter().map(String::as_str));
    let (status, printed, said) = run(&args, &[capture.to_owned()]);
    assert_eq!(status, 0, "{said}");
    serde_json::from_slice(&printed).unwrap()
}

/// What the entries of TLS add up to.
fn sums(document: &Value) -> Value {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    let mut maps: [BTreeMap<String, u64>; 2] = Default::default();
    for entry in document["captures"][0]["tls"].as_array().unwrap() {
        for key in ["connections", "read", "partly"] {
            *sums.entry(key).or_default() += entry[key].as_u64().unwrap();
        }
        for (map, key) in maps.iter_mut().zip(["unread", "failed"]) {
            for (name, count) in entry[key].as_object().unwrap() {
                *map.entry(name.clone()).or_default() += count.as_u64().unwrap();
            }
        }
    }
    let [unread, failed] = maps;
    let sum = |key| sums.get(key).copied().unwrap_or_default();
    serde_json::json!({
        "connections": sum("connections"),
        "read": sum("read"),
        "partly": sum("partly"),
        "unread": unread,
        "failed": failed,
    })
}

fn check(name: &str, capture: &Path, wanted: &Value) {
    let given = of(capture, wanted);
    let with = &wanted["args"];
    if let Some(tls) = wanted["tls"].as_object() {
        let sums = sums(&given);
        for (key, value) in tls.iter().filter(|(key, _)| *key != "sni") {
            assert_eq!(sums[key], *value, "{name} with {with}: {key}");
        }
    }
    let messages = given["messages"].as_array().unwrap();
    if let Some(count) = wanted["count"].as_u64() {
        assert_eq!(messages.len() as u64, count, "{name} with {with}");
    }
    for message in wanted["messages"].as_array().into_iter().flatten() {
        let found = messages.iter().find(|given| match message.get("find") {
            Some(fields) => given["subject"] == fields["subject"],
            None => given["message_id"] == message["message_id"],
        });
        let found = found.expect("a message of the expectation");
        for key in ["outcome", "state", "evidence"] {
            if !message[key].is_null() {
                assert_eq!(found[key], message[key], "{name} with {with}: {key}");
            }
        }
    }
    let kinds: Vec<&str> = given["anomalies"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|a| a["kind"].as_str())
        .collect();
    for kind in wanted["anomalies"].as_array().into_iter().flatten() {
        assert!(
            kinds.contains(&kind.as_str().unwrap()),
            "{name} with {with}: no {kind}"
        );
    }
}

#[test]
fn real_connections_are_read_with_their_keys() {
    let expectations = read_json(&directory().join("expect.json"));
    let expectations = expectations.as_object().unwrap();
    assert!(expectations.len() > 15);
    for (name, wanted) in expectations {
        let capture = directory().join(name);
        check(name, &capture, wanted);
        for other in wanted["also"].as_array().into_iter().flatten() {
            check(name, &capture, other);
        }
    }
}

#[test]
fn a_pdu_inside_is_told_with_its_tls_and_a_url_that_says_so() {
    let capture = directory().join("t08_tls13_aes128_gcm.pcap");
    let given = of(
        &capture,
        &serde_json::json!({"args": ["--keylog", "t08_tls13_aes128_gcm.keylog"]}),
    );
    let message = &given["messages"][0];
    let tls = serde_json::json!({
        "version": "1.3", "cipher": "TLS_AES_128_GCM_SHA256", "sni": "mms.alpha.example",
    });
    assert_eq!(message["submission"]["request"]["tls"], tls);
    assert_eq!(message["submission"]["request"]["bearer"], "http");
    let retrieval = &message["deliveries"][0]["retrievals"][0];
    assert!(
        retrieval["url"]
            .as_str()
            .unwrap()
            .starts_with("https://mms.alpha.example/")
    );
    let notification = &message["deliveries"][0]["notifications"][0];
    assert_eq!(notification["seen"]["tls"], Value::Null);
}

/// What is said of a key file never has a word of what is in it.
#[test]
fn key_files_that_open_nothing_are_refused_with_their_reason() {
    let capture = directory().join("t08_tls13_aes128_gcm.pcap");
    let bad = directory().join("bad");
    for (option, file, reason) in [
        ("--keylog", "missing.keylog", "no such file"),
        ("--keylog", "not-a-log.keylog", "no TLS secret in it"),
        (
            "--private-key",
            "encrypted.key.pem",
            "a private key with a passphrase",
        ),
        (
            "--private-key",
            "ec.key.pem",
            "an EC key opens no connection: (EC)DHE needs a key log",
        ),
        ("--private-key", "certificate.pem", "a certificate, not a key"),
        ("--private-key", "not-a-log.keylog", "no PEM private key in it"),
    ] {
        let path = bad.join(file);
        let path = path.to_str().unwrap();
        let (status, printed, said) = run(&["messages", option, path], std::slice::from_ref(&capture));
        assert_eq!(status, 2, "{file}");
        assert_eq!(said, format!("mmsmate: {path}: {reason}\n"));
        assert!(printed.is_empty());
    }
    let log = bad.join("some-bad-lines.keylog");
    let (status, _, said) = run(&["messages", "--keylog", log.to_str().unwrap()], &[capture]);
    assert!(
        said.contains("2 of 15 lines are no secrets, the first is line "),
        "{said}"
    );
    assert_eq!(status, 0);
}

#[test]
fn what_is_not_read_is_said_below_the_table_and_fails_a_run_that_asks() {
    let capture = directory().join("t15_mm7_client_certificates.pcap");
    let (status, printed, _) = run(&["messages", "--fail-on", "unread"], &[capture]);
    let said = String::from_utf8(printed).unwrap();
    assert!(
        said.contains("TLS: 6 of 6 connections not read: 6 without a key (mm"),
        "{said}"
    );
    assert_eq!(status, 1);
}

/// The frame with the first octet of the record in which a PDU begins, and the one that completes the record that completes
/// it: what the records of HTTP, SMTP, SMPP and SIP are spread over is in `INDEX.md`.
#[test]
fn a_pdu_inside_begins_in_the_record_in_which_it_begins() {
    for (name, expected) in [
        ("t16_large_upload", &[(10, 140), (141, 141), (148, 148)][..]),
        ("t21_smtp_starttls", &[(55, 62), (103, 104)]),
        (
            "t36_renegotiation",
            &[(10, 10), (16, 16), (21, 21), (37, 39), (40, 40)],
        ),
        ("t37_smpp_and_sip_in_tls", &[(9, 19), (39, 42)]),
    ] {
        let capture = directory().join(format!("{name}.pcap"));
        let keys = directory().join(format!("{name}.keylog"));
        let arguments = ["pdus", "--format", "jsonl", "--keylog", keys.to_str().unwrap()];
        let (status, printed, said) = run(&arguments, &[capture]);
        assert_eq!(status, 0, "{said}");
        let text = String::from_utf8(printed).unwrap();
        let pdus: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for (first, last) in expected {
            let found = pdus.iter().find(|pdu| pdu["frame"] == *last);
            assert_eq!(found.unwrap()["first_frame"], *first, "{name}: {last}");
        }
    }
}

/// So does an answer without a PDU: of SMPP and of SIP.
#[test]
fn an_answer_inside_begins_in_the_record_in_which_it_begins() {
    let document = of(
        &directory().join("t37_smpp_and_sip_in_tls.pcap"),
        &serde_json::json!({"args": ["--keylog", "t37_smpp_and_sip_in_tls.keylog"]}),
    );
    let messages = document["messages"].as_array().unwrap();
    let events = messages
        .iter()
        .flat_map(|message| message["events"].as_array().unwrap());
    let places: Vec<Value> = events
        .map(|event| serde_json::json!([event["bearer"], event["first_frame"], event["frame"]]))
        .collect();
    assert_eq!(
        Value::from(places),
        serde_json::json!([
            ["smpp", 9, 19],
            ["smpp", 22, 23],
            ["sip", 39, 42],
            ["sip", 44, 45]
        ])
    );
}

/// Every PDU that `pdus` lists from inside TLS says so, and a name is none where it is redacted.
#[test]
fn pdus_say_in_which_tls_they_came() {
    let capture = directory().join("t08_tls13_aes128_gcm.pcap");
    let keys = directory().join("t08_tls13_aes128_gcm.keylog");
    let listed = |more: &[&str]| -> Vec<Value> {
        let mut arguments = vec!["pdus", "--format", "jsonl", "--keylog", keys.to_str().unwrap()];
        arguments.extend(more);
        let (status, printed, said) = run(&arguments, std::slice::from_ref(&capture));
        assert_eq!(status, 0, "{said}");
        let text = String::from_utf8(printed).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let expected = serde_json::json!({
        "version": "1.3", "cipher": "TLS_AES_128_GCM_SHA256", "sni": "mms.alpha.example",
    });
    let pdus = listed(&[]);
    let (inside, bare): (Vec<_>, Vec<_>) = pdus.iter().partition(|pdu| pdu["bearer"] == "http");
    assert_eq!((inside.len(), bare.len()), (4, 2));
    assert!(inside.iter().all(|pdu| pdu["tls"] == expected), "{inside:?}");
    assert!(bare.iter().all(|pdu| pdu["tls"].is_null()));
    for pdu in listed(&["--redact"]) {
        assert!(!pdu.to_string().contains("mms.alpha.example"), "{pdu}");
    }
}

/// A phone that does not know the issuer of a certificate: no failure of the message, whose host it was, and the phone ended it.
#[test]
fn a_failed_handshake_is_shown_with_the_message_that_it_concerns() {
    let document = of(
        &directory().join("t35_handshake_refused.pcap"),
        &serde_json::json!({"args": ["--keylog", "t35_handshake_refused.keylog"]}),
    );
    let message = &document["messages"][0];
    assert_eq!(
        (&message["outcome"], &message["failures"]),
        (&"success".into(), &serde_json::json!([]))
    );
    let alerts: Vec<[&Value; 4]> = message["context"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["protocol"] == "tls")
        .map(|entry| {
            [
                &entry["request"]["src"],
                &entry["response"]["src"],
                &entry["response"]["frame"],
                &entry["status"]["name"],
            ]
        })
        .collect();
    assert_eq!(
        serde_json::json!(alerts),
        serde_json::json!([
            ["127.0.1.2:42278", "127.0.1.2:42278", 43, "unknown-ca"],
            ["127.0.1.2:42282", "127.0.1.2:42282", 56, "unknown-ca"],
        ])
    );
}
