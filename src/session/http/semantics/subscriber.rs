//! Fields by which operators name the subscriber behind a request, and the forms their values take.
//!
//! None is standard; the list is what gateways, proxies and MMSCs are known to send. A value may be a phone number,
//! plain or wrapped, an alias or encrypted.

use std::borrow::Cow;

use crate::session::{Identity, Subscriber};

/// The fields, the likeliest to hold a phone number first.
const FIELDS: &[&str] = &[
    "x-msisdn",
    "msisdn",
    "xmsisdn",
    "x-nokia-msisdn",
    "x-wap-network-client-msisdn",
    "x-up-calling-line-id",
    "x-wap-msisdn",
    "x-h3g-msisdn",
    "x-fh-msisdn",
    "x-du-msisdn",
    "x-ericsson-msisdn",
    "x-huawei-msisdn",
    "x-wte-msisdn",
    "x-drutt-portal-user-msisdn",
    "x-forwarded-for-msisdn",
    "user-identity-forward-msisdn",
    "vzv-msisdn",
    "pimmsisdn",
    "x-mdn",
    "x-vzw-mdn",
    "x-hts-clid",
    "_rapmin",
    "x-network-info",
    "x-wsb-identity",
    "x-party-id",
    "tm_user-id",
    "x-up-subno",
    "x-subscriber-id",
    "x-wap-clientid",
    FIRST_OTHER,
    "x-nokia-alias",
    "x-up-vodacomgw-subid",
    "x-opwv-ddm-subscriber",
    "x-jphone-uid",
    "x-piper-id",
    "x-acr",
    "x-vf-acr",
    "x-uidh",
];

/// From here on the fields hold no phone number, even where they hold digits.
const FIRST_OTHER: &str = "x-imsi";

/// The octets that the fields begin with and the lengths that they have, one bit for each: by them most other fields of
/// a head are told apart.
const SHAPES: (u128, u64) = {
    let (mut beginnings, mut lengths) = (0, 0);
    let mut rest = FIELDS;
    while let [field, others @ ..] = rest {
        if let [first, ..] = field.as_bytes() {
            beginnings |= 1 << (*first & 0x7f);
        }
        lengths |= 1 << field.len();
        rest = others;
    }
    (beginnings, lengths)
};

/// A field that names the subscriber. Where a request has several, the least counts: one with a phone number before one
/// without, then the first in [`FIELDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) struct SubscriberField {
    is_other: bool,
    place: usize,
}

impl SubscriberField {
    /// Reads a field: the phone number in its value, else the value; none for fields that name no subscriber, and for
    /// empty ones.
    pub(in crate::session) fn read<'a>(
        name: &[u8],
        value: impl FnOnce() -> Cow<'a, str>,
    ) -> Option<(Self, Cow<'a, str>)> {
        let place = place(name)?;
        let value = Some(value()).filter(|value| !value.trim().is_empty())?;
        let holds_numbers = FIELDS
            .iter()
            .take(place.saturating_add(1))
            .all(|field| *field != FIRST_OTHER);
        let number = holds_numbers
            .then(|| subscriber_number(&value))
            .flatten()
            .map(Cow::into_owned);
        let is_other = number.is_none();
        Some((Self { is_other, place }, number.map_or(value, Cow::Owned)))
    }

    /// The field's name, lower case.
    pub(in crate::session) fn name(self) -> &'static str {
        FIELDS.get(self.place).copied().unwrap_or_default()
    }

    /// The subscriber that this field and what was read of its value name.
    pub(in crate::session) fn subscriber(self, text: &str) -> Subscriber<'_> {
        let identity = match self.is_other {
            true => Identity::Other(text),
            false => Identity::Number(text),
        };
        Subscriber {
            source: self.name(),
            identity,
        }
    }
}

