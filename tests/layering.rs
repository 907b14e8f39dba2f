//! Modules know only those before them in the flow (see the crate documentation).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that cannot read the sources must stop the test"
)]

use std::{fs, path::Path};

/// In flow order. `model` and `codec` come first because every stage may use them.
const ORDER: &[&str] = &[
    "model",
    "codec",
    "capture",
    "net",
    "flow",
    "session",
    "mms",
    "correlate",
    "pipeline",
    "analysis",
    "report",
    "check",
    "cli",
    "fuzz",
];

/// Uses that the order would allow and the design does not.
const FORBIDDEN: &[(&str, &str)] = &[
    ("codec", "model"),
    ("mms", "capture"),
    ("mms", "net"),
    ("mms", "flow"),
    ("mms", "session"),
    ("session", "capture"),
    ("session", "net"),
    ("correlate", "capture"),
    ("correlate", "net"),
    ("correlate", "flow"),
    ("report", "net"),
    ("report", "flow"),
    ("report", "codec"),
    ("report", "pipeline"),
    ("check", "capture"),
    ("check", "net"),
    ("check", "flow"),
    ("check", "session"),
    ("check", "mms"),
    ("check", "correlate"),
    ("check", "pipeline"),
    ("check", "analysis"),
];

fn rust_files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The crate's top-level modules that a source text names after `crate::`.
fn used_modules(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let rest = text.split_at(start + "crate::".len()).1;
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split("};").next().unwrap_or(group);
            used.extend(
                ORDER
                    .iter()
                    .filter(|m| group.contains(&format!("{m}::")))
                    .map(|m| (*m).to_owned()),
            );
        } else {
            used.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    used
}

#[test]
fn nothing_flows_back() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for (rank, module) in ORDER.iter().enumerate() {
        let mut files = Vec::new();
        let folder = source.join(module);
        if folder.is_dir() {
            rust_files(&folder, &mut files);
        } else {
            files.push(source.join(format!("{module}.rs")));
        }
        for file in files {
            looked_at += 1;
            for used in used_modules(&fs::read_to_string(&file).unwrap()) {
                let Some(their_rank) = ORDER.iter().position(|m| *m == used) else {
                    continue;
                };
                if their_rank > rank || FORBIDDEN.contains(&(*module, used.as_str())) {
                    wrong.push(format!(
                        "{} uses {used}",
                        file.strip_prefix(&source).unwrap().display()
                    ));
                }
            }
        }
    }
    assert!(looked_at > ORDER.len(), "sources not found");
    assert!(wrong.is_empty(), "against the flow: {wrong:#?}");
}
