//! One situation per test.

use super::{Bench, Seen, Seg};
use crate::flow::CloseReason;
use crate::model::AnomalyKind;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};

pub(super) const CLIENT: Seg<'static> = Seg {
    checksum: super::Checksum::Unknown,
    from_server: false,
    seq: 0,
    ack: None,
    flags: "",
    bytes: b"",
    missing: 0,
    id: None,
};
pub(super) const SERVER: Seg<'static> = Seg {
    from_server: true,
    ..CLIENT
};

pub(super) fn data(direction: crate::model::Direction, text: &str) -> Seen {
    Seen::Data(direction, text.as_bytes().to_vec())
}

/// A bench with an open connection: the client's octets begin at 1001, the server's at 5001.
pub(super) fn opened() -> Bench {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5000,
        ack: Some(1001),
        flags: "S",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        ..CLIENT
    });
    bench
}

#[test]
fn a_plain_connection() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"question",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1009),
        bytes: b"answer",
        flags: "F",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1009,
        ack: Some(5008),
        flags: "F",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5008,
        ack: Some(1010),
        ..SERVER
    });
    bench.finish();
    let expected = [
        data(Client, "question"),
        data(Server, "answer"),
        Seen::Finished(Server),
        Seen::Finished(Client),
        Seen::Closed(CloseReason::Finished),
    ];
    assert_eq!(bench.events(), expected);
    assert!(bench.last_info.unwrap().opening_seen);
}

#[test]
fn octets_in_the_syn_and_half_close() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        bytes: b"early",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1006,
        flags: "F",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5000,
        ack: Some(1007),
        flags: "S",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1007),
        bytes: b"late",
        ..SERVER
    });
    bench.finish();
    let expected = [
        data(Client, "early"),
        Seen::Finished(Client),
        data(Server, "late"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn simultaneous_open() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5000,
        flags: "S",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1000,
        ack: Some(5001),
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"hi",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(
        bench.events(),
        [data(Client, "hi"), Seen::Closed(CloseReason::CaptureEnd)]
    );
}

#[test]
fn a_reset_counts_only_in_window() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 900_000_000,
        flags: "R",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"on",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1003),
        flags: "R",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1003,
        ack: Some(5001),
        bytes: b"too late",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(
        bench.events(),
        [
            data(Client, "on"),
            Seen::Closed(CloseReason::Reset { by: Server })
        ]
    );
}

#[test]
fn a_refused_connection() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 0,
        ack: Some(1001),
        flags: "R",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 7000,
        flags: "S",
        ..CLIENT
    });
    bench.finish();
    let expected = [
        Seen::Closed(CloseReason::Reset { by: Server }),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn a_new_syn_replaces_the_connection() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"one",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 77_000,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 77_001,
        bytes: b"two",
        ..CLIENT
    });
    bench.finish();
    let expected = [
        data(Client, "one"),
        Seen::Closed(CloseReason::Replaced),
        data(Client, "two"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
    assert_ne!(bench.seen[0].0, bench.seen[2].0);
}

#[test]
fn reordering_over_the_wrap() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: u32::MAX - 2,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 3,
        bytes: b"fgh",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: u32::MAX - 1,
        bytes: b"abcde",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(
        bench.events(),
        [data(Client, "abcdefgh"), Seen::Closed(CloseReason::CaptureEnd)]
    );
    assert_eq!(
        bench.frames,
        [(b"abcde".to_vec(), 3), (b"fgh".to_vec(), 2)],
        "each with its own frame"
    );
}

#[test]
fn keep_alives_deliver_nothing() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"ab",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1002,
        ack: Some(5001),
        bytes: b"\0",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1002,
        ack: Some(5001),
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1003,
        ack: Some(5001),
        bytes: b"c",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(bench.events()[0], data(Client, "abc"));
    let counters = bench.table.counters();
    assert_eq!((counters.retransmitted, counters.conflicts), (0, 0));
}

#[test]
fn the_first_octets_count() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        bytes: b"abcd",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1001,
        bytes: b"aXcdef",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1009,
        bytes: b"ij",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1007,
        bytes: b"ghYZ",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(bench.events()[0], data(Client, "abcdefghij"));
    assert_eq!(bench.table.counters().conflicts, 2);
    assert_eq!(
        bench
            .table
            .anomalies
            .count(AnomalyKind::TcpConflictingRetransmission),
        2
    );
}

#[test]
fn one_direction_only() {
    let mut bench = Bench::default();
    for (seq, ack, bytes) in [
        (1001, 5001, &b"ask"[..]),
        (1004, 5201, b""),
        (1004, 5401, b"again"),
    ] {
        bench.tcp(Seg {
            seq,
            ack: Some(ack),
            bytes,
            ..CLIENT
        });
    }
    bench.finish();
    assert_eq!(
        bench.events(),
        [data(Client, "askagain"), Seen::Closed(CloseReason::CaptureEnd)]
    );
    let info = bench.last_info.unwrap();
    assert_eq!((info.seen_by[1], info.sides[1].hidden), (None, true));
    assert!(!info.opening_seen);
}

#[test]
fn the_middle_of_a_stream() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 2005,
        ack: Some(9000),
        bytes: b"efgh",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 2001,
        ack: Some(9000),
        bytes: b"abcd",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 9000,
        ack: Some(2009),
        bytes: b"answer",
        ..SERVER
    });
    bench.finish();
    let expected = [
        data(Client, "abcdefgh"),
        data(Server, "answer"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn an_answer_waits_for_its_request() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 5000,
        ack: Some(1001),
        flags: "S",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1004),
        bytes: b"answer",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"ask",
        ..CLIENT
    });
    bench.finish();
    let expected = [
        data(Client, "ask"),
        data(Server, "answer"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
    assert_eq!(
        bench.last_info.unwrap().sides[0].endpoint.port,
        40000,
        "the initiator is who sent SYN"
    );
}

#[test]
fn an_end_before_the_beginning_does_not_stop_the_rest() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 100,
        flags: "F",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5000,
        ack: Some(7000),
        flags: "S",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        bytes: b"on",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(
        bench.events(),
        [data(Client, "on"), Seen::Closed(CloseReason::CaptureEnd)]
    );
    bench = Bench::default();
    bench.tcp(Seg {
        seq: 100,
        flags: "F",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 200,
        bytes: b"beyond",
        ..CLIENT
    });
    bench.finish();
    assert_eq!(
        bench.events(),
        [Seen::Finished(Client), Seen::Closed(CloseReason::CaptureEnd)]
    );
}

#[test]
fn a_fin_before_octets_that_are_held_is_no_end() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 99,
        flags: "S",
        ..Seg::default()
    });
    bench.tcp(Seg {
        seq: 100,
        bytes: b"abc",
        ..Seg::default()
    });
    bench.tcp(Seg {
        seq: 110,
        bytes: b"late",
        ..Seg::default()
    });
    bench.tcp(Seg {
        seq: 105,
        flags: "F",
        ..Seg::default()
    });
    bench.finish();
    let up = super::Direction::FromInitiator;
    assert_eq!(
        bench.events(),
        [
            Seen::Data(up, b"abc".to_vec()),
            Seen::Gap(up, 7, false),
            Seen::Data(up, b"late".to_vec()),
            Seen::Closed(CloseReason::CaptureEnd),
        ]
    );
}
