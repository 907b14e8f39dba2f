//! The time of the capture as it goes on, and when it is time to look at what changed.

use crate::model::{Nanoseconds, Timestamp};

/// How often is looked at what changed, in nanoseconds of capture time.
const EVERY: Nanoseconds = Timestamp::SECOND;

/// How far time falls back before it counts as begun anew, in nanoseconds: more than packets are ever out of order by.
const FALLS_BACK: Nanoseconds = 10 * Timestamp::SECOND;

/// Tells when to look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// The stamp of the last frame.
    newest: Option<Timestamp>,
    /// When to look next.
    due: Option<Timestamp>,
}

impl Clock {
    /// A frame came; the time that it is where it is time to look. A stamp counts once the one behind it is not earlier, so
    /// that a stray one ahead of all others moves nothing.
    pub(super) fn frame(&mut self, stamp: Timestamp) -> Option<Timestamp> {
        let before = self.newest.replace(stamp)?;
        self.reached(before.min(stamp))
    }

    /// Nothing came for so long after the last frame, in nanoseconds; the time that it is where it is time to look.
    pub(super) fn waited(&mut self, waited: Nanoseconds) -> Option<Timestamp> {
        self.reached(self.newest?.plus(waited))
    }

    fn reached(&mut self, now: Timestamp) -> Option<Timestamp> {
        let is_due = self
            .due
            .is_none_or(|due| now >= due || now < due.plus(-EVERY - FALLS_BACK));
        if is_due {
            self.due = Some(now.plus(EVERY));
        }
        is_due.then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    #[test]
    fn it_is_time_once_a_second_and_a_stray_stamp_moves_nothing() {
        let mut clock = Clock::default();
        let times = [10, 10, 11, 11, 9_999, 12, 12, 13].map(|at| clock.frame(second(at)));
        assert_eq!(
            times,
            [None, Some(10), None, Some(11), None, Some(12), None, None].map(|at| at.map(second))
        );
    }

    #[test]
    fn times_that_fall_back_begin_anew() {
        let mut clock = Clock::default();
        let times = [500, 500, 20, 20, 20, 21, 21].map(|at| clock.frame(second(at)));
        assert_eq!(
            times,
            [None, Some(500), Some(20), None, None, None, Some(21)].map(|at| at.map(second))
        );
    }

    #[test]
    fn waiting_is_time_too() {
        let mut clock = Clock::default();
        assert_eq!(clock.waited(Timestamp::SECOND), None);
        clock.frame(second(10));
        assert_eq!(clock.waited(0), Some(second(10)));
        assert_eq!(clock.waited(Timestamp::SECOND / 2), None);
        assert_eq!(clock.waited(Timestamp::SECOND), Some(second(11)));
    }
}
