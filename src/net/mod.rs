//! From frames to transport packets: link layers, IP, fragments, tunnels.

mod packet;

pub use packet::{Packet, TcpFlags, TcpSegment, Transport, UdpDatagram};
