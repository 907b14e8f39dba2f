//! One key for both directions of a connection.

use std::net::IpAddr;

use super::TransportKind;
use crate::model::Endpoint;

/// Both endpoints, the lower first, and the transport: equal for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FlowKey {
    low: u128,
    high: u128,
    /// Ports, transport and address families.
    rest: u64,
}

impl FlowKey {
    /// The key of packets between `a` and `b`, in either direction.
    pub(super) fn new(transport: TransportKind, a: Endpoint, b: Endpoint) -> Self {
        let (low, high) = if (a.address, a.port) <= (b.address, b.port) {
            (a, b)
        } else {
            (b, a)
        };
        let (low_bits, low_v6) = bits(low.address);
        let (high_bits, high_v6) = bits(high.address);
        let kind = u64::from(transport == TransportKind::Udp);
        let rest = u64::from(low.port)
            | u64::from(high.port) << 16
            | kind << 32
            | u64::from(low_v6) << 33
            | u64::from(high_v6) << 34;
        Self {
            low: low_bits,
            high: high_bits,
            rest,
        }
    }
}

fn bits(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), false),
        IpAddr::V6(v6) => (v6.to_bits(), true),
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
        let (a, b) = (end("10.0.0.1:5000"), end("10.0.0.2:80"));
        let key = FlowKey::new(TransportKind::Tcp, a, b);
        assert_eq!(key, FlowKey::new(TransportKind::Tcp, b, a));
        assert_ne!(key, FlowKey::new(TransportKind::Udp, a, b));
        assert_ne!(
            key,
            FlowKey::new(TransportKind::Tcp, end("10.0.0.1:80"), end("10.0.0.2:5000"))
        );
        let mapped = FlowKey::new(TransportKind::Tcp, end("[::a00:1]:5000"), end("[::a00:2]:80"));
        assert_ne!(key, mapped);
    }
}
