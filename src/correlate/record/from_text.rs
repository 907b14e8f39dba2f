//! What correlation reads of the PDUs that are written as text: those of MM4 and MM3, which are mail (3GPP TS 23.140
//! sections 8.3 and 8.4, RFC 3464, RFC 8098), and those of MM7, which are SOAP (section 8.7). Statuses are written as MM1's.

use std::borrow::Cow;

use super::address;
use super::pdu::{AnswerStatus, ExpiryValue, PartRecord, PduRecord, Sender, ToldOf};
use super::shown_headers::ShownHeaders;
use crate::mms::{Codes, Mail, MailKind, MailType, Mm4Type, Mm7Type, Part, PduType, Soap, Textual};
use crate::model::Timestamp;

impl<'a> From<&'a Mail<'_>> for PduRecord<'a> {
    fn from(mail: &'a Mail<'_>) -> Self {
        let text = &mail.text;
        let field = |name: &str| text.field(name).map(Cow::from);
        let record = Self {
            transaction_id: field("X-Mms-Transaction-ID"),
            message_id: mail.message_id().map(Cow::from),
            from: sender(text.field("From")),
            to: addresses(text, "To"),
            cc: addresses(text, "Cc"),
            bcc: addresses(text, "Bcc"),
            subject: text.field("Subject").and_then(unfolded),
            shown: shown(text.field("X-Mms-Message-Class"), text.field("X-Mms-Priority")),
            date: text.field("Date").and_then(date),
            expiry: text.field("X-Mms-Expiry").and_then(expiry),
            delivery_report: text.field("X-Mms-Delivery-Report").and_then(yes),
            read_report: text
                .field("X-Mms-Read-Reply")
                .or(text.field("X-Mms-Read-Report"))
                .and_then(yes),
            ack_requested: text.field("X-Mms-Ack-Request").and_then(yes),
            system: system(text),
            received: u32::try_from(text.all("Received").count()).unwrap_or(u32::MAX),
            shows_mms: mail.is_mms,
            header_is_cut: mail.header_is_cut,
            may_be_mm4: mail.may_be_mm4,
            ..body(mail.kind.into(), text, &text.leaves())
        };
        match mail.kind {
            MailKind::Mm4(pdu) => mm4(record, pdu, text),
            MailKind::Mm3(MailType::Mail) => record,
            MailKind::Mm3(MailType::Dsn) => delivery_status(record, mail),
            MailKind::Mm3(MailType::Mdn) => disposition(record, mail),
        }
    }
}

/// What every PDU that is written as text has.
fn body<'a>(message_type: PduType, pdu: &'a Textual<'_>, leaves: &[&'a Part<'_>]) -> PduRecord<'a> {
    let parts: Vec<PartRecord<'_>> = leaves.iter().map(|leaf| (*leaf).into()).collect();
    PduRecord {
        message_type,
        content_type: pdu
            .body
            .as_ref()
            .map(|body| body.content_type.media.as_ref().into()),
        body_size: (!parts.is_empty()).then(|| parts.iter().map(|part| part.size).sum()),
        parts,
        malformed: pdu.malformed,
        complete: pdu.complete,
        over_limit: pdu.is_over_limit(),
        ..PduRecord::default()
    }
}

/// The fields of MM4 whose meaning depends on the PDU.
fn mm4<'a>(record: PduRecord<'a>, pdu: Mm4Type, text: &'a Textual<'_>) -> PduRecord<'a> {
    let field = |name: &str| text.field(name).map(Cow::from);
    match pdu {
        Mm4Type::ForwardReq => record,
        Mm4Type::ForwardRes | Mm4Type::DeliveryReportRes | Mm4Type::ReadReplyReportRes => PduRecord {
            answer_status: field("X-Mms-Request-Status-Code").map(AnswerStatus::Mm4),
            status_text: field("X-Mms-Status-Text"),
            request_recipients: addresses(text, "X-Mms-Request-Recipients"),
            parts: Vec::new(),
            ..record
        },
        Mm4Type::DeliveryReportReq => {
            let status = text.field("X-Mms-MM-Status-Code").or(text.field("X-Mms-Status"));
            PduRecord {
                status: status.and_then(delivery_status_code),
                from: reporting_party(text).unwrap_or(record.from),
                parts: Vec::new(),
                ..record
            }
        }
        Mm4Type::ReadReplyReportReq => PduRecord {
            read_status: text.field("X-Mms-Read-Status").and_then(read_status_code),
            from: reporting_party(text).unwrap_or(record.from),
            parts: Vec::new(),
            ..record
        },
    }
}

