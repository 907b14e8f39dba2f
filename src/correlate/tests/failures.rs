//! One test for each failure kind, with the state and outcome that it brings about.

use crate::correlate::PduRecord;
use crate::correlate::message::{FailureKind, Message, Outcome, State, SubmissionState};
use crate::correlate::record::pdu::ExpiryValue;
use crate::correlate::samples::*;
use crate::mms::PduType;
use crate::model::{BearerStatus, TlsEnd};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

const URL: &str = "http://mmsc.example/mm/1";

fn kinds(message: &Message) -> Vec<(FailureKind, Option<u32>)> {
    message
        .failures
        .iter()
        .map(|failure| (failure.kind, failure.code))
        .collect()
}

#[track_caller]
fn check(message: &Message, state: State, outcome: Outcome, failures: &[(FailureKind, Option<u32>)]) {
    assert_eq!(
        (message.state, message.outcome),
        (state, outcome),
        "{:#?}",
        message.failures
    );
    assert_eq!(kinds(message), failures);
}

fn submission() -> Exchange {
    Exchange::post(
        1.0,
        phone(1),
        send_req("t1", Some("+61400000001"), &["+61400000002"], "s", 1),
    )
}

fn announced(fetch: Exchange) -> Vec<Exchange> {
    numbered(vec![
        Exchange::push(1.0, phone(2), notification("n1", URL, Some("+61400000001"), "s")),
        fetch,
    ])
}

fn fetched(confirmation: Exchange) -> Vec<Exchange> {
    let conf = retrieve_conf(Some("m1"), Some("+61400000001"), &["+61400000002"], 1);
    let mut life = announced(Exchange::get(2.0, phone(2), URL).answered(2.5, 200, Some(conf)));
    life.push(confirmation);
    numbered(life)
}

fn reported(status: u8) -> Message {
    let life = vec![
        submission().answered(1.5, 200, Some(send_conf("t1", 0x80, Some("m1")))),
        Exchange::push(9.0, phone(1), delivery_ind("m1", "+61400000002", status)),
    ];
    only(play(life))
}

#[test]
fn send_no_response_needs_the_timeout_and_proof() {
    let over = |at, visible| submission().ended(at, EndReason::CaptureEnd, visible);
    let judge = |exchange: Exchange, end| only(play_until(&numbered(vec![exchange]), end));
    let message = judge(over(1.0, VISIBLE), 61.0);
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendNoResponse, None)],
    );
    assert_eq!(message.submission.unwrap().state, SubmissionState::Failed);
    for (visible, end) in [
        (VISIBLE, 60.9),
        (AnswerVisibility::NotCaptured, 500.0),
        (AnswerVisibility::Hidden, 500.0),
    ] {
        check(
            &judge(over(1.0, visible), end),
            State::Submitting,
            Outcome::Open,
            &[],
        );
    }
}

#[test]
fn an_upload_that_stalls_is_owed_no_answer() {
    let stalled = |end| submission().cut(end).ended(1.0, EndReason::CaptureEnd, VISIBLE);
    let judge = |end| only(play_until(&numbered(vec![stalled(end)]), 500.0));
    check(
        &judge(BodyEnd::NotCaptured),
        State::Submitting,
        Outcome::Open,
        &[],
    );
    // What the capture lacks the MMSC received.
    check(
        &judge(BodyEnd::Hole),
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendNoResponse, None)],
    );
}

#[test]
fn a_phone_that_gives_up_after_the_timeout_got_no_response() {
    let closed = EndReason::Closed { by_answerer: false };
    let message = only(play(vec![submission().ended(70.0, closed, VISIBLE)]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendNoResponse, None)],
    );
}

#[test]
fn send_http_error() {
    let message = only(play(vec![submission().answered(2.0, 503, None)]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendHttpError, Some(503))],
    );
    let submission = message.submission.unwrap();
    assert_eq!(
        (submission.state, submission.http_status),
        (SubmissionState::Failed, Some(503))
    );
    assert!(submission.response.is_some(), "the answer was seen");
}

#[test]
fn send_rejected() {
    let message = only(play(vec![submission().answered(
        2.0,
        200,
        Some(send_conf("t1", 0xe1, None)),
    )]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendRejected, Some(0xe1))],
    );
    assert_eq!(message.submission.unwrap().state, SubmissionState::Rejected);
}

