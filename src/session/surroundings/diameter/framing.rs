//! Messages out of a stream: several in a segment, one over several, and finding the next one after a loss.

use super::header::{Command, HEADER_OCTETS, Header, next_candidate, probe};
use crate::model::{Extent, FrameRef};
use crate::session::probe::Probe;

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Framing {
    /// The start of a message whose rest is still to come.
    pending: Vec<u8>,
    /// The frame with its first octet.
    first: FrameRef,
    /// Octets that are still to come of a message that nobody wants.
    unwanted: usize,
    /// Whether where the next message begins is not known.
    lost: bool,
}

impl Default for Framing {
    /// Where the beginning was not captured, the first octets may lie inside a message.
    fn default() -> Self {
        Self {
            pending: Vec::new(),
            first: FrameRef::default(),
            unwanted: 0,
            lost: true,
        }
    }
}

/// What came of one more piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed<'a> {
    /// A whole message that somebody wants.
    Message(Header, &'a [u8], Extent),
    /// One that is longer than the limit.
    TooLong,
    /// Octets that are no message begin here.
    Garbage,
}

impl Framing {
    /// Octets of a message whose rest is still to come.
    pub(super) const fn held_octets(&self) -> usize {
        self.pending.len()
    }

    /// Octets are missing: what was begun will not be whole.
    pub(super) fn lose(&mut self) {
        self.pending = Vec::new();
        self.unwanted = 0;
        self.lost = true;
    }

    /// Adds octets and gives `take` every message that is whole and is no longer than `limit`.
    pub(super) fn push(
        &mut self,
        octets: &[u8],
        limit: usize,
        at: FrameRef,
        mut take: impl FnMut(Framed<'_>),
    ) {
        let mut rest = self.pass_unwanted(octets);
        if !self.pending.is_empty() {
            rest = self.complete_pending(rest, limit, at, &mut take);
        }
        while !rest.is_empty() {
            match self.step(rest, limit, at, at, &mut take) {
                Some(octets) => rest = self.pass_over(rest, octets),
                None => {
                    self.pending.extend_from_slice(rest);
                    self.first = at;
                    return;
                }
            }
        }
    }

    fn pass_unwanted<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let unwanted = std::mem::take(&mut self.unwanted);
        self.pass_over(octets, unwanted)
    }

    /// What is behind so many octets; where they are not all there, the others are still to be passed over.
    fn pass_over<'a>(&mut self, octets: &'a [u8], count: usize) -> &'a [u8] {
        match octets.get(count..) {
            Some(rest) => rest,
            None => {
                self.unwanted = count.saturating_sub(octets.len());
                &[]
            }
        }
    }

    /// Adds to what is pending as much as its message, or the header before that, lacks; what is left.
    fn complete_pending<'a>(
        &mut self,
        octets: &'a [u8],
        limit: usize,
        at: FrameRef,
        take: &mut impl FnMut(Framed<'_>),
    ) -> &'a [u8] {
        let mut rest = octets;
        while !self.pending.is_empty() && !rest.is_empty() {
            let wanted = Header::read(&self.pending).map_or(PROBED_OCTETS, |header| header.length);
            let lacking = wanted.saturating_sub(self.pending.len()).max(1);
            let (more, others) = rest.split_at_checked(lacking).unwrap_or((rest, &[]));
            self.pending.extend_from_slice(more);
            rest = others;
            let mut held = std::mem::take(&mut self.pending);
            let mut passed = 0;
            while let Some(left) = held.get(passed..).filter(|left| !left.is_empty()) {
                let Some(octets) = self.step(left, limit, self.first, at, take) else {
                    break;
                };
                self.unwanted = octets.saturating_sub(left.len());
                passed = passed.saturating_add(octets);
            }
            held.drain(..passed.min(held.len()));
            self.pending = held;
            rest = self.pass_unwanted(rest);
        }
        rest
    }

    /// How far to go: over a message, or over octets that are none. None where more octets must come.
    fn step(
        &mut self,
        octets: &[u8],
        limit: usize,
        first: FrameRef,
        last: FrameRef,
        take: &mut impl FnMut(Framed<'_>),
    ) -> Option<usize> {
        let header = match probe(octets) {
            Probe::Unsure => return None,
            Probe::Certain => Header::read(octets),
            // A message without AVPs is none that anybody wants, but its length is good.
            Probe::NotOurs => {
                Header::read(octets).filter(|header| !self.lost && header.length == HEADER_OCTETS)
            }
        };
        let Some(header) = header else {
            if !std::mem::replace(&mut self.lost, true) {
                take(Framed::Garbage);
            }
            return Some(next_candidate(octets));
        };
        self.lost = false;
        if header.command == Command::Other {
            return Some(header.length);
        }
        if header.length > limit {
            take(Framed::TooLong);
            return Some(header.length);
        }
        let message = octets.get(HEADER_OCTETS..header.length)?;
        take(Framed::Message(header, message, Extent { first, last }));
        Some(header.length)
    }
}

