//! WSP headers of the default code page (WAP-230-WSP section 8.4.2 and appendix A table 39), as they stand in the
//! parts of a multipart and behind the content type of a push.

use std::{borrow::Cow, fmt};

use super::{
    ContentType, Reader, charset,
    content_type::{MAX_TEXT, unquoted},
    wsp::{self, Framed, RawText, RawValue},
};

/// One header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WspHeader<'a> {
    /// The name: the registered one, `0x..` for an unknown code, the header's own for an application header.
    pub name: Cow<'a, str>,
    /// The code without bit 7, where it has one.
    pub code: Option<u8>,
    /// What it says.
    pub value: WspHeaderValue<'a>,
    /// Where it starts, in octets from the start of the whole buffer.
    pub offset: usize,
    /// All its octets.
    pub raw: &'a [u8],
    /// Whether its value is coded as the field asks and all there.
    pub well_formed: bool,
}

impl WspHeader<'_> {
    /// The header as its own, without its octets.
    pub fn detached(self) -> WspHeader<'static> {
        WspHeader {
            name: self.name.into_owned().into(),
            code: self.code,
            value: self.value.detached(),
            offset: self.offset,
            raw: &[],
            well_formed: self.well_formed,
        }
    }
}

/// A header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WspHeaderValue<'a> {
    /// Text; a Quoted-string without its quotes.
    Text(Cow<'a, str>),
    /// A number.
    Integer(u64),
    /// Seconds since 1970-01-01 UTC.
    Date(u64),
    /// A media type.
    ContentType(ContentType<'a>),
    /// A disposition, in the place of the media type, with its parameters.
    Disposition(ContentType<'a>),
    /// Octets: of a field that is not decoded, or that could not be understood.
    Octets(&'a [u8]),
}

impl WspHeaderValue<'_> {
    fn detached(self) -> WspHeaderValue<'static> {
        match self {
            Self::Text(text) => WspHeaderValue::Text(text.into_owned().into()),
            Self::Integer(number) => WspHeaderValue::Integer(number),
            Self::Date(seconds) => WspHeaderValue::Date(seconds),
            Self::ContentType(content_type) => WspHeaderValue::ContentType(content_type.detached()),
            Self::Disposition(disposition) => WspHeaderValue::Disposition(disposition.detached()),
            Self::Octets(_) => WspHeaderValue::Octets(&[]),
        }
    }
}

/// The value in words.
impl fmt::Display for WspHeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Date(seconds) => write!(f, "{seconds} s after 1970-01-01"),
            Self::ContentType(content_type) | Self::Disposition(content_type) => content_type.fmt(f),
            Self::Octets(octets) => octets.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
        }
    }
}

/// How a field's value is coded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Text,
    Integer,
    Date,
    ContentType,
    Disposition,
    ContentEncoding,
    Other,
}

/// Codes without bit 7 that MMS reads.
pub mod code {
    /// Content-Location.
    pub const CONTENT_LOCATION: u8 = 0x0e;
    /// Content-ID.
    pub const CONTENT_ID: u8 = 0x40;
}

/// The registered name of a field, its coding.
const FIELDS: &[(&str, Coding)] = &[
    ("Accept", Coding::Other),
    ("Accept-Charset", Coding::Other),
    ("Accept-Encoding", Coding::Other),
    ("Accept-Language", Coding::Other),
    ("Accept-Ranges", Coding::Other),
    ("Age", Coding::Integer),
    ("Allow", Coding::Other),
    ("Authorization", Coding::Other),
    ("Cache-Control", Coding::Other),
    ("Connection", Coding::Other),
    ("Content-Base", Coding::Text),
    ("Content-Encoding", Coding::ContentEncoding),
    ("Content-Language", Coding::Integer),
    ("Content-Length", Coding::Integer),
    ("Content-Location", Coding::Text),
    ("Content-MD5", Coding::Other),
    ("Content-Range", Coding::Other),
    ("Content-Type", Coding::ContentType),
    ("Date", Coding::Date),
    ("Etag", Coding::Text),
    ("Expires", Coding::Date),
    ("From", Coding::Text),
    ("Host", Coding::Text),
    ("If-Modified-Since", Coding::Date),
    ("If-Match", Coding::Text),
    ("If-None-Match", Coding::Text),
    ("If-Range", Coding::Other),
    ("If-Unmodified-Since", Coding::Date),
    ("Location", Coding::Text),
    ("Last-Modified", Coding::Date),
    ("Max-Forwards", Coding::Integer),
    ("Pragma", Coding::Other),
    ("Proxy-Authenticate", Coding::Other),
    ("Proxy-Authorization", Coding::Other),
    ("Public", Coding::Other),
    ("Range", Coding::Other),
    ("Referer", Coding::Text),
    ("Retry-After", Coding::Other),
    ("Server", Coding::Text),
    ("Transfer-Encoding", Coding::Other),
    ("Upgrade", Coding::Text),
    ("User-Agent", Coding::Text),
    ("Vary", Coding::Other),
    ("Via", Coding::Text),
    ("Warning", Coding::Other),
    ("WWW-Authenticate", Coding::Other),
    ("Content-Disposition", Coding::Disposition),
    ("X-Wap-Application-Id", Coding::Integer),
    ("X-Wap-Content-URI", Coding::Text),
    ("X-Wap-Initiator-URI", Coding::Text),
    ("Accept-Application", Coding::Other),
    ("Bearer-Indication", Coding::Integer),
    ("Push-Flag", Coding::Integer),
    ("Profile", Coding::Text),
    ("Profile-Diff", Coding::Other),
    ("Profile-Warning", Coding::Other),
    ("Expect", Coding::Other),
    ("TE", Coding::Other),
    ("Trailer", Coding::Other),
    ("Accept-Charset", Coding::Other),
    ("Accept-Encoding", Coding::Other),
    ("Cache-Control", Coding::Other),
    ("Content-Range", Coding::Other),
    ("X-Wap-Tod", Coding::Date),
    ("Content-ID", Coding::Text),
    ("Set-Cookie", Coding::Other),
    ("Cookie", Coding::Other),
    ("Encoding-Version", Coding::Other),
    ("Profile-Warning", Coding::Other),
    ("Content-Disposition", Coding::Disposition),
    ("X-WAP-Security", Coding::Other),
    ("Cache-Control", Coding::Other),
    ("Expect", Coding::Other),
    ("X-Wap-Loc-Invocation", Coding::Other),
    ("X-Wap-Loc-Delivery", Coding::Other),
];

