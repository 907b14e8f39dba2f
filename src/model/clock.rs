//! Clocks of captures that disagree with those of others, and how they are set straight.

use std::sync::Arc;

use super::{CaptureIndex, Nanoseconds, Timestamp};
use crate::model::SharedSort;

/// What is added to the times of a capture to set its clock straight: so much at some times, in between and beyond on the
/// straight lines through these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockShift {
    /// Times as the capture has them, in order, each with what is added there.
    knots: Arc<[(Timestamp, Nanoseconds)]>,
}

impl ClockShift {
    /// The same at all times.
    pub fn constant(shift: Nanoseconds) -> Self {
        Self::through(vec![(Timestamp::default(), shift)])
    }

    /// Through these points: times as the capture has them, and what is added there. Of points of one time the first counts.
    pub fn through(mut knots: Vec<(Timestamp, Nanoseconds)>) -> Self {
        knots.shared_sort_by_key(|(time, _)| *time);
        knots.dedup_by_key(|(time, _)| *time);
        Self { knots: knots.into() }
    }

    /// Whether it changes nothing.
    pub fn is_none(&self) -> bool {
        self.knots.iter().all(|(_, shift)| *shift == 0)
    }

    /// What is added to a time of the capture.
    pub fn at(&self, captured: Timestamp) -> Nanoseconds {
        let behind = self.knots.partition_point(|(time, _)| *time <= captured);
        let second = behind.clamp(1, self.knots.len().max(2).saturating_sub(1));
        match (self.knots.get(second - 1), self.knots.get(second)) {
            (Some(first), Some(second)) => on_the_line(*first, *second, captured),
            (Some((_, shift)), None) => *shift,
            _ => 0,
        }
    }

    /// The time on the straight clock.
    #[inline]
    pub fn straight(&self, captured: Timestamp) -> Timestamp {
        match self.knots.is_empty() {
            true => captured,
            false => captured.plus(self.at(captured)),
        }
    }

    /// The time as the capture has it, of one on the straight clock. Where two nanoseconds of a clock that runs fast became one,
    /// it is the one of a whole microsecond, as most captures have them, else the earlier.
    pub fn captured(&self, straight: Timestamp) -> Timestamp {
        if self.knots.is_empty() {
            return straight;
        }
        // A clock is off by some millionths: each step is as much nearer than the one before.
        let mut captured = straight;
        for _ in 0..STEPS {
            captured = straight.plus(self.at(captured).saturating_neg());
        }
        let mut candidates = (-2..=2)
            .map(|step| captured.plus(step))
            .filter(|time| self.straight(*time) == straight);
        let is_whole = |time: &Timestamp| time.nanoseconds().rem_euclid(1_000) == 0;
        let first = candidates.clone().next();
        candidates.find(is_whole).or(first).unwrap_or(captured)
    }
}

/// Steps after which a time as captured is exact, for clocks that gain or lose less than a hundredth.
const STEPS: usize = 8;

/// The value at a time on the line through two points, rounded down.
fn on_the_line(
    (first, from): (Timestamp, Nanoseconds),
    (second, to): (Timestamp, Nanoseconds),
    at: Timestamp,
) -> Nanoseconds {
    let wide = |nanoseconds: i64| i128::from(nanoseconds);
    let run = wide(second.nanoseconds()) - wide(first.nanoseconds());
    let rise = wide(to) - wide(from);
    let gone = wide(at.nanoseconds()) - wide(first.nanoseconds());
    let risen = match run {
        0 => 0,
        run => (rise * gone).div_euclid(run),
    };
    i64::try_from(wide(from) + risen).unwrap_or(from)
}

/// What is known of the clock of a capture that differs from others, or was told to.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureClock {
    /// What is added to its times; nothing where it was not set straight.
    pub shift: ClockShift,
    /// How that is known.
    pub basis: ClockBasis,
}

/// How it is known that a clock differs.
#[derive(Clone, Debug, PartialEq)]
pub enum ClockBasis {
    /// Whoever runs the program said so.
    Given,
    /// Packets that two captures hold say so.
    Measured(ClockMeasure),
}

