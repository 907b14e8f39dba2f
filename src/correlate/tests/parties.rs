//! Who is who: what two phones have in common makes them no one, and one phone at several places is one.
//!
//! | What | Where |
//! | --- | --- |
//! | tries and hops | [`five_subscribers_behind_one_proxy_are_no_tries_of_one`] and those behind it |
//! | confirmations | [`a_number_finds_its_notification_from_a_new_address`] and those behind it |
//! | what decides nothing | [`what_fits_two_notifications_is_shown_with_one_and_decides_nothing`] and those behind it |
//! | ids that recur | [`an_id_that_comes_again_joins_nothing_that_contradicts`] |
//! | lives behind a NAT or a proxy, with ids that collide, under any seed | the properties at the end |

use proptest::prelude::*;

use crate::correlate::PduRecord;
use crate::correlate::group::party::SEED;
use crate::correlate::message::{Confidence, Message, State};
use crate::correlate::record::pdu::Sender;
use crate::correlate::samples::*;
use crate::model::{AnomalyKind, Endpoint};
use crate::session::Bearer;

const URL: &str = "http://mmsc.example/mm/1";

fn v6(last: u16) -> Endpoint {
    Endpoint::new(
        std::net::IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]),
        40_000,
    )
}

fn states(played: &Played) -> Vec<State> {
    played.messages.iter().map(|message| message.state).collect()
}

/// A vote: every phone sends the same text under the same transaction id.
fn vote(at: f64, client: Endpoint, from: Option<&str>) -> Exchange {
    Exchange::post(at, client, send_req("1", from, &["1234567"], "x", 1))
}

fn refused(vote: Exchange, at: f64) -> Exchange {
    vote.answered(at, 200, Some(send_conf("1", 0xe1, None)))
}

#[test]
fn five_subscribers_behind_one_proxy_are_no_tries_of_one() {
    let one = |n: u8| {
        refused(
            vote(f64::from(n) * 20.0, phone(99), None),
            f64::from(n) * 20.0 + 0.5,
        )
    };
    let stamped = (0..20).map(|n| one(n).stamped(&number(n % 10))).collect();
    let played = play(stamped);
    assert_eq!(played.messages.len(), 10, "each of ten tries twice");
    assert!(
        played
            .messages
            .iter()
            .all(|m| m.submission.as_ref().unwrap().tries == 2)
    );
    let written = (0..3).map(|n| {
        let at = f64::from(n) * 20.0;
        refused(vote(at, phone(99), Some(&number(n))), at + 0.5)
    });
    assert_eq!(play(written.collect()).messages.len(), 3);
}

#[test]
fn two_phones_over_two_proxies_or_bearers_are_no_hops() {
    let taken = |vote: Exchange, at| vote.answered(at, 200, Some(send_conf("1", 0x80, Some("m"))));
    let second = || taken(vote(3.0, phone(3), None), 3.5);
    let over_proxy = vote(0.0, phone(2), None).relayed();
    assert_eq!(play(vec![over_proxy, second().relayed()]).messages.len(), 2);
    let over_wap = vote(0.0, phone(2), None).over(Bearer::Wtp, phone(2), phone(200));
    assert_eq!(play(vec![over_wap, second()]).messages.len(), 2);
}

#[test]
fn what_was_accepted_is_not_tried_again_half_an_hour_later() {
    let taken =
        |at: f64| vote(at, phone(2), None).answered(at + 0.5, 200, Some(send_conf("1", 0x80, Some("m"))));
    let again = |at: f64| refused(vote(at, phone(2), None), at + 0.5);
    assert_eq!(
        states(&play(vec![taken(0.0), again(1800.0)])),
        [State::Submitted, State::Failed]
    );
    assert_eq!(
        only(play(vec![taken(0.0), again(20.0)]))
            .submission
            .unwrap()
            .tries,
        2
    );
    assert_eq!(
        only(play(vec![again(0.0), taken(1800.0)]))
            .submission
            .unwrap()
            .tries,
        2
    );
}

#[test]
fn a_transparent_proxy_leaves_one_exchange() {
    let near = || vote(0.0, phone(2), None).answered(0.5, 200, Some(send_conf("1", 0x80, Some("m"))));
    let far = vote(0.05, Endpoint::new(phone(2).address, 50_000), None).answered(
        0.48,
        200,
        Some(send_conf("1", 0x80, Some("m"))),
    );
    let submission = only(play(vec![near(), far])).submission.unwrap();
    assert_eq!((submission.tries, submission.hops.len()), (1, 1));
    let other = vote(0.1, phone(3), None).answered(0.4, 200, Some(send_conf("1", 0x80, Some("n"))));
    assert_eq!(play(vec![near(), other]).messages.len(), 2, "ids differ");
}

