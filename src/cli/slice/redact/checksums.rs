//! Checksums of transport headers after octets behind them changed: TCP (RFC 9293 section 3.1), UDP (RFC 768), SCTP (RFC 9260
//! appendix A). The octets of IP headers do not change.

use std::net::IpAddr;

use etherparse::IpNumber;
use etherparse::checksum::Sum16BitWords;

/// Where the checksum of TCP, UDP and SCTP stands behind the beginning of the header.
const fn place(protocol: IpNumber) -> usize {
    match protocol {
        IpNumber::TCP => 16,
        IpNumber::UDP => 6,
        _ => 8,
    }
}

/// The octets that the header says are its own: a datagram may be padded.
fn length(protocol: IpNumber, octets: &[u8]) -> usize {
    let said = octets.get(4..).and_then(|rest| rest.first_chunk::<2>());
    match said {
        Some(said) if protocol == IpNumber::UDP && *said != [0, 0] => {
            usize::from(u16::from_be_bytes(*said)).min(octets.len())
        }
        _ => octets.len(),
    }
}

fn stored(protocol: IpNumber, octets: &[u8]) -> Option<[u8; 2]> {
    octets.get(place(protocol)..)?.first_chunk().copied()
}

fn store(protocol: IpNumber, octets: &mut [u8], checksum: u16) {
    // Zero says that a datagram has none.
    let checksum = match checksum {
        0 if protocol == IpNumber::UDP => u16::MAX,
        other => other,
    };
    let there = octets
        .get_mut(place(protocol)..)
        .and_then(|rest| rest.first_chunk_mut());
    if let Some(there) = there {
        *there = checksum.to_be_bytes();
    }
}

/// Sets the checksum of a whole segment or datagram; one that has none gets none.
pub(super) fn set(ends: (IpAddr, IpAddr), protocol: IpNumber, octets: &mut [u8]) {
    if protocol == IpNumber::UDP && stored(protocol, octets) == Some([0, 0]) {
        return;
    }
    let length = length(protocol, octets);
    store_zero(protocol, octets);
    let sum = [ends.0, ends.1]
        .into_iter()
        .fold(Sum16BitWords::new(), |mut sum, address| match address {
            IpAddr::V4(v4) => sum.add_4bytes(v4.octets()),
            IpAddr::V6(v6) => sum.add_16bytes(v6.octets()),
        })
        .add_4bytes(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes())
        .add_2bytes([0, protocol.0])
        .add_slice(octets.get(..length).unwrap_or_default());
    store(protocol, octets, sum.ones_complement().to_be());
}

fn store_zero(protocol: IpNumber, octets: &mut [u8]) {
    let there = octets
        .get_mut(place(protocol)..)
        .and_then(|rest| rest.first_chunk_mut::<2>());
    if let Some(there) = there {
        *there = [0, 0];
    }
}

/// Changes the checksum of a segment or datagram of which octets are missing by what the others changed (RFC 1624).
pub(super) fn adjust(protocol: IpNumber, before: &[u8], octets: &mut [u8]) {
    let Some(stored) = stored(protocol, octets) else {
        return;
    };
    if protocol == IpNumber::UDP && stored == [0, 0] {
        return;
    }
    let complement = |octets: &[u8]| octets.iter().map(|octet| !octet).collect::<Vec<u8>>();
    // ~(~HC + ~m + m'): the checksum's own place is the same before and after, and cancels itself.
    let sum = Sum16BitWords::new()
        .add_2bytes(stored.map(|octet| !octet))
        .add_slice(&padded(&complement(before), 0xff))
        .add_slice(&padded(octets, 0));
    store(protocol, octets, sum.ones_complement().to_be());
}

/// Octets in whole words.
fn padded(octets: &[u8], with: u8) -> Vec<u8> {
    let mut octets = octets.to_vec();
    if octets.len() % 2 == 1 {
        octets.push(with);
    }
    octets
}

/// Sets the checksum of a whole SCTP packet.
pub(super) fn set_sctp(octets: &mut [u8]) {
    let there = octets.get_mut(8..).and_then(|rest| rest.first_chunk_mut::<4>());
    let Some(there) = there else { return };
    *there = [0; 4];
    let checksum = crc32c(octets).to_le_bytes();
    if let Some(there) = octets.get_mut(8..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *there = checksum;
    }
}

/// Castagnoli's CRC, bit by bit: a slice holds few packets of SCTP.
fn crc32c(octets: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_crc() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    /// A SYN whose checksum was computed by hand; see `net/checksum.rs`.
    const SYN: [u8; 20] = [
        0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0x9b, 0xdd, 0, 0,
    ];
    const ENDS: (IpAddr, IpAddr) = (
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)),
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2)),
    );

    #[test]
    fn a_checksum_is_computed_and_adjusted_to_the_same() {
        let mut segment = SYN;
        segment[16] = 0;
        set(ENDS, IpNumber::TCP, &mut segment);
        assert_eq!(segment, SYN);
        let before = [&SYN[..], b"+61400000001"].concat();
        let mut first = before.clone();
        set(ENDS, IpNumber::TCP, &mut first);
        for change in [&b"+99999999999"[..], b"+61400000001", b"abcdefghijkl"] {
            let mut whole = first.clone();
            whole[20..].copy_from_slice(change);
            let mut cut = whole.clone();
            set(ENDS, IpNumber::TCP, &mut whole);
            adjust(IpNumber::TCP, &first, &mut cut);
            assert_eq!(whole, cut);
        }
    }

    #[test]
    fn a_datagram_without_a_checksum_gets_none_and_padding_is_not_its_own() {
        let mut datagram = [0, 1, 0, 2, 0, 9, 0, 0, b'x', 0, 0];
        set(ENDS, IpNumber::UDP, &mut datagram);
        assert_eq!(datagram[6..8], [0, 0]);
        datagram[6] = 1;
        let mut padded = datagram;
        padded[10] = 7;
        set(ENDS, IpNumber::UDP, &mut datagram);
        set(ENDS, IpNumber::UDP, &mut padded);
        assert_eq!(datagram[..9], padded[..9]);
    }
}
