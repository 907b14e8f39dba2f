//! The README's examples: each shows exactly what the program prints.

use std::path::Path;

use crate::support::run_in;

/// The commands of the README's console blocks that run the program, each with the output shown below it.
fn examples(text: &str) -> Vec<(Vec<String>, String)> {
    let mut examples = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (command, output) = block.split_once('\n').unwrap();
        let command = command.strip_prefix("$ ").unwrap();
        let arguments = command
            .strip_prefix("mmsmate ")
            .or_else(|| command.strip_prefix("cargo run --release -- "));
        if let Some(arguments) = arguments {
            examples.push((words(arguments), output.to_owned()));
        }
    }
    examples
}

/// A command line as a shell splits it, single quotes included.
fn words(line: &str) -> Vec<String> {
    let pieces = line.split('\'').enumerate();
    let words = pieces.flat_map(|(n, piece)| match n % 2 {
        0 => piece.split_whitespace().map(str::to_owned).collect(),
        _ => vec![piece.to_owned()],
    });
    words.collect()
}

#[test]
fn every_example_prints_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let examples = examples(&readme);
    assert!(examples.len() >= 3, "only {} examples found", examples.len());
    for (arguments, shown) in examples {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (status, stdout, stderr) = run_in(root, &arguments);
        assert_eq!(status, 0, "{arguments:?}: {stderr}");
        assert_eq!(String::from_utf8(stdout).unwrap(), shown, "{arguments:?}");
    }
}