#[test]
fn a_number_finds_its_notification_from_a_new_address() {
    let push = |n: u8| {
        Exchange::sms(
            0.0,
            &number(n),
            notification("1", &format!("{URL}{n}"), None, "s"),
        )
    };
    let answer = |at: f64, n: u8, status| {
        Exchange::post(at, phone(99), notifyresp("1", status))
            .answered(at + 0.1, 200, None)
            .stamped(&number(n))
    };
    let played = play(vec![
        push(2),
        push(3),
        push(4),
        answer(1.0, 3, 0x82),
        answer(2.0, 4, 0x83),
        answer(3.0, 2, 0x84),
    ]);
    assert_eq!(
        states(&played),
        [State::Unrecognised, State::Rejected, State::Deferred]
    );
}

#[test]
fn the_only_fetched_one_with_an_id_is_confirmed_from_the_other_address_family() {
    let conf = PduRecord {
        transaction_id: Some("n".into()),
        ..retrieve_conf(Some("m"), None, &[&number(2)], 1)
    };
    let life = |confirmed_at: &str| {
        vec![
            Exchange::sms(0.0, &number(2), notification("n", URL, None, "s")),
            Exchange::get(1.0, v6(2), URL).answered(1.5, 200, Some(conf.clone())),
            Exchange::post(2.0, phone(2), notifyresp("n", 0x81))
                .answered(2.1, 200, None)
                .at_host(confirmed_at),
        ]
    };
    let message = only(play(life("mmsc.example")));
    assert_eq!(message.state, State::Acknowledged);
    let link = message
        .links
        .iter()
        .find(|link| link.join == "notification-acknowledgement")
        .unwrap();
    assert_eq!(
        (&*link.by, link.confidence),
        ("transaction_id", Confidence::Strong)
    );
    assert_eq!(
        play(life("other.example")).messages.len(),
        2,
        "another MMSC counts alike"
    );
}

#[test]
fn a_confirmation_right_after_a_fetch_is_its_phones() {
    let fetch = || {
        Exchange::get(1.0, phone(2), URL).answered(
            1.5,
            200,
            Some(retrieve_conf(Some("m"), None, &[&number(2)], 1)),
        )
    };
    let answer =
        |at: f64, n: u8| Exchange::post(at, phone(n), notifyresp("lost", 0x81)).answered(at + 0.1, 200, None);
    assert_eq!(
        only(play(vec![fetch(), answer(1.6, 2)])).state,
        State::Acknowledged
    );
    assert_eq!(play(vec![fetch(), answer(1.6, 3)]).messages.len(), 2);
    assert_eq!(play(vec![fetch(), answer(100.0, 2)]).messages.len(), 2);
}

#[test]
fn what_fits_two_notifications_is_shown_with_one_and_decides_nothing() {
    let push = |at: f64, n: u8| {
        Exchange::sms(
            at,
            &number(2),
            notification("17", &format!("{URL}{n}"), None, &n.to_string()),
        )
    };
    let answer = Exchange::post(21.0, phone(2), notifyresp("17", 0x82)).answered(21.1, 200, None);
    let played = play(vec![push(0.0, 1), push(20.0, 2), answer]);
    assert_eq!(states(&played), [State::Notified, State::Notified]);
    assert_eq!(played.anomalies.count(AnomalyKind::AmbiguousJoin), 1);
    assert_eq!(
        played.messages[0].events.len(),
        4,
        "a push and its answer, and what may be its"
    );
}

#[test]
fn one_url_for_two_phones_is_fetched_by_neither_for_sure() {
    let push = |at: f64, n: u8| Exchange::sms(at, &number(n), notification("n", URL, Some(&number(1)), "s"));
    let fetch = |client| {
        Exchange::get(5.0, client, URL).answered(5.5, 200, Some(retrieve_conf(Some("m"), None, &[], 1)))
    };
    let played = play(vec![push(0.0, 2), push(3.0, 3), fetch(phone(9))]);
    assert_eq!(played.anomalies.count(AnomalyKind::AmbiguousJoin), 1);
    assert_eq!(
        states(&played),
        [State::Notified, State::Notified, State::Retrieved]
    );
    let played = play(vec![
        push(0.0, 2),
        push(3.0, 3),
        fetch(phone(9)).stamped(&number(2)),
    ]);
    assert_eq!(states(&played), [State::Retrieved, State::Notified]);
}

