//! Frames captured twice: by a span port that mirrors both ways, on both sides of a router, on two interfaces of an
//! "any" capture. Only of connections that somebody listens to: of others a copy does no harm.
//!
//! A copy follows within the time a frame takes through a switch, a router or a gateway. What a sender sends again
//! on purpose comes later than that (no timer of TCP, WTP or a push gateway is that short) and mostly under another
//! IP identification. Of a TCP segment the header is compared, of a datagram, which has no numbers, and of an SCTP
//! packet every octet.

use std::hash::{BuildHasher, Hasher};

use super::ConnectionId;
use crate::model::{Direction, Nanoseconds, RandomState, Timestamp};
use crate::net::{Packet, SctpPacket, Transport, UdpDatagram};

/// How far apart two frames with the same IP identification and the same content are copies of one packet: the
/// delay of a loaded gateway.
const WINDOW_IDENTIFIED: Nanoseconds = 20_000_000;

/// The same where there is no identification (IPv6; IPv4 where it is 0) and only the content tells.
const WINDOW_UNIDENTIFIED: Nanoseconds = 5_000_000;

/// Packets remembered, at most: what a full gigabit link carries in some milliseconds. A packet
/// may be forgotten earlier, and its copy is then taken for one sent again.
const REMEMBERED: usize = 4096;

/// Packets remembered in one place: as many as one fetch from memory brings.
const WAYS: usize = 4;

/// Remembers the last packets by a keyed hash of what identifies them.
#[derive(Debug)]
pub(super) struct MirrorFilter {
    hasher: RandomState,
    recent: Box<[Bucket]>,
}

/// The last packets of one place with their times, the latest first.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Bucket([(u64, Timestamp); WAYS]);

impl Bucket {
    /// Whether a packet is remembered and not further from that time than `window`; remembers it in any case.
    fn remember(&mut self, fingerprint: u64, time: Timestamp, window: Nanoseconds) -> bool {
        let known = self.0.iter_mut().find(|(known, _)| *known == fingerprint);
        if let Some((_, last)) = known {
            let apart = time.since(std::mem::replace(last, time));
            return (-window..=window).contains(&apart);
        }
        let [first, second, third, _] = self.0;
        self.0 = [(fingerprint, time), first, second, third];
        false
    }
}

impl Default for MirrorFilter {
    fn default() -> Self {
        let recent = vec![Bucket::default(); REMEMBERED / WAYS].into_boxed_slice();
        Self {
            hasher: RandomState::default(),
            recent,
        }
    }
}

impl MirrorFilter {
    /// Whether this packet of a connection is a copy of one that was captured just before; remembers it as the last of its kind.
    pub(super) fn is_copy(
        &mut self,
        connection: ConnectionId,
        direction: Direction,
        packet: &Packet<'_>,
    ) -> bool {
        let Some(fingerprint) = self.fingerprint(connection, direction, packet) else {
            return false;
        };
        let window = match packet.identification {
            Some(_) => WINDOW_IDENTIFIED,
            None => WINDOW_UNIDENTIFIED,
        };
        let bucket = self.recent.get_mut(slot(packet));
        bucket.is_some_and(|bucket| bucket.remember(fingerprint, packet.at.time, window))
    }

    /// What two copies have in common and two packets do not; `None` for one that may well be sent twice in a row (an
    /// acknowledgement without identification).
    fn fingerprint(
        &self,
        connection: ConnectionId,
        direction: Direction,
        packet: &Packet<'_>,
    ) -> Option<u64> {
        let mut hasher = self.hasher.build_hasher();
        let way = connection.0 << 1 | u64::from(direction == Direction::FromInitiator);
        let identification = packet.identification.map_or(0, |id| 1 << 32 | u64::from(id));
        match &packet.transport {
            Transport::Tcp(segment) => {
                let flags = segment.flags;
                let alone = segment.payload.is_empty() && !flags.syn && !flags.fin && !flags.rst;
                if alone && packet.identification.is_none() {
                    return None;
                }
                // Few wide words: this is done for every packet.
                let set = [segment.acknowledgement.is_some(), flags.syn, flags.fin, flags.rst];
                let set = set.iter().fold(0, |bits, flag| bits << 1 | u64::from(*flag));
                let acknowledgement = u64::from(segment.acknowledgement.unwrap_or_default());
                hasher.write_u64(way);
                hasher.write_u64(u64::from(segment.sequence) << 32 | acknowledgement);
                hasher.write_u64(identification | u64::from(segment.window) << 33 | set << 49);
                hasher.write_u64(u64::from(packet.missing) << 32 ^ segment.payload.len() as u64);
            }
            Transport::Sctp(sctp) if packet.identification.is_none() && sctp.data().next().is_none() => {
                return None;
            }
            Transport::Udp(UdpDatagram { payload: octets, .. })
            | Transport::Sctp(SctpPacket { chunks: octets, .. }) => {
                hasher.write_u64(way);
                hasher.write_u64(identification);
                hasher.write(octets);
            }
        }
        Some(hasher.finish())
    }
}

/// Where a packet is remembered. Not by the keyed hash: which packet displaces which must not differ between runs.
fn slot(packet: &Packet<'_>) -> usize {
    const MIX: u32 = 0x9e37_79b1;
    let mixed = |sum: u32, value: u32| (sum ^ value).wrapping_mul(MIX).rotate_left(13);
    let start = mixed(packet.identification.unwrap_or_default(), packet.missing);
    let sum = match &packet.transport {
        Transport::Tcp(segment) => {
            let numbers = mixed(
                start ^ segment.sequence,
                segment.acknowledgement.unwrap_or_default(),
            );
            mixed(
                numbers,
                u32::from(segment.source_port) << 16 | u32::from(segment.destination_port),
            )
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
        }) => {
            let ports = u32::from(*source_port) << 16 | u32::from(*destination_port);
            // By fours: this is done for every packet.
            octets.chunks(4).take(6).fold(mixed(start, ports), |sum, four| {
                let four = four.first_chunk().copied().unwrap_or_default();
                mixed(sum, u32::from_le_bytes(four))
            })
        }
    };
    usize::try_from(sum >> 8).unwrap_or_default() % (REMEMBERED / WAYS)
}
