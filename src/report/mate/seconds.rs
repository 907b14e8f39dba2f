//! Times of a run: seconds, exact.

#[cfg(test)]
use std::borrow::Cow;
use std::fmt;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::model::{Nanoseconds, Timestamp};

/// A time in seconds, kept in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) Nanoseconds);

/// A decimal number without zeros at its end, but for one behind the point: `0.004`, `12.0`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_digits(1))
    }
}

impl Seconds {
    /// A decimal number of at least so many digits behind the point, and no zeros behind these.
    pub(crate) fn with_digits(self, least: usize) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanoseconds = self.0.unsigned_abs();
        let second = Timestamp::SECOND.unsigned_abs();
        let fraction = format!("{:09}", nanoseconds % second);
        let shown = fraction.trim_end_matches('0').len().max(least);
        let fraction = fraction.get(..shown).unwrap_or(&fraction);
        format!("{sign}{}.{fraction}", nanoseconds / second)
    }
}

/// The number that is nearest to its decimal form; it reads back as this form up to 15 digits, which are 11 days in
/// nanoseconds and 30 years in microseconds.
impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Both numbers are exact up to here, and so the quotient is what is nearest to the decimal form.
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        let seconds = match self.0.unsigned_abs() {
            ..=EXACT => self.0 as f64 / Timestamp::SECOND as f64,
            _ => self.to_string().parse().unwrap_or_default(),
        };
        serializer.serialize_f64(seconds)
    }
}

#[cfg(test)]
impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        f64::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_number_is_nearest_to_its_decimal_form(any: i64, some in -(1_i64 << 54)..1 << 54) {
            for nanoseconds in [any, some] {
                let written = serde_json::to_string(&Seconds(nanoseconds)).unwrap();
                let expected: f64 = Seconds(nanoseconds).to_string().parse().unwrap();
                proptest::prop_assert_eq!(written, serde_json::to_string(&expected).unwrap());
            }
        }
    }

    #[test]
    fn seconds_are_exact() {
        let text = |nanoseconds| Seconds(nanoseconds).to_string();
        assert_eq!(text(0), "0.0");
        assert_eq!(text(71_000_000), "0.071");
        assert_eq!(text(-400_000_001), "-0.400000001");
        assert_eq!(text(86_400_003_000_000), "86400.003");
        assert_eq!(Seconds(4_000_000).with_digits(3), "0.004");
        assert_eq!(Seconds(1_230_000_000).with_digits(3), "1.230");
        assert_eq!(
            serde_json::to_string(&Seconds(86_400_003_000_000)).unwrap(),
            "86400.003"
        );
        assert_eq!(serde_json::to_string(&Seconds(0)).unwrap(), "0.0");
    }
}
