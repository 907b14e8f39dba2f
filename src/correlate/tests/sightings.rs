//! One PDU seen more than once: re-sends, hops, recipients, evidence.

use crate::correlate::PduRecord;
use crate::correlate::message::{EventFacts, Evidence, Outcome, State};
use crate::correlate::record::pdu::Sender;
use crate::correlate::samples::*;
use crate::mms::PduType;
use crate::model::Endpoint;
use crate::session::{AnswerVisibility, Bearer, BodyEnd, EndReason};

const URL: &str = "http://mmsc.example/mm/1";

#[test]
fn notifications_and_reports_sent_again_are_copies() {
    let mut life = happy_life(0.0, 1, 2, "a");
    life.push(life[1].clone().later(20.0));
    life.push(life[1].clone().later(40.0));
    life.push(life[4].clone().later(60.0));
    let message = only(play(life));
    let delivery = &message.deliveries[0];
    assert_eq!(delivery.notifications.len(), 1);
    assert_eq!(delivery.notifications[0].copies, 3);
    assert_eq!(delivery.delivery_reports[0].copies, 2);
    assert_eq!(message.state, State::Reported);
}

#[test]
fn a_good_end_told_anew_is_a_copy_and_news_is_not() {
    let report = |at, status, dated: f64| {
        let told = delivery_ind("a@mmsc", &number(2), status);
        Exchange::push(at, phone(1), told).asking(|pdu| pdu.date = Some(time(dated)))
    };
    for (status, shown) in [(0x86, vec![2]), (0x81, vec![2]), (0x83, vec![1, 1])] {
        let mut life = happy_life(0.0, 1, 2, "a");
        life.truncate(1);
        life.push(report(4.0, status, 3.0));
        life.push(report(12.0, status, 11.0));
        let message = only(play(life));
        let reports = &message.deliveries[0].delivery_reports;
        let copies: Vec<u32> = reports.iter().map(|report| report.copies).collect();
        assert_eq!(copies, shown, "status {status:#x}");
    }
}

#[test]
fn the_call_of_an_sms_gateway_is_a_hop_of_a_notification_and_of_no_report() {
    let gateway = Endpoint::new(std::net::Ipv4Addr::new(198, 51, 100, 253).into(), 13_013);
    let called = |sms: Exchange| sms.over(Bearer::Http, MMSC, gateway).later(-0.001);
    let mut life = happy_life(0.0, 1, 2, "a");
    let told = notification("na", "http://mmsc.example/mm/a", Some(&number(1)), "a");
    let notified = Exchange::sms(1.0, &number(2), told);
    life[1] = notified.clone();
    life.push(called(notified));
    let reported = Exchange::sms(4.0, &number(1), delivery_ind("a@mmsc", &number(2), 0x81));
    life[4] = reported.clone();
    life.push(called(reported));
    let message = only(play(life));
    let delivery = &message.deliveries[0];
    let hops: Vec<_> = delivery.notifications.iter().map(|one| one.hops.len()).collect();
    assert_eq!(hops, [1]);
    let reports: Vec<_> = delivery
        .delivery_reports
        .iter()
        .map(|one| (one.seen.bearer, one.hops.len()))
        .collect();
    assert_eq!(reports, [(Bearer::Smpp, 0)]);
}

#[test]
fn a_gateway_passes_one_leg_on() {
    let gateway = phone(200);
    let sent = || send_req("t", None, &[&number(2)], "s", 1);
    let conf = || Some(send_conf("t", 0x80, Some("m")));
    let near = Exchange::post(1.0, phone(1), sent())
        .answered(1.5, 200, conf())
        .over(Bearer::Wtp, phone(1), gateway);
    let far = Exchange::post(1.1, gateway, sent())
        .answered(1.4, 200, conf())
        .stamped(&number(1))
        .relayed();
    for life in [
        vec![near.clone(), far.clone()],
        vec![far.clone().in_capture(1).later(-0.5), near.clone()],
    ] {
        let message = only(play(life));
        let submission = message.submission.unwrap();
        assert_eq!(submission.request.unwrap().bearer, Bearer::Wtp);
        assert_eq!(submission.response.unwrap().dst, phone(1));
        assert_eq!((submission.hops.len(), submission.tries), (1, 1));
        assert_eq!(message.from.as_deref(), Some(number(1).as_str()));
    }
}

