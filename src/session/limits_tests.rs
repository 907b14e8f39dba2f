//! What connections keep is bounded over all of them, whatever they carry.

use super::recorder::{DOWN, Recorder, UP};
use super::{Limits, Sessions};
use crate::flow::{CloseReason, TransportKind};
use crate::model::AnomalyKind;

/// What these tests allow connections to keep in all.
const LIMIT: usize = 64 * 1024;

fn recorder() -> Recorder {
    let mut recorder = Recorder::default();
    recorder.sessions = Sessions::within(Limits {
        unfinished_octets: LIMIT,
        ..Limits::default()
    });
    recorder
}

/// Opens connections that each send `octets` and go on with nothing.
fn flood(transport: TransportKind, connections: u16, octets: &[&[u8]]) -> Recorder {
    let mut recorder = recorder();
    for port in 0..connections {
        let connection = recorder.open(transport, 1, 10_000 + port, 80);
        for (number, octets) in octets.iter().enumerate() {
            let direction = if number % 2 == 0 { UP } else { DOWN };
            match transport {
                TransportKind::Tcp => recorder.data(connection, UP, octets),
                TransportKind::Udp | TransportKind::Sctp => {
                    recorder.datagram(connection, direction, octets);
                }
            }
        }
        assert!(recorder.sessions.held_octets() <= LIMIT);
    }
    recorder
}

fn given_up(mut recorder: Recorder) -> u64 {
    let given_up = recorder.sessions.anomalies.count(AnomalyKind::LimitReached);
    recorder.finish();
    assert_eq!(recorder.sessions.held_octets(), 0);
    given_up
}

#[test]
fn heads_that_never_end() {
    let begun = format!("GET /mms HTTP/1.1\r\nX-Filler: {}", "x".repeat(4_000));
    assert!(given_up(flood(TransportKind::Tcp, 100, &[begun.as_bytes()])) >= 80);
}

/// Not the one at hand.
#[test]
fn what_holds_most_is_given_up_first_and_only_that() {
    let begun = |octets: usize| format!("GET /mms HTTP/1.1\r\nX-Filler: {}", "x".repeat(octets));
    let mut recorder = recorder();
    for (port, octets) in [(0, 500), (1, 24_000), (2, 500), (3, 20_000)] {
        let connection = recorder.open(TransportKind::Tcp, 1, 10_000 + port, 80);
        recorder.data(connection, UP, begun(octets).as_bytes());
    }
    assert!(recorder.given_up.is_empty());
    for port in 0..5 {
        let connection = recorder.open(TransportKind::Tcp, 2, 10_000 + port, 80);
        recorder.data(connection, UP, begun(500).as_bytes());
    }
    assert_eq!(recorder.given_up, [1]);
}

/// The same of bodies, and all but the one at hand go on.
#[test]
fn whose_body_is_largest_is_given_up_first() {
    let begun = |octets: usize| {
        format!(
            "POST /mms HTTP/1.1\r\nContent-Type: application/vnd.wap.mms-message\r\nContent-Length: 90000\r\n\r\n{}",
            "x".repeat(octets)
        )
    };
    let mut recorder = Recorder::default();
    recorder.sessions = Sessions::within(Limits {
        bodies_octets: LIMIT,
        ..Limits::default()
    });
    for (port, octets) in [(0, 500), (1, 40_000), (2, 500), (3, 20_000), (4, 500), (5, 8_000)] {
        let connection = recorder.open(TransportKind::Tcp, 1, 10_000 + port, 80);
        recorder.data(connection, UP, begun(octets).as_bytes());
    }
    assert_eq!(recorder.given_up, [1]);
}

/// Each takes more than its octets.
#[test]
fn bodies_that_have_just_begun() {
    let begun = b"POST /mms HTTP/1.1\r\nContent-Type: application/vnd.wap.mms-message\r\nContent-Length: 9000\r\n\r\n\x8c\x80";
    assert!(given_up(flood(TransportKind::Tcp, 1_000, &[begun])) > 0);
}

#[test]
fn start_lines_that_never_end() {
    assert!(given_up(flood(TransportKind::Tcp, 1_000, &[b"GE"])) > 0);
}

#[test]
fn requests_that_are_never_answered() {
    let request = format!(
        "POST /{} HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "x".repeat(1_000)
    )
    .repeat(60);
    assert!(given_up(flood(TransportKind::Tcp, 20, &[request.as_bytes()])) > 0);
}

