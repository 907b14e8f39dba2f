//! What became of a handover, for one recipient: over all its tries, by the reply of the mail server or HTTP, by
//! MM4_forward.RES or DeliverRsp.

use crate::correlate::group::answers;
use crate::correlate::group::ids::StepId;
use crate::correlate::message::{
    BearerAnswer, Code, EndCause, Failure, FailureDetail, FailureKind, Handover, Interface, Seen, State,
    SubmissionState,
};
use crate::correlate::record::address;
use crate::correlate::store::envelopes::{EnvelopeRecipient, Refusal};
use crate::correlate::store::leg::Leg;
use crate::correlate::store::open_legs::LegId;
use crate::correlate::store::pdus::{AnswerCode, Answered, HandedOver};
use crate::correlate::verdict::ends::{self, Ending};
use crate::correlate::verdict::judge::{
    Judge, answer_seen, count, ends_of, latency_ms, milliseconds, request_seen,
};
use crate::correlate::verdict::rules;
use crate::mms::PduType;
use crate::model::{BearerStatus, FrameRef, SharedSort};
use crate::session::Bearer;

/// A handover with its failures and how far it brought the delivery.
pub(crate) struct Judged {
    pub(crate) handover: Handover,
    pub(crate) failures: Vec<Failure>,
    pub(crate) state: State,
    /// When that was certain.
    pub(crate) at: FrameRef,
    /// The request that asks for MM4_forward.RES, of which none was seen.
    pub(crate) unanswered: Option<FrameRef>,
}

/// What is handed over to one recipient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'p> {
    /// The handover; none where nothing but refused envelopes or an answer was captured.
    pub(crate) step: Option<StepId>,
    /// The recipient's key.
    pub(crate) recipient: Option<u64>,
    /// Mail transactions to the recipient that were refused before their data.
    pub(crate) refused: &'p [StepId],
    /// MM4_forward.RES whose requests were not captured.
    pub(crate) answers: &'p [StepId],
}

/// A try as far as it concerns one recipient.
struct Try<'a> {
    /// The hops, nearest the sender first.
    hops: Vec<Leg<'a>>,
    end: End<'a>,
}

/// How a try ended.
enum End<'a> {
    /// The other side took it.
    Taken,
    /// Nothing seen decides it.
    Pending,
    /// The mail server refused the recipient, or the command before the data.
    Refused {
        command: Option<EnvelopeRecipient<'a>>,
        code: u16,
        text: Option<&'a str>,
        at: FrameRef,
    },
    /// It failed.
    Failed(Box<Failure>),
}

