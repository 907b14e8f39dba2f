//! What the capture lacks: octets that were acknowledged and not captured, cut off, or that come late. Whoever reads the
//! streams must hear of what is missing before it hears of an end that came later: a request that was lost in part is
//! not one that its sender broke off.

use super::scenarios::{CLIENT, SERVER, data, opened};
use super::{Bench, Seen, Seg};
use crate::flow::CloseReason;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};

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

/// A connection whose client sends `question`, of which the end was not captured.
fn half_a_question() -> Bench {
    let mut bench = opened();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"que",
        ..CLIENT
    });
    bench
}

#[test]
fn an_end_behind_a_hole_waits_for_what_its_sender_had() {
    for acknowledged in [true, false] {
        let mut bench = half_a_question();
        // The answer of six octets was not captured either, but perhaps for its acknowledgement.
        if acknowledged {
            bench.tcp(Seg {
                seq: 5001,
                ack: Some(1009),
                ..SERVER
            });
            bench.tcp(Seg {
                seq: 1009,
                ack: Some(5007),
                ..CLIENT
            });
        }
        bench.tcp(Seg {
            seq: 5007,
            ack: Some(1009),
            flags: "F",
            ..SERVER
        });
        if acknowledged {
            bench.tcp(Seg {
                seq: 1009,
                ack: Some(5008),
                ..CLIENT
            });
        }
        bench.finish();
        let expected = [
            data(Client, "que"),
            Seen::Gap(Client, 5, true),
            Seen::Gap(Server, 6, acknowledged),
            Seen::Finished(Server),
            Seen::Closed(CloseReason::CaptureEnd),
        ];
        assert_eq!(bench.events(), expected);
    }
}

#[test]
fn octets_behind_a_hole_wait_for_what_their_sender_had() {
    let mut bench = half_a_question();
    bench.tcp(Seg {
        seq: 5004,
        ack: Some(1009),
        bytes: b"wer",
        ..SERVER
    });
    bench.finish();
    let expected = [
        data(Client, "que"),
        Seen::Gap(Client, 5, true),
        Seen::Gap(Server, 3, false),
        data(Server, "wer"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

/// The answer to the first request was lost, which the acknowledgement of the second one tells: what comes then answers
/// the second.
#[test]
fn the_beginning_of_a_stream_is_not_where_octets_before_it_were_acknowledged() {
    let mut bench = Bench::default();
    bench.tcp(Seg {
        seq: 1001,
        ack: Some(5001),
        bytes: b"one",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1004),
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1004,
        ack: Some(5007),
        bytes: b"two",
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5007,
        ack: Some(1007),
        bytes: b"answer",
        ..SERVER
    });
    bench.finish();
    let expected = [
        data(Client, "one"),
        Seen::Gap(Server, 6, true),
        data(Client, "two"),
        data(Server, "answer"),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

/// The SYN+ACK and the first acknowledgement come late: the one that comes first says nothing of the beginning.
#[test]
fn only_the_first_acknowledgement_tells_where_the_other_end_begins() {
    for late in [false, true] {
        let mut bench = Bench::default();
        bench.tcp(Seg {
            seq: 1000,
            flags: "S",
            ..CLIENT
        });
        bench.tcp(Seg {
            seq: 1004,
            ack: Some(5007),
            ..CLIENT
        });
        if late {
            bench.tcp(Seg {
                seq: 5000,
                ack: Some(1001),
                flags: "S",
                ..SERVER
            });
        }
        bench.tcp(Seg {
            seq: 1001,
            ack: Some(5001),
            bytes: b"one",
            ..CLIENT
        });
        bench.tcp(Seg {
            seq: 5001,
            ack: Some(1004),
            bytes: b"answer",
            ..SERVER
        });
        bench.finish();
        let expected = [
            data(Client, "one"),
            data(Server, "answer"),
            Seen::Closed(CloseReason::CaptureEnd),
        ];
        assert_eq!(bench.events(), expected, "{late}");
    }
}

/// Whoever resets a connection had sent what lies before the reset.
#[test]
fn a_reset_tells_what_its_sender_had_sent() {
    let mut bench = half_a_question();
    bench.tcp(Seg {
        seq: 1009,
        ack: Some(5007),
        flags: "R",
        ..CLIENT
    });
    let expected = [
        data(Client, "que"),
        Seen::Gap(Server, 6, true),
        Seen::Gap(Client, 5, false),
        Seen::Closed(CloseReason::Reset { by: Client }),
    ];
    assert_eq!(bench.events(), expected);
}
