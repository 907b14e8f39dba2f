//! Frames that are held while they are changed, with the places in them: payloads of packets, and the transport headers whose
//! checksums have to follow.

use std::ops::Range;

use etherparse::IpNumber;

use super::checksums;
use crate::capture::{Frame, LinkType};
use crate::model::{Endpoint, FrameRef, NetworkId, Timestamp};
use crate::net::{Decapsulator, IpPayload, Layer, Packet, PacketSink, Transport};

/// Why a frame is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// It carries TLS, or another protocol of which nothing can be replaced.
    Encrypted,
    /// It carries HTTP/2, whose headers are compressed.
    Http2,
    /// It is of a connection with compressed content.
    Compressed,
    /// It holds a fragment of an IP datagram.
    Fragment,
    /// The snap length cut an SCTP packet, whose checksum covers what is missing.
    Cut,
    /// It holds parts whose place could not be found.
    Parts,
    /// A number lies where it cannot be replaced.
    Elsewhere,
}

impl Reason {
    /// In words, behind the number of frames.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Encrypted => "of connections that are encrypted",
            Self::Http2 => "of HTTP/2, whose headers are compressed",
            Self::Compressed => "of connections with compressed content",
            Self::Fragment => "with fragments of IP datagrams",
            Self::Cut => "with SCTP packets that were cut by the snap length",
            Self::Parts => "with content whose place could not be found",
            Self::Elsewhere => "with a number where it cannot be replaced",
        }
    }
}

/// A frame, owned.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) at: FrameRef,
    stamp: Timestamp,
    interface: u32,
    link_type: LinkType,
    pub(super) data: Vec<u8>,
    original_length: u32,
    /// What is said of it in a comment.
    pub(super) label: String,
    /// Why it is left out, where it is.
    pub(super) left_out: Option<Reason>,
}

impl Held {
    pub(super) fn of(frame: &Frame<'_>, label: &str) -> Self {
        Self {
            at: frame.at,
            stamp: frame.stamp,
            interface: frame.interface,
            link_type: frame.link_type,
            data: frame.data.to_vec(),
            original_length: frame.original_length,
            label: label.to_owned(),
            left_out: None,
        }
    }

    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            at: self.at,
            stamp: self.stamp,
            interface: self.interface,
            link_type: self.link_type,
            data: &self.data,
            original_length: self.original_length,
        }
    }

    /// Leaves it out, for the first reason that is given.
    pub(super) fn leave_out(&mut self, reason: Reason) {
        self.left_out.get_or_insert(reason);
    }
}

/// Which transport a packet is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A TCP segment with its sequence number, and whether it opens its direction.
    Tcp { sequence: u32, opens: bool },
    /// A UDP datagram.
    Udp,
    /// An SCTP packet.
    Sctp,
}

/// The packet of a frame.
#[derive(Clone, Debug)]
pub(super) struct Inside {
    pub(super) kind: Kind,
    pub(super) network: NetworkId,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    /// Where its payload lies in the frame.
    pub(super) payload: Range<usize>,
}

/// A transport header and all behind it.
#[derive(Clone, Debug)]
struct Covered {
    protocol: IpNumber,
    octets: Range<usize>,
    /// Octets of it that were not captured.
    is_cut: bool,
}

/// What a frame is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Anatomy {
    /// Its packet, where it holds one whole.
    pub(super) packet: Option<Inside>,
    /// Whether it holds a fragment of one.
    pub(super) is_fragment: bool,
    /// Transport headers from the outermost to the innermost, those around tunnels too.
    covered: Vec<Covered>,
}

impl Anatomy {
    /// Reads the frames in their order.
    pub(super) fn of_all(frames: &[Held]) -> Vec<Self> {
        let mut net = Decapsulator::new();
        let mut fragments = 0;
        let read = |held: &Held| {
            let mut reader = Reader {
                data: &held.data,
                anatomy: Self::default(),
            };
            net.push_to(&held.frame(), &mut reader);
            let now = net.counters().fragments;
            reader.anatomy.is_fragment |= now > fragments;
            fragments = now;
            reader.anatomy
        };
        frames.iter().map(read).collect()
    }

    /// Brings the checksums up to date after octets of a frame changed; `before` are those that it had. An error where
    /// that cannot be.
    pub(super) fn adjust_checksums(&self, before: &[u8], data: &mut [u8]) -> Result<(), Reason> {
        for covered in self.covered.iter().rev() {
            let old = before.get(covered.octets.clone()).unwrap_or_default();
            let Some(octets) = data.get_mut(covered.octets.clone()) else {
                continue;
            };
            if old == octets {
                continue;
            }
            match covered.protocol {
                IpNumber::SCTP if covered.is_cut => return Err(Reason::Cut),
                IpNumber::SCTP => checksums::adjust_sctp(old, octets),
                protocol => checksums::adjust(protocol, old, octets),
            }
        }
        Ok(())
    }
}

/// Reads one frame.
struct Reader<'a> {
    data: &'a [u8],
    anatomy: Anatomy,
}

impl Reader<'_> {
    /// Where octets lie in the frame; none where they lie elsewhere, as those of a datagram that was put together do.
    fn place(&self, octets: &[u8]) -> Option<Range<usize>> {
        let begin = octets.as_ptr().addr().checked_sub(self.data.as_ptr().addr())?;
        let end = begin.checked_add(octets.len())?;
        (end <= self.data.len()).then_some(begin..end)
    }

    fn cover(&mut self, payload: &IpPayload<'_>) {
        let is_known = [IpNumber::TCP, IpNumber::UDP, IpNumber::SCTP].contains(&payload.protocol);
        if let Some(octets) = self.place(payload.data).filter(|_| is_known) {
            self.anatomy.covered.push(Covered {
                protocol: payload.protocol,
                octets,
                is_cut: payload.missing > 0,
            });
        }
    }
}

impl PacketSink for Reader<'_> {
    const WANTS_HEADERS: bool = true;

    fn header(&mut self, header: &Layer<'_>) {
        if let Layer::IpPayload(payload) = header {
            self.cover(payload);
        }
    }

    fn packet(&mut self, packet: Packet<'_>) {
        let (kind, ports, payload) = match &packet.transport {
            Transport::Tcp(segment) => (
                Kind::Tcp {
                    sequence: segment.sequence,
                    opens: segment.flags.syn,
                },
                (segment.source_port, segment.destination_port),
                segment.payload,
            ),
            Transport::Udp(datagram) => (
                Kind::Udp,
                (datagram.source_port, datagram.destination_port),
                datagram.payload,
            ),
            Transport::Sctp(packet) => (
                Kind::Sctp,
                (packet.source_port, packet.destination_port),
                packet.chunks,
            ),
        };
        let is_whole = packet.earliest == packet.at && packet.first == packet.at;
        let place = self.place(payload).filter(|_| is_whole);
        let Some(payload) = place.or_else(|| payload.is_empty().then_some(0..0)) else {
            self.anatomy.is_fragment = true;
            return;
        };
        self.anatomy.packet = Some(Inside {
            kind,
            network: packet.network,
            source: Endpoint::new(packet.source, ports.0),
            destination: Endpoint::new(packet.destination, ports.1),
            payload,
        });
    }
}
