//! SCTP packets (RFC 9260 section 3) as far as they carry user messages. The checksum is not verified: capturing hosts
//! leave it to the network card.

use super::transport::{Parsed, TransportError};
use crate::codec::{Reader, ShortRead};

/// An SCTP packet.
#[derive(Clone, Copy, Debug)]
pub struct SctpPacket<'a> {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// What the receiver chose for this association: another one means another association.
    pub verification_tag: u32,
    /// The chunks captured.
    pub chunks: &'a [u8],
}

/// A user message or a fragment of one: a DATA chunk (section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataChunk<'a> {
    /// Whether the message begins with it.
    pub begins: bool,
    /// Whether the message ends with it.
    pub ends: bool,
    /// TSN: the fragments of a message have consecutive ones.
    pub sequence: u32,
    /// The octets captured.
    pub payload: &'a [u8],
    /// How many octets of it were not captured.
    pub missing: u32,
}

/// Octets of the header that comes before the chunks.
const COMMON_HEADER: usize = 12;
/// Octets of type, flags and length of a chunk, which its length counts.
const CHUNK_HEADER: u16 = 4;
/// Octets of TSN, stream identifier, stream sequence number and payload protocol identifier.
const DATA_HEADER: u16 = 12;
/// The type of a DATA chunk.
const DATA: u8 = 0;
/// Flags of a DATA chunk.
const ENDS: u8 = 1;
const BEGINS: u8 = 2;

/// Reads an SCTP packet; `missing` octets behind `octets` were not captured.
pub(super) fn sctp(octets: &[u8], missing: u32) -> Result<Parsed<SctpPacket<'_>>, TransportError> {
    let (header, chunks) = octets
        .split_first_chunk::<COMMON_HEADER>()
        .ok_or(TransportError::Short)?;
    let [sp0, sp1, dp0, dp1, t0, t1, t2, t3, ..] = *header;
    let value = SctpPacket {
        source_port: u16::from_be_bytes([sp0, sp1]),
        destination_port: u16::from_be_bytes([dp0, dp1]),
        verification_tag: u32::from_be_bytes([t0, t1, t2, t3]),
        chunks,
    };
    Ok(Parsed {
        value,
        missing,
        odd: None,
    })
}

impl<'a> SctpPacket<'a> {
    /// The user messages and fragments in it, up to the first chunk that is none.
    pub fn data(&self) -> impl Iterator<Item = DataChunk<'a>> {
        let mut reader = Reader::new(self.chunks);
        std::iter::from_fn(move || {
            while let Ok(chunk) = next_chunk(&mut reader) {
                if chunk.is_some() {
                    return chunk;
                }
            }
            None
        })
    }
}

/// Passes over one chunk; gives it where it is one of data.
fn next_chunk<'a>(reader: &mut Reader<'a>) -> Result<Option<DataChunk<'a>>, ShortRead> {
    let kind = reader.u8("SCTP chunk type")?;
    let flags = reader.u8("SCTP chunk flags")?;
    let length = reader.u16("SCTP chunk length")?;
    let length = usize::from(length.checked_sub(CHUNK_HEADER).ok_or(ShortRead {
        field: "SCTP chunk length",
        offset: reader.offset(),
        needed: usize::from(CHUNK_HEADER),
        available: usize::from(length),
    })?);
    let value = reader.take_up_to(length);
    reader.take_up_to(length.wrapping_neg() % 4);
    let Some(length) = length
        .checked_sub(usize::from(DATA_HEADER))
        .filter(|_| kind == DATA)
    else {
        return Ok(None);
    };
    let mut value = Reader::new(value);
    let sequence = value.u32("TSN")?;
    value.skip("SCTP stream", usize::from(DATA_HEADER) - size_of::<u32>())?;
    let payload = value.rest();
    Ok(Some(DataChunk {
        begins: flags & BEGINS != 0,
        ends: flags & ENDS != 0,
        sequence,
        payload,
        missing: u32::try_from(length - payload.len()).unwrap_or(u32::MAX),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ports 2905, tag 0x11223344; SACK, DATA of 5 octets that is whole, DATA that begins, HEARTBEAT, and DATA cut off.
    const PACKET: &[u8] = &[
        0x0b, 0x59, 0x0b, 0x59, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0, //
        0x03, 0x00, 0x00, 0x10, 0, 0, 0, 9, 0, 0, 0xff, 0xff, 0, 0, 0, 0, //
        0x00, 0x03, 0x00, 0x15, 0, 0, 0, 7, 0, 1, 0, 2, 0, 0, 0, 3, b'h', b'e', b'l', b'l', b'o', 0, 0,
        0, //
        0x00, 0x02, 0x00, 0x12, 0, 0, 0, 8, 0, 1, 0, 3, 0, 0, 0, 3, b'a', b'b', 0, 0, //
        0x04, 0x00, 0x00, 0x04, //
        0x00, 0x01, 0x00, 0x14, 0, 0, 0, 9, 0, 1, 0, 3, 0, 0, 0, 3, b'c',
    ];

    #[test]
    fn user_messages_lie_between_other_chunks() {
        let packet = sctp(PACKET, 3).unwrap().value;
        assert_eq!(
            (
                packet.source_port,
                packet.destination_port,
                packet.verification_tag
            ),
            (2905, 2905, 0x1122_3344)
        );
        let chunk = |flags: [bool; 2], sequence, payload, missing| DataChunk {
            begins: flags[0],
            ends: flags[1],
            sequence,
            payload,
            missing,
        };
        assert_eq!(
            packet.data().collect::<Vec<_>>(),
            [
                chunk([true, true], 7, b"hello", 0),
                chunk([true, false], 8, b"ab", 0),
                chunk([false, true], 9, b"c", 3),
            ]
        );
    }

    #[test]
    fn a_chunk_shorter_than_its_header_ends_the_packet() {
        let octets = [&PACKET[..12], &[0, 3, 0, 3], &PACKET[28..]].concat();
        assert_eq!(sctp(&octets, 0).unwrap().value.data().count(), 0);
        assert!(sctp(&PACKET[..11], 0).is_err());
    }

    proptest! {
        #[test]
        fn whatever_the_octets_payloads_lie_in_them(chunks in proptest::collection::vec(any::<u8>(), 0..200)) {
            let packet = SctpPacket { source_port: 1, destination_port: 2, verification_tag: 3, chunks: &chunks };
            let octets: usize = packet.data().map(|chunk| chunk.payload.len()).sum();
            prop_assert!(octets <= chunks.len());
        }
    }
}
