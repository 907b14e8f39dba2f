//! The head of a message on the wire: start line and field lines (RFC 9112 sections 2 to 5).
//!
//! Read more leniently than any server would: LF-only lines, folded fields, missing reason phrases and versions, octets
//! that no field may hold and lines that are no fields are taken as they are meant or passed over. An observer does
//! not reject a message that its receiver may have understood.

use memchr::memchr;

use super::framing::Length;
use super::start_line;
use crate::session::http::semantics::{Coding, ControlData, Fields, Head, text};

/// A head, and how it says that the body's end is found.
#[derive(Clone, Debug)]
pub(super) struct FramedHead {
    pub(super) head: Head,
    pub(super) length: Length,
}

/// Where the head that `octets` begin with ends, if it does, searching from `from` on.
pub(super) fn end_of_head(octets: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(3);
    loop {
        let rest = octets.get(at..)?;
        at = at.checked_add(memchr(b'\n', rest)?)?.checked_add(1)?;
        match octets.get(at..)? {
            [b'\n', ..] => return at.checked_add(1),
            [b'\r', b'\n', ..] => return at.checked_add(2),
            _ => {}
        }
    }
}

/// Reads a head, from its start line to its empty line. `None` where it is none.
pub(super) fn read_head(octets: &[u8]) -> Option<FramedHead> {
    let mut folded = false;
    let head = read_lines(lines(octets).inspect(|line| folded |= goes_on(line)));
    match folded {
        false => head,
        true => read_lines(lines(&unfold(octets))),
    }
}

/// Reads the head that `octets` begin with, in one pass, where all of it is there: where it ends, and the head if it is
/// one. They do not begin with an empty line.
pub(super) fn read_whole_head(octets: &[u8]) -> Option<(usize, Option<FramedHead>)> {
    let mut end = None;
    let mut folded = false;
    let lines = lines_of_head(octets, &mut end).inspect(|line| folded |= goes_on(line));
    let head = read_lines(lines);
    let end = end?;
    match folded {
        false => Some((end, head)),
        true => Some((end, read_head(octets.get(..end)?))),
    }
}

/// Whether a line goes on with the field before it.
const fn goes_on(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

/// Lines without their line ends up to the empty one; where that ends is noted.
fn lines_of_head<'a>(octets: &'a [u8], end: &mut Option<usize>) -> impl Iterator<Item = &'a [u8]> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let rest = octets.get(at..)?;
        let line = rest.get(..memchr(b'\n', rest)?)?;
        at = at.checked_add(line.len())?.checked_add(1)?;
        if matches!(line, [] | [b'\r']) {
            *end = Some(at);
            return None;
        }
        Some(line)
    })
}

/// Lines without their line ends.
fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(octets);
    std::iter::from_fn(move || {
        let octets = rest?;
        let end = memchr(b'\n', octets);
        rest = end.and_then(|end| octets.get(end.saturating_add(1)..));
        octets.get(..end.unwrap_or(octets.len()))
    })
}

/// Field lines that go on in the next line (obs-fold, RFC 9112 section 5.2) as one line.
fn unfold(octets: &[u8]) -> Vec<u8> {
    let mut line = octets.to_vec();
    for at in 1..line.len() {
        if let Some([b'\n', b' ' | b'\t']) = line.get(at.saturating_sub(1)..=at) {
            for octet in line
                .iter_mut()
                .take(at)
                .rev()
                .take_while(|o| matches!(**o, b'\r' | b'\n'))
            {
                *octet = b' ';
            }
        }
    }
    line
}

/// Reads all lines of a head, none of them folded.
fn read_lines<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<FramedHead> {
    let mut start = None;
    let mut fields = FieldLines::default();
    for line in lines {
        if start.is_some() {
            fields.take_line(line);
        } else {
            start = Some(line.trim_ascii()).filter(|line| !line.is_empty());
        }
    }
    Some(fields.head(&start_line::read(start?)?))
}

/// The fields of a head, with those that belong to HTTP/1 alone.
#[derive(Default)]
struct FieldLines<'a> {
    fields: Fields<'a>,
    transfer_codings: Vec<Coding>,
    chunked: bool,
}

