//! Base64 (RFC 4648 section 4), for content inside the page.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The octets in Base64.
pub(super) fn base64(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for group in octets.chunks(3) {
        let octet = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 0x3f;
            let letter = ALPHABET.get(sextet as usize).map(|letter| char::from(*letter));
            text.push(if place <= group.len() {
                letter.unwrap_or('=')
            } else {
                '='
            });
        }
    }
    text
}

/// The octets that a text in Base64 stands for.
#[cfg(test)]
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let sextets: Vec<u32> = text
        .bytes()
        .filter_map(|letter| ALPHABET.iter().position(|each| *each == letter))
        .map(|sextet| sextet as u32)
        .collect();
    let mut octets = Vec::new();
    for group in sextets.chunks(4) {
        let bits = group
            .iter()
            .enumerate()
            .fold(0, |bits, (at, sextet)| bits | sextet << (18 - 6 * at));
        octets.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn test_vectors_of_rfc_4648_section_10() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(octets.as_bytes()), text);
        }
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(octets: Vec<u8>) {
            prop_assert_eq!(decoded(&base64(&octets)), octets);
        }
    }
}
