//! Runs of frames between two ends, found by a packet that lies in them. Frames of one input are in the order of their
//! numbers, whatever their times; frames of several in that of their times.

use std::collections::BTreeMap;

use crate::model::{Endpoint, FrameRef, tree};
use crate::net::Packet;

use super::interval_map::IntervalMap;

/// What a run of frames between two ends is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FrameRun {
    /// From the beginning where that is `None`.
    pub(super) first: Option<FrameRef>,
    /// To the end where that is `None`.
    pub(super) last: Option<FrameRef>,
    /// The sender's end of a PDU; both ends' frames where it is none.
    pub(super) sender: Option<Endpoint>,
    pub(super) label: String,
}

impl FrameRun {
    /// The input that both its ends lie in; none where they lie in two, or it has none.
    fn input(&self) -> Option<u32> {
        let [first, last] = [self.first, self.last].map(|end| end.map(|end| end.capture.0));
        match (first, last) {
            (Some(first), Some(last)) if first != last => None,
            _ => first.or(last),
        }
    }
}

/// Some of the runs, with their places among all of them.
#[derive(Debug)]
struct Part {
    numbers: IntervalMap<u64>,
    times: IntervalMap<FrameRef>,
    ranks: Vec<usize>,
}

/// FrameRuns in the order in which they are preferred.
#[derive(Debug)]
pub(super) struct FrameRuns<'a> {
    /// By the input they lie in.
    parts: BTreeMap<Option<u32>, Part>,
    labels: Vec<&'a str>,
}

impl<'a> FrameRuns<'a> {
    pub(super) fn of(runs: &[&'a FrameRun]) -> Self {
        let mut inputs: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        for (rank, run) in runs.iter().enumerate() {
            inputs.entry(run.input()).or_default().push(rank);
        }
        let part = |ranks: Vec<usize>| {
            let mine = || ranks.iter().filter_map(|rank| runs.get(*rank));
            let number = |end: Option<FrameRef>| end.map(|end| end.frame.0);
            Part {
                numbers: IntervalMap::of(mine().map(|run| (number(run.first), number(run.last)))),
                times: IntervalMap::of(mine().map(|run| (run.first, run.last))),
                ranks,
            }
        };
        Self {
            parts: tree(inputs.into_iter().map(|(input, ranks)| (input, part(ranks)))),
            labels: runs.iter().map(|run| run.label.as_str()).collect(),
        }
    }

    /// The label of the first run that holds frames of a packet.
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
