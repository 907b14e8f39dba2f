//! Fields of short message TPDUs (TS 23.040 section 9.2.2) in the relay protocol (TS 24.011), as SIP carries them.

use super::places::Ends;
use super::shared::Shared;
use super::sms::{self, UserData};
use crate::codec::{Reader, ShortRead};
use crate::mate::catalogue::FieldId;
use crate::mate::source::writer::{Fields, Place, Writer, offset_in};
use crate::session::sms::{Content, RpMessage, Towards, Tpdu};

/// The media type of a message of the relay protocol (TS 24.341 section 7.1).
pub(super) const RELAYED: &str = "application/vnd.3gpp.sms";

/// A message of the relay protocol.
pub(super) fn relayed(
    octets: &[u8],
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let Ok(message) = RpMessage::read(octets) else {
        return;
    };
    let (tpdu, failed) = match message.content {
        Content::Data { tpdu, .. } => (tpdu, false),
        Content::Ack { tpdu: Some(tpdu) } => (tpdu, false),
        Content::Error { tpdu: Some(tpdu), .. } => (tpdu, true),
        _ => return,
    };
    if let Some(offset) = offset_in(octets, tpdu) {
        one(
            tpdu,
            message.towards,
            failed,
            ends,
            place.behind(offset),
            writer,
            shared,
        );
    }
}

fn one(
    octets: &[u8],
    towards: Towards,
    failed: bool,
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let mut fields = writer.layer(FieldId::GSM_SMS, place, Some(octets.len()));
    let layer = fields.layer;
    let first = octets.first().copied().unwrap_or_default();
    fields.number(FieldId::GSM_SMS_TP_MTI, 0, 1, first & 3);
    let Ok(tpdu) = Tpdu::read(octets, towards, failed) else {
        return;
    };
    let (address, field, at, user_data) = match &tpdu {
        Tpdu::Deliver {
            originator,
            user_data,
        } => (originator, FieldId::GSM_SMS_TP_OA, 1, user_data),
        Tpdu::Submit {
            recipient, user_data, ..
        } => (recipient, FieldId::GSM_SMS_TP_DA, 2, user_data),
        _ => return,
    };
    // What could be read before can be read again.
    let _ = address_and_codes(octets, at, field, address, &mut fields);
    let user_data = UserData {
        octets: user_data.octets,
        has_header: user_data.has_header,
        port: None,
        part: None,
        recipient: address.as_bytes(),
    };
    if let Some(offset) = offset_in(octets, user_data.octets) {
        let place = place.behind(offset).above(layer);
        sms::user_data(&user_data, Some(layer), ends, place, writer, shared);
    }
}

/// The address that begins at an offset, the protocol and the coding behind it.
fn address_and_codes(
    octets: &[u8],
    at: usize,
    field: FieldId,
    address: &str,
    fields: &mut Fields<'_, '_>,
) -> Result<(), ShortRead> {
    let mut reader = Reader::with_base(octets.get(at..).unwrap_or_default(), at);
    let digits = usize::from(reader.u8("address length")?);
    reader.skip("type of address", 1)?;
    let begin = reader.offset();
    let length = digits.div_ceil(2);
    reader.skip("address", length)?;
    fields.show(field, begin, length, address.trim_start_matches('+'));
    let at = reader.offset();
    fields.number(FieldId::GSM_SMS_TP_PID, at, 1, reader.u8("TP-PID")?);
    fields.number(FieldId::GSM_SMS_TP_DCS, at + 1, 1, reader.u8("TP-DCS")?);
    Ok(())
}
