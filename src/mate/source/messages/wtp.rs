//! Fields of WTP PDUs (WAP-224 section 8), and the messages that they carry.

use super::places::{Ends, Origin};
use super::segments::Key;
use super::shared::Shared;
use super::wsp;
use crate::codec::Reader;
use crate::mate::catalogue::FieldId;
use crate::mate::source::writer::{Fields, Place, Writer, offset_in};
use crate::mms;
use crate::session::wtp::{Kind, Pdu};

/// A datagram: a PDU, or several of them behind an octet that says so.
pub(super) fn datagram(
    octets: &[u8],
    ends: Option<&Ends>,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let mut follow = |pdu: &Pdu<'_>, octets: &[u8], place: Place, writer: &mut Writer<'_>| {
        user_data(pdu, octets, ends, place, writer, shared);
    };
    each(octets, place, writer, &mut follow);
}

/// One that an ICMP error quotes: what it carries is not followed.
pub(super) fn quoted(octets: &[u8], place: Place, writer: &mut Writer<'_>) {
    let mut follow = |pdu: &Pdu<'_>, octets: &[u8], place: Place, writer: &mut Writer<'_>| {
        if let Some(offset) = offset_in(octets, pdu.data).filter(|_| begins_message(pdu)) {
            wsp::pdu(pdu.data, place.behind(offset), writer, mms::Limits::default());
        }
    };
    each(octets, place, writer, &mut follow);
}

/// Whether user data is the beginning of a message.
const fn begins_message(pdu: &Pdu<'_>) -> bool {
    matches!(pdu.kind, Kind::Invoke { .. } | Kind::Result)
}

/// What takes a PDU with its octets, and where these lie.
type Follow<'f> = dyn FnMut(&Pdu<'_>, &[u8], Place, &mut Writer<'_>) + 'f;

fn each(octets: &[u8], place: Place, writer: &mut Writer<'_>, follow: &mut Follow<'_>) {
    let Some((0, rest)) = octets.split_first() else {
        return one(octets, place, writer, follow);
    };
    // The wrapper is a layer without what is in it; what it holds has its lengths between.
    let wrapper = writer.layer(FieldId::WTP, place, Some(1)).layer;
    let mut reader = Reader::with_base(rest, 1);
    while let Ok(first) = reader.u8("PDU length") {
        let at = reader.offset() - 1;
        let length = match first & 0x80 {
            0 => usize::from(first),
            _ => match reader.u8("PDU length") {
                Ok(low) => usize::from(first & 0x7f) << 8 | usize::from(low),
                Err(_) => return,
            },
        };
        let mut fields = writer.fields_of(wrapper, place.base);
        let size = reader.offset() - at;
        fields.show(FieldId::WTP_SUB_PDU_SIZE, at, size, length);
        let place = place.behind(reader.offset());
        let pdu = reader.take_up_to(length);
        let end = place
            .base
            .saturating_add(u32::try_from(pdu.len()).unwrap_or(u32::MAX));
        if pdu.first() == Some(&0) {
            return;
        }
        one(pdu, Place { end, ..place }, writer, follow);
    }
}

/// One PDU.
fn one(octets: &[u8], place: Place, writer: &mut Writer<'_>, follow: &mut Follow<'_>) {
    let Ok(pdu) = Pdu::read(octets) else { return };
    let mut fields = writer.layer(FieldId::WTP, place, None);
    let first = octets.first().copied().unwrap_or_default();
    header_fields(&pdu, first, &mut fields);
    let place = place.above(fields.layer);
    follow(&pdu, octets, place, writer);
}