#[test]
fn send_aborted_by_reset_close_and_abort() {
    let (alert, by_server) = (80, true);
    let end = TlsEnd { alert, by_server };
    let ends = [
        (EndReason::Reset, None),
        (EndReason::Closed { by_answerer: true }, None),
        (EndReason::Closed { by_answerer: false }, None),
        (EndReason::Alert(end), None),
        (
            EndReason::Notified {
                by_answerer: true,
                end,
            },
            None,
        ),
        (EndReason::Aborted { code: 8 }, Some(8)),
    ];
    for (reason, code) in ends {
        let message = only(play(vec![submission().ended(2.0, reason, VISIBLE)]));
        check(
            &message,
            State::Failed,
            Outcome::Failure,
            &[(FailureKind::SendAborted, code)],
        );
    }
    let alert = only(play(vec![submission().ended(
        2.0,
        EndReason::Alert(end),
        VISIBLE,
    )]));
    let detail = alert.failures[0].detail.to_string();
    assert!(
        detail.contains("TLS alert internal-error by the server"),
        "{detail}"
    );
    let reset = submission().ended(2.0, EndReason::Reset, AnswerVisibility::Hidden);
    check(&only(play(vec![reset])), State::Submitting, Outcome::Open, &[]);
}

#[test]
fn send_incomplete_is_not_what_the_capture_lost() {
    let message = only(play(vec![submission().cut(BodyEnd::CutShort { reset: false })]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendIncomplete, None)],
    );
    for end in [BodyEnd::Hole, BodyEnd::NotCaptured, BodyEnd::OverLimit] {
        check(
            &only(play(vec![submission().cut(end)])),
            State::Submitting,
            Outcome::Open,
            &[],
        );
    }
}

#[test]
fn send_not_mms() {
    let message = only(play(vec![submission().answered(2.0, 200, None)]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::SendNotMms, Some(200))],
    );
    let hole = submission().answered(2.0, 200, None).answer_end(BodyEnd::Hole);
    check(&only(play(vec![hole])), State::Submitting, Outcome::Open, &[]);
}

#[test]
fn a_later_try_overrules_a_failed_one() {
    let first = submission().ended(2.0, EndReason::Reset, VISIBLE);
    let second = submission()
        .later(10.0)
        .answered(11.5, 200, Some(send_conf("t1", 0x80, Some("m1"))));
    let message = only(play(vec![first, second]));
    check(
        &message,
        State::Submitted,
        Outcome::Open,
        &[(FailureKind::SendAborted, None)],
    );
    assert_eq!(message.submission.unwrap().tries, 2);
}

#[test]
fn notification_bearer_error() {
    let push = Exchange::sms(1.0, "61400000002", notification("n1", URL, None, "s"));
    let message = only(play(vec![push.clone().refused(BearerStatus::Smpp(11))]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::NotificationBearerError, Some(11))],
    );
    assert_eq!(message.deliveries[0].recipient.as_deref(), Some("61400000002"));
    let message = only(play(vec![push.undelivered(5.0, 27)]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::NotificationBearerError, Some(27))],
    );
}

/// The phone may know of the message by then: what was not seen is not failed.
#[test]
fn a_notification_that_was_taken_stands_when_its_repetition_is_refused() {
    let taken = Exchange::sms(1.0, "61400000002", notification("n1", URL, None, "s"));
    let refused = taken.clone().refused(BearerStatus::Smpp(88));
    let failure = (FailureKind::NotificationBearerError, Some(88));
    for tries in [
        vec![taken.clone(), refused.clone().later(8.0)],
        vec![refused.clone(), taken.clone().later(8.0)],
    ] {
        let message = only(play(tries));
        check(&message, State::Notified, Outcome::Open, &[failure]);
    }
    let undelivered = taken.undelivered(5.0, 27);
    let message = only(play(vec![undelivered, refused.later(8.0)]));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::NotificationBearerError, Some(27)), failure],
    );
}

#[test]
fn notification_answers() {
    let cases = [
        (0x82, State::Rejected, FailureKind::NotificationRejected),
        (0x84, State::Unrecognised, FailureKind::NotificationUnrecognised),
        (0x80, State::Expired, FailureKind::NotificationExpired),
    ];
    for (status, state, kind) in cases {
        let answer = Exchange::post(2.0, phone(2), notifyresp("n1", status)).answered(2.1, 200, None);
        let message = only(play(announced(answer)));
        check(&message, state, Outcome::Failure, &[(kind, None)]);
    }
}

#[test]
fn notification_expired_by_time() {
    let soon = PduRecord {
        expiry: Some(ExpiryValue::Relative(600)),
        ..notification("n1", URL, None, "s")
    };
    let other = happy_life(0.0, 3, 4, "other").swap_remove(0);
    let life = numbered(vec![Exchange::push(1.0, phone(2), soon), other]);
    let told = |end| {
        let mut played = play_until(&life, end);
        played.messages.retain(|message| message.submission.is_none());
        played
    };
    let message = only(told(601.0));
    check(
        &message,
        State::Expired,
        Outcome::Failure,
        &[(FailureKind::NotificationExpired, None)],
    );
    check(&only(told(600.0)), State::Notified, Outcome::Open, &[]);
}

