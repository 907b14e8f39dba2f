//! Mailbox operations, deletion and cancellation.

use crate::correlate::PduRecord;
use crate::correlate::message::{Delivery, OperationKind, Outcome, State};
use crate::correlate::record::pdu::StatusEntry;
use crate::correlate::samples::*;
use crate::mms::PduType;
use crate::session::EndReason;

fn outcome(exchange: Exchange) -> Outcome {
    let played = play(vec![exchange]);
    assert!(played.messages.is_empty());
    assert_eq!(played.operations.len(), 1);
    played.operations[0].outcome
}

fn asked(message_type: PduType) -> Exchange {
    Exchange::post(1.0, phone(1), operation(message_type, "o"))
}

fn answer(message_type: PduType, change: impl FnOnce(&mut PduRecord<'static>)) -> Option<PduRecord<'static>> {
    let mut record = operation(message_type, "o");
    change(&mut record);
    Some(record)
}

#[test]
fn the_status_of_the_answer_is_the_verdict() {
    let store = |status| {
        let conf = answer(PduType::MBOX_STORE_CONF, |pdu| pdu.store_status = Some(status));
        outcome(asked(PduType::MBOX_STORE_REQ).answered(1.5, 200, conf))
    };
    assert_eq!((store(0x80), store(0xe4)), (Outcome::Success, Outcome::Failure));
    let view = |status| {
        let conf = answer(PduType::MBOX_VIEW_CONF, |pdu| pdu.response_status = Some(status));
        outcome(asked(PduType::MBOX_VIEW_REQ).answered(1.5, 200, conf))
    };
    assert_eq!((view(0x80), view(0xe1)), (Outcome::Success, Outcome::Failure));
}

#[test]
fn a_deletion_succeeds_when_every_entry_does() {
    let delete = |statuses: &[u8]| {
        let entries = statuses.iter().map(|status| StatusEntry {
            status: Some(*status),
            ..StatusEntry::default()
        });
        let conf = answer(PduType::MBOX_DELETE_CONF, |pdu| pdu.entries = entries.collect());
        outcome(asked(PduType::MBOX_DELETE_REQ).answered(1.5, 200, conf))
    };
    assert_eq!(delete(&[0x80, 0x80]), Outcome::Success);
    assert_eq!(delete(&[0x80, 0xe4]), Outcome::Failure);
}

#[test]
fn without_an_answer_the_bearer_decides_as_far_as_it_can() {
    assert_eq!(
        outcome(asked(PduType::MBOX_STORE_REQ).answered(1.5, 500, None)),
        Outcome::Failure
    );
    assert_eq!(outcome(asked(PduType::DELETE_REQ)), Outcome::Open);
    let reset = asked(PduType::MBOX_UPLOAD_REQ).ended(2.0, EndReason::Reset, VISIBLE);
    assert_eq!(outcome(reset), Outcome::Failure);
}

fn cancelled(status: u8) -> Vec<Exchange> {
    let mut life: Vec<_> = happy_life(0.0, 1, 2, "a").into_iter().take(2).collect();
    let ask = PduRecord {
        cancel_id: Some("a@mmsc".into()),
        ..operation(PduType::CANCEL_REQ, "c")
    };
    let answer = PduRecord {
        cancel_status: Some(status),
        ..operation(PduType::CANCEL_CONF, "c")
    };
    life.push(Exchange::push(30.0, phone(2), ask));
    life.push(Exchange::post(31.0, phone(2), answer).answered(31.5, 200, None));
    life
}

#[test]
fn an_accepted_cancellation_ends_the_message() {
    let played = play(cancelled(0x80));
    let operation = &played.operations[0];
    assert_eq!(
        (operation.kind, operation.outcome),
        (OperationKind::Cancel, Outcome::Success)
    );
    assert!(operation.request.is_some() && operation.response.is_some());
    assert_eq!(played.operations.len(), 1);
    let message = only(played);
    assert_eq!(
        (message.state, message.outcome),
        (State::Cancelled, Outcome::Failure)
    );
    let failed = |delivery: &Delivery| delivery.outcome == Outcome::Failure;
    assert!(message.deliveries.iter().all(failed));
    assert!(
        message
            .links
            .iter()
            .any(|link| link.join == "message-cancellation")
    );
    assert!(message.failures.is_empty());
}

#[test]
fn a_refused_cancellation_changes_nothing() {
    let played = play(cancelled(0x81));
    assert_eq!(played.operations[0].outcome, Outcome::Failure);
    assert_eq!(only(played).state, State::Notified);
}

#[test]
fn a_forward_is_a_submission_that_names_its_origin() {
    let mut life: Vec<_> = happy_life(0.0, 1, 2, "a").into_iter().take(2).collect();
    let forward = PduRecord {
        message_type: PduType::FORWARD_REQ,
        content_locations: vec!["http://mmsc.example/mm/a".into()],
        parts: Vec::new(),
        body_size: None,
        ..send_req("f", Some(&number(2)), &[&number(3)], "", 1)
    };
    let conf = PduRecord {
        message_type: PduType::FORWARD_CONF,
        ..send_conf("f", 0x80, Some("f@mmsc"))
    };
    life.push(Exchange::post(5.0, phone(2), forward).answered(5.5, 200, Some(conf)));
    life.push(Exchange::push(
        6.0,
        phone(1),
        delivery_ind("a@mmsc", &number(2), 0x86),
    ));
    let played = play(life);
    let states: Vec<_> = played.messages.iter().map(|m| (m.state, m.outcome)).collect();
    assert_eq!(
        states,
        [
            (State::Forwarded, Outcome::Success),
            (State::Submitted, Outcome::Open)
        ]
    );
    let forwarded = &played.messages[1];
    assert_eq!(forwarded.submission.as_ref().unwrap().pdu, PduType::FORWARD_REQ);
    assert!(
        forwarded.links.iter().any(|link| link.join == "forwarded-origin"),
        "{:?}",
        forwarded.links
    );
}

#[test]
fn a_replaced_message_and_its_replacement_name_each_other() {
    let mut life = happy_life(0.0, 1, 2, "a");
    let replacement = PduRecord {
        replace_id: Some("a@mmsc".into()),
        ..notification("nb", "http://mmsc.example/mm/b", Some(&number(3)), "b")
    };
    life.push(Exchange::push(10.0, phone(2), replacement));
    let played = play(life);
    let joins = |message: usize| {
        played.messages[message]
            .links
            .iter()
            .map(|link| &*link.join)
            .collect::<Vec<_>>()
    };
    assert!(joins(0).contains(&"replaced-replacement"), "{:?}", joins(0));
    assert_eq!(joins(1), ["replacement-replaced"]);
}

#[test]
fn a_cancellation_is_answered_by_the_phone_it_went_to() {
    let ask = |at: f64, n: u8| Exchange::push(at, phone(n), operation(PduType::CANCEL_REQ, "same"));
    let answer = PduRecord {
        cancel_status: Some(0x80),
        ..operation(PduType::CANCEL_CONF, "same")
    };
    let played = play(vec![
        ask(1.0, 2),
        ask(2.0, 3),
        ask(3.0, 4),
        Exchange::post(4.0, phone(3), answer).answered(4.1, 200, None),
    ]);
    let outcomes: Vec<_> = played
        .operations
        .iter()
        .map(|operation| operation.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Open, Outcome::Success, Outcome::Open]);
}

#[test]
fn a_cancellation_that_the_network_took_and_no_phone_answered_is_open() {
    let request = PduRecord {
        cancel_id: Some("m".into()),
        ..operation(PduType::CANCEL_REQ, "c")
    };
    let push = Exchange::sms(0.0, &number(2), request);
    let outcomes = |push: Exchange| play_until(&numbered(vec![push]), 500.0).operations[0].outcome;
    assert_eq!(outcomes(push.clone()), Outcome::Open);
    assert_eq!(
        outcomes(push.refused(crate::model::BearerStatus::Smpp(0x58))),
        Outcome::Failure
    );
}
