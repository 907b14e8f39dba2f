//! Each key of the ladder.

use crate::correlate::PduRecord;
use crate::correlate::message::{Confidence, Message, Outcome, State};
use crate::correlate::samples::*;
use crate::mms::PduType;
use crate::model::AnomalyKind;

fn link(message: &Message, join: &str) -> (String, Confidence) {
    let link = message.links.iter().find(|link| link.join == join);
    let link = link.unwrap_or_else(|| panic!("no {join} in {:#?}", message.links));
    (link.by.to_string(), link.confidence)
}

fn sent(at: f64, sender: u8, recipient: u8, subject: &str, id: &str) -> Exchange {
    let (from, to) = (number(sender), number(recipient));
    Exchange::post(
        at,
        phone(sender),
        send_req(subject, Some(&from), &[&to], subject, sender),
    )
    .answered(at + 0.5, 200, Some(send_conf(subject, 0x80, Some(id))))
}

#[test]
fn all_legs_of_one_message_by_their_ids() {
    let message = only(play(happy_life(0.0, 1, 2, "a")));
    assert_eq!(
        (message.state, message.outcome),
        (State::Reported, Outcome::Success)
    );
    assert_eq!(message.message_id.as_deref(), Some("a@mmsc"));
    assert_eq!(
        link(&message, "notification-retrieval"),
        ("content_location".into(), Confidence::Exact)
    );
    assert_eq!(
        link(&message, "notification-acknowledgement"),
        ("transaction_id".into(), Confidence::Exact)
    );
    assert_eq!(
        link(&message, "submission-delivery"),
        ("message_id".into(), Confidence::Exact)
    );
    let by_id = message.links.iter().find(|link| link.by == "message_id").unwrap();
    assert_eq!(
        by_id.detail.to_string(),
        "joined by message id a@mmsc, frames 2 and 10"
    );
}

#[test]
fn a_report_before_its_submission_still_joins() {
    let mut life = happy_life(100.0, 1, 2, "a");
    let report = life.remove(4).later(-103.0).in_capture(1);
    life.insert(0, report);
    let message = only(play(life));
    assert_eq!(message.state, State::Reported);
    assert!(message.submission.is_some());
}

#[test]
fn by_digest_where_the_id_is_hidden() {
    let mut life = happy_life(0.0, 1, 2, "a");
    life.truncate(2);
    let hidden = retrieve_conf(None, None, &[], 1);
    life.push(Exchange::get(2.0, phone(2), "http://mmsc.example/mm/a").answered(2.5, 200, Some(hidden)));
    life[1] = Exchange::push(
        1.0,
        phone(2),
        notification("na", "http://mmsc.example/mm/a", None, "a"),
    );
    let message = only(play(life));
    assert_eq!(
        link(&message, "submission-delivery"),
        ("digest".into(), Confidence::Strong)
    );
    assert_eq!(
        message.deliveries[0].recipient.as_deref(),
        Some(number(2).as_str())
    );
}

#[test]
fn by_likeness_where_nothing_is_fetched() {
    let mut life = happy_life(0.0, 1, 2, "a");
    life.truncate(2);
    life.push(sent(0.2, 1, 3, "other", "o@mmsc"));
    let played = play(life);
    assert_eq!(played.messages.len(), 2);
    let joined = played.messages.iter().find(|m| !m.deliveries.is_empty()).unwrap();
    let by = "sender_subject_size_recipient".to_owned();
    assert_eq!(link(joined, "submission-delivery"), (by, Confidence::Weak));
    assert_eq!(joined.message_id.as_deref(), Some("a@mmsc"));
}

