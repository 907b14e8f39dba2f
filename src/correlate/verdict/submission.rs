//! The sender's leg and its verdict.

use crate::correlate::group::ids::StepId;
use crate::correlate::message::{Failure, FailureDetail, FailureKind, Submission, SubmissionState, Word};
use crate::correlate::store::leg::Leg;
use crate::correlate::store::open_legs::LegId;
use crate::correlate::store::pdus::{Answered, Send, SendConf};
use crate::correlate::verdict::ends::{self, Ending};
use crate::correlate::verdict::handover;
use crate::correlate::verdict::judge::{
    Judge, answer_seen, code, count, latency_between, latency_ms, request_seen,
};
use crate::correlate::verdict::rules;
use crate::mms::{Codes, Mm7Type, PduType};

/// A submission with the failures of its tries.
pub(crate) struct Judged {
    pub(crate) submission: Submission,
    pub(crate) failures: Vec<Failure>,
}

impl Judge<'_> {
    /// Judges a submission over all its tries: the last one that was accepted is shown, else the last one.
    pub(crate) fn submission(&self, step: StepId) -> Option<Judged> {
        let step = self.step(step)?;
        let took = |one: &[LegId]| self.accepted(one) == Some(true);
        let tries: Vec<&[LegId]> = step.tries().collect();
        let accepted = tries.iter().rposition(|one| took(one));
        let shown = accepted.unwrap_or(tries.len().saturating_sub(1));
        let asked = step.redirected(shown).and_then(|leg| self.snapshot.legs.get(leg));
        let failures = step.tries().filter_map(|one| self.failed_try(one)).collect();
        Some(Judged {
            submission: self.shown_try(tries.get(shown)?, asked, tries.len())?,
            failures,
        })
    }

    /// The PDU that answers a try, from the hop nearest the phone that has it.
    fn conf<'b>(&'b self, one: &'b [LegId]) -> Option<(Leg<'b>, SendConf<'b>)> {
        self.hops(one).find_map(|leg| Some((leg, leg.send_conf()?)))
    }

    /// What the hop nearest the sender that has an answer says.
    fn accepted(&self, one: &[LegId]) -> Option<bool> {
        self.hops(one).find_map(Leg::accepted)
    }

    /// What the hop nearest the sender that has an answer of MM7 says, with its leg and whether it accepts.
    fn mm7_word<'b>(&'b self, one: &'b [LegId]) -> Option<(Leg<'b>, Answered<'b>, bool)> {
        let leg = self.hops(one).find(|leg| leg.mm7_answer().is_some())?;
        let (answer, accepted) = leg.mm7_word()?;
        Some((leg, answer, accepted))
    }

    fn state(&self, one: &[LegId]) -> SubmissionState {
        match self.accepted(one) {
            Some(true) => SubmissionState::Accepted,
            Some(false) => SubmissionState::Rejected,
            None if self.mm7_word(one).is_some() => SubmissionState::Rejected,
            None => match self.ending_by(one, rules::submission_rule) {
                Ending::Failed(_) => SubmissionState::Failed,
                _ => SubmissionState::Pending,
            },
        }
    }

    fn failed_try(&self, one: &[LegId]) -> Option<Failure> {
        if let Some((leg, conf)) = self.conf(one) {
            let kind = rules::rule(leg)?.meaning(conf.status).failure?;
            let detail = FailureDetail::SubmissionRefused {
                status: conf.status,
                text: conf.text().map(str::to_owned),
            };
            return Some(Failure {
                bearer_status: ends::bearer_answer(leg),
                ..Failure::new(kind, conf.status.map(u32::from), leg.last(), detail)
            });
        }
        if let Some((leg, answer, accepted)) = self.mm7_word(one) {
            return (!accepted).then(|| Failure {
                bearer_status: ends::bearer_answer(leg),
                ..handover::stated(FailureKind::SendRejected, leg.last(), answer)
            });
        }
        let Ending::Failed(flaw) = self.ending_by(one, rules::submission_rule) else {
            return None;
        };
        let near = self.hops(one).next()?;
        let request = near.request().map_or(near.first(), |request| request.last);
        let detail = FailureDetail::SubmissionFailed {
            cause: flaw.cause,
            request: request.frame,
        };
        Some(self.failure(one, &flaw, detail))
    }

    /// A try as it is shown, which `asked` another server first where that redirected it.
    fn shown_try(&self, one: &[LegId], asked: Option<Leg<'_>>, tries: usize) -> Option<Submission> {
        let near = self.hops(one).next()?;
        let first = asked.unwrap_or(near);
        let send = self.hops(one).find_map(Leg::sent);
        let terms = send.map(Send::terms);
        let conf = self.conf(one);
        let mm7 = self.hops(one).find_map(Leg::mm7_answer);
        // An answer without a PDU, such as an HTTP error, is one too.
        let answered = conf
            .map(|(leg, _)| leg)
            .or_else(|| self.hops(one).find(|leg| leg.answer().is_some()));
        let pdu = match (send, conf) {
            (Some(send), _) => send.pdu,
            (None, Some((_, conf))) if conf.pdu == PduType::FORWARD_CONF => PduType::FORWARD_REQ,
            (None, Some(_)) => PduType::SEND_REQ,
            (None, None) => PduType::Mm7(Mm7Type::SubmitReq),
        };
        let id = send.and_then(|send| send.transaction_id());
        let answer_id = conf.and_then(|(_, conf)| conf.transaction_id());
        let answer_id = answer_id.or(mm7.and_then(Answered::transaction_id));
        let status = conf.and_then(|(_, conf)| conf.status);
        let mm7_status = mm7.and_then(Answered::status).map(handover::code);
        let text = conf.and_then(|(_, conf)| conf.text());
        Some(Submission {
            interface: near.interface(),
            pdu,
            linked_id: send.and_then(|send| send.linked_id()).map(str::to_owned),
            state: self.state(one),
            transaction_id: id.or(answer_id).map(str::to_owned),
            mms_version: terms.and_then(|terms| terms.version).map(version),
            request: first.sent().and(request_seen(first)),
            response: answered.and_then(answer_seen),
            hops: self.other_hops(one, near),
            http_status: self.hops(one).find_map(ends::http_status),
            bearer_status: self.bearer_answer(one),
            ends: self.exchange_ends(near, one),
            response_status: code(Codes::ResponseStatus, status).or(mm7_status),
            response_text: text.or(mm7.and_then(Answered::text)).map(str::to_owned),
            delivery_report_requested: terms.and_then(|terms| terms.delivery_report),
            read_report_requested: terms.and_then(|terms| terms.read_report),
            latency_ms: match asked {
                Some(asked) => latency_between(asked, answered.unwrap_or(near)),
                None => latency_ms(answered.unwrap_or(near)),
            },
            tries: count(tries),
        })
    }

    /// Whether an answer carries another transaction id than its request.
    pub(crate) fn ids_disagree(leg: Leg<'_>) -> bool {
        let asked = leg
            .sent()
            .and_then(|sent| sent.transaction_id())
            .or_else(|| leg.reported().and_then(|report| report.transaction_id()))
            .or_else(|| leg.read_back().and_then(|read| read.transaction_id()))
            .or_else(|| leg.operation().and_then(|facts| facts.transaction_id()));
        let answered = leg
            .send_conf()
            .and_then(|conf| conf.transaction_id())
            .or_else(|| leg.mm7_answer().and_then(Answered::transaction_id))
            .or_else(|| leg.operation_conf().and_then(|facts| facts.transaction_id()));
        asked
            .zip(answered)
            .is_some_and(|(asked, answered)| asked != answered)
    }
}

impl SubmissionState {
    /// Whether the message ended here, if no delivery proves the contrary.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Rejected | Self::Failed)
    }
}

/// A version in the output's words; there have been four.
fn version((major, minor): (u8, u8)) -> Word {
    match (major, minor) {
        (1, 0) => Word::Borrowed("1.0"),
        (1, 1) => Word::Borrowed("1.1"),
        (1, 2) => Word::Borrowed("1.2"),
        (1, 3) => Word::Borrowed("1.3"),
        _ => Word::Owned(format!("{major}.{minor}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_their_numbers_whether_there_are_such_or_not() {
        for (major, minor) in [(1, 0), (1, 1), (1, 2), (1, 3), (1, 15), (2, 0)] {
            assert_eq!(version((major, minor)), format!("{major}.{minor}"));
        }
    }
}
