//! Failures, states and joins in words an engineer can act on.

use super::human;
use crate::mms::{Codes, PduType, StatusCode};
use crate::report::document::{
    Cause, Confidence, Delivery, Evidence, Failure, FailureKind, Link, Message, Outcome, Stage, State,
};

/// A failure in a few words: `retrieval: HTTP 404`.
pub fn failure_in_short(failure: &Failure) -> String {
    let code = failure.code.map(|code| code.to_string());
    match (failure.kind, code) {
        (FailureKind::SendHttpError, Some(code)) => format!("send: HTTP {code}"),
        (FailureKind::RetrieveHttpError, Some(code)) => format!("retrieve: HTTP {code}"),
        (FailureKind::AckHttpError, Some(code)) => format!("acknowledge: HTTP {code}"),
        (FailureKind::ReportHttpError, Some(code)) => format!("report: HTTP {code}"),
        (FailureKind::HandoverHttpError, Some(code)) => format!("handover: HTTP {code}"),
        (FailureKind::SendSmtpError, Some(code)) => format!("send: SMTP {code}"),
        (FailureKind::HandoverSmtpError, Some(code)) => format!("handover: SMTP {code}"),
        (FailureKind::ReportSmtpError, Some(code)) => format!("report: SMTP {code}"),
        (
            FailureKind::SendRejected | FailureKind::HandoverRejected | FailureKind::ReportRejected,
            Some(_),
        ) if failure.code.is_some_and(is_mm7_status) => {
            format!(
                "{}: {}",
                kind_in_words(failure.kind),
                mm7_status_in_words(failure.code)
            )
        }
        (FailureKind::SendRejected, Some(_)) => {
            format!(
                "send refused: {}",
                status_in_words(Codes::ResponseStatus, failure.code)
            )
        }
        (FailureKind::RetrieveStatus, Some(_)) => {
            format!(
                "retrieve refused: {}",
                status_in_words(Codes::RetrieveStatus, failure.code)
            )
        }
        (FailureKind::NotificationBearerError, Some(code)) => format!("notification: bearer error {code}"),
        (kind, _) => kind_in_words(kind).to_owned(),
    }
}

/// A status by OMA's name without its "error-", else by its number.
fn status_in_words(codes: Codes, code: Option<u32>) -> String {
    let octet = code.and_then(|code| u8::try_from(code).ok());
    match octet.and_then(|octet| codes.name(octet)) {
        Some(name) => name.strip_prefix("error-").unwrap_or(name).replace('-', " "),
        None => format!("status {}", code.unwrap_or_default()),
    }
}

/// Whether a code is a StatusCode of MM7 (3GPP TS 23.140 section 8.7.8.4): those of MM1 are octets.
const fn is_mm7_status(code: u32) -> bool {
    code > u8::MAX as u32
}

/// A StatusCode by its meaning, else by its number.
fn mm7_status_in_words(code: Option<u32>) -> String {
    let code = code.unwrap_or_default();
    let name = u16::try_from(code).ok().and_then(|code| StatusCode(code).name());
    name.map_or_else(|| format!("status {code}"), |name| name.replace('-', " "))
}

