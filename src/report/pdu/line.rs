//! One PDU as one line.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Place, redacted, redacted_text};
use crate::mms::{Decoded, Field, FromValue, HeaderValue, Pdu, Soap, Textual};
use crate::report::redact::Redactor;
use crate::report::words::human;
use crate::report::words::style::{Style, Tone};
use crate::report::words::zone::Zone;

/// Headers that tell how it went, in the order in which they are shown.
const STATUS_FIELDS: &[(&str, Field)] = &[
    ("status", Field::STATUS),
    ("response", Field::RESPONSE_STATUS),
    ("retrieve", Field::RETRIEVE_STATUS),
    ("read", Field::READ_STATUS),
    ("store", Field::STORE_STATUS),
    ("cancel", Field::CANCEL_STATUS),
];

/// Fields of mail that name parties, in the order in which they are shown.
const ADDRESS_FIELDS: &[(&str, &str)] = &[
    ("from", "From"),
    ("to", "To"),
    ("cc", "Cc"),
    ("rcpt", "RCPT TO"),
    ("about", "Final-Recipient"),
];

/// Fields of mail and SOAP that tell how it went: the first that is there is shown.
const STATUS_NAMES: &[&str] = &[
    "X-Mms-Request-Status-Code",
    "X-Mms-MM-Status-Code",
    "X-Mms-Status",
    "X-Mms-Read-Status",
    "Action",
    "Disposition",
];

/// Cells that two ends take, where their addresses are IPv4 and one port is a well-known one.
const ENDS: usize = 41;

/// Writes time, frame, bearer, ends, type, identifiers, addresses, statuses, size, and what is wrong.
pub fn write_line(
    out: &mut impl Write,
    pdu: &Pdu<'_>,
    place: Option<&Place>,
    mut redactor: Option<&mut Redactor>,
    style: &Style,
) -> io::Result<()> {
    if let Some(place) = place {
        let mut seen = place.seen();
        if let Some(redactor) = redactor.as_deref_mut() {
            redactor.seen(&mut seen);
        }
        let mut time = human::clock(seen.time, &style.zone);
        if style.zone != Zone::UTC {
            time.push_str(&style.zone.offset(seen.time).to_string());
        }
        write!(
            out,
            "{} {:>6} {:<8} {:<ENDS$}  ",
            style.paint(Tone::Faint, time),
            human::place(seen.capture, seen.frame, false),
            seen.bearer.name(),
            format!("{} > {}", seen.src, seen.dst),
        )?;
    }
    write!(
        out,
        "{:<20}{}",
        type_name(pdu),
        style.clean(&facts(pdu, redactor.as_deref_mut()))
    )?;
    write!(out, " {}", human::size(pdu.bytes().len() as u64))?;
    if let Some(status) = place.and_then(|place| place.http_status) {
        write!(out, " http={status}")?;
    }
    if !pdu.is_complete() {
        write!(out, " {}", style.paint(Tone::Mixed, "cut short"))?;
    }
    if let Some(mut detail) = pdu.malformed_detail() {
        if let Some(redactor) = redactor {
            detail = redactor.text(&detail);
        }
        write!(out, " {}", style.paint(Tone::Bad, "malformed: "))?;
        write!(out, "{}", style.clean(&detail))?;
    }
    writeln!(out)
}

fn type_name(pdu: &Pdu<'_>) -> String {
    let named = pdu.pdu_type().map(|pdu| (pdu.name(), pdu.code()));
    match named {
        Some((Some(name), _)) => name.to_owned(),
        Some((None, code)) => format!("type {:#04x}", code.unwrap_or_default()),
        None => "no type".to_owned(),
    }
}

/// `tid=… mid=… from=… to=… status=…`, what the PDU has of it.
fn facts(pdu: &Pdu<'_>, redactor: Option<&mut Redactor>) -> String {
    match pdu {
        Pdu::Mm1(pdu) => mm1_facts(pdu, redactor),
        Pdu::Mail(_) | Pdu::Soap(_) => text_facts(pdu, redactor),
    }
}

fn text_facts(pdu: &Pdu<'_>, mut redactor: Option<&mut Redactor>) -> String {
    let mut facts = String::new();
    for (name, id) in [("tid", pdu.transaction_id()), ("mid", pdu.message_id())] {
        let id = id.map(|id| match redactor.as_deref_mut() {
            Some(redactor) => redactor.identifier(id),
            None => id.to_owned(),
        });
        if let Some(id) = id {
            // Writing to a string does not fail.
            let _ = write!(facts, " {name}={id}");
        }
    }
    match pdu {
        Pdu::Mm1(_) => {}
        Pdu::Mail(mail) => facts.push_str(&mail_facts(&mail.text, redactor)),
        Pdu::Soap(soap) => facts.push_str(&soap_facts(soap, redactor)),
    }
    facts
}

