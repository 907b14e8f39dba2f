//! Names of protocols that are none of ours, for who asks what else there is. They are told by the first octets that passed,
//! and nothing depends on them.

use crate::flow::{ConnectionInfo, TransportKind};

/// What a connection seems to be that carries none of our protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Foreign {
    /// Nothing passed.
    #[default]
    Silent,
    /// Something passed that is not known.
    Unknown,
    Bittorrent,
    Dhcp,
    Dns,
    Dtls,
    Ftp,
    Http2,
    Ike,
    Imap,
    Ntp,
    Pop3,
    Quic,
    Rtcp,
    Rtp,
    Rtsp,
    Snmp,
    Ssdp,
    Ssh,
    Stun,
    Tls,
    Wtls,
}

impl Foreign {
    /// The name in the output; that of what is not known is its transport and the port.
    pub(super) fn name(self, info: &ConnectionInfo) -> String {
        let transport = match info.transport {
            TransportKind::Tcp => "TCP",
            TransportKind::Udp => "UDP",
            TransportKind::Sctp => "SCTP",
        };
        let name = match self {
            Self::Silent => return format!("{transport} without data"),
            Self::Unknown => return format!("unknown, {transport} port {}", port(info)),
            Self::Bittorrent => "BitTorrent",
            Self::Dhcp => "DHCP",
            Self::Dns => "DNS",
            Self::Dtls => "DTLS",
            Self::Ftp => "FTP",
            Self::Http2 => "HTTP/2 (not read)",
            Self::Ike => "IKE",
            Self::Imap => "IMAP",
            Self::Ntp => "NTP",
            Self::Pop3 => "POP3",
            Self::Quic => "QUIC",
            Self::Rtcp => "RTCP",
            Self::Rtp => "RTP",
            Self::Rtsp => "RTSP",
            Self::Snmp => "SNMP",
            Self::Ssdp => "SSDP",
            Self::Ssh => "SSH",
            Self::Stun => "STUN",
            Self::Tls => "TLS",
            Self::Wtls => "WTLS",
        };
        name.to_owned()
    }

    /// What a stream is whose octets these are.
    pub(super) fn of_stream(octets: &[u8]) -> Self {
        let starts = |word: &[u8]| octets.starts_with(word);
        match octets {
            [] => Self::Silent,
            [20..=23, 3, 0..=4, ..] => Self::Tls,
            [19, b'B', b'i', b't', ..] => Self::Bittorrent,
            _ if starts(b"PRI * HTTP/2.0\r\n") => Self::Http2,
            _ if starts(b"SSH-") => Self::Ssh,
            _ if starts(b"* OK") => Self::Imap,
            _ if starts(b"+OK") => Self::Pop3,
            _ if starts(b"RTSP/1.0 ") || contains_line(octets, b" RTSP/1.0") => Self::Rtsp,
            _ if starts(b"USER ") || starts(b"AUTH TLS") => Self::Ftp,
            _ => Self::Unknown,
        }
    }

    /// What a datagram is.
    pub(super) fn of_datagram(info: &ConnectionInfo, octets: &[u8]) -> Self {
        let uses = |port: u16| info.sides.iter().any(|side| side.endpoint.port == port);
        match octets {
            [] => Self::Silent,
            [20..=23, 254, 253 | 255, ..] => Self::Dtls,
            [first, 0, 0, 0, 1, id, ..] if first & 0xc0 == 0xc0 && *id <= 20 => Self::Quic,
            [first, 0x6b, 0x33, 0x43, 0xcf, ..] if first & 0xc0 == 0xc0 => Self::Quic,
            [first, _, _, _, 0x21, 0x12, 0xa4, 0x42, ..] if first & 0xc0 == 0 => Self::Stun,
            [0x30, ..] if uses(161) || uses(162) => Self::Snmp,
            _ if uses(53) || uses(5353) => Self::Dns,
            _ if uses(67) || uses(68) => Self::Dhcp,
            _ if uses(123) => Self::Ntp,
            _ if uses(500) || uses(4500) => Self::Ike,
            _ if uses(1900) => Self::Ssdp,
            _ if uses(9202) || uses(9203) => Self::Wtls,
            [128..=191, 200..=204, ..] => Self::Rtcp,
            [128..=191, _, _, _, _, _, _, _, _, _, _, _, _, ..] if media_port(info) => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

/// Whether the first line ends with something.
fn contains_line(octets: &[u8], end: &[u8]) -> bool {
    let mut lines = octets.split(|octet| *octet == b'\r');
    lines.next().is_some_and(|line| line.ends_with(end))
}

/// RTP uses even ports above those that are assigned (RFC 3550 section 11).
fn media_port(info: &ConnectionInfo) -> bool {
    let ports = info.sides.map(|side| side.endpoint.port);
    ports.iter().all(|port| *port >= 1024 && port.is_multiple_of(2))
}

/// The port of the end that did not open a connection; where that was not seen, the lower one.
fn port(info: &ConnectionInfo) -> u16 {
    let [initiator, responder] = info.sides.map(|side| side.endpoint.port);
    match info.opening_seen {
        true => responder,
        false => initiator.min(responder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The greetings of RFC 4253 section 4.2, RFC 3501 section 7.1.5 and RFC 1939 section 4, and TLS's record.
    #[test]
    fn streams_are_named_by_their_first_octets() {
        for (octets, foreign) in [
            (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], Foreign::Ssh),
            (b"* OK IMAP4rev1 ready\r\n", Foreign::Imap),
            (b"+OK POP3 ready\r\n", Foreign::Pop3),
            (b"DESCRIBE rtsp://a/b RTSP/1.0\r\n", Foreign::Rtsp),
            (b"\x16\x03\x01\x00\xc4\x01", Foreign::Tls),
            (b"\x13BitTorrent protocol", Foreign::Bittorrent),
            (b"hello", Foreign::Unknown),
            (b"", Foreign::Silent),
        ] {
            assert_eq!(Foreign::of_stream(octets), foreign);
        }
    }
}
