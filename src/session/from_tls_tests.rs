//! What comes out of TLS begins where its record does, and ends as TLS says.

use super::recorder::{DOWN, Recorder, UP};
use crate::flow::{CloseReason, TransportKind};
use crate::model::TlsEnd;

/// The frames of requests and answers.
fn places(recorder: &Recorder) -> Vec<&str> {
    let place = |line| -> Option<&str> { str::split(line, ' ').find(|word| word.contains("..")) };
    recorder.lines.iter().filter_map(|line| place(line)).collect()
}

/// Two records, the first of which spans frames 1 to 3; the second lies in frame 3 with a part of it.
fn two_records(first: &[u8], second: &[u8], port: u16) -> Recorder {
    let mut recorder = Recorder::default();
    let connection = recorder.open(TransportKind::Tcp, 1, 10_000, port);
    recorder.see_opening(connection);
    recorder.pass(3);
    recorder.record(connection, UP, first, 2);
    recorder.record(connection, UP, second, 0);
    recorder.finish();
    recorder
}

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: mmsc\r\nContent-Length: 2\r\nContent-Type: application/vnd.wap.mms-message\r\n\r\nab";

#[test]
fn a_request_begins_in_its_record_and_not_in_one_that_ends_in_the_same_frame() {
    let recorder = two_records(REQUEST, REQUEST, 443);
    assert_eq!(places(&recorder)[..2], ["1..3", "3..3"]);
    // One that begins in the first record and ends in the second.
    let (begin, rest) = REQUEST.split_at(40);
    let recorder = two_records(begin, &[rest, REQUEST].concat(), 443);
    assert_eq!(places(&recorder)[..2], ["1..3", "3..3"]);
}

#[test]
fn a_first_record_too_short_to_tell_counts() {
    let (begin, rest) = REQUEST.split_at(1);
    assert_eq!(places(&two_records(begin, rest, 443))[0], "1..3");
}

/// An answer and a request behind it were lost: what comes then answers that one, of which a part of its record is all there is.
#[test]
fn an_answer_behind_a_hole_may_be_that_of_a_request_that_has_only_begun() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
    for has_begun in [false, true] {
        let mut recorder = Recorder::default();
        let connection = recorder.open(TransportKind::Tcp, 1, 10_000, 443);
        recorder.see_opening(connection);
        recorder.data(connection, UP, REQUEST);
        recorder.gap(connection, DOWN, 800);
        match has_begun {
            true => recorder.record_behind_begun(connection, DOWN, answer),
            false => recorder.data(connection, DOWN, answer),
        }
        recorder.close(connection, CloseReason::Finished);
        let text = recorder.text();
        assert_eq!(text.contains("0 Http(200)"), !has_begun, "{text}");
        assert_eq!(text.contains("0 end Replaced"), has_begun, "{text}");
        assert!(!text.contains("Visible"), "{text}");
    }
}

#[test]
fn an_alert_says_what_ended_an_exchange() {
    let alert = |alert| TlsEnd {
        alert,
        by_server: true,
    };
    let asked = || {
        let mut recorder = Recorder::default();
        let connection = recorder.open(TransportKind::Tcp, 1, 10_000, 443);
        recorder.see_opening(connection);
        recorder.data(connection, UP, REQUEST);
        recorder
    };
    let mut recorder = asked();
    recorder.finish_by(0, DOWN, Some(alert(0)));
    let end = "Notified { by_answerer: true, end: TlsEnd { alert: 0, by_server: true } }";
    assert!(recorder.text().contains(end), "{}", recorder.text());
    let mut recorder = asked();
    recorder.finish_by(0, DOWN, None);
    assert!(
        recorder.text().contains("Closed { by_answerer: true }"),
        "{}",
        recorder.text()
    );
    let mut recorder = asked();
    recorder.close(0, CloseReason::Alert(alert(80)));
    let end = "Alert(TlsEnd { alert: 80, by_server: true })";
    assert!(recorder.text().contains(end), "{}", recorder.text());
    // Inside the answer.
    let mut recorder = asked();
    recorder.data(0, DOWN, b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nabc");
    recorder.close(0, CloseReason::Alert(alert(80)));
    let answer = recorder
        .lines
        .iter()
        .find(|line| line.contains("Http(200)"))
        .unwrap();
    assert!(answer.ends_with(end), "{answer}");
}
