//! `mmsmate mate`: configurations of MATE on captures of real MMSCs.
//!
//! | what has to hold | test |
//! | --- | --- |
//! | each example finds what it is for | `…` of its name |
//! | JSON fits its schema; JSON lines and CSV hold the same | [`every_form_says_the_same`] |
//! | what a filter selects, and what is none | [`a_filter_selects_groups_whole`], [`a_bad_filter_prints_nothing`] |
//! | errors at their places, remarks, `--check`, `--fields` | the others |

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{printed, run, run_in, testdata};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    path.to_str().unwrap().to_owned()
}

fn capture(name: &str) -> PathBuf {
    testdata().join("captures").join(name)
}

fn document(config: &str, options: &[&str], name: &str) -> Value {
    let config = example(config);
    let mut arguments = vec!["mate", "-c", &config, "--format", "json"];
    arguments.extend(options);
    let (status, stdout, stderr) = run(&arguments, &[capture(name)]);
    assert_eq!(status, 0, "{stderr}");
    serde_json::from_slice(&stdout).unwrap()
}

fn list<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    document[name].as_array().unwrap()
}

fn values<'a>(item: &'a Value, attribute: &str) -> Vec<&'a str> {
    let values = item["attributes"][attribute].as_array();
    values
        .into_iter()
        .flatten()
        .map(|value| value.as_str().unwrap())
        .collect()
}

/// The notification of frame 16, its GET and the acknowledgement that the phone posts (testdata/captures/INDEX.md).
#[test]
fn http_with_smpp() {
    let document = document("http_with_smpp.mate", &[], "a1_happy_smpp.pcap");
    let [delivery] = list(&document, "gogs") else {
        panic!("{document:#}")
    };
    assert_eq!(values(delivery, "msisdn"), ["441500002"]);
    assert_eq!(
        (values(delivery, "http_status"), values(delivery, "status")),
        (vec!["200"], vec!["0x81"])
    );
    let gops: Vec<&str> = list(delivery, "gops")
        .iter()
        .map(|gop| gop["type"].as_str().unwrap())
        .collect();
    assert_eq!(gops, ["notification", "fetch", "acknowledgement"]);
    let frames: Vec<u64> = list(&document, "pdus")
        .iter()
        .map(|pdu| pdu["frame"].as_u64().unwrap())
        .collect();
    assert_eq!(frames, [16, 22, 24, 32]);
}

/// Three notifications of one message, and a phone that fetches it after the third.
#[test]
fn http_with_smpp_where_the_notification_is_repeated() {
    let document = document("http_with_smpp.mate", &[], "h_notif_repeated.pcap");
    let [delivery] = list(&document, "gogs") else {
        panic!("{document:#}")
    };
    let notifications = list(delivery, "gops")
        .iter()
        .filter(|gop| gop["type"] == "notification");
    assert_eq!(notifications.count(), 3);
}

/// Four recipients at four addresses, and the sender, to whom nothing is announced.
#[test]
fn per_subscriber() {
    let document = document(
        "per_subscriber.mate",
        &["--merge-gogs"],
        "l_multi_recipients.pcap",
    );
    let mut subscribers: Vec<(Vec<&str>, Vec<&str>)> = list(&document, "gogs")
        .iter()
        .map(|gog| (values(gog, "number"), values(gog, "phone")))
        .collect();
    subscribers.sort();
    let expected = [
        (vec![], vec!["127.0.1.1"]),
        (vec!["441500002"], vec!["127.0.1.2"]),
        (vec!["441500003"], vec!["127.0.1.3"]),
        (vec!["441500004"], vec!["127.0.1.4"]),
        (vec!["441500005"], vec!["127.0.1.5"]),
    ];
    assert_eq!(subscribers, expected);
}

