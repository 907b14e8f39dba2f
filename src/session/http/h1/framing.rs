//! Where a body ends (RFC 9112 sections 6 and 7): by length, by chunks, or with the connection.

use crate::session::http::semantics::Method;

/// Octets of one line of chunked framing (size with extensions, trailer field); a longer one is not framing.
const LINE_OCTETS: usize = 16 * 1024;

/// How a head says that the body's end is found (RFC 9112 section 6.3), the request's method aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Chunked transfer coding.
    Chunked,
    /// Content-Length.
    Octets(u64),
    /// Neither.
    Unknown,
}

/// How the octets of a body are told from what follows it.
#[derive(Debug)]
pub(super) enum Framing {
    /// So many octets are left.
    Length(u64),
    /// Chunks.
    Chunked(Chunked),
    /// Everything until the sender closes.
    ToClose,
}

/// Where chunked framing stands.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    place: Place,
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// In a chunk's size line.
    #[default]
    Size,
    /// In a chunk with so many octets left.
    Data(u64),
    /// In the line end that follows a chunk.
    AfterData,
    /// In the trailer section.
    Trailer,
}

/// What the framing made of octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// These octets are content; what follows them is still to be given.
    Content(&'a [u8], &'a [u8]),
    /// The body ended; these octets follow it.
    End(&'a [u8]),
    /// All octets are used up and the body goes on.
    More,
    /// This is no chunked framing.
    Malformed,
}

/// What a gap does to the framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    /// It lies within the content.
    Within,
    /// It reaches to the body's end exactly.
    ToEnd,
    /// It reaches beyond the body, or takes the framing with it.
    Beyond,
}

impl Framing {
    /// Of a request. Without a length it has no body (RFC 9112 section 6.3).
    pub(super) fn of_request(length: Length) -> Self {
        match length {
            Length::Chunked => Self::Chunked(Chunked::default()),
            Length::Octets(octets) => Self::Length(octets),
            Length::Unknown => Self::Length(0),
        }
    }

    /// Of a response with this status to a request with this method. Without a length its body ends with the
    /// connection.
    pub(super) fn of_response(length: Length, status: u16, method: Option<Method>) -> Self {
        if method == Some(Method::Head) || matches!(status, 100..=199 | 204 | 304) {
            return Self::Length(0);
        }
        match length {
            Length::Chunked => Self::Chunked(Chunked::default()),
            Length::Octets(octets) => Self::Length(octets),
            Length::Unknown => Self::ToClose,
        }
    }

    /// Takes the next piece.
    pub(super) fn step<'a>(&mut self, octets: &'a [u8]) -> Step<'a> {
        match self {
            Self::Length(0) => Step::End(octets),
            _ if octets.is_empty() => Step::More,
            Self::Length(left) => {
                let (content, rest) = split(octets, *left);
                *left = left.saturating_sub(length(content));
                Step::Content(content, rest)
            }
            Self::ToClose => Step::Content(octets, &[]),
            Self::Chunked(chunked) => chunked.step(octets),
        }
    }

    /// Skips octets that were not captured.
    pub(super) fn skip(&mut self, lost: u64) -> Skip {
        let left = match self {
            Self::ToClose => return Skip::Within,
            Self::Length(left)
            | Self::Chunked(Chunked {
                place: Place::Data(left),
                ..
            }) => left,
            Self::Chunked(_) => return Skip::Beyond,
        };
        let Some(after) = left.checked_sub(lost) else {
            return Skip::Beyond;
        };
        *left = after;
        match self {
            Self::Length(0) => Skip::ToEnd,
            _ => Skip::Within,
        }
    }

    /// How many of `lost` octets are the body's.
    pub(super) fn share(&self, lost: u64) -> u64 {
        match self {
            Self::ToClose => lost,
            Self::Length(_) | Self::Chunked(_) => lost.min(self.announced()),
        }
    }

    /// How many octets are still announced, where that is known.
    pub(super) fn announced(&self) -> u64 {
        match self {
            Self::Length(left)
            | Self::Chunked(Chunked {
                place: Place::Data(left),
                ..
            }) => *left,
            Self::Chunked(_) | Self::ToClose => 0,
        }
    }
}

fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}

fn split(octets: &[u8], at: u64) -> (&[u8], &[u8]) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    octets.split_at_checked(at).unwrap_or((octets, &[]))
}

