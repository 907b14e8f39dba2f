//! Where a redirect points (WAP-230 section 8.2.2.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::codec::Reader;

/// One address of a redirect or an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The bearer network, where it is given.
    pub bearer: Option<u8>,
    /// The port, where it differs from the sender's.
    pub port: Option<u16>,
    /// The address's octets.
    pub octets: &'a [u8],
}

impl Address<'_> {
    /// The address, where it is one of IP.
    pub fn ip(&self) -> Option<IpAddr> {
        if let Ok(octets) = <[u8; 4]>::try_from(self.octets) {
            return Some(IpAddr::V4(Ipv4Addr::from(octets)));
        }
        let octets = <[u8; 16]>::try_from(self.octets).ok()?;
        Some(IpAddr::V6(Ipv6Addr::from(octets)))
    }
}

/// Iterates over addresses; stops at the first that is not whole.
#[derive(Clone, Debug)]
pub struct Addresses<'a>(Reader<'a>);

impl<'a> Addresses<'a> {
    /// The addresses in `reader`.
    pub const fn new(reader: Reader<'a>) -> Self {
        Self(reader)
    }

    fn read(&mut self) -> Option<Address<'a>> {
        let flags = self.0.u8("address flags").ok()?;
        let bearer = match flags & 0x80 {
            0 => None,
            _ => Some(self.0.u8("bearer").ok()?),
        };
        let port = match flags & 0x40 {
            0 => None,
            _ => Some(self.0.u16("port").ok()?),
        };
        let octets = self.0.take("address", usize::from(flags & 0x3F)).ok()?;
        Some(Address { bearer, port, octets })
    }
}

impl<'a> Iterator for Addresses<'a> {
    type Item = Address<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let address = self.read();
        if address.is_none() {
            self.0 = Reader::new(&[]);
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_names_addresses_with_and_without_port() {
        let octets = [0xC4, 0x0B, 0x23, 0xF1, 10, 0, 0, 1, 0x04, 10, 0, 0, 2, 0x04, 1];
        let found: Vec<_> = Addresses::new(Reader::new(&octets)).collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].bearer, found[0].port), (Some(0x0B), Some(9201)));
        assert_eq!(found[1].ip(), Some("10.0.0.2".parse().unwrap()));
    }
}
