//! pcapng timestamps: ticks of an interface's own resolution and offset (draft-ietf-opsawg-pcapng 4.2).

use crate::model::Timestamp;

/// How an interface counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    resolution: Resolution,
    offset_seconds: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// A tick is this many nanoseconds.
    Nanoseconds(u64),
    /// This many ticks are one nanosecond.
    PerNanosecond(u64),
    /// A tick is two to the power of minus this many seconds.
    Binary(u32),
}

impl Clock {
    /// Microseconds, where if_tsresol is absent.
    pub(super) const DEFAULT_RESOLUTION: u8 = 6;

    /// The clock with this if_tsresol octet and this if_tsoffset.
    pub(super) const fn new(resolution: u8, offset_seconds: i64) -> Self {
        let exponent = (resolution & 0x7f) as u32;
        let resolution = match (resolution & 0x80 != 0, exponent) {
            (true, _) => Resolution::Binary(exponent),
            (false, 0..=9) => Resolution::Nanoseconds(10_u64.pow(9 - exponent)),
            // Finer than 64 bits can divide by: everything is within the first nanosecond.
            (false, _) => Resolution::PerNanosecond(match 10_u64.checked_pow(exponent - 9) {
                Some(ticks) => ticks,
                None => u64::MAX,
            }),
        };
        Self {
            resolution,
            offset_seconds,
        }
    }

    /// The time of a tick; none where it lies outside of the years 1677 to 2262, which a [`Timestamp`] can be.
    pub(super) fn time(self, ticks: u64) -> Option<Timestamp> {
        let ticks = i128::from(ticks);
        let since_offset = match self.resolution {
            Resolution::Nanoseconds(each) => ticks * i128::from(each),
            Resolution::PerNanosecond(ticks_each) => ticks / i128::from(ticks_each),
            Resolution::Binary(exponent) => (ticks * i128::from(Timestamp::SECOND)) >> exponent,
        };
        let offset = i128::from(self.offset_seconds) * i128::from(Timestamp::SECOND);
        let nanoseconds = i64::try_from(offset + since_offset).ok()?;
        Some(Timestamp::from_nanoseconds(nanoseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(resolution: u8, offset: i64, ticks: u64) -> i64 {
        within(resolution, offset, ticks).unwrap()
    }

    fn within(resolution: u8, offset: i64, ticks: u64) -> Option<i64> {
        let time = Clock::new(resolution, offset).time(ticks);
        time.map(Timestamp::nanoseconds)
    }

    #[test]
    fn decimal_and_binary_resolutions() {
        assert_eq!(time(6, 0, 1_500_000), 1_500_000_000);
        assert_eq!(time(9, 0, 7), 7);
        assert_eq!(time(3, 0, 2), 2_000_000);
        assert_eq!(time(0, 0, 2), 2_000_000_000);
        assert_eq!(time(12, 0, 7_999), 7);
        assert_eq!(time(0x80 | 20, 0, 3 << 19), 1_500_000_000);
        assert_eq!(time(0x80 | 63, 0, 1 << 62), 500_000_000);
    }

    #[test]
    fn the_offset_is_signed_and_nothing_overflows() {
        assert_eq!(time(6, -1, 500_000), -500_000_000);
        assert_eq!(time(0x7f, 0, u64::MAX), 1);
        assert_eq!(time(0xff, 0, u64::MAX), 0);
    }

    #[test]
    fn what_no_time_can_be_is_none() {
        // The last second of a time is 9 223 372 036, in the year 2262; its first one is as far before 1970.
        assert_eq!(within(0, 0, 9_223_372_036), Some(9_223_372_036_000_000_000));
        assert_eq!(within(0, 0, 9_223_372_037), None);
        assert_eq!(within(1, 0, 92_233_720_368), Some(9_223_372_036_800_000_000));
        assert_eq!(within(1, 0, 92_233_720_369), None);
        assert_eq!(within(0x80, 0, 9_223_372_037), None);
        assert_eq!(within(0x80 | 1, 0, u64::MAX), None);
        assert_eq!(within(9, 9_223_372_036, 854_775_807), Some(i64::MAX));
        assert_eq!(within(9, 9_223_372_036, 854_775_808), None);
        assert_eq!(within(9, -9_223_372_037, 0), None);
        assert_eq!(
            within(9, -9_223_372_037, 1_000_000_000),
            Some(-9_223_372_036_000_000_000)
        );
        for (resolution, offset) in [(0, i64::MAX), (0, i64::MIN), (0x80, i64::MAX), (0xff, i64::MIN)] {
            assert_eq!(within(resolution, offset, u64::MAX), None);
        }
    }
}
