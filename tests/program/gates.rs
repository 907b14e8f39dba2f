//! What scripts rely on: exit statuses, `--fail-on`, `--strict`, errors that point at the place, `diff`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{printed, run, testdata};

fn capture(name: &str) -> PathBuf {
    testdata().join(name)
}

const GOOD: &str = "captures/a1_happy_smpp.pcap";
const FAILED: &str = "captures/c_rejected.pcap";

#[test]
fn fail_on_each_condition_and_no_other() {
    // For each condition a capture that meets it, and what is said.
    let met = [
        ("failure", FAILED, "1 message failed"),
        ("partial", "captures/l_multi_recipients.pcap", "1 message"),
        ("open", "captures/e_invalid_recipient.pcap", "3 messages"),
        ("malformed", "captures/e_invalid_recipient.pcap", "1 "),
        ("cut", "suite/link-last-packet-cut.pcap", "1 "),
    ];
    for (condition, name, told) in met {
        let (status, _, stderr) = run(&["--fail-on", condition], &[capture(name)]);
        assert_eq!(status, 1, "{condition}: {stderr}");
        assert!(stderr.contains(told), "{condition}: {stderr}");
        let (status, _, stderr) = run(&["--fail-on", condition], &[capture(GOOD)]);
        assert_eq!((status, stderr.as_str()), (0, ""), "{condition}");
        let (status, _, _) = run(&[], &[capture(name)]);
        assert_eq!(status, 0, "{condition}: nothing was asked");
    }
}

#[test]
fn fail_on_looks_at_what_is_selected() {
    let file = [capture("captures/e_invalid_recipient.pcap")];
    let status = |arguments: &[&str]| run(arguments, &file).0;
    assert_eq!(status(&["--fail-on", "failure", "--outcome", "open"]), 0);
    assert_eq!(status(&["--fail-on", "failure", "--outcome", "failure"]), 1);
    assert_eq!(status(&["--fail-on", "partial", "--fail-on", "open"]), 1);
    assert_eq!(status(&["--fail-on", "partial,open"]), 1);
    assert_eq!(status(&["--fail-on", "weather"]), 2);
}

#[test]
fn fail_on_is_on_every_command_that_selects() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (page, cut, parts) = (out("report.html"), out("cut.pcapng"), out("parts"));
    let commands: &[&[&str]] = &[
        &["messages"],
        &["messages", "--format", "json"],
        &["messages", "--format", "jsonl"],
        &["show"],
        &["ladder"],
        &["report", "-o", &page],
        &["slice", "-o", &cut],
        &["parts", "-d", &parts],
    ];
    for command in commands {
        let (status, _, stderr) = run(
            &[command, &["--fail-on", "failure"][..]].concat(),
            &[capture(FAILED)],
        );
        assert_eq!(status, 1, "{command:?}: {stderr}");
        assert!(stderr.contains("1 message failed"), "{command:?}: {stderr}");
    }
    assert!(
        Path::new(&page).exists() && Path::new(&cut).exists(),
        "what was asked for is done all the same"
    );
}

#[test]
fn strict_is_about_the_captures() {
    let cut = [capture("suite/link-last-packet-cut.pcap")];
    let status = |arguments: &[&str], files: &[PathBuf]| run(arguments, files).0;
    assert_eq!(status(&[], &cut), 0);
    for command in ["messages", "captures", "show", "ladder", "pdus", "report"] {
        assert_eq!(status(&[command, "--strict"], &cut), 3, "{command}");
        assert_eq!(status(&[command, "--strict"], &[capture(GOOD)]), 0, "{command}");
    }
    let missing = [capture(GOOD), capture("captures/missing.pcap")];
    assert_eq!(status(&["--strict"], &missing), 2);
}

