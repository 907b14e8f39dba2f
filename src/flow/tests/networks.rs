//! Equal ends in several networks: other connections, told apart by numbers; one network in several places: one connection.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Bench, Checksum, Seen, Seg};
use crate::flow::CloseReason;
use crate::model::Direction::{FromInitiator as Client, FromResponder as Server};
use crate::model::{CaptureIndex, Labels, NetworkId, Networks, Origin};

fn labelled(labels: u32) -> NetworkId {
    NetworkId {
        labels: Labels(labels),
        origin: Origin::default(),
    }
}

fn captured_in(capture: u32) -> NetworkId {
    NetworkId {
        labels: Labels(0),
        origin: Origin::new(CaptureIndex(capture), 0),
    }
}

/// A conversation between the two ends, in one network.
#[derive(Clone, Debug)]
struct Conversation {
    isn: [u32; 2],
    /// Segments by their sender: whether the server, and how many octets.
    segments: Vec<(bool, u8)>,
    /// Where the packets of each direction are seen, before and after a handover.
    seen_in: [[NetworkId; 2]; 2],
    /// Packets before the handover.
    handover: usize,
}

impl Conversation {
    /// Its packets in order, and where each is seen.
    fn packets(&self, octets: &[u8]) -> Vec<(NetworkId, Seg<'static>)> {
        let mut next = self.isn.map(|isn| isn.wrapping_add(1));
        let opening = [(false, "S", 0_u8), (true, "S", 0), (false, "", 0)];
        let middle = self
            .segments
            .iter()
            .map(|(server, length)| (*server, "", *length));
        let closing = [(false, "F", 0), (true, "F", 0)];
        let all = opening.into_iter().chain(middle).chain(closing);
        let octets: &'static [u8] = octets.to_vec().leak();
        all.enumerate()
            .map(|(number, (from_server, flags, length))| {
                let (me, peer) = (usize::from(from_server), usize::from(!from_server));
                let opens = flags == "S";
                let seg = Seg {
                    from_server,
                    seq: if opens { self.isn[me] } else { next[me] },
                    ack: (!opens || from_server).then_some(next[peer]),
                    flags,
                    bytes: &octets[..usize::from(length)],
                    ..Seg::default()
                };
                let sent = u32::from(length) + u32::from(flags == "F");
                next[me] = next[me].wrapping_add(sent);
                (self.seen_in[me][usize::from(number >= self.handover)], seg)
            })
            .collect()
    }
}

/// What became of each connection, data that follow each other as one.
fn by_connection(bench: &Bench) -> Vec<Vec<Seen>> {
    let mut connections: BTreeMap<_, Vec<Seen>> = BTreeMap::new();
    for (id, seen) in &bench.seen {
        let events = connections.entry(*id).or_default();
        match (events.last_mut(), seen) {
            (Some(Seen::Data(last, held)), Seen::Data(direction, bytes)) if last == direction => {
                held.extend_from_slice(bytes);
            }
            _ => events.push(seen.clone()),
        }
    }
    connections.into_values().collect()
}

