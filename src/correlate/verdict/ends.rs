//! How an exchange ended, by what the bearer shows. *Not seen* is never *failed*: without proof that an answer
//! could have been seen, the exchange is pending.

use crate::correlate::group::party;
use crate::correlate::message::{BearerAnswer, EndCause, FailureKind};
use crate::correlate::store::leg::{Completion, Leg, Reply, ResponseFacts};
use crate::correlate::verdict::coverage::CoveredTime;
use crate::correlate::verdict::proof::{ProofOfAbsence, ProofOfCut};
use crate::correlate::verdict::rules::{Fault, Rule};
use crate::mms::PduType;
use crate::model::{BearerStatus, FrameRef, Nanoseconds};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// With the PDU that answers, or with the bearer's word where no PDU does.
    ResponseFacts,
    /// Nothing seen decides it.
    Pending,
    /// It failed.
    Failed(Flaw),
    /// It failed, and was an operation's.
    FailedOperation,
}

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flaw {
    pub(crate) kind: FailureKind,
    pub(crate) code: Option<u32>,
    pub(crate) at: FrameRef,
    pub(crate) cause: EndCause,
}

/// How the exchange of a leg ended, by its rule.
pub(crate) fn ending(leg: Leg<'_>, rule: &Rule, covered: &CoveredTime, timeout: Nanoseconds) -> Ending {
    match leg.completion() {
        Completion::Answered(reply) => {
            let Reply { status, end, .. } = **reply;
            let at = reply.extent.last;
            let cut = || match ProofOfCut::of(end) {
                Some(proof) => {
                    let fault = rule.bearer.answer_incomplete.by(proof);
                    failed(fault, None, at, cut_by(end, EndCause::AnswerCutShort))
                }
                None => Ending::Pending,
            };
            if has_answer(leg, rule) {
                let whole = leg.retrieved().is_none_or(|retrieved| retrieved.complete);
                return match cut() {
                    Ending::Pending => Ending::ResponseFacts,
                    _ if whole => Ending::ResponseFacts,
                    cut => cut,
                };
            }
            let code = status.and_then(failure_code);
            if status.is_some_and(|status| !status.is_success()) {
                return failed(rule.bearer.error, code, at, EndCause::BearerError);
            }
            match end {
                _ if rule.answer.is_none() => Ending::ResponseFacts,
                // What answers a push comes in a request of its own.
                _ if party::is_push(leg) => Ending::Pending,
                // What the bearer said could not be read: it may have been an error.
                BodyEnd::Whole if status.is_none() => Ending::Pending,
                BodyEnd::Whole => failed(rule.bearer.not_mms, code, at, no_answer(leg)),
                _ => cut(),
            }
        }
        _ => unanswered(leg, rule, covered, timeout),
    }
}

fn unanswered(leg: Leg<'_>, rule: &Rule, covered: &CoveredTime, timeout: Nanoseconds) -> Ending {
    let Some(request) = leg.request() else {
        return Ending::Pending;
    };
    if let Completion::Ended {
        at,
        reason: EndReason::NotProcessed,
        ..
    } = *leg.completion()
    {
        return failed(rule.bearer.aborted, None, at, EndCause::NotProcessed);
    }
    if let Some(proof) = ProofOfCut::of(leg.request_end()) {
        let fault = rule.bearer.request_incomplete.by(proof);
        let cause = cut_by(leg.request_end(), EndCause::RequestCutShort);
        return failed(fault, None, request.last, cause);
    }
    let (at, reason, answer) = match *leg.completion() {
        Completion::Ended {
            at, reason, answer, ..
        } => (at, reason, answer),
        Completion::NoneExpected => return Ending::ResponseFacts,
        Completion::Pending | Completion::Answered(_) => return Ending::Pending,
    };
    if let EndReason::Aborted { code } = reason {
        return failed(rule.bearer.aborted, Some(u32::from(code)), at, EndCause::Aborted);
    }
    if !matches!(answer, AnswerVisibility::Visible { .. }) {
        return Ending::Pending;
    }
    let aborted = |cause| failed(rule.bearer.aborted, None, at, cause);
    let deadline = rule.timer.deadline(leg, timeout);
    let unanswered = deadline.and_then(|deadline| ProofOfAbsence::of_answer(leg, covered, deadline));
    match (reason, unanswered) {
        (EndReason::NoneExpected, _) => Ending::ResponseFacts,
        (EndReason::Reset, _) => aborted(EndCause::Reset),
        (EndReason::StreamReset(reset), _) => aborted(EndCause::StreamReset(reset)),
        (EndReason::Alert(end), _) => aborted(EndCause::Alert(end)),
        (EndReason::Closed { by_answerer: true }, _) => aborted(EndCause::ClosedByAnswerer),
        (
            EndReason::Notified {
                by_answerer: true,
                end,
            },
            _,
        ) => aborted(EndCause::Alert(end)),
        (_, Some(proof)) => {
            let fault = rule.bearer.no_response.by(proof);
            failed(fault, None, request.last, EndCause::NoAnswer)
        }
        (EndReason::Closed { .. }, None) => aborted(EndCause::Closed),
        (EndReason::Notified { end, .. }, None) => aborted(EndCause::Alert(end)),
        _ => Ending::Pending,
    }
}

/// What cut a body short.
const fn cut_by(end: BodyEnd, connection: EndCause) -> EndCause {
    match end {
        BodyEnd::StreamReset(reset) => EndCause::StreamReset(reset),
        BodyEnd::Alert(end) => EndCause::Alert(end),
        _ => connection,
    }
}

fn failed(fault: Fault, code: Option<u32>, at: FrameRef, cause: EndCause) -> Ending {
    match fault {
        Fault::None => Ending::Pending,
        Fault::Is(kind) => Ending::Failed(Flaw {
            kind,
            code,
            at,
            cause,
        }),
        Fault::Operation => Ending::FailedOperation,
    }
}

fn no_answer(leg: Leg<'_>) -> EndCause {
    match leg.response_facts() {
        ResponseFacts::Nothing => EndCause::NoPdu,
        _ => EndCause::OtherPdu,
    }
}

/// Whether the answer holds the PDU that the rule asks for.
fn has_answer(leg: Leg<'_>, rule: &Rule) -> bool {
    match (leg.response_facts(), rule.answer) {
        (_, None) | (ResponseFacts::Nothing | ResponseFacts::Other(_), _) => false,
        (ResponseFacts::SendConf(conf), Some(answer)) => conf.pdu == answer,
        // A fault may stand in place of any answer of MM7; without a status it says no more than HTTP does.
        (ResponseFacts::Answer(said), Some(PduType::Mm7(_))) => {
            said.status().is_some() || leg.status().is_none_or(BearerStatus::is_success)
        }
        (ResponseFacts::Answer(_), Some(_)) => false,
        (ResponseFacts::Retrieved(_), Some(answer)) => answer == PduType::RETRIEVE_CONF,
        (ResponseFacts::Operation(facts), Some(answer)) => facts.pdu == answer,
    }
}

/// What the bearer itself answered to a leg's request.
pub(crate) fn bearer_answer(leg: Leg<'_>) -> Option<BearerAnswer> {
    Some(BearerAnswer::new(leg.status()?, leg.reason()))
}

/// An HTTP status, or one that is mapped to HTTP's.
pub(crate) fn http_status(leg: Leg<'_>) -> Option<u32> {
    leg.status()?.http_status().map(u32::from)
}

/// The number that a failure is told with: HTTP's for WSP too.
fn failure_code(status: BearerStatus) -> Option<u32> {
    status.http_status().map(u32::from).or(status.code())
}
