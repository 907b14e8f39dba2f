//! The flow table from the outside: packets in, events out.
//!
//! | what TCP does (TRANSPORT facts, RFC 9293) | test |
//! | --- | --- |
//! | opening, octets in order, FIN both ways | `a_plain_connection` |
//! | reset in and out of window | `a_reset_counts_only_in_window` |
//! | a new connection between the same endpoints | `a_new_syn_replaces_the_connection` |
//! | sequence numbers wrap, segments reordered | `reordering_over_the_wrap` |
//! | keep-alive, zero-window probe | `keep_alives_deliver_nothing` |
//! | a segment sent again with other octets | `the_first_octets_count` |
//! | acknowledged and never captured, by one end or both | `losses::*` |
//! | capture starts in the middle | `the_middle_of_a_stream` |
//! | clocks of two taps disagree | `an_answer_waits_for_its_request` |
//! | equal ends in several networks | `networks::*` |
//! | any order, copies, overlaps, losses | `reassembly::*` |
//!
//! | what SCTP does (RFC 9260) | test |
//! | --- | --- |
//! | messages whole and in fragments, sent again, of another association | `messages::*` |

mod bounds;
mod copies;
mod losses;
mod messages;
mod networks;
mod reassembly;
mod scenarios;

use std::net::{IpAddr, Ipv4Addr};

use super::{CloseReason, ConnectionId, ConnectionInfo, FlowTable, Recognised, SessionState, StreamEvent};
use crate::model::{CaptureIndex, Direction, FrameNumber, FrameRef, NetworkId, Timestamp};
use crate::net::{Packet, SctpPacket, TcpFlags, TcpSegment, Transport, UdpDatagram};

/// What a session listens to no further than.
pub(super) const ENOUGH: &[u8] = b"enough";

/// What a session recognises.
pub(super) const KNOWN: &[u8] = b"known";

/// A session that listens until it was told [`ENOUGH`], and recognises what says [`KNOWN`].
#[derive(Debug, Default)]
pub(super) struct Listener {
    has_enough: bool,
    knows: bool,
    /// Requests of a protocol whose datagrams begin with `#` and a number.
    asked: Vec<Vec<u8>>,
}

impl SessionState for Listener {
    fn wants_data(&self) -> bool {
        !self.has_enough
    }

    fn is_ours(&self) -> bool {
        self.knows
    }

    fn recognises(&self, direction: Direction, datagram: &[u8]) -> Option<Recognised> {
        let number = datagram.get(..2).filter(|number| number[0] == b'#')?;
        let is_known = self.asked.iter().any(|asked| asked.starts_with(number));
        Some(match direction {
            Direction::FromResponder if is_known => Recognised::GoesOn,
            Direction::FromInitiator if self.asked.iter().any(|asked| asked == datagram) => {
                Recognised::Repeats
            }
            _ => Recognised::Not,
        })
    }
}

/// An event as the tests compare it. Data that follow each other are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Data(Direction, Vec<u8>),
    Gap(Direction, u64, bool),
    Finished(Direction),
    Datagram(Direction, Vec<u8>),
    Closed(CloseReason),
}

/// A table and what came out of it.
#[derive(Default)]
pub(super) struct Bench {
    pub(super) table: FlowTable<Listener>,
    pub(super) seen: Vec<(ConnectionId, Seen)>,
    pub(super) frames: Vec<(Vec<u8>, u64)>,
    pub(super) last_info: Option<ConnectionInfo>,
    frame: u64,
    pub(super) time: i64,
    /// Where the packets are seen.
    pub(super) network: NetworkId,
}

/// A segment as a test writes it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seg<'a> {
    pub(super) from_server: bool,
    pub(super) seq: u32,
    pub(super) ack: Option<u32>,
    pub(super) flags: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) missing: u32,
    pub(super) id: Option<u32>,
    pub(super) checksum: Checksum,
}

/// Whether a segment has a checksum that can be verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Checksum {
    /// Not all of it is there.
    #[default]
    Unknown,
    Right,
    Wrong,
}

