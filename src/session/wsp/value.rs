//! The octet forms that WSP headers are made of (WAP-230 section 8.4.1.2).

use thiserror::Error;

use crate::codec::{Reader, ShortRead};

/// Why octets are not the WSP they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WspError {
    /// They end too soon.
    #[error(transparent)]
    Short(#[from] ShortRead),
    /// They say something that the specification does not allow.
    #[error("{field} at offset {offset}: {problem}")]
    Invalid {
        /// What was being read.
        field: &'static str,
        /// Where it starts.
        offset: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// A header value as it lies there: its form alone tells where it ends, whatever header it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A Short-integer, 0 to 127.
    Short(u8),
    /// A text, without its quote octet and NUL.
    Text(&'a [u8]),
    /// Octets that a length announced.
    Long(&'a [u8]),
}

impl<'a> Value<'a> {
    /// Reads one value.
    pub fn read(reader: &mut Reader<'a>, field: &'static str) -> Result<Self, WspError> {
        Ok(match reader.peek() {
            Some(0x80..) => Self::Short(reader.u8(field)? & 0x7F),
            Some(0x20..) => Self::Text(text(reader, field)?),
            _ => {
                let length = value_length(reader, field)?;
                Self::Long(reader.take(field, length)?)
            }
        })
    }

    /// The value as an Integer-value.
    pub fn integer(self) -> Option<u64> {
        match self {
            Self::Short(value) => Some(u64::from(value)),
            Self::Long(octets) if octets.len() <= 8 => Some(
                octets
                    .iter()
                    .fold(0, |value, octet| value << 8 | u64::from(*octet)),
            ),
            _ => None,
        }
    }

    /// The octets, where it is a text.
    pub const fn as_text(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(octets) => Some(octets),
            _ => None,
        }
    }
}

/// A uintvar: at most five octets, 32 bits.
pub(in crate::session) fn uintvar(reader: &mut Reader<'_>, field: &'static str) -> Result<u32, WspError> {
    let offset = reader.offset();
    let mut value = 0u64;
    for _ in 0..5 {
        let octet = reader.u8(field)?;
        value = value << 7 | u64::from(octet & 0x7F);
        if octet & 0x80 == 0 {
            return u32::try_from(value).map_err(|_| too_long(field, offset));
        }
    }
    Err(too_long(field, offset))
}

fn too_long(field: &'static str, offset: usize) -> WspError {
    WspError::Invalid {
        field,
        offset,
        problem: "is a uintvar of more than 32 bits",
    }
}

/// A uintvar that counts octets.
pub(in crate::session) fn length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, WspError> {
    uintvar(reader, field).map(|value| usize::try_from(value).unwrap_or(usize::MAX))
}

/// A Value-length: an octet up to 30, or 31 and a uintvar.
pub(super) fn value_length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, WspError> {
    let offset = reader.offset();
    match reader.u8(field)? {
        short @ 0..=30 => Ok(usize::from(short)),
        31 => length(reader, field),
        _ => Err(WspError::Invalid {
            field,
            offset,
            problem: "is no value length",
        }),
    }
}

/// A Text-string: a quote octet (7F) before a first octet above 127 is not part of it.
pub(super) fn text<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], WspError> {
    let octets = reader.until_nul(field)?;
    Ok(octets.strip_prefix(&[0x7F]).unwrap_or(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uintvar_has_at_most_32_bits() {
        let read = |octets: &[u8]| uintvar(&mut Reader::new(octets), "x").ok();
        assert_eq!(read(&[0x87, 0xA5, 0x00]), Some(0x1_D280));
        assert_eq!(read(&[0x8F, 0xFF, 0xFF, 0xFF, 0x7F]), Some(u32::MAX));
        assert_eq!(read(&[0x9F, 0xFF, 0xFF, 0xFF, 0x7F]), None);
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), None);
    }

    #[test]
    fn the_first_octet_tells_the_form_of_a_value() {
        let read = |octets| Value::read(&mut Reader::new(octets), "x");
        assert_eq!(read(&[0xBE]), Ok(Value::Short(0x3E)));
        assert_eq!(read(b"abc\0d"), Ok(Value::Text(b"abc")));
        assert_eq!(read(b"\x7f\xE4\0"), Ok(Value::Text(b"\xE4")));
        assert_eq!(read(&[2, 0x12, 0x34, 9]), Ok(Value::Long(&[0x12, 0x34])));
        assert_eq!(read(&[31, 1, 0x12, 9]), Ok(Value::Long(&[0x12])));
        assert!(read(&[5, 1]).is_err());
        assert_eq!(Value::Long(&[0x12, 0x34]).integer(), Some(0x1234));
    }
}
