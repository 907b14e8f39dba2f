//! Whether octets begin a SIP message (RFC 3261 section 7.1, 7.2).

use super::message::{StartLine, split_line};
use crate::session::probe::{PROBE_OCTETS, Probe, ProbeInside};

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
    // Methods and the version of a status line begin with a capital letter; most octets that are none of ours do not.
    if octets.first().is_some_and(|first| !first.is_ascii_uppercase()) {
        return Probe::NotOurs;
    }
    if memchr::memchr(b'\n', octets).is_some() {
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

/// Whether a message begins somewhere in `octets`, which may begin inside another one.
pub(in crate::session) fn probe_inside(octets: &[u8]) -> ProbeInside {
    match (start_inside(octets), start_cut(octets)) {
        (Some(_), _) => ProbeInside::Certain,
        (None, Some(start)) => ProbeInside::Unsure(start),
        (None, None) => ProbeInside::NotOurs,
    }
}

/// Methods by which a request is known where no line end stands before it (RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086,
/// 6665).
const METHODS: [&str; 14] = [
    "MESSAGE",
    "REGISTER",
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "PRACK",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "INFO",
    "REFER",
    "UPDATE",
];

/// Where the first start line begins in octets that may begin inside a message: the end of a body needs no line end.
pub(super) fn start_inside(octets: &[u8]) -> Option<usize> {
    const VERSION: &[u8] = b"SIP/2.0";
    memchr::memmem::find_iter(octets, VERSION).find_map(|version| {
        let from_version = octets.get(version..)?;
        let (line, rest) = split_line(from_version);
        if rest.is_empty() && !from_version.ends_with(b"\n") {
            return None;
        }
        match line == VERSION {
            true => request_start(octets.get(..version)?),
            false => StartLine::read(line).map(|_| version),
        }
    })
}

/// Where a start line may begin of which more octets would tell.
pub(super) fn start_cut(octets: &[u8]) -> Option<usize> {
    let line = after_last_line(octets);
    let text = octets.get(line..)?;
    let cut = |offset: &usize| {
        let text = text.get(*offset..).unwrap_or_default();
        let words = METHODS
            .iter()
            .map(|method| method.as_bytes())
            .chain([&b"SIP/2.0"[..]]);
        let mut cut = words.map(|word| text.iter().zip(word).all(|(octet, wanted)| octet == wanted));
        cut.any(|cut| cut) && may_begin(text)
    };
    (0..text.len())
        .find(cut)
        .map(|offset| line.saturating_add(offset))
}

/// Behind the last octet that no line of text has.
fn after_last_line(octets: &[u8]) -> usize {
    let before = octets.iter().rposition(|octet| !(b' '..=b'~').contains(octet));
    before.map_or(0, |before| before.saturating_add(1))
}

/// Where the request line begins whose version stands behind `octets`.
fn request_start(octets: &[u8]) -> Option<usize> {
    let line = after_last_line(octets);
    let text = octets.get(line..)?.strip_suffix(b" ")?;
    let uri = text.iter().rposition(|octet| *octet == b' ')?;
    let (before, uri) = text.split_at_checked(uri)?;
    let method = METHODS
        .iter()
        .find(|method| before.ends_with(method.as_bytes()))?;
    let start = before.len().checked_sub(method.len())?;
    has_scheme(uri.trim_ascii_start()).then(|| line.saturating_add(start))
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
    fn a_start_line_is_found_inside_a_stream() {
        for (octets, start) in [
            (&b"\x81\x02MESSAGE sip:+491@ims SIP/2.0\r\nTo: x"[..], Some(2)),
            (b"Via: SIP/2.0/TCP a\r\n\r\nabcSIP/2.0 200 OK\r\n", Some(25)),
            (b"bodyMESSAGE tel:+491 SIP/2.0\n", Some(4)),
            (b"Via: SIP/2.0/TCP a\r\n", None),
            (b"x MESSAGE tel:+491 SIP/2.0", None),
            (b"GET http://x SIP/2.0\r\n", None),
        ] {
            assert_eq!(start_inside(octets), start, "{}", String::from_utf8_lossy(octets));
        }
    }

    #[test]
    fn a_start_line_that_is_cut_may_be_one() {
        for (octets, start) in [
            (&b"\x81\x02MESS"[..], Some(2)),
            (b"bodyMESSAGE te", Some(4)),
            (b"body\r\nSIP/2.0 2", Some(6)),
            (b"body MESSAGE to", None),
            (b"body", None),
        ] {
            assert_eq!(start_cut(octets), start, "{}", String::from_utf8_lossy(octets));
        }
    }

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
