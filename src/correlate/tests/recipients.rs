//! Whose delivery each leg is, where pushes name only the phone's address.

use crate::correlate::message::{Confidence, Delivery, Message, Outcome, State};
use crate::correlate::samples::*;
use crate::mms::PduType;

fn url(recipient: u8) -> String {
    format!("http://mmsc.example/mm/{recipient}")
}

/// A submission to these phones, and a push by address to each of the second.
fn announced(to: &[u8], pushed: &[u8]) -> Vec<Exchange> {
    let numbers: Vec<String> = to.iter().map(|phone| number(*phone)).collect();
    let to: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let submission = Exchange::post(0.0, phone(1), send_req("t", Some(&number(1)), &to, "s", 1)).answered(
        0.5,
        200,
        Some(send_conf("t", 0x80, Some("a@mmsc"))),
    );
    let push = |to: &u8| {
        let pdu = notification(&format!("n{to}"), &url(*to), Some(&number(1)), "s");
        Exchange::push(1.0, phone(*to), pdu)
    };
    std::iter::once(submission)
        .chain(pushed.iter().map(push))
        .collect()
}

fn fetch(at: f64, recipient: u8) -> Exchange {
    let fetched = retrieve_conf(Some("a@mmsc"), Some(&number(1)), &[], 1);
    Exchange::get(at, phone(recipient), &url(recipient)).answered(at + 0.1, 200, Some(fetched))
}

fn answer(at: f64, recipient: u8, status: u8) -> Exchange {
    Exchange::post(at, phone(recipient), notifyresp(&format!("n{recipient}"), status)).answered(
        at + 0.1,
        200,
        None,
    )
}

fn report(at: f64, recipient: u8, status: u8) -> Exchange {
    Exchange::push(at, phone(1), delivery_ind("a@mmsc", &number(recipient), status))
}

fn of(message: &Message, recipient: u8) -> &Delivery {
    let mut found = message
        .deliveries
        .iter()
        .filter(|d| d.recipient == Some(number(recipient)));
    found
        .next()
        .unwrap_or_else(|| panic!("nobody is {recipient}: {:#?}", message.deliveries))
}

#[test]
fn a_phones_own_read_report_tells_its_number() {
    let mut life = announced(&[2, 3], &[2, 3]);
    let pdu = read_report(PduType::READ_REC_IND, "a@mmsc", &number(3), &number(1), 0x80);
    life.extend([fetch(2.0, 2), fetch(3.0, 3)]);
    life.push(Exchange::post(4.0, phone(3), pdu).answered(4.1, 200, None));
    let message = only(play(life));
    assert_eq!(message.deliveries.len(), 2);
    assert_eq!(
        (
            of(&message, 3).retrievals.len(),
            of(&message, 3).read_reports.len()
        ),
        (1, 1)
    );
    assert_eq!(of(&message, 2).state, State::Retrieved);
}

#[test]
fn what_a_phone_did_tells_which_report_is_about_it() {
    let mut life = announced(&[2, 3], &[2, 3]);
    life.extend([
        answer(5.0, 3, 0x82),
        report(6.0, 3, 0x82),
        fetch(7.0, 2),
        answer(8.0, 2, 0x81),
    ]);
    life.push(report(9.0, 2, 0x81));
    let message = only(play(life));
    assert_eq!(message.deliveries.len(), 2, "{:#?}", message.deliveries);
    assert_eq!(of(&message, 2).state, State::Reported);
    assert_eq!(
        (of(&message, 3).state, of(&message, 3).acknowledgements.len()),
        (State::Rejected, 1)
    );
    assert_eq!(message.outcome, Outcome::Partial);
    let guess = message.links.iter().find(|link| link.by == "course").unwrap();
    assert_eq!(
        (&*guess.join, guess.confidence),
        ("delivery-delivery_report", Confidence::Weak)
    );
}

#[test]
fn where_two_phones_fit_alike_reports_stay_apart_and_count_once() {
    let mut life = announced(&[2, 3], &[2, 3]);
    life.extend([
        fetch(10.0, 2),
        fetch(19.9, 3),
        report(20.0, 2, 0x81),
        report(50.0, 3, 0x81),
    ]);
    let message = only(play(life));
    assert_eq!(message.deliveries.len(), 4);
    assert_eq!(message.outcome, Outcome::Success);
}

#[test]
fn a_phone_that_waits_is_one_of_those_reported_expired() {
    let mut life = announced(&[2, 3], &[2, 3]);
    life.extend([
        answer(2.0, 2, 0x83),
        answer(2.0, 3, 0x83),
        report(9.0, 2, 0x80),
        report(9.1, 3, 0x80),
    ]);
    assert_eq!(only(play(life)).outcome, Outcome::Failure);
}

#[test]
fn a_report_and_a_phone_that_may_be_one_recipient_are_no_two() {
    let mut life = announced(&[2, 3, 4], &[2, 3]);
    life.extend([answer(2.0, 2, 0x82), answer(2.0, 3, 0x82), report(3.0, 2, 0x82)]);
    let message = only(play(life));
    assert_eq!(message.outcome, Outcome::Open, "of one of three nothing was seen");
}
