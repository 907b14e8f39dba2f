//! Closing: groups all open legs, judges the messages whose time is over, and leaves the others open.
//!
//! A pure function of the legs, which it puts into time order first: the order in which they came plays no part.
//! Messages are put together one at a time, in time order, and handed on before the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::Settings;
use crate::correlate::assemble::message_builder::{self, Parts};
use crate::correlate::close::explanations::{self, Explanations};
use crate::correlate::close::relations::Relations;
use crate::correlate::close::room::{self, Held};
use crate::correlate::close::round_index::RoundIndex;
use crate::correlate::context::store::Surroundings;
use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::deliveries;
use crate::correlate::group::ids::{ClusterId, OperationId, StepId};
use crate::correlate::group::join::{Ambiguity, Join, Joins};
use crate::correlate::group::matching;
use crate::correlate::group::party::Party;
use crate::correlate::group::remnants::{self, Gaps};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::steps::Step;
use crate::correlate::group::thread::Threads;
use crate::correlate::group::threads;
use crate::correlate::limits::Limits;
use crate::correlate::message::{Closed, Evidence, Message, Outcome};
use crate::correlate::store::leg::{Leg, LegKind, LegRecord};
use crate::correlate::store::open_legs::{Legs, Receipts};
use crate::correlate::store::sightings::Sightings;
use crate::correlate::verdict::coverage::CoveredTime;
use crate::correlate::verdict::delivery;
use crate::correlate::verdict::evidence;
use crate::correlate::verdict::judge::Judge;
use crate::model::fault::{self, Fault, PipelineStage};
use crate::model::{AnomalyKind, AnomalyLog, CaptureIndex, FrameRef, Nanoseconds, Networks, Timestamp};

/// How long an expiry that a PDU gives can keep a message open, in nanoseconds: 30 days, more than any MMSC keeps
/// a message. A PDU that claims more must not hold memory for ever.
const MAX_VALIDITY: Nanoseconds = 30 * 24 * 3600 * Timestamp::SECOND;

/// When something is closed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// The input is over: everything is.
    End,
    /// What is over at this time.
    Time(Timestamp),
    /// What leaves half of these limits free, because too much is open.
    Room(Limits),
    /// Nothing is: all is told as it is so far, and stays open.
    Told(Gaps),
}

/// Whether what was last seen at `last` is over at a time.
fn is_over_at(now: Timestamp, last: Timestamp, valid_until: Option<Timestamp>, settings: Settings) -> bool {
    let valid = valid_until.map_or(last, |valid| valid.min(last.plus(MAX_VALIDITY)));
    valid.max(last.plus(settings.lifetime)) <= now
}

/// Puts legs into time order.
fn sort(legs: &mut [LegRecord]) {
    legs.sort_by_cached_key(|leg| (leg.first, leg.leg().last(), leg.exchange));
}

/// By what a round judges: its settings, what of the traffic was seen, and when something is over.
#[derive(Clone, Copy)]
pub(crate) struct Conditions<'a> {
    pub(crate) settings: Settings,
    pub(crate) covered: &'a CoveredTime,
    pub(crate) sightings: &'a Sightings,
    pub(crate) networks: &'a Networks,
    pub(crate) until: Until,
    /// The time of each capture's first frame.
    pub(crate) begins: &'a BTreeMap<CaptureIndex, Timestamp>,
}

/// What a round adds to beside what it closes.
pub(crate) struct Told<'a> {
    pub(crate) anomalies: &'a mut AnomalyLog,
    /// What explains the messages that are closed.
    pub(crate) surroundings: &'a mut Surroundings,
}

