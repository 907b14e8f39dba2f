//! The joins of a message, with what joins.

use crate::correlate::group::ids::StepId;
use crate::correlate::group::join::{By, Join};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::message::{Link, LinkDetail, LinkValue};
use crate::correlate::store::leg::{Leg, LegKind, ResponseFacts};
use crate::correlate::store::pdus::Send;
use crate::model::{FrameRef, SharedSort};

/// A join as it is shown. `submission` is what tells of the message's submission.
pub(crate) fn link(
    snapshot: &Snapshot<'_>,
    join: &Join,
    submission: Option<SubmissionLeg<'_>>,
) -> Option<Link> {
    let telling = |index: StepId| {
        let submission = submission.filter(|submission| submission.step == index);
        submission.map_or_else(|| snapshot.leg(index), |submission| submission.leg)
    };
    let step = |index: StepId| Some((snapshot.steps.get(index)?.kind, telling(index)));
    let [one, other] = join.steps();
    let ((one_kind, one), (other_kind, other)) = (step(one)?, step(other)?);
    let mut frames = [shown(one), shown(other)];
    // Of two of a kind neither comes first by what it is.
    if one_kind == other_kind {
        frames.shared_sort_by_key(|at| (at.time, at.capture, at.frame));
    }
    Some(Link {
        join: name(one_kind, other_kind).into(),
        by: join.by.name().into(),
        confidence: join.by.confidence(),
        detail: LinkDetail::Legs {
            by: join.by,
            value: value(one, other, join.by),
            frames,
        },
    })
}

/// The leg of a submission that carries what joins it: of several tries the one that was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubmissionLeg<'a> {
    step: StepId,
    leg: Leg<'a>,
}

impl<'a> SubmissionLeg<'a> {
    pub(crate) fn of(snapshot: &Snapshot<'a>, step: StepId) -> Self {
        let taken = |leg: &Leg<'_>| leg.accepted_id().is_some();
        let leg = snapshot.legs_of(step).find(taken);
        Self {
            step,
            leg: leg.unwrap_or_else(|| snapshot.leg(step)),
        }
    }
}

/// The frame that is named for a leg: its answer where that is what carries the key.
fn shown(leg: Leg<'_>) -> FrameRef {
    let telling = match leg.response_facts() {
        ResponseFacts::Retrieved(_) | ResponseFacts::SendConf(_) => leg.answer(),
        _ => None,
    };
    let telling = telling.or_else(|| leg.request());
    telling.map_or_else(|| leg.first(), |extent| extent.last)
}

/// The legs that are joined. Whatever of the recipient's side a submission is joined by, it is its delivery.
fn name(one: LegKind, other: LegKind) -> &'static str {
    use LegKind::{
        Acknowledgement, Answer, DeliveryReport, Handover, Notification, ReadReport, RefusedEnvelope,
        Retrieval, Submission,
    };
    match (one.min(other), one.max(other)) {
        (Submission, Submission) => "submission-submission",
        (Submission, Handover | RefusedEnvelope) => "submission-handover",
        (Handover, Handover | RefusedEnvelope) => "handover-handover",
        (Handover | Submission, Answer) => "handover-response",
        (Handover, DeliveryReport) => "handover-delivery_report",
        (Handover, ReadReport) => "handover-read_report",
        (Handover, _) => "handover-delivery",
        (Answer, DeliveryReport | ReadReport) => "report-response",
        (Answer | RefusedEnvelope, _) => "handover-delivery",
        (Submission, DeliveryReport) => "submission-delivery_report",
        (Submission, ReadReport) => "submission-read_report",
        (Submission, _) => "submission-delivery",
        (Notification, Notification) => "notification-notification",
        (Notification, Retrieval) => "notification-retrieval",
        (Notification, Acknowledgement) => "notification-acknowledgement",
        (Retrieval, Retrieval) => "retrieval-retrieval",
        (Retrieval, Acknowledgement) => "retrieval-acknowledgement",
        (DeliveryReport | ReadReport, _) => "report-report",
        (_, DeliveryReport) => "delivery-delivery_report",
        (_, ReadReport) => "delivery-read_report",
        _ => "delivery-delivery",
    }
}

/// The value of the key that joins.
fn value(one: Leg<'_>, other: Leg<'_>, by: By) -> LinkValue {
    let found = match by {
        By::Location | By::LocationPath | By::LocationHost | By::MessageIdInLocation => location(one)
            .or_else(|| location(other))
            .map(|url| LinkValue::Url(url.to_owned())),
        By::TransactionId | By::OnlyTransactionId | By::SubmittedTransactionId => {
            identifier(transaction_id(other).or_else(|| transaction_id(one)))
        }
        By::LinkedId => {
            let linked = |leg: Leg<'_>| leg.sent().and_then(Send::linked_id).map(str::to_owned);
            let id = linked(other).or_else(|| linked(one));
            id.map(LinkValue::Identifier)
        }
        By::MessageId | By::MessageIdLocalPart => {
            identifier(Leg::message_id(other).or_else(|| Leg::message_id(one)))
        }
        By::Digest => {
            let parts = |leg: Leg<'_>| {
                let fetched = leg.retrieved().map(|retrieved| retrieved.content());
                let handed_over = || Some(leg.handed_over()?.send().content());
                fetched
                    .or_else(handed_over)
                    .map(|content| content.parts.iter().count())
            };
            parts(one).or_else(|| parts(other)).map(LinkValue::Parts)
        }
        By::LastFetch | By::Likeness | By::Course | By::Envelope => None,
    };
    found.unwrap_or(LinkValue::None)
}

fn identifier(id: Option<&str>) -> Option<LinkValue> {
    id.map(|id| LinkValue::Identifier(id.to_owned()))
}

fn location(leg: Leg<'_>) -> Option<&str> {
    leg.notified()
        .and_then(|notified| notified.location())
        .or(leg.url())
}

fn transaction_id(leg: Leg<'_>) -> Option<&str> {
    let answer = leg.mm4_answer().and_then(|answer| answer.transaction_id());
    if let Some(id) = answer.map(crate::correlate::record::address::message_id) {
        return Some(id);
    }
    let confirmed = leg.confirmed().and_then(|confirmed| confirmed.transaction_id());
    confirmed.or_else(|| leg.notified().and_then(|notified| notified.transaction_id()))
}