impl Judge<'_> {
    pub(crate) fn handover(&self, given: Given<'_>) -> Option<Judged> {
        let tries = self.tries_for(given);
        let taken = tries.iter().find(|one| matches!(one.end, End::Taken));
        let shown = taken.or_else(|| tries.last());
        let may_be_answered = tries.is_empty()
            || tries
                .iter()
                .any(|one| matches!(one.end, End::Taken | End::Pending));
        let answers = match may_be_answered {
            true => self.mm4_answers(given, &tries),
            false => Vec::new(),
        };
        let answer = answers.last().copied();
        let mut failures: Vec<Failure> = tries.iter().filter_map(Try::failure).collect();
        failures.extend(answers.iter().filter_map(|leg| refusal(*leg)));
        let state = state(shown, answer);
        let at = answer
            .map(|leg| leg.last())
            .or_else(|| shown.map(Try::decided))
            .unwrap_or_default();
        let asks = shown
            .and_then(Try::front)
            .filter(|_| state == SubmissionState::Pending);
        let asks = asks.filter(|leg| leg.handed_over().is_some_and(|h| h.ack_requested == Some(true)));
        Some(Judged {
            failures,
            state: delivery_state(state, shown),
            at,
            unanswered: asks.map(Leg::last),
            handover: self.shown(shown, answer, state, given, tries.len())?,
        })
    }

    /// The tries that name the recipient, in the order of time.
    fn tries_for(&self, given: Given<'_>) -> Vec<Try<'_>> {
        let step = given.step.and_then(|step| self.step(step));
        let tried = step.into_iter().flat_map(|step| step.tries());
        let mut tries: Vec<Try<'_>> = tried
            .filter_map(|one| self.try_for(one, given.recipient))
            .collect();
        let refused = given.refused.iter().map(|step| self.snapshot.leg(*step));
        tries.extend(refused.filter_map(|leg| self.refused_envelope(leg, given.recipient)));
        tries.shared_sort_by_key(|one| one.hops.first().map(|leg| leg.first()));
        tries
    }

    fn try_for(&self, one: &[LegId], recipient: Option<u64>) -> Option<Try<'_>> {
        let hops: Vec<Leg<'_>> = one
            .iter()
            .filter_map(|leg| self.snapshot.legs.get(*leg))
            .collect();
        let front = *hops.first()?;
        let mut named = front.envelope_recipients().peekable();
        let has_envelope = named.peek().is_some() && recipient.is_some();
        let own = named.find(|to| recipient == Some(self.snapshot.address(to.address())));
        if has_envelope && own.is_none() {
            return None;
        }
        let refusal = own.and_then(|to| Some((to, to.refusal?)));
        let end = match refusal {
            Some((to, refusal)) => refused(to, refusal),
            None => self.end_of(&hops),
        };
        Some(Try { hops, end })
    }

    fn refused_envelope<'b>(&'b self, leg: Leg<'b>, recipient: Option<u64>) -> Option<Try<'b>> {
        let mut named = leg.envelope_recipients();
        let own = named.find(|to| recipient == Some(self.snapshot.address(to.address())))?;
        let end = match (own.refusal, leg.status(), leg.answer()) {
            (Some(refusal), _, _) => refused(own, refusal),
            (None, Some(BearerStatus::Smtp(code)), Some(answer)) => End::Refused {
                command: None,
                code,
                text: leg.reason(),
                at: answer.last,
            },
            _ => End::Pending,
        };
        Some(Try { hops: vec![leg], end })
    }

    /// How a try ended that was not refused before its data: as its last hop did.
    fn end_of<'b>(&self, hops: &[Leg<'b>]) -> End<'b> {
        let Some(last) = hops.last().copied() else {
            return End::Pending;
        };
        match last.mm7_word() {
            Some((_, true)) => return End::Taken,
            Some((answer, false)) => return End::Failed(Box::new(answered_with(last, answer))),
            None => {}
        }
        match self.ending_of(last, rules::rule(last)) {
            Ending::Failed(flaw) => {
                let detail = FailureDetail::HandoverFailed {
                    cause: flaw.cause,
                    request: last.request().map_or(last.first(), |request| request.last).frame,
                };
                End::Failed(Box::new(Failure {
                    bearer_status: ends::bearer_answer(last),
                    ..Failure::new(flaw.kind, flaw.code, flaw.at, detail)
                }))
            }
            Ending::ResponseFacts if is_no_soap(last) => End::Failed(Box::new(no_soap(last))),
            Ending::ResponseFacts if last.reply().is_some() && says_all(last) => End::Taken,
            _ => End::Pending,
        }
    }

    /// The first MM4_forward.RES that is about the recipient, and the one that overrules it: where it refuses, and the
    /// same was sent again and taken. Another one to the same try changes nothing.
    fn mm4_answers(&self, given: Given<'_>, tries: &[Try<'_>]) -> Vec<Leg<'_>> {
        let mut answers = self.mm4_answers_about(given).into_iter().enumerate();
        let first = answers.next().map(|(_, first)| first);
        let is_refused = first.and_then(refusal).is_some();
        let overrules = |(place, leg): &(usize, Leg<'_>)| {
            let fronts = tries.iter().filter_map(Try::front);
            let before = fronts.filter(|front| front.first() < leg.first()).count();
            before > *place && leg.mm4_answer().and_then(Answered::accepted) == Some(true)
        };
        let overruling = answers.find(|answer| is_refused && overrules(answer));
        first.into_iter().chain(overruling.map(|(_, leg)| leg)).collect()
    }

    /// Each MM4_forward.RES that is about the recipient, in the order of time.
    fn mm4_answers_about(&self, given: Given<'_>) -> Vec<Leg<'_>> {
        let paired = given
            .step
            .into_iter()
            .flat_map(|step| self.snapshot.answers.of(step));
        let all = paired.chain(given.answers.iter().copied());
        let mut legs: Vec<Leg<'_>> = all.map(|step| self.snapshot.leg(step)).collect();
        legs.shared_sort_by_key(|leg| (leg.first(), leg.exchange));
        legs.retain(|leg| {
            let answer = leg.mm4_answer();
            let mut named = answer
                .into_iter()
                .flat_map(|answer| answer.recipients())
                .peekable();
            named.peek().is_none()
                || named.any(|to| given.recipient == Some(self.snapshot.address(address::of_mail(to))))
        });
        legs
    }

    fn shown(
        &self,
        shown: Option<&Try<'_>>,
        answer: Option<Leg<'_>>,
        state: SubmissionState,
        given: Given<'_>,
        tries: usize,
    ) -> Option<Handover> {
        let front = shown.and_then(Try::front);
        let last = shown.and_then(|one| one.hops.last().copied());
        let of_mm4 = answer.and_then(Leg::mm4_answer);
        let of_mm7 = last.and_then(Leg::mm7_answer);
        let said = of_mm4.or(of_mm7);
        let sent = front.and_then(Leg::sent);
        let any = front.or(answer)?;
        let pdu = sent.map(|sent| sent.pdu).or(of_mm4.and(answer_to(answer)));
        let own_id = sent.and_then(|sent| sent.message_id()).map(address::message_id);
        let peer_id = said.and_then(|said| said.message_id()).map(address::message_id);
        let seen = |leg: Leg<'_>| match shown.map(|one| &one.end) {
            Some(End::Refused {
                command: Some(command),
                ..
            }) => Some(leg.seen(command.command, leg.client(), leg.server())),
            _ => request_seen(leg),
        };
        let response = match (of_mm4, front.map(|leg| leg.bearer)) {
            // Nearest the sender of the message, to whom it goes.
            (Some(_), _) => self.answer_at(given, answer),
            (None, Some(Bearer::Smtp) | None) => None,
            (None, Some(_)) => last.and_then(answer_seen),
        };
        let written = |id: Option<&str>| id.map(address::message_id).map(str::to_owned);
        let transaction_id = sent.and_then(|sent| sent.transaction_id());
        Some(Handover {
            interface: interface(any, given, self),
            pdu,
            state,
            request: front.and_then(seen),
            response: response.clone(),
            hops: self.hops_behind(shown),
            transport_status: shown.and_then(Try::transport),
            bearer_status: shown.and_then(Try::bearer_status),
            ends: ends_of(any, shown.into_iter().flat_map(|one| one.hops.iter().copied())),
            status: said.and_then(|said| said.status()).map(code),
            status_text: said.and_then(|said| said.text()).map(str::to_owned),
            transaction_id: written(transaction_id.or(said.and_then(|said| said.transaction_id()))),
            message_id: peer_id.filter(|id| Some(*id) != own_id).map(str::to_owned),
            linked_id: sent.and_then(|sent| sent.linked_id()).map(str::to_owned),
            peer: peer(front, answer, given, self),
            response_requested: front.and_then(|leg| leg.handed_over()?.ack_requested),
            latency_ms: latency(front, last, response.as_ref()),
            tries: count(tries),
        })
    }

    /// Where an answer was seen nearest the sender of the message: at the last of its hops.
    fn answer_at(&self, given: Given<'_>, answer: Option<Leg<'_>>) -> Option<Seen> {
        let exchange = answer?.exchange;
        let paired = given
            .step
            .into_iter()
            .flat_map(|step| self.snapshot.answers.of(step));
        let mut steps = paired.chain(given.answers.iter().copied());
        let step = steps.find(|step| self.snapshot.legs_of(*step).any(|leg| leg.exchange == exchange))?;
        self.hops(self.last_try(step)?).last().and_then(request_seen)
    }

    /// The other places where a try passed.
    fn hops_behind(&self, shown: Option<&Try<'_>>) -> Vec<crate::correlate::message::Hop> {
        let hops = shown.into_iter().flat_map(|one| one.hops.iter().skip(1));
        hops.filter_map(|leg| request_seen(*leg))
            .map(Into::into)
            .collect()
    }
}

