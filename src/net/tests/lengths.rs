//! Lengths: what follows the packet, what the capture lacks, what contradicts itself.

use proptest::prelude::*;

use super::*;

#[test]
fn ethernet_padding_is_no_payload() {
    let frame = join(&[&ethernet(0x0800, &ipv4(6, &tcp(80, 1024, b""))), &[0; 6]]);
    assert_eq!(payloads(1, &frame), [b""]);
    let frame = join(&[&ethernet(0x86dd, &datagram_6(b"x")), &[0; 6]]);
    assert_eq!(payloads(1, &frame), [b"x"]);
}

#[test]
fn a_length_left_to_the_network_card_is_the_captured_one() {
    let mut packet = ipv4(6, &tcp(80, 1024, &[7; 3000]));
    packet[2..4].fill(0);
    assert_eq!(payloads(101, &packet), [[7; 3000]]);
    let mut packet = ipv6(6, &tcp(80, 1024, &[7; 3000]));
    packet[4..6].fill(0);
    assert_eq!(payloads(101, &packet), [[7; 3000]]);
}

#[test]
fn a_cut_packet_gives_what_is_there_and_says_what_is_missing() {
    for (packet, header) in [
        (ipv4(6, &tcp(80, 1024, &[7; 100])), 52),
        (ipv6(6, &tcp(80, 1024, &[7; 100])), 72),
        (datagram(&[7; 100]), 28),
        (datagram_6(&[7; 100]), 48),
    ] {
        let mut bench = Bench::default();
        bench.push_cut(101, &packet[..header + 40], packet.len());
        assert_eq!((bench.seen[0].payload.len(), bench.seen[0].missing), (40, 60));
        assert_eq!(bench.anomalies(AnomalyKind::MalformedPacket), 0);
    }
}

#[test]
fn a_segment_cut_inside_its_options_still_has_its_numbers() {
    let packet = ipv4(6, &tcp(80, 1024, &[7; 100]));
    let mut bench = Bench::default();
    bench.push_cut(101, &packet[..44], packet.len());
    assert_eq!((bench.seen[0].payload.len(), bench.seen[0].missing), (0, 100));
    assert_eq!(bench.seen[0].ports, (80, 1024));
}

#[test]
fn a_length_beyond_a_whole_frame_is_malformed_and_the_rest_missing() {
    let packet = ipv4(6, &tcp(80, 1024, &[7; 100]));
    let mut bench = Bench::default();
    bench.push(101, &packet[..packet.len() - 10]);
    assert_eq!((bench.seen[0].payload.len(), bench.seen[0].missing), (90, 10));
    assert_eq!(bench.anomalies(AnomalyKind::MalformedPacket), 1);
}

#[test]
fn headers_that_contradict_themselves_give_nothing() {
    let change = |at: usize, value: u8| {
        let mut packet = ipv4(6, &tcp(80, 1024, b"abc"));
        packet[at] = value;
        packet
    };
    for (why, packet) in [
        ("version", change(0, 0x55)),
        ("header length below 5", change(0, 0x44)),
        ("total length below header", change(3, 19)),
        ("data offset below 5", change(32, 0x40)),
        ("data offset beyond the segment", change(32, 0xf0)),
    ] {
        let mut bench = Bench::default();
        bench.push(101, &packet);
        assert_eq!(bench.seen, [], "{why}");
        assert_eq!(bench.anomalies(AnomalyKind::MalformedPacket), 1, "{why}");
    }
}

#[test]
fn udp_lengths() {
    let with_length = |length: u16| {
        let mut octets = udp(1000, 2000, b"hello");
        octets[4..6].copy_from_slice(&length.to_be_bytes());
        single(101, &ipv4(17, &octets))
            .into_iter()
            .map(|seen| (seen.payload, seen.missing))
            .collect::<Vec<_>>()
    };
    assert_eq!(with_length(0), [(b"hello".to_vec(), 0)]);
    assert_eq!(with_length(11), [(b"hel".to_vec(), 0)]);
    assert_eq!(with_length(23), [(b"hello".to_vec(), 10)]);
    assert_eq!(with_length(7), []);
}