#[test]
fn likeness_needs_sender_subject_size_and_recipient() {
    let to = number(2);
    let push = |pdu: PduRecord<'static>| Exchange::sms(1.0, &to, pdu);
    let like = || notification("n", "http://mmsc.example/mm/1", Some(&number(1)), "s");
    let joined = |exchange| play(vec![sent(0.0, 1, 2, "s", "m"), exchange]).messages.len() == 1;
    assert!(joined(push(like())));
    assert!(!joined(push(PduRecord {
        subject: Some("t".into()),
        ..like()
    })));
    assert!(!joined(push(PduRecord {
        message_size: Some(999),
        ..like()
    })));
    assert!(!joined(push(PduRecord {
        message_size: Some(2025),
        ..like()
    })));
    assert!(!joined(push(notification(
        "n",
        "http://mmsc.example/mm/1",
        Some(&number(9)),
        "s"
    ))));
    assert!(!joined(Exchange::sms(1.0, &number(9), like())));
    assert!(
        !joined(Exchange::sms(-1.0, &to, like())),
        "an effect before its cause, on one clock"
    );
}

#[test]
fn a_hidden_senders_notification_joins_by_recipient_subject_and_size() {
    let to = number(2);
    let hidden = |subject| notification("n", "http://mmsc.example/mm/1", None, subject);
    let joined = |exchange| play(vec![sent(0.0, 1, 2, "s", "m"), exchange]).messages.len() == 1;
    assert!(joined(Exchange::sms(1.0, &to, hidden("s"))));
    assert!(!joined(Exchange::sms(1.0, &number(3), hidden("s"))));
    assert!(!joined(Exchange::sms(1.0, &to, hidden("t"))));
    assert!(
        !joined(Exchange::push(1.0, phone(2), hidden("s"))),
        "nothing says for whom it is"
    );
}

#[test]
fn the_frame_of_a_joined_submission_is_that_of_the_try_that_was_taken() {
    let mut life = happy_life(10.0, 1, 2, "a");
    life.insert(
        0,
        Exchange::post(
            0.0,
            phone(1),
            send_req("a", Some(&number(1)), &[&number(2)], "a", 1),
        )
        .answered(0.5, 503, None),
    );
    let message = only(play(life));
    assert_eq!(message.submission.as_ref().unwrap().tries, 2);
    let by_id = message.links.iter().find(|link| link.by == "message_id").unwrap();
    assert_eq!(
        by_id.detail.to_string(),
        "joined by message id a@mmsc, frames 6 and 14"
    );
}

#[test]
fn two_messages_that_fit_equally_well_are_left_apart() {
    let life = vec![
        sent(0.0, 1, 2, "again", "m1"),
        Exchange::post(
            1.0,
            phone(1),
            PduRecord {
                transaction_id: Some("another".into()),
                ..send_req("again", Some(&number(1)), &[&number(2)], "again", 1)
            },
        )
        .answered(1.5, 200, Some(send_conf("another", 0x80, Some("m2")))),
        Exchange::push(
            3.0,
            phone(2),
            notification("n1", "http://mmsc.example/mm/1", Some(&number(1)), "again"),
        ),
        Exchange::push(
            3.5,
            phone(2),
            notification("n2", "http://mmsc.example/mm/2", Some(&number(1)), "again"),
        ),
    ];
    let played = play(life);
    assert_eq!(played.messages.len(), 4);
    assert_eq!(played.anomalies.count(AnomalyKind::AmbiguousJoin), 2);
    let (_, entry) = played
        .anomalies
        .iter()
        .find(|(kind, _)| *kind == AnomalyKind::AmbiguousJoin)
        .unwrap();
    assert!(entry.detail.contains("frames 5 and 1"), "{}", entry.detail);
}