impl<'a> Try<'a> {
    fn front(&self) -> Option<Leg<'a>> {
        self.hops.first().copied()
    }

    /// When it was certain what became of it.
    fn decided(&self) -> FrameRef {
        match &self.end {
            End::Refused { at, .. } => *at,
            End::Failed(failure) => failure.at().unwrap_or_default(),
            End::Taken | End::Pending => self.hops.last().map(|leg| leg.last()).unwrap_or_default(),
        }
    }

    /// The status of SMTP or HTTP.
    fn transport(&self) -> Option<u32> {
        match &self.end {
            End::Refused { code, .. } => Some(u32::from(*code)),
            _ => self.hops.last()?.status()?.code(),
        }
    }

    fn bearer_status(&self) -> Option<BearerAnswer> {
        match &self.end {
            End::Refused { code, text, .. } => Some(BearerAnswer::new(BearerStatus::Smtp(*code), *text)),
            _ => self.hops.last().copied().and_then(ends::bearer_answer),
        }
    }

    fn failure(&self) -> Option<Failure> {
        match &self.end {
            End::Taken | End::Pending => None,
            End::Failed(failure) => Some((**failure).clone()),
            End::Refused {
                code, at, command, ..
            } => {
                let request = command.map(|command| command.command.last);
                let request = request.or_else(|| Some(self.front()?.request()?.last))?;
                let detail = FailureDetail::HandoverFailed {
                    cause: EndCause::BearerError,
                    request: request.frame,
                };
                let kind = FailureKind::HandoverSmtpError;
                Some(Failure {
                    bearer_status: self.bearer_status(),
                    ..Failure::new(kind, Some(u32::from(*code)), *at, detail)
                })
            }
        }
    }
}

