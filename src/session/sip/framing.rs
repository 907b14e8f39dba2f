//! SIP messages out of a byte stream, by Content-Length (RFC 3261 section 18.3).

use super::message::{Head, head_length};
use super::probe::{probe, start_cut, start_inside};
use crate::model::{Extent, FrameRef};
use crate::session::probe::Probe;

/// Octets of a head: many times the longest that proxies pass on.
const HEAD_OCTETS: usize = 64 * 1024;

/// Octets of a body: a short message needs some hundred, a session description some thousand.
const BODY_OCTETS: usize = 256 * 1024;

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Framing {
    /// The start of a message whose rest is still to come.
    pending: Vec<u8>,
    first: Option<FrameRef>,
    /// How many of the pending octets are known not to hold the end of the head.
    searched: usize,
    /// How many octets the message has, once its head is there.
    needed: Option<usize>,
    /// Whether where the next message begins is not known, as long as no message was whole: where the beginning of the
    /// stream was not captured, its first octets may lie inside a message.
    lost: bool,
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            pending: Vec::new(),
            first: None,
            searched: 0,
            needed: None,
            lost: true,
        }
    }
}

/// Whether a message begins here, and how long it is.
enum Length {
    Known(usize),
    MoreNeeded,
    NotSip,
}

impl Framing {
    /// Octets of a message whose rest is still to come.
    pub(super) const fn held_octets(&self) -> usize {
        self.pending.len()
    }

    /// Octets are missing: what was begun will not be whole, and the next message may begin anywhere.
    pub(super) fn lose(&mut self) {
        *self = Self::default();
    }

    /// Adds octets and gives `take` every message that is whole. False where octets are no SIP.
    pub(super) fn push(&mut self, octets: &[u8], place: Extent, mut take: impl FnMut(&[u8], Extent)) -> bool {
        let octets = match self.lost && self.pending.is_empty() {
            true => beginning(octets),
            false => octets,
        };
        let held = std::mem::take(&mut self.pending);
        let mut begun = self
            .first
            .take()
            .filter(|_| !held.is_empty())
            .unwrap_or(place.first);
        let mut joined = held;
        if !joined.is_empty() {
            joined.extend_from_slice(octets);
            if self.needed.is_some_and(|needed| joined.len() < needed) {
                (self.pending, self.first) = (joined, Some(begun));
                return true;
            }
        }
        let mut rest = if joined.is_empty() {
            octets
        } else {
            joined.as_slice()
        };
        loop {
            if self.pending.is_empty() && self.searched == 0 {
                rest = skip_keep_alive(rest);
            }
            match self.length(rest) {
                Length::Known(length) if rest.len() >= length => {
                    let (message, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    self.lost = false;
                    take(
                        message,
                        Extent {
                            first: begun,
                            last: place.last,
                        },
                    );
                    (self.searched, self.needed) = (0, None);
                    (begun, rest) = (place.first, after);
                }
                Length::Known(_) | Length::MoreNeeded => break,
                Length::NotSip => {
                    let was_lost = self.lost;
                    self.lose();
                    match next_start(rest).filter(|start| was_lost && *start > 0) {
                        Some(start) => (begun, rest) = (place.first, rest.get(start..).unwrap_or_default()),
                        None => return was_lost,
                    }
                }
            }
        }
        if !rest.is_empty() {
            // What was not used is not copied again: a head may come octet by octet.
            let unused = rest.len() == joined.len();
            self.pending = if unused { joined } else { rest.to_vec() };
            self.first = Some(begun);
        }
        true
    }

    fn length(&mut self, octets: &[u8]) -> Length {
        if let Some(needed) = self.needed {
            return Length::Known(needed);
        }
        if octets.is_empty() {
            return Length::MoreNeeded;
        }
        if self.searched == 0 && probe(octets) == Probe::NotOurs {
            return Length::NotSip;
        }
        let Some(head) = head_length(octets, self.searched) else {
            self.searched = octets.len();
            return match octets.len() > HEAD_OCTETS {
                true => Length::NotSip,
                false => Length::MoreNeeded,
            };
        };
        let Some((read, _)) = Head::read(octets) else {
            return Length::NotSip;
        };
        let body = read.content_length().unwrap_or_default();
        if body > BODY_OCTETS {
            return Length::NotSip;
        }
        let length = head.saturating_add(body);
        self.needed = Some(length);
        Length::Known(length)
    }
}

/// The octets from where a message begins on; all of them where they may be its start, else none.
fn beginning(octets: &[u8]) -> &[u8] {
    match probe(octets) {
        Probe::Certain | Probe::Unsure => octets,
        Probe::NotOurs => {
            let start = next_start(octets).unwrap_or(octets.len());
            octets.get(start..).unwrap_or_default()
        }
    }
}

/// Where the next message begins, or may begin.
fn next_start(octets: &[u8]) -> Option<usize> {
    start_inside(octets).or_else(|| start_cut(octets))
}

/// Passes over empty lines, which keep a connection alive (RFC 5626 section 3.5.1).
fn skip_keep_alive(octets: &[u8]) -> &[u8] {
    let blank = octets
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'))
        .count();
    octets.get(blank..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bodies(framing: &mut Framing, octets: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        framing.push(octets, Extent::single(FrameRef::default()), |message, _| {
            let (_, head) = Head::read(message).unwrap();
            found.push(message[head..].to_vec());
        });
        found
    }

    #[test]
    fn a_stream_that_stops_being_sip_is_taken_up_again_with_a_segment() {
        let message = b"SIP/2.0 200 OK\r\nl: 1\r\n\r\na";
        let mut framing = Framing::default();
        assert_eq!(bodies(&mut framing, b"\r\n\r\n"), Vec::<Vec<u8>>::new());
        assert_eq!(bodies(&mut framing, message), [b"a"]);
        assert!(!framing.push(
            b"\x16\x03\x01 junk",
            Extent::single(FrameRef::default()),
            |_, _| {}
        ));
        assert_eq!(bodies(&mut framing, b"more"), Vec::<Vec<u8>>::new());
        assert_eq!(bodies(&mut framing, message), [b"a"]);
    }

    proptest! {
        #[test]
        fn messages_are_found_however_the_stream_is_cut(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..6),
            cuts in prop::collection::vec(1usize..30, 1..40),
        ) {
            let mut stream = Vec::new();
            for content in &contents {
                stream.extend(format!("MESSAGE sip:a@b SIP/2.0\r\nContent-Length: {}\r\n\r\n", content.len()).bytes());
                stream.extend(content);
            }
            let mut framing = Framing::default();
            let mut found = Vec::new();
            let mut rest = stream.as_slice();
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                found.extend(bodies(&mut framing, piece));
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, contents);
        }
    }
}
