//! Tunnels: each with every optional field, nested, and what only looks like one.

use super::*;
use crate::net::Encapsulation;

fn gtpu(flags: u8, optional: &[u8], inner: &[u8]) -> Vec<u8> {
    let length = ((optional.len() + inner.len()) as u16).to_be_bytes();
    join(&[&[0x30 | flags, 0xff], &length, &[0, 0, 0, 7], optional, inner])
}

fn over_udp(port: u16, tunnel: &[u8]) -> Vec<u8> {
    ipv4(17, &udp(40_000, port, tunnel))
}

fn counted(link_type: u16, octets: &[u8]) -> (Vec<Vec<u8>>, Vec<(Encapsulation, u64)>) {
    let mut bench = Bench::default();
    bench.push(link_type, octets);
    let payloads = bench.seen.iter().map(|seen| seen.payload.clone()).collect();
    (
        payloads,
        bench.decapsulator.counters().encapsulations.iter().collect(),
    )
}

#[test]
fn gtpu_with_all_its_optional_fields() {
    let extensions = [0, 1, 0, 0x85, 1, 1, 2, 0xc0, 2, 1, 2, 3, 4, 5, 6, 0];
    for (name, flags, optional) in [
        ("plain", 0, &[][..]),
        ("sequence number", 2, &[0, 1, 0, 0]),
        ("n-pdu number", 1, &[0, 0, 9, 0]),
        ("extension headers", 4, &extensions),
        ("next type without its flag", 2, &extensions),
    ] {
        for inner in [datagram(b"inner"), datagram_6(b"inner")] {
            let packet = over_udp(2152, &gtpu(flags, optional, &inner));
            assert_eq!(
                counted(101, &packet),
                (vec![b"inner".to_vec()], vec![(Encapsulation::Gtpu, 1)]),
                "{name}"
            );
        }
    }
    let ppp = join(&[&[0xff, 3, 0, 0x21], &datagram(b"in ppp")]);
    assert_eq!(payloads(101, &over_udp(2152, &gtpu(0, &[], &ppp))), [b"in ppp"]);
    let frame = ethernet(0x0800, &datagram(b"in ethernet"));
    assert_eq!(
        payloads(101, &over_udp(2152, &gtpu(0, &[], &frame))),
        [b"in ethernet"]
    );
}

#[test]
fn what_does_not_read_as_the_tunnel_is_plain_udp() {
    let inner = datagram(b"inner");
    let mut too_long = gtpu(0, &[], &inner);
    too_long[3] += 1;
    let zero_extension = gtpu(4, &[0, 1, 0, 0x85, 0, 0, 0, 0], &inner);
    let echo = [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0];
    let charging = join(&[&[0x20, 0xff, 0, 33, 0, 0, 0, 0], &inner]);
    for (port, payload) in [
        (2152, &too_long[..]),
        (2152, &zero_extension),
        (2152, &echo),
        (2152, &charging),
        (2152, b""),
        (4789, b"GET / HTTP/1.1\r\n\r\n"),
        (8472, &[8, 0, 0, 0, 0, 0, 1, 0]),
        (6081, &[0, 0, 0x12, 0x34, 0, 0, 1, 0, 9, 9]),
    ] {
        let seen = single(101, &over_udp(port, payload));
        assert_eq!(
            (seen[0].ports, &seen[0].payload[..]),
            ((40_000, port), payload),
            "{payload:?}"
        );
    }
}

#[test]
fn gre_with_all_its_optional_fields() {
    let routes = [0, 2, 0, 4, 9, 9, 9, 9, 0, 0, 0, 0];
    for (name, flags, optional) in [
        ("plain", [0, 0], &[][..]),
        ("checksum", [0x80, 0], &[1; 4]),
        ("key", [0x20, 0], &[1; 4]),
        ("sequence number", [0x10, 0], &[1; 4]),
        ("all three", [0xb0, 0], &[1; 12]),
        ("source routes", [0x40, 0], &join(&[&[0; 4], &routes])),
        ("pptp", [0x30, 0x81], &[1; 12]),
    ] {
        let gre = join(&[&flags, &[0x08, 0x00], optional, &datagram(b"inner")]);
        assert_eq!(
            counted(101, &ipv4(47, &gre)),
            (vec![b"inner".to_vec()], vec![(Encapsulation::Gre, 1)]),
            "{name}"
        );
    }
}

