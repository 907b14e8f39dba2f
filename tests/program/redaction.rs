//! `--redact`: nothing that names anybody is in any output. What names somebody is taken from the PDUs themselves, so
//! that a field nobody thought of is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{printed, run, testdata};

/// Captures with numbers, mail and network addresses, short codes, several recipients, failures, mailboxes.
const CAPTURES: &[&str] = &[
    "a2_happy_udp2948.pcap",
    "e_invalid_recipient.pcap",
    "f_bad_fetch.pcap",
    "j_mm7_submit_deliver.pcap",
    "k1_wsp_co_small.pcap",
    "k6_wsp_errors.pcap",
    "l_multi_recipients.pcap",
    "m_mailbox.pcap",
    "t1_mmsdtng_send.pcap",
    "v1_vectorcore_happy.pcap",
    "v4_mm4_mbuni_vectorcore.pcap",
];

/// Every command and format that prints something of a capture.
const OUTPUTS: &[&[&str]] = &[
    &["messages"],
    &["messages", "--wide"],
    &[
        "messages",
        "--fields",
        "subject,message_id,parts.name,deliveries.retrievals.url,events.summary,events.src,links.detail,failures.detail",
    ],
    &["messages", "--format", "json"],
    &["messages", "--format", "jsonl"],
    &["messages", "--format", "csv"],
    &["messages", "--format", "markdown"],
    &["show"],
    &["show", "--format", "json"],
    &["ladder"],
    &["ladder", "--format", "svg", "--id", "1"],
    &["ladder", "--format", "mermaid", "--id", "1"],
    &["report"],
    &["pdus"],
    &["pdus", "--format", "json"],
    &["pdus", "--format", "jsonl"],
    &["pdus", "--format", "csv"],
    &["captures"],
    &["captures", "--format", "json"],
];

/// Shorter texts are numbers and words that stand everywhere.
const SHORTEST: usize = 5;

/// Headers whose text is a word of the protocol, a version or a date.
const OF_THE_PROTOCOL: &[&str] = &[
    "Date",
    "X-Mms-MMS-Version",
    "X-Mms-Message-Class",
    "Content-Type",
    "MIME-Version",
    "X-Mms-3GPP-MMS-Version",
    "X-Mms-Message-Type",
    "X-Mms-Priority",
    "X-Mbuni-User-Agent",
    "X-Mbuni-Timestamp",
    "MM7Version",
    "Priority",
    "TimeStamp",
    "ExpiryDate",
    "MMStatus",
    "Status/StatusText",
];

/// The host that an MMSC writes where an address has none.
const NO_HOST: &str = "unknown";

/// What names somebody or something in a capture.
fn secrets(file: &Path) -> BTreeSet<String> {
    let file = file.to_path_buf();
    let mut secrets = BTreeSet::new();
    for line in printed(&["pdus", "--format", "jsonl"], std::slice::from_ref(&file)).lines() {
        let pdu: Value = serde_json::from_str(line).unwrap();
        for end in ["src", "dst"] {
            add(
                &mut secrets,
                pdu[end].as_str().unwrap().rsplit_once(':').unwrap().0,
            );
        }
        for header in pdu["headers"].as_array().unwrap() {
            let name = header["name"].as_str().unwrap_or_default();
            if let (false, Some(text)) = (OF_THE_PROTOCOL.contains(&name), header["value"].as_str()) {
                add(&mut secrets, text);
            }
        }
        parts(&mut secrets, &pdu["parts"]);
    }
    let name = file.file_stem().unwrap().to_str().unwrap();
    add(&mut secrets, name);
    secrets
}

fn parts(secrets: &mut BTreeSet<String>, list: &Value) {
    for part in list.as_array().into_iter().flatten() {
        for field in ["name", "content_id", "content_location", "sha256"] {
            add(secrets, part[field].as_str().unwrap_or_default());
        }
        parts(secrets, &part["parts"]);
    }
}

/// A text, and what of it would give it away.
fn add(secrets: &mut BTreeSet<String>, text: &str) {
    let text = text.split("/TYPE=").next().unwrap();
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let pieces = bare.split(['/', '?', '=', '"', '<', '>', '@']);
    let pieces = pieces.chain([text.trim_start_matches('+')]);
    let pieces = pieces.filter(|piece| piece.len() >= SHORTEST && *piece != NO_HOST);
    secrets.extend(pieces.map(str::to_owned));
}

/// Words of OMA's that a PDU also uses as text.
fn is_a_word_of_the_protocol(secret: &str) -> bool {
    secret.to_lowercase().starts_with("error-") || secret == "retrieve"
}

