//! Closing: groups all open legs, judges the messages whose time is over, and leaves the others open.
//!
//! A pure function of the legs, which it puts into time order first: the order in which they came plays no part.
//! Messages are put together one at a time, in time order, and handed on before the next.

use std::collections::HashSet;

use super::Settings;
use super::assemble::{self, Parts};
use super::book::Book;
use super::clusters::{Cluster, ClusterId, Clusters};
use super::delivery;
use super::ends::Horizon;
use super::join::{Ambiguity, Joins};
use super::leg::{Leg, LegKind};
use super::matching;
use super::message::Closed;
use super::open_legs::{Filed, Files, Legs};
use super::relations::Relations;
use super::scene::Scene;
use super::shape::Bench;
use super::steps::Step;
use super::thread::Thread;
use super::threads;
use crate::model::fault::{self, Fault, Stage};
use crate::model::{AnomalyKind, AnomalyLog, FrameRef, Nanoseconds, Timestamp};

/// How long an expiry that a PDU gives can keep a message open, in nanoseconds: 30 days, more than any MMSC keeps
/// a message. A PDU that claims more must not hold memory for ever.
const MAX_VALIDITY: Nanoseconds = 30 * 24 * 3600 * Timestamp::SECOND;

/// When something is closed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// The input is over: everything is.
    End,
    /// What is over at this time.
    Time(Timestamp),
    /// What was last seen before this time, because too much is open.
    LastSeen(Timestamp),
}

impl Until {
    fn closes(self, last: Timestamp, valid_until: Option<Timestamp>, settings: Settings) -> bool {
        match self {
            Self::End => true,
            Self::LastSeen(limit) => last <= limit,
            Self::Time(now) => {
                let valid = valid_until.map_or(last, |valid| valid.min(last.plus(MAX_VALIDITY)));
                valid.max(last.plus(settings.lifetime)) <= now
            }
        }
    }
}

/// Closes what is over; the legs that stay open are given back.
pub(super) fn settle(
    filed: &mut Vec<Filed>,
    files: &Files,
    settings: Settings,
    horizon: &Horizon,
    until: Until,
    anomalies: &mut AnomalyLog,
    sink: &mut impl FnMut(Closed),
) {
    sort(filed, files);
    let how = How {
        settings,
        horizon,
        until,
    };
    how.close(filed, files, anomalies, sink);
}

/// Puts legs into time order.
fn sort(filed: &mut [Filed], files: &Files) {
    filed.sort_unstable_by(|one, other| {
        let rest = |filed: &Filed| (files.leg(filed).last(), filed.head.exchange);
        let first = one.head.first.cmp(&other.head.first);
        first.then_with(|| rest(one).cmp(&rest(other)))
    });
}

/// How a round judges.
#[derive(Clone, Copy)]
struct How<'a> {
    settings: Settings,
    horizon: &'a Horizon,
    until: Until,
}

