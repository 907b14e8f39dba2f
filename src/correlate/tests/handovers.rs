//! Handovers: to foreign MMSCs over MM4 (3GPP TS 23.140 section 8.4), to applications over MM7 (8.7), to mail servers (8.3).

use proptest::prelude::*;

use super::super::samples::{self, Exchange, Played, VISIBLE, numbered, only, phone, play};
use super::super::{Message, PduRecord};
use crate::correlate::message::{FailureKind, Interface, Outcome, State, SubmissionState};
use crate::correlate::record::pdu::{AnswerStatus, PartRecord, Sender};
use crate::mms::{MailType, Mm4Type, Mm7Type, PduType};
use crate::model::{AnomalyKind, SmtpCommand};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

const SYSTEM: &str = "system-user@mms.one.example";
const PEER: &str = "system-user@mms.two.example";
const TO: &str = "+61400000002/TYPE=PLMN@mms.two.example";
const ID: &str = "C8Q7@mms.one.example";

fn from_phone() -> PduRecord<'static> {
    PduRecord {
        from: Sender::Address("+61400000001".into()),
        to: vec!["+61400000002".into()],
        subject: Some("Hello".into()),
        parts: samples::parts(7),
        ..PduRecord::default()
    }
}

fn submitted(at: f64) -> Exchange {
    let request = PduRecord {
        message_type: PduType::SEND_REQ,
        transaction_id: Some("T1".into()),
        ..from_phone()
    };
    let answer = PduRecord {
        message_type: PduType::SEND_CONF,
        transaction_id: Some("T1".into()),
        message_id: Some(ID.into()),
        response_status: Some(0x80),
        ..PduRecord::default()
    };
    Exchange::post(at, phone(1), request).answered(at + 0.1, 200, Some(answer))
}

fn forward() -> PduRecord<'static> {
    PduRecord {
        message_type: PduType::Mm4(Mm4Type::ForwardReq),
        transaction_id: Some("t-5512".into()),
        message_id: Some(ID.into()),
        ack_requested: Some(true),
        system: Some(SYSTEM.into()),
        ..from_phone()
    }
}

fn forwarded(at: f64) -> Exchange {
    Exchange::mail(at, [1, 2], SYSTEM, &[TO], forward())
}