#[test]
fn a_fetch_through_a_gateway_is_one_retrieval() {
    let gateway = phone(200);
    let conf = || Some(retrieve_conf(Some("m"), None, &[&number(2)], 1));
    let message = only(play(vec![
        Exchange::sms(1.0, &number(2), notification("n", URL, None, "s")),
        Exchange::get(2.0, phone(2), URL)
            .answered(2.9, 200, conf())
            .over(Bearer::Wsp, phone(2), gateway),
        Exchange::get(2.1, gateway, URL).answered(2.8, 200, conf()),
        Exchange::post(3.0, phone(2), notifyresp("n", 0x81))
            .answered(3.9, 200, None)
            .over(Bearer::Wsp, phone(2), gateway),
        Exchange::post(3.1, gateway, notifyresp("n", 0x81)).answered(3.8, 200, None),
    ]));
    let delivery = &message.deliveries[0];
    assert_eq!(
        (delivery.retrievals.len(), delivery.retrievals[0].hops.len()),
        (1, 1)
    );
    assert_eq!(
        (
            delivery.acknowledgements.len(),
            delivery.acknowledgements[0].hops.len()
        ),
        (1, 1)
    );
    assert_eq!(delivery.retrievals[0].request.as_ref().unwrap().src, phone(2));
}

#[test]
fn a_second_fetch_is_a_retrieval_of_its_own() {
    let conf = || Some(retrieve_conf(Some("m"), None, &[&number(2)], 1));
    let message = only(play(vec![
        Exchange::sms(1.0, &number(2), notification("n", URL, None, "s")),
        Exchange::get(2.0, phone(2), URL).answered(2.5, 200, conf()),
        Exchange::get(3.0, phone(2), URL).answered(3.5, 200, conf()),
    ]));
    assert_eq!(message.deliveries.len(), 1);
    assert_eq!(message.deliveries[0].retrievals.len(), 2);
}

#[test]
fn the_same_id_and_content_after_an_accepted_message_is_another_message() {
    let sent = |at: f64, id: &str| {
        Exchange::post(at, phone(1), send_req("constant", None, &[&number(2)], "s", 1)).answered(
            at + 0.5,
            200,
            Some(send_conf("constant", 0x80, Some(id))),
        )
    };
    assert_eq!(play(vec![sent(1.0, "m1"), sent(20.0, "m2")]).messages.len(), 2);
    let message = only(play(vec![sent(1.0, "m1"), sent(20.0, "m1")]));
    assert_eq!(message.submission.unwrap().tries, 2);
}

#[test]
fn one_recipient_notified_under_new_ids_is_one_delivery() {
    let mut life = happy_life(0.0, 1, 2, "a");
    life[1] = Exchange::sms(
        1.0,
        &number(2),
        notification("na", "http://mmsc.example/mm/a", Some(&number(1)), "a"),
    );
    life.push(Exchange::sms(
        9.0,
        &number(2),
        notification("nb", "http://mmsc.example/mm/b", Some(&number(1)), "a"),
    ));
    let message = only(play(life));
    assert_eq!(message.deliveries.len(), 1);
    assert_eq!(message.deliveries[0].notifications.len(), 2);
}

