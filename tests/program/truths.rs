//! Answers that are true in every view, and what every command-line tool does.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::{document, printed, real_captures, run, run_in, testdata};

fn capture(name: &str) -> Vec<PathBuf> {
    vec![testdata().join(name)]
}

/// The numbers of the messages that are selected.
fn selected(files: &[PathBuf], options: &[&str]) -> Vec<String> {
    let arguments = [&["messages", "--format", "csv", "--fields", "id"], options].concat();
    printed(&arguments, files)
        .lines()
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn an_answer_without_a_pdu_was_seen() {
    let files = capture("suite/failure-retrieve-http-404.pcapng");
    let message = &document(&files).unwrap()["messages"][0];
    let retrieval = &message["deliveries"][0]["retrievals"][0];
    assert_eq!(retrieval["response"]["frame"], 7);
    assert_eq!(retrieval["http_status"], 404);
    let text = printed(&["show"], &files);
    let line = "  answer              frame 7, HTTP 404 Not Found (Server: MMSC/4.2), after 219 ms\n";
    assert!(text.contains(line), "{text}");
    assert!(!text.contains("not seen"), "{text}");

    let files = capture("suite/failure-send-http-500.pcapng");
    let submission = document(&files).unwrap()["messages"][0]["submission"].clone();
    assert_eq!(submission["http_status"], 500);
    assert!(submission["response"]["frame"].is_u64(), "{submission}");
    assert!(submission["latency_ms"].is_f64());
    assert!(!printed(&["show"], &files).contains("not seen"));

    let files = capture("suite/ops-http-error.pcapng");
    let operation = document(&files).unwrap()["operations"][0].clone();
    assert!(operation["response"]["frame"].is_u64(), "{operation}");
    assert_eq!(operation["response"]["pdu"], Value::Null);
}

#[test]
fn recipients_are_the_same_in_every_view() {
    let files = capture("captures/f_bad_fetch.pcap");
    let messages = document(&files).unwrap()["messages"].clone();
    let shown = printed(&["--fields", "recipients", "--format", "csv"], &files);
    let shown: Vec<&str> = shown.lines().skip(1).collect();
    for (message, cell) in messages.as_array().unwrap().iter().zip(shown) {
        assert_eq!(message["recipients"][0], cell);
        assert_eq!(
            message["to"],
            Value::Array(vec![]),
            "nobody is named but by the delivery"
        );
    }
    assert!(printed(&[], &files).contains("+442500002"));
    let all = selected(&files, &["--to", "+441500002"]);
    assert_eq!(all, ["1", "2", "3"]);
    for spelling in ["00441500002", "441500002", "+44 1500-002", "01500002"] {
        assert_eq!(selected(&files, &["--to", spelling]), all, "{spelling}");
        let filter = format!("recipients == '{spelling}'");
        assert_eq!(selected(&files, &["--filter", &filter]), all, "{spelling}");
        let filter = format!("deliveries.recipient in ('{spelling}')");
        assert_eq!(selected(&files, &["--filter", &filter]), all, "{spelling}");
    }
    assert_eq!(
        selected(&files, &["--filter", "recipients != '441500002'"]),
        ["4"]
    );
}

#[test]
fn it_is_said_who_reports_what_was_not_seen() {
    let text = printed(&["show"], &capture("suite/correlate-lone-delivery-report.pcapng"));
    let told = "reported: the MMSC reports it fetched; no retrieval was captured\n";
    assert!(text.lines().next().unwrap().ends_with(told.trim_end()), "{text}");
}

#[test]
fn every_frame_of_a_message_finds_it() {
    for (name, of) in [
        ("captures/g_big_300k.pcap", "1"),
        ("captures/k2_wsp_co_sar.pcap", "1"),
    ] {
        let files = capture(name);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slice.pcapng");
        printed(&["slice", "--id", of, "-o", path.to_str().unwrap()], &files);
        let octets = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&octets);
        let numbers: Vec<&str> = text
            .split("frame ")
            .skip(1)
            .filter_map(|rest| rest.split_once(" of "))
            .map(|(number, _)| number)
            .filter(|number| number.bytes().all(|octet| octet.is_ascii_digit()))
            .collect();
        assert!(numbers.len() > 20, "{name}: {numbers:?}");
        let every = numbers.len() / 12;
        for number in numbers.iter().step_by(every.max(1)) {
            let found = selected(&files, &["--frame", number]);
            assert!(found.contains(&of.to_owned()), "{name} {number}: {found:?}");
        }
    }
}