/// What packets that two captures hold say of their clocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockMeasure {
    /// The capture whose clock counts as right.
    pub reference: CaptureIndex,
    /// By how much the clock is ahead of that, at the first packet that both hold; below zero where it is behind.
    pub ahead: Nanoseconds,
    /// How fast it gains on that, in millionths.
    pub drift_ppm: f64,
    /// How many packets both hold.
    pub packets: u64,
    /// Within how much nine of ten of them agree.
    pub scatter: Nanoseconds,
    /// Half of what a packet takes from one probe to the other and back: the clock may be off by so much more or less.
    pub path: Nanoseconds,
    /// Whether the clock was set straight, and why not.
    pub verdict: ClockVerdict,
}

/// Whether a clock that differs was set straight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockVerdict {
    /// It was.
    Straight,
    /// It was not: packets of one direction only are in both captures, so that their way cannot be told from the clock.
    OneWay,
    /// It was not: the packets contradict each other, as where a clock was set while it ran.
    Unsteady,
    /// It was not: the difference is so large that the packets may have been sent again.
    Far,
    /// It was not: most of the captures was not compared.
    Begun,
}

impl ClockVerdict {
    /// Its name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::OneWay => "one_way",
            Self::Unsteady => "unsteady",
            Self::Far => "far",
            Self::Begun => "begun",
        }
    }
}

/// The shifts of all captures of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks(Arc<[ClockShift]>);

impl Clocks {
    /// Those of captures in the order of their index. Where none is shifted this is as good as none.
    pub fn of(shifts: Vec<ClockShift>) -> Self {
        match shifts.iter().all(ClockShift::is_none) {
            true => Self::default(),
            false => Self(shifts.into()),
        }
    }

    /// Whether all clocks are as they are.
    pub fn are_untouched(&self) -> bool {
        self.0.is_empty()
    }

    /// What was added to a capture's times where they became this.
    pub fn captured(&self, capture: CaptureIndex, straight: Timestamp) -> Timestamp {
        match self.0.get(capture.0 as usize) {
            Some(shift) => shift.captured(straight),
            None => straight,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanoseconds: i64) -> Timestamp {
        Timestamp::from_nanoseconds(nanoseconds)
    }

    #[test]
    fn between_knots_and_beyond_them_lies_a_line() {
        let shift = ClockShift::through(vec![(at(1_000), 10), (at(2_000), 20), (at(4_000), 20)]);
        for (time, expected) in [
            (0, 0),
            (1_000, 10),
            (1_500, 15),
            (2_000, 20),
            (3_000, 20),
            (9_000, 20),
        ] {
            assert_eq!(shift.at(at(time)), expected, "{time}");
        }
        assert_eq!(ClockShift::default().straight(at(7)), at(7));
        assert_eq!(ClockShift::constant(-5).straight(at(7)), at(2));
        assert_eq!(ClockShift::constant(-5).captured(at(2)), at(7));
        assert!(ClockShift::constant(0).is_none() && !ClockShift::constant(1).is_none());
    }

    #[test]
    fn far_times_do_not_overflow() {
        let shift = ClockShift::through(vec![(at(0), i64::MAX / 2), (at(1), i64::MAX)]);
        let _ = shift.straight(at(i64::MAX));
        let _ = shift.captured(at(i64::MIN));
    }

    proptest! {
        /// Of a capture with microseconds, or of a clock that does not run fast, every time comes back.
        #[test]
        fn the_captured_time_comes_back(
            time in 1_700_000_000_000_000_i64..1_800_000_000_000_000,
            offset in -3_600_000_000_000_i64..3_600_000_000_000,
            ppm in -500_i64..500,
        ) {
            let captured = at(time * 1_000);
            let begin = at(1_750_000_000_000_000_000);
            let hour = 3_600_000_000_000;
            let shift = ClockShift::through(vec![
                (begin, offset),
                (begin.plus(hour), offset + hour / 1_000_000 * ppm),
            ]);
            prop_assert_eq!(shift.captured(shift.straight(captured)), captured);
            if ppm >= 0 {
                let exact = captured.plus(7);
                prop_assert_eq!(shift.captured(shift.straight(exact)), exact);
            }
        }
    }
}
