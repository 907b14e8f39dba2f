//! Runs of frames between two ends, found by a packet that lies in them. Frames of one input are in the order of their
//! numbers, whatever their times; frames of several in that of their times.

use std::collections::BTreeMap;

use crate::model::{Endpoint, FrameRef};
use crate::net::Packet;

use super::cover::Cover;

/// What a run of frames between two ends is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// From the beginning where that is `None`.
    pub(super) first: Option<FrameRef>,
    /// To the end where that is `None`.
    pub(super) last: Option<FrameRef>,
    /// The sender's end of a PDU; both ends' frames where it is none.
    pub(super) sender: Option<Endpoint>,
    pub(super) label: String,
}

impl Stretch {
    /// The input that both its ends lie in; none where they lie in two, or it has none.
    fn input(&self) -> Option<u32> {
        let [first, last] = [self.first, self.last].map(|end| end.map(|end| end.capture.0));
        match (first, last) {
            (Some(first), Some(last)) if first != last => None,
            _ => first.or(last),
        }
    }
}

/// Some of the stretches, with their places among all of them.
#[derive(Debug)]
struct Part {
    numbers: Cover<u64>,
    times: Cover<FrameRef>,
    ranks: Vec<usize>,
}

/// Stretches in the order in which they are preferred.
#[derive(Debug)]
pub(super) struct Stretches<'a> {
    /// By the input they lie in.
    parts: BTreeMap<Option<u32>, Part>,
    labels: Vec<&'a str>,
}

impl<'a> Stretches<'a> {
    pub(super) fn of(stretches: &[&'a Stretch]) -> Self {
        let mut inputs: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        for (rank, stretch) in stretches.iter().enumerate() {
            inputs.entry(stretch.input()).or_default().push(rank);
        }
        let part = |ranks: Vec<usize>| {
            let mine = || ranks.iter().filter_map(|rank| stretches.get(*rank));
            let number = |end: Option<FrameRef>| end.map(|end| end.frame.0);
            Part {
                numbers: Cover::of(mine().map(|stretch| (number(stretch.first), number(stretch.last)))),
                times: Cover::of(mine().map(|stretch| (stretch.first, stretch.last))),
                ranks,
            }
        };
        Self {
            parts: inputs
                .into_iter()
                .map(|(input, ranks)| (input, part(ranks)))
                .collect(),
            labels: stretches.iter().map(|stretch| stretch.label.as_str()).collect(),
        }
    }

    /// The label of the first stretch that holds frames of a packet.
    pub(super) fn find(&self, packet: &Packet<'_>) -> Option<&'a str> {
        let (from, to) = (packet.earliest, packet.at);
        let same_input = from.capture == to.capture;
        let ranks = self.parts.iter().filter_map(|(input, part)| {
            let place = match *input == Some(to.capture.0) && same_input {
                true => part.numbers.find(from.frame.0, to.frame.0),
                false => part.times.find(from, to),
            };
            part.ranks.get(place?).copied()
        });
        self.labels.get(ranks.min()?).copied()
    }
}
