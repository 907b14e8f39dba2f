//! What carries SCCP in an SCTP message: M3UA (RFC 4666 sections 3.1, 3.3.1), M2UA (RFC 3331 sections 3.1, 3.3.1) and
//! M2PA (RFC 4165 section 2), the last two with the routing label of ITU-T Q.704.

use crate::codec::{Reader, ShortRead};
use crate::session::probe::Probe;

/// The only version of all of them.
const VERSION: u8 = 1;
/// Octets of version, reserved, class, type and length.
const COMMON_HEADER: usize = 8;

/// Message classes.
const TRANSFER: u8 = 1;
const MAUP: u8 = 6;
const PEER_TO_PEER: u8 = 11;
/// The type that carries user data, in each of these classes.
const DATA: u8 = 1;

/// Parameters with the user data: M3UA's with a label of its own, M2UA's with one of MTP3.
const M3UA_PROTOCOL_DATA: u16 = 0x0210;
const M2UA_PROTOCOL_DATA: u16 = 0x0300;
/// Octets of a parameter's tag and length, which its length counts.
const PARAMETER_HEADER: usize = 4;

/// The service indicator of SCCP.
const SCCP: u8 = 3;

/// A message to or from SCCP in one node of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferMessage<'a> {
    /// OPC: the point code of the node that it comes from.
    pub origin: u32,
    /// DPC: the point code of the node that it goes to.
    pub destination: u32,
    /// The SCCP message.
    pub sccp: &'a [u8],
}

/// Whether an SCTP message is of one of these protocols: version 1, a class in use, and the length in it its own.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    match header(octets) {
        Some((0..=4 | MAUP | 9 | 10 | PEER_TO_PEER, _)) => Probe::Certain,
        _ => Probe::NotOurs,
    }
}

/// Class and type of a message. Some senders leave padding out of the length.
fn header(octets: &[u8]) -> Option<(u8, u8)> {
    let [VERSION, 0, class, kind, l0, l1, l2, l3, ..] = *octets else {
        return None;
    };
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).ok()?;
    let fits = length >= COMMON_HEADER && length <= octets.len() && octets.len() - length < PARAMETER_HEADER;
    fits.then_some((class, kind))
}

impl<'a> TransferMessage<'a> {
    /// Reads the message for SCCP in an SCTP message; none where it holds none.
    pub fn read(octets: &'a [u8]) -> Option<Self> {
        let (class, kind) = header(octets)?;
        let mut body = Reader::new(octets);
        body.skip("header", COMMON_HEADER).ok()?;
        match (class, kind) {
            (TRANSFER, DATA) => labelled(parameter(body, M3UA_PROTOCOL_DATA)?).ok()?,
            (MAUP, DATA) => routed(parameter(body, M2UA_PROTOCOL_DATA)?).ok()?,
            (PEER_TO_PEER, DATA) => {
                // Sequence numbers of both ways, and the octet with the priority.
                body.skip("M2PA header", 9).ok()?;
                routed(body).ok()?
            }
            _ => None,
        }
    }
}

/// The first parameter with this tag.
fn parameter(mut body: Reader<'_>, sought: u16) -> Option<Reader<'_>> {
    loop {
        let tag = body.u16("parameter tag").ok()?;
        let length = usize::from(body.u16("parameter length").ok()?).checked_sub(PARAMETER_HEADER)?;
        let value = body.sub("parameter", length).ok()?;
        if tag == sought {
            return Some(value);
        }
        body.take_up_to(length.wrapping_neg() % PARAMETER_HEADER);
    }
}

/// M3UA's protocol data: OPC, DPC, service indicator, network indicator, priority, selection, user data.
fn labelled(mut data: Reader<'_>) -> Result<Option<TransferMessage<'_>>, ShortRead> {
    let origin = data.u32("OPC")?;
    let destination = data.u32("DPC")?;
    let service = data.u8("service indicator")?;
    data.skip("NI, MP, SLS", 3)?;
    let message = TransferMessage {
        origin,
        destination,
        sccp: data.rest(),
    };
    Ok((service == SCCP).then_some(message))
}

/// An MTP3 message: service information octet, then a label of 32 bits, the lowest octet first: DPC 14, OPC 14, SLS 4.
fn routed(mut data: Reader<'_>) -> Result<Option<TransferMessage<'_>>, ShortRead> {
    const POINT_CODE: u32 = 0x3fff;
    let service = data.u8("service information")? & 0x0f;
    let label = data.array("routing label").map(u32::from_le_bytes)?;
    let message = TransferMessage {
        origin: label >> 14 & POINT_CODE,
        destination: label & POINT_CODE,
        sccp: data.rest(),
    };
    Ok((service == SCCP).then_some(message))
}
