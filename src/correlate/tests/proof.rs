//! *Not seen* is never *failed*: what must be known before an absence counts, and what may not change a verdict.

use proptest::prelude::*;

use crate::correlate::message::{Closed, Evidence, Message, Outcome, State};
use crate::correlate::record::pdu::ExpiryValue;
use crate::correlate::samples::*;
use crate::correlate::{Correlator, EncryptedConnection, Encryption, Limits, PduRecord, Settings};
use crate::model::{FrameRef, NetworkId, Origin};
use crate::session::{AnswerVisibility, Bearer, EndReason};

/// What a verdict is.
fn verdicts<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<String> {
    let told = messages.into_iter().map(|message| {
        let failures: Vec<_> = message.failures.iter().map(|failure| failure.kind).collect();
        format!(
            "{:?} {:?} {:?} {:?} {failures:?}",
            first(message),
            message.state,
            message.outcome,
            message.evidence
        )
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    told
}

/// How a life goes that may end anywhere.
#[derive(Clone, Debug)]
struct Course {
    /// How many of its exchanges happen.
    steps: usize,
    /// Which of them gets no answer.
    unanswered: usize,
    acknowledged: bool,
    /// Seconds that the message is valid.
    validity: u32,
    at: u16,
}

fn courses() -> impl Strategy<Value = Vec<Course>> {
    let course = (1usize..=5, 0usize..10, any::<bool>(), 1u32..400, 0u16..600).prop_map(
        |(steps, unanswered, acknowledged, validity, at)| Course {
            steps,
            unanswered,
            acknowledged,
            validity,
            at,
        },
    );
    proptest::collection::vec(course, 1..8)
}

/// Lives of phones from number `first` on.
fn lives(courses: &[Course], first: u8) -> Vec<Exchange> {
    let mut all = Vec::new();
    for (index, course) in (0..).zip(courses) {
        let pair = first + index * 2;
        let name = format!("life{pair}");
        let mut life = happy_life(f64::from(course.at) / 10.0, pair, pair + 1, &name);
        life[1] = life[1]
            .clone()
            .asking(|pdu| pdu.expiry = Some(ExpiryValue::Relative(course.validity.into())));
        life.truncate(course.steps);
        if let Some(exchange) = life.get_mut(course.unanswered)
            && exchange.answered_at().is_some()
        {
            let at = f64::from(course.at) / 10.0 + 3.0;
            let ended = exchange.clone().ended(at, EndReason::CaptureEnd, VISIBLE);
            *exchange = if course.acknowledged {
                ended
            } else {
                ended.unacknowledged()
            };
        }
        all.extend(life);
    }
    all
}

/// What becomes of the exchanges when one is given up, or what answers it is lost.
fn cut_off(
    exchanges: &[Exchange],
    which: &[prop::sample::Index],
    reason: EndReason,
    seen: AnswerVisibility,
) -> Vec<Exchange> {
    let mut cut = exchanges.to_vec();
    for index in which {
        let exchange = &mut cut[index.index(exchanges.len())];
        if let Some(at) = exchange.answered_at() {
            *exchange = exchange.clone().ended(at, reason, seen);
        }
    }
    cut
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn another_capture_changes_nothing_of_the_first(
        courses in courses(),
        others in courses(),
        end in 61.0f64..500.0,
        later in prop_oneof![-90_000.0f64..-700.0, -500.0f64..-10.0, 10.0f64..60.0, 510.0f64..90_000.0],
    ) {
        // A file that begins where another ends carries it on.
        prop_assume!((later - end).abs() > 6.0 && (later + end + 10.0).abs() > 6.0);
        let lives = numbered(lives(&courses, 1));
        let alone = play_with(&lives, Settings::default(), &[&[0.0, end, end]]);
        let other = self::lives(&others, 101).into_iter();
        let mut both = lives;
        both.extend(other.map(|exchange| exchange.later(later).in_capture(1)));
        let spans: [&[f64]; 2] = [&[0.0, end, end], &[later, later + end + 10.0, later + end + 10.0]];
        let played = play_with(&numbered(both), Settings::default(), &spans);
        let of_first = played.messages.iter().filter(|message| first(message).capture.0 == 0);
        prop_assert_eq!(verdicts(&alone.messages), verdicts(of_first));
    }

    #[test]
    fn a_stray_stamp_changes_nothing(
        courses in courses(),
        end in 61.0f64..500.0,
        stray in prop_oneof![-1e6f64..-10.0, 600.0f64..1e6],
    ) {
        let lives = numbered(lives(&courses, 1));
        let play = |frames: &[f64]| verdicts(&play_with(&lives, Settings::default(), &[frames]).messages);
        prop_assert_eq!(play(&[0.0, 1.0, stray, 2.0, end, end]), play(&[0.0, 1.0, 2.0, end, end]));
        prop_assert_eq!(play(&[stray, 0.0, 1.0, end, end]), play(&[0.0, 1.0, end, end]));
        prop_assert_eq!(play(&[0.0, 1.0, end, end, stray]), play(&[0.0, 1.0, end, end]));
    }

    #[test]
    fn what_a_limit_gives_up_never_failed(
        courses in courses(),
        which in proptest::collection::vec(any::<prop::sample::Index>(), 1..4),
        end in 61.0f64..500.0,
        open_legs in 4usize..40,
    ) {
        let whole: Vec<Course> = courses.iter().map(|course| Course { unanswered: 9, ..course.clone() }).collect();
        let lives = numbered(lives(&whole, 1));
        let given_up = cut_off(&lives, &which, EndReason::GivenUp, VISIBLE);
        let spans: [&[f64]; 1] = [&[0.0, end, end]];
        let before = play_with(&lives, Settings::default(), &spans);
        let after = play_with(&given_up, Settings::default(), &spans);
        let failed = |message: &&Message| message.outcome == Outcome::Failure;
        let failures = |messages: &[Message]| messages.iter().filter(failed).count();
        prop_assert!(failures(&after.messages) <= failures(&before.messages));

        let mut correlator = Correlator::within(Settings::default(), Limits { open_legs, ..Limits::default() });
        let mut closed = 0;
        let mut sink = |one| closed += usize::from(matches!(one, Closed::Message { message, .. } if message.outcome == Outcome::Failure));
        lives.iter().for_each(|exchange| exchange.play(&mut correlator, &mut sink));
        correlator.finish(&mut sink);
        prop_assert_eq!(closed, 0);
    }

    #[test]
    fn loss_never_turns_success_into_failure(
        courses in courses(),
        which in proptest::collection::vec(any::<prop::sample::Index>(), 1..6),
        seen in prop_oneof![Just(AnswerVisibility::Hidden), Just(AnswerVisibility::NotCaptured)],
        end in 61.0f64..500.0,
    ) {
        let lives = numbered(lives(&courses, 1));
        let lost = cut_off(&lives, &which, EndReason::CaptureEnd, seen);
        let spans: [&[f64]; 1] = [&[0.0, end, end]];
        let before = play_with(&lives, Settings::default(), &spans);
        let after = play_with(&lost, Settings::default(), &spans);
        let succeeded = before.messages.iter().filter(|message| message.outcome == Outcome::Success);
        for message in succeeded {
            let now = after.messages.iter().find(|other| first(other) == first(message));
            prop_assert!(now.is_none_or(|now| now.outcome != Outcome::Failure), "{:?}", now);
        }
    }
}

fn request() -> Exchange {
    Exchange::post(
        1.0,
        phone(1),
        send_req("t1", Some("+61400000001"), &["+61400000002"], "s", 1),
    )
}

/// The first message, where another one is seen at `other`, and the capture has packets at these seconds.
fn judged(exchange: Exchange, other: Option<f64>, frames: &[f64]) -> Message {
    let mut all = vec![exchange];
    all.extend(other.map(|at| happy_life(at, 7, 8, "other").swap_remove(0)));
    let played = play_with(&numbered(all), Settings::default(), &[frames]);
    played.messages.into_iter().min_by_key(first).unwrap()
}

#[test]
fn a_request_that_nobody_acknowledged_has_no_answer_only_while_mms_goes_on() {
    let open = || request().ended(1.0, EndReason::CaptureEnd, VISIBLE);
    let frames = [0.0, 100.0, 100.0];
    assert_eq!(judged(open(), None, &frames).outcome, Outcome::Failure);
    assert_eq!(
        judged(open().unacknowledged(), None, &frames).outcome,
        Outcome::Open
    );
    assert_eq!(
        judged(open().unacknowledged(), Some(50.0), &frames).outcome,
        Outcome::Open
    );
    assert_eq!(
        judged(open().unacknowledged(), Some(70.0), &frames).outcome,
        Outcome::Failure
    );
    let datagrams = open().unacknowledged().over(Bearer::Wtp, phone(1), MMSC);
    assert_eq!(judged(datagrams, None, &frames).outcome, Outcome::Failure);
}

#[test]
fn a_later_file_and_an_exchange_given_up_prove_nothing() {
    let open = |reason| request().ended(1.0, reason, VISIBLE);
    let files: [&[f64]; 2] = [&[0.0, 2.0, 2.0], &[900.0, 1000.0, 1000.0]];
    let later = play_with(
        &numbered(vec![open(EndReason::CaptureEnd)]),
        Settings::default(),
        &files,
    );
    let message = only(later);
    assert_eq!(
        (message.state, message.evidence),
        (State::Submitting, Evidence::Cut)
    );
    let message = judged(open(EndReason::GivenUp), Some(70.0), &[0.0, 100.0, 100.0]);
    assert_eq!(
        (message.state, message.evidence),
        (State::Submitting, Evidence::Cut)
    );
}

/// One that expires ten minutes after it was announced, to a phone with number 2.
fn announced(url: &str) -> Exchange {
    let soon = PduRecord {
        expiry: Some(ExpiryValue::Relative(600)),
        ..notification("n1", url, None, "s")
    };
    Exchange::push(1.0, phone(2), soon)
}

#[test]
fn an_expiry_needs_that_a_fetch_would_have_been_seen() {
    const URL: &str = "http://mmsc.example/mm/1";
    let frames = [0.0, 700.0, 700.0];
    let state = |exchange, other, frames: &[f64]| judged(exchange, other, frames).state;
    assert_eq!(
        state(announced(URL), None, &frames),
        State::Notified,
        "no retrieval is captured at all"
    );
    assert_eq!(state(announced(URL), Some(20.0), &frames), State::Expired);
    assert_eq!(
        state(announced(URL), Some(20.0), &[0.0, 500.0, 500.0]),
        State::Notified
    );
    let encrypted = announced("https://mmsc.example/mm/1");
    assert_eq!(state(encrypted, Some(20.0), &frames), State::Notified);
    assert_eq!(
        state(announced("http://other.example/mm/1"), Some(20.0), &frames),
        State::Notified
    );
    let phones_own = Exchange::post(20.0, phone(2), notifyresp("other", 0x81)).answered(20.5, 200, None);
    let life = numbered(vec![announced("http://other.example/mm/1"), phones_own]);
    let played = play_with(&life, Settings::default(), &[&frames]);
    assert!(
        played
            .messages
            .iter()
            .any(|message| message.state == State::Expired)
    );
    let before = PduRecord {
        expiry: Some(ExpiryValue::Absolute(time(-7200.0))),
        ..notification("n1", URL, None, "s")
    };
    assert_eq!(
        state(Exchange::push(1.0, phone(2), before), Some(20.0), &frames),
        State::Notified
    );
}

/// A retrieval may lie in what nobody could read.
#[test]
fn an_encrypted_connection_to_the_mmsc_leaves_an_expiry_unproven() {
    const URL: &str = "http://mmsc.example/mm/1";
    let other = Exchange::post(20.0, phone(3), notifyresp("other", 0x81)).answered(20.5, 200, None);
    let frame = |second: f64| FrameRef {
        time: time(second),
        ..FrameRef::default()
    };
    let state = |client: u8, at: f64| {
        let mut correlator = Correlator::new(Settings::default());
        for second in [0.0, 700.0, 700.0] {
            correlator.frame(frame(second), Origin::default(), frame(second).time);
        }
        let at = frame(at);
        let connection = EncryptedConnection {
            network: NetworkId::default(),
            client: phone(client).address,
            server: MMSC.address,
            name: None,
            first: at,
            last: at,
        };
        correlator.encrypted(&connection, Encryption::Begun);
        let played = play_to(correlator, &numbered(vec![announced(URL), other.clone()]));
        let mut messages = played.messages.into_iter();
        messages
            .find(|message| !message.deliveries[0].notifications.is_empty())
            .unwrap()
            .state
    };
    assert_eq!(state(2, 10.0), State::Notified);
    assert_eq!(state(3, 10.0), State::Expired, "another phone's");
    assert_eq!(state(2, 650.0), State::Expired, "after the expiry");
}

/// Covered time is told for each interface: that others go on shows nothing of what this one would have taken.
#[test]
fn an_interface_that_takes_nothing_any_more_proves_nothing() {
    let ends = |interfaces: [u32; 2], seconds: [&[f64]; 2]| {
        let request = Exchange::post(1.0, phone(1), send_req("t1", None, &[&number(2)], "s", 1))
            .ended(1.0, EndReason::CaptureEnd, VISIBLE)
            .by_interfaces(interfaces);
        let message = only(play_on(&numbered(vec![request]), Settings::default(), seconds));
        (message.outcome, message.evidence)
    };
    let (short, long): (&[f64], &[f64]) = (&[0.0, 2.0, 2.0], &[0.0, 30.0, 62.0, 62.0]);
    let (failed, pending) = (
        (Outcome::Failure, Evidence::Complete),
        (Outcome::Open, Evidence::Cut),
    );
    assert_eq!(ends([0, 0], [long, short]), failed);
    assert_eq!(ends([0, 0], [short, long]), pending);
    // A tap whose two directions are two interfaces: the answer would have come over the other one.
    assert_eq!(ends([0, 1], [short, long]), failed);
    assert_eq!(ends([0, 1], [long, short]), pending);
}

#[test]
fn an_expiry_passes_where_retrievals_would_have_been_taken() {
    let ends = |seconds: [&[f64]; 2]| {
        let mut life = happy_life(0.0, 1, 2, "a");
        life.truncate(1);
        let push = Exchange::sms(
            1.0,
            &number(2),
            PduRecord {
                expiry: Some(ExpiryValue::Relative(60)),
                ..notification("n1", "http://mmsc.example/mm/a", Some(&number(1)), "a")
            },
        );
        life.push(push.by_interfaces([1, 1]));
        only(play_on(&numbered(life), Settings::default(), seconds)).state
    };
    let (short, long): (&[f64], &[f64]) = (&[0.0, 2.0, 2.0], &[0.0, 30.0, 62.0, 62.0]);
    assert_eq!(ends([long, short]), State::Expired);
    assert_eq!(ends([short, long]), State::Notified);
}