#[test]
fn equal_messages_one_after_the_other_join_each_its_own() {
    let first = happy_life(0.0, 1, 2, "x").into_iter().take(2);
    let second = happy_life(600.0, 1, 2, "x").into_iter().take(2);
    let mut life: Vec<_> = first.chain(second).collect();
    for (exchange, id) in life.iter_mut().zip(["m1", "", "m2", ""]) {
        if !id.is_empty() {
            *exchange = exchange.clone().answered(
                if id == "m1" { 0.5 } else { 600.5 },
                200,
                Some(send_conf("x", 0x80, Some(id))),
            );
        }
    }
    life[3] = Exchange::push(
        601.0,
        phone(2),
        notification("n9", "http://mmsc.example/mm/9", Some(&number(1)), "x"),
    );
    let played = play(life);
    assert_eq!(played.messages.len(), 2);
    assert!(
        played
            .messages
            .iter()
            .all(|m| m.submission.is_some() && m.deliveries.len() == 1)
    );
}

#[test]
fn behind_a_proxy_path_and_query_join_with_a_proof_of_the_mmsc() {
    let announced = || {
        Exchange::push(
            1.0,
            phone(2),
            notification("n1", "http://mmsc.example/mm?id=%31", None, "a"),
        )
    };
    let conf = PduRecord {
        transaction_id: Some("n1".into()),
        ..retrieve_conf(Some("m"), None, &[&number(2)], 1)
    };
    let fetch = Exchange::get(2.0, phone(7), "http://10.9.9.9/mm?id=1").answered(2.5, 200, Some(conf));
    let message = only(play(vec![announced(), fetch]));
    assert_eq!(
        link(&message, "notification-retrieval"),
        ("content_location_path".into(), Confidence::Exact)
    );
    let unmatched = Exchange::get(2.0, phone(7), "http://web.example/mm?id=1").answered(2.5, 404, None);
    let message = only(play(vec![announced(), unmatched]));
    assert_eq!(message.state, State::Notified);
}

#[test]
fn web_traffic_is_none_of_ours_unless_it_is_announced_or_mms() {
    let get = |at, url: &str| Exchange::get(at, phone(2), url).answered(at + 0.1, 404, None);
    assert!(
        play(vec![
            get(1.0, "http://web.example/"),
            get(2.0, "http://mmsc.example/mm/1")
        ])
        .messages
        .is_empty()
    );
    let late = Exchange::push(
        0.5,
        phone(2),
        notification("n1", "http://mmsc.example/mm/1", None, "a"),
    );
    let message = only(play(vec![get(1.0, "http://mmsc.example/mm/1"), late]));
    assert_eq!(message.state, State::Failed);
}

#[test]
fn a_forwarded_message_that_keeps_its_origins_id_is_another_message() {
    let mut life = happy_life(0.0, 1, 2, "a");
    let url = "http://mmsc.example/mm/fwd";
    let fetched = retrieve_conf(Some("a@mmsc"), Some(&number(2)), &[&number(3)], 1);
    life.push(Exchange::push(
        10.0,
        phone(3),
        notification("nf", url, Some(&number(2)), "a"),
    ));
    life.push(Exchange::get(11.0, phone(3), url).answered(11.5, 200, Some(fetched)));
    let mut report = delivery_ind("a@mmsc", &number(2), 0x82);
    report.from = crate::correlate::record::pdu::Sender::Address(number(3).into());
    life.push(Exchange::sms(12.0, &number(2), report));
    let played = play(life);
    let states: Vec<_> = played
        .messages
        .iter()
        .map(|m| (m.from.clone().unwrap(), m.state))
        .collect();
    assert_eq!(
        states,
        [(number(1), State::Reported), (number(2), State::Retrieved)]
    );
    assert_eq!(played.messages[1].deliveries[0].delivery_reports.len(), 1);
}

#[test]
fn an_answer_with_another_transaction_id_is_an_anomaly_and_still_the_answer() {
    let life = vec![
        Exchange::post(1.0, phone(1), send_req("asked", None, &[&number(2)], "s", 1)).answered(
            1.5,
            200,
            Some(send_conf("answered", 0x80, Some("m1"))),
        ),
    ];
    let played = play(life);
    assert_eq!(played.anomalies.count(AnomalyKind::TransactionIdMismatch), 1);
    assert_eq!(only(played).state, State::Submitted);
}

