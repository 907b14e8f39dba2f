//! Where output goes: files are written whole or not at all, a full disk and a closed pipe are told apart.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::support::testdata;

fn capture() -> PathBuf {
    testdata().join("captures/e_invalid_recipient.pcap")
}

const COMMANDS: &[&[&str]] = &[
    &["messages"],
    &["messages", "--format", "json"],
    &["messages", "--format", "jsonl"],
    &["messages", "--format", "csv"],
    &["captures"],
    &["pdus"],
    &["pdus", "--tree"],
    &["pdus", "--format", "json"],
    &["show"],
    &["ladder"],
    &["ladder", "--format", "svg", "--id", "1"],
    &["messages", "--format", "markdown"],
    &["report"],
    &["slice"],
    &["captures", "--format", "json"],
    &["mate", "-c", "examples/response_times.mate"],
    &["mate", "-c", "examples/response_times.mate", "--format", "json"],
    &["mate", "-c", "examples/response_times.mate", "--format", "jsonl"],
    &[
        "mate",
        "-c",
        "examples/response_times.mate",
        "--format",
        "csv",
        "--show",
        "pdus",
    ],
];

/// Those that read no capture.
const REFERENCE: &[&[&str]] = &[&["schema"], &["completions", "bash"], &["man"]];

/// Every command that prints on standard output.
fn commands() -> Vec<Command> {
    let two = [capture(), testdata().join("captures/c_rejected.pcap")];
    let pdu = pdu();
    let mut commands: Vec<Command> = COMMANDS.iter().map(|arguments| command(arguments)).collect();
    commands.extend(REFERENCE.iter().map(|arguments| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
        command.args(*arguments);
        command
    }));
    let diff: [&[&str]; 2] = [&["diff"], &["diff", "--format", "json"]];
    commands.extend(diff.iter().map(|arguments| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
        command.args(*arguments).args(&two).env("NO_COLOR", "1");
        command
    }));
    let mut decode = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
    decode.args(["decode", "--hex"]).arg(&pdu);
    commands.push(decode);
    commands
}

/// A file with a PDU in hexadecimal.
fn pdu() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outputs-pdu.hex");
    fs::write(&path, "8c 83 98 74 00 8d 90 95 81").unwrap();
    path
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
    command.args(arguments).arg(capture()).env("NO_COLOR", "1");
    command
}

#[test]
fn a_full_disk_is_an_error() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    for mut command in commands() {
        let out = File::options().write(true).open(full).unwrap();
        let output = command.stdout(out).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {stderr}");
        assert!(stderr.starts_with("mmsmate: output: "), "{command:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{command:?}: {stderr}");
    }
}

#[test]
fn a_closed_pipe_is_none() {
    for mut command in commands() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), stderr.as_str()),
            (Some(0), ""),
            "{command:?}"
        );
    }
}

/// Octets that the pipe and the buffer before it hold together, at most.
const BUFFERED: usize = 2 * 64 * 1024;

/// Much more is written than is buffered, so that the pipe is found closed while rows are written and not only at the end.
#[test]
fn a_pipe_that_closes_between_rows_is_none() {
    let rows: [&[&str]; 2] = [
        &["messages", "--format", "csv", "--fields", "id,events"],
        &["pdus", "--format", "csv"],
    ];
    for arguments in rows {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmsmate"));
        command
            .args(arguments)
            .arg(testdata().join("suite/correlate-three-hundred-interleaved.pcap"));
        let whole = command.output().unwrap().stdout;
        assert!(
            whole.len() > 2 * BUFFERED,
            "{arguments:?}: {} octets",
            whole.len()
        );
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

/// Every command with a file to write, with the option that names it last.
const WRITERS: &[&[&str]] = &[
    &["messages", "--output"],
    &["messages", "--format", "json", "--output"],
    &["messages", "--format", "jsonl", "--output"],
    &["show", "--output"],
    &["ladder", "--output"],
    &["report", "--output"],
    &["slice", "--output"],
    &["check", "--junit"],
    &["check", "--markdown"],
    &["parts", "--directory"],
];

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    for arguments in WRITERS {
        let folder = tempfile::tempdir().unwrap();
        // What stands in the way is a file where a folder should be.
        fs::write(folder.path().join("file"), "").unwrap();
        let target = folder.path().join("file/target.out");
        let output = command(&[arguments, &[target.to_str().unwrap()][..]].concat())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains("target.out: "), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{arguments:?}");
    }
}

/// A limit of the process on the size of files stops a write half-way, as a full disk does.
#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_half_way_leaves_what_was_there() {
    for arguments in WRITERS.iter().filter(|arguments| !arguments.contains(&"parts")) {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target.out");
        fs::write(&target, "before").unwrap();
        let output = Command::new("sh")
            .args(["-c", "ulimit -f 0; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_mmsmate"))
            .args(*arguments)
            .arg(&target)
            .arg(capture())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains("target.out: "), "{arguments:?}: {stderr}");
        assert_eq!(fs::read_to_string(&target).unwrap(), "before", "{arguments:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{arguments:?}");
    }
}

#[test]
fn a_link_is_replaced_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (precious, link) = (folder.path().join("precious"), folder.path().join("out.json"));
    fs::write(&precious, "precious").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&precious, &link).unwrap();
    let output = command(&["messages", "--format", "json", "--output", link.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    assert!(fs::read_to_string(&link).unwrap().starts_with('{'));
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn operations_are_listed_and_shown() {
    let capture = [super::support::testdata().join("captures/m_mailbox.pcap")];
    let (status, list, stderr) = super::support::run(&["--operations", "--width", "120"], &capture);
    let list = String::from_utf8(list).unwrap();
    assert_eq!(status, 0, "{stderr}");
    insta::assert_snapshot!("operations", list);
    let (_, shown, _) = super::support::run(&["show", "--operation", "5"], &capture);
    insta::assert_snapshot!("operation", String::from_utf8(shown).unwrap());
    let (_, lines, _) = super::support::run(&["--operations", "--format", "jsonl"], &capture);
    let (_, only, _) = super::support::run(&["--only", "operation", "--format", "jsonl"], &capture);
    assert_eq!(lines, only);
    let (status, _, stderr) = super::support::run(&["show", "--operation", "99"], &capture);
    assert_eq!(
        (status, stderr.contains("no such operation, of 5")),
        (2, true),
        "{stderr}"
    );
    let (status, _, _) = super::support::run(&["--operations", "--format", "csv"], &capture);
    assert_eq!(status, 2);
}