#[test]
fn retrieve_no_response() {
    let fetch = Exchange::get(2.0, phone(2), URL);
    let life = announced(fetch.clone().ended(2.0, EndReason::Idle, VISIBLE));
    let message = only(play_until(&life, 62.0));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveNoResponse, None)],
    );
    check(
        &only(play_until(&life, 30.0)),
        State::Retrieving,
        Outcome::Open,
        &[],
    );
    let life = announced(fetch);
    check(
        &only(play_until(&life, 500.0)),
        State::Retrieving,
        Outcome::Open,
        &[],
    );
}

#[test]
fn retrieve_http_error_and_a_later_fetch_that_works() {
    let failed = Exchange::get(2.0, phone(2), URL).answered(2.5, 404, None);
    let message = only(play(announced(failed.clone())));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveHttpError, Some(404))],
    );
    let mut life = announced(failed);
    let conf = retrieve_conf(Some("m1"), None, &["+61400000002"], 1);
    life.push(Exchange::get(5.0, phone(2), URL).answered(5.5, 200, Some(conf)));
    let message = only(play(life));
    check(
        &message,
        State::Retrieved,
        Outcome::Success,
        &[(FailureKind::RetrieveHttpError, Some(404))],
    );
}

/// What a proxy refused is a failure of the only message that the phone was told of, at that host.
#[test]
fn retrieve_http_error_of_a_proxy() {
    let told = |at, phone, id: &str, url: &str| Exchange::push(at, phone, notification(id, url, None, "s"));
    let refused =
        |at, phone, target: &str| Exchange::connect(at, phone, target).answered(at + 0.5, 403, None);
    let there = "https://MMSC.example/mm/1";
    let message = only(play(numbered(vec![
        told(1.0, phone(2), "n1", there),
        refused(2.0, phone(2), "mmsc.example:443"),
    ])));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveHttpError, Some(403))],
    );
    let retrieval = &message.deliveries[0].retrievals[0];
    assert_eq!(retrieval.url.as_deref(), Some("https://mmsc.example:443"));
    for (others, target) in [
        // Another host, another port, another phone, another message, one that is told of later, no TLS.
        (vec![told(1.0, phone(2), "n1", there)], "other.example:443"),
        (vec![told(1.0, phone(2), "n1", there)], "mmsc.example:8443"),
        (vec![told(1.0, phone(3), "n1", there)], "mmsc.example:443"),
        (
            vec![
                told(1.0, phone(2), "n1", there),
                told(1.5, phone(2), "n2", "https://mmsc.example/mm/2"),
            ],
            "mmsc.example:443",
        ),
        (vec![told(3.0, phone(2), "n1", there)], "mmsc.example:443"),
        (vec![told(1.0, phone(2), "n1", URL)], "mmsc.example:443"),
    ] {
        let mut life = others;
        life.push(refused(2.0, phone(2), target));
        for message in play(numbered(life)).messages {
            check(&message, State::Notified, Outcome::Open, &[]);
        }
    }
}

#[test]
fn retrieve_status() {
    let refused = PduRecord {
        retrieve_status: Some(0xe2),
        ..retrieve_conf(None, None, &[], 1)
    };
    let fetch = Exchange::get(2.0, phone(2), URL).answered(2.5, 200, Some(refused));
    let message = only(play(announced(fetch)));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveStatus, Some(0xe2))],
    );
}

#[test]
fn retrieve_aborted() {
    let fetch = Exchange::get(2.0, phone(2), URL).ended(2.5, EndReason::Reset, VISIBLE);
    let message = only(play(announced(fetch)));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveAborted, None)],
    );
}

#[test]
fn retrieve_incomplete_is_not_what_the_capture_lost() {
    let conf = || Some(retrieve_conf(Some("m1"), None, &["+61400000002"], 1));
    let fetch = |end| {
        Exchange::get(2.0, phone(2), URL)
            .answered(2.5, 200, conf())
            .answer_end(end)
    };
    let message = only(play(announced(fetch(BodyEnd::CutShort { reset: true }))));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveIncomplete, None)],
    );
    for end in [BodyEnd::Hole, BodyEnd::NotCaptured, BodyEnd::OverLimit] {
        let message = only(play(announced(fetch(end))));
        check(&message, State::Retrieving, Outcome::Open, &[]);
        assert_eq!(
            message.message_id.as_deref(),
            Some("m1"),
            "headers before the hole are known"
        );
    }
}

#[test]
fn retrieve_not_mms() {
    let fetch = Exchange::get(2.0, phone(2), URL).answered(2.5, 200, None);
    let message = only(play(announced(fetch)));
    check(
        &message,
        State::Failed,
        Outcome::Failure,
        &[(FailureKind::RetrieveNotMms, Some(200))],
    );
}