impl How<'_> {
    /// Closes what is over of legs in time order. Where grouping them panics, each half is grouped by itself, so that
    /// in the end only the legs that no group can be made of are lost; whether there was such a fault.
    fn close(
        self,
        filed: &mut Vec<Filed>,
        files: &Files,
        anomalies: &mut AnomalyLog,
        sink: &mut impl FnMut(Closed),
    ) -> bool {
        let closed = fault::isolated(|| {
            let scene = Scene::new(Legs::new(filed, files));
            let bench = Bench {
                scene: &scene,
                settings: self.settings,
                horizon: self.horizon,
            };
            close(&bench, self.until, anomalies, sink)
        });
        let fault = match closed {
            Ok(keep) => {
                let mut keep = keep.into_iter();
                filed.retain(|_| keep.next().unwrap_or(true));
                return false;
            }
            Err(fault) => fault,
        };
        let first = filed.first().map(|filed| filed.head.first());
        if filed.len() <= 1 {
            filed.clear();
            note_fault(anomalies, &fault, first);
            return true;
        }
        let mut later = filed.split_off(filed.len() / 2);
        let told = [
            self.close(filed, files, anomalies, sink),
            self.close(&mut later, files, anomalies, sink),
        ];
        filed.append(&mut later);
        // What panics only where both halves are together costs nothing but what joins them.
        if told == [false, false] {
            note_fault(anomalies, &fault, first);
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
fn close(
    bench: &Bench<'_>,
    until: Until,
    anomalies: &mut AnomalyLog,
    sink: &mut impl FnMut(Closed),
) -> Vec<bool> {
    let scene = bench.scene;
    fault::trip_at_any(Stage::Grouping, scene.legs.iter().map(Leg::first));
    let mut joins = Joins::default();
    let threads = threads::threads(scene, &mut joins);
    let mut clusters = Clusters::new(scene, &threads);
    clusters.by_message_id(&mut joins);
    matching::join_by_content(&mut clusters, &mut joins);
    let relations = Relations::new(&mut clusters);
    let book = Book::new(bench, &relations, joins);
    let mut round = Round {
        bench,
        until,
        relations: &relations,
        book: &book,
        keep: vec![true; scene.legs.len()],
        anomalies,
    };
    for item in round.what_is_over(&mut clusters) {
        let judged = fault::isolated(|| match item {
            Item::Message(id) => round.message(&mut clusters, id, sink),
            Item::Operation(index) => round.operation(index, sink),
        });
        if let Err(fault) = judged {
            round.lose(item, &mut clusters, &fault);
        }
    }
    // From here on a fault must not let the same be closed again.
    let _ = fault::isolated(|| round.drop_strangers());
    round.keep
}

/// Something that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Message(ClusterId),
    /// By its place in the book.
    Operation(usize),
}

/// Whether the expiry that PDUs give keeps something open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Validity {
    Counts,
    IsOver,
}

/// One pass over everything that is open.
struct Round<'a> {
    bench: &'a Bench<'a>,
    until: Until,
    relations: &'a Relations,
    book: &'a Book,
    keep: Vec<bool>,
    anomalies: &'a mut AnomalyLog,
}

