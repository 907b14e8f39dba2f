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

/// RFC 3339 in UTC with microseconds; with nanoseconds where there are any. The digits are put down by hand, as every
/// message has dozens of times: the calendar alone is the library's.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time =
            jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let date = jiff::tz::Offset::UTC.to_datetime(time);
        let [y1, y2, y3, y4] = digits(date.year().unsigned_abs().into());
        let [m1, m2] = digits(date.month().unsigned_abs().into());
        let [d1, d2] = digits(date.day().unsigned_abs().into());
        let [h1, h2] = digits(date.hour().unsigned_abs().into());
        let [n1, n2] = digits(date.minute().unsigned_abs().into());
        let [s1, s2] = digits(date.second().unsigned_abs().into());
        let [f1, f2, f3, f4, f5, f6, f7, f8, f9] = digits(date.subsec_nanosecond().unsigned_abs());
        let nanoseconds = match [f7, f8, f9] {
            [b'0', b'0', b'0'] => [b'Z', b' ', b' ', b' '],
            [f7, f8, f9] => [f7, f8, f9, b'Z'],
        };
        let [e1, e2, e3, e4] = nanoseconds;
        #[rustfmt::skip]
        let text = [
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2,
            b'.', f1, f2, f3, f4, f5, f6, e1, e2, e3, e4,
        ];
        f.write_str(std::str::from_utf8(text.trim_ascii_end()).unwrap_or_default())
    }
}

/// The last decimal digits of a number.
fn digits<const COUNT: usize>(mut number: u32) -> [u8; COUNT] {
    let mut digits = [b'0'; COUNT];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    digits
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
        assert_eq!(whole.plus(-1).to_string(), "2026-11-20T10:13:19.999999999Z");
    }

    #[test]
    fn far_times_saturate() {
        assert_eq!(Timestamp::from_seconds(i64::MAX).nanoseconds(), i64::MAX);
        assert!(Timestamp::from_seconds(i64::MAX).to_string().starts_with("2262-"));
        assert!(Timestamp::from_seconds(-5).to_string().starts_with("1969-"));
    }

    proptest::proptest! {
        #[test]
        fn any_time_reads_back(nanoseconds: i64) {
            let shown = Timestamp::from_nanoseconds(nanoseconds).to_string();
            let read: jiff::Timestamp = shown.parse().unwrap();
            proptest::prop_assert_eq!(read.as_nanosecond(), i128::from(nanoseconds));
        }
    }
}
