//! Values in ITU-T X.690 basic encoding, as TCAP and MAP use it.

use crate::codec::Reader;

/// Values in values followed to find the end of one of indefinite length: more than any MAP type nests.
const DEPTH: u8 = 16;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The identifier octet: class, whether constructed, number. Of a number above 30 the first octet.
    pub tag: u8,
    /// What it holds.
    pub content: &'a [u8],
}

impl<'a> Value<'a> {
    /// Reads the value that octets begin with.
    pub fn read(octets: &'a [u8]) -> Option<Self> {
        next(&mut Reader::new(octets), DEPTH)
    }

    /// The values in it, up to the first that cannot be read.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut reader = Reader::new(self.content);
        std::iter::from_fn(move || next(&mut reader, DEPTH))
    }

    /// The first value in it with this tag.
    pub fn find(&self, tag: u8) -> Option<Value<'a>> {
        self.values().find(|value| value.tag == tag)
    }

    /// It as a small number: an INTEGER or ENUMERATED of one octet.
    pub const fn small(&self) -> Option<u8> {
        match *self.content {
            [number] => Some(number),
            _ => None,
        }
    }

    /// It as a number of up to four octets, the highest first.
    pub fn number(&self) -> Option<u32> {
        let fits = (1..=size_of::<u32>()).contains(&self.content.len());
        let number = self
            .content
            .iter()
            .fold(0, |sum, octet| sum << 8 | u32::from(*octet));
        fits.then_some(number)
    }
}

fn next<'a>(reader: &mut Reader<'a>, depth: u8) -> Option<Value<'a>> {
    const HIGH_NUMBER: u8 = 0x1f;
    let tag = reader.u8("tag").ok()?;
    if tag & HIGH_NUMBER == HIGH_NUMBER {
        while reader.u8("tag").ok()? & 0x80 != 0 {}
    }
    let content = match reader.u8("length").ok()? {
        0x80 => indefinite(reader, depth)?,
        short @ ..0x80 => reader.take("value", usize::from(short)).ok()?,
        long => {
            let octets = reader.take("length", usize::from(long & 0x7f)).ok()?;
            let length = octets.iter().try_fold(0_usize, |sum, octet| {
                Some(sum.checked_mul(256)? | usize::from(*octet))
            })?;
            reader.take("value", length).ok()?
        }
    };
    Some(Value { tag, content })
}

/// The content of a value of indefinite length, up to the two zero octets that end it.
fn indefinite<'a>(reader: &mut Reader<'a>, depth: u8) -> Option<&'a [u8]> {
    let depth = depth.checked_sub(1)?;
    let content = reader.rest();
    while !reader.rest().starts_with(&[0, 0]) {
        next(reader, depth)?;
    }
    let length = content.len().checked_sub(reader.remaining())?;
    reader.skip("end of contents", 2).ok()?;
    content.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_short_long_or_indefinite() {
        let cases: [&[u8]; 4] = [
            &[0x30, 0x05, 0x02, 0x01, 0x07, 0x81, 0x00],
            &[0x30, 0x81, 0x05, 0x02, 0x01, 0x07, 0x81, 0x00],
            &[0x30, 0x80, 0x02, 0x01, 0x07, 0x81, 0x00, 0x00, 0x00],
            &[0x30, 0x82, 0x00, 0x07, 0x22, 0x80, 0x02, 0x01, 0x07, 0x00, 0x00],
        ];
        for octets in cases {
            let value = Value::read(octets).unwrap();
            assert_eq!(value.tag, 0x30);
            let inner = value.find(0x02).or_else(|| value.find(0x22)?.find(0x02)).unwrap();
            assert_eq!((inner.small(), inner.number()), (Some(7), Some(7)));
        }
    }

    #[test]
    fn what_is_cut_or_nested_too_deep_is_no_value() {
        assert_eq!(Value::read(&[0x30, 0x05, 0x02, 0x01]), None);
        assert_eq!(Value::read(&[0x30, 0x80, 0x02, 0x01, 0x07]), None);
        let nested = [0x30, 0x80].repeat(usize::from(DEPTH) + 1);
        let closed = [nested, vec![0; 2 * usize::from(DEPTH) + 2]].concat();
        assert_eq!(Value::read(&closed), None);
        assert!(Value::read(closed.get(2..closed.len() - 2).unwrap()).is_some());
    }

    proptest! {
        #[test]
        fn whatever_the_octets_contents_lie_in_them(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Some(value) = Value::read(&octets) {
                prop_assert!(value.content.len() < octets.len());
                prop_assert!(value.values().map(|value| value.content.len()).sum::<usize>() <= value.content.len());
            }
        }
    }
}