impl Round<'_> {
    /// What is over, by time. An operation that names a message is closed with it.
    fn what_is_over(&self, clusters: &mut Clusters<'_>) -> Vec<Item> {
        let mut items: Vec<(FrameRef, Item)> = Vec::new();
        let mut open: HashSet<ClusterId, ahash::RandomState> = HashSet::default();
        for id in clusters.ids() {
            let threads = clusters.threads;
            let Some(cluster) = clusters.get(id) else { continue };
            let own = || assemble::steps_of(cluster, threads);
            let valid = if self.may_be_fetched(cluster, threads) {
                Validity::Counts
            } else {
                Validity::IsOver
            };
            if self.is_over(own().chain(self.book.steps_naming(id)), valid) {
                items.extend(self.first(own()).map(|first| (first, Item::Message(id))));
            } else {
                open.insert(id);
            }
        }
        for (index, (pairing, named)) in self.book.operations.iter().enumerate() {
            let waits = named.is_some_and(|id| open.contains(&id));
            if !waits && self.is_over(pairing.steps(), Validity::Counts) {
                items.extend(
                    self.first(pairing.steps())
                        .map(|first| (first, Item::Operation(index))),
                );
            }
        }
        items.sort_unstable();
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn first(&self, steps: impl Iterator<Item = usize>) -> Option<FrameRef> {
        steps
            .flat_map(|step| self.bench.scene.legs_of(step))
            .map(Leg::first)
            .min()
    }

    /// Whether a recipient may still fetch a message: not where all have, or want none of it, nor where the MMSC refused
    /// it. What comes after that, reports, takes no longer than a lifetime.
    fn may_be_fetched(&self, cluster: &Cluster, threads: &[Thread]) -> bool {
        if cluster.threads.is_empty() {
            return !cluster.is_refused(self.bench.scene);
        }
        let mut deliveries = cluster.threads.iter().filter_map(|thread| threads.get(*thread));
        cluster.threads.len() < cluster.recipients.len() || deliveries.any(|thread| !thread.confirmed)
    }

    fn is_over(&self, mut steps: impl Iterator<Item = usize>, validity: Validity) -> bool {
        if matches!(self.until, Until::End) {
            return steps.next().is_some();
        }
        let mut last = None;
        let mut valid = None;
        for leg in steps.flat_map(|step| self.bench.scene.legs_of(step)) {
            last = last.max(Some(leg.last().time));
            if validity == Validity::Counts {
                valid = valid.max(delivery::valid_until(leg));
            }
        }
        last.is_some_and(|last| self.until.closes(last, valid, self.bench.settings))
    }

    fn drop_legs(&mut self, steps: impl Iterator<Item = usize>) {
        let steps = steps.filter_map(|step| self.bench.step(step));
        for leg in steps.flat_map(Step::legs) {
            if let Some(keep) = self.keep.get_mut(leg.place()) {
                *keep = false;
            }
        }
    }

    fn message(&mut self, clusters: &mut Clusters<'_>, id: ClusterId, sink: &mut impl FnMut(Closed)) {
        let threads = clusters.threads;
        let Some(cluster) = clusters.get(id) else { return };
        let legs = assemble::steps_of(cluster, threads).flat_map(|step| self.bench.scene.legs_of(step));
        fault::trip_at_any(Stage::Message, legs.map(Leg::first));
        let mut relations = self.relations.links(id).to_vec();
        relations.extend(self.book.cancellation(id).cloned());
        let parts = Parts {
            cluster,
            threads,
            joins: self.book.joins(id).collect(),
            relations,
            cancelled: self.book.cancellation(id).is_some(),
        };
        let message = self.bench.message(parts, self.anomalies);
        sink(Closed::Message(Box::new(message)));
        for ambiguity in self.book.ambiguities(id) {
            self.note_ambiguity(ambiguity);
        }
        self.drop_legs(assemble::steps_of(cluster, threads));
    }

    fn note_ambiguity(&mut self, ambiguity: &Ambiguity) {
        let scene = self.bench.scene;
        let at = scene.leg(ambiguity.step).first();
        let frame = |step: Option<usize>| {
            step.map_or_else(String::new, |step| scene.leg(step).first().frame.to_string())
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

    fn operation(&mut self, index: usize, sink: &mut impl FnMut(Closed)) {
        let Some((pairing, _)) = self.book.operations.get(index) else {
            return;
        };
        if let Some(operation) = self.bench.operation(pairing) {
            sink(Closed::Operation(Box::new(operation)));
        }
        let legs = pairing.steps().flat_map(|step| self.bench.scene.legs_of(step));
        for leg in legs.filter(|leg| Bench::ids_disagree(*leg)) {
            assemble::note_id_mismatch(leg, self.anomalies);
        }
        self.drop_legs(pairing.steps());
    }

    /// Gives up what could not be judged.
    fn lose(&mut self, item: Item, clusters: &mut Clusters<'_>, fault: &Fault) {
        let threads = clusters.threads;
        let steps: Vec<usize> = match item {
            Item::Message(id) => clusters
                .get(id)
                .map(|cluster| assemble::steps_of(cluster, threads).collect())
                .unwrap_or_default(),
            Item::Operation(index) => {
                let found = self.book.operations.get(index);
                found
                    .map(|(pairing, _)| pairing.steps().collect())
                    .unwrap_or_default()
            }
        };
        note_fault(self.anomalies, fault, self.first(steps.iter().copied()));
        self.drop_legs(steps.into_iter());
    }

    /// Fetches that turned out to be none of ours are dropped when their time is over.
    fn drop_strangers(&mut self) {
        for step in 0..self.bench.scene.steps.len() {
            let is_fetch = self
                .bench
                .step(step)
                .is_some_and(|one| one.kind == LegKind::Retrieval);
            let stranger = is_fetch && self.relations.owner(step).is_none();
            if stranger && self.is_over(std::iter::once(step), Validity::Counts) {
                self.drop_legs(std::iter::once(step));
            }
        }
    }
}
