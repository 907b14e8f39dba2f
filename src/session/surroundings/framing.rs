//! Messages in one direction of a stream, where the first octets of each tell its length.

use crate::model::{Extent, FrameRef};

/// What the first octets of a message tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It has so many octets, and is taken when they are there.
    Message(usize),
    /// It has so many octets, which are passed over.
    Pass(usize),
    /// More octets would tell.
    More,
    /// They begin no message of this protocol.
    Foreign,
}

/// What reads the messages of a protocol.
pub(super) trait Messages {
    /// What the first octets of a message tell; there is at least one. It is asked again where it needs more of them.
    fn step(&mut self, octets: &[u8]) -> Step;

    /// Whether a message begins with these octets, where that is not known for what came before them.
    fn begins(&self, octets: &[u8]) -> bool;

    /// Takes a message that is whole.
    fn message(&mut self, octets: &[u8], extent: Extent);
}

/// One direction of a stream.
#[derive(Debug, Default)]
pub(super) struct Framing {
    /// The beginning of a message that is not whole, and where it began.
    held: Vec<u8>,
    first: Option<FrameRef>,
    /// Octets that are still to be passed over.
    pass: usize,
    /// Whether it is not known where the next message begins. It may be at the start of any segment.
    lost: bool,
}

/// Whether octets were of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// They were, or may have been.
    Ours,
    /// They were not.
    Foreign,
}

impl Framing {
    /// Octets held of a message that is not whole.
    pub(super) const fn held_octets(&self) -> usize {
        self.held.len()
    }

    /// Takes the next octets.
    pub(super) fn push(&mut self, octets: &[u8], at: FrameRef, messages: &mut impl Messages) -> Framed {
        let passed = self.pass.min(octets.len());
        self.pass -= passed;
        let octets = octets.get(passed..).unwrap_or_default();
        if octets.is_empty() || self.lost && !messages.begins(octets) {
            return Framed::Ours;
        }
        self.lost = false;
        if self.held.is_empty() {
            return match self.run(octets, at, at, messages) {
                Some(rest) => {
                    self.hold(rest, at);
                    Framed::Ours
                }
                None => Framed::Foreign,
            };
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(octets);
        let Some(rest) = self.run(&held, self.first.unwrap_or(at), at, messages) else {
            return Framed::Foreign;
        };
        if rest.len() == held.len() {
            self.held = held;
        } else {
            self.hold(rest, at);
        }
        Framed::Ours
    }

    /// Octets are missing. A message that is passed over goes on without them.
    pub(super) fn lose(&mut self, octets: u64) {
        match usize::try_from(octets)
            .ok()
            .and_then(|octets| self.pass.checked_sub(octets))
        {
            Some(left) if self.pass > 0 => self.pass = left,
            _ => {
                *self = Self {
                    lost: true,
                    ..Self::default()
                }
            }
        }
    }

    fn hold(&mut self, rest: &[u8], at: FrameRef) {
        self.held = rest.to_vec();
        self.first = Some(at);
    }

    /// Takes the messages that octets hold, the first of which began in frame `first`; what is left over. None where they are
    /// none of the protocol's.
    fn run<'a>(
        &mut self,
        octets: &'a [u8],
        mut first: FrameRef,
        at: FrameRef,
        messages: &mut impl Messages,
    ) -> Option<&'a [u8]> {
        let mut rest = octets;
        while !rest.is_empty() {
            match messages.step(rest) {
                Step::Message(length) => {
                    let Some((message, behind)) = rest.split_at_checked(length.max(1)) else {
                        return Some(rest);
                    };
                    messages.message(message, Extent { first, last: at });
                    rest = behind;
                }
                Step::Pass(length) => {
                    self.pass = length.saturating_sub(rest.len());
                    rest = rest.get(length.max(1)..).unwrap_or_default();
                }
                Step::More => return Some(rest),
                Step::Foreign => return None,
            }
            first = at;
        }
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, Timestamp};
    use proptest::prelude::*;

    /// Messages of a length in their first octet, itself included; those that begin with 9 are passed over, and 0 begins
    /// none.
    #[derive(Default)]
    struct Taker {
        taken: Vec<(Vec<u8>, u64, u64)>,
    }

    impl Messages for Taker {
        fn step(&mut self, octets: &[u8]) -> Step {
            match octets {
                [0, ..] => Step::Foreign,
                [9, ..] => Step::Pass(9),
                [length, ..] => Step::Message(usize::from(*length)),
                [] => Step::More,
            }
        }

        fn begins(&self, octets: &[u8]) -> bool {
            octets.first() == Some(&3)
        }

        fn message(&mut self, octets: &[u8], extent: Extent) {
            self.taken
                .push((octets.to_vec(), extent.first.frame.0, extent.last.frame.0));
        }
    }

    fn frame(number: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(number),
            time: Timestamp::from_seconds(0),
        }
    }

    fn pushed(pieces: &[&[u8]]) -> Vec<(Vec<u8>, u64, u64)> {
        let (mut framing, mut taker) = (Framing::default(), Taker::default());
        for (index, piece) in pieces.iter().enumerate() {
            let at = frame(u64::try_from(index).unwrap() + 1);
            assert_eq!(framing.push(piece, at, &mut taker), Framed::Ours);
        }
        taker.taken
    }

    #[test]
    fn messages_have_the_frames_that_they_lie_in() {
        let taken = pushed(&[&[2, 7, 3, 7], &[], &[7, 1, 2], &[7]]);
        assert_eq!(
            taken,
            [
                (vec![2, 7], 1, 1),
                (vec![3, 7, 7], 1, 3),
                (vec![1], 3, 3),
                (vec![2, 7], 3, 4)
            ]
        );
    }

    #[test]
    fn what_is_missing_ends_a_message_unless_it_is_passed_over() {
        let (mut framing, mut taker) = (Framing::default(), Taker::default());
        framing.push(&[3, 7], frame(1), &mut taker);
        framing.lose(4);
        assert_eq!(framing.held_octets(), 0);
        assert_eq!(
            framing.push(&[0, 0], frame(2), &mut taker),
            Framed::Ours,
            "no start of a message"
        );
        framing.push(&[3, 8, 8, 9, 0, 0], frame(3), &mut taker);
        framing.lose(5);
        framing.push(&[0, 2, 7], frame(4), &mut taker);
        assert_eq!(taker.taken, [(vec![3, 8, 8], 3, 3), (vec![2, 7], 4, 4)]);
        assert_eq!(framing.push(&[0], frame(5), &mut taker), Framed::Foreign);
    }

    proptest! {
        #[test]
        fn cuts_change_nothing_but_frames(cuts in proptest::collection::vec(1_usize..4, 1..30)) {
            let octets = [4, 1, 1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 5, 0, 0, 0, 0];
            let mut rest = octets.as_slice();
            let mut pieces = Vec::new();
            for cut in cuts.iter().cycle() {
                let (piece, behind) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
            let taken: Vec<_> = pushed(&pieces).into_iter().map(|(message, ..)| message).collect();
            prop_assert_eq!(taken, [vec![4, 1, 1, 1], vec![1], vec![2, 0], vec![5, 0, 0, 0, 0]]);
        }
    }
}
