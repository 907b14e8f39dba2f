//! What makes two frames one packet: the numbers that its sender gave it, and the first of its octets.

use std::hash::{BuildHasher, Hasher};

use crate::model::FixedHash;
use crate::net::{Packet, SctpPacket, Transport, UdpDatagram};

/// Octets of a payload that are compared: enough to tell packets apart that have no numbers, and as many as a snap length
/// mostly leaves.
const COMPARED: usize = 64;

/// What tells a packet from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// A digest of what its sender made it of. It is the same in every run, as it decides which packets are sampled.
    pub(super) digest: u64,
    /// A digest of its two ends, whichever sent it.
    pub(super) ends: u64,
    /// Which of them sent it.
    pub(super) forward: bool,
}

impl Identity {
    /// That of a packet; none of one of which its sender may well have sent several that are the same, such as an
    /// acknowledgement without identification.
    pub(super) fn of(packet: &Packet<'_>) -> Option<Self> {
        let (source, destination) = (packet.source, packet.destination);
        let forward = source <= destination;
        let (first, second) = if forward {
            (source, destination)
        } else {
            (destination, source)
        };
        Some(Self {
            digest: digest(packet)?,
            ends: FixedHash.hash_one((first, second)),
            forward,
        })
    }
}

fn digest(packet: &Packet<'_>) -> Option<u64> {
    let mut hasher = FixedHash.build_hasher();
    let mut numbers = |octets: &[u8], ports: (u16, u16), numbers: [u32; 3]| {
        hasher.write_u64(u64::from(ports.0) << 16 | u64::from(ports.1));
        for number in numbers {
            hasher.write_u32(number);
        }
        // One probe may keep more of a packet than another.
        hasher.write_u64(octets.len() as u64 + u64::from(packet.missing));
        hasher.write(octets.get(..COMPARED).unwrap_or(octets));
    };
    match &packet.transport {
        Transport::Tcp(segment) => {
            let flags = segment.flags;
            let alone = segment.payload.is_empty() && !flags.syn && !flags.fin && !flags.rst;
            if alone && packet.identification.is_none() {
                return None;
            }
            let set = [segment.acknowledgement.is_some(), flags.syn, flags.fin, flags.rst];
            let set = set.iter().fold(0, |bits, flag| bits << 1 | u32::from(*flag));
            numbers(
                segment.payload,
                (segment.source_port, segment.destination_port),
                [
                    segment.sequence,
                    segment.acknowledgement.unwrap_or_default(),
                    set << 16 | u32::from(segment.window),
                ],
            );
        }
        Transport::Udp(UdpDatagram {
            source_port,
            destination_port,
            payload: octets,
            ..
        })
        | Transport::Sctp(SctpPacket {
            source_port,
            destination_port,
            chunks: octets,
            ..
        }) => numbers(octets, (*source_port, *destination_port), [0; 3]),
    }
    std::hash::Hash::hash(&(packet.source, packet.destination), &mut hasher);
    hasher.write_u64(packet.identification.map_or(0, |id| 1 << 32 | u64::from(id)));
    Some(hasher.finish())
}
