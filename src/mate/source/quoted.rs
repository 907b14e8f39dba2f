//! What an ICMP error quotes: the packet that it is about, cut off somewhere (RFC 792, RFC 1812 section 4.3.2.3).

use super::messages::datagram;
use super::network;
use super::transport::{self, TcpHeader};
use super::writer::{Place, Writer};

/// The layers of a quoted packet: its network and transport header, and the message in a datagram.
pub(super) fn packet(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<()> {
    const TCP: u8 = 6;
    const UDP: u8 = 17;
    const SCTP: u8 = 132;
    const ICMP: u8 = 1;
    let ip = network::ip(octets, place, writer)?;
    let rest = octets.get(ip.length..).filter(|_| ip.is_start)?;
    let place = place.behind(ip.length).above(ip.layer);
    match ip.protocol {
        TCP => {
            TcpHeader::read(rest, 0)?.write(None, place, writer);
        }
        UDP => {
            let udp = transport::udp(rest, |_| None, place, writer)?;
            let carried = rest.get(udp.length..)?;
            let place = place.behind(udp.length).above(udp.layer);
            datagram::quoted(carried, udp.ports, place, writer);
        }
        SCTP => {
            transport::sctp(rest, place, writer)?;
        }
        ICMP => {
            network::icmp(rest, place, writer)?;
        }
        _ => {}
    }
    Some(())
}
