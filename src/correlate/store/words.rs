//! How the words of others on an exchange are packed: the bearer's, the flow's, the PDU's. Each is the number of its
//! kind, and the number that comes with it.

use std::net::IpAddr;

use crate::correlate::record::pdu::ExpiryValue;
use crate::correlate::store::packed::{Packed, Packer};
use crate::mms::{Codes, MessageType};
use crate::model::{BearerStatus, Endpoint, Timestamp};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

/// Something of a fixed shape that can be packed.
pub(crate) trait Packs: Sized {
    fn pack(self, packer: &mut Packer);

    /// What was packed; anything where nothing was.
    fn unpack(packed: &mut Packed<'_>) -> Self;
}

impl<T: Packs> Packs for Option<T> {
    fn pack(self, packer: &mut Packer) {
        packer.number(self.is_some());
        if let Some(value) = self {
            value.pack(packer);
        }
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        packed.flag().then(|| T::unpack(packed))
    }
}

impl Packs for BodyEnd {
    fn pack(self, packer: &mut Packer) {
        packer.number(match self {
            Self::Whole => 0_u8,
            Self::CutShort { reset: false } => 1,
            Self::CutShort { reset: true } => 2,
            Self::Hole => 3,
            Self::NotCaptured => 4,
            Self::OverLimit => 5,
        });
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        match packed.number() {
            0 => Self::Whole,
            1 => Self::CutShort { reset: false },
            2 => Self::CutShort { reset: true },
            3 => Self::Hole,
            4 => Self::NotCaptured,
            _ => Self::OverLimit,
        }
    }
}

impl Packs for AnswerVisibility {
    fn pack(self, packer: &mut Packer) {
        packer.number(match self {
            Self::NotCaptured => 0_u8,
            Self::Visible => 1,
            Self::Hidden => 2,
        });
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        match packed.number() {
            0 => Self::NotCaptured,
            1 => Self::Visible,
            _ => Self::Hidden,
        }
    }
}

impl Packs for EndReason {
    fn pack(self, packer: &mut Packer) {
        let (kind, code) = match self {
            Self::NoneExpected => (0_u8, 0),
            Self::Closed { by_answerer } => (1, u8::from(by_answerer)),
            Self::Reset => (2, 0),
            Self::Aborted { code } => (3, code),
            Self::Abandoned => (4, 0),
            Self::CaptureEnd => (5, 0),
        };
        packer.number(kind);
        packer.number(code);
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        let (kind, code) = (packed.number(), packed.small());
        match kind {
            0 => Self::NoneExpected,
            1 => Self::Closed {
                by_answerer: code != 0,
            },
            2 => Self::Reset,
            3 => Self::Aborted { code },
            4 => Self::Abandoned,
            _ => Self::CaptureEnd,
        }
    }
}

impl Packs for BearerStatus {
    fn pack(self, packer: &mut Packer) {
        let kind = match self {
            Self::WtpAcknowledged => 0_u8,
            Self::Http(_) => 1,
            Self::Smpp(_) => 2,
            Self::Sip(_) => 3,
            Self::RpCause(_) => 4,
            Self::Pap(_) => 5,
            Self::MapError(_) => 6,
            Self::SccpReturn(_) => 7,
            Self::TcapProviderAbort(_) => 8,
            Self::TcapUserAbort => 9,
            Self::TcapReject => 10,
            Self::MapResult => 11,
            Self::Wsp(_) => 12,
            Self::WtpAborted(_) => 13,
        };
        packer.number(kind);
        packer.number(self.code().unwrap_or_default());
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        match packed.number() {
            1 => Self::Http(packed.small()),
            2 => Self::Smpp(packed.small()),
            3 => Self::Sip(packed.small()),
            4 => Self::RpCause(packed.small()),
            5 => Self::Pap(packed.small()),
            6 => Self::MapError(packed.small()),
            7 => Self::SccpReturn(packed.small()),
            8 => Self::TcapProviderAbort(packed.small()),
            12 => Self::Wsp(packed.small()),
            13 => Self::WtpAborted(packed.small()),
            without_code => {
                packed.number();
                match without_code {
                    9 => Self::TcapUserAbort,
                    10 => Self::TcapReject,
                    11 => Self::MapResult,
                    _ => Self::WtpAcknowledged,
                }
            }
        }
    }
}

impl Packs for Endpoint {
    fn pack(self, packer: &mut Packer) {
        match self.address {
            IpAddr::V4(address) => {
                packer.number(0_u8);
                packer.number(address.to_bits());
            }
            IpAddr::V6(address) => {
                let bits = address.to_bits();
                packer.number(1_u8);
                packer.number((bits >> u64::BITS) as u64);
                packer.number(bits as u64);
            }
        }
        packer.number(self.port);
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        let address = if packed.number() == 0 {
            IpAddr::V4(packed.small::<u32>().into())
        } else {
            let (high, low) = (packed.number(), packed.number());
            IpAddr::V6((u128::from(high) << u64::BITS | u128::from(low)).into())
        };
        Self::new(address, packed.small())
    }
}

impl Packs for MessageType {
    fn pack(self, packer: &mut Packer) {
        packer.number(self.0);
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        Self(packed.small())
    }
}

impl Packs for Timestamp {
    fn pack(self, packer: &mut Packer) {
        packer.signed(self.nanoseconds());
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        Self::from_nanoseconds(packed.signed())
    }
}

impl Packs for ExpiryValue {
    fn pack(self, packer: &mut Packer) {
        match self {
            Self::Relative(seconds) => {
                packer.number(0_u8);
                packer.number(seconds);
            }
            Self::Absolute(time) => {
                packer.number(1_u8);
                time.pack(packer);
            }
        }
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        match packed.number() {
            0 => Self::Relative(packed.number()),
            _ => Self::Absolute(Timestamp::unpack(packed)),
        }
    }
}

/// The codes of X-Mms-Priority (OMA-TS-MMS_ENC section 7.3.35).
const PRIORITIES: [u8; 3] = [0x80, 0x81, 0x82];

/// X-Mms-Priority by its name.
pub(crate) fn pack_priority(priority: Option<&'static str>, packer: &mut Packer) {
    let known = PRIORITIES
        .iter()
        .position(|code| Codes::Priority.name(*code) == priority);
    packer.number(known.map_or(0, |place| place as u64 + 1));
}

pub(crate) fn unpack_priority(packed: &mut Packed<'_>) -> Option<&'static str> {
    let place = packed.small::<usize>().checked_sub(1)?;
    PRIORITIES.get(place).and_then(|code| Codes::Priority.name(*code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn comes_out<T: Packs + Copy + PartialEq + std::fmt::Debug>(value: T) {
        let mut packer = Packer::default();
        Some(value).pack(&mut packer);
        packer.number(7_u8);
        let packed = packer.finish();
        let mut packed = Packed::new(&packed);
        assert_eq!((Option::unpack(&mut packed), packed.number()), (Some(value), 7));
    }

    #[test]
    fn every_word_comes_out() {
        for end in [
            BodyEnd::Whole,
            BodyEnd::CutShort { reset: false },
            BodyEnd::CutShort { reset: true },
            BodyEnd::Hole,
            BodyEnd::NotCaptured,
            BodyEnd::OverLimit,
        ] {
            comes_out(end);
        }
        for visibility in [
            AnswerVisibility::Visible,
            AnswerVisibility::NotCaptured,
            AnswerVisibility::Hidden,
        ] {
            comes_out(visibility);
        }
        for reason in [
            EndReason::NoneExpected,
            EndReason::Closed { by_answerer: false },
            EndReason::Closed { by_answerer: true },
            EndReason::Reset,
            EndReason::Aborted { code: 0xe8 },
            EndReason::Abandoned,
            EndReason::CaptureEnd,
        ] {
            comes_out(reason);
        }
        for status in [
            BearerStatus::Http(u16::MAX),
            BearerStatus::Smpp(u32::MAX),
            BearerStatus::Sip(0),
            BearerStatus::RpCause(u8::MAX),
            BearerStatus::Pap(1001),
            BearerStatus::MapError(27),
            BearerStatus::SccpReturn(1),
            BearerStatus::TcapProviderAbort(4),
            BearerStatus::TcapUserAbort,
            BearerStatus::TcapReject,
            BearerStatus::MapResult,
            BearerStatus::Wsp(0x44),
            BearerStatus::WtpAborted(0xEA),
            BearerStatus::WtpAcknowledged,
        ] {
            comes_out(status);
        }
        MessageType::ALL.iter().for_each(|pdu| comes_out(*pdu));
    }

    #[test]
    fn every_priority_comes_out() {
        let names = (0..=u8::MAX).filter_map(|code| Codes::Priority.name(code));
        for priority in names.map(Some).chain([None]) {
            let mut packer = Packer::default();
            pack_priority(priority, &mut packer);
            assert_eq!(unpack_priority(&mut Packed::new(&packer.finish())), priority);
        }
    }

    proptest! {
        #[test]
        fn any_place_and_time_comes_out(v4: u32, v6: u128, port: u16, time: i64, seconds: u64) {
            comes_out(Endpoint::new(IpAddr::V4(v4.into()), port));
            comes_out(Endpoint::new(IpAddr::V6(v6.into()), port));
            comes_out(Timestamp::from_nanoseconds(time));
            comes_out(ExpiryValue::Absolute(Timestamp::from_nanoseconds(time)));
            comes_out(ExpiryValue::Relative(seconds));
        }
    }
}