/// The registered name of a field of the default code page, by its code without bit 7.
pub fn name(code: u8) -> Option<&'static str> {
    FIELDS.get(usize::from(code)).map(|(name, _)| *name)
}

/// The octet that shifts to the code page which the next octet names (section 8.4.2.6).
const SHIFT_DELIMITER: u8 = 0x7f;

/// Reads one header; none at the end of the reader. Shifts of the code page come out as a header named
/// `code page`, so that no octet is lost; fields of other pages are not decoded.
pub fn read<'a>(reader: &mut Reader<'a>, page: &mut u8) -> Option<WspHeader<'a>> {
    let start = *reader;
    let header = match reader.peek()? {
        first @ 0x80.. => {
            reader.take_up_to(1);
            well_known(first & 0x7f, *page, reader)
        }
        0x20..=0x7e => application(reader),
        SHIFT_DELIMITER => {
            reader.take_up_to(1);
            shift(reader, page)
        }
        0 => unreadable(reader),
        _ => shift(reader, page),
    };
    let length = reader.offset().saturating_sub(start.offset());
    Some(WspHeader {
        name: header.0,
        code: header.1,
        value: header.2,
        offset: start.offset(),
        raw: start.rest().get(..length).unwrap_or_default(),
        well_formed: header.3,
    })
}

type Fields<'a> = (Cow<'a, str>, Option<u8>, WspHeaderValue<'a>, bool);

fn shift<'a>(reader: &mut Reader<'a>, page: &mut u8) -> Fields<'a> {
    let octets = reader.take_up_to(1);
    let to = octets.first().copied();
    *page = to.unwrap_or(*page);
    (
        "code page".into(),
        None,
        WspHeaderValue::Octets(octets),
        to.is_some(),
    )
}

fn unreadable<'a>(reader: &mut Reader<'a>) -> Fields<'a> {
    let octets = reader.take_up_to(usize::MAX);
    ("".into(), None, WspHeaderValue::Octets(octets), false)
}

fn application<'a>(reader: &mut Reader<'a>) -> Fields<'a> {
    let name = wsp::raw_text(reader);
    let shown = charset::decode(name.octets.get(..MAX_TEXT).unwrap_or(name.octets), None).text;
    let (value, whole) = value(Coding::Text, reader);
    (shown, None, value, whole && name.terminated)
}

fn well_known<'a>(code: u8, page: u8, reader: &mut Reader<'a>) -> Fields<'a> {
    let known = FIELDS.get(usize::from(code)).filter(|_| page == DEFAULT_PAGE);
    let (name, coding) = match known {
        Some((name, coding)) => (Cow::Borrowed(*name), *coding),
        None => (format!("{:#04x}", code | 0x80).into(), Coding::Other),
    };
    let (value, well_formed) = value(coding, reader);
    (name, Some(code), value, well_formed)
}

/// The code page in which a header block begins.
pub const DEFAULT_PAGE: u8 = 1;

fn value<'a>(coding: Coding, reader: &mut Reader<'a>) -> (WspHeaderValue<'a>, bool) {
    if matches!(coding, Coding::ContentType | Coding::Disposition) {
        return content_type(coding, reader);
    }
    let before = *reader;
    let raw = match reader.peek() {
        Some(0) if coding == Coding::Text => Some(RawValue::Text(wsp::raw_text(reader))),
        _ => wsp::raw_value(reader),
    };
    match raw {
        None => (WspHeaderValue::Octets(&[]), false),
        Some(RawValue::Octet(octet)) => octet_value(coding, octet, &before),
        Some(RawValue::Text(raw)) => {
            let numeric = matches!(coding, Coding::Date);
            (WspHeaderValue::Text(text(raw)), raw.terminated && !numeric)
        }
        Some(RawValue::Framed(framed)) => framed_value(coding, framed),
    }
}

