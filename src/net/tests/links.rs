//! Every link layer, with IPv4 and with IPv6 in it.

use super::*;

/// The octets of the link layer in front of a packet with this Ethernet type and PPP protocol.
fn headers(kind: u16, ppp: u16, family: u32) -> Vec<(&'static str, u16, Vec<u8>)> {
    let kind = kind.to_be_bytes();
    let ppp = ppp.to_be_bytes();
    let nflog_attribute = [8, 0, 1, 0, 0, 0, 0, 0, 0xff, 0xff, 9, 0];
    vec![
        ("ethernet", 1, join(&[&[2; 12], &kind])),
        ("vlan", 1, join(&[&[2; 12], &[0x81, 0, 0, 5], &kind])),
        (
            "qinq",
            1,
            join(&[&[2; 12], &[0x88, 0xa8, 0, 5, 0x81, 0, 0x20, 9], &kind]),
        ),
        (
            "old qinq",
            1,
            join(&[&[2; 12], &[0x91, 0, 0, 5, 0x92, 0, 0, 9], &kind]),
        ),
        (
            "802.3 snap",
            1,
            join(&[&[2; 12], &[0x05, 0xdc, 0xaa, 0xaa, 3, 0, 0, 0], &kind]),
        ),
        (
            "802.3 snap in vlan",
            1,
            join(&[
                &[2; 12],
                &[0x81, 0, 0, 5, 0x05, 0xdc, 0xaa, 0xaa, 3, 0, 0, 0],
                &kind,
            ]),
        ),
        ("802.2 ip", 1, join(&[&[2; 12], &[0x05, 0xdc, 6, 6, 3]])),
        (
            "mpls",
            1,
            join(&[&[2; 12], &[0x88, 0x47, 0, 1, 0x10, 64, 0, 2, 0x21, 64]]),
        ),
        (
            "mpls pseudowire",
            1,
            join(&[
                &[2; 12],
                &[0x88, 0x47, 0, 1, 0x11, 64, 0, 0, 0, 1],
                &[2; 12],
                &kind,
            ]),
        ),
        (
            "mpls ethernet",
            1,
            join(&[&[2; 12], &[0x88, 0x48, 0, 1, 0x11, 64], &[0x52; 12], &kind]),
        ),
        (
            "pppoe",
            1,
            join(&[&[2; 12], &[0x88, 0x64, 0x11, 0, 0, 1, 0xff, 0xff], &ppp]),
        ),
        ("sll", 113, join(&[&[0, 0, 0, 1, 0, 6], &[3; 8], &kind])),
        ("sll gre", 113, join(&[&[0, 0, 3, 10, 0, 6], &[3; 8], &kind])),
        (
            "sll 802.2",
            113,
            join(&[
                &[0, 0, 0, 1, 0, 6],
                &[3; 8],
                &[0, 4, 0xaa, 0xaa, 3, 0, 0, 0],
                &kind,
            ]),
        ),
        (
            "sll2",
            276,
            join(&[&kind, &[0, 0, 0, 0, 0, 2, 0, 1, 0, 6], &[3; 8]]),
        ),
        ("raw", 101, vec![]),
        ("raw of bsd", 12, vec![]),
        ("raw of openbsd", 14, vec![]),
        ("ipv4", 228, vec![]),
        ("ipv6", 229, vec![]),
        ("null little-endian", 0, family.to_le_bytes().to_vec()),
        ("null big-endian", 0, family.to_be_bytes().to_vec()),
        ("loop", 108, family.to_be_bytes().to_vec()),
        ("ppp", 9, ppp.to_vec()),
        ("ppp framed", 9, join(&[&[0xff, 3], &ppp])),
        ("ppp compressed", 9, vec![ppp[1]]),
        ("ppp framed and compressed", 50, vec![0xff, 3, ppp[1]]),
        ("ppp mpls", 9, vec![0x02, 0x81, 0, 1, 0x11, 64]),
        ("cisco hdlc on ppp", 9, join(&[&[0x0f, 0], &kind])),
        ("cisco hdlc on serial ppp", 50, join(&[&[0x8f, 0], &kind])),
        ("ppp ether", 51, join(&[&[0x11, 0, 0, 1, 0xff, 0xff], &ppp])),
        ("c_hdlc", 104, join(&[&[0x0f, 0], &kind])),
        ("ppp with direction", 204, join(&[&[1, 0xff, 3], &ppp])),
        ("frame relay", 107, vec![0x18, 0x41, 3, 0xcc]),
        (
            "frame relay snap",
            107,
            join(&[&[0x18, 0x41, 3, 0, 0x80, 0, 0, 0], &kind]),
        ),
        ("cisco frame relay", 107, join(&[&[0x18, 0x41], &kind])),
        (
            "fddi",
            10,
            join(&[&[0x50], &[2; 12], &[0xaa, 0xaa, 3, 0, 0, 0], &kind]),
        ),
        ("pflog", 117, vec![61; 64]),
        (
            "ppi",
            192,
            join(&[&[0, 0, 12, 0, 1, 0, 0, 0], &[9; 4], &[2; 12], &kind]),
        ),
        (
            "pktap",
            258,
            join(&[&[16, 0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0, 9, 9, 9, 9]]),
        ),
        ("ipnet", 226, vec![7; 24]),
        ("nflog", 239, join(&[&[2, 0, 0, 0], &nflog_attribute])),
    ]
}

