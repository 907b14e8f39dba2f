//! `--follow`: messages while the inputs are still written, by a pipe, in files and in folders.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{real_captures, run, testdata};

/// How long something is waited for that has to come: far longer than it takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program while it follows.
pub(crate) struct Following {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Following {
    pub(crate) fn start(arguments: &[&str], inputs: &[&Path]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
            .env("NO_COLOR", "1")
            .arg("--follow")
            .args(arguments)
            .args(inputs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let (send, lines) = channel();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        thread::spawn(move || {
            while let Some(Ok(line)) = out.next() {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, input, lines }
    }

    pub(crate) fn write(&mut self, octets: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(octets).unwrap();
        input.flush().unwrap();
    }

    /// The next line, which has to come while the input is open.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// The next JSON line.
    pub(crate) fn object(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Status, the lines that are left, and what was said; after the end of the pipe, or a signal.
    pub(crate) fn end(mut self, signal: Option<&str>) -> (Option<i32>, Vec<String>, String) {
        if let Some(signal) = signal {
            let pid = self.child.id().to_string();
            assert!(
                Command::new("kill")
                    .args([signal, &pid])
                    .status()
                    .unwrap()
                    .success()
            );
        } else {
            self.input = None;
        }
        let lines = self.lines.iter().collect();
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (self.child.wait().unwrap().code(), lines, said)
    }
}

pub(crate) fn capture(name: &str) -> Vec<u8> {
    fs::read(testdata().join("captures").join(name)).unwrap()
}

/// The file header and the records of a little-endian pcap file with microseconds.
pub(crate) fn parts(octets: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (header, mut rest) = octets.split_at(24);
    let mut records = Vec::new();
    while rest.len() >= 16 {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (record, more) = rest.split_at(16 + length);
        records.push(record);
        rest = more;
    }
    (header, records)
}

/// A record at another time.
fn at_second(record: &[u8], second: u32) -> Vec<u8> {
    let mut record = record.to_vec();
    record[..4].copy_from_slice(&second.to_le_bytes());
    record
}

fn second(record: &[u8]) -> u32 {
    u32::from_le_bytes(record[..4].try_into().unwrap())
}

/// The last records of a capture again and again, each a second later: time goes on.
pub(crate) fn idle(records: &[&[u8]], seconds: u32) -> Vec<u8> {
    let last = records.last().unwrap();
    let later = (1..=seconds).map(|more| at_second(last, second(last) + more));
    later.collect::<Vec<_>>().concat()
}

/// What remains of messages after their last revisions, by key, but for what counts how they were printed.
pub(crate) fn last_revisions(lines: &[String]) -> BTreeMap<String, Value> {
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    for line in lines {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["type"] == "message" {
            let key = line["key"].as_str().unwrap().to_owned();
            let before = last
                .get(&key)
                .map_or(0, |before| before["revision"].as_u64().unwrap());
            assert_eq!(line["revision"], before + 1, "{key}");
            if let Some(before) = last.get(&key) {
                assert_eq!(line["id"], before["id"], "{key}");
            }
            last.insert(key, line);
        } else if line["type"] == "superseded" {
            let superseded = line["superseded"].take();
            assert!(last.remove(superseded["key"].as_str().unwrap()).is_some());
            let by = superseded["by"].as_str();
            assert!(by.is_none_or(|by| last.contains_key(by)));
        }
    }
    for message in last.values_mut() {
        message["id"] = Value::Null;
        message["revision"] = Value::Null;
    }
    last
}

pub(crate) fn lines_of(octets: Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(octets).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// What a run prints that reads a pipe to its end.
pub(crate) fn piped(file: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .args(arguments)
        .args(["--format", "jsonl", "-"])
        .stdin(File::open(file).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{file:?} {output:?}");
    lines_of(output.stdout)
}

#[test]
fn a_message_is_printed_while_the_pipe_is_open_and_again_when_it_changes() {
    let octets = capture("a1_happy_smpp.pcap");
    let (header, records) = parts(&octets);
    let mut following = Following::start(&["--format", "jsonl"], &[Path::new("-")]);
    following.write(header);
    // Half a record is waited for.
    let (half, rest) = records[0].split_at(20);
    following.write(half);
    thread::sleep(Duration::from_millis(100));
    following.write(rest);
    // Up to the delivery report, and on until the next second.
    following.write(&records[1..42].concat());
    following.write(&idle(&records[..42], 3));
    let first = following.object();
    assert_eq!(
        (&first["type"], &first["revision"], &first["state"]),
        (&"message".into(), &1.into(), &"reported".into())
    );
    let shift = second(records[41]) + 4 - second(records[42]);
    for record in &records[42..] {
        following.write(&at_second(record, second(record) + shift));
    }
    let (status, lines, said) = following.end(None);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    let revisions: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let messages: Vec<&Value> = revisions
        .iter()
        .filter(|line| line["type"] == "message")
        .collect();
    let last = messages.last().unwrap();
    assert_eq!((&last["key"], &last["id"]), (&first["key"], &first["id"]));
    assert_eq!(
        (last["state"].as_str(), last["revision"].as_u64()),
        (Some("read"), Some(messages.len() as u64 + 1))
    );
    assert_eq!(revisions.last().unwrap()["summary"]["messages"], 1);
}

/// Where nothing more comes, waiting counts as time.
#[test]
fn a_message_settles_while_nothing_comes() {
    let octets = capture("a1_happy_smpp.pcap");
    let (header, records) = parts(&octets);
    let mut following = Following::start(&["--settle", "1s"], &[Path::new("-")]);
    following.write(header);
    // Sent, and accepted.
    following.write(&records[..10].concat());
    assert!(following.line().contains("OUTCOME"));
    assert_eq!(following.line(), "2026-11-20");
    let row = following.line();
    assert!(row.contains("submitted") && row.contains("1"), "{row}");
    let (status, lines, _) = following.end(Some("-INT"));
    assert_eq!(status, Some(130));
    assert!(
        lines.iter().any(|line| line.contains("1 message: ○ 1 open")),
        "{lines:?}"
    );
}

#[test]
fn a_reader_that_is_slow_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.pcap");
    let octets = capture("a1_happy_smpp.pcap");
    let (header, records) = parts(&octets);
    // The same message again and again is as many messages: two hours lie between them.
    let mut many = header.to_vec();
    for number in 0..100 {
        records
            .iter()
            .for_each(|record| many.extend(at_second(record, second(record) + number * 7_200)));
    }
    fs::write(&path, &many).unwrap();
    let expected = piped(&path, &["--follow"]);
    assert!(expected.len() > 100);
    let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .args(["--follow", "--format", "jsonl", "-"])
        .stdin(File::open(&path).unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match out.read(&mut piece).unwrap() {
            0 => break,
            count => read.extend_from_slice(&piece[..count]),
        }
        if read.len() < 200_000 {
            thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(lines_of(read), expected);
}

#[test]
fn an_output_that_takes_no_more_ends_the_run() {
    let octets = capture("a1_happy_smpp.pcap");
    let start = |stdout: Stdio| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
            .args(["--follow", "-"])
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&octets).unwrap();
        input.flush().unwrap();
        (child, input)
    };
    let ended = |mut child: Child, input: ChildStdin| {
        // The pipe stays open: nothing else ends the run.
        let status = child.wait().unwrap();
        drop(input);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code(), said)
    };
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let (child, input) = start(full.into());
        let (status, said) = ended(child, input);
        assert_eq!(
            (status, said.as_str()),
            (
                Some(2),
                "mmsmate: output: No space left on device (os error 28)\n"
            )
        );
    }
    let (mut child, input) = start(Stdio::piped());
    drop(child.stdout.take());
    assert_eq!(ended(child, input), (Some(0), String::new()));
}

#[test]
fn what_cannot_be_followed_is_said_before_anything_is_read() {
    let file = testdata().join("captures/a1_happy_smpp.pcap");
    let refused = |arguments: &[&str]| {
        let (status, out, said) = run(arguments, std::slice::from_ref(&file));
        assert_eq!((status, out.len()), (2, 0), "{arguments:?} {said}");
        said
    };
    assert!(
        refused(&["--follow", "--format", "json"]).contains("--follow prints a table, or --format jsonl")
    );
    assert!(refused(&["--follow", "-o", "x"]).contains("redirect standard output instead"));
    assert!(refused(&["--follow", "--sort", "size"]).contains("--sort needs all messages"));
    assert!(refused(&["--follow", "--frame", "4"]).contains("they still grow"));
    assert!(refused(&["--settle", "5s"]).contains("--follow"));
    let (status, _, said) = run(&["--follow"], &[testdata().join("missing.pcap")]);
    assert_eq!(status, 2);
    assert!(said.contains("missing.pcap: No such file or directory"), "{said}");
    let packed = real_captures()
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "gz"));
    if let Some(packed) = packed {
        let (status, _, said) = run(&["--follow"], &[packed]);
        assert_eq!(status, 2);
        assert!(
            said.contains("is compressed, and can only be followed through a pipe"),
            "{said}"
        );
    }
}

/// Who was shown a message learns what became of it, also where it is none any more that was asked for.
#[test]
fn what_is_selected_is_followed_to_its_end_and_may_be_shared() {
    let file = testdata().join("captures/a1_happy_smpp.pcap");
    let open = piped(
        &file,
        &[
            "--follow",
            "--settle",
            "0s",
            "--outcome",
            "open",
            "--only",
            "message",
        ],
    );
    let outcomes: Vec<String> = open
        .iter()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["outcome"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        (
            outcomes.first().unwrap().as_str(),
            outcomes.last().unwrap().as_str()
        ),
        ("open", "success")
    );
    let none = piped(&file, &["--follow", "--outcome", "failure", "--only", "message"]);
    assert!(none.is_empty(), "{none:?}");
    let shared = piped(&file, &["--follow", "--redact"]).concat();
    assert!(!shared.contains("441500001"));
}

#[test]
fn rows_say_which_are_revised_and_which_are_withdrawn() {
    let file = testdata().join("suite/correlate-hidden-sender-by-digest.pcapng");
    let output = Command::new(env!("CARGO_BIN_EXE_mmsmate"))
        .args(["--follow", "--settle", "0s", "--width", "100", "-"])
        .stdin(File::open(file).unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}

/// A node exporter's text folder: the file is there from the start, whole at any time, and right at the end.
#[test]
fn figures_are_written_to_a_file_while_messages_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mms.prom");
    let file = path.to_str().unwrap();
    let arguments = ["--every", "100ms", "--format", "openmetrics", "-o", file];
    let start = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_mmsmate"))
            .arg("stats")
            .args(arguments)
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut child = start(&arguments);
    let comes = |line: &str| {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(text.is_empty() || text.ends_with("# EOF\n"), "{text}");
            if text.contains(line) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{line} does not come");
    };
    comes("mmsmate_messages{outcome=\"success\"} 0");
    let octets = capture("a1_happy_smpp.pcap");
    let (_, records) = parts(&octets);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&octets).unwrap();
    input.write_all(&idle(&records, 5)).unwrap();
    comes("mmsmate_messages{outcome=\"success\"} 1");
    // What cannot be written is said once, and tried again.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    thread::sleep(Duration::from_millis(1500));
    fs::remove_dir(&path).unwrap();
    comes("mmsmate_messages{outcome=\"success\"} 1");
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(
        (ended.status.code(), ended.stdout.len()),
        (Some(130), 0),
        "{said}"
    );
    assert_eq!(said.matches("mms.prom: Is a directory").count(), 1, "{said}");
    assert!(said.contains("interrupted"), "{said}");
    comes("mmsmate_messages{outcome=\"success\"} 1");

    let missing = folder.path().join("missing/mms.prom");
    let ended = start(&["--every", "1s", "-o", missing.to_str().unwrap()])
        .wait_with_output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let ended = start(&["--every", "1s", "-o", "-"]).wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
}
