//! Character sets by their IANA MIBenum, as Encoded-string-value and the charset parameter carry them
//! (OMA-TS-MMS_ENC section 7.3.21, IANA character-sets registry), and text from octets without ever losing any.

use std::{borrow::Cow, fmt};

use encoding_rs as rs;
use memchr::memchr_iter;

use super::utf7;

/// A character set by its MIBenum; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Charset(pub u64);

/// How octets become characters.
#[derive(Clone, Copy)]
enum Coding {
    /// One of the WHATWG encodings.
    Known(&'static rs::Encoding),
    /// US-ASCII, or not said.
    Ascii,
    /// UTF-7 (RFC 2152).
    Utf7,
    /// Two octets a unit, big-endian unless a byte order mark says otherwise; surrogates allowed.
    Utf16 { little_endian: bool },
    /// Four octets a character, big-endian unless a byte order mark says otherwise.
    Utf32 { little_endian: bool },
    /// Known by name only.
    Undecoded,
}

/// What was wrong with a text's character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharsetFault {
    /// No character set was given, and there are octets above 127; they were read as UTF-8.
    UndeclaredUtf8,
    /// No character set was given, and there are octets above 127 that are no UTF-8; they were read as
    /// windows-1252.
    UndeclaredOther,
    /// Some octets are not valid in the character set given.
    Invalid,
    /// The character set given is not known, or no decoder for it is here.
    Unknown,
}

impl CharsetFault {
    /// Whether characters may stand in the text that were not meant.
    pub const fn is_lossy(self) -> bool {
        !matches!(self, Self::UndeclaredUtf8)
    }
}

/// A text with what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoding<'a> {
    /// The best that could be made of the octets.
    pub text: Cow<'a, str>,
    /// What was wrong.
    pub fault: Option<CharsetFault>,
}

