//! Content transfer codings of MIME (RFC 2045 sections 6.7 and 6.8), decoded leniently.

/// Base64; octets outside the alphabet are passed over, the first padding ends it (RFC 2045 section 6.8).
pub fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for sextet in text
        .iter()
        .take_while(|&&octet| octet != b'=')
        .filter_map(|&octet| sextet(octet))
    {
        bits = (bits << 6) | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push((bits >> count) as u8);
        }
    }
    decoded
}

fn sextet(octet: u8) -> Option<u8> {
    Some(match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
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
    let digit = |octet: u8| (octet as char).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
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
