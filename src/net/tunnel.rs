//! Tunnels over IP and UDP: GRE (RFC 2784, 2890, 2637) with ERSPAN, GTP-U (TS 29.281), VXLAN (RFC 7348),
//! Geneve (RFC 8926), L2TP version 2 (RFC 2661). Those over UDP are only told by their port and must prove themselves by their header:
//! what does not read as the tunnel is plain UDP.

use super::layer::{Layer, LayerError, ethertype};
use crate::codec::Reader;

/// What a tunnel carries, and what tells it from others between the same ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tunnelled<'a> {
    /// TEID, VNI or key.
    pub(super) identifier: u32,
    pub(super) inner: Layer<'a>,
}

/// UDP ports (IANA).
pub(super) const GTPU_PORT: u16 = 2152;
pub(super) const VXLAN_PORT: u16 = 4789;
/// Linux's own VXLAN port, from before the assignment.
pub(super) const LINUX_VXLAN_PORT: u16 = 8472;
/// VXLAN with its generic protocol extension.
pub(super) const VXLAN_GPE_PORT: u16 = 4790;
pub(super) const GENEVE_PORT: u16 = 6081;
pub(super) const L2TP_PORT: u16 = 1701;

/// GRE: flags and version 2, protocol 2, then 4 octets each for checksum or routing, key and sequence number.
/// Version 1 (PPTP) has an acknowledgement too.
pub(super) fn gre(octets: &[u8]) -> Result<(Tunnelled<'_>, bool), LayerError> {
    const CHECKSUM: u16 = 0x8000;
    const ROUTING: u16 = 0x4000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    const ACKNOWLEDGEMENT: u16 = 0x0080;
    const VERSION: u16 = 0x0007;
    let mut reader = Reader::new(octets);
    let flags = reader.u16("flags")?;
    let kind = reader.u16("protocol")?;
    let version = flags & VERSION;
    if version > 1 {
        return Err(LayerError::Malformed("GRE version above 1"));
    }
    if flags & (CHECKSUM | ROUTING) != 0 {
        reader.skip("checksum and offset", 4)?;
    }
    let identifier = if flags & KEY != 0 { reader.u32("key")? } else { 0 };
    if flags & SEQUENCE != 0 {
        reader.skip("sequence number", 4)?;
    }
    if version == 1 && flags & ACKNOWLEDGEMENT != 0 {
        reader.skip("acknowledgement number", 4)?;
    }
    if flags & ROUTING != 0 {
        skip_source_routes(&mut reader)?;
    }
    let (inner, is_erspan) = gre_payload(kind, flags & SEQUENCE != 0, reader)?;
    Ok((Tunnelled { identifier, inner }, is_erspan))
}

/// RFC 1701 source route entries: family 2, offset 1, length 1, route; family and length 0 end them.
fn skip_source_routes(reader: &mut Reader<'_>) -> Result<(), LayerError> {
    loop {
        let [f0, f1, _, length] = reader.array("source route entry")?;
        if (f0, f1, length) == (0, 0, 0) {
            return Ok(());
        }
        reader.skip("source route", usize::from(length))?;
    }
}

fn gre_payload(kind: u16, sequenced: bool, mut reader: Reader<'_>) -> Result<(Layer<'_>, bool), LayerError> {
    const ERSPAN_II_HEADER: usize = 8;
    const ERSPAN_III_HEADER: usize = 12;
    const ERSPAN_III_SUBHEADER: usize = 8;
    match kind {
        // Type I has neither a sequence number nor a header of its own.
        ethertype::ERSPAN if !sequenced => Ok((Layer::Ethernet(reader.rest()), true)),
        ethertype::ERSPAN => {
            reader.skip("ERSPAN header", ERSPAN_II_HEADER)?;
            Ok((Layer::Ethernet(reader.rest()), true))
        }
        ethertype::ERSPAN_III => {
            let [.., options]: [u8; ERSPAN_III_HEADER] = reader.array("ERSPAN header")?;
            if options & 1 == 1 {
                reader.skip("ERSPAN platform subheader", ERSPAN_III_SUBHEADER)?;
            }
            Ok((Layer::Ethernet(reader.rest()), true))
        }
        kind => Ok((Layer::EtherType(kind, reader.rest()), false)),
    }
}

/// GTP-U version 1, G-PDU: flags 1, type 1, length 2, TEID 4; sequence number, N-PDU number and extension
/// headers where a flag says so (TS 29.281 5.1, 5.2).
pub(super) fn gtpu(octets: &[u8], missing: u32) -> Option<Tunnelled<'_>> {
    const VERSION_AND_TYPE: u8 = 0xf0;
    const VERSION_1_GTP: u8 = 0x30;
    const OPTIONAL_FIELDS: u8 = 0x07;
    const G_PDU: u8 = 0xff;
    let (header, rest) = octets.split_first_chunk()?;
    let [flags, kind, l0, l1, t0, t1, t2, t3] = *header;
    if flags & VERSION_AND_TYPE != VERSION_1_GTP || kind != G_PDU {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if length > rest.len().saturating_add(missing as usize) {
        return None;
    }
    let mut reader = Reader::new(rest.get(..length).unwrap_or(rest));
    if flags & OPTIONAL_FIELDS != 0 {
        reader.skip("sequence number and N-PDU number", 3).ok()?;
        let mut next = reader.u8("next extension header type").ok()?;
        while next != 0 {
            let units = usize::from(reader.u8("extension header length").ok()?);
            // The length counts itself and the next type: zero is impossible, and would never end.
            reader
                .skip("extension header", (units * 4).checked_sub(2)?)
                .ok()?;
            next = reader.u8("next extension header type").ok()?;
        }
    }
    Some(Tunnelled {
        identifier: u32::from_be_bytes([t0, t1, t2, t3]),
        inner: gtpu_payload(reader.rest())?,
    })
}

