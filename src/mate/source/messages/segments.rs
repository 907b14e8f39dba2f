//! Messages of WTP that are put together from segments (WAP-224 section 7.14).

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::bounded::Bounded;
use super::places::Origin;
use crate::session::wtp::Position;

/// Messages that are being put together, at most: more than phones send at a time.
const MESSAGES: usize = 4096;
/// Octets of all of them.
const OCTETS: usize = 64 * 1024 * 1024;
/// Places of segments kept of one message: those of all, sent again a few times.
const ORIGINS: usize = 1024;
/// What a segment takes beside its octets, about.
const SEGMENT_OVERHEAD: usize = 64;

/// Messages of which segments came.
#[derive(Debug)]
pub(super) struct Segments {
    messages: Bounded<Key, Message>,
    octets: usize,
}

/// A message: between whom, of which transaction, request or answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) addresses: [IpAddr; 2],
    pub(super) ports: [u16; 2],
    pub(super) transaction: u16,
    pub(super) is_answer: bool,
}

/// A message of which segments came, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) segments: BTreeMap<u8, Vec<u8>>,
    last: Option<u8>,
    octets: usize,
    /// Where they lie, where that is asked for.
    pub(super) origins: Vec<Origin>,
}

impl Default for Segments {
    fn default() -> Self {
        Self {
            messages: Bounded::new(MESSAGES),
            octets: 0,
        }
    }
}

impl Segments {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Takes a segment; the message that it completes. `most` octets of one are held.
    pub(super) fn take(
        &mut self,
        key: Key,
        position: Position,
        octets: &[u8],
        origin: Option<Origin>,
        most: usize,
    ) -> Option<Message> {
        let Position { number, last, .. } = position;
        // The first segment begins a message anew, but for one that was sent again or overtaken.
        let begins_anew =
            |message: &Message| number == 0 && message.segments.get(&0).is_some_and(|known| known != octets);
        if self
            .messages
            .get_mut(&key)
            .is_none_or(|message| begins_anew(message))
        {
            self.forget(&key);
            self.messages.insert(key, Message::default());
        }
        let message = self.messages.get_mut(&key)?;
        if last {
            message.last = Some(number);
        }
        if message.origins.len() < ORIGINS {
            message.origins.extend(origin);
        }
        let cost = octets.len() + SEGMENT_OVERHEAD;
        if !message.segments.contains_key(&number) {
            if message.octets + cost > most {
                self.forget(&key);
                return None;
            }
            message.octets += cost;
            self.octets = self.octets.saturating_add(cost);
            message.segments.insert(number, octets.to_vec());
        }
        if message.is_whole() {
            let message = self.messages.remove(&key)?;
            self.octets = self.octets.saturating_sub(message.octets);
            return Some(message);
        }
        if self.octets > OCTETS {
            // What was forgotten for its age is not counted exactly: all begins anew.
            *self = Self::default();
        }
        None
    }

    fn forget(&mut self, key: &Key) {
        if let Some(message) = self.messages.remove(key) {
            self.octets = self.octets.saturating_sub(message.octets);
        }
    }
}

impl Message {
    fn is_whole(&self) -> bool {
        self.last
            .is_some_and(|last| self.segments.range(..=last).count() == usize::from(last) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn position(number: u8, last: bool) -> Position {
        Position {
            number,
            last,
            group_end: false,
        }
    }

    #[test]
    fn segments_in_any_order_make_a_message_once() {
        let key = Key {
            addresses: [IpAddr::V4(Ipv4Addr::LOCALHOST); 2],
            ports: [1, 2],
            transaction: 3,
            is_answer: false,
        };
        let mut segments = Segments::default();
        let mut take =
            |number, last, octets: &[u8]| segments.take(key, position(number, last), octets, None, 1000);
        assert!(take(2, true, b"c").is_none());
        assert!(take(0, false, b"a").is_none());
        assert!(take(0, false, b"a").is_none(), "sent again");
        let whole = take(1, false, b"b").map(|message| message.segments.into_values().flatten().collect());
        assert_eq!(whole, Some(b"abc".to_vec()));
        assert!(take(2, true, b"c").is_none());
        // Another message with the same number begins anew.
        assert!(take(0, false, b"x").is_none());
        assert!(take(0, false, b"y").is_none());
        assert!(take(1, true, b"z").is_some());
        assert!(take(0, false, &[0; 2000]).is_none());
        assert_eq!((segments.octets, segments.is_empty()), (0, true));
    }
}
