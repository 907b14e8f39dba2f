//! Who a subscriber is to the network, and which addresses a phone was given.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Digits of an E.164 number or an IMSI: 15 at most (ITU-T E.164 clause 6, TS 23.003 clause 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits {
    ascii: [u8; Self::MOST],
    length: u8,
}

impl Digits {
    /// The most digits.
    pub const MOST: usize = 15;

    /// From text of digits alone; none where it holds anything else, or none, or too many.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let mut ascii = [0; Self::MOST];
        ascii.get_mut(..text.len())?.copy_from_slice(text);
        let length = u8::try_from(text.len()).ok().filter(|length| *length > 0)?;
        text.iter()
            .all(u8::is_ascii_digit)
            .then_some(Self { ascii, length })
    }

    /// From telephony BCD (TS 29.002 clause 17.7.8): the low half of an octet before its high half, 15 fills up the last.
    pub fn from_tbcd(octets: &[u8]) -> Option<Self> {
        const FILLER: u8 = 15;
        let mut ascii = [0; Self::MOST];
        let mut length = 0_u8;
        let halves = octets.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]);
        for digit in halves.take_while(|half| *half != FILLER) {
            *ascii.get_mut(usize::from(length))? = (digit < 10).then(|| b'0'.wrapping_add(digit))?;
            length = length.saturating_add(1);
        }
        (length > 0).then_some(Self { ascii, length })
    }

    /// The digits in one word, four bits each; 15 of those that there are not. Other digits make another word.
    pub fn packed(self) -> u64 {
        self.ascii.iter().fold(0xf, |packed, digit| {
            let digit = if *digit == 0 { 0xf } else { *digit & 0x0f };
            packed << 4 | u64::from(digit)
        })
    }

    /// From [`Self::packed`].
    pub fn from_packed(packed: u64) -> Option<Self> {
        let mut ascii = [0; Self::MOST];
        let mut length = 0_u8;
        for (place, digit) in ascii.iter_mut().enumerate() {
            let half = (packed >> (4 * (Self::MOST - 1 - place)) & 0x0f) as u8;
            if half < 10 && usize::from(length) == place {
                *digit = b'0'.wrapping_add(half);
                length = length.saturating_add(1);
            }
        }
        (length > 0).then_some(Self { ascii, length })
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        let ascii = self.ascii.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(ascii).unwrap_or_default()
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A subscriber's number: 7 to 15 digits. It prints with `+` where its source says that it is international.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriberNumber {
    digits: Digits,
    international: bool,
}

impl SubscriberNumber {
    /// The fewest digits.
    const FEWEST: usize = 7;
    /// Digits from which on a number without a type of number is international: no national one is longer but for some of
    /// mobile networks that nobody calls.
    const INTERNATIONAL: usize = 10;

    /// A number of which its source says whether it is international. None where there are too few digits.
    pub fn new(digits: Digits, international: bool) -> Option<Self> {
        (digits.as_str().len() >= Self::FEWEST).then_some(Self {
            digits,
            international,
        })
    }

    /// From text, with or without `+`, whose source says nothing of its type (Calling-Station-Id, TS 29.061 clause 16.4).
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let (rest, plus) = match text {
            [b'+', rest @ ..] => (rest, true),
            _ => (text, false),
        };
        let digits = Digits::from_text(rest)?;
        Self::new(digits, plus || rest.len() >= Self::INTERNATIONAL)
    }

    /// The digits, without `+`.
    pub fn digits(&self) -> &str {
        self.digits.as_str()
    }

    /// Whether its source says that it is international.
    pub const fn is_international(&self) -> bool {
        self.international
    }
}

impl fmt::Display for SubscriberNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plus = if self.international { "+" } else { "" };
        write!(f, "{plus}{}", self.digits)
    }
}

/// An IPv6 prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    address: Ipv6Addr,
    bits: u8,
}

impl Prefix {
    /// The first `bits` of an address; the others are zero in it. None where there are more than 128 or none, or where
    /// all of them are zero: that asks for a prefix and is none.
    pub fn new(address: Ipv6Addr, bits: u8) -> Option<Self> {
        let unused = 128_u32
            .checked_sub(u32::from(bits))
            .filter(|unused| *unused < 128)?;
        let kept = address.to_bits() >> unused << unused;
        (kept != 0).then_some(Self {
            address: Ipv6Addr::from_bits(kept),
            bits,
        })
    }

    /// Its first address.
    pub const fn address(self) -> Ipv6Addr {
        self.address
    }

