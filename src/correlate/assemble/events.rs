//! The events of a leg: its request and its answer, each with what it says.

use crate::correlate::message::{Event, EventFacts};
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, RequestFacts, ResponseFacts};
use crate::correlate::store::pdus::{Answered, Reported, Send};
use crate::correlate::verdict::ends;
use crate::correlate::verdict::handover;
use crate::correlate::verdict::judge::{answer_seen, request_seen};

/// The request and the answer of a leg.
pub(crate) fn events(leg: Leg<'_>) -> impl Iterator<Item = Event> {
    let request = request_seen(leg).map(|seen| Event {
        seen,
        facts: request_event(leg),
        transfer: leg.transfer,
        bearer_status: None,
    });
    let answer = answer_seen(leg).map(|seen| Event {
        seen,
        facts: response_event(leg),
        transfer: None,
        bearer_status: ends::bearer_answer(leg),
    });
    request.into_iter().chain(answer)
}

/// What a leg's request says. It is only asked for a request that was captured.
fn request_event(leg: Leg<'_>) -> EventFacts {
    match leg.request_facts() {
        RequestFacts::Unseen | RequestFacts::Unread => EventFacts::Unread {
            url: owned(leg.url()),
        },
        RequestFacts::Get => EventFacts::Get {
            url: owned(leg.url()),
        },
        RequestFacts::Connect => EventFacts::Connect {
            url: owned(leg.url()),
        },
        RequestFacts::RefusedCommand => EventFacts::RefusedCommand {
            recipient: leg.envelope_recipients().next().map(|to| to.address().to_owned()),
        },
        RequestFacts::Send(send) => sent(send),
        RequestFacts::Handover(handover) => EventFacts::Send {
            recipient: leg.envelope_recipients().next().map_or_else(
                || bare(handover.send().recipients().next()),
                |to| Some(to.address().to_owned()),
            ),
            more_recipients: match leg.envelope_recipients().count() {
                0 => handover.send().recipients().count().saturating_sub(1),
                envelope => envelope - 1,
            },
            pdu: handover.send().pdu,
            transaction_id: id(handover.send().transaction_id()),
        },
        RequestFacts::Answer(answer) => answering(answer),
        RequestFacts::Notification(notified) => EventFacts::Notification {
            transaction_id: owned(notified.transaction_id()),
            from: bare(notified.sender()),
            recipient: owned(leg.recipient()),
            content_location: owned(notified.location()),
        },
        RequestFacts::Acknowledgement(confirmed) => EventFacts::Acknowledgement {
            pdu: confirmed.pdu,
            transaction_id: owned(confirmed.transaction_id()),
            status: confirmed.status,
        },
        RequestFacts::DeliveryReport(report) => EventFacts::DeliveryReport {
            pdu: report.pdu,
            message_id: owned(report.message_id()),
            statuses: statuses(report),
        },
        RequestFacts::ReadReport(read) => EventFacts::ReadReport {
            pdu: read.pdu,
            message_id: owned(read.message_id()),
            status: read.told_of(0).and_then(|told| told.status),
        },
        RequestFacts::Operation(facts) => EventFacts::Operation {
            pdu: facts.pdu,
            transaction_id: owned(facts.transaction_id()),
        },
    }
}

fn sent(send: Send<'_>) -> EventFacts {
    EventFacts::Send {
        pdu: send.pdu,
        transaction_id: owned(send.transaction_id()),
        recipient: bare(send.recipients().next()),
        more_recipients: send.recipients().count().saturating_sub(1),
    }
}

/// What a leg's answer says.
fn response_event(leg: Leg<'_>) -> EventFacts {
    match leg.response_facts() {
        ResponseFacts::Nothing => EventFacts::Answer,
        ResponseFacts::Other(pdu) => EventFacts::OtherPdu(pdu),
        ResponseFacts::SendConf(conf) => EventFacts::SendConf {
            pdu: conf.pdu,
            message_id: owned(conf.message_id()),
            status: conf.status,
            text: owned(conf.text()),
        },
        ResponseFacts::Retrieved(retrieved) => EventFacts::RetrieveConf {
            message_id: owned(retrieved.message_id()),
            from: bare(retrieved.sender()),
            status: retrieved.status,
            text: owned(retrieved.text()),
        },
        ResponseFacts::Answer(answer) => answering(answer),
        ResponseFacts::Operation(facts) => EventFacts::Operation {
            pdu: facts.pdu,
            transaction_id: owned(facts.transaction_id()),
        },
    }
}

/// What a report says became of its recipients, each word once.
fn statuses(report: Reported<'_>) -> Vec<u8> {
    let mut said = Vec::new();
    for status in report.told().filter_map(|told| told.status) {
        if !said.contains(&status) {
            said.push(status);
        }
    }
    said
}

/// What answers on MM4 and MM7.
fn answering(answer: Answered<'_>) -> EventFacts {
    EventFacts::Response {
        pdu: answer.pdu,
        transaction_id: id(answer.transaction_id()),
        message_id: owned(answer.message_id()),
        status: answer.status().map(handover::code),
        text: owned(answer.text()),
    }
}

/// An identifier without what some PDUs put around it.
fn id(written: Option<&str>) -> Option<String> {
    owned(written.map(address::message_id))
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn bare(address: Option<&str>) -> Option<String> {
    owned(address.map(address::bare))
}
