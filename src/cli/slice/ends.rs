//! Connections as a capture shows them: by their two ends.

use crate::model::Endpoint;
use crate::net::{Packet, Transport};

/// The two ends of a connection, the smaller one first.
pub(super) type Ends = (Endpoint, Endpoint);

/// From which end to which a packet goes.
pub(super) const fn ends(packet: &Packet<'_>) -> (Endpoint, Endpoint) {
    let (source, destination) = match &packet.transport {
        Transport::Tcp(segment) => (segment.source_port, segment.destination_port),
        Transport::Udp(datagram) => (datagram.source_port, datagram.destination_port),
        Transport::Sctp(packet) => (packet.source_port, packet.destination_port),
    };
    (
        Endpoint::new(packet.source, source),
        Endpoint::new(packet.destination, destination),
    )
}

/// Two ends, the smaller one first.
pub(super) fn ordered(a: Endpoint, b: Endpoint) -> Ends {
    if a <= b { (a, b) } else { (b, a) }
}