fn run(packets: impl IntoIterator<Item = (NetworkId, Seg<'static>)>) -> (Vec<Vec<Seen>>, Networks) {
    let mut bench = Bench::default();
    for (network, seg) in packets {
        bench.network = network;
        bench.tcp(seg);
    }
    bench.finish();
    let mut networks = Networks::default();
    let conclusions = bench.table.take_conclusions();
    conclusions
        .into_iter()
        .for_each(|conclusion| networks.learn(conclusion));
    (by_connection(&bench), networks)
}

/// Where two networks are seen, each way, before and after a handover.
fn places() -> impl Strategy<Value = [[[NetworkId; 2]; 2]; 2]> {
    let always = |place: fn(u32) -> NetworkId| [1, 2].map(|number| [[place(number); 2]; 2]);
    let each_way = [10_u32, 20].map(|number| [[labelled(number); 2], [labelled(number + 1); 2]]);
    let handed_over = [10_u32, 20].map(|number| {
        let at = |offset| labelled(number + offset);
        [[at(0), at(2)], [at(1), at(3)]]
    });
    prop_oneof![
        Just(always(labelled)),
        Just(always(captured_in)),
        Just(each_way),
        Just(handed_over),
    ]
}

fn segments() -> impl Strategy<Value = Vec<(bool, u8)>> {
    prop::collection::vec((any::<bool>(), 1_u8..100), 0..12)
}

proptest! {
    /// Two networks side by side equal their union, and conclusions never unite what is apart.
    #[test]
    fn equal_ends_in_two_networks_never_mix(
        isn: [u32; 2],
        apart in (1_u32 << 24..u32::MAX - (1 << 24), 1_u32 << 24..u32::MAX - (1 << 24)),
        (first, second) in (segments(), segments()),
        seen_in in places(),
        handover in 3_usize..8,
        turns in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let conversation = |isn, segments, seen_in| Conversation { isn, segments, seen_in, handover };
        let there = [isn[0].wrapping_add(apart.0), isn[1].wrapping_add(apart.1)];
        let one = conversation(isn, first, seen_in[0]).packets(&[b'a'; 100]);
        let other = conversation(there, second, seen_in[1]).packets(&[b'b'; 100]);
        let mut expected = run(one.clone()).0;
        expected.extend(run(other.clone()).0);
        let places = [&one, &other].map(|packets| packets.iter().map(|(place, _)| *place).collect::<Vec<_>>());
        let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
        let mut turns = turns.into_iter().chain(std::iter::repeat(true));
        let mixed = std::iter::from_fn(|| {
            let first = turns.next() == Some(true) && one.peek().is_some() || other.peek().is_none();
            if first { one.next() } else { other.next() }
        });
        let (mut seen, networks) = run(mixed);
        prop_assert!(expected.iter().all(|events| events.last() == Some(&Seen::Closed(CloseReason::Finished))));
        seen.sort_by_key(|events| format!("{events:?}"));
        expected.sort_by_key(|events| format!("{events:?}"));
        prop_assert_eq!(seen, expected);
        for places in places {
            prop_assert!(places.iter().all(|place| networks.same(places[0], *place)));
        }
    }

    /// Every packet twice, on both sides of a router: as if it were there once.
    #[test]
    fn copies_with_other_labels_are_one_connection(isn: [u32; 2], segments in segments()) {
        let conversation = Conversation {
            isn,
            segments,
            seen_in: [[labelled(1); 2]; 2],
            handover: 3,
        };
        let packets = conversation.packets(&[b'a'; 100]);
        let twice = packets.iter().flat_map(|(network, seg)| [(*network, *seg), (labelled(2), *seg)]);
        let (seen, networks) = run(twice);
        prop_assert_eq!(seen, run(packets.clone()).0);
        prop_assert!(networks.same(labelled(1), labelled(2)));
    }
}

#[test]
fn what_is_alive_at_the_same_time_is_of_two_networks() {
    let conversation = |isn, labels| Conversation {
        isn,
        segments: vec![(false, 5), (true, 5)],
        seen_in: [[labelled(labels); 2]; 2],
        handover: 3,
    };
    let one = conversation([1000, 2000], 101).packets(&[b'a'; 100]);
    let other = conversation([0x4000_0000, 0x5000_0000], 202).packets(&[b'b'; 100]);
    let both = one.iter().zip(&other).flat_map(|(one, other)| [*one, *other]);
    let (_, networks) = run(both);
    assert!(!networks.same(labelled(101), labelled(202)));
    // One after the other, they may be the next connection of a phone that moved.
    let (seen, networks) = run(one.into_iter().chain(other));
    assert_eq!(seen.len(), 2);
    assert!(networks.same(labelled(101), labelled(202)));
}

#[test]
fn datagrams_stay_where_they_were_seen() {
    let mut bench = Bench::default();
    let push = |bench: &mut Bench, labels, back, id, bytes: &[u8]| {
        bench.network = labelled(labels);
        bench.datagram(back, Some(id), bytes);
    };
    push(&mut bench, 1, false, 7, b"one");
    push(&mut bench, 3, false, 7, b"one");
    push(&mut bench, 2, false, 8, b"two");
    push(&mut bench, 12, true, 9, b"second answers");
    push(&mut bench, 11, true, 10, b"first answers");
    bench.finish();
    let datagram = |direction, bytes: &[u8]| Seen::Datagram(direction, bytes.to_vec());
    let closed = Seen::Closed(CloseReason::CaptureEnd);
    assert_eq!(
        by_connection(&bench),
        [
            vec![
                datagram(Client, b"one"),
                datagram(Server, b"first answers"),
                closed.clone()
            ],
            vec![
                datagram(Client, b"two"),
                datagram(Server, b"second answers"),
                closed
            ],
        ],
        "a copy is none of another network; an answer is that of the last question without one"
    );
}

/// Datagrams with their labels, whether they come back; the flows that they make.
fn flows(datagrams: &[(NetworkId, bool, &str)]) -> (Vec<Vec<String>>, Networks) {
    let mut bench = Bench::default();
    for (number, (network, back, text)) in (1..).zip(datagrams) {
        bench.network = *network;
        bench.datagram(*back, Some(number), text.as_bytes());
    }
    let mut networks = Networks::default();
    let conclusions = bench.table.take_conclusions();
    conclusions
        .into_iter()
        .for_each(|conclusion| networks.learn(conclusion));
    let text = |seen: &Seen| match seen {
        Seen::Datagram(_, bytes) => Some(String::from_utf8(bytes.clone()).unwrap()),
        _ => None,
    };
    let flows = by_connection(&bench);
    (
        flows
            .iter()
            .map(|flow| flow.iter().filter_map(text).collect())
            .collect(),
        networks,
    )
}

#[test]
fn an_answer_goes_to_the_flow_that_knows_its_number() {
    let [one, other] = [11, 21].map(labelled);
    let [one_back, other_back] = [12, 22].map(labelled);
    let (flows, networks) = flows(&[
        (one, false, "#1 ask"),
        (other, false, "#2 ask"),
        (one_back, true, "#1 answer"),
        (other_back, true, "#2 answer"),
        (one, false, "#3 ask"),
        (other, false, "#4 ask"),
        (other_back, true, "#4 answer"),
        (one_back, true, "#3 answer"),
    ]);
    let wanted = [
        ["#1 ask", "#1 answer", "#3 ask", "#3 answer"],
        ["#2 ask", "#2 answer", "#4 ask", "#4 answer"],
    ];
    assert_eq!(flows, wanted);
    assert!(!networks.same(one, other_back) && networks.same(one, one_back));
}

#[test]
fn stacks_that_count_alike_in_two_networks_are_two_flows() {
    let [one, other] = [101, 202].map(labelled);
    let same = |network| [(network, false, "#1 ask"), (network, true, "#1 answer")];
    let (flows, networks) = flows(&[same(one), same(other), same(one)].concat());
    assert_eq!(flows.iter().map(Vec::len).collect::<Vec<_>>(), [4, 2]);
    assert!(!networks.same(one, other));
}

#[test]
fn two_files_of_two_networks_are_two_flows_and_rotated_files_one() {
    let [one, other] = [0, 1].map(captured_in);
    let life = |network, number: &'static str| {
        let [ask, answer] = match number {
            "1" => ["#1 ask", "#1 answer"],
            "2" => ["#2 ask", "#2 answer"],
            _ => ["#3 ask", "#3 answer"],
        };
        [(network, false, ask), (network, true, answer)]
    };
    let (side_by_side, networks) = flows(&[life(one, "1"), life(other, "2"), life(one, "3")].concat());
    assert_eq!(side_by_side.len(), 2);
    assert!(!networks.same(one, other));
    let (_, networks) = flows(&[life(one, "1"), life(other, "2"), life(other, "3")].concat());
    assert!(networks.same(one, other), "the second file carries on");
    let (each_way, networks) = flows(&[
        (one, false, "#1 ask"),
        (other, true, "#1 answer"),
        (one, false, "#2 ask"),
    ]);
    assert_eq!(each_way.len(), 1);
    assert!(networks.same(one, other), "each took one direction");
}

