//! Nothing that was read of the traffic and names somebody is left, whatever it holds: identifiers, addresses and URLs
//! that read like the words of the output.

use proptest::prelude::*;

use super::*;
use crate::correlate::By;
use crate::mms::PduType;
use crate::model::FrameRef;
use crate::report::document::{
    Event, EventFacts, ExchangeEnds, Failure, FailureDetail, FailureKind, Link, LinkDetail, LinkValue,
    Message, Relation,
};
use crate::report::sample;
use crate::report::words::event_words;

/// Every kind of event, with `text` wherever the traffic could put one.
fn events(text: &str) -> Vec<EventFacts> {
    let some = || Some(text.to_owned());
    vec![
        EventFacts::Unread { url: some() },
        EventFacts::Get { url: some() },
        EventFacts::Send {
            pdu: PduType::SEND_REQ,
            transaction_id: some(),
            recipient: some(),
            more_recipients: 2,
        },
        EventFacts::SendConf {
            pdu: PduType::SEND_CONF,
            message_id: some(),
            status: Some(128),
            text: some(),
        },
        EventFacts::Notification {
            transaction_id: some(),
            from: some(),
            recipient: some(),
            content_location: some(),
        },
        EventFacts::RetrieveConf {
            message_id: some(),
            from: some(),
            status: Some(128),
            text: some(),
        },
        EventFacts::Acknowledgement {
            pdu: PduType::NOTIFYRESP_IND,
            transaction_id: some(),
            status: Some(129),
        },
        EventFacts::DeliveryReport {
            pdu: PduType::DELIVERY_IND,
            message_id: some(),
            statuses: vec![129],
        },
        EventFacts::ReadReport {
            pdu: PduType::READ_REC_IND,
            message_id: some(),
            status: Some(128),
        },
        EventFacts::Operation {
            pdu: PduType::MBOX_STORE_REQ,
            transaction_id: some(),
        },
    ]
}

fn details(text: &str) -> Vec<FailureDetail> {
    let url = || Some(text.to_owned());
    vec![
        FailureDetail::RetrievalFailed {
            url: url(),
            cause: crate::correlate::EndCause::NoAnswer,
        },
        FailureDetail::RetrievalRefused {
            url: url(),
            status: Some(0xe2),
            text: None,
        },
    ]
}

fn links(text: &str) -> Vec<LinkDetail> {
    let frames = [FrameRef::default(); 2];
    let legs = |by, value| LinkDetail::Legs { by, value, frames };
    let messages = |relation| LinkDetail::Messages {
        relation,
        name: text.to_owned(),
        frames,
    };
    vec![
        legs(By::Location, LinkValue::Url(text.to_owned())),
        legs(By::TransactionId, LinkValue::Identifier(text.to_owned())),
        messages(Relation::Forwards),
        messages(Relation::Replaces),
        messages(Relation::RepliesTo),
        messages(Relation::Cancels),
    ]
}

/// A message with `text` as every identifier, address and URL in it.
fn message(text: &str) -> Message {
    let some = || Some(text.to_owned());
    let mut message = sample::delivered();
    let seen = message.events[0].seen.clone();
    message.message_id = some();
    message.from = some();
    message.to = vec![text.to_owned()];
    message.subject = some();
    let submission = message.submission.as_mut().unwrap();
    submission.transaction_id = some();
    submission.ends.host = some();
    let delivery = &mut message.deliveries[0];
    delivery.recipient = some();
    delivery.notifications[0].transaction_id = some();
    delivery.notifications[0].content_location = some();
    delivery.retrievals[0].url = some();
    delivery.retrievals[0].message_id = some();
    delivery.retrievals[0].transaction_id = some();
    delivery.acknowledgements[0].transaction_id = some();
    delivery.delivery_reports[0].message_id = some();
    let failed = |detail| Failure {
        recipient: some(),
        ..Failure::new(FailureKind::RetrieveNoResponse, None, seen.last(), detail)
    };
    message.failures = details(text).into_iter().map(failed).collect();
    let link = |detail| Link {
        detail,
        ..message.links[0].clone()
    };
    message.links = links(text).into_iter().map(link).collect();
    let event = |facts| sample::event(&seen, facts, None);
    message.events = events(text).into_iter().map(event).collect();
    message
}

fn redacted_words(event: &Event) -> String {
    let mut message = sample::bare(1);
    message.events = vec![event.clone()];
    Redactor::default().message(&mut message);
    event_words(&message.events[0]).to_string()
}

