//! Frames made by hand, as they lie on the wire, through the whole of this module.
//!
//! | clause | tests |
//! | --- | --- |
//! | link layers, each with IPv4 and IPv6 in it | `links` |
//! | tunnels, each of their optional fields | `tunnels` |
//! | fragments: RFC 791 3.2, RFC 8200 4.5 | `fragments` |
//! | lengths: padding, offload, cut frames, contradictions | `lengths` |

mod fragments;
mod lengths;
mod links;
mod tunnels;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Decapsulator, Limits, Packet, Transport};
use crate::{
    capture::{Frame, LinkType},
    model::{AnomalyKind, CaptureIndex, FrameNumber, FrameRef, NetworkId, Timestamp},
};

const SOURCE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const DESTINATION: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const SOURCE_6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const DESTINATION_6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

/// What was given out of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    frame: u64,
    first: u64,
    source: IpAddr,
    ports: (u16, u16),
    is_tcp: bool,
    payload: Vec<u8>,
    missing: u32,
    identification: Option<u32>,
    network: NetworkId,
}

impl From<Packet<'_>> for Seen {
    fn from(packet: Packet<'_>) -> Self {
        let (ports, is_tcp, payload) = match packet.transport {
            Transport::Tcp(tcp) => ((tcp.source_port, tcp.destination_port), true, tcp.payload),
            Transport::Udp(udp) => ((udp.source_port, udp.destination_port), false, udp.payload),
            Transport::Sctp(sctp) => ((sctp.source_port, sctp.destination_port), false, sctp.chunks),
        };
        Self {
            frame: packet.at.frame.0,
            first: packet.first.frame.0,
            source: packet.source,
            ports,
            is_tcp,
            payload: payload.to_vec(),
            missing: packet.missing,
            identification: packet.identification,
            network: packet.network,
        }
    }
}

/// A decapsulator that numbers frames by itself, a millisecond apart, and keeps what comes out.
#[derive(Default)]
struct Bench {
    decapsulator: Decapsulator,
    seen: Vec<Seen>,
    frames: u64,
    milliseconds: i64,
}

impl Bench {
    fn push(&mut self, link_type: u16, octets: &[u8]) {
        self.push_cut(link_type, octets, octets.len());
    }

    /// A frame of which `original_length` octets were on the wire.
    fn push_cut(&mut self, link_type: u16, octets: &[u8], original_length: usize) {
        self.frames += 1;
        self.milliseconds += 1;
        let frame = Frame {
            at: FrameRef {
                capture: CaptureIndex(0),
                frame: FrameNumber(self.frames),
                time: Timestamp::from_nanoseconds(self.milliseconds * 1_000_000),
            },
            stamp: Timestamp::default(),
            interface: 0,
            link_type: LinkType(link_type),
            data: octets,
            original_length: original_length as u32,
        };
        let seen = &mut self.seen;
        self.decapsulator.push(&frame, |packet| seen.push(packet.into()));
    }

    fn anomalies(&self, kind: AnomalyKind) -> u64 {
        self.decapsulator.anomalies().count(kind)
    }
}

/// What one frame gives.
fn single(link_type: u16, octets: &[u8]) -> Vec<Seen> {
    let mut bench = Bench::default();
    bench.push(link_type, octets);
    bench.seen
}

/// The payloads of what one frame gives.
fn payloads(link_type: u16, octets: &[u8]) -> Vec<Vec<u8>> {
    single(link_type, octets)
        .into_iter()
        .map(|seen| seen.payload)
        .collect()
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 8) as u16;
    let fields = [source, destination, length, 0].map(u16::to_be_bytes).concat();
    join(&[&fields, payload])
}

/// A segment with ACK and PSH set and twelve octets of options.
fn tcp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let ports = [source, destination].map(u16::to_be_bytes).concat();
    let numbers = [7_u32, 9].map(u32::to_be_bytes).concat();
    join(&[
        &ports,
        &numbers,
        &[0x80, 0x18, 0x10, 0, 0, 0, 0, 0],
        &[1; 12],
        payload,
    ])
}

fn ipv4_fields(protocol: u8, identification: u16, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let words = [(payload.len() + 20) as u16, identification, fragment]
        .map(u16::to_be_bytes)
        .concat();
    join(&[
        &[0x45, 0],
        &words,
        &[64, protocol, 0, 0],
        &SOURCE.octets(),
        &DESTINATION.octets(),
        payload,
    ])
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_fields(protocol, 0x1234, 0, payload)
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    join(&[
        &[0x60, 0, 0, 0],
        &length,
        &[next, 64],
        &SOURCE_6.octets(),
        &DESTINATION_6.octets(),
        payload,
    ])
}

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&[2; 12], &kind.to_be_bytes(), payload])
}

/// A datagram with this payload, for any layer below.
fn datagram(payload: &[u8]) -> Vec<u8> {
    ipv4(17, &udp(1000, 2000, payload))
}

fn datagram_6(payload: &[u8]) -> Vec<u8> {
    ipv6(17, &udp(1000, 2000, payload))
}