#[test]
fn an_answer_without_its_request_joins_what_the_phone_was_told_of() {
    let conf = || PduRecord {
        subject: Some("s".into()),
        ..retrieve_conf(Some("m"), Some(&number(1)), &[&number(2)], 1)
    };
    let push = || {
        Exchange::push(
            1.0,
            phone(2),
            notification("n", "http://mmsc.example/mm/1", Some(&number(1)), "s"),
        )
    };
    let answer = |conf: PduRecord<'static>| {
        Exchange::get(2.0, phone(2), "http://mmsc.example/mm/1")
            .answered(2.5, 200, Some(conf))
            .without_request()
    };
    let message = only(play(vec![push(), answer(conf())]));
    assert_eq!(message.state, State::Retrieved);
    let likeness = ("sender_subject_size_recipient".to_owned(), Confidence::Weak);
    assert_eq!(link(&message, "notification-retrieval"), likeness);
    let with_id = PduRecord {
        transaction_id: Some("n".into()),
        ..conf()
    };
    let message = only(play(vec![push(), answer(with_id)]));
    assert_eq!(
        link(&message, "notification-retrieval"),
        ("transaction_id".to_owned(), Confidence::Exact)
    );
    let other = PduRecord {
        subject: Some("t".into()),
        ..conf()
    };
    assert_eq!(play(vec![push(), answer(other)]).messages.len(), 2);
}

#[test]
fn a_forwarded_message_is_found_by_the_content_of_its_origin() {
    let mut life = happy_life(0.0, 1, 2, "a");
    let forward = PduRecord {
        message_type: PduType::FORWARD_REQ,
        content_locations: vec!["http://mmsc.example/mm/a".into()],
        subject: None,
        parts: Vec::new(),
        body_size: None,
        ..send_req("f", Some(&number(2)), &[&number(3)], "", 1)
    };
    let conf = PduRecord {
        message_type: PduType::FORWARD_CONF,
        ..send_conf("f", 0x80, Some("f@mmsc"))
    };
    let url = "http://mmsc.example/mm/f";
    let fetched = retrieve_conf(Some("a@mmsc"), Some(&number(2)), &[&number(3)], 1);
    life.push(Exchange::post(10.0, phone(2), forward).answered(10.5, 200, Some(conf)));
    life.push(Exchange::push(
        11.0,
        phone(3),
        notification("nf", url, Some(&number(2)), "a"),
    ));
    life.push(Exchange::get(12.0, phone(3), url).answered(12.5, 200, Some(fetched)));
    let played = play(life);
    assert_eq!(played.messages.len(), 2);
    let forwarded = &played.messages[1];
    assert_eq!(
        (forwarded.state, forwarded.outcome),
        (State::Retrieved, Outcome::Success)
    );
    assert_eq!(forwarded.message_id.as_deref(), Some("f@mmsc"));
    assert_eq!(link(forwarded, "submission-delivery").0, "digest");
    assert!(
        played.messages[0]
            .links
            .iter()
            .any(|link| link.join == "origin-forwarded")
    );
}

/// What is forwarded may still list those it was first sent to: then the number that was pushed to tells whose it is.
#[test]
fn a_forwarded_message_is_for_the_number_that_it_was_pushed_to() {
    let forward = |to: u8| {
        let forward = PduRecord {
            message_type: PduType::FORWARD_REQ,
            content_locations: vec!["http://mmsc.example/mm/a".into()],
            subject: None,
            parts: Vec::new(),
            body_size: None,
            ..send_req("f", Some(&number(2)), &[&number(to)], "", 1)
        };
        let conf = PduRecord {
            message_type: PduType::FORWARD_CONF,
            ..send_conf("f", 0x80, Some("f@mmsc"))
        };
        let url = "http://mmsc.example/mm/f";
        let fetched = retrieve_conf(None, Some(&number(2)), &[&number(2)], 1);
        let mut life = happy_life(0.0, 1, 2, "a");
        life.push(Exchange::post(10.0, phone(2), forward).answered(10.5, 200, Some(conf)));
        let pushed = notification("nf", url, Some(&number(2)), "a");
        life.push(Exchange::sms(11.0, &number(3), pushed));
        life.push(Exchange::get(12.0, phone(3), url).answered(12.5, 200, Some(fetched)));
        play(life).messages
    };
    let messages = forward(3);
    assert_eq!(messages.len(), 2);
    assert_eq!(link(&messages[1], "submission-delivery").0, "digest");
    assert_eq!(forward(4).len(), 3, "another number's");
}

