//! Short messages that are put together from parts (TS 23.040 section 9.2.3.24.1).

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::bounded::Bounded;
use super::places::Origin;

/// Messages that are being put together, at most. One has at most 255 parts of 140 octets.
const MESSAGES: usize = 4096;

/// Messages of which parts came.
#[derive(Debug)]
pub(super) struct Parts(Bounded<Key, Message>);

/// A message of which parts came.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) parts: BTreeMap<u8, Vec<u8>>,
    /// Where they lie, where that is asked for.
    pub(super) origins: Vec<Origin>,
}

/// Places of parts kept of one message: it has at most so many parts.
const ORIGINS: usize = 255;

impl Default for Parts {
    fn default() -> Self {
        Self(Bounded::new(MESSAGES))
    }
}

/// A message: between whom, to which number, which of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    addresses: [IpAddr; 2],
    recipient: [u8; RECIPIENT],
    reference: u16,
    total: u8,
}

/// Octets of a number that tell it from others.
const RECIPIENT: usize = 24;

impl Key {
    /// The message between these addresses and to this number that a part is of.
    pub(super) fn of(addresses: [IpAddr; 2], recipient: &[u8], part: Part) -> Self {
        Self {
            addresses,
            recipient: bounded_text(recipient),
            reference: part.reference,
            total: part.total,
        }
    }
}

fn bounded_text(text: &[u8]) -> [u8; RECIPIENT] {
    let mut bounded = [0; RECIPIENT];
    bounded
        .iter_mut()
        .zip(text)
        .for_each(|(place, octet)| *place = *octet);
    bounded
}

/// Which part of which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) reference: u16,
    pub(super) total: u8,
    /// From 1.
    pub(super) number: u8,
}

impl Part {
    /// A part, unless its numbers make no sense.
    pub(super) fn checked(reference: u16, total: u8, number: u8) -> Option<Self> {
        let part = Self {
            reference,
            total,
            number,
        };
        (number >= 1 && number <= total).then_some(part)
    }
}

impl Parts {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a part, from 1; the message that it completes.
    pub(super) fn take(
        &mut self,
        key: Key,
        number: u8,
        octets: &[u8],
        origin: Option<Origin>,
    ) -> Option<Message> {
        if self.0.get_mut(&key).is_none() {
            self.0.insert(key, Message::default());
        }
        let message = self.0.get_mut(&key)?;
        message.parts.insert(number, octets.to_vec());
        if message.origins.len() < ORIGINS {
            message.origins.extend(origin);
        }
        if message.parts.len() < usize::from(key.total) {
            return None;
        }
        self.0.remove(&key)
    }
}
