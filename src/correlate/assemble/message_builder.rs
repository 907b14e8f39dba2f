//! From the legs of one message to the message: facts, legs, verdict, failures, links, ladder.

use crate::correlate::assemble::events;
use crate::correlate::assemble::links::{self, SubmissionLeg};
use crate::correlate::assemble::particulars::Facts;
use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::ids::StepId;
use crate::correlate::group::join::Join;
use crate::correlate::group::thread::Threads;
use crate::correlate::message::{
    Delivery, Evidence, Failure, FailureDetail, FailureKind, Link, Message, Operation, OperationKind,
    Outcome, State, Submission,
};
use crate::correlate::record::address;
use crate::correlate::store::leg::Leg;
use crate::correlate::verdict::ends;
use crate::correlate::verdict::evidence;
use crate::correlate::verdict::judge::{Judge, milliseconds};
use crate::correlate::verdict::outcome::Case;
use crate::correlate::verdict::recipients::{self, Plan};
use crate::correlate::verdict::submission;
use crate::model::{AnomalyKind, AnomalyLog, FrameRef, SharedSort, Timestamp};

/// What a message is put together from.
pub(crate) struct Parts<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) threads: &'a Threads,
    pub(crate) joins: Vec<&'a Join>,
    /// How it is tied to other messages.
    pub(crate) relations: Vec<Link>,
    /// Whether an accepted m-cancel.req names it.
    pub(crate) cancelled: bool,
}

/// The number of what the output has not numbered yet.
pub(crate) const UNNUMBERED: u64 = 0;