/// MIBenum, IANA's preferred name in lower case, coding. IANA's ISO-8859-1 and -9, TIS-620 and GB2312 are read as
/// the supersets that are used under their names (WHATWG Encoding, section 4.2).
const TABLE: &[(u64, &str, Coding)] = &[
    (0, "any", Coding::Ascii),
    (3, "us-ascii", Coding::Ascii),
    (4, "iso-8859-1", Coding::Known(rs::WINDOWS_1252)),
    (5, "iso-8859-2", Coding::Known(rs::ISO_8859_2)),
    (6, "iso-8859-3", Coding::Known(rs::ISO_8859_3)),
    (7, "iso-8859-4", Coding::Known(rs::ISO_8859_4)),
    (8, "iso-8859-5", Coding::Known(rs::ISO_8859_5)),
    (9, "iso-8859-6", Coding::Known(rs::ISO_8859_6)),
    (10, "iso-8859-7", Coding::Known(rs::ISO_8859_7)),
    (11, "iso-8859-8", Coding::Known(rs::ISO_8859_8)),
    (12, "iso-8859-9", Coding::Known(rs::WINDOWS_1254)),
    (13, "iso-8859-10", Coding::Known(rs::ISO_8859_10)),
    (15, "jis_x0201", Coding::Known(rs::SHIFT_JIS)),
    (17, "shift_jis", Coding::Known(rs::SHIFT_JIS)),
    (18, "euc-jp", Coding::Known(rs::EUC_JP)),
    (36, "ks_c_5601-1987", Coding::Known(rs::EUC_KR)),
    (37, "iso-2022-kr", Coding::Undecoded),
    (38, "euc-kr", Coding::Known(rs::EUC_KR)),
    (39, "iso-2022-jp", Coding::Known(rs::ISO_2022_JP)),
    (40, "iso-2022-jp-2", Coding::Known(rs::ISO_2022_JP)),
    (57, "gb_2312-80", Coding::Known(rs::GBK)),
    (81, "iso-8859-6-e", Coding::Known(rs::ISO_8859_6)),
    (82, "iso-8859-6-i", Coding::Known(rs::ISO_8859_6)),
    (84, "iso-8859-8-e", Coding::Known(rs::ISO_8859_8)),
    (85, "iso-8859-8-i", Coding::Known(rs::ISO_8859_8_I)),
    (104, "iso-2022-cn", Coding::Undecoded),
    (105, "iso-2022-cn-ext", Coding::Undecoded),
    (106, "utf-8", Coding::Known(rs::UTF_8)),
    (109, "iso-8859-13", Coding::Known(rs::ISO_8859_13)),
    (110, "iso-8859-14", Coding::Known(rs::ISO_8859_14)),
    (111, "iso-8859-15", Coding::Known(rs::ISO_8859_15)),
    (112, "iso-8859-16", Coding::Known(rs::ISO_8859_16)),
    (113, "gbk", Coding::Known(rs::GBK)),
    (114, "gb18030", Coding::Known(rs::GB18030)),
    (1000, "iso-10646-ucs-2", Coding::Utf16 { little_endian: false }),
    (1001, "iso-10646-ucs-4", Coding::Utf32 { little_endian: false }),
    (1012, "utf-7", Coding::Utf7),
    (1013, "utf-16be", Coding::Utf16 { little_endian: false }),
    (1014, "utf-16le", Coding::Utf16 { little_endian: true }),
    (1015, "utf-16", Coding::Utf16 { little_endian: false }),
    (1017, "utf-32", Coding::Utf32 { little_endian: false }),
    (1018, "utf-32be", Coding::Utf32 { little_endian: false }),
    (1019, "utf-32le", Coding::Utf32 { little_endian: true }),
    (2009, "ibm850", Coding::Undecoded),
    (2011, "ibm437", Coding::Undecoded),
    (2024, "windows-31j", Coding::Known(rs::SHIFT_JIS)),
    (2025, "gb2312", Coding::Known(rs::GBK)),
    (2026, "big5", Coding::Known(rs::BIG5)),
    (2027, "macintosh", Coding::Known(rs::MACINTOSH)),
    (2082, "viscii", Coding::Undecoded),
    (2084, "koi8-r", Coding::Known(rs::KOI8_R)),
    (2085, "hz-gb-2312", Coding::Undecoded),
    (2086, "ibm866", Coding::Known(rs::IBM866)),
    (2088, "koi8-u", Coding::Known(rs::KOI8_U)),
    (2101, "big5-hkscs", Coding::Known(rs::BIG5)),
    (2109, "windows-874", Coding::Known(rs::WINDOWS_874)),
    (2250, "windows-1250", Coding::Known(rs::WINDOWS_1250)),
    (2251, "windows-1251", Coding::Known(rs::WINDOWS_1251)),
    (2252, "windows-1252", Coding::Known(rs::WINDOWS_1252)),
    (2253, "windows-1253", Coding::Known(rs::WINDOWS_1253)),
    (2254, "windows-1254", Coding::Known(rs::WINDOWS_1254)),
    (2255, "windows-1255", Coding::Known(rs::WINDOWS_1255)),
    (2256, "windows-1256", Coding::Known(rs::WINDOWS_1256)),
    (2257, "windows-1257", Coding::Known(rs::WINDOWS_1257)),
    (2258, "windows-1258", Coding::Known(rs::WINDOWS_1258)),
    (2259, "tis-620", Coding::Known(rs::WINDOWS_874)),
];

impl Charset {
    /// US-ASCII.
    pub const US_ASCII: Self = Self(3);
    /// UTF-8.
    pub const UTF_8: Self = Self(106);
    /// UCS-2.
    pub const UCS_2: Self = Self(1000);
    /// UTF-16.
    pub const UTF_16: Self = Self(1015);

    /// Every character set with a name here, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(number, ..)| Self(*number))
    }

    /// IANA's preferred name in lower case; none for an unknown number.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|(_, name, _)| *name)
    }

    /// The character set of a name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|(_, known, _)| known.eq_ignore_ascii_case(name))
            .map(|(number, ..)| Self(*number))
    }

    /// Whether a character may contain an octet 00, so that a NUL ends no text.
    pub fn is_wide(self) -> bool {
        matches!(self.coding(), Some(Coding::Utf16 { .. } | Coding::Utf32 { .. }))
    }

    fn row(self) -> Option<&'static (u64, &'static str, Coding)> {
        let place = TABLE.binary_search_by_key(&self.0, |(number, ..)| *number).ok()?;
        TABLE.get(place)
    }

    fn coding(self) -> Option<Coding> {
        self.row().map(|(_, _, coding)| *coding)
    }
}

/// The name; `mibenum-N` for an unknown number.
impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "mibenum-{}", self.0),
        }
    }
}