/// `from=… to=… status=…`, what a mail has of it.
fn mail_facts(text: &Textual<'_>, mut redactor: Option<&mut Redactor>) -> String {
    let mut facts = String::new();
    for (name, field) in ADDRESS_FIELDS {
        let values = text.all(field).map(|value| match redactor.as_deref_mut() {
            Some(redactor) => redacted_text::addresses(value, redactor),
            None => value.to_owned(),
        });
        let values: Vec<String> = values.collect();
        if !values.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(facts, " {name}={}", values.join(","));
        }
    }
    if let Some(status) = STATUS_NAMES.iter().find_map(|name| text.field(name)) {
        let status = redactor.map_or_else(|| status.to_owned(), |redactor| redactor.text(status));
        let _ = write!(facts, " status={status}");
    }
    facts
}

/// `from=… to=… status=…`, what a PDU of MM7 has of it.
fn soap_facts(soap: &Soap<'_>, mut redactor: Option<&mut Redactor>) -> String {
    let mut facts = String::new();
    let lists: [(&str, Vec<&str>); 4] = [
        (
            "from",
            soap.sender().into_iter().map(|address| address.text).collect(),
        ),
        (
            "to",
            soap.recipient()
                .into_iter()
                .chain(soap.to())
                .map(|address| address.text)
                .collect(),
        ),
        ("cc", soap.cc().map(|address| address.text).collect()),
        ("bcc", soap.bcc().map(|address| address.text).collect()),
    ];
    for (name, addresses) in lists.iter().filter(|(_, addresses)| !addresses.is_empty()) {
        let shown = addresses.iter().map(|address| match redactor.as_deref_mut() {
            Some(redactor) => redactor.address(address),
            None => (*address).to_owned(),
        });
        let shown: Vec<String> = shown.collect();
        // Writing to a string does not fail.
        let _ = write!(facts, " {name}={}", shown.join(","));
    }
    if let Some(status) = soap.status() {
        let _ = match status.name() {
            Some(name) => write!(facts, " status={name}"),
            None => write!(facts, " status={}", status.0),
        };
    }
    if let Some(status) = soap.text.field("MMStatus") {
        let status = redactor.map_or_else(|| status.to_owned(), |redactor| redactor.token(status));
        let _ = write!(facts, " status={status}");
    }
    facts
}

/// `tid=… mid=… from=… to=… url=… status=…`, what a PDU of MM1 has of it.
fn mm1_facts(pdu: &Decoded<'_>, mut redactor: Option<&mut Redactor>) -> String {
    let mut facts = String::new();
    let mut redacted_text = |text: &str, field: Field| match redactor.as_deref_mut() {
        Some(redactor) => redacted::text(text, Some(field), redactor),
        None => text.to_owned(),
    };
    let mut add = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = write!(facts, " {name}={value}");
    };
    if let Some(id) = pdu.text(Field::TRANSACTION_ID) {
        add("tid", &redacted_text(id, Field::TRANSACTION_ID));
    }
    if let Some(id) = pdu.text(Field::MESSAGE_ID) {
        add("mid", &redacted_text(id, Field::MESSAGE_ID));
    }
    match pdu.from() {
        Some(FromValue::Address(address)) => add("from", &redacted_text(&address.text, Field::FROM)),
        Some(FromValue::InsertAddress) => add("from", "(inserted)"),
        None => {}
    }
    for (name, field) in [
        ("to", Field::TO),
        ("cc", Field::CC),
        ("bcc", Field::BCC),
        ("url", Field::CONTENT_LOCATION),
    ] {
        let texts = pdu.texts(field).map(|text| redacted_text(&text.text, field));
        let values: Vec<String> = texts.collect();
        if !values.is_empty() {
            add(name, &values.join(","));
        }
    }
    for (name, field) in STATUS_FIELDS {
        let values: Vec<String> = pdu
            .headers
            .all(*field)
            .map(|value| value.plain().to_string())
            .collect();
        if !values.is_empty() {
            add(name, &values.join(","));
        }
    }
    if let Some(HeaderValue::Integer(size)) = pdu.header(Field::MESSAGE_SIZE) {
        add("announced", &size.to_string());
    }
    facts
}
