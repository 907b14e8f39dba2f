//! Reassembly held to a naive model: an array of octets, each written by the first segment that brings it.

use proptest::prelude::*;

use super::{Bench, Seen, Seg};
use crate::flow::{FlowTable, Limits};
use crate::model::Direction;

const ISN: u32 = u32::MAX - 100;

/// A piece of the stream as sent: where, how long, and what is added to its octets (0 for the true ones).
#[derive(Clone, Debug)]
struct Piece {
    start: usize,
    length: usize,
    twist: u8,
}

fn octet(position: usize) -> u8 {
    (position * 7 + position / 251) as u8
}

fn pieces(length: usize) -> impl Strategy<Value = Vec<Piece>> {
    let piece = (0..length, 1usize..60, prop::sample::select(vec![0u8, 0, 0, 0, 1]))
        .prop_map(|(start, length, twist)| Piece { start, length, twist });
    prop::collection::vec(piece, 0..80)
}

/// What each position must hold: the octet of the first segment that covers it.
fn model(length: usize, sent: &[Piece]) -> Vec<Option<u8>> {
    let mut octets = vec![None; length];
    for piece in sent {
        let covered = octets.iter_mut().enumerate().skip(piece.start).take(piece.length);
        for (position, known) in covered {
            known.get_or_insert(octet(position).wrapping_add(piece.twist));
        }
    }
    octets
}

/// What came out, gaps as absent octets.
fn output(bench: &Bench) -> Vec<Option<u8>> {
    let mut octets = Vec::new();
    for event in bench.events() {
        match event {
            Seen::Data(Direction::FromInitiator, bytes) => octets.extend(bytes.into_iter().map(Some)),
            Seen::Gap(Direction::FromInitiator, length, _) => {
                octets.extend(std::iter::repeat_n(None, length as usize));
            }
            _ => {}
        }
    }
    octets
}

fn send(bench: &mut Bench, length: usize, piece: &Piece, ack: Option<u32>) {
    let end = (piece.start + piece.length).min(length);
    let bytes: Vec<u8> = (piece.start..end)
        .map(|p| octet(p).wrapping_add(piece.twist))
        .collect();
    let seq = ISN.wrapping_add(1 + piece.start as u32);
    bench.tcp(Seg {
        seq,
        ack,
        bytes: &bytes,
        ..Seg::default()
    });
}

