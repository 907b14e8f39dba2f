//! Captures in which half of everything lacks: detail is lost, and no message is counted twice.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::correlate::message::{Message, Outcome};
use crate::correlate::record::pdu::PduRecord;
use crate::correlate::samples::*;
use crate::mms::{Mm4Type, PduType};
use crate::model::AnomalyKind;
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

/// What a capture lacks.
#[derive(Clone, Copy, Debug)]
enum Lacking {
    /// All that goes to the phones.
    ToPhones,
    /// All that comes from the phones.
    FromPhones,
    /// What stands behind the first header fields of each PDU.
    Ends,
}

impl Lacking {
    fn left(self, exchange: Exchange) -> Option<Exchange> {
        let is_push = !exchange.is_post() && !exchange.is_get();
        match self {
            Self::ToPhones if is_push => None,
            Self::ToPhones => {
                Some(exchange.ended(1000.0, EndReason::CaptureEnd, AnswerVisibility::NotCaptured))
            }
            Self::FromPhones if is_push => Some(exchange),
            Self::FromPhones => exchange.answers_with_pdu().then(|| exchange.without_request()),
            Self::Ends => Some(exchange.cut_to_ids()),
        }
    }
}

fn lacking() -> impl Strategy<Value = Lacking> {
    prop_oneof![
        Just(Lacking::ToPhones),
        Just(Lacking::FromPhones),
        Just(Lacking::Ends)
    ]
}

