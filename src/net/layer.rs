//! The step from one header to the next, and what stops it.

use std::net::IpAddr;

use etherparse::IpNumber;

use crate::{capture::LinkType, codec::ShortRead};

/// Ethernet types (IEEE 802 numbers, as IANA lists them).
pub(crate) mod ethertype {
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const IPV6: u16 = 0x86dd;
    pub(crate) const VLAN: u16 = 0x8100;
    pub(crate) const PROVIDER_BRIDGING: u16 = 0x88a8;
    pub(crate) const OLD_QINQ: u16 = 0x9100;
    pub(crate) const OLDER_QINQ: u16 = 0x9200;
    pub(crate) const MPLS: u16 = 0x8847;
    pub(crate) const MPLS_MULTICAST: u16 = 0x8848;
    pub(crate) const PPPOE_SESSION: u16 = 0x8864;
    /// In GRE and cooked captures.
    pub(crate) const TRANSPARENT_BRIDGING: u16 = 0x6558;
    pub(crate) const PPP: u16 = 0x880b;
    /// In GRE.
    pub(crate) const ERSPAN: u16 = 0x88be;
    pub(crate) const ERSPAN_III: u16 = 0x22eb;
    /// Below it the field is the length of an IEEE 802.3 frame.
    pub(crate) const LEAST: u16 = 0x0600;
}

/// The next header to read, with the octets that begin with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layer<'a> {
    /// A frame of a link type.
    Frame(LinkType, &'a [u8]),
    /// An Ethernet frame.
    Ethernet(&'a [u8]),
    /// What an Ethernet type announces.
    EtherType(u16, &'a [u8]),
    /// An IEEE 802.2 header.
    Llc(&'a [u8]),
    /// A PPP frame, its address and control octets there or not.
    Ppp(&'a [u8]),
    /// IPv4 or IPv6, told by the version.
    Ip(&'a [u8]),
    /// What an IP header announces.
    IpPayload(IpPayload<'a>),
}

/// What lies behind an IP header, or behind an extension header of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IpPayload<'a> {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) identification: Option<u32>,
    pub(crate) protocol: IpNumber,
    /// The octets captured, without padding of the link layer.
    pub(crate) data: &'a [u8],
    /// Octets that the IP length promises behind `data`.
    pub(crate) missing: u32,
}

/// What a header leads to.
pub(super) type Next<'a> = Result<Layer<'a>, LayerError>;

/// Why a header leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerError {
    /// The octets end inside it.
    Short,
    /// A link type that is not decoded.
    Unsupported,
    /// It contradicts itself.
    Malformed(&'static str),
    /// It is known to carry no IP.
    NoIp,
}

impl From<ShortRead> for LayerError {
    fn from(_: ShortRead) -> Self {
        Self::Short
    }
}