#[test]
fn one_url_for_all_is_fetched_by_each_for_himself() {
    let mut life: Vec<_> = (0..40)
        .map(|n: u8| {
            Exchange::push(
                f64::from(n),
                phone(n),
                notification(&n.to_string(), URL, Some(&number(n)), "s"),
            )
        })
        .collect();
    let conf = retrieve_conf(Some("m"), None, &[], 1);
    life.push(Exchange::get(50.0, phone(0), URL).answered(50.5, 200, Some(conf)));
    let states = states(&play(life));
    assert_eq!(states[0], State::Retrieved);
    assert!(states[1..].iter().all(|state| *state == State::Notified));
}

#[test]
fn a_fetch_by_somebody_else_decides_nothing() {
    let announced = || Exchange::sms(0.0, &number(2), notification("n", URL, None, "s"));
    let fetch = |client| Exchange::get(1.0, client, URL).answered(1.5, 403, None);
    let other = play(vec![announced(), fetch(phone(9)).stamped(&number(3))]);
    assert_eq!(other.anomalies.count(AnomalyKind::RetrievedByOther), 1);
    let message = only(other);
    assert_eq!((message.state, message.events.len()), (State::Notified, 4));
    assert_eq!(
        only(play(vec![announced(), fetch(phone(9)).stamped(&number(2))])).state,
        State::Failed
    );
    let pushed = || Exchange::push(0.0, phone(2), notification("n", URL, None, "s"));
    let crawled = play(vec![pushed(), fetch(phone(9))]);
    assert_eq!(crawled.anomalies.count(AnomalyKind::RetrievedByOther), 1);
    assert_eq!(only(crawled).state, State::Notified);
    assert_eq!(
        only(play(vec![pushed(), fetch(phone(9)).relayed()])).state,
        State::Failed,
        "a proxy"
    );
}

#[test]
fn a_url_is_found_as_a_client_resolves_it() {
    let conf = || Some(retrieve_conf(Some("m"), None, &[&number(2)], 1));
    let fetched = |announced: &str, url: &str| {
        let push = Exchange::push(0.0, phone(2), notification("T1", announced, None, "s"));
        states(&play(vec![
            push,
            Exchange::get(1.0, phone(2), url).answered(1.5, 200, conf()),
        ]))
    };
    assert_eq!(fetched("mmsc.example/mm/1 ", URL), [State::Retrieved]);
    assert_eq!(
        fetched("http://mmsc.example/mm?id=", "http://mmsc.example/mm?id=T1"),
        [State::Retrieved]
    );
    assert_eq!(
        fetched("http://mmsc.example/mm?id=", "http://mmsc.example/mm?id=T2").len(),
        2
    );
}

#[test]
fn a_redirect_is_followed() {
    let announced = || Exchange::push(0.0, phone(2), notification("n", URL, None, "s"));
    let first = || Exchange::get(1.0, phone(2), URL).redirected(1.1, "http://store.example/a");
    let second = |n: u8| Exchange::get(1.2, phone(n), "http://store.example/a");
    let whole = || Some(retrieve_conf(Some("m"), None, &[&number(2)], 1));
    let message = only(play(vec![
        announced(),
        first(),
        second(2).answered(1.5, 200, whole()),
    ]));
    assert_eq!((message.state, message.failures.len()), (State::Retrieved, 0));
    let retrieval = &message.deliveries[0].retrievals[0];
    assert_eq!(
        (retrieval.url.as_deref(), message.deliveries[0].retrievals.len()),
        (Some(URL), 1)
    );
    assert_eq!(message.events.len(), 5);
    let chain = vec![
        announced(),
        first(),
        second(2).redirected(1.3, "http://store.example/b"),
        Exchange::get(1.4, phone(2), "http://store.example/b").answered(1.5, 200, whole()),
    ];
    assert_eq!(only(play(chain)).state, State::Retrieved);
    assert_eq!(
        only(play(vec![announced(), first()])).failures[0].code,
        Some(302),
        "nobody follows"
    );
    let portal = only(play(vec![
        announced(),
        first(),
        second(2).answered(1.5, 200, None),
    ]));
    assert_eq!(
        portal.failures[0].kind,
        crate::correlate::message::FailureKind::RetrieveNotMms
    );
}