fn answer(pdu: Mm4Type, status: &'static str) -> PduRecord<'static> {
    PduRecord {
        message_type: PduType::Mm4(pdu),
        transaction_id: Some("\"t-5512\"".into()),
        message_id: Some("l-qf@mms.two.example".into()),
        answer_status: Some(AnswerStatus::Mm4(status.into())),
        system: Some(PEER.into()),
        ..PduRecord::default()
    }
}

fn answered(at: f64, status: &'static str) -> Exchange {
    Exchange::mail(at, [2, 1], PEER, &[SYSTEM], answer(Mm4Type::ForwardRes, status))
}

fn report(at: f64, status: u8) -> Exchange {
    let pdu = PduRecord {
        message_type: PduType::Mm4(Mm4Type::DeliveryReportReq),
        transaction_id: Some("r-1".into()),
        message_id: Some(ID.into()),
        from: Sender::Address("+61400000002".into()),
        to: vec!["+61400000001".into()],
        status: Some(status),
        ..PduRecord::default()
    };
    Exchange::mail(at, [2, 1], PEER, &["+61400000001/TYPE=PLMN@mms.one.example"], pdu)
}

fn one(exchanges: Vec<Exchange>) -> Message {
    only(play(exchanges))
}

#[test]
fn a_foreign_mmsc_takes_a_message_with_its_answer() {
    let message = one(vec![submitted(0.0), forwarded(1.0), answered(3.0, "Ok")]);
    assert_eq!(
        (message.state, message.outcome),
        (State::HandedOver, Outcome::Open)
    );
    let [delivery] = message.deliveries.as_slice() else {
        panic!()
    };
    assert_eq!(delivery.recipient.as_deref(), Some("+61400000002"));
    let [handover] = delivery.handovers.as_slice() else {
        panic!()
    };
    assert_eq!(handover.interface, Interface::Mm4);
    assert_eq!(handover.state, SubmissionState::Accepted);
    assert_eq!(handover.transaction_id.as_deref(), Some("t-5512"));
    assert_eq!(handover.message_id.as_deref(), Some("l-qf@mms.two.example"));
    assert_eq!(handover.peer.as_deref(), Some("mms.two.example"));
    assert_eq!(handover.transport_status, Some(250));
    assert_eq!(handover.status.as_ref().unwrap().name.as_deref(), Some("ok"));
    let links: Vec<_> = message
        .links
        .iter()
        .map(|link| (&*link.join, &*link.by))
        .collect();
    assert!(
        links.contains(&("submission-handover", "message_id")),
        "{links:?}"
    );
    assert!(
        links.contains(&("handover-response", "transaction_id")),
        "{links:?}"
    );
}

/// Data on SMTP end with a line end, which is one octet in four of a short text.
#[test]
fn a_text_alone_ends_with_a_line_end_in_a_mail() {
    let text = |sha256: u8, size: u64| PartRecord {
        content_type: "text/plain".into(),
        sha256: [sha256; 32],
        comparable: 1,
        size,
        ..samples::parts(1).swap_remove(0)
    };
    let said = |part: PartRecord<'static>| move |pdu: &mut PduRecord<'static>| pdu.parts = vec![part];
    let message = one(vec![
        submitted(0.0).asking(said(text(1, 5))),
        forwarded(1.0).asking(said(text(2, 7))),
        answered(3.0, "Ok"),
    ]);
    assert_eq!(message.state, State::HandedOver);
}

/// The message id is the one under which a message came, not the one that the MMSC that took it calls it by.
#[test]
fn the_id_of_the_peer_names_no_message() {
    let fetch = Exchange::get(5.0, phone(2), "http://mms.two.example/n1");
    let conf = samples::retrieve_conf(
        Some("l-qf@mms.two.example"),
        Some("+61400000001"),
        &["+61400000002"],
        7,
    );
    let notification =
        samples::notification("n1", "http://mms.two.example/n1", Some("+61400000001"), "Hello");
    let message = one(vec![
        forwarded(1.0),
        answered(2.0, "Ok"),
        Exchange::push(3.0, phone(2), notification),
        fetch.answered(5.1, 200, Some(conf)),
    ]);
    assert_eq!(message.message_id.as_deref(), Some(ID));
}

#[test]
fn an_answer_that_does_not_come_is_no_failure() {
    let played = play(vec![submitted(0.0), forwarded(1.0)]);
    assert_eq!(played.anomalies.count(AnomalyKind::Mm4ResponseMissing), 1);
    let message = only(played);
    assert_eq!(
        (message.state, message.outcome),
        (State::HandingOver, Outcome::Open)
    );
    assert!(message.failures.is_empty());
}

#[test]
fn the_answer_decides_over_the_reply_of_the_mail_server() {
    let message = one(vec![
        submitted(0.0),
        forwarded(1.0),
        answered(0.9, "Error-service-denied"),
        answered(9.0, "Ok"),
    ]);
    assert_eq!(
        (message.state, message.outcome),
        (State::Failed, Outcome::Failure)
    );
    let [failure] = message.failures.as_slice() else {
        panic!()
    };
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::HandoverRejected, None)
    );
    assert!(failure.detail.to_string().contains("error-service-denied"));
}

#[test]
fn an_answer_of_another_system_is_none() {
    let other = |pdu: &mut PduRecord<'static>| pdu.system = Some("mms.three.example".into());
    let message = one(vec![
        submitted(0.0),
        forwarded(1.0),
        answered(3.0, "Ok").asking(other),
    ]);
    assert_eq!(message.state, State::HandingOver);
}

#[test]
fn a_mail_server_refuses_and_takes_it_later() {
    let message = one(vec![
        submitted(0.0),
        forwarded(1.0).replied(1.1, 451),
        forwarded(300.0),
        answered(301.0, "Ok"),
    ]);
    let handover = &message.deliveries[0].handovers[0];
    assert_eq!((handover.tries, handover.transport_status), (2, Some(250)));
    assert_eq!(message.state, State::HandedOver);
    let [failure] = message.failures.as_slice() else {
        panic!()
    };
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::HandoverSmtpError, Some(451))
    );
}

#[test]
fn a_relay_is_a_hop_and_no_try() {
    let relayed = |pdu: &mut PduRecord<'static>| pdu.received = 1;
    let behind = Exchange::mail(1.2, [3, 2], SYSTEM, &[TO], forward()).asking(relayed);
    let first = Exchange::mail(1.0, [1, 3], SYSTEM, &[TO], forward());
    let message = one(vec![submitted(0.0), behind, first, answered(3.0, "Ok")]);
    let handover = &message.deliveries[0].handovers[0];
    assert_eq!((handover.tries, handover.hops.len()), (1, 1));
    assert_eq!(message.state, State::HandedOver);
}

