//! Inputs that cannot be read, or not to their end: one clear line on standard error, the right exit status, and what
//! was readable is analysed.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::support::{run, testdata};
use serde_json::Value;

fn good_capture() -> PathBuf {
    testdata().join("captures/a2_happy_udp2948.pcap")
}

/// A file with these octets; it is gone when the guard is dropped.
fn file(name: &str, octets: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, octets).unwrap();
    (folder, path)
}

/// Expects status 2, nothing on standard output and one line that names the file and holds `reason`.
fn refused(path: &PathBuf, reason: &str) {
    let (status, stdout, stderr) = run(&[], std::slice::from_ref(path));
    assert_eq!(status, 2, "{stderr}");
    assert!(stdout.is_empty());
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.starts_with("mmsmate: ") && stderr.contains(path.to_str().unwrap()),
        "{stderr}"
    );
    assert!(stderr.contains(reason), "{stderr}");
}

#[test]
fn a_missing_file() {
    refused(&PathBuf::from("/nowhere/at/all.pcap"), "");
}

#[test]
fn a_directory() {
    let folder = tempfile::tempdir().unwrap();
    refused(&folder.path().to_path_buf(), "directory");
}

#[test]
fn an_empty_file() {
    let (_guard, path) = file("empty.pcap", b"");
    refused(&path, "empty");
}

#[test]
fn a_text_file() {
    let (_guard, path) = file("notes.txt", b"These are notes, not packets.\n");
    refused(&path, "not a capture file");
}

#[test]
fn a_capture_cut_in_mid_record_gives_what_is_there() {
    let octets = std::fs::read(good_capture()).unwrap();
    let (_guard, path) = file("cut.pcap", &octets[..octets.len() - 20]);
    let (status, stdout, stderr) = run(&["--format", "json"], std::slice::from_ref(&path));
    assert_eq!(status, 0, "{stderr}");
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(document["messages"].as_array().unwrap().len(), 1);
    assert_eq!(document["captures"][0]["packets"], 53);
    assert_eq!(document["captures"][0]["problems"][0]["kind"], "truncated_file");
    let (status, _, _) = run(&["--strict"], &[path]);
    assert_eq!(status, 3);
}

#[test]
fn an_unsupported_link_type_is_counted_and_shown() {
    let mut octets = std::fs::read(good_capture()).unwrap();
    octets[20..24].copy_from_slice(&147_u32.to_le_bytes());
    let (_guard, path) = file("user0.pcap", &octets);
    let (status, stdout, stderr) = run(&["--format", "json"], &[path]);
    assert_eq!(status, 0, "{stderr}");
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    let anomalies = document["anomalies"].as_array().unwrap();
    let unsupported = anomalies
        .iter()
        .find(|a| a["kind"] == "unsupported_link_type")
        .unwrap();
    assert_eq!(unsupported["count"], 54);
    assert_eq!(unsupported["frame"], 1);
}

#[test]
fn one_unreadable_input_of_several_does_not_stop_the_others() {
    let (_guard, text) = file("notes.txt", b"These are notes, not packets.\n");
    let (status, stdout, stderr) = run(&["--format", "json"], &[text, good_capture()]);
    assert_eq!(status, 2);
    assert_eq!(
        stderr.lines().filter(|line| line.contains("notes.txt")).count(),
        1
    );
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(document["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn standard_input_is_an_input() {
    let octets = std::fs::read(good_capture()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .args(["--format", "jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&octets).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(types.iter().filter(|t| **t == "capture").count(), 1);
    assert_eq!(types.iter().filter(|t| **t == "message").count(), 1);
    assert_eq!(types.last(), Some(&"summary"));
}

#[test]
fn usage_errors_have_status_2_and_help_has_0() {
    assert_eq!(run(&["--no-such-option"], &[good_capture()]).0, 2);
    assert_eq!(run(&[], &[]).0, 2);
    let (status, stdout, _) = run(&["--help"], &[]);
    assert_eq!(status, 0);
    assert!(String::from_utf8(stdout).unwrap().contains("Examples"));
}

#[test]
fn what_is_compressed_otherwise_says_how_to_pipe_it() {
    let folder = tempfile::tempdir().unwrap();
    for (magic, command) in [
        (&b"\xfd7zXZ\x00"[..], "xz -dc FILE | mmsmate -"),
        (b"BZh91AY&SY", "bzip2 -dc FILE | mmsmate -"),
    ] {
        let path = folder.path().join("a");
        std::fs::write(&path, magic).unwrap();
        let (status, _, stderr) = run(&["messages"], &[path]);
        assert_eq!(status, 2);
        assert!(
            stderr.contains(command) && stderr.lines().count() == 1,
            "{stderr}"
        );
    }
}

#[test]
fn parts_into_a_folder_with_files_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let capture = [testdata().join("captures/c_rejected.pcap")];
    let into = ["parts", "-d", folder.path().to_str().unwrap()];
    assert_eq!(run(&into, &capture).0, 0);
    let (status, _, stderr) = run(&into, &capture);
    assert_eq!(status, 2);
    assert!(
        stderr
            .lines()
            .all(|line| line.ends_with("name a new folder with -d")),
        "{stderr}"
    );
}
