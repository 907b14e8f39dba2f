//! The WAP datagram header in the user data of CDMA networks (WAP-259 section 6.5): there is no user data header
//! there, and only the first segment names the ports.

use super::udh::{Concatenation, Ports, ReferenceKind};
use crate::codec::Reader;

/// Where pushes go.
const PUSH_PORT: u16 = 2948;

/// A segment of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatagramSegment<'a> {
    /// The ports, in the first segment.
    pub ports: Option<Ports>,
    /// Which segment of which datagram; the segments have no reference in common.
    pub concatenation: Concatenation,
    /// The segment's octets.
    pub octets: &'a [u8],
}

impl<'a> DatagramSegment<'a> {
    /// Reads a segment; none where octets do not have its form.
    pub fn read(octets: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(octets);
        let kind = reader.u8("message type").ok()?;
        let total = reader.u8("number of segments").ok()?;
        let index = reader.u8("segment number").ok()?;
        if kind != 0 || index >= total {
            return None;
        }
        let ports = match index {
            0 => {
                let source = reader.u16("source port").ok()?;
                let destination = reader.u16("destination port").ok()?;
                Some(Ports { destination, source })
            }
            _ => None,
        };
        let concatenation = Concatenation {
            kind: ReferenceKind::Datagram,
            reference: 0,
            total,
            sequence: index.saturating_add(1),
        };
        Some(Self {
            ports,
            concatenation,
            octets: reader.rest(),
        })
    }

    /// Whether it can be nothing else: a whole datagram to the port of pushes.
    pub fn is_whole_push(&self) -> bool {
        let to_push = self.ports.is_some_and(|ports| ports.destination == PUSH_PORT);
        to_push && self.concatenation.total == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_segment_names_ports() {
        let whole = DatagramSegment::read(b"\x00\x01\x00\x23\xf0\x0b\x84rest").unwrap();
        assert_eq!(
            whole.ports.map(|ports| (ports.destination, ports.source)),
            Some((2948, 9200))
        );
        assert!(whole.is_whole_push());
        assert_eq!(whole.octets, b"rest");
        let second = DatagramSegment::read(b"\x00\x02\x01rest").unwrap();
        assert_eq!(
            (second.ports, second.concatenation.sequence, second.octets),
            (None, 2, &b"rest"[..])
        );
        for octets in [&b"\x00\x01\x01rest"[..], b"\x01\x01\x00rest", b"\x00\x01\x00\x23"] {
            assert_eq!(DatagramSegment::read(octets), None);
        }
    }
}