/// A DSN (RFC 3464): about the message whose header it returns.
fn delivery_status<'a>(record: PduRecord<'a>, mail: &'a Mail<'_>) -> PduRecord<'a> {
    let text = &mail.text;
    let named = text
        .field("Original-Message-ID")
        .or(text.field("Original-Envelope-Id"))
        .or_else(|| referred(text));
    let told = |recipient: usize| ToldOf {
        status: dsn_status(
            mail.told(recipient, "Action").unwrap_or_default(),
            mail.told(recipient, "Status").unwrap_or_default(),
        ),
        ..named_recipient(mail, recipient)
    };
    PduRecord {
        message_id: reported_id(mail, named).map(Cow::from),
        from: Sender::Absent,
        told_of: (0..mail.recipients.len()).map(told).collect(),
        parts: Vec::new(),
        ..record
    }
}

/// An MDN (RFC 8098). It is about one recipient.
fn disposition<'a>(record: PduRecord<'a>, mail: &'a Mail<'_>) -> PduRecord<'a> {
    let text = &mail.text;
    let status = text.field("Disposition").and_then(disposition_code);
    let reader = named_recipient(mail, 0);
    let is_named = reader != ToldOf::default();
    PduRecord {
        message_id: reported_id(mail, text.field("Original-Message-ID").or_else(|| referred(text)))
            .map(Cow::from),
        read_status: status,
        told_of: is_named
            .then_some(ToldOf { status, ..reader })
            .into_iter()
            .collect(),
        parts: Vec::new(),
        ..record
    }
}

/// The recipient that a report names, by its place among those that it tells of.
fn named_recipient<'a>(mail: &'a Mail<'_>, recipient: usize) -> ToldOf<'a> {
    let address = |name: &str| {
        let written = addr_spec(typed_address(mail.told(recipient, name)?));
        Some(address::of_mail(written).into()).filter(|address: &Cow<'_, str>| !address.is_empty())
    };
    ToldOf {
        original: address("Original-Recipient"),
        last: address("Final-Recipient"),
        status: None,
    }
}

/// The message that a report is about. Of MM4_forward.REQ the header has its id; a report about another PDU of MM4 says
/// that an answer or a report did not arrive, and nothing of a message.
fn reported_id<'a>(mail: &'a Mail<'_>, named: Option<&'a str>) -> Option<&'a str> {
    match &mail.returned {
        None => named,
        Some(returned) if returned.pdu == Mm4Type::ForwardReq => returned.message_id.as_deref().or(named),
        Some(_) => None,
    }
}

/// The message that a reply refers to.
fn referred<'a>(text: &'a Textual<'_>) -> Option<&'a str> {
    let references = text
        .field("References")
        .and_then(|ids| ids.split_whitespace().last());
    text.field("In-Reply-To").or(references)
}

/// Disposition: displayed is read, deleted is deleted without being read.
fn disposition_code(disposition: &str) -> Option<u8> {
    let kind = disposition.rsplit(';').next().unwrap_or_default();
    let kind = kind.split(['/', ',']).next().unwrap_or_default().trim();
    match () {
        () if kind.eq_ignore_ascii_case("displayed") => Some(READ),
        () if kind.eq_ignore_ascii_case("deleted") => Some(DELETED),
        () => None,
    }
}

/// X-Mms-Read-Status: read, and deleted without being read (OMA-TS-MMS_ENC section 7.3.38).
const READ: u8 = 0x80;
const DELETED: u8 = 0x81;

/// Action of a DSN as X-Mms-Status; `Status` tells what expired (RFC 3463: x.4.7).
fn dsn_status(action: &str, status: &str) -> Option<u8> {
    let is_late = status.trim().ends_with(".4.7");
    let name = match action.trim().to_ascii_lowercase().as_str() {
        "delivered" => "retrieved",
        "failed" if is_late => "expired",
        "failed" => "rejected",
        "delayed" => "deferred",
        "relayed" | "expanded" => "forwarded",
        _ => return None,
    };
    Codes::Status.code(name)
}

/// What stands behind the type of an address in a DSN or MDN: `rfc822; ann@mail.example`.
fn typed_address(written: &str) -> &str {
    written
        .split_once(';')
        .map_or(written, |(_, address)| address)
        .trim()
}

/// A status of MM4 or MM7 as X-Mms-Status.
fn delivery_status_code(written: &str) -> Option<u8> {
    let name = written.trim().to_ascii_lowercase();
    let name = match name.as_str() {
        "unrecognized" | "notsupported" => "unrecognised",
        "forwardedtommbox" => "forwarded",
        name => name,
    };
    Codes::Status.code(name)
}

/// A read status of MM4 or MM7 as X-Mms-Read-Status.
fn read_status_code(written: &str) -> Option<u8> {
    let name = written.trim().to_ascii_lowercase();
    match name.as_str() {
        "read" => Some(READ),
        deleted if deleted.starts_with("deleted") => Some(DELETED),
        _ => None,
    }
}