#[test]
fn several_recipients_each_have_their_delivery() {
    let to = [number(2), number(3)];
    let mut sent = send_req("t", Some(&number(1)), &[&to[0]], "s", 1);
    sent.cc = vec![to[1].clone().into()];
    sent.bcc = vec![number(4).into()];
    let fetch = |at: f64, n: u8| {
        let conf = PduRecord {
            cc: vec![to[1].clone().into()],
            ..retrieve_conf(Some("m"), Some(&number(1)), &[&to[0]], 1)
        };
        Exchange::get(at, phone(n), &format!("{URL}{n}")).answered(at + 0.5, 200, Some(conf))
    };
    let push = |n: u8| {
        Exchange::sms(
            2.0,
            &number(n),
            notification(&format!("n{n}"), &format!("{URL}{n}"), Some(&number(1)), "s"),
        )
    };
    let live = |n: u8, status| PduRecord {
        from: Sender::Address(number(n).into()),
        to: vec![number(1).into()],
        ..delivery_ind("m", &number(1), status)
    };
    let message = only(play(vec![
        Exchange::post(1.0, phone(1), sent).answered(1.5, 200, Some(send_conf("t", 0x80, Some("m")))),
        push(2),
        push(3),
        push(4),
        fetch(3.0, 2),
        fetch(3.1, 3),
        Exchange::post(4.0, phone(4), notifyresp("n4", 0x82)).answered(4.1, 200, None),
        Exchange::sms(5.0, &number(1), live(2, 0x81)),
        Exchange::sms(5.1, &number(1), live(4, 0x82)),
    ]));
    let found: Vec<_> = message
        .deliveries
        .iter()
        .map(|d| (d.recipient.clone().unwrap(), d.state))
        .collect();
    let expected = [
        (number(2), State::Reported),
        (number(3), State::Retrieved),
        (number(4), State::Rejected),
    ];
    assert_eq!(found, expected);
    assert_eq!(message.outcome, Outcome::Partial);
}

#[test]
fn a_number_that_a_proxy_stamps_on_everybody_names_nobody_else() {
    let mut life = happy_life(0.0, 1, 2, "a");
    life = life
        .into_iter()
        .map(|exchange| exchange.stamped(&number(99)))
        .collect();
    let message = only(play(life));
    assert_eq!(message.from.as_deref(), Some(number(1).as_str()));
    assert_eq!(
        message.deliveries[0].recipient.as_deref(),
        Some(number(2).as_str())
    );
}

#[test]
fn a_lone_report_names_recipient_and_sender_as_far_as_it_can() {
    let lone = |exchange| {
        let message = only(play(vec![exchange]));
        (message.from.clone(), message.deliveries[0].recipient.clone())
    };
    let oma = delivery_ind("m", &number(2), 0x81);
    assert_eq!(lone(Exchange::push(1.0, phone(1), oma)), (None, Some(number(2))));
    let live = PduRecord {
        from: Sender::Address(number(2).into()),
        ..delivery_ind("m", &number(1), 0x81)
    };
    assert_eq!(
        lone(Exchange::sms(1.0, &number(1), live)),
        (Some(number(1)), Some(number(2)))
    );
    let read = read_report(PduType::READ_ORIG_IND, "m", &number(2), &number(1), 0x80);
    assert_eq!(
        lone(Exchange::push(1.0, phone(1), read)),
        (Some(number(1)), Some(number(2)))
    );
}

#[test]
fn evidence_is_the_worst_of_the_legs() {
    let life = happy_life(0.0, 1, 2, "a");
    assert_eq!(only(play(life.clone())).evidence, Evidence::Complete);
    let conf = || Some(retrieve_conf(Some("a@mmsc"), None, &[&number(2)], 1));
    let with = |exchange: Exchange| {
        let mut life = life.clone();
        life[2] = exchange;
        only(play(life)).evidence
    };
    let get = || Exchange::get(2.0, phone(2), "http://mmsc.example/mm/a");
    assert_eq!(
        with(get().answered(2.5, 200, conf()).answer_end(BodyEnd::Hole)),
        Evidence::Gap
    );
    assert_eq!(
        with(get().answered(2.5, 200, conf()).without_request()),
        Evidence::OneSided
    );
    assert_eq!(
        with(get().ended(2.0, EndReason::CaptureEnd, VISIBLE)),
        Evidence::Cut
    );
    assert_eq!(
        with(get().ended(2.0, EndReason::CaptureEnd, AnswerVisibility::NotCaptured)),
        Evidence::OneSided
    );
}

