//! Fields of IPv4 (RFC 791, RFC 2474), IPv6 (RFC 8200) and ICMP (RFC 792).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::writer::{Place, Writer};
use crate::codec::{Reader, ShortRead};
use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;

/// A header of IP: its layer, and what an ICMP error needs to follow what it quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) layer: LayerIndex,
    pub(super) length: usize,
    pub(super) protocol: u8,
    /// Whether what follows begins with the header of the next layer.
    pub(super) is_start: bool,
}

/// A header of either version.
pub(super) fn ip(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<Header> {
    match octets.first()? >> 4 {
        4 => ipv4(octets, place, writer),
        6 => ipv6(octets, place, writer),
        _ => None,
    }
}

fn ipv4(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<Header> {
    let header: &[u8; 20] = octets.first_chunk()?;
    let [
        first,
        service,
        l0,
        l1,
        i0,
        i1,
        f0,
        f1,
        ttl,
        protocol,
        c0,
        c1,
        addresses @ ..,
    ] = *header;
    let length = usize::from(first & 0x0f) * 4;
    let flags = f0 >> 5;
    // In units of eight octets.
    let offset = u16::from_be_bytes([f0 & 0x1f, f1]);
    let mut fields = writer.layer(FieldId::IP, place, Some(length));
    fields.number(FieldId::IP_VERSION, 0, 1, first >> 4);
    fields.show(FieldId::IP_HDR_LEN, 0, 1, length);
    fields.number(FieldId::IP_DSFIELD, 1, 1, service);
    fields.number(FieldId::IP_DSFIELD_DSCP, 1, 1, service >> 2);
    fields.number(FieldId::IP_DSFIELD_ECN, 1, 1, service & 3);
    fields.number(FieldId::IP_TOS, 1, 1, service);
    fields.number(FieldId::IP_LEN, 2, 2, u16::from_be_bytes([l0, l1]));
    fields.number(FieldId::IP_ID, 4, 2, u16::from_be_bytes([i0, i1]));
    fields.number(FieldId::IP_FLAGS, 6, 1, flags);
    fields.number(FieldId::IP_FLAGS_DF, 6, 1, flags >> 1 & 1);
    fields.number(FieldId::IP_FLAGS_MF, 6, 1, flags & 1);
    fields.number(FieldId::IP_FRAG_OFFSET, 6, 2, offset);
    fields.number(FieldId::IP_TTL, 8, 1, ttl);
    fields.number(FieldId::IP_PROTO, 9, 1, protocol);
    fields.number(FieldId::IP_CHECKSUM, 10, 2, u16::from_be_bytes([c0, c1]));
    let (source, destination) = addresses.split_first_chunk::<4>()?;
    let source = IpAddr::V4(Ipv4Addr::from(*source));
    let destination = IpAddr::V4(Ipv4Addr::from(*destination.first_chunk::<4>()?));
    fields.address(FieldId::IP_SRC, 12, source);
    fields.address(FieldId::IP_ADDR, 12, source);
    fields.address(FieldId::IP_DST, 16, destination);
    fields.address(FieldId::IP_ADDR, 16, destination);
    Some(Header {
        layer: fields.layer,
        length,
        protocol,
        is_start: offset == 0,
    })
}

/// Octets of an IPv6 header.
const IPV6: usize = 40;

fn ipv6(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<Header> {
    let header: &[u8; IPV6] = octets.first_chunk()?;
    let [v0, v1, v2, v3, l0, l1, next, hops, addresses @ ..] = *header;
    let first = u32::from_be_bytes([v0, v1, v2, v3]);
    let mut fields = writer.layer(FieldId::IPV6, place, Some(IPV6));
    fields.number(FieldId::IPV6_VERSION, 0, 1, v0 >> 4);
    fields.number(FieldId::IP_VERSION, 0, 1, v0 >> 4);
    fields.number(FieldId::IPV6_TCLASS, 0, 4, first >> 20 & 0xff);
    fields.number(FieldId::IPV6_FLOW, 1, 3, first & 0x000f_ffff);
    fields.number(FieldId::IPV6_PLEN, 4, 2, u16::from_be_bytes([l0, l1]));
    fields.number(FieldId::IPV6_NXT, 6, 1, next);
    fields.number(FieldId::IPV6_HLIM, 7, 1, hops);
    let (source, destination) = addresses.split_first_chunk::<16>()?;
    let source = IpAddr::V6(Ipv6Addr::from(*source));
    let destination = IpAddr::V6(Ipv6Addr::from(*destination.first_chunk::<16>()?));
    fields.address(FieldId::IPV6_SRC, 8, source);
    fields.address(FieldId::IPV6_ADDR, 8, source);
    fields.address(FieldId::IPV6_DST, 24, destination);
    fields.address(FieldId::IPV6_ADDR, 24, destination);
    Some(Header {
        layer: fields.layer,
        length: IPV6,
        protocol: next,
        is_start: true,
    })
}

/// Octets of an ICMP header.
const ICMP: usize = 8;

/// An ICMP message, and the octets that it quotes where it is an error (RFC 792): the packet that it is about.
pub(super) fn icmp<'a>(
    octets: &'a [u8],
    place: Place,
    writer: &mut Writer<'_>,
) -> Option<(LayerIndex, Option<&'a [u8]>)> {
    const IDENTIFIED: [u8; 8] = [0, 8, 13, 14, 15, 16, 17, 18];
    const ERRORS: [u8; 5] = [3, 4, 5, 11, 12];
    let mut reader = Reader::new(octets);
    let mut read = || -> Result<_, ShortRead> {
        let [kind, code, _, _] = reader.array("ICMP header")?;
        Ok((
            kind,
            code,
            reader.u16("identifier")?,
            reader.u16("sequence number")?,
        ))
    };
    let (kind, code, identifier, sequence) = read().ok()?;
    let mut fields = writer.layer(FieldId::ICMP, place, None);
    fields.number(FieldId::ICMP_TYPE, 0, 1, kind);
    fields.number(FieldId::ICMP_CODE, 1, 1, code);
    if IDENTIFIED.contains(&kind) {
        fields.number(FieldId::ICMP_IDENT, 4, 2, identifier);
        fields.number(FieldId::ICMP_SEQ, 6, 2, sequence);
    }
    let quoted = octets.get(ICMP..).filter(|_| ERRORS.contains(&kind));
    Some((fields.layer, quoted))
}
