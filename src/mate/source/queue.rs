//! Frames that wait for messages of theirs to become whole, and are handed on in their order.

use std::collections::{HashMap, VecDeque};

use super::messages::places::{Late, Origin};
use super::writer::Place;
use crate::mate::frame::{Frame, Octets};
use crate::model::{FrameRef, RandomState};

/// Frames that wait, at most: beyond it the oldest goes without what may come.
const WAITING_FRAMES: usize = 16 * 1024;

/// Frames kept to be filled again.
const SPARE_FRAMES: usize = 64;

/// A frame that is being filled.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) frame: Frame,
    /// The transport layer, and where its octets lie.
    pub(super) carried: Option<Carried>,
}

impl Pending {
    /// Adds a field that a later frame told, at the beginning of its layer.
    pub(super) fn tell_late(&mut self, late: &Late) {
        let Origin { layer, .. } = late.origin;
        let octets = self.frame.layers().get(layer.get()).map(|layer| layer.octets);
        let start = octets.unwrap_or_default().start;
        self.frame
            .field(layer, late.field, Octets::new(start, start), late.frame);
    }
}

/// What a transport layer carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    pub(super) place: Place,
    /// How many octets.
    pub(super) length: usize,
}

/// Frames in their order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    frames: VecDeque<Pending>,
    /// The number of the first, counted from the first frame of all.
    first: u64,
    /// Numbers of those that wait.
    numbers: HashMap<(u32, u64), u64, RandomState>,
    spare: Vec<Pending>,
}

const fn key(at: FrameRef) -> (u32, u64) {
    (at.capture.0, at.frame.0)
}

impl Queue {
    /// An empty frame.
    pub(super) fn begin(&mut self, at: FrameRef) -> Pending {
        let mut pending = self.spare.pop().unwrap_or_default();
        pending.frame.begin(at);
        pending.carried = None;
        pending
    }

    /// Takes a frame and hands on those that need not wait: none where `waits`, unless there are too many.
    pub(super) fn push(&mut self, pending: Pending, waits: bool, mut take: impl FnMut(&mut Frame)) {
        if !waits && self.frames.is_empty() {
            self.first = self.first.wrapping_add(1);
            let mut pending = pending;
            take(&mut pending.frame);
            return self.give_back(pending);
        }
        let number = self
            .first
            .wrapping_add(u64::try_from(self.frames.len()).unwrap_or(u64::MAX));
        self.numbers.insert(key(pending.frame.at()), number);
        self.frames.push_back(pending);
        let most = if waits { WAITING_FRAMES } else { 0 };
        while self.frames.len() > most {
            self.release(&mut take);
        }
    }

    /// Hands on all that wait.
    pub(super) fn finish(&mut self, mut take: impl FnMut(&mut Frame)) {
        while !self.frames.is_empty() {
            self.release(&mut take);
        }
    }

    fn release(&mut self, take: &mut impl FnMut(&mut Frame)) {
        if let Some(mut pending) = self.frames.pop_front() {
            self.first = self.first.wrapping_add(1);
            self.numbers.remove(&key(pending.frame.at()));
            take(&mut pending.frame);
            self.give_back(pending);
        }
    }

    fn give_back(&mut self, pending: Pending) {
        if self.spare.len() < SPARE_FRAMES {
            self.spare.push(pending);
        }
    }

    /// A frame that waits.
    pub(super) fn waiting(&mut self, at: FrameRef) -> Option<&mut Pending> {
        let number = self.numbers.get(&key(at))?;
        let place = number.checked_sub(self.first)?;
        self.frames.get_mut(usize::try_from(place).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, Timestamp};

    fn at(number: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(number),
            time: Timestamp::default(),
        }
    }

    fn push(queue: &mut Queue, number: u64, waits: bool) -> Vec<u64> {
        let mut taken = Vec::new();
        let pending = queue.begin(at(number));
        queue.push(pending, waits, |frame| taken.push(frame.at().frame.0));
        taken
    }

    #[test]
    fn frames_that_wait_hold_back_those_behind_them() {
        let mut queue = Queue::default();
        assert_eq!(push(&mut queue, 1, false), [1]);
        assert!(push(&mut queue, 2, true).is_empty());
        assert!(push(&mut queue, 3, true).is_empty());
        assert_eq!(
            queue.waiting(at(2)).map(|pending| pending.frame.at()),
            Some(at(2))
        );
        assert_eq!(
            queue.waiting(at(3)).map(|pending| pending.frame.at()),
            Some(at(3))
        );
        assert!(queue.waiting(at(1)).is_none());
        assert_eq!(push(&mut queue, 4, false), [2, 3, 4]);
        assert!(queue.waiting(at(3)).is_none() && queue.numbers.is_empty());
    }

    #[test]
    fn too_many_do_not_wait() {
        let mut queue = Queue::default();
        let most = u64::try_from(WAITING_FRAMES).unwrap();
        assert!((0..most).all(|number| push(&mut queue, number, true).is_empty()));
        assert_eq!(push(&mut queue, most, true), [0]);
        assert!(queue.waiting(at(0)).is_none());
        assert_eq!(
            queue.waiting(at(1)).map(|pending| pending.frame.at()),
            Some(at(1))
        );
        let mut rest = 0;
        queue.finish(|_| rest += 1);
        assert_eq!(rest, WAITING_FRAMES);
    }
}
