//! Frames captured twice, and packets sent again.

use super::scenarios::{CLIENT, data, opened};
use super::{Bench, Checksum, ENOUGH, Seen, Seg};
use crate::model::Direction::FromInitiator as Client;

#[test]
fn copies_of_a_span_port_are_counted_and_not_retransmissions() {
    let mut bench = opened();
    for id in [7, 7, 8] {
        bench.tcp(Seg {
            seq: 1001,
            ack: Some(5001),
            bytes: b"ab",
            id: Some(id),
            ..CLIENT
        });
    }
    bench.finish();
    let counters = bench.table.counters();
    assert_eq!((counters.duplicates, counters.retransmitted), (1, 1));
    assert_eq!(bench.events()[0], data(Client, "ab"));
}

/// A burst that is captured a second time behind the whole of the first; by senders that count, and that do not.
#[test]
fn few_packets_of_a_burst_displace_another() {
    for counts in [0, 1] {
        let mut bench = opened();
        for _ in 0..2 {
            for number in 0..1000 {
                // Ten microseconds from one to the next.
                bench.time -= 990_000;
                bench.tcp(Seg {
                    seq: 1001 + number * 2,
                    ack: Some(5001),
                    bytes: b"ab",
                    id: Some(7 + number * counts),
                    ..CLIENT
                });
            }
        }
        let duplicates = bench.table.counters().duplicates;
        assert!(duplicates > 980, "{duplicates} of 1000");
    }
}

/// One look-up is all that a packet costs which nobody wants.
#[test]
fn copies_where_nobody_listens_are_not_looked_for() {
    let mut bench = opened();
    for bytes in [ENOUGH, b"ab", b"ab"] {
        bench.tcp(Seg {
            seq: 1001,
            bytes,
            id: Some(7),
            ..CLIENT
        });
    }
    for _ in 0..2 {
        bench.udp(Some(5), ENOUGH);
        bench.time += 1_000_000_000;
    }
    bench.udp(Some(5), ENOUGH);
    assert_eq!(bench.table.counters().duplicates, 0);
}

#[test]
fn mirrored_datagrams_are_delivered_once_and_those_sent_again_twice() {
    let mut bench = Bench::default();
    bench.udp(Some(5), b"push");
    bench.udp(Some(5), b"push");
    bench.udp(Some(6), b"push");
    bench.time += 1_000_000_000;
    bench.udp(Some(6), b"push");
    bench.udp(None, b"bare");
    bench.udp(None, b"bare");
    bench.time += 1_000_000_000;
    bench.udp(None, b"bare");
    let texts: Vec<_> = bench
        .events()
        .into_iter()
        .map(|e| matches!(e, Seen::Datagram(_, b) if b == b"push"))
        .collect();
    assert_eq!(texts, [true, true, true, false, false]);
    assert_eq!(bench.table.counters().duplicates, 2);
}

/// That a long step of time is none is known with the packet after it: the one before it opened a connection that lives.
#[test]
fn the_first_packet_after_a_silence_opens_the_connection_of_the_next() {
    for silence in [30, 700, 6 * 3600] {
        let mut bench = opened();
        bench.time += silence * 1_000_000_000;
        bench.udp(Some(6), b"request");
        bench.udp(Some(6), b"request");
        let counters = bench.table.counters();
        assert_eq!(
            (counters.udp_flows, counters.duplicates),
            (1, 1),
            "after {silence} s"
        );
    }
}

/// What came of datagrams with these octets and checksums, of a server that sends and a client.
fn given_out(datagrams: &[(bool, &[u8], Checksum)]) -> Vec<String> {
    let mut bench = Bench::default();
    for (number, (back, bytes, checksum)) in (1..).zip(datagrams) {
        bench.checked_datagram(*back, Some(number), bytes, *checksum);
    }
    bench.finish();
    let events = bench.events().into_iter();
    let datagrams = events.filter_map(|event| match event {
        Seen::Datagram(_, bytes) => Some(String::from_utf8(bytes).unwrap()),
        _ => None,
    });
    datagrams.collect()
}

/// The receiver drops a datagram whose checksum is wrong; one that is right is not a second one beside it.
#[test]
fn of_a_damaged_datagram_and_a_right_one_the_right_one_counts() {
    use Checksum::{Right, Unknown, Wrong};
    assert_eq!(
        given_out(&[(false, b"damaged", Wrong), (false, b"as sent", Right)]),
        ["as sent"]
    );
    assert_eq!(
        given_out(&[(false, b"as sent", Right), (false, b"damaged", Wrong)]),
        ["as sent"]
    );
    assert_eq!(
        given_out(&[
            (false, b"short", Right),
            (false, b"damaged", Wrong),
            (false, b"as sent", Right)
        ]),
        ["short", "as sent"]
    );
    assert_eq!(
        given_out(&[(false, b"as sent", Unknown), (false, b"another", Unknown)]),
        ["as sent", "another"],
        "there is no checksum"
    );
}

/// Where its sender's card computes checksums a wrong one says nothing, and nothing else was seen of a first one.
#[test]
fn datagrams_of_a_sender_that_has_wrong_checksums_all_count_in_their_order() {
    use Checksum::{Right, Wrong};
    assert_eq!(given_out(&[(false, b"alone", Wrong)]), ["alone"]);
    assert_eq!(
        given_out(&[
            (false, b"one", Wrong),
            (false, b"two", Wrong),
            (false, b"six", Wrong)
        ]),
        ["one", "two", "six"]
    );
    assert_eq!(
        given_out(&[
            (false, b"question", Wrong),
            (true, b"answer", Right),
            (false, b"question", Wrong)
        ]),
        ["question", "answer", "question"]
    );
    assert_eq!(
        given_out(&[
            (false, b"question", Wrong),
            (true, b"answer", Wrong),
            (false, b"thanks", Wrong)
        ]),
        ["question", "answer", "thanks"]
    );
}
