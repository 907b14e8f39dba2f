//! A cursor over octets that cannot read past its end and names what it was reading when it stopped.

use memchr::memchr;
use thiserror::Error;

/// Fewer octets than a value needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{field} at offset {offset} needs {needed} octets, {available} left")]
pub struct ShortRead {
    /// What was being read.
    pub field: &'static str,
    /// Where it starts, in octets from the start of the whole buffer.
    pub offset: usize,
    /// How many octets it needs.
    pub needed: usize,
    /// How many are left.
    pub available: usize,
}

/// A cursor over a byte slice. Numbers are big-endian unless the name says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            base: 0,
        }
    }

    /// A reader over a piece of a larger buffer: offsets are reported from that buffer's start, `base` octets
    /// before this piece.
    pub const fn with_base(bytes: &'a [u8], base: usize) -> Self {
        Self {
            bytes,
            position: 0,
            base,
        }
    }

    /// Offset of the next octet from the start of the whole buffer.
    pub const fn offset(&self) -> usize {
        self.base + self.position
    }

    /// The octets not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// How many octets are left.
    pub const fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// The next octet, not consumed.
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// The next `count` octets.
    pub fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], ShortRead> {
        let end = self.position.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.position..end)) {
            Some(taken) => {
                self.position += count;
                Ok(taken)
            }
            None => Err(ShortRead {
                field,
                offset: self.offset(),
                needed: count,
                available: self.remaining(),
            }),
        }
    }

    /// Passes over `count` octets.
    pub fn skip(&mut self, field: &'static str, count: usize) -> Result<(), ShortRead> {
        self.take(field, count).map(|_| ())
    }

    /// The next `count` octets, or as many as are left.
    pub fn take_up_to(&mut self, count: usize) -> &'a [u8] {
        let count = count.min(self.remaining());
        self.take("", count).unwrap_or_default()
    }

    /// A reader over the next `count` octets that reports offsets of the whole buffer.
    pub fn sub(&mut self, field: &'static str, count: usize) -> Result<Reader<'a>, ShortRead> {
        let base = self.offset();
        Ok(Reader::with_base(self.take(field, count)?, base))
    }

    /// One octet.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, ShortRead> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    /// Two octets, big-endian.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, ShortRead> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Four octets, big-endian.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, ShortRead> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// `N` octets.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ShortRead> {
        let taken = self.take(field, N)?;
        taken.try_into().map_err(|_| ShortRead {
            field,
            offset: self.offset(),
            needed: N,
            available: 0,
        })
    }

    /// The octets before the next NUL; the NUL is consumed too. An error when there is no NUL.
    pub fn until_nul(&mut self, field: &'static str) -> Result<&'a [u8], ShortRead> {
        match memchr(0, self.rest()) {
            Some(length) => {
                let text = self.take(field, length)?;
                self.skip(field, 1)?;
                Ok(text)
            }
            None => Err(ShortRead {
                field,
                offset: self.offset(),
                needed: self.remaining().saturating_add(1),
                available: self.remaining(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_reports_offsets_of_the_whole_buffer() {
        let mut reader = Reader::with_base(&[1, 2, 3, b'a', 0, 9], 100);
        assert_eq!(reader.u8("one"), Ok(1));
        assert_eq!(reader.u16("two"), Ok(0x0203));
        assert_eq!(reader.until_nul("text"), Ok(&b"a"[..]));
        assert_eq!(
            reader.u32("four"),
            Err(ShortRead {
                field: "four",
                offset: 105,
                needed: 4,
                available: 1
            })
        );
        assert_eq!(reader.rest(), &[9]);
    }

    #[test]
    fn a_length_near_the_maximum_does_not_overflow() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(reader.u8("x"), Ok(1));
        assert!(reader.take("huge", usize::MAX).is_err());
        assert_eq!(reader.take_up_to(usize::MAX), &[2]);
    }
}
