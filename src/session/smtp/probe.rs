//! Whether a stream is SMTP: by what a client says, or a server that names the protocol. A greeting alone is that of FTP
//! too, so it waits for the client.

use memchr::memchr;

use super::command::is_unmistakable;
use crate::session::probe::{Probe, ProbeInside};

/// What a client begins with, or goes on with where the beginning was not captured.
const OPENINGS: &[&[u8]] = &[b"EHLO ", b"HELO ", b"LHLO ", b"MAIL FROM:", b"RCPT TO:"];

/// Octets of a greeting that are looked at before it is given up.
const GREETING_OCTETS: usize = 1024;

/// Whether `octets` begin with a command or a reply of SMTP.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    match octets.first() {
        None => Probe::Unsure,
        Some(b'2' | b'3' | b'4' | b'5') => probe_reply(octets),
        Some(_) => probe_command(octets),
    }
}

fn probe_command(octets: &[u8]) -> Probe {
    let opinions = OPENINGS.iter().map(|opening| {
        let known = octets.len().min(opening.len());
        match (octets.get(..known), opening.get(..known)) {
            (Some(start), Some(expected)) if start.eq_ignore_ascii_case(expected) => {
                if known == opening.len() {
                    Probe::Certain
                } else {
                    Probe::Unsure
                }
            }
            _ => Probe::NotOurs,
        }
    });
    opinions
        .into_iter()
        .find(|opinion| *opinion != Probe::NotOurs)
        .unwrap_or(Probe::NotOurs)
}

/// A greeting that names the protocol, or a reply that has the code of RFC 3463 behind its own.
fn probe_reply(octets: &[u8]) -> Probe {
    let line = octets
        .get(..memchr(b'\n', octets).unwrap_or(octets.len()))
        .unwrap_or_default();
    let whole = line.len() < octets.len();
    match line {
        [b'2', b'2', b'0', b' ' | b'-', text @ ..] if names_protocol(text) => Probe::Certain,
        [b'2', b'2', b'0', b' ' | b'-', ..] if octets.len() < GREETING_OCTETS => Probe::Unsure,
        [
            class @ (b'2' | b'4' | b'5'),
            b'0'..=b'5',
            b'0'..=b'9',
            b' ' | b'-',
            enhanced,
            b'.',
            subject,
            b'.',
            ..,
        ] if enhanced == class && subject.is_ascii_digit() => Probe::Certain,
        _ if !whole && line.len() < 8 && looks_like_code(line) => Probe::Unsure,
        _ => Probe::NotOurs,
    }
}

fn looks_like_code(line: &[u8]) -> bool {
    let digits = line.iter().take(3).all(u8::is_ascii_digit);
    digits && line.get(3).is_none_or(|octet| matches!(octet, b' ' | b'-'))
}

fn names_protocol(text: &[u8]) -> bool {
    text.windows(4)
        .any(|word| word.eq_ignore_ascii_case(b"SMTP") || word.eq_ignore_ascii_case(b"LMTP"))
}

/// Whether a command of a mail transaction begins behind a line end in `octets`, which may lie inside a mail.
pub(in crate::session) fn probe_inside(octets: &[u8]) -> ProbeInside {
    let mut start = 0_usize;
    for line in octets.split_inclusive(|&octet| octet == b'\n') {
        let whole = line.ends_with(b"\n");
        match probe_command(line) {
            _ if start == 0 => {}
            Probe::Certain if whole && is_unmistakable(line) => return ProbeInside::Certain,
            Probe::Certain | Probe::Unsure if !whole => return ProbeInside::Unsure(start),
            _ => {}
        }
        start = start.saturating_add(line.len());
    }
    ProbeInside::NotOurs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_dialogue_is_certain() {
        for text in [
            "220 mms.two.example ESMTP ready\r\n",
            "220-mx smtp",
            "EHLO mms",
            "helo x",
            "MAIL FROM:<a@b>",
            "250 2.1.0 Ok\r\n",
            "550-5.7.1 no",
        ] {
            assert_eq!(probe(text.as_bytes()), Probe::Certain, "{text}");
        }
    }

    #[test]
    fn a_greeting_of_many_protocols_waits_for_the_client() {
        for text in [
            "",
            "2",
            "220",
            "220 mms.two.example\r\n",
            "EHL",
            "MAIL FR",
            "250 2.1",
        ] {
            assert_eq!(probe(text.as_bytes()), Probe::Unsure, "{text}");
        }
    }

    #[test]
    fn other_protocols_are_none() {
        for text in [
            "USER ftp\r\n",
            "+OK POP3",
            "* OK IMAP",
            "230 Logged in\r\n",
            "GET / HTTP/1.1",
            "\u{16}\u{3}\u{1}",
        ] {
            assert_eq!(probe(text.as_bytes()), Probe::NotOurs, "{text}");
        }
    }

    #[test]
    fn a_command_is_found_behind_the_end_of_a_mail() {
        assert_eq!(
            probe_inside(b"abc=\r\n.\r\nMAIL FROM:<a@b>\r\n"),
            ProbeInside::Certain
        );
        assert_eq!(probe_inside(b"abc=\r\n.\r\nMAIL FROM:<a"), ProbeInside::Unsure(9));
        assert_eq!(
            probe_inside(b"abc\r\nmail from: me to you\r\n"),
            ProbeInside::NotOurs
        );
        assert_eq!(probe_inside(b"abc\r\n"), ProbeInside::NotOurs);
    }
}
