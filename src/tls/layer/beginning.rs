//! Whether TLS begins on a connection, by its first octets.

use crate::tls::record::{self, ContentType, HEAD_OCTETS, Head};

/// Octets of a stream that show whether TLS begins: a record's head and the type of the message.
pub(super) const BEGINNING_OCTETS: usize = HEAD_OCTETS + 1;

/// How TLS may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// With a ClientHello.
    Client,
    /// With a ServerHello, whose ClientHello was not captured.
    Server,
    /// Inside.
    Midway,
    /// More octets would tell.
    Unsure,
}

/// Whether TLS begins with these octets, or, where the beginning was not captured, among them.
pub(super) fn begins(octets: &[u8], opening_seen: bool) -> Option<Begins> {
    let first = *octets.first()?;
    if octets.len() < BEGINNING_OCTETS {
        return (first == ContentType::Handshake.octet() && record::may_begin(octets))
            .then_some(Begins::Unsure);
    }
    let head = Head::read(octets, MOST_OCTETS);
    match (head.map(|head| head.kind), octets.get(HEAD_OCTETS)) {
        (Some(ContentType::Handshake), Some(1)) => Some(Begins::Client),
        (Some(ContentType::Handshake), Some(2)) => Some(Begins::Server),
        _ => (!opening_seen && has_record(octets)).then_some(Begins::Midway),
    }
}

/// Whether a record of application data begins among octets: behind which another one begins or the octets end, or which is
/// longer than they are and begins with them.
fn has_record(octets: &[u8]) -> bool {
    const APPLICATION_DATA: &[u8] = &[23, 3, 3];
    memchr::memmem::find_iter(octets, APPLICATION_DATA).any(|start| {
        let rest = octets.get(start..).unwrap_or_default();
        Head::read(rest, MOST_OCTETS).is_some_and(|head| {
            let behind = rest.get(head.record_octets()..);
            behind.map_or(start == 0, |behind| {
                behind.is_empty() || Head::read(behind, MOST_OCTETS).is_some()
            })
        })
    })
}

/// Octets of a record, head aside, as the protocols allow (RFC 5246 section 6.2.3).
const MOST_OCTETS: usize = (1 << 14) + 2048;
