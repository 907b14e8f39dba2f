//! The checksum of TCP and UDP over the pseudo-header and all octets (RFC 9293 section 3.1, RFC 8200 section 8.1).

use std::net::IpAddr;

use etherparse::IpNumber;
use etherparse::checksum::Sum16BitWords;

/// Whether the checksum of a whole segment or datagram, its header first, is right.
pub(super) fn holds(source: IpAddr, destination: IpAddr, protocol: IpNumber, octets: &[u8]) -> bool {
    let mut sum = [source, destination]
        .into_iter()
        .fold(Sum16BitWords::new(), |mut sum, address| match address {
            IpAddr::V4(v4) => sum.add_4bytes(v4.octets()),
            IpAddr::V6(v6) => sum.add_16bytes(v6.octets()),
        });
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    let sum = sum
        .add_4bytes(length.to_be_bytes())
        .add_2bytes([0, protocol.0])
        .add_8bytes(words(octets).to_ne_bytes());
    sum.ones_complement() == 0
}

/// The sum of all 16-bit words. The halves of each eight octets are summed apart, without carries between the additions,
/// which is what a compiler makes many at a time of: every octet of the connections that are read passes here.
fn words(octets: &[u8]) -> u64 {
    let (eights, rest) = octets.as_chunks::<8>();
    let mut halves = [0_u64; 2];
    let mut add = |eight: u64| {
        halves[0] = halves[0].wrapping_add(eight & u64::from(u32::MAX));
        halves[1] = halves[1].wrapping_add(eight >> u32::BITS);
    };
    eights.iter().for_each(|eight| add(u64::from_ne_bytes(*eight)));
    let (pairs, odd) = rest.as_chunks::<2>();
    pairs
        .iter()
        .for_each(|pair| add(u16::from_ne_bytes(*pair).into()));
    odd.iter()
        .for_each(|octet| add(u16::from_ne_bytes([*octet, 0]).into()));
    halves[0].wrapping_add(halves[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_sum_is_that_of_the_library(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let ours = Sum16BitWords::new().add_8bytes(words(&octets).to_ne_bytes());
            let theirs = Sum16BitWords::new().add_slice(&octets);
            proptest::prop_assert_eq!(ours.ones_complement(), theirs.ones_complement());
        }
    }

    #[test]
    fn a_changed_octet_is_noticed() {
        // A SYN from 10.0.0.1:1 to 10.0.0.2:2, its checksum computed by hand: the words of pseudo-header and header add up
        // to 0x6422, the complement of which is 0x9bdd.
        let mut segment = [
            0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0x9b, 0xdd, 0, 0,
        ];
        let holds =
            |segment: &[u8]| holds([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), IpNumber::TCP, segment);
        assert!(holds(&segment));
        segment[3] ^= 1;
        assert!(!holds(&segment));
    }
}
