//! How an exchange ended, by what the bearer shows. *Not seen* is never *failed*: without proof that an answer
//! could have been seen, the exchange is pending.

use crate::correlate::group::hops;
use crate::correlate::message::{EndCause, FailureKind};
use crate::correlate::store::leg::{Completion, Leg, Reply, ResponseFacts};
use crate::correlate::verdict::rules::{Fault, Rule};
use crate::model::{BearerStatus, FrameRef, Nanoseconds, Timestamp};
use crate::session::{AnswerVisibility, BodyEnd, EndReason};

/// What was captured, in time.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaptureSpan {
    /// Time of the first frame.
    pub first: Option<Timestamp>,
    /// Time of the last frame.
    pub last: Option<Timestamp>,
}

/// How long after the end of one capture another one may begin to continue it, in nanoseconds: the gap that
/// rotating capture files leaves.
const ROTATION_GAP: Nanoseconds = 5 * Timestamp::SECOND;

/// Until when answers could have been seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Horizon {
    /// By capture: its end, or that of the file which continues it.
    ends: Vec<Option<Timestamp>>,
    /// The end of everything, where a capture's own end is not known.
    overall: Timestamp,
}

impl Horizon {
    /// While captures are still read: up to `now`.
    pub(crate) fn running(now: Timestamp) -> Self {
        Self {
            ends: Vec::new(),
            overall: now,
        }
    }

    /// After the last frame of all captures.
    pub(crate) fn finished(captures: &[CaptureSpan], latest: Timestamp) -> Self {
        let mut order: Vec<usize> = (0..captures.len()).collect();
        order.sort_by_key(|index| captures.get(*index).and_then(|capture| capture.first));
        let mut ends: Vec<_> = captures.iter().map(|capture| capture.last).collect();
        let mut next_first: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
        for index in order.into_iter().rev() {
            let Some(capture) = captures.get(index) else {
                continue;
            };
            let (Some(first), Some(last)) = (capture.first, capture.last) else {
                continue;
            };
            let mut later = next_first.iter();
            let continued =
                later.find(|(next, _)| (-ROTATION_GAP..=ROTATION_GAP).contains(&next.since(last)));
            let end = continued.and_then(|(_, end)| *end).unwrap_or(last).max(last);
            if let Some(slot) = ends.get_mut(index) {
                *slot = Some(end);
            }
            next_first.push((first, Some(end)));
        }
        let overall = captures.iter().filter_map(|capture| capture.last).max();
        Self {
            ends,
            overall: overall.unwrap_or(latest).max(latest),
        }
    }

    /// Until when the capture that holds a frame could have shown more.
    pub(crate) fn of(&self, at: FrameRef) -> Timestamp {
        let index = usize::try_from(at.capture.0).unwrap_or(usize::MAX);
        self.ends.get(index).copied().flatten().unwrap_or(self.overall)
    }

    /// The end of everything.
    pub(crate) fn overall(&self) -> Timestamp {
        self.overall
    }
}

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
pub(crate) fn ending(leg: Leg<'_>, rule: &Rule, horizon: &Horizon, timeout: Nanoseconds) -> Ending {
    match leg.fate() {
        Completion::Answered(reply) => {
            let Reply { status, end, .. } = **reply;
            let at = reply.extent.last;
            if has_answer(leg, rule) {
                return match is_answer_cut(leg, rule, end) {
                    true => failed(rule.bearer.answer_incomplete, None, at, EndCause::AnswerCutShort),
                    false => Ending::ResponseFacts,
                };
            }
            let code = status.and_then(failure_code);
            if status.is_some_and(|status| !status.is_success()) {
                return failed(rule.bearer.error, code, at, EndCause::BearerError);
            }
            match end {
                _ if rule.answer.is_none() => Ending::ResponseFacts,
                // What answers a push comes in a request of its own.
                _ if hops::is_push(leg) => Ending::Pending,
                BodyEnd::Whole => failed(rule.bearer.not_mms, code, at, no_answer(leg)),
                BodyEnd::CutShort { .. } => {
                    failed(rule.bearer.answer_incomplete, None, at, EndCause::AnswerCutShort)
                }
                BodyEnd::Hole | BodyEnd::NotCaptured | BodyEnd::PartsMissing | BodyEnd::OverLimit => {
                    Ending::Pending
                }
            }
        }
        _ => unanswered(leg, rule, horizon, timeout),
    }
}

