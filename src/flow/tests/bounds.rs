//! How long and how much: silence, eviction, what is held.

use super::scenarios::{CLIENT, opened};
use super::{Bench, ENOUGH, KNOWN, Seen, Seg};
use crate::flow::{CloseReason, FlowTable, Limits};
use crate::model::Direction::FromInitiator as Client;
use crate::model::{AnomalyKind, Labels};

/// Whether silence ends something in a bench within these seconds, while something else goes on.
fn ends_within(bench: &mut Bench, seconds: u32, goes_on: impl Fn(&mut Bench, u32)) -> bool {
    for at in 0..seconds {
        bench.time += 1_000_000_000;
        goes_on(bench, at);
    }
    bench.events().contains(&Seen::Closed(CloseReason::Idle))
}

/// Most connections of a busy link never end and concern nobody.
#[test]
fn silence_ends_a_connection_sooner_where_nobody_listens() {
    let closed_after = |bytes: &[u8], seconds: u32| {
        let mut bench = opened();
        bench.tcp(Seg {
            seq: 1001,
            bytes,
            ..CLIENT
        });
        ends_within(&mut bench, seconds, |bench, _| bench.udp(None, b"x"))
    };
    assert!(!closed_after(ENOUGH, 110));
    assert!(closed_after(ENOUGH, 130));
    assert!(!closed_after(b"more", 110), "not recognised");
    assert!(closed_after(b"more", 130), "not recognised");
    assert!(!closed_after(KNOWN, 890));
    assert!(closed_after(KNOWN, 910));
}

/// How long a closed connection is remembered, in seconds.
#[test]
fn a_closed_connection_lingers_longer_where_it_was_ours() {
    let remembered_after = |bytes: &[u8], seconds: u32| {
        let mut bench = opened();
        bench.tcp(Seg {
            seq: 1001,
            bytes,
            ..CLIENT
        });
        bench.tcp(Seg {
            seq: 1001 + bytes.len() as u32,
            flags: "R",
            ..CLIENT
        });
        assert!(matches!(
            bench.events().last(),
            Some(Seen::Closed(CloseReason::Reset { .. }))
        ));
        ends_within(&mut bench, seconds, |bench, _| bench.udp(None, b"x"));
        let known = bench.table.counters().tcp_connections;
        bench.tcp(Seg {
            seq: 1001,
            bytes,
            ..CLIENT
        });
        bench.table.counters().tcp_connections == known
    };
    assert!(remembered_after(ENOUGH, 4));
    assert!(!remembered_after(ENOUGH, 6));
    assert!(remembered_after(KNOWN, 58));
    assert!(!remembered_after(KNOWN, 62));
}

/// Each change of what it is waits in another queue, but never twice in one.
#[test]
fn recognised_and_then_let_go_a_connection_leaves_at_most_one_entry_behind() {
    for let_go_at in [60, 130] {
        let mut bench = opened();
        let mut seq = 1001;
        for (second, bytes) in [
            (0, &b"more"[..]),
            (50, KNOWN),
            (let_go_at, ENOUGH),
            (170, b"x"),
            (280, b"x"),
        ] {
            bench.time = second * 1_000_000_000;
            bench.tcp(Seg { seq, bytes, ..CLIENT });
            seq += bytes.len() as u32;
        }
        assert!(bench.table.queued() <= 2, "{} entries", bench.table.queued());
        assert!(!bench.events().contains(&Seen::Closed(CloseReason::Idle)));
    }
}

#[test]
fn silence_ends_datagrams_sooner_where_nobody_listens() {
    let closed_after = |bytes: &[u8], seconds: u32| {
        let mut bench = Bench::default();
        bench.udp(None, bytes);
        ends_within(&mut bench, seconds, |bench, seq| {
            bench.tcp(Seg {
                seq,
                bytes: b"x",
                ..CLIENT
            });
        })
    };
    assert!(!closed_after(ENOUGH, 110));
    assert!(closed_after(ENOUGH, 130));
    assert!(!closed_after(b"more", 4), "not recognised");
    assert!(closed_after(b"more", 6), "not recognised");
    assert!(!closed_after(KNOWN, 290));
    assert!(closed_after(KNOWN, 310));
}

#[test]
fn datagrams_that_are_recognised_late_may_be_silent_as_long_as_any() {
    let mut bench = Bench::default();
    bench.udp(None, b"what");
    bench.time += 4_000_000_000;
    bench.udp(None, KNOWN);
    assert!(!ends_within(&mut bench, 290, |bench, seq| {
        bench.tcp(Seg {
            seq,
            bytes: b"x",
            ..CLIENT
        });
    }));
}

