//! The header of Diameter's messages (RFC 6733 section 3), and which octets are one.

use memchr::memchr_iter;

use crate::session::probe::{Probe, ProbeInside};

/// Octets of the header.
pub(super) const HEADER_OCTETS: usize = 20;
/// Octets of the header of an AVP that has no vendor.
const AVP_HEADER_OCTETS: usize = 8;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Octets of the message, the header's included.
    pub(super) length: usize,
    flags: u8,
    pub(super) command: Command,
    pub(super) hop_by_hop: u32,
    pub(super) end_to_end: u32,
}

/// What a message is about: its command within its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Command {
    /// Credit-Control (RFC 8506) of Ro or Gy.
    Credit,
    /// Credit-Control of Gx (TS 29.212).
    Policy,
    /// Accounting (RFC 6733 section 9.7), Rf.
    Accounting,
    /// Message-Process of MM10 (TS 29.140).
    MessageProcess,
    /// None of these.
    Other,
}

impl Command {
    const fn of(code: u32, application: u32) -> Self {
        const ACCOUNTING: u32 = 3;
        const CREDIT_CONTROL: u32 = 4;
        const GX: u32 = 16_777_238;
        const MM10: u32 = 16_777_226;
        match (code, application) {
            (272, CREDIT_CONTROL) => Self::Credit,
            (272, GX) => Self::Policy,
            (271, ACCOUNTING) => Self::Accounting,
            (311, MM10) => Self::MessageProcess,
            _ => Self::Other,
        }
    }
}

impl Header {
    const REQUEST: u8 = 0x80;
    const RESERVED: u8 = 0x0f;

    /// The header that octets begin with; none where they are too few, or it is none.
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let [version, l0, l1, l2, flags, rest @ ..] = *octets.first_chunk::<HEADER_OCTETS>()?;
        let length = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        if version != 1 || flags & Self::RESERVED != 0 || length < HEADER_OCTETS || !length.is_multiple_of(4)
        {
            return None;
        }
        let [c0, c1, c2, a0, a1, a2, a3, h0, h1, h2, h3, e0, e1, e2, e3] = rest;
        let application = u32::from_be_bytes([a0, a1, a2, a3]);
        Some(Self {
            length,
            flags,
            command: Command::of(u32::from_be_bytes([0, c0, c1, c2]), application),
            hop_by_hop: u32::from_be_bytes([h0, h1, h2, h3]),
            end_to_end: u32::from_be_bytes([e0, e1, e2, e3]),
        })
    }

    /// Whether it is one of a request.
    pub(super) const fn is_request(&self) -> bool {
        self.flags & Self::REQUEST != 0
    }
}

/// Whether octets begin with a message: its header, and the first AVP lies in it and has only flags that there are.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    match octets {
        [1, _, _, _, flags, ..] if flags & Header::RESERVED != 0 => Probe::NotOurs,
        [] => Probe::Unsure,
        [1, ..] if octets.len() < HEADER_OCTETS => Probe::Unsure,
        [1, ..] => match Header::read(octets) {
            Some(header) => first_avp(octets, header.length),
            None => Probe::NotOurs,
        },
        _ => Probe::NotOurs,
    }
}

fn first_avp(octets: &[u8], length: usize) -> Probe {
    /// Flags that there are not, and that of a vendor: the first AVP is one of RFC 6733.
    const FLAGS: u8 = 0x9f;
    let behind = octets.get(HEADER_OCTETS..).unwrap_or_default();
    let Some([c0, c1, c2, c3, flags, l0, l1, l2]) = behind.first_chunk::<AVP_HEADER_OCTETS>() else {
        return match length < HEADER_OCTETS + AVP_HEADER_OCTETS {
            true => Probe::NotOurs,
            false => Probe::Unsure,
        };
    };
    let avp = u32::from_be_bytes([0, *l0, *l1, *l2]) as usize;
    let fits = (AVP_HEADER_OCTETS..=length - HEADER_OCTETS).contains(&avp);
    let is_first = matches!(
        u32::from_be_bytes([*c0, *c1, *c2, *c3]),
        SESSION_ID | ORIGIN_HOST | RESULT_CODE | ORIGIN_REALM
    );
    match fits && flags & FLAGS == 0 && is_first {
        true => Probe::Certain,
        false => Probe::NotOurs,
    }
}

/// What messages begin with: Session-Id has its place there; those of no session begin with who sends them, or with the result
/// (RFC 6733 sections 5.3, 5.5 and 8.8).
const SESSION_ID: u32 = 263;
const ORIGIN_HOST: u32 = 264;
const RESULT_CODE: u32 = 268;
const ORIGIN_REALM: u32 = 296;

/// Whether a message begins somewhere behind the first of `octets`, which may lie inside another one.
pub(in crate::session) fn probe_inside(octets: &[u8]) -> ProbeInside {
    let mut unsure = None;
    for (offset, opinion) in candidates(octets) {
        match opinion {
            Probe::Certain => return ProbeInside::Certain,
            _ => unsure = unsure.or(Some(offset)),
        }
    }
    unsure.map_or(ProbeInside::NotOurs, ProbeInside::Unsure)
}

/// Octets up to where a message may begin: at least one.
pub(super) fn next_candidate(octets: &[u8]) -> usize {
    candidates(octets)
        .next()
        .map_or(octets.len(), |(offset, _)| offset)
}

/// Where messages may begin behind the first octet.
fn candidates(octets: &[u8]) -> impl Iterator<Item = (usize, Probe)> + '_ {
    memchr_iter(1, octets)
        .filter(|offset| *offset > 0)
        .filter_map(|offset| {
            let opinion = probe(octets.get(offset..)?);
            (opinion != Probe::NotOurs).then_some((offset, opinion))
        })
}
