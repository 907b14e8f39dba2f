//! What scripts and CI rely on: exit statuses, `--fail-on`, `--strict`, `check`, `diff`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{printed, read_json, run, run_in, testdata};

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

/// A folder with captures and what is expected of them.
struct Cases(tempfile::TempDir);

impl Cases {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, from: &str) {
        fs::copy(capture(from), self.0.path().join(name)).unwrap();
    }

    fn expect(&self, name: &str, expectation: &Value) {
        fs::write(self.0.path().join(name), expectation.to_string()).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn check(&self, arguments: &[&str]) -> (i32, String) {
        let (status, stdout, stderr) = run_in(self.0.path(), &[&["check"][..], arguments].concat());
        (status, format!("{}{stderr}", String::from_utf8(stdout).unwrap()))
    }
}

fn held(outcome: &str) -> Value {
    json!({"match": "subset", "expect": {"messages": [{"outcome": outcome}]}})
}

#[test]
fn a_check_cannot_be_green_by_accident() {
    let cases = Cases::new();
    let (status, told) = cases.check(&["."]);
    assert_eq!(status, 1);
    assert!(told.contains("no case found"), "{told}");
    let (status, told) = cases.check(&["missing"]);
    assert_eq!(status, 2, "{told}");
    cases.put("a.pcap", GOOD);
    let (status, told) = cases.check(&["."]);
    assert_eq!(status, 1);
    assert!(told.contains("there is no expectation"), "{told}");
    for nothing in [
        json!({"expect": {}}),
        json!({"expect": null}),
        json!({"expect": {"messages": []}}),
    ] {
        cases.expect("a.expect.json", &nothing);
        assert_eq!(cases.check(&["."]).0, 1, "{nothing}");
    }
    cases.expect(
        "a.expect.json",
        &json!({"expect": {"outcome": "success"}, "exepct": 1}),
    );
    assert_eq!(cases.check(&["."]).0, 1);
    fs::write(cases.0.path().join("a.expect.json"), "{").unwrap();
    assert_eq!(cases.check(&["."]).0, 1);
    cases.expect("a.expect.json", &held("success"));
    assert_eq!(cases.check(&["."]).0, 0);
    cases.expect("orphan.expect.json", &held("success"));
    let (status, told) = cases.check(&["."]);
    assert_eq!(status, 1, "{told}");
}

#[test]
fn a_subset_is_held_to_what_it_names_and_exact_to_everything() {
    let cases = Cases::new();
    cases.put("a.pcap", FAILED);
    cases.expect("a.expect.json", &held("success"));
    let (status, told) = cases.check(&["a.pcap"]);
    assert_eq!(status, 1);
    assert!(
        told.contains("messages[0].outcome: expected \"success\", got \"failure\" (frame"),
        "{told}"
    );
    let wrong_count = json!({"expect": {"messages": [{"outcome": "failure"}, {}]}});
    cases.expect("a.expect.json", &wrong_count);
    assert!(cases.check(&["a.pcap"]).1.contains("messages[1]"));
    let mut exact = json!({"match": "exact", "expect": {}});
    let text = printed(&["--format", "json"], &[cases.0.path().join("a.pcap")]);
    exact["expect"] = serde_json::from_str(&text).unwrap();
    exact["expect"]["captures"][0]["path"] = "a.pcap".into();
    cases.expect("a.expect.json", &exact);
    let (status, told) = cases.check(&["a.pcap"]);
    assert_eq!(status, 0, "{told}");
    exact["expect"]["messages"][0]
        .as_object_mut()
        .unwrap()
        .remove("subject");
    cases.expect("a.expect.json", &exact);
    let (status, told) = cases.check(&["a.pcap"]);
    assert_eq!(status, 1);
    assert!(told.contains("messages[0].subject: expected nothing"), "{told}");
}

#[test]
fn several_files_are_one_case() {
    let cases = Cases::new();
    for part in 1..=3 {
        let name = format!("tcp-rotated-files.{part}.pcap");
        cases.put(&name, &format!("suite/{name}"));
    }
    let files: Vec<String> = (1..=3)
        .map(|part| format!("tcp-rotated-files.{part}.pcap"))
        .collect();
    let expectation = json!({"files": files, "expect": {"messages": [{"outcome": "success"}]}});
    cases.expect("rotated.expect.json", &expectation);
    let (status, told) = cases.check(&["rotated.expect.json"]);
    assert_eq!(status, 0, "{told}");
    let (status, told) = cases.check(&["."]);
    assert_eq!(
        status, 0,
        "a file that a case names is no case of its own: {told}"
    );
    let outside = json!({"files": ["../a.pcap"], "expect": {"messages": []}});
    cases.expect("rotated.expect.json", &outside);
    assert_eq!(cases.check(&["rotated.expect.json"]).0, 1);
}