impl Conditions<'_> {
    /// Closes what is over; the legs that stay open are given back.
    pub(crate) fn settle(
        self,
        legs: &mut Vec<LegRecord>,
        receipts: &Receipts,
        told: &mut Told<'_>,
        sink: &mut dyn FnMut(Closed),
    ) {
        sort(legs);
        self.close(legs, receipts, told, sink);
    }

    /// Tells what legs are so far, which are put into time order and stay open. Nothing is counted, noted or let go of. Where
    /// grouping panics, nothing is told: what is to be done about that is found when they are closed.
    pub(crate) fn tell(
        self,
        legs: &mut [LegRecord],
        receipts: &Receipts,
        surroundings: &mut Surroundings,
        sink: &mut dyn FnMut(Closed),
    ) {
        sort(legs);
        let mut told = Told {
            anomalies: &mut AnomalyLog::default(),
            surroundings,
        };
        let legs = &*legs;
        let _ = fault::isolated(|| {
            self.judged(legs, receipts, |judge| close(judge, self.until, &mut told, sink))
        });
    }

    /// What is made of legs in time order.
    fn judged<R>(self, legs: &[LegRecord], receipts: &Receipts, made: impl FnOnce(&Judge<'_>) -> R) -> R {
        let legs = Legs::new(legs, receipts);
        let snapshot = Snapshot::new(legs, self.settings.response_timeout, self.networks.clone());
        made(&Judge {
            snapshot: &snapshot,
            settings: self.settings,
            covered: self.covered,
            sightings: self.sightings,
            begins: self.begins,
        })
    }

    /// Closes what is over of legs in time order. Where grouping them panics, each half is grouped by itself, so that
    /// in the end only the legs that no group can be made of are lost; whether there was such a fault.
    fn close(
        self,
        legs: &mut Vec<LegRecord>,
        receipts: &Receipts,
        told: &mut Told<'_>,
        sink: &mut dyn FnMut(Closed),
    ) -> bool {
        let closed =
            fault::isolated(|| self.judged(legs, receipts, |judge| close(judge, self.until, told, sink)));
        let fault = match closed {
            Ok(keep) => {
                let mut keep = keep.into_iter();
                legs.retain(|_| keep.next().unwrap_or(true));
                return false;
            }
            Err(fault) => fault,
        };
        let first = legs.first().map(|leg| leg.first);
        if legs.len() <= 1 {
            legs.clear();
            note_fault(told.anomalies, &fault, first);
            return true;
        }
        let mut later = legs.split_off(legs.len() / 2);
        let faults = [
            self.close(legs, receipts, told, sink),
            self.close(&mut later, receipts, told, sink),
        ];
        legs.append(&mut later);
        // What panics only where both halves are together costs nothing but what joins them.
        if faults == [false, false] {
            note_fault(told.anomalies, &fault, first);
        }
        true
    }
}

fn note_fault(anomalies: &mut AnomalyLog, fault: &Fault, at: Option<FrameRef>) {
    anomalies.note(AnomalyKind::InternalFault, at, || {
        format!("a fault in {}; what it happened at was given up", fault.place())
    });
}

/// For each leg, whether it stays open.
fn close(judge: &Judge<'_>, until: Until, told: &mut Told<'_>, sink: &mut dyn FnMut(Closed)) -> Vec<bool> {
    let snapshot = judge.snapshot;
    fault::trip_at_any(PipelineStage::Grouping, snapshot.legs.iter().map(Leg::first));
    let mut joins = Joins::default();
    let threads = threads::threads(snapshot, &mut joins);
    let mut clusters = Clusters::new(snapshot, &threads);
    snapshot.answers.note(&mut joins);
    clusters.by_location(&mut joins);
    deliveries::join_by_ids(&mut clusters, &mut joins);
    matching::join_by_content(&mut clusters, &mut joins);
    clusters.refused_envelopes(&mut joins);
    let gaps = match until {
        Until::Told(gaps) => gaps,
        Until::End | Until::Time(_) | Until::Room(_) => Gaps::Shown,
    };
    remnants::fold(&mut clusters, gaps);
    let relations = Relations::new(&mut clusters);
    let round_index = RoundIndex::new(judge, &relations, joins);
    let explanations = Explanations::new(judge, &mut clusters, told.surroundings, told.anomalies, until);
    let mut round = Round {
        judge,
        until,
        relations: &relations,
        round_index: &round_index,
        explanations: &explanations,
        keep: vec![true; snapshot.legs.len()],
        anomalies: told.anomalies,
        surroundings: told.surroundings,
    };
    let over = round.what_is_over(&mut clusters);
    for item in over.iter().copied() {
        let judged = fault::isolated(|| match item {
            Closable::Message(id) => round.message(&mut clusters, id, sink),
            Closable::Operation(index) => round.operation(index, sink),
            Closable::Unmatched(step) => round.drop_legs(std::iter::once(step)),
        });
        if let Err(fault) = judged {
            round.lose(item, &mut clusters, &fault);
        }
    }
    let closed = over.into_iter().filter_map(Closable::message).collect();
    explanations.settle(&closed, until, round.surroundings);
    round.keep
}

