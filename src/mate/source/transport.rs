//! Fields of TCP (RFC 9293, RFC 7323), UDP (RFC 768), SCTP (RFC 9260) and GTP-U (TS 29.281) headers.

use super::streams::{Segment, StreamFacts};
use super::writer::{Place, Writer};
use crate::codec::{Reader, ShortRead};
use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;

/// A transport header: its layer and its octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) layer: LayerIndex,
    pub(super) length: usize,
    pub(super) ports: [u16; 2],
}

/// What stands in a TCP header; its options behind it.
pub(super) struct TcpHeader<'a> {
    ports: [u16; 2],
    sequence: u32,
    acknowledgement: u32,
    length: usize,
    flags: u16,
    window: u16,
    checksum: u16,
    urgent: u16,
    options: &'a [u8],
    /// Octets of data, captured or not.
    data: usize,
}

/// The flags of TCP.
pub(super) mod flag {
    pub(crate) const FIN: u16 = 0x01;
    pub(crate) const SYN: u16 = 0x02;
    pub(crate) const RST: u16 = 0x04;
    pub(crate) const PSH: u16 = 0x08;
    pub(crate) const ACK: u16 = 0x10;
    pub(crate) const URG: u16 = 0x20;
    pub(crate) const ECE: u16 = 0x40;
    pub(crate) const CWR: u16 = 0x80;
}

/// Octets of a TCP header without options.
const TCP: usize = 20;

impl<'a> TcpHeader<'a> {
    /// Reads a header; `missing` octets behind `octets` were not captured.
    pub(super) fn read(octets: &'a [u8], missing: usize) -> Option<Self> {
        let mut reader = Reader::new(octets);
        let mut read = || -> Result<_, ShortRead> {
            let ports = [reader.u16("source port")?, reader.u16("destination port")?];
            let numbers = [reader.u32("sequence number")?, reader.u32("acknowledgement")?];
            let flags = reader.u16("data offset and flags")?;
            let rest = [
                reader.u16("window")?,
                reader.u16("checksum")?,
                reader.u16("urgent pointer")?,
            ];
            Ok((ports, numbers, flags, rest))
        };
        let (ports, [sequence, acknowledgement], flags, [window, checksum, urgent]) = read().ok()?;
        let length = usize::from(flags >> 12) * 4;
        Some(Self {
            ports,
            sequence,
            acknowledgement,
            length,
            flags: flags & 0x0fff,
            window,
            checksum,
            urgent,
            options: octets.get(TCP..length).unwrap_or_default(),
            data: (octets.len() + missing).saturating_sub(length),
        })
    }

    /// What the state of its connection needs.
    pub(super) fn segment(&self) -> Segment {
        Segment {
            ports: self.ports,
            sequence: self.sequence,
            acknowledgement: self.acknowledgement,
            flags: self.flags,
            window: self.window,
            data: self.data,
            window_shift: self.option(3).and_then(|value| value.first().copied()),
        }
    }