#[test]
fn acknowledgement_failures_never_change_the_outcome() {
    let ack = || Exchange::post(3.0, phone(2), notifyresp("n1", 0x81));
    let cases = [
        (
            ack().answered(3.5, 500, None),
            (FailureKind::AckHttpError, Some(500)),
        ),
        (
            ack().ended(3.5, EndReason::Reset, VISIBLE),
            (FailureKind::AckAborted, None),
        ),
        (
            ack().ended(3.0, EndReason::CaptureEnd, VISIBLE),
            (FailureKind::AckNoResponse, None),
        ),
    ];
    for (exchange, failure) in cases {
        let message = only(play_until(&fetched(exchange), 100.0));
        check(&message, State::Acknowledged, Outcome::Success, &[failure]);
    }
}

#[test]
fn delivery_reports_that_deny() {
    let cases = [
        (0x80, State::Expired, FailureKind::DeliveryExpired),
        (0x82, State::Rejected, FailureKind::DeliveryRejected),
        (0x84, State::Unrecognised, FailureKind::DeliveryUnrecognised),
        (0x87, State::Unreachable, FailureKind::DeliveryUnreachable),
    ];
    for (status, state, kind) in cases {
        check(&reported(status), state, Outcome::Failure, &[(kind, None)]);
    }
    let unsure = [(FailureKind::DeliveryIndeterminate, None)];
    check(&reported(0x85), State::Indeterminate, Outcome::Open, &unsure);
    check(&reported(0x86), State::Forwarded, Outcome::Success, &[]);
    check(&reported(0x81), State::Reported, Outcome::Success, &[]);
}

#[test]
fn a_report_that_contradicts_a_whole_retrieval_changes_nothing() {
    let mut life = fetched(Exchange::post(3.0, phone(2), notifyresp("n1", 0x81)).answered(3.1, 200, None));
    life.push(Exchange::push(
        9.0,
        phone(1),
        delivery_ind("m1", "+61400000002", 0x82),
    ));
    let played = play(life);
    assert_eq!(
        played
            .anomalies
            .count(crate::model::AnomalyKind::ContradictoryReport),
        1
    );
    check(
        &only(played),
        State::Acknowledged,
        Outcome::Success,
        &[(FailureKind::DeliveryRejected, None)],
    );
}

#[test]
fn read_deleted_unread() {
    let mut life = fetched(Exchange::post(3.0, phone(2), acknowledge("n1")).answered(3.1, 200, None));
    let report = read_report(PduType::READ_ORIG_IND, "m1", "+61400000002", "+61400000001", 0x81);
    life.push(Exchange::push(9.0, phone(1), report));
    let message = only(play(life));
    check(
        &message,
        State::Reported,
        Outcome::Success,
        &[(FailureKind::ReadDeletedUnread, None)],
    );
}

#[test]
fn report_failures() {
    let report = || {
        let pdu = read_report(PduType::READ_REC_IND, "m1", "+61400000002", "+61400000001", 0x80);
        Exchange::post(9.0, phone(2), pdu)
    };
    let ack = || Exchange::post(3.0, phone(2), notifyresp("n1", 0x81)).answered(3.1, 200, None);
    let cases = [
        (
            report().answered(9.5, 404, None),
            (FailureKind::ReportHttpError, Some(404)),
        ),
        (
            report().ended(9.0, EndReason::CaptureEnd, VISIBLE),
            (FailureKind::ReportNoResponse, None),
        ),
    ];
    for (exchange, failure) in cases {
        let mut life = fetched(ack());
        life.push(exchange);
        let message = only(play_until(&numbered(life), 100.0));
        check(&message, State::Read, Outcome::Success, &[failure]);
    }
}

#[test]
fn malformed_pdu() {
    let broken = PduRecord {
        malformed: true,
        malformed_detail: Some("value length exceeds the PDU".to_owned()),
        ..send_req("t1", None, &[], "s", 1)
    };
    let message = only(play(vec![Exchange::post(1.0, phone(1), broken).answered(
        1.5,
        200,
        Some(send_conf("t1", 0x80, Some("m1"))),
    )]));
    check(
        &message,
        State::Submitted,
        Outcome::Open,
        &[(FailureKind::MalformedPdu, None)],
    );
}

#[test]
fn nothing_is_due_for_a_report_that_is_pushed() {
    let ack = Exchange::post(3.0, phone(2), notifyresp("n1", 0x81)).answered(3.1, 200, None);
    let push = Exchange::post(9.0, phone(1), delivery_ind("m1", "+61400000002", 0x81));
    let mut life = fetched(ack);
    life.push(push.ended(9.0, EndReason::CaptureEnd, VISIBLE));
    let message = only(play_until(&numbered(life), 100.0));
    assert!(message.failures.is_empty(), "{:?}", message.failures);
}