/// A kind of failure as a short phrase.
pub const fn kind_in_words(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::SendNoResponse => "send: no answer",
        FailureKind::SendHttpError => "send: HTTP error",
        FailureKind::SendSmtpError => "send: SMTP error",
        FailureKind::SendRejected => "send refused",
        FailureKind::SendAborted => "send aborted",
        FailureKind::SendIncomplete => "send cut short",
        FailureKind::SendNotMms => "send: answer is not MMS",
        FailureKind::HandoverNoResponse => "handover: no answer",
        FailureKind::HandoverSmtpError => "handover: SMTP error",
        FailureKind::HandoverHttpError => "handover: HTTP error",
        FailureKind::HandoverRejected => "handover refused",
        FailureKind::HandoverAborted => "handover aborted",
        FailureKind::HandoverIncomplete => "handover cut short",
        FailureKind::HandoverNotMms => "handover: answer is not MM7",
        FailureKind::NotificationBearerError => "notification: bearer error",
        FailureKind::NotificationRejected => "recipient rejected it",
        FailureKind::NotificationUnrecognised => "phone did not understand the notification",
        FailureKind::NotificationExpired => "expired before retrieval",
        FailureKind::RetrieveNoResponse => "retrieve: no answer",
        FailureKind::RetrieveHttpError => "retrieve: HTTP error",
        FailureKind::RetrieveStatus => "retrieve refused",
        FailureKind::RetrieveAborted => "retrieve aborted",
        FailureKind::RetrieveIncomplete => "retrieve cut short",
        FailureKind::RetrieveNotMms => "retrieve: answer is not MMS",
        FailureKind::AckNoResponse => "acknowledge: no answer",
        FailureKind::AckHttpError => "acknowledge: HTTP error",
        FailureKind::AckAborted => "acknowledge aborted",
        FailureKind::DeliveryExpired => "reported expired",
        FailureKind::DeliveryRejected => "reported rejected",
        FailureKind::DeliveryUnreachable => "reported unreachable",
        FailureKind::DeliveryIndeterminate => "reported indeterminate",
        FailureKind::DeliveryUnrecognised => "reported unrecognised",
        FailureKind::ReadDeletedUnread => "deleted unread",
        FailureKind::ReportHttpError => "report: HTTP error",
        FailureKind::ReportSmtpError => "report: SMTP error",
        FailureKind::ReportRejected => "report refused",
        FailureKind::ReportNoResponse => "report: no answer",
        FailureKind::MalformedPdu => "malformed PDU",
    }
}

/// What a kind of failure means and where to look next.
pub const fn advice(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::SendNoResponse => {
            "The phone sent the whole message and the MMSC or gateway gave no answer within the response timeout, \
             although an answer would have been seen. Look at the MMSC's or gateway's log for that time."
        }
        FailureKind::SendHttpError => {
            "A gateway, proxy or the MMSC's front end answered the submission with an HTTP error before the MMSC \
             took it. 4xx points at the request or at access rights (MMSC URL, APN, subscription), 5xx at the server."
        }
        FailureKind::SendRejected => {
            "The MMSC read the message and refused it with a response status. The status and the response text say \
             why: subscription, credit, addressing, size or content."
        }
        FailureKind::SendSmtpError => {
            "The MMSC's mail server did not take the mail: 4xx asks the sender's server to try again later, 5xx refuses \
             for good. The text of the reply says why."
        }
        FailureKind::SendAborted => {
            "The connection was reset, closed or aborted before the answer came. The frame shows which side did it."
        }
        FailureKind::SendIncomplete => {
            "The phone stopped in the middle of the submission, so the MMSC never had the whole message: lost radio \
             coverage, a time-out or a size limit on the way."
        }
        FailureKind::SendNotMms => {
            "What came back is no MMS PDU, often a portal or login page: wrong MMSC URL or proxy, no data credit, \
             or a captive network."
        }
        FailureKind::HandoverNoResponse => {
            "The MMSC gave the whole message to the next system, which gave no answer within the response timeout, \
             although an answer would have been seen. Look at that system's log for that time."
        }
        FailureKind::HandoverSmtpError => {
            "The mail server of the foreign MMSC or of the recipient did not take the message: 4xx is tried again from \
             the queue, 5xx is final. The text of the reply says why: unknown recipient, size, policy."
        }
        FailureKind::HandoverHttpError => {
            "The application's server answered the message with an HTTP error. 4xx points at the address or the access \
             rights that are set at the MMSC, 5xx at the application."
        }
        FailureKind::HandoverRejected => {
            "The foreign MMSC or the application read the message and refused it with a status that says why: service, \
             address, content."
        }
        FailureKind::HandoverAborted => {
            "The connection to the foreign MMSC, mail server or application was reset or closed before it answered. The \
             frame shows which side did it."
        }
        FailureKind::HandoverIncomplete => {
            "The MMSC stopped in the middle of the message, so the next system never had the whole of it."
        }
        FailureKind::HandoverNotMms => {
            "The application answered with something that is no SOAP: the address set at the MMSC leads to another server."
        }
        FailureKind::NotificationBearerError => {
            "The notification did not reach the recipient's phone: the SMSC, the push gateway or the network \
             answered with an error."
        }
        FailureKind::NotificationRejected => {
            "The recipient's phone or its user refused the message (X-Mms-Status rejected)."
        }
        FailureKind::NotificationUnrecognised => {
            "The recipient's phone could not make sense of the notification (X-Mms-Status unrecognised): an MMS \
             version or a message class it does not know, or a damaged notification."
        }
        FailureKind::NotificationExpired => "The message's expiry passed before the recipient fetched it.",
        FailureKind::RetrieveNoResponse => {
            "The recipient's phone asked for the message and got no answer within the response timeout, although an \
             answer would have been seen. Look at the MMSC's or gateway's log for that time."
        }
        FailureKind::RetrieveHttpError => {
            "The MMSC or a gateway answered the fetch with an HTTP error. 404 and 410: the message is gone or the URL \
             was altered; 403: the gateway does not vouch for the subscriber; 5xx: the server."
        }
        FailureKind::RetrieveStatus => {
            "m-retrieve.conf came with an error status instead of the message. The status and the retrieve text say why."
        }
        FailureKind::RetrieveAborted => {
            "The connection was reset, closed or aborted before the message came. The frame shows which side did it."
        }
        FailureKind::RetrieveIncomplete => {
            "The message stopped coming in the middle; the phone has to fetch it again."
        }
        FailureKind::RetrieveNotMms => {
            "What came back is no MMS PDU, often a portal or login page: wrong proxy, no data credit, or a captive network."
        }
        FailureKind::AckNoResponse | FailureKind::AckHttpError | FailureKind::AckAborted => {
            "The recipient has the message, but its acknowledgement was not taken. The MMSC may notify again or \
             report the message as not delivered."
        }
        FailureKind::DeliveryExpired => "The MMSC reports that the message expired before it was retrieved.",
        FailureKind::DeliveryRejected => {
            "The MMSC reports that the recipient or its network rejected the message."
        }
        FailureKind::DeliveryUnreachable => {
            "The MMSC reports that the recipient could not be reached: unknown number, no MMS subscription, or no \
             route to its network."
        }
        FailureKind::DeliveryIndeterminate => {
            "The MMSC reports that it cannot know: it handed the message to another network or to a legacy service."
        }
        FailureKind::DeliveryUnrecognised => {
            "The MMSC reports that the recipient's phone could not make sense of the notification."
        }
        FailureKind::ReadDeletedUnread => "The recipient deleted the message without reading it.",
        FailureKind::ReportHttpError | FailureKind::ReportNoResponse => {
            "A report was not taken by the system that it went to; the sender will not see it."
        }
        FailureKind::ReportSmtpError => {
            "A report was not taken by the mail server of the sender's MMSC; the sender will not see it."
        }
        FailureKind::ReportRejected => {
            "The sender's MMSC or application refused a report; the sender will not see it."
        }
        FailureKind::MalformedPdu => {
            "A PDU is not what OMA MMS ENC allows. The decode of that frame shows the field and its offset."
        }
    }
}

