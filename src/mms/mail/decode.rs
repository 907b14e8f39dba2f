//! From octets to a decoded mail.

use std::ops::Range;

use super::fields::{
    MAIL_FROM, MESSAGE_TYPE, RCPT_TO, ReportFields, mm4_type, of_envelope, of_mail, of_report,
};
use super::{Mail, MailKind};
use crate::codec::mime::{self, BodyPart};
use crate::mms::{
    Limits, MailType, Part, PduAnomalyKind as Kind, TextField, Textual, anomaly::Notes, body::BodyReader,
    limits::Budget, mime::part,
};
use crate::model::Envelope;

/// Decodes a mail, whatever its octets. `whole` says whether all its octets are there, `envelope` under which it was sent,
/// where that is known. What RFC 2045 calls its body is the root of its parts.
pub fn decode<'a>(bytes: &'a [u8], whole: bool, envelope: Option<&Envelope<'a>>, limits: Limits) -> Mail<'a> {
    let mut mail = mime::mail(bytes, limits.headers);
    let mut notes = Notes::up_to(limits.anomalies);
    if mail.is_over_limit(limits.headers) {
        let end = bytes.len().saturating_sub(mail.content.len());
        notes.note(Kind::HeadersOverLimit, None, end, || {
            format!("more than {} header fields", limits.headers)
        });
        // What follows is the rest of the header.
        mail.content = &[];
    }
    let header_is_cut = !whole && mail.ends_in_header();
    // No type is the beginning of another one, so that of a line without end counts.
    let named = mail.field(&[MESSAGE_TYPE]);
    if !whole {
        mail.forget_cut_field();
        notes.note(Kind::PduCutShort, None, bytes.len(), || {
            format!("{} octets are here", bytes.len())
        });
    }
    let body = body(&mail, whole, limits, &mut notes);
    let mut fields = envelope.map(of_envelope).unwrap_or_default();
    fields.extend(of_mail(&mail));
    let kind = kind(named.as_deref(), body.as_ref());
    let mut report = match kind {
        MailKind::Mm3(MailType::Dsn | MailType::Mdn) => {
            of_report(&body.as_ref().map(Part::leaves).unwrap_or_default())
        }
        MailKind::Mm4(_) | MailKind::Mm3(MailType::Mail) => ReportFields::default(),
    };
    if report.is_over_limit {
        notes.note(Kind::HeadersOverLimit, None, bytes.len(), || {
            format!("more than {} fields in the report", report.fields.len())
        });
    }
    let before = fields.len();
    fields.append(&mut report.fields);
    let shifted = |range: Range<usize>| range.start.saturating_add(before)..range.end.saturating_add(before);
    let is_of_mms = fields.iter().any(is_of_mms) || fields.iter().any(shows_phone);
    let is_typed = matches!(kind, MailKind::Mm4(_)) || mail.field(&[MESSAGE_TYPE]).is_some();
    let may_be_mm4 = header_is_cut && !is_typed && fields.iter().any(may_be_of_mm4);
    let is_mms = matches!(kind, MailKind::Mm4(_)) || is_of_mms && !may_be_mm4;
    let text = Textual {
        fields,
        body,
        bytes,
        complete: whole,
        malformed: notes.malformed,
        anomalies: notes.anomalies,
        more_anomalies: notes.uncounted,
    };
    Mail {
        kind,
        text,
        is_mms,
        header_is_cut,
        may_be_mm4,
        recipients: report.recipients.into_iter().map(shifted).collect(),
        returned: report.returned,
    }
}

/// The body; none of a mail that has neither content nor a type.
fn body<'a>(mail: &BodyPart<'a>, whole: bool, limits: Limits, notes: &mut Notes) -> Option<Part<'a>> {
    let mut body = part(mail, 0);
    body.headers.retain(|header| is_of_content(&header.name));
    if body.data.is_empty() && body.headers.is_empty() {
        return None;
    }
    body.complete = whole;
    let budget = &mut Budget::of(limits);
    body.content = BodyReader { notes, budget }.content(&body, whole, 0);
    Some(body)
}

