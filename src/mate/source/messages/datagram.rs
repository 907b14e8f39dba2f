//! Messages that are datagrams, found by the port as Wireshark finds them, or by their form where that is unmistakable.

use super::places::Ends;
use super::shared::Shared;
use super::{dns, radius, sip, tpdu, wsp, wtp};
use crate::mate::catalogue::FieldId;
use crate::mate::source::wanted::Wanted;
use crate::mate::source::writer::{Place, Writer};
use crate::session::recognise;

/// The protocols that are found here, and what is in their messages.
pub(crate) const PROTOCOLS: &[FieldId] = &[
    FieldId::DNS,
    FieldId::RADIUS,
    FieldId::SIP,
    FieldId::GSM_SMS,
    FieldId::WSP,
    FieldId::WTP,
    FieldId::MMSE,
];

/// What a datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dns,
    Radius,
    Sip,
    Wsp,
    Wtp,
}

impl Kind {
    /// Its protocol, and those of what its messages may carry.
    const fn protocols(self) -> &'static [FieldId] {
        match self {
            Self::Dns => &[FieldId::DNS],
            Self::Radius => &[FieldId::RADIUS],
            Self::Wsp => &[FieldId::WSP, FieldId::MMSE],
            Self::Wtp => &[FieldId::WTP, FieldId::WSP, FieldId::MMSE],
            Self::Sip => &[
                FieldId::SIP,
                FieldId::GSM_SMS,
                FieldId::GSM_SMS_UD,
                FieldId::WSP,
                FieldId::WTP,
                FieldId::MMSE,
            ],
        }
    }
}

/// IANA's ports of DNS, RADIUS (RFC 2865, 2866 and those before them, RFC 5176), SIP, and WAP.
fn by_port(ports: [u16; 2]) -> Option<Kind> {
    let of = |port| match port {
        53 => Some(Kind::Dns),
        1812 | 1813 | 1645 | 1646 | 3799 => Some(Kind::Radius),
        5060 => Some(Kind::Sip),
        2948 | 9200 => Some(Kind::Wsp),
        9201 => Some(Kind::Wtp),
        _ => None,
    };
    let [source, destination] = ports;
    of(source.min(destination)).or_else(|| of(source.max(destination)))
}

/// What a datagram is, where its message may hold what is asked for.
pub(crate) fn wanted_kind(octets: &[u8], ports: [u16; 2], wanted: &Wanted) -> Option<Kind> {
    kind(octets, ports)
        .filter(|kind| wanted.has(FieldId::FRAME_PROTOCOLS) || wanted.has_any_of(kind.protocols()))
}

fn kind(octets: &[u8], ports: [u16; 2]) -> Option<Kind> {
    let by_form = || {
        if recognise::is_wtp(octets) {
            Some(Kind::Wtp)
        } else if recognise::is_wsp(octets) {
            Some(Kind::Wsp)
        } else if recognise::is_sip(octets) {
            Some(Kind::Sip)
        } else {
            None
        }
    };
    by_port(ports).or_else(by_form)
}

/// The layers of a datagram's message.
pub(crate) fn message(
    kind: Kind,
    octets: &[u8],
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    match kind {
        Kind::Wtp => wtp::datagram(octets, Some(ends), place, writer, shared),
        Kind::Wsp => wsp::connectionless(octets, place, writer, shared.mms),
        Kind::Sip => sip_message(octets, ends, place, writer, shared),
        kind => alone(kind, octets, place, writer),
    }
}

/// A message of SIP, and the short message that it may carry.
pub(super) fn sip_message(
    octets: &[u8],
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    sip::message(octets, place, writer, |media, content, place, writer| {
        if media == tpdu::RELAYED {
            tpdu::relayed(content, ends, place, writer, shared);
        }
    });
}

/// Messages that mean something by themselves.
fn alone(kind: Kind, octets: &[u8], place: Place, writer: &mut Writer<'_>) {
    match kind {
        Kind::Dns => dns::message(octets, place, writer),
        Kind::Radius => radius::packet(octets, place, writer),
        Kind::Sip => sip::message(octets, place, writer, |_, _, _, _| {}),
        Kind::Wsp | Kind::Wtp => {}
    }
}

/// The layers of a datagram that an ICMP error quotes: what is cut off stays so.
pub(crate) fn quoted(octets: &[u8], ports: [u16; 2], place: Place, writer: &mut Writer<'_>) {
    if !wants(writer.wanted) {
        return;
    }
    match kind(octets, ports) {
        Some(Kind::Wtp) => wtp::quoted(octets, place, writer),
        Some(Kind::Wsp) => wsp::connectionless(octets, place, writer, crate::mms::Limits::default()),
        Some(kind) => alone(kind, octets, place, writer),
        None => {}
    }
}

/// Whether a message in a datagram may hold what is asked for.
pub(crate) fn wants(wanted: &Wanted) -> bool {
    wanted.has(FieldId::FRAME_PROTOCOLS) || wanted.has_any_of(PROTOCOLS)
}
