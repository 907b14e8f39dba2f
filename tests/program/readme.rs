//! The examples of README, tour and the page on MATE: each shows exactly what the program prints. `MMSMATE_WRITE_TESTDATA=1` writes down
//! what it prints now.

use std::path::Path;

use crate::support::run_in;

/// What one console block runs and shows.
struct Example {
    /// The arguments of the program.
    arguments: Vec<String>,
    /// The command as it stands there, with its line end.
    command: String,
    /// What is shown below it.
    shown: String,
}

/// The commands of a document's console blocks that run the program, each with the output shown below it.
fn examples(text: &str) -> Vec<Example> {
    let blocks = text.split("```console\n").skip(1);
    let commands = blocks.flat_map(|block| {
        let block = block.split("```").next().unwrap();
        block
            .split_inclusive('\n')
            .fold(Vec::<(String, String)>::new(), |mut commands, line| {
                match line.strip_prefix("$ ") {
                    Some(_) => commands.push((line.to_owned(), String::new())),
                    None => commands.last_mut().expect("a command first").1.push_str(line),
                }
                commands
            })
    });
    let examples = commands.filter_map(|(command, shown)| {
        let line = command.trim_end().strip_prefix("$ ")?;
        let arguments = line
            .strip_prefix("mmsmate ")
            .or_else(|| line.strip_prefix("cargo run --release -- "))?;
        Some(Example {
            arguments: words(arguments),
            command,
            shown,
        })
    });
    examples.collect()
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

/// Runs the examples of a document in order, in a folder where `testdata` is this repository's.
fn hold(document: &str, least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    for shared in ["testdata", "examples"] {
        std::os::unix::fs::symlink(root.join(shared), folder.path().join(shared)).unwrap();
    }
    super::tour::prepare(folder.path());
    let text = std::fs::read_to_string(root.join(document)).unwrap();
    let examples = examples(&text);
    assert!(examples.len() >= least, "only {} examples found", examples.len());
    let mut written = text.clone();
    for example in examples {
        let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
        let (status, stdout, stderr) = run_in(folder.path(), &arguments);
        assert!(status <= 1, "{arguments:?}: {stderr}");
        let printed = format!("{}{stderr}", String::from_utf8(stdout).unwrap());
        if std::env::var_os("MMSMATE_WRITE_TESTDATA").is_none() {
            assert_eq!(printed, example.shown, "{document}: {arguments:?}");
        }
        let (old, new) = (
            format!("{}{}", example.command, example.shown),
            format!("{}{printed}", example.command),
        );
        written = written.replacen(&old, &new, 1);
    }
    if written != text {
        std::fs::write(root.join(document), written).unwrap();
    }
}

#[test]
fn every_example_of_the_readme_prints_what_it_shows() {
    hold("README.md", 3);
}

#[test]
fn every_example_of_the_tour_prints_what_it_shows() {
    hold("docs/TOUR.md", 12);
}

#[test]
fn every_example_of_the_page_on_mate_prints_what_it_shows() {
    hold("docs/MATE.md", 4);
}