/// Whether a field of a mail is about its body (RFC 2045 section 9).
fn is_of_content(name: &str) -> bool {
    starts_with(name, "Content-")
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|octets| octets.eq_ignore_ascii_case(start))
}

/// By what X-Mms-Message-Type says, else by the body.
fn kind(named: Option<&str>, body: Option<&Part<'_>>) -> MailKind {
    match named.and_then(mm4_type) {
        Some(pdu) => MailKind::Mm4(pdu),
        None => MailKind::Mm3(body.map_or(MailType::Mail, report_kind)),
    }
}

/// A report is known by its type (RFC 6522), and where that does not say which, by the part that tells it.
fn report_kind(body: &Part<'_>) -> MailType {
    if body.content_type.media != "multipart/report" {
        return MailType::Mail;
    }
    let told = body
        .content_type
        .text_parameter("report-type")
        .map(str::to_ascii_lowercase);
    let has = |media: &str| body.leaves().iter().any(|leaf| leaf.content_type.media == media);
    match told.as_deref() {
        Some("disposition-notification") => MailType::Mdn,
        Some("delivery-status") => MailType::Dsn,
        _ if has("message/disposition-notification") => MailType::Mdn,
        _ if has("message/delivery-status") => MailType::Dsn,
        _ => MailType::Mail,
    }
}

/// Whether a field shows that a mail is of a message: one of MMS.
fn is_of_mms(field: &TextField<'_>) -> bool {
    starts_with(&field.name, "X-Mms-")
}

/// The same: one with the address of a phone in the envelope, in From, or in a report.
fn shows_phone(field: &TextField<'_>) -> bool {
    const ADDRESSES: &[&str] = &[
        MAIL_FROM,
        RCPT_TO,
        "From",
        "Final-Recipient",
        "Original-Recipient",
    ];
    let has_address = || ADDRESSES.iter().any(|name| field.name.eq_ignore_ascii_case(name));
    has_address() && names_phone(&field.value)
}

/// Whether a field may stand beside a type of MM4 that is cut off: one of MMS, or a recipient that is a phone or an MMSC.
fn may_be_of_mm4(field: &TextField<'_>) -> bool {
    let is_recipient = || field.name.eq_ignore_ascii_case(RCPT_TO);
    is_of_mms(field) || is_recipient() && (names_phone(&field.value) || names_mmsc(&field.value))
}

/// Whether the host of an address is called as MMSCs are (3GPP TS 23.003 section 13.4).
fn names_mmsc(address: &str) -> bool {
    let host = address.rsplit('@').next().unwrap_or_default();
    host.split('.').any(|label| starts_with(label, "mms"))
}

