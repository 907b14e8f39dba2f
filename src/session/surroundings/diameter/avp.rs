//! Attribute-value pairs of Diameter (RFC 6733 section 4).

use std::net::{IpAddr, Ipv6Addr};

use crate::model::{PhoneAddresses, Prefix};
use crate::session::surroundings::prefix::prefix;

/// An AVP that 3GPP has defined, by the vendor's number with IANA.
pub(super) const VENDOR_3GPP: u32 = 10_415;

/// One attribute-value pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avp<'a> {
    /// Its code, and the vendor who gave it; 0 for none.
    pub(super) code: u32,
    pub(super) vendor: u32,
    /// Its value, without padding.
    pub(super) data: &'a [u8],
}

impl<'a> Avp<'a> {
    /// The AVPs in it, where it is a grouped one.
    pub(super) const fn avps(&self) -> Avps<'a> {
        Avps { octets: self.data }
    }

    /// Unsigned32 and Enumerated (section 4.2).
    pub(super) fn u32(&self) -> Option<u32> {
        self.data.try_into().ok().map(u32::from_be_bytes)
    }

    /// Octets that are UTF-8.
    pub(super) fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.data).ok()
    }

    /// Framed-IPv6-Prefix and its like: reserved, length in bits, prefix (RFC 3162 section 2.3).
    pub(super) fn prefix(&self) -> Option<Prefix> {
        prefix(self.data)
    }

    /// Address (section 4.3.1): family, octets.
    pub(super) fn address(&self) -> Option<IpAddr> {
        const IPV4: [u8; 2] = [0, 1];
        const IPV6: [u8; 2] = [0, 2];
        let (family, octets) = self.data.split_first_chunk::<2>()?;
        match *family {
            IPV4 => PhoneAddresses::v4_of(octets.try_into().ok()?).map(IpAddr::V4),
            IPV6 => Some(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?))),
            _ => None,
        }
    }
}

/// AVPs one after the other, up to the first that does not lie in the octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Avps<'a> {
    octets: &'a [u8],
}

impl<'a> Avps<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { octets }
    }

    /// The first with this code of no vendor.
    pub(super) fn find(self, code: u32) -> Option<Avp<'a>> {
        self.find_of(code, 0)
    }

    /// The first with this code of a vendor.
    pub(super) fn find_of(mut self, code: u32, vendor: u32) -> Option<Avp<'a>> {
        Iterator::find(&mut self, |avp| avp.code == code && avp.vendor == vendor)
    }

    /// Those with this code of 3GPP.
    pub(super) fn all_of_3gpp(self, code: u32) -> impl Iterator<Item = Avp<'a>> {
        self.filter(move |avp| avp.code == code && avp.vendor == VENDOR_3GPP)
    }

    /// Whether octets are left that are no AVP.
    pub(super) const fn is_malformed(&self) -> bool {
        !self.octets.is_empty()
    }
}

impl<'a> Iterator for Avps<'a> {
    type Item = Avp<'a>;

    fn next(&mut self) -> Option<Avp<'a>> {
        const VENDOR: u8 = 0x80;
        let (header, rest) = self.octets.split_first_chunk::<8>()?;
        let [c0, c1, c2, c3, flags, l0, l1, l2] = *header;
        let length = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        let (vendor, rest, head) = if flags & VENDOR == 0 {
            (0, rest, 8)
        } else {
            let (vendor, rest) = rest.split_first_chunk::<4>()?;
            (u32::from_be_bytes(*vendor), rest, 12)
        };
        let size = length.checked_sub(head)?;
        let (data, rest) = rest.split_at_checked(size)?;
        self.octets = rest.get(size.wrapping_neg() % 4..).unwrap_or_default();
        Some(Avp {
            code: u32::from_be_bytes([c0, c1, c2, c3]),
            vendor,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn avps_lie_one_after_the_other_with_padding_between_them() {
        // Session-Id "a;b" (padded by one octet), Result-Code 2001, an AVP of 3GPP without data.
        let octets = [
            &[0, 0, 1, 7, 0x40, 0, 0, 11, b'a', b';', b'b', 0][..],
            &[0, 0, 1, 12, 0x40, 0, 0, 12, 0, 0, 7, 0xd1],
            &[0, 0, 3, 0x69, 0xc0, 0, 0, 12, 0, 0, 0x28, 0xaf],
        ]
        .concat();
        let avps = Avps::new(&octets);
        assert_eq!(avps.find(263).and_then(|avp| avp.text()), Some("a;b"));
        assert_eq!(avps.find(268).and_then(|avp| avp.u32()), Some(2001));
        assert_eq!(avps.all_of_3gpp(873).count(), 1);
        assert_eq!(avps.find(873), None, "of no vendor it is another");
        let mut all = avps;
        assert_eq!(all.by_ref().count(), 3);
        assert!(!all.is_malformed());
    }

    #[test]
    fn lengths_that_lie_end_the_avps() {
        for octets in [
            &[0, 0, 1, 7, 0x40, 0, 0, 7][..],
            &[0, 0, 1, 7, 0x40, 0, 0, 9],
            &[0, 0, 1, 7, 0xc0, 0, 0, 12, 0],
            &[0, 0, 1, 7, 0xc0, 0, 0, 11, 0, 0, 0, 1],
            &[0, 0, 1],
        ] {
            let mut avps = Avps::new(octets);
            assert_eq!(avps.next(), None);
            assert!(avps.is_malformed());
        }
    }

    #[test]
    fn addresses_and_prefixes() {
        let of = |data| Avp {
            code: 0,
            vendor: 0,
            data,
        };
        assert_eq!(of(&[0, 1, 10, 0, 0, 1]).address(), Some([10, 0, 0, 1].into()));
        let v6: IpAddr = "2001:db8::1".parse().unwrap();
        let octets = [&[0, 2, 0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1]].concat();
        assert_eq!(of(&octets).address(), Some(v6));
        assert_eq!(of(&[0, 1, 10, 0, 0]).address(), None);
        let prefix = of(&[0, 64, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2]).prefix();
        assert_eq!(
            prefix.map(|prefix| prefix.to_string()).as_deref(),
            Some("2001:db8:1:2::/64")
        );
        assert_eq!(of(&[0; 19]).prefix(), None);
    }

    proptest! {
        #[test]
        fn whatever_the_octets_values_lie_in_them(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let held: usize = Avps::new(&octets).map(|avp| avp.data.len() + 8).sum();
            prop_assert!(held <= octets.len());
        }
    }
}
