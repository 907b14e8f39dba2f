//! From what correlation closes to the document's types: words, names of codes.

use std::borrow::Cow;

use crate::{
    correlate as domain,
    mms::Codes,
    model::{Extent, FrameRef, Nanoseconds},
};

use super::digest::Digest;
use super::{
    Acknowledgement, Code, Delivery, DeliveryReport, Event, Failure, Link, Message, Notification, Operation,
    OperationEntry, OperationHeader, OperationPdu, Part, ReadReport, Retrieval, Seen, Submission, Summary,
    Word,
};

/// A closed message as the document has it, under its number in the output.
pub fn message(id: u64, message: domain::Message) -> Message {
    Message {
        id,
        message_id: message.message_id,
        from: message.from,
        to: message.to,
        cc: message.cc,
        bcc: message.bcc,
        subject: message.subject,
        message_class: message.message_class,
        priority: message.priority.map(Cow::Borrowed),
        content_type: message.content_type,
        size: message.size,
        parts: message.parts.iter().map(part).collect(),
        outcome: message.outcome,
        state: message.state,
        evidence: message.evidence,
        started: Some(message.first.time),
        ended: Some(message.last.time),
        duration_ms: Some(milliseconds(message.last.time.since(message.first.time))),
        submission: message.submission.map(submission),
        deliveries: message.deliveries.into_iter().map(delivery).collect(),
        failures: message.failures.into_iter().map(failure).collect(),
        links: message.links.into_iter().map(link).collect(),
        events: message.events.into_iter().map(event).collect(),
    }
}

/// A closed operation as the document has it, under its number in the output.
pub fn operation(id: u64, operation: domain::Operation) -> Operation {
    Operation {
        id,
        kind: operation.kind.name().into(),
        outcome: operation.outcome,
        transaction_id: operation.transaction_id,
        request: operation.request.map(operation_pdu),
        response: operation.response.map(operation_pdu),
        http_status: operation.http_status,
        status: operation.status.map(operation_status),
        entries: operation.entries.into_iter().map(operation_entry).collect(),
        latency_ms: operation.latency.map(milliseconds),
    }
}

/// The totals as the document has them.
pub fn summary(totals: &domain::Totals) -> Summary {
    let count = |outcome| totals.outcomes.get(&outcome).copied().unwrap_or_default();
    Summary {
        messages: totals.messages,
        success: count(domain::Outcome::Success),
        failure: count(domain::Outcome::Failure),
        partial: count(domain::Outcome::Partial),
        open: count(domain::Outcome::Open),
        pdus: totals
            .pdus
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        failures: totals
            .failures
            .iter()
            .map(|(kind, count)| (kind.as_str().to_owned(), *count))
            .collect(),
        malformed_pdus: totals.malformed_pdus,
    }
}

fn part(part: domain::PartRecord<'_>) -> Part {
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    Part {
        content_type: part.content_type.into_owned(),
        name: owned(part.name),
        content_id: owned(part.content_id),
        content_location: owned(part.content_location),
        charset: owned(part.charset),
        size: part.size,
        sha256: Digest(part.sha256),
    }
}

fn submission(submission: domain::Submission) -> Submission {
    Submission {
        pdu: submission.pdu,
        state: submission.state,
        transaction_id: submission.transaction_id,
        mms_version: submission.version.map(version),
        request: submission.request.map(seen),
        response: submission.response.map(seen),
        hops: submission.hops.into_iter().map(seen).collect(),
        http_status: submission.http_status,
        response_status: code(Codes::ResponseStatus, submission.response_status),
        response_text: submission.response_text,
        delivery_report_requested: submission.delivery_report_requested,
        read_report_requested: submission.read_report_requested,
        latency_ms: submission.latency.map(milliseconds),
        tries: submission.tries,
    }
}

/// A version as the document has it; there have been four.
fn version((major, minor): (u8, u8)) -> Word {
    match (major, minor) {
        (1, 0) => Cow::Borrowed("1.0"),
        (1, 1) => Cow::Borrowed("1.1"),
        (1, 2) => Cow::Borrowed("1.2"),
        (1, 3) => Cow::Borrowed("1.3"),
        _ => Cow::Owned(format!("{major}.{minor}")),
    }
}

fn delivery(delivery: domain::Delivery) -> Delivery {
    Delivery {
        recipient: delivery.recipient,
        state: delivery.state,
        outcome: delivery.state.outcome(),
        notifications: delivery.notifications.into_iter().map(notification).collect(),
        retrievals: delivery.retrievals.into_iter().map(retrieval).collect(),
        acknowledgements: delivery
            .acknowledgements
            .into_iter()
            .map(acknowledgement)
            .collect(),
        delivery_reports: delivery
            .delivery_reports
            .into_iter()
            .map(delivery_report)
            .collect(),
        read_reports: delivery.read_reports.into_iter().map(read_report).collect(),
    }
}

fn notification(notification: domain::Notification) -> Notification {
    Notification {
        seen: seen(notification.seen),
        hops: notification.hops.into_iter().map(seen).collect(),
        transaction_id: notification.transaction_id,
        content_location: notification.content_location,
        message_size: notification.message_size,
        expiry: notification.expiry,
        copies: notification.copies,
    }
}

