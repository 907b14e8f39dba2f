//! The examples of docs/DATA.md, run by the tools that they are for; where one is not installed, that is said. And what the
//! page says of options.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{printed, real_captures, run, testdata};

/// A block of code in the document, with what it prints.
struct Example {
    language: String,
    code: String,
    prints: String,
}

fn examples(document: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    for block in document.split("\n```").skip(1).step_by(2) {
        let (language, code) = block.split_once('\n').unwrap();
        match language {
            "sh" | "python" | "sql" => found.push(Example {
                language: language.to_owned(),
                code: code.to_owned(),
                prints: String::new(),
            }),
            "text" => code
                .trim_end()
                .clone_into(&mut found.last_mut().expect("an example").prints),
            _ => {}
        }
    }
    found
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// The program and arguments that run an example; none where the tool is not installed.
fn command(example: &Example) -> Option<Command> {
    let python = |code: &str| {
        let mut command = Command::new("python3");
        command.args(["-c", code]);
        command
    };
    match example.language.as_str() {
        "sh" if succeeds("jq", &["--version"]) => {
            let mut command = Command::new("sh");
            command.args(["-c", &example.code]);
            Some(command)
        }
        "python" if succeeds("python3", &["-c", "import pandas"]) => Some(python(&example.code)),
        "sql" if succeeds("python3", &["-c", "import duckdb"]) => {
            let rows = "for row in duckdb.execute(query).fetchall(): print(*row)";
            let rows = match example.code.starts_with("COPY") {
                true => "duckdb.execute(query)",
                false => rows,
            };
            Some(python(&format!(
                "import duckdb\nquery = '''{} '''\n{rows}",
                example.code
            )))
        }
        _ => None,
    }
}

#[test]
fn the_examples_print_what_the_document_shows() {
    let folder = tempfile::tempdir().unwrap();
    let captures: Vec<_> = real_captures()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "pcap"))
        .collect();
    let lines = printed(&["--format", "jsonl"], &captures);
    std::fs::write(folder.path().join("messages.jsonl"), lines).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/DATA.md");
    let examples = examples(&std::fs::read_to_string(path).unwrap());
    assert!(examples.len() >= 9, "only {} examples found", examples.len());
    for example in examples {
        let Some(mut command) = command(&example) else {
            eprintln!("skipped, as its tool is not installed: {}", example.code);
            continue;
        };
        let output = command.current_dir(folder.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", example.code);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.trim_end(), example.prints, "{}", example.code);
    }
}

fn lines(arguments: &[&str]) -> Vec<Value> {
    let text = printed(arguments, &[testdata().join("captures/m_mailbox.pcap")]);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn lines_of_one_type_and_some_fields_can_be_asked_for() {
    for (only, count) in [("message", 2), ("operation", 5), ("summary", 1)] {
        let lines = lines(&["--format", "jsonl", "--only", only]);
        assert!(lines.iter().all(|line| line["type"] == only), "{only}");
        assert_eq!(lines.len(), count, "{only}");
    }
    let picked = lines(&[
        "--format",
        "jsonl",
        "--only",
        "message",
        "--fields",
        "id,size,failures.kind,reason",
    ]);
    let expected = serde_json::json!({
        "type": "message",
        "id": 1,
        "size": 13,
        "failures.kind": ["retrieve_status"],
        "reason": "delivered; an earlier retrieval failed (refused: permanent message not found)",
    });
    assert_eq!(picked[0], expected);
    assert_eq!(picked[1]["failures.kind"], serde_json::json!([]));
    let file = [testdata().join("captures/m_mailbox.pcap")];
    let document: Value = serde_json::from_str(&printed(
        &["--format", "json", "--fields", "id,failures.kind"],
        &file,
    ))
    .unwrap();
    assert_eq!(
        document["messages"][0],
        serde_json::json!({"id": 1, "failures.kind": ["retrieve_status"]})
    );
    assert_eq!(document["summary"]["messages"], 2);
    let (status, _, errors) = run(&["--only", "message"], &file);
    assert!(status == 2 && errors.contains("jsonl"), "{errors}");
}

#[test]
fn the_filter_language_is_written_down_and_its_examples_hold() {
    let page = printed(&["help", "filter"], &[]);
    let examples: Vec<&str> = page
        .lines()
        .filter_map(|line| {
            line.strip_prefix("  mmsmate capture.pcap --filter '")?
                .strip_suffix('\'')
        })
        .collect();
    assert_eq!(examples.len(), 10, "{page}");
    for example in examples {
        printed(
            &["--filter", example],
            &[testdata().join("captures/a1_happy_smpp.pcap")],
        );
    }
    for field in ["deliveries.retrievals.http_status", "reason", "duration", "mmsc"] {
        assert!(page.lines().any(|line| line.trim() == field), "{field}");
        let condition = format!("{field} exists");
        printed(
            &["--filter", &condition],
            &[testdata().join("captures/a1_happy_smpp.pcap")],
        );
    }
}

#[test]
fn patterns_units_and_ranges_select() {
    let ids = |arguments: &[&str]| -> Vec<u64> {
        let arguments = [&["--format", "jsonl", "--only", "message"], arguments].concat();
        let text = printed(
            &arguments,
            &[testdata().join("captures/e_invalid_recipient.pcap")],
        );
        let ids = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["id"].as_u64().unwrap()
        });
        let mut ids: Vec<u64> = ids.collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&["--id", "2-4"]), [2, 3, 4]);
    assert_eq!(ids(&["--id", "1,4-5"]), [1, 4, 5]);
    assert_eq!(
        ids(&["--filter", "submission.latency_ms > 3ms"]),
        ids(&["--filter", "submission.latency_ms > 3"])
    );
    assert_eq!(ids(&["--filter", "submission.latency_ms > 1s"]), [] as [u64; 0]);
    assert_eq!(ids(&["--filter", "mmsc matches '^mmsc[.]beta'"]).len(), 1);
    assert_eq!(
        ids(&["--filter", "reason contains 'unresolved'"]),
        ids(&["--filter", "outcome == failure and id > 3"])
    );
}