/// It is one try, from the first request to the last answer.
#[test]
fn a_redirected_submission_shows_its_first_request_and_its_last_answer() {
    let pdu = || send_req("t", None, &[&number(2)], "s", 1);
    let conf = Some(send_conf("t", 0x80, Some("m")));
    let message = only(play(vec![
        Exchange::post(1.0, phone(1), pdu()).redirected(1.1, "http://other.example/mms/"),
        Exchange::post(1.2, phone(1), pdu())
            .at_host("other.example")
            .answered(1.5, 200, conf),
    ]));
    let submission = message.submission.unwrap();
    let times = [&submission.request, &submission.response].map(|seen| seen.as_ref().unwrap().time);
    assert_eq!(times, [time(1.0), time(1.5)]);
    assert_eq!((submission.tries, submission.latency_ms), (1, Some(500.0)));
    assert!(message.failures.is_empty());
}

#[test]
fn an_id_that_comes_again_joins_nothing_that_contradicts() {
    let sent = || {
        Exchange::post(
            0.0,
            phone(1),
            send_req("t", Some(&number(1)), &[&number(2)], "s", 1),
        )
        .answered(0.5, 200, Some(send_conf("t", 0x80, Some("1001"))))
    };
    let fetched = |from: Option<&str>, to: u8, subject: &str, host: &str| {
        let url = format!("http://{host}/mm/1");
        let conf = PduRecord {
            subject: Some(subject.to_owned().into()),
            ..retrieve_conf(Some("1001"), from, &[&number(to)], 7)
        };
        let life = vec![
            sent(),
            Exchange::push(
                5.0,
                phone(to),
                PduRecord {
                    message_size: Some(9999),
                    ..notification("n", &url, from, subject)
                },
            ),
            Exchange::get(6.0, phone(to), &url).answered(6.5, 200, Some(conf)),
        ];
        play(life).messages.len()
    };
    let sender = number(1);
    assert_eq!(
        fetched(Some(&sender), 2, "s", "mmsc.example"),
        1,
        "adapted content"
    );
    assert_eq!(
        fetched(Some(&sender), 3, "s", "mmsc.example"),
        2,
        "another recipient"
    );
    assert_eq!(
        fetched(Some(&sender), 2, "t", "mmsc.example"),
        2,
        "another subject"
    );
    assert_eq!(
        fetched(Some(&number(9)), 2, "s", "mmsc.example"),
        2,
        "another sender"
    );
    assert_eq!(fetched(None, 2, "s", "mms2.mmsc.example"), 1, "a hidden sender");
    assert_eq!(
        fetched(None, 2, "s", "mms.other.test"),
        2,
        "another MMSC, which hides the sender"
    );
    let about = |n: u8| {
        play(vec![
            sent(),
            Exchange::push(9.0, phone(1), delivery_ind("1001", &number(n), 0x81)),
        ])
    };
    assert_eq!((about(2).messages.len(), about(3).messages.len()), (1, 2));
    let turned = PduRecord {
        from: Sender::Address(number(2).into()),
        ..delivery_ind("1001", &number(1), 0x81)
    };
    assert_eq!(
        play(vec![sent(), Exchange::push(9.0, phone(1), turned)])
            .messages
            .len(),
        1
    );
}

