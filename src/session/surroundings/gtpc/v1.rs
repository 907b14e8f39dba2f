//! Messages of version 1 (TS 29.060 clauses 6, 7.3 and 7.7).

use super::elements::{Malformed, Message, Said, node, phone};
use crate::model::{Digits, PhoneAddresses, SubscriberNumber, TransactionOperation};
use crate::session::surroundings::{GtpAnswer, GtpRequest, TunnelEnd};

/// Octets of the header that its length does not count.
const HEADER: usize = 8;
/// Bits of the first octet: version 1, protocol type GTP; and whether sequence number, N-PDU number or extensions follow.
const VERSION: u8 = 0b1111_0000;
const VERSION_1: u8 = 0b0011_0000;
const EXTENSIONS: u8 = 0b0000_0100;
const OPTIONAL: u8 = 0b0000_0111;

/// What the header of a message says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) kind: u8,
    teid: u32,
    sequence: u32,
    elements: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the header of a message that fills its datagram.
    pub(super) fn read(datagram: &'a [u8]) -> Option<Self> {
        let (header, rest) = datagram.split_first_chunk::<HEADER>()?;
        let [flags, kind, l0, l1, t0, t1, t2, t3] = *header;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if flags & VERSION != VERSION_1 || length != rest.len() {
            return None;
        }
        let (sequence, elements) = match flags & OPTIONAL {
            0 => (0, rest),
            _ => behind_optional(rest, flags & EXTENSIONS != 0)?,
        };
        Some(Self {
            kind,
            teid: u32::from_be_bytes([t0, t1, t2, t3]),
            sequence,
            elements,
        })
    }

    /// Whether its elements fill it: of other protocols' octets they would not. Behind one that is not known nothing can be
    /// said.
    pub(super) fn proves_itself(&self) -> bool {
        let mut elements = Elements(self.elements);
        let known = elements.by_ref().count();
        !elements.is_cut() && (known > 0 || self.elements.is_empty())
    }

    /// The message, where it is about a session.
    pub(super) fn message(&self) -> Result<Option<Message<'a>>, Malformed> {
        let (operation, is_request) = match self.kind {
            16 => (TransactionOperation::CreatePdpContext, true),
            17 => (TransactionOperation::CreatePdpContext, false),
            18 => (TransactionOperation::UpdatePdpContext, true),
            19 => (TransactionOperation::UpdatePdpContext, false),
            20 => (TransactionOperation::DeletePdpContext, true),
            21 => (TransactionOperation::DeletePdpContext, false),
            _ => return Ok(None),
        };
        let mut found = Found::default();
        let mut elements = Elements(self.elements);
        for (kind, value) in elements.by_ref() {
            found.take(kind, value);
        }
        if elements.is_cut() {
            return Err(Malformed);
        }
        let said = match is_request {
            true => Said::Request(found.request(self.teid)),
            false => Said::Answer {
                cause: found.cause.ok_or(Malformed)?,
                answer: found.answer(self.teid),
            },
        };
        Ok(Some(Message {
            operation,
            sequence: self.sequence,
            said,
        }))
    }
}

/// Sequence number, N-PDU number, and extension headers, each of so many fours of octets (clause 6).
fn behind_optional(octets: &[u8], extended: bool) -> Option<(u32, &[u8])> {
    let ([s0, s1, _, next], mut rest) = octets.split_first_chunk::<4>()?;
    let mut next = if extended { *next } else { 0 };
    while next != 0 {
        let fours = usize::from(*rest.first()?);
        let (extension, others) = rest.split_at_checked(fours.checked_mul(4)?)?;
        next = *extension.last()?;
        rest = others;
    }
    Some((u32::from(u16::from_be_bytes([*s0, *s1])), rest))
}

/// Type and value of elements, in ascending order of their types; an unknown one of fixed length ends them.
struct Elements<'a>(&'a [u8]);

impl Elements<'_> {
    /// Whether what ended them is an element of known length that does not lie in the octets.
    fn is_cut(&self) -> bool {
        let first = self.0.first();
        first.is_some_and(|kind| *kind >= 128 || fixed_length(*kind).is_some())
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, rest) = self.0.split_first()?;
        let (length, rest) = match fixed_length(*kind) {
            Some(length) => (length, rest),
            None if *kind >= 128 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            None => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*kind, value))
    }
}

