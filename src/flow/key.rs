//! One key for both directions of a connection.

use std::{
    hash::{Hash, Hasher},
    net::{IpAddr, Ipv4Addr},
};

use super::TransportKind;
use crate::model::Endpoint;

/// Both endpoints, the lower first, and the transport: equal for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlowKey {
    /// Each end's address, and its port with [`UDP`] or [`SCTP`].
    V4([u64; 2]),
    /// Where an address is one of IPv6: each end's address, and its port with [`V6`] and [`UDP`] or [`SCTP`].
    Wide([(u128, u32); 2]),
}

/// Beside a port: its address is one of IPv6.
const V6: u32 = 1 << 16;
/// Beside a port: it is one of UDP.
const UDP: u32 = 1 << 17;
/// Beside a port: it is one of SCTP.
const SCTP: u32 = 1 << 18;

impl FlowKey {
    /// The key of packets between `a` and `b`, in either direction, and whether `a` is the lower end.
    #[inline]
    pub(super) fn new(transport: TransportKind, a: Endpoint, b: Endpoint) -> (Self, bool) {
        let kind = match transport {
            TransportKind::Tcp => 0,
            TransportKind::Udp => UDP,
            TransportKind::Sctp => SCTP,
        };
        if let (IpAddr::V4(a_address), IpAddr::V4(b_address)) = (a.address, b.address) {
            let word = |address: Ipv4Addr, port: u16| {
                u64::from(address.to_bits()) << u32::BITS | u64::from(u32::from(port) | kind)
            };
            let (ends, a_is_low) = ordered(word(a_address, a.port), word(b_address, b.port));
            (Self::V4(ends), a_is_low)
        } else {
            let (ends, a_is_low) = ordered(words(a, kind), words(b, kind));
            (Self::Wide(ends), a_is_low)
        }
    }
}

#[inline]
fn ordered<T: Ord>(a: T, b: T) -> ([T; 2], bool) {
    let a_is_low = a <= b;
    (if a_is_low { [a, b] } else { [b, a] }, a_is_low)
}

/// An end's address, and its port with what tells its kind.
fn words(end: Endpoint, kind: u32) -> (u128, u32) {
    let port = u32::from(end.port) | kind;
    match end.address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), port),
        IpAddr::V6(v6) => (v6.to_bits(), port | V6),
    }
}

/// As few words as there are, as this is done for every packet.
impl Hash for FlowKey {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        match self {
            Self::V4(ends) => ends.iter().for_each(|end| hasher.write_u64(*end)),
            Self::Wide(ends) => {
                for (address, port) in ends {
                    hasher.write_u128(*address);
                    hasher.write_u32(*port);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(address: &str) -> Endpoint {
        let socket: std::net::SocketAddr = address.parse().unwrap();
        Endpoint::new(socket.ip(), socket.port())
    }

    #[test]
    fn directions_share_a_key_and_nothing_else_does() {
        let key = |transport, a, b| FlowKey::new(transport, end(a), end(b));
        let (a, b) = ("10.0.0.1:5000", "10.0.0.2:80");
        let (known, a_is_low) = key(TransportKind::Tcp, a, b);
        assert_eq!((known, !a_is_low), key(TransportKind::Tcp, b, a));
        assert_eq!(key(TransportKind::Tcp, a, a), key(TransportKind::Tcp, a, a));
        for (transport, a, b) in [
            (TransportKind::Udp, a, b),
            (TransportKind::Sctp, a, b),
            (TransportKind::Tcp, "10.0.0.1:80", "10.0.0.2:5000"),
            (TransportKind::Tcp, "[::a00:1]:5000", "[::a00:2]:80"),
            (TransportKind::Tcp, "[::a00:1]:5000", b),
        ] {
            assert_ne!(known, key(transport, a, b).0);
        }
    }
}
