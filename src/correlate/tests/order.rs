//! The order of arrival plays no part; what is over is closed; nothing grows without bound.

use proptest::prelude::*;

use crate::correlate::message::{Closed, Evidence, FailureKind, Message, Outcome, State};
use crate::correlate::record::pdu::ExpiryValue;
use crate::correlate::samples::*;
use crate::correlate::{Correlator, Limits, PduRecord, Settings};
use crate::model::fault::{PipelineStage, arm};
use crate::model::{AnomalyKind, Timestamp};

/// Ends that a life can take, by how many of its exchanges happen.
fn lives(ends: &[(u8, usize, u16)]) -> Vec<Exchange> {
    let mut all = Vec::new();
    for (index, (_, steps, offset)) in ends.iter().enumerate() {
        let pair = index as u8 * 2;
        let life = happy_life(
            f64::from(*offset) / 10.0,
            pair + 1,
            pair + 2,
            &format!("life{index}"),
        );
        all.extend(life.into_iter().take(*steps));
    }
    numbered(all)
}

fn verdicts(messages: &[Message]) -> Vec<String> {
    let mut shown: Vec<String> = messages
        .iter()
        .map(|m| {
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                m.started, m.message_id, m.state, m.outcome, m.deliveries
            )
        })
        .collect();
    shown.sort();
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shuffled_and_interleaved_lives_have_the_same_verdicts(
        ends in proptest::collection::vec((0u8..4, 1usize..=5, 0u16..600), 1..12),
        seed in any::<u64>(),
    ) {
        let exchanges = lives(&ends);
        let expected = play_until(&exchanges, 1000.0);
        prop_assert_eq!(expected.messages.len(), ends.len());
        let states: Vec<State> = ends.iter().map(|(_, steps, _)| match steps {
            1 => State::Submitted,
            2 => State::Notified,
            3 => State::Retrieved,
            4 => State::Acknowledged,
            _ => State::Reported,
        }).collect();
        let mut found: Vec<State> = expected.messages.iter().map(|message| message.state).collect();
        let mut wanted = states;
        found.sort_unstable();
        wanted.sort_unstable();
        prop_assert_eq!(found, wanted);

        let mut shuffled = exchanges;
        let mut state = seed | 1;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(index, (state >> 33) as usize % (index + 1));
        }
        let again = play_until(&shuffled, 1000.0);
        prop_assert_eq!(verdicts(&expected.messages), verdicts(&again.messages));
    }

    #[test]
    fn lives_split_over_captures_with_other_clocks_join_by_their_ids(
        count in 1usize..8,
        offset in -300.0f64..300.0,
    ) {
        let mut all = Vec::new();
        for index in 0..count {
            let life = happy_life(index as f64 * 7.0, index as u8 * 2 + 1, index as u8 * 2 + 2, &format!("l{index}"));
            for (step, exchange) in life.into_iter().enumerate() {
                all.push(if step >= 1 { exchange.in_capture(1).later(offset) } else { exchange });
            }
        }
        let played = play_until(&numbered(all), 5000.0);
        prop_assert_eq!(played.messages.len(), count);
        prop_assert!(played.messages.iter().all(|message| message.state == State::Reported));
    }
}

#[test]
fn what_is_over_is_closed_while_the_capture_goes_on() {
    let settings = Settings {
        lifetime: 100 * Timestamp::SECOND,
        ..Settings::default()
    };
    let mut correlator = Correlator::new(settings);
    let mut closed = Vec::new();
    let mut most_open = 0;
    let exchanges: Vec<_> = (0..200)
        .flat_map(|n| {
            let mut life = happy_life(f64::from(n) * 10.0, 1, 2, &format!("m{n}"));
            life.retain(|exchange| !exchange.is_about_notification());
            life
        })
        .collect();
    for exchange in numbered(exchanges) {
        exchange.play(&mut correlator, &mut |one: Closed| closed.push(one));
        most_open = most_open.max(correlator.open_legs());
    }
    assert!(closed.len() > 150, "{}", closed.len());
    assert!(most_open < 100, "{most_open}");
    correlator.finish(&mut |one| closed.push(one));
    assert_eq!(closed.len(), 200);
    let reported =
        |one: &Closed| matches!(one, Closed::Message { message, .. } if message.state == State::Reported);
    assert!(closed.iter().all(reported));
}