/// The lives of which a message shows something: each has exchanges of its own.
fn shown(message: &Message, lives: &BTreeMap<u64, usize>) -> BTreeSet<usize> {
    let frames = message.events.iter().map(|event| event.seen.last().frame.0 / 4);
    frames
        .filter_map(|exchange| lives.get(&exchange).copied())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_lacks_its_other_half_is_counted_once(
        cuts in proptest::collection::vec((1_usize..=5, 0_u16..600, 0_u8..3), 1..12),
        lacking in lacking(),
    ) {
        let mut exchanges = Vec::new();
        let mut lives = BTreeMap::new();
        for (life, (steps, offset, end)) in cuts.iter().enumerate() {
            let pair = life as u8 * 2;
            let happy = happy_life(f64::from(*offset) / 10.0, pair + 1, pair + 2, &format!("life{life:02}"));
            let steps = happy.into_iter().take(*steps).map(|exchange| exchange.refusing_with(*end));
            for exchange in steps.filter_map(|exchange| lacking.left(exchange)) {
                lives.insert(exchanges.len() as u64, life);
                exchanges.push(exchange);
            }
        }
        let played = play_until(&numbered(exchanges), 1000.0);
        prop_assert!(played.messages.len() <= cuts.len(), "{:#?}", played.messages);
        let has_failed = |life: usize| cuts[life].2 > 0 && cuts[life].0 >= 4;
        // A failure is never hidden, though nothing tells which submission it is of.
        let all_arrived = !(0..cuts.len()).any(has_failed);
        let mut told = BTreeSet::new();
        for message in &played.messages {
            for life in shown(message, &lives) {
                prop_assert!(told.insert(life) || !all_arrived, "{life} is told twice: {:#?}", played.messages);
                prop_assert!(message.outcome != Outcome::Failure || has_failed(life));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is lost of lives that arrive: exchanges, answers, the ends of bodies.
    #[test]
    fn loss_never_turns_what_arrived_into_a_failure(
        lives in proptest::collection::vec((1_usize..=5, 0_u16..600, any::<[u8; 5]>()), 1..10),
    ) {
        let mut exchanges = Vec::new();
        for (index, (steps, offset, lost)) in lives.iter().enumerate() {
            let pair = index as u8 * 2;
            let life = happy_life(f64::from(*offset) / 10.0, pair + 1, pair + 2, &format!("life{index:02}"));
            for (exchange, lost) in life.into_iter().take(*steps).zip(lost) {
                exchanges.extend(match lost % 8 {
                    0 => None,
                    1 => Lacking::ToPhones.left(exchange),
                    2 => Lacking::FromPhones.left(exchange),
                    3 => Some(exchange.cut_to_ids()),
                    4 => Some(exchange.answer_end(BodyEnd::Hole)),
                    _ => Some(exchange),
                });
            }
        }
        let played = play_until(&numbered(exchanges), 1000.0);
        for message in &played.messages {
            prop_assert!(message.outcome != Outcome::Failure && message.outcome != Outcome::Partial, "{message:#?}");
        }
        prop_assert!(played.messages.iter().all(|message| message.failures.is_empty()));
    }
}

/// A capture of the phones' side alone: what was submitted and what was confirmed may be one.
#[test]
fn a_remnant_is_noted_and_not_counted() {
    let life = happy_life(0.0, 1, 2, "a");
    let left = life
        .into_iter()
        .filter_map(|exchange| Lacking::ToPhones.left(exchange));
    let played = play(left.collect());
    assert_eq!(played.anomalies.count(AnomalyKind::UnassignedRemnant), 1);
    assert_eq!(only(played).outcome, Outcome::Open);
}

/// Where all was captured, an m-notifyresp.ind without its notification is a message of its own.
#[test]
fn where_nothing_lacks_nothing_is_a_remnant() {
    let submitted = happy_life(0.0, 1, 2, "a").into_iter().take(1);
    let answer = Exchange::post(5.0, phone(4), notifyresp("n", 0x83)).answered(5.1, 200, None);
    let played = play(submitted.chain([answer]).collect());
    assert_eq!(played.anomalies.count(AnomalyKind::UnassignedRemnant), 0);
    assert_eq!(played.messages.len(), 2);
}

/// One message in many of which octets were lost costs that message only.
#[test]
fn octets_lost_here_and_there_make_no_remnants() {
    let whole =
        (0..4).flat_map(|n| happy_life(f64::from(n) * 10.0, n * 2 + 1, n * 2 + 2, &format!("life{n}")));
    let submitted = happy_life(50.0, 11, 12, "lost").into_iter().take(1);
    let submitted = submitted.map(|exchange| exchange.answer_end(BodyEnd::Hole));
    let answer = Exchange::post(55.0, phone(14), notifyresp("n", 0x81)).answered(55.1, 200, None);
    let played = play(whole.chain(submitted).chain([answer]).collect());
    assert_eq!(played.messages.len(), 6);
}

const FORWARD: PduType = PduType::Mm4(Mm4Type::ForwardReq);

/// MM4_forward.REQ of which a short snap length leaves the type, to the phone of this number.
fn forwarded(at: f64, hosts: [u8; 2], to: &str) -> Exchange {
    let pdu = PduRecord {
        message_type: FORWARD,
        ..PduRecord::default()
    };
    let to = format!("{to}/TYPE=PLMN@mms.two.example");
    Exchange::mail(at, hosts, "system-user@mms.one.example", &[&to], pdu).cut_to_ids()
}

/// Ids and content that would tell of which submission a handover is are among what lacks.
#[test]
fn a_handover_belongs_to_the_submission_before_it() {
    let submitted = happy_life(0.0, 1, 2, "a").into_iter().take(1);
    let submitted = submitted.map(Exchange::cut_to_ids);
    let message = only(play(
        submitted
            .chain([forwarded(1.0, [1, 2], "+61400000002")])
            .collect(),
    ));
    assert_eq!(message.recipients, ["+61400000002"]);
    assert!(message.failures.is_empty());
    // Two of them are two messages.
    let handovers = [("+61400000002", 1.0), ("+61400000003", 1.5)];
    let handovers = handovers.map(|(to, at)| forwarded(at, [1, 2], to));
    assert_eq!(play(handovers.into()).messages.len(), 2);
}

/// A mail that the server which took it sends on, by the same envelope.
#[test]
fn a_mail_on_its_way_is_one() {
    let first = || forwarded(1.0, [1, 3], "+61400000002");
    let sent_on = forwarded(2.0, [3, 2], "+61400000002");
    only(play(vec![first(), sent_on]));
}
