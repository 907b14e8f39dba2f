//! The frame that nearly all are: Ethernet, an IPv4 header without options, no fragment, TCP or UDP, nothing cut off.
//! It is read in one go; every other frame goes the general way, header by header, which would give the same here.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::IpNumber;

use super::{
    Packet, Transport,
    layer::{IpPayload, Layer, ethertype},
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

/// The headers of a plain frame, for who was not told them: as the general way tells them.
pub(crate) fn headers(frame: &[u8]) -> Option<[Layer<'_>; 3]> {
    let packet = frame.get(ETHERNET_HEADER..)?;
    let (ip, rest) = packet.split_first_chunk::<IPV4_HEADER>()?;
    let [
        _,
        _,
        l0,
        l1,
        i0,
        i1,
        _,
        _,
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
    ] = *ip;
    let length = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(IPV4_HEADER)?;
    let identification = u32::from(u16::from_be_bytes([i0, i1]));
    let payload = IpPayload {
        source: IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)),
        destination: IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)),
        identification: (identification != 0).then_some(identification),
        protocol: IpNumber(kind),
        data: rest.get(..length)?,
        missing: 0,
    };
    Some([
        Layer::Ethernet(frame),
        Layer::EtherType(ethertype::IPV4, packet),
        Layer::IpPayload(payload),
    ])
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        capture::{Frame, LinkType},
        model::FrameRef,
        net::{Decapsulator, PacketSink},
    };

    /// The headers that a frame has by the general way, as text, but for the frame itself.
    #[derive(Default)]
    struct Told(Vec<String>);

    impl PacketSink for Told {
        const WANTS_HEADERS: bool = true;

        fn header(&mut self, header: &Layer<'_>) {
            if !matches!(header, Layer::Frame(..)) {
                self.0.push(format!("{header:?}"));
            }
        }

        fn packet(&mut self, _: Packet<'_>) {}
    }

    proptest! {
        #[test]
        fn headers_are_those_of_the_general_way(
            addresses in any::<[u8; 12]>(),
            identification in 0u16..3,
            ends in any::<[u8; 8]>(),
            is_tcp in any::<bool>(),
            payload in prop::collection::vec(any::<u8>(), 0..40),
            padding in 0usize..9,
        ) {
            let transport = match is_tcp {
                true => [&[0x1f, 0x90, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 2, 3, 4, 0, 0], payload.as_slice()].concat(),
                false => [&[0x1f, 0x90, 0, 99, 0, 8 + payload.len() as u8, 0, 0], payload.as_slice()].concat(),
            };
            let [i0, i1] = identification.to_be_bytes();
            let kind = if is_tcp { 6 } else { 17 };
            let ip = [0x45, 0, 0, 20 + transport.len() as u8, i0, i1, 0x40, 0, 64, kind, 0, 0];
            let octets = [addresses.as_slice(), &[8, 0], &ip, &ends, &transport, &vec![0; padding]].concat();
            let frame = Frame {
                at: FrameRef::default(),
                stamp: Default::default(),
                interface: 0,
                link_type: LinkType::ETHERNET,
                original_length: octets.len() as u32,
                data: &octets,
            };
            prop_assert!(Decapsulator::new().plain_packet(&frame).is_some());
            let mut told = Told::default();
            Decapsulator::new().push_to(&frame, &mut told);
            let headers = headers(&octets).unwrap();
            prop_assert_eq!(told.0, headers.map(|header| format!("{header:?}")));
        }
    }
}
