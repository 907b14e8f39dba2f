//! Whether octets begin a SIP message (RFC 3261 section 7.1, 7.2).

use super::message::{StartLine, split_line};
use crate::session::probe::{PROBE_OCTETS, Probe};

/// Schemes that a Request-URI has where SIP carries messages.
const SCHEMES: [&str; 5] = ["sip:", "sips:", "tel:", "urn:", "im:"];

/// The longest method in use, in octets, with room for one to come.
const METHOD_OCTETS: usize = 16;

/// Whether `octets` begin a SIP message; empty lines before it keep a connection alive.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    let blank = octets
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'))
        .count();
    let octets = octets.get(blank..).unwrap_or_default();
    if octets.contains(&b'\n') {
        let (line, _) = split_line(octets);
        return match StartLine::read(line) {
            Some(StartLine::Request { uri, .. }) if !has_scheme(uri) => Probe::NotOurs,
            Some(_) => Probe::Certain,
            None => Probe::NotOurs,
        };
    }
    match octets.len() < PROBE_OCTETS && may_begin(octets) {
        true => Probe::Unsure,
        false => Probe::NotOurs,
    }
}

fn has_scheme(uri: &[u8]) -> bool {
    SCHEMES.iter().any(|scheme| {
        let start = uri.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    })
}

/// Whether the start of a line may become a start line.
fn may_begin(octets: &[u8]) -> bool {
    let status = b"SIP/2.0 ";
    if octets.iter().zip(status).all(|(octet, wanted)| octet == wanted) {
        return true;
    }
    let method = octets
        .iter()
        .take_while(|octet| octet.is_ascii_uppercase())
        .count();
    match octets.get(method..) {
        Some([]) => method <= METHOD_OCTETS,
        Some([b' ', uri @ ..]) => method > 0 && scheme_may_begin(uri),
        _ => false,
    }
}

fn scheme_may_begin(uri: &[u8]) -> bool {
    SCHEMES.iter().any(|scheme| {
        let pairs = uri.iter().zip(scheme.as_bytes());
        pairs
            .into_iter()
            .all(|(octet, wanted)| octet.eq_ignore_ascii_case(wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sip_is_known_by_its_start_line() {
        let cases: [(&[u8], Probe); 10] = [
            (b"MESSAGE sip:+491@ims SIP/2.0\r\n", Probe::Certain),
            (b"MESSAGE tel:+491 SIP/2.0\n", Probe::Certain),
            (b"SIP/2.0 200 OK\r\n", Probe::Certain),
            (b"\r\n\r\nSIP/2.0 200 OK\r\n", Probe::Certain),
            (b"SIP/2", Probe::Unsure),
            (b"REGISTER si", Probe::Unsure),
            (b"GET /x HT", Probe::NotOurs),
            (b"GET http://x/ HTTP/1.1\r\n", Probe::NotOurs),
            (b"hello", Probe::NotOurs),
            (b"\x16\x03\x01", Probe::NotOurs),
        ];
        for (octets, expected) in cases {
            assert_eq!(probe(octets), expected, "{}", String::from_utf8_lossy(octets));
        }
    }
}
