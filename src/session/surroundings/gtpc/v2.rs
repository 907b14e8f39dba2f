//! Messages of version 2 (TS 29.274 clauses 5, 7.2 and 8).

use super::elements::{Malformed, Message, Said, node, phone};
use crate::model::{Digits, PhoneAddresses, SubscriberNumber, TransactionOperation};
use crate::session::surroundings::{GtpAnswer, GtpRequest, TunnelEnd};

/// Octets of the header that its length does not count.
const HEADER: usize = 4;
/// Bits of the first octet: version; whether another message follows; whether there is a TEID.
const VERSION: u8 = 0b1110_0000;
const VERSION_2: u8 = 0b0100_0000;
const PIGGYBACKED: u8 = 0b0001_0000;
const HAS_TEID: u8 = 0b0000_1000;
/// A message with another one on its back is the first of two (clause 5.5.1).
const MOST_MESSAGES: usize = 2;

/// What the header of a message says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) kind: u8,
    teid: u32,
    sequence: u32,
    elements: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the headers of the messages of a datagram, which fill it.
    pub(super) fn read_all(datagram: &'a [u8]) -> Option<[Option<Self>; MOST_MESSAGES]> {
        let (first, rest) = Self::read(datagram)?;
        if rest.is_empty() {
            return Some([Some(first), None]);
        }
        let is_piggybacked = datagram.first().is_some_and(|flags| flags & PIGGYBACKED != 0);
        match Self::read(rest) {
            Some((second, [])) if is_piggybacked => Some([Some(first), Some(second)]),
            _ => None,
        }
    }

    /// Reads the header of a message; what lies behind the message.
    fn read(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, rest) = octets.split_first_chunk::<HEADER>()?;
        let [flags, kind, l0, l1] = *header;
        if flags & VERSION != VERSION_2 {
            return None;
        }
        let (message, behind) = rest.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
        let (teid, message) = match flags & HAS_TEID {
            0 => (0, message),
            _ => {
                let (teid, message) = message.split_first_chunk::<4>()?;
                (u32::from_be_bytes(*teid), message)
            }
        };
        let ([s0, s1, s2, _], elements) = message.split_first_chunk::<4>()?;
        let header = Self {
            kind,
            teid,
            sequence: u32::from_be_bytes([0, *s0, *s1, *s2]),
            elements,
        };
        Some((header, behind))
    }

    /// The message, where it is about a session.
    pub(super) fn message(&self) -> Result<Option<Message<'a>>, Malformed> {
        let (operation, is_request) = match self.kind {
            32 => (TransactionOperation::CreateSession, true),
            33 => (TransactionOperation::CreateSession, false),
            34 => (TransactionOperation::ModifyBearer, true),
            35 => (TransactionOperation::ModifyBearer, false),
            36 => (TransactionOperation::DeleteSession, true),
            37 => (TransactionOperation::DeleteSession, false),
            _ => return Ok(None),
        };
        let mut found = Found::default();
        let mut elements = Elements(self.elements);
        for element in elements.by_ref() {
            found.take(&element);
        }
        if !elements.0.is_empty() {
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

/// An element (clause 8.2.1).
struct Element<'a> {
    kind: u8,
    /// What tells elements of one type apart within a message.
    instance: u8,
    value: &'a [u8],
}

/// Elements, up to the first that does not lie in the octets.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let ([kind, l0, l1, instance], rest) = self.0.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*l0, *l1])))?;
        self.0 = rest;
        Some(Element {
            kind: *kind,
            instance: instance & 0x0f,
            value,
        })
    }
}

const CAUSE: u8 = 2;
const BEARER_ID: u8 = 73;
const F_TEID: u8 = 87;
const BEARER_CONTEXT: u8 = 93;

/// What the elements say.
#[derive(Default)]
struct Found<'a> {
    cause: Option<u8>,
    imsi: Option<Digits>,
    number: Option<SubscriberNumber>,
    control: Option<TunnelEnd>,
    user: Option<TunnelEnd>,
    bearer: Option<u8>,
    addresses: PhoneAddresses,
    access_point: &'a [u8],
}

