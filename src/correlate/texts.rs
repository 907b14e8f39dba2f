//! Texts in one allocation: most of what a leg keeps is a handful of short texts.

/// Optional texts in order. Each is its length plus one as a variable-length integer (seven bits an octet, the
/// lowest first), zero for none, and its octets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Texts(Box<[u8]>);

impl Texts {
    pub(super) fn pack<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut packed = Vec::new();
        for text in texts {
            put(&mut packed, text.map(str::as_bytes));
        }
        Self(packed.into())
    }

    /// Octets they take.
    pub(super) const fn held(&self) -> usize {
        self.0.len()
    }

    /// The text with a number; none where it is absent or was not packed.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        self.iter().nth(number).flatten()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || take(&mut rest)).map(|octets| std::str::from_utf8(octets?).ok())
    }
}

/// Appends octets, or none.
pub(super) fn put(packed: &mut Vec<u8>, octets: Option<&[u8]>) {
    put_number(packed, octets.map_or(0, |octets| octets.len() as u64 + 1));
    packed.extend_from_slice(octets.unwrap_or_default());
}

/// Takes octets, or none; the outer none is the end.
pub(super) fn take<'a>(packed: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let Some(length) = take_number(packed)?.checked_sub(1) else {
        return Some(None);
    };
    let (octets, rest) = packed.split_at_checked(usize::try_from(length).ok()?)?;
    *packed = rest;
    Some(Some(octets))
}

/// Appends a number.
#[expect(clippy::cast_possible_truncation, reason = "seven bits are masked out")]
pub(super) fn put_number(packed: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        packed.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

/// Takes a number.
pub(super) fn take_number(packed: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (octet, rest) = packed.split_first()?;
        *packed = rest;
        number |= u64::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out(texts in proptest::collection::vec(proptest::option::of(".{0,200}"), 0..9)) {
            let packed = Texts::pack(texts.iter().map(Option::as_deref));
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), texts.iter().map(Option::as_deref).collect::<Vec<_>>());
            prop_assert_eq!(packed.get(texts.len()), None);
        }

        #[test]
        fn numbers_come_out(number: u64) {
            let mut packed = Vec::new();
            put_number(&mut packed, number);
            let mut rest = &*packed;
            prop_assert_eq!(take_number(&mut rest), Some(number));
            prop_assert!(rest.is_empty());
        }
    }
}
