//! One captured frame.

use std::fmt;

use crate::model::{FrameRef, Origin, Timestamp};

/// A frame as a capture holds it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Where it stands, with its time on the clock of the run.
    pub at: FrameRef,
    /// Its time as the capture has it: the same, where the capture's clock was not set straight.
    pub stamp: Timestamp,
    /// The interface that captured it, by its number in its section (pcapng); 0 where a file has no interfaces.
    pub interface: u32,
    /// How its first header is to be read.
    pub link_type: LinkType,
    /// The octets captured.
    pub data: &'a [u8],
    /// How many octets it had on the wire; more than `data` holds where the snap length cut it.
    pub original_length: u32,
}

impl Frame<'_> {
    /// Who captured it.
    pub const fn origin(&self) -> Origin {
        Origin::new(self.at.capture, self.interface)
    }
}

/// A link-layer header type, by its number in the tcpdump.org registry (LINKTYPE_ values).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback, family in the capturing host's byte order.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without HDLC-like framing.
    pub const PPP: Self = Self(9);
    /// Raw IP, version from the first nibble.
    pub const RAW: Self = Self(101);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);

    /// The registry's name in lower case, where it is a type that occurs with IP traffic.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "null",
            1 => "ethernet",
            8 => "slip",
            9 => "ppp",
            12 | 14 | 101 => "raw",
            50 => "ppp_hdlc",
            51 => "ppp_ether",
            104 => "c_hdlc",
            105 => "ieee802_11",
            107 => "frelay",
            108 => "loop",
            113 => "linux_sll",
            127 => "ieee802_11_radiotap",
            139 => "mtp2_with_phdr",
            140 => "mtp2",
            141 => "mtp3",
            142 => "sccp",
            204 => "ppp_with_dir",
            226 => "ipnet",
            228 => "ipv4",
            229 => "ipv6",
            239 => "nflog",
            248 => "sctp",
            276 => "linux_sll2",
            _ => return None,
        })
    }
}

/// The name, or `linktype-N`.
impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "linktype-{}", self.0),
        }
    }
}
