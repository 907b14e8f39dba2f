//! The short message relay protocol (TS 24.011 sections 7.3 and 8.2).

use thiserror::Error;

use super::address::rp_address;
use super::tpdu::Towards;
use crate::codec::{Reader, ShortRead};

/// Why octets are no RP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RpError {
    /// They end too soon.
    #[error(transparent)]
    Short(#[from] ShortRead),
    /// A message type that is not assigned.
    #[error("RP message type {0} is not assigned")]
    UnknownType(u8),
}

/// What an RP message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// RP-DATA: a short message.
    Data {
        /// The service centre a message comes from, where it goes to a phone.
        originator: Option<String>,
        /// The service centre a message goes to, where it comes from a phone.
        destination: Option<String>,
        /// The TPDU.
        tpdu: &'a [u8],
    },
    /// RP-ACK: it was taken.
    Ack {
        /// A report, where there is one.
        tpdu: Option<&'a [u8]>,
    },
    /// RP-ERROR: it was refused.
    Error {
        /// The RP cause.
        cause: u8,
        /// A report, where there is one.
        tpdu: Option<&'a [u8]>,
    },
    /// RP-SMMA: the phone has memory again.
    MemoryAvailable,
}

/// One RP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpMessage<'a> {
    /// Which way it goes.
    pub towards: Towards,
    /// RP-MR: an answer has that of what it answers.
    pub reference: u8,
    /// What it says.
    pub content: Content<'a>,
}

/// Identifies RP-User-Data in an answer.
const USER_DATA: u8 = 0x41;

impl<'a> RpMessage<'a> {
    /// Reads one RP message.
    pub fn read(octets: &'a [u8]) -> Result<Self, RpError> {
        let mut reader = Reader::new(octets);
        let kind = reader.u8("RP message type")? & 7;
        let reference = reader.u8("RP message reference")?;
        let content = match kind {
            0 | 1 => Content::Data {
                originator: rp_address(&mut reader, "RP originator address")?,
                destination: rp_address(&mut reader, "RP destination address")?,
                tpdu: user_data(&mut reader)?,
            },
            2 | 3 => Content::Ack {
                tpdu: report(&mut reader)?,
            },
            4 | 5 => {
                let length = reader.u8("RP cause length")?;
                let mut cause = reader.sub("RP cause", usize::from(length))?;
                Content::Error {
                    cause: cause.u8("RP cause")? & 0x7F,
                    tpdu: report(&mut reader)?,
                }
            }
            6 => Content::MemoryAvailable,
            other => return Err(RpError::UnknownType(other)),
        };
        let towards = match kind & 1 {
            0 => Towards::ServiceCentre,
            _ => Towards::Phone,
        };
        Ok(Self {
            towards,
            reference,
            content,
        })
    }
}

fn user_data<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], ShortRead> {
    let length = reader.u8("RP user data length")?;
    reader.take("RP user data", usize::from(length))
}

fn report<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, ShortRead> {
    match reader.peek() {
        Some(USER_DATA) => {
            reader.skip("RP user data", 1)?;
            user_data(reader).map(Some)
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sms::{Tpdu, tpdu::Towards};

    /// The vectors as tshark reads them.
    #[test]
    fn data_acknowledgement_and_error() {
        let data = [
            0x01, 0x0A, 0x07, 0x91, 0x51, 0x55, 0x10, 0x99, 0x99, 0xF9, 0x00, 0x02, 0xAA, 0xBB,
        ];
        let read = RpMessage::read(&data).unwrap();
        assert_eq!((read.towards, read.reference), (Towards::Phone, 10));
        assert_eq!(
            read.content,
            Content::Data {
                originator: Some("+15550199999".into()),
                destination: None,
                tpdu: &[0xAA, 0xBB]
            }
        );

        let ack = RpMessage::read(&[0x02, 0x0A, 0x41, 0x02, 0x00, 0x00]).unwrap();
        assert_eq!(ack.towards, Towards::ServiceCentre);
        assert_eq!(ack.content, Content::Ack { tpdu: Some(&[0, 0]) });

        let error = RpMessage::read(&[0x04, 0x0B, 0x01, 0x16, 0x41, 0x03, 0x00, 0xD3, 0x00]).unwrap();
        let Content::Error {
            cause: 22,
            tpdu: Some(tpdu),
        } = error.content
        else {
            panic!("no error")
        };
        assert_eq!(
            Tpdu::read(tpdu, error.towards, true),
            Ok(Tpdu::Report { cause: Some(0xD3) })
        );
        assert_eq!(RpMessage::read(&[7, 0]), Err(RpError::UnknownType(7)));
        assert!(RpMessage::read(&[1, 0, 9]).is_err());
    }
}
