//! Limits set on the command line reach their layers, and what they cut is shown.

use std::path::PathBuf;

use super::support::{for_each, run, testdata};

fn capture() -> PathBuf {
    testdata().join("captures/e_invalid_recipient.pcap")
}

fn document(limits: &[&str]) -> serde_json::Value {
    let mut arguments = vec!["messages", "--format", "json"];
    for limit in limits {
        arguments.extend(["--limit", limit]);
    }
    let (status, stdout, stderr) = run(&arguments, &[capture()]);
    assert_eq!((status, stderr.as_str()), (0, ""), "{limits:?}");
    serde_json::from_slice(&stdout).unwrap()
}

fn cut(document: &serde_json::Value) -> u64 {
    let anomalies = document["anomalies"].as_array().unwrap();
    let cut = anomalies
        .iter()
        .find(|anomaly| anomaly["kind"] == "limit_reached");
    cut.map_or(0, |anomaly| anomaly["count"].as_u64().unwrap())
}

#[test]
fn what_a_limit_cuts_is_counted() {
    assert_eq!(cut(&document(&[])), 0);
    assert!(cut(&document(&["connections=1"])) > 0);
    assert_eq!(
        cut(&document(&["body=100"])),
        5,
        "each submission but the fifth is longer, and the mail"
    );
    assert_eq!(document(&["body=2k", "connections=1M"]), document(&[]));
}

#[test]
fn a_limit_of_the_decoder_is_an_anomaly_of_its_pdu() {
    let arguments = ["pdus", "--format", "jsonl", "--limit", "pdu-headers=3"];
    let (status, stdout, _) = run(&arguments, &[capture()]);
    assert_eq!(status, 0);
    assert!(String::from_utf8(stdout).unwrap().contains("headers_over_limit"));
}

#[test]
fn a_limit_that_is_none_is_a_usage_error() {
    for limit in ["nothing=1", "connections", "connections=x", "connections=0"] {
        let (status, _, stderr) = run(&["messages", "--limit", limit], &[capture()]);
        assert_eq!(status, 2, "{limit}");
        assert!(stderr.contains("--limit <NAME=VALUE>"), "{stderr}");
    }
}

#[test]
fn the_help_names_every_limit_with_its_value() {
    let (status, stdout, _) = run(&["help", "limits"], &[]);
    let help = String::from_utf8(stdout).unwrap();
    assert_eq!(status, 0);
    for limit in ["connections", "256k", "bodies-total", "tcp-idle", "900s"] {
        assert!(help.contains(limit), "{limit}: {help}");
    }
}

/// How many messages failed, at least for one recipient.
fn failed(limit: Option<&str>, file: &std::path::Path) -> Option<u64> {
    let mut arguments = vec!["messages", "--format", "json"];
    arguments.extend(limit.into_iter().flat_map(|limit| ["--limit", limit]));
    let (status, stdout, _) = run(&arguments, &[file.to_path_buf()]);
    let document: serde_json::Value = (status == 0).then(|| serde_json::from_slice(&stdout).unwrap())?;
    let count = |name: &str| document["summary"][name].as_u64().unwrap();
    Some(count("failure") + count("partial"))
}

/// What a limit gives up was not seen, so nothing fails by it.
#[test]
fn no_limit_makes_anything_fail() {
    let (_, _, known) = run(&["messages", "--limit", "nothing=1"], &[capture()]);
    let names = known.split_once("there are ").unwrap().1.lines().next().unwrap();
    let names: Vec<&str> = names
        .split([',', ' '])
        .filter(|name| !name.is_empty() && *name != "and")
        .collect();
    assert!(names.len() > 20, "{names:?}");
    let captures = [
        "a1_happy_smpp",
        "k2_wsp_co_sar",
        "v1_vectorcore_happy",
        "i_mm4_forward",
        "l_multi_recipients",
        "k6_wsp_errors",
        "c_rejected",
        "h_notif_repeated",
        "v3_vectorcore_big",
        "v4_mm4_mbuni_vectorcore",
    ];
    for capture in captures {
        let file = testdata().join(format!("captures/{capture}.pcap"));
        // What fails is told as often as without the limit, also where parts of it do not join any more.
        let without = failed(None, &file).unwrap();
        let limits: Vec<(&str, u32)> = names
            .iter()
            .flat_map(|name| [1, 8].map(|value| (*name, value)))
            .collect();
        let more = for_each(&limits, |(name, value)| {
            let with = failed(Some(&format!("{name}={value}")), &file)
                .or_else(|| failed(Some(&format!("{name}={value}s")), &file))
                .unwrap();
            (with > without).then(|| format!("{file:?} with {name}={value}: {with} failed"))
        });
        let more: Vec<String> = more.into_iter().flatten().collect();
        assert!(more.is_empty(), "{more:#?}");
    }
}