fn leaks(secrets: &BTreeSet<String>, text: &str) -> Vec<String> {
    let secrets = secrets.iter().filter(|secret| !is_a_word_of_the_protocol(secret));
    secrets
        .filter(|secret| text.contains(secret.as_str()))
        .cloned()
        .collect()
}

#[test]
fn no_output_names_anybody() {
    let mut wrong = Vec::new();
    let mut known = 0;
    for name in CAPTURES {
        let file = testdata().join("captures").join(name);
        let secrets = secrets(&file);
        known += secrets.len();
        for output in OUTPUTS {
            let text = printed(&[output, &["--redact"][..]].concat(), std::slice::from_ref(&file));
            let found = leaks(&secrets, &text);
            if !found.is_empty() {
                wrong.push(format!("{name} {output:?}: {found:?}"));
            }
        }
    }
    assert!(known > 200, "only {known} secrets are known");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_compared_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["l_multi_recipients.pcap", "e_invalid_recipient.pcap"];
    let [first, second] = [first, second].map(|name| testdata().join("captures").join(name));
    let mut names = secrets(&first);
    names.extend(secrets(&second));
    for format in ["text", "json"] {
        let text = printed(
            &["diff", "--redact", "--format", format],
            &[first.clone(), second.clone()],
        );
        assert_eq!(leaks(&names, &text), Vec::<String>::new(), "{text}");
    }

    // An expectation that holds of another capture: every field of it differs.
    let capture = folder.path().join("customer-4711.pcap");
    std::fs::copy(&first, &capture).unwrap();
    printed(&["check", "--bless", "--exact"], std::slice::from_ref(&capture));
    std::fs::copy(&second, &capture).unwrap();
    let (junit, markdown) = (folder.path().join("junit.xml"), folder.path().join("summary.md"));
    let arguments = [
        "check",
        "--redact",
        "--junit",
        junit.to_str().unwrap(),
        "--markdown",
        markdown.to_str().unwrap(),
    ];
    let (status, stdout, stderr) = run(&arguments, &[capture]);
    assert_eq!(status, 1, "{stderr}");
    names.insert("customer-4711".to_owned());
    for text in [
        String::from_utf8(stdout).unwrap(),
        std::fs::read_to_string(&junit).unwrap(),
        std::fs::read_to_string(&markdown).unwrap(),
    ] {
        assert_eq!(leaks(&names, &text), Vec::<String>::new(), "{text}");
        assert!(text.contains("outcome"), "{text}");
    }
}

#[test]
fn decoded_files_name_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ticket-4711.mms");
    let octets = b"\x8c\x82\x98T-4912345\0\x8d\x92\x89\x15\x80+4412345678/TYPE=PLMN\0\x96Birthday\0\x8a\x80\x8e\x02\x11\x22\x88\x05\x81\x03\x01\x02\x03\x83http://mmsc.example/secret\0";
    std::fs::write(&file, octets).unwrap();
    let file: &[PathBuf] = &[file];
    for format in ["line", "json", "jsonl", "csv"] {
        let plain = printed(&["decode", "--format", format], file);
        let text = printed(&["decode", "--format", format, "--redact"], file);
        for secret in [
            "4711",
            "4912345",
            "4412345678",
            "Birthday",
            "mmsc.example",
            "secret",
        ] {
            assert!(plain.contains(secret) || secret == "Birthday", "{plain}");
            assert!(!text.contains(secret), "{format}: {text}");
        }
    }
}

#[test]
fn what_cannot_be_redacted_is_refused() {
    let capture: &[PathBuf] = &[testdata().join("captures/c_rejected.pcap")];
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().to_str().unwrap();
    let refused: &[&[&str]] = &[
        &["slice", "-o", "x.pcapng"],
        &["parts", "-d", directory],
        &["pdus", "--tree"],
        &["report", "--include-content"],
    ];
    for arguments in refused {
        let (status, stdout, stderr) = run(&[arguments, &["--redact"][..]].concat(), capture);
        assert_eq!(status, 2, "{arguments:?}: {stderr}");
        assert!(
            stdout.is_empty() && stderr.contains("redact"),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn one_name_has_one_pseudonym() {
    let capture = testdata().join("captures/l_multi_recipients.pcap");
    let text = printed(&["--redact", "--format", "json"], &[capture]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let message = &document["messages"][0];
    let recipients: BTreeSet<&str> = message["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["recipient"].as_str().unwrap())
        .collect();
    let listed = ["to", "cc", "bcc"]
        .iter()
        .flat_map(|list| message[list].as_array().unwrap());
    let listed: BTreeSet<&str> = listed.map(|address| address.as_str().unwrap()).collect();
    assert_eq!(recipients, listed);
    assert_eq!(listed.len(), 4);
}
