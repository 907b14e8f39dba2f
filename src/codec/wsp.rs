//! WSP value encodings (WAP-230-WSP section 8.4.2): lengths, integers, texts, and the rule by which any value
//! can be passed over without knowing its field.
//!
//! Two kinds of functions: strict ones, which read one encoding and fail on anything else, and [`raw_value`],
//! which frames whatever lies there and never fails on octets that exist.

use memchr::memchr;
use thiserror::Error;

use super::{Reader, ShortRead};

/// The longest uintvar, in octets (WAP-230-WSP section 8.1.2: 32 bits, 7 to an octet).
const MAX_UINTVAR_OCTETS: usize = 5;

/// The greatest value of a Short-length; 31 announces a uintvar (section 8.4.2.2).
const MAX_SHORT_LENGTH: u8 = 30;

/// Announces a length as uintvar.
const LENGTH_QUOTE: u8 = 31;

/// Precedes a text whose first character is above 127, and is no part of it.
pub const TEXT_QUOTE: u8 = 127;

/// Why a WSP value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// The octets end before the value does.
    #[error(transparent)]
    Short(#[from] ShortRead),
    /// A uintvar of more than 32 bits.
    #[error("{field} at offset {offset}: a uintvar of more than 32 bits")]
    UintvarTooLarge {
        /// What was being read.
        field: &'static str,
        /// Where it starts.
        offset: usize,
    },
    /// An octet that can begin no value of the kind expected.
    #[error("{field} at offset {offset}: octet {octet:#04x} cannot begin it")]
    NotThisKind {
        /// What was being read.
        field: &'static str,
        /// Where it starts.
        offset: usize,
        /// The octet there.
        octet: u8,
    },
    /// An integer of more than 64 bits.
    #[error("{field} at offset {offset}: an integer of more than 64 bits")]
    IntegerTooLarge {
        /// What was being read.
        field: &'static str,
        /// Where it starts.
        offset: usize,
    },
}

/// A uintvar: 7 bits to an octet, most significant first, bit 7 set on all but the last (section 8.1.2).
pub fn uintvar(reader: &mut Reader<'_>, field: &'static str) -> Result<u32, ValueError> {
    let offset = reader.offset();
    let mut value: u64 = 0;
    for _ in 0..MAX_UINTVAR_OCTETS {
        let octet = reader.u8(field)?;
        value = (value << 7) | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return u32::try_from(value).map_err(|_| ValueError::UintvarTooLarge { field, offset });
        }
    }
    Err(ValueError::UintvarTooLarge { field, offset })
}

/// A Value-length: Short-length, or the length quote and a uintvar (section 8.4.2.2).
pub fn value_length(reader: &mut Reader<'_>, field: &'static str) -> Result<u32, ValueError> {
    let offset = reader.offset();
    match reader.u8(field)? {
        short @ 0..=MAX_SHORT_LENGTH => Ok(u32::from(short)),
        LENGTH_QUOTE => uintvar(reader, field),
        octet => Err(ValueError::NotThisKind { field, offset, octet }),
    }
}

/// An Integer-value: Short-integer or Long-integer (section 8.4.2.3).
pub fn integer(reader: &mut Reader<'_>, field: &'static str) -> Result<u64, ValueError> {
    match reader.peek() {
        Some(octet) if octet & 0x80 != 0 => Ok(u64::from(reader.u8(field)? & 0x7f)),
        _ => long_integer(reader, field),
    }
}

/// A Long-integer: a Short-length and that many octets, big-endian (section 8.4.2.1). A length of 0 is read as 0.
pub fn long_integer(reader: &mut Reader<'_>, field: &'static str) -> Result<u64, ValueError> {
    let offset = reader.offset();
    match reader.u8(field)? {
        length @ 0..=MAX_SHORT_LENGTH => {
            let octets = reader.take(field, usize::from(length))?;
            big_endian(octets).ok_or(ValueError::IntegerTooLarge { field, offset })
        }
        octet => Err(ValueError::NotThisKind { field, offset, octet }),
    }
}

/// The octets as an unsigned big-endian number; none when it has more than 64 bits.
pub fn big_endian(octets: &[u8]) -> Option<u64> {
    let significant = octets
        .iter()
        .position(|&octet| octet != 0)
        .unwrap_or(octets.len());
    let digits = octets.get(significant..).unwrap_or_default();
    if digits.len() > size_of::<u64>() {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |value, &octet| (value << 8) | u64::from(octet)),
    )
}

/// A value as the generic rule frames it, before anyone knows what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawValue<'a> {
    /// One octet, 80–FF.
    Octet(u8),
    /// Octets up to a NUL.
    Text(RawText<'a>),
    /// Octets behind a Value-length.
    Framed(Framed<'a>),
}

/// Octets up to a NUL, which is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawText<'a> {
    /// The octets without the quote and without the NUL.
    pub octets: &'a [u8],
    /// Where they start, in the whole buffer.
    pub offset: usize,
    /// Whether the text quote preceded them.
    pub quoted: bool,
    /// Whether a NUL ended them, not the end of the buffer.
    pub terminated: bool,
}

/// Octets behind a Value-length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framed<'a> {
    /// How many octets the length announces; more than there are where it lies or the buffer was cut.
    pub declared: u32,
    /// The octets that are there.
    pub payload: &'a [u8],
    /// Where they start, in the whole buffer.
    pub offset: usize,
}