/// Which of [`FIELDS`] has this name, in either case.
fn place(name: &[u8]) -> Option<usize> {
    let (beginnings, lengths) = SHAPES;
    let first = name.first()?.to_ascii_lowercase();
    let has_length = name.len() < u64::BITS as usize && lengths >> name.len() & 1 != 0;
    if !has_length || !first.is_ascii() || beginnings >> first & 1 == 0 {
        return None;
    }
    FIELDS
        .iter()
        .position(|field| name.eq_ignore_ascii_case(field.as_bytes()))
}

/// The phone number in a subscriber field's value, without `/TYPE=`; `None` where it holds none that can be read
/// (an alias, an encrypted or hashed value).
fn subscriber_number(value: &str) -> Option<Cow<'_, str>> {
    let value = value.trim();
    let candidates = value.split(',').map(str::trim);
    candidates
        .filter(|candidate| !candidate.contains('.'))
        .find_map(|candidate| {
            let plain = candidate.split(['/', '@', ';']).next().unwrap_or_default();
            if is_number(plain) && !is_hex_of_digits(plain) {
                return Some(Cow::Borrowed(plain));
            }
            from_hex(plain).filter(|number| is_number(number)).map(Cow::Owned)
        })
}

/// Five to twenty digits, with or without `+`: E.164 allows 15, national prefixes add to them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (5..=20).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit())
}

/// Whether a text of digits is rather the hex of ASCII digits (`3439…` for `49…`): no phone number is that long.
fn is_hex_of_digits(text: &str) -> bool {
    text.len() > 15 && from_hex(text).is_some_and(|number| is_number(&number))
}

fn from_hex(text: &str) -> Option<String> {
    let octets = text.as_bytes();
    if !octets.len().is_multiple_of(2) {
        return None;
    }
    let pairs = octets.chunks_exact(2).map(|pair| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16)
            .ok()
            .filter(u8::is_ascii)
            .map(char::from)
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_known_in_either_case_and_no_other() {
        for (place, field) in FIELDS.iter().enumerate() {
            assert_eq!(super::place(field.to_uppercase().as_bytes()), Some(place));
        }
        for other in ["", "x-", "x-msisdn2", "accept", "\u{e9}", "\u{f8}-msisdn"] {
            assert_eq!(super::place(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn numbers_in_their_forms() {
        assert_eq!(
            subscriber_number("+491711234567").as_deref(),
            Some("+491711234567")
        );
        assert_eq!(
            subscriber_number("491711234567/TYPE=PLMN").as_deref(),
            Some("491711234567")
        );
        assert_eq!(
            subscriber_number("343931373131323334353637").as_deref(),
            Some("491711234567")
        );
        assert_eq!(
            subscriber_number("GPRS,10.1.2.3,491711234567,unsecured").as_deref(),
            Some("491711234567")
        );
        assert_eq!(subscriber_number("aGVsbG8gd29ybGQ="), None);
        assert_eq!(subscriber_number(""), None);
    }

    #[test]
    fn a_number_is_read_out_of_its_field_and_another_value_stays_as_it_is() {
        let read = |name: &str, value: &'static str| {
            SubscriberField::read(name.as_bytes(), || value.into())
                .map(|(field, text)| format!("{:?}", field.subscriber(&text).identity))
        };
        let number = Some(r#"Number("491711234567")"#.to_owned());
        assert_eq!(read("X-MSISDN", "343931373131323334353637"), number);
        assert_eq!(read("x-up-calling-line-id", "GPRS,10.1.2.3,491711234567"), number);
        let other = |text| Some(format!("Other({text:?})"));
        assert_eq!(read("X-MSISDN", "aGVsbG8="), other("aGVsbG8="));
        assert_eq!(read("X-IMSI", "262011234567890"), other("262011234567890"));
        assert_eq!(read("X-MSISDN", " "), None);
    }

    #[test]
    fn a_field_with_a_number_counts_before_one_without() {
        let read = |name: &[u8], value: &'static str| SubscriberField::read(name, || value.into()).unwrap().0;
        assert!(read(b"x-msisdn", "aGVsbG8=") > read(b"x-up-subno", "491711234567"));
        assert!(read(b"x-msisdn", "491711234567") < read(b"x-up-subno", "491711234567"));
    }
}