impl Judge<'_> {
    /// A message, not numbered yet, and the frame of its first octet.
    pub(crate) fn message(&self, parts: Parts<'_>, anomalies: &mut AnomalyLog) -> (FrameRef, Box<Message>) {
        let legs = self.legs(parts.cluster.own_steps(parts.threads));
        let others = self.legs(parts.cluster.others(parts.threads));
        let (submission, mut failures) = self.judged_submission(parts.cluster);
        let plans = recipients::plans(parts.cluster, self.snapshot, parts.threads);
        let mut deliveries = self.judged_deliveries(&plans, parts.threads, &mut failures, anomalies);
        if parts.cancelled {
            for delivery in &mut deliveries {
                delivery.state = delivery.state.max(State::Cancelled);
                delivery.outcome = delivery.state.outcome();
            }
        }
        failures.extend(legs.iter().copied().filter_map(malformed));
        failures.shared_sort_by_key(Failure::order);
        note_oddities(&legs, submission.as_ref(), &deliveries, anomalies);
        let facts = Facts::new(self.snapshot, parts.cluster, &legs);
        let case = Case {
            submission: submission.as_ref().map(|submission| submission.state),
            recipients: facts.recipient_count(),
            deliveries: &deliveries,
            cancelled: parts.cancelled,
        };
        let (state, outcome) = (case.state(), case.outcome());
        let mut events = Vec::with_capacity(legs.len() * 2);
        let shown = legs.iter().chain(&others);
        shown.for_each(|leg| events.extend(events::events(*leg)));
        events.shared_sort_by_key(|event| (event.seen.last(), event.seen.first(), event.facts.pdu()));
        let sent = parts
            .cluster
            .submission
            .map(|step| SubmissionLeg::of(self.snapshot, step));
        let mut found: Vec<Link> = parts
            .joins
            .iter()
            .copied()
            .chain(plans.iter().filter_map(|plan| plan.guess.as_ref()))
            .filter_map(|join| links::link(self.snapshot, join, sent))
            .collect();
        found.extend(parts.relations);
        let first = legs.iter().map(|leg| leg.first()).min().unwrap_or_default();
        let last = legs.iter().map(|leg| leg.last()).max().unwrap_or_default();
        let mut evidence = self.evidence_of(&legs);
        if evidence == Evidence::Complete && self.may_lie_unread(&legs, submission.is_some(), &deliveries) {
            evidence = Evidence::Unread;
        }
        let mut message = Box::new(Message {
            id: UNNUMBERED,
            key: self.key(&legs, first),
            revision: 1,
            message_id: facts.message_id(),
            from: facts.from(),
            to: facts.to(),
            cc: facts.cc(),
            bcc: facts.bcc(),
            recipients: Vec::new(),
            subject: facts.subject(),
            shown: facts.shown(),
            content_type: facts.content_type(),
            size: facts.size(),
            parts: facts.parts(),
            mmsc: None,
            outcome,
            state,
            evidence,
            started: Some(first.time),
            ended: Some(last.time),
            duration_ms: Some(milliseconds(last.time.since(first.time))),
            submission,
            deliveries,
            failures,
            links: found,
            context: Vec::new(),
            cause: None,
            events,
        });
        let envelope = legs.iter().find_map(|leg| leg.envelope_sender());
        message.derive(envelope.and_then(address::domain));
        (first, message)
    }

    /// By what a message is known in every run: its capture's first time, its first frame, and its place there.
    fn key(&self, legs: &[Leg<'_>], first: FrameRef) -> String {
        let begins = self.begins.get(&first.capture).copied().unwrap_or_default();
        let legs = legs.iter().filter(|leg| leg.first() == first);
        let place = legs.map(|leg| leg.place).min().unwrap_or_default();
        format!("{:x}-{}-{place}", begins.nanoseconds(), first.frame)
    }

    fn legs(&self, steps: impl Iterator<Item = StepId>) -> Vec<Leg<'_>> {
        steps.flat_map(|step| self.snapshot.legs_of(step)).collect()
    }

    fn judged_submission(&self, cluster: &Cluster) -> (Option<Submission>, Vec<Failure>) {
        match cluster.submission.and_then(|step| self.submission(step)) {
            Some(submission::Judged { submission, failures }) => (Some(submission), failures),
            None => (None, Vec::new()),
        }
    }

    fn judged_deliveries(
        &self,
        plans: &[Plan],
        threads: &Threads,
        failures: &mut Vec<Failure>,
        anomalies: &mut AnomalyLog,
    ) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for plan in plans {
            let judged = self.delivery(plan, threads);
            failures.extend(judged.failures);
            for at in judged.contradictions {
                anomalies.note(AnomalyKind::ContradictoryReport, Some(at), || {
                    format!(
                        "the report in frame {} denies what the phone was seen to fetch",
                        at.frame
                    )
                });
            }
            for at in judged.unanswered {
                anomalies.note(AnomalyKind::Mm4ResponseMissing, Some(at), || {
                    format!(
                        "nothing answers the MM4_forward.REQ in frame {}, which asks for it",
                        at.frame
                    )
                });
            }
            deliveries.push(judged.delivery);
        }
        deliveries
    }

    /// Whether a leg that is missing may lie in a connection that nobody could read: the fetch of what was announced, or
    /// the submission before.
    fn may_lie_unread(&self, legs: &[Leg<'_>], submitted: bool, deliveries: &[Delivery]) -> bool {
        let unfetched = deliveries
            .iter()
            .any(|delivery| !delivery.notifications.is_empty() && delivery.retrievals.is_empty());
        let networks = &self.snapshot.keys.networks;
        let mut announced = legs.iter().filter(|leg| leg.notified().is_some());
        announced.any(|leg| {
            let ever = Timestamp::from_nanoseconds(i64::MAX);
            unfetched && self.sightings.may_be_fetched_unread(*leg, ever, networks)
                || !submitted && self.sightings.may_be_sent_unread(*leg, networks)
        })
    }

    fn evidence_of(&self, legs: &[Leg<'_>]) -> Evidence {
        let timeout = self.settings.response_timeout;
        let all = legs
            .iter()
            .map(|leg| evidence::evidence(*leg, self.covered, timeout));
        all.fold(Evidence::Complete, evidence::worse)
    }
}

fn malformed(leg: Leg<'_>) -> Option<Failure> {
    let malformed = leg.malformed()?;
    let detail = FailureDetail::Malformed {
        pdu: malformed.pdu,
        frame: malformed.at.frame,
        fault: malformed.detail.clone().into(),
    };
    let failure = Failure::new(FailureKind::MalformedPdu, None, malformed.at, detail);
    Some(Failure {
        bearer_status: ends::bearer_answer(leg),
        ..failure
    })
}

fn note_oddities(
    legs: &[Leg<'_>],
    submission: Option<&Submission>,
    deliveries: &[Delivery],
    anomalies: &mut AnomalyLog,
) {
    for leg in legs.iter().copied() {
        if Judge::ids_disagree(leg) {
            note_id_mismatch(leg, anomalies);
        }
        if let (Some(request), Some(answer)) = (leg.request(), leg.answer())
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
        .and_then(|submission| submission.request.as_ref())
        .map(|seen| seen.first());
    let announced = deliveries
        .iter()
        .flat_map(|d| &d.notifications)
        .map(|n| n.seen.first())
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
pub(crate) fn note_id_mismatch(leg: Leg<'_>, anomalies: &mut AnomalyLog) {
    let at = leg.last();
    anomalies.note(AnomalyKind::TransactionIdMismatch, Some(at), || {
        format!(
            "the answer in frame {} carries another transaction id than its request",
            at.frame
        )
    });
}

/// Whether a cancellation was accepted (X-Mms-Cancel-Status: request received; StatusCode 1xxx).
pub(crate) fn is_accepted(operation: &Operation) -> bool {
    let is_cancellation = match operation.kind {
        OperationKind::Cancel | OperationKind::Mm7Cancel | OperationKind::Mm7ExtendedCancel => true,
        OperationKind::MboxStore
        | OperationKind::MboxView
        | OperationKind::MboxUpload
        | OperationKind::MboxDelete
        | OperationKind::Delete
        | OperationKind::Mm7Replace
        | OperationKind::Mm7ExtendedReplace => false,
    };
    is_cancellation && operation.outcome == Outcome::Success
}
