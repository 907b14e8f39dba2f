//! Ethernet II and IEEE 802.3, VLAN tags (IEEE 802.1Q), MPLS (RFC 3032), PPPoE (RFC 2516) and PPP (RFC 1661).

use etherparse::{EtherType, Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use super::layer::{Layer, LayerError, Next, ethertype};
use crate::codec::Reader;

/// Octets of both addresses.
const ADDRESSES: usize = 12;

/// An Ethernet frame; behind its addresses the type of its payload, or the length of an IEEE 802.3 frame.
#[inline]
pub(super) fn ethernet(frame: &[u8]) -> Next<'_> {
    let header = Ethernet2HeaderSlice::from_slice(frame).map_err(|_| LayerError::Short)?;
    let rest = frame.get(header.slice().len()..).unwrap_or_default();
    Ok(typed(header.ether_type(), rest))
}

/// What a type field announces: below [`ethertype::LEAST`] it is the length of an IEEE 802.3 frame.
fn typed(kind: EtherType, rest: &[u8]) -> Layer<'_> {
    match kind.0 {
        kind if kind >= ethertype::LEAST => Layer::EtherType(kind, rest),
        length => Layer::Llc(rest.get(..usize::from(length)).unwrap_or(rest)),
    }
}

/// Whether the type field of an Ethernet frame is one that leads to IP.
pub(super) fn carries_known_type(frame: &[u8]) -> bool {
    let kind = frame.get(ADDRESSES..).and_then(<[u8]>::first_chunk).copied();
    matches!(
        kind.map(u16::from_be_bytes),
        Some(
            ethertype::IPV4
                | ethertype::IPV6
                | ethertype::VLAN
                | ethertype::PROVIDER_BRIDGING
                | ethertype::MPLS
                | ethertype::PPPOE_SESSION
        )
    )
}

/// IEEE 802.2: SNAP, or IP by its own service access point.
pub(super) fn llc(octets: &[u8]) -> Next<'_> {
    match octets {
        [0xaa, 0xaa, 0x03, rest @ ..] => snap(rest),
        [0x06, 0x06, 0x03, rest @ ..] => Ok(Layer::Ip(rest)),
        [_, _, _, ..] => Err(LayerError::NoIp),
        _ => Err(LayerError::Short),
    }
}

/// The rest of a SNAP header: organization 3, Ethernet type 2 (RFC 1042).
pub(super) fn snap(octets: &[u8]) -> Next<'_> {
    let mut reader = Reader::new(octets);
    match reader.array("organization")? {
        [0, 0, 0] | [0, 0, 0xf8] => {
            let kind = reader.u16("Ethernet type")?;
            Ok(Layer::EtherType(kind, reader.rest()))
        }
        _ => Err(LayerError::NoIp),
    }
}

/// A VLAN tag: its identifier and what follows.
pub(super) fn vlan(octets: &[u8]) -> Result<(u16, Layer<'_>), LayerError> {
    let tag = SingleVlanHeaderSlice::from_slice(octets).map_err(|_| LayerError::Short)?;
    let rest = octets.get(tag.slice().len()..).unwrap_or_default();
    Ok((tag.vlan_identifier().value(), typed(tag.ether_type(), rest)))
}

/// One MPLS label: label 20, traffic class 3, bottom of stack 1, time to live 8. Behind the last one the first
/// nibble tells IP; 0 is a pseudowire's control word (RFC 4385), anything else an Ethernet frame without.
pub(super) fn mpls(octets: &[u8]) -> Result<(u32, Layer<'_>), LayerError> {
    let (header, rest) = octets.split_first_chunk().ok_or(LayerError::Short)?;
    let label = u32::from_be_bytes(*header) >> 12;
    let [_, _, bottom, _] = *header;
    if bottom & 1 == 0 {
        return Ok((label, Layer::EtherType(ethertype::MPLS, rest)));
    }
    let next = match rest.first().ok_or(LayerError::Short)? >> 4 {
        4 | 6 => Ok(Layer::Ip(rest)),
        0 => rest.get(4..).map(Layer::Ethernet).ok_or(LayerError::Short),
        _ => Ok(Layer::Ethernet(rest)),
    };
    next.map(|next| (label, next))
}

/// A PPPoE session frame: version and type, code 0, session 2, length 2.
pub(super) fn pppoe(octets: &[u8]) -> Next<'_> {
    let (header, rest) = octets.split_first_chunk().ok_or(LayerError::Short)?;
    let [version, code, _, _, l0, l1] = *header;
    if version != 0x11 || code != 0 {
        return Err(LayerError::NoIp);
    }
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    Ok(Layer::Ppp(rest.get(..length).unwrap_or(rest)))
}

/// A PPP frame: address and control where they are not compressed away, protocol of two octets or of one odd
/// one. The protocol number and what it carries.
pub(super) fn ppp(octets: &[u8]) -> Result<(u16, Option<Layer<'_>>), LayerError> {
    let octets = octets.strip_prefix(&[0xff, 0x03]).unwrap_or(octets);
    let (protocol, rest) = match octets {
        [first, rest @ ..] if first & 1 == 1 => (u16::from(*first), rest),
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        _ => return Err(LayerError::Short),
    };
    let next = match protocol {
        0x0021 | 0x0057 => Some(Layer::Ip(rest)),
        0x0281 | 0x0283 => Some(Layer::EtherType(ethertype::MPLS, rest)),
        _ => None,
    };
    Ok((protocol, next))
}