fn refused<'a>(to: EnvelopeRecipient<'a>, refusal: Refusal<'a>) -> End<'a> {
    End::Refused {
        command: Some(to),
        code: refusal.code,
        text: refusal.text,
        at: refusal.extent.last,
    }
}

/// What an answer of MM4 or MM7 says, with its name.
pub(crate) fn code(status: AnswerCode<'_>) -> Code {
    match status {
        AnswerCode::Mm4(name) => Code::of_mm4(name),
        AnswerCode::Mm7(code) => Code::of_mm7(code),
    }
}

/// The refusal that an answer of MM7 states, with its StatusCode.
fn answered_with(leg: Leg<'_>, answer: Answered<'_>) -> Failure {
    Failure {
        bearer_status: ends::bearer_answer(leg),
        ..stated(FailureKind::HandoverRejected, leg.last(), answer)
    }
}

/// A failure of a kind that an answer states.
pub(crate) fn stated(kind: FailureKind, at: FrameRef, answer: Answered<'_>) -> Failure {
    let status = answer.status().map(code);
    let number = status.as_ref().and_then(|status| status.code);
    let detail = FailureDetail::Refused {
        answer: answer.pdu,
        status,
        text: answer.text().map(str::to_owned),
    };
    Failure::new(kind, number, at, detail)
}

/// The failure that MM4_forward.RES states.
fn refusal(leg: Leg<'_>) -> Option<Failure> {
    let answer = leg
        .mm4_answer()
        .filter(|answer| answer.accepted() == Some(false))?;
    let at = leg.request().map_or(leg.first(), |request| request.last);
    Some(stated(FailureKind::HandoverRejected, at, answer))
}

/// Whether DeliverReq was answered with something that is no SOAP. An empty answer is one, and EAIF has no other.
fn is_no_soap(leg: Leg<'_>) -> bool {
    let is_mm7 = matches!(leg.pdu(), Some(PduType::Mm7(_)));
    let has_body = leg.has_whole_answer() && leg.reply().is_some_and(|reply| reply.length > 0);
    is_mm7 && leg.mm7_answer().is_none() && has_body
}

/// Whether the answer can say no more than it is known to: one of MM7 of which some was not captured may refuse.
fn says_all(leg: Leg<'_>) -> bool {
    !matches!(leg.pdu(), Some(PduType::Mm7(_))) || leg.has_whole_answer()
}

fn no_soap(leg: Leg<'_>) -> Failure {
    let detail = FailureDetail::HandoverFailed {
        cause: EndCause::NoPdu,
        request: leg.request().map_or(leg.first(), |request| request.last).frame,
    };
    Failure {
        bearer_status: ends::bearer_answer(leg),
        ..Failure::new(FailureKind::HandoverNotMms, None, leg.last(), detail)
    }
}

