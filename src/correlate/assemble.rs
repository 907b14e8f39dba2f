//! From the legs of one message to the message: facts, legs, verdict, failures, links, ladder.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::address;
use super::clusters::{Cluster, View};
use super::evidence;
use super::join::Join;
use super::ladder;
use super::leg::{Content, Leg, Retrieved, STATUS_OK, Send};
use super::links;
use super::message::{
    Delivery, Evidence, Failure, FailureKind, Link, Message, OperationStatus, State, Submission,
};
use super::recipients;
use super::shape::Bench;
use super::submission;
use super::thread::Thread;
use super::verdict::Case;
use crate::model::{AnomalyKind, AnomalyLog};

/// What a message is put together from.
pub(super) struct Parts<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) threads: &'a [Thread],
    pub(super) joins: &'a [&'a Join],
    /// How it is tied to other messages.
    pub(super) relations: Vec<Link>,
    /// Whether an accepted m-cancel.req names it.
    pub(super) cancelled: bool,
}

impl Bench<'_> {
    pub(super) fn message(&self, parts: Parts<'_>, anomalies: &mut AnomalyLog) -> Message {
        let legs = self.legs_of(parts.cluster, parts.threads);
        let (submission, mut failures) = self.judged_submission(parts.cluster);
        let mut deliveries = self.judged_deliveries(&parts, &mut failures, anomalies);
        if parts.cancelled {
            for delivery in &mut deliveries {
                delivery.state = delivery.state.max(State::Cancelled);
            }
        }
        failures.extend(legs.iter().filter_map(|leg| malformed(leg)));
        failures.sort_by_key(|failure| (failure.at, failure.kind));
        note_oddities(&legs, submission.as_ref(), &deliveries, anomalies);
        let facts = Facts::new(self, &parts, &legs);
        let case = Case {
            submission: submission.as_ref().map(|submission| submission.state),
            recipients: facts.recipient_count(),
            deliveries: &deliveries,
            cancelled: parts.cancelled,
        };
        let (state, outcome) = (case.state(), case.outcome());
        let mut events: Vec<_> = legs.iter().flat_map(|leg| ladder::events(leg)).collect();
        events.sort_by_key(|event| (event.seen.extent.last, event.seen.extent.first, event.pdu));
        let mut found: Vec<Link> = parts
            .joins
            .iter()
            .filter_map(|join| links::link(self.scene, join))
            .collect();
        found.extend(parts.relations);
        Message {
            first: legs.iter().map(|leg| leg.first()).min().unwrap_or_default(),
            last: legs.iter().map(|leg| leg.last()).max().unwrap_or_default(),
            message_id: facts.message_id(),
            from: facts.from(),
            to: facts.list(|send| &send.to, |fetched| &fetched.to),
            cc: facts.list(|send| &send.cc, |fetched| &fetched.cc),
            bcc: facts.send.map_or(Vec::new(), |send| bare(&send.bcc)),
            subject: facts.subject(),
            message_class: facts.message_class(),
            priority: facts.priority(),
            content_type: facts
                .content()
                .and_then(|c| c.media_type.as_deref())
                .map(str::to_owned),
            size: facts.size(),
            parts: facts
                .content()
                .map_or_else(|| Arc::new([]) as Arc<[_]>, |content| Arc::clone(&content.parts)),
            outcome,
            state,
            evidence: self.evidence_of(&legs),
            submission,
            deliveries,
            failures,
            links: found,
            events,
        }
    }

    /// Every leg of a cluster.
    fn legs_of(&self, cluster: &Cluster, threads: &[Thread]) -> Vec<&Leg> {
        steps_of(cluster, threads)
            .flat_map(|step| self.scene.legs_of(step))
            .collect()
    }

    fn judged_submission(&self, cluster: &Cluster) -> (Option<Submission>, Vec<Failure>) {
        match cluster.submission.and_then(|step| self.submission(step)) {
            Some(submission::Judged { submission, failures }) => (Some(submission), failures),
            None => (None, Vec::new()),
        }
    }

    fn judged_deliveries(
        &self,
        parts: &Parts<'_>,
        failures: &mut Vec<Failure>,
        anomalies: &mut AnomalyLog,
    ) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for plan in recipients::plans(parts.cluster, self.scene, parts.threads) {
            let judged = self.delivery(&plan, parts.threads);
            failures.extend(judged.failures);
            for at in judged.contradictions {
                anomalies.note(AnomalyKind::ContradictoryReport, Some(at), || {
                    format!(
                        "the report in frame {} denies what the phone was seen to fetch",
                        at.frame
                    )
                });
            }
            deliveries.push(judged.delivery);
        }
        deliveries
    }

    fn evidence_of(&self, legs: &[&Leg]) -> Evidence {
        let timeout = self.settings.response_timeout;
        let all = legs
            .iter()
            .map(|leg| evidence::evidence(leg, self.horizon, timeout));
        all.max().unwrap_or(Evidence::Complete)
    }
}

