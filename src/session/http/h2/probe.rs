//! Whether octets are HTTP/2: by the client's preface, or, in the middle of a connection, by frames in a row.

use super::framer::PREFACE;
use super::search::{self, Found};
use crate::session::probe::{Probe, ProbeInside};

/// Octets of one direction that are held until frames in a row are certain.
pub(in crate::session) const INSIDE_OCTETS: usize = search::HELD_OCTETS;

/// Whether a direction's first octets are the client's preface or, from the beginning of a connection, the server's (RFC 9113
/// section 3.4): SETTINGS without entries are nine octets that the middle of anything may hold.
pub(in crate::session) fn probe(octets: &[u8], from_beginning: bool) -> Probe {
    let known = octets.len().min(PREFACE.len());
    match octets.get(..known) == PREFACE.get(..known) {
        true if known == PREFACE.len() => Probe::Certain,
        true => Probe::Unsure,
        false if from_beginning => probe_settings(octets),
        false => Probe::NotOurs,
    }
}

/// The first frame of a server, which inside TLS may come before anything of the client's: SETTINGS (RFC 9113 section 3.4).
fn probe_settings(octets: &[u8]) -> Probe {
    const SETTINGS: u8 = 4;
    const ENTRY_OCTETS: u16 = 6;
    match *octets {
        [0, high, low, SETTINGS, 0, 0, 0, 0, 0, ..] => {
            match u16::from_be_bytes([high, low]).is_multiple_of(ENTRY_OCTETS) {
                true => Probe::Certain,
                false => Probe::NotOurs,
            }
        }
        _ => Probe::NotOurs,
    }
}

/// Whether octets of a connection whose beginning was not captured hold frames in a row.
pub(in crate::session) fn probe_inside(octets: &[u8]) -> ProbeInside {
    match search::find(octets) {
        Found::At(_) => ProbeInside::Certain,
        Found::Perhaps(start) => ProbeInside::Unsure(start),
        Found::Nothing => ProbeInside::NotOurs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preface_is_certain_and_its_beginning_is_not() {
        assert_eq!(probe(PREFACE, false), Probe::Certain);
        assert_eq!(probe(b"PRI * HTTP/2.0\r\n", false), Probe::Unsure);
        assert_eq!(probe(b"PRI * HTTP/1.0\r\n", true), Probe::NotOurs);
        assert_eq!(probe(b"POST / HTTP/1.1", true), Probe::NotOurs);
    }

    #[test]
    fn the_settings_of_a_server_may_come_first() {
        let settings = |length| [0, 0, length, 4, 0, 0, 0, 0, 0, 0, 3];
        assert_eq!(probe(&settings(6), true), Probe::Certain);
        assert_eq!(probe(&settings(0), true), Probe::Certain);
        assert_eq!(probe(&settings(7), true), Probe::NotOurs);
        assert_eq!(probe(&settings(0), false), Probe::NotOurs, "the middle of SMPP");
        assert_eq!(
            probe(&[0, 0, 0, 16, 0, 0, 0, 21, 0, 0, 0, 0], true),
            Probe::NotOurs,
            "SMPP"
        );
    }
}
