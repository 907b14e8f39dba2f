//! `mmsmate check`: what holds, what does not, what can never be green, what is written down, and what CI servers read.

use std::fs;

use serde_json::{Value, json};

use crate::support::{printed, read_json, run_in, testdata};

const GOOD: &str = "captures/a1_happy_smpp.pcap";
const FAILED: &str = "captures/c_rejected.pcap";

/// A folder with captures and what is expected of them.
struct Cases(tempfile::TempDir);

impl Cases {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, from: &str) {
        fs::copy(testdata().join(from), self.0.path().join(name)).unwrap();
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
            .replace("&apos;", "");
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
    assert!(
        xml.contains(r#"tests="3" skipped="0" failures="1" errors="1""#),
        "{xml}"
    );
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
