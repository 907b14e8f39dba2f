//! Capture time as the flow table counts it: it follows the packets, but not a single wrong timestamp.

use crate::model::{Nanoseconds, Timestamp};

/// A step that a single packet is not believed: a frame with a damaged time would else expire everything.
const BELIEVED_STEP: Nanoseconds = 600 * Timestamp::SECOND;

/// A monotonic view of packet times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Option<Timestamp>,
    /// The time of a packet a long step away, until the next one confirms it or not.
    doubted: Option<Timestamp>,
}

impl Clock {
    /// The current capture time.
    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or_default()
    }

    /// The time at which the current packet makes its connection active: its own where it comes after a long silence,
    /// which is not known before the next packet. Else that one would find its connection idle.
    pub(super) fn active(&self) -> Timestamp {
        let now = self.now();
        self.doubted.map_or(now, |time| now.max(time))
    }

    /// Follows a packet's time: forward always, over a long step (in either direction) only when the next packet
    /// confirms it.
    pub(super) fn advance(&mut self, time: Timestamp) {
        let Some(now) = self.now else {
            self.now = Some(time);
            return;
        };
        let step = time.since(now);
        let far = !(-BELIEVED_STEP..=BELIEVED_STEP).contains(&step);
        if far && self.doubted.is_none() {
            self.doubted = Some(time);
            return;
        }
        self.doubted = None;
        if far || step > 0 {
            self.now = Some(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: &[i64]) -> Timestamp {
        let mut clock = Clock::default();
        for s in seconds {
            clock.advance(Timestamp::from_seconds(*s));
        }
        clock.now()
    }

    #[test]
    fn small_steps_back_are_ignored() {
        assert_eq!(after(&[100, 101, 99]), Timestamp::from_seconds(101));
    }

    #[test]
    fn one_wild_time_is_not_believed_and_two_are() {
        assert_eq!(after(&[100, 4_000_000_000, 101]), Timestamp::from_seconds(101));
        assert_eq!(after(&[100, 5_000, 5_001]), Timestamp::from_seconds(5_001));
        assert_eq!(after(&[5_000, 100, 101]), Timestamp::from_seconds(101));
    }
}