fn content_type<'a>(coding: Coding, reader: &mut Reader<'a>) -> (WspHeaderValue<'a>, bool) {
    let mut read = ContentType::read(reader);
    let well_formed = read.problems.is_empty();
    if coding == Coding::ContentType {
        return (WspHeaderValue::ContentType(read), well_formed);
    }
    let disposition = match read.code {
        Some(0) => Some("form-data"),
        Some(1) => Some("attachment"),
        Some(2) => Some("inline"),
        _ => None,
    };
    if let Some(disposition) = disposition {
        read.media = disposition.into();
    }
    (WspHeaderValue::Disposition(read), well_formed)
}

fn octet_value<'a>(coding: Coding, octet: u8, before: &Reader<'a>) -> (WspHeaderValue<'a>, bool) {
    let number = octet & 0x7f;
    let content_encoding = ["gzip", "compress", "deflate"].get(usize::from(number));
    match (coding, content_encoding) {
        (Coding::ContentEncoding, Some(name)) => (WspHeaderValue::Text((*name).into()), true),
        (Coding::Integer | Coding::ContentEncoding, _) => (WspHeaderValue::Integer(u64::from(number)), true),
        (Coding::Date, _) => (WspHeaderValue::Date(u64::from(number)), true),
        (Coding::Other, _) => (octets(before), true),
        _ => (octets(before), false),
    }
}

fn octets<'a>(before: &Reader<'a>) -> WspHeaderValue<'a> {
    WspHeaderValue::Octets(before.rest().get(..1).unwrap_or_default())
}

fn framed_value(coding: Coding, framed: Framed<'_>) -> (WspHeaderValue<'_>, bool) {
    let number = wsp::big_endian(framed.payload);
    match (coding, number) {
        (Coding::Integer, Some(number)) => (WspHeaderValue::Integer(number), framed.is_whole()),
        (Coding::Date, Some(number)) => (WspHeaderValue::Date(number), framed.is_whole()),
        _ => (
            WspHeaderValue::Octets(framed.payload),
            coding == Coding::Other && framed.is_whole(),
        ),
    }
}

fn text(raw: RawText<'_>) -> Cow<'_, str> {
    let octets = raw.octets.get(..MAX_TEXT).unwrap_or(raw.octets);
    match charset::decode(octets, None).text {
        Cow::Borrowed(text) => Cow::Borrowed(unquoted(text)),
        Cow::Owned(text) => Cow::Owned(unquoted(&text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(octets: &[u8]) -> Vec<WspHeader<'_>> {
        let mut reader = Reader::new(octets);
        let mut page = DEFAULT_PAGE;
        std::iter::from_fn(|| read(&mut reader, &mut page)).collect()
    }

    #[test]
    fn part_headers_as_phones_write_them() {
        let headers = all(b"\x8ea.txt\0\xc0\"<a>\0\xae\x08\x81\x86p.jpg\0\xc5\x01\x82X-A\0b\0");
        let shown: Vec<_> = headers.iter().map(|h| (h.name.as_ref(), &h.value)).collect();
        assert_eq!(
            shown[0],
            ("Content-Location", &WspHeaderValue::Text("a.txt".into()))
        );
        assert_eq!(shown[1], ("Content-ID", &WspHeaderValue::Text("<a>".into())));
        let WspHeaderValue::Disposition(attachment) = shown[2].1 else {
            panic!("{:?}", shown[2])
        };
        assert_eq!(attachment.media, "attachment");
        assert_eq!(attachment.text_parameter("filename"), Some("p.jpg"));
        let WspHeaderValue::Disposition(inline) = shown[3].1 else {
            panic!("{:?}", shown[3])
        };
        assert_eq!(inline.media, "inline");
        assert_eq!(shown[4], ("X-A", &WspHeaderValue::Text("b".into())));
        assert_eq!(headers.iter().map(|h| h.raw.len()).sum::<usize>(), 32);
    }

    #[test]
    fn names_by_code() {
        assert_eq!(name(code::CONTENT_ID), Some("Content-ID"));
        assert_eq!(name(0x2f), Some("X-Wap-Application-Id"));
        assert_eq!(name(0x4a), Some("X-Wap-Loc-Delivery"));
        assert_eq!(name(0x4b), None);
    }

    #[test]
    fn fields_of_other_pages_keep_their_octets() {
        let headers = all(&[0x02, 0x81, 0x85, 0x7f, 0x01, 0x8d, 0x83]);
        assert_eq!(headers[1].name, "0x81");
        assert_eq!(headers[3].value, WspHeaderValue::Integer(3));
    }

    proptest! {
        #[test]
        fn every_octet_belongs_to_one_header(octets in prop::collection::vec(any::<u8>(), 0..96)) {
            let joined: Vec<u8> = all(&octets).iter().flat_map(|header| header.raw.to_vec()).collect();
            prop_assert_eq!(joined, octets);
        }
    }
}
