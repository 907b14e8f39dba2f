//! Link layers: from a frame to what its first headers carry (tcpdump.org LINKTYPE registry).

use super::{
    ethernet,
    layer::{Layer, LayerError, Next, ethertype},
};
use crate::{capture::LinkType, codec::Reader};

/// ARPHRD_NETLINK: no network frame behind the cooked header.
const ARPHRD_NETLINK: u16 = 824;
/// FDDI: frame control 1, addresses 12, without the padding that some systems put in front.
const FDDI_HEADER: usize = 13;
/// NFULA_PAYLOAD: the attribute that holds the packet.
const NFLOG_PAYLOAD: u16 = 9;

/// Reads the link layer header of a frame.
pub(super) fn link<'a>(link_type: LinkType, frame: &'a [u8]) -> Next<'a> {
    match link_type.0 {
        1 => Ok(Layer::Ethernet(frame)),
        12 | 14 | 101 | 228 | 229 => Ok(Layer::Ip(frame)),
        113 => linux_cooked(frame),
        276 => linux_cooked_2(frame),
        0 | 108 => loopback(frame),
        10 => after(frame, FDDI_HEADER, Layer::Llc),
        9 | 50 => ppp_or_cisco(frame),
        51 => Ok(Layer::EtherType(ethertype::PPPOE_SESSION, frame)),
        104 => cisco_hdlc(frame),
        107 => frame_relay(frame),
        117 => packet_filter_log(frame),
        192 => per_packet_information(frame),
        204 => after(frame, 1, Layer::Ppp),
        226 => after(frame, 24, Layer::Ip),
        239 => netfilter_log(frame),
        149 | 258 => packet_tap(frame),
        _ => Err(LayerError::Unsupported),
    }
}

fn after<'a>(frame: &'a [u8], length: usize, layer: fn(&'a [u8]) -> Layer<'a>) -> Next<'a> {
    frame.get(length..).map(layer).ok_or(LayerError::Short)
}

/// LINUX_SLL: packet type 2, ARPHRD 2, address length 2, address 8, protocol 2.
fn linux_cooked(frame: &[u8]) -> Next<'_> {
    let mut reader = Reader::new(frame);
    reader.skip("packet type", 2)?;
    let hardware = reader.u16("ARPHRD type")?;
    reader.skip("address", 10)?;
    let protocol = reader.u16("protocol")?;
    cooked(hardware, protocol, reader.rest())
}

/// LINUX_SLL2: protocol 2, reserved 2, interface 4, ARPHRD 2, packet type 1, address length 1, address 8.
fn linux_cooked_2(frame: &[u8]) -> Next<'_> {
    let mut reader = Reader::new(frame);
    let protocol = reader.u16("protocol")?;
    reader.skip("interface", 6)?;
    let hardware = reader.u16("ARPHRD type")?;
    reader.skip("address", 10)?;
    cooked(hardware, protocol, reader.rest())
}

fn cooked(hardware: u16, protocol: u16, rest: &[u8]) -> Next<'_> {
    const LINUX_802_2: u16 = 4;
    match (hardware, protocol) {
        (ARPHRD_NETLINK, _) => Err(LayerError::NoIp),
        (_, LINUX_802_2) => Ok(Layer::Llc(rest)),
        (_, protocol) => Ok(Layer::EtherType(protocol, rest)),
    }
}

/// NULL and LOOP: the address family in either byte order; the values differ between systems.
fn loopback(frame: &[u8]) -> Next<'_> {
    let (family, rest) = frame.split_first_chunk().ok_or(LayerError::Short)?;
    let family = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
    match family {
        2 | 10 | 24 | 28 | 30 => Ok(Layer::Ip(rest)),
        _ => Err(LayerError::NoIp),
    }
}

/// PPP and PPP_HDLC: PPP with or without HDLC-like framing, or Cisco HDLC, told by the address octet.
fn ppp_or_cisco(frame: &[u8]) -> Next<'_> {
    match frame.first() {
        Some(0x0f | 0x8f) => cisco_hdlc(frame),
        _ => Ok(Layer::Ppp(frame)),
    }
}