/// The party that one MMSC names in X-Mms-Originator-System beside its own name: who reports.
fn reporting_party<'a>(text: &'a Textual<'_>) -> Option<Sender<'a>> {
    let party = assigned(text.field("X-Mms-Originator-System")?, "party")?;
    Some(sender(Some(party)))
}

/// The system that a PDU of MM4 is from.
fn system<'a>(text: &'a Textual<'_>) -> Option<Cow<'a, str>> {
    let written = text.field("X-Mms-Originator-System").or(text.field("Sender"))?;
    Some(assigned(written, "system").unwrap_or(written).into())
}

/// The value of a name in `system=host;party=number`.
fn assigned<'a>(written: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = written.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

fn sender(written: Option<&str>) -> Sender<'_> {
    match written.map(addr_spec).filter(|address| !address.is_empty()) {
        Some(address) => Sender::Address(address::of_mail(address).into()),
        None => Sender::Absent,
    }
}

/// The addresses of all fields of a name.
fn addresses<'a>(text: &'a Textual<'_>, name: &str) -> Vec<Cow<'a, str>> {
    let lists = text.all(name).flat_map(split_list);
    let addresses = lists.map(addr_spec).filter(|address| !address.is_empty());
    addresses
        .map(|address| address::of_mail(address).into())
        .collect()
}

/// The entries of a list of addresses: between commas that stand in no quoted string and no `<>` (RFC 5322 section 3.4).
fn split_list(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut angle) = (false, false);
    list.split(move |c: char| {
        match c {
            '"' => quoted = !quoted,
            '<' => angle = true,
            '>' => angle = false,
            _ => {}
        }
        c == ',' && !quoted && !angle
    })
}

/// The address itself, without display name and `<>`.
fn addr_spec(written: &str) -> &str {
    let inner = written
        .rsplit_once('<')
        .map(|(_, rest)| rest.split_once('>').map_or(rest, |(inner, _)| inner));
    inner.unwrap_or(written).trim().trim_matches('"')
}

/// A subject; a tab in it is what it was folded at.
fn unfolded(subject: &str) -> Option<Cow<'_, str>> {
    let subject = match subject.contains('\t') {
        true => subject.replace('\t', " ").into(),
        false => Cow::Borrowed(subject),
    };
    Some(subject).filter(|subject| !subject.is_empty())
}

/// The headers that are only shown, as MM1 writes them.
fn shown(message_class: Option<&str>, written: Option<&str>) -> ShownHeaders {
    ShownHeaders {
        message_class: message_class.map(|class| class.trim().to_ascii_lowercase().into()),
        priority: written.and_then(priority).map(Cow::Borrowed),
    }
}

fn priority(value: &str) -> Option<&'static str> {
    let names = ["low", "normal", "high"];
    names
        .into_iter()
        .find(|name| value.trim().eq_ignore_ascii_case(name))
}