/// Text from octets. Without a character set: US-ASCII, else UTF-8, else windows-1252.
pub fn decode(octets: &[u8], charset: Option<Charset>) -> Decoding<'_> {
    let Some(charset) = charset.filter(|charset| charset.0 != 0) else {
        return undeclared(octets);
    };
    match charset.coding() {
        Some(Coding::Known(encoding)) => known(octets, encoding),
        Some(Coding::Ascii) if octets.is_ascii() => undeclared(octets),
        Some(Coding::Ascii) => fallback(octets, CharsetFault::Invalid),
        Some(Coding::Utf7) => utf7(octets),
        Some(Coding::Utf16 { little_endian }) => utf16(octets, little_endian),
        Some(Coding::Utf32 { little_endian }) => utf32(octets, little_endian),
        Some(Coding::Undecoded) | None => fallback(octets, CharsetFault::Unknown),
    }
}

/// Text in an encoding given by a name such as MIME and HTTP use (WHATWG Encoding, section 4.2).
pub fn decode_named<'a>(octets: &'a [u8], name: &str) -> Decoding<'a> {
    match (Charset::from_name(name), rs::Encoding::for_label(name.as_bytes())) {
        (Some(charset), _) => decode(octets, Some(charset)),
        (None, Some(encoding)) => known(octets, encoding),
        (None, None) => fallback(octets, CharsetFault::Unknown),
    }
}

fn undeclared(octets: &[u8]) -> Decoding<'_> {
    match std::str::from_utf8(octets) {
        Ok(text) => Decoding {
            text: Cow::Borrowed(text),
            fault: (!text.is_ascii()).then_some(CharsetFault::UndeclaredUtf8),
        },
        Err(_) => windows_1252(octets, CharsetFault::UndeclaredOther),
    }
}

fn fallback(octets: &[u8], fault: CharsetFault) -> Decoding<'_> {
    match std::str::from_utf8(octets) {
        Ok(text) => Decoding {
            text: Cow::Borrowed(text),
            fault: Some(fault),
        },
        Err(_) => windows_1252(octets, fault),
    }
}

fn windows_1252(octets: &[u8], fault: CharsetFault) -> Decoding<'_> {
    let (text, _) = rs::WINDOWS_1252.decode_without_bom_handling(octets);
    Decoding {
        text,
        fault: Some(fault),
    }
}

fn known<'a>(octets: &'a [u8], encoding: &'static rs::Encoding) -> Decoding<'a> {
    let (text, invalid) = encoding.decode_with_bom_removal(octets);
    Decoding {
        text,
        fault: invalid.then_some(CharsetFault::Invalid),
    }
}

fn utf7(octets: &[u8]) -> Decoding<'_> {
    let (text, valid) = utf7::decode(octets);
    Decoding {
        text: Cow::Owned(text),
        fault: (!valid).then_some(CharsetFault::Invalid),
    }
}

/// UTF-16 (RFC 2781): a byte order mark decides, then what the name says, then big-endian.
fn utf16(octets: &[u8], little_endian: bool) -> Decoding<'_> {
    let octets = without_terminator(octets, 2);
    let (octets, little_endian) = match octets {
        [0xfe, 0xff, rest @ ..] => (rest, false),
        [0xff, 0xfe, rest @ ..] => (rest, true),
        _ => (octets, little_endian),
    };
    let pairs = octets.chunks_exact(2);
    let mut invalid = !pairs.remainder().is_empty();
    let units = pairs
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(|pair| match little_endian {
            true => u16::from_le_bytes(pair),
            false => u16::from_be_bytes(pair),
        });
    let text: String = char::decode_utf16(units)
        .map(|character| character.unwrap_or_else(|_| replacement(&mut invalid)))
        .collect();
    Decoding {
        text: Cow::Owned(text),
        fault: invalid.then_some(CharsetFault::Invalid),
    }
}

fn utf32(octets: &[u8], little_endian: bool) -> Decoding<'_> {
    let octets = without_terminator(octets, 4);
    let (octets, little_endian) = match octets {
        [0, 0, 0xfe, 0xff, rest @ ..] => (rest, false),
        [0xff, 0xfe, 0, 0, rest @ ..] => (rest, true),
        _ => (octets, little_endian),
    };
    let quads = octets.chunks_exact(4);
    let mut invalid = !quads.remainder().is_empty();
    let scalars = quads
        .filter_map(|quad| <[u8; 4]>::try_from(quad).ok())
        .map(|quad| match little_endian {
            true => u32::from_le_bytes(quad),
            false => u32::from_be_bytes(quad),
        });
    let text: String = scalars
        .map(|scalar| char::from_u32(scalar).unwrap_or_else(|| replacement(&mut invalid)))
        .collect();
    Decoding {
        text: Cow::Owned(text),
        fault: invalid.then_some(CharsetFault::Invalid),
    }
}