/// What a state means.
pub const fn state_in_words(state: State) -> &'static str {
    match state {
        State::Submitting => "sent to the MMSC, no answer seen yet",
        State::Submitted => "accepted by the MMSC; no notification seen",
        State::HandingOver => "given to another system, which has not answered yet",
        State::HandedOver => "taken by another system, nothing seen behind it",
        State::Indeterminate => "reported as indeterminate by the MMSC",
        State::Notified => "announced to the recipient, not fetched yet",
        State::Deferred => "the recipient's phone put the fetch off",
        State::Retrieving => "being fetched by the recipient",
        State::Failed => "ended by a failure",
        State::Cancelled => "cancelled by its sender",
        State::Unrecognised => "not understood by the recipient's phone",
        State::Unreachable => "the recipient could not be reached",
        State::Expired => "expired before it was fetched",
        State::Rejected => "rejected by the recipient",
        State::Forwarded => "forwarded by the recipient without being fetched",
        State::Retrieved => "fetched whole by the recipient",
        State::Acknowledged => "fetched, and the fetch was acknowledged",
        State::Reported => "fetched, and reported to the sender",
        State::Read => "read by the recipient",
    }
}

/// What was seen of a message, where that is not all.
pub const fn evidence_in_words(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Complete => "all of its legs are in the capture whole",
        Evidence::Unread => "a leg that is missing may lie in a TLS connection that was not read",
        Evidence::Gap => "octets inside it are missing from the capture",
        Evidence::OneSided => "only one direction of a connection was captured",
        Evidence::Cut => "the capture begins or ends inside it",
    }
}

