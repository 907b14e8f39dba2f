//! How much of a message could be seen, by the worst of its legs.

use crate::correlate::message::Evidence;
use crate::correlate::store::leg::{Completion, Leg};
use crate::correlate::verdict::coverage::CoveredTime;
use crate::correlate::verdict::ends::{self, Ending};
use crate::correlate::verdict::rules::{self, Timer};
use crate::model::{Nanoseconds, Timestamp};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

/// The evidence of one leg.
pub(crate) fn evidence(leg: Leg<'_>, covered: &CoveredTime, timeout: Nanoseconds) -> Evidence {
    let asked = match leg.request() {
        None => Evidence::OneSided,
        Some(_) => of_body(leg.request_end()),
    };
    let answered = match leg.completion() {
        Completion::NoneExpected => Evidence::Complete,
        Completion::Answered(reply) => of_body(reply.end),
        Completion::Ended {
            answer: AnswerVisibility::NotCaptured,
            ..
        } => Evidence::OneSided,
        Completion::Ended {
            answer: AnswerVisibility::Hidden,
            ..
        } => Evidence::Gap,
        Completion::Ended {
            reason: EndReason::CaptureEnd | EndReason::Idle | EndReason::Replaced | EndReason::GivenUp,
            ..
        }
        | Completion::Pending => still_open(leg, covered, timeout),
        Completion::Ended { .. } => Evidence::Complete,
    };
    worse(asked, answered)
}

/// The worse of two: octets that were missed count more than a side that was, and that more than the end of the
/// capture.
pub(crate) fn worse(one: Evidence, other: Evidence) -> Evidence {
    let weight = |evidence| match evidence {
        Evidence::Complete => 0,
        Evidence::Unread => 1,
        Evidence::Cut => 2,
        Evidence::OneSided => 3,
        Evidence::Gap => 4,
    };
    if weight(other) > weight(one) { other } else { one }
}

fn of_body(end: BodyEnd) -> Evidence {
    match end {
        BodyEnd::Whole | BodyEnd::CutShort { .. } | BodyEnd::StreamReset(_) | BodyEnd::Alert(_) => {
            Evidence::Complete
        }
        BodyEnd::Hole | BodyEnd::PartsMissing => Evidence::Gap,
        BodyEnd::NotCaptured | BodyEnd::OverLimit => Evidence::Cut,
    }
}

/// An answer that is still due when the capture ends is cut off, or lies in a hole of the capture; one that is proven
/// to be overdue was not sent.
fn still_open(leg: Leg<'_>, covered: &CoveredTime, timeout: Nanoseconds) -> Evidence {
    match rules::rule(leg) {
        Some(rule) if rule.timer == Timer::Response => match ends::ending(leg, rule, covered, timeout) {
            Ending::Pending if lies_in_hole(leg, covered, rule.timer.deadline(leg, timeout)) => Evidence::Gap,
            Ending::Pending => Evidence::Cut,
            _ => Evidence::Complete,
        },
        _ => Evidence::Complete,
    }
}

/// Whether a hole in the capture comes before an answer is due.
fn lies_in_hole(leg: Leg<'_>, covered: &CoveredTime, deadline: Option<Timestamp>) -> bool {
    let given_up = matches!(
        leg.completion(),
        Completion::Ended {
            reason: EndReason::GivenUp,
            ..
        }
    );
    let request = leg.request().filter(|_| !given_up);
    let hole = request.and_then(|request| {
        covered
            .after(request.last, leg.network.origin)
            .last_hole_before(deadline?)
    });
    hole.is_some()
}