#[test]
fn ids_of_the_submission_in_the_notification_join_what_is_not_fetched() {
    let sent = || {
        Exchange::post(0.0, phone(1), send_req("Tsame", None, &[&number(2)], "s", 1))
            .answered(0.5, 200, Some(send_conf("Tsame", 0x80, Some("4cdc6d7a"))))
            .stamped(&number(1))
    };
    let push = |id: &str, url: &str, to: u8| {
        let pdu = PduRecord {
            message_size: Some(36),
            ..notification(id, url, Some(&number(1)), "other")
        };
        Exchange::sms(1.0, &number(to), PduRecord { subject: None, ..pdu })
    };
    let by = |push| {
        only(play(vec![sent(), push]))
            .links
            .iter()
            .map(|link| link.by.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        by(push("n", "http://h.example/get?id=4cdc6d7a", 2)),
        ["message_id_in_location"]
    );
    assert_eq!(by(push("Tsame", URL, 2)), ["submission_transaction_id"]);
    assert_eq!(play(vec![sent(), push("Tsame", URL, 3)]).messages.len(), 2);
}

#[test]
fn of_a_mass_mailing_it_is_not_known_which_is_whose() {
    let mut life = Vec::new();
    for n in 0..10u8 {
        let at = f64::from(n);
        let id = format!("t{n}");
        life.push(
            Exchange::post(
                at,
                phone(1),
                send_req(&id, Some(&number(1)), &[&number(10 + n)], "promo", 1),
            )
            .answered(at + 0.2, 200, Some(send_conf(&id, 0x80, Some(&id)))),
        );
        let url = format!("{URL}{n}");
        let (at, to) = (at + 5.3, phone(10 + (n * 7) % 10));
        life.push(Exchange::push(
            at,
            to,
            notification(&format!("n{n}"), &url, Some(&number(1)), "promo"),
        ));
        life.push(Exchange::get(at + 0.1, to, &url).answered(
            at + 0.2,
            200,
            Some(retrieve_conf(None, Some(&number(1)), &[], 1)),
        ));
    }
    let played = play(life);
    assert_eq!(played.messages.len(), 20);
    assert_eq!(played.anomalies.count(AnomalyKind::AmbiguousJoin), 10);
}

#[test]
fn a_url_of_one_phone_begins_anew_with_the_next_message() {
    let fetch = |at: f64, id: &str| {
        let conf = PduRecord {
            transaction_id: Some(id.to_owned().into()),
            ..retrieve_conf(Some(id), None, &[], 1)
        };
        [
            Exchange::push(at, phone(2), notification(id, URL, Some(&number(1)), "s")),
            Exchange::get(at + 1.0, phone(2), URL).answered(at + 1.5, 200, Some(conf)),
            Exchange::post(at + 2.0, phone(2), notifyresp(id, 0x81)).answered(at + 2.1, 200, None),
        ]
    };
    assert_eq!(
        states(&play([fetch(0.0, "a"), fetch(10.0, "b")].concat())),
        [State::Acknowledged; 2]
    );
}

/// A mass mailing under one URL and one transaction id: a millisecond between two phones is no NAT.
#[test]
fn one_pdu_at_many_phones_at_once_is_each_ones_own() {
    const PHONES: u8 = 200;
    let told = || notification("n", URL, Some(&number(250)), "s");
    let over = |bearer: Bearer| {
        let push = |n: u8| {
            let push = Exchange::push(f64::from(n) / 1000.0, phone(n), told());
            push.over(bearer, MMSC, Endpoint::new(phone(n).address, 2948))
        };
        play((1..=PHONES).map(push).collect())
    };
    for bearer in [Bearer::PushUdp, Bearer::Wsp, Bearer::Wtp] {
        assert_eq!(over(bearer).messages.len(), usize::from(PHONES), "{bearer:?}");
    }
    let votes = (1..=PHONES).map(|n| vote(f64::from(n) / 1000.0, phone(n), None));
    assert_eq!(play(votes.collect()).messages.len(), usize::from(PHONES));
}

#[test]
fn a_mass_mailing_through_a_nat_is_told_to_each_phone_once() {
    const PHONES: u8 = 100;
    let told = || notification("n", URL, Some(&number(250)), "s");
    let both = (1..=PHONES).flat_map(|n| {
        let push = Exchange::push(f64::from(n) / 50.0, phone(n), told());
        let outer = push.behind_nat(Endpoint::new(phone(100 + n).address, 2948), MMSC);
        [push, outer]
    });
    let messages = play(both.collect()).messages;
    assert_eq!(messages.len(), usize::from(PHONES));
    assert!(
        messages
            .iter()
            .all(|message| message.deliveries[0].notifications[0].hops.len() == 1)
    );
}

/// Two phones are told of one URL at once, and both fetch from it.
#[test]
fn two_phones_that_ask_by_themselves_are_not_behind_a_nat() {
    let push = |at: f64, n: u8| Exchange::push(at, phone(n), notification("n", URL, Some(&number(1)), "s"));
    let fetch = |at: f64, n: u8| {
        let conf = retrieve_conf(Some("m"), Some(&number(1)), &[], 1);
        Exchange::get(at, phone(n), URL).answered(at + 0.3, 200, Some(conf))
    };
    let answer =
        |at: f64, n: u8| Exchange::post(at, phone(n), notifyresp("n", 0x81)).answered(at + 0.1, 200, None);
    let lives = vec![
        push(0.0, 2),
        push(0.001, 3),
        fetch(1.0, 2),
        fetch(1.2, 3),
        answer(1.4, 2),
        answer(1.6, 3),
    ];
    let message = only(play(lives));
    let states: Vec<State> = message.deliveries.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [State::Acknowledged; 2]);
}