#[test]
fn a_damaged_segment_gives_way_to_the_one_that_is_right() {
    let damaged = |checksums: [Checksum; 3], again: &[u8]| {
        let mut bench = Bench::default();
        let server = |seq, flags, bytes, checksum| Seg {
            from_server: true,
            seq,
            ack: Some(1001),
            flags,
            bytes,
            checksum,
            ..Seg::default()
        };
        let client = |ack, flags| Seg {
            seq: 1001,
            ack: Some(ack),
            flags,
            ..Seg::default()
        };
        bench.tcp(Seg {
            seq: 1000,
            flags: "S",
            ..Seg::default()
        });
        bench.tcp(server(5000, "S", b"", checksums[0]));
        bench.tcp(client(5001, ""));
        bench.tcp(server(5001, "", b"wrong", checksums[1]));
        bench.tcp(client(5006, "F"));
        if !again.is_empty() {
            bench.tcp(server(5001, "", again, checksums[2]));
        }
        bench.finish();
        bench.events()
    };
    use Checksum::{Right, Unknown, Wrong};
    let said = |events: &[Seen]| {
        let data = events.iter().find_map(|event| match event {
            Seen::Data(_, bytes) => Some(String::from_utf8(bytes.clone()).unwrap()),
            _ => None,
        });
        data.unwrap()
    };
    assert_eq!(said(&damaged([Right, Wrong, Right], b"right")), "right");
    assert_eq!(
        said(&damaged([Right, Wrong, Right], b"")),
        "wrong",
        "there is no other"
    );
    assert_eq!(
        said(&damaged([Wrong, Wrong, Wrong], b"right")),
        "wrong",
        "the card computes them"
    );
    assert_eq!(said(&damaged([Unknown, Unknown, Unknown], b"right")), "wrong");
}

/// Of equal ends in two files, which may be of two networks, each datagram is of the network of its file.
#[test]
fn a_datagram_is_of_the_file_that_it_lies_in() {
    let mut bench = Bench::default();
    for (capture, octets) in [(0, b"one push"), (1, b"another!"), (0, b"the last")] {
        bench.network = captured_in(capture);
        bench.udp(None, octets);
        let info = bench.last_info.as_ref().unwrap();
        assert_eq!(info.network, captured_in(capture));
    }
}
