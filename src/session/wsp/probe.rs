//! Whether octets are WSP. UDP has no handshake, so a datagram on a port that is not WAP's must prove itself.

use super::body::looks_like_mms;
use super::entity::Entity;
use super::pdu::{Completeness, Method, Pdu};
use crate::flow::ConnectionInfo;
use crate::model::BearerStatus;
use crate::session::probe::Probe;

/// Ports of connectionless WSP: requests to a gateway, and pushes to a phone (IANA wap-wsp, wap-push).
const CONNECTIONLESS_PORTS: [u16; 2] = [9200, 2948];

/// Whether a datagram is connectionless WSP.
pub(in crate::session) fn probe(connection: &ConnectionInfo, datagram: &[u8]) -> Probe {
    let known_port = has_port(connection, &CONNECTIONLESS_PORTS);
    match is_connectionless(datagram, known_port) {
        true => Probe::Certain,
        false => Probe::NotOurs,
    }
}

/// Whether either end of a connection has one of `ports`.
pub(in crate::session) fn has_port(connection: &ConnectionInfo, ports: &[u16]) -> bool {
    connection
        .sides
        .iter()
        .any(|side| ports.contains(&side.endpoint.port))
}

/// The same, with what is known of its ports.
pub(in crate::session) fn is_connectionless(datagram: &[u8], known_port: bool) -> bool {
    let Some((_transaction, pdu)) = datagram.split_first() else {
        return false;
    };
    match Pdu::read(pdu, Completeness::Whole) {
        Ok(Pdu::Connect { .. } | Pdu::ConnectReply { .. } | Pdu::Resume { .. }) => false,
        Ok(pdu) => plausible(&pdu, known_port),
        Err(_) => false,
    }
}

/// Whether a PDU that could be read makes sense: with a port of WAP its form is enough, else it must name an
/// absolute URL or carry what begins like an MMS PDU.
pub(in crate::session) fn plausible(pdu: &Pdu<'_>, known_port: bool) -> bool {
    match pdu {
        Pdu::Get(method) => target(method, known_port) && method.headers.well_formed(),
        Pdu::Post(method, entity) => target(method, known_port) && entity_form(entity),
        Pdu::Reply { status, entity } => {
            BearerStatus::Wsp(*status).name().is_some()
                && entity_form(entity)
                && (known_port || looks_like_mms(entity.data))
        }
        Pdu::Push { entity, .. } => {
            entity_form(entity) && (known_port || looks_like_mms(entity.data)) && !nothing(entity)
        }
        Pdu::Connect { version, headers, .. } => version >> 4 == 1 && headers.well_formed(),
        Pdu::ConnectReply { headers, .. } | Pdu::Resume { headers, .. } => {
            known_port && headers.well_formed()
        }
        Pdu::Redirect { addresses } => {
            known_port
                && addresses
                    .clone()
                    .next()
                    .is_some_and(|address| address.ip().is_some())
        }
        Pdu::Disconnect | Pdu::Suspend => known_port,
    }
}

fn target(method: &Method<'_>, known_port: bool) -> bool {
    let printable = !method.uri.is_empty() && method.uri.iter().all(u8::is_ascii_graphic);
    printable && (known_port || method.uri.windows(3).any(|three| three == b"://"))
}

fn entity_form(entity: &Entity<'_>) -> bool {
    let named = match entity.content_type {
        None => true,
        Some(media) => media.name.as_text().is_none_or(|text| {
            text.contains(&b'/')
                && text
                    .iter()
                    .all(|octet| octet.is_ascii_graphic() || *octet == b' ')
        }),
    };
    named && entity.headers.well_formed()
}

/// A push without a type must begin like an MMS PDU to be one.
fn nothing(entity: &Entity<'_>) -> bool {
    entity.content_type.is_none() && !looks_like_mms(entity.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wap_on_any_port_and_noise_on_none() {
        let push = b"\x01\x06\x03\xbe\xaf\x84\x8c\x82\x98x\0";
        let get = b"\x07\x40\x16http://mms.example/m/1";
        let si = b"\x01\x06\x01\xae\x01\x02";
        for known_port in [true, false] {
            assert!(is_connectionless(push, known_port));
            assert!(is_connectionless(get, known_port));
            assert_eq!(is_connectionless(si, known_port), known_port);
        }
        // A DNS query, a STUN binding request, the start of a QUIC Initial, an RTP packet, GTP-U.
        let noise: [&[u8]; 5] = [
            b"\x4b\xa1\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04time\x07example\x00\x00\x01\x00\x01",
            b"\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl",
            b"\xc3\x00\x00\x00\x01\x08abcdefgh\x00\x00\x44\x9e",
            b"\x80\x60\x12\x34\x00\x00\x00\x01\x00\x00\x00\x02abcd",
            b"\x30\xff\x00\x04\x00\x00\x00\x01abcd",
        ];
        for datagram in noise {
            assert!(!is_connectionless(datagram, true));
            assert!(!is_connectionless(datagram, false));
        }
    }
}