#[test]
fn every_link_layer_leads_to_the_datagram() {
    for (packet, kind, ppp, family) in [
        (datagram(b"hello"), 0x0800, 0x0021, 2),
        (datagram_6(b"hello"), 0x86dd, 0x0057, 30),
    ] {
        for (name, link_type, header) in headers(kind, ppp, family) {
            let frame = join(&[&header, &packet]);
            assert_eq!(payloads(link_type, &frame), [b"hello"], "{name} {kind:04x}");
        }
    }
}

#[test]
fn a_frame_cut_inside_any_header_gives_nothing_and_is_no_malformed_one() {
    for (name, link_type, header) in headers(0x0800, 0x0021, 2) {
        let frame = join(&[&header, &datagram(b"hello")]);
        for length in 0..frame.len() - 5 - 8 {
            let mut bench = Bench::default();
            bench.push_cut(link_type, &frame[..length], frame.len());
            assert_eq!(bench.seen, [], "{name} {length}");
            assert_eq!(bench.anomalies(AnomalyKind::FrameCut), 1);
            assert_eq!(
                bench.anomalies(AnomalyKind::MalformedPacket),
                0,
                "{name} {length}"
            );
        }
    }
}

#[test]
fn nflog_in_big_endian_order() {
    let attributes = [0, 5, 0, 1, 7, 0, 0, 0, 0, 200, 0, 9];
    let frame = join(&[&[2, 0, 0, 0], &attributes, &datagram(b"big")]);
    assert_eq!(payloads(239, &frame), [b"big"]);
}

#[test]
fn a_damaged_ethernet_type_does_not_hide_a_sound_ipv4_packet() {
    let mut packet = datagram(b"hello");
    let sum = etherparse::Ipv4HeaderSlice::from_slice(&packet)
        .unwrap()
        .to_header()
        .calc_header_checksum();
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    let mut bench = Bench::default();
    bench.push(1, &ethernet(0x5500, &packet));
    assert_eq!(bench.seen.len(), 1);
    assert_eq!(bench.anomalies(AnomalyKind::MalformedPacket), 1);
    packet[10] ^= 1;
    bench.push(1, &ethernet(0x5500, &packet));
    assert_eq!(bench.seen.len(), 1);
    assert_eq!(
        bench.decapsulator.counters().other_ethertypes.get(&0x5500),
        Some(&1)
    );
}

#[test]
fn what_holds_no_ip_is_counted_by_what_it_is() {
    let mut bench = Bench::default();
    bench.push(1, &ethernet(0x0806, &[0; 28]));
    bench.push(1, &ethernet(0x0806, &[0; 28]));
    bench.push(1, &ethernet(0x0026, &[0x42, 0x42, 3, 0, 0]));
    bench.push(9, &[0xff, 3, 0xc0, 0x21, 1, 1, 0, 4]);
    bench.push(127, &[0; 40]);
    bench.push(113, &[0, 4, 3, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    bench.push(101, &ipv4(1, &[8, 0, 0, 0]));
    let counters = bench.decapsulator.counters();
    assert_eq!(bench.seen, []);
    assert_eq!(
        counters.other_ethertypes.clone().into_iter().collect::<Vec<_>>(),
        [(0x0806, 2)]
    );
    assert_eq!(
        counters
            .other_ppp_protocols
            .clone()
            .into_iter()
            .collect::<Vec<_>>(),
        [(0xc021, 1)]
    );
    assert_eq!(
        counters
            .unsupported_link_types
            .iter()
            .map(|(kind, seen)| (*kind, seen.count))
            .collect::<Vec<_>>(),
        [(LinkType(127), 1)]
    );
    assert_eq!(
        counters
            .other_transports
            .iter()
            .map(|(protocol, seen)| (*protocol, seen.count))
            .collect::<Vec<_>>(),
        [(1, 1)]
    );
    assert_eq!((counters.no_ip, counters.frames), (2, 7));
    assert_eq!(bench.anomalies(AnomalyKind::UnsupportedLinkType), 1);
}