/// Whether a text has the address of a phone in it: `/TYPE=PLMN`, or `+digits@` as a local part, not behind one as in `ann+1@`.
fn names_phone(text: &str) -> bool {
    // Gateways spell the slash in other ways.
    let upper = text.to_ascii_uppercase();
    let is_typed = ["/TYPE=PLMN", "=2FTYPE=PLMN", "%2FTYPE=PLMN"]
        .iter()
        .any(|kind| upper.contains(kind));
    is_typed
        || text.match_indices('+').any(|(at, _)| {
            let (before, from) = text.split_at_checked(at).unwrap_or((text, ""));
            let behind = from.strip_prefix('+').unwrap_or(from);
            let rest = behind.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let begins = !before.ends_with(|letter: char| letter.is_ascii_alphanumeric());
            begins && rest.len() < behind.len() && rest.starts_with('@')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mms::{Mm4Type, PduType};
    use crate::model::{EnvelopeRecipient, Extent, FrameRef};

    fn decoded(mail: &str) -> Mail<'_> {
        decode(mail.as_bytes(), true, None, Limits::default())
    }

    #[test]
    fn a_forwarded_message_has_its_fields_and_parts() {
        let mail = decoded(
            "Received: from a\r\n by b\r\nX-MMS-message-type: MM4_FORWARD.req\r\nX-Mms-Transaction-ID: \"t-1\"\r\n\
             From: +61400000001/TYPE=PLMN@mms.one.example\r\nSubject: =?utf-8?B?R3LDvMOf?=\r\n =?utf-8?Q?e?=\r\n\
             Content-Type: multipart/related; boundary=\"b:1\"\r\n\r\n\r\n--b:1\r\nContent-ID: <s>\r\n\
             Content-Type: application/smil\r\n\r\n<smil/>\r\n--b:1\r\nContent-Type: image/gif; name=d.gif\r\n\
             Content-Transfer-Encoding: BASE64\r\n\r\nR0lG\r\n--b:1--\r\n",
        );
        assert_eq!(PduType::from(mail.kind).name(), Some("mm4-forward-req"));
        assert_eq!(mail.transaction_id(), Some("\"t-1\""));
        assert_eq!(mail.text.field("subject"), Some("Grüße"));
        assert_eq!(mail.text.field("Received"), Some("from a by b"));
        let contents: Vec<&[u8]> = mail.text.leaves().iter().map(|leaf| leaf.content()).collect();
        assert_eq!(contents, [&b"<smil/>"[..], b"GIF"]);
        assert!(mail.is_mms && !mail.text.malformed && mail.text.complete);
    }

    #[test]
    fn fields_beyond_the_limit_are_told() {
        let octets = b"From: a@b\r\nTo: c@d\r\nSubject: s\r\n\r\ntext\r\n";
        let within = |headers| {
            let limits = Limits {
                headers,
                ..Limits::default()
            };
            decode(octets, true, None, limits)
        };
        let cut = within(2);
        assert!(cut.text.is_over_limit() && cut.text.body.is_none());
        assert_eq!(cut.text.field("Subject"), None);
        assert!(!within(3).text.is_over_limit() && within(3).text.body.is_some());
    }

    #[test]
    fn an_answer_may_have_no_body() {
        let mail = decoded("X-Mms-Message-Type: MM4_forward.RES\r\nX-Mms-Request-Status-Code: Ok\r\n\r\n");
        assert_eq!(PduType::from(mail.kind).name(), Some("mm4-forward-res"));
        assert!(mail.text.body.is_none());
    }

    #[test]
    fn reports_show_what_they_are_about() {
        let dsn = decoded(
            "From: MAILER-DAEMON@mail0.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\n\r\nfailed\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; m\r\n\r\n\
             Final-Recipient: rfc822; ann@mail0.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <a@mms>\r\n--b--\r\n",
        );
        assert_eq!(dsn.kind, MailKind::Mm3(MailType::Dsn));
        for (name, value) in [
            ("Reporting-MTA", "dns; m"),
            ("Final-Recipient", "rfc822; ann@mail0.example"),
            ("Status", "5.1.1"),
            ("Original-Message-ID", "<a@mms>"),
        ] {
            assert_eq!(dsn.text.field(name), Some(value));
        }
        assert!(!dsn.is_mms);
    }

    #[test]
    fn a_report_about_several_recipients_tells_of_each() {
        let dsn = decoded(
            "Status: RO\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; m\r\n\r\n\
             Action: failed\r\nFinal-Recipient: rfc822;ann@x\r\nStatus: 5.1.1\r\n\r\n\r\n\
             Action: delayed\r\nFinal-Recipient: rfc822;bob@x\r\nStatus: 4.4.1\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nX-Mms-Message-Type: MM4_forward.REQ\r\n\
             X-Mms-Message-ID: q1\r\nMessage-ID: <a@mms>\r\n\r\nx\r\n--b--\r\n",
        );
        let told: Vec<Vec<&str>> = (0..dsn.recipients.len())
            .map(|place| {
                ["Final-Recipient", "Action", "Status"]
                    .map(|name| dsn.told(place, name).unwrap())
                    .to_vec()
            })
            .collect();
        assert_eq!(
            told,
            [
                ["rfc822;ann@x", "failed", "5.1.1"],
                ["rfc822;bob@x", "delayed", "4.4.1"]
            ]
        );
        assert_eq!(dsn.told(2, "Action"), None);
        let returned = dsn.returned.unwrap();
        assert_eq!(
            (returned.pdu, returned.message_id.as_deref()),
            (Mm4Type::ForwardReq, Some("q1"))
        );
    }

    #[test]
    fn a_report_without_end_is_cut_and_told() {
        let mut mail = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n"
            .to_vec();
        mail.extend(b"\r\nFinal-Recipient: rfc822;ann@x\r\n".repeat(20_000));
        let dsn = decode(&mail, true, None, Limits::default());
        assert!(dsn.text.is_over_limit());
        assert_eq!(dsn.recipients.len(), 16 * 1024);
    }

    #[test]
    fn a_mail_shows_that_it_is_of_a_message() {
        for header in [
            "X-Mms-Priority: Low",
            "From: <+441500002@x>",
            "From: a/TYPE=plmn@x",
            "From: a=2Ftype=plmn@x",
        ] {
            assert!(decoded(&format!("{header}\r\n\r\nx")).is_mms, "{header}");
        }
        for header in ["To: <+441500002@x>", "From: ann+1@x", "From: 441500002@x"] {
            assert!(!decoded(&format!("{header}\r\n\r\nx")).is_mms, "{header}");
        }
    }

    #[test]
    fn a_mail_that_is_cut_keeps_what_lies_before() {
        let mail = decode(
            b"X-Mms-Message-Type: MM4_forward.REQ\r\nSubj",
            false,
            None,
            Limits::default(),
        );
        assert_eq!(mail.kind, MailKind::Mm4(Mm4Type::ForwardReq));
        assert!(!mail.text.complete && !mail.text.malformed);
    }

    #[test]
    fn a_field_that_is_cut_says_nothing() {
        let cut = |octets: &'static str| decode(octets.as_bytes(), false, None, Limits::default());
        let within = cut("X-Mms-Message-Type: MM4_forward.REQ\r\nFrom: +614");
        assert_eq!(within.text.field("From"), None);
        assert!(within.header_is_cut && within.is_mms);
        // What continues the line may be missing.
        let behind = cut("X-Mms-Message-Type: MM4_forward.REQ\r\nTo: a@b,\r\n");
        assert_eq!(behind.text.field("To"), None);
        let body = cut("X-Mms-Message-Type: MM4_forward.REQ\r\nTo: a@b\r\n\r\n");
        assert_eq!(body.text.field("To"), Some("a@b"));
        assert!(!body.header_is_cut);
        let type_alone = cut("X-Mms-3GPP-MMS-Version: 6.3.0\r\nX-Mms-Message-Type: MM4_forward.REQ");
        assert_eq!(type_alone.kind, MailKind::Mm4(Mm4Type::ForwardReq));
        // Which PDU it is, or whether it is one of MMS, nothing says.
        let unknown = cut("X-Mms-3GPP-MMS-Version: 6.3.0\r\nX-Mms-Message-Type: MM4_forw");
        assert!(!unknown.is_mms && unknown.may_be_mm4);
        assert!(cut("From: <+441500002@x>\r\nX-Mms-Mess").is_mms);
        let recipient = |address| EnvelopeRecipient {
            address,
            command: Extent::single(FrameRef::default()),
            reply: None,
        };
        for (to, may_be) in [
            ("+441500002@x", true),
            ("system@mmsc.x", true),
            ("ann@mail.example", false),
        ] {
            let recipients = [recipient(to)];
            let envelope = Envelope {
                recipients: &recipients,
                ..Envelope::default()
            };
            let mail = decode(
                b"From: +441500001@x\r\nRecei",
                false,
                Some(&envelope),
                Limits::default(),
            );
            assert_eq!((mail.may_be_mm4, mail.is_mms), (may_be, !may_be), "{to}");
        }
    }

    #[test]
    fn a_report_that_is_cut_tells_what_lies_before() {
        let dsn = decode(
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Final-Recipient: rfc822;ann@x\r\nAction: failed\r\nStatus: 4.",
            false,
            None,
            Limits::default(),
        );
        assert_eq!(dsn.told(0, "Action"), Some("failed"));
        assert_eq!(dsn.told(0, "Status"), None);
    }
}
