//! Text for XML and HTML.

use crate::model::text::shown;

/// The text as XML or HTML that shows it: nothing in it is markup, in content or in a quoted attribute, and nothing
/// in it is a character that XML 1.0 does not have.
pub(crate) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(shown(text)).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            escaped("<a b='\"&\">\u{0}\u{ffff}\n"),
            "&lt;a b=&apos;&quot;&amp;&quot;&gt;\\u{0}\u{fffd}\\n"
        );
    }
}