/// What is closed as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closable {
    Message(ClusterId),
    Operation(OperationId),
    /// A leg that turned out to be no message's.
    Unmatched(StepId),
}

impl Closable {
    const fn message(self) -> Option<ClusterId> {
        match self {
            Self::Message(id) => Some(id),
            Self::Operation(_) | Self::Unmatched(_) => None,
        }
    }
}

/// Whether the expiry that PDUs give keeps something open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Validity {
    Counts,
    IsOver,
}

/// One pass over everything that is open.
struct Round<'a> {
    judge: &'a Judge<'a>,
    until: Until,
    relations: &'a Relations,
    round_index: &'a RoundIndex,
    explanations: &'a Explanations,
    keep: Vec<bool>,
    anomalies: &'a mut AnomalyLog,
    surroundings: &'a mut Surroundings,
}

impl Round<'_> {
    /// What is over, by time. An operation that names a message is closed with it.
    fn what_is_over(&self, clusters: &mut Clusters<'_>) -> Vec<Closable> {
        let surplus = match self.until {
            Until::Room(limits) => Some(room::surplus(self.held(clusters), limits)),
            Until::End | Until::Time(_) | Until::Told(_) => None,
        };
        let surplus = surplus.as_ref();
        let mut items: Vec<(FrameRef, Closable)> = Vec::new();
        let mut open: Vec<ClusterId> = Vec::new();
        let threads = clusters.threads;
        for id in clusters.ids() {
            let Some(cluster) = clusters.get(id) else { continue };
            let own = || cluster.steps(threads);
            let valid = if self.may_be_fetched(cluster, threads) {
                Validity::Counts
            } else {
                Validity::IsOver
            };
            let all = own().chain(self.round_index.steps_naming(id));
            if self.is_due(Closable::Message(id), all, valid, surplus) {
                items.extend(self.first(own()).map(|first| (first, Closable::Message(id))));
            } else {
                open.push(id);
            }
        }
        for (index, (pairing, named)) in self.round_index.operations.iter() {
            let waits = named.is_some_and(|id| open.binary_search(&id).is_ok());
            let item = Closable::Operation(index);
            let key = named.map_or(item, Closable::Message);
            if !waits && self.is_due(key, pairing.steps(), Validity::Counts, surplus) {
                items.extend(self.first(pairing.steps()).map(|first| (first, item)));
            }
        }
        for step in self.unmatched_steps() {
            let item = Closable::Unmatched(step);
            if self.is_due(item, std::iter::once(step), Validity::Counts, surplus) {
                items.extend(self.first(std::iter::once(step)).map(|first| (first, item)));
            }
        }
        items.sort_unstable();
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// Whether something is closed now: where room is needed, because it is surplus.
    fn is_due(
        &self,
        item: Closable,
        steps: impl Iterator<Item = StepId>,
        validity: Validity,
        surplus: Option<&BTreeSet<Closable>>,
    ) -> bool {
        match surplus {
            Some(surplus) => surplus.contains(&item),
            None => self.is_over(steps, validity),
        }
    }

    /// Fetches that turned out to be none of ours, answers on MM4 without their requests, and refused envelopes that no
    /// message is known of.
    fn unmatched_steps(&self) -> impl Iterator<Item = StepId> {
        let snapshot = self.judge.snapshot;
        let kinds = [LegKind::Retrieval, LegKind::Answer, LegKind::RefusedEnvelope];
        let steps = kinds.into_iter().flat_map(|kind| snapshot.of_kind(kind));
        steps.filter(|step| self.relations.owner(*step).is_none())
    }

    /// All that is open, and what it takes.
    fn held(&self, clusters: &mut Clusters<'_>) -> Vec<Held<Closable>> {
        let threads = clusters.threads;
        let mut held = Vec::new();
        for id in clusters.ids() {
            let Some(cluster) = clusters.get(id) else { continue };
            let steps = cluster.steps(threads).chain(self.round_index.steps_naming(id));
            held.extend(self.held_by(Closable::Message(id), steps));
        }
        for (index, (pairing, named)) in self.round_index.operations.iter() {
            if named.is_none() {
                held.extend(self.held_by(Closable::Operation(index), pairing.steps()));
            }
        }
        for step in self.unmatched_steps() {
            held.extend(self.held_by(Closable::Unmatched(step), std::iter::once(step)));
        }
        held
    }

    fn held_by(&self, what: Closable, steps: impl Iterator<Item = StepId>) -> Option<Held<Closable>> {
        let snapshot = self.judge.snapshot;
        let legs: Vec<Leg<'_>> = steps.flat_map(|step| snapshot.legs_of(step)).collect();
        let first = legs.iter().min_by_key(|leg| leg.first())?;
        Some(Held {
            what,
            party: party(*first, snapshot),
            last: legs.iter().map(|leg| leg.last()).max()?,
            legs: legs.len() as u64,
            octets: legs.iter().map(|leg| leg.octets() as u64).sum(),
        })
    }

    fn first(&self, steps: impl Iterator<Item = StepId>) -> Option<FrameRef> {
        steps
            .flat_map(|step| self.judge.snapshot.legs_of(step))
            .map(Leg::first)
            .min()
    }

    /// Whether a recipient may still fetch a message: not where all have, or want none of it, nor where the MMSC refused
    /// it. What comes after that, reports, takes no longer than a lifetime.
    fn may_be_fetched(&self, cluster: &Cluster, threads: &Threads) -> bool {
        if cluster.threads.is_empty() {
            return !cluster.is_refused(self.judge.snapshot);
        }
        let mut deliveries = cluster.threads.iter().filter_map(|thread| threads.get(*thread));
        cluster.threads.len() < cluster.recipients.len() || deliveries.any(|thread| !thread.confirmed)
    }

    fn is_over(&self, mut steps: impl Iterator<Item = StepId>, validity: Validity) -> bool {
        let Until::Time(now) = self.until else {
            return steps.next().is_some();
        };
        let mut last = None;
        let mut valid = None;
        for leg in steps.flat_map(|step| self.judge.snapshot.legs_of(step)) {
            last = last.max(Some(leg.last().time));
            if validity == Validity::Counts {
                valid = valid.max(delivery::valid_until(leg));
            }
        }
        last.is_some_and(|last| is_over_at(now, last, valid, self.judge.settings))
    }

    fn drop_legs(&mut self, steps: impl Iterator<Item = StepId>) {
        let steps = steps.filter_map(|step| self.judge.step(step));
        for leg in steps.flat_map(Step::legs) {
            if let Some(keep) = self.keep.get_mut(leg.place()) {
                *keep = false;
            }
        }
    }

    fn message(&mut self, clusters: &mut Clusters<'_>, id: ClusterId, sink: &mut dyn FnMut(Closed)) {
        let threads = clusters.threads;
        let Some(cluster) = clusters.get(id) else { return };
        if !cluster.is_ours(self.judge.snapshot) {
            return self.drop_legs(cluster.steps(threads));
        }
        let legs = cluster
            .steps(threads)
            .flat_map(|step| self.judge.snapshot.legs_of(step));
        fault::trip_at_any(PipelineStage::Message, legs.map(Leg::first));
        let mut relations = self.relations.links(id).to_vec();
        relations.extend(self.round_index.cancellation(id).cloned());
        let counts = |join: &Join| {
            let mut steps = join.steps().into_iter();
            steps.all(|step| !cluster.remnants.contains(&step))
        };
        let parts = Parts {
            cluster,
            threads,
            joins: self.round_index.joins(id).filter(|join| counts(join)).collect(),
            relations,
            cancelled: self.round_index.cancellation(id).is_some(),
        };
        let (first, mut message) = self.judge.message(parts, self.anomalies);
        let legs = || {
            let steps = cluster.own_steps(threads);
            steps.flat_map(|step| self.judge.snapshot.legs_of(step))
        };
        if matches!(self.until, Until::Room(_)) || legs().any(Leg::is_given_up) {
            give_up(&mut message);
        }
        let named_by = legs().min_by_key(|leg| (leg.first(), leg.place, leg.exchange));
        let all = cluster.steps(threads);
        let all = all.flat_map(|step| self.judge.snapshot.legs_of(step));
        let named_by = named_by.map(|leg| leg.exchange);
        let legs = named_by.into_iter().chain(all.map(|leg| leg.exchange)).collect();
        let timeout = self.judge.settings.response_timeout;
        let explanations = self.explanations;
        explanations.explain(id, timeout, &mut message, self.surroundings, self.anomalies);
        sink(Closed::Message { first, legs, message });
        let ambiguities = self.round_index.ambiguities(id);
        for ambiguity in ambiguities {
            self.note_ambiguity(ambiguity);
        }
        for step in cluster.others(threads) {
            if ambiguities.iter().all(|ambiguity| ambiguity.step != step) {
                self.note_other(step);
            }
        }
        for step in &cluster.remnants {
            self.note_remnant(*step);
        }
        self.drop_legs(cluster.steps(threads));
    }

    /// Notes what is not counted, as it may be of a message that is.
    fn note_remnant(&mut self, step: StepId) {
        let at = self.judge.snapshot.leg(step).first();
        self.anomalies.note(AnomalyKind::UnassignedRemnant, Some(at), || {
            format!(
                "too little of frame {} was captured to tell which message it belongs to; it is not counted as one of its own",
                at.frame
            )
        });
    }

    /// Notes what somebody else fetched.
    fn note_other(&mut self, step: StepId) {
        let at = self.judge.snapshot.leg(step).first();
        self.anomalies.note(AnomalyKind::RetrievedByOther, Some(at), || {
            format!(
                "the fetch in frame {} is not by the phone that was notified",
                at.frame
            )
        });
    }

    fn note_ambiguity(&mut self, ambiguity: &Ambiguity) {
        let snapshot = self.judge.snapshot;
        let at = snapshot.leg(ambiguity.step).first();
        let frame = |step: Option<StepId>| {
            step.map_or_else(String::new, |step| snapshot.leg(step).first().frame.to_string())
        };
        self.anomalies.note(AnomalyKind::AmbiguousJoin, Some(at), || {
            let [one, other] = ambiguity.candidates.map(frame);
            format!(
                "frame {} fits those of frames {one} and {other} equally well by {}; it was left apart",
                at.frame,
                ambiguity.by.words()
            )
        });
    }

    fn operation(&mut self, id: OperationId, sink: &mut dyn FnMut(Closed)) {
        let Some((pairing, _)) = self.round_index.operations.get(id) else {
            return;
        };
        if let Some((first, mut operation)) = self.judge.operation(pairing) {
            let asks = pairing.steps().next().map(|step| self.judge.snapshot.leg(step));
            if operation.subscriber.is_none() {
                operation.subscriber = asks.and_then(|leg| explanations::subscriber(leg, self.surroundings));
            }
            let operation = Box::new(operation);
            sink(Closed::Operation { first, operation });
        }
        let legs = pairing.steps().flat_map(|step| self.judge.snapshot.legs_of(step));
        for leg in legs.filter(|leg| Judge::ids_disagree(*leg)) {
            message_builder::note_id_mismatch(leg, self.anomalies);
        }
        self.drop_legs(pairing.steps());
    }

    /// Gives up what could not be judged.
    fn lose(&mut self, item: Closable, clusters: &mut Clusters<'_>, fault: &Fault) {
        let threads = clusters.threads;
        let steps: Vec<StepId> = match item {
            Closable::Message(id) => clusters
                .get(id)
                .map(|cluster| cluster.steps(threads).collect())
                .unwrap_or_default(),
            Closable::Unmatched(step) => vec![step],
            Closable::Operation(index) => {
                let found = self.round_index.operations.get(index);
                found
                    .map(|(pairing, _)| pairing.steps().collect())
                    .unwrap_or_default()
            }
        };
        note_fault(self.anomalies, fault, self.first(steps.iter().copied()));
        self.drop_legs(steps.into_iter());
    }
}

/// A key of who something is held for: the phone that its first leg is of, by its number where the bearer gives it.
fn party(leg: Leg<'_>, snapshot: &Snapshot<'_>) -> u64 {
    let party = Party::of(leg, &snapshot.keys);
    party.number.unwrap_or_else(|| snapshot.key(party.host))
}

/// What was still to come of a message that is closed before its time is not looked at, nor what a limit cut of another:
/// nothing failed for good.
fn give_up(message: &mut Message) {
    message.evidence = evidence::worse(message.evidence, Evidence::Cut);
    if message.outcome != Outcome::Success {
        message.outcome = Outcome::Open;
    }
}
