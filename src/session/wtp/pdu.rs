//! WTP PDUs, their variable headers, and their concatenation (WAP-224 sections 8 and 9).

use thiserror::Error;

use crate::codec::{Reader, ShortRead};

/// Why octets are not the WTP they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WtpError {
    /// They end too soon.
    #[error(transparent)]
    Short(#[from] ShortRead),
    /// A PDU type that is not assigned.
    #[error("PDU type {0} is not assigned")]
    UnknownType(u8),
    /// A concatenation inside a concatenation.
    #[error("a concatenation inside a concatenation")]
    Nested,
}

/// A transaction id: the low 15 bits name the transaction, the high bit is set in what the responder sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(pub u16);

impl Tid {
    /// The 15 bits that both ends have in common.
    pub const fn number(self) -> u16 {
        self.0 & 0x7FFF
    }

    /// Whether the responder of the transaction sent it.
    pub const fn is_from_responder(self) -> bool {
        self.0 & 0x8000 != 0
    }
}

/// Where in its message a packet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The packet sequence number; the packet that opens the message has 0.
    pub number: u8,
    /// TTR: the message ends here.
    pub last: bool,
    /// GTR: a group ends here, and the receiver owes an acknowledgement.
    pub group_end: bool,
}

/// What a PDU is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// The first packet of a request.
    Invoke {
        /// Protocol version, 0 for the only one there is.
        version: u8,
        /// TIDnew: the responder is to forget the last TID it saw.
        tid_new: bool,
        /// U/P: the user asks for an acknowledgement.
        user_acknowledgement: bool,
        /// Transaction class, 0 to 2.
        class: u8,
    },
    /// The first packet of an answer.
    Result,
    /// An acknowledgement.
    Ack {
        /// Tve/Tok: the TID is to be verified, or is.
        verification: bool,
    },
    /// The end of a transaction.
    Abort {
        /// Whether the user aborted it: the reason is one of WSP's.
        by_user: bool,
        /// Why.
        reason: u8,
    },
    /// A further packet of a request.
    SegmentedInvoke,
    /// A further packet of an answer.
    SegmentedResult,
    /// Packets the receiver lacks; none named means the last group.
    NegativeAck(&'a [u8]),
}

/// One PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Its transaction.
    pub tid: Tid,
    /// RID: it was sent before.
    pub retransmission: bool,
    /// Where in its message it stands, for packets that carry data.
    pub position: Position,
    /// Transport information items, as they lie there.
    pub items: &'a [u8],
    /// User data.
    pub data: &'a [u8],
}

/// One transport information item (WAP-224 section 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it is: 0 error, 1 info, 2 option, 3 packet sequence number, 4 SDU boundary, 5 frame boundary.
    pub id: u8,
    /// Its content.
    pub content: &'a [u8],
}

/// The item that acknowledges packets up to a number.
const PACKET_SEQUENCE_NUMBER: u8 = 3;

impl<'a> Pdu<'a> {
    /// Reads one PDU that fills `octets`.
    pub fn read(octets: &'a [u8]) -> Result<Self, WtpError> {
        let mut reader = Reader::new(octets);
        let first = reader.u8("PDU type")?;
        let tid = Tid(reader.u16("transaction id")?);
        let (kind, number) = fixed_header(first, &mut reader)?;
        let items = match first & 0x80 {
            0 => &[],
            _ => items(&mut reader)?,
        };
        Ok(Self {
            kind,
            tid,
            retransmission: first & 1 != 0 && !matches!(kind, Kind::Abort { .. }),
            position: Position {
                number,
                last: first & 2 != 0,
                group_end: first & 4 != 0,
            },
            items,
            data: reader.rest(),
        })
    }

    /// The transport information items.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let mut reader = Reader::new(self.items);
        std::iter::from_fn(move || item(&mut reader).ok().map(|(item, _)| item))
    }

    /// The packet up to which an acknowledgement goes, where it says so.
    pub fn acknowledged_packet(&self) -> Option<u8> {
        let mut items = self.items();
        let item = items.find(|item| item.id == PACKET_SEQUENCE_NUMBER)?;
        item.content.first().copied()
    }
}

/// What follows the TID, and the packet sequence number where there is one.
fn fixed_header<'a>(first: u8, reader: &mut Reader<'a>) -> Result<(Kind<'a>, u8), WtpError> {
    Ok(match first >> 3 & 0x0F {
        1 => {
            let flags = reader.u8("invoke header")?;
            let invoke = Kind::Invoke {
                version: flags >> 6,
                tid_new: flags & 0x20 != 0,
                user_acknowledgement: flags & 0x10 != 0,
                class: flags & 0x03,
            };
            (invoke, 0)
        }
        2 => (Kind::Result, 0),
        3 => {
            let verification = first & 4 != 0;
            (Kind::Ack { verification }, 0)
        }
        4 => {
            let by_user = first & 7 == 1;
            let reason = reader.u8("abort reason")?;
            (Kind::Abort { by_user, reason }, 0)
        }
        5 => (Kind::SegmentedInvoke, reader.u8("packet sequence number")?),
        6 => (Kind::SegmentedResult, reader.u8("packet sequence number")?),
        7 => {
            let count = reader.u8("number of missing packets")?;
            let missing = reader.take("missing packets", usize::from(count))?;
            (Kind::NegativeAck(missing), 0)
        }
        other => return Err(WtpError::UnknownType(other)),
    })
}

/// Passes over the transport information items, and gives their octets.
fn items<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WtpError> {
    let before = *reader;
    let mut more = true;
    while more {
        (_, more) = item(reader)?;
    }
    let length = before.remaining().saturating_sub(reader.remaining());
    Ok(before.rest().get(..length).unwrap_or_default())
}

