//! PDUs out of a stream: several in a segment, one over several, and finding the next one after a loss.

use super::pdu::{HEADER_OCTETS, Header, is_exact};
use crate::model::{Extent, FrameRef};

/// One direction of a connection.
#[derive(Debug)]
pub(crate) struct Framing {
    /// The start of a PDU whose rest is still to come.
    pending: Vec<u8>,
    /// The frame with its first octet.
    first: Option<FrameRef>,
    /// Whether where the next PDU begins is not known.
    lost: bool,
}

impl Default for Framing {
    /// Where the beginning was not captured, the first octets may lie inside a PDU.
    fn default() -> Self {
        Self {
            pending: Vec::new(),
            first: None,
            lost: true,
        }
    }
}

/// What came of one more piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framed<'a> {
    /// A whole PDU.
    Pdu(Header, &'a [u8], Extent),
    /// Octets that are no PDU begin here.
    Garbage,
}

impl Framing {
    /// Octets of a PDU whose rest is still to come.
    pub(crate) const fn held_octets(&self) -> usize {
        self.pending.len()
    }

    /// Octets are missing: what was begun will not be whole.
    pub(crate) fn lose(&mut self) {
        self.pending.clear();
        self.lost = true;
    }

    /// Adds octets and gives `take` every PDU that is whole.
    pub(crate) fn push(&mut self, octets: &[u8], place: Extent, mut take: impl FnMut(Framed<'_>)) {
        if self.still_waits_after(octets.len()) {
            self.pending.extend_from_slice(octets);
            return;
        }
        let held = std::mem::take(&mut self.pending);
        let first = self.first.take().filter(|_| !held.is_empty());
        let joined;
        let mut rest = match held.is_empty() {
            true => octets,
            false => {
                joined = [held.as_slice(), octets].concat();
                joined.as_slice()
            }
        };
        let mut begun = first.unwrap_or(place.first);
        while let Some(step) = self.step(rest) {
            let (passed, after) = rest.split_at_checked(step.octets).unwrap_or((rest, &[]));
            match step.header {
                Some(header) => {
                    let body = passed.get(HEADER_OCTETS..).unwrap_or_default();
                    let extent = Extent {
                        first: begun,
                        last: place.last,
                    };
                    take(Framed::Pdu(header, body, extent));
                }
                None if !self.lost => {
                    self.lost = true;
                    take(Framed::Garbage);
                }
                None => {}
            }
            begun = place.first;
            rest = after;
        }
        if !rest.is_empty() {
            self.pending = rest.to_vec();
            self.first = Some(begun);
        }
    }

    /// Whether the PDU that was begun is not whole with so many octets more.
    fn still_waits_after(&self, more: usize) -> bool {
        let header = Header::read(&self.pending);
        header.is_ok_and(|header| {
            header.is_plausible() && self.pending.len().saturating_add(more) < header.length
        })
    }

    /// How far to go: over a whole PDU, or over octets that are none. None where more octets must come.
    fn step(&mut self, rest: &[u8]) -> Option<Step> {
        let header = Header::read(rest).ok()?;
        if !header.is_plausible() {
            let octets = next_candidate(rest);
            return Some(Step { octets, header: None });
        }
        let (pdu, after) = rest.split_at_checked(header.length)?;
        if self.lost && !is_credible(header, pdu, after) {
            let octets = next_candidate(rest);
            return Some(Step { octets, header: None });
        }
        self.lost = false;
        Some(Step {
            octets: header.length,
            header: Some(header),
        })
    }
}

/// Whether octets that look like a PDU are one, where nothing before them tells: they have its form, or another follows.
fn is_credible(header: Header, pdu: &[u8], after: &[u8]) -> bool {
    let body = pdu.get(HEADER_OCTETS..).unwrap_or_default();
    is_exact(header.command, body) || Header::read(after).map_or(true, |next| next.is_plausible())
}

struct Step {
    octets: usize,
    header: Option<Header>,
}

/// Octets up to where a header may begin next: at least one, and all but the last fifteen, which may be the start
/// of a header.
fn next_candidate(rest: &[u8]) -> usize {
    let candidates = rest.windows(HEADER_OCTETS).enumerate().skip(1);
    let mut plausible =
        candidates.filter(|(_, window)| Header::read(window).is_ok_and(|header| header.is_plausible()));
    let none = rest.len().saturating_sub(HEADER_OCTETS - 1).max(1);
    plausible.next().map_or(none, |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::smpp::pdu::Command;

    fn pdu(command: Command, sequence: u32, body: &[u8]) -> Vec<u8> {
        let length = (HEADER_OCTETS + body.len()) as u32;
        [
            &length.to_be_bytes()[..],
            &command.0.to_be_bytes(),
            &[0; 4],
            &sequence.to_be_bytes(),
            body,
        ]
        .concat()
    }

    fn sequences(framing: &mut Framing, octets: &[u8]) -> Vec<u32> {
        let mut found = Vec::new();
        framing.push(octets, Extent::single(FrameRef::default()), |framed| {
            if let Framed::Pdu(header, ..) = framed {
                found.push(header.sequence);
            }
        });
        found
    }

    #[test]
    fn after_a_loss_the_next_pdu_is_found() {
        let mut framing = Framing::default();
        let stream = [
            pdu(Command::SUBMIT_SM, 1, &[7; 30]),
            pdu(Command::ENQUIRE_LINK, 2, &[]),
        ]
        .concat();
        assert_eq!(sequences(&mut framing, &stream[20..]), [2]);
        framing.lose();
        assert_eq!(sequences(&mut framing, &stream[3..]), [2]);
        assert!(framing.pending.is_empty());
    }

    proptest! {
        #[test]
        fn pdus_are_found_however_the_stream_is_cut(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..12),
            cuts in prop::collection::vec(1usize..40, 1..40),
        ) {
            let stream: Vec<u8> = (1u32..).zip(&bodies).flat_map(|(n, body)| pdu(Command::DELIVER_SM, n, body)).collect();
            let mut framing = Framing::default();
            let mut found = Vec::new();
            let mut rest = stream.as_slice();
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                found.extend(sequences(&mut framing, piece));
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, (1..=bodies.len() as u32).collect::<Vec<_>>());
        }
    }
}
