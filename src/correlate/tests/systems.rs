//! Who is who between systems: MMSCs that count alike, counters that restart, applications behind one proxy (3GPP TS
//! 23.140 gives neither message ids nor transaction ids a scope beyond their system).

use proptest::prelude::*;

use super::super::PduRecord;
use super::super::samples::{Exchange, MMSC, Played, mail_host, number, only, parts, phone, play};
use crate::correlate::message::{Message, State};
use crate::correlate::record::pdu::{AnswerStatus, Sender};
use crate::mms::{Mm4Type, Mm7Type, PduType};
use crate::model::Endpoint;
use crate::session::Bearer;

/// A foreign MMSC: its host's number, by which its domain goes too.
type System = u8;

fn domain(system: System) -> String {
    format!("mms{system}.example")
}

fn user(system: System) -> String {
    format!("system@{}", domain(system))
}

fn at_system(phone: u8, system: System) -> String {
    format!("{}/TYPE=PLMN@{}", number(phone), domain(system))
}

/// What one MMSC hands to another for a pair of phones; `content` tells texts and subjects apart.
fn forward(at: f64, [from, to]: [System; 2], [sender, recipient]: [u8; 2], content: u8) -> Exchange {
    let pdu = PduRecord {
        message_type: PduType::Mm4(Mm4Type::ForwardReq),
        transaction_id: Some("1".into()),
        message_id: Some("1001".into()),
        from: Sender::Address(number(sender).into()),
        to: vec![number(recipient).into()],
        subject: Some(format!("s{content}").into()),
        parts: parts(content),
        ack_requested: Some(true),
        system: Some(user(from).into()),
        ..PduRecord::default()
    };
    Exchange::mail(at, [from, to], &user(from), &[&at_system(recipient, to)], pdu)
}

/// The answer of `from` to `to`.
fn answer(at: f64, [from, to]: [System; 2], status: &'static str) -> Exchange {
    let pdu = PduRecord {
        message_type: PduType::Mm4(Mm4Type::ForwardRes),
        transaction_id: Some("1".into()),
        message_id: Some("1001".into()),
        answer_status: Some(AnswerStatus::Mm4(status.into())),
        system: Some(user(from).into()),
        ..PduRecord::default()
    };
    Exchange::mail(at, [from, to], &user(from), &[&user(to)], pdu)
}

/// Senders and states in the order of senders.
fn states(played: &Played) -> Vec<(Option<String>, State)> {
    let mut states: Vec<_> = played
        .messages
        .iter()
        .map(|m| (m.from.clone(), m.state))
        .collect();
    states.sort();
    states
}

fn tries(message: &Message) -> (u32, usize) {
    let handover = &message.deliveries[0].handovers[0];
    (handover.tries, handover.hops.len())
}

#[test]
fn two_mmscs_that_count_alike_hand_over_two_messages() {
    let played = play(vec![
        forward(0.0, [1, 9], [1, 2], 1),
        forward(0.5, [3, 9], [3, 4], 2),
        answer(2.0, [9, 3], "Error-service-denied"),
        answer(3.0, [9, 1], "Ok"),
    ]);
    let wanted = [
        (Some(number(1)), State::HandedOver),
        (Some(number(3)), State::Failed),
    ];
    assert_eq!(states(&played), wanted);
}

#[test]
fn a_counter_that_restarts_hands_over_another_message() {
    const DAY: f64 = 86_400.0;
    let second = |recipient, subject: &'static str, content| {
        let later = forward(DAY, [1, 9], [1, recipient], content).replied(DAY + 0.1, 552);
        let later = later.asking(|pdu| pdu.subject = Some(subject.into()));
        play(vec![forward(0.0, [1, 9], [1, 2], 1), later]).messages.len()
    };
    assert_eq!(second(3, "other", 1), 2, "another recipient and subject");
    assert_eq!(second(3, "s1", 2), 2, "another recipient and content");
    assert_eq!(second(2, "s1", 2), 2, "another content");
    assert_eq!(second(2, "s1", 1), 1, "the same again");
}

#[test]
fn an_answer_between_other_systems_is_of_another_request() {
    let played = play(vec![
        forward(0.0, [1, 9], [1, 2], 1),
        answer(2.0, [8, 3], "Error-service-denied"),
    ]);
    assert_eq!(states(&played), [(Some(number(1)), State::HandingOver)]);
}

/// A report about a recipient, to whom the message came from, over MM4 or MM7.
fn report(at: f64, pdu: PduType, recipient: u8, addressee: u8) -> Exchange {
    let record = PduRecord {
        message_type: pdu,
        message_id: Some("1001".into()),
        from: Sender::Address(number(recipient).into()),
        to: vec![number(addressee).into()],
        status: Some(0x82),
        read_status: Some(0x80),
        ..PduRecord::default()
    };
    match pdu {
        PduType::Mm4(_) => Exchange::mail(at, [9, 1], &user(9), &[&at_system(addressee, 1)], record),
        PduType::Mm7(_) => Exchange::post(at, phone(50), record).over(Bearer::Soap, MMSC, phone(99)),
        _ => Exchange::push(at, phone(addressee), record),
    }
}

#[test]
fn a_report_about_a_stranger_or_to_another_sender_is_of_another_message() {
    for pdu in [
        PduType::Mm4(Mm4Type::DeliveryReportReq),
        PduType::Mm4(Mm4Type::ReadReplyReportReq),
        PduType::Mm7(Mm7Type::DeliveryReportReq),
        PduType::Mm7(Mm7Type::ReadReplyReq),
        PduType::DELIVERY_IND,
        PduType::READ_ORIG_IND,
    ] {
        let with = |recipient, addressee| {
            let sent = forward(0.0, [1, 9], [1, 2], 1);
            play(vec![sent, report(900.0, pdu, recipient, addressee)])
                .messages
                .len()
        };
        assert_eq!((with(2, 1), with(7, 1)), (1, 2), "{pdu:?}");
        assert_eq!(with(2, 5), 2, "{pdu:?}");
    }
}

