//! Header fields in text, as HTTP, SIP and mail have them: a name, a colon, a value, perhaps on several lines.

/// A field of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Where it begins.
    pub(super) offset: usize,
    /// All of it, its line end included.
    pub(super) octets: &'a [u8],
    /// The name, without blanks around it; empty where there is no colon.
    pub(super) name: &'a [u8],
    /// The value, without blanks around it; where it was folded, with the line ends in it.
    pub(super) value: &'a [u8],
}

impl Line<'_> {
    /// Whether it has this name, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The first line of a head without its end, and where the second begins.
pub(super) fn first_line(head: &[u8]) -> (&[u8], usize) {
    let end = memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    let line = head.get(..end).unwrap_or_default();
    (line.trim_ascii_end(), end)
}

/// The fields from an offset on, up to the empty line.
pub(super) fn fields(head: &[u8], from: usize) -> impl Iterator<Item = Line<'_>> {
    let mut at = from;
    std::iter::from_fn(move || {
        let rest = head.get(at..).filter(|rest| !rest.is_empty())?;
        let length = field_length(rest);
        let octets = rest.get(..length)?;
        if octets.trim_ascii().is_empty() {
            return None;
        }
        let offset = at;
        at += length;
        let colon = memchr::memchr(b':', octets);
        let (name, value) = colon
            .and_then(|colon| octets.split_at_checked(colon))
            .unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        Some(Line {
            offset,
            octets,
            name: name.trim_ascii(),
            value: value.trim_ascii(),
        })
    })
}

/// Octets of the field that these begin with: a line that begins with a blank goes on with the one before it.
fn field_length(octets: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let rest = octets.get(length..).unwrap_or_default();
        length += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let is_blank = octets
            .get(..length)
            .is_none_or(|line| line.trim_ascii().is_empty());
        if is_blank || !matches!(octets.get(length), Some(b' ' | b'\t')) {
            return length;
        }
    }
}

/// A value that was folded, on one line.
pub(super) fn unfolded(value: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    match memchr::memchr2(b'\r', b'\n', value) {
        None => value.into(),
        Some(_) => value
            .iter()
            .copied()
            .filter(|octet| !matches!(octet, b'\r' | b'\n'))
            .collect::<Vec<u8>>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_end_at_the_empty_line_and_go_on_after_a_blank() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: b\r\n  c\r\nodd\r\n\r\nbody: x\r\n";
        let (line, at) = first_line(head);
        assert_eq!((line, at), (&b"GET / HTTP/1.1"[..], 16));
        let read: Vec<_> = fields(head, at)
            .map(|line| (line.offset, line.name, line.value))
            .collect();
        let expected: [(usize, &[u8], &[u8]); 3] =
            [(16, b"Host", b"a"), (25, b"X-Long", b"b\r\n  c"), (41, b"", b"")];
        assert_eq!(read, expected);
        assert_eq!(&*unfolded(b"b\r\n  c"), b"b  c");
    }

    proptest! {
        #[test]
        fn fields_follow_each_other(head in "[a: \r\n]{0,60}") {
            let mut at = 0;
            for line in fields(head.as_bytes(), 0) {
                prop_assert_eq!(line.offset, at);
                at += line.octets.len();
            }
        }
    }
}