#[test]
fn every_pdu_and_every_answer_is_an_event_in_time_order() {
    let message = only(play(happy_life(0.0, 1, 2, "a")));
    let events: Vec<_> = message
        .events
        .iter()
        .map(|e| e.facts.pdu().and_then(PduType::name))
        .collect();
    let expected = [
        Some("m-send-req"),
        Some("m-send-conf"),
        Some("m-notification-ind"),
        None,
        Some("m-retrieve-conf"),
        Some("m-notifyresp-ind"),
        None,
        Some("m-delivery-ind"),
    ];
    assert_eq!(events, expected);
    let url = Some("http://mmsc.example/mm/a".to_owned());
    assert_eq!(message.events[3].facts, EventFacts::Get { url });
    assert!(message.events.is_sorted_by_key(|event| event.seen.last()));
}

#[test]
fn two_phones_that_say_the_same_to_two_servers_are_no_hops() {
    let other = crate::model::Endpoint::new("203.0.113.10".parse().unwrap(), 80);
    let ack = |n: u8| Exchange::post(2.0, phone(n), notifyresp("same", 0x82));
    let played = play(vec![
        Exchange::push(
            1.0,
            phone(2),
            notification("same", "http://mmsc.example/mm/2", None, "a"),
        ),
        Exchange::push(
            1.0,
            phone(3),
            notification("same", "http://mmsc.example/mm/3", None, "b"),
        ),
        ack(2).answered(2.9, 200, None),
        ack(3)
            .over(Bearer::Http, phone(3), other)
            .later(0.1)
            .answered(2.8, 200, None),
    ]);
    assert_eq!(played.messages.len(), 2);
    assert!(
        played
            .messages
            .iter()
            .all(|message| message.state == State::Rejected)
    );
}

/// Nothing but the clocks of two probes makes the second sighting late. What one probe sees a minute and a half later on
/// another bearer was sent again, to whom nothing tells.
#[test]
fn a_push_on_two_bearers_is_one_where_two_probes_saw_it() {
    let pdu = || notification("n", URL, None, "s");
    let messages = |push: Exchange| play(vec![Exchange::sms(0.0, &number(2), pdu()), push]).messages;
    let late = || Exchange::push(90.0, phone(2), pdu());
    let on_two_probes = messages(late().in_capture(1));
    let [message] = on_two_probes.as_slice() else {
        panic!("{on_two_probes:#?}")
    };
    assert_eq!(message.deliveries[0].notifications[0].hops.len(), 1);
    assert_eq!(messages(late()).len(), 2);
    let later_still = Exchange::push(151.0, phone(2), pdu()).in_capture(1);
    assert_eq!(messages(later_still).len(), 2);
}

/// A probe may rotate its file between two fetches of one phone.
#[test]
fn a_fetch_of_the_next_file_is_a_hop_only_inside_the_one_before() {
    let conf = || Some(retrieve_conf(Some("m"), None, &[&number(2)], 1));
    let other_port = Endpoint::new(phone(2).address, 41_000);
    let retrievals = |at: f64, answered: f64| {
        let again = Exchange::get(at, other_port, URL).answered(answered, 200, conf());
        let message = only(play(vec![
            Exchange::sms(1.0, &number(2), notification("n", URL, None, "s")),
            Exchange::get(2.0, phone(2), URL).answered(2.3, 200, conf()),
            again.in_capture(1),
        ]));
        let retrievals = message.deliveries[0].retrievals.iter();
        retrievals
            .map(|retrieval| retrieval.hops.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(retrievals(2.1, 2.2), [1]);
    assert_eq!(retrievals(2.4, 2.5), [0, 0]);
}