impl<'a> FieldLines<'a> {
    /// Takes a field line; any other line is passed over.
    fn take_line(&mut self, line: &'a [u8]) {
        let colon = memchr(b':', line);
        if let Some((name, value)) = colon.and_then(|colon| line.split_at_checked(colon))
            && let Some(value) = value.get(1..)
        {
            self.take(name.trim_ascii(), value);
        }
    }

    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.take_transfer_codings(&text(value));
        } else {
            self.fields.take(name, value);
        }
    }

    fn take_transfer_codings(&mut self, value: &str) {
        for coding in value.split(',').map(str::trim) {
            if coding.eq_ignore_ascii_case("chunked") {
                self.chunked = true;
            } else {
                self.transfer_codings.extend(Coding::named(coding));
            }
        }
    }

    /// The head that these fields and a start line make. A transfer coding outweighs a length (RFC 9112 section 6.3).
    fn head(self, control: &ControlData<'_>) -> FramedHead {
        let mut head = self.fields.head(control);
        let length = match (self.chunked, self.transfer_codings.is_empty()) {
            (true, _) => Length::Chunked,
            (false, false) => Length::Unknown,
            (false, true) => head.content_length.map_or(Length::Unknown, Length::Octets),
        };
        head.codings.extend(self.transfer_codings);
        FramedHead { head, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::http::semantics::Start;
    use proptest::prelude::*;

    fn read(text: &str) -> Head {
        read_framed(text).head
    }

    fn read_framed(text: &str) -> FramedHead {
        assert_eq!(end_of_head(text.as_bytes(), 0), Some(text.len()), "{text:?}");
        let (end, head) = read_whole_head(text.as_bytes()).unwrap();
        assert_eq!(end, text.len(), "{text:?}");
        let again = read_head(text.as_bytes());
        assert_eq!(format!("{head:?}"), format!("{again:?}"));
        head.unwrap()
    }

    fn url(text: &str) -> String {
        let url = read(text).texts.url().map(str::to_owned);
        url.expect("a request was expected")
    }

    #[test]
    fn urls_are_absolute_where_they_can_be() {
        assert_eq!(
            url("GET /a%20b HTTP/1.1\r\nHost: mmsc:8080\r\n\r\n"),
            "http://mmsc:8080/a%20b"
        );
        assert_eq!(
            url("GET http://mmsc/x HTTP/1.0\r\nHost: proxy\r\n\r\n"),
            "http://mmsc/x"
        );
        assert_eq!(url("GET /x HTTP/1.0\r\n\r\n"), "/x");
        assert!(read("GET http://mmsc/x HTTP/1.0\r\n\r\n").relayed);
    }

    #[test]
    fn odd_heads_are_read() {
        let head = read(
            "POST /m HTTP/1.1\nhost:h\ncontent-TYPE:Application/VND.wap.mms-message ;x=y\ncontent-length:3\n\n",
        );
        assert_eq!(head.texts.content_type(), Some("application/vnd.wap.mms-message"));
        assert_eq!(head.content_length, Some(3));
        let head =
            read("HTTP/1.1 200\r\nContent-Type:\r\n application/vnd.wap.mms-message;\r\n\tq=1\r\n\r\n");
        assert_eq!(head.start, Start::Status(200));
        assert_eq!(head.texts.content_type(), Some("application/vnd.wap.mms-message"));
        let head = read("HTTP/1.0 404  \r\nnot a field\r\nContent-Length : 5\r\n\r\n");
        assert_eq!((head.start, head.content_length), (Start::Status(404), Some(5)));
    }

    #[test]
    fn lengths() {
        let length = |fields: &str| {
            let FramedHead { head, length } = read_framed(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
            (length, head.contradictory)
        };
        assert_eq!(
            length("Content-Length: 7\r\nContent-Length: 7\r\n"),
            (Length::Octets(7), false)
        );
        assert_eq!(length("Content-Length: 7, 8\r\n"), (Length::Octets(7), true));
        assert_eq!(
            length("Content-Length: 7\r\nTransfer-Encoding: gzip, Chunked\r\n"),
            (Length::Chunked, false)
        );
        assert_eq!(length("Content-Length: nine\r\n"), (Length::Unknown, true));
        assert_eq!(length(""), (Length::Unknown, false));
    }

    #[test]
    fn many_fields() {
        let fields: String = (0..500).map(|n| format!("X-{n}: v\r\n")).collect();
        let head = read(&format!("GET / HTTP/1.1\r\n{fields}User-Agent: ua\r\n\r\n"));
        assert_eq!(head.texts.user_agent(), Some("ua"));
    }

    #[test]
    fn the_best_field_names_the_subscriber() {
        let subscriber = |fields: &str| {
            let head = read(&format!("GET / HTTP/1.1\r\n{fields}\r\n"));
            let value = head.texts.subscriber().map(str::to_owned);
            head.subscriber.map(|field| field.name()).zip(value)
        };
        assert_eq!(
            subscriber("X-Acr: abc\r\nX-MSISDN: 491711\r\nx-imsi: 262\r\n"),
            Some(("x-msisdn", "491711".to_owned()))
        );
        assert_eq!(
            subscriber("X-MSISDN:\r\nX-Acr: abc\r\nX-acr: def\r\n"),
            Some(("x-acr", "abc".to_owned()))
        );
        assert_eq!(subscriber(""), None);
    }

    #[test]
    fn of_repeated_fields_host_counts_the_first_time_and_others_the_last() {
        let head = read(
            "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nUser-Agent: a\r\nUser-Agent: b\r\n\
             Content-Type: text/plain; boundary=x\r\nContent-Type: ; q=1\r\n\r\n",
        );
        assert_eq!(head.texts.url(), Some("http://a/x"));
        assert_eq!(head.texts.user_agent(), Some("b"));
        assert_eq!((head.texts.content_type(), head.texts.boundary()), (None, None));
    }

    #[test]
    fn codings_are_listed_in_the_order_in_which_they_were_applied() {
        let codings = |fields: &str| {
            let FramedHead { head, length } = read_framed(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
            (head.codings, length)
        };
        assert_eq!(
            codings("Transfer-Encoding: DEFLATE , chunked\r\nContent-Encoding: X-Gzip, identity\r\n"),
            (vec![Coding::Gzip, Coding::Deflate], Length::Chunked)
        );
        assert_eq!(
            codings("Content-Length: 3\r\nTransfer-Encoding: gzip\r\n"),
            (vec![Coding::Gzip], Length::Unknown)
        );
        assert_eq!(
            codings("Content-Length: 3\r\nTransfer-Encoding: identity,\r\nContent-Encoding: chunked\r\n"),
            (vec![Coding::Unsupported], Length::Octets(3))
        );
    }

    #[test]
    fn a_start_line_may_be_folded_too() {
        assert_eq!(
            url("GET\r\n /x\r\n\tHTTP/1.1\r\nHost:\r\n a\r\n\r\n"),
            "http://a/x"
        );
        assert_eq!(url(" GET /x HTTP/1.1\r\n\r\n"), "/x");
    }

    #[test]
    fn a_head_ends_wherever_it_is_cut() {
        let text = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\n\n";
        for cut in 0..text.len() {
            let expected = (cut >= 27).then_some(27);
            assert_eq!(
                end_of_head(&text[..cut], cut.saturating_sub(1)),
                expected.filter(|_| cut <= 28)
            );
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_a_head_or_none(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_head(&octets);
        }

        #[test]
        fn a_head_that_is_whole_is_read_where_it_ends(octets in "[A: \t\r\n]{0,20}") {
            let octets = octets.trim_start_matches(['\r', '\n']).as_bytes();
            let expected = end_of_head(octets, 0).map(|end| (end, read_head(&octets[..end])));
            prop_assert_eq!(format!("{:?}", read_whole_head(octets)), format!("{expected:?}"));
        }

        #[test]
        fn carriage_returns_and_folds_change_nothing(
            fields in prop::collection::vec("[A-Za-z-]{1,4}(host|content-length|via|x-acr)?:[ -~]{0,9}", 0..6),
        ) {
            let head = |end: &str, blank: &str| {
                let fields: String = fields.iter().map(|field| field.replace(':', &format!(":{blank}")) + end).collect();
                format!("{:?}", read_head(format!("GET /x HTTP/1.1{end}{fields}{end}").as_bytes()))
            };
            prop_assert_eq!(head("\r\n", " "), head("\n", " "));
            prop_assert_eq!(head("\r\n", "   "), head("\r\n", "\r\n "));
        }
    }
}
