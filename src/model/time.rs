//! Capture time.

use std::fmt;

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
        let time =
            jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        if self.0.rem_euclid(1_000) == 0 {
            write!(f, "{time:.6}")
        } else {
            write!(f, "{time:.9}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_microseconds_and_nanoseconds_only_where_there_are_any() {
        let whole = Timestamp::from_seconds(1_795_169_600);
        assert_eq!(whole.to_string(), "2026-11-20T10:13:20.000000Z");
        assert_eq!(whole.plus(1_000).to_string(), "2026-11-20T10:13:20.000001Z");
        assert_eq!(whole.plus(1).to_string(), "2026-11-20T10:13:20.000000001Z");
    }

    #[test]
    fn far_times_saturate() {
        assert_eq!(Timestamp::from_seconds(i64::MAX).nanoseconds(), i64::MAX);
        assert!(Timestamp::from_seconds(i64::MAX).to_string().starts_with("2262-"));
        assert!(Timestamp::from_seconds(-5).to_string().starts_with("1969-"));
    }
}
