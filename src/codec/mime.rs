//! Textual multiparts (RFC 2046 section 5.1): delimiter lines, the parts between them, header fields in lines.

use std::borrow::Cow;

use super::{ContentType, charset};

/// The longest boundary (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// The most header fields that are read of one part.
const MAX_FIELDS: usize = 64;

/// A textual multipart taken apart.
#[derive(Debug)]
pub struct Split<'a> {
    /// What lies before the first delimiter line.
    pub preamble: &'a [u8],
    /// The parts in order.
    pub parts: Vec<BodyPart<'a>>,
    /// What lies from the closing delimiter line on, or from the delimiter line behind the last part that was read.
    pub epilogue: &'a [u8],
    /// Whether the closing delimiter line is there.
    pub closed: bool,
}

/// A part: its delimiter line, header fields, and content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPart<'a> {
    /// Where its delimiter line starts, in octets from the start of the multipart.
    pub start: usize,
    /// Its delimiter line.
    pub delimiter: &'a [u8],
    /// Its header fields with the lines that continue them (RFC 5322 section 2.2.3), 64 of them at most.
    pub fields: Vec<&'a [u8]>,
    /// The empty line behind the header fields; none where the part ends without it.
    pub gap: &'a [u8],
    /// The content, without the line end that belongs to the next delimiter.
    pub content: &'a [u8],
}

impl<'a> BodyPart<'a> {
    /// Reads header fields up to the empty line or the limit; what follows.
    fn read_fields(&mut self, data: &'a [u8], limit: usize) -> &'a [u8] {
        let mut rest = data;
        while !rest.is_empty() {
            let (line, behind) = rest.split_at(field_length(rest));
            let empty = line.trim_ascii().is_empty();
            if empty {
                (self.gap, rest) = (line, behind);
            }
            if empty || self.fields.len() == limit {
                break;
            }
            self.fields.push(line);
            rest = behind;
        }
        rest
    }

    /// Whether the octets end within the header: behind a field, or in it.
    pub const fn ends_in_header(&self) -> bool {
        self.gap.is_empty() && self.content.is_empty()
    }

    /// Where octets are missing behind those that are here, and these end within the header, the last field counts for
    /// nothing: neither its own end nor that of the lines that continue it is known.
    pub fn forget_cut_field(&mut self) {
        if self.ends_in_header() {
            self.fields.pop();
        }
    }

    /// Whether header fields are left behind as many as were read at most.
    pub const fn is_over_limit(&self, limit: usize) -> bool {
        self.fields.len() >= limit && self.gap.is_empty() && !self.content.is_empty()
    }

    /// The value of the first header field that is called one of these names, in any case.
    pub fn field(&self, names: &[&str]) -> Option<String> {
        let fields = self.fields.iter().map(|field| name_and_value(field));
        let mut named =
            fields.filter(|(name, _)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)));
        named.next().map(|(_, value)| value.into_owned())
    }
}

/// The boundary, where the data is a textual multipart: the boundary parameter's if a delimiter line of it begins
/// the data or a later line, else, in a type that is no binary one, the first line's if that looks like a
/// delimiter.
pub fn boundary(content_type: &ContentType<'_>, data: &[u8]) -> Option<String> {
    if let Some(boundary) = content_type.text_parameter("boundary") {
        let textual = content_type.code.is_none() || starts_with_delimiter(data);
        return (textual && delimiters(data, boundary).next().is_some()).then(|| boundary.to_owned());
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

fn delimiters<'s>(data: &'s [u8], boundary: &'s str) -> impl Iterator<Item = Delimiter> + 's {
    let mut start = 0_usize;
    lines(data).filter_map(move |line| {
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
pub fn split<'a>(data: &'a [u8], boundary: &str, limit: usize) -> Split<'a> {
    let mut split = Split {
        preamble: data,
        parts: Vec::new(),
        epilogue: &[],
        closed: false,
    };
    let mut open: Option<Delimiter> = None;
    for delimiter in delimiters(data, boundary) {
        let Delimiter { start, closing, .. } = delimiter;
        match open.replace(delimiter) {
            None => split.preamble = data.get(..start).unwrap_or_default(),
            Some(before) => split.parts.push(part(data, &before, start)),
        }
        if closing || split.parts.len() == limit {
            split.closed = closing;
            break;
        }
    }
    match open {
        Some(delimiter) if split.closed || split.parts.len() == limit => {
            split.epilogue = data.get(delimiter.start..).unwrap_or_default();
        }
        Some(delimiter) => split.parts.push(part(data, &delimiter, data.len())),
        None => {}
    }
    split
}

/// One part, from its delimiter line to the line end before the next one, which starts at `end`.
fn part<'a>(data: &'a [u8], delimiter: &Delimiter, end: usize) -> BodyPart<'a> {
    let mut part = BodyPart {
        start: delimiter.start,
        delimiter: data.get(delimiter.start..delimiter.end).unwrap_or_default(),
        fields: Vec::new(),
        gap: &[],
        content: &[],
    };
    let rest = data.get(delimiter.end..end).unwrap_or_default();
    part.content = without_line_end(part.read_fields(rest, MAX_FIELDS));
    part
}

/// A whole mail (RFC 5322 section 2.1): up to so many header fields, and all that follows the empty line.
pub fn mail(data: &[u8], limit: usize) -> BodyPart<'_> {
    let mut mail = BodyPart {
        start: 0,
        delimiter: &[],
        fields: Vec::new(),
        gap: &[],
        content: &[],
    };
    mail.content = mail.read_fields(data, limit);
    mail
}

