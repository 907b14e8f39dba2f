//! Where a short message's ports and its place among parts are said: in a user data header, in parameters, or on
//! CDMA in a datagram header (SMPP 3.4 sections 3.2.2.3 and 5.3.2).

use super::pdu::{Message, tag};
use crate::codec::ShortRead;
use crate::session::sms::{Concatenation, DatagramSegment, Ports, ReferenceKind, UserDataHeader, is_binary};

/// The service type of WAP datagrams (section 5.2.11).
const WAP: &str = "WAP";

/// esm_class: the user data begins with a header.
const HEADER_INDICATOR: u8 = 0x40;

/// A short message's user data, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UserData<'a> {
    pub(super) ports: Option<Ports>,
    pub(super) concatenation: Option<Concatenation>,
    /// Whether it is octets, not text.
    pub(super) binary: bool,
    /// What follows the header.
    pub(super) octets: &'a [u8],
}

impl<'a> UserData<'a> {
    /// Reads a message's user data. What a header says goes before what parameters say.
    pub(super) fn of(message: &Message<'a>) -> Result<Self, ShortRead> {
        let (header, octets) = match message.esm_class & HEADER_INDICATOR {
            0 => (UserDataHeader::default(), message.user_data),
            _ => UserDataHeader::read(message.user_data)?,
        };
        let ports = header.ports.or_else(|| ports(message));
        let concatenation = header.concatenation.or_else(|| segment(message));
        let binary = is_octets(message.data_coding);
        let bare = ports.is_none() && concatenation.is_none();
        if let Some(datagram) = bare.then(|| datagram(message, octets)).flatten() {
            return Ok(datagram);
        }
        Ok(Self {
            ports,
            concatenation,
            binary,
            octets,
        })
    }
}

/// A segment of a WAP datagram. Ports are no part of what it is known by: only the first segment has them.
fn datagram<'a>(message: &Message<'_>, octets: &'a [u8]) -> Option<UserData<'a>> {
    let segment = DatagramSegment::read(octets)?;
    if !message.service_type.eq_ignore_ascii_case(WAP) && !segment.is_whole_push() {
        return None;
    }
    Some(UserData {
        ports: segment.ports.filter(|_| segment.concatenation.total == 1),
        concatenation: Some(segment.concatenation),
        binary: true,
        octets: segment.octets,
    })
}

/// Whether data_coding means octets: SMPP's own values, or a GSM message class with 8-bit data.
const fn is_octets(data_coding: u8) -> bool {
    matches!(data_coding, 0x02 | 0x04) || (data_coding >= 0xF0 && is_binary(data_coding))
}

fn ports(message: &Message<'_>) -> Option<Ports> {
    Some(Ports {
        destination: message.tlvs.number(tag::DESTINATION_PORT)?,
        source: message.tlvs.number(tag::SOURCE_PORT).unwrap_or_default(),
    })
}

fn segment(message: &Message<'_>) -> Option<Concatenation> {
    let octet = |tag| {
        message
            .tlvs
            .number(tag)
            .and_then(|number| u8::try_from(number).ok())
    };
    let concatenation = Concatenation {
        kind: ReferenceKind::Sar,
        reference: message.tlvs.number(tag::SAR_MSG_REF_NUM)?,
        total: octet(tag::SAR_TOTAL_SEGMENTS)?,
        sequence: octet(tag::SAR_SEGMENT_SEQNUM)?,
    };
    concatenation.checked()
}
