//! Fragments: any order, copies, overlaps, holes, expiry, and inside tunnels.

use proptest::prelude::*;

use super::*;
use crate::net::{
    counters::NetLog,
    fragments::{Fragment, FragmentKey, FragmentTable},
};

/// IPv4 fragments of a payload, cut at these multiples of 8.
fn fragments(identification: u16, payload: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    pieces(payload, cuts)
        .map(|(from, to)| {
            let more = if to < payload.len() { 0x2000 } else { 0 };
            ipv4_fields(17, identification, more | (from / 8) as u16, &payload[from..to])
        })
        .collect()
}

fn fragments_6(identification: u32, payload: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    pieces(payload, cuts)
        .map(|(from, to)| {
            let field = (from as u16) | u16::from(to < payload.len());
            let header = join(&[&[17, 0], &field.to_be_bytes(), &identification.to_be_bytes()]);
            ipv6(44, &join(&[&header, &payload[from..to]]))
        })
        .collect()
}

fn pieces<'a>(payload: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let ends = cuts.iter().copied().chain([payload.len()]);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    starts.zip(ends)
}

fn octets(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 % 251) as u8).collect()
}

#[test]
fn frames_of_the_first_octet_and_of_the_last_to_come() {
    let payload = octets(100);
    let whole = udp(1000, 2000, &payload);
    for parts in [fragments(5, &whole, &[40, 80]), fragments_6(5, &whole, &[40, 80])] {
        let mut bench = Bench::default();
        for part in [&parts[2], &parts[0], &parts[1]] {
            bench.push(101, part);
        }
        assert_eq!(bench.seen.len(), 1);
        let seen = &bench.seen[0];
        assert_eq!((seen.frame, seen.first, seen.identification), (3, 2, Some(5)));
        assert_eq!((&seen.payload, seen.missing), (&payload, 0));
        assert_eq!(bench.decapsulator.counters().reassembled, 1);
    }
}

#[test]
fn a_single_fragment_is_a_whole_packet() {
    let atomic = ipv6(44, &join(&[&[17, 0, 0, 0, 0, 0, 0, 9], &udp(1, 2, b"atomic")]));
    let seen = single(101, &atomic);
    assert_eq!(
        (&seen[0].payload[..], seen[0].identification),
        (&b"atomic"[..], Some(9))
    );
}

#[test]
fn copies_are_counted_and_give_nothing_again() {
    let parts = fragments(5, &udp(1000, 2000, &octets(100)), &[40]);
    let mut bench = Bench::default();
    for part in [&parts[0], &parts[0], &parts[1], &parts[1]] {
        bench.push(101, part);
    }
    bench.decapsulator.finish();
    let counters = bench.decapsulator.counters();
    assert_eq!(
        (
            bench.seen.len(),
            counters.duplicate_fragments,
            counters.incomplete
        ),
        (1, 2, 0)
    );
}

#[test]
fn an_identification_used_again_at_once_is_another_datagram() {
    let mut bench = Bench::default();
    for payload in [octets(100), vec![1; 100]] {
        for part in fragments(0, &udp(1000, 2000, &payload), &[40]) {
            bench.push(101, &part);
        }
    }
    assert_eq!(
        bench.seen.iter().map(|seen| seen.payload[50]).collect::<Vec<_>>(),
        [octets(51)[50], 1]
    );
}

#[test]
fn the_first_copy_of_an_octet_counts() {
    let whole = udp(1000, 2000, &octets(100));
    let parts = fragments(5, &whole, &[40, 80]);
    let liar = ipv4_fields(17, 5, 0x2000 | 3, &[0xee; 40]);
    let mut bench = Bench::default();
    for part in [&parts[0], &parts[2], &liar, &parts[1]] {
        bench.push(101, part);
    }
    let mut expected = octets(100);
    expected[40 - 8..64 - 8].fill(0xee);
    assert_eq!(bench.seen[0].payload, expected);
    assert_eq!(bench.anomalies(AnomalyKind::FragmentOverlap), 2);
}

#[test]
fn fragments_that_disagree_on_the_end_or_reach_too_far() {
    let parts = fragments(5, &udp(1000, 2000, &octets(100)), &[40]);
    let beyond_the_end = ipv4_fields(17, 5, 0x2000 | 20, &[0; 8]);
    let another_end = ipv4_fields(17, 5, 20, &[0; 8]);
    let beyond_the_limit = ipv4_fields(17, 5, 0x1fff, &[0; 8]);
    let odd_length = ipv4_fields(17, 5, 0x2000, &[0; 7]);
    let mut bench = Bench::default();
    for part in [
        &parts[1],
        &beyond_the_end,
        &another_end,
        &beyond_the_limit,
        &odd_length,
        &parts[0],
    ] {
        bench.push(101, part);
    }
    assert_eq!(bench.seen[0].payload, octets(100));
    assert_eq!(bench.anomalies(AnomalyKind::FragmentOverlap), 2);
    assert_eq!(bench.anomalies(AnomalyKind::MalformedPacket), 2);
}