/// The notification's expiry is days away; it only matters to a phone that has not answered for good.
#[test]
fn validity_does_not_keep_open_what_everybody_has_answered() {
    let settings = Settings {
        lifetime: 100 * Timestamp::SECOND,
        ..Settings::default()
    };
    let open_after = |status: u8| {
        let mut correlator = Correlator::new(settings);
        let lives = (0..200).flat_map(|n| {
            let (at, name) = (f64::from(n) * 10.0, format!("m{n}"));
            let mut life = happy_life(at, 1, 2, &name);
            let answer = Exchange::post(3.0, phone(2), notifyresp(&format!("n{name}"), status));
            life[3] = answer.answered(3.1, 200, None).later(at);
            life
        });
        for exchange in numbered(lives.collect()) {
            exchange.play(&mut correlator, &mut |_| {});
        }
        correlator.open_legs()
    };
    assert!(open_after(0x81) < 100, "retrieved");
    assert_eq!(open_after(0x83), 1000, "deferred");
}

/// A submission may be refused and taken when it is sent again; only one that was refused for good is over.
#[test]
fn validity_counts_as_long_as_one_try_was_not_refused() {
    let settings = Settings {
        lifetime: 100 * Timestamp::SECOND,
        ..Settings::default()
    };
    let open_after = |tries: &[u8]| {
        let mut correlator = Correlator::new(settings);
        let attempt = |(n, status): (usize, &u8)| {
            let request = PduRecord {
                expiry: Some(ExpiryValue::Relative(86_400)),
                ..send_req("a", Some(&number(1)), &[&number(2)], "a", 1)
            };
            let id = (*status == 0x80).then_some("a@mmsc");
            let at = n as f64 * 10.0;
            Exchange::post(at, phone(1), request).answered(at + 1.0, 200, Some(send_conf("a", *status, id)))
        };
        let passing = (0..100).map(|n| {
            let url = format!("http://other.example/{n}");
            Exchange::push(
                f64::from(n) * 10.0,
                phone(9),
                PduRecord {
                    expiry: None,
                    ..notification(&n.to_string(), &url, None, "b")
                },
            )
        });
        let exchanges = tries.iter().enumerate().map(attempt).chain(passing).collect();
        let mut closed = Vec::new();
        for exchange in numbered(exchanges) {
            exchange.play(&mut correlator, &mut |one| closed.push(one));
        }
        !closed
            .iter()
            .any(|one| matches!(one, Closed::Message { message, .. } if message.submission.is_some()))
    };
    assert!(!open_after(&[0xe0, 0xe0]), "refused");
    assert!(open_after(&[0xe0, 0x80]), "taken in the end");
    assert!(open_after(&[0x80, 0xe0]), "taken before");
}

#[test]
fn validity_keeps_a_message_open_beyond_the_lifetime() {
    let settings = Settings {
        lifetime: 100 * Timestamp::SECOND,
        ..Settings::default()
    };
    let mut life = happy_life(0.0, 1, 2, "a");
    life[2] = life[2].clone().later(5000.0);
    life.truncate(3);
    life.insert(
        2,
        Exchange::push(
            4000.0,
            phone(7),
            notification("x", "http://mmsc.example/x", None, "x"),
        ),
    );
    let played = play_with(&numbered(life), settings, &[&[0.0, 6000.0, 6000.0]]);
    assert_eq!(played.messages.len(), 2);
    assert_eq!(played.messages[0].state, State::Retrieved);
}

const HUNDRED: Limits = Limits {
    open_legs: 100,
    open_octets: usize::MAX,
    ..Limits::DEFAULT
};

