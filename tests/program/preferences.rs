//! `--names` and configuration files: what people read names hosts, data and verdicts do not change, and an option goes before
//! a file.

use std::fs;
use std::path::PathBuf;

use super::support::{run, run_in, run_with, testdata};

const CAPTURE: &str = "captures/c_rejected.pcap";

/// What a command prints that has to run.
fn printed(arguments: &[&str]) -> String {
    let (status, stdout, stderr) = run(arguments, &[testdata().join(CAPTURE)]);
    assert_eq!(status, 0, "{arguments:?}: {stderr}");
    String::from_utf8(stdout).unwrap()
}

/// The address that is the MMSC's in the capture.
fn centre() -> String {
    let ladder = printed(&["ladder"]);
    let line = ladder.lines().find(|line| line.contains("  MMSC ")).unwrap();
    line.split_whitespace().nth(2).unwrap().to_owned()
}

fn hosts(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = folder.path().join("hosts");
    fs::write(
        &path,
        format!("# of a test\n{} {name} another\n::1 localhost\n", centre()),
    )
    .unwrap();
    path
}

#[test]
fn names_stand_in_what_people_read_and_in_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = hosts(&folder, "mmsc-one.alpha");
    let named = ["--names", path.to_str().unwrap()];
    for command in [
        &["ladder"][..],
        &["ladder", "--format", "svg"],
        &["ladder", "--format", "mermaid"],
        &["show"],
        &["stats", "--by", "submission.request.dst"],
    ] {
        let (with, without) = (printed(&[command, &named].concat()), printed(command));
        assert!(with.contains("mmsc-one.alpha"), "{command:?}: {with}");
        assert!(!without.contains("mmsc-one.alpha"));
    }
    for command in [
        &["messages", "--format", "json"][..],
        &["messages", "--format", "jsonl"],
        &["messages", "--format", "csv"],
        &["show", "--format", "json"],
        &["stats", "--by", "host", "--format", "json"],
        &["stats", "--by", "host", "--format", "openmetrics"],
        &["ladder", "--redact"],
    ] {
        assert_eq!(
            printed(&[command, &named].concat()),
            printed(command),
            "{command:?}"
        );
    }
}

#[test]
fn a_name_commands_no_terminal_and_is_no_markup() {
    let folder = tempfile::tempdir().unwrap();
    let path = hosts(&folder, "\u{1b}[2J<script>alert(1)</script>\u{202e}");
    let named = ["--names", path.to_str().unwrap()];
    for command in [
        &["ladder"][..],
        &["ladder", "--format", "svg"],
        &["ladder", "--format", "mermaid"],
        &["show"],
        &["report"],
    ] {
        let text = printed(&[command, &named].concat());
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{command:?}");
        let is_markup = !matches!(command, ["ladder"] | ["show"]);
        assert!(
            !is_markup || !text.contains("<script>alert"),
            "{command:?}: {text}"
        );
    }
}

#[test]
fn names_that_are_none_end_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosts");
    fs::write(&path, "10.0.0.1 a\nmmsc 10.0.0.2\n").unwrap();
    for (file, why) in [
        (path.clone(), "line 2: it does not begin with an IP address"),
        (folder.path().join("nowhere"), "No such file"),
        (folder.path().to_owned(), "directory"),
    ] {
        let named = ["ladder", "--names", file.to_str().unwrap()];
        let (status, stdout, stderr) = run(&named, &[testdata().join(CAPTURE)]);
        assert_eq!(status, 2);
        assert!(stdout.is_empty());
        assert!(stderr.contains(why) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn an_option_goes_before_the_project_and_the_project_before_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let capture = testdata().join(CAPTURE);
    let user = folder.path().join("user/mmsmate");
    fs::create_dir_all(&user).unwrap();
    fs::write(
        user.join("config.toml"),
        "tz = \"Asia/Tokyo\"\ncolumns = \"id,state\"\n",
    )
    .unwrap();
    let environment = [("XDG_CONFIG_HOME", folder.path().join("user"))];
    let environment = environment
        .each_ref()
        .map(|(name, path)| (*name, path.to_str().unwrap()));
    let table = |arguments: &[&str]| {
        let (status, stdout, stderr) = run_with(&environment, arguments, std::slice::from_ref(&capture));
        assert_eq!(status, 0, "{stderr}");
        String::from_utf8(stdout).unwrap()
    };
    let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
    assert_eq!(first(table(&["messages"])), "ID  STATE");
    assert_eq!(
        first(table(&["messages", "--fields", "id,time"])),
        "ID  TIME (+09:00)"
    );
    let utc = table(&["messages", "--fields", "time", "--tz", "UTC"]);
    assert_eq!(first(utc), "TIME (UTC)");
    assert_eq!(table(&["messages", "--no-config"]), printed(&["messages"]));
    for format in ["json", "jsonl", "csv"] {
        assert_eq!(
            table(&["messages", "--format", format]),
            printed(&["messages", "--format", format])
        );
    }

    let project = folder.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::copy(hosts(&folder, "mmsc-two"), project.join("of-project")).unwrap();
    fs::write(
        project.join("mmsmate.toml"),
        "columns = \"id,outcome\"\nnames = \"of-project\"\n",
    )
    .unwrap();
    let in_project = |arguments: &[&str]| {
        let arguments = [arguments, &[capture.to_str().unwrap()]].concat();
        let (status, stdout, stderr) = run_in(&project, &arguments);
        assert_eq!(status, 0, "{stderr}");
        String::from_utf8(stdout).unwrap()
    };
    assert_eq!(first(in_project(&["messages"])), "ID  OUTCOME");
    assert!(in_project(&["ladder"]).contains("mmsc-two"));
    assert!(!in_project(&["ladder", "--no-config"]).contains("mmsc-two"));

    fs::write(project.join("mmsmate.toml"), "colums = \"id\"\n").unwrap();
    let (status, _, stderr) = run_in(&project, &["messages", capture.to_str().unwrap()]);
    assert_eq!(status, 2);
    assert!(
        stderr.starts_with("mmsmate: mmsmate.toml: line 1: unknown field `colums`"),
        "{stderr}"
    );
}
