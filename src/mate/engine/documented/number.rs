//! Numbers as conditions compare them: decimal of any length, perhaps with sign and fraction, or hex.

use std::cmp::Ordering;

/// A number as its digits, without zeros that say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'a> {
    negative: bool,
    whole: Whole<'a>,
    fraction: &'a str,
}

/// The part before the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole<'a> {
    /// Decimal digits that do not begin with a zero.
    Digits(&'a str),
    /// What hex digits say.
    Hex(u128),
}

impl<'a> Number<'a> {
    /// A text that is a number as a whole. Hex of more than 128 bits is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if let Some(hex) = text.strip_prefix("0x") {
            let is_hex = !hex.is_empty() && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
            let digits = hex.trim_start_matches('0');
            let value = match digits {
                "" => 0,
                digits => u128::from_str_radix(digits, 16).ok()?,
            };
            return is_hex.then_some(Self {
                negative: false,
                whole: Whole::Hex(value),
                fraction: "",
            });
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction.trim_end_matches('0')),
            Some(_) => return None,
            None => (unsigned, ""),
        };
        if !is_digits(whole) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        Some(Self {
            // Zero has no sign.
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole: Whole::Digits(whole),
            fraction,
        })
    }

    /// Which of two is lower.
    pub(super) fn compare(self, other: Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }

    fn compare_size(self, other: Self) -> Ordering {
        let whole = match (self.whole, other.whole) {
            (Whole::Hex(one), Whole::Hex(other)) => one.cmp(&other),
            (Whole::Digits(one), Whole::Digits(other)) => compare_digits(one, other),
            (Whole::Hex(one), Whole::Digits(other)) => {
                compare_digits(decimal(one).trim_start_matches('0'), other)
            }
            (Whole::Digits(one), Whole::Hex(other)) => {
                compare_digits(one, decimal(other).trim_start_matches('0'))
            }
        };
        // Without zeros at their end, fractions are in the order of their digits.
        whole.then_with(|| self.fraction.cmp(other.fraction))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn decimal(number: u128) -> String {
    number.to_string()
}

/// The order of two numbers without zeros at their beginning.
fn compare_digits(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(one: &str, other: &str) -> Option<Ordering> {
        Some(Number::parse(one)?.compare(Number::parse(other)?))
    }

    #[test]
    fn numbers_are_compared_by_value() {
        use Ordering::{Equal, Greater, Less};
        for (one, other, order) in [
            ("9", "10", Less),
            ("010", "9", Greater),
            ("0x10", "16", Equal),
            ("0x0a", "9.5", Greater),
            ("1.50", "1.5", Equal),
            ("1.05", "1.5", Less),
            ("-1", "1", Less),
            ("-2", "-10", Greater),
            ("-0", "+0.0", Equal),
            ("0", "0x00", Equal),
            (
                "340282366920938463463374607431768211456",
                "0xffffffffffffffffffffffffffffffff",
                Greater,
            ),
        ] {
            assert_eq!(compare(one, other), Some(order), "{one} {other}");
            assert_eq!(compare(other, one), Some(order.reverse()), "{other} {one}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [
            "",
            "-",
            "1e3",
            "0x",
            "0xg",
            " 1",
            "1 ",
            "1.",
            ".5",
            "1.2.3",
            "0X1",
            "-0x1",
            "ten",
            "0x100000000000000000000000000000000",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
