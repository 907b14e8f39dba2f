//! Text in JSON: most of it needs no escape, and is looked at eight octets at a time and copied.

use std::borrow::Cow;

use super::page::{Json, Page};

/// Whether JSON has the text as it is, and a terminal may have it too.
fn is_plain(text: &str) -> bool {
    let octets = text.as_bytes();
    match octets.last_chunk() {
        // Eight at a time; the last eight overlap those before them.
        Some(last) => {
            let (chunks, _) = octets.as_chunks();
            chunks.iter().fold(odd(*last), |any, chunk| any | odd(*chunk)) == 0
        }
        None => octets
            .iter()
            .all(|octet| matches!(octet, b' '..=b'~') && !matches!(octet, b'"' | b'\\')),
    }
}

/// Not 0 if any of eight octets is a control character, a quotation mark, a backslash, or no ASCII: each of the four
/// sets the highest bit of the first such octet (Warren, "Hacker's Delight", section 6-1).
const fn odd(octets: [u8; 8]) -> u64 {
    const fn each(octet: u8) -> u64 {
        u64::from_ne_bytes([octet; 8])
    }
    const fn below(octets: u64, limit: u8) -> u64 {
        octets.wrapping_sub(each(limit)) & !octets
    }
    let octets = u64::from_ne_bytes(octets);
    let control = below(octets, b' ');
    let quotation_mark = below(octets ^ each(b'"'), 1);
    let backslash = below(octets ^ each(b'\\'), 1);
    let no_ascii = octets | octets.wrapping_add(each(1));
    (control | quotation_mark | backslash | no_ascii) & each(0x80)
}

impl Json for str {
    #[inline]
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        if is_plain(self) {
            page.plain(self.as_bytes());
        } else {
            page.by_library(self);
        }
    }
}

impl Json for String {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        self.as_str().put(page);
    }
}

impl Json for Cow<'_, str> {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        self.as_ref().put(page);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts in which each place of a chunk is odd once.
    #[test]
    fn what_is_not_plain_is_found_wherever_it_stands() {
        for length in 1..20 {
            assert!(is_plain(&"~".repeat(length)) && is_plain(&" ".repeat(length)));
            for at in 0..length {
                for odd in ['"', '\\', '\n', '\u{1f}', '\u{7f}', 'é', '日'] {
                    let mut text: Vec<char> = vec!['a'; length];
                    text[at] = odd;
                    assert!(!is_plain(&text.iter().collect::<String>()), "{text:?}");
                }
            }
        }
        assert!(is_plain(""));
    }

    proptest! {
        #[test]
        fn any_octet_is_plain_or_not_whatever_stands_around(octets: [u8; 8]) {
            let is_odd = |octet: &u8| !(0x20..0x7f).contains(octet) || matches!(octet, b'"' | b'\\');
            prop_assert_eq!(odd(octets) != 0, octets.iter().any(is_odd));
        }
    }
}