#[test]
fn one_recipient_of_two_is_refused() {
    let third = "+61400000003/TYPE=PLMN@mms.two.example";
    let both = |pdu: &mut PduRecord<'static>| pdu.to = vec!["+61400000002".into(), "+61400000003".into()];
    let message = one(vec![
        submitted(0.0).asking(both),
        forwarded(1.0).refusing(third, 550).asking(both),
        answered(3.0, "Ok"),
    ]);
    let states: Vec<State> = message.deliveries.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [State::HandedOver, State::Failed]);
    let [failure] = message.failures.as_slice() else {
        panic!()
    };
    assert_eq!(failure.recipient.as_deref(), Some("+61400000003"));
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::HandoverSmtpError, Some(550))
    );
}

/// What phone and MMSC said to each other of a submission of which only the answer could be read.
fn unread(exchange: Exchange) -> Exchange {
    exchange.at_host("mms.one.example").asking(|pdu| {
        *pdu = PduRecord {
            message_type: PduType::SEND_REQ,
            complete: false,
            ..PduRecord::default()
        };
    })
}

#[test]
fn who_took_a_message_over_is_no_other_that_counts_alike() {
    let url = "http://mms.two.example/n1";
    let conf = samples::retrieve_conf(Some(ID), Some("+61400000001"), &["+61400000002"], 7);
    let notification = samples::notification("n1", url, Some("+61400000001"), "Hello");
    let nobody = |pdu: &mut PduRecord<'static>| {
        pdu.from = Sender::Absent;
        pdu.parts.clear();
    };
    let life = |to: &str| {
        vec![
            unread(submitted(0.0)),
            Exchange::mail(1.0, [1, 2], SYSTEM, &[to], forward()).asking(nobody),
            Exchange::push(3.0, phone(2), notification.clone()),
            Exchange::get(5.0, phone(2), url).answered(5.1, 200, Some(conf.clone())),
        ]
    };
    let message = one(life(TO));
    assert_eq!((message.state, message.deliveries.len()), (State::Retrieved, 1));
    let other = life("+61400000002/TYPE=PLMN@mms.three.carrier");
    assert_eq!(play(other).messages.len(), 2);
}

#[test]
fn what_a_submission_does_not_say_for_want_of_octets_contradicts_nothing() {
    let third = "+61400000003/TYPE=PLMN@mms.two.example";
    let to_third = |pdu: &mut PduRecord<'static>| {
        pdu.to = vec!["+61400000003".into()];
        pdu.transaction_id = Some("t-5513".into());
    };
    let message = one(vec![
        unread(submitted(0.0)),
        forwarded(1.0),
        Exchange::mail(1.5, [1, 2], SYSTEM, &[third], forward()).asking(to_third),
    ]);
    assert_eq!(message.deliveries.len(), 2);
}

#[test]
fn a_report_of_which_the_id_lacks_on_the_other_side_is_about_whom_it_names() {
    let application = PduRecord {
        message_type: PduType::Mm7(Mm7Type::SubmitReq),
        from: Sender::Address("4646".into()),
        to: vec!["+61400000002".into()],
        ..from_phone()
    };
    let report = |from: &'static str, to: &'static str| PduRecord {
        message_type: PduType::Mm7(Mm7Type::DeliveryReportReq),
        message_id: Some("v1".into()),
        from: Sender::Address(from.into()),
        to: vec![to.into()],
        status: Some(0x81),
        ..PduRecord::default()
    };
    let unanswered = |exchange: Exchange| {
        let unseen = AnswerVisibility::NotCaptured;
        exchange.ended(900.0, EndReason::CaptureEnd, unseen)
    };
    for (from, to, messages) in [
        ("+61400000002", "4646", 1),
        ("4646", "+61400000002", 1),
        ("+61400000003", "4646", 2),
    ] {
        let played = play(vec![
            unanswered(Exchange::post(0.0, phone(7), application.clone())),
            unanswered(Exchange::post(60.0, phone(8), report(from, to))),
        ]);
        assert_eq!(played.messages.len(), messages, "{from} {to}");
    }
}

