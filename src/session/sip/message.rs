//! SIP messages: start line, header fields in long and compact form, body (RFC 3261 section 7).

use std::borrow::Cow;

/// The first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// A request.
    Request {
        /// Its method.
        method: &'a [u8],
        /// Its Request-URI.
        uri: &'a [u8],
    },
    /// A response.
    Response {
        /// Its status code.
        status: u16,
        /// Its reason phrase.
        reason: &'a [u8],
    },
}

impl<'a> StartLine<'a> {
    /// Reads a start line without its line end.
    pub fn read(line: &'a [u8]) -> Option<Self> {
        if let Some(rest) = line.strip_prefix(b"SIP/2.0 ") {
            let (digits, reason) = rest.split_at_checked(3)?;
            let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
            let reason = reason.trim_ascii();
            return (100..700)
                .contains(&status)
                .then_some(Self::Response { status, reason });
        }
        let mut words = line.splitn(3, |octet| *octet == b' ');
        let (method, uri, version) = (words.next()?, words.next()?, words.next()?);
        let token = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
        (token && uri.contains(&b':') && version == b"SIP/2.0").then_some(Self::Request { method, uri })
    }
}

/// Header fields that matter here, with their compact forms (RFC 3261 section 20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName {
    long: &'static str,
    compact: Option<u8>,
}

macro_rules! field_names {
    ($($constant:ident $long:literal $compact:expr,)+) => {
        impl FieldName {
            $(pub const $constant: Self = Self { long: $long, compact: $compact };)+
        }
    };
}

field_names! {
    CALL_ID "Call-ID" Some(b'i'),
    CONTENT_LENGTH "Content-Length" Some(b'l'),
    CONTENT_TRANSFER_ENCODING "Content-Transfer-Encoding" None,
    CONTENT_TYPE "Content-Type" Some(b'c'),
    CSEQ "CSeq" None,
    FROM "From" Some(b'f'),
    IN_REPLY_TO "In-Reply-To" None,
    P_ASSERTED_IDENTITY "P-Asserted-Identity" None,
    P_CALLED_PARTY_ID "P-Called-Party-ID" None,
    TO "To" Some(b't'),
}

impl FieldName {
    fn is(self, name: &[u8]) -> bool {
        match (name, self.compact) {
            ([one], Some(compact)) => one.eq_ignore_ascii_case(&compact),
            _ => name.eq_ignore_ascii_case(self.long.as_bytes()),
        }
    }
}

/// A message's start line and header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The start line.
    pub start: StartLine<'a>,
    fields: &'a [u8],
}

impl<'a> Head<'a> {
    /// Reads the head that `octets` begin with; gives how many octets it has, its empty line included.
    pub fn read(octets: &'a [u8]) -> Option<(Self, usize)> {
        let length = head_length(octets, 0)?;
        let head = octets.get(..length)?;
        let (first, fields) = split_line(head);
        let start = StartLine::read(first)?;
        Some((Self { start, fields }, length))
    }

    /// The value of the first field with a name, continued lines joined.
    pub fn field(&self, name: FieldName) -> Option<Cow<'a, str>> {
        field(self.fields, |candidate| name.is(candidate))
    }

    /// CSeq: its number and its method.
    pub fn cseq(&self) -> Option<(u32, String)> {
        let value = self.field(FieldName::CSEQ)?;
        let (number, method) = value.split_once(|c: char| c.is_ascii_whitespace())?;
        Some((number.parse().ok()?, method.trim().to_owned()))
    }

    /// The octets of the body; none where the field is missing or makes no sense.
    pub fn content_length(&self) -> Option<usize> {
        self.field(FieldName::CONTENT_LENGTH)?.trim().parse().ok()
    }
}

/// The octets up to and including the empty line; none where it has not come. The first `searched` octets are
/// known not to hold it.
pub(super) fn head_length(octets: &[u8], searched: usize) -> Option<usize> {
    let from = searched.saturating_sub(3);
    let rest = octets.get(from..)?;
    let ends = rest.iter().enumerate().filter(|(_, octet)| **octet == b'\n');
    for (offset, _) in ends {
        let after = rest.get(offset.saturating_add(1)..).unwrap_or_default();
        let blank = match after {
            [b'\r', b'\n', ..] => 3,
            [b'\n', ..] => 2,
            _ => continue,
        };
        return Some(from.saturating_add(offset).saturating_add(blank));
    }
    None
}

