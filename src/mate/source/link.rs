//! Fields of link layers: Ethernet (IEEE 802.3), VLAN tags (IEEE 802.1Q), Linux cooked headers (LINKTYPE_LINUX_SLL and
//! LINKTYPE_LINUX_SLL2 of tcpdump.org).

use super::writer::{Place, Writer};
use crate::codec::{Reader, ShortRead};
use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;

/// Octets of a hardware address.
const MAC: usize = 6;
/// Octets of an Ethernet header: Wireshark's layer ends with it.
const ETHERNET: usize = 14;
/// Below it the type field is the length of an IEEE 802.3 frame.
const LEAST_TYPE: u16 = 0x0600;

/// An Ethernet header.
pub(super) fn ethernet(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<LayerIndex> {
    let (header, _) = octets.split_first_chunk::<ETHERNET>()?;
    let (destination, rest) = header.split_at_checked(MAC)?;
    let (source, kind) = rest.split_at_checked(MAC)?;
    let mut fields = writer.layer(FieldId::ETH, place, Some(ETHERNET));
    fields.octets(FieldId::ETH_DST, 0, destination);
    fields.octets(FieldId::ETH_ADDR, 0, destination);
    fields.octets(FieldId::ETH_SRC, MAC, source);
    fields.octets(FieldId::ETH_ADDR, MAC, source);
    let kind = u16::from_be_bytes(*kind.first_chunk()?);
    if kind >= LEAST_TYPE {
        fields.number(FieldId::ETH_TYPE, 2 * MAC, 2, kind);
    }
    Some(fields.layer)
}

/// A VLAN tag behind its Ethernet type.
pub(super) fn vlan(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<LayerIndex> {
    let control = u16::from_be_bytes(*octets.first_chunk()?);
    let mut fields = writer.layer(FieldId::VLAN, place, Some(4));
    fields.number(FieldId::VLAN_PRIORITY, 0, 2, control >> 13);
    fields.number(FieldId::VLAN_ID, 0, 2, control & 0x0fff);
    Some(fields.layer)
}

/// LINUX_SLL: packet type 2, ARPHRD 2, address length 2, address 8, protocol 2.
pub(super) fn linux_cooked(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<LayerIndex> {
    let mut reader = Reader::new(octets);
    let mut read = || -> Result<_, ShortRead> {
        let packet_type = reader.u16("packet type")?;
        reader.skip("ARPHRD type", 2)?;
        let length = reader.u16("address length")?;
        let address: [u8; 8] = reader.array("address")?;
        Ok((packet_type, length, address, reader.u16("protocol")?))
    };
    let (packet_type, length, address, protocol) = read().ok()?;
    let mut fields = writer.layer(FieldId::SLL, place, Some(16));
    fields.number(FieldId::SLL_PKTTYPE, 0, 2, packet_type);
    if usize::from(length) == MAC {
        fields.octets(FieldId::SLL_SRC_ETH, 6, address.get(..MAC).unwrap_or_default());
    }
    fields.number(FieldId::SLL_ETYPE, 14, 2, protocol);
    Some(fields.layer)
}

/// LINUX_SLL2: protocol 2, reserved 2, interface 4, ARPHRD 2, packet type 1, address length 1, address 8.
pub(super) fn linux_cooked_2(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<LayerIndex> {
    let mut reader = Reader::new(octets);
    let mut read = || -> Result<_, ShortRead> {
        let protocol = reader.u16("protocol")?;
        reader.skip("interface and ARPHRD type", 8)?;
        let packet_type = reader.u8("packet type")?;
        let length = reader.u8("address length")?;
        let address: [u8; 8] = reader.array("address")?;
        Ok((protocol, packet_type, length, address))
    };
    let (protocol, packet_type, length, address) = read().ok()?;
    let mut fields = writer.layer(FieldId::SLL, place, Some(20));
    fields.number(FieldId::SLL_ETYPE, 0, 2, protocol);
    fields.number(FieldId::SLL_PKTTYPE, 10, 1, packet_type);
    if usize::from(length) == MAC {
        fields.octets(FieldId::SLL_SRC_ETH, 12, address.get(..MAC).unwrap_or_default());
    }
    Some(fields.layer)
}