/// Lives in which some phones fetch in vain.
fn with_failures(lives: Vec<Exchange>) -> Vec<Exchange> {
    let fails = |one: &Exchange| one.is_get() && one.phone_octet().is_multiple_of(4);
    let lives = lives.into_iter().map(|one| match one.answered_at() {
        Some(at) if fails(&one) => one.answered(at, 404, None),
        _ => one,
    });
    lives.collect()
}

/// What became of a message: its state, deliveries, failures, sender.
type Fate = (State, usize, usize, Option<String>);

/// What became of each message, in the order of its subject.
fn verdicts(messages: &[Message]) -> Vec<Fate> {
    let mut sorted: Vec<&Message> = messages.iter().collect();
    sorted.sort_by_key(|message| message.subject.clone());
    sorted
        .iter()
        .map(|m| (m.state, m.deliveries.len(), m.failures.len(), m.from.clone()))
        .collect()
}

/// Lives of pairs of phones, each cut after some of its exchanges.
fn lives(cuts: &[(usize, u16)]) -> Vec<Exchange> {
    let life = |(index, (steps, offset)): (usize, &(usize, u16))| {
        let pair = index as u8 * 2;
        let life = happy_life(
            f64::from(*offset) / 10.0,
            pair + 1,
            pair + 2,
            &format!("life{index:02}"),
        );
        life.into_iter().take(*steps)
    };
    cuts.iter().enumerate().flat_map(life).collect()
}

fn cuts() -> impl Strategy<Value = Vec<(usize, u16)>> {
    proptest::collection::vec((1usize..=5, 0u16..600), 1..12)
}

fn played(exchanges: Vec<Exchange>) -> Vec<Fate> {
    verdicts(&play_until(&numbered(exchanges), 1000.0).messages)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each phone with an address of its own outside, or all with one.
    #[test]
    fn both_sides_of_a_nat_are_one_life(cuts in cuts(), is_nat64 in any::<bool>(), is_shared in any::<bool>()) {
        let life = with_failures(lives(&cuts));
        let outside = |exchange: &Exchange, place: usize| {
            let server = if is_nat64 { v6(9) } else { MMSC };
            let octet = if is_shared { 77 } else { exchange.phone_octet() };
            let mapped = Endpoint::new(std::net::IpAddr::from([192, 0, 2, octet]), 20_000 + place as u16);
            exchange.behind_nat(mapped, server)
        };
        let both = life.iter().enumerate().flat_map(|(place, one)| [one.clone(), outside(one, place)]);
        prop_assert_eq!(played(both.collect()), played(life));
    }

    #[test]
    fn both_sides_of_a_proxy_are_one_life(cuts in cuts()) {
        let life = with_failures(lives(&cuts));
        let proxy = phone(250).address;
        let sides = |(place, one): (usize, &Exchange)| {
            if !one.is_get() && !one.is_post() {
                return vec![one.clone()];
            }
            let inside = one.clone().over(Bearer::Http, phone(one.phone_octet()), Endpoint::new(proxy, 8080));
            let outside = inside.behind_nat(Endpoint::new(proxy, 20_000 + place as u16), MMSC);
            vec![inside, outside]
        };
        let both = life.iter().enumerate().flat_map(sides);
        prop_assert_eq!(played(both.collect()), played(life));
    }

    #[test]
    fn a_life_behind_a_proxy_is_the_same_life(cuts in cuts()) {
        let life = lives(&cuts);
        let proxied = life.iter().cloned().map(|one| one.through_proxy(phone(250)));
        prop_assert_eq!(played(proxied.collect()), played(life));
    }

    #[test]
    fn ids_that_collide_change_no_verdict(cuts in cuts()) {
        let life = lives(&cuts);
        let collided = life.iter().cloned().map(|one| one.with_ids("1", "1001"));
        prop_assert_eq!(played(collided.collect()), played(life));
    }

    #[test]
    fn no_result_follows_the_seed_of_a_hash(cuts in cuts(), seeds in any::<[u64; 4]>()) {
        let life: Vec<_> = lives(&cuts).into_iter().map(|one| one.with_ids("1", "1001")).collect();
        let life = numbered(life);
        let mut shown = seeds.map(|seed| {
            SEED.set(Some(seed));
            let played = play_until(&life, 1000.0);
            SEED.set(None);
            format!("{:?} {:?}", played.messages, played.anomalies)
        });
        shown.sort();
        prop_assert_eq!(&shown[0], &shown[3]);
    }
}