fn replacement(invalid: &mut bool) -> char {
    *invalid = true;
    char::REPLACEMENT_CHARACTER
}

/// A wide text without what ends it: one NUL octet, a whole NUL character, or nothing.
fn without_terminator(octets: &[u8], width: usize) -> &[u8] {
    let octets = match octets.split_last() {
        Some((0, rest)) if rest.len() % width == 0 => rest,
        _ => octets,
    };
    let whole = octets.len().saturating_sub(width);
    match octets.split_at_checked(whole) {
        Some((text, end)) if octets.len() % width == 0 && end.iter().all(|&octet| octet == 0) => text,
        _ => octets,
    }
}

/// The longest encoded word that is looked for, in octets. RFC 2047 section 2 allows 75; some senders write
/// a whole subject as one.
const MAX_ENCODED_WORD: usize = 1024;

/// The text with its RFC 2047 encoded words decoded; none when it has no such word.
pub fn decode_encoded_words(text: &str) -> Option<String> {
    // Nearly always the case, and told without a copy.
    let octets = text.as_bytes();
    if !memchr_iter(b'=', octets).any(|at| octets.get(at.saturating_add(1)) == Some(&b'?')) {
        return None;
    }
    let mut words = Words {
        text: String::with_capacity(text.len()),
        ..Words::default()
    };
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from_word) = rest.split_at_checked(start)?;
        let is_between = words.any && before.chars().all(char::is_whitespace);
        match encoded_word(from_word) {
            Some((charset, octets, after)) => {
                if !is_between {
                    words.plain(before);
                }
                words.encoded(charset, &octets);
                rest = after;
            }
            None => {
                let (marker, after) = from_word.split_at_checked(2)?;
                words.plain(before);
                words.plain(marker);
                rest = after;
            }
        }
    }
    words.plain(rest);
    words.any.then_some(words.text)
}

/// Text as it is put together from encoded words. Those that follow one another in one charset are decoded together: some
/// senders cut words within a character, against RFC 2047 section 5.
#[derive(Default)]
struct Words<'a> {
    text: String,
    charset: &'a str,
    octets: Vec<u8>,
    any: bool,
}

impl<'a> Words<'a> {
    fn plain(&mut self, text: &str) {
        self.flush();
        self.text.push_str(text);
    }

    fn encoded(&mut self, charset: &'a str, octets: &[u8]) {
        self.any = true;
        if !self.charset.eq_ignore_ascii_case(charset) {
            self.flush();
            self.charset = charset;
        }
        self.octets.extend_from_slice(octets);
    }

    fn flush(&mut self) {
        let octets = std::mem::take(&mut self.octets);
        if !octets.is_empty() {
            self.text.push_str(&decode_named(&octets, self.charset).text);
        }
    }
}

