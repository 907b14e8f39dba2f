//! The time of a run.

use crate::model::{Nanoseconds, Timestamp};

/// Capture time since the first frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    origin: Option<Timestamp>,
    now: Nanoseconds,
}

impl Clock {
    /// A frame was captured at this time.
    pub(super) fn set(&mut self, time: Timestamp) {
        self.now = time.since(*self.origin.get_or_insert(time));
    }

    /// The time of the last frame.
    pub(super) fn now(&self) -> Nanoseconds {
        self.now
    }
}
