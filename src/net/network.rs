//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers. The IP length rules the payload: what follows it in the frame
//! is padding, what it promises and the frame lacks is missing.

use std::net::IpAddr;

use etherparse::{
    IpAuthHeaderSlice, IpNumber, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice,
    Ipv6RawExtHeaderSlice, err,
};

use super::layer::{IpPayload, LayerError};

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
        protocol: header.protocol(),
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
    let next = header.next_header();
    // Jumbograms and segmentation offload: the length does not fit or is left to the network card.
    let promised = match usize::from(header.payload_length()) {
        0 if next != IpNumber::IPV6_NO_NEXT_HEADER => available.len(),
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

/// Passes over an extension header of IPv6, or the authentication header of either version (RFC 4302).
pub(super) fn extension(payload: IpPayload<'_>) -> Result<IpPayload<'_>, LayerError> {
    let (protocol, header) = match payload.protocol {
        IpNumber::AUTHENTICATION_HEADER => {
            let header = IpAuthHeaderSlice::from_slice(payload.data).map_err(|error| match error {
                err::ip_auth::HeaderSliceError::Len(_) => LayerError::Short,
                err::ip_auth::HeaderSliceError::Content(_) => {
                    LayerError::Malformed("authentication header shorter than itself")
                }
            })?;
            (header.next_header(), header.slice())
        }
        _ => {
            let header = Ipv6RawExtHeaderSlice::from_slice(payload.data).map_err(|_| LayerError::Short)?;
            (header.next_header(), header.slice())
        }
    };
    let data = payload.data.get(header.len()..).unwrap_or_default();
    Ok(IpPayload {
        protocol,
        data,
        ..payload
    })
}

/// Reads a fragment header of IPv6.
pub(super) fn fragment_header(payload: IpPayload<'_>) -> Result<(IpPayload<'_>, Position), LayerError> {
    let header = Ipv6FragmentHeaderSlice::from_slice(payload.data).map_err(|_| LayerError::Short)?;
    let position = Position {
        offset: u32::from(header.fragment_offset().value()) * 8,
        more: header.more_fragments(),
    };
    let payload = IpPayload {
        protocol: header.next_header(),
        identification: Some(header.identification()),
        data: payload.data.get(header.slice().len()..).unwrap_or_default(),
        ..payload
    };
    Ok((payload, position))
}
