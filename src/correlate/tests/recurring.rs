//! Identifiers and places that recur, and must not join what does not belong together.

use crate::correlate::message::State;
use crate::correlate::samples::*;

#[test]
fn one_transaction_id_at_two_phones_is_two_messages() {
    let url = |n: u8| format!("http://mmsc.example/mm/{n}");
    let life = vec![
        Exchange::push(1.0, phone(2), notification("same", &url(2), None, "a")),
        Exchange::push(1.1, phone(3), notification("same", &url(3), None, "b")),
        Exchange::post(2.0, phone(3), notifyresp("same", 0x82)).answered(2.1, 200, None),
        Exchange::post(2.2, phone(2), notifyresp("same", 0x83)).answered(2.3, 200, None),
    ];
    let played = play(life);
    let states: Vec<_> = played
        .messages
        .iter()
        .map(|m| (m.subject.clone().unwrap(), m.state))
        .collect();
    assert_eq!(
        states,
        [
            ("a".to_owned(), State::Deferred),
            ("b".to_owned(), State::Rejected)
        ]
    );
}

#[test]
fn a_transaction_id_that_is_reused_later_joins_the_nearest() {
    let url = |n: u8| format!("http://mmsc.example/mm/{n}");
    let answer =
        |at, status| Exchange::post(at, phone(2), notifyresp("same", status)).answered(at + 0.1, 200, None);
    let life = vec![
        Exchange::push(1.0, phone(2), notification("same", &url(1), None, "a")),
        answer(2.0, 0x82),
        Exchange::push(1800.0, phone(2), notification("same", &url(2), None, "b")),
        answer(1801.0, 0x84),
    ];
    let played = play(life);
    let states: Vec<_> = played.messages.iter().map(|m| m.state).collect();
    assert_eq!(states, [State::Rejected, State::Unrecognised]);
}

#[test]
fn a_reassigned_address_does_not_mix_two_phones() {
    let url = |n: u8| format!("http://mmsc.example/mm/{n}");
    let conf = retrieve_conf(Some("m"), None, &[&number(3)], 1);
    let life = vec![
        Exchange::sms(0.0, &number(2), notification("same", &url(1), None, "a")),
        Exchange::post(0.1, phone(9), notifyresp("same", 0x83)).answered(0.2, 200, None),
        Exchange::sms(900.0, &number(3), notification("same", &url(2), None, "b")),
        Exchange::get(900.1, phone(9), &url(2)).answered(900.4, 200, Some(conf)),
        Exchange::post(900.5, phone(9), notifyresp("same", 0x81)).answered(900.6, 200, None),
    ];
    let played = play(life);
    let states: Vec<_> = played.messages.iter().map(|m| m.state).collect();
    assert_eq!(states, [State::Deferred, State::Acknowledged]);
}

#[test]
fn one_path_at_two_hosts_is_two_messages() {
    let life = vec![
        Exchange::push(
            1.0,
            phone(2),
            notification("n1", "http://a.example/mm/1", None, "a"),
        ),
        Exchange::push(
            1.1,
            phone(3),
            notification("n2", "http://b.example/mm/1", None, "b"),
        ),
        Exchange::get(2.0, phone(3), "http://b.example/mm/1").answered(2.5, 404, None),
    ];
    let states: Vec<_> = play(life).messages.iter().map(|m| m.state).collect();
    assert_eq!(states, [State::Notified, State::Failed]);
}

#[test]
fn a_recurring_location_is_fetched_from_its_latest_announcement() {
    let url = "http://mmsc.example/mm/1";
    let announce =
        |at, subject| Exchange::sms(at, &number(2), notification("n", url, Some(&number(1)), subject));
    let fetch = |at| {
        Exchange::get(at, phone(2), url).answered(at + 0.1, 200, Some(retrieve_conf(None, None, &[], 2)))
    };
    let played = play(vec![
        announce(0.0, "a"),
        fetch(1.0),
        announce(7200.0, "b"),
        fetch(7201.0),
    ]);
    let fetched: Vec<_> = played
        .messages
        .iter()
        .map(|m| m.deliveries[0].retrievals.len())
        .collect();
    assert_eq!(fetched, [1, 1]);
}

#[test]
fn a_phone_that_defers_and_fetches_later_answers_the_latest_notification() {
    let url = |name: &str| format!("http://mmsc.example/mm/{name}");
    let announce = |at, name: &str| {
        let pdu = notification("always", &url(name), Some(&number(1)), name);
        Exchange::push(at, phone(2), pdu)
    };
    let fetched = retrieve_conf(Some("b@mmsc"), Some(&number(1)), &[&number(2)], 2);
    let played = play(vec![
        announce(0.0, "a"),
        announce(800.0, "b"),
        Exchange::post(804.0, phone(2), notifyresp("always", 0x83)).answered(804.1, 200, None),
        Exchange::get(820.0, phone(2), &url("b")).answered(820.2, 200, Some(fetched)),
    ]);
    let answers: Vec<_> = played
        .messages
        .iter()
        .map(|m| m.deliveries[0].acknowledgements.len())
        .collect();
    assert_eq!(answers, [0, 1]);
}

#[test]
fn one_transaction_id_of_two_mmscs_is_answered_to_each() {
    let announce = |at, mmsc: &str| {
        let pdu = notification("77", &format!("http://{mmsc}/mm/1"), Some(&number(1)), mmsc);
        Exchange::sms(at, &number(2), pdu)
    };
    let answer = |at, mmsc: &str, status| {
        let post = Exchange::post(at, phone(2), notifyresp("77", status)).answered(at + 0.1, 200, None);
        post.at_host(mmsc)
    };
    let played = play(vec![
        announce(0.0, "one.example"),
        announce(0.5, "two.example"),
        answer(1.0, "two.example", 0x83),
        answer(1.5, "one.example", 0x82),
    ]);
    let states: Vec<_> = played.messages.iter().map(|m| m.state).collect();
    assert_eq!(states, [State::Rejected, State::Deferred]);
}
