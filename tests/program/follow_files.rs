//! Files and folders that are followed: they grow, are cut short, replaced, rotated and taken away; and every capture as a pipe, or
//! several as pipes, ends as it does without `--follow`.

#![cfg(unix)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::follow::{Following, capture, idle, last_revisions, lines_of, parts, piped};
use crate::support::{every_capture, for_each, run};

#[test]
fn every_capture_ends_as_it_does_without_following() {
    let alone: Vec<PathBuf> = every_capture()
        .into_iter()
        .filter_map(|mut files| files.pop().filter(|_| files.is_empty()))
        .collect();
    assert!(alone.len() > 400);
    let differ = for_each(&alone, |file| {
        let (plain, followed) = (piped(file, &[]), piped(file, &["--follow"]));
        let ended = last_revisions(&followed) == last_revisions(&plain);
        let differs = !ended || beside(&plain) != beside(&followed);
        differs.then(|| {
            format!(
                "{file:?}\n{}\nin place of\n{}",
                followed.join("\n"),
                plain.join("\n")
            )
        })
    });
    let differ: Vec<String> = differ.into_iter().flatten().collect();
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
}

/// What is printed beside messages.
fn beside(lines: &[String]) -> Vec<String> {
    let lines = lines
        .iter()
        .filter(|line| !line.starts_with(r#"{"type":"message""#));
    let lines = lines.filter(|line| !line.starts_with(r#"{"type":"superseded""#));
    lines.cloned().collect()
}

/// Cases of several files, each through a pipe of its own. Clocks of inputs that are followed are not compared.
#[test]
fn cases_of_several_files_end_as_they_do_without_following() {
    let several: Vec<Vec<PathBuf>> = every_capture()
        .into_iter()
        .filter(|files| files.len() > 1)
        .collect();
    assert!(!several.is_empty());
    for files in several {
        let folder = tempfile::tempdir().unwrap();
        let pipes: Vec<PathBuf> = (0..files.len())
            .map(|number| folder.path().join(format!("{number}.pcap")))
            .collect();
        assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
        let writers = files.iter().zip(&pipes).map(|(file, pipe)| {
            let (octets, pipe) = (fs::read(file).unwrap(), pipe.clone());
            thread::spawn(move || fs::write(pipe, octets).unwrap())
        });
        let writers: Vec<_> = writers.collect();
        let (status, followed, said) = run(&["--follow", "--format", "jsonl"], &pipes);
        assert_eq!(status, 0, "{files:?} {said}");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let (status, plain, _) = run(&["--format", "jsonl", "--shift", "*=0s"], &files);
        assert_eq!(status, 0);
        assert_eq!(
            last_revisions(&lines_of(followed)),
            last_revisions(&lines_of(plain)),
            "{files:?}"
        );
    }
}

/// A writer that is killed leaves half a record: what came before it is printed, and the rest is said.
#[test]
fn a_pipe_that_ends_in_mid_record_loses_nothing_that_was_read() {
    let octets = capture("c_rejected.pcap");
    let mut following = Following::start(&["--format", "jsonl"], &[Path::new("-")]);
    following.write(&octets[..octets.len() - 7]);
    let (status, lines, said) = following.end(None);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("truncated_file"), "{said}");
    let ended = last_revisions(&lines);
    let whole = last_revisions(&piped(
        &crate::support::testdata().join("captures/c_rejected.pcap"),
        &[],
    ));
    let verdict = |message: &Value| (message["outcome"].clone(), message["state"].clone());
    assert_eq!(ended.len(), 1);
    assert!(ended.values().map(verdict).eq(whole.values().map(verdict)));
}

/// A file that is taken away is waited for, and read when another one comes with its name.
#[test]
fn a_file_that_is_gone_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.pcap");
    fs::write(&path, capture("c_rejected.pcap")).unwrap();
    let following = Following::start(&["--format", "jsonl", "--settle", "1s"], &[&path]);
    let first = following.object();
    assert_eq!(first["state"], "rejected");
    fs::remove_file(&path).unwrap();
    thread::sleep(Duration::from_millis(1500));
    let octets = capture("a1_happy_smpp.pcap");
    let (_, records) = parts(&octets);
    fs::write(&path, [octets.as_slice(), &idle(&records, 5)].concat()).unwrap();
    let mut next = following.object();
    while next["key"] == first["key"] {
        next = following.object();
    }
    assert_eq!(next["message_id"], "qf7465.3.x821.1@mms.alpha.example");
    let (status, lines, said) = following.end(Some("-INT"));
    assert_eq!(status, Some(130));
    assert!(said.contains("live.pcap"), "{said}");
    let summary: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(summary["summary"]["messages"], 2);
}

#[test]
fn a_file_is_followed_as_it_grows_is_cut_short_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.pcap");
    let octets = capture("a1_happy_smpp.pcap");
    let (_, records) = parts(&octets);
    fs::write(&path, &octets[..octets.len() / 2]).unwrap();
    let following = Following::start(&["--format", "jsonl", "--settle", "1s"], &[&path]);
    let append = |octets: &[u8]| {
        File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(octets)
            .unwrap()
    };
    append(&octets[octets.len() / 2..]);
    append(&idle(&records, 5));
    let first = following.object();
    assert_eq!(first["message_id"], "qf7465.3.x821.1@mms.alpha.example");
    fs::write(&path, capture("c_rejected.pcap")).unwrap();
    let mut next = following.object();
    while next["key"] == first["key"] {
        next = following.object();
    }
    assert_eq!(
        (&next["state"], &next["events"][0]["capture"]),
        (&"rejected".into(), &1.into())
    );
    fs::rename(&path, folder.path().join("live.pcap.1")).unwrap();
    fs::write(&path, capture("e_invalid_recipient.pcap")).unwrap();
    let mut last = following.object();
    while last["key"] == next["key"] {
        last = following.object();
    }
    assert_eq!(last["events"][0]["capture"], 2);
    let (status, lines, said) = following.end(Some("-INT"));
    assert_eq!(status, Some(130), "{said}");
    assert!(
        said.contains("live.pcap: was cut short; it is read anew from its beginning"),
        "{said}"
    );
    assert!(said.contains("live.pcap: was replaced"), "{said}");
    let summary: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(summary["summary"]["messages"], 1 + 1 + 5);
    let captures = lines
        .iter()
        .filter(|line| line.starts_with(r#"{"type":"capture""#))
        .count();
    assert_eq!(captures, 3);
}

/// A probe that rotates its files and takes the oldest away.
#[test]
fn a_folder_is_followed_through_files_that_appear_and_vanish() {
    let folder = tempfile::tempdir().unwrap();
    let octets = capture("a1_happy_smpp.pcap");
    let (header, records) = parts(&octets);
    let piece = |number: usize| folder.path().join(format!("probe-{number}.pcap"));
    let write = |number: usize, records: &[&[u8]]| {
        let file = [header, &records.concat()].concat();
        fs::write(piece(number), file).unwrap();
    };
    let pieces: Vec<&[&[u8]]> = records.chunks(records.len().div_ceil(5)).collect();
    write(0, pieces[0]);
    let following = Following::start(&["--format", "jsonl", "--settle", "1s"], &[folder.path()]);
    for (number, records) in pieces.iter().enumerate().skip(1) {
        thread::sleep(Duration::from_millis(600));
        write(number, records);
        thread::sleep(Duration::from_millis(1500));
        let _ = fs::remove_file(piece(number - 1));
    }
    let mut message = following.object();
    while message["state"] != "read" {
        assert_eq!(message["type"], "message", "{message}");
        message = following.object();
    }
    let (status, lines, said) = following.end(Some("-TERM"));
    assert_eq!((status, said.as_str()), (Some(143), ""));
    let summary: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(
        (&summary["summary"]["messages"], &summary["summary"]["success"]),
        (&1.into(), &1.into())
    );
    let captures: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let captures = captures.iter().filter(|line| line["type"] == "capture");
    let packets: Vec<u64> = captures
        .map(|line| line["capture"]["packets"].as_u64().unwrap())
        .collect();
    assert_eq!(packets.iter().sum::<u64>(), records.len() as u64);
    // The same as the files read at once.
    for (number, records) in pieces.iter().enumerate() {
        write(number, records);
    }
    let (status, plain, _) = run(&["--format", "jsonl", "--recursive"], &[folder.path().to_owned()]);
    assert_eq!(status, 0);
    let mut whole = vec![message.to_string()];
    whole.extend(lines);
    let followed = whole
        .iter()
        .rfind(|line| line.starts_with(r#"{"type":"message""#));
    let mut followed: Value = serde_json::from_str(followed.unwrap()).unwrap();
    followed["id"] = Value::Null;
    followed["revision"] = Value::Null;
    assert_eq!(
        last_revisions(&lines_of(plain)).into_values().collect::<Vec<_>>(),
        [followed]
    );
}