    /// How many bits of the address it fixes.
    pub const fn bits(self) -> u8 {
        self.bits
    }

    /// Whether an address lies in it.
    pub fn contains(self, address: Ipv6Addr) -> bool {
        Self::new(address, self.bits) == Some(self)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Addresses that a phone was given for a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PhoneAddresses {
    /// IPv4.
    pub v4: Option<Ipv4Addr>,
    /// IPv6: the prefix of the phone's own link, and one that it may hand on to others (Delegated-IPv6-Prefix, RFC 4818).
    pub prefixes: [Option<Prefix>; 2],
}

impl PhoneAddresses {
    /// Octets of a Framed-IP-Address or of a PDP address that stand for no address: 0 (to be assigned), all ones and
    /// all but the last (RFC 2865 section 5.8).
    pub fn v4_of(octets: [u8; 4]) -> Option<Ipv4Addr> {
        let number = u32::from_be_bytes(octets);
        (!matches!(number, 0 | 0xffff_fffe | 0xffff_ffff)).then(|| Ipv4Addr::from(octets))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4 == Some(address),
            IpAddr::V6(address) => self
                .prefixes
                .iter()
                .flatten()
                .any(|prefix| prefix.contains(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_from_text_and_from_bcd() {
        let shown = |digits: Option<Digits>| digits.map(|digits| digits.to_string());
        assert_eq!(
            shown(Digits::from_text(b"61400000001")).as_deref(),
            Some("61400000001")
        );
        for text in [&b""[..], b"6140000000a", b"+61", b"1234567890123456"] {
            assert_eq!(Digits::from_text(text), None, "{text:?}");
        }
        // TS 24.008 figure 10.5.4: an odd number of digits ends with the filler.
        assert_eq!(
            shown(Digits::from_tbcd(&[0x16, 0x04, 0xf1])).as_deref(),
            Some("61401")
        );
        assert_eq!(Digits::from_tbcd(&[0x1a]), None);
        assert_eq!(Digits::from_tbcd(&[0xff]), None);
    }

    #[test]
    fn digits_go_into_a_word_and_out_of_it() {
        for text in ["0", "61400000001", "123456789012345", "000000000000000"] {
            let digits = Digits::from_text(text.as_bytes()).unwrap();
            assert_eq!(Digits::from_packed(digits.packed()), Some(digits));
        }
        assert_eq!(Digits::from_packed(u64::MAX), None);
        let of = |text: &[u8]| Digits::from_text(text).map(Digits::packed);
        assert_ne!(of(b"10"), of(b"1"));
    }

    #[test]
    fn a_number_has_seven_digits_and_its_type() {
        let shown = |text: &[u8]| SubscriberNumber::from_text(text).map(|number| number.to_string());
        assert_eq!(shown(b"61400000001").as_deref(), Some("+61400000001"));
        assert_eq!(shown(b"+4712345678").as_deref(), Some("+4712345678"));
        assert_eq!(shown(b"1234567").as_deref(), Some("1234567"));
        assert_eq!(shown(b"123456"), None);
        assert_eq!(shown(b"00-11-22-33-44-55"), None);
    }

    #[test]
    fn a_prefix_has_the_addresses_that_begin_with_it() {
        let address: Ipv6Addr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        let prefix = Prefix::new(address, 64).unwrap();
        assert_eq!(prefix.to_string(), "2001:db8:1:2::/64");
        assert!(prefix.contains("2001:db8:1:2::1".parse().unwrap()));
        assert!(!prefix.contains("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(Prefix::new(address, 128).map(Prefix::address), Some(address));
        for bits in [0, 129, 255] {
            assert_eq!(Prefix::new(address, bits), None);
        }
        assert_eq!(Prefix::new(Ipv6Addr::UNSPECIFIED, 64), None);
    }

    #[test]
    fn values_that_stand_for_no_address_give_none() {
        for octets in [[0; 4], [255; 4], [255, 255, 255, 254]] {
            assert_eq!(PhoneAddresses::v4_of(octets), None);
        }
        let addresses = PhoneAddresses {
            v4: PhoneAddresses::v4_of([10, 0, 0, 1]),
            prefixes: [Prefix::new("2001:db8::".parse().unwrap(), 32), None],
        };
        assert!(addresses.contains([10, 0, 0, 1].into()) && !addresses.contains([10, 0, 0, 2].into()));
        assert!(addresses.contains("2001:db8::9".parse().unwrap()));
    }
}
