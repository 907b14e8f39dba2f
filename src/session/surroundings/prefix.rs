//! IPv6 prefixes as RADIUS and Diameter write them.

use std::net::Ipv6Addr;

use crate::model::Prefix;

/// The prefix in the octets of a Framed-IPv6-Prefix: reserved, length in bits, and no more octets of it than it needs
/// (RFC 3162 section 2.3).
pub(super) fn prefix(octets: &[u8]) -> Option<Prefix> {
    let [_, bits, given @ ..] = octets else {
        return None;
    };
    let mut address = [0; 16];
    address.get_mut(..given.len())?.copy_from_slice(given);
    Prefix::new(Ipv6Addr::from(address), *bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_have_fewer_octets_than_an_address() {
        let shown = |octets: &[u8]| prefix(octets).map(|prefix| prefix.to_string());
        assert_eq!(
            shown(&[0, 64, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2]).as_deref(),
            Some("2001:db8:1:2::/64")
        );
        assert_eq!(shown(&[0; 19]), None, "17 octets of prefix");
        assert_eq!(shown(&[0, 64]), None);
        assert_eq!(shown(&[0]), None);
    }
}
