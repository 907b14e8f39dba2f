//! How many, and since when: `stats` and `compare`.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{document, printed, real_captures, run, testdata};

fn parsed(arguments: &[&str], files: &[PathBuf]) -> Value {
    serde_json::from_str(&printed(arguments, files)).unwrap()
}

fn sum(groups: &Value, of: &str) -> u64 {
    let groups = groups.as_array().unwrap().iter();
    groups.map(|group| group[of].as_u64().unwrap()).sum()
}

#[test]
fn groups_hold_what_the_messages_say() {
    let files = real_captures();
    let whole = document(&files).unwrap();
    let stats = parsed(&["stats", "--by", "mmsc", "--format", "json"], &files);
    assert_eq!(stats["total"]["messages"], whole["summary"]["messages"]);
    assert_eq!(stats["total"]["failures"], whole["summary"]["failures"]);
    for time in ["send", "notify_to_retrieve", "end_to_end"] {
        assert_eq!(stats["total"][time], whole["summary"]["times"][time]);
    }
    // A message has one MMSC, or none.
    for of in ["messages", "success", "failure", "partial", "open"] {
        assert_eq!(
            sum(&stats["groups"], of),
            whole["summary"][of].as_u64().unwrap(),
            "{of}"
        );
    }
    let messages = whole["messages"].as_array().unwrap();
    for group in stats["groups"].as_array().unwrap() {
        let mine = messages
            .iter()
            .filter(|message| message["mmsc"] == group["values"]["mmsc"]);
        assert_eq!(mine.count() as u64, group["messages"].as_u64().unwrap());
    }
    // A message to several counts under each of them.
    let stats = parsed(&["stats", "--by", "recipient", "--format", "json"], &files);
    let recipients = messages
        .iter()
        .map(|message| message["recipients"].as_array().unwrap().len().max(1));
    assert_eq!(
        sum(&stats["groups"], "messages"),
        recipients.sum::<usize>() as u64
    );
}

#[test]
fn every_key_and_every_form() {
    let files = [
        testdata().join("captures/f_bad_fetch.pcap"),
        testdata().join("captures/l_multi_recipients.pcap"),
    ];
    for key in [
        "mmsc",
        "host",
        "recipient",
        "sender",
        "user_agent",
        "http_status",
        "failure",
        "bearer",
        "content_type",
        "cause",
        "hour",
        "minute",
        "state",
        "submission.mms_version",
    ] {
        let stats = parsed(&["stats", "--by", key, "--format", "json"], &files);
        assert!(!stats["groups"].as_array().unwrap().is_empty(), "{key}");
        assert_eq!(stats["by"][0], key);
    }
    let text = printed(&["stats", "--by", "failure,mmsc"], &files);
    assert!(text.starts_with("FAILURE"), "{text}");
    let csv = printed(&["stats", "--by", "failure", "--format", "csv"], &files);
    let header = csv.lines().next().unwrap();
    assert!(header.starts_with("failure,messages,success,failure"), "{header}");
    assert!(
        csv.contains("\nretrieve_status,4,0,4,0,0,retrieve_status,4,"),
        "{csv}"
    );
    let markdown = printed(&["stats", "--by", "failure", "--format", "markdown"], &files);
    assert!(markdown.contains("| retrieve_status | 4 | 0 | 4 |"), "{markdown}");
    let metrics = printed(&["stats", "--by", "failure", "--format", "openmetrics"], &files);
    assert!(
        metrics.contains("mmsmate_messages{failure=\"retrieve_status\",outcome=\"failure\"} 4\n"),
        "{metrics}"
    );
    assert!(metrics.contains("mmsmate_failures{failure=\"retrieve_status\",kind=\"retrieve_status\"} 4\n"));
    assert!(metrics.contains("# UNIT mmsmate_send_seconds seconds\n") && metrics.ends_with("# EOF\n"));
    let selected = parsed(
        &["stats", "--failure", "retrieve_status", "--format", "json"],
        &files,
    );
    assert_eq!(selected["total"]["messages"], 4);
    let (status, _, stderr) = run(&["stats", "--by", "mmcs"], &files);
    assert_eq!(status, 2);
    assert!(stderr.contains("did you mean mmsc?"), "{stderr}");
}

#[test]
fn before_and_after_are_compared_by_rates_times_and_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (
        testdata().join("captures/a1_happy_smpp.pcap"),
        testdata().join("captures/f_bad_fetch.pcap"),
    );
    let export = folder.path().join("before.json");
    std::fs::write(
        &export,
        printed(&["--format", "json"], std::slice::from_ref(&good)),
    )
    .unwrap();
    let both = [export, bad];
    let compared = parsed(&["compare", "--format", "json"], &both);
    assert_eq!(
        compared["total"]["messages"],
        serde_json::json!({"before": 1, "after": 4})
    );
    let failure = &compared["total"]["outcomes"][1];
    assert_eq!(
        (&failure["name"], &failure["rise"]["value"]),
        (&"failure".into(), &1.0.into())
    );
    assert!(failure["rise"]["low"].as_f64().unwrap() < 1.0);
    let kinds = compared["total"]["failures"].as_array().unwrap().iter();
    assert!(
        kinds
            .clone()
            .any(|kind| kind["name"] == "retrieve_status" && kind["count"]["after"] == 4)
    );
    let text = printed(&["compare"], &both);
    assert!(
        text.contains("failure") && text.contains("+100.0 points"),
        "{text}"
    );
    let (status, _, stderr) = run(&["compare", "--max-failure-rise", "5"], &both);
    assert_eq!(status, 1);
    assert!(
        stderr.contains("failures rose by 100.0 percentage points"),
        "{stderr}"
    );
    let (status, _, stderr) = run(
        &["compare", "--max-failure-rise", "5"],
        &[good.clone(), good.clone()],
    );
    assert_eq!(status, 0, "{stderr}");
    let by = parsed(
        &["compare", "--by", "mmsc", "--format", "json"],
        &[good.clone(), good],
    );
    assert!(!by["groups"].as_array().unwrap().is_empty());
    let (status, _, stderr) = run(&["compare", "--max-failure-rise", "many"], &both);
    assert_eq!(status, 2, "{stderr}");
}

#[test]
fn what_is_redacted_names_nobody() {
    let file = [testdata().join("captures/l_multi_recipients.pcap")];
    let stats = printed(
        &["stats", "--by", "recipient,host", "--redact", "--format", "csv"],
        &file,
    );
    assert!(stats.contains("+999") && !stats.contains("+44"), "{stats}");
}

#[test]
fn figures_fit_the_schemas_that_are_printed() {
    let file = testdata().join("captures/l_multi_recipients.pcap");
    let hold = |of: &str, arguments: &[&str], files: &[PathBuf]| {
        let schema = parsed(&["schema", of], &[]);
        let schema = jsonschema::validator_for(&schema).unwrap();
        let found = parsed(arguments, files);
        let errors: Vec<String> = schema
            .iter_errors(&found)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{of}: {errors:?}");
    };
    hold(
        "stats",
        &["stats", "--by", "mmsc,http_status", "--format", "json"],
        std::slice::from_ref(&file),
    );
    hold(
        "compare",
        &["compare", "--by", "mmsc", "--format", "json"],
        &[file.clone(), file],
    );
}
