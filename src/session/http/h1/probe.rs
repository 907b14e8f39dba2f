//! Whether octets are the start of an HTTP/1 message (RFC 9112 section 2.1).

use crate::session::probe::Probe;

/// Methods that may open a request (RFC 9110 section 9.3, RFC 5789, RFC 4918).
const METHODS: &[&str] = &[
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "OPTIONS",
    "CONNECT",
    "DELETE",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
];

/// Octets of a start line that are looked at before it is given up.
const START_LINE_OCTETS: usize = 2 * 1024;

/// Whether `octets` begin an HTTP/1 request or response.
///
/// A request is certain from its method and the first octets of an origin-form, absolute or asterisk target; a
/// target of another form needs the whole line with its version, as SIP and RTSP share methods with HTTP.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    let octets = skip_blank_lines(octets);
    match starts_with(octets, b"HTTP/1.") {
        Probe::NotOurs => probe_request(octets),
        opinion => opinion,
    }
}

/// Empty lines before a start line are ignored (RFC 9112 section 2.2).
fn skip_blank_lines(octets: &[u8]) -> &[u8] {
    let blank = octets
        .iter()
        .take(4)
        .take_while(|o| matches!(o, b'\r' | b'\n'))
        .count();
    octets.get(blank..).unwrap_or_default()
}

fn probe_request(octets: &[u8]) -> Probe {
    let mut opinion = Probe::NotOurs;
    for method in METHODS {
        match starts_with(octets, method.as_bytes()) {
            Probe::NotOurs => {}
            Probe::Unsure => opinion = Probe::Unsure,
            Probe::Certain => match probe_target(octets.get(method.len()..).unwrap_or_default()) {
                Probe::NotOurs => {}
                other => return other,
            },
        }
    }
    opinion
}

fn probe_target(after_method: &[u8]) -> Probe {
    match after_method {
        [] | [b' '] => Probe::Unsure,
        [b' ', b'/' | b'*', ..] => Probe::Certain,
        [b' ', target @ ..] => match starts_with(target, b"http") {
            Probe::NotOurs => probe_version(target),
            opinion => opinion,
        },
        _ => Probe::NotOurs,
    }
}

/// Whether a whole line ends with an HTTP version.
fn probe_version(line: &[u8]) -> Probe {
    match line.iter().position(|o| *o == b'\n') {
        Some(end) => {
            let line = line.get(..end).unwrap_or_default().trim_ascii_end();
            let version = line.rsplit(|o| *o == b' ').next().unwrap_or_default();
            if version.starts_with(b"HTTP/1.") {
                Probe::Certain
            } else {
                Probe::NotOurs
            }
        }
        None if line.len() < START_LINE_OCTETS
            && line.iter().all(|o| (0x20..0x7f).contains(o) || *o == b'\r') =>
        {
            Probe::Unsure
        }
        None => Probe::NotOurs,
    }
}

/// Whether `octets` start with `pattern`, ASCII letters in either case; unsure when they end within it.
fn starts_with(octets: &[u8], pattern: &[u8]) -> Probe {
    let known = octets.len().min(pattern.len());
    match (octets.get(..known), pattern.get(..known)) {
        (Some(start), Some(expected)) if start.eq_ignore_ascii_case(expected) => match known == pattern.len()
        {
            true => Probe::Certain,
            false => Probe::Unsure,
        },
        _ => Probe::NotOurs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_responses_are_certain_from_their_first_octets() {
        for text in [
            "GET / HTTP/1.1\r\n",
            "POST /mms",
            "POST http://mmsc/",
            "OPTIONS * ",
            "HTTP/1.1 200 OK",
            "HTTP/1.0 404",
            "CONNECT mmsc.example:443 HTTP/1.1\r\n",
            "\r\nPOST /",
            "get /x",
            "http/1.1 200",
        ] {
            assert_eq!(probe(text.as_bytes()), Probe::Certain, "{text}");
        }
    }

    #[test]
    fn a_piece_of_a_start_line_is_unsure() {
        for text in [
            "",
            "G",
            "POST",
            "POST ",
            "HTT",
            "HTTP/1",
            "CONNECT mmsc.example:4",
            "\r\n",
        ] {
            assert_eq!(probe(text.as_bytes()), Probe::Unsure, "{text}");
        }
    }

    #[test]
    fn relatives_of_http_are_not_http() {
        for text in [
            "OPTIONS sip:a@b SIP/2.0\r\n",
            "REGISTER sip:b",
            "RTSP/1.0 200",
            "\u{16}\u{3}\u{1}",
            "SSH-2.0-x",
            "GETX /",
            "PRI * HTTP/2.0",
            "HTTP/2.0 200",
        ] {
            assert_eq!(probe(text.as_bytes()), Probe::NotOurs, "{text}");
        }
    }
}