#[test]
fn exchanges_with_long_texts_are_bounded_by_their_octets() {
    let limits = Limits {
        open_octets: 1_000_000,
        ..Limits::default()
    };
    let mut correlator = Correlator::within(Settings::default(), limits);
    let subject = "s".repeat(8_000);
    let long = |n: u32| {
        Exchange::push(
            f64::from(n),
            phone(2),
            notification(&n.to_string(), &format!("http://h/{n}"), None, &subject),
        )
    };
    let mut closed = 0;
    for exchange in numbered((0..1000).map(long).collect()) {
        exchange.play(&mut correlator, &mut |_| closed += 1);
        assert!(correlator.open_legs() <= 125, "{}", correlator.open_legs());
    }
    assert!(correlator.anomalies.count(AnomalyKind::LimitReached) > 0);
    correlator.finish(&mut |_| closed += 1);
    assert_eq!(closed, 1000);
}

#[test]
fn a_fault_in_one_message_costs_that_message() {
    let lone = |n: u32| {
        Exchange::push(
            f64::from(n),
            phone(2),
            notification(&n.to_string(), &format!("http://h/{n}"), None, "s"),
        )
    };
    for stage in [PipelineStage::Message, PipelineStage::Grouping] {
        let exchanges = numbered((0..20).map(lone).collect());
        let frame = exchanges[7].request_frame();
        let mut correlator = Correlator::new(Settings::default());
        let mut closed = 0;
        for exchange in exchanges {
            exchange.play(&mut correlator, &mut |_| closed += 1);
        }
        arm(Some((stage, frame)));
        correlator.finish(&mut |_| closed += 1);
        arm(None);
        assert_eq!(closed, 19, "{stage:?}");
        let (kind, fault) = correlator.anomalies.iter().next().unwrap();
        assert_eq!((kind, fault.count), (AnomalyKind::InternalFault, 1), "{stage:?}");
        assert_eq!(fault.first.map(|at| at.frame.0), Some(frame), "{stage:?}");
    }
}

#[test]
fn too_many_open_exchanges_close_the_older_half() {
    let mut correlator = Correlator::within(Settings::default(), HUNDRED);
    let mut closed = 0;
    let lone = |n: u32| {
        Exchange::push(
            f64::from(n),
            phone(2),
            notification(&n.to_string(), &format!("http://h/{n}"), None, "s"),
        )
    };
    for exchange in numbered((0..1000).map(lone).collect()) {
        exchange.play(&mut correlator, &mut |_| closed += 1);
        assert!(correlator.open_legs() <= 101);
    }
    assert!(correlator.anomalies.count(AnomalyKind::LimitReached) > 0);
    correlator.finish(&mut |_| closed += 1);
    assert_eq!(closed, 1000);
}

#[test]
fn many_exchanges_with_one_id_stay_linear() {
    let one = |n: u32| {
        let at = f64::from(n) * 0.001;
        Exchange::post(
            at,
            phone(1),
            send_req("same", None, &["+1"], "same", (n % 251) as u8),
        )
        .answered(at, 200, Some(send_conf("same", 0x80, Some("same"))))
    };
    let push = |n: u32| {
        Exchange::push(
            f64::from(n) * 0.001,
            phone(2),
            notification("same", "http://h/same", None, "s"),
        )
    };
    let answer = |n: u32| Exchange::post(f64::from(n) * 0.001, phone(2), notifyresp("same", 0x83));
    let exchanges = (0..20_000).flat_map(|n| [one(n), push(n), answer(n)]).collect();
    let played = play(exchanges);
    assert!(!played.messages.is_empty());
}

#[test]
fn leaps_of_capture_time_do_not_group_what_is_open_again_and_again() {
    let day = 86_400.0;
    let long_valid = |n: u32| {
        let name = n.to_string();
        Exchange::push(
            0.0,
            phone(2),
            notification(&name, &format!("http://h/{n}"), None, "s"),
        )
    };
    let leap = |n: u32| {
        let name = format!("leap {n}");
        let at = f64::from(n) * day;
        Exchange::push(
            at,
            phone(3),
            notification(&name, &format!("http://other/{n}"), None, "s"),
        )
    };
    let settings = Settings {
        lifetime: 4_000 * 86_400 * Timestamp::SECOND,
        ..Settings::default()
    };
    let mut correlator = Correlator::new(settings);
    let mut closed = 0;
    let exchanges = (0..2_000)
        .map(long_valid)
        .chain((1..5_000).map(|n| leap(n * 1_001)))
        .collect();
    for exchange in numbered(exchanges) {
        exchange.play(&mut correlator, &mut |_| closed += 1);
    }
    assert!(
        correlator.grouped() <= 10 * 7_000,
        "{} legs grouped",
        correlator.grouped()
    );
    correlator.finish(&mut |_| closed += 1);
    assert_eq!(closed, 6_999);
}