#[test]
fn what_stays_incomplete_is_reported_when_its_time_is_over() {
    let whole = udp(1000, 2000, &octets(100));
    let mut bench = Bench::default();
    bench.push(101, &fragments(5, &whole, &[40])[0]);
    bench.milliseconds += 31_000;
    bench.push(101, &fragments(6, &whole, &[40])[0]);
    assert_eq!(bench.decapsulator.counters().incomplete, 1);
    bench.push(101, &fragments(5, &whole, &[40])[1]);
    assert_eq!(bench.seen, []);
    bench.decapsulator.finish();
    assert_eq!(bench.anomalies(AnomalyKind::FragmentsIncomplete), 3);
    let (_, entry) = bench.decapsulator.anomalies().iter().next().unwrap();
    assert_eq!(entry.first.unwrap().frame, FrameNumber(1));
    assert_eq!(
        entry.detail,
        "40 of an unknown number of octets from 10.0.0.1 to 10.0.0.2"
    );
}

#[test]
fn memory_for_incomplete_datagrams_is_bounded() {
    let mut bench = Bench::default();
    for n in 0..1_200_u32 {
        // Without the last fragment, 64 kB each, all within the time allowed.
        let part = ipv6(44, &join(&[&[17, 0, 0, 1], &n.to_be_bytes(), &[7; 64_000]]));
        bench.push(101, &part);
    }
    assert!(bench.anomalies(AnomalyKind::LimitReached) > 100);
    assert!(bench.decapsulator.counters().incomplete > 100);
    bench.decapsulator.finish();
    assert_eq!(bench.decapsulator.counters().incomplete, 1_200);
}

#[test]
fn who_holds_most_gives_up_and_nobody_else() {
    let of_another = |mut packet: Vec<u8>| {
        packet[12..16].copy_from_slice(&[10, 9, 9, 9]);
        packet
    };
    let parts = fragments(5, &udp(1000, 2000, &octets(100)), &[40]);
    let parts: Vec<Vec<u8>> = parts.into_iter().map(of_another).collect();
    let limits = Limits {
        fragment_octets: 100_000,
        ..Limits::default()
    };
    let mut bench = Bench {
        decapsulator: Decapsulator::within(limits),
        ..Bench::default()
    };
    bench.push(101, &parts[0]);
    for id in 0..1_000 {
        bench.push(101, &ipv4_fields(17, id, 0x2000, &[0; 800]));
    }
    assert!(bench.anomalies(AnomalyKind::LimitReached) > 800);
    bench.push(101, &parts[1]);
    assert_eq!(bench.seen[0].payload, octets(100));
}

#[test]
fn a_cut_fragment_leaves_what_is_before_the_cut() {
    let whole = udp(1000, 2000, &octets(100));
    let parts = fragments(5, &whole, &[40, 80]);
    let mut bench = Bench::default();
    bench.push(101, &parts[0]);
    bench.push_cut(101, &parts[1][..30], parts[1].len());
    bench.push(101, &parts[2]);
    let seen = &bench.seen[0];
    assert_eq!(
        (&seen.payload[..], seen.missing),
        (&octets(100)[..40 - 8 + 10], 100 - 42)
    );
    assert_eq!(bench.anomalies(AnomalyKind::MalformedPacket), 0);
}

#[test]
fn fragments_inside_and_outside_a_tunnel() {
    let inner = fragments(5, &udp(1000, 2000, &octets(400)), &[200]);
    let outer: Vec<Vec<u8>> = inner
        .iter()
        .flat_map(|part| {
            let gtp = join(&[
                &[0x30, 0xff],
                &(part.len() as u16).to_be_bytes(),
                &[0, 0, 0, 7],
                part,
            ]);
            fragments(6 + u16::from(part[6]), &udp(2152, 2152, &gtp), &[104])
        })
        .collect();
    let mut bench = Bench::default();
    for part in outer.iter().rev() {
        bench.push(101, part);
    }
    assert_eq!(bench.seen.len(), 1);
    // Of the inner datagram's first octet: the frame with the first octet of the outer datagram around it.
    assert_eq!((bench.seen[0].first, bench.seen[0].frame), (4, 4));
    assert_eq!(bench.seen[0].payload, octets(400));
}