#[test]
fn a_relay_may_run_on_the_host_of_the_mmsc() {
    let behind = Exchange::mail(1.2, [1, 2], SYSTEM, &[TO], forward()).asking(|pdu| pdu.received = 1);
    let message = one(vec![
        submitted(0.0),
        Exchange::mail(1.0, [1, 1], SYSTEM, &[TO], forward()),
        behind.replied(1.3, 250),
        answered(3.0, "Ok"),
    ]);
    let [handover] = message.deliveries[0].handovers.as_slice() else {
        panic!()
    };
    assert_eq!((handover.tries, handover.hops.len()), (1, 1));
}

#[test]
fn an_envelope_that_is_refused_before_its_data_is_a_try() {
    let refused = forwarded(1.0).replied(1.1, 554).refused_at(SmtpCommand::Data);
    let message = one(vec![submitted(0.0), refused]);
    assert_eq!(
        (message.state, message.outcome),
        (State::Failed, Outcome::Failure)
    );
    let handover = &message.deliveries[0].handovers[0];
    assert_eq!((handover.pdu, handover.interface), (None, Interface::Mm4));
    assert_eq!(handover.transport_status, Some(554));
    assert!(message.links.iter().any(|link| link.by == "envelope"));
}

#[test]
fn the_answer_to_a_repeated_request_overrules_a_refusal() {
    let again = vec![
        submitted(0.0),
        forwarded(1.0),
        answered(3.0, "Error-network-problem"),
        forwarded(60.0),
        answered(62.0, "Ok"),
    ];
    let message = one(again);
    assert_eq!(
        (message.state, message.outcome),
        (State::HandedOver, Outcome::Open)
    );
    let handover = &message.deliveries[0].handovers[0];
    assert_eq!((handover.state, handover.tries), (SubmissionState::Accepted, 2));
    let kinds: Vec<FailureKind> = message.failures.iter().map(|failure| failure.kind).collect();
    assert_eq!(kinds, [FailureKind::HandoverRejected]);
    // A refusal of what was taken before is one of a duplicate.
    let duplicate = vec![
        submitted(0.0),
        forwarded(1.0),
        answered(3.0, "Ok"),
        forwarded(60.0),
        answered(62.0, "Error-network-problem"),
    ];
    assert_eq!(one(duplicate).state, State::HandedOver);
    // A second answer to one request changes nothing.
    let twice = vec![
        submitted(0.0),
        forwarded(1.0),
        answered(3.0, "Error-network-problem"),
        answered(62.0, "Ok"),
    ];
    assert_eq!(one(twice).state, State::Failed);
}

#[test]
fn an_envelope_of_no_message_is_none() {
    let refused = forwarded(1.0).replied(1.1, 554).refused_at(SmtpCommand::Data);
    assert!(play(vec![refused]).messages.is_empty());
}

#[test]
fn a_connection_that_is_lost_or_cut_fails_the_handover() {
    let lost = forwarded(1.0).ended(1.5, EndReason::Reset, VISIBLE);
    let cut = crate::session::BodyEnd::CutShort { reset: false };
    let short = forwarded(1.0)
        .cut(cut)
        .ended(1.5, EndReason::Closed { by_answerer: false }, VISIBLE);
    let silent = forwarded(1.0).ended(900.0, EndReason::CaptureEnd, VISIBLE);
    for (exchange, kind) in [
        (lost, FailureKind::HandoverAborted),
        (short, FailureKind::HandoverIncomplete),
        (silent, FailureKind::HandoverNoResponse),
    ] {
        let message = only(samples::play_until(
            &numbered(vec![submitted(0.0), exchange]),
            1000.0,
        ));
        let kinds: Vec<_> = message.failures.iter().map(|failure| failure.kind).collect();
        assert_eq!((kinds.as_slice(), message.state), (&[kind][..], State::Failed));
    }
}

#[test]
fn a_report_over_two_interfaces_is_one_with_a_hop() {
    let indicated = PduRecord {
        message_type: PduType::DELIVERY_IND,
        message_id: Some(ID.into()),
        from: Sender::Address("+61400000002".into()),
        to: vec!["+61400000001".into()],
        status: Some(0x81),
        ..PduRecord::default()
    };
    let message = one(vec![
        submitted(0.0),
        forwarded(1.0),
        answered(3.0, "Ok"),
        report(5.0, 0x81),
        Exchange::sms(6.0, "+61400000001", indicated),
    ]);
    assert_eq!(
        (message.state, message.outcome),
        (State::Reported, Outcome::Success)
    );
    let [report] = message.deliveries[0].delivery_reports.as_slice() else {
        panic!()
    };
    assert_eq!(
        (report.interface, report.pdu),
        (Interface::Mm1, PduType::DELIVERY_IND)
    );
    let other = report.hops[0].other.as_ref().unwrap();
    assert_eq!(other.pdu, PduType::Mm4(Mm4Type::DeliveryReportReq));
}