    /// The value of an option by its kind.
    fn option(&self, wanted: u8) -> Option<&'a [u8]> {
        self.options()
            .find(|(kind, ..)| *kind == wanted)
            .map(|(_, _, value)| value)
    }

    /// Kinds, offsets behind the fixed header and values of the options, as far as they are sound.
    fn options(&self) -> impl Iterator<Item = (u8, usize, &'a [u8])> + use<'a> {
        let mut reader = Reader::new(self.options);
        std::iter::from_fn(move || {
            loop {
                let offset = reader.offset();
                match reader.u8("option").ok()? {
                    0 => return None,
                    1 => {}
                    kind => {
                        let length = usize::from(reader.u8("option length").ok()?);
                        let value = reader.take("option value", length.checked_sub(2)?).ok()?;
                        return Some((kind, offset, value));
                    }
                }
            }
        })
    }

    /// Writes the layer. `facts` are of its connection, where somebody asks for them.
    pub(super) fn write(&self, facts: Option<&StreamFacts>, place: Place, writer: &mut Writer<'_>) -> Header {
        // Wireshark's layer of TCP reaches to the end of its buffer.
        let mut fields = writer.layer(FieldId::TCP, place, None);
        let [source, destination] = self.ports;
        fields.number(FieldId::TCP_SRCPORT, 0, 2, source);
        fields.number(FieldId::TCP_DSTPORT, 2, 2, destination);
        fields.number(FieldId::TCP_PORT, 0, 2, source);
        fields.number(FieldId::TCP_PORT, 2, 2, destination);
        let data = u64::try_from(self.data).unwrap_or(u64::MAX);
        fields.number(FieldId::TCP_LEN, 0, 0, data);
        if let Some(facts) = facts {
            fields.number(FieldId::TCP_STREAM, 0, 0, facts.stream);
            fields.number(FieldId::TCP_SEQ, 4, 4, facts.sequence);
            fields.number(FieldId::TCP_NXTSEQ, 0, 0, facts.next_sequence);
            fields.number(FieldId::TCP_ACK, 8, 4, facts.acknowledgement);
            fields.number(FieldId::TCP_WINDOW_SIZE, 14, 2, facts.window);
            fields.seconds(FieldId::TCP_TIME_RELATIVE, 0, 0, facts.since_first);
            fields.seconds(FieldId::TCP_TIME_DELTA, 0, 0, facts.since_last);
            for (is, field) in [
                (facts.is_retransmission, FieldId::TCP_ANALYSIS_RETRANSMISSION),
                (facts.is_out_of_order, FieldId::TCP_ANALYSIS_OUT_OF_ORDER),
                (facts.lost_segment, FieldId::TCP_ANALYSIS_LOST_SEGMENT),
            ] {
                if is {
                    fields.nowhere(field, "");
                }
            }
        }
        fields.number(FieldId::TCP_SEQ_RAW, 4, 4, self.sequence);
        fields.number(FieldId::TCP_ACK_RAW, 8, 4, self.acknowledgement);
        fields.show(FieldId::TCP_HDR_LEN, 12, 1, self.length);
        fields.number(FieldId::TCP_FLAGS, 12, 2, self.flags);
        for (flag, field) in [
            (flag::CWR, FieldId::TCP_FLAGS_CWR),
            (flag::ECE, FieldId::TCP_FLAGS_ECE),
            (flag::URG, FieldId::TCP_FLAGS_URG),
            (flag::ACK, FieldId::TCP_FLAGS_ACK),
            (flag::PSH, FieldId::TCP_FLAGS_PUSH),
            (flag::RST, FieldId::TCP_FLAGS_RESET),
            (flag::SYN, FieldId::TCP_FLAGS_SYN),
            (flag::FIN, FieldId::TCP_FLAGS_FIN),
        ] {
            fields.number(field, 13, 1, self.flags & flag != 0);
        }
        fields.number(FieldId::TCP_WINDOW_SIZE_VALUE, 14, 2, self.window);
        fields.number(FieldId::TCP_CHECKSUM, 16, 2, self.checksum);
        fields.number(FieldId::TCP_URGENT_POINTER, 18, 2, self.urgent);
        for (kind, offset, value) in self.options() {
            let at = TCP + offset + 2;
            match (kind, value) {
                (2, [high, low]) => {
                    let size = u16::from_be_bytes([*high, *low]);
                    fields.number(FieldId::TCP_OPTIONS_MSS_VAL, at, 2, size);
                }
                (8, [t0, t1, t2, t3, ..]) => {
                    let sent = u32::from_be_bytes([*t0, *t1, *t2, *t3]);
                    fields.number(FieldId::TCP_OPTIONS_TIMESTAMP_TSVAL, at, 4, sent);
                }
                _ => {}
            }
        }
        Header {
            layer: fields.layer,
            length: self.length,
            ports: self.ports,
        }
    }
}

/// Octets of a UDP header.
const UDP: usize = 8;