/// The lengths of elements that have none of their own (clause 7.7, table 37).
const fn fixed_length(kind: u8) -> Option<usize> {
    Some(match kind {
        1 | 8 | 11 | 13 | 14 | 15 | 19 | 20 | 21 | 23 | 24 | 29 => 1,
        25..=28 => 2,
        12 => 3,
        4 | 5 | 16 | 17 | 127 => 4,
        18 => 5,
        3 => 6,
        2 => 8,
        22 => 9,
        9 => 28,
        _ => return None,
    })
}

/// What the elements say.
#[derive(Default)]
struct Found<'a> {
    cause: Option<u8>,
    imsi: Option<Digits>,
    number: Option<SubscriberNumber>,
    user_teid: Option<u32>,
    control_teid: Option<u32>,
    bearer: Option<u8>,
    teardown: bool,
    addresses: PhoneAddresses,
    access_point: &'a [u8],
    /// GSN Address: the first for signalling, the second for the packets of the phone.
    nodes: [Option<std::net::IpAddr>; 2],
}

impl<'a> Found<'a> {
    fn take(&mut self, kind: u8, value: &'a [u8]) {
        match kind {
            1 => self.cause = value.first().copied(),
            2 => self.imsi = Digits::from_tbcd(value),
            16 => self.user_teid = teid(value),
            17 => self.control_teid = teid(value),
            19 => self.teardown = value.first().is_some_and(|octet| octet & 1 == 1),
            20 => self.bearer = self.bearer.or_else(|| value.first().map(|octet| octet & 0x0f)),
            128 => self.addresses = end_user_address(value),
            131 => self.access_point = value,
            133 => self.take_node(value),
            134 => self.number = msisdn(value),
            _ => {}
        }
    }

    fn take_node(&mut self, value: &[u8]) {
        if let Some(free) = self.nodes.iter_mut().find(|place| place.is_none()) {
            *free = node(value);
        }
    }

    fn ends(&self) -> [Option<TunnelEnd>; 2] {
        let [control, user] = self.nodes;
        let end = |teid: Option<u32>, address| teid.map(|teid| TunnelEnd { teid, address });
        [end(self.control_teid, control), end(self.user_teid, user)]
    }

    fn request(self, teid: u32) -> GtpRequest<'a> {
        let [control, user] = self.ends();
        GtpRequest {
            teid,
            imsi: self.imsi,
            number: self.number,
            control,
            user,
            addresses: self.addresses,
            access_point: self.access_point,
            bearer: self.bearer,
            teardown: self.teardown,
        }
    }

    fn answer(self, teid: u32) -> GtpAnswer {
        let [control, user] = self.ends();
        GtpAnswer {
            teid,
            control,
            user,
            addresses: self.addresses,
        }
    }
}

fn teid(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

/// End User Address (clause 7.7.27): organisation, number of the protocol, address.
fn end_user_address(value: &[u8]) -> PhoneAddresses {
    const IETF: u8 = 1;
    const IPV6_BITS: u8 = 64;
    let Some(([organisation, number], address)) = value.split_first_chunk::<2>() else {
        return PhoneAddresses::default();
    };
    let v6 = |octets: &[u8]| Some((octets.try_into().ok()?, IPV6_BITS));
    match (organisation & 0x0f, number, address.split_first_chunk::<4>()) {
        (IETF, 0x21, Some((v4, []))) => phone(Some(*v4), None),
        (IETF, 0x57, _) => phone(None, v6(address)),
        (IETF, 0x8d, Some((v4, rest))) if address.len() != 16 => phone(Some(*v4), v6(rest)),
        (IETF, 0x8d, _) => phone(None, v6(address)),
        _ => PhoneAddresses::default(),
    }
}

/// MSISDN (clause 7.7.33): type of number and plan, then digits (TS 29.002 clause 17.7.8, ISDN-AddressString).
fn msisdn(value: &[u8]) -> Option<SubscriberNumber> {
    const TYPE_OF_NUMBER: u8 = 0b0111_0000;
    const INTERNATIONAL: u8 = 0b0001_0000;
    let (kind, digits) = value.split_first()?;
    SubscriberNumber::new(Digits::from_tbcd(digits)?, kind & TYPE_OF_NUMBER == INTERNATIONAL)
}
