//! One direction's octets, cut into records, over holes as well.

use std::collections::VecDeque;

use super::record::{HEAD_OCTETS, Head};
use crate::model::{Extent, FrameRef};

/// A record as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) head: Head,
    /// What lies behind the head.
    pub(super) sealed: &'a [u8],
    pub(super) extent: Extent,
}

/// How octets were lost, as the gap that they left says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) acknowledged: bool,
    pub(super) cut: bool,
    pub(super) at: FrameRef,
}

/// A hole in which the head of at least one record was lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hole {
    /// Octets from the first record lost, what came of it included, up to what comes next.
    pub(super) octets: u64,
    pub(super) loss: Loss,
}

/// Who takes records.
pub(super) trait Sink {
    /// The next record; false where no more can be taken now.
    fn record(&mut self, record: Record<'_>) -> bool;

    /// A record of which only the head is known.
    fn lost(&mut self, head: Head, loss: Loss);

    /// What may be the first record behind a hole; whether it is.
    fn found(&mut self, record: Record<'_>, hole: Hole) -> bool;

    /// What follows is no record.
    fn broken(&mut self, at: FrameRef);
}

/// Where the next octets lie.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// At the beginning of a record, or behind what is held of one.
    #[default]
    InStep,
    /// In a record that is lost, so many octets before its end.
    Lost(u64),
    /// Behind a hole.
    Search(Hole),
    /// Behind what is no record.
    Broken,
}

/// Cuts one direction into records.
#[derive(Debug, Default)]
pub(super) struct Framer {
    place: Place,
    /// Of a record that is not whole; in a search, all that may be part of the record that is looked for.
    held: Vec<u8>,
    /// The frames of what is held, with the octets of each.
    frames: VecDeque<(usize, FrameRef)>,
}

impl Framer {
    /// One for octets that begin somewhere.
    pub(super) fn inside(at: FrameRef) -> Self {
        let loss = Loss {
            acknowledged: true,
            cut: false,
            at,
        };
        Self {
            place: Place::Search(Hole { octets: 0, loss }),
            ..Self::default()
        }
    }

