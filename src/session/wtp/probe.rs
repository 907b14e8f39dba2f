//! Whether a datagram is WTP. A request or answer must make sense as WSP; acknowledgements and the like prove
//! nothing by themselves and count only on WAP's own port.

use super::pdu::{Kind, Pdu, Pdus};
use crate::flow::ConnectionInfo;
use crate::session::probe::Probe;
use crate::session::wsp;

/// The port of WSP over WTP (IANA wap-wsp-wtp).
const WTP_PORTS: [u16; 1] = [9201];

/// Whether a datagram is WTP with WSP in it.
pub(in crate::session) fn probe(connection: &ConnectionInfo, datagram: &[u8]) -> Probe {
    match is_wtp(datagram, wsp::has_port(connection, &WTP_PORTS)) {
        true => Probe::Certain,
        false => Probe::NotOurs,
    }
}

/// The same, with what is known of its ports.
pub(in crate::session) fn is_wtp(datagram: &[u8], known_port: bool) -> bool {
    let mut proven = false;
    for pdu in Pdus::new(datagram) {
        match pdu.map(|pdu| opinion(&pdu, known_port)) {
            Ok(Probe::Certain) => proven = true,
            Ok(Probe::Unsure) => {}
            Ok(Probe::NotOurs) | Err(_) => return false,
        }
    }
    proven
}

/// What one PDU says; unsure where it could be chance.
fn opinion(pdu: &Pdu<'_>, known_port: bool) -> Probe {
    let bare = pdu.data.is_empty();
    match pdu.kind {
        Kind::Invoke {
            version: 0,
            class: 0..=2,
            ..
        } => user_data(pdu, known_port, is_request),
        Kind::Result => user_data(pdu, known_port, is_answer),
        Kind::Ack { .. } | Kind::Abort { .. } | Kind::NegativeAck(_) if bare && known_port => Probe::Certain,
        Kind::Ack { .. } | Kind::Abort { .. } | Kind::NegativeAck(_) if bare => Probe::Unsure,
        Kind::SegmentedInvoke if known_port && !pdu.tid.is_from_responder() => Probe::Certain,
        Kind::SegmentedResult if known_port && pdu.tid.is_from_responder() => Probe::Certain,
        _ => Probe::NotOurs,
    }
}

/// Whether the user data is WSP of the right kind. The first of several segments may end anywhere.
fn user_data(pdu: &Pdu<'_>, known_port: bool, kind: fn(&wsp::Pdu<'_>) -> bool) -> Probe {
    let completeness = match pdu.position.last {
        true => wsp::Completeness::Whole,
        false => wsp::Completeness::Cut,
    };
    match wsp::Pdu::read(pdu.data, completeness) {
        Ok(read) if kind(&read) && wsp::plausible(&read, known_port) => Probe::Certain,
        Err(wsp::WspError::Short(_)) if known_port && !pdu.position.last => Probe::Certain,
        _ => Probe::NotOurs,
    }
}

const fn is_request(pdu: &wsp::Pdu<'_>) -> bool {
    !is_answer(pdu)
}

const fn is_answer(pdu: &wsp::Pdu<'_>) -> bool {
    matches!(
        pdu,
        wsp::Pdu::ConnectReply { .. } | wsp::Pdu::Redirect { .. } | wsp::Pdu::Reply { .. }
    )
}
