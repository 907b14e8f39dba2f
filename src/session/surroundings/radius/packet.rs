//! Packets of RADIUS (RFC 2865 section 3, RFC 2866 section 3) and what their attributes say of a session.
//!
//! Read by hand: it is a loop over type, length and value. The crate that reads RADIUS (radius-parser) knows no attribute of
//! accounting and none of 3GPP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{Digits, PhoneAddresses, Prefix, Timestamp, TransactionOperation};
use crate::session::probe::Probe;
use crate::session::surroundings::RadiusReport;
use crate::session::surroundings::prefix::prefix;

/// Octets before the attributes.
const HEADER: usize = 20;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    AccessRequest,
    AccountingRequest,
    /// Access-Accept, Access-Reject: they answer the former.
    AccessAnswer,
    /// Accounting-Response: answers the latter.
    AccountingAnswer,
    /// Access-Challenge: the final answer is still to come, to another request.
    Challenge,
}

impl Code {
    const fn of(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::AccessRequest,
            2 | 3 => Self::AccessAnswer,
            4 => Self::AccountingRequest,
            5 => Self::AccountingAnswer,
            11 => Self::Challenge,
            _ => return None,
        })
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) code: Code,
    /// The code as it stands there.
    pub(super) number: u8,
    pub(super) identifier: u8,
    pub(super) authenticator: [u8; 16],
    attributes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the header of a packet; octets behind its length are padding (RFC 2865 section 3).
    #[inline]
    pub(super) fn read(datagram: &'a [u8]) -> Option<Self> {
        let (header, rest) = datagram.split_first_chunk::<HEADER>()?;
        let [number, identifier, l0, l1, authenticator @ ..] = *header;
        let code = Code::of(number)?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let attributes = rest.get(..length.checked_sub(HEADER)?)?;
        Some(Self {
            code,
            number,
            identifier,
            authenticator,
            attributes,
        })
    }

    /// Whether its attributes fill it.
    pub(super) fn is_whole(&self) -> bool {
        let mut attributes = Attributes(self.attributes);
        attributes.by_ref().for_each(drop);
        attributes.0.is_empty()
    }

    /// What a request says; none where its attributes do not fill it.
    pub(super) fn report(&self) -> Option<Report<'a>> {
        let mut report = Report::default();
        let mut attributes = Attributes(self.attributes);
        for (kind, value) in attributes.by_ref() {
            report.take(kind, value);
        }
        attributes.0.is_empty().then_some(report)
    }
}

/// Whether a datagram is a packet of RADIUS. One of a code alone, without attributes, is told by nothing else.
pub(in crate::session) fn probe(datagram: &[u8]) -> Probe {
    // A look at three octets is enough for nearly all that is another protocol's.
    match datagram {
        [1..=5 | 11, _, 0..=16, ..]
            if Packet::read(datagram).is_some_and(|packet| packet.is_whole() && packet.proves_itself()) =>
        {
            Probe::Certain
        }
        _ => Probe::NotOurs,
    }
}

impl Packet<'_> {
    /// Requests without attributes are none (RFC 2866 section 4.1, RFC 2865 section 4.1); answers need not have any, and then
    /// nothing but their length tells them.
    fn proves_itself(&self) -> bool {
        match self.code {
            Code::AccessRequest | Code::AccountingRequest | Code::Challenge => !self.attributes.is_empty(),
            Code::AccessAnswer | Code::AccountingAnswer => true,
        }
    }
}

/// Type and value of attributes, up to the first that does not lie in the octets.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u8, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (header, rest) = self.0.split_first_chunk::<2>()?;
        let [kind, length] = *header;
        let (value, rest) = rest.split_at_checked(usize::from(length).checked_sub(2)?)?;
        self.0 = rest;
        Some((kind, value))
    }
}

/// A request with the event that it reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Report<'a> {
    /// Of accounting: what happened.
    pub(super) status: Option<Status>,
    pub(super) said: RadiusReport<'a>,
}

/// Acct-Status-Type (RFC 2866 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Status {
    Start,
    Stop,
    Interim,
    On,
    Off,
}

impl Status {
    const fn of(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Start,
            2 => Self::Stop,
            3 => Self::Interim,
            7 => Self::On,
            8 => Self::Off,
            _ => return None,
        })
    }

    pub(super) const fn operation(self) -> TransactionOperation {
        match self {
            Self::Start => TransactionOperation::AccountingStart,
            Self::Stop => TransactionOperation::AccountingStop,
            Self::Interim => TransactionOperation::AccountingInterim,
            Self::On => TransactionOperation::AccountingOn,
            Self::Off => TransactionOperation::AccountingOff,
        }
    }

    /// Whether it is about all sessions of a gateway.
    pub(super) const fn is_of_gateway(self) -> bool {
        matches!(self, Self::On | Self::Off)
    }
}

impl<'a> Report<'a> {
    /// Attributes: RFC 2865, 2866, 3162, 4818, 6911.
    #[inline]
    fn take(&mut self, kind: u8, value: &'a [u8]) {
        let said = &mut self.said;
        match kind {
            4 => said.gateway_address = ipv4(value).map(IpAddr::V4).or(said.gateway_address),
            8 => said.addresses.v4 = value.try_into().ok().and_then(PhoneAddresses::v4_of),
            26 => self.take_vendors(value),
            30 => said.access_point = value,
            31 => said.calling_station = value,
            32 => said.gateway_identifier = value,
            40 => self.status = number(value).and_then(Status::of),
            41 => said.delay = seconds(value).unwrap_or_default(),
            44 => said.session = value,
            46 => said.session_time = seconds(value),
            95 => said.gateway_address = ipv6(value).map(IpAddr::V6).or(said.gateway_address),
            97 | 123 | 168 => self.take_prefix(kind, value),
            _ => {}
        }
    }

    #[cold]
    fn take_prefix(&mut self, kind: u8, value: &'a [u8]) {
        const DELEGATED: u8 = 123;
        const FRAMED_IPV6_ADDRESS: u8 = 168;
        let read = match kind {
            FRAMED_IPV6_ADDRESS => ipv6(value).and_then(|address| Prefix::new(address, 128)),
            _ => prefix(value),
        };
        let [own, delegated] = &mut self.said.addresses.prefixes;
        match kind {
            DELEGATED => *delegated = read,
            _ => *own = own.or(read),
        }
    }

    /// Vendor-Specific (RFC 2865 section 5.26), of 3GPP (TS 29.061 clause 16.4.7).
    fn take_vendors(&mut self, value: &'a [u8]) {
        const VENDOR_3GPP: [u8; 4] = 10_415_u32.to_be_bytes();
        const IMSI: u8 = 1;
        if let Some(octets) = value.strip_prefix(&VENDOR_3GPP)
            && self.said.imsi.is_none()
            && let Some((_, imsi)) = Attributes(octets).find(|(kind, _)| *kind == IMSI)
        {
            self.said.imsi = Digits::from_text(imsi);
        }
    }
}

fn number(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

fn seconds(value: &[u8]) -> Option<i64> {
    Some(i64::from(number(value)?).saturating_mul(Timestamp::SECOND))
}

fn ipv4(value: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from)
}

fn ipv6(value: &[u8]) -> Option<Ipv6Addr> {
    <[u8; 16]>::try_from(value).ok().map(Ipv6Addr::from)
}
