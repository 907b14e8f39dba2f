//! The 7-bit default alphabet (TS 23.038 section 6.2.1), as far as names of senders need it.

/// The basic character set by code; the escape to the extension table shows as a space.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The text in `septets` packed septets.
pub(super) fn unpack(octets: &[u8], septets: usize) -> String {
    let bit = |index: usize| {
        let octet = octets.get(index / 8).copied().unwrap_or_default();
        octet >> (index % 8) & 1
    };
    let septet = |index: usize| {
        let first = index.saturating_mul(7);
        (0..7).fold(0u8, |value, offset| {
            value | bit(first.saturating_add(offset)) << offset
        })
    };
    (0..septets)
        .filter_map(|index| ALPHABET.chars().nth(usize::from(septet(index))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_128_characters_in_their_places() {
        assert_eq!(ALPHABET.chars().count(), 128);
        for (code, character) in [
            (0x00, '@'),
            (0x1B, ' '),
            (0x20, ' '),
            (0x41, 'A'),
            (0x5B, 'Ä'),
            (0x7F, 'à'),
        ] {
            assert_eq!(ALPHABET.chars().nth(code), Some(character));
        }
        assert_eq!(unpack(&[0xE8, 0x32, 0x9B, 0xFD, 0x06], 5), "hello");
    }
}