#[test]
fn response_times() {
    let document = document("response_times.mate", &[], "f_bad_fetch.pcap");
    let requests = list(&document, "gops");
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert_eq!(
            (&request["state"], &request["released_by"]),
            (&"released".into(), &"stop".into())
        );
        assert!(request["time"].as_f64().unwrap() > 0.0);
        assert_eq!(values(request, "method"), ["GET"]);
    }
    // Frames 4 and 6, the longest of them: 4.160 ms.
    assert_eq!(requests[0]["time"], 0.00416);
    let slow = run(
        &[
            "mate",
            "-c",
            &example("response_times.mate"),
            "--filter",
            "mate.request.Time > 0.004",
            "--format",
            "csv",
        ],
        &[capture("f_bad_fetch.pcap")],
    );
    assert_eq!(String::from_utf8(slow.1).unwrap().lines().count(), 2);
}

#[test]
fn wtp_transactions() {
    let document = document("wtp_transactions.mate", &[], "k6_wsp_errors.pcap");
    let transactions = list(&document, "gops");
    assert_eq!(transactions.len(), 9);
    let ended = transactions
        .iter()
        .filter(|transaction| values(transaction, "end") == ["result"]);
    assert_eq!(ended.count(), 6);
    // The three of class 0 are disconnections, which nobody answers.
    let open = transactions
        .iter()
        .filter(|transaction| transaction["state"] == "open");
    assert!(
        open.clone()
            .all(|transaction| values(transaction, "class") == ["0x00"])
    );
    assert_eq!(open.count(), 3);
}

/// What an item of a line is in the document.
fn without_type(line: &Value) -> Value {
    let mut item = line.clone();
    let fields = item.as_object_mut().unwrap();
    if let Some(name) = fields.shift_remove("name") {
        fields.insert("type".to_owned(), name);
    } else {
        fields.shift_remove("type");
    }
    item
}

#[test]
fn every_form_says_the_same() {
    let schema = |of: &str| {
        let schema: Value = serde_json::from_str(&printed(&["schema", of], &[])).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let (whole_schema, line_schema) = (schema("mate"), schema("mate-line"));
    for (config, name) in [
        ("http_with_smpp.mate", "h_notif_repeated.pcap"),
        ("per_subscriber.mate", "l_multi_recipients.pcap"),
        ("wtp_transactions.mate", "k2_wsp_co_sar.pcap"),
    ] {
        for semantics in ["documented", "wireshark"] {
            let options = ["--explain", "--semantics", semantics];
            let whole = document(config, &options, name);
            let complaints: Vec<String> = whole_schema
                .iter_errors(&whole)
                .map(|error| error.to_string())
                .collect();
            assert!(complaints.is_empty(), "{complaints:#?}");
            let config = example(config);
            let lines = [
                "mate",
                "-c",
                &config,
                "--explain",
                "--semantics",
                semantics,
                "--format",
                "jsonl",
            ];
            let (_, stdout, _) = run(&lines, &[capture(name)]);
            let lines: Vec<Value> = stdout
                .split(|octet| *octet == b'\n')
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_slice(line).unwrap())
                .collect();
            assert_eq!(lines.last().unwrap()["type"], "summary");
            for line in &lines {
                assert!(line_schema.is_valid(line), "{line}");
            }
            for (kind, many) in [
                ("pdu", "pdus"),
                ("gop", "gops"),
                ("gog", "gogs"),
                ("explain", "explain"),
            ] {
                let of_kind = lines.iter().filter(|line| line["type"] == kind);
                let mut items: Vec<Value> = of_kind.map(without_type).collect();
                let mut expected = list(&whole, many).to_vec();
                for items in [&mut items, &mut expected] {
                    items.sort_by_key(|item| {
                        (item["type"].to_string(), item["id"].as_u64(), item.to_string())
                    });
                }
                assert_eq!(items, expected, "{kind}");
            }
            for level in ["pdus", "gops", "gogs"] {
                let rows = [
                    "mate",
                    "-c",
                    &config,
                    "--semantics",
                    semantics,
                    "--format",
                    "csv",
                    "--show",
                    level,
                ];
                let (_, stdout, _) = run(&rows, &[capture(name)]);
                let mut reader = csv::Reader::from_reader(&*stdout);
                let ids: Vec<String> = reader
                    .records()
                    .map(|record| record.unwrap()[1].to_owned())
                    .collect();
                let expected: Vec<String> = list(&whole, level)
                    .iter()
                    .map(|item| item["id"].to_string())
                    .collect();
                assert_eq!(ids, expected, "{level}");
            }
        }
    }
}

