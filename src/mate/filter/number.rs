//! Numbers of a filter: ids, counts and seconds, exact.

use std::cmp::Ordering;

use crate::model::Nanoseconds;

/// A number in units of a billionth, and whether it is a bit more than that: a literal with further digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    billionths: i128,
    has_more: bool,
}

/// Billionths of one.
const ONE: i128 = 1_000_000_000;

impl Number {
    /// A whole number.
    pub(super) fn whole(number: u64) -> Self {
        Self::exact(i128::from(number) * ONE)
    }

    /// A time in seconds.
    pub(super) fn seconds(nanoseconds: Nanoseconds) -> Self {
        Self::exact(nanoseconds.into())
    }

    const fn exact(billionths: i128) -> Self {
        Self {
            billionths,
            has_more: false,
        }
    }

    /// The number that a text is: decimal with sign and fraction, or hexadecimal behind `0x`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return u64::from_str_radix(digits, 16).ok().map(Self::whole);
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        // Nothing that it is compared with is larger.
        let whole = whole
            .parse::<i128>()
            .unwrap_or(i128::MAX / ONE / 2)
            .min(i128::MAX / ONE / 2);
        let first = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
        let first = first.fold(0, |sum, digit| sum * 10 + i128::from(digit.saturating_sub(b'0')));
        let has_more = fraction.bytes().skip(9).any(|digit| digit != b'0');
        let billionths = sign * (whole * ONE + first);
        Some(match (sign, has_more) {
            // A bit less than a negative number is a bit more than the next lower one.
            (-1, true) => Self {
                billionths: billionths - 1,
                has_more,
            },
            _ => Self { billionths, has_more },
        })
    }

    /// How it compares with a literal.
    pub(super) fn compare(self, other: Self) -> Ordering {
        self.cmp(&other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_exactly() {
        let parse = |text| Number::parse(text).unwrap();
        assert_eq!(parse("0.3"), Number::seconds(300_000_000));
        assert_eq!(parse("0x10"), Number::whole(16));
        assert_eq!(parse("-1.5"), Number::seconds(-1_500_000_000));
        assert!(parse("0.3000000001") > Number::seconds(300_000_000));
        assert!(parse("-0.3000000001") < Number::seconds(-300_000_000));
        assert!(parse("99999999999999999999999999999999999999999999") > Number::whole(u64::MAX));
        for text in ["", "-", ".5", "5.", "1e3", "0x", "abc", "1.2.3"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
