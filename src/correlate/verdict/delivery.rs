//! What one recipient got: the furthest that its legs show, and everything that failed on the way.

use crate::correlate::group::ids::{ReportId, StepId};
use crate::correlate::group::thread::Threads;
use crate::correlate::message::{
    BearerAnswer, Delivery, Failure, FailureDetail, FailureKind, Outcome, Stage, State,
};
use crate::correlate::store::leg::{Leg, expiry_time};
use crate::correlate::store::open_legs::LegId;
use crate::correlate::verdict::ends::{self, Ending};
use crate::correlate::verdict::handover::{self, Given};
use crate::correlate::verdict::judge::Judge;
use crate::correlate::verdict::proof::ProofOfExpiry;
use crate::correlate::verdict::recipients::Plan;
use crate::correlate::verdict::reports;
use crate::correlate::verdict::rules::{self, Meaning};
use crate::model::{FrameRef, SharedSort, Timestamp};

/// A delivery with its failures.
pub(crate) struct Judged {
    pub(crate) delivery: Delivery,
    /// Requests of MM4 that ask for an answer, of which none was seen.
    pub(crate) unanswered: Vec<FrameRef>,
    pub(crate) failures: Vec<Failure>,
    /// Reports that contradict a whole retrieval.
    pub(crate) contradictions: Vec<FrameRef>,
}

/// Something that happened to a delivery.
struct DeliveryStep {
    at: FrameRef,
    state: State,
    of: Doing,
}

/// Whose doing a moment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// The phone's, or what a report says of it.
    Recipient,
    /// The MMSC's push.
    Push,
    /// The MMSC hands the message to another system.
    Handover,
}

/// The history of one delivery while it is put together.
struct DeliveryHistory {
    recipient: Option<String>,
    moments: Vec<DeliveryStep>,
    failures: Vec<Failure>,
    /// Whether a bearer took a notification, as far as was seen: the phone may know of the message, whatever becomes of
    /// later ones.
    announced: bool,
}

impl DeliveryHistory {
    fn reach(&mut self, at: FrameRef, state: State) {
        self.add(at, state, Doing::Recipient);
    }

    fn add(&mut self, at: FrameRef, state: State, of: Doing) {
        self.moments.push(DeliveryStep { at, state, of });
    }

    fn push(&mut self, at: FrameRef, state: State) {
        self.add(at, state, Doing::Push);
    }

    /// A notification did not get through. Where an earlier one was taken, that decides nothing.
    fn push_failed(&mut self, at: FrameRef) {
        if !self.announced {
            self.push(at, State::Failed);
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.failures.push(Failure {
            recipient: self.recipient.clone(),
            ..failure
        });
    }
}

impl Judge<'_> {
    pub(crate) fn delivery(&self, plan: &Plan, threads: &Threads) -> Judged {
        let mut history = DeliveryHistory {
            recipient: plan.recipient.clone(),
            moments: Vec::new(),
            failures: Vec::new(),
            announced: false,
        };
        let mine = || plan.threads.iter().filter_map(|thread| threads.get(*thread));
        let notifications = self.in_time(mine().flat_map(|thread| &thread.notifications));
        let retrievals = self.in_time(mine().flat_map(|thread| &thread.retrievals));
        let confirmations = self.in_time(mine().flat_map(|thread| &thread.confirmations));
        let delivery_reports = self.reports_in_time(&plan.delivery_reports);
        let read_reports = self.reports_in_time(&plan.read_reports);
        let mut unanswered = Vec::new();
        let mut handovers = Vec::new();
        for judged in self.handovers(plan) {
            history.add(judged.at, judged.state, Doing::Handover);
            judged
                .failures
                .into_iter()
                .for_each(|failure| history.fail(failure));
            unanswered.extend(judged.unanswered);
            handovers.push(judged.handover);
        }
        self.each_try(&notifications, |one| self.judge_push(one, &mut history));
        self.each_try(&retrievals, |one| self.judge_fetch(one, &mut history));
        self.each_try(&confirmations, |one| self.judge_confirmation(one, &mut history));
        for report in delivery_reports.iter().chain(&read_reports) {
            self.judge_report(*report, &mut history);
            self.judge_answer(report.step, &mut history);
        }
        let fetched = retrievals
            .iter()
            .any(|step| self.snapshot.legs_of(*step).any(Leg::retrieved_whole));
        let contradictions = match fetched {
            true => history
                .failures
                .iter()
                .filter(|f| denies_delivery(f.kind))
                .filter_map(Failure::at)
                .collect(),
            false => Vec::new(),
        };
        let state = self.with_expiry(&notifications, retrievals.is_empty(), &mut history);
        let delivery_reports =
            reports::merged(shown(&delivery_reports, |report| self.delivery_report(report)));
        let delivery_reports = reports::repeated_once(delivery_reports);
        let read_reports = reports::merged(shown(&read_reports, |report| self.read_report(report)));
        let passed_on = reports::passed_on(&delivery_reports).chain(reports::passed_on(&read_reports));
        let passed_on: Vec<FrameRef> = passed_on.collect();
        history.failures.retain(|failure| !repeats(failure, &passed_on));
        history.failures.shared_sort_by_key(Failure::order);
        Judged {
            delivery: Delivery {
                recipient: plan.recipient.clone(),
                state,
                outcome: state.outcome(),
                notify_to_retrieve_ms: None,
                end_to_end_ms: None,
                handovers,
                notifications: shown(&notifications, |step| self.notification(step)),
                retrievals: shown(&retrievals, |step| self.retrieval(step)),
                acknowledgements: shown(&confirmations, |step| self.acknowledgement(step)),
                delivery_reports,
                read_reports,
            },
            unanswered,
            failures: history.failures,
            contradictions,
        }
    }

