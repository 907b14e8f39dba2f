//! The head of a message on the wire: start line and field lines (RFC 9112 sections 2 to 5). Nearly all are read strictly
//! by httparse; the few that it refuses are read leniently.

use httparse::Status;
use memchr::memchr;

use super::framed_head::FramedHead;
use super::{lenient, strict};

/// Reads a head, from its start line to its empty line, or as far as it came. `None` where it is none.
pub(super) fn read_head(octets: &[u8]) -> Option<FramedHead> {
    match strict::read(octets) {
        Some(Status::Complete((end, head))) if end == octets.len() => Some(head),
        _ => lenient::read(octets),
    }
}

/// Reads the head that `octets` begin with, where all of it is there: where it ends, and the head if it is one. They do
/// not begin with an empty line.
pub(super) fn read_whole_head(octets: &[u8]) -> Option<(usize, Option<FramedHead>)> {
    match strict::read(octets) {
        Some(Status::Complete((end, head))) => Some((end, Some(head))),
        Some(Status::Partial) => None,
        None => lenient::read_whole(octets),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::http::h1::framing::Length;
    use crate::session::http::semantics::{Coding, Head, Start};
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
            let FramedHead { head, length, .. } = read_framed(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
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
            let FramedHead { head, length, .. } = read_framed(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
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

    /// Heads as they are sent, with what makes some of them odd.
    fn heads() -> impl Strategy<Value = String> {
        let start = prop_oneof![
            "(GET|POST|HEAD|CONNECT|put) {1,2}(/|http://h/)[a-z%?=é]{0,6}( HTTP/1\\.[01])?",
            "HTTP/1\\.[01] [0-9]{3}( [ -~é]{0,9})?",
        ];
        let name = "(Host|Content-Length|content-type|Transfer-Encoding|Via|X-Acr|[A-Za-z-]{1,4}) ?";
        let field = (name, ": ?[ -~\té]{0,9}");
        let value = "(chunked|7|7, 8|gzip, chunked|text/plain;boundary=x)";
        let field = prop_oneof![field, ("(Content-(Length|Type)|Transfer-Encoding):", value)];
        let line_end = prop_oneof![8 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r\n ")];
        let lines = prop::collection::vec((field, line_end), 0..6);
        (start, lines).prop_map(|(start, lines)| {
            let fields = lines
                .iter()
                .map(|((name, value), end)| format!("{name}{value}{end}"));
            format!("{start}\r\n{}\r\n", fields.collect::<String>())
        })
    }

    #[test]
    fn the_heads_of_the_field_are_read_strictly() {
        for text in [
            "POST /mms HTTP/1.1\r\nHost: mmsc:8080\r\nContent-Type: application/vnd.wap.mms-message\r\n\r\n",
            "GET http://mmsc/x?a=%20 HTTP/1.0\r\nX-Long: été\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
            "HTTP/1.1 404 Not here\n\n",
        ] {
            assert!(
                strict::read(text.as_bytes()).is_some_and(|read| read.is_complete()),
                "{text}"
            );
        }
        // httparse gives no reason phrase that is not ASCII: such a head is left to the lenient reader.
        assert!(strict::read("HTTP/1.1 200 Déjà vu\r\n\r\n".as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn what_is_read_strictly_is_read_leniently_alike(head in heads(), cut in 0_usize..9, after in "[a-z\r\n]{0,3}") {
            let octets = format!("{head}{after}");
            let octets = &octets.as_bytes()[..octets.len().saturating_sub(cut)];
            let lenient = format!("{:?}", lenient::read_whole(octets));
            match strict::read(octets) {
                Some(Status::Complete((end, head))) => prop_assert_eq!(format!("{:?}", Some((end, Some(head)))), lenient),
                Some(Status::Partial) => prop_assert_eq!(lenient, "None"),
                None => {}
            }
        }

        #[test]
        fn any_octets_that_are_read_strictly_are_read_leniently_alike(octets in "[GT /:hH\r\n\té]{0,24}") {
            let octets = format!("GET / HTTP/1.1\n{octets}\n\n");
            if let Some(Status::Complete((end, head))) = strict::read(octets.as_bytes()) {
                let lenient = lenient::read_whole(octets.as_bytes());
                prop_assert_eq!(format!("{:?}", Some((end, Some(head)))), format!("{lenient:?}"));
            }
        }

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