#[test]
fn tcp_fields() {
    let mut octets = tcp(80, 1024, b"abc");
    octets[13] = 0x07;
    let packet = ipv4(6, &octets);
    let mut decapsulator = Decapsulator::new();
    let frame = Frame {
        at: FrameRef::default(),
        stamp: Timestamp::default(),
        interface: 0,
        link_type: LinkType::RAW,
        data: &packet,
        original_length: packet.len() as u32,
    };
    let mut count = 0;
    decapsulator.push(&frame, |packet| {
        count += 1;
        let Transport::Tcp(segment) = packet.transport else {
            panic!("no segment");
        };
        assert_eq!(
            (segment.sequence, segment.acknowledgement, segment.window),
            (7, None, 0x1000)
        );
        assert_eq!(
            (segment.flags.syn, segment.flags.fin, segment.flags.rst),
            (true, true, true)
        );
        assert_eq!(packet.identification, Some(0x1234));
    });
    assert_eq!(count, 1);
}

#[test]
fn ipv6_extension_headers_are_passed_over() {
    let authentication = [
        17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
    ];
    let chain = join(&[
        &[43, 0, 5, 2, 0, 0, 0, 0],
        &[60, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[51, 0, 1, 4, 0, 0, 0, 0],
        &authentication,
        &udp(1, 2, b"behind"),
    ]);
    assert_eq!(payloads(101, &ipv6(0, &chain)), [b"behind"]);
    // 59: nothing follows, whatever octets are there.
    assert_eq!(payloads(101, &ipv6(59, &udp(1, 2, b"x"))), Vec::<Vec<u8>>::new());
}

/// Every link type that is decoded, and one that is not.
const LINK_TYPES: &[u16] = &[
    0, 1, 9, 10, 12, 50, 51, 101, 104, 107, 108, 113, 117, 127, 192, 204, 226, 229, 239, 258, 276,
];

proptest! {
    #[test]
    fn no_octets_do_harm(
        link_type in proptest::sample::select(LINK_TYPES),
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8),
        cut in 0_usize..100,
    ) {
        let mut bench = Bench::default();
        for frame in frames {
            bench.push_cut(link_type, &frame, frame.len() + cut);
        }
        bench.decapsulator.finish();
    }

    #[test]
    fn no_changed_octet_of_a_nested_packet_does_harm(at: proptest::sample::Index, value: u8, length: proptest::sample::Index) {
        let gtp = join(&[&[0x36, 0xff, 0, 60, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0], &datagram(b"hello")]);
        let inner = ethernet(0x0800, &ipv4(17, &udp(2152, 2152, &gtp)));
        let gre = join(&[&[0xb0, 0, 0x65, 0x58], &[0; 12], &inner]);
        let mut frame = ethernet(0x86dd, &ipv6(47, &gre));
        let at = at.index(frame.len());
        frame[at] ^= value;
        frame.truncate(length.index(frame.len() * 4) + 1);
        let mut bench = Bench::default();
        bench.push(1, &frame);
        prop_assert!(bench.seen.len() <= 1);
    }
}

proptest! {
    /// A plain frame is read in one go, the same packet behind a cooked header the general way.
    #[test]
    fn a_plain_frame_gives_what_the_general_way_gives(
        packet in prop::sample::select(vec![
            ipv4(6, &tcp(80, 1024, &[7; 30])),
            datagram(&[7; 30]),
            ipv4(17, &udp(2152, 2152, &[0x30, 0xff, 0, 28, 0, 0, 0, 1])),
        ]),
        changes in prop::collection::vec((0_usize..34, any::<u8>()), 0..3),
        lost in 0_usize..3,
        padding in 0_usize..3,
        cut in any::<bool>(),
    ) {
        let mut packet = packet;
        changes.into_iter().for_each(|(at, value)| packet[at] = value);
        packet.truncate(packet.len() - lost);
        packet.resize(packet.len() + padding, 0);
        let plain = ethernet(0x0800, &packet);
        let cooked = join(&[&[0; 14], &[0x08, 0], &packet]);
        let seen = [(1, plain), (113, cooked)].map(|(link_type, frame)| {
            let mut bench = Bench::default();
            bench.push_cut(link_type, &frame, frame.len() + usize::from(cut));
            (bench.seen, bench.decapsulator.counters().clone(), bench.decapsulator.anomalies().clone())
        });
        let [(plain, plain_counters, plain_odd), (cooked, cooked_counters, cooked_odd)] = seen;
        prop_assert_eq!(plain, cooked);
        prop_assert_eq!(plain_counters, cooked_counters);
        // What is cut is told in octets of the whole frame.
        if !cut {
            prop_assert_eq!(format!("{plain_odd:?}"), format!("{cooked_odd:?}"));
        }
    }
}