    /// What was handed over to the recipient. Envelopes that were refused before their data are tries of the handover
    /// after them.
    fn handovers(&self, plan: &Plan) -> Vec<handover::Judged> {
        let steps = self.in_time(&plan.handovers);
        let refused = self.in_time(&plan.refused);
        let mut refused = refused.as_slice();
        let mut judged = Vec::new();
        for (place, step) in steps.iter().enumerate() {
            let first = self.snapshot.leg(*step).first();
            let is_last = place + 1 == steps.len();
            let before =
                refused.partition_point(|other| is_last || self.snapshot.leg(*other).first() < first);
            let (own, rest) = refused.split_at(before);
            refused = rest;
            judged.extend(self.handover(Given {
                step: Some(*step),
                recipient: plan.key,
                refused: own,
                answers: &[],
            }));
        }
        let alone = Given {
            step: None,
            recipient: plan.key,
            refused,
            answers: &plan.answers,
        };
        if !(refused.is_empty() && plan.answers.is_empty()) {
            judged.extend(self.handover(alone));
        }
        judged
    }

    fn in_time<'b>(&self, steps: impl IntoIterator<Item = &'b StepId>) -> Vec<StepId> {
        let mut steps: Vec<StepId> = steps.into_iter().copied().collect();
        steps.shared_sort_by_key(|step| (self.snapshot.leg(*step).first(), *step));
        steps
    }

    fn reports_in_time(&self, reports: &[ReportId]) -> Vec<ReportId> {
        let mut reports = reports.to_vec();
        reports.shared_sort_by_key(|report| (self.snapshot.leg(report.step).first(), *report));
        reports
    }

    fn each_try<'b>(&'b self, steps: &[StepId], mut judge: impl FnMut(&'b [LegId])) {
        for step in steps.iter().filter_map(|step| self.step(*step)) {
            step.tries().for_each(&mut judge);
        }
    }

    /// A notification announces the message, unless the bearer refuses it; one failure for each notification.
    fn judge_push(&self, one: &[LegId], history: &mut DeliveryHistory) {
        let Some(near) = self.hops(one).next() else { return };
        let Some(request) = near.request() else { return };
        history.push(request.last, State::Notified);
        let undelivered = self
            .hops(one)
            .find_map(|leg| self.snapshot.legs.undelivered(leg.exchange));
        let (failed_at, failure) = match (self.ending(one), undelivered) {
            (Ending::Failed(flaw), _) => {
                let detail = FailureDetail::NotificationFailed {
                    cause: flaw.cause,
                    notification: request.last.frame,
                };
                (flaw.at, self.failure(one, &flaw, detail))
            }
            (_, Some(undelivered)) => {
                let detail = FailureDetail::NotificationUndelivered {
                    notification: request.last.frame,
                };
                let kind = FailureKind::NotificationBearerError;
                let failure = Failure {
                    bearer_status: self.bearer_answer(one),
                    ..Failure::new(kind, undelivered.code, undelivered.at, detail)
                };
                (undelivered.at, failure)
            }
            (Ending::ResponseFacts, None) => return history.announced = true,
            (Ending::Pending | Ending::FailedOperation, None) => return,
        };
        history.push_failed(failed_at);
        history.fail(failure);
    }

    fn judge_fetch(&self, one: &[LegId], history: &mut DeliveryHistory) {
        let Some(near) = self.hops(one).next() else { return };
        let url = || near.url().map(str::to_owned);
        if let Ending::Failed(flaw) = self.ending(one) {
            history.reach(flaw.at, State::Failed);
            let detail = FailureDetail::RetrievalFailed {
                url: url(),
                cause: flaw.cause,
            };
            return history.fail(self.failure(one, &flaw, detail));
        }
        let fetched = self.hops(one).find_map(|leg| Some((leg, leg.retrieved()?)));
        let Some((leg, retrieved)) = fetched else {
            return history.reach(near.first(), State::Retrieving);
        };
        let meaning = rules::rule(leg).map(|rule| rule.meaning(retrieved.status));
        match meaning.and_then(|meaning| meaning.failure) {
            Some(kind) => {
                history.reach(leg.last(), State::Failed);
                let detail = FailureDetail::RetrievalRefused {
                    url: url(),
                    status: retrieved.status,
                    text: retrieved.text().map(str::to_owned),
                };
                history.fail(Failure {
                    bearer_status: ends::bearer_answer(leg),
                    ..Failure::new(kind, retrieved.status.map(u32::from), leg.last(), detail)
                });
            }
            None if retrieved.complete => history.reach(leg.last(), State::Retrieved),
            None => history.reach(near.first(), State::Retrieving),
        }
    }

    fn judge_confirmation(&self, one: &[LegId], history: &mut DeliveryHistory) {
        let Some((leg, confirmed)) = self.hops(one).find_map(|leg| Some((leg, leg.confirmed()?))) else {
            return;
        };
        let Some(rule) = rules::rule(leg) else { return };
        let at = leg.request().map_or(leg.first(), |request| request.last);
        let meaning = rule.meaning(confirmed.status);
        let detail = FailureDetail::PhoneRefused {
            status: confirmed.status,
        };
        history.apply(meaning, at, ends::bearer_answer(leg), detail);
        if let Ending::Failed(flaw) = self.ending(one) {
            let detail = FailureDetail::AcknowledgementFailed {
                pdu: confirmed.pdu,
                frame: at.frame,
                cause: flaw.cause,
            };
            history.fail(self.failure(one, &flaw, detail));
        }
    }

    fn judge_report(&self, ReportId { step, told }: ReportId, history: &mut DeliveryHistory) {
        let leg = self.snapshot.leg(step);
        let Some(reported) = leg.any_report() else { return };
        let Some(status) = reported.told_of(told).map(|told| told.status) else {
            return;
        };
        let report = reported.pdu;
        let Some(rule) = rules::rule(leg) else { return };
        let at = leg.request().map_or(leg.first(), |request| request.last);
        let detail = FailureDetail::Reported { report, status };
        history.apply(rule.meaning(status), at, ends::bearer_answer(leg), detail);
        for one in self
            .step(step)
            .into_iter()
            .flat_map(crate::correlate::group::steps::Step::tries)
        {
            if let Some(refused) = self.hops(one).find_map(refused_report) {
                history.fail(refused);
            } else if let Ending::Failed(flaw) = self.ending(one) {
                let detail = FailureDetail::ReportFailed {
                    report,
                    frame: at.frame,
                    cause: flaw.cause,
                };
                history.fail(self.failure(one, &flaw, detail));
            }
        }
    }

    /// What the answers to a report of MM4 say against it: the first one decides.
    fn judge_answer(&self, step: StepId, history: &mut DeliveryHistory) {
        let answers = self.snapshot.answers.of(step).map(|step| self.snapshot.leg(step));
        let first = answers.min_by_key(|leg| leg.first());
        let answer = first.and_then(|leg| Some((leg, leg.mm4_answer()?)));
        if let Some((leg, answer)) = answer
            && answer.accepted() == Some(false)
        {
            history.fail(handover::stated(FailureKind::ReportRejected, leg.last(), answer));
        }
    }

    /// The state, after looking whether the message expired unfetched: by the notification that expires last.
    /// That a report says so too is a failure of its own, where nobody tried to fetch it.
    fn with_expiry(&self, notifications: &[StepId], unfetched: bool, history: &mut DeliveryHistory) -> State {
        let state = history.state();
        let is_open = matches!(state, State::Notified | State::Deferred | State::Indeterminate);
        let is_reported = state == State::Expired && unfetched && history.reaches_only_by_report();
        if !is_open && !is_reported {
            return state;
        }
        let legs = notifications.iter().flat_map(|step| self.snapshot.legs_of(*step));
        let timeout = self.settings.response_timeout;
        let deadline = |leg: Leg<'_>| rules::rule(leg)?.timer.deadline(leg, timeout);
        let last = legs
            .filter_map(|leg| Some((deadline(leg)?, leg)))
            .max_by_key(|(expiry, leg)| (*expiry, leg.last()));
        let proof = last.and_then(|(expiry, leg)| {
            let networks = &self.snapshot.keys.networks;
            ProofOfExpiry::of_notification(leg, expiry, self.covered, self.sightings, networks)
                .or_else(|| ProofOfExpiry::of_report(leg, expiry, history.reported_expired()?))
        });
        let Some(ProofOfExpiry { notification, expiry }) = proof else {
            return state;
        };
        let detail = FailureDetail::NotificationExpired {
            notification: notification.frame,
            expiry,
        };
        history.fail(Failure::new(
            FailureKind::NotificationExpired,
            None,
            notification,
            detail,
        ));
        State::Expired
    }
}