fn state(shown: Option<&Try<'_>>, answer: Option<Leg<'_>>) -> SubmissionState {
    let answered = answer
        .and_then(Leg::mm4_answer)
        .and_then(|answer| answer.accepted());
    match (answered, shown.map(|one| &one.end)) {
        (Some(true), _) => SubmissionState::Accepted,
        (Some(false), _) => SubmissionState::Rejected,
        // One that was captured, and not what it says.
        (None, Some(End::Taken)) if answer.is_some() => SubmissionState::Pending,
        (None, Some(End::Taken)) => match shown.and_then(Try::front).is_some_and(asks_for_answer) {
            true => SubmissionState::Pending,
            false => SubmissionState::Accepted,
        },
        (None, Some(End::Failed(failure))) if failure.kind == FailureKind::HandoverRejected => {
            SubmissionState::Rejected
        }
        (None, Some(End::Failed(_) | End::Refused { .. })) => SubmissionState::Failed,
        (None, Some(End::Pending) | None) => SubmissionState::Pending,
    }
}

fn asks_for_answer(leg: Leg<'_>) -> bool {
    leg.handed_over().is_some_and(HandedOver::may_ask_for_answer)
}

/// How far a handover brings the delivery. What an application took with a word of its own, it has.
fn delivery_state(state: SubmissionState, shown: Option<&Try<'_>>) -> State {
    let last = shown.and_then(|one| one.hops.last());
    let has_it = last.is_some_and(|leg| leg.eaif || leg.mm7_answer().is_some());
    match state {
        SubmissionState::Accepted if has_it => State::Retrieved,
        SubmissionState::Accepted => State::HandedOver,
        SubmissionState::Pending => State::HandingOver,
        SubmissionState::Rejected | SubmissionState::Failed => State::Failed,
    }
}

/// The PDU that an answer is to.
fn answer_to(answer: Option<Leg<'_>>) -> Option<PduType> {
    use crate::mms::Mm4Type;
    let request = PduType::Mm4(Mm4Type::ForwardReq);
    (answers::answer_of(request) == answer?.pdu()).then_some(request)
}

/// The interface; of a refused envelope, which shows no PDU, by whom it names.
fn interface(any: Leg<'_>, given: Given<'_>, judge: &Judge<'_>) -> Interface {
    if any.sent().is_some() || any.mm4_answer().is_some() {
        return any.interface();
    }
    let mut named = any.envelope_recipients();
    let own = named.find(|to| given.recipient == Some(judge.snapshot.address(to.address())));
    match own.is_some_and(|to| address::is_of_phone(to.written)) {
        true => Interface::Mm4,
        false => Interface::Mm3,
    }
}

/// Who takes the message: on MM4 and MM3 the domain of the envelope's recipient, else the name of the server; of an answer
/// alone its sender's; on MM7 the application, else the host.
fn peer(
    front: Option<Leg<'_>>,
    answer: Option<Leg<'_>>,
    given: Given<'_>,
    judge: &Judge<'_>,
) -> Option<String> {
    let Some(leg) = front else {
        let system = answer?.mm4_system();
        return system.and_then(address::domain).map(str::to_owned);
    };
    if leg.bearer != Bearer::Smtp {
        let application = leg
            .handed_over()
            .and_then(|handover| handover.send().application());
        let host = || leg.url().and_then(address::host).map(str::to_ascii_lowercase);
        return application.map(str::to_owned).or_else(host);
    }
    let to = |own: bool| {
        let mut named = leg.envelope_recipients();
        named.find(|to| !own || given.recipient == Some(judge.snapshot.address(to.address())))
    };
    let domain = to(true)
        .or_else(|| to(false))
        .and_then(|to| address::domain(to.written));
    domain.or_else(|| leg.mail_server()).map(str::to_owned)
}

/// From the request's completion to the answer: of MM4 to the RES where there is one, else to the reply.
fn latency(front: Option<Leg<'_>>, last: Option<Leg<'_>>, response: Option<&Seen>) -> Option<f64> {
    let asked = front?.request()?.last.time;
    match response {
        Some(seen) if seen.bearer == Bearer::Smtp => {
            let since = seen.time.since(asked);
            (since >= 0).then(|| milliseconds(since))
        }
        _ => last.and_then(latency_ms),
    }
}
