//! What takes packets, and perhaps the headers around them.

use super::{Packet, layer::Layer};
use crate::model::Undeliverable;

/// Takes the transport packets of frames, and the headers on the way to them where it wants them.
pub(crate) trait PacketSink {
    /// Whether it takes headers. It is known when the program is compiled, so that a sink which does not costs nothing.
    const WANTS_HEADERS: bool = false;

    /// Takes the next header of the frame at hand, with what follows it, before it is read: it may be damaged. Octets of
    /// the frame lie in those of the frame; of a datagram put together from fragments, in others.
    fn header(&mut self, _header: &Layer<'_>) {}

    /// Takes a message that a packet could not be delivered.
    fn undeliverable(&mut self, _message: &Undeliverable) {}

    /// Takes a packet.
    fn packet(&mut self, packet: Packet<'_>);
}

impl<F: FnMut(Packet<'_>)> PacketSink for F {
    #[inline]
    fn packet(&mut self, packet: Packet<'_>) {
        self(packet);
    }
}
