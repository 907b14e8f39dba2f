//! One transport packet, whatever it was wrapped in.

use std::net::IpAddr;

use etherparse::IpNumber;

use super::{SctpPacket, checksum};
use crate::model::{FrameRef, NetworkId};

/// A transport packet: the innermost one of a frame, or of the frames that held its fragments.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// The frame that completed it.
    pub at: FrameRef,
    /// The frame of its first fragment; `at` where it was not fragmented.
    pub first: FrameRef,
    /// The first of its frames to arrive: before `first` where fragments were out of order.
    pub earliest: FrameRef,
    /// The labels around it, and who captured it.
    pub network: NetworkId,
    /// Network source.
    pub source: IpAddr,
    /// Network destination.
    pub destination: IpAddr,
    /// The IP identification, where the network header has one that is not zero.
    pub identification: Option<u32>,
    /// The transport header and payload.
    pub transport: Transport<'a>,
    /// How many octets of the payload the IP length promises and the capture lacks (snap length).
    pub missing: u32,
}

impl Packet<'_> {
    /// Whether a TCP segment's or UDP datagram's checksum is right; none where octets of it were not captured, or a
    /// datagram has none. It is computed at each call.
    pub fn checksum_holds(&self) -> Option<bool> {
        let (protocol, octets) = match &self.transport {
            Transport::Tcp(segment) => (IpNumber::TCP, segment.octets),
            Transport::Udp(datagram) => (IpNumber::UDP, datagram.octets),
            Transport::Sctp(_) => return None,
        };
        let holds = || checksum::holds(self.source, self.destination, protocol, octets);
        (!octets.is_empty()).then(holds)
    }
}

/// The transport protocols that carry MMS.
#[derive(Clone, Copy, Debug)]
pub enum Transport<'a> {
    /// TCP.
    Tcp(TcpSegment<'a>),
    /// UDP.
    Udp(UdpDatagram<'a>),
    /// SCTP.
    Sctp(SctpPacket<'a>),
}

/// A TCP segment (RFC 9293).
#[derive(Clone, Copy, Debug)]
pub struct TcpSegment<'a> {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number of the first octet, or of SYN.
    pub sequence: u32,
    /// Next sequence number expected from the peer, where ACK is set.
    pub acknowledgement: Option<u32>,
    /// SYN, FIN, RST.
    pub flags: TcpFlags,
    /// Window as it stands in the header, not scaled.
    pub window: u16,
    /// The octets captured.
    pub payload: &'a [u8],
    /// The whole segment, its header first; empty where octets of it were not captured.
    pub octets: &'a [u8],
}

/// The flags that open and close a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags {
    /// Opens a direction.
    pub syn: bool,
    /// Closes a direction.
    pub fin: bool,
    /// Ends the connection.
    pub rst: bool,
}

/// A UDP datagram (RFC 768).
#[derive(Clone, Copy, Debug)]
pub struct UdpDatagram<'a> {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// The octets captured.
    pub payload: &'a [u8],
    /// The whole datagram, its header first; empty where octets of it were not captured, or it has no checksum.
    pub octets: &'a [u8],
}