#[test]
fn usage_errors_point_at_the_place() {
    let status = |arguments: &[&str]| {
        let (status, stdout, stderr) = run(arguments, &[capture(GOOD)]);
        assert!(stdout.is_empty(), "{arguments:?}");
        assert_eq!(status, 2, "{arguments:?}: {stderr}");
        stderr
    };
    let stderr = status(&["--filter", "outcome == failure and sice > 100"]);
    assert!(
        stderr.contains("sice") && stderr.contains("did you mean size"),
        "{stderr}"
    );
    let marker = stderr
        .lines()
        .find(|line| line.trim_start().starts_with('^'))
        .unwrap();
    let shown = stderr
        .lines()
        .rfind(|line| line.contains("outcome == failure"))
        .unwrap();
    assert_eq!(shown.find("sice"), marker.find('^'), "{stderr}");
    for wrong in [
        "outcome = failure",
        "size >",
        "(size > 1",
        "size > 1)",
        "size > many",
        "",
        "and",
    ] {
        let stderr = status(&["--filter", wrong]);
        assert!(
            stderr.lines().any(|line| line.trim_start().starts_with('^')),
            "{wrong}: {stderr}"
        );
    }
    assert!(status(&["--fields", "id,reson"]).contains("did you mean reason"));
    assert!(status(&["--sort", "nothing"]).contains("nothing"));
    assert!(status(&["--since", "yesterday"]).contains("yesterday"));
    status(&["--response-timeout", "soon"]);
    status(&["--width", "3"]);
    status(&["--no-such-option"]);
}

#[test]
fn a_number_behind_the_captures_is_a_message() {
    let file = capture("captures/e_invalid_recipient.pcap");
    let file = file.to_str().unwrap();
    for command in ["messages", "show", "ladder", "report"] {
        let text = printed(&[command, file, "4"], &[]);
        let by_option = printed(&[command, file, "--id", "4"], &[]);
        assert_eq!(text, by_option, "{command}");
    }
    assert!(printed(&[file, "4", "2"], &[]).contains("2 of 5 messages"));
    let (status, _, stderr) = run(&["9"], &[]);
    assert_eq!(status, 2, "the first is a capture in any case: {stderr}");
}

#[test]
fn a_command_with_a_slip_is_named() {
    let (status, _, stderr) = run(&["mesages", "missing.pcap"], &[]);
    assert_eq!(status, 2);
    assert!(stderr.contains("did you mean messages?"), "{stderr}");
    let (_, _, stderr) = run(&["missing.pcap"], &[]);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn nothing_at_all_is_answered_with_help() {
    let (status, stdout, stderr) = run(&[], &[]);
    assert_eq!(status, 2);
    assert!(stdout.is_empty() && stderr.contains("Examples:"), "{stderr}");
}

#[test]
fn a_comparison_tells_verdict_content_and_timing() {
    let folder = tempfile::tempdir().unwrap();
    let export = |name: &str, change: &dyn Fn(&mut Value)| {
        let text = printed(&["--format", "json"], &[capture(GOOD)]);
        let mut document: Value = serde_json::from_str(&text).unwrap();
        change(&mut document["messages"][0]);
        let path = folder.path().join(name);
        fs::write(&path, document.to_string()).unwrap();
        path
    };
    let same = export("same.json", &|_| {});
    let worse = export("worse.json", &|message| message["outcome"] = "failure".into());
    let other = export("other.json", &|message| {
        message["parts"][0]["sha256"] = "0".repeat(64).into()
    });
    let slower = export("slower.json", &|message| {
        message["submission"]["latency_ms"] = 2500.0.into()
    });
    let original = capture(GOOD);
    let diff = |second: &PathBuf, arguments: &[&str]| {
        let (status, stdout, stderr) = run(
            &[&["diff"][..], arguments].concat(),
            &[original.clone(), second.clone()],
        );
        assert!(status < 2, "{stderr}");
        (status, String::from_utf8(stdout).unwrap())
    };
    assert_eq!(
        diff(&same, &["--exit-code"]),
        (
            0,
            "1 the same, 0 changed, 0 only in the first, 0 only in the second\n".to_owned()
        )
    );
    for (second, told) in [
        (&worse, "outcome     success → failure"),
        (&other, "parts "),
        (&slower, "→ 2.5 s"),
    ] {
        let (status, text) = diff(second, &["--exit-code"]);
        assert_eq!(status, 1);
        assert!(text.contains(told) && text.contains("1 changed"), "{text}");
        assert_eq!(diff(second, &[]).0, 0, "only where it is asked for");
    }
    assert_eq!(diff(&slower, &["--exit-code", "--tolerance", "5000"]).0, 0);
    let (status, text) = diff(&capture(FAILED), &["--exit-code"]);
    assert_eq!(status, 1);
    assert!(
        text.contains("1 only in the first, 1 only in the second"),
        "{text}"
    );
    let broken = folder.path().join("broken.json");
    fs::write(&broken, "{\"format\": 1}").unwrap();
    let (status, _, stderr) = run(&["diff"], &[original.clone(), broken]);
    assert_eq!(status, 2);
    assert!(stderr.contains("broken.json"), "{stderr}");
}