/// A line without its end, and what follows it.
pub(super) fn split_line(octets: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', octets).unwrap_or(octets.len());
    let line = octets.get(..end).unwrap_or_default();
    let rest = octets.get(end.saturating_add(1)..).unwrap_or_default();
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// The value of the first field whose name satisfies `wanted`.
pub(super) fn field(fields: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Option<Cow<'_, str>> {
    let mut rest = fields;
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        rest = after;
        let Some(colon) = line.iter().position(|octet| *octet == b':') else {
            continue;
        };
        let (name, value) = line.split_at_checked(colon)?;
        if wanted(name.trim_ascii()) {
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            return Some(continued(value, rest));
        }
    }
    None
}

/// A value with the lines that continue it.
fn continued<'a>(value: &'a [u8], mut rest: &'a [u8]) -> Cow<'a, str> {
    let mut text = String::from_utf8_lossy(value);
    while let [b' ' | b'\t', ..] = rest {
        let (line, after) = split_line(rest);
        rest = after;
        let text = text.to_mut();
        text.push(' ');
        text.push_str(&String::from_utf8_lossy(line.trim_ascii()));
    }
    text
}

/// The user of a SIP URI or the number of a tel URI, in a bare URI or a name-addr, without what separates digits.
pub fn user(address: &str) -> Option<String> {
    let uri = match address.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => address,
    };
    let (scheme, rest) = uri.trim().split_once(':')?;
    let user = match scheme.to_ascii_lowercase().as_str() {
        "tel" => rest,
        _ => rest.split_once('@')?.0,
    };
    let user = user.split([';', ':', '?']).next().unwrap_or(user);
    Some(match is_number(user) {
        true => user
            .chars()
            .filter(|c| !matches!(c, '-' | '.' | '(' | ')'))
            .collect(),
        false => user.to_owned(),
    })
}

/// Whether a user is a telephone number: digits with visual separators (RFC 3966 section 3).
pub fn is_number(user: &str) -> bool {
    let digits = user.strip_prefix('+').unwrap_or(user);
    digits.bytes().any(|octet| octet.is_ascii_digit())
        && digits
            .bytes()
            .all(|octet| octet.is_ascii_digit() || b"-.()*#".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_compact_fields_in_any_case_and_continued() {
        let text = b"MESSAGE sip:+491@ims.example SIP/2.0\r\ni: a@b\r\nCSEQ: 7 MESSAGE\r\nContent-Type : text/plain;\r\n charset=utf-8\r\nl:3\r\n\r\nabc";
        let (head, length) = Head::read(text).unwrap();
        assert_eq!(head.field(FieldName::CALL_ID).unwrap(), "a@b");
        assert_eq!(head.cseq(), Some((7, "MESSAGE".into())));
        assert_eq!(
            head.field(FieldName::CONTENT_TYPE).unwrap(),
            "text/plain; charset=utf-8"
        );
        assert_eq!(head.content_length(), Some(3));
        assert_eq!(head.field(FieldName::TO), None);
        assert_eq!(&text[length..], b"abc");
        assert!(matches!(
            head.start,
            StartLine::Request {
                method: b"MESSAGE",
                ..
            }
        ));
        assert_eq!(Head::read(b"SIP/2.0 200 OK\nl: 0\n\n").unwrap().1, 21);
    }

    #[test]
    fn start_lines() {
        assert_eq!(
            StartLine::read(b"SIP/2.0 480 Gone"),
            Some(StartLine::Response {
                status: 480,
                reason: b"Gone"
            })
        );
        for line in [
            &b"GET / HTTP/1.1"[..],
            b"SIP/2.0 99 x",
            b"message sip:a SIP/2.0",
            b"MESSAGE a SIP/2.0",
        ] {
            assert_eq!(StartLine::read(line), None);
        }
    }

    #[test]
    fn users_of_addresses() {
        for (address, expected) in [
            ("sip:+61400@ims.example;user=phone", "+61400"),
            ("\"A\" <sip:+61-400@ims.example>;tag=x", "+61400"),
            ("tel:+61-400;phone-context=x", "+61400"),
            ("<tel:1234>", "1234"),
            ("sip:ipsmgw@ims.example", "ipsmgw"),
            ("sip:+1;npdi:pw@h", "+1"),
        ] {
            assert_eq!(user(address).as_deref(), Some(expected), "{address}");
        }
        assert_eq!(user("sip:10.0.0.1:5060"), None);
    }
}
