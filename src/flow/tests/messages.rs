//! SCTP: messages whole and in fragments.

use proptest::prelude::*;

use super::*;
use crate::flow::Limits;
use Direction::{FromInitiator as Out, FromResponder as Back};

/// A DATA chunk: `B` begins a message, `E` ends it.
fn chunk(flags: &str, sequence: u32, octets: &[u8]) -> Vec<u8> {
    let bits = u8::from(flags.contains('B')) << 1 | u8::from(flags.contains('E'));
    let length = (16 + octets.len()) as u16;
    let mut chunk = [
        &[0, bits][..],
        &length.to_be_bytes(),
        &sequence.to_be_bytes(),
        &[0; 8],
        octets,
    ]
    .concat();
    chunk.resize(chunk.len().next_multiple_of(4), 0);
    chunk
}

fn messages(bench: &Bench) -> Vec<(Direction, String)> {
    let datagram = |seen| match seen {
        Seen::Datagram(direction, octets) => Some((direction, String::from_utf8(octets).unwrap())),
        _ => None,
    };
    bench.events().into_iter().filter_map(datagram).collect()
}

fn message(direction: Direction, text: &str) -> (Direction, String) {
    (direction, text.to_owned())
}

#[test]
fn each_message_is_given_once() {
    let mut bench = Bench::default();
    bench.sctp(
        false,
        7,
        &[chunk("BE", 1, b"one"), chunk("BE", 2, b"two")].concat(),
    );
    bench.sctp(true, 8, &chunk("BE", 1, b"back"));
    // Sent again with one that is new.
    bench.sctp(
        false,
        7,
        &[chunk("BE", 2, b"two"), chunk("BE", 3, b"three")].concat(),
    );
    bench.finish();
    assert_eq!(
        messages(&bench),
        [
            message(Out, "one"),
            message(Out, "two"),
            message(Back, "back"),
            message(Out, "three")
        ]
    );
    let counters = bench.table.counters();
    assert_eq!(
        (counters.associations, counters.packets, counters.retransmitted),
        (1, 3, 1)
    );
    assert_eq!(
        bench.events().last(),
        Some(&Seen::Closed(CloseReason::CaptureEnd))
    );
}

#[test]
fn an_acknowledgement_sent_twice_is_no_copy() {
    let mut bench = Bench::default();
    let acknowledgement = [3, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
    bench.sctp(false, 8, &acknowledgement);
    bench.sctp(false, 8, &acknowledgement);
    bench.sctp(false, 8, &chunk("BE", 1, b"one"));
    bench.sctp(false, 8, &chunk("BE", 1, b"one"));
    assert_eq!(bench.table.counters().duplicates, 1);
    assert_eq!(messages(&bench), [message(Out, "one")]);
}

#[test]
fn another_tag_is_another_association() {
    let mut bench = Bench::default();
    bench.sctp(false, 7, &chunk("BE", 1, b"one"));
    bench.sctp(false, 9, &chunk("BE", 1, b"new"));
    assert_eq!(messages(&bench), [message(Out, "one"), message(Out, "new")]);
}

#[test]
fn a_fragment_that_was_lost_costs_its_message() {
    let mut bench = Bench::default();
    bench.sctp(false, 7, &chunk("B", 1, b"a"));
    bench.sctp(false, 7, &chunk("E", 3, b"c"));
    bench.sctp(false, 7, &chunk("B", 4, b"d"));
    bench.sctp(false, 7, &chunk("E", 5, b"e"));
    assert_eq!(messages(&bench), [message(Out, "de")]);
}

#[test]
fn a_fragment_that_was_cut_off_cuts_its_message() {
    let mut bench = Bench::default();
    let whole = chunk("B", 1, b"abcd");
    bench.sctp(false, 7, &whole[..whole.len() - 2]);
    bench.sctp(false, 7, &chunk("E", 2, b"ef"));
    assert_eq!(messages(&bench), [message(Out, "ab")]);
}

#[test]
fn nothing_is_put_together_for_nobody() {
    let mut bench = Bench::default();
    bench.sctp(false, 7, &chunk("B", 1, b"a"));
    bench.sctp(true, 7, &chunk("BE", 1, ENOUGH));
    bench.sctp(false, 7, &chunk("E", 2, b"b"));
    bench.finish();
    assert_eq!(messages(&bench), [message(Back, "enough")]);
}

#[test]
fn fragments_that_wait_are_bounded() {
    for limits in [
        Limits::default(),
        Limits {
            held_octets: 8 * 1024,
            ..Limits::default()
        },
        Limits {
            held_octets_in_all: 8 * 1024,
            ..Limits::default()
        },
    ] {
        let mut bench = Bench {
            table: FlowTable::new(limits),
            ..Bench::default()
        };
        (0..10_000).for_each(|n| bench.sctp(false, 7, &chunk("", n, &[0; 1024])));
        assert!(
            bench
                .table
                .anomalies
                .count(crate::model::AnomalyKind::LimitReached)
                > 9_000
        );
        assert!(bench.table.held() <= 65 * (1024 + 128));
        bench.sctp(
            false,
            7,
            &[chunk("B", 20_000, b"a"), chunk("E", 20_001, b"b")].concat(),
        );
        assert_eq!(messages(&bench), [message(Out, "ab")]);
        bench.finish();
        assert_eq!(bench.table.held(), 0);
    }
}

proptest! {
    #[test]
    fn any_order_gives_every_message(
        start: u32,
        lengths in proptest::collection::vec(1..5_usize, 1..16),
        mut seed: u64,
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let mut chunks = Vec::new();
        let mut wanted = Vec::new();
        for (number, length) in lengths.iter().enumerate() {
            let text: String = (0..*length).map(|part| format!("{number}.{part} ")).collect();
            for part in 0..*length {
                let flags = match (part, part + 1 == *length) {
                    (0, true) => "BE",
                    (0, false) => "B",
                    (_, true) => "E",
                    _ => "",
                };
                let sequence = start.wrapping_add(chunks.len() as u32);
                chunks.push(chunk(flags, sequence, format!("{number}.{part} ").as_bytes()));
            }
            wanted.push(message(Out, &text));
        }
        // A shuffle that is part of the case.
        for index in (1..chunks.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            chunks.swap(index, (seed >> 33) as usize % (index + 1));
        }
        let mut bench = Bench::default();
        for chunk in &chunks {
            bench.sctp(false, 7, chunk);
        }
        for index in &again {
            bench.time += 1_000_000_000;
            bench.sctp(false, 7, &chunks[index.index(chunks.len())]);
        }
        let mut given = messages(&bench);
        given.sort_by(|one, other| one.1.cmp(&other.1));
        wanted.sort_by(|one, other| one.1.cmp(&other.1));
        prop_assert_eq!(given, wanted);
    }
}