/// `Yes` or `No`; MM7 writes `true` and `false`.
fn yes(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// A date of RFC 5322.
fn date(value: &str) -> Option<Timestamp> {
    let date = mail_parser::DateTime::parse_rfc822(value)?;
    Some(Timestamp::from_seconds(date.to_timestamp()))
}

/// Seconds from when it was sent, a duration of XML Schema, or a date of RFC 5322 or RFC 3339.
fn expiry(value: &str) -> Option<ExpiryValue> {
    if let Some(seconds) = value.trim().parse().ok().or_else(|| duration(value.trim())) {
        return Some(ExpiryValue::Relative(seconds));
    }
    date_time(value)
        .or_else(|| date(value))
        .map(ExpiryValue::Absolute)
}

/// A duration such as `P1D` (XML Schema part 2, section 3.2.6), which ISO 8601 has too, in seconds. One that is negative is
/// none; how long its months are depends on when they are, so they are taken as those of the first year there is.
fn duration(value: &str) -> Option<u64> {
    let span: jiff::Span = value.strip_prefix('P').and(value.parse().ok())?;
    let seconds = span.to_duration(jiff::civil::date(1970, 1, 1)).ok()?.as_secs();
    u64::try_from(seconds).ok()
}

/// A date of RFC 3339.
fn date_time(value: &str) -> Option<Timestamp> {
    let date = mail_parser::DateTime::parse_rfc3339(value.trim())?;
    Some(Timestamp::from_seconds(date.to_timestamp()))
}

impl<'a> From<&'a Soap<'_>> for PduRecord<'a> {
    fn from(soap: &'a Soap<'_>) -> Self {
        let text = &soap.text;
        let field = |name: &str| text.field(name).map(Cow::from);
        let record = Self {
            transaction_id: field("TransactionID"),
            message_id: field("MessageID"),
            linked_id: soap.linked_id().map(Cow::from),
            application: application(soap),
            subject: field("Subject").filter(|subject| !subject.is_empty()),
            shown: shown(text.field("MessageClass"), text.field("Priority")),
            date: text.field("TimeStamp").or(text.field("Date")).and_then(date_time),
            expiry: text.field("ExpiryDate").and_then(expiry),
            delivery_report: text.field("DeliveryReport").and_then(yes),
            read_report: text.field("ReadReply").and_then(yes),
            answer_status: soap.status().map(|status| AnswerStatus::Mm7(status.0)),
            status_text: soap.status_text().map(Cow::from),
            ..body(PduType::Mm7(soap.pdu), text, &soap.leaves())
        };
        match soap.pdu {
            Mm7Type::DeliveryReportReq => Self {
                from: party(text, "Recipient"),
                to: parties(text, "Sender"),
                status: text.field("MMStatus").and_then(delivery_status_code),
                answer_status: None,
                ..record
            },
            Mm7Type::ReadReplyReq => Self {
                from: party(text, "Recipient"),
                to: parties(text, "Sender"),
                read_status: text.field("MMStatus").and_then(read_status_code),
                answer_status: None,
                ..record
            },
            Mm7Type::CancelReq
            | Mm7Type::ReplaceReq
            | Mm7Type::ExtendedCancelReq
            | Mm7Type::ExtendedReplaceReq => Self {
                cancel_id: ["CancelID", "ReplaceID", "MessageID"]
                    .into_iter()
                    .find_map(|name| text.field(name))
                    .map(Cow::from),
                headers: headers(text),
                parts: Vec::new(),
                ..record
            },
            Mm7Type::CancelRsp
            | Mm7Type::ReplaceRsp
            | Mm7Type::ExtendedCancelRsp
            | Mm7Type::ExtendedReplaceRsp => Self {
                headers: headers(text),
                ..record
            },
            Mm7Type::DeliverReq => Self {
                from: party(text, "Sender"),
                to: parties(text, "Recipients/To"),
                cc: parties(text, "Recipients/Cc"),
                bcc: parties(text, "Recipients/Bcc"),
                ..record
            },
            _ => Self {
                from: party(text, "SenderIdentification/SenderAddress"),
                to: parties(text, "Recipients/To"),
                cc: parties(text, "Recipients/Cc"),
                bcc: parties(text, "Recipients/Bcc"),
                ..record
            },
        }
    }
}

/// VASPID and VASID, as much as there is.
fn application<'a>(soap: &'a Soap<'_>) -> Option<Cow<'a, str>> {
    match soap.application() {
        (Some(vasp), Some(vas)) => Some(format!("{vasp}/{vas}").into()),
        (one, other) => one.or(other).map(Cow::from),
    }
}

/// The elements that hold an address (3GPP TS 23.140 section 8.7.8).
const ADDRESS_ELEMENTS: [&str; 3] = ["Number", "ShortCode", "RFC2822Address"];

/// The addresses below an element, in their order.
fn parties<'a>(text: &'a Textual<'_>, element: &str) -> Vec<Cow<'a, str>> {
    let paths = ADDRESS_ELEMENTS.map(|name| format!("{element}/{name}"));
    let found = text.fields.iter().filter(|field| {
        let is_address = |path: &String| field.name.eq_ignore_ascii_case(path);
        paths.iter().any(is_address) && !field.value.trim().is_empty()
    });
    found
        .map(|field| address::of_mail(field.value.trim()).into())
        .collect()
}

fn party<'a>(text: &'a Textual<'_>, element: &str) -> Sender<'a> {
    let found = parties(text, element).into_iter().next();
    // Some write the address into the element itself.
    let direct = || {
        text.field(element)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    match found.or_else(|| direct().map(|value| address::of_mail(value).into())) {
        Some(address) => Sender::Address(address),
        None => Sender::Absent,
    }
}

fn headers(text: &Textual<'_>) -> Vec<(String, String)> {
    let fields = text.fields.iter();
    fields
        .map(|field| (field.name.clone().into_owned(), field.value.clone().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_seconds_a_duration_or_a_date() {
        let absolute = Some(ExpiryValue::Absolute(Timestamp::from_seconds(1_795_197_465)));
        for (value, expected) in [
            (" 86400 ", Some(ExpiryValue::Relative(86_400))),
            ("P1D", Some(ExpiryValue::Relative(86_400))),
            ("P2DT3H4M5.5S", Some(ExpiryValue::Relative(183_845))),
            ("P1M", Some(ExpiryValue::Relative(31 * 86_400))),
            ("2026-11-20T17:57:45Z", absolute),
            ("2026-11-20T18:57:45+01:00", absolute),
            ("Fri, 20 Nov 2026 17:57:45 +0000", absolute),
            ("-P1D", None),
            ("P", None),
            ("1 day", None),
            ("", None),
        ] {
            assert_eq!(expiry(value), expected, "{value:?}");
        }
    }
}