fn retrieval(retrieval: domain::Retrieval) -> Retrieval {
    Retrieval {
        request: retrieval.request.map(seen),
        response: retrieval.response.map(seen),
        hops: retrieval.hops.into_iter().map(seen).collect(),
        url: retrieval.url,
        http_status: retrieval.http_status,
        retrieve_status: code(Codes::RetrieveStatus, retrieval.retrieve_status),
        transaction_id: retrieval.transaction_id,
        message_id: retrieval.message_id,
        bytes: retrieval.bytes,
        complete: retrieval.complete,
        latency_ms: retrieval.latency.map(milliseconds),
    }
}

fn acknowledgement(acknowledgement: domain::Acknowledgement) -> Acknowledgement {
    Acknowledgement {
        pdu: acknowledgement.pdu,
        request: acknowledgement.request.map(seen),
        response: acknowledgement.response.map(seen),
        hops: acknowledgement.hops.into_iter().map(seen).collect(),
        http_status: acknowledgement.http_status,
        transaction_id: acknowledgement.transaction_id,
        status: code(Codes::Status, acknowledgement.status),
    }
}

fn delivery_report(report: domain::DeliveryReport) -> DeliveryReport {
    DeliveryReport {
        seen: seen(report.seen),
        hops: report.hops.into_iter().map(seen).collect(),
        message_id: report.message_id,
        status: code(Codes::Status, report.status),
        date: report.date,
        copies: report.copies,
    }
}

fn read_report(report: domain::ReadReport) -> ReadReport {
    ReadReport {
        pdu: report.pdu,
        seen: seen(report.seen),
        hops: report.hops.into_iter().map(seen).collect(),
        message_id: report.message_id,
        status: code(Codes::ReadStatus, report.status),
        http_status: report.http_status,
    }
}

fn failure(failure: domain::Failure) -> Failure {
    Failure {
        stage: failure.kind.stage(),
        kind: failure.kind,
        code: failure.code,
        detail: failure.detail,
        recipient: failure.recipient,
        capture: Some(failure.at.capture.0),
        frame: Some(failure.at.frame.0),
        time: Some(failure.at.time),
    }
}

fn link(link: domain::Link) -> Link {
    Link {
        join: link.join.into(),
        by: link.by.into(),
        confidence: link.confidence,
        detail: link.detail,
    }
}

fn event(event: domain::Event) -> Event {
    let FrameRef { capture, frame, time } = event.seen.extent.last;
    Event {
        capture: capture.0,
        frame: frame.0,
        first_frame: event.seen.extent.first.frame.0,
        time,
        bearer: event.seen.bearer,
        src: event.seen.source,
        dst: event.seen.destination,
        pdu: event.pdu,
        http_status: event.http_status,
        summary: event.summary,
    }
}

fn operation_pdu(pdu: domain::OperationPdu) -> OperationPdu {
    let headers = pdu.headers.into_iter();
    OperationPdu {
        seen: seen(pdu.seen),
        pdu: Some(pdu.pdu),
        headers: headers
            .map(|(name, value)| OperationHeader { name, value })
            .collect(),
    }
}

fn operation_status(status: domain::OperationStatus) -> Code {
    let codes = match status {
        domain::OperationStatus::Response(_) => Codes::ResponseStatus,
        domain::OperationStatus::Store(_) => Codes::StoreStatus,
        domain::OperationStatus::Cancel(_) => Codes::CancelStatus,
    };
    named(codes, status.code())
}

fn operation_entry(entry: domain::StatusEntry) -> OperationEntry {
    OperationEntry {
        content_location: entry.content_location,
        status: code(Codes::ResponseStatus, entry.status),
        text: entry.text,
        message_id: entry.message_id,
    }
}

fn seen(seen: domain::Seen) -> Seen {
    let Extent { first, last } = seen.extent;
    Seen {
        capture: last.capture.0,
        frame: last.frame.0,
        first_frame: first.frame.0,
        started: first.time,
        time: last.time,
        bearer: seen.bearer,
        src: seen.source,
        dst: seen.destination,
    }
}

/// Nanoseconds as milliseconds; exact to the microsecond for any duration in a capture.
#[expect(
    clippy::cast_precision_loss,
    reason = "a duration of 104 days still has every nanosecond"
)]
fn milliseconds(duration: Nanoseconds) -> f64 {
    duration as f64 / 1_000_000.0
}

fn code(codes: Codes, code: Option<u8>) -> Option<Code> {
    code.map(|code| named(codes, code))
}

fn named(codes: Codes, code: u8) -> Code {
    Code {
        code: u32::from(code),
        name: codes.name(code).map(Cow::Borrowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_milliseconds_and_may_be_negative() {
        assert!((milliseconds(1_500_000) - 1.5).abs() < f64::EPSILON);
        assert!((milliseconds(-2_000_000) + 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn versions_have_their_numbers_whether_there_are_such_or_not() {
        for (major, minor) in [(1, 0), (1, 1), (1, 2), (1, 3), (1, 15), (2, 0)] {
            assert_eq!(version((major, minor)), format!("{major}.{minor}"));
        }
    }

    #[test]
    fn unknown_codes_have_no_name() {
        assert_eq!(named(Codes::Status, 0x81).name.as_deref(), Some("retrieved"));
        assert_eq!(named(Codes::Status, 0x99).name, None);
    }
}