#[test]
fn a_report_that_the_other_side_refuses_changes_nothing_of_the_verdict() {
    let res = PduRecord {
        transaction_id: Some("r-1".into()),
        message_id: Some(ID.into()),
        system: Some(SYSTEM.into()),
        ..answer(Mm4Type::DeliveryReportRes, "Error-message-not-found")
    };
    let refused = Exchange::mail(6.0, [1, 2], SYSTEM, &[PEER], res);
    let message = one(vec![submitted(0.0), forwarded(1.0), report(5.0, 0x81), refused]);
    assert_eq!(message.outcome, Outcome::Success);
    assert_eq!(message.failures[0].kind, FailureKind::ReportRejected);
    let by_smtp = one(vec![
        submitted(0.0),
        forwarded(1.0),
        report(5.0, 0x81).replied(5.1, 550),
    ]);
    assert_eq!(by_smtp.failures[0].kind, FailureKind::ReportSmtpError);
}

#[test]
fn an_answer_without_its_request_joins_by_the_message_id_or_makes_nothing() {
    let own = |pdu: &mut PduRecord<'static>| pdu.message_id = Some(ID.into());
    let message = one(vec![submitted(0.0), answered(3.0, "Ok").asking(own)]);
    assert_eq!(message.state, State::HandedOver);
    assert!(message.deliveries[0].handovers[0].request.is_none());
    assert!(play(vec![answered(3.0, "Ok")]).messages.is_empty());
}

fn delivered(at: f64) -> Exchange {
    let pdu = PduRecord {
        message_type: PduType::Mm7(Mm7Type::DeliverReq),
        transaction_id: Some("m-1".into()),
        linked_id: Some(ID.into()),
        application: Some("weather/daily".into()),
        ..from_phone()
    };
    let app = samples::phone(99);
    Exchange::post(at, phone(50), pdu).over(crate::session::Bearer::Soap, phone(50), app)
}

fn said(pdu: Mm7Type, code: Option<u16>) -> PduRecord<'static> {
    PduRecord {
        message_type: PduType::Mm7(pdu),
        transaction_id: Some("m-1".into()),
        answer_status: code.map(AnswerStatus::Mm7),
        ..PduRecord::default()
    }
}

#[test]
fn an_application_answers() {
    for (http, answer, state, failure) in [
        (
            200,
            Some(said(Mm7Type::DeliverRsp, Some(1000))),
            State::Retrieved,
            None,
        ),
        (
            200,
            Some(said(Mm7Type::DeliverRsp, Some(2004))),
            State::Failed,
            Some((FailureKind::HandoverRejected, Some(2004))),
        ),
        (
            500,
            Some(said(Mm7Type::SoapFault, None)),
            State::Failed,
            Some((FailureKind::HandoverHttpError, Some(500))),
        ),
        (
            404,
            None,
            State::Failed,
            Some((FailureKind::HandoverHttpError, Some(404))),
        ),
        // What is no SOAP has octets all the same.
        (
            200,
            None,
            State::Failed,
            Some((FailureKind::HandoverNotMms, None)),
        ),
    ] {
        let message = one(vec![submitted(0.0), delivered(1.0).answered(1.2, http, answer)]);
        let failures: Vec<_> = message.failures.iter().map(|f| (f.kind, f.code)).collect();
        assert_eq!(message.state, state, "{http}");
        assert_eq!(failures, failure.into_iter().collect::<Vec<_>>());
        let handover = &message.deliveries[0].handovers[0];
        assert_eq!(handover.peer.as_deref(), Some("weather/daily"));
    }
}

/// What a snap length leaves of an answer does not say that it has no status; a fault is one without.
#[test]
fn an_answer_of_which_octets_lack_refuses_nothing() {
    let delivery = |pdu| delivered(1.0).answered(1.2, 200, Some(said(pdu, None)));
    let cut = |pdu| {
        one(vec![
            submitted(0.0),
            delivery(pdu).answer_end(BodyEnd::NotCaptured),
        ])
    };
    let message = cut(Mm7Type::DeliverRsp);
    assert_eq!((message.state, message.failures.len()), (State::HandingOver, 0));
    assert_eq!(cut(Mm7Type::SoapFault).state, State::Failed);
    assert_eq!(
        one(vec![submitted(0.0), delivery(Mm7Type::DeliverRsp)]).state,
        State::Failed
    );
}

