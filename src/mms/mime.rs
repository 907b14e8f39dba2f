//! Textual multiparts (RFC 2046 section 5.1): delimiter lines, headers in lines, transfer codings.

use std::borrow::Cow;

use crate::codec::{
    ContentType, Reader, charset, transfer,
    wsp_headers::{WspHeader, WspHeaderValue},
};

use super::part::Part;

/// The longest boundary (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// The most header lines that are read of one part.
const MAX_HEADERS: usize = 64;

/// A textual multipart taken apart.
pub(super) struct Split<'a> {
    pub(super) preamble: &'a [u8],
    pub(super) parts: Vec<Part<'a>>,
    pub(super) epilogue: &'a [u8],
    /// Whether the closing delimiter is there.
    pub(super) closed: bool,
}

/// The boundary, where the data is a textual multipart: the boundary parameter's if a delimiter line of it begins
/// the data or a later line, else, in a type that is no binary one, the first line's if that looks like a
/// delimiter.
pub(super) fn boundary(content_type: &ContentType<'_>, data: &[u8]) -> Option<String> {
    if let Some(boundary) = content_type.text_parameter("boundary") {
        let textual = content_type.code.is_none() || starts_with_delimiter(data);
        return (textual && delimiters(Reader::new(data), boundary).next().is_some())
            .then(|| boundary.to_owned());
    }
    if !content_type.media.starts_with("multipart/") || !starts_with_delimiter(data) {
        return None;
    }
    let line = lines(data.trim_ascii_start()).next()?.trim_ascii_end();
    let boundary = std::str::from_utf8(line.strip_prefix(b"--")?).ok()?;
    let plausible = !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY;
    (plausible && boundary.bytes().all(|octet| octet.is_ascii_graphic())).then(|| boundary.to_owned())
}

fn starts_with_delimiter(data: &[u8]) -> bool {
    data.trim_ascii_start().starts_with(b"--")
}

/// Lines with their line ends.
fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split_inclusive(|&octet| octet == b'\n')
}

/// A delimiter line.
struct Delimiter {
    /// Where it starts, in octets from the start of the data.
    start: usize,
    /// Where the line behind it starts.
    end: usize,
    /// Whether it is the closing one.
    closing: bool,
}

fn delimiters<'s>(data: Reader<'s>, boundary: &'s str) -> impl Iterator<Item = Delimiter> + 's {
    let mut start = 0_usize;
    lines(data.rest()).filter_map(move |line| {
        let at = start;
        start = start.saturating_add(line.len());
        let behind = line
            .strip_prefix(b"--")?
            .strip_prefix(boundary.as_bytes())?
            .trim_ascii_end();
        let closing = behind == b"--";
        (closing || behind.is_empty()).then_some(Delimiter {
            start: at,
            end: start,
            closing,
        })
    })
}

/// Takes a textual multipart apart, up to `limit` parts.
pub(super) fn split<'a>(data: Reader<'a>, boundary: &str, limit: usize) -> Split<'a> {
    let mut split = Split {
        preamble: data.rest(),
        parts: Vec::new(),
        epilogue: &[],
        closed: false,
    };
    let mut open: Option<Delimiter> = None;
    for delimiter in delimiters(data, boundary) {
        match open.replace(delimiter) {
            None => {
                let first = open.as_ref().map_or(0, |delimiter| delimiter.start);
                split.preamble = data.rest().get(..first).unwrap_or_default();
            }
            Some(before) => {
                let end = open.as_ref().map_or(0, |delimiter| delimiter.start);
                split.parts.push(part(data, &before, end));
            }
        }
        let closing = open.as_ref().is_some_and(|delimiter| delimiter.closing);
        if closing || split.parts.len() == limit {
            split.closed = closing;
            break;
        }
    }
    match open {
        Some(delimiter) if split.closed || split.parts.len() == limit => {
            split.epilogue = data.rest().get(delimiter.start..).unwrap_or_default();
        }
        Some(delimiter) => split.parts.push(part(data, &delimiter, data.remaining())),
        None => {}
    }
    split
}

/// One part, from behind its delimiter line to the line end before the next.
fn part<'a>(data: Reader<'a>, delimiter: &Delimiter, end: usize) -> Part<'a> {
    let mut reader = data;
    reader.take_up_to(delimiter.start);
    let offset = reader.offset();
    let lead = reader.take_up_to(delimiter.end.saturating_sub(delimiter.start));
    let mut part = Part {
        offset,
        lead,
        content_type: ContentType::bare("text/plain"),
        ..Part::default()
    };
    let mut inner = Reader::with_base(
        reader.take_up_to(end.saturating_sub(delimiter.end)),
        reader_offset(&data, delimiter.end),
    );
    read_headers(&mut part, &mut inner);
    part.data_offset = inner.offset();
    part.data = without_line_end(inner.rest());
    part.plain = undo_transfer_coding(&part);
    part
}

fn reader_offset(data: &Reader<'_>, position: usize) -> usize {
    data.offset().saturating_add(position)
}

fn without_line_end(data: &[u8]) -> &[u8] {
    data.strip_suffix(b"\r\n")
        .or_else(|| data.strip_suffix(b"\n"))
        .unwrap_or(data)
}

fn read_headers<'a>(part: &mut Part<'a>, reader: &mut Reader<'a>) {
    while !reader.is_empty() {
        let offset = reader.offset();
        let line = header_line(reader.rest());
        if line.trim_ascii().is_empty() || part.headers.len() == MAX_HEADERS {
            part.gap = match line.trim_ascii().is_empty() {
                true => reader.take_up_to(line.len()),
                false => &[],
            };
            return;
        }
        reader.take_up_to(line.len());
        let (name, value) = name_and_value(line);
        let value = match name.to_ascii_lowercase().as_str() {
            "content-type" => {
                part.content_type = ContentType::from_mime(&value);
                WspHeaderValue::Text(value)
            }
            "content-disposition" => WspHeaderValue::Disposition(ContentType::from_mime(&value)),
            _ => WspHeaderValue::Text(value),
        };
        part.headers.push(WspHeader {
            name,
            code: None,
            value,
            offset,
            raw: line,
            well_formed: true,
        });
    }
}

/// The first header with the lines that continue it (RFC 5322 section 2.2.3).
fn header_line(data: &[u8]) -> &[u8] {
    let mut length = 0_usize;
    for line in lines(data) {
        let continues = matches!(line.first(), Some(b' ' | b'\t')) && !line.trim_ascii().is_empty();
        if length > 0 && !continues {
            break;
        }
        length = length.saturating_add(line.len());
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    data.get(..length).unwrap_or_default()
}

fn name_and_value(line: &[u8]) -> (Cow<'_, str>, Cow<'_, str>) {
    let text = charset::decode(line, None).text;
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name.trim().to_owned(), value.trim()),
        None => (String::new(), text.trim()),
    };
    let unfolded: String = value
        .chars()
        .filter(|character| !matches!(character, '\r' | '\n'))
        .collect();
    let value = charset::decode_encoded_words(&unfolded).unwrap_or(unfolded);
    (name.into(), value.into())
}

fn undo_transfer_coding(part: &Part<'_>) -> Option<Vec<u8>> {
    let coding = part
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-transfer-encoding"))?;
    let WspHeaderValue::Text(coding) = &coding.value else {
        return None;
    };
    match coding.trim().to_ascii_lowercase().as_str() {
        "base64" => Some(transfer::base64(part.data)),
        "quoted-printable" => Some(transfer::quoted_printable(part.data)),
        _ => None,
    }
}
