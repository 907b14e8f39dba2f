//! Fields by which operators name the subscriber behind a request, and the forms their values take.
//!
//! None is standard; the list is what gateways, proxies and MMSCs are known to send. A value may be a phone number,
//! an alias or encrypted: the field is always given with it.

use std::borrow::Cow;

/// The fields, those that mostly hold a phone number first: where a request has several, the first of these counts.
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
    "x-imsi",
    "x-nokia-alias",
    "x-up-vodacomgw-subid",
    "x-opwv-ddm-subscriber",
    "x-jphone-uid",
    "x-piper-id",
    "x-acr",
    "x-vf-acr",
    "x-uidh",
];

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

/// How well a field of this name tells the subscriber, 0 best, with its name in lower case; none for other fields.
pub(in crate::session) fn rank(name: &[u8]) -> Option<(usize, &'static str)> {
    let (beginnings, lengths) = SHAPES;
    let first = name.first()?.to_ascii_lowercase();
    let has_length = name.len() < u64::BITS as usize && lengths >> name.len() & 1 != 0;
    if !has_length || !first.is_ascii() || beginnings >> first & 1 == 0 {
        return None;
    }
    let mut fields = FIELDS.iter().enumerate();
    fields
        .find(|(_, field)| name.eq_ignore_ascii_case(field.as_bytes()))
        .map(|(rank, field)| (rank, *field))
}

/// The phone number in a subscriber field's value, without `/TYPE=`; `None` where it holds none that can be read
/// (an alias, an encrypted or hashed value).
pub fn subscriber_number(value: &str) -> Option<Cow<'_, str>> {
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
            assert_eq!(rank(field.to_uppercase().as_bytes()), Some((place, *field)));
        }
        for other in ["", "x-", "x-msisdn2", "accept", "\u{e9}", "\u{f8}-msisdn"] {
            assert_eq!(rank(other.as_bytes()), None, "{other}");
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
}