#[test]
fn a_filter_selects_groups_whole() {
    let filter = ["--filter", "mate.get.method == \"GET\""];
    let selected = document("http_with_smpp.mate", &filter, "a1_happy_smpp.pcap");
    assert_eq!(list(&selected, "pdus").len(), 1);
    assert_eq!(list(&selected, "gops")[0]["num_of_pdus"], 2);
    assert_eq!(list(&selected, "gogs")[0]["num_of_gops"], 3);
    assert_eq!(selected["summary"]["selected"]["gops"], 1);
    assert_eq!(selected["summary"]["gops"], 3);
    let text = printed(
        &[
            "mate",
            "-c",
            &example("http_with_smpp.mate"),
            "--filter",
            "mate.delivery.msisdn contains \"0009\"",
        ],
        &[capture("a1_happy_smpp.pcap")],
    );
    assert!(text.starts_with("selected: 0 Gogs, 0 Gops, 0 Pdus\n"), "{text}");
}

#[test]
fn a_bad_filter_prints_nothing() {
    let config = example("response_times.mate");
    for (filter, expected) in [
        (
            "mate.request.Tme > 2",
            "1: no field 'mate.request.Tme'; did you mean 'mate.request.Time'",
        ),
        ("mate.request &&", "16: a field is missing"),
        ("mate.request.uri matches \"[\"", "26: bad regular expression"),
    ] {
        let (status, stdout, stderr) = run(
            &["mate", "-c", &config, "--filter", filter],
            &[capture("f_bad_fetch.pcap")],
        );
        assert_eq!((status, &*stdout), (2, &b""[..]));
        assert!(
            stderr.starts_with(&format!("mmsmate: --filter: {expected}")),
            "{stderr}"
        );
    }
}

#[test]
fn fail_on_is_about_what_is_selected() {
    let config = example("response_times.mate");
    for (options, expected) in [
        (&["--fail-on", "match"][..], 1),
        (&["--fail-on", "no-match"], 0),
        (&["--fail-on", "match", "--filter", "mate.request.Time > 100"], 0),
        (
            &["--fail-on", "no-match", "--filter", "mate.request.Time > 100"],
            1,
        ),
        (&["--fail-on", "match", "--format", "jsonl"], 1),
    ] {
        let mut arguments = vec!["mate", "-c", &config];
        arguments.extend(options);
        let (status, _, stderr) = run(&arguments, &[capture("f_bad_fetch.pcap")]);
        assert_eq!(status, expected, "{options:?}: {stderr}");
    }
}

#[test]
fn errors_stand_at_their_places_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "Pdu p Proto http Transport tcp/ip {\n\tExtract m From http.request.metod;\n};\n#include part.mate\n";
    std::fs::write(folder.path().join("a.mate"), text).unwrap();
    std::fs::write(folder.path().join("part.mate"), "Gop \u{1b}[2J On p").unwrap();
    let (status, stdout, stderr) = run_in(folder.path(), &["mate", "-c", "a.mate", "x.pcap"]);
    assert_eq!((status, &*stdout), (2, &b""[..]));
    let expected = "\
mmsmate: a.mate:2:17: no field 'http.request.metod'; did you mean 'http.request.method'?
 Extract m From http.request.metod;
                ^
mmsmate: part.mate:1:5: unknown character '\\u{1b}' (included from a.mate:4)
Gop \\u{1b}[2J On p
    ^
";
    assert_eq!(stderr, expected);
    let (status, _, stderr) = run_in(folder.path(), &["mate", "-c", "nowhere.mate", "x.pcap"]);
    assert_eq!(status, 2);
    assert!(stderr.starts_with("mmsmate: nowhere.mate: "), "{stderr}");
}