#[test]
fn silence_ends_a_connection() {
    let mut bench = opened();
    bench.udp(None, KNOWN);
    for _ in 0..20 {
        bench.time += 100_000_000_000;
        bench.udp(None, b"x");
    }
    let closed: Vec<_> = bench
        .events()
        .into_iter()
        .filter(|e| matches!(e, Seen::Closed(_)))
        .collect();
    assert_eq!(closed, [Seen::Closed(CloseReason::Idle)], "the datagrams go on");
}

#[test]
fn too_many_connections_evict_the_oldest() {
    let mut bench = Bench {
        table: FlowTable::new(Limits {
            connections: 1,
            ..Limits::default()
        }),
        ..Bench::default()
    };
    bench.udp(None, b"x");
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    assert_eq!(bench.events().last(), Some(&Seen::Closed(CloseReason::Evicted)));
    assert_eq!(bench.table.anomalies.count(AnomalyKind::LimitReached), 1);
}

#[test]
fn what_is_held_is_bounded() {
    let limits = Limits {
        held_octets: 2000,
        ..Limits::default()
    };
    let mut bench = Bench {
        table: FlowTable::new(limits),
        ..Bench::default()
    };
    bench.tcp(Seg {
        seq: 1000,
        flags: "S",
        ..CLIENT
    });
    for n in 0..10 {
        bench.tcp(Seg {
            seq: 2000 + n * 500,
            bytes: &[n as u8; 400],
            ..CLIENT
        });
    }
    assert!(bench.table.anomalies.count(AnomalyKind::LimitReached) > 0);
    assert_eq!(bench.events()[0], Seen::Gap(Client, 999, false));
    bench.finish();
    let octets: usize = bench.frames.iter().map(|(bytes, _)| bytes.len()).sum();
    assert_eq!(octets, 4000, "nothing captured is lost");
}

#[test]
fn who_holds_most_out_of_order_loses_first_and_only_he() {
    let mut bench = Bench {
        table: FlowTable::new(Limits {
            held_octets_in_all: 8 * 1024,
            ..Limits::default()
        }),
        ..Bench::default()
    };
    let octets = [7; 1000];
    // Connections between equal ends of several networks.
    for (network, segments) in [(1, 6), (2, 1), (3, 3)] {
        bench.network.labels = Labels(network);
        let isn = network * 0x1000_0000;
        bench.tcp(Seg {
            seq: isn,
            flags: "S",
            ..CLIENT
        });
        for segment in 1..=segments {
            bench.tcp(Seg {
                seq: isn + segment * 1000,
                bytes: &octets,
                ..CLIENT
            });
        }
    }
    assert_eq!(bench.table.anomalies.count(AnomalyKind::LimitReached), 1);
    let gaps = bench
        .seen
        .iter()
        .filter(|(_, seen)| matches!(seen, Seen::Gap(..)));
    let losers: Vec<_> = gaps.map(|(id, _)| id.0).collect();
    assert_eq!(losers, [0], "not the one at hand");
    assert!(bench.table.held() <= 8 * 1024 && bench.table.held() >= 4000);
}

#[test]
fn a_million_single_octets_out_of_order() {
    let limits = Limits {
        held_octets: usize::MAX,
        held_octets_in_all: usize::MAX,
        ..Limits::default()
    };
    let mut bench = Bench {
        table: FlowTable::new(limits),
        ..Bench::default()
    };
    bench.tcp(Seg {
        seq: 0,
        flags: "S",
        ..CLIENT
    });
    let count = 1_000_000u32;
    for n in (2..=count).rev() {
        bench.tcp(Seg {
            seq: n,
            bytes: &[n as u8],
            ..CLIENT
        });
    }
    bench.tcp(Seg {
        seq: 1,
        bytes: &[1],
        ..CLIENT
    });
    let expected: Vec<u8> = (1..=count).map(|n| n as u8).collect();
    assert_eq!(bench.events(), [Seen::Data(Client, expected)]);
}

#[test]
fn waiting_again_and_again_while_the_clock_stands_still_queues_one_look() {
    let mut bench = Bench::default();
    let mut number = 1_000;
    for _ in 0..20_000_u32 {
        // A hole that is acknowledged, then filled: the connection begins to wait, and stops.
        let late = number;
        for (from_server, seq, ack, bytes) in [
            (false, late + 1, None, &b"b"[..]),
            (true, 1, Some(late + 2), b""),
            (false, late, None, b"a"),
        ] {
            bench.time = 0;
            bench.tcp(Seg {
                from_server,
                seq,
                ack,
                bytes,
                ..Seg::default()
            });
        }
        number += 2;
    }
    assert!(bench.table.queued() < 16, "{} entries", bench.table.queued());
    bench.finish();
}
