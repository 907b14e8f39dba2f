//! Ctrl-C: what was found so far is printed, and it is said that this is not all.

#![cfg(unix)]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::support::testdata;

/// The records of a little-endian pcap file with microseconds.
fn records(octets: &[u8]) -> Vec<&[u8]> {
    let mut rest = &octets[24..];
    let mut records = Vec::new();
    while rest.len() >= 16 {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (record, more) = rest.split_at(16 + length);
        records.push(record);
        rest = more;
    }
    records
}

/// The program, reading from a pipe that is kept open, with a whole message and many idle frames in it.
fn reading(arguments: &[&str]) -> (Child, ChildStdin) {
    let octets = std::fs::read(testdata().join("captures/a1_happy_smpp.pcap")).unwrap();
    let records = records(&octets);
    // Idle frames: more than any buffer holds, so that the run is under way once they are written.
    let idle: Vec<u8> = records.last().unwrap().repeat(60_000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&octets).unwrap();
    input.write_all(&idle).unwrap();
    (child, input)
}

/// Status, standard output and standard error of a run that gets a signal while it waits for more frames.
fn interrupted(arguments: &[&str], signal: &str) -> (Option<i32>, String, String) {
    let (mut child, input) = reading(arguments);
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let (mut told, mut errors) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let status = child.wait().unwrap();
    drop(input);
    (status.code(), told, errors)
}

#[test]
fn an_interrupted_run_prints_what_it_found_and_says_so() {
    let (status, told, errors) = interrupted(&[], "-INT");
    assert_eq!(status, Some(130), "{errors}");
    assert!(told.contains("1 message: ✔ 1 success"), "{told}");
    assert!(
        errors.contains("interrupted: this is what was found in"),
        "{errors}"
    );
}

#[test]
fn the_json_of_a_terminated_run_names_the_captures_that_were_not_read_to_their_end() {
    for arguments in [["--format", "json"], ["--format", "jsonl"]] {
        let (status, told, errors) = interrupted(&arguments, "-TERM");
        assert_eq!(status, Some(143), "{errors}");
        assert!(told.contains("\"interrupted\""), "{told}");
        assert!(!told.contains("truncated_file"), "{told}");
    }
    for arguments in [&["captures"][..], &["pdus"], &["show"]] {
        assert_eq!(interrupted(arguments, "-TERM").0, Some(143), "{arguments:?}");
    }
}