/// The charset and the octets of the encoded word at the start of a text, and what follows it.
fn encoded_word(text: &str) -> Option<(&str, Vec<u8>, &str)> {
    let window = text.get(..text.floor_char_boundary(MAX_ENCODED_WORD))?;
    let (charset, rest) = window.strip_prefix("=?")?.split_once('?')?;
    let (coding, rest) = rest.split_once('?')?;
    let (payload, _) = rest.split_once("?=")?;
    if charset.is_empty()
        || [charset, payload]
            .iter()
            .any(|field| field.contains(char::is_whitespace))
    {
        return None;
    }
    let after = text.get(charset.len() + coding.len() + payload.len() + "=????=".len()..)?;
    let octets = match coding {
        "B" | "b" => super::transfer::base64(payload.as_bytes()),
        "Q" | "q" => super::transfer::quoted_printable(payload.replace('_', " ").as_bytes()),
        _ => return None,
    };
    let language_free = charset.split('*').next().unwrap_or(charset);
    Some((language_free, octets, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(octets: &[u8], charset: u64) -> (String, Option<CharsetFault>) {
        let decoding = decode(octets, Some(Charset(charset)));
        (decoding.text.into_owned(), decoding.fault)
    }

    #[test]
    fn the_table_is_sorted_and_names_are_distinct() {
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
        let names: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.1).collect();
        assert_eq!(names.len(), TABLE.len());
        assert_eq!(Charset::from_name("UTF-8"), Some(Charset::UTF_8));
        assert_eq!(Charset(9999).name(), None);
    }

    #[test]
    fn one_text_in_many_charsets() {
        assert_eq!(text(b"h\xc3\xa9", 106), ("hé".into(), None));
        assert_eq!(text(b"\xc9clair", 4), ("Éclair".into(), None));
        assert_eq!(text(b"\xb1\xe6", 5), ("ąć".into(), None));
        assert_eq!(text(b"\x8e\xca\x90^", 17), ("写真".into(), None));
        assert_eq!(text(b"\xa4\xa4", 2026), ("中".into(), None));
        assert_eq!(text(b"\xd0\xd2", 2084), ("пр".into(), None));
        assert_eq!(text(b"\xc7\xd1", 38), ("한".into(), None));
        assert_eq!(text(b"Hi Mom -+Jjo--!", 1012), ("Hi Mom -☺-!".into(), None));
    }

    #[test]
    fn sixteen_bit_text_with_and_without_mark_and_terminator() {
        for octets in [
            &b"\x4f\x60\x59\x7d"[..],
            b"\x4f\x60\x59\x7d\0",
            b"\x4f\x60\x59\x7d\0\0",
            b"\xfe\xff\x4f\x60\x59\x7d\0\0",
            b"\xff\xfe\x60\x4f\x7d\x59\0",
        ] {
            assert_eq!(text(octets, 1000), ("你好".into(), None), "{octets:x?}");
            assert_eq!(text(octets, 1015), ("你好".into(), None), "{octets:x?}");
        }
        assert_eq!(text(b"A\0\0\0", 1014), ("A".into(), None));
        assert_eq!(text(b"A\0\0", 1014), ("A".into(), None));
        assert_eq!(text(b"\xd8\x3d\xde\x00", 1015), ("😀".into(), None));
        assert_eq!(
            text(b"\xd8\x3d", 1015),
            ("\u{fffd}".into(), Some(CharsetFault::Invalid))
        );
        assert_eq!(text(b"\0\0\0A\0\0\0\0", 1017), ("A".into(), None));
    }

    #[test]
    fn wrong_and_unknown_charsets_give_text_and_a_fault() {
        assert_eq!(text(b"h\xc3\xa9", 3), ("hé".into(), Some(CharsetFault::Invalid)));
        assert_eq!(
            text(b"h\xe9", 106),
            ("h\u{fffd}".into(), Some(CharsetFault::Invalid))
        );
        assert_eq!(
            text(b"h\xc3\xa9", 5000),
            ("hé".into(), Some(CharsetFault::Unknown))
        );
        assert_eq!(
            decode(b"h\xc3\xa9", None).fault,
            Some(CharsetFault::UndeclaredUtf8)
        );
        assert_eq!(
            decode(b"h\xe9", None),
            Decoding {
                text: "hé".into(),
                fault: Some(CharsetFault::UndeclaredOther)
            }
        );
        assert_eq!(
            decode(b"plain", None),
            Decoding {
                text: "plain".into(),
                fault: None
            }
        );
    }

    #[test]
    fn encoded_words_of_rfc_2047() {
        // RFC 2047 section 8, and the display rule for adjacent words (section 6.2).
        let decoded = |text: &str| decode_encoded_words(text);
        assert_eq!(
            decoded("=?ISO-8859-1?Q?Andr=E9?= Pirard"),
            Some("André Pirard".into())
        );
        assert_eq!(
            decoded("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)"),
            Some("(ab)".into())
        );
        assert_eq!(decoded("=?utf-8?B?R3LDvMOfZQ==?="), Some("Grüße".into()));
        assert_eq!(decoded("=?iso-8859-1?q?a_b?="), Some("a b".into()));
        // A character that is cut, as some senders do.
        assert_eq!(decoded("=?utf-8?B?ww==?= =?UTF-8?Q?=A9?="), Some("é".into()));
        assert_eq!(decoded("1 =? 2 ?="), None);
        assert_eq!(decoded("plain"), None);
    }

    proptest! {
        #[test]
        fn any_octets_in_any_charset_give_text(octets in prop::collection::vec(any::<u8>(), 0..80), number in 0_u64..2300) {
            let _ = decode(&octets, Some(Charset(number)));
        }

        #[test]
        fn unicode_round_trips(text in "\\PC{0,20}") {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(decode(&utf16, Some(Charset::UTF_16)).text, text.trim_start_matches('\u{feff}'));
            prop_assert_eq!(decode(text.as_bytes(), Some(Charset::UTF_8)).fault, None);
        }

        #[test]
        fn looking_for_encoded_words_never_fails(text in "[=?a-zQB _]{0,60}") {
            let _ = decode_encoded_words(&text);
        }
    }
}
