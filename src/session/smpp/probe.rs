//! Whether a stream is SMPP. Other protocols begin with a length and a small number too, so a PDU must have
//! exactly the form that its command asks for.

use super::pdu::{HEADER_OCTETS, Header, is_exact};
use crate::session::probe::{PROBE_OCTETS, Probe, ProbeInside};

/// Whether `octets` begin with an SMPP PDU.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    let Ok(header) = Header::read(octets) else {
        return beginning(octets);
    };
    if !header.is_plausible() {
        return Probe::NotOurs;
    }
    let Some((pdu, rest)) = octets.split_at_checked(header.length) else {
        return match header.length <= PROBE_OCTETS {
            true => Probe::Unsure,
            false => Probe::NotOurs,
        };
    };
    let body = pdu.get(HEADER_OCTETS..).unwrap_or_default();
    let next = Header::read(rest).map_or(true, |next| next.is_plausible());
    match is_exact(header.command, body) && next {
        true => Probe::Certain,
        false => Probe::NotOurs,
    }
}

/// Whether a PDU begins somewhere behind the first of `octets`, which may lie inside another one.
pub(in crate::session) fn probe_inside(octets: &[u8]) -> ProbeInside {
    let behind = |offset: usize| octets.get(offset..).unwrap_or_default();
    let candidates = octets.windows(HEADER_OCTETS).enumerate().skip(1);
    let plausible = |window| Header::read(window).is_ok_and(|header| header.is_plausible());
    let mut unsure = None;
    for (offset, _) in candidates.filter(|(_, window)| plausible(window)) {
        match probe(behind(offset)) {
            Probe::Certain => return ProbeInside::Certain,
            Probe::Unsure => unsure = unsure.or(Some(offset)),
            Probe::NotOurs => {}
        }
    }
    let tail = octets.len().saturating_sub(HEADER_OCTETS - 1).max(1)..octets.len();
    let cut = || {
        tail.into_iter()
            .find(|offset| beginning(behind(*offset)) == Probe::Unsure)
    };
    unsure
        .or_else(cut)
        .map_or(ProbeInside::NotOurs, ProbeInside::Unsure)
}

/// Fewer octets than a header: a length below 16 MiB, then a command or an answer.
fn beginning(octets: &[u8]) -> Probe {
    let possible = |octet: &u8, index: usize| match index {
        0 => *octet == 0,
        1 => *octet <= 1,
        4 => matches!(octet, 0 | 0x80),
        5 => *octet == 0,
        _ => true,
    };
    match octets
        .iter()
        .enumerate()
        .all(|(index, octet)| possible(octet, index))
    {
        true => Probe::Unsure,
        false => Probe::NotOurs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdu_is_found_behind_the_end_of_another() {
        let stream = b"ppg\0\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x07";
        assert_eq!(probe_inside(stream), ProbeInside::Certain);
        let longer = b"\0\0\0\x1c\0\0\0\x09\0\0\0\0\0\0\0\x01ppg\0";
        let behind = [b"ab", &longer[..]].concat();
        assert_eq!(probe_inside(&behind), ProbeInside::Unsure(2));
        assert_eq!(
            probe_inside(&behind[..9]),
            ProbeInside::Unsure(2),
            "a header that is cut"
        );
        assert_eq!(probe_inside(b"\x16\x03\x01ab"), ProbeInside::NotOurs);
    }

    #[test]
    fn smpp_is_known_by_its_form() {
        let enquire = b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x07";
        assert_eq!(probe(enquire), Probe::Certain);
        assert_eq!(probe(&enquire[..9]), Probe::Unsure);
        assert_eq!(
            probe(b"\0\0\0\x1c\0\0\0\x09\0\0\0\0\0\0\0\x01ppg\0"),
            Probe::Unsure
        );
        // A gateway's own protocol: a length, a type, and what is no query_sm.
        let other = b"\0\0\0\x18\0\0\0\x03\0\0\0\0\0\0\0\x01abcdefgh";
        assert_eq!(probe(other), Probe::NotOurs);
        assert_eq!(probe(b"\0\0\0\x10\0\0\0\x15\0\0\0\x01\0\0\0\x07"), Probe::NotOurs);
        for text in [
            &b"GET / HTTP"[..],
            b"\x16\x03\x01\x02\x00",
            b"SSH-2.0",
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert_eq!(probe(text), Probe::NotOurs);
        }
    }
}