proptest! {
    /// Without acknowledgements nothing is given up before the end: the output is the model's.
    #[test]
    fn equals_the_model((length, sent) in (1usize..600).prop_flat_map(|n| (Just(n), pieces(n)))) {
        let mut bench = Bench::default();
        bench.tcp(Seg { seq: ISN, flags: "S", ..Seg::default() });
        for piece in &sent {
            send(&mut bench, length, piece, None);
        }
        bench.finish();
        let mut expected = model(length, &sent);
        while expected.last() == Some(&None) {
            expected.pop();
        }
        prop_assert_eq!(output(&bench), expected);
    }

    /// Cut anywhere, shuffled and sent twice, a stream whose every octet comes is delivered exactly, with its end.
    #[test]
    fn any_order_gives_the_stream(
        cuts in prop::collection::btree_set(1usize..999, 0..60),
        order in prop::collection::vec(any::<prop::sample::Index>(), 150),
    ) {
        let length = 1000;
        let mut bounds: Vec<usize> = cuts.into_iter().collect();
        bounds.insert(0, 0);
        bounds.push(length);
        let mut sent: Vec<Piece> = bounds
            .windows(2)
            .map(|w| Piece { start: w[0], length: w[1] - w[0], twist: 0 })
            .collect();
        sent.extend(sent.clone());
        for (slot, index) in (0..sent.len()).zip(&order) {
            sent.swap(slot, index.index(order.len()) % order.len().min(bounds.len()));
        }
        let mut bench = Bench::default();
        bench.tcp(Seg { seq: ISN, flags: "S", ..Seg::default() });
        bench.tcp(Seg { seq: ISN.wrapping_add(1001), flags: "F", ..Seg::default() });
        for piece in &sent {
            send(&mut bench, length, piece, None);
        }
        bench.finish();
        let expected: Vec<Option<u8>> = (0..length).map(|p| Some(octet(p))).collect();
        prop_assert_eq!(output(&bench), expected);
        prop_assert!(bench.events().contains(&Seen::Finished(Direction::FromInitiator)));
    }

    /// Whatever the peer acknowledges, no octet is invented or delivered twice, and none of those that came in
    /// time is lost.
    #[test]
    fn acknowledgements_lose_nothing_they_need_not(
        (length, sent) in (1usize..600).prop_flat_map(|n| (Just(n), pieces(n))),
        acks in prop::collection::vec(0u32..700, 80),
        pause in prop::sample::select(vec![0i64, 700_000_000]),
    ) {
        let mut bench = Bench::default();
        bench.tcp(Seg { seq: ISN, flags: "S", ..Seg::default() });
        bench.tcp(Seg { from_server: true, seq: 9, ack: Some(ISN.wrapping_add(1)), flags: "S", ..Seg::default() });
        for (piece, ack) in sent.iter().zip(&acks) {
            send(&mut bench, length, piece, Some(10));
            bench.time += pause;
            let ack = Some(ISN.wrapping_add(1).wrapping_add(*ack));
            bench.tcp(Seg { from_server: true, seq: 10, ack, ..Seg::default() });
        }
        bench.finish();
        let expected = model(length, &sent);
        let got = output(&bench);
        for (position, octet) in got.iter().enumerate() {
            if let Some(octet) = octet {
                prop_assert_eq!(Some(*octet), expected[position], "position {}", position);
            }
        }
        if pause == 0 && sent.len() < 30 {
            let captured = expected.iter().flatten().count();
            prop_assert_eq!(got.iter().flatten().count(), captured);
        }
    }

    /// Whatever comes, every connection ends once, nothing is delivered after that, and what is held keeps within
    /// its limits.
    #[test]
    fn any_segments_do_no_harm(
        segments in prop::collection::vec(any_segment(), 0..200),
        pause in prop::sample::select(vec![0i64, 300_000_000, 40_000_000_000]),
    ) {
        let limits = Limits { connections: 4, held_octets: 1000, ..Limits::default() };
        let mut bench = Bench { table: FlowTable::new(limits), ..Bench::default() };
        for segment in &segments {
            let bytes = vec![0x55; segment.length];
            bench.time += pause;
            bench.tcp(Seg {
                checksum: super::Checksum::Unknown,
                from_server: segment.from_server,
                seq: segment.seq,
                ack: segment.ack,
                flags: segment.flags,
                bytes: &bytes,
                missing: segment.missing,
                id: segment.id,
            });
        }
        bench.finish();
        let mut open = std::collections::BTreeSet::new();
        for (id, event) in &bench.seen {
            prop_assert!(!open.contains(id), "after its end: {:?}", event);
            if let Seen::Closed(_) = event {
                open.insert(*id);
            }
        }
        let connections = bench.table.counters().tcp_connections;
        prop_assert_eq!(open.len() as u64, connections);
    }
}

/// A segment of two ends that keep to nothing.
#[derive(Clone, Debug)]
struct AnySegment {
    from_server: bool,
    seq: u32,
    ack: Option<u32>,
    flags: &'static str,
    length: usize,
    missing: u32,
    id: Option<u32>,
}

fn any_segment() -> impl Strategy<Value = AnySegment> {
    let number = || prop_oneof![8 => 0u32..3000, 1 => any::<u32>(), 2 => (u32::MAX - 500)..u32::MAX];
    let flags = prop::sample::select(vec!["", "", "", "", "", "", "S", "F", "R", "SF", "SR"]);
    let sizes = (
        prop_oneof![1 => Just(0usize), 3 => 1usize..600],
        prop_oneof![9 => Just(0u32), 1 => 0u32..5000],
    );
    (
        any::<bool>(),
        number(),
        prop::option::weighted(0.8, number()),
        flags,
        sizes,
        prop::option::of(0u32..4),
    )
        .prop_map(
            |(from_server, seq, ack, flags, (length, missing), id)| AnySegment {
                from_server,
                seq,
                ack,
                flags,
                length,
                missing,
                id,
            },
        )
}