impl<'a> Found<'a> {
    fn take(&mut self, element: &Element<'a>) {
        let value = element.value;
        match (element.kind, element.instance) {
            (1, 0) => self.imsi = Digits::from_tbcd(value),
            (CAUSE, 0) => self.cause = value.first().copied(),
            (71, 0) => self.access_point = value,
            (BEARER_ID, 0) => self.bearer = value.first().map(|octet| octet & 0x0f),
            (76, 0) => {
                self.number = Digits::from_tbcd(value).and_then(|digits| SubscriberNumber::new(digits, true))
            }
            (79, 0) => self.addresses = pdn_address(value),
            (F_TEID, _) => self.take_control(element),
            (BEARER_CONTEXT, 0) => self.take_bearer(value),
            _ => {}
        }
    }

    /// Of the sender the first instance. An answer over S11 has the one of the gateway behind the sender too (S5/S8), which
    /// is another's.
    fn take_control(&mut self, element: &Element<'a>) {
        if element.instance == 0 || self.control.is_none() {
            self.control = tunnel_end(element.value).map(|(_, end)| end);
        }
    }

    /// The first bearer's end for packets of the phone. One that only says what came of it has none.
    fn take_bearer(&mut self, value: &'a [u8]) {
        for element in Elements(value) {
            match element.kind {
                BEARER_ID => {
                    self.bearer = self
                        .bearer
                        .or_else(|| element.value.first().map(|octet| octet & 0x0f))
                }
                F_TEID => {
                    if let Some((kind, end)) = tunnel_end(element.value)
                        && self.user.is_none()
                        && is_of_user_plane(kind)
                    {
                        self.user = Some(end);
                    }
                }
                _ => {}
            }
        }
    }

    fn request(self, teid: u32) -> GtpRequest<'a> {
        GtpRequest {
            teid,
            imsi: self.imsi,
            number: self.number,
            control: self.control,
            user: self.user,
            addresses: self.addresses,
            access_point: self.access_point,
            bearer: self.bearer,
            teardown: true,
        }
    }

    const fn answer(self, teid: u32) -> GtpAnswer {
        GtpAnswer {
            teid,
            control: self.control,
            user: self.user,
            addresses: self.addresses,
        }
    }
}

/// Interface types (clause 8.22) of tunnels that carry packets of phones: S1-U, S12, S5/S8-U, S4-U, X2, S2b-U, S2a-U and their
/// likes.
const fn is_of_user_plane(kind: u8) -> bool {
    matches!(kind, 0..=5 | 15 | 16 | 19 | 20 | 28 | 31 | 33 | 34 | 37 | 38)
}

/// F-TEID (clause 8.22): flags and interface type, TEID, addresses.
fn tunnel_end(value: &[u8]) -> Option<(u8, TunnelEnd)> {
    const IPV4: u8 = 0b1000_0000;
    const IPV6: u8 = 0b0100_0000;
    let ([flags, t0, t1, t2, t3], addresses) = value.split_first_chunk::<5>()?;
    let octets = match flags & (IPV4 | IPV6) {
        0 => None,
        IPV6 => addresses.get(..16),
        _ => addresses.get(..4),
    };
    let end = TunnelEnd {
        teid: u32::from_be_bytes([*t0, *t1, *t2, *t3]),
        address: octets.and_then(node),
    };
    Some((flags & 0b0011_1111, end))
}

/// PDN Address Allocation (clause 8.14): type, then prefix length and prefix, then IPv4.
fn pdn_address(value: &[u8]) -> PhoneAddresses {
    let Some((kind, rest)) = value.split_first() else {
        return PhoneAddresses::default();
    };
    let v6 = || {
        let ([bits, octets @ ..], rest) = rest.split_first_chunk::<17>()?;
        Some(((*octets, *bits), rest))
    };
    match (kind & 0b111, rest.first_chunk::<4>(), v6()) {
        (1, Some(v4), _) => phone(Some(*v4), None),
        (2, _, Some((prefix, _))) => phone(None, Some(prefix)),
        (3, _, Some((prefix, rest))) => phone(rest.first_chunk::<4>().copied(), Some(prefix)),
        _ => PhoneAddresses::default(),
    }
}
