//! Short message TPDUs (TS 23.040 section 9.2.2).

use thiserror::Error;

use super::address::tp_address;
use super::udh::UserDataHeader;
use crate::codec::{Reader, ShortRead};

/// Which way a TPDU goes: the same type octet means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// From the service centre to the phone.
    Phone,
    /// From the phone to the service centre.
    ServiceCentre,
}

/// Why octets are no TPDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TpduError {
    /// They end too soon.
    #[error(transparent)]
    Short(#[from] ShortRead),
    /// The message type indicator 3 is reserved.
    #[error("a TPDU of the reserved type")]
    Reserved,
}

/// One TPDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tpdu<'a> {
    /// A short message to a phone.
    Deliver {
        /// TP-OA, who sent it.
        originator: String,
        /// What it holds.
        user_data: UserData<'a>,
    },
    /// A short message from a phone.
    Submit {
        /// TP-MR.
        reference: u8,
        /// TP-DA, for whom it is.
        recipient: String,
        /// TP-SRR: a status report is asked for.
        report_requested: bool,
        /// What it holds.
        user_data: UserData<'a>,
    },
    /// What became of a message that a phone sent.
    StatusReport {
        /// TP-MR of the message.
        reference: u8,
        /// TP-RA, for whom it was.
        recipient: String,
        /// TP-ST.
        status: u8,
    },
    /// A deliver or submit report.
    Report {
        /// TP-FCS, where it reports a failure.
        cause: Option<u8>,
    },
    /// A command to the service centre.
    Command,
}

/// TP-UD with what says how to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserData<'a> {
    /// TP-UDHI: it begins with a header.
    pub has_header: bool,
    /// TP-DCS.
    pub coding: u8,
    /// TP-UD: as many octets as TP-UDL says, or as many as are there.
    pub octets: &'a [u8],
}

impl<'a> UserData<'a> {
    /// Whether TP-DCS says 8-bit data (TS 23.038 section 4).
    pub const fn is_binary(&self) -> bool {
        is_binary(self.coding)
    }

    /// The header, empty where there is none, and what follows it.
    pub fn split(&self) -> Result<(UserDataHeader, &'a [u8]), ShortRead> {
        match self.has_header {
            true => UserDataHeader::read(self.octets),
            false => Ok((UserDataHeader::default(), self.octets)),
        }
    }
}

/// Whether a data coding scheme means 8-bit data.
pub const fn is_binary(coding: u8) -> bool {
    match coding >> 4 {
        0x0..=0x7 => coding & 0x0C == 0x04,
        0xF => coding & 0x04 != 0,
        _ => false,
    }
}

/// Whether a data coding scheme means packed septets.
const fn is_packed(coding: u8) -> bool {
    match coding >> 4 {
        0x0..=0x7 => coding & 0x0C == 0,
        0xC | 0xD => true,
        0xF => coding & 0x04 == 0,
        _ => false,
    }
}

impl<'a> Tpdu<'a> {
    /// Reads a TPDU. `failed` says whether it came with a refusal (RP-ERROR): a report alone does not tell.
    pub fn read(octets: &'a [u8], towards: Towards, failed: bool) -> Result<Self, TpduError> {
        let mut reader = Reader::new(octets);
        let flags = reader.u8("TPDU type")?;
        match (flags & 3, towards) {
            (0, Towards::Phone) => Ok(deliver(reader, flags)?),
            (1, Towards::ServiceCentre) => Ok(submit(reader, flags)?),
            (2, Towards::Phone) => Ok(status_report(reader)?),
            (2, Towards::ServiceCentre) => Ok(Self::Command),
            (0 | 1, _) => {
                let cause = failed.then(|| reader.u8("TP-FCS")).transpose()?;
                Ok(Self::Report { cause })
            }
            _ => Err(TpduError::Reserved),
        }
    }
}

