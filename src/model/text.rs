//! Text from a capture is untrusted wherever it is shown.

use std::borrow::Cow;

/// The text as one line that is safe on a terminal or in a log: control characters (C0, C1, DEL), line and
/// paragraph separators, bidirectional overrides and isolates, and other invisible format characters that
/// could disguise the text, are written as `\u{..}`; `\n`, `\r` and `\t` by their usual escapes.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_dangerous(c) {
            safe.extend(c.escape_default())
        } else {
            safe.push(c)
        }
    }
    Cow::Owned(safe)
}

/// Whether a character can move the cursor, change the direction of text, or hide.
pub fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(shown("Grüße 😀 مرحبا"), Cow::Borrowed(_)));
    }

    #[test]
    fn escapes_what_could_reach_a_terminal() {
        assert_eq!(
            shown("a\x1b[31mb\r\n\u{202e}c\u{9b}"),
            r"a\u{1b}[31mb\r\n\u{202e}c\u{9b}"
        );
    }
}
