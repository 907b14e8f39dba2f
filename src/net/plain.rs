//! The frame that nearly all are: Ethernet, an IPv4 header without options, no fragment, TCP or UDP, nothing cut off.
//! It is read in one go; every other frame goes the general way, header by header, which would give the same here.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::IpNumber;

use super::{
    Packet, Transport,
    transport::{self, Parsed},
};
use crate::model::{FrameRef, Labels, NetworkId, Origin};

/// Octets of an Ethernet header.
const ETHERNET_HEADER: usize = 14;
/// Octets of an IPv4 header without options.
const IPV4_HEADER: usize = 20;
/// The flag that more fragments follow, and the fragment offset.
const FRAGMENT: u16 = 0x3fff;

/// What a plain frame holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainFrame<'a> {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) identification: u16,
    pub(super) transport: Transport<'a>,
}

impl<'a> PlainFrame<'a> {
    /// The packet in a frame.
    #[inline]
    pub(super) fn packet(&self, at: FrameRef, origin: Origin) -> Packet<'a> {
        let identification = u32::from(self.identification);
        Packet {
            at,
            first: at,
            earliest: at,
            network: NetworkId {
                labels: Labels(0),
                origin,
            },
            source: IpAddr::V4(self.source),
            destination: IpAddr::V4(self.destination),
            identification: (identification != 0).then_some(identification),
            transport: self.transport,
            missing: 0,
        }
    }
}

/// Reads an Ethernet frame; none where it is not plain.
#[inline]
pub(super) fn read(frame: &[u8]) -> Option<PlainFrame<'_>> {
    let (ethernet, packet) = frame.split_first_chunk::<ETHERNET_HEADER>()?;
    let (ip, rest) = packet.split_first_chunk::<IPV4_HEADER>()?;
    let [.., 0x08, 0x00] = *ethernet else {
        return None;
    };
    let [
        0x45,
        _,
        l0,
        l1,
        i0,
        i1,
        f0,
        f1,
        _,
        kind,
        _,
        _,
        s0,
        s1,
        s2,
        s3,
        d0,
        d1,
        d2,
        d3,
    ] = *ip
    else {
        return None;
    };
    if u16::from_be_bytes([f0, f1]) & FRAGMENT != 0 {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(IPV4_HEADER)?;
    let data = rest.get(..length)?;
    Some(PlainFrame {
        source: Ipv4Addr::new(s0, s1, s2, s3),
        destination: Ipv4Addr::new(d0, d1, d2, d3),
        identification: u16::from_be_bytes([i0, i1]),
        transport: read_transport(IpNumber(kind), data)?,
    })
}

#[inline]
fn read_transport(kind: IpNumber, data: &[u8]) -> Option<Transport<'_>> {
    match kind {
        IpNumber::TCP => transport::tcp(data, 0)
            .ok()
            .map(|parsed| Transport::Tcp(parsed.value)),
        IpNumber::UDP => match transport::udp(data, 0).ok()? {
            Parsed {
                value,
                missing: 0,
                odd: None,
            } => Some(Transport::Udp(value)),
            _ => None,
        },
        _ => None,
    }
}
