//! The joins of a message in words.

use std::borrow::Cow;

use crate::correlate::group::ids::StepId;
use crate::correlate::group::join::{By, Join};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::message::Link;
use crate::correlate::store::leg::{Leg, LegKind, ResponseFacts};
use crate::model::FrameRef;

/// Octets that the words of a join take beside its value, mostly.
const USUAL: usize = 72;

/// A join as it is shown. `submission` is what tells of the message's submission.
pub(crate) fn link(snapshot: &Snapshot<'_>, join: &Join, submission: Option<Telling<'_>>) -> Option<Link> {
    let telling = |index: StepId| {
        let submission = submission.filter(|submission| submission.step == index);
        submission.map_or_else(|| snapshot.leg(index), |submission| submission.leg)
    };
    let step = |index: StepId| Some((snapshot.steps.get(index)?.kind, telling(index)));
    let [one, other] = join.steps();
    let ((one_kind, one), (other_kind, other)) = (step(one)?, step(other)?);
    let value = value(one, other, join.by);
    let space = value.as_ref().map_or("", |_| " ");
    let value = value.as_deref().unwrap_or_default();
    let mut detail = String::with_capacity(USUAL + value.len());
    detail.extend(["joined by ", join.by.words(), space, value, ", "]);
    say_frames(&mut detail, shown(one), shown(other));
    Some(Link {
        join: name(one_kind, other_kind),
        by: join.by.name(),
        confidence: join.by.confidence(),
        detail,
    })
}

/// The leg of a submission that carries what joins it: of several tries the one that was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling<'a> {
    step: StepId,
    leg: Leg<'a>,
}

impl<'a> Telling<'a> {
    pub(crate) fn of(snapshot: &Snapshot<'a>, step: StepId) -> Self {
        let taken = |leg: &Leg<'_>| leg.send_conf().is_some_and(|conf| conf.accepted_id().is_some());
        let leg = snapshot.legs_of(step).find(taken);
        Self {
            step,
            leg: leg.unwrap_or_else(|| snapshot.leg(step)),
        }
    }
}

/// The frame that is named for a leg: its answer where that is what carries the key.
fn shown(leg: Leg<'_>) -> FrameRef {
    let telling = match leg.answered() {
        ResponseFacts::Retrieved(_) | ResponseFacts::SendConf(_) => leg.answer(),
        _ => None,
    };
    let telling = telling.or_else(|| leg.request());
    telling.map_or_else(|| leg.first(), |extent| extent.last)
}

/// `frames 12 and 84`, with the capture where there are two.
pub(crate) fn frames(one: FrameRef, other: FrameRef) -> String {
    let mut words = String::new();
    say_frames(&mut words, one, other);
    words
}

fn say_frames(words: &mut String, one: FrameRef, other: FrameRef) {
    if one.capture == other.capture {
        let mut number = itoa::Buffer::new();
        words.push_str("frames ");
        words.push_str(number.format(one.frame.min(other.frame).0));
        words.push_str(" and ");
        words.push_str(number.format(one.frame.max(other.frame).0));
    } else {
        let place = |at: FrameRef| format!("frame {} of capture {}", at.frame, at.capture.0);
        words.extend([place(one.min(other)), " and ".to_owned(), place(one.max(other))]);
    }
}

/// The legs that are joined. Whatever of the recipient's side a submission is joined by, it is its delivery.
fn name(one: LegKind, other: LegKind) -> &'static str {
    use LegKind::{Acknowledgement, DeliveryReport, Notification, ReadReport, Retrieval, Submission};
    match (one.min(other), one.max(other)) {
        (Submission, Submission) => "submission-submission",
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
fn value<'a>(one: Leg<'a>, other: Leg<'a>, by: By) -> Option<Cow<'a, str>> {
    match by {
        By::Location | By::LocationPath => location(one).or_else(|| location(other)).map(Cow::from),
        By::TransactionId => transaction_id(other)
            .or_else(|| transaction_id(one))
            .map(Cow::from),
        By::MessageId => Leg::message_id(other)
            .or_else(|| Leg::message_id(one))
            .map(Cow::from),
        By::Digest => {
            let parts = |leg: Leg<'_>| leg.retrieved().map(|r| r.content().parts.iter().count());
            let parts = parts(one).or_else(|| parts(other))?;
            Some(match parts {
                1 => "(1 part)".into(),
                parts => format!("({parts} parts)").into(),
            })
        }
        By::Likeness | By::Course => None,
    }
}

fn location(leg: Leg<'_>) -> Option<&str> {
    leg.notified()
        .and_then(|notified| notified.location())
        .or(leg.url())
}

fn transaction_id(leg: Leg<'_>) -> Option<&str> {
    let confirmed = leg.confirmed().and_then(|confirmed| confirmed.transaction_id());
    confirmed.or_else(|| leg.notified().and_then(|notified| notified.transaction_id()))
}
