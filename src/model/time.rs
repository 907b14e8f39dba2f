//! Capture time.

use std::{fmt, str::FromStr};

/// Nanoseconds between two capture times; negative when clocks disagree.
pub type Nanoseconds = i64;

/// A capture time: nanoseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// One second.
    pub const SECOND: Nanoseconds = 1_000_000_000;

    /// The time `nanoseconds` after the epoch.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// The time `seconds` after the epoch; the last representable time (year 2262) where that is later.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(Self::SECOND))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; negative when it is before.
    pub const fn since(self, earlier: Self) -> Nanoseconds {
        self.0.saturating_sub(earlier.0)
    }

    /// This time moved by `nanoseconds`.
    pub const fn plus(self, nanoseconds: Nanoseconds) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }
}

/// RFC 3339 in UTC with microseconds; with nanoseconds where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (octets, length) = self.rfc3339();
        let text = octets.get(..length).unwrap_or_default();
        f.write_str(std::str::from_utf8(text).unwrap_or_default())
    }
}

/// A text is no time, or none between 1677 and 2262, which a [`Timestamp`] can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time of a capture")]
pub struct NoTimestamp;

/// From RFC 3339 with any offset.
impl FromStr for Timestamp {
    type Err = NoTimestamp;

    fn from_str(text: &str) -> Result<Self, NoTimestamp> {
        let time: jiff::Timestamp = text.parse().map_err(|_| NoTimestamp)?;
        let nanoseconds = i64::try_from(time.as_nanosecond()).map_err(|_| NoTimestamp)?;
        Ok(Self(nanoseconds))
    }
}

impl From<Timestamp> for jiff::Timestamp {
    fn from(time: Timestamp) -> Self {
        Self::from_nanosecond(i128::from(time.0)).unwrap_or(Self::UNIX_EPOCH)
    }
}

/// Octets of the longest time in RFC 3339.
const LONGEST: usize = "2026-11-20T10:13:20.000000001Z".len();

impl Timestamp {
    /// RFC 3339 in UTC with microseconds; with nanoseconds where there are any: ASCII, and how many of the octets it
    /// takes. They are in place as a message has dozens of times, and no memory is asked for any of them.
    pub fn rfc3339(self) -> ([u8; LONGEST], usize) {
        let time = jiff::tz::Offset::UTC.to_datetime(self.into());
        let [year, month, day, hour, minute, second] = [
            time.year().unsigned_abs(),
            time.month().unsigned_abs().into(),
            time.day().unsigned_abs().into(),
            time.hour().unsigned_abs().into(),
            time.minute().unsigned_abs().into(),
            time.second().unsigned_abs().into(),
        ]
        .map(u32::from);
        let nanosecond = time.subsec_nanosecond().unsigned_abs();
        let microsecond = nanosecond / 1_000;
        let mut octets = *b"yyyy-mm-ddThh:mm:ss.ffffffZ   ";
        let mut put = |at: usize, number: u32| {
            if let Some(place) = octets.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                *place = pair(number);
            }
        };
        put(0, year / 100);
        put(2, year % 100);
        put(5, month);
        put(8, day);
        put(11, hour);
        put(14, minute);
        put(17, second);
        put(20, microsecond / 10_000);
        put(22, microsecond / 100 % 100);
        put(24, microsecond % 100);
        let length = match nanosecond % 1_000 {
            0 => LONGEST - 3,
            rest => {
                put(26, rest / 10);
                put(28, rest % 10 * 10);
                if let Some(last) = octets.last_mut() {
                    *last = b'Z';
                }
                LONGEST
            }
        };
        (octets, length)
    }
}

/// The two digits of a number below 100.
#[inline(always)]
fn pair(number: u32) -> [u8; 2] {
    PAIRS.get(number as usize).copied().unwrap_or_default()
}

/// The digits of 0 to 99.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let (mut rest, mut number) = (pairs.as_mut_slice(), 0);
    while let [pair, others @ ..] = rest {
        *pair = [b'0' + number / 10, b'0' + number % 10];
        (rest, number) = (others, number + 1);
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_microseconds_and_nanoseconds_only_where_there_are_any() {
        let whole = Timestamp::from_seconds(1_795_169_600);
        assert_eq!(whole.to_string(), "2026-11-20T10:13:20.000000Z");
        assert_eq!(whole.plus(1_000).to_string(), "2026-11-20T10:13:20.000001Z");
        assert_eq!(whole.plus(1).to_string(), "2026-11-20T10:13:20.000000001Z");
        assert_eq!(whole.plus(-1).to_string(), "2026-11-20T10:13:19.999999999Z");
    }

    #[test]
    fn far_times_saturate() {
        assert_eq!(Timestamp::from_seconds(i64::MAX).nanoseconds(), i64::MAX);
        assert!(Timestamp::from_seconds(i64::MAX).to_string().starts_with("2262-"));
        assert!(Timestamp::from_seconds(-5).to_string().starts_with("1969-"));
    }

    #[test]
    fn reads_any_offset_and_nothing_that_is_no_time_of_a_capture() {
        let noon: Timestamp = "2026-11-20T12:00:00+01:00".parse().unwrap();
        assert_eq!(noon.to_string(), "2026-11-20T11:00:00.000000Z");
        for text in [
            "",
            "soon",
            "2026-11-20",
            "1600-01-01T00:00:00Z",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NoTimestamp), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_time_reads_back(nanoseconds: i64) {
            let time = Timestamp::from_nanoseconds(nanoseconds);
            let shown = time.to_string();
            let read: jiff::Timestamp = shown.parse().unwrap();
            proptest::prop_assert_eq!(read.as_nanosecond(), i128::from(nanoseconds));
            proptest::prop_assert_eq!(jiff::Timestamp::from(time), read);
            proptest::prop_assert_eq!(shown.parse(), Ok(time));
        }
    }
}