fn mail(to: &str) -> PduRecord<'static> {
    PduRecord {
        message_type: PduType::Mail(MailType::Mail),
        message_id: Some("<a1@mail.example>".into()),
        from: Sender::Address("ann@mail.example".into()),
        to: vec![to.to_owned().into()],
        parts: samples::parts(8),
        ..PduRecord::default()
    }
}

#[test]
fn a_mail_to_a_phone_is_a_submission_and_other_mail_is_nothing() {
    let to_phone = |at| {
        Exchange::mail(
            at,
            [9, 1],
            "ann@mail.example",
            &["+61400000002@mms.one.example"],
            mail("+61400000002"),
        )
    };
    let message = one(vec![to_phone(0.0)]);
    let submission = message.submission.unwrap();
    assert_eq!(
        (submission.interface, submission.state),
        (Interface::Mm3, SubmissionState::Accepted)
    );
    assert_eq!(message.state, State::Submitted);
    let refused = one(vec![to_phone(0.0).replied(0.2, 552)]);
    assert_eq!(refused.failures[0].kind, FailureKind::SendSmtpError);
    assert_eq!(refused.state, State::Failed);
    let other = Exchange::mail(
        0.0,
        [9, 8],
        "ann@mail.example",
        &["bob@mail.example"],
        mail("bob@mail.example"),
    );
    assert!(play(vec![other]).messages.is_empty());
}

#[test]
fn a_mail_with_the_message_id_is_a_handover() {
    let own = |pdu: &mut PduRecord<'static>| {
        pdu.message_id = Some(format!("<{ID}>").into());
        pdu.from = Sender::Address("+61400000001".into());
    };
    let out = Exchange::mail(
        1.0,
        [1, 9],
        "+61400000001@mms.one.example",
        &["bob@mail.example"],
        mail("bob@mail.example"),
    );
    let to_bob = |pdu: &mut PduRecord<'static>| pdu.to = vec!["bob@mail.example".into()];
    let message = one(vec![submitted(0.0).asking(to_bob), out.asking(own)]);
    assert_eq!((message.state, message.deliveries.len()), (State::HandedOver, 1));
    assert_eq!(
        message.deliveries[0].handovers[0].peer.as_deref(),
        Some("mail.example")
    );
}

/// A life of a message that is handed over, with what may happen to it.
fn life() -> impl Strategy<Value = Vec<Exchange>> {
    let status = prop_oneof![Just("Ok"), Just("Error-unspecified")];
    let reply = prop_oneof![Just(250), Just(451), Just(550)];
    (
        reply,
        proptest::option::of(status),
        proptest::option::of(0x80_u8..0x88),
        any::<bool>(),
    )
        .prop_map(|(reply, status, reported, again)| {
            let mut life = vec![submitted(0.0), forwarded(1.0).replied(1.1, reply)];
            life.extend(again.then(|| forwarded(200.0)));
            // Nobody answers what nobody took, and nobody reports what was refused.
            if reply < 400 || again {
                life.extend(status.map(|status| answered(203.0, status)));
                let is_refused = status.is_some_and(|status| status != "Ok");
                life.extend(
                    reported
                        .filter(|_| !is_refused)
                        .map(|status| report(210.0, status)),
                );
            }
            numbered(life)
        })
}

fn played(exchanges: &[Exchange]) -> Played {
    samples::play_until(exchanges, 1000.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_plays_no_part(life in life().prop_flat_map(|life| (Just(life.clone()), Just(life).prop_shuffle()))) {
        let (life, shuffled) = life;
        prop_assert_eq!(played(&life).messages, played(&shuffled).messages);
    }

    #[test]
    fn what_is_lost_never_turns_success_into_failure(life in life(), lost in any::<prop::sample::Index>()) {
        let whole = played(&life).messages;
        let succeeded = whole.iter().all(|message| message.outcome == Outcome::Success);
        let mut rest = life.clone();
        rest.remove(lost.index(life.len()));
        let failed = played(&rest).messages.iter().any(|message| message.outcome == Outcome::Failure);
        prop_assert!(!(succeeded && failed));
    }
}