fn without_line_end(data: &[u8]) -> &[u8] {
    let stripped = data.strip_suffix(b"\r\n").or(data.strip_suffix(b"\n"));
    stripped.unwrap_or(data)
}

/// Octets of the first header field with the lines that continue it, or of an empty line.
fn field_length(data: &[u8]) -> usize {
    let mut length = 0_usize;
    for line in lines(data) {
        let empty = line.trim_ascii().is_empty();
        let continues = matches!(line.first(), Some(b' ' | b'\t')) && !empty;
        if length > 0 && !continues {
            break;
        }
        length = length.saturating_add(line.len());
        if empty {
            break;
        }
    }
    length
}

/// A header field's name and its value, unfolded, with encoded words (RFC 2047) decoded. The name is empty where the
/// line has no colon.
pub fn name_and_value(field: &[u8]) -> (Cow<'_, str>, Cow<'_, str>) {
    let text = charset::decode(field, None).text;
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name.trim().to_owned(), value.trim()),
        None => (String::new(), text.trim()),
    };
    let unfolded = unfolded(value);
    let value = charset::decode_encoded_words(&unfolded).unwrap_or(unfolded);
    (name.into(), value.into())
}

/// A value without its line ends (RFC 5322 section 2.2.3). A tab that continues a line counts as a blank: those who write
/// one mean a place where the line may be cut, and most readers show it so.
fn unfolded(value: &str) -> String {
    let mut continues = false;
    let unfolded = value.chars().filter_map(|character| match character {
        '\r' | '\n' => {
            continues = true;
            None
        }
        '\t' if continues => Some(' '),
        character => {
            continues &= character == ' ';
            Some(character)
        }
    });
    unfolded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 2046 section 5.1.1, shortened; the second part's field is folded.
    const MULTIPART: &[u8] =
        b"preamble\r\n--simple boundary\r\n\r\nimplicitly typed\r\n--simple boundary\r\n\
        Content-type: text/plain;\r\n charset=us-ascii\r\n\r\nends with a linebreak.\r\n\r\n\
        --simple boundary--\r\nepilogue";

    #[test]
    fn a_multipart_is_taken_apart() {
        let split = split(MULTIPART, "simple boundary", 10);
        assert_eq!((split.preamble, split.closed), (&b"preamble\r\n"[..], true));
        assert_eq!(split.epilogue, b"--simple boundary--\r\nepilogue");
        let contents: Vec<&[u8]> = split.parts.iter().map(|part| part.content).collect();
        assert_eq!(
            contents,
            [&b"implicitly typed"[..], b"ends with a linebreak.\r\n"]
        );
        let typed = split.parts.last().unwrap();
        assert_eq!(
            typed.field(&["c", "Content-Type"]).as_deref(),
            Some("text/plain; charset=us-ascii")
        );
        assert_eq!(typed.field(&["Content-Id"]), None);
    }

    #[test]
    fn lines_of_a_field_are_put_together() {
        for (field, value) in [
            ("A: b\r\n c\r\n", "b c"),
            ("A: b\r\n\tc\n\td\te\r\n", "b c d\te"),
            ("A:\r\n  \tb\r\n", "b"),
        ] {
            assert_eq!(
                name_and_value(field.as_bytes()),
                ("A".into(), value.into()),
                "{field:?}"
            );
        }
    }

    #[test]
    fn no_delimiter_inside_a_line_counts_and_a_cut_part_is_there() {
        let split = split(b"--b\nA: 1\n\nx --b\n--bb\n", "b", 10);
        let [part] = &split.parts[..] else {
            panic!("{split:?}")
        };
        assert_eq!((part.content, split.closed), (&b"x --b\n--bb"[..], false));
    }

    proptest! {
        #[test]
        fn whatever_the_octets_their_pieces_lie_in_order(data in "(--b|--|\r?\n|a: c| |x){0,40}", limit in 1_usize..5) {
            let split = split(data.as_bytes(), "b", limit);
            let pieces = split.parts.iter().flat_map(|part| {
                let fields = part.fields.iter().copied();
                [part.delimiter].into_iter().chain(fields).chain([part.gap, part.content])
            });
            let octets: usize = pieces.map(<[u8]>::len).sum();
            prop_assert!(split.parts.len() <= limit);
            prop_assert!(split.preamble.len() + octets + split.epilogue.len() <= data.len());
        }
    }
}