/// Octets that tell whether a message begins.
const PROBED_OCTETS: usize = HEADER_OCTETS + 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 4096;

    /// A Credit-Control-Request of Ro with one AVP, or a Device-Watchdog-Request.
    fn message(wanted: bool, number: u32, data: &[u8]) -> Vec<u8> {
        let length = (HEADER_OCTETS + 8 + data.len().next_multiple_of(4)) as u32;
        let (command, application) = if wanted { (272_u32, 4_u32) } else { (280, 0) };
        [
            &(1 << 24 | length).to_be_bytes()[..],
            &(0x80 << 24 | command).to_be_bytes(),
            &application.to_be_bytes(),
            &number.to_be_bytes(),
            &number.to_be_bytes(),
            &263_u32.to_be_bytes(),
            &(0x40 << 24 | (data.len() + 8) as u32).to_be_bytes(),
            data,
            &vec![0; data.len().next_multiple_of(4) - data.len()],
        ]
        .concat()
    }

    fn numbers(framing: &mut Framing, octets: &[u8], limit: usize) -> Vec<u32> {
        let mut found = Vec::new();
        framing.push(octets, limit, FrameRef::default(), |framed| {
            if let Framed::Message(header, ..) = framed {
                found.push(header.hop_by_hop);
            }
        });
        found
    }

    #[test]
    fn after_a_loss_the_next_message_is_found() {
        let mut framing = Framing::default();
        let stream = [
            message(true, 1, &[7; 30]),
            message(false, 2, &[1; 9]),
            message(true, 3, b""),
        ]
        .concat();
        assert_eq!(numbers(&mut framing, &stream[24..], LIMIT), [3]);
        framing.lose();
        assert_eq!(numbers(&mut framing, &stream[3..], LIMIT), [3]);
        assert!(framing.pending.is_empty());
    }

    #[test]
    fn a_message_beyond_the_limit_is_passed_over() {
        let mut framing = Framing::default();
        let stream = [message(true, 1, &[7; 100]), message(true, 2, b"")].concat();
        assert!(numbers(&mut framing, &stream[..40], 64).is_empty());
        assert_eq!(framing.held_octets(), 0);
        assert_eq!(numbers(&mut framing, &stream[40..], 64), [2]);
    }

    proptest! {
        #[test]
        fn messages_are_found_however_the_stream_is_cut(
            messages in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)), 1..12),
            cuts in prop::collection::vec(1_usize..40, 1..40),
        ) {
            let numbered = (1_u32..).zip(&messages);
            let stream: Vec<u8> = numbered.clone().flat_map(|(n, (wanted, data))| message(*wanted, n, data)).collect();
            let expected: Vec<u32> = numbered.filter(|(_, (wanted, _))| *wanted).map(|(n, _)| n).collect();
            let mut framing = Framing::default();
            let mut found = Vec::new();
            let mut rest = stream.as_slice();
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                found.extend(numbers(&mut framing, piece, LIMIT));
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn whatever_the_octets_no_more_is_held_than_a_message(
            pieces in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(0x80), any::<u8>()], 0..80), 0..30),
        ) {
            let mut framing = Framing::default();
            for piece in pieces {
                numbers(&mut framing, &piece, 64);
                prop_assert!(framing.held_octets() <= 64);
            }
        }
    }
}