#[test]
fn too_many_open_exchanges_of_one_message_are_closed_too() {
    let mut correlator = Correlator::within(Settings::default(), HUNDRED);
    let report = |n: u32| Exchange::push(f64::from(n), phone(2), delivery_ind("same", "+2", 0x81));
    for exchange in numbered((0..5_000).map(report).collect()) {
        exchange.play(&mut correlator, &mut |_| {});
        assert!(correlator.open_legs() <= 101);
    }
    assert!(
        correlator.grouped() <= 20 * 5_000,
        "{} legs grouped",
        correlator.grouped()
    );
    assert!(correlator.anomalies.count(AnomalyKind::LimitReached) > 0);
}

/// A thousand notifications to one phone between the first exchanges of a message of others and the rest of it, where
/// there is room for a hundred legs.
fn around_a_flood(first: &[Exchange], rest: &[Exchange]) -> (Vec<Message>, Correlator) {
    let flood = |n: u32| {
        let url = format!("http://flood.example/{n}");
        let at = 1.0 + f64::from(n) * 0.0001;
        Exchange::push(at, phone(9), notification(&format!("f{n}"), &url, None, "s"))
    };
    let flood = (0..1000).map(flood);
    let all = first.iter().cloned().chain(flood).chain(rest.iter().cloned());
    let mut correlator = Correlator::within(Settings::default(), HUNDRED);
    let mut closed = Vec::new();
    let mut sink = |one| {
        if let Closed::Message { message, .. } = one {
            closed.push(*message);
        }
    };
    for exchange in numbered(all.collect()) {
        exchange.play(&mut correlator, &mut sink);
    }
    correlator.finish(&mut sink);
    (closed, correlator)
}

#[test]
fn who_holds_most_loses_first_and_only_he() {
    let life = happy_life(0.0, 1, 2, "a");
    let (closed, correlator) = around_a_flood(&life[..2], &life[2..]);
    assert!(correlator.anomalies.count(AnomalyKind::LimitReached) > 0);
    let of_others: Vec<_> = closed
        .iter()
        .filter(|message| message.message_id.is_some())
        .collect();
    let [message] = of_others.as_slice() else {
        panic!("{of_others:#?}")
    };
    assert_eq!(
        (message.state, message.evidence),
        (State::Reported, Evidence::Complete)
    );
    assert_eq!(closed.len(), 1001);
}

#[test]
fn what_is_closed_for_want_of_room_has_not_failed() {
    let failing = Exchange::push(0.0, phone(9), notification("x", "http://h/x", None, "x"));
    let get = Exchange::get(0.2, phone(9), "http://h/x").answered(0.3, 404, None);
    let (closed, _) = around_a_flood(&[failing, get], &[]);
    assert_eq!(closed.len(), 1001);
    let message = closed.iter().find(|message| message.failures.len() == 1).unwrap();
    assert_eq!(message.failures[0].kind, FailureKind::RetrieveHttpError);
    assert_eq!(
        (message.outcome, message.evidence),
        (Outcome::Open, Evidence::Cut)
    );
    assert!(closed.iter().all(|message| message.outcome == Outcome::Open));
}

#[test]
fn an_answer_with_a_pdu_that_answers_nothing_is_not_kept() {
    let mut correlator = Correlator::new(Settings::default());
    let odd = Exchange::get(0.0, phone(1), "http://h/x")
        .answered(0.1, 200, Some(send_req("x", None, &["+1"], "x", 1)))
        .without_request();
    for exchange in numbered(vec![odd]) {
        exchange.play(&mut correlator, &mut |_| {});
    }
    assert_eq!(correlator.open_legs(), 0);
}
