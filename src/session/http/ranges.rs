//! Parts of one entity in several answers (RFC 9110 section 14.4).

/// What a Content-Range field says: octets `first` to `last` of `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 0-499/1234` or `bytes 0-499/*`.
    pub(super) fn read(value: &str) -> Option<Self> {
        let (unit, range) = value.trim().split_once([' ', '='])?;
        let (octets, total) = range.split_once('/')?;
        let (first, last) = octets.split_once('-')?;
        let range = Self {
            first: first.trim().parse().ok()?,
            last: last.trim().parse().ok()?,
            total: total.trim().parse().ok(),
        };
        (unit.eq_ignore_ascii_case("bytes") && range.first <= range.last).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let range = |first, last, total| Some(ContentRange { first, last, total });
        assert_eq!(ContentRange::read("bytes 0-499/1234"), range(0, 499, Some(1234)));
        assert_eq!(ContentRange::read("Bytes 5-9/*"), range(5, 9, None));
        assert_eq!(ContentRange::read("bytes */1234"), None);
        assert_eq!(ContentRange::read("bytes 9-5/10"), None);
    }
}
