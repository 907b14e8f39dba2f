//! `mmsmate mate --semantics wireshark` beside tshark's MATE, group by group, where tshark 4.0 is installed. Later versions
//! of Wireshark build their lists otherwise.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{run, testdata};

/// A configuration, and the names of its Pdu and its Gop.
const CONFIGURATIONS: [(&str, [&str; 2]); 2] = [
    (
        "Pdu segment Proto tcp Transport ip {
            Extract addr From ip.addr;
            Extract port From tcp.port;
            Extract tcp_start From tcp.flags.syn;
            Extract tcp_stop From tcp.flags.fin;
        };
        Gop connection On segment Match (addr, addr, port, port) {
            Start (tcp_start=1);
            Stop (tcp_stop=1);
        };
        Done;",
        ["segment", "connection"],
    ),
    (
        "Pdu message Proto http Transport tcp/ip {
            Extract addr From ip.addr;
            Extract port From tcp.port;
            Extract method From http.request.method;
            Extract status From http.response.code;
        };
        Gop exchange On message Match (addr, addr, port, port) {
            Start (method);
            Stop (status);
            Extra (method, status);
        };
        Done;",
        ["message", "exchange"],
    ),
];

const CAPTURES: [&str; 5] = [
    "captures/a1_happy_smpp.pcap",
    "captures/c_rejected.pcap",
    "captures/l_multi_recipients.pcap",
    "mate/34_pipelined.pcap",
    "mate/36_four_tuple_reuse.pcap",
];

/// The Pdus of a frame: their ids, and the id and the number of Pdus of the Gop of each.
type Frames = BTreeMap<u64, Vec<(u64, Option<(u64, u64)>)>>;

pub(crate) fn has_tshark() -> bool {
    let output = Command::new("tshark").arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("TShark (Wireshark) 4.0."))
}

fn by_tshark(configuration: &Path, [pdu, gop]: [&str; 2], capture: &Path) -> Frames {
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-2", "-o"]);
    tshark.arg(format!("mate.config:{}", configuration.display()));
    tshark
        .arg("-r")
        .arg(capture)
        .args(["-Y", "mate", "-T", "fields", "-E", "occurrence=a"]);
    for field in [
        "frame.number",
        &format!("mate.{pdu}"),
        &format!("mate.{gop}"),
        &format!("mate.{gop}.NumOfPdus"),
    ] {
        tshark.args(["-e", field]);
    }
    let output = tshark.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let numbers = |text: &str| -> Vec<u64> {
        text.split(',')
            .filter(|id| !id.is_empty())
            .map(|id| id.parse().unwrap())
            .collect()
    };
    let frame = |line: &str| {
        let columns: Vec<Vec<u64>> = line.split('\t').map(numbers).collect();
        let [frame, pdus, gops, sizes]: [Vec<u64>; 4] = columns.try_into().unwrap();
        // A Pdu of a frame that is in no Gop cannot be told from its neighbours here: none of these captures has one.
        assert!(gops.is_empty() || gops.len() == pdus.len(), "{line}");
        let gops = gops
            .iter()
            .copied()
            .zip(sizes.iter().copied())
            .map(Some)
            .chain(std::iter::repeat(None));
        (frame[0], pdus.iter().copied().zip(gops).collect())
    };
    told.lines().map(frame).collect()
}

fn by_mmsmate(configuration: &Path, capture: &Path) -> Frames {
    let configuration = configuration.to_str().unwrap();
    let arguments = [
        "mate",
        "-c",
        configuration,
        "--semantics",
        "wireshark",
        "--format",
        "json",
    ];
    let (status, stdout, stderr) = run(&arguments, &[capture.to_path_buf()]);
    assert_eq!(status, 0, "{stderr}");
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    let items = |name: &str| document[name].as_array().unwrap().clone();
    let sizes: BTreeMap<u64, u64> = items("gops")
        .iter()
        .map(|gop| (gop["id"].as_u64().unwrap(), gop["num_of_pdus"].as_u64().unwrap()))
        .collect();
    let mut frames = Frames::new();
    for pdu in items("pdus") {
        let gop = pdu["gop"]["id"].as_u64();
        let found = (pdu["id"].as_u64().unwrap(), gop.map(|id| (id, sizes[&id])));
        frames
            .entry(pdu["frame"].as_u64().unwrap())
            .or_default()
            .push(found);
    }
    frames
}

#[test]
fn groups_are_those_of_wireshark() {
    if !has_tshark() {
        eprintln!("skipped: tshark 4.0 is not installed");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    for (number, (text, names)) in CONFIGURATIONS.into_iter().enumerate() {
        let configuration = scratch.path().join(format!("{number}.mate"));
        std::fs::write(&configuration, text).unwrap();
        for capture in CAPTURES {
            let path = testdata().join(capture);
            let theirs = by_tshark(&configuration, names, &path);
            assert!(!theirs.is_empty(), "{capture}");
            assert_eq!(by_mmsmate(&configuration, &path), theirs, "{capture}, {names:?}");
        }
    }
}
