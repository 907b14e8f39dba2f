//! The characters of an XML document (XML 1.0 section 4.3.3 and appendix F): what its own first octets say of its
//! encoding goes before what the bearer says.

use crate::codec::charset::{self, Charset, Decoding};

/// Octets at the start of a document in which its declaration is looked for.
const DECLARATION_OCTETS: usize = 256;

/// The document as text, where the bearer says `charset` of it.
pub(super) fn text<'a>(octets: &'a [u8], charset: Option<&str>) -> Decoding<'a> {
    let declared = declared_encoding(octets);
    let named = declared.or(charset.filter(|name| may_be(octets, name)));
    match octets {
        [0xef, 0xbb, 0xbf, ..] => charset::decode(octets, Some(Charset::UTF_8)),
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => charset::decode(octets, Some(Charset::UTF_16)),
        [0, b'<', ..] => charset::decode_named(octets, "utf-16be"),
        [b'<', 0, ..] => charset::decode_named(octets, "utf-16le"),
        _ => match named {
            Some(name) => charset::decode_named(octets, name),
            None => unnamed(octets),
        },
    }
}

/// UTF-8, which is the default, or what a sender writes who forgot to say so.
fn unnamed(octets: &[u8]) -> Decoding<'_> {
    match std::str::from_utf8(octets) {
        Ok(text) => Decoding {
            text: text.into(),
            fault: None,
        },
        Err(_) => charset::decode(octets, None),
    }
}

/// The encoding that the XML declaration names, where octets in which it could be read can be of that encoding.
fn declared_encoding(octets: &[u8]) -> Option<&str> {
    let start = octets.get(..DECLARATION_OCTETS.min(octets.len()))?;
    let start = start.trim_ascii_start();
    let end = memchr::memmem::find(start, b"?>")?;
    let declaration = std::str::from_utf8(start.get(..end)?).ok()?;
    let (_, behind) = declaration.strip_prefix("<?xml")?.split_once("encoding")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let name = value.strip_prefix(quote)?.split(quote).next()?;
    may_be(octets, name).then_some(name)
}

/// Whether octets can be of an encoding: what holds a tag in single octets is none of wide characters.
fn may_be(octets: &[u8], name: &str) -> bool {
    let wide = Charset::from_name(name).is_some_and(Charset::is_wide);
    let narrow = octets.trim_ascii_start().first() == Some(&b'<') && octets.get(1) != Some(&0);
    let fits = !(wide && narrow);
    fits && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8], charset: Option<&str>) -> String {
        text(octets, charset).text.into_owned()
    }

    #[test]
    fn the_documents_own_word_goes_before_the_bearers() {
        let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>";
        assert!(read(declared, Some("utf-8")).ends_with("<a>ä</a>"));
        let silent = b"<a>\xe4</a>";
        assert_eq!(read(silent, Some("iso-8859-1")), "<a>ä</a>");
        assert_eq!(read(silent, None), "<a>ä</a>");
        assert_eq!(read("<a>ä</a>".as_bytes(), None), "<a>ä</a>");
        assert_eq!(text(b"<a>\xff</a>", Some("utf-8")).text, "<a>\u{fffd}</a>");
    }

    #[test]
    fn wide_characters_are_known_by_their_octets() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>ä😀</a>";
        let big: Vec<u8> = document.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = document.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&[0xfe, 0xff], &big[..]].concat();
        for octets in [big, little, marked] {
            assert_eq!(read(&octets, Some("utf-8")), document, "{octets:x?}");
        }
        // Written anew as UTF-8 by somebody on the way, who left the declaration.
        assert_eq!(read(document.as_bytes(), None), document);
        assert_eq!(read(document.as_bytes(), Some("utf-16")), document);
    }
}
