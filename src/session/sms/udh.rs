//! The user data header (TS 23.040 section 9.2.3.24).

use crate::codec::{Reader, ShortRead};

/// Application ports (sections 9.2.3.24.3 and 9.2.3.24.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ports {
    /// Where it goes.
    pub destination: u16,
    /// Where it comes from.
    pub source: u16,
}

/// What a reference number is one of: numbers of different kinds are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// Eight bits, in the user data header.
    EightBit,
    /// Sixteen bits, in the user data header.
    SixteenBit,
    /// Sixteen bits, beside the user data (SMPP's SAR parameters).
    Sar,
    /// None at all: segments of a WAP datagram on CDMA.
    Datagram,
}

/// Which part of which message (sections 9.2.3.24.1 and 9.2.3.24.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Concatenation {
    /// What kind of reference it is.
    pub kind: ReferenceKind,
    /// The message's reference.
    pub reference: u16,
    /// How many parts the message has.
    pub total: u8,
    /// Which part this is, from 1.
    pub sequence: u8,
}

impl Concatenation {
    /// The concatenation, unless its numbers make no sense: then it is to be ignored.
    pub fn checked(self) -> Option<Self> {
        (self.sequence >= 1 && self.sequence <= self.total).then_some(self)
    }
}

/// What of a user data header matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserDataHeader {
    /// The ports; of several, the last.
    pub ports: Option<Ports>,
    /// The concatenation; of several, the last that makes sense.
    pub concatenation: Option<Concatenation>,
}

/// One information element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InformationElement<'a> {
    /// Its identifier.
    pub id: u8,
    /// Its octets.
    pub octets: &'a [u8],
}

/// Iterates over the information elements of a header; stops at one that is not whole.
pub fn information_elements(header: &[u8]) -> impl Iterator<Item = InformationElement<'_>> {
    let mut reader = Reader::new(header);
    std::iter::from_fn(move || {
        let id = reader.u8("information element").ok()?;
        let length = reader.u8("information element length").ok()?;
        let octets = reader.take("information element", usize::from(length)).ok()?;
        Some(InformationElement { id, octets })
    })
}

impl UserDataHeader {
    /// Reads the header that `user_data` begins with, and gives what follows it.
    pub fn read(user_data: &[u8]) -> Result<(Self, &[u8]), ShortRead> {
        let mut reader = Reader::new(user_data);
        let length = reader.u8("user data header length")?;
        let header = reader.take("user data header", usize::from(length))?;
        let mut read = Self::default();
        for element in information_elements(header) {
            read.note(element);
        }
        Ok((read, reader.rest()))
    }

    fn note(&mut self, element: InformationElement<'_>) {
        let concatenation = match (element.id, element.octets) {
            (0x00, [reference, total, sequence]) => Concatenation {
                kind: ReferenceKind::EightBit,
                reference: u16::from(*reference),
                total: *total,
                sequence: *sequence,
            },
            (0x08, [high, low, total, sequence]) => Concatenation {
                kind: ReferenceKind::SixteenBit,
                reference: u16::from_be_bytes([*high, *low]),
                total: *total,
                sequence: *sequence,
            },
            (0x04, [destination, source]) => {
                let (destination, source) = (u16::from(*destination), u16::from(*source));
                self.ports = Some(Ports { destination, source });
                return;
            }
            (0x05, [d1, d0, s1, s0]) => {
                let (destination, source) = (u16::from_be_bytes([*d1, *d0]), u16::from_be_bytes([*s1, *s0]));
                self.ports = Some(Ports { destination, source });
                return;
            }
            _ => return,
        };
        self.concatenation = concatenation.checked().or(self.concatenation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_parts_in_either_order() {
        let first = b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x5a\x02\x01rest";
        let other = b"\x0b\x00\x03\x5a\x02\x01\x05\x04\x0b\x84\x23\xf0rest";
        for octets in [first, other] {
            let (header, rest) = UserDataHeader::read(octets).unwrap();
            assert_eq!(
                header.ports,
                Some(Ports {
                    destination: 2948,
                    source: 9200
                })
            );
            let concatenation = header.concatenation.unwrap();
            assert_eq!(
                (
                    concatenation.reference,
                    concatenation.total,
                    concatenation.sequence
                ),
                (0x5A, 2, 1)
            );
            assert_eq!(rest, b"rest");
        }
    }

    #[test]
    fn a_part_number_that_makes_no_sense_is_ignored() {
        for octets in [b"\x05\x00\x03\x5a\x02\x00", b"\x05\x00\x03\x5a\x02\x03"] {
            assert_eq!(UserDataHeader::read(octets).unwrap().0.concatenation, None);
        }
        let wide = UserDataHeader::read(b"\x06\x08\x04\x12\x34\x03\x02").unwrap().0;
        assert_eq!(wide.concatenation.unwrap().reference, 0x1234);
        assert_eq!(wide.concatenation.unwrap().kind, ReferenceKind::SixteenBit);
        assert!(UserDataHeader::read(b"\x09\x00").is_err());
    }
}
