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

    /// The time of a tick; the last representable one (year 2262) where it is later.
    #[expect(
        clippy::cast_possible_wrap,
        reason = "the value was clamped to the type's range"
    )]
    pub(super) fn time(self, ticks: u64) -> Timestamp {
        let nanoseconds = match self.resolution {
            Resolution::Nanoseconds(each) => ticks.saturating_mul(each),
            Resolution::PerNanosecond(ticks_each) => ticks / ticks_each,
            Resolution::Binary(exponent) => {
                let scaled = (u128::from(ticks) * Timestamp::SECOND.unsigned_abs() as u128) >> exponent;
                u64::try_from(scaled).unwrap_or(u64::MAX)
            }
        };
        let since_offset = nanoseconds.min(i64::MAX as u64) as i64;
        Timestamp::from_seconds(self.offset_seconds).plus(since_offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(resolution: u8, offset: i64, ticks: u64) -> i64 {
        Clock::new(resolution, offset).time(ticks).nanoseconds()
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
        assert_eq!(time(0, i64::MAX, u64::MAX), i64::MAX);
        assert_eq!(time(0x7f, 0, u64::MAX), 1);
        assert_eq!(time(0xff, 0, u64::MAX), 0);
    }
}