/// SubmitReq of an application behind a proxy.
fn vote(at: f64, application: &'static str, code: u16) -> Exchange {
    let pdu = PduRecord {
        message_type: PduType::Mm7(Mm7Type::SubmitReq),
        transaction_id: Some("1".into()),
        application: Some(application.into()),
        to: vec![number(2).into()],
        subject: Some("s".into()),
        parts: parts(1),
        ..PduRecord::default()
    };
    let answer = PduRecord {
        message_type: PduType::Mm7(Mm7Type::SubmitRsp),
        transaction_id: Some("1".into()),
        message_id: (code < 2000).then(|| application.into()),
        answer_status: Some(AnswerStatus::Mm7(code)),
        ..PduRecord::default()
    };
    Exchange::post(at, phone(99), pdu)
        .over(Bearer::Soap, phone(99), MMSC)
        .answered(at + 0.1, 200, Some(answer))
}

#[test]
fn applications_behind_one_proxy_submit_messages_of_their_own() {
    let names = ["a/1", "b/1", "c/1", "d/1", "e/1"];
    let life = names.iter().enumerate().map(|(place, name)| {
        let code = if place == 2 { 1000 } else { 2002 };
        vote(place as f64, name, code)
    });
    let states = states(&play(life.collect()));
    let failed = states.iter().filter(|(_, state)| *state == State::Failed);
    assert_eq!((states.len(), failed.count()), (5, 4));
    let again = only(play(vec![vote(0.0, "a/1", 2002), vote(1.0, "a/1", 1000)]));
    assert_eq!(again.submission.unwrap().tries, 2);
}

#[test]
fn a_mail_on_both_sides_of_a_nat_is_one_try_with_a_hop() {
    let inside = || forward(0.0, [1, 9], [1, 2], 1);
    let outside = || {
        let public = Endpoint::new(std::net::IpAddr::from([198, 51, 100, 7]), 20_000);
        inside().behind_nat(public, mail_host(9))
    };
    assert_eq!(tries(&only(play(vec![inside(), outside()]))), (1, 1));
    let refused = || inside().replied(0.1, 451);
    let later = |at: f64| forward(at, [2, 9], [1, 2], 1).asking(|pdu| pdu.system = Some(user(1).into()));
    let again = only(play(vec![refused(), later(300.0)]));
    assert_eq!(tries(&again), (2, 0), "another server of the same system");
}

fn pairs() -> impl Strategy<Value = Vec<(u16, bool, bool)>> {
    proptest::collection::vec((0_u16..300, any::<bool>(), any::<bool>()), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each pair of MMSCs hands one message over, answered or not, well or not; all of them count alike.
    #[test]
    fn ids_that_collide_between_systems_change_no_verdict(pairs in pairs(), one_peer in any::<bool>()) {
        let mut life = Vec::new();
        let mut wanted = Vec::new();
        for (place, (offset, is_answered, is_taken)) in pairs.iter().enumerate() {
            let (number_of, at) = (place as u8 + 1, f64::from(*offset) / 10.0);
            let peer = if one_peer { 99 } else { 100 + number_of };
            let phones = [number_of, 100 + number_of];
            life.push(forward(at, [number_of, peer], phones, number_of));
            if *is_answered {
                let status = if *is_taken { "Ok" } else { "Error-service-denied" };
                life.push(answer(at + 5.0, [peer, number_of], status));
            }
            let state = match (is_answered, is_taken) {
                (false, _) => State::HandingOver,
                (true, true) => State::HandedOver,
                (true, false) => State::Failed,
            };
            wanted.push((Some(number(number_of)), state));
        }
        wanted.sort();
        prop_assert_eq!(states(&play(life)), wanted);
    }

    /// The same for applications that submit to MMSCs which count alike, and are told what became of it.
    #[test]
    fn ids_that_collide_between_applications_change_no_verdict(pairs in pairs()) {
        let mut life = Vec::new();
        let mut wanted = Vec::new();
        for (place, (offset, is_told, is_taken)) in pairs.iter().enumerate() {
            let (octet, at) = (place as u8 + 1, f64::from(*offset) / 10.0);
            let application = phone(150 + octet);
            let submitted = vote(at, "a/1", 1000)
                .over(Bearer::Soap, application, MMSC)
                .asking(|pdu| {
                    pdu.from = Sender::Address(number(octet).into());
                    pdu.to = vec![number(100 + octet).into()];
                    pdu.subject = Some(format!("s{octet}").into());
                    pdu.parts = parts(octet);
                })
                .with_ids("1", "1001");
            life.push(submitted);
            let told = PduType::Mm7(Mm7Type::DeliveryReportReq);
            let status = if *is_taken { 0x81 } else { 0x82 };
            let told = report(at + 50.0, told, 100 + octet, octet)
                .over(Bearer::Soap, MMSC, application)
                .asking(|pdu| pdu.status = Some(status));
            life.extend(is_told.then_some(told));
            let state = match (is_told, is_taken) {
                (false, _) => State::Submitted,
                (true, true) => State::Reported,
                (true, false) => State::Rejected,
            };
            wanted.push((Some(number(octet)), state));
        }
        wanted.sort();
        prop_assert_eq!(states(&play(life)), wanted);
    }
}