impl DeliveryHistory {
    /// Whether nothing but a report says what became of it.
    fn reaches_only_by_report(&self) -> bool {
        let mut kinds = self.failures.iter().map(|failure| failure.kind);
        kinds.all(|kind| kind == FailureKind::DeliveryExpired)
    }

    /// Where a report said last that it expired.
    fn reported_expired(&self) -> Option<FrameRef> {
        let expired = self
            .failures
            .iter()
            .filter(|failure| failure.kind == FailureKind::DeliveryExpired);
        expired.filter_map(Failure::at).max_by_key(|at| at.time)
    }

    fn apply(
        &mut self,
        meaning: Meaning,
        at: FrameRef,
        bearer_status: Option<BearerAnswer>,
        detail: FailureDetail,
    ) {
        if let Some(state) = meaning.state {
            self.reach(at, state);
        }
        if let Some(kind) = meaning.failure {
            self.fail(Failure {
                bearer_status,
                ..Failure::new(kind, None, at, detail)
            });
        }
    }

    /// The furthest state. Those that the next try supersedes count only while nothing came after them: a failed
    /// fetch is overruled by a later one, a notification that is sent again reopens what had failed.
    fn state(&mut self) -> State {
        self.moments
            .shared_sort_by_key(|moment| (moment.at, moment.state));
        let mut passing: Option<State> = None;
        let mut furthest: Option<State> = None;
        for DeliveryStep { state, of, .. } in &self.moments {
            let at_work = matches!(passing, Some(State::Deferred | State::Retrieving));
            let announced = at_work || passing == Some(State::Notified);
            match (state, of) {
                (_, Doing::Push) if at_work => {}
                // What was announced to the recipient did arrive, whatever became of another try.
                (State::HandingOver | State::HandedOver | State::Failed, Doing::Handover) => {
                    if !announced {
                        passing = Some(*state);
                    }
                }
                (State::Notified | State::Deferred | State::Retrieving | State::Failed, _) => {
                    passing = Some(*state)
                }
                (state, _) => furthest = furthest.max(Some(*state)),
            }
        }
        passing.max(furthest).unwrap_or(State::Notified)
    }
}

