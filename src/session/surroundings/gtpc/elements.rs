//! What both versions have in common: a message, and values in its elements.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{PhoneAddresses, Prefix, TransactionOperation};
use crate::session::surroundings::{GtpAnswer, GtpRequest};

/// A message about the session of a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// What it asks for, or what was asked.
    pub(super) operation: TransactionOperation,
    /// The number that pairs it.
    pub(super) sequence: u32,
    pub(super) said: Said<'a>,
}

impl Message<'_> {
    /// Whether it is about a session that is still to be set up.
    pub(super) const fn is_set_up(&self) -> bool {
        matches!(
            self.operation,
            TransactionOperation::CreatePdpContext | TransactionOperation::CreateSession
        )
    }
}

/// An element does not lie in the message, or one that must be there is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    Request(GtpRequest<'a>),
    Answer { cause: u8, answer: GtpAnswer },
}

/// An address of a node: 4 or 16 octets.
pub(super) fn node(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(IpAddr::V4(Ipv4Addr::from(octets)));
    }
    let octets = <[u8; 16]>::try_from(octets).ok()?;
    Some(IpAddr::V6(Ipv6Addr::from(octets)))
}

/// A phone's address: IPv4, of IPv6 the first `bits`.
pub(super) fn phone(v4: Option<[u8; 4]>, v6: Option<([u8; 16], u8)>) -> PhoneAddresses {
    let prefix = v6.and_then(|(octets, bits)| Prefix::new(Ipv6Addr::from(octets), bits));
    PhoneAddresses {
        v4: v4.and_then(PhoneAddresses::v4_of),
        prefixes: [prefix, None],
    }
}
