//! Texts: with and without a character set, quoted and not, cut and whole (OMA-TS-MMS_ENC section 7.3.21,
//! Encoded-string-value).

use crate::codec::{
    Charset, Reader,
    charset::{self, CharsetFault},
    wsp::{self, RawText, RawValue},
};

use super::{ValueReader, framed::number};
use crate::mms::{Coding, Field, HeaderValue, Text, anomaly::PduAnomalyKind as Kind};

/// The longest text that is decoded of one value, in octets. Identifiers, addresses and subjects are far
/// shorter; what is cut off stays in the header's octets.
pub const MAX_TEXT: usize = 8192;

/// The longest text without its quote that is recognised as one, in octets: far enough for a subject, and not so
/// far that looking for its end in every header costs anything.
const MAX_UNQUOTED_TEXT: usize = 256;

impl ValueReader<'_> {
    /// Charset and text, as they stand behind the length of an Encoded-string-value.
    pub(super) fn charset_and_text<'a>(&mut self, inner: &mut Reader<'a>) -> Option<Text<'a>> {
        let offset = inner.offset();
        if matches!(inner.peek()?, 0x20..=0x7f) {
            self.other_form(offset, "a length without a character set");
            return Some(self.text_in_frame(inner));
        }
        let charset = Charset(number(inner)?);
        let offset = inner.offset();
        let octets = if charset.is_wide() {
            inner.take_up_to(usize::MAX)
        } else {
            let raw = wsp::raw_text(inner);
            self.unterminated |= !raw.terminated;
            raw.octets
        };
        Some(self.text(octets, Some(charset), offset))
    }

    /// Encoded-string-value: text, or a length with charset and text (section 7.3.21).
    pub(super) fn encoded_string<'a>(&mut self, inner: &mut Reader<'a>) -> Option<Text<'a>> {
        let offset = inner.offset();
        match inner.peek()? {
            0 | 0x20..=0x7f => Some(self.text_in_frame(inner)),
            0x80.. if starts_with_text(inner.rest()) => {
                self.anomaly(Kind::TextNotQuoted, offset, String::new);
                Some(self.text_in_frame(inner))
            }
            0x80.. => {
                self.other_form(offset, "a character set without a length");
                self.charset_and_text(inner)
            }
            _ => {
                let Some(RawValue::Framed(framed)) = wsp::raw_value(inner) else {
                    return None;
                };
                let mut nested = framed.reader();
                let text = self.charset_and_text(&mut nested);
                if !nested.is_empty() {
                    self.anomaly(Kind::TrailingOctetsInValue, nested.offset(), String::new);
                }
                text
            }
        }
    }

    pub(super) fn text_in_frame<'a>(&mut self, inner: &mut Reader<'a>) -> Text<'a> {
        let raw = wsp::raw_text(inner);
        self.unterminated |= !raw.terminated;
        self.plain_text(raw)
    }

    /// Text that begins with an octet above 127 and lacks the quote: only if it is proper UTF-8 up to its NUL.
    pub(super) fn unquoted_text<'a>(&mut self, reader: &mut Reader<'a>) -> Option<HeaderValue<'a>> {
        match reader.peek()? {
            0 => {
                let raw = wsp::raw_text(reader);
                Some(HeaderValue::Text(self.plain_text(raw)))
            }
            0x80.. if starts_with_text(reader.rest()) => {
                self.anomaly(Kind::TextNotQuoted, reader.offset(), String::new);
                let raw = wsp::raw_text(reader);
                Some(HeaderValue::Text(self.plain_text(raw)))
            }
            _ => None,
        }
    }

    /// Text without a character set; in free text, encoded words are decoded.
    pub(super) fn plain_text<'a>(&mut self, raw: RawText<'a>) -> Text<'a> {
        let mut text = self.text(raw.octets, None, raw.offset);
        let is_free_text = self.field == Field(0)
            || matches!(
                self.field.coding(),
                Some(Coding::EncodedString | Coding::From | Coding::PreviouslySentBy)
            );
        if is_free_text && let Some(decoded) = charset::decode_encoded_words(&text.text) {
            text.text = decoded.into();
        }
        text
    }

    pub(super) fn text<'a>(&mut self, octets: &'a [u8], charset: Option<Charset>, offset: usize) -> Text<'a> {
        let shown = octets.get(..MAX_TEXT).unwrap_or(octets);
        if shown.len() < octets.len() {
            self.anomaly(Kind::TextOverLimit, offset, || format!("{} octets", octets.len()));
        }
        let decoding = charset::decode(shown, charset);
        if let Some(fault) = decoding.fault {
            self.anomaly(fault_kind(fault), offset, || match charset {
                Some(charset) => charset
                    .name()
                    .map_or_else(|| format!("MIBenum {}", charset.0), str::to_owned),
                None => String::new(),
            });
        }
        if has_control_characters(&decoding.text) {
            self.anomaly(Kind::ControlCharacters, offset, String::new);
        }
        Text {
            exact: shown.len() == octets.len() && !decoding.fault.is_some_and(CharsetFault::is_lossy),
            text: decoding.text,
            charset,
            octets,
        }
    }
}

/// Whether there are control characters other than those of lines.
fn has_control_characters(text: &str) -> bool {
    // Most texts are printable ASCII, which is told for many octets at a time.
    let octets = text.as_bytes().iter();
    let printable = octets.fold(true, |printable, octet| printable & matches!(octet, b' '..=b'~'));
    !printable
        && text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
}

/// Whether octets are UTF-8 with at least one character above 127 first, up to a NUL.
fn starts_with_text(octets: &[u8]) -> bool {
    let window = octets.get(..MAX_UNQUOTED_TEXT).unwrap_or(octets);
    let Some(length) = window.iter().position(|&octet| octet == 0) else {
        return false;
    };
    window
        .get(..length)
        .is_some_and(|text| std::str::from_utf8(text).is_ok())
}

pub(super) fn fault_kind(fault: CharsetFault) -> Kind {
    match fault {
        CharsetFault::UndeclaredUtf8 | CharsetFault::UndeclaredOther => Kind::TextWithoutCharset,
        CharsetFault::Invalid => Kind::TextNotInCharset,
        CharsetFault::Unknown => Kind::UnknownCharset,
    }
}
