//! Push Access Protocol (WAP-247-PAP): a push as an HTTP multipart, its XML control entity first, then the content.

use crate::codec::mime;

/// Octets of the control entity that are looked at.
const CONTROL_OCTETS: usize = 64 * 1024;

/// Parts that are read: the control entity and the content. What may follow describes the client's capabilities.
const PARTS: usize = 2;

/// A push and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Push<'a> {
    /// The recipient as in a short message: without the `WAPPUSH=` and `@gateway` around it.
    pub(super) recipient: Option<String>,
    /// The content's media type, lower case.
    pub(super) content_type: Option<String>,
    pub(super) content: &'a [u8],
}

/// Whether octets hold a push's control entity.
pub(super) fn holds_push(octets: &[u8]) -> bool {
    find(octets, b"push-message").is_some()
}

/// Reads a push; `None` where the multipart is something else.
pub(super) fn read_push<'a>(octets: &'a [u8], boundary: &str) -> Option<Push<'a>> {
    let split = mime::split(octets, boundary, PARTS);
    let [control, content, ..] = &split.parts[..] else {
        return None;
    };
    let xml = control.content;
    let xml = xml.get(..CONTROL_OCTETS.min(xml.len()))?;
    if !holds_push(xml) {
        return None;
    }
    let recipient = attribute(xml, "address-value").map(|address| bare_address(&address).to_owned());
    Some(Push {
        recipient,
        content_type: content.field(&["Content-Type"]).map(|value| essence(&value)),
        content: content.content,
    })
}

/// A media type without its parameters, lower case.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The response code in a push's answer (WAP-247-PAP section 9.13).
pub(super) fn response_code(xml: &[u8]) -> Option<u16> {
    let result = after(xml, b"response-result").unwrap_or(xml);
    find(xml, b"push-response")?;
    attribute(result, "code")?.parse().ok()
}

/// The value of the first attribute of this name.
fn attribute(xml: &[u8], name: &str) -> Option<String> {
    let rest = after(xml, name.as_bytes())?.trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = rest.split_first()?;
    let end = value.iter().position(|octet| octet == quote)?;
    Some(String::from_utf8_lossy(value.get(..end)?).into_owned())
}

/// `WAPPUSH=+491711/TYPE=PLMN@ppg.example` names `+491711/TYPE=PLMN`.
fn bare_address(address: &str) -> &str {
    let address = address.trim();
    match address.split_once('=') {
        Some((key, rest)) if key.eq_ignore_ascii_case("wappush") => {
            rest.rsplit_once('@').map_or(rest, |(address, _)| address)
        }
        _ => address,
    }
}

fn after<'a>(octets: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    octets.get(find(octets, pattern)?.checked_add(pattern.len())?..)
}

fn find(octets: &[u8], pattern: &[u8]) -> Option<usize> {
    octets
        .windows(pattern.len().max(1))
        .position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WAP-247-PAP section 12.1, the content replaced by a PDU.
    const MULTIPART: &[u8] = b"--asdlfkjiurwgasf\r\nContent-Type: application/xml\r\n\r\n\
        <?xml version=\"1.0\"?><pap><push-message push-id=\"9fjeo39jf084@pi.com\">\
        <address address-value=\"WAPPUSH=+155519990730/TYPE=PLMN@ppg.carrier.com\"/>\
        </push-message></pap>\r\n--asdlfkjiurwgasf\r\nContent-Type: application/vnd.wap.mms-message; q=1\r\n\
        X-Wap-Application-Id: x-wap-application:mms.ua\r\n\r\n\x8c\x82\x98\x00\r\n--asdlfkjiurwgasf--\r\n";

    #[test]
    fn a_push_is_taken_apart() {
        let push = read_push(MULTIPART, "asdlfkjiurwgasf").unwrap();
        assert_eq!(push.recipient.as_deref(), Some("+155519990730/TYPE=PLMN"));
        assert_eq!(
            push.content_type.as_deref(),
            Some("application/vnd.wap.mms-message")
        );
        assert_eq!(push.content, b"\x8c\x82\x98\x00");
        assert_eq!(read_push(MULTIPART, "other"), None);
        for cut in 0..MULTIPART.len() {
            read_push(&MULTIPART[..cut], "asdlfkjiurwgasf");
        }
    }

    #[test]
    fn answers_have_a_code() {
        let xml = b"<pap><push-response push-id=\"1\"><response-result code=\"1001\" desc=\"ok\"/></push-response></pap>";
        assert_eq!(response_code(xml), Some(1001));
        assert_eq!(response_code(b"<html code=\"3\">"), None);
    }
}