/// One item, and whether another follows.
fn item<'a>(reader: &mut Reader<'a>) -> Result<(Item<'a>, bool), ShortRead> {
    let first = reader.u8("transport information item")?;
    let length = match first & 4 {
        0 => first & 3,
        _ => reader.u8("item length")?,
    };
    let content = reader.take("item content", usize::from(length))?;
    let id = first >> 3 & 0x0F;
    Ok((Item { id, content }, first & 0x80 != 0))
}

/// Iterates over the PDUs of a datagram: one, or those that it concatenates. After an error there is no more.
#[derive(Clone, Debug)]
pub struct Pdus<'a> {
    reader: Reader<'a>,
    concatenated: bool,
}

impl<'a> Pdus<'a> {
    /// The PDUs of `datagram`.
    pub fn new(datagram: &'a [u8]) -> Self {
        let mut reader = Reader::new(datagram);
        let concatenated = reader.peek() == Some(0);
        if concatenated {
            reader.take_up_to(1);
        }
        Self { reader, concatenated }
    }

    fn read(&mut self) -> Result<Pdu<'a>, WtpError> {
        if !self.concatenated {
            return Pdu::read(self.reader.take_up_to(usize::MAX));
        }
        let first = self.reader.u8("PDU length")?;
        let length = match first & 0x80 {
            0 => usize::from(first),
            _ => usize::from(first & 0x7F) << 8 | usize::from(self.reader.u8("PDU length")?),
        };
        let octets = self.reader.take("concatenated PDU", length)?;
        match octets.first() {
            Some(0) => Err(WtpError::Nested),
            _ => Pdu::read(octets),
        }
    }
}

impl<'a> Iterator for Pdus<'a> {
    type Item = Result<Pdu<'a>, WtpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let pdu = self.read();
        if pdu.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(pdu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Pdu<'_> {
        Pdu::read(octets).unwrap()
    }

    /// The vectors as tshark reads them.
    #[test]
    fn every_kind_of_pdu_is_read() {
        let invoke = read(&[0x0E, 0x00, 0x01, 0x12, 0x01]);
        assert_eq!(
            invoke.kind,
            Kind::Invoke {
                version: 0,
                tid_new: false,
                user_acknowledgement: true,
                class: 2
            }
        );
        assert_eq!((invoke.tid, invoke.data), (Tid(1), &[0x01][..]));
        assert!(invoke.position.last && invoke.position.group_end && !invoke.retransmission);

        let result = read(&[0x16, 0x80, 0x01, 0x02]);
        assert_eq!((result.kind, result.tid.number()), (Kind::Result, 1));
        assert!(result.tid.is_from_responder());

        let ack = read(&[0x18, 0x00, 0x01]);
        assert_eq!(ack.kind, Kind::Ack { verification: false });
        assert_eq!(read(&[0x1C, 0x80, 0x01]).kind, Kind::Ack { verification: true });

        let segment = read(&[0x2C, 0x00, 0x02, 0x01, 0xAA]);
        assert_eq!(segment.kind, Kind::SegmentedInvoke);
        assert_eq!((segment.position.number, segment.position.last), (1, false));
        assert!(read(&[0x2A, 0x00, 0x02, 0x02]).position.last);
        assert_eq!(read(&[0x33, 0x80, 0x02, 0x02]).kind, Kind::SegmentedResult);

        let group = read(&[0x98, 0x80, 0x02, 0x19, 0x01]);
        assert_eq!((group.acknowledged_packet(), group.data), (Some(1), &[][..]));

        assert_eq!(
            read(&[0x38, 0x00, 0x03, 0x02, 0x01, 0x02]).kind,
            Kind::NegativeAck(&[1, 2])
        );
        let abort = |octets| read(octets).kind;
        assert_eq!(
            abort(&[0x20, 0x00, 0x04, 0x08]),
            Kind::Abort {
                by_user: false,
                reason: 8
            }
        );
        assert_eq!(
            abort(&[0x21, 0x00, 0x04, 0xEA]),
            Kind::Abort {
                by_user: true,
                reason: 0xEA
            }
        );
    }

    #[test]
    fn items_lie_between_header_and_data_whatever_they_are() {
        // Option "maximum receive unit" short, an unknown item in the long form, then user data.
        let pdu = read(&[
            0x8E, 0x00, 0x01, 0x02, 0x92, 0x01, 0x05, 0x7C, 0x02, 0xAA, 0xBB, 0x40,
        ]);
        let ids: Vec<_> = pdu.items().map(|item| (item.id, item.content.len())).collect();
        assert_eq!(ids, [(2, 2), (15, 2)]);
        assert_eq!(pdu.data, [0x40]);
        assert!(Pdu::read(&[0x8E, 0x00, 0x01, 0x02, 0x93, 0x01]).is_err());
    }

    #[test]
    fn a_datagram_may_hold_several_pdus() {
        let datagram = [
            0x00, 0x03, 0x18, 0x00, 0x05, 0x06, 0x0E, 0x00, 0x06, 0x12, 0x40, 0x00,
        ];
        let pdus: Vec<_> = Pdus::new(&datagram).map(Result::unwrap).collect();
        assert_eq!(pdus.iter().map(|pdu| pdu.tid.0).collect::<Vec<_>>(), [5, 6]);

        // A length of two octets; one that runs past the end; a concatenation inside.
        let long = [0x00, 0x80, 0x03, 0x18, 0x00, 0x05];
        assert_eq!(Pdus::new(&long).count(), 1);
        assert!(
            Pdus::new(&[0x00, 0x05, 0x18, 0x00, 0x05])
                .next()
                .unwrap()
                .is_err()
        );
        assert_eq!(
            Pdus::new(&[0x00, 0x02, 0x00, 0x00]).next(),
            Some(Err(WtpError::Nested))
        );
    }
}