fn unanswered(leg: Leg<'_>, rule: &Rule, horizon: &Horizon, timeout: Nanoseconds) -> Ending {
    let Some(request) = leg.request() else {
        return Ending::Pending;
    };
    if let BodyEnd::CutShort { .. } = leg.request_end() {
        let kind = rule.bearer.request_incomplete;
        return failed(kind, None, request.last, EndCause::RequestCutShort);
    }
    let (at, reason, answer) = match *leg.fate() {
        Completion::Ended { at, reason, answer } => (at, reason, answer),
        Completion::NoneExpected => return Ending::ResponseFacts,
        Completion::Pending | Completion::Answered(_) => return Ending::Pending,
    };
    if let EndReason::Aborted { code } = reason {
        return failed(rule.bearer.aborted, Some(u32::from(code)), at, EndCause::Aborted);
    }
    if answer != AnswerVisibility::Visible {
        return Ending::Pending;
    }
    let waited_until = match reason {
        EndReason::Closed { .. } | EndReason::Reset => at.time,
        _ => horizon.of(request.last).max(at.time),
    };
    let overdue = waited_until.since(request.last.time) >= timeout;
    match reason {
        EndReason::NoneExpected => Ending::ResponseFacts,
        EndReason::GivenUp => Ending::Pending,
        EndReason::Reset => failed(rule.bearer.aborted, None, at, EndCause::Reset),
        EndReason::Closed { by_answerer: true } => {
            failed(rule.bearer.aborted, None, at, EndCause::ClosedByAnswerer)
        }
        EndReason::Closed { .. } if !overdue => failed(rule.bearer.aborted, None, at, EndCause::Closed),
        _ if overdue => failed(rule.bearer.no_response, None, request.last, EndCause::NoAnswer),
        _ => Ending::Pending,
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
    match leg.answered() {
        ResponseFacts::Nothing => EndCause::NoPdu,
        _ => EndCause::OtherPdu,
    }
}

/// Whether the answer holds the PDU that the rule asks for.
fn has_answer(leg: Leg<'_>, rule: &Rule) -> bool {
    match (leg.answered(), rule.answer) {
        (_, None) | (ResponseFacts::Nothing | ResponseFacts::Other(_), _) => false,
        (ResponseFacts::SendConf(conf), Some(answer)) => conf.pdu == answer,
        (ResponseFacts::Retrieved(_), Some(answer)) => answer == crate::mms::MessageType::RETRIEVE_CONF,
        (ResponseFacts::Operation(facts), Some(answer)) => facts.pdu == answer,
    }
}

/// Whether the answering PDU was cut short on the network: not where it is all there, nor where only the capture lacks
/// octets.
fn is_answer_cut(leg: Leg<'_>, rule: &Rule, end: BodyEnd) -> bool {
    let cut = matches!(end, BodyEnd::CutShort { .. });
    let whole = leg.retrieved().is_none_or(|retrieved| retrieved.complete);
    cut && !whole && rule.bearer.answer_incomplete != Fault::None
}

/// An HTTP status, or one that is mapped to HTTP's.
pub(crate) fn http_status(leg: Leg<'_>) -> Option<u32> {
    leg.status()?.http_status().map(u32::from)
}

/// The number that a failure is told with: HTTP's for WSP too.
fn failure_code(status: BearerStatus) -> Option<u32> {
    status.http_status().map(u32::from).or(status.code())
}
