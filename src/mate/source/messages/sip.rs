//! Fields of SIP messages (RFC 3261 sections 7 and 20).

use super::lines::{Line, fields, first_line, unfolded};
use crate::mate::catalogue::FieldId;
use crate::mate::source::text::Text;
use crate::mate::source::writer::{Fields, Place, Writer, offset_in};

/// A message; its content goes to `carried` with its media type in lower case.
pub(super) fn message(
    octets: &[u8],
    place: Place,
    writer: &mut Writer<'_>,
    carried: impl FnOnce(&str, &[u8], Place, &mut Writer<'_>),
) {
    let blank = octets
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'))
        .count();
    let octets = octets.get(blank..).unwrap_or_default();
    if octets.is_empty() {
        return;
    }
    let place = place.behind(blank);
    let (line, head) = first_line(octets);
    let mut told = writer.layer(FieldId::SIP, place, None);
    match line.strip_prefix(b"SIP/2.0 ") {
        Some(status) => {
            told.text(FieldId::SIP_STATUS_LINE, 0, line);
            let code = status.split(|octet| *octet == b' ').next().unwrap_or_default();
            if let Some(number) = decimal(code) {
                told.number(FieldId::SIP_STATUS_CODE, 8, code.len(), number);
            }
        }
        None => request_line(line, &mut told),
    }
    let mut media = String::new();
    let mut end = head;
    for field in fields(octets, head) {
        one_field(&field, &mut told);
        end = field.offset + field.octets.len();
        if field.is("Content-Type") || field.is("c") {
            let name = field
                .value
                .split(|octet| *octet == b';')
                .next()
                .unwrap_or_default();
            media = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
        }
    }
    // The empty line lies between.
    let (_, blank) = first_line(octets.get(end..).unwrap_or_default());
    let content = octets.get(end + blank..).unwrap_or_default();
    if !content.is_empty() {
        let place = place.behind(end + blank).above(told.layer);
        carried(&media, content, place, told.writer);
    }
}

/// How long the message is that octets of a stream begin with, its content included; none before its head is whole
/// (RFC 3261 section 18.3).
pub(super) fn message_length(octets: &[u8]) -> Option<usize> {
    let blank = octets
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'))
        .count();
    let message = octets.get(blank..)?;
    let head = memchr::memmem::find(message, b"\r\n\r\n")? + 4;
    let (_, begin) = first_line(message);
    let length = fields(message.get(..head)?, begin)
        .find(|line| line.is("Content-Length") || line.is("l"))
        .and_then(|line| decimal(line.value))
        .and_then(|length| usize::try_from(length).ok());
    blank.checked_add(head)?.checked_add(length.unwrap_or(0))
}

fn request_line(line: &[u8], told: &mut Fields<'_, '_>) {
    told.text(FieldId::SIP_REQUEST_LINE, 0, line);
    let mut words = line.splitn(3, |octet| *octet == b' ');
    let (Some(method), Some(uri)) = (words.next(), words.next()) else {
        return;
    };
    told.text(FieldId::SIP_METHOD, 0, method);
    told.text(FieldId::SIP_R_URI, method.len() + 1, uri);
    if let Some(user) = user_of(uri) {
        let at = offset_in(line, user).unwrap_or(0);
        told.text(FieldId::SIP_R_URI_USER, at, user);
    }
}

/// The user part of a URI of SIP (RFC 3261 section 19.1.1).
fn user_of(uri: &[u8]) -> Option<&[u8]> {
    let rest = uri.strip_prefix(b"sip:").or_else(|| uri.strip_prefix(b"sips:"))?;
    let at = memchr::memchr(b'@', rest)?;
    let user = rest.get(..at)?;
    user.split(|octet| *octet == b':').next()
}

/// The URI in a field that names a party: between angle brackets, or up to its parameters.
fn uri_of(value: &[u8]) -> &[u8] {
    match memchr::memchr(b'<', value) {
        Some(open) => {
            let inner = value.get(open + 1..).unwrap_or_default();
            let end = memchr::memchr(b'>', inner).unwrap_or(inner.len());
            inner.get(..end).unwrap_or_default()
        }
        None => value.split(|octet| *octet == b';').next().unwrap_or_default(),
    }
}

/// Names of fields with the short forms of RFC 3261 section 20.
const TEXTS: [(&str, &str, FieldId); 8] = [
    ("Call-ID", "i", FieldId::SIP_CALL_ID),
    ("CSeq", "CSeq", FieldId::SIP_CSEQ),
    ("From", "f", FieldId::SIP_FROM),
    ("To", "t", FieldId::SIP_TO),
    ("Via", "v", FieldId::SIP_VIA),
    ("Contact", "m", FieldId::SIP_CONTACT),
    ("Content-Type", "c", FieldId::SIP_CONTENT_TYPE),
    ("User-Agent", "User-Agent", FieldId::SIP_USER_AGENT),
];

fn one_field(line: &Line<'_>, told: &mut Fields<'_, '_>) {
    let value = unfolded(line.value);
    let (at, length) = (line.offset, line.octets.len());
    if (line.is("Content-Length") || line.is("l"))
        && let Some(number) = decimal(&value)
    {
        return told.number(FieldId::SIP_CONTENT_LENGTH, at, length, number);
    }
    let known = TEXTS
        .iter()
        .find(|(name, short, _)| line.is(name) || line.is(short));
    let Some((_, _, field)) = known else { return };
    told.show(*field, at, length, Text(&value));
    match *field {
        FieldId::SIP_CALL_ID => told.show(FieldId::SIP_CALL_ID_GENERATED, at, length, Text(&value)),
        FieldId::SIP_CSEQ => {
            let mut words = value
                .split(|octet| *octet == b' ')
                .filter(|word| !word.is_empty());
            if let Some(number) = words.next().and_then(decimal) {
                told.number(FieldId::SIP_CSEQ_SEQ, at, length, number);
            }
            if let Some(method) = words.next() {
                told.show(FieldId::SIP_CSEQ_METHOD, at, length, Text(method));
            }
        }
        FieldId::SIP_FROM | FieldId::SIP_TO => {
            let user = match *field {
                FieldId::SIP_FROM => FieldId::SIP_FROM_USER,
                _ => FieldId::SIP_TO_USER,
            };
            if let Some(name) = user_of(uri_of(&value)) {
                told.show(user, at, length, Text(name));
            }
        }
        _ => {}
    }
}

fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mate::source::tests::all_of;

    #[test]
    fn a_request_tells_who_and_what() {
        let octets = b"MESSAGE sip:+4912@h;user=phone SIP/2.0\r\nv: SIP/2.0/UDP h\r\nFrom: \"A\" <sip:a:pw@x>;tag=1\r\n\
            To: sip:b@y\r\nCall-ID: c1\r\nCSeq: 7 MESSAGE\r\nContent-Length: 2\r\n\r\nhi";
        let told = all_of(|place, writer| message(octets, place, writer, |_, _, _, _| {}));
        let expected = [
            "sip.Request-Line=MESSAGE sip:+4912@h;user=phone SIP/2.0",
            "sip.Method=MESSAGE",
            "sip.r-uri=sip:+4912@h;user=phone",
            "sip.r-uri.user=+4912",
            "sip.Via=SIP/2.0/UDP h",
            "sip.From=\"A\" <sip:a:pw@x>;tag=1",
            "sip.from.user=a",
            "sip.To=sip:b@y",
            "sip.to.user=b",
            "sip.Call-ID=c1",
            "sip.call_id_generated=c1",
            "sip.CSeq=7 MESSAGE",
            "sip.CSeq.seq=7",
            "sip.CSeq.method=MESSAGE",
            "sip.Content-Length=2",
        ];
        assert_eq!(told, expected);
        let told = all_of(|place, writer| message(b"SIP/2.0 200 OK\r\n\r\n", place, writer, |_, _, _, _| {}));
        assert_eq!(told, ["sip.Status-Line=SIP/2.0 200 OK", "sip.Status-Code=200"]);
    }
}
