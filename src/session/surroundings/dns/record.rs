//! Records in answers of DNS (RFC 1035 section 4.1.3).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::name::Name;
use crate::codec::Reader;

/// A record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Of which name it is.
    pub name: Name<'a>,
    /// What it says.
    pub data: RecordData<'a>,
}

/// What a record says, as far as it may lead to a system of MMS.
#[derive(Clone, Copy, Debug)]
pub enum RecordData<'a> {
    /// An address (RFC 1035 section 3.4.1).
    A(Ipv4Addr),
    /// An address (RFC 3596).
    Aaaa(Ipv6Addr),
    /// The name that this one stands for: CNAME (RFC 1035 section 3.3.1).
    Alias(Name<'a>),
    /// A host that takes mail (RFC 1035 section 3.3.9).
    Mx {
        /// Lower ones first.
        preference: u16,
        /// The host.
        exchange: Name<'a>,
    },
    /// A host that offers a service (RFC 2782).
    Srv {
        /// Lower ones first.
        priority: u16,
        /// Its port.
        port: u16,
        /// The host.
        target: Name<'a>,
    },
    /// A rule of rewriting (RFC 3403).
    Naptr(Naptr<'a>),
    /// Another type, or data that are none of their type.
    Other,
}

/// A rule of rewriting (RFC 3403 section 4.1).
#[derive(Clone, Copy, Debug)]
pub struct Naptr<'a> {
    /// Lower ones first.
    pub order: u16,
    /// Among those of the same order, lower ones first.
    pub preference: u16,
    /// For what it is, as `E2U+mms:mailto`.
    pub services: &'a [u8],
    /// The rule.
    pub regexp: &'a [u8],
    /// The next name to ask about, where there is no rule.
    pub replacement: Name<'a>,
}

/// The records of a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records<'a> {
    message: &'a [u8],
    at: usize,
    left: u16,
}

impl<'a> Records<'a> {
    pub(super) const fn new(message: &'a [u8], at: usize, count: u16) -> Self {
        Self {
            message,
            at,
            left: count,
        }
    }

    /// Whether one of them is of this type.
    pub(super) fn has(mut self, kind: u16) -> bool {
        std::iter::from_fn(|| self.raw()).any(|record| record.kind == kind)
    }

    /// Whether all of them are there.
    pub(super) fn is_whole(mut self) -> bool {
        while self.raw().is_some() {}
        self.left == 0
    }

    fn raw(&mut self) -> Option<Raw<'a>> {
        self.left.checked_sub(1)?;
        let (name, end) = Name::read(self.message, self.at)?;
        let [k0, k1, c0, c1, _, _, _, _, l0, l1] = *self.message.get(end..)?.first_chunk()?;
        let start = end.checked_add(10)?;
        let end = start.checked_add(usize::from(u16::from_be_bytes([l0, l1])))?;
        self.message.get(start..end)?;
        self.left -= 1;
        self.at = end;
        // A record of another class than the Internet's is of no type that is known here.
        let kind = match [c0, c1] {
            [0, 1] => u16::from_be_bytes([k0, k1]),
            _ => 0,
        };
        Some(Raw {
            message: self.message.get(..end)?,
            name,
            kind,
            start,
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let raw = self.raw()?;
        Some(Record {
            name: raw.name,
            data: raw.data().unwrap_or(RecordData::Other),
        })
    }
}

/// A record as it lies in a message.
struct Raw<'a> {
    /// The message up to its end.
    message: &'a [u8],
    name: Name<'a>,
    kind: u16,
    /// Where its data begin.
    start: usize,
}

impl<'a> Raw<'a> {
    fn data(&self) -> Option<RecordData<'a>> {
        const A: u16 = 1;
        const CNAME: u16 = 5;
        const MX: u16 = 15;
        const AAAA: u16 = 28;
        const SRV: u16 = 33;
        const NAPTR: u16 = 35;
        let data = self.message.get(self.start..)?;
        Some(match self.kind {
            A => RecordData::A(<[u8; 4]>::try_from(data).ok()?.into()),
            AAAA => RecordData::Aaaa(<[u8; 16]>::try_from(data).ok()?.into()),
            CNAME => RecordData::Alias(self.name_at(0)?),
            MX => RecordData::Mx {
                preference: Reader::new(data).u16("preference").ok()?,
                exchange: self.name_at(2)?,
            },
            SRV => self.service(data)?,
            NAPTR => RecordData::Naptr(self.rule(data)?),
            _ => return None,
        })
    }

    fn service(&self, data: &[u8]) -> Option<RecordData<'a>> {
        let mut reader = Reader::new(data);
        let priority = reader.u16("priority").ok()?;
        reader.skip("weight", 2).ok()?;
        Some(RecordData::Srv {
            priority,
            port: reader.u16("port").ok()?,
            target: self.name_at(reader.offset())?,
        })
    }

    fn rule(&self, data: &'a [u8]) -> Option<Naptr<'a>> {
        let mut reader = Reader::new(data);
        let order = reader.u16("order").ok()?;
        let preference = reader.u16("preference").ok()?;
        let mut text = || {
            let length = reader.u8("length").ok()?;
            reader.take("text", usize::from(length)).ok()
        };
        let (_flags, services, regexp) = (text()?, text()?, text()?);
        Some(Naptr {
            order,
            preference,
            services,
            regexp,
            replacement: self.name_at(reader.offset())?,
        })
    }

    /// The name with which the data end, at an offset in them.
    fn name_at(&self, offset: usize) -> Option<Name<'a>> {
        let (name, end) = Name::read(self.message, self.start.checked_add(offset)?)?;
        (end == self.message.len()).then_some(name)
    }
}
