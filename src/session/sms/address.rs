//! Addresses in short messages (TS 23.040 section 9.1.2.5, TS 24.011 section 8.2.5.1).

use crate::codec::{Reader, ShortRead};

/// Type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeOfNumber {
    /// With the country code.
    International,
    /// Letters, in the 7-bit alphabet.
    Alphanumeric,
    /// Unknown, national, network specific, subscriber, abbreviated, or reserved.
    Other(u8),
}

impl TypeOfNumber {
    /// By the number that SMPP and TS 23.040 share.
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::International,
            5 => Self::Alphanumeric,
            other => Self::Other(other),
        }
    }
}

/// A number in print: with `+` where it is international and consists of digits.
pub fn number(kind: TypeOfNumber, text: &str) -> String {
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    match (kind, digits) {
        (TypeOfNumber::International, true) => format!("+{text}"),
        _ => text.to_owned(),
    }
}

/// Reads an address of a TPDU: a count of semi-octets, the type of address, the semi-octets.
pub(super) fn tp_address(reader: &mut Reader<'_>, field: &'static str) -> Result<String, ShortRead> {
    let semi_octets = usize::from(reader.u8(field)?);
    let kind = type_of_number(reader.u8(field)?);
    let octets = reader.take(field, semi_octets.div_ceil(2))?;
    Ok(match kind {
        TypeOfNumber::Alphanumeric => super::gsm7::unpack(octets, semi_octets.saturating_mul(4) / 7),
        _ => number(kind, &digits(octets, semi_octets)),
    })
}

/// Reads an address of an RP message: a count of octets before an address string. An empty one is no address.
pub(super) fn rp_address(reader: &mut Reader<'_>, field: &'static str) -> Result<Option<String>, ShortRead> {
    let length = usize::from(reader.u8(field)?);
    let octets = reader.take(field, length)?;
    Ok((!octets.is_empty()).then(|| address_string(octets)))
}

/// An address string (TS 29.002 section 17.7.8): the type of address, then the semi-octets.
pub fn address_string(octets: &[u8]) -> String {
    let Some((kind, octets)) = octets.split_first() else {
        return String::new();
    };
    let digits = digits(octets, octets.len().saturating_mul(2));
    number(type_of_number(*kind), &digits)
}

/// An international mobile subscriber identity (TS 23.003 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Imsi(u64);

impl Imsi {
    /// Reads one that lies in three to eight octets of semi-octets (TS 29.002 section 17.7.8).
    pub fn read(octets: &[u8]) -> Option<Self> {
        let fits = (3..=size_of::<u64>()).contains(&octets.len());
        let semi_octets = octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
        fits.then_some(Self(semi_octets))
    }
}

const fn type_of_number(type_of_address: u8) -> TypeOfNumber {
    TypeOfNumber::from_code(type_of_address >> 4 & 7)
}

/// Semi-octets, low one first; F fills the last octet (TS 24.008 table 10.5.118).
pub fn digits(octets: &[u8], semi_octets: usize) -> String {
    let semi = octets.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]);
    semi.take(semi_octets)
        .take_while(|digit| *digit != 0x0F)
        .map(|digit| match digit {
            0..=9 => char::from(b'0' + digit),
            10 => '*',
            11 => '#',
            other => char::from(b'a' + (other - 12)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tp(octets: &[u8]) -> String {
        tp_address(&mut Reader::new(octets), "address").unwrap()
    }

    #[test]
    fn numbers_are_written_as_dialled() {
        assert_eq!(
            tp(&[0x0B, 0x91, 0x51, 0x55, 0x10, 0x00, 0x00, 0xF3]),
            "+15550100003"
        );
        assert_eq!(tp(&[0x04, 0x81, 0x05, 0x00]), "5000");
        assert_eq!(tp(&[0x04, 0x81, 0xBA, 0xDC]), "*#ab");
        // Alphanumeric "Design@Home" of TS 23.040's usual example, 11 characters in 10 octets.
        let name = [
            0x14, 0xD0, 0xC4, 0xF2, 0x3C, 0x7D, 0x76, 0x03, 0x90, 0xEF, 0x76, 0x19,
        ];
        assert_eq!(tp(&name), "Design@Home");
    }

    #[test]
    fn an_rp_address_may_be_empty() {
        let rp = |octets| rp_address(&mut Reader::new(octets), "address").unwrap();
        assert_eq!(
            rp(&[0x07, 0x91, 0x51, 0x55, 0x10, 0x99, 0x99, 0xF9]).unwrap(),
            "+15550199999"
        );
        assert_eq!(rp(&[0]), None);
    }
}
