//! Messages of ICMP that a packet could not be delivered (RFC 792, RFC 4443 section 3.1). They quote the beginning of that
//! packet, which is no packet itself.

use etherparse::IpNumber;

use super::{
    layer::IpPayload,
    network::{self, IpHeader},
};
use crate::model::{Endpoint, Quoted, Unreachable};

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) reason: Unreachable,
    pub(super) packet: Quoted,
    pub(super) identification: Option<u32>,
}

/// Octets before what a message quotes.
const HEADER: usize = 8;

/// Extension headers of IPv6 that are passed in a quotation.
const EXTENSIONS: usize = 8;

/// Reads a message; none where it is another one, or quotes too little to know the packet by.
pub(super) fn read(payload: &IpPayload<'_>) -> Option<Said> {
    const UNREACHABLE_V4: u8 = 3;
    const UNREACHABLE_V6: u8 = 1;
    let (header, quoted) = payload.data.split_first_chunk::<HEADER>()?;
    let [kind, code, ..] = *header;
    let (reason, header) = match (payload.protocol, kind) {
        (IpNumber::ICMP, UNREACHABLE_V4) => (Unreachable::V4(code), network::ipv4(quoted).ok()?),
        (IpNumber::IPV6_ICMP, UNREACHABLE_V6) => (Unreachable::V6(code), network::ipv6(quoted).ok()?),
        _ => return None,
    };
    let identification = header.payload.identification;
    let packet = packet(header)?;
    Some(Said {
        reason,
        packet,
        identification,
    })
}

fn packet(header: IpHeader<'_>) -> Option<Quoted> {
    let IpHeader {
        mut payload,
        position,
    } = header;
    // Ports lie in the first fragment only.
    if position.is_some_and(|position| position.offset > 0) {
        return None;
    }
    for _ in 0..EXTENSIONS {
        payload = match payload.protocol {
            IpNumber::IPV6_HEADER_HOP_BY_HOP
            | IpNumber::IPV6_ROUTE_HEADER
            | IpNumber::IPV6_DESTINATION_OPTIONS => network::extension(payload).ok()?,
            _ => break,
        };
    }
    if !matches!(payload.protocol, IpNumber::TCP | IpNumber::UDP | IpNumber::SCTP) {
        return None;
    }
    let [s0, s1, d0, d1] = *payload.data.first_chunk()?;
    Some(Quoted {
        protocol: payload.protocol.0,
        source: Endpoint::new(payload.source, u16::from_be_bytes([s0, s1])),
        destination: Endpoint::new(payload.destination, u16::from_be_bytes([d0, d1])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: [u8; 4] = [10, 0, 0, 1];
    const THERE: [u8; 4] = [198, 51, 100, 7];

    fn message(protocol: IpNumber, octets: &[u8]) -> Option<Said> {
        read(&IpPayload {
            source: HERE.into(),
            destination: THERE.into(),
            identification: None,
            protocol,
            data: octets,
            missing: 0,
        })
    }

    /// RFC 792: port unreachable, quoting a header of IPv4 (identification 7) and eight octets of UDP, from port 2948 to 9200.
    fn port_unreachable() -> Vec<u8> {
        let header = [&[0x45, 0, 0, 200, 0, 7, 0, 0, 64, 17, 0, 0][..], &THERE, &HERE].concat();
        let datagram = [0x0b, 0x84, 0x23, 0xf0, 0, 180, 0, 0];
        [&[3, 3, 0, 0, 0, 0, 0, 0][..], &header, &datagram].concat()
    }

    #[test]
    fn a_message_names_the_packet_that_it_quotes() {
        let said = message(IpNumber::ICMP, &port_unreachable()).unwrap();
        let packet = Quoted {
            protocol: 17,
            source: Endpoint::new(THERE.into(), 2948),
            destination: Endpoint::new(HERE.into(), 9200),
        };
        let reason = Unreachable::V4(3);
        let identification = Some(7);
        assert_eq!(
            said,
            Said {
                reason,
                packet,
                identification
            }
        );
    }

    /// RFC 4443 section 3.1: no route, quoting IPv6 with a destination options header of eight octets before TCP.
    #[test]
    fn extension_headers_are_passed() {
        let mut octets = vec![1, 0, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 28, 60, 64];
        octets.extend([0x20; 16]);
        octets.extend([0x21; 16]);
        octets.extend([6, 0, 1, 4, 0, 0, 0, 0, 0x9c, 0x40, 0, 80]);
        let said = message(IpNumber::IPV6_ICMP, &octets).unwrap();
        assert_eq!((said.reason, said.packet.protocol), (Unreachable::V6(0), 6));
        assert_eq!(
            (said.packet.source.port, said.packet.destination.port),
            (40_000, 80)
        );
        assert_eq!(message(IpNumber::ICMP, &octets), None, "IPv6's in IPv4's");
    }

    #[test]
    fn what_names_no_packet_is_none() {
        let whole = port_unreachable();
        assert!((0..32).all(|length| message(IpNumber::ICMP, &whole[..length]).is_none()));
        for (at, octet) in [(0, 8), (8, 0x65), (15, 1), (17, 1)] {
            let mut octets = whole.clone();
            octets[at] = octet;
            assert_eq!(message(IpNumber::ICMP, &octets), None, "{octet} at {at}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_do(octets in proptest::collection::vec(any::<u8>(), 0..120)) {
            message(IpNumber::ICMP, &octets);
            message(IpNumber::IPV6_ICMP, &octets);
        }
    }
}