#[test]
fn remarks_are_told_and_check_prints_what_was_understood() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Pdu p Proto http Transport tcp/ip { Extract addr From ip.addr; };
Gop g On p Match (addr, addr) { Start (rq); Lifetime 1.5; };";
    std::fs::write(folder.path().join("a.mate"), text).unwrap();
    let capture = capture("f_bad_fetch.pcap");
    let (status, _, stderr) = run_in(
        folder.path(),
        &["mate", "-c", "a.mate", capture.to_str().unwrap()],
    );
    assert_eq!(
        (status, &*stderr),
        (0, "mmsmate: note: a.mate:2:40: never_set: rq\n")
    );
    let (status, stdout, stderr) = run_in(folder.path(), &["mate", "-c", "a.mate", "--check"]);
    assert_eq!((status, &*stderr), (0, ""));
    let expected = "\
Pdu p  Proto http  Transport tcp/ip
  Extract         addr From ip.addr
Gop g  On p  Match (addr, addr)
  Start           (rq)
  Lifetime        1.5 s
note: a.mate:2:40: never_set: rq
0 Transforms, 1 Pdu, 1 Gop, 0 Gogs, 1 note; semantics documented
";
    assert_eq!(String::from_utf8(stdout).unwrap(), expected);
}

#[test]
fn fields_are_listed() {
    let (status, stdout, _) = run(&["mate", "--fields", "mmse.message_*"], &[]);
    let text = String::from_utf8(stdout).unwrap();
    assert_eq!(status, 0);
    assert!(text.contains("mmse.message_type"), "{text}");
    assert!(
        text.lines().all(|line| line.starts_with("mmse.message_")),
        "{text}"
    );
    assert_eq!(run(&["mate", "--fields", "nosuch"], &[]).0, 2);
    assert!(printed(&["mate", "--fields"], &[]).lines().count() > 300);
}

#[test]
fn text_keeps_to_the_width() {
    let config = example("per_subscriber.mate");
    let capture = [capture("l_multi_recipients.pcap")];
    for level in ["gogs", "gops", "pdus"] {
        let arguments = ["mate", "-c", &config, "--show", level, "--ascii", "--width", "60"];
        let narrow = printed(&arguments, &capture);
        assert!(narrow.lines().all(|line| line.len() <= 60), "{narrow}");
        // Words are only broken where they are wider than a line.
        let wide = printed(&arguments[..6], &capture);
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(letters(&narrow), letters(&wide));
    }
}

/// Text from captures and configurations reaches a terminal as text only.
#[test]
fn untrusted_text_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Transform t { Match (m) Insert (x=\"\u{1b}]0;owned\u{7}\u{202e}\"); };
Pdu p Proto http Transport tcp/ip { Extract m From http.request.method; Transform t; };
Gop g On p Match (x) { Start (x); };";
    std::fs::write(folder.path().join("a.mate"), text).unwrap();
    let capture = capture("f_bad_fetch.pcap");
    let capture = capture.to_str().unwrap();
    for options in [
        &[][..],
        &["--show", "pdus"],
        &["--check"],
        &["--explain"],
        &["--format", "json"],
        &["--format", "jsonl"],
        &["--format", "csv"],
    ] {
        let mut arguments = vec!["mate", "-c", "a.mate", capture];
        arguments.extend(options);
        let (status, stdout, stderr) = run_in(folder.path(), &arguments);
        assert_eq!(status, 0, "{stderr}");
        let printed = String::from_utf8(stdout).unwrap() + &stderr;
        assert!(printed.contains("owned"), "{options:?}: {printed}");
        assert!(
            !printed.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{options:?}: {printed:?}"
        );
    }
}

#[test]
fn what_does_not_go_together_is_a_usage_error() {
    let config = example("response_times.mate");
    for options in [
        &["--merge-gogs", "--semantics", "wireshark"][..],
        &["--check", "--explain"],
        &["--limit", "mate-open=0"],
        &["--show", "messages"],
    ] {
        let mut arguments = vec!["mate", "-c", &config];
        arguments.extend(options);
        let (status, stdout, _) = run(&arguments, &[capture("f_bad_fetch.pcap")]);
        assert_eq!((status, &*stdout), (2, &b""[..]), "{options:?}");
    }
    assert_eq!(run(&["mate"], &[capture("f_bad_fetch.pcap")]).0, 2);
    assert_eq!(run(&["mate", "-c", &config], &[]).0, 2);
}