#[test]
fn the_same_addresses_on_another_vlan_are_another_network() {
    let tagged = |vlan: u8, packet: &[u8]| ethernet(0x8100, &join(&[&[0, vlan, 0x08, 0], packet]));
    let one = fragments(5, &udp(1000, 2000, &[1; 100]), &[40]);
    let two = fragments(5, &udp(1000, 2000, &[2; 100]), &[40]);
    let mut bench = Bench::default();
    for (vlan, part) in [(1, &one[0]), (2, &two[0]), (2, &two[1]), (1, &one[1])] {
        bench.push(1, &tagged(vlan, part));
    }
    assert_eq!(
        bench.seen.iter().map(|seen| seen.payload[0]).collect::<Vec<_>>(),
        [2, 1]
    );
    assert!(
        bench
            .seen
            .iter()
            .all(|seen| seen.payload.iter().all(|octet| *octet == seen.payload[0]))
    );
}

proptest! {
    #[test]
    fn any_cuts_in_any_order_with_copies_give_the_original(
        length in 1_usize..3_000,
        mut cuts in proptest::collection::vec(1_usize..370, 0..12),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..20),
        version_6: bool,
    ) {
        let payload = octets(length);
        let whole = udp(1000, 2000, &payload);
        cuts.iter_mut().for_each(|cut| *cut *= 8);
        cuts.retain(|cut| *cut < whole.len());
        cuts.sort_unstable();
        cuts.dedup();
        let parts = if version_6 { fragments_6(9, &whole, &cuts) } else { fragments(9, &whole, &cuts) };
        let mut bench = Bench::default();
        // Some fragments in a random order, some of them several times, then all of them.
        for index in order {
            bench.push(101, index.get::<Vec<u8>>(&parts));
        }
        parts.iter().for_each(|part| bench.push(101, part));
        bench.decapsulator.finish();
        if parts.len() > 1 {
            prop_assert_eq!(bench.seen.len(), 1);
        }
        prop_assert!(bench.seen.iter().all(|seen| seen.payload == payload && seen.missing == 0));
        prop_assert_eq!(bench.decapsulator.counters().incomplete, 0);
        prop_assert_eq!(bench.anomalies(AnomalyKind::FragmentOverlap), 0);
    }

    #[test]
    fn whatever_fragments_claim_the_octets_given_out_are_those_of_a_naive_model(
        parts in proptest::collection::vec((0_u32..8, 1_usize..4, any::<bool>(), any::<u8>()), 1..40),
    ) {
        let mut table = FragmentTable::default();
        let mut log = NetLog::default();
        let mut model = Model::default();
        for (units, length, more, fill) in parts {
            let data = vec![fill; length * 8];
            let given = table.insert(&fragment(units * 8, more, &data), &mut log).map(|whole| whole.data);
            let expected = model.insert(units as usize * 8, more, &data);
            prop_assert_eq!(&given, &expected);
            if given.is_some() {
                break;
            }
        }
    }
}

fn fragment(offset: u32, more: bool, data: &[u8]) -> Fragment<'_> {
    Fragment {
        key: FragmentKey {
            source: IpAddr::V4(SOURCE),
            destination: IpAddr::V4(DESTINATION),
            protocol: 17,
            identification: 1,
            labels: 0,
        },
        offset,
        more,
        data,
        missing: 0,
        next_protocol: etherparse::IpNumber::UDP,
        at: FrameRef::default(),
        first: FrameRef::default(),
        earliest: FrameRef::default(),
    }
}

/// One octet after the other: the first copy counts, a fragment against the known end is ignored.
#[derive(Default)]
struct Model {
    octets: Vec<Option<u8>>,
    total: Option<usize>,
}

impl Model {
    fn insert(&mut self, offset: usize, more: bool, data: &[u8]) -> Option<Vec<u8>> {
        let end = offset + data.len();
        let fits = match (self.total, more) {
            (Some(total), true) => end <= total,
            (Some(total), false) => end == total,
            (None, true) => true,
            (None, false) => self.octets.len() <= end,
        };
        if fits {
            self.octets.resize(self.octets.len().max(end), None);
            for (place, octet) in self.octets[offset..].iter_mut().zip(data) {
                place.get_or_insert(*octet);
            }
            self.total = if more { self.total } else { Some(end) };
        }
        self.total?;
        self.octets.iter().copied().collect()
    }
}