fn deliver(mut reader: Reader<'_>, flags: u8) -> Result<Tpdu<'_>, ShortRead> {
    let originator = tp_address(&mut reader, "TP-OA")?;
    reader.skip("TP-PID", 1)?;
    let coding = reader.u8("TP-DCS")?;
    reader.skip("TP-SCTS", 7)?;
    let user_data = user_data(reader, flags, coding)?;
    Ok(Tpdu::Deliver {
        originator,
        user_data,
    })
}

fn submit(mut reader: Reader<'_>, flags: u8) -> Result<Tpdu<'_>, ShortRead> {
    let reference = reader.u8("TP-MR")?;
    let recipient = tp_address(&mut reader, "TP-DA")?;
    reader.skip("TP-PID", 1)?;
    let coding = reader.u8("TP-DCS")?;
    let validity = match flags >> 3 & 3 {
        0 => 0,
        2 => 1,
        _ => 7,
    };
    reader.skip("TP-VP", validity)?;
    let user_data = user_data(reader, flags, coding)?;
    Ok(Tpdu::Submit {
        reference,
        recipient,
        report_requested: flags & 0x20 != 0,
        user_data,
    })
}

fn status_report(mut reader: Reader<'_>) -> Result<Tpdu<'_>, ShortRead> {
    let reference = reader.u8("TP-MR")?;
    let recipient = tp_address(&mut reader, "TP-RA")?;
    reader.skip("TP-SCTS and TP-DT", 14)?;
    let status = reader.u8("TP-ST")?;
    Ok(Tpdu::StatusReport {
        reference,
        recipient,
        status,
    })
}

fn user_data(mut reader: Reader<'_>, flags: u8, coding: u8) -> Result<UserData<'_>, ShortRead> {
    let length = usize::from(reader.u8("TP-UDL")?);
    let octets = match is_packed(coding) {
        true => length.saturating_mul(7).div_ceil(8),
        false => length,
    };
    // A scheme that says septets where there are octets leaves some behind: the header tells ports all the same.
    let octets = match is_packed(coding) && reader.remaining() >= length {
        true => length,
        false => octets,
    };
    Ok(UserData {
        has_header: flags & 0x40 != 0,
        coding,
        octets: reader.take("TP-UD", octets.min(reader.remaining()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deliver_with_header() {
        let mut octets = vec![
            0x44, 0x0B, 0x91, 0x51, 0x55, 0x10, 0x00, 0x00, 0xF3, 0x00, 0x04, 0x62, 0x11, 0x02, 0x71, 0x65,
            0x13, 0x00, 0x0A,
        ];
        octets.extend(b"\x06\x05\x04\x0b\x84\x23\xf0abc");
        let Ok(Tpdu::Deliver {
            originator,
            user_data,
        }) = Tpdu::read(&octets, Towards::Phone, false)
        else {
            panic!("no deliver")
        };
        assert_eq!(originator, "+15550100003");
        assert!(user_data.is_binary());
        let (header, rest) = user_data.split().unwrap();
        assert_eq!((header.ports.unwrap().destination, rest), (2948, &b"abc"[..]));
        assert_eq!(
            Tpdu::read(&octets, Towards::ServiceCentre, true),
            Ok(Tpdu::Report { cause: Some(0x0B) })
        );
    }

    #[test]
    fn a_submit_with_each_form_of_validity() {
        for (format, validity) in [(0x00, 0), (0x10, 1), (0x08, 7), (0x18, 7)] {
            let mut octets = vec![0x21 | format, 0x07, 0x04, 0x81, 0x05, 0x00, 0x00, 0xF5];
            octets.extend(vec![0xAA; validity]);
            octets.extend([2, 1, 2]);
            let Ok(Tpdu::Submit {
                recipient,
                report_requested,
                user_data,
                ..
            }) = Tpdu::read(&octets, Towards::ServiceCentre, false)
            else {
                panic!("no submit")
            };
            assert_eq!((recipient.as_str(), report_requested), ("5000", true));
            assert_eq!(user_data.octets, [1, 2]);
        }
    }

    #[test]
    fn coding_schemes_that_mean_octets() {
        let binary: Vec<u8> = (0..=255).filter(|coding| is_binary(*coding)).collect();
        for coding in [
            0x04, 0x07, 0x14, 0x15, 0x24, 0x44, 0x54, 0x57, 0xF4, 0xF5, 0xF6, 0xF7, 0xFC,
        ] {
            assert!(binary.contains(&coding), "{coding:02x}");
        }
        for coding in [0x00, 0x08, 0x10, 0x18, 0x84, 0xC4, 0xE4, 0xF0, 0xF3] {
            assert!(!binary.contains(&coding), "{coding:02x}");
        }
    }
}
