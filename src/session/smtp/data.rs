//! The octets behind DATA: where they end, and which of their dots are not the mail's (RFC 5321 sections 4.1.1.4 and
//! 4.5.2).

use memchr::{memchr, memchr_iter};

/// Where in the lines of the data the next octet stands. A line ends with CR LF and with nothing else: LF alone is an octet
/// like any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DataReader {
    /// At the start of a line.
    #[default]
    LineStart,
    /// Behind a dot at the start of a line.
    Dot,
    /// Behind a dot at the start of a line and CR.
    DotCr,
    /// In a line, or where that is not known.
    Inside,
    /// Behind CR.
    Cr,
}

impl DataReader {
    /// Takes octets and gives `put` those of the mail. What follows the end of the data, where that is among them.
    pub(super) fn take<'a>(&mut self, octets: &'a [u8], mut put: impl FnMut(&[u8])) -> Option<&'a [u8]> {
        let mut rest = octets;
        while let Some((first, behind)) = rest.split_first() {
            match (*self, *first) {
                (Self::LineStart, b'.') => (*self, rest) = (Self::Dot, behind),
                (Self::Dot, b'\r') => (*self, rest) = (Self::DotCr, behind),
                (Self::DotCr, b'\n') => {
                    *self = Self::LineStart;
                    return Some(behind);
                }
                (Self::DotCr, _) => {
                    put(b"\r");
                    *self = Self::Inside;
                }
                (Self::Cr, b'\n') => {
                    put(b"\n");
                    (*self, rest) = (Self::LineStart, behind);
                }
                // A dot that was put before a line that begins with one is none of the mail's.
                (Self::LineStart | Self::Dot | Self::Cr, _) => *self = Self::Inside,
                (Self::Inside, _) => {
                    let end = memchr(b'\r', rest).map_or(rest.len(), |at| at.saturating_add(1));
                    let (passed, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                    put(passed);
                    *self = if passed.ends_with(b"\r") {
                        Self::Cr
                    } else {
                        Self::Inside
                    };
                    rest = after;
                }
            }
        }
        None
    }

    /// Passes octets of a mail that is not kept, looking for its end alone. What follows it, where it is among them.
    pub(super) fn pass<'a>(&mut self, octets: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = octets;
        // What the octets before began is decided by the first few.
        while *self != Self::Inside {
            let (first, behind) = rest.split_at_checked(1)?;
            if let Some(none) = self.take(first, |_| {}) {
                return Some(if none.is_empty() { behind } else { rest });
            }
            rest = behind;
        }
        // Most mail that is large is base64, which has no dots.
        let end = memchr_iter(b'.', rest).find_map(|dot| {
            let (before, from) = rest.split_at_checked(dot)?;
            let behind = from.strip_prefix(b".\r\n")?;
            before.ends_with(b"\r\n").then_some(behind)
        });
        *self = match end {
            Some(_) => Self::LineStart,
            None => Self::behind(rest),
        };
        end
    }

    /// Where the next octet stands behind these, which began in a line: an end that goes on behind them began in their
    /// last ones.
    fn behind(octets: &[u8]) -> Self {
        match octets {
            [.., b'\r', b'\n', b'.', b'\r'] => Self::DotCr,
            [.., b'\r', b'\n', b'.'] => Self::Dot,
            [.., b'\r', b'\n'] => Self::LineStart,
            [.., b'\r'] => Self::Cr,
            _ => Self::Inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> (Vec<u8>, Option<Vec<u8>>) {
        let (mut reader, mut mail) = (DataReader::default(), Vec::new());
        for piece in pieces {
            if let Some(rest) = reader.take(piece, |octets| mail.extend_from_slice(octets)) {
                return (mail, Some(rest.to_vec()));
            }
        }
        (mail, None)
    }

    #[test]
    fn only_a_dot_between_two_line_ends_is_the_end() {
        let data = b"a\n.\nb\r\n.\nc\r\n..\r\n...d\r\n.\r\nQUIT\r\n";
        let mail = b"a\n.\nb\r\n\nc\r\n.\r\n..d\r\n".to_vec();
        assert_eq!(read(&[data]), (mail.clone(), Some(b"QUIT\r\n".to_vec())));
        // Wherever a segment ends.
        for cut in 0..data.len() {
            let (one, other) = data.split_at(cut);
            assert_eq!(read(&[one, other]).0, mail, "{cut}");
        }
    }

    #[test]
    fn what_is_passed_ends_where_what_is_read_does() {
        let alphabet = [b'\r', b'\n', b'.', b'a'];
        // Every text of nine of these octets in two pieces: all that the end may be confused with.
        for number in 0..4_usize.pow(9) {
            let text: Vec<u8> = (0..9).map(|place| alphabet[number >> (2 * place) & 3]).collect();
            let cut = number % 10;
            let (one, other) = text.split_at(cut);
            let run = |step: fn(&mut DataReader, &[u8]) -> Option<usize>| {
                let mut reader = DataReader::default();
                match step(&mut reader, one) {
                    Some(left) => (Some(left + other.len()), reader),
                    None => (step(&mut reader, other), reader),
                }
            };
            let read = run(|reader, octets| reader.take(octets, |_| {}).map(<[u8]>::len));
            let passed = run(|reader, octets| reader.pass(octets).map(<[u8]>::len));
            assert_eq!(passed, read, "{:?} cut at {cut}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn an_empty_mail_and_one_without_end() {
        assert_eq!(read(&[b".\r\n"]), (Vec::new(), Some(Vec::new())));
        assert_eq!(read(&[b"a\r\n.\r"]), (b"a\r\n".to_vec(), None));
        assert_eq!(read(&[b"a\r\n.\r\r\n.\r\n"]).0, b"a\r\n\r\r\n");
        assert_eq!(
            read(&[b"a\r", b"\n", b".", b"\r", b"\n"]),
            (b"a\r\n".to_vec(), Some(Vec::new()))
        );
    }
}
