//! Where the frames lie that `--frame` names: they may be any of a message, not only the last of a PDU.

use crate::capture::Captures;
use crate::model::Endpoint;
use crate::net::{Decapsulator, Packet, Transport};
use crate::report::query::packet_place::PacketPlace;

use super::{arguments::InputArgs, input};

/// The places of the packets of which frames with these numbers are a part. Inputs that can be read only once, or not at
/// all, show none.
pub(super) fn find(arguments: &InputArgs, frames: &[u64]) -> Vec<PacketPlace> {
    if frames.is_empty() || arguments.captures.iter().any(|path| path.as_os_str() == "-") {
        return Vec::new();
    }
    // What cannot be read is said by the reading that follows.
    let (opened, _) = super::exit::holding(|| input::open_as_captured(arguments));
    opened.map_or_else(Vec::new, |opened| places(opened.captures, frames))
}

fn places(mut captures: Captures, frames: &[u64]) -> Vec<PacketPlace> {
    let mut found = Vec::new();
    let mut net = Decapsulator::new();
    while let Some(frame) = captures.next() {
        net.push(&frame, |packet| {
            let span = packet.earliest.frame.0..=packet.at.frame.0;
            if frames.iter().any(|frame| span.contains(frame)) {
                found.push(PacketPlace {
                    capture: packet.at.capture.0,
                    first: *span.start(),
                    last: *span.end(),
                    ends: ends(&packet),
                });
            }
        });
    }
    found
}

fn ends(packet: &Packet<'_>) -> (Endpoint, Endpoint) {
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
