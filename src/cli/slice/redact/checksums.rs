//! Checksums of transport headers after octets behind them changed: TCP (RFC 9293 section 3.1), UDP (RFC 768), SCTP (RFC 9260
//! appendix A). The octets of IP headers do not change.

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

/// Changes the checksum of a segment or datagram, whole or cut, by what its octets changed (RFC 1624). One that was right is right
/// then; one that was wrong, because the network card was to fill it in or because the packet was damaged, is as wrong as before,
/// so that the slice is read as its captures are. A datagram that has none gets none.
pub(super) fn adjust(protocol: IpNumber, before: &[u8], octets: &mut [u8]) {
    let Some(stored) = stored(protocol, octets) else {
        return;
    };
    if protocol == IpNumber::UDP && stored == [0, 0] {
        return;
    }
    let length = length(protocol, octets);
    let own = |octets: &[u8]| octets.get(..length).unwrap_or_default().to_vec();
    let complement: Vec<u8> = own(before).iter().map(|octet| !octet).collect();
    // ~(~HC + ~m + m'): the checksum's own place is the same before and after, and cancels itself.
    let sum = Sum16BitWords::new()
        .add_2bytes(stored.map(|octet| !octet))
        .add_slice(&padded(complement, 0xff))
        .add_slice(&padded(own(octets), 0));
    let checksum = match sum.ones_complement().to_be() {
        // Zero says that a datagram has none.
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

/// Octets in whole words.
fn padded(mut octets: Vec<u8>, with: u8) -> Vec<u8> {
    if octets.len() % 2 == 1 {
        octets.push(with);
    }
    octets
}

/// The same of a whole SCTP packet.
pub(super) fn adjust_sctp(before: &[u8], octets: &mut [u8]) {
    if crc_stored(before) != crc_computed(before) {
        return;
    }
    let checksum = crc_computed(octets);
    let there = octets.get_mut(8..).and_then(|rest| rest.first_chunk_mut::<4>());
    if let (Some(there), Some(checksum)) = (there, checksum) {
        *there = checksum;
    }
}

fn crc_stored(octets: &[u8]) -> Option<[u8; 4]> {
    octets.get(8..)?.first_chunk().copied()
}

/// What the checksum is where its own place holds zeros.
fn crc_computed(octets: &[u8]) -> Option<[u8; 4]> {
    let (before, behind) = (octets.get(..8)?, octets.get(12..)?);
    Some(crc32c(&[before, &[0; 4], behind].concat()).to_le_bytes())
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
    const ENDS: ([u8; 4], [u8; 4]) = ([10, 0, 0, 1], [10, 0, 0, 2]);

    fn computed(segment: &[u8]) -> [u8; 2] {
        let (before, behind) = (&segment[..16], &segment[18..]);
        let zeroed = [before, &[0, 0], behind].concat();
        let sum = Sum16BitWords::new()
            .add_4bytes(ENDS.0)
            .add_4bytes(ENDS.1)
            .add_2bytes([0, IpNumber::TCP.0])
            .add_2bytes(u16::try_from(segment.len()).unwrap().to_be_bytes())
            .add_slice(&padded(zeroed, 0));
        sum.ones_complement().to_be().to_be_bytes()
    }

    #[test]
    fn what_was_right_stays_right_and_what_was_wrong_stays_wrong() {
        assert_eq!(computed(&SYN), [SYN[16], SYN[17]]);
        for text in [&b"+61400000001"[..], b"+6140000000"] {
            let mut before = [&SYN[..], text].concat();
            let right = computed(&before);
            before[16..18].copy_from_slice(&right);
            let mut after = before.clone();
            after[20..].copy_from_slice(&b"+99999999999"[..text.len()]);
            adjust(IpNumber::TCP, &before, &mut after);
            assert_eq!([after[16], after[17]], computed(&after));
            assert_ne!([after[16], after[17]], right);

            before[17] ^= 1;
            let mut after = before.clone();
            after[20..].copy_from_slice(&b"+99999999999"[..text.len()]);
            adjust(IpNumber::TCP, &before, &mut after);
            assert_ne!([after[16], after[17]], computed(&after));
        }
    }

    #[test]
    fn a_crc_that_was_right_stays_right_and_one_that_was_not_stays() {
        let mut before = [&[0; 12][..], b"+61400000001"].concat();
        let mut after = [&[0; 12][..], b"+99999999999"].concat();
        let unset = after.clone();
        adjust_sctp(&before, &mut after);
        assert_eq!(after, unset);
        let right = crc_computed(&before).unwrap();
        before[8..12].copy_from_slice(&right);
        after[8..12].copy_from_slice(&right);
        adjust_sctp(&before, &mut after);
        assert_eq!(crc_stored(&after), crc_computed(&after));
        assert_ne!(crc_stored(&after), Some(right));
    }

    #[test]
    fn a_datagram_without_a_checksum_gets_none_and_padding_is_not_its_own() {
        let before = [0, 1, 0, 2, 0, 9, 0, 0, b'x', 0, 0];
        let mut after = before;
        after[8] = b'y';
        adjust(IpNumber::UDP, &before, &mut after);
        assert_eq!(after[6..8], [0, 0]);
        let before = [0, 1, 0, 2, 0, 9, 1, 2, b'x', 0, 0];
        let mut after = before;
        after[8] = b'y';
        let mut padded = after;
        padded[10] = 7;
        adjust(IpNumber::UDP, &before, &mut after);
        adjust(IpNumber::UDP, &before, &mut padded);
        assert_eq!(after[..9], padded[..9]);
        assert_eq!(after[6..8], [0, 2], "an octet in a high place is 256 more");
    }
}
