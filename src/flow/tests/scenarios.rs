//! One situation per test.

use super::{Bench, Seen, Seg};
use crate::flow::CloseReason;
use crate::model::AnomalyKind;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};

pub(super) const CLIENT: Seg<'static> = Seg {
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
fn an_acknowledged_hole_becomes_a_gap() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        bytes: b"ab",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1006,
        bytes: b"fg",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1008),
        bytes: b"answer",
        ..SERVER
    });
    assert_eq!(bench.events(), [data(Client, "ab")], "it may still come");
    bench.time += 2_000_000_000;
    bench.tcp(Seg {
        seq: 1008,
        ack: Some(5007),
        ..CLIENT
    });
    let expected = [
        data(Client, "ab"),
        Seen::Gap(Client, 3, true),
        data(Client, "fg"),
        data(Server, "answer"),
    ];
    assert_eq!(bench.events(), expected);
    assert_eq!(bench.table.counters().octets_lost, 3);
}

/// Whoever reads the streams must know how the request ended before the server's end says that no answer comes.
#[test]
fn an_end_waits_for_what_its_sender_had() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"que",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1009),
        flags: "F",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1009,
        ack: Some(5002),
        flags: "F",
        ..CLIENT
    });
    bench.finish();
    let expected = [
        data(Client, "que"),
        Seen::Gap(Client, 5, true),
        Seen::Finished(Server),
        Seen::Finished(Client),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn a_late_segment_fills_the_hole() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1003,
        bytes: b"cd",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1005),
        bytes: b"answer",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1001,
        bytes: b"ab",
        ..CLIENT
    });
    bench.finish();
    let expected = [
        data(Client, "abcd"),
        data(Server, "answer"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
    assert_eq!(bench.table.counters().gaps, 0);
}

#[test]
fn a_hole_that_nobody_acknowledged_waits_for_the_end() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1004,
        bytes: b"de",
        ..CLIENT
    });
    bench.time += 30_000_000_000;
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1001),
        ..SERVER
    });
    bench.finish();
    let expected = [
        Seen::Gap(Client, 3, false),
        data(Client, "de"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn hidden_octets() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"ask",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1004,
        ack: Some(5101),
        ..CLIENT
    });
    bench.finish();
    let expected = [
        data(Client, "ask"),
        Seen::Gap(Server, 100, true),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
    let info = bench.last_info.unwrap();
    assert_eq!((info.sides[0].hidden, info.sides[1].hidden), (false, true));
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
    assert_eq!((info.sides[1].captured, info.sides[1].hidden), (false, true));
    assert!(!info.opening_seen);
}

#[test]
fn a_fin_that_was_not_captured_hides_nothing() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"ask",
        flags: "F",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1005),
        bytes: b"answer",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1005,
        ack: Some(5008),
        ..CLIENT
    });
    bench.finish();
    assert!(!bench.last_info.unwrap().sides[1].hidden);
    assert_eq!(bench.table.counters().gaps, 0);
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
fn octets_that_the_snap_length_cut_are_a_gap_at_once() {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        bytes: b"ab",
        missing: 4,
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 1007,
        bytes: b"gh",
        ..CLIENT
    });
    assert_eq!(
        bench.events(),
        [data(Client, "ab"), Seen::Gap(Client, 4, true), data(Client, "gh")]
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
