//! Frames captured twice, and packets sent again.

use super::scenarios::{CLIENT, data, opened};
use super::{Bench, ENOUGH, Seen, Seg};
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