/// Why a message stands where it does, in one phrase; empty where all went well the first time.
pub fn reason(message: &Message) -> String {
    let words = match message.outcome {
        Outcome::Failure | Outcome::Partial => failed_because(message),
        Outcome::Open => open_because(message),
        Outcome::Success => succeeded_despite(message),
    };
    with_cause(words, cause_of(message))
}

/// The transaction with another system that explains why a message stands where it does.
pub fn cause_of(message: &Message) -> Option<&Cause> {
    match message.outcome {
        Outcome::Failure | Outcome::Partial => deciding_failure(message)?.cause.as_ref(),
        Outcome::Open => message.cause.as_ref(),
        Outcome::Success => None,
    }
}

/// Words with what explains them: `send refused: status 235 ← charging 4012 credit-limit-reached (frame 31)`.
pub fn with_cause(words: String, cause: Option<&Cause>) -> String {
    match cause {
        Some(cause) => format!("{words} ← {}", cause.text),
        None => words,
    }
}

/// What went wrong with a message that arrived all the same; and who says that it did, where that was not seen.
fn succeeded_despite(message: &Message) -> String {
    if let Some(words) = only_reported(message) {
        return words;
    }
    let arrived = match message.state {
        State::Forwarded => "forwarded",
        _ => "delivered",
    };
    match message.failures.as_slice() {
        [] => String::new(),
        [failure] => format!("{arrived}; {}", mishap(failure)),
        several => format!("{arrived}; {} failures on the way", several.len()),
    }
}

/// A failure that did not decide.
fn mishap(failure: &Failure) -> String {
    let words = failure_in_short(failure);
    let (what, verb) = match failure.stage {
        Stage::Submission => ("submission", "send"),
        Stage::Handover => ("handover", "handover"),
        Stage::Notification => ("notification", "notification"),
        Stage::Retrieval => ("retrieval", "retrieve"),
        Stage::Acknowledgement | Stage::Report | Stage::Any => return words,
    };
    let cause = words.strip_prefix(verb).unwrap_or(&words);
    let cause = cause.trim_start_matches([':', ' ']);
    format!("an earlier {what} failed ({cause})")
}

/// What a message's state means, and who says so where it was not seen itself.
pub fn state_of_message(message: &Message) -> String {
    only_reported(message).unwrap_or_else(|| state_in_words(message.state).to_owned())
}

/// Who reports that a message was fetched of which no whole retrieval was seen; none of any other.
fn only_reported(message: &Message) -> Option<String> {
    if message.state != State::Reported || message.outcome != Outcome::Success {
        return None;
    }
    let delivery = message
        .deliveries
        .iter()
        .find(|delivery| delivery.state == State::Reported)?;
    let has_it = |delivery: &Delivery| {
        let whole = delivery
            .retrievals
            .iter()
            .any(|leg| leg.complete && leg.http_status.is_none_or(|status| (200..300).contains(&status)));
        let confirmed = !delivery.acknowledgements.is_empty();
        whole || confirmed
    };
    if has_it(delivery) {
        return None;
    }
    let who = match delivery.delivery_reports.last().map(|report| report.pdu) {
        Some(PduType::Mail(_)) => "a mail server",
        Some(PduType::Mm4(_)) => "the recipient's MMSC",
        Some(_) => "the MMSC",
        None => "the recipient's phone",
    };
    let failed = message
        .failures
        .iter()
        .rev()
        .find(|failure| failure.stage == Stage::Retrieval);
    Some(match failed {
        Some(failure) => {
            let seen = mishap(failure).replace("an earlier retrieval", "the retrieval seen here");
            format!("{who} reports it fetched; {seen}")
        }
        None => format!("{who} reports it fetched; no retrieval was captured"),
    })
}

/// The failure that decided: the last one that says what the state says, else the last one that is no mere trouble
/// with a report or an acknowledgement.
pub fn deciding_failure(message: &Message) -> Option<&Failure> {
    let last = |wanted: &dyn Fn(FailureKind) -> bool| message.failures.iter().rev().find(|f| wanted(f.kind));
    last(&|kind| kind.state() == Some(message.state))
        .or_else(|| last(&|kind| !is_side_matter(kind)))
        .or_else(|| message.failures.last())
}