#[test]
fn short_message_pdus_that_are_never_whole() {
    // An enquire_link, whole, and the beginning of a deliver_sm.
    let enquiry = b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x01";
    let mut begun = b"\0\0\x10\0\0\0\0\x05\0\0\0\0\0\0\0\x02".to_vec();
    begun.resize(4_000, 0);
    assert!(
        given_up(flood(
            TransportKind::Tcp,
            100,
            &[&[&enquiry[..], &begun].concat()]
        )) >= 80
    );
}

#[test]
fn sip_messages_that_are_never_whole() {
    let begun = format!(
        "MESSAGE sip:+1@example SIP/2.0\r\nContent-Length: 9999\r\n\r\n{}",
        "x".repeat(4_000)
    );
    assert!(given_up(flood(TransportKind::Tcp, 100, &[begun.as_bytes()])) >= 80);
}

#[test]
fn transactions_that_are_never_answered() {
    // Invokes of class 2 with a WSP GET, one after the other under new numbers, in one datagram each.
    let invokes: Vec<Vec<u8>> = (0..200_u8)
        .map(|number| [&[0x0a, 0x00, number, 0x12][..], &[0x40, 9], b"http://h/"].concat())
        .collect();
    let mut recorder = recorder();
    for port in 0..40 {
        let connection = recorder.open(TransportKind::Udp, 1, 10_000 + port, 9201);
        for invoke in &invokes {
            recorder.datagram(connection, UP, invoke);
            assert!(recorder.sessions.held_octets() <= LIMIT);
        }
    }
    assert!(given_up(recorder) > 0);
}

#[test]
fn what_was_kept_is_given_back() {
    let mut recorder = recorder();
    for port in 0..500 {
        let connection = recorder.open(TransportKind::Tcp, 1, 10_000 + port, 80);
        let begun = format!("GET /mms HTTP/1.1\r\nX-Filler: {}", "x".repeat(4_000));
        recorder.data(connection, UP, begun.as_bytes());
        recorder.close(connection, CloseReason::Finished);
    }
    assert_eq!(given_up(recorder), 0);
}

fn invoke(number: u16) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    [&[0x0a, high, low, 0x12][..], &[0x40, 9], b"http://h/"].concat()
}

#[test]
fn more_transactions_than_are_kept_are_counted() {
    let mut recorder = Recorder::default();
    let connection = recorder.open(TransportKind::Udp, 1, 10_000, 9201);
    for number in 0..300 {
        recorder.datagram(connection, UP, &invoke(number));
    }
    let kept = Limits::default().wtp_transactions as u64;
    assert_eq!(
        recorder.sessions.anomalies.count(AnomalyKind::LimitReached),
        300 - kept
    );
}

#[test]
fn transactions_that_are_over_may_be_forgotten() {
    let mut recorder = Recorder::default();
    let connection = recorder.open(TransportKind::Udp, 1, 10_000, 9201);
    for number in 0..300 {
        recorder.datagram(connection, UP, &invoke(number));
        let [high, low] = number.to_be_bytes();
        // A result: WSP Reply, not found.
        recorder.datagram(
            connection,
            DOWN,
            &[0x12, high | 0x80, low, 0x04, 0x44, 0x01, 0x83],
        );
    }
    assert_eq!(recorder.sessions.anomalies.count(AnomalyKind::LimitReached), 0);
}

#[test]
fn each_limit_of_a_body_holds() {
    let limits = Limits {
        body_octets: 100,
        head_octets: 200,
        ..Limits::default()
    };
    let head = |more: &str, length: usize| {
        format!(
            "POST / HTTP/1.1\r\nContent-Type: application/vnd.wap.mms-message\r\n{more}Content-Length: {length}\r\n\r\n"
        )
    };
    let noted = |more: &str, length: usize, kind| {
        let mut recorder = Recorder::default();
        recorder.sessions = Sessions::within(limits);
        let connection = recorder.open(TransportKind::Tcp, 1, 10_000, 80);
        recorder.data(connection, UP, head(more, length).as_bytes());
        recorder.data(connection, UP, &vec![0x8c; length]);
        recorder.sessions.anomalies.count(kind)
    };
    assert_eq!(noted("", 100, AnomalyKind::LimitReached), 0);
    assert_eq!(noted("", 101, AnomalyKind::LimitReached), 1);
    let filler = format!("X: {}\r\n", "x".repeat(200));
    assert_eq!(noted("", 100, AnomalyKind::HttpMalformed), 0);
    assert_eq!(noted(&filler, 100, AnomalyKind::HttpMalformed), 1);
}
