//! `mmsmate browse --follow` in a pseudo-terminal: messages come to the screen while pipes, files and folders are written.

#![cfg(unix)]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    browse::{DOWN, END, ENTER, Seat},
    follow::{capture, idle, parts},
};

/// A folder in which a probe begins files.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a capture, and after it the last of its frames again, a second apart: time goes on.
    fn write(&self, name: &str, of: &str) {
        let octets = capture(of);
        let (_, records) = parts(&octets);
        let written = [octets.as_slice(), &idle(&records, 5)].concat();
        fs::write(self.file(name), written).unwrap();
    }
}

fn before(folder: &Path) -> Seat {
    let arguments = ["--follow", "--settle", "1s"];
    Seat::with(|command| command.args(arguments).arg(folder), 110, 30)
}

#[test]
fn messages_of_a_pipe_come_while_it_is_open_and_its_end_is_shown() {
    let octets = capture("a1_happy_smpp.pcap");
    let (header, records) = parts(&octets);
    let set_up =
        |command: pty_process::blocking::Command| command.args(["--follow", "-"]).stdin(Stdio::piped());
    let mut seat = Seat::with(set_up, 110, 30);
    seat.shows("No messages yet").shows("following");
    let mut input = seat.child.stdin.take().unwrap();
    input.write_all(header).unwrap();
    // Up to the delivery report, and on until the next second.
    input.write_all(&records[..42].concat()).unwrap();
    input.write_all(&idle(&records[..42], 3)).unwrap();
    seat.shows("1 message").shows("reported").press(ENTER);
    seat.shows("came from a pipe and cannot be read again");
    seat.hides("m-read-orig-ind");
    for record in &records[42..] {
        input.write_all(record).unwrap();
    }
    drop(input);
    // The call flow that is open grows.
    seat.shows("Message 1, call flow")
        .shows("✔ success  read ")
        .press("q");
    seat.shows("the inputs are over").press("q");
    assert_eq!(seat.ends().0, Some(0));
}

/// Octets of PDUs are read again from the files as they lie at that time.
#[test]
fn a_folder_is_walked_in_while_files_appear_and_vanish() {
    let folder = Folder::new();
    let target = tempfile::tempdir().unwrap();
    folder.write("a.pcap", "a1_happy_smpp.pcap");
    let seat = before(folder.0.path());
    seat.shows("1 message");
    folder.write("b.pcap", "c_rejected.pcap");
    seat.shows("2 messages")
        .press(ENTER)
        .shows("Message 2, call flow");
    seat.shows("X-Mms-Message-Type: m-send-req").press("q");
    fs::remove_file(folder.file("a.pcap")).unwrap();
    seat.press(DOWN)
        .press(END)
        .press(ENTER)
        .shows("frame 2:4")
        .shows("X-Mms-Message-Type: m-send-req");
    let slice = target.path().join("slice.pcapng");
    let write = |path: &Path| format!("w\u{15}{}{ENTER}", path.display());
    seat.press(&write(&slice)).shows("written: ").press("q");
    assert!(fs::metadata(&slice).unwrap().len() > 1000);
    // Of the message whose file is gone there are no octets any more, and no slice.
    let gone = target.path().join("gone.pcapng");
    seat.press("g").press(ENTER).shows("Message 1, call flow");
    seat.shows("it is not in the captures any more");
    seat.press(&write(&gone))
        .shows("is not there any more")
        .press("q");
    assert!(!gone.exists());
    seat.press("c").shows("b.pcap").press("qQ");
    assert_eq!(seat.ends().0, Some(0));
}

#[test]
fn a_file_that_is_replaced_is_read_anew_and_that_is_said() {
    let folder = Folder::new();
    folder.write("live.pcap", "a1_happy_smpp.pcap");
    let seat = before(&folder.file("live.pcap"));
    seat.shows("1 message");
    fs::rename(folder.file("live.pcap"), folder.file("live.pcap.1")).unwrap();
    folder.write("live.pcap", "c_rejected.pcap");
    seat.shows("was replaced").shows("2 messages").press("Q");
    assert_eq!(seat.ends().0, Some(0));
}

#[test]
fn what_only_the_whole_could_tell_is_refused_and_a_signal_ends_it() {
    let folder = Folder::new();
    let file = folder.file("a.pcap");
    folder.write("a.pcap", "c_rejected.pcap");
    let refused = Seat::with(
        |command| command.args(["--follow", "--frame", "7"]).arg(&file),
        80,
        24,
    );
    let (status, octets) = refused.ends();
    assert_eq!(status, Some(2));
    assert!(String::from_utf8_lossy(&octets).contains("--frame looks into the captures first"));
    let seat = before(&file);
    seat.shows("1 message");
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &seat.child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(seat.ends().0, Some(143));
}