/// Whether it is mere trouble with a report or an acknowledgement, or with how a PDU is written.
fn is_side_matter(kind: FailureKind) -> bool {
    match kind.stage() {
        Stage::Acknowledgement | Stage::Any => true,
        Stage::Report => kind.state().is_none(),
        Stage::Submission | Stage::Handover | Stage::Notification | Stage::Retrieval => false,
    }
}

fn failed_because(message: &Message) -> String {
    let Some(failure) = deciding_failure(message) else {
        return state_in_words(message.state).to_owned();
    };
    let words = failure_in_short(failure);
    match message.deliveries.len() {
        several if several > 1 && message.outcome == Outcome::Partial => {
            let failed = message
                .deliveries
                .iter()
                .filter(|d| d.outcome == Outcome::Failure);
            format!("{words} ({} of {several})", failed.count())
        }
        _ => words,
    }
}

fn open_because(message: &Message) -> String {
    let words = recipients_in_words(message).unwrap_or_else(|| state_in_words(message.state).to_owned());
    match message.evidence {
        Evidence::Complete => words,
        Evidence::Unread => format!("{words}; TLS not read"),
        Evidence::Gap => format!("{words}; octets missing"),
        Evidence::OneSided => format!("{words}; one direction captured"),
        Evidence::Cut => format!("{words}; capture cut"),
    }
}

/// How many recipients have a message of which not all are known to have it; `None` where none has.
fn recipients_in_words(message: &Message) -> Option<String> {
    let deliveries = &message.deliveries;
    let have = deliveries
        .iter()
        .filter(|delivery| delivery.outcome == Outcome::Success)
        .count();
    let all = message.recipients.len().max(deliveries.len());
    if have == 0 || all < 2 {
        return None;
    }
    let mut words = format!("{have} of {all} recipients got it");
    let open = || {
        deliveries
            .iter()
            .filter(|delivery| delivery.outcome == Outcome::Open)
    };
    if let Some(first) = open().next() {
        words.push_str(&format!(
            "; for {}: {}",
            open().count(),
            state_in_words(first.state)
        ));
    }
    match all - deliveries.len() {
        0 => {}
        1 => words.push_str("; no trace of the other"),
        unseen => words.push_str(&format!("; no trace of the other {unseen}")),
    }
    Some(words)
}

/// A join in words: what was joined, by what, and the frames that show it: `notification + retrieval, by content location,
/// frames 6431 and 6439`.
pub fn link_in_words(link: &Link) -> String {
    let legs = words(&link.join.replacen('-', " + ", 1));
    let by = match &*link.by {
        "sender_subject_size_recipient" => "sender, subject, size and recipient".to_owned(),
        by => words(by),
    };
    let joined = format!("{legs}, by {by}");
    let detail = link.detail.to_string();
    let told = [", frames ", ", frame "];
    let frames = told
        .iter()
        .find_map(|told| Some((*told, detail.rsplit_once(told)?.1)));
    match frames {
        Some((told, frames)) => format!("{joined}{told}{frames}"),
        None => joined,
    }
}

/// The same with how sure it is before it.
pub fn sure_link_in_words(link: &Link) -> String {
    format!(
        "{}  {}",
        confidence_in_words(link.confidence),
        link_in_words(link)
    )
}