#[test]
fn a_message_begins_at_the_first_frame_of_its_first_pdu() {
    let files = capture("captures/g_big_300k.pcap");
    let first = document(&files).unwrap()["messages"][0]["events"][0]["first_frame"].clone();
    let frames = printed(&["--fields", "frames", "--format", "csv"], &files);
    let row = frames.lines().nth(1).unwrap();
    assert!(row.starts_with(&format!("{first}-")), "{row}");
}

#[test]
fn pdus_are_counted_once_and_for_all() {
    let mut files: Vec<PathBuf> = real_captures();
    files.truncate(6);
    for name in [
        "failure-retrieve-incomplete-rst.pcapng.gz",
        "failure-send-incomplete.pcap",
        "mm4-incomplete-closed.pcapng",
    ] {
        files.push(testdata().join("suite").join(name));
    }
    for file in files {
        let file = [file];
        let summary = document(&file).unwrap()["summary"]["pdus"].clone();
        let captures: Value =
            serde_json::from_str(&printed(&["captures", "--format", "json"], &file)).unwrap();
        let mut listed = std::collections::BTreeMap::<String, u64>::new();
        for line in printed(&["pdus", "--format", "jsonl"], &file).lines() {
            let pdu: Value = serde_json::from_str(line).unwrap();
            // What was cut short is listed, and did not pass.
            if pdu["complete"] == false {
                continue;
            }
            *listed.entry(pdu["pdu"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let counted = captures["pdus"].as_array().unwrap().iter();
        let counted: std::collections::BTreeMap<String, u64> = counted
            .map(|count| {
                (
                    count["name"].as_str().unwrap().to_owned(),
                    count["count"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(counted, listed, "{file:?}");
        let summary = summary.as_object().unwrap().iter();
        let summary: std::collections::BTreeMap<String, u64> = summary
            .map(|(name, count)| (name.clone(), count.as_u64().unwrap()))
            .collect();
        assert_eq!(summary, listed, "{file:?}");
    }
}

#[test]
fn an_expectation_stands_for_the_capture_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let pcap = folder.path().join("one.pcap");
    std::fs::copy(testdata().join("captures/a1_happy_smpp.pcap"), &pcap).unwrap();
    printed(&["check", "--bless"], &[pcap]);
    let (status, stdout, stderr) = run_in(folder.path(), &["check", "one.expect.json"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(!stdout.is_empty(), "{stderr}");
}

#[test]
fn a_dash_is_standard_output_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = testdata().join("captures/a1_happy_smpp.pcap");
    let file = file.to_str().unwrap();
    for command in [
        &["messages", "--format", "json"][..],
        &["messages", "--format", "csv"],
        &["show"],
        &["ladder"],
        &["captures"],
        &["pdus"],
        &["report"],
        &["slice"],
    ] {
        let plain = run_in(folder.path(), &[command, &[file]].concat());
        let dashed = run_in(folder.path(), &[command, &[file, "-o", "-"]].concat());
        assert_eq!(plain, dashed, "{command:?}");
        assert!(!plain.1.is_empty());
    }
    let (status, stdout, _) = run_in(folder.path(), &["slice", file, "-o", "-"]);
    assert_eq!((status, &stdout[..4]), (0, &[0x0a, 0x0d, 0x0d, 0x0a][..]));
    let (_, stdout, _) = run_in(folder.path(), &["check", file, "--junit", "-"]);
    assert!(stdout.starts_with(b"<?xml"));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "no file is called -"
    );
}

#[test]
fn commands_behave_as_those_of_other_tools() {
    let help = printed(&["help", "show"], &[]);
    assert_eq!(help, printed(&["show", "--help"], &[]));
    assert_eq!(printed(&["help"], &[]), printed(&["--help"], &[]));
    assert_eq!(printed(&["version"], &[]), printed(&["--version"], &[]));
    let (status, _, stderr) = run(&["shwo", "missing.pcap", "3"], &[]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("there is no command shwo; did you mean show?"),
        "{stderr}"
    );
    let (status, _, stderr) = run(&["help", "shwo"], &[]);
    assert_eq!(status, 2);
    assert!(stderr.contains("did you mean show?"), "{stderr}");
    let (status, _, stderr) = run(&["help", "weather"], &[]);
    assert_eq!(status, 2);
    assert!(stderr.contains("there is no command weather"), "{stderr}");
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("shwo");
    std::fs::copy(testdata().join("captures/a1_happy_smpp.pcap"), &bare).unwrap();
    let (status, stdout, _) = run_in(folder.path(), &["shwo"]);
    assert_eq!(status, 0, "a capture stands first, whatever it is called");
    assert!(String::from_utf8(stdout).unwrap().contains("1 message"));
}

#[test]
fn limits_have_a_page_of_their_own() {
    let page = printed(&["help", "limits"], &[]);
    assert!(
        page.contains("\ntcp-idle ") && page.contains("NAME=VALUE"),
        "{page}"
    );
    assert!(!printed(&["show", "--help"], &[]).contains("tcp-idle"));
}

#[test]
fn the_footer_of_a_selection_speaks_of_the_selection() {
    let files = capture("captures/m_mailbox.pcap");
    let whole = printed(&[], &files);
    assert!(whole.contains("operations "), "{whole}");
    let selection = printed(&["--id", "1"], &files);
    assert!(!selection.contains("operations "), "{selection}");
}

#[test]
fn markdown_escapes_what_means_something_and_csv_is_for_programs() {
    let files = capture("captures/f_bad_fetch.pcap");
    let table = printed(&["--format", "markdown"], &files);
    assert!(table.contains("| 17:59:58.523 |"), "{table}");
    let csv = printed(
        &["--format", "csv", "--fields", "from,recipients"],
        &capture("captures/l_multi_recipients.pcap"),
    );
    assert!(csv.contains(",+44") && !csv.contains('\''), "{csv}");
    let file = testdata().join("captures/l_multi_recipients.pcap");
    let guarded = printed(
        &["--format", "csv", "--fields", "recipients", "--csv-for-excel"],
        &[file],
    );
    assert!(guarded.lines().nth(1).unwrap().starts_with('\''), "{guarded}");
}

#[test]
fn one_url_has_one_pseudonym() {
    for file in real_captures() {
        let file = [file];
        let plain = document(&file).unwrap();
        let redacted: Value =
            serde_json::from_str(&printed(&["--format", "json", "--redact"], &file)).unwrap();
        let urls = |document: &Value| -> Vec<String> {
            let messages = document["messages"].as_array().unwrap().iter();
            let deliveries = messages.flat_map(|message| message["deliveries"].as_array().unwrap());
            let urls = deliveries.flat_map(|delivery| {
                let announced = delivery["notifications"].as_array().unwrap().iter();
                let fetched = delivery["retrievals"].as_array().unwrap().iter();
                announced
                    .map(|leg| leg["content_location"].clone())
                    .chain(fetched.map(|leg| leg["url"].clone()))
            });
            urls.map(|url| url.as_str().unwrap_or_default().to_owned())
                .collect()
        };
        let pairs = urls(&plain).into_iter().zip(urls(&redacted));
        let mut known = std::collections::BTreeMap::new();
        for (url, name) in pairs {
            let path = url.split("://").last().unwrap().trim_end().to_owned();
            let before = known.entry(path).or_insert_with(|| name.clone());
            assert_eq!(*before, name, "{file:?} {url}");
        }
    }
}

/// What bash completes at the end of a command line.
#[cfg(unix)]
fn completed(folder: &std::path::Path, words: &[&str]) -> Option<Vec<String>> {
    let script = printed(&["completions", "bash"], &[]);
    let path = folder.join("completions.bash");
    std::fs::write(&path, script).unwrap();
    let list = words
        .iter()
        .map(|word| format!("'{word}'"))
        .collect::<Vec<_>>()
        .join(" ");
    let run = format!(
        "source ./completions.bash; rm completions.bash; COMP_WORDS=({list}); COMP_CWORD={}; \
         _mmsmate_with_values mmsmate '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.len() - 1,
        words[words.len() - 1],
        words[words.len() - 2],
    );
    let output = Command::new("bash")
        .args(["-c", &run])
        .current_dir(folder)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[cfg(unix)]
#[test]
fn bash_completes_files_fields_and_limits() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.pcap", "b.pcapng.gz", "notes.txt"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let Some(found) = completed(folder.path(), &["mmsmate", "show", ""]) else {
        return;
    };
    assert_eq!(found, ["a.pcap", "b.pcapng.gz"]);
    let complete = |words: &[&str]| completed(folder.path(), words).unwrap();
    assert_eq!(complete(&["mmsmate", "show", "n"]), ["notes.txt"]);
    assert_eq!(complete(&["mmsmate", "a"]), ["a.pcap"]);
    assert!(complete(&["mmsmate", "sh"]).contains(&"show".to_owned()));
    assert_eq!(
        complete(&["mmsmate", "messages", "--fields", "id,mms"]),
        ["id,mmsc"]
    );
    assert_eq!(
        complete(&["mmsmate", "messages", "--sort", "-dura"]),
        ["-duration", "-duration_ms"]
    );
    assert_eq!(
        complete(&["mmsmate", "messages", "--filter", "outc"]),
        ["outcome"]
    );
    assert_eq!(
        complete(&["mmsmate", "messages", "--limit", "tcp"]),
        ["tcp-idle="]
    );
}

#[test]
fn a_message_has_a_key_that_no_option_and_no_other_input_changes() {
    let one = testdata().join("captures/a1_happy_smpp.pcap");
    let other = testdata().join("captures/l_multi_recipients.pcap");
    let alone = document(std::slice::from_ref(&one)).unwrap()["messages"][0]["key"].clone();
    let both = document(&[other, one.clone()]).unwrap();
    let found = both["messages"].as_array().unwrap().iter();
    assert_eq!(found.filter(|message| message["key"] == alone).count(), 1);
    let lines = printed(&["--format", "jsonl", "--lifetime", "1h"], &[one]);
    let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(line["key"], alone);
    assert_eq!((&line["id"], &line["revision"]), (&1.into(), &1.into()));
}

#[test]
fn the_summary_holds_the_times_that_the_messages_have() {
    for file in real_captures() {
        let document = document(std::slice::from_ref(&file)).unwrap();
        let messages = document["messages"].as_array().unwrap();
        let deliveries = || {
            messages
                .iter()
                .flat_map(|message| message["deliveries"].as_array().unwrap())
        };
        let send: Vec<f64> = messages
            .iter()
            .filter_map(|message| message["submission"]["latency_ms"].as_f64())
            .collect();
        let of = |field: &str| {
            deliveries()
                .filter_map(|delivery| delivery[field].as_f64())
                .collect()
        };
        let all = [
            ("send", send),
            ("notify_to_retrieve", of("notify_to_retrieve_ms")),
            ("end_to_end", of("end_to_end_ms")),
        ];
        for (name, mut values) in all {
            let told = &document["summary"]["times"][name];
            values.sort_by(f64::total_cmp);
            let rank = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
            match values.len() {
                0 => assert!(told.is_null(), "{file:?} {told}"),
                count => {
                    assert_eq!(told["count"], count, "{file:?} {name}");
                    assert_eq!(told["p50"], rank(50), "{file:?} {name}");
                    assert_eq!(told["p95"], rank(95), "{file:?} {name}");
                    assert_eq!(told["max"], values[count - 1], "{file:?} {name}");
                }
            }
        }
    }
}
