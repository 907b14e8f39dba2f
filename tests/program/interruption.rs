//! Ctrl-C: what was found so far is printed, and it is said that this is not all.

#![cfg(unix)]

use std::io::{Read, Write};
use std::process::{Command, Stdio};

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

#[test]
fn an_interrupted_run_prints_what_it_found_and_says_so() {
    let octets = std::fs::read(testdata().join("captures/a1_happy_smpp.pcap")).unwrap();
    let records = records(&octets);
    // Idle frames: more than any buffer holds, so that the run is under way once they are written.
    let idle: Vec<u8> = records.last().unwrap().repeat(60_000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&octets).unwrap();
    input.write_all(&idle).unwrap();
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    // It ends at its next look; whether it takes all of this or closes the pipe before is all one.
    let _ = input.write_all(&idle);
    drop(input);
    let (mut told, mut errors) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{errors}");
    assert!(told.contains("1 message: ✔ 1 success"), "{told}");
    assert!(
        errors.contains("interrupted: this is what was found in"),
        "{errors}"
    );
}
