//! Everything that the program says of each capture of real software, whole and to the letter: legs, frames, times,
//! links and their reasons, evidence, parts, anomalies. Each was read line by line against the notes in
//! `testdata/captures/INDEX.md`.
//!
//! Where a change is meant, renew the files in `testdata/golden` and read what changed in them:
//! `INSTA_UPDATE=always cargo test --test program golden`, then `git diff testdata/golden`.

use serde_json::Value;

use crate::support::{run_in, testdata};

/// The longest line that an array or object is written on, in characters: an event, a place or a part with its texts.
const LINE: usize = 240;

/// JSON with each array or object that fits on one line, so that a changed field is a changed line.
fn compact(value: &Value, indent: usize) -> String {
    let line = value.to_string();
    let room = LINE.saturating_sub(indent);
    let (pad, end) = (" ".repeat(indent + 1), " ".repeat(indent));
    match value {
        Value::Array(items) if line.len() > room => {
            let items: Vec<_> = items.iter().map(|item| compact(item, indent + 1)).collect();
            format!("[\n{pad}{}\n{end}]", items.join(&format!(",\n{pad}")))
        }
        Value::Object(fields) if line.len() > room => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("\"{key}\": {}", compact(value, indent + 1)));
            format!(
                "{{\n{pad}{}\n{end}}}",
                fields.collect::<Vec<_>>().join(&format!(",\n{pad}"))
            )
        }
        _ => line,
    }
}

#[test]
fn what_is_said_of_real_captures_is_what_was_read() {
    let folder = testdata().join("captures");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".pcap") || name.ends_with(".pcapng"))
        .collect();
    names.sort();
    assert!(names.len() > 20);
    insta::with_settings!({
        snapshot_path => testdata().join("golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for name in names {
            let (status, stdout, stderr) = run_in(&folder, &["messages", "--format", "json", &name]);
            assert_eq!(status, 0, "{name}: {stderr}");
            let document: Value = serde_json::from_slice(&stdout).unwrap();
            insta::assert_snapshot!(name, compact(&document, 0));
        }
    });
}
