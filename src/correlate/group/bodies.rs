//! Bodies compared: whether one can be what an MMSC or a mail server makes of the other.

use std::borrow::Cow;

use crate::correlate::store::contents::Content;

/// By which part of its size a text grows or shrinks at most where an MMSC rewrites its line ends.
const REWRITTEN: u64 = 4;

/// The only text of a body that is all there.
pub(crate) struct Text<'a> {
    pub(crate) digest: u64,
    pub(crate) size: u64,
    pub(crate) charset: Option<Cow<'a, str>>,
}

impl Text<'_> {
    /// Whether no rewriting of line ends and charsets makes one of the other.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        let (short, long) = (self.size.min(other.size), self.size.max(other.size));
        let is_rewritten = short < long && (long - short) * REWRITTEN <= long;
        let charset = |text: &Self| text.charset.as_ref().map(|charset| charset.to_ascii_lowercase());
        self.digest != other.digest && charset(self) == charset(other) && !is_rewritten
    }
}

/// Whether one body cannot be the other, nor what an MMSC or a mail server makes of it.
pub(crate) fn are_other_contents(one: &Content, other: &Content) -> bool {
    let differ = |one: Option<u64>, other: Option<u64>| one.zip(other).map(|(one, other)| one != other);
    let texts = only_text(one).zip(only_text(other));
    differ(one.digest, other.digest) == Some(true)
        && differ(one.media, other.media) != Some(false)
        && texts.is_none_or(|(one, other)| one.contradicts(&other))
}

/// The only text of a body.
pub(crate) fn only_text(content: &Content) -> Option<Text<'_>> {
    let mut texts = content
        .parts
        .iter()
        .filter(|part| part.content_type.starts_with("text/"));
    let only = texts.next().filter(|_| texts.next().is_none())?;
    Some(Text {
        digest: only.comparable,
        size: only.size,
        charset: only.charset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_charsets_make_no_other_text() {
        let text = |digest, size, charset: &'static str| Text {
            digest,
            size,
            charset: Some(charset.into()),
        };
        assert!(!text(1, 16, "utf-8").contradicts(&text(2, 17, "UTF-8")));
        assert!(!text(1, 16, "utf-8").contradicts(&text(2, 16, "utf-16")));
        assert!(text(1, 16, "utf-8").contradicts(&text(2, 16, "utf-8")));
        assert!(text(1, 16, "utf-8").contradicts(&text(2, 27, "utf-8")));
    }
}
