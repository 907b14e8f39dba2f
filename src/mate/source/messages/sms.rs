//! Fields of the user data header of short messages (TS 23.040 section 9.2.3.24), and what it announces.

use super::parts::{Key, Part};
use super::places::{Ends, Origin};
use super::shared::Shared;
use super::{wsp, wtp};
use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;
use crate::mate::source::writer::{Fields, Place, Writer, offset_in};
use crate::session::sms::information_elements;

/// User data, and what its bearer says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserData<'a> {
    pub(super) octets: &'a [u8],
    pub(super) has_header: bool,
    /// The destination port, where the bearer has it beside the user data.
    pub(super) port: Option<u16>,
    /// Which part of a message it is, where the bearer has that beside the user data.
    pub(super) part: Option<Part>,
    /// The number that it goes to.
    pub(super) recipient: &'a [u8],
}

/// What the elements of a header say.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Source and destination.
    ports: Option<[u16; 2]>,
    part: Option<Part>,
}

/// The layers of user data. Its fields are of the layer `within`, or else of one of their own.
pub(super) fn user_data(
    user_data: &UserData<'_>,
    within: Option<LayerIndex>,
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let octets = user_data.octets;
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    let place = Place {
        end: place.base.saturating_add(length),
        ..place
    };
    let beside = user_data.port.is_some() || user_data.part.is_some();
    let mut fields = match within {
        Some(layer) => writer.fields_of(layer, place.base),
        None if user_data.has_header || beside => writer.layer(FieldId::GSM_SMS_UD, place, None),
        None => return,
    };
    let layer = fields.layer;
    let mut said = Said {
        ports: user_data.port.map(|port| [port, port]),
        part: user_data.part,
    };
    let message = match user_data.has_header {
        true => match header(octets, &mut said, &mut fields) {
            Some(message) => message,
            None => return,
        },
        false => octets,
    };
    let place = place.behind(octets.len() - message.len()).above(layer);
    let Some(part) = said.part else {
        return carried(message, said.ports, ends, place, writer, shared);
    };
    let key = Key::of(ends.addresses, user_data.recipient, part);
    let tells_end = shared.tells_sms_end && within.is_none();
    let origin = tells_end.then_some(Origin { at: ends.at, layer });
    let Some(whole) = shared.sms.take(key, part.number, message, origin) else {
        return;
    };
    shared.whole(&whole.origins, FieldId::GSM_SMS_UD_REASSEMBLED_IN, ends.at);
    let whole: Vec<u8> = whole.parts.into_values().flatten().collect();
    if within.is_none() {
        let mut fields = writer.fields_of(layer, place.base);
        fields.nowhere(FieldId::GSM_SMS_UD_REASSEMBLED_LENGTH, whole.len());
    }
    let place = place.own_buffer(whole.len());
    carried(&whole, said.ports, ends, place, writer, shared);
}

/// The header that user data begins with; what follows it.
fn header<'a>(octets: &'a [u8], said: &mut Said, fields: &mut Fields<'_, '_>) -> Option<&'a [u8]> {
    let (length, rest) = octets.split_first()?;
    fields.number(
        FieldId::GSM_SMS_DIS_FIELD_UDH_USER_DATA_HEADER_LENGTH,
        0,
        1,
        *length,
    );
    let (header, message) = rest.split_at_checked(usize::from(*length))?;
    elements(header, octets, said, fields);
    Some(message)
}

/// The information elements of a header in user data.
fn elements(header: &[u8], octets: &[u8], said: &mut Said, fields: &mut Fields<'_, '_>) {
    for element in information_elements(header) {
        let at = offset_in(octets, element.octets).unwrap_or(0);
        fields.number(
            FieldId::GSM_SMS_IE_IDENTIFIER,
            at.saturating_sub(2),
            1,
            element.id,
        );
        let (reference, width, total, number) = match (element.id, element.octets) {
            (0x00, [reference, total, number]) => (u16::from(*reference), 1, *total, *number),
            (0x08, [high, low, total, number]) => (u16::from_be_bytes([*high, *low]), 2, *total, *number),
            (0x04, [destination, source]) => {
                let ports = [u16::from(*source), u16::from(*destination)];
                ports_of(ports, at, 1, fields);
                said.ports = Some(ports);
                continue;
            }
            (0x05, [d1, d0, s1, s0]) => {
                let ports = [u16::from_be_bytes([*s1, *s0]), u16::from_be_bytes([*d1, *d0])];
                ports_of(ports, at, 2, fields);
                said.ports = Some(ports);
                continue;
            }
            _ => continue,
        };
        fields.number(FieldId::GSM_SMS_UDH_MM_MSG_ID, at, width, reference);
        fields.number(FieldId::GSM_SMS_UDH_MM_MSG_PARTS, at + width, 1, total);
        fields.number(FieldId::GSM_SMS_UDH_MM_MSG_PART, at + width + 1, 1, number);
        said.part = Part::checked(reference, total, number).or(said.part);
    }
}

fn ports_of([source, destination]: [u16; 2], at: usize, width: usize, fields: &mut Fields<'_, '_>) {
    fields.number(FieldId::GSM_SMS_DESTINATION_PORT, at, width, destination);
    fields.number(FieldId::GSM_SMS_ORIGINATOR_PORT, at + width, width, source);
}

/// What goes to a port of WAP (source port before destination, as Wireshark tries them).
fn carried(
    octets: &[u8],
    ports: Option<[u16; 2]>,
    ends: &Ends,
    place: Place,
    writer: &mut Writer<'_>,
    shared: &mut Shared,
) {
    let Some(ports) = ports else { return };
    let kind = ports.into_iter().find_map(|port| match port {
        2948 | 9200 => Some(false),
        9201 => Some(true),
        _ => None,
    });
    let ends = Ends { ports, ..*ends };
    match kind {
        Some(false) => wsp::connectionless(octets, place, writer, shared.mms),
        Some(true) => wtp::datagram(octets, Some(&ends), place, writer, shared),
        None => {}
    }
}
