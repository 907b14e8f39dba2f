//! The PDUs inside TLS and HTTP/2 beside those that tshark 4.0 shows with the same keys, frame by frame, where that is installed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::mate_and_tshark::has_tshark;
use crate::support::{read_json, run};
use crate::tls::{directory, options};

/// PDUs by their frame and type, with how many there are.
type Pdus = BTreeMap<(u64, u64), usize>;

/// What tshark does not show and is there, by frame and type.
const BEYOND_TSHARK: [(&str, &[(u64, u64)]); 5] = [
    // Bodies with a hole in them.
    ("t17_lost_segments.pcap", &[(136, 0x80), (267, 0x84)]),
    // A connection of TLS 1.3 that began before the capture.
    ("t20_mid_connection.pcap", &[(7, 0x80), (10, 0x81)]),
    // Bodies that their stream's reset cut.
    ("t27_h2_reset_goaway.pcap", &[(119, 0x84), (293, 0x84)]),
    // What came before the block with its secrets: one pass over the packets misses it.
    (
        "t34_h2_late_dsb.pcapng",
        &[
            (16, 0x80),
            (23, 0x81),
            (60, 0x84),
            (76, 0x83),
            (111, 0x80),
            (114, 0x81),
            (145, 0x84),
            (161, 0x83),
        ],
    ),
    // SMPP, which it does not look for inside TLS.
    ("t37_smpp_and_sip_in_tls.pcap", &[(19, 0x82)]),
];

/// The options that give tshark the keys which ours give the program.
fn preferences(options: &[String]) -> Vec<String> {
    let option = |pair: &[String]| match pair {
        [name, file] if name == "--private-key" => format!("uat:rsa_keys:\"{file}\",\"\""),
        pair => format!("tls.keylog_file:{}", pair.last().unwrap()),
    };
    let pairs = options.chunks(2).map(option);
    pairs
        .flat_map(|preference| ["-o".to_owned(), preference])
        .collect()
}

fn by_tshark(capture: &Path, options: &[String]) -> Pdus {
    let fields = ["-T", "fields", "-e", "frame.number", "-e", "mmse.message_type"];
    let output = Command::new("tshark")
        .arg("-r")
        .arg(capture)
        .args(preferences(options))
        .args(["-Y", "mmse"])
        .args(fields)
        .output()
        .unwrap();
    let mut pdus = Pdus::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (frame, types) = line.split_once('\t').unwrap();
        for code in types.split(',').filter(|code| !code.is_empty()) {
            let code = u64::from_str_radix(code.trim_start_matches("0x"), 16).unwrap();
            *pdus.entry((frame.parse().unwrap(), code)).or_default() += 1;
        }
    }
    pdus
}

fn by_mmsmate(capture: &Path, options: &[String]) -> Pdus {
    let mut arguments = vec!["pdus", "--format", "jsonl"];
    arguments.extend(options.iter().map(String::as_str));
    let (status, printed, said) = run(&arguments, &[capture.to_owned()]);
    assert_eq!(status, 0, "{said}");
    let mut pdus = Pdus::new();
    for line in String::from_utf8(printed).unwrap().lines() {
        let pdu: Value = serde_json::from_str(line).unwrap();
        // PDUs of MM4 and MM7 have no code, and are nothing that tshark shows.
        if let (Some(frame), Some(code)) = (pdu["frame"].as_u64(), pdu["code"].as_u64()) {
            *pdus.entry((frame, code)).or_default() += 1;
        }
    }
    pdus
}

#[test]
fn pdus_are_those_of_wireshark_with_the_same_keys() {
    if !has_tshark() {
        eprintln!("skipped: tshark 4.0 is not installed");
        return;
    }
    let expectations = read_json(&directory().join("expect.json"));
    let mut compared = 0;
    for (name, wanted) in expectations.as_object().unwrap() {
        let (capture, options) = (directory().join(name), options(wanted));
        let theirs = by_tshark(&capture, &options);
        let mut ours = by_mmsmate(&capture, &options);
        compared += theirs.values().sum::<usize>();
        for (_, more) in BEYOND_TSHARK.iter().filter(|(of, _)| of == name) {
            for pdu in *more {
                assert_eq!(ours.remove(pdu), Some(1), "{name}: {pdu:?}");
                assert!(!theirs.contains_key(pdu), "{name}: {pdu:?}");
            }
        }
        assert_eq!(ours, theirs, "{name}");
    }
    assert!(compared > 150, "{compared}");
}