/// The steps of a cluster.
pub(super) fn steps_of<'a>(cluster: &'a Cluster, threads: &'a [Thread]) -> impl Iterator<Item = usize> + 'a {
    let deliveries = cluster
        .threads
        .iter()
        .filter_map(|thread| threads.get(*thread))
        .flat_map(Thread::steps);
    cluster
        .submission
        .into_iter()
        .chain(deliveries)
        .chain(cluster.reports.iter().copied())
}

fn malformed(leg: &Leg) -> Option<Failure> {
    let malformed = leg.malformed.as_deref()?;
    let pdu = malformed.pdu.name().unwrap_or("PDU");
    Some(Failure {
        kind: FailureKind::MalformedPdu,
        code: None,
        detail: format!("{pdu} in frame {}: {}", malformed.at.frame, malformed.detail),
        recipient: None,
        at: malformed.at,
    })
}

fn note_oddities(
    legs: &[&Leg],
    submission: Option<&Submission>,
    deliveries: &[Delivery],
    anomalies: &mut AnomalyLog,
) {
    for leg in legs {
        if Bench::ids_disagree(leg) {
            note_id_mismatch(leg, anomalies);
        }
        if let (Some(request), Some(answer)) = (leg.request, leg.answer())
            && answer.last.time < request.first.time
        {
            anomalies.note(AnomalyKind::NegativeDuration, Some(answer.last), || {
                format!(
                    "the answer in frame {} is earlier than its request",
                    answer.last.frame
                )
            });
        }
    }
    let submitted = submission
        .and_then(|submission| submission.request)
        .map(|seen| seen.extent.first);
    let announced = deliveries
        .iter()
        .flat_map(|d| &d.notifications)
        .map(|n| n.seen.extent.first)
        .min();
    if let (Some(submitted), Some(announced)) = (submitted, announced)
        && announced.time < submitted.time
    {
        anomalies.note(AnomalyKind::NegativeDuration, Some(announced), || {
            format!(
                "the notification in frame {} is earlier than the submission",
                announced.frame
            )
        });
    }
}

/// Notes that an answer carries another transaction id than its request.
pub(super) fn note_id_mismatch(leg: &Leg, anomalies: &mut AnomalyLog) {
    let at = leg.last();
    anomalies.note(AnomalyKind::TransactionIdMismatch, Some(at), || {
        format!(
            "the answer in frame {} carries another transaction id than its request",
            at.frame
        )
    });
}

/// What the PDUs of a message say of it.
struct Facts<'a> {
    cluster: &'a Cluster,
    legs: &'a [&'a Leg],
    send: Option<&'a Send>,
    /// The m-retrieve.conf without error that is most complete.
    fetched: Option<&'a Retrieved>,
}

