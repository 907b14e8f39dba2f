//! `--shift GLOB=OFFSET`: what is to be added to the times of captures whose clocks are wrong.

use std::path::Path;

use glob::Pattern;
use thiserror::Error;

use crate::model::{Nanoseconds, Timestamp};

/// What is to be added to the times of captures of some names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// As it was typed.
    pub typed: String,
    name: Pattern,
    /// What is added.
    pub by: Nanoseconds,
}

/// Why a text is no shift.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoShift {
    /// There is no `=`.
    #[error("a shift looks like 'probe-b*.pcap=-50ms'")]
    Form,
    /// What stands before it is no pattern.
    #[error("{0} is no pattern of names: {1}")]
    Name(String, &'static str),
    /// What stands behind it is no duration.
    #[error("{0} is no offset; one looks like -50ms, +1.5s or 1h")]
    Offset(String),
}

const UNITS: &[(&str, i64)] = &[
    ("us", Timestamp::SECOND / 1_000_000),
    ("ms", Timestamp::SECOND / 1_000),
    ("s", Timestamp::SECOND),
    ("m", 60 * Timestamp::SECOND),
    ("h", 3_600 * Timestamp::SECOND),
    ("d", 86_400 * Timestamp::SECOND),
];

impl Shift {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, NoShift> {
        let (name, offset) = typed.rsplit_once('=').ok_or(NoShift::Form)?;
        let pattern = Pattern::new(name).map_err(|error| NoShift::Name(name.to_owned(), error.msg))?;
        Ok(Self {
            typed: typed.to_owned(),
            name: pattern,
            by: offset_of(offset).ok_or_else(|| NoShift::Offset(offset.to_owned()))?,
        })
    }

    /// Whether it is about that capture, by its path as given or its name alone.
    pub fn is_of(&self, path: &str) -> bool {
        let name = Path::new(path).file_name().and_then(|name| name.to_str());
        self.name.matches(path) || name.is_some_and(|name| self.name.matches(name))
    }
}

/// A number with a sign, decimals and a unit; a bare number is seconds.
fn offset_of(text: &str) -> Option<Nanoseconds> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(number)?;
    let factor = match unit {
        "" => Timestamp::SECOND,
        unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > DECIMALS {
        return None;
    }
    let whole = i128::from(whole.parse::<i64>().ok()?) * i128::from(factor);
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction = i128::from(fraction.parse::<i64>().ok()?) * i128::from(factor) / scale;
    i64::try_from((whole + fraction) * sign).ok()
}

/// Decimals of an offset at most.
const DECIMALS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_have_a_sign_decimals_and_a_unit() {
        for (typed, nanoseconds) in [
            ("-50ms", -50_000_000),
            ("+1.5s", 1_500_000_000),
            ("1h", 3_600_000_000_000),
            ("0", 0),
            ("-0.25", -250_000_000),
            ("12us", 12_000),
        ] {
            assert_eq!(offset_of(typed), Some(nanoseconds), "{typed}");
        }
        for none in [
            "",
            "-",
            "1y",
            "1.s",
            "ms",
            "--1s",
            "1e3s",
            "99999999999d",
            "1.0000000001s",
        ] {
            assert_eq!(offset_of(none), None, "{none}");
        }
    }

    #[test]
    fn captures_are_named_by_path_or_name() {
        let shift = Shift::parse("b*.pcap=-50ms").unwrap();
        assert!(shift.is_of("b1.pcap") && shift.is_of("probes/b1.pcap") && !shift.is_of("a.pcap"));
        assert_eq!(Shift::parse("a=b.pcap=1s").unwrap().name.as_str(), "a=b.pcap");
        assert_eq!(Shift::parse("b.pcap"), Err(NoShift::Form));
        assert!(matches!(Shift::parse("[=1s"), Err(NoShift::Name(..))));
        assert_eq!(Shift::parse("b=soon"), Err(NoShift::Offset("soon".to_owned())));
    }
}