impl Chunked {
    fn step<'a>(&mut self, octets: &'a [u8]) -> Step<'a> {
        let mut rest = octets;
        loop {
            if let Place::Data(left) = &mut self.place {
                if *left > 0 {
                    let (content, after) = split(rest, *left);
                    *left = left.saturating_sub(length(content));
                    return if content.is_empty() {
                        Step::More
                    } else {
                        Step::Content(content, after)
                    };
                }
                self.place = Place::AfterData;
            }
            let Some(after) = self.take_line(rest) else {
                return if self.line.len() > LINE_OCTETS {
                    Step::Malformed
                } else {
                    Step::More
                };
            };
            rest = after;
            let line = std::mem::take(&mut self.line);
            match self.take_framing(line.trim_ascii()) {
                Some(true) => return Step::End(rest),
                Some(false) => {}
                None => return Step::Malformed,
            }
        }
    }

    /// Gathers a line up to its LF; `None` where it is not complete.
    fn take_line<'a>(&mut self, octets: &'a [u8]) -> Option<&'a [u8]> {
        let end = octets.iter().position(|octet| *octet == b'\n');
        let taken = end.map_or(octets.len(), |end| end.saturating_add(1));
        let (line, rest) = octets.split_at_checked(taken).unwrap_or((octets, &[]));
        let room = LINE_OCTETS.saturating_add(1).saturating_sub(self.line.len());
        self.line.extend(line.iter().take(room));
        end.filter(|_| self.line.len() <= LINE_OCTETS).map(|_| rest)
    }

    /// Takes a line of framing: whether the body ended with it, `None` where it is none.
    fn take_framing(&mut self, line: &[u8]) -> Option<bool> {
        match self.place {
            Place::AfterData if line.is_empty() => self.place = Place::Size,
            // A sender that leaves out the line end after a chunk.
            Place::AfterData | Place::Size => {
                let size = chunk_size(line)?;
                self.place = if size == 0 {
                    Place::Trailer
                } else {
                    Place::Data(size)
                };
            }
            Place::Trailer => return Some(line.is_empty()),
            Place::Data(_) => return None,
        }
        Some(false)
    }
}

/// `hex [;extension]`, with spaces around the size.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|octet| matches!(octet, b';' | b' ' | b'\t')).next()?;
    let text = std::str::from_utf8(size).ok()?;
    if text.starts_with('+') {
        return None;
    }
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content and what follows it, with the octets given `piece` at a time.
    fn run(framing: &mut Framing, octets: &[u8], piece: usize) -> Option<(Vec<u8>, usize)> {
        let mut content = Vec::new();
        let mut used = 0;
        for part in octets.chunks(piece) {
            let mut rest = part;
            loop {
                match framing.step(rest) {
                    Step::Content(more, after) => {
                        content.extend_from_slice(more);
                        rest = after;
                    }
                    Step::End(after) => return Some((content, used + part.len() - after.len())),
                    Step::More => break,
                    Step::Malformed => return None,
                }
            }
            used += part.len();
        }
        None
    }

    #[test]
    fn chunks_in_every_form_and_cut_anywhere() {
        let body = b"5;ext=\"1\"\r\nhello\r\n0006 \r\n world\r\n1\n!\nA;x\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\nGET";
        for piece in 1..body.len() {
            let mut framing = Framing::Chunked(Chunked::default());
            assert_eq!(
                run(&mut framing, body, piece),
                Some((b"hello world!0123456789".to_vec(), body.len() - 3))
            );
        }
    }

    #[test]
    fn a_length_ends_exactly() {
        assert_eq!(
            run(&mut Framing::Length(3), b"abcdef", 2),
            Some((b"abc".to_vec(), 3))
        );
        assert_eq!(run(&mut Framing::Length(0), b"x", 1), Some((Vec::new(), 0)));
    }

    #[test]
    fn nonsense_is_no_framing() {
        for body in [
            &b"zz\r\n"[..],
            b"\r\n",
            b"5\r\nhelloworld\r\n",
            b"-1\r\n",
            b"fffffffffffffffff\r\n",
        ] {
            assert_eq!(
                run(&mut Framing::Chunked(Chunked::default()), body, 100),
                None,
                "{body:?}"
            );
        }
        let endless = vec![b'1'; 100_000];
        assert_eq!(
            Framing::Chunked(Chunked::default()).step(&endless),
            Step::Malformed
        );
    }

    #[test]
    fn gaps() {
        let mut framing = Framing::Length(10);
        assert_eq!(framing.skip(4), Skip::Within);
        assert_eq!(framing.skip(6), Skip::ToEnd);
        assert_eq!(Framing::Length(10).skip(11), Skip::Beyond);
        let mut chunked = Framing::Chunked(Chunked::default());
        assert_eq!(chunked.skip(1), Skip::Beyond);
        assert!(matches!(chunked.step(b"5\r\nhe"), Step::Content(b"he", b"")));
        assert_eq!(chunked.skip(3), Skip::Within);
        assert_eq!(chunked.step(b"\r\n0\r\n\r\n"), Step::End(b""));
    }
}