    /// Takes octets; what is left where the sink takes no more.
    pub(super) fn push<'a>(
        &mut self,
        octets: &'a [u8],
        at: FrameRef,
        most: usize,
        sink: &mut impl Sink,
    ) -> &'a [u8] {
        let mut rest = octets;
        while !rest.is_empty() {
            match self.place {
                Place::InStep => {
                    let (goes_on, behind) = self.step(rest, at, most, sink);
                    rest = behind;
                    if !goes_on {
                        break;
                    }
                }
                Place::Lost(left) => {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    rest = rest.get(length..).unwrap_or_default();
                    self.place = match left - length as u64 {
                        0 => Place::InStep,
                        left => Place::Lost(left),
                    };
                }
                Place::Search(hole) => {
                    self.search(rest, at, hole, most, sink);
                    rest = &[];
                }
                Place::Broken => rest = &[],
            }
        }
        rest
    }

    /// Takes at most one record.
    fn step<'a>(
        &mut self,
        octets: &'a [u8],
        at: FrameRef,
        most: usize,
        sink: &mut impl Sink,
    ) -> (bool, &'a [u8]) {
        if self.held.is_empty()
            && let Some(head) = Head::read(octets, most)
            && let Some((record, behind)) = octets.split_at_checked(head.record_octets())
        {
            let sealed = record.get(HEAD_OCTETS..).unwrap_or_default();
            let extent = Extent::single(at);
            return (sink.record(Record { head, sealed, extent }), behind);
        }
        let needed = self.wanted(octets, most);
        let (taken, behind) = octets.split_at_checked(needed).unwrap_or((octets, &[]));
        self.hold(taken, at);
        if self.held.len() < HEAD_OCTETS {
            let fits = super::record::may_begin(&self.held);
            if !fits {
                self.lose_step(at, sink);
            }
            return (true, behind);
        }
        let Some(head) = Head::read(&self.held, most) else {
            self.lose_step(at, sink);
            return (true, behind);
        };
        if self.held.len() < head.record_octets() {
            return (true, behind);
        }
        let held = std::mem::take(&mut self.held);
        let extent = self.extent(0, held.len());
        self.frames.clear();
        let sealed = held.get(HEAD_OCTETS..).unwrap_or_default();
        let goes_on = sink.record(Record { head, sealed, extent });
        self.held = held;
        self.held.clear();
        (goes_on, behind)
    }

    /// How many octets of these belong to the record that is held.
    fn wanted(&self, octets: &[u8], most: usize) -> usize {
        let mut head = [0; HEAD_OCTETS];
        let known = self.held.iter().chain(octets).take(HEAD_OCTETS);
        let known = head.iter_mut().zip(known).map(|(to, from)| *to = *from).count();
        match Head::read(&head, most) {
            Some(head) if known == HEAD_OCTETS => head.record_octets().saturating_sub(self.held.len()),
            _ => HEAD_OCTETS.saturating_sub(self.held.len()),
        }
    }

    fn lose_step(&mut self, at: FrameRef, sink: &mut impl Sink) {
        self.place = Place::Broken;
        self.release();
        sink.broken(at);
    }

    fn hold(&mut self, octets: &[u8], at: FrameRef) {
        if !octets.is_empty() {
            self.held.extend_from_slice(octets);
            self.frames.push_back((octets.len(), at));
        }
    }

    fn release(&mut self) {
        self.held = Vec::new();
        self.frames = VecDeque::new();
    }

    /// The frames of held octets.
    fn extent(&self, start: usize, end: usize) -> Extent {
        let mut extent: Option<Extent> = None;
        let mut position = 0;
        for (length, at) in &self.frames {
            if position < end && position + length > start {
                match &mut extent {
                    Some(extent) => extent.extend(*at),
                    None => extent = Some(Extent::single(*at)),
                }
            }
            position += length;
        }
        extent.unwrap_or(Extent::single(FrameRef::default()))
    }

    /// Octets are missing.
    pub(super) fn gap(&mut self, length: u64, loss: Loss, most: usize, sink: &mut impl Sink) {
        match self.place {
            Place::InStep => self.gap_in_step(length, loss, most, sink),
            Place::Lost(left) if length < left => self.place = Place::Lost(left - length),
            Place::Lost(left) if length == left => self.place = Place::InStep,
            Place::Lost(left) => {
                let octets = length - left;
                self.place = Place::Search(Hole { octets, loss });
            }
            Place::Search(hole) => {
                let octets = hole.octets + self.held.len() as u64 + length;
                self.place = Place::Search(Hole { octets, loss });
                self.release();
            }
            Place::Broken => {}
        }
    }

    fn gap_in_step(&mut self, length: u64, loss: Loss, most: usize, sink: &mut impl Sink) {
        let held = self.held.len() as u64;
        let head = Head::read(&self.held, most);
        self.release();
        if let Some(head) = head {
            let left = head.record_octets() as u64 - held;
            if length <= left {
                self.place = match left - length {
                    0 => Place::InStep,
                    left => Place::Lost(left),
                };
                return sink.lost(head, loss);
            }
        }
        let octets = held + length;
        self.place = Place::Search(Hole { octets, loss });
    }

    /// Whether a part of a record was taken, or may lie in a hole.
    pub(super) fn has_begun(&self) -> bool {
        match self.place {
            Place::InStep => !self.held.is_empty(),
            Place::Lost(_) => true,
            Place::Search(hole) => hole.octets > 0 || !self.held.is_empty(),
            Place::Broken => false,
        }
    }

    /// The hole behind which no record was found, where octets were lost in it; from then on it is as if none were.
    pub(super) fn take_hole(&mut self) -> Option<Hole> {
        let Place::Search(hole) = self.place else {
            return None;
        };
        let octets = match hole.octets {
            0 => return None,
            octets => octets + self.held.len() as u64,
        };
        self.place = Place::Search(Hole { octets: 0, ..hole });
        self.release();
        Some(Hole { octets, ..hole })
    }

    /// Looks for the first record behind a hole.
    fn search(&mut self, octets: &[u8], at: FrameRef, mut hole: Hole, most: usize, sink: &mut impl Sink) {
        self.hold(octets, at);
        let mut start = 0;
        while let Some(candidate) = self.candidate(start, most) {
            start = candidate;
            let rest = self.held.get(start..).unwrap_or_default();
            if rest.len() < HEAD_OCTETS {
                break;
            }
            let Some(head) = Head::read(rest, most) else {
                start += 1;
                continue;
            };
            let Some(record) = rest.get(..head.record_octets()) else {
                break;
            };
            let end = start + record.len();
            let extent = self.extent(start, end);
            let sealed = record.get(HEAD_OCTETS..).unwrap_or_default();
            let behind = Hole {
                octets: hole.octets + start as u64,
                ..hole
            };
            if sink.found(Record { head, sealed, extent }, behind) {
                self.place = Place::InStep;
                return self.go_on(end, most, sink);
            }
            start += 1;
        }
        let start = self.candidate(start, most).unwrap_or(self.held.len());
        hole.octets += start as u64;
        self.drop_first(start);
        self.place = Place::Search(hole);
    }

    /// The next place from `start` on where a record may begin.
    fn candidate(&self, start: usize, most: usize) -> Option<usize> {
        let rest = self.held.get(start..)?;
        let fits = |octets: &[u8]| match octets.len() {
            0 => false,
            1..HEAD_OCTETS => super::record::may_begin(octets),
            _ => Head::read(octets, most).is_some(),
        };
        (0..rest.len())
            .find(|offset| fits(rest.get(*offset..).unwrap_or_default()))
            .map(|offset| start + offset)
    }

    fn drop_first(&mut self, octets: usize) {
        self.held.drain(..octets.min(self.held.len()));
        let mut left = octets;
        while let Some((length, _)) = self.frames.front_mut() {
            if *length > left {
                *length -= left;
                return;
            }
            left -= *length;
            self.frames.pop_front();
        }
    }

    /// Takes what is held behind the record that was found.
    fn go_on(&mut self, from: usize, most: usize, sink: &mut impl Sink) {
        self.drop_first(from);
        let (held, frames) = (std::mem::take(&mut self.held), std::mem::take(&mut self.frames));
        let mut rest = held.as_slice();
        for (length, at) in frames {
            let (piece, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            rest = behind;
            let mut left = piece;
            while !left.is_empty() {
                left = self.push(left, at, most, sink);
            }
        }
    }
}
