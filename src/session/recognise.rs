//! Which protocol octets are, for whoever does not follow what they carry.

use super::probe::Probe;
use super::{http, sip, smpp, smtp, wsp, wtp};

/// A protocol of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamProtocol {
    Http,
    Smpp,
    Sip,
    Smtp,
}

/// What the first octets of one direction of a stream say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recognised {
    /// They are of this protocol.
    Protocol(StreamProtocol),
    /// More octets would tell.
    Unsure,
    /// They are of none of ours.
    Foreign,
}

/// Octets that are held until a protocol is certain.
pub(crate) use super::probe::PROBE_OCTETS;

/// What the first octets of a stream are.
pub(crate) fn stream(prefix: &[u8]) -> Recognised {
    let opinions = [
        (http::probe(prefix), StreamProtocol::Http),
        (smpp::probe(prefix), StreamProtocol::Smpp),
        (sip::probe(prefix), StreamProtocol::Sip),
        (smtp::probe(prefix), StreamProtocol::Smtp),
    ];
    let mut unsure = false;
    for (opinion, protocol) in opinions {
        match opinion {
            Probe::Certain => return Recognised::Protocol(protocol),
            Probe::Unsure => unsure = true,
            Probe::NotOurs => {}
        }
    }
    match unsure {
        true => Recognised::Unsure,
        false => Recognised::Foreign,
    }
}

/// Whether a datagram on any port is a message of SIP.
pub(crate) fn is_sip(datagram: &[u8]) -> bool {
    sip::probe(datagram) == Probe::Certain
}

/// Whether a datagram on any port is WSP in connectionless use.
pub(crate) fn is_wsp(datagram: &[u8]) -> bool {
    wsp::is_connectionless(datagram, false)
}

/// Whether a datagram on any port is WTP.
pub(crate) fn is_wtp(datagram: &[u8]) -> bool {
    wtp::is_wtp(datagram, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_by_their_first_octets() {
        let protocol = Recognised::Protocol;
        assert_eq!(stream(b"GET / HTTP/1.1\r\n\r\n"), protocol(StreamProtocol::Http));
        assert_eq!(stream(b"EHLO a\r\n"), protocol(StreamProtocol::Smtp));
        assert_eq!(stream(b"BYE sip:a SIP/2.0\r\n"), protocol(StreamProtocol::Sip));
        let enquire_link = [0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(stream(&enquire_link), protocol(StreamProtocol::Smpp));
        assert_eq!(stream(b"GE"), Recognised::Unsure);
        assert_eq!(stream(b"\x16\x03\x01\x02\x00\x01\x00"), Recognised::Foreign);
    }
}
