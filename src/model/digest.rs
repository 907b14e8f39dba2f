//! The digest that a content is known by.

use std::fmt;

/// A SHA-256. It prints as 64 hexadecimal digits, of which a precision leaves the first: `{digest:.12}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What has this number in place of a digest: no content that anybody could have has it.
    pub fn numbered(number: u64) -> Self {
        let mut octets = [0; 32];
        if let Some(last) = octets.last_chunk_mut() {
            *last = number.to_be_bytes();
        }
        Self(octets)
    }

    /// The digest of these digits.
    pub fn read(text: &str) -> Option<Self> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let mut octets = pairs.iter().map(|pair| octet(*pair));
        let mut digest = [0; 32];
        for place in &mut digest {
            *place = octets.next()??;
        }
        octets.next().is_none().then_some(Self(digest))
    }

    /// Its digits: ASCII.
    pub const fn digits(&self) -> [u8; 64] {
        let mut digits = [0; 64];
        let (mut pairs, mut octets) = (digits.as_mut_slice(), self.0.as_slice());
        while let ([high, low, rest @ ..], [octet, others @ ..]) = (pairs, octets) {
            *high = digit(*octet >> 4);
            *low = digit(*octet & 0x0f);
            (pairs, octets) = (rest, others);
        }
        digits
    }
}

const fn digit(value: u8) -> u8 {
    match value {
        0..10 => b'0' + value,
        _ => b'a' - 10 + value,
    }
}

fn octet(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_two_digits_an_octet() {
        let mut digest = Digest([0; 32]);
        digest.0[..4].copy_from_slice(&[0x00, 0x0f, 0xa0, 0xff]);
        let text = digest.to_string();
        assert_eq!(text, format!("000fa0ff{}", "0".repeat(56)));
        assert_eq!(format!("{digest:.12}"), "000fa0ff0000");
        assert_eq!(Digest::read(&text), Some(digest));
    }

    #[test]
    fn a_number_stands_at_its_end() {
        assert_eq!(Digest::numbered(0x1a2).to_string(), format!("{:064x}", 0x1a2));
    }

    #[test]
    fn reads_64_hexadecimal_digits_and_nothing_else() {
        assert!(Digest::read(&"aB".repeat(32)).is_some());
        for text in [
            "",
            "ab",
            &"a".repeat(63),
            &"a".repeat(65),
            &"a".repeat(66),
            &"+a".repeat(32),
            &"é".repeat(32),
        ] {
            assert_eq!(Digest::read(text), None, "{text}");
        }
    }
}