fn header_fields(pdu: &Pdu<'_>, first: u8, fields: &mut Fields<'_, '_>) {
    fields.number(FieldId::WTP_CONTINUE_FLAG, 0, 1, first >> 7);
    fields.number(FieldId::WTP_PDU_TYPE, 0, 1, first >> 3 & 0x0f);
    let trailer = u8::from(pdu.position.group_end) << 1 | u8::from(pdu.position.last);
    match pdu.kind {
        Kind::Invoke { .. } | Kind::Result | Kind::SegmentedInvoke | Kind::SegmentedResult => {
            fields.number(FieldId::WTP_TRAILER_FLAGS, 0, 1, trailer);
        }
        Kind::Ack { verification } => fields.number(FieldId::WTP_ACK_TVETOK, 0, 1, verification),
        Kind::Abort { .. } => fields.number(FieldId::WTP_ABORT_TYPE, 0, 1, first & 7),
        Kind::NegativeAck(_) => {}
    }
    if !matches!(pdu.kind, Kind::Abort { .. }) {
        fields.number(FieldId::WTP_RID, 0, 1, first & 1);
    }
    fields.number(FieldId::WTP_TID_RESPONSE, 1, 2, pdu.tid.is_from_responder());
    fields.number(FieldId::WTP_TID, 1, 2, pdu.tid.number());
    match pdu.kind {
        Kind::Invoke {
            version,
            tid_new,
            user_acknowledgement,
            class,
        } => {
            fields.number(FieldId::WTP_HEADER_VERSION, 3, 1, version);
            fields.number(FieldId::WTP_HEADER_TIDNEW, 3, 1, tid_new);
            fields.number(FieldId::WTP_HEADER_UP, 3, 1, user_acknowledgement);
            fields.number(FieldId::WTP_INV_TRANSACTION_CLASS, 3, 1, class);
        }
        Kind::SegmentedInvoke | Kind::SegmentedResult => {
            fields.number(FieldId::WTP_HEADER_SEQUENCE, 3, 1, pdu.position.number);
        }
        Kind::Abort {
            by_user: true,
            reason,
        } => {
            fields.number(FieldId::WTP_ABORT_REASON_USER, 3, 1, reason);
        }
        Kind::Abort { reason, .. } => fields.number(FieldId::WTP_ABORT_REASON_PROVIDER, 3, 1, reason),
        Kind::NegativeAck(missing) => {
            fields.show(FieldId::WTP_HEADER_MISSING_PACKETS, 3, 1, missing.len());
            for (at, number) in (4..).zip(missing) {
                fields.number(FieldId::WTP_HEADER_SEQUENCE, at, 1, *number);
            }
        }
        Kind::Result | Kind::Ack { .. } => {}
    }
}

/// What a PDU carries: a message of WSP, or a segment of one.
fn user_data(
    pdu: &Pdu<'_>,
    octets: &[u8],
    ends: Option<&Ends>,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let is_answer = match pdu.kind {
        Kind::Invoke { .. } | Kind::SegmentedInvoke => false,
        Kind::Result | Kind::SegmentedResult => true,
        _ => return,
    };
    if begins_message(pdu) && pdu.position.last {
        if let Some(offset) = offset_in(octets, pdu.data) {
            wsp::pdu(pdu.data, place.behind(offset), writer, shared.mms);
        }
        return;
    }
    let Some(ends) = ends else { return };
    let key = Key {
        addresses: ends.addresses,
        ports: ends.ports,
        transaction: pdu.tid.0,
        is_answer,
    };
    let most = shared.session.wtp_message_octets;
    let layer = place.below.filter(|_| shared.tells_wtp_end);
    let origin = layer.map(|layer| Origin { at: ends.at, layer });
    if let Some(message) = shared.wtp.take(key, pdu.position, pdu.data, origin, most) {
        shared.whole(&message.origins, FieldId::WTP_REASSEMBLED_IN, ends.at);
        let whole: Vec<u8> = message.segments.into_values().flatten().collect();
        if let Some(layer) = place.below {
            let mut fields = writer.fields_of(layer, place.base);
            fields.nowhere(FieldId::WTP_REASSEMBLED_LENGTH, whole.len());
        }
        wsp::pdu(&whole, place.own_buffer(whole.len()), writer, shared.mms);
    }
}