#[test]
fn gre_payloads() {
    let frame = ethernet(0x0800, &datagram(b"inner"));
    let ppp = join(&[&[0xff, 3, 0, 0x21], &datagram(b"inner")]);
    let mpls = join(&[&[0, 1, 0x11, 64], &datagram(b"inner")]);
    let with_subheader = join(&[&[0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[0; 8], &frame]);
    for (name, header, payload, kind) in [
        (
            "bridging",
            [0, 0, 0x65, 0x58].to_vec(),
            frame.clone(),
            Encapsulation::Gre,
        ),
        (
            "ppp",
            [0x30, 1, 0x88, 0x0b, 0, 40, 0, 1, 0, 0, 0, 9].to_vec(),
            ppp,
            Encapsulation::Gre,
        ),
        ("mpls", [0, 0, 0x88, 0x47].to_vec(), mpls, Encapsulation::Gre),
        (
            "ipv6",
            [0, 0, 0x86, 0xdd].to_vec(),
            datagram_6(b"inner"),
            Encapsulation::Gre,
        ),
        (
            "erspan i",
            [0, 0, 0x88, 0xbe].to_vec(),
            frame.clone(),
            Encapsulation::Erspan,
        ),
        (
            "erspan ii",
            [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1].to_vec(),
            join(&[&[0x10; 8], &frame]),
            Encapsulation::Erspan,
        ),
        (
            "erspan iii",
            [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1].to_vec(),
            join(&[&[0x20; 12], &frame]),
            Encapsulation::Erspan,
        ),
        (
            "erspan iii+",
            [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1].to_vec(),
            with_subheader,
            Encapsulation::Erspan,
        ),
    ] {
        let (seen, kinds) = counted(101, &ipv6(47, &join(&[&header, &payload])));
        assert_eq!(seen, [b"inner"], "{name}");
        assert!(kinds.contains(&(kind, 1)), "{name}: {kinds:?}");
    }
}

#[test]
fn ip_in_ip_in_all_combinations() {
    for (outer, inner) in [
        (ipv4(4, &datagram(b"in")), "4 in 4"),
        (ipv4(41, &datagram_6(b"in")), "6 in 4"),
        (ipv6(4, &datagram(b"in")), "4 in 6"),
        (ipv6(41, &datagram_6(b"in")), "6 in 6"),
        (
            ipv4(137, &join(&[&[0, 1, 0x11, 64], &datagram(b"in")])),
            "mpls in 4",
        ),
    ] {
        assert_eq!(payloads(101, &outer), [b"in"], "{inner}");
    }
}

#[test]
fn vxlan_and_geneve() {
    let frame = ethernet(0x8100, &join(&[&[0, 5, 0x08, 0], &datagram(b"inner")]));
    let vxlan = join(&[&[8, 0, 0, 0, 0, 0, 9, 0], &frame]);
    assert_eq!(payloads(101, &over_udp(4789, &vxlan)), [b"inner"]);
    assert_eq!(payloads(101, &over_udp(8472, &vxlan)), [b"inner"]);
    let extended = join(&[&[12, 0, 0, 3, 0, 0, 9, 0], &frame]);
    assert_eq!(payloads(101, &over_udp(4790, &extended)), [b"inner"]);
    let extended = join(&[&[12, 0, 0, 1, 0, 0, 9, 0], &datagram(b"direct")]);
    assert_eq!(payloads(101, &over_udp(4790, &extended)), [b"direct"]);
    let geneve = join(&[&[2, 0x40, 0x65, 0x58, 0, 0, 9, 0], &[7; 8], &frame]);
    assert_eq!(payloads(101, &over_udp(6081, &geneve)), [b"inner"]);
    let geneve = join(&[&[0, 0, 0x08, 0x00, 0, 0, 9, 0], &datagram(b"direct")]);
    assert_eq!(payloads(101, &over_udp(6081, &geneve)), [b"direct"]);
}

#[test]
fn l2tp_with_all_its_optional_fields() {
    for (name, header) in [
        ("plain", &[0, 2, 0, 1, 0, 2][..]),
        ("length", &[0x40, 2, 0, 50, 0, 1, 0, 2]),
        ("all", &[0x4b, 2, 0, 50, 0, 1, 0, 2, 0, 1, 0, 2, 0, 3, 9, 9, 9]),
    ] {
        for ppp in [&[0xff, 3, 0, 0x21][..], &[0, 0x21], &[0x21]] {
            let packet = over_udp(1701, &join(&[header, ppp, &datagram(b"inner")]));
            assert_eq!(
                counted(101, &packet),
                (vec![b"inner".to_vec()], vec![(Encapsulation::L2tp, 1)]),
                "{name}"
            );
        }
    }
    let control = [0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(payloads(101, &over_udp(1701, &control)), [control]);
}

#[test]
fn tunnels_in_tunnels_are_followed_up_to_the_limit() {
    let nest = |depth: usize| (0..depth).fold(datagram(b"inside"), |packet, _| ipv4(4, &packet));
    assert_eq!(payloads(101, &nest(32)), [b"inside"]);
    let mut bench = Bench::default();
    bench.push(101, &nest(33));
    assert_eq!(
        (bench.seen.len(), bench.anomalies(AnomalyKind::TunnelTooDeep)),
        (0, 1)
    );

    let labels = [0, 1, 0x10, 64].repeat(10_000);
    let mut bench = Bench::default();
    bench.push(1, &ethernet(0x8847, &labels));
    assert_eq!(bench.anomalies(AnomalyKind::TunnelTooDeep), 1);
}

/// A datagram in ESP with NULL encryption and a check value of 12 octets, behind its header.
fn esp_null(inner: &[u8]) -> Vec<u8> {
    let padding = (2 - inner.len() as isize).rem_euclid(4) as u8;
    let counted: Vec<u8> = (1..=padding).collect();
    join(&[
        &[0, 0, 0x12, 0x34, 0, 0, 0, 1],
        inner,
        &counted,
        &[padding, 17],
        &[0xee; 12],
    ])
}

/// RFC 3948: ESP, IKE behind a marker and keepalives share a port.
#[test]
fn esp_in_udp_with_null_encryption() {
    let tunnel = esp_null(&udp(5060, 5061, b"inner"));
    for (source, destination) in [(4500, 4500), (40_000, 4500), (4500, 40_000)] {
        let packet = ipv4(17, &udp(source, destination, &tunnel));
        let expected = (vec![b"inner".to_vec()], vec![(Encapsulation::EspNull, 1)]);
        assert_eq!(counted(101, &packet), expected);
        assert_eq!(
            counted(1, &ethernet(0x0800, &packet)),
            expected,
            "on the fast path"
        );
    }
    for plain in [
        &[0xff][..],
        &join(&[&[0; 4], &tunnel]),
        b"\x0a\x00\x01\x12\x40\x05/path",
    ] {
        assert_eq!(payloads(101, &ipv4(17, &udp(4500, 9201, plain))), [plain]);
    }
    let encrypted = [0x5a; 64];
    let mut bench = Bench::default();
    bench.push(101, &ipv4(17, &udp(4500, 4500, &encrypted)));
    assert!(bench.seen.is_empty());
    let seen = bench.decapsulator.counters().other_transports.get(&50);
    assert_eq!(seen.map(|seen| seen.count), Some(1));
}

/// A tag with no VLAN in it only has a priority.
#[test]
fn a_priority_tag_is_no_network() {
    let network = |octets: &[u8]| {
        let mut bench = Bench::default();
        bench.push(1, octets);
        bench.seen[0].network
    };
    let plain = datagram(b"plain");
    let tagged = |tag: u8| ethernet(0x8100, &join(&[&[0x60, tag, 0x08, 0x00], &plain]));
    assert_eq!(network(&tagged(0)), network(&ethernet(0x0800, &plain)));
    assert_ne!(network(&tagged(1)), network(&ethernet(0x0800, &plain)));
}
