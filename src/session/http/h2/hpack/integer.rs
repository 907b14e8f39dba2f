//! Integers and strings (RFC 7541 section 5).

use std::borrow::Cow;

use httlib_huffman::DecoderSpeed;

use crate::codec::Reader;

/// What is wrong with octets that are no header block.
pub(crate) type Malformed = &'static str;

/// Octets that continue an integer, at most: more than 28 bits is no length or index that anybody uses.
const CONTINUATIONS: usize = 4;

/// Reads an integer whose first octet has so many bits for it, of which the others were read.
pub(super) fn integer(reader: &mut Reader<'_>, bits: u32) -> Result<usize, Malformed> {
    let octet = |reader: &mut Reader<'_>| reader.u8("integer").map_err(|_| "an integer is cut short");
    let mask = u8::MAX.checked_shr(8_u32.saturating_sub(bits)).unwrap_or(u8::MAX);
    let first = octet(reader)? & mask;
    let mut value = usize::from(first);
    if first < mask {
        return Ok(value);
    }
    for shift in (0..).step_by(7).take(CONTINUATIONS) {
        let next = octet(reader)?;
        value = value.saturating_add(usize::from(next & 0x7f) << shift);
        if next & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("an integer is too large")
}

/// Reads a string, coded by Huffman or not.
pub(super) fn string<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, Malformed> {
    let is_coded = reader.peek().is_some_and(|octet| octet & 0x80 != 0);
    let length = integer(reader, 7)?;
    let octets = reader
        .take("string", length)
        .map_err(|_| "a string is cut short")?;
    if !is_coded {
        return Ok(Cow::Borrowed(octets));
    }
    // The shortest code has five bits.
    let mut decoded = Vec::with_capacity(octets.len().saturating_mul(8) / 5);
    match httlib_huffman::decode(octets, &mut decoded, DecoderSpeed::FourBits) {
        Ok(()) => Ok(Cow::Owned(decoded)),
        Err(_) => Err("a string is not coded by Huffman as it says"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541 sections C.1.1 to C.1.3.
    #[test]
    fn the_examples_of_integers() {
        for (octets, bits, value) in [
            (&[0b1110_1010_u8][..], 5, 10),
            (&[0b0001_1111, 0b1001_1010, 0b0000_1010], 5, 1337),
            (&[0b0010_1010], 8, 42),
        ] {
            let mut reader = Reader::new(octets);
            assert_eq!(integer(&mut reader, bits), Ok(value));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn integers_without_end() {
        assert!(integer(&mut Reader::new(&[0x1f; 1]), 5).is_err());
        assert!(integer(&mut Reader::new(&[0xff; 9]), 5).is_err());
        let largest = [0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(integer(&mut Reader::new(&largest), 8), Ok(255 + 0xfff_ffff));
    }

    /// RFC 7541 sections C.4.1 (coded) and C.3.1 (as it is).
    #[test]
    fn the_examples_of_strings() {
        let coded = b"\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
        assert_eq!(string(&mut Reader::new(coded)).unwrap(), &b"www.example.com"[..]);
        let plain = b"\x0fwww.example.com";
        assert_eq!(string(&mut Reader::new(plain)).unwrap(), &b"www.example.com"[..]);
        assert!(string(&mut Reader::new(b"\x05abc")).is_err());
    }
}
