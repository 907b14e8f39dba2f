//! What the capture lacks of both directions at once. Whoever reads the streams must hear of what is missing before it
//! hears of an end that came later: a request that was lost in part is not one that its sender broke off.

use super::scenarios::{CLIENT, SERVER, data, opened};
use super::{Bench, Seen, Seg};
use crate::flow::CloseReason;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};

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
    let mut bench = half_a_question();
    bench.tcp(Seg {
        seq: 5001,
        ack: Some(1009),
        ..SERVER
    });
    // The answer of six octets was not captured either, but for its acknowledgement.
    bench.tcp(Seg {
        seq: 1009,
        ack: Some(5007),
        ..CLIENT
    });
    bench.tcp(Seg {
        seq: 5007,
        ack: Some(1009),
        flags: "F",
        ..SERVER
    });
    bench.tcp(Seg {
        seq: 1009,
        ack: Some(5008),
        ..CLIENT
    });
    bench.finish();
    let expected = [
        data(Client, "que"),
        Seen::Gap(Client, 5, true),
        Seen::Gap(Server, 6, true),
        Seen::Finished(Server),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn so_does_one_behind_a_hole_that_nobody_acknowledged() {
    let mut bench = half_a_question();
    bench.tcp(Seg {
        seq: 5007,
        ack: Some(1009),
        flags: "F",
        ..SERVER
    });
    bench.finish();
    let expected = [
        data(Client, "que"),
        Seen::Gap(Client, 5, true),
        Seen::Gap(Server, 6, false),
        Seen::Finished(Server),
        Seen::Closed(CloseReason::CaptureEnd),
    ];
    assert_eq!(bench.events(), expected);
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
