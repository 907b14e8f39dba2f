//! TCP (RFC 9293 3.1) and UDP (RFC 768) headers, as far as a cut frame holds them.

use super::{TcpFlags, TcpSegment, UdpDatagram};

/// Why there is no segment or datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransportError {
    /// Fewer octets than the fixed header.
    Short,
    /// A header that contradicts itself.
    Malformed(&'static str),
}

/// A transport header read, with how many octets of its payload are not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parsed<T> {
    pub(super) value: T,
    pub(super) missing: u32,
    /// What contradicts its length, where the payload is given out nevertheless.
    pub(super) odd: Option<&'static str>,
}

/// Octets of a TCP header without options.
const TCP_HEADER: usize = 20;
/// Octets of a UDP header.
pub(super) const UDP_HEADER: usize = 8;

/// Reads a TCP segment; `missing` octets behind `octets` were not captured.
#[inline]
pub(super) fn tcp(octets: &[u8], missing: u32) -> Result<Parsed<TcpSegment<'_>>, TransportError> {
    let header: &[u8; TCP_HEADER] = octets.first_chunk().ok_or(TransportError::Short)?;
    let [
        sp0,
        sp1,
        dp0,
        dp1,
        s0,
        s1,
        s2,
        s3,
        a0,
        a1,
        a2,
        a3,
        offset,
        flags,
        w0,
        w1,
        ..,
    ] = *header;
    let length = usize::from(offset >> 4) * 4;
    if length < TCP_HEADER {
        return Err(TransportError::Malformed("TCP data offset below 5"));
    }
    let beyond = length.saturating_sub(octets.len()) as u32;
    if beyond > missing {
        return Err(TransportError::Malformed("TCP data offset beyond the segment"));
    }
    let acknowledges = flags & 0x10 != 0;
    let value = TcpSegment {
        source_port: u16::from_be_bytes([sp0, sp1]),
        destination_port: u16::from_be_bytes([dp0, dp1]),
        sequence: u32::from_be_bytes([s0, s1, s2, s3]),
        acknowledgement: acknowledges.then(|| u32::from_be_bytes([a0, a1, a2, a3])),
        flags: TcpFlags {
            syn: flags & 0x02 != 0,
            fin: flags & 0x01 != 0,
            rst: flags & 0x04 != 0,
        },
        window: u16::from_be_bytes([w0, w1]),
        payload: octets.get(length..).unwrap_or_default(),
        octets: if missing == 0 { octets } else { &[] },
    };
    Ok(Parsed {
        value,
        missing: missing - beyond,
        odd: None,
    })
}

/// Reads a UDP datagram; `missing` octets behind `octets` were not captured. A length of zero (jumbograms,
/// segmentation offload) is the IP payload's.
#[inline]
pub(super) fn udp(octets: &[u8], missing: u32) -> Result<Parsed<UdpDatagram<'_>>, TransportError> {
    let (header, rest) = octets
        .split_first_chunk::<UDP_HEADER>()
        .ok_or(TransportError::Short)?;
    let [sp0, sp1, dp0, dp1, l0, l1, checksum @ ..] = *header;
    let promised = match usize::from(u16::from_be_bytes([l0, l1])) {
        0 => rest.len() + missing as usize,
        length => length
            .checked_sub(UDP_HEADER)
            .ok_or(TransportError::Malformed("UDP length below 8"))?,
    };
    let payload = rest.get(..promised).unwrap_or(rest);
    let lacking = (promised - payload.len()) as u32;
    let value = UdpDatagram {
        source_port: u16::from_be_bytes([sp0, sp1]),
        destination_port: u16::from_be_bytes([dp0, dp1]),
        payload,
        octets: if lacking == 0 && checksum != [0, 0] && [l0, l1] != [0, 0] {
            octets.get(..UDP_HEADER + payload.len()).unwrap_or_default()
        } else {
            &[]
        },
    };
    Ok(Parsed {
        value,
        missing: lacking,
        odd: (lacking > missing).then_some("UDP length beyond the IP payload"),
    })
}