#[test]
fn blessing_twice_is_blessing_once_and_nothing_is_written_without() {
    for exact in [&[][..], &["--exact"][..]] {
        let cases = Cases::new();
        cases.put("a.pcap", FAILED);
        let bless = [&["--bless"][..], exact, &["."][..]].concat();
        let (status, told) = cases.check(&bless);
        assert_eq!(status, 0, "{told}");
        assert!(told.contains("blessed"), "{told}");
        let first = cases.read("a.expect.json");
        let (status, told) = cases.check(&bless);
        assert_eq!(status, 0);
        assert!(!told.contains("blessed"), "{told}");
        assert_eq!(cases.read("a.expect.json"), first);
        assert_eq!(cases.check(&["."]).0, 0);
    }
}

#[test]
fn what_a_person_wrote_stays_unless_it_is_wrong_and_blessed() {
    let cases = Cases::new();
    cases.put("a.pcap", FAILED);
    let by_hand = "{ \"expect\": { \"messages\": [ { \"outcome\": \"failure\" } ] } }\n";
    let path = cases.0.path().join("a.expect.json");
    fs::write(&path, by_hand).unwrap();
    assert_eq!(cases.check(&["."]).0, 0);
    assert_eq!(cases.check(&["--bless", "."]).0, 0);
    assert_eq!(
        cases.read("a.expect.json"),
        by_hand,
        "it holds, so it stays as it is written"
    );
    let wrong =
        "{ \"expect\": { \"messages\": [ { \"outcome\": \"success\", \"state\": \"rejected\" } ] } }\n";
    fs::write(&path, wrong).unwrap();
    assert_eq!(cases.check(&["."]).0, 1);
    assert_eq!(cases.read("a.expect.json"), wrong, "a check writes nothing");
    assert_eq!(cases.check(&["--bless", "."]).0, 0);
    let blessed = read_json(&path);
    assert_eq!(
        blessed["expect"],
        json!({"messages": [{"outcome": "failure", "state": "rejected"}]}),
        "only the fields that were named"
    );
}

/// Holds a text to the rules of well-formed XML, as far as this output needs them: tags that close, attributes in
/// quotes, and no character that XML forbids. Gives the names of the elements.
fn elements(xml: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    let mut rest = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        .unwrap();
    assert!(
        rest.chars().all(|c| c == '\n' || c == '\t' || c >= ' '),
        "a control character"
    );
    while let Some((text, after)) = rest.split_once('<') {
        let stray = text
            .replace("&amp;", "")
            .replace("&lt;", "")
            .replace("&gt;", "")
            .replace("&quot;", "")
            .replace("&#39;", "");
        assert!(!stray.contains('&') && !stray.contains('>'), "{text}");
        let (tag, after) = after.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "{xml}");
        } else {
            let name = tag
                .trim_end_matches('/')
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned();
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            all.push(name.clone());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn junit_and_markdown_tell_every_case() {
    let cases = Cases::new();
    cases.put("held.pcap", GOOD);
    cases.expect("held.expect.json", &held("success"));
    cases.put("<wrong> & \"odd\".pcap", FAILED);
    cases.expect("<wrong> & \"odd\".expect.json", &held("success"));
    cases.put("bare.pcap", GOOD);
    let (status, _) = cases.check(&["--junit", "out.xml", "--markdown", "out.md", "."]);
    assert_eq!(status, 1);
    let xml = cases.read("out.xml");
    let elements = elements(&xml);
    assert_eq!(
        elements.iter().filter(|name| *name == "testcase").count(),
        3,
        "{xml}"
    );
    assert_eq!(
        elements.iter().filter(|name| *name == "failure").count(),
        1,
        "{xml}"
    );
    assert_eq!(
        elements.iter().filter(|name| *name == "error").count(),
        1,
        "{xml}"
    );
    assert!(xml.contains(r#"tests="3" failures="1" errors="1""#), "{xml}");
    let markdown = cases.read("out.md");
    for name in ["held", "bare"] {
        assert!(markdown.contains(name), "{markdown}");
    }
    assert!(
        markdown.contains("messages\\[0\\].outcome") || markdown.contains("messages[0].outcome"),
        "{markdown}"
    );
    let (_, _) = cases.check(&["--junit", "none.xml", "none.expect.json"]);
}

#[test]
fn a_check_writes_over_no_capture() {
    let cases = Cases::new();
    cases.put("a.pcap", GOOD);
    cases.expect("a.expect.json", &held("success"));
    let (status, told) = cases.check(&["--junit", "a.pcap", "."]);
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("not overwritten"), "{told}");
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
