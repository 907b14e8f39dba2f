//! `--redact` for the fields of mail and envelopes: what the specifications define keeps its name, and of it words of
//! the protocol keep their value; addresses and identifiers become pseudonyms, all other text vanishes.

use super::TextHeaderObject;
use crate::report::redact::{GONE, Redactor};

/// What the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldKind {
    Addresses,
    Identifiers,
    /// A word of the protocol, a version, a number or a date.
    Protocol,
    /// Text of its sender, in a field that is defined.
    Other,
}

/// The fields by what their values are, lower case.
const FIELDS: &[(FieldKind, &[&str])] = &[
    (
        FieldKind::Addresses,
        &[
            "mail from",
            "rcpt to",
            "from",
            "to",
            "cc",
            "bcc",
            "sender",
            "reply-to",
            "return-path",
            "x-mms-originator-system",
            "x-mms-request-recipients",
            "x-mms-previously-sent-by",
            "final-recipient",
            "original-recipient",
            "disposition-notification-to",
        ],
    ),
    (
        FieldKind::Identifiers,
        &[
            "message-id",
            "x-mms-message-id",
            "x-mms-transaction-id",
            "in-reply-to",
            "references",
            "original-message-id",
            "original-envelope-id",
            "x-mms-applic-id",
            "x-mms-reply-applic-id",
        ],
    ),
    (
        FieldKind::Protocol,
        &[
            "x-mms-message-type",
            "x-mms-3gpp-mms-version",
            "x-mms-mms-version",
            "x-mms-version",
            "x-mms-ack-request",
            "x-mms-request-status-code",
            "x-mms-mm-status-code",
            "x-mms-mm-status-extension",
            "x-mms-status",
            "x-mms-read-status",
            "x-mms-read-reply",
            "x-mms-read-report",
            "x-mms-delivery-report",
            "x-mms-priority",
            "x-mms-message-class",
            "x-mms-expiry",
            "x-mms-sender-visibility",
            "x-mms-forward-counter",
            "x-mms-adaptation-allowed",
            "x-mms-content-class",
            "x-mms-drm-content",
            "x-mms-originator-r/s-delivery-report",
            "x-mms-forward-to-originator-ua",
            "date",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "x-priority",
            "importance",
            "auto-submitted",
            "action",
            "status",
            "disposition",
        ],
    ),
    (
        FieldKind::Other,
        &[
            "received",
            "subject",
            "x-mms-status-text",
            "content-id",
            "content-location",
            "content-disposition",
            "content-description",
            "reporting-mta",
            "diagnostic-code",
            "x-mms-previously-sent-date-and-time",
        ],
    ),
];

fn kind_of(name: &str) -> Option<FieldKind> {
    let step = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let whole = name.to_ascii_lowercase();
    let defined = |names: &[&str]| names.contains(&step.as_str()) || names.contains(&whole.as_str());
    FIELDS
        .iter()
        .find(|(_, names)| defined(names))
        .map(|(kind, _)| *kind)
}

/// Redacts a field.
pub(super) fn field(field: &mut TextHeaderObject, redactor: &mut Redactor) {
    let kind = kind_of(&field.name);
    if kind.is_none() {
        // A field that nobody defined has a name of its sender's own.
        GONE.clone_into(&mut field.name);
    }
    field.value = match kind {
        Some(FieldKind::Addresses) => addresses(&field.value, redactor),
        Some(FieldKind::Identifiers) => identifiers(&field.value, redactor),
        Some(FieldKind::Protocol) => protocol(&field.value, redactor),
        Some(FieldKind::Other) | None => GONE.to_owned(),
    };
}

/// The pseudonyms of the addresses in a list, without what stands around them.
pub(super) fn addresses(list: &str, redactor: &mut Redactor) -> String {
    let addresses = list.split([',', ';']).filter_map(|written| {
        let bracketed = written.split_once('<').map_or(written, |(_, behind)| behind);
        let address = bracketed.split('>').next().unwrap_or_default().trim();
        (!address.is_empty() && !address.eq_ignore_ascii_case("rfc822"))
            .then(|| address_of(address, redactor))
    });
    addresses.collect::<Vec<_>>().join(", ")
}

/// A phone's address keeps its form, so that it is seen to be one: the number, its type, the host.
fn address_of(address: &str, redactor: &mut Redactor) -> String {
    let (local, host) = match address.rsplit_once('@') {
        Some((local, host)) => (local, Some(host)),
        None => (address, None),
    };
    let (number, kind) = match local.split_once("/TYPE=") {
        Some((number, kind)) => (number, Some(kind)),
        None => (local, None),
    };
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return redactor.address(address);
    }
    let mut text = redactor.address(number);
    if let Some(kind) = kind {
        text = format!("{text}/TYPE={}", redactor.token(kind));
    }
    match host {
        Some(host) => format!("{text}@{}", redactor.written_endpoint(host)),
        None => text,
    }
}

fn identifiers(list: &str, redactor: &mut Redactor) -> String {
    let identifiers = list.split_whitespace().map(|id| redactor.identifier(id));
    identifiers.collect::<Vec<_>>().join(" ")
}

/// Words of the protocol, without parameters; a date.
fn protocol(value: &str, redactor: &mut Redactor) -> String {
    let word = value.split(';').next().unwrap_or_default().trim();
    let is_date = jiff::fmt::rfc2822::parse(word).is_ok() || word.parse::<jiff::Timestamp>().is_ok();
    match is_date {
        true => word.to_owned(),
        false => {
            let words = word.split_whitespace().map(|word| redactor.token(word));
            words.collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(name: &str, value: &str) -> (String, String) {
        let mut object = TextHeaderObject {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        field(&mut object, &mut Redactor::default());
        (object.name, object.value)
    }

    #[test]
    fn addresses_of_phones_keep_their_form() {
        for (name, value, expected) in [
            (
                "RCPT TO",
                "+61400000002/TYPE=PLMN@mms.two.example",
                "+99900000001/TYPE=PLMN@198.18.0.1",
            ),
            (
                "From",
                "\"Ann\" <ann@mail.example>, +61400000001",
                "user-1@example.invalid, +99900000001",
            ),
            (
                "Final-Recipient",
                "rfc822; ann@mail.example",
                "user-1@example.invalid",
            ),
            ("X-Mms-Message-ID", "\"a@b\"", "id-1"),
            ("X-Mms-Message-Type", "MM4_forward.REQ", "MM4_forward.REQ"),
            (
                "Date",
                "Fri, 20 Nov 2026 10:00:00 +0000",
                "Fri, 20 Nov 2026 10:00:00 +0000",
            ),
            (
                "Content-Type",
                "multipart/related; boundary=ann",
                "multipart/related",
            ),
            ("Subject", "Ann is here", GONE),
        ] {
            assert_eq!(redacted(name, value), (name.to_owned(), expected.to_owned()));
        }
        assert_eq!(redacted("X-Ann", "Ann"), (GONE.to_owned(), GONE.to_owned()));
    }
}
