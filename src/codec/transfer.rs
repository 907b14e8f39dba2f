//! Content transfer codings of MIME (RFC 2045 sections 6.7 and 6.8), decoded leniently.

use std::sync::LazyLock;

use data_encoding::{BASE64_NOPAD, Encoding, HEXLOWER_PERMISSIVE};

/// Base64; octets outside the alphabet are passed over, the first padding ends it (RFC 2045 section 6.8).
pub fn base64(text: &[u8]) -> Vec<u8> {
    let until_padding = text.iter().copied().take_while(|octet| *octet != b'=');
    let mut symbols: Vec<u8> = until_padding.filter(|octet| is_base64(*octet)).collect();
    // A last symbol alone has too few bits for an octet.
    symbols.truncate(symbols.len() - usize::from(symbols.len() % 4 == 1));
    let decoded = LENIENT.as_ref().map(|lenient| lenient.decode(&symbols));
    decoded.and_then(Result::ok).unwrap_or_default()
}

/// The alphabet of base64 without padding, whatever the bits behind the last octet are.
static LENIENT: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut base64 = BASE64_NOPAD.specification();
    base64.check_trailing_bits = false;
    base64.encoding().ok()
});

/// Whether an octet is of the alphabet of base64.
pub(super) const fn is_base64(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')
}

/// Quoted-printable (RFC 2045 section 6.7); an escape that is none is kept as it is.
pub fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        rest = match (first, behind) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => match hexadecimal_pair(*high, *low) {
                Some(octet) => {
                    decoded.push(octet);
                    after
                }
                None => {
                    decoded.push(first);
                    behind
                }
            },
            _ => {
                decoded.push(first);
                behind
            }
        };
    }
    decoded
}

/// The octet that two hexadecimal digits stand for.
pub fn hexadecimal_pair(high: u8, low: u8) -> Option<u8> {
    let mut octet = [0];
    let decoded = HEXLOWER_PERMISSIVE.decode_mut(&[high, low], &mut octet);
    decoded.ok().map(|_| octet[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_vectors_of_rfc_4648() {
        // RFC 4648 section 10.
        for (coded, plain) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9v\r\nYmFy", "foobar"),
            ("Zm9vYh==!", "foob"),
            ("Zm9vY", "foo"),
        ] {
            assert_eq!(base64(coded.as_bytes()), plain.as_bytes());
        }
    }

    #[test]
    fn quoted_printable_breaks_and_escapes() {
        assert_eq!(
            quoted_printable(b"Gr=C3=BC=\r\n=c3=9f=zz="),
            "Grüß=zz=".as_bytes()
        );
    }
}
