//! From frames to transport packets: link layers, IP, fragments, tunnels.
//!
//! ```text
//! Frame → link → ethernet … → network (IP) ⇄ fragments → transport | tunnel → network … → Packet
//!       → plain (Ethernet, IPv4 and transport in one go, where there is nothing else) → Packet
//! ```

mod checksum;
mod counters;
mod decapsulator;
mod esp;
mod ethernet;
mod fragments;
mod layer;
mod limits;
mod link;
mod network;
mod packet;
mod packet_sink;
mod plain;
mod sctp;
mod transport;
mod tunnel;
mod undeliverable;

#[cfg(test)]
mod tests;

pub use counters::{Encapsulation, NetCounters};
pub use decapsulator::Decapsulator;
pub(crate) use layer::{IpPayload, Layer, ethertype};
pub use limits::Limits;
pub use packet::{Packet, TcpFlags, TcpSegment, Transport, UdpDatagram};
pub(crate) use packet_sink::PacketSink;
pub(crate) use plain::headers as plain_headers;
pub use sctp::{DataChunk, SctpPacket};