impl Bench {
    /// Pushes a segment a millisecond after the one before it.
    pub(super) fn tcp(&mut self, seg: Seg<'_>) {
        let (client, server) = (
            (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 40000),
            (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)), 80),
        );
        let ((source, source_port), (destination, destination_port)) = if seg.from_server {
            (server, client)
        } else {
            (client, server)
        };
        let has = |flag: char| seg.flags.contains(flag);
        let octets = octets(&seg, source_port, destination_port, source, destination);
        let segment = TcpSegment {
            source_port,
            destination_port,
            sequence: seg.seq,
            acknowledgement: seg.ack,
            flags: TcpFlags {
                syn: has('S'),
                fin: has('F'),
                rst: has('R'),
            },
            window: 8192,
            payload: seg.bytes,
            octets: &octets,
        };
        self.push(source, destination, seg.id, Transport::Tcp(segment), seg.missing);
    }

    /// Pushes a datagram from one of two phones.
    pub(super) fn udp(&mut self, id: Option<u32>, bytes: &[u8]) {
        self.datagram(false, id, bytes);
    }

    /// Pushes a datagram from one of two phones, or back.
    pub(super) fn datagram(&mut self, back: bool, id: Option<u32>, bytes: &[u8]) {
        self.checked_datagram(back, id, bytes, Checksum::Unknown);
    }

    /// The same with a checksum.
    pub(super) fn checked_datagram(&mut self, back: bool, id: Option<u32>, bytes: &[u8], checksum: Checksum) {
        let ends =
            [(1, 9201), (2, 49152)].map(|(last, port)| (IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), port));
        let [(a, source_port), (b, destination_port)] = if back { [ends[1], ends[0]] } else { ends };
        let (IpAddr::V4(from), IpAddr::V4(to)) = (a, b) else {
            panic!("IPv4 only");
        };
        let mut header =
            etherparse::UdpHeader::without_ipv4_checksum(source_port, destination_port, bytes.len()).unwrap();
        let sum = header
            .calc_checksum_ipv4_raw(from.octets(), to.octets(), bytes)
            .unwrap();
        header.checksum = sum ^ u16::from(checksum == Checksum::Wrong);
        let octets = match checksum {
            Checksum::Unknown => Vec::new(),
            Checksum::Right | Checksum::Wrong => [&header.to_bytes()[..], bytes].concat(),
        };
        let datagram = UdpDatagram {
            source_port,
            destination_port,
            payload: bytes,
            octets: &octets,
        };
        self.push(a, b, id, Transport::Udp(datagram), 0);
    }

    /// Pushes an SCTP packet from one of two nodes, or back.
    pub(super) fn sctp(&mut self, back: bool, verification_tag: u32, chunks: &[u8]) {
        let [a, b] = [1, 2].map(|last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        let [source, destination] = if back { [b, a] } else { [a, b] };
        let packet = SctpPacket {
            source_port: 2905,
            destination_port: 2905,
            verification_tag,
            chunks,
        };
        self.push(source, destination, None, Transport::Sctp(packet), 0);
    }

    fn push(
        &mut self,
        source: IpAddr,
        destination: IpAddr,
        id: Option<u32>,
        transport: Transport<'_>,
        missing: u32,
    ) {
        self.frame += 1;
        self.time += 1_000_000;
        let at = FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(self.frame),
            time: Timestamp::from_nanoseconds(self.time),
        };
        let packet = Packet {
            at,
            first: at,
            earliest: at,
            network: self.network,
            source,
            destination,
            identification: id,
            transport,
            missing,
        };
        let Self {
            table,
            seen,
            frames,
            last_info,
            ..
        } = self;
        table.push(&packet, |info, listener, event| {
            note(seen, frames, last_info, info, listener, event)
        });
    }

    pub(super) fn finish(&mut self) {
        let Self {
            table,
            seen,
            frames,
            last_info,
            ..
        } = self;
        table.finish(|info, listener, event| note(seen, frames, last_info, info, listener, event));
    }

    /// What was seen, connections aside.
    pub(super) fn events(&self) -> Vec<Seen> {
        self.seen.iter().map(|(_, seen)| seen.clone()).collect()
    }
}

/// A segment as it lies in its frame, with a right or wrong checksum; empty where that is not known.
fn octets(
    seg: &Seg<'_>,
    source_port: u16,
    destination_port: u16,
    source: IpAddr,
    destination: IpAddr,
) -> Vec<u8> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (source, destination) else {
        panic!("IPv4 only");
    };
    if seg.checksum == Checksum::Unknown {
        return Vec::new();
    }
    let mut header = etherparse::TcpHeader::new(source_port, destination_port, seg.seq, 8192);
    let (source, destination) = (source.octets(), destination.octets());
    let sum = header
        .calc_checksum_ipv4_raw(source, destination, seg.bytes)
        .unwrap();
    header.checksum = if seg.checksum == Checksum::Right {
        sum
    } else {
        sum ^ 0x5a5a
    };
    [&header.to_bytes()[..], seg.bytes].concat()
}

fn note(
    seen: &mut Vec<(ConnectionId, Seen)>,
    frames: &mut Vec<(Vec<u8>, u64)>,
    last_info: &mut Option<ConnectionInfo>,
    info: &ConnectionInfo,
    listener: &mut Listener,
    event: StreamEvent<'_>,
) {
    if let StreamEvent::Data { bytes, .. } | StreamEvent::Datagram { bytes, .. } = event {
        listener.has_enough = bytes == ENOUGH;
        listener.knows |= bytes == KNOWN;
    }
    if let StreamEvent::Datagram {
        direction: Direction::FromInitiator,
        bytes,
        ..
    } = event
    {
        listener.asked.push(bytes.to_vec());
    }
    *last_info = Some(*info);
    let event = match event {
        StreamEvent::Data { direction, bytes, at } => {
            frames.push((bytes.to_vec(), at.frame.0));
            if let Some((id, Seen::Data(last, held))) = seen.last_mut()
                && *id == info.id
                && *last == direction
            {
                held.extend_from_slice(bytes);
                return;
            }
            Seen::Data(direction, bytes.to_vec())
        }
        StreamEvent::Gap {
            direction,
            length,
            acknowledged,
            ..
        } => Seen::Gap(direction, length, acknowledged),
        StreamEvent::Finished { direction, .. } => Seen::Finished(direction),
        StreamEvent::Datagram { direction, bytes, .. } => Seen::Datagram(direction, bytes.to_vec()),
        StreamEvent::Closed { reason, .. } => Seen::Closed(reason),
    };
    seen.push((info.id, event));
}