/// A UDP header; `stream` numbers its flow where somebody asks for that.
pub(super) fn udp(
    octets: &[u8],
    stream: impl FnOnce([u16; 2]) -> Option<u32>,
    place: Place,
    writer: &mut Writer<'_>,
) -> Option<Header> {
    let header: &[u8; UDP] = octets.first_chunk()?;
    let [s0, s1, d0, d1, l0, l1, c0, c1] = *header;
    let ports = [u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])];
    let [source, destination] = ports;
    let mut fields = writer.layer(FieldId::UDP, place, Some(UDP));
    fields.number(FieldId::UDP_SRCPORT, 0, 2, source);
    fields.number(FieldId::UDP_DSTPORT, 2, 2, destination);
    fields.number(FieldId::UDP_PORT, 0, 2, source);
    fields.number(FieldId::UDP_PORT, 2, 2, destination);
    fields.number(FieldId::UDP_LENGTH, 4, 2, u16::from_be_bytes([l0, l1]));
    fields.number(FieldId::UDP_CHECKSUM, 6, 2, u16::from_be_bytes([c0, c1]));
    if let Some(stream) = stream(ports) {
        fields.number(FieldId::UDP_STREAM, UDP, 0, stream);
    }
    Some(Header {
        layer: fields.layer,
        length: UDP,
        ports,
    })
}

/// Octets of SCTP's common header.
const SCTP: usize = 12;
/// Chunks of one packet that are told: more than fit into one without jumbo frames.
const CHUNKS: usize = 1024;

/// An SCTP packet.
pub(super) fn sctp(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<Header> {
    let mut reader = Reader::new(octets);
    let mut read = || -> Result<_, ShortRead> {
        let ports = [reader.u16("source port")?, reader.u16("destination port")?];
        let tag = reader.u32("verification tag")?;
        reader.skip("checksum", 4)?;
        Ok((ports, tag))
    };
    let (ports, tag) = read().ok()?;
    let [source, destination] = ports;
    let mut fields = writer.layer(FieldId::SCTP, place, Some(SCTP));
    fields.number(FieldId::SCTP_SRCPORT, 0, 2, source);
    fields.number(FieldId::SCTP_DSTPORT, 2, 2, destination);
    fields.number(FieldId::SCTP_PORT, 0, 2, source);
    fields.number(FieldId::SCTP_PORT, 2, 2, destination);
    fields.number(FieldId::SCTP_VERIFICATION_TAG, 4, 4, tag);
    for _ in 0..CHUNKS {
        let at = reader.offset();
        let Ok([kind, _, high, low]) = reader.array("chunk header") else {
            break;
        };
        fields.number(FieldId::SCTP_CHUNK_TYPE, at, 1, kind);
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(length) = length.checked_sub(4) else {
            break;
        };
        let value = reader.take_up_to(length);
        reader.take_up_to(length.wrapping_neg() % 4);
        if let (0, Some(number)) = (kind, value.first_chunk::<4>()) {
            let number = u32::from_be_bytes(*number);
            fields.number(FieldId::SCTP_DATA_TSN, at + 4, 4, number);
        }
    }
    Some(Header {
        layer: fields.layer,
        length: SCTP,
        ports,
    })
}

/// The port of GTP-U (IANA).
pub(super) const GTPU_PORT: u16 = 2152;

/// A GTP-U header: flags, message type, length, tunnel (TS 29.281 section 5).
pub(super) fn gtp(octets: &[u8], place: Place, writer: &mut Writer<'_>) -> Option<LayerIndex> {
    let header: &[u8; 8] = octets.first_chunk()?;
    let [flags, message, l0, l1, tunnel @ ..] = *header;
    // Version 1, and GTP, not GTP'.
    if flags >> 4 != 3 {
        return None;
    }
    let mut fields = writer.layer(FieldId::GTP, place, None);
    fields.number(FieldId::GTP_MESSAGE, 1, 1, message);
    fields.number(FieldId::GTP_LENGTH, 2, 2, u16::from_be_bytes([l0, l1]));
    fields.number(FieldId::GTP_TEID, 4, 4, u32::from_be_bytes(tunnel));
    Some(fields.layer)
}
