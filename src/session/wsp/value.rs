//! The octet forms that WSP headers are made of (WAP-230 section 8.4.1.2).

use thiserror::Error;

use crate::codec::wsp::{ValueError, big_endian};
use crate::codec::{Reader, ShortRead};

pub(crate) use crate::codec::wsp::uintvar;

/// Why octets are not the WSP they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WspError {
    /// They end too soon.
    #[error(transparent)]
    Short(ShortRead),
    /// A length or number that is none.
    #[error(transparent)]
    Value(ValueError),
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

impl From<ShortRead> for WspError {
    fn from(short: ShortRead) -> Self {
        Self::Short(short)
    }
}

impl From<ValueError> for WspError {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::Short(short) => Self::Short(short),
            other => Self::Value(other),
        }
    }
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
            Self::Long(octets) => big_endian(octets),
            Self::Text(_) => None,
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

/// A uintvar that counts octets.
pub(crate) fn length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, WspError> {
    Ok(octets(uintvar(reader, field)?))
}

/// A Value-length: an octet up to 30, or 31 and a uintvar.
pub(super) fn value_length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, WspError> {
    Ok(octets(crate::codec::wsp::value_length(reader, field)?))
}

fn octets(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
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
