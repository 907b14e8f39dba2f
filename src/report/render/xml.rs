//! Text for XML and HTML.

use crate::model::text::shown;

/// The text as XML or HTML that shows it: nothing in it is markup, in content or in a quoted attribute, and nothing
/// in it is a character that XML 1.0 does not have.
pub fn escaped(text: &str) -> String {
    let text = shown(text);
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            escaped("<a b='\"&\">\u{0}\u{ffff}\n"),
            "&lt;a b=&#39;&quot;&amp;&quot;&gt;\\u{0}\u{fffd}\\n"
        );
    }
}
