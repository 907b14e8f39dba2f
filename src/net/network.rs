//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers. The IP length rules the payload: what follows it in the frame
//! is padding, what it promises and the frame lacks is missing.

use std::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

use super::layer::{IpPayload, LayerError, protocol};

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Octets of the datagram before it.
    pub(super) offset: u32,
    /// Whether others follow it in the datagram.
    pub(super) more: bool,
}

/// An IP header read.
#[derive(Clone, Copy, Debug)]
pub(super) struct IpHeader<'a> {
    pub(super) payload: IpPayload<'a>,
    /// For IPv4, where the payload is a fragment.
    pub(super) position: Option<Position>,
}

/// Reads an IPv4 header.
#[inline]
pub(super) fn ipv4(octets: &[u8]) -> Result<IpHeader<'_>, LayerError> {
    let header = Ipv4HeaderSlice::from_slice(octets).map_err(|error| ipv4_error(&error))?;
    let length = header.slice().len();
    let available = octets.get(length..).unwrap_or_default();
    // Segmentation offload leaves the length to the network card.
    let promised = match usize::from(header.total_len()) {
        0 => available.len(),
        total => total
            .checked_sub(length)
            .ok_or(LayerError::Malformed("IPv4 total length below its header"))?,
    };
    let data = available.get(..promised).unwrap_or(available);
    let identification = u32::from(header.identification());
    let payload = IpPayload {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        identification: (identification != 0).then_some(identification),
        protocol: header.protocol().0,
        data,
        missing: (promised - data.len()) as u32,
    };
    let position = header.is_fragmenting_payload().then(|| Position {
        offset: u32::from(header.fragments_offset().value()) * 8,
        more: header.more_fragments(),
    });
    Ok(IpHeader { payload, position })
}

/// Whether octets that something else announced are an IPv4 packet all the same: a whole header whose checksum holds
/// and whose length fits. Damage in the frame's own header then costs nothing.
pub(super) fn is_sound_ipv4(octets: &[u8]) -> bool {
    Ipv4HeaderSlice::from_slice(octets).is_ok_and(|header| {
        let total = usize::from(header.total_len());
        total >= header.slice().len()
            && total <= octets.len()
            && header.header_checksum() == header.to_header().calc_header_checksum()
    })
}

/// Whether octets begin with an IP packet of which all is there: a sound IPv4 header, or an IPv6 header whose length is
/// that of the octets.
pub(super) fn is_whole_ip(octets: &[u8]) -> bool {
    let is_ipv6 = || {
        Ipv6HeaderSlice::from_slice(octets).is_ok_and(|header| {
            let length = header
                .slice()
                .len()
                .saturating_add(usize::from(header.payload_length()));
            length == octets.len()
        })
    };
    is_sound_ipv4(octets) || is_ipv6()
}

fn ipv4_error(error: &etherparse::err::ipv4::HeaderSliceError) -> LayerError {
    use etherparse::err::ipv4::{HeaderError, HeaderSliceError};
    match error {
        HeaderSliceError::Len(_) => LayerError::Short,
        HeaderSliceError::Content(HeaderError::UnexpectedVersion { .. }) => {
            LayerError::Malformed("IPv4 version")
        }
        HeaderSliceError::Content(_) => LayerError::Malformed("IPv4 header length below 5"),
    }
}

/// Reads an IPv6 header.
#[inline]
pub(super) fn ipv6(octets: &[u8]) -> Result<IpHeader<'_>, LayerError> {
    use etherparse::err::ipv6::HeaderSliceError;
    let header = Ipv6HeaderSlice::from_slice(octets).map_err(|error| match error {
        HeaderSliceError::Len(_) => LayerError::Short,
        HeaderSliceError::Content(_) => LayerError::Malformed("IPv6 version"),
    })?;
    let available = octets.get(header.slice().len()..).unwrap_or_default();
    let next = header.next_header().0;
    // Jumbograms and segmentation offload: the length does not fit or is left to the network card.
    let promised = match usize::from(header.payload_length()) {
        0 if next != protocol::NONE => available.len(),
        length => length,
    };
    let data = available.get(..promised).unwrap_or(available);
    let payload = IpPayload {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
        identification: None,
        protocol: next,
        data,
        missing: (promised - data.len()) as u32,
    };
    Ok(IpHeader {
        payload,
        position: None,
    })
}

/// Passes over an extension header: next header 1, length 1 in units of 8 octets beyond the first 8 (in units
/// of 4 beyond the first 8 for the authentication header, RFC 4302).
pub(super) fn extension(payload: IpPayload<'_>) -> Result<IpPayload<'_>, LayerError> {
    let [next, length, ..] = *payload.data else {
        return Err(LayerError::Short);
    };
    let octets = match payload.protocol {
        protocol::AUTHENTICATION => (usize::from(length) + 2) * 4,
        _ => (usize::from(length) + 1) * 8,
    };
    Ok(IpPayload {
        protocol: next,
        data: payload.data.get(octets..).ok_or(LayerError::Short)?,
        ..payload
    })
}

/// Reads a fragment header: next header 1, reserved 1, offset 13 bits, reserved 2, more 1, identification 4.
pub(super) fn fragment_header(payload: IpPayload<'_>) -> Result<(IpPayload<'_>, Position), LayerError> {
    let (header, data) = payload.data.split_first_chunk().ok_or(LayerError::Short)?;
    let [next, _, o0, o1, i0, i1, i2, i3] = *header;
    let field = u16::from_be_bytes([o0, o1]);
    let payload = IpPayload {
        protocol: next,
        identification: Some(u32::from_be_bytes([i0, i1, i2, i3])),
        data,
        ..payload
    };
    let position = Position {
        offset: u32::from(field & !7),
        more: field & 1 == 1,
    };
    Ok((payload, position))
}