/// Whether a failure only says once more, on another interface, what a report says.
fn repeats(failure: &Failure, passed_on: &[FrameRef]) -> bool {
    let is_reported = matches!(failure.detail, FailureDetail::Reported { .. });
    is_reported && failure.at().is_some_and(|at| passed_on.contains(&at))
}

/// The answer of MM7 that refuses a report.
fn refused_report(leg: Leg<'_>) -> Option<Failure> {
    let (answer, accepted) = leg.mm7_word()?;
    let failure = handover::stated(FailureKind::ReportRejected, leg.last(), answer);
    (!accepted).then(|| Failure {
        bearer_status: ends::bearer_answer(leg),
        ..failure
    })
}

/// Steps as they are shown. Mostly there is one, and each is large: no room is made for more than there are.
fn shown<S: Copy, T>(steps: &[S], show: impl FnMut(S) -> Option<T>) -> Vec<T> {
    let mut all = Vec::with_capacity(steps.len());
    all.extend(steps.iter().copied().filter_map(show));
    all
}

/// Whether a report says that the recipient did not get the message.
fn denies_delivery(kind: FailureKind) -> bool {
    let state = kind.state().filter(|_| kind.stage() == Stage::Report);
    state.is_some_and(|state| state.outcome() == Outcome::Failure)
}

/// The latest time at which a message that was announced is still to be fetched.
pub(crate) fn valid_until(leg: Leg<'_>) -> Option<Timestamp> {
    let seen = leg.request()?.last.time;
    let sent = leg.send().and_then(|send| send.terms().expiry);
    let announced = leg.notified().and_then(|notified| notified.expiry());
    announced.or(sent).map(|expiry| expiry_time(expiry, seen))
}