#[test]
fn one_senders_thousand_messages_do_not_hide_each_other() {
    let mut life = Vec::new();
    for n in 0..200u8 {
        let to = number(n);
        let at = f64::from(n) * 0.01;
        let sent = send_req(&format!("t{n}"), Some("111"), &[&to], "news", 1);
        let conf = send_conf(&format!("t{n}"), 0x80, Some(&format!("m{n}")));
        life.push(Exchange::post(at, phone(250), sent).answered(at + 0.5, 200, Some(conf)));
        let url = format!("http://mmsc.example/mm/{n}");
        life.push(Exchange::sms(
            at + 60.0,
            &to,
            notification(&format!("n{n}"), &url, Some("111"), "news"),
        ));
    }
    let played = play(life);
    assert_eq!(played.messages.len(), 200);
    assert!(
        played
            .messages
            .iter()
            .all(|message| message.state == State::Notified)
    );
}

#[test]
fn a_phone_is_known_by_its_number_from_an_earlier_message() {
    let url = |name: &str| format!("http://mmsc.example/mm/{name}");
    let announce = |at, to: u8, id: &str, name: &str| {
        Exchange::sms(
            at,
            &number(to),
            notification(id, &url(name), Some(&number(1)), name),
        )
    };
    let fetch = |at, to: u8, name: &str| {
        Exchange::get(at, phone(to), &url(name)).answered(
            at + 0.1,
            200,
            Some(retrieve_conf(None, None, &[], to)),
        )
    };
    let answer = |at, to, id, status| {
        Exchange::post(at, phone(to), notifyresp(id, status)).answered(at + 0.1, 200, None)
    };
    let life = vec![
        announce(0.0, 2, "a", "a"),
        fetch(1.0, 2, "a"),
        announce(2.0, 3, "b", "b"),
        fetch(3.0, 3, "b"),
        announce(100.0, 2, "same", "c"),
        announce(100.1, 3, "same", "d"),
        answer(101.0, 3, "same", 0x82),
        answer(101.1, 2, "same", 0x83),
    ];
    let played = play(life);
    let states: Vec<_> = played.messages.iter().map(|m| m.state).collect();
    assert_eq!(
        states,
        [
            State::Retrieved,
            State::Retrieved,
            State::Deferred,
            State::Rejected
        ]
    );
    assert_eq!(played.anomalies.count(AnomalyKind::AmbiguousJoin), 0);
}

#[test]
fn a_short_message_in_sip_goes_to_the_phone_that_answers_it() {
    let push = |at, to: u8, subject: &str| {
        let pdu = notification("same", &format!("http://mmsc.example/mm/{to}"), None, subject);
        Exchange::sms(at, &number(to), pdu).over(crate::session::Bearer::Sip, MMSC, phone(to))
    };
    let answer = |at, to, status| {
        Exchange::post(at, phone(to), notifyresp("same", status)).answered(at + 0.1, 200, None)
    };
    let played = play(vec![
        push(0.0, 2, "a"),
        push(0.1, 3, "b"),
        answer(2.0, 3, 0x82),
        answer(2.1, 2, 0x83),
    ]);
    let states: Vec<_> = played.messages.iter().map(|m| m.state).collect();
    assert_eq!(states, [State::Deferred, State::Rejected]);
}