/// A G-PDU has no protocol field: IP by its version, PPP by its address and control octets, else Ethernet.
fn gtpu_payload(octets: &[u8]) -> Option<Layer<'_>> {
    match octets {
        [first, ..] if matches!(first >> 4, 4 | 6) => Some(Layer::Ip(octets)),
        [0xff, 0x03, ..] => Some(Layer::Ppp(octets)),
        _ => is_ethernet(octets).then_some(Layer::Ethernet(octets)),
    }
}

/// Whether an Ethernet type that networks are made of lies where it should.
fn is_ethernet(octets: &[u8]) -> bool {
    const ETHERTYPE_AT: usize = 12;
    const ARP: u16 = 0x0806;
    let kind = octets
        .get(ETHERTYPE_AT..)
        .and_then(<[u8]>::first_chunk)
        .copied()
        .map(u16::from_be_bytes);
    matches!(
        kind,
        Some(
            ARP | ethertype::IPV4
                | ethertype::IPV6
                | ethertype::VLAN
                | ethertype::PROVIDER_BRIDGING
                | ethertype::MPLS
                | ethertype::PPPOE_SESSION
        )
    )
}

/// VXLAN: flags 1 with the I bit, reserved 3, VNI 3, reserved 1, Ethernet. Its generic protocol extension has
/// the P bit too, and the next protocol in the last reserved octet (draft-ietf-nvo3-vxlan-gpe 3).
pub(super) fn vxlan(octets: &[u8]) -> Option<Tunnelled<'_>> {
    let (header, inner) = octets.split_first_chunk()?;
    let [flags, 0, 0, next, v0, v1, v2, 0] = *header else {
        return None;
    };
    let inner = match (flags, next) {
        (0x08, 0) | (0x0c, 3) if is_ethernet(inner) => Layer::Ethernet(inner),
        (0x0c, 1 | 2) => Layer::Ip(inner),
        _ => return None,
    };
    Some(Tunnelled {
        identifier: u32::from_be_bytes([0, v0, v1, v2]),
        inner,
    })
}

/// Geneve: version 0 and option length 1, flags 1, protocol 2, VNI 3, reserved 1, options.
pub(super) fn geneve(octets: &[u8]) -> Option<Tunnelled<'_>> {
    const RESERVED_FLAGS: u8 = 0x3f;
    let (header, rest) = octets.split_first_chunk()?;
    let [options, flags, k0, k1, v0, v1, v2, 0] = *header else {
        return None;
    };
    let rest = rest.get(usize::from(options & 0x3f) * 4..)?;
    let kind = u16::from_be_bytes([k0, k1]);
    let carried = matches!(
        kind,
        ethertype::TRANSPARENT_BRIDGING | ethertype::IPV4 | ethertype::IPV6
    );
    if options >> 6 != 0 || flags & RESERVED_FLAGS != 0 || !carried {
        return None;
    }
    Some(Tunnelled {
        identifier: u32::from_be_bytes([0, v0, v1, v2]),
        inner: Layer::EtherType(kind, rest),
    })
}

/// L2TP data message: flags and version 2, length 2 where a flag says so, tunnel 2, session 2, sequence numbers
/// 4 and offset 2 where flags say so, PPP (RFC 2661 3.1).
pub(super) fn l2tp(octets: &[u8]) -> Option<Tunnelled<'_>> {
    const CONTROL: u16 = 0x8000;
    const LENGTH: u16 = 0x4000;
    const SEQUENCE: u16 = 0x0800;
    const OFFSET: u16 = 0x0200;
    const RESERVED_AND_VERSION: u16 = 0x34ff;
    const VERSION_2: u16 = 2;
    let mut reader = Reader::new(octets);
    let flags = reader.u16("flags").ok()?;
    if flags & CONTROL != 0 || flags & RESERVED_AND_VERSION != VERSION_2 {
        return None;
    }
    if flags & LENGTH != 0 {
        reader.skip("length", 2).ok()?;
    }
    let identifier = reader.u32("tunnel and session").ok()?;
    if flags & SEQUENCE != 0 {
        reader.skip("sequence numbers", 4).ok()?;
    }
    if flags & OFFSET != 0 {
        let offset = reader.u16("offset").ok()?;
        reader.skip("offset padding", usize::from(offset)).ok()?;
    }
    // Only IP in it proves the datagram to be L2TP; link control is of no use to us.
    match reader.rest() {
        [0xff, 0x03, ..] | [0x00, 0x21 | 0x57, ..] | [0x21 | 0x57, ..] => Some(Tunnelled {
            identifier,
            inner: Layer::Ppp(reader.rest()),
        }),
        _ => None,
    }
}
