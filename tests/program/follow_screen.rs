//! `--follow` on a terminal: rows with a line below them that says how far it is, and none of that in a pipe.

#![cfg(unix)]

use std::fs;

use crate::browse::Seat;
use crate::follow::{Following, capture, idle, parts};

#[test]
fn a_line_below_the_rows_says_how_far_it_is_and_ctrl_c_ends_with_the_totals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.pcap");
    let octets = capture("a1_happy_smpp.pcap");
    let (_, records) = parts(&octets);
    fs::write(&path, [octets.as_slice(), &idle(&records, 5)].concat()).unwrap();
    let seat = Seat::of(None, |command| command.args(["--follow"]).arg(&path), 160, 12);
    // Capture time, messages by outcome, packets a second, what is open, memory.
    seat.shows("OUTCOME")
        .shows("1 message ·")
        .shows("2026-11-20 17:5")
        .shows("✔ 1 success");
    seat.shows("✘ 0 failure")
        .shows("packets/s")
        .shows("exchanges open")
        .shows(" MB");
    seat.press("\u{3}");
    let (status, octets) = seat.ends();
    assert_eq!(status, Some(130));
    let mut terminal = vt100::Parser::new(12.try_into().unwrap(), 160.try_into().unwrap(), 0);
    terminal.process(&octets);
    let screen = terminal.screen().contents();
    assert!(screen.contains("1 message: ✔ 1 success"), "{screen}");
    assert!(!screen.contains("packets/s"), "the line is taken away\n{screen}");
}

#[test]
fn a_pipe_gets_rows_and_no_such_line() {
    let octets = capture("a1_happy_smpp.pcap");
    let (_, records) = parts(&octets);
    let mut following = Following::start(&[], &["-".as_ref()]);
    following.write(&octets);
    following.write(&idle(&records, 5));
    assert!(following.line().contains("OUTCOME"));
    let (status, lines, said) = following.end(None);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    assert!(lines.iter().all(|line| !line.contains("packets/s")), "{lines:?}");
}
