//! One key for both directions of a connection.

use std::{
    hash::{Hash, Hasher},
    net::IpAddr,
};

use super::TransportKind;
use crate::model::Endpoint;

/// Both endpoints, the lower first, and the transport: equal for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlowKey {
    low: u128,
    high: u128,
    /// Each end's port, with [`V6`] and [`UDP`].
    low_port: u32,
    high_port: u32,
}

/// Beside a port: its address is one of IPv6.
const V6: u32 = 1 << 16;
/// Beside a port: it is one of UDP.
const UDP: u32 = 1 << 17;

impl FlowKey {
    /// The key of packets between `a` and `b`, in either direction, and whether `a` is the lower end.
    #[inline]
    pub(super) fn new(transport: TransportKind, a: Endpoint, b: Endpoint) -> (Self, bool) {
        let kind = if transport == TransportKind::Udp { UDP } else { 0 };
        let (a, b) = (words(a, kind), words(b, kind));
        let a_is_low = a <= b;
        let ((low, low_port), (high, high_port)) = if a_is_low { (a, b) } else { (b, a) };
        let key = Self {
            low,
            high,
            low_port,
            high_port,
        };
        (key, a_is_low)
    }
}

/// An end's address, and its port with what tells its kind.
#[inline]
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
        hasher.write_u64(u64::from(self.low_port) << 32 | u64::from(self.high_port));
        if (self.low_port | self.high_port) & V6 == 0 {
            hasher.write_u64((self.low as u64) << 32 | self.high as u64);
        } else {
            hasher.write_u128(self.low);
            hasher.write_u128(self.high);
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
            (TransportKind::Tcp, "10.0.0.1:80", "10.0.0.2:5000"),
            (TransportKind::Tcp, "[::a00:1]:5000", "[::a00:2]:80"),
            (TransportKind::Tcp, "[::a00:1]:5000", b),
        ] {
            assert_ne!(known, key(transport, a, b).0);
        }
    }
}
