//! ESP (RFC 4303) with NULL encryption (RFC 2410), as IMS phones and their proxies use it: nothing in the packet says that
//! it is not encrypted nor how long its integrity check value is, so the lengths that occur are tried, and the trailer and
//! the transport header must bear each other out.

use etherparse::IpNumber;

use super::{UdpDatagram, checksum, layer::IpPayload, network};

/// The port of ESP in UDP, where a NAT lies between (RFC 3948); the NAT may give one end another.
const UDP_PORT: u16 = 4500;

/// Whether a datagram may hold ESP: neither a keepalive of one octet nor, by the marker of four zero octets, IKE (RFC 3948
/// section 2).
pub(super) fn is_in_udp(datagram: &UdpDatagram<'_>) -> bool {
    let ports = [datagram.source_port, datagram.destination_port];
    ports.contains(&UDP_PORT)
        && datagram.payload.len() > HEADER
        && !datagram.payload.starts_with(&[0, 0, 0, 0])
}

/// Whether both ends of a datagram have the port of ESP in UDP.
pub(super) fn is_between_its_ports(datagram: &UdpDatagram<'_>) -> bool {
    datagram.source_port == UDP_PORT && datagram.destination_port == UDP_PORT
}

/// Octets of the security parameters index and the sequence number.
const HEADER: usize = 8;
/// Octets of the pad length and the next header.
const TRAILER: usize = 2;
/// Octets of integrity check values: of HMAC-96, of AES-GMAC and HMAC-SHA-256-128, of HMAC-SHA-384-192 and HMAC-SHA-512-256
/// (RFC 8221), and none.
const CHECK_VALUES: [usize; 5] = [12, 16, 24, 32, 0];

/// What an ESP packet carries, if that is not encrypted and all of it is there.
pub(super) fn unencrypted<'a>(payload: &IpPayload<'a>) -> Option<IpPayload<'a>> {
    if payload.missing > 0 {
        return None;
    }
    let mut carried = CHECK_VALUES
        .iter()
        .filter_map(|length| without_trailer(payload, *length));
    carried.find(|inner| is_plausible(inner))
}

/// What lies between header and trailer, where the trailer is one: padding counts from 1 on (RFC 4303 section 2.4).
fn without_trailer<'a>(payload: &IpPayload<'a>, check_value: usize) -> Option<IpPayload<'a>> {
    let end = payload.data.len().checked_sub(check_value)?;
    let body = payload.data.get(HEADER..end).filter(|_| end.is_multiple_of(4))?;
    let (data, [pad_length, next]) = body.split_last_chunk::<TRAILER>()?;
    let (data, padding) = data.split_at_checked(data.len().checked_sub(usize::from(*pad_length))?)?;
    let counts = (1..)
        .zip(padding)
        .all(|(count, octet)| count == u32::from(*octet));
    counts.then_some(IpPayload {
        protocol: IpNumber(*next),
        data,
        ..*payload
    })
}

fn is_plausible(inner: &IpPayload<'_>) -> bool {
    match inner.protocol {
        IpNumber::UDP => matches!(
            inner.data,
            [_, _, _, _, l0, l1, _, _, ..] if usize::from(u16::from_be_bytes([*l0, *l1])) == inner.data.len()
        ),
        IpNumber::TCP => checksum::holds(inner.source, inner.destination, IpNumber::TCP, inner.data),
        IpNumber::IPV4 | IpNumber::IPV6 => network::is_whole_ip(inner.data),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A datagram from port 5060 to 5061 with three octets, behind an ESP header, before padding, trailer and check value.
    fn packet(check_value: usize) -> Vec<u8> {
        let mut octets = vec![0, 0, 0x12, 0x34, 0, 0, 0, 1];
        octets.extend([0x13, 0xc4, 0x13, 0xc5, 0, 11, 0, 0, b'a', b'b', b'c']);
        octets.extend([1, 2, 3, 3, 17]);
        octets.extend(vec![0xee; check_value]);
        octets
    }

    fn carried(octets: &[u8]) -> Option<Vec<u8>> {
        let payload = IpPayload {
            protocol: IpNumber::ENCAPSULATING_SECURITY_PAYLOAD,
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
            identification: None,
            data: octets,
            missing: 0,
        };
        unencrypted(&payload).map(|inner| inner.data.to_vec())
    }

    #[test]
    fn null_encryption_is_told_by_trailer_and_lengths() {
        for check_value in CHECK_VALUES {
            let octets = packet(check_value);
            assert_eq!(carried(&octets).as_deref(), Some(&octets[8..19]), "{check_value}");
        }
        let mut wrong = packet(12);
        wrong[20] = 9;
        assert_eq!(carried(&wrong), None, "the padding does not count");
        assert_eq!(carried(&packet(12)[..30]), None);
    }
}
