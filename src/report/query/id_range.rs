//! Numbers of messages as they are asked for: one, or a range such as `3-9`.

use std::ops::RangeInclusive;

/// Some messages by their number in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdRange(RangeInclusive<u64>);

impl IdRange {
    /// `3`, or `3-9`.
    ///
    /// # Errors
    /// Says what it looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) if first <= last => Ok(Self(first..=last)),
            _ => Err("a number, or two with - between them, the lower first, as in 3-9".to_owned()),
        }
    }

    /// Whether a message has such a number.
    pub fn holds(&self, id: u64) -> bool {
        self.0.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges() {
        let range = IdRange::parse("3-9").unwrap();
        assert!(range.holds(3) && range.holds(9) && !range.holds(10));
        let one = IdRange::parse("4").unwrap();
        assert!(one.holds(4) && !one.holds(5));
        for text in ["", "-", "9-3", "3-", "a", "3-9-12", "-3"] {
            assert!(IdRange::parse(text).is_err(), "{text}");
        }
    }
}
