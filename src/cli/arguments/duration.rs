//! Durations as engineers type them: `500ms`, `60s`, `5m`, `72h`, `3d`.

use thiserror::Error;

use crate::model::Timestamp;

/// A duration in nanoseconds of capture time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(pub i64);

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    /// Letters that are no unit.
    #[error("unknown unit '{0}': use ms, s, m, h or d")]
    UnknownUnit(String),
    /// There is no whole number before the unit.
    #[error("a whole number with ms, s, m, h or d")]
    NoNumber,
    /// Longer than times are counted, or negative.
    #[error("too long")]
    TooLong,
}

const UNITS: &[(&str, i64)] = &[
    ("ms", Timestamp::SECOND / 1_000),
    ("s", Timestamp::SECOND),
    ("m", 60 * Timestamp::SECOND),
    ("h", 3_600 * Timestamp::SECOND),
    ("d", 86_400 * Timestamp::SECOND),
];

/// Parses a number with a unit; a bare number is seconds.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits).unwrap_or_default();
    let factor = match unit {
        "" => Some(Timestamp::SECOND),
        unit => UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, factor)| *factor),
    };
    let factor = factor.ok_or_else(|| DurationError::UnknownUnit(unit.to_owned()))?;
    let number: i64 = digits.parse().map_err(|_| DurationError::NoNumber)?;
    number
        .checked_mul(factor)
        .filter(|n| *n >= 0)
        .map(Duration)
        .ok_or(DurationError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units() {
        assert_eq!(parse("60s"), Ok(Duration(60_000_000_000)));
        assert_eq!(parse("60"), parse("1m"));
        assert_eq!(parse("72h"), parse("3d"));
        assert_eq!(parse("250ms"), Ok(Duration(250_000_000)));
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in ["", "s", "1y", "-1s", "1.5h", "99999999999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