/// C_HDLC: address, control, Ethernet type.
fn cisco_hdlc(frame: &[u8]) -> Next<'_> {
    let mut reader = Reader::new(frame);
    reader.skip("address and control", 2)?;
    let protocol = reader.u16("protocol")?;
    Ok(Layer::EtherType(protocol, reader.rest()))
}

/// Frame relay: address of 2 to 4 octets (Q.922), then RFC 2427's network layer id, or Cisco's Ethernet type.
fn frame_relay(frame: &[u8]) -> Next<'_> {
    let address = frame
        .iter()
        .take(4)
        .position(|octet| octet & 1 == 1)
        .ok_or(LayerError::Short)?
        + 1;
    let mut reader = Reader::new(frame.get(address..).unwrap_or_default());
    const UNNUMBERED_INFORMATION: u8 = 3;
    if reader.peek() != Some(UNNUMBERED_INFORMATION) {
        let protocol = reader.u16("protocol")?;
        return Ok(Layer::EtherType(protocol, reader.rest()));
    }
    reader.skip("control", 1)?;
    while reader.peek() == Some(0) {
        reader.skip("padding", 1)?;
    }
    match reader.u8("network layer protocol id")? {
        0xcc | 0x8e => Ok(Layer::Ip(reader.rest())),
        0x80 => ethernet::snap(reader.rest()),
        _ => Err(LayerError::NoIp),
    }
}

/// PFLOG: the header's length in its first octet, padded to four.
fn packet_filter_log(frame: &[u8]) -> Next<'_> {
    let length = usize::from(*frame.first().ok_or(LayerError::Short)?);
    after(frame, length.next_multiple_of(4), Layer::Ip)
}

/// PPI: version, flags, length 2, link type 4, little-endian; fields up to the length.
fn per_packet_information(frame: &[u8]) -> Next<'_> {
    let [_, _, l0, l1, d0, d1, d2, d3] = *frame.first_chunk().ok_or(LayerError::Short)?;
    inner_frame(
        frame,
        usize::from(u16::from_le_bytes([l0, l1])),
        u32::from_le_bytes([d0, d1, d2, d3]),
        8,
    )
}

/// PKTAP: length 4, record type 4, link type 4, little-endian; more up to the length.
fn packet_tap(frame: &[u8]) -> Next<'_> {
    let [l0, l1, l2, l3, _, _, _, _, d0, d1, d2, d3] = *frame.first_chunk().ok_or(LayerError::Short)?;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    inner_frame(frame, length, u32::from_le_bytes([d0, d1, d2, d3]), 12)
}

fn inner_frame(frame: &[u8], length: usize, link_type: u32, least: usize) -> Next<'_> {
    if length < least {
        return Err(LayerError::Malformed("meta header shorter than itself"));
    }
    let link_type = LinkType(u16::try_from(link_type).map_err(|_| LayerError::Unsupported)?);
    let rest = frame.get(length..).ok_or(LayerError::Short)?;
    Ok(Layer::Frame(link_type, rest))
}

/// NFLOG: family, version, resource 2, then `length type value` in the capturing host's byte order.
fn netfilter_log(frame: &[u8]) -> Next<'_> {
    let attributes = frame.get(4..).ok_or(LayerError::Short)?;
    nflog_payload(attributes, u16::from_le_bytes)
        .or_else(|| nflog_payload(attributes, u16::from_be_bytes))
        .map(Layer::Ip)
        .ok_or(LayerError::NoIp)
}

fn nflog_payload(mut octets: &[u8], number: fn([u8; 2]) -> u16) -> Option<&[u8]> {
    const ATTRIBUTE_HEADER: usize = 4;
    loop {
        let [l0, l1, t0, t1] = *octets.first_chunk()?;
        let length = usize::from(number([l0, l1]));
        if length < ATTRIBUTE_HEADER {
            return None;
        }
        if number([t0, t1]) == NFLOG_PAYLOAD {
            return octets
                .get(ATTRIBUTE_HEADER..length)
                .or_else(|| octets.get(ATTRIBUTE_HEADER..));
        }
        octets = octets.get(length.next_multiple_of(4)..)?;
    }
}