impl<'a> Facts<'a> {
    fn new(bench: &'a Bench<'_>, parts: &Parts<'a>, legs: &'a [&'a Leg]) -> Self {
        let sends = parts
            .cluster
            .submission
            .into_iter()
            .flat_map(|step| bench.scene.legs_of(step));
        let good = |fetched: &&Retrieved| fetched.status.is_none_or(|status| status == STATUS_OK);
        let fetches = legs.iter().filter_map(|leg| leg.retrieved()).filter(good);
        Self {
            cluster: parts.cluster,
            legs,
            send: sends.filter_map(Leg::send).max_by_key(|send| send.complete),
            fetched: fetches.max_by_key(|fetched| fetched.complete),
        }
    }

    fn recipient_count(&self) -> usize {
        let recipients = self.send.into_iter().flat_map(Send::recipients);
        recipients.map(address::comparable).collect::<BTreeSet<_>>().len()
    }

    fn message_id(&self) -> Option<String> {
        let in_legs = |wanted: fn(&Leg) -> bool| {
            self.legs
                .iter()
                .filter(|leg| wanted(leg))
                .find_map(|leg| links::message_id(leg))
        };
        let id = in_legs(|leg| leg.send_conf().is_some())
            .or_else(|| in_legs(|leg| leg.retrieved().is_some()))
            .or_else(|| in_legs(|_| true));
        id.map(str::to_owned)
    }

    /// From the submission, else from what the recipient got, else from a report, else as the bearer stamps it.
    fn from(&self) -> Option<String> {
        let announced = self
            .legs
            .iter()
            .filter_map(|leg| leg.notified()?.sender.as_deref());
        let named = self.send.and_then(|send| send.sender.as_deref());
        let fetched = self.fetched.and_then(|fetched| fetched.sender.as_deref());
        let sender = named.or_else(|| announced.into_iter().next()).or(fetched);
        let failed = || {
            let fetches = self.legs.iter().filter_map(|leg| leg.retrieved());
            fetches
                .filter_map(|fetched| fetched.sender.as_deref())
                .next()
                .filter(|_| self.send.is_none())
        };
        let sending = self.legs.iter().filter(|leg| leg.send().is_some());
        let stamped = sending.filter_map(|leg| leg.subscriber.as_deref()).next();
        sender
            .map(|sender| address::bare(sender).to_owned())
            .or_else(|| self.reported_sender())
            .or_else(|| {
                stamped
                    .or_else(failed)
                    .map(|sender| address::bare(sender).to_owned())
            })
    }

    /// The sender as a report names it: the address in it that is not the recipient.
    fn reported_sender(&self) -> Option<String> {
        self.legs.iter().find_map(|leg| {
            let view = View::best(leg, self.cluster)?;
            let addressee = view.addressee?;
            let written = leg
                .reported()
                .and_then(|report| report.to.as_deref())
                .or_else(|| leg.read_back().and_then(|read| read.to.as_deref()))
                .or(leg.recipient.as_deref());
            let written = written.filter(|written| address::comparable(written) == addressee);
            Some(written.map_or(addressee, |written| address::bare(written).to_owned()))
        })
    }

    fn list(
        &self,
        of_send: fn(&Send) -> &[Box<str>],
        of_fetched: fn(&Retrieved) -> &[Box<str>],
    ) -> Vec<String> {
        match (self.send, self.fetched) {
            (Some(send), _) => bare(of_send(send)),
            (None, Some(fetched)) => bare(of_fetched(fetched)),
            (None, None) => Vec::new(),
        }
    }

    fn subject(&self) -> Option<String> {
        let announced = self
            .legs
            .iter()
            .find_map(|leg| leg.notified()?.subject.as_deref());
        let sent = self.send.and_then(|send| send.subject.as_deref());
        let fetched = self.fetched.and_then(|fetched| fetched.subject.as_deref());
        sent.or(fetched).or(announced).map(str::to_owned)
    }

    fn message_class(&self) -> Option<String> {
        let announced = self
            .legs
            .iter()
            .find_map(|leg| leg.notified()?.message_class.as_deref());
        let sent = self.send.and_then(|send| send.message_class.as_deref());
        let fetched = self.fetched.and_then(|fetched| fetched.message_class.as_deref());
        sent.or(fetched).or(announced).map(str::to_owned)
    }

    fn priority(&self) -> Option<&'static str> {
        let announced = self.legs.iter().find_map(|leg| leg.notified()?.priority);
        let sent = self.send.and_then(|send| send.priority);
        sent.or_else(|| self.fetched.and_then(|fetched| fetched.priority))
            .or(announced)
    }

    /// The submission's body, unless only the one that was fetched is all there.
    fn content(&self) -> Option<&'a Content> {
        let has_body = |send: &&Send| send.content.size.is_some() || !send.content.parts.is_empty();
        let sent = self.send.filter(|send| !send.forward).filter(has_body);
        let fetched = self.fetched.map(|fetched| &fetched.content);
        match sent {
            Some(send) if send.complete || self.fetched.is_none_or(|fetched| !fetched.complete) => {
                Some(&send.content)
            }
            Some(_) | None => fetched,
        }
    }

    fn size(&self) -> Option<u64> {
        let announced = self.legs.iter().find_map(|leg| leg.notified()?.size);
        self.content().and_then(|content| content.size).or(announced)
    }
}

fn bare(addresses: &[Box<str>]) -> Vec<String> {
    addresses
        .iter()
        .map(|address| address::bare(address).to_owned())
        .collect()
}

/// Whether a cancellation was accepted (X-Mms-Cancel-Status: request received).
pub(super) fn is_accepted(status: Option<OperationStatus>) -> bool {
    status == Some(OperationStatus::Cancel(STATUS_OK))
}
