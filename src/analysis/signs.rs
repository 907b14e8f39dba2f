//! What first octets say of protocols that are not read, or not here.

use crate::flow::{ConnectionInfo, TransportKind};

/// Something that octets of a connection show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Tls,
    Quic,
    Http2,
    Wtls,
    Smtp,
}

/// What octets of a stream show, wherever in it they stand.
pub(super) fn of_stream(octets: &[u8]) -> Option<Sign> {
    match octets {
        _ if is_tls(octets) => Some(Sign::Tls),
        [b'P', ..] if octets.starts_with(b"PRI * HTTP/2.0\r\n") => Some(Sign::Http2),
        [b'E' | b'H', ..] if octets.starts_with(b"EHLO ") || octets.starts_with(b"HELO ") => Some(Sign::Smtp),
        _ => None,
    }
}

/// A record of TLS (RFC 8446 section 5.1): the ClientHello or ServerHello in the first of a connection, or application data
/// of a later one.
const fn is_tls(octets: &[u8]) -> bool {
    /// Octets of a record, with what encryption adds (RFC 5246 section 6.2.3).
    const LONGEST: u16 = (1 << 14) + 2048;
    match octets {
        [22, 3, 0..=4, _, _, 1 | 2, 0, ..] => true,
        [23, 3, 1..=3, high, low, ..] => {
            let length = u16::from_be_bytes([*high, *low]);
            length > 16 && length <= LONGEST
        }
        _ => false,
    }
}

/// What a datagram shows.
pub(super) fn of_datagram(connection: &ConnectionInfo, octets: &[u8]) -> Option<Sign> {
    if connection.transport != TransportKind::Udp {
        return None;
    }
    if is_quic(octets) {
        return Some(Sign::Quic);
    }
    let is_wtls_port = |side: &crate::flow::Side| matches!(side.endpoint.port, 9202 | 9203);
    let is_record = octets.first().is_some_and(|first| matches!(first & 0x0f, 1..=4));
    (is_record && connection.sides.iter().any(is_wtls_port)).then_some(Sign::Wtls)
}

/// A packet with a long header (RFC 9000 section 17.2) of version 1, version 2 (RFC 9369) or a draft of version 1.
const fn is_quic(octets: &[u8]) -> bool {
    /// Octets of a connection id (RFC 9000 section 17.2).
    const LONGEST_ID: u8 = 20;
    match octets {
        [first, 0, 0, 0, 1, id, ..]
        | [first, 0x6b, 0x33, 0x43, 0xcf, id, ..]
        | [first, 0xff, 0, 0, _, id, ..] => *first & 0xc0 == 0xc0 && *id <= LONGEST_ID,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 8448 section 3 and RFC 9001 appendix A.2, their first octets.
    #[test]
    fn hellos_and_initial_packets_are_known() {
        let hello = [0x16, 0x03, 0x01, 0x00, 0xc4, 0x01, 0x00, 0x00, 0xc0, 0x03, 0x03];
        assert_eq!(of_stream(&hello), Some(Sign::Tls));
        let initial = [
            0xc0, 0, 0, 0, 1, 8, 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08,
        ];
        assert!(is_quic(&initial));
        assert!(!is_quic(&[0x40, 0, 0, 0, 1, 8]) && !is_quic(&[0xc0, 0, 0, 0, 1, 21]));
    }

    #[test]
    fn application_data_is_tls_and_what_cannot_be_a_record_is_not() {
        assert_eq!(of_stream(&[23, 3, 3, 0x01, 0x00, 0xab]), Some(Sign::Tls));
        assert_eq!(of_stream(&[23, 3, 3, 0xff, 0xff, 0xab]), None);
        assert_eq!(of_stream(b"GET / HTTP/1.1\r\n"), None);
        assert_eq!(of_stream(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Some(Sign::Http2));
        assert_eq!(of_stream(b"EHLO a.example\r\n"), Some(Sign::Smtp));
        assert_eq!(of_stream(b""), None);
    }
}
