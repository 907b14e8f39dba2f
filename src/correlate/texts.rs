//! Texts in one allocation: most of what a leg keeps is a handful of short texts.

/// Optional texts in order. Each is its length plus one as a [number](put_number), zero for none, and its octets. As
/// the octets of numbers are ASCII, the whole is text too, and taking one of them out needs no look at its octets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Texts(Box<str>);

impl Texts {
    pub(super) fn pack<'a>(texts: impl IntoIterator<Item = Option<&'a str>, IntoIter: Clone>) -> Self {
        let texts = texts.into_iter();
        let mut packed = Vec::with_capacity(texts.clone().map(packed_length).sum());
        for text in texts {
            put(&mut packed, text.map(str::as_bytes));
        }
        Self(String::from_utf8(packed).unwrap_or_default().into())
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
        std::iter::from_fn(move || take_text(&mut rest))
    }
}

/// How many octets [`put`] appends for a text of common length.
fn packed_length(text: Option<&str>) -> usize {
    let length = text.map_or(0, str::len);
    length + if length < CONTINUED.into() { 1 } else { 2 }
}

fn take_text<'a>(packed: &mut &'a str) -> Option<Option<&'a str>> {
    let mut octets = packed.as_bytes();
    let length = take_number(&mut octets)?;
    let (_, rest) = packed.split_at_checked(packed.len() - octets.len())?;
    let length = length.checked_sub(1).map(usize::try_from);
    let (text, rest) = match length {
        None => (None, rest),
        Some(length) => {
            let (text, rest) = rest.split_at_checked(length.ok()?)?;
            (Some(text), rest)
        }
    };
    *packed = rest;
    Some(text)
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

/// Bits of a number in one octet.
const BITS: u32 = 6;
/// Marks an octet of a number that more follow. The highest bit is never set: numbers are ASCII.
const CONTINUED: u8 = 1 << BITS;

/// Appends a number: six bits an octet, the lowest first.
#[expect(clippy::cast_possible_truncation, reason = "all but six bits are masked out")]
pub(super) fn put_number(packed: &mut Vec<u8>, mut number: u64) {
    while number >= CONTINUED.into() {
        packed.push((number as u8 & (CONTINUED - 1)) | CONTINUED);
        number >>= BITS;
    }
    packed.push(number as u8);
}

/// Takes a number.
pub(super) fn take_number(packed: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(BITS as usize) {
        let (octet, rest) = packed.split_first()?;
        *packed = rest;
        number |= u64::from(octet & (CONTINUED - 1)) << shift;
        if octet & CONTINUED == 0 {
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