impl<'a> Framed<'a> {
    /// Whether all announced octets are there.
    pub fn is_whole(&self) -> bool {
        u64::from(self.declared) == self.payload.len() as u64
    }

    /// A reader over the octets, with offsets of the whole buffer.
    pub fn reader(&self) -> Reader<'a> {
        Reader::with_base(self.payload, self.offset)
    }
}

/// Frames the next value by the rule that holds for every WSP and MMS header (section 8.4.1.2): 00–1E that many
/// octets follow, 1F a uintvar length, 20–7F text up to NUL, 80–FF one octet. None at the end of the buffer.
///
/// A length that exceeds the buffer, or that is no uintvar, takes the rest of the buffer.
#[inline]
pub fn raw_value<'a>(reader: &mut Reader<'a>) -> Option<RawValue<'a>> {
    Some(match reader.peek()? {
        octet @ 0x80.. => {
            reader.take_up_to(1);
            RawValue::Octet(octet)
        }
        0x20..=TEXT_QUOTE => RawValue::Text(raw_text(reader)),
        _ => RawValue::Framed(framed(reader)),
    })
}

/// Octets up to a NUL or the end, whatever the first one is; a text quote is passed over.
pub fn raw_text<'a>(reader: &mut Reader<'a>) -> RawText<'a> {
    let quoted = reader.peek() == Some(TEXT_QUOTE);
    if quoted {
        reader.take_up_to(1);
    }
    let offset = reader.offset();
    let rest = reader.rest();
    let (octets, terminated) = match memchr(0, rest) {
        Some(length) => (rest.get(..length).unwrap_or_default(), true),
        None => (rest, false),
    };
    reader.take_up_to(octets.len().saturating_add(usize::from(terminated)));
    RawText {
        octets,
        offset,
        quoted,
        terminated,
    }
}

fn framed<'a>(reader: &mut Reader<'a>) -> Framed<'a> {
    let declared = value_length(reader, "value length").unwrap_or(u32::MAX);
    let offset = reader.offset();
    let payload = reader.take_up_to(usize::try_from(declared).unwrap_or(usize::MAX));
    Framed {
        declared,
        payload,
        offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<'a, T>(
        octets: &'a [u8],
        read: impl Fn(&mut Reader<'a>, &'static str) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        read(&mut Reader::new(octets), "it")
    }

    #[test]
    fn uintvars_of_the_specification() {
        // WAP-230-WSP section 8.1.2: 0x87A5 is 0x82 0x8F 0x25 in the example; 0x40 is one octet.
        assert_eq!(read(&[0x82, 0x8f, 0x25], uintvar), Ok(0x87a5));
        assert_eq!(read(&[0x40], uintvar), Ok(0x40));
        assert_eq!(read(&[0x81, 0x00], uintvar), Ok(128));
        assert_eq!(read(&[0x8f, 0xff, 0xff, 0xff, 0x7f], uintvar), Ok(u32::MAX));
    }

    #[test]
    fn a_uintvar_of_more_than_32_bits_is_refused() {
        for octets in [[0x90, 0x80, 0x80, 0x80, 0x00], [0xff; 5]] {
            assert_eq!(
                read(&octets, uintvar),
                Err(ValueError::UintvarTooLarge {
                    field: "it",
                    offset: 0
                })
            );
        }
    }

    #[test]
    fn lengths_may_be_longer_than_needed() {
        assert_eq!(read(&[0x1f, 0x05], value_length), Ok(5));
        assert_eq!(read(&[0x1e], value_length), Ok(30));
        assert!(read(&[0x20], value_length).is_err());
    }

    #[test]
    fn integers_in_both_forms() {
        assert_eq!(read(&[0x87], integer), Ok(7));
        assert_eq!(read(&[0x03, 0x03, 0xf4, 0x80], integer), Ok(259_200));
        assert_eq!(read(&[0x00], integer), Ok(0));
        assert_eq!(read(&[0x0a, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], integer), Ok(1 << 56));
        assert_eq!(
            read(&[0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0], integer),
            Err(ValueError::IntegerTooLarge {
                field: "it",
                offset: 0
            })
        );
    }

    #[test]
    fn a_length_beyond_the_buffer_takes_the_rest() {
        let mut reader = Reader::new(&[0x1f, 0xff, 0xff, 0x7f, 0x80]);
        let Some(RawValue::Framed(framed)) = raw_value(&mut reader) else {
            panic!("not framed");
        };
        assert_eq!(
            (framed.declared, framed.payload, framed.offset),
            (0x1f_ffff, &[0x80][..], 4)
        );
        assert!(!framed.is_whole());
        assert!(reader.is_empty());
    }

    #[test]
    fn a_text_quote_is_no_part_of_the_text() {
        let mut reader = Reader::new(&[0x7f, 0xc9, b'a', 0, 0x80]);
        assert_eq!(
            raw_value(&mut reader),
            Some(RawValue::Text(RawText {
                octets: &[0xc9, b'a'],
                offset: 1,
                quoted: true,
                terminated: true
            }))
        );
        assert_eq!(raw_value(&mut reader), Some(RawValue::Octet(0x80)));
        assert_eq!(raw_value(&mut reader), None);
    }

    proptest! {
        #[test]
        fn framing_always_advances_and_never_leaves_the_buffer(octets in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&octets);
            while !reader.is_empty() {
                let before = reader.remaining();
                prop_assert!(raw_value(&mut reader).is_some());
                prop_assert!(reader.remaining() < before);
            }
            prop_assert_eq!(raw_value(&mut reader), None);
        }
    }
}
