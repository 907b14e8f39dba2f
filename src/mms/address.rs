//! Addresses as MMS writes them (OMA-TS-MMS_ENC section 8): a value and its type behind `/TYPE=`.

/// An address taken apart. It borrows from the text, which stays as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The address without its `/TYPE=` suffix.
    pub value: &'a str,
    /// What it is.
    pub kind: AddressKind<'a>,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind<'a> {
    /// A phone number: `/TYPE=PLMN`, or digits without a suffix and longer than a short code.
    Phone,
    /// `/TYPE=IPv4`.
    Ipv4,
    /// `/TYPE=IPv6`.
    Ipv6,
    /// A mailbox.
    Email,
    /// Digits or letters without a suffix.
    ShortCode,
    /// Another `/TYPE=`.
    Other(&'a str),
    /// Nothing of these.
    Unknown,
}

/// Digits from which on a number without a suffix is taken for a phone number (ITU-T E.164 allows 15, national
/// short codes end at 6 or 8).
const MIN_PHONE_DIGITS: usize = 9;

const TYPE_MARK: &str = "/type=";

impl<'a> Address<'a> {
    /// Takes an address apart.
    pub fn parse(text: &'a str) -> Self {
        let text = text.trim();
        match split_type(text) {
            Some((value, suffix)) => Self {
                value,
                kind: kind_of_suffix(suffix),
            },
            None => Self {
                value: text,
                kind: kind_of_plain(text),
            },
        }
    }
}

/// The value and the type; of a form such as `+1/TYPE=PLMN@host`, the type ends before the host.
fn split_type(text: &str) -> Option<(&str, &str)> {
    let place = text.to_ascii_lowercase().rfind(TYPE_MARK)?;
    let (value, suffix) = text.split_at_checked(place)?;
    let suffix = suffix.get(TYPE_MARK.len()..)?;
    Some((value, suffix.split('@').next().unwrap_or(suffix)))
}

fn kind_of_suffix(suffix: &str) -> AddressKind<'_> {
    match suffix.to_ascii_lowercase().as_str() {
        "plmn" => AddressKind::Phone,
        "ipv4" => AddressKind::Ipv4,
        "ipv6" => AddressKind::Ipv6,
        _ => AddressKind::Other(suffix),
    }
}

fn kind_of_plain<'a>(text: &str) -> AddressKind<'a> {
    let digits = text.trim_start_matches(['+', '*', '#']);
    if text.contains('@') {
        AddressKind::Email
    } else if !digits.is_empty()
        && digits
            .bytes()
            .all(|c| c.is_ascii_digit() || matches!(c, b'-' | b'.'))
    {
        let count = digits.bytes().filter(u8::is_ascii_digit).count();
        match text.starts_with('+') || count >= MIN_PHONE_DIGITS {
            true => AddressKind::Phone,
            false => AddressKind::ShortCode,
        }
    } else if !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric()) {
        AddressKind::ShortCode
    } else {
        AddressKind::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind() {
        for (text, value, kind) in [
            ("+358501234567/TYPE=PLMN", "+358501234567", AddressKind::Phone),
            ("+358501234567/type=plmn", "+358501234567", AddressKind::Phone),
            ("195.153.199.30/TYPE=IPv4", "195.153.199.30", AddressKind::Ipv4),
            ("2001:db8::1/TYPE=IPv6", "2001:db8::1", AddressKind::Ipv6),
            ("a%2fb/TYPE=X_9", "a%2fb", AddressKind::Other("X_9")),
            (
                "Joe User <joe@user.org>",
                "Joe User <joe@user.org>",
                AddressKind::Email,
            ),
            ("+1555/TYPE=PLMN@mms.example", "+1555", AddressKind::Phone),
            ("7255", "7255", AddressKind::ShortCode),
            ("BANK", "BANK", AddressKind::ShortCode),
            ("+61400000001", "+61400000001", AddressKind::Phone),
            ("not a number", "not a number", AddressKind::Unknown),
            ("", "", AddressKind::Unknown),
        ] {
            assert_eq!(Address::parse(text), Address { value, kind }, "{text}");
        }
    }
}