#[test]
fn an_identifier_that_reads_like_our_words_is_one_identifier() {
    let seen = sample::seen(1, 0, "10.1.1.1:40000", "10.2.2.2:80");
    let facts = EventFacts::Acknowledgement {
        pdu: PduType::NOTIFYRESP_IND,
        transaction_id: Some("x status alice.smith".to_owned()),
        status: Some(129),
    };
    let event = sample::event(&seen, facts, None);
    assert_eq!(
        event_words(&event).to_string(),
        "tid x status alice.smith status retrieved"
    );
    assert_eq!(redacted_words(&event), "tid id-1 status retrieved");
}

#[test]
fn the_name_of_a_program_keeps_its_words_and_loses_serial_numbers() {
    let mut message = sample::delivered();
    message.submission.as_mut().unwrap().ends = ExchangeEnds {
        host: Some("mms.alpha.example".to_owned()),
        user_agent: Some("Phone6230/1.0 SN/356938035643809 +61400000001".to_owned()),
        server: Some("gateway 10.2.2.2".to_owned()),
    };
    Redactor::default().message(&mut message);
    let ends = serde_json::to_string(&message.submission.unwrap().ends).unwrap();
    for secret in ["alpha", "356938035643809", "61400000001", "10.2.2.2"] {
        assert!(!ends.contains(secret), "{ends}");
    }
    assert!(ends.contains("Phone6230/1.0 [redacted]"), "{ends}");
}

proptest! {
    #[test]
    fn no_identifier_address_or_url_is_left(
        before in "[ <\"(]?[a-z]{0,3}[ /:]?(tid|mid|to|from|for|at|GET|request|status|text|and|frame|frames)?",
        space in "[ \t,;=]",
        secret in "zq[a-z0-9.]{5,9}x",
        after in "( more| status ok|, frames 1 and 2|[>\")])?",
    ) {
        let mut message = message(&format!("{before}{space}{secret}{after}"));
        Redactor::default().message(&mut message);
        let text = serde_json::to_string(&message).unwrap();
        prop_assert!(!text.contains(&secret), "{}", text);
    }
}

fn redacted(mut document: Document) -> Document {
    Redactor::default().document(&mut document);
    document
}

#[test]
fn nothing_that_names_somebody_is_left() {
    let text = serde_json::to_string(&redacted(sample::document())).unwrap();
    for secret in [
        "61400000001",
        "61400000002",
        "61400000003",
        "C8Q7",
        "mmsc.example",
        "Holiday",
        "smil.xml",
        "a.jpg",
        "passwd",
        "10.1.1.",
        "10.2.2.2",
        "ünïcode",
        "example.org",
        "alert(1)",
        "a.pcapng",
        "c1c0",
        "javascript",
    ] {
        assert!(!text.contains(secret), "{secret} is still there");
    }
}

#[test]
fn what_was_the_same_is_the_same_and_the_verdict_stays() {
    let before = sample::document();
    let after = redacted(before.clone());
    assert_eq!(after.messages[0].from, after.messages[1].from);
    assert_ne!(after.messages[0].from.as_ref(), after.messages[0].to.first());
    assert_eq!(
        after.messages[0].to.first(),
        after.messages[0].deliveries[0].recipient.as_ref()
    );
    assert_eq!(
        after.messages[0].message_id,
        after.messages[0].deliveries[0].retrievals[0].message_id
    );
    for (before, after) in before.messages.iter().zip(&after.messages) {
        assert_eq!(
            (before.outcome, before.state, before.size),
            (after.outcome, after.state, after.size)
        );
        assert_eq!(before.events.len(), after.events.len());
    }
    assert_eq!(after, redacted(before));
}

#[test]
fn addresses_of_each_kind() {
    let mut redactor = Redactor::default();
    assert_eq!(redactor.address("+61400000001"), "+99900000001");
    assert_eq!(redactor.address("0061400000001"), "+99900000001");
    assert_eq!(redactor.address("61400000001"), "+99900000001");
    assert_eq!(redactor.address("+61400000002"), "+99900000002");
    assert_eq!(redactor.address("A@Example.org"), "user-1@example.invalid");
    assert_eq!(redactor.address("a@example.org"), "user-1@example.invalid");
    assert_eq!(redactor.address("Company"), "address-1");
    assert_eq!(redactor.address("10.0.0.1"), "198.18.0.1");
    for (endpoint, name) in [
        ("10.0.0.1:80", "198.18.0.1:80"),
        ("[fe80::1]:80", "[2001:db8::2]:80"),
    ] {
        assert_eq!(redactor.written_endpoint(endpoint), name);
        assert_eq!(redactor.endpoint(endpoint.parse().unwrap()).to_string(), name);
    }
    assert_eq!(redactor.written_endpoint("10.0.0.1"), "198.18.0.1");
    assert_eq!(redactor.written_endpoint("gateway:80"), "198.18.0.3:80");
}