/// How sure a join is.
pub const fn confidence_in_words(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Exact => "certain",
        Confidence::Strong => "very likely",
        Confidence::Weak => "likely, not proven",
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// The frames a message spans: `12–77`, `2:12–77` where it is in the second capture, `1:12–2:77` where in several.
pub fn frames(message: &Message, dash: &str) -> String {
    let mut places = message.events.iter().map(|event| &event.seen);
    let (Some(first), Some(last)) = (places.clone().next(), places.clone().next_back()) else {
        return String::new();
    };
    let several = places.any(|seen| seen.capture != first.capture);
    if several {
        let first = human::place(first.capture, first.first_frame, true);
        let last = human::place(last.capture, last.frame, true);
        return format!("{first}{dash}{last}");
    }
    let seen = message.events.iter().map(|event| &event.seen);
    let low = seen.clone().map(|seen| seen.first_frame).min();
    let low = low.unwrap_or(first.first_frame);
    let high = seen.map(|seen| seen.frame).max().unwrap_or(last.frame);
    let low_place = human::place(first.capture, low, false);
    if low == high {
        return low_place;
    }
    format!("{low_place}{dash}{high}")
}

/// The time a message took, in words.
pub fn duration(message: &Message) -> String {
    message.duration_ms.map(human::duration).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{FailureDetail, LinkDetail, Stage};
    use crate::report::sample;

    fn failure(kind: FailureKind, code: Option<u32>) -> Failure {
        Failure {
            stage: Stage::Any,
            kind,
            code,
            detail: FailureDetail::Told(String::new()),
            recipient: None,
            bearer_status: None,
            capture: None,
            frame: None,
            time: None,
            cause: None,
        }
    }

    #[test]
    fn codes_are_part_of_the_words() {
        let short = |kind, code| failure_in_short(&failure(kind, code));
        assert_eq!(
            short(FailureKind::RetrieveHttpError, Some(404)),
            "retrieve: HTTP 404"
        );
        assert_eq!(
            short(FailureKind::RetrieveHttpError, None),
            "retrieve: HTTP error"
        );
        assert_eq!(short(FailureKind::SendNoResponse, Some(9)), "send: no answer");
    }

    #[test]
    fn every_kind_has_words_and_advice_of_its_own() {
        let mut seen: Vec<&str> = FailureKind::ALL.iter().map(|kind| kind_in_words(*kind)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), FailureKind::ALL.len());
        assert!(FailureKind::ALL.iter().all(|kind| advice(*kind).ends_with('.')));
    }

    #[test]
    fn trouble_with_a_report_is_not_named_as_the_cause() {
        let mut message = sample::failed();
        message
            .failures
            .push(failure(FailureKind::AckHttpError, Some(500)));
        let explained = "retrieve: HTTP 404 ← charging 4010 end-user-service-denied (frame 56)";
        assert_eq!(reason(&message), explained);
    }

    #[test]
    fn an_open_message_says_how_far_it_came() {
        assert_eq!(
            reason(&sample::open()),
            "announced to the recipient, not fetched yet; capture cut"
        );
        assert_eq!(reason(&sample::delivered()), "");
    }

    #[test]
    fn what_only_a_report_says_is_told_as_a_report() {
        let mut message = sample::delivered();
        assert_eq!(state_of_message(&message), "fetched, and reported to the sender");
        let delivery = &mut message.deliveries[0];
        delivery.acknowledgements.clear();
        delivery.retrievals = sample::failed().deliveries.remove(0).retrievals;
        let mut gone = failure(FailureKind::RetrieveHttpError, Some(403));
        gone.stage = Stage::Retrieval;
        message.failures = vec![gone];
        let told = "the MMSC reports it fetched; the retrieval seen here failed (HTTP 403)";
        assert_eq!(state_of_message(&message), told);
        assert_eq!(reason(&message), told);
        message.failures.clear();
        message.deliveries[0].retrievals.clear();
        let told = "the MMSC reports it fetched; no retrieval was captured";
        assert_eq!(reason(&message), told);
    }

    #[test]
    fn joins_in_words() {
        let link = Link {
            join: "submission-delivery".into(),
            by: "message_id".into(),
            confidence: Confidence::Exact,
            detail: LinkDetail::Told(String::new()),
        };
        assert_eq!(link_in_words(&link), "submission + delivery, by message id");
    }

    #[test]
    fn frames_of_several_captures_name_the_capture() {
        let mut message = sample::delivered();
        assert_eq!(frames(&message, "-"), "8-41");
        message.events.last_mut().unwrap().seen.capture = 1;
        assert_eq!(frames(&message, "-"), "1:8-2:41");
    }

    #[test]
    fn an_open_message_says_how_many_recipients_have_it() {
        let mut message = sample::delivered();
        message.outcome = Outcome::Open;
        message.recipients = (1..=4).map(|n| format!("+6140000000{n}")).collect();
        let told = "1 of 4 recipients got it; no trace of the other 3";
        assert_eq!(reason(&message), told);
        let mut open = message.deliveries[0].clone();
        (open.outcome, open.state) = (Outcome::Open, State::Deferred);
        message.deliveries.push(open);
        let told = "1 of 4 recipients got it; for 1: the recipient's phone put the fetch off; no trace of the other 2";
        assert_eq!(reason(&message), told);
        message.deliveries[0].outcome = Outcome::Open;
        assert_eq!(reason(&message), state_in_words(message.state));
    }
}
