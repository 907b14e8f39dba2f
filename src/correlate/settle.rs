//! Closing: groups all open legs, judges the messages whose time is over, and leaves the others open.
//!
//! A pure function of the legs, which it puts into time order first: the order in which they came plays no part.

use std::collections::{HashMap, HashSet};

use super::Settings;
use super::assemble::{self, Parts};
use super::clusters::{ClusterId, Clusters};
use super::delivery;
use super::ends::Horizon;
use super::join::Joins;
use super::leg::Leg;
use super::links;
use super::matching;
use super::message::{Closed, Confidence, Link, Operation};
use super::operations::{self, Pairing};
use super::relations::Relations;
use super::scene::Scene;
use super::shape::Bench;
use super::threads;
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

/// Groups the legs, hands what is over to `sink` by time of the first PDU, and gives back the legs that stay open.
/// A message is put together only when it is handed on: of all that closes at once, one is in memory.
pub(super) fn settle(
    mut legs: Vec<Leg>,
    settings: Settings,
    horizon: &Horizon,
    until: Until,
    anomalies: &mut AnomalyLog,
    sink: &mut impl FnMut(Closed),
) -> Vec<Leg> {
    legs.sort_by_cached_key(|leg| (leg.first(), leg.last(), leg.exchange));
    let mut keep = vec![true; legs.len()];
    let scene = Scene::new(&legs);
    let bench = Bench {
        scene: &scene,
        settings,
        horizon,
    };
    close(&bench, until, &mut keep, anomalies, sink);
    let mut keep = keep.into_iter();
    legs.retain(|_| keep.next().unwrap_or(true));
    legs
}

fn close(
    bench: &Bench<'_>,
    until: Until,
    keep: &mut [bool],
    anomalies: &mut AnomalyLog,
    sink: &mut impl FnMut(Closed),
) {
    let scene = bench.scene;
    let mut joins = Joins::default();
    let threads = threads::threads(scene, &mut joins);
    let mut clusters = Clusters::new(scene, &threads);
    clusters.by_message_id(&mut joins);
    matching::join_by_content(&mut clusters, &mut joins);
    let relations = Relations::new(&mut clusters);
    let ids = clusters.ids();
    let owners = owners(scene, &mut clusters, &ids);
    let mut book = Book::new(scene, &joins, &owners);
    book.operations(bench, &relations);
    let mut round = Round {
        bench,
        until,
        keep,
        anomalies,
        due: Vec::new(),
        open: HashSet::new(),
    };
    for id in ids {
        round.message_due(&mut clusters, id, &book);
    }
    round.operations(&book);
    round.strangers(&owners);
    for due in round.due_by_time() {
        let closed = match due {
            Due::Operation(operation) => Some(Closed::Operation(operation)),
            Due::Message(id) => round.message(&mut clusters, id, &relations, &book),
        };
        closed.into_iter().for_each(&mut *sink);
    }
}

/// To which cluster each step belongs.
fn owners(scene: &Scene<'_>, clusters: &mut Clusters<'_>, ids: &[ClusterId]) -> Vec<Option<ClusterId>> {
    let mut owners = vec![None; scene.steps.len()];
    for id in ids {
        let threads = clusters.threads;
        let Some(cluster) = clusters.get(*id) else {
            continue;
        };
        for step in assemble::steps_of(cluster, threads) {
            if let Some(owner) = owners.get_mut(step) {
                *owner = Some(*id);
            }
        }
    }
    owners
}

/// Joins, ambiguities and operations by the message that they belong to.
struct Book<'a> {
    joins: HashMap<ClusterId, Vec<&'a super::join::Join>>,
    ambiguities: HashMap<ClusterId, Vec<&'a super::join::Ambiguity>>,
    operations: Vec<(Pairing, Option<ClusterId>)>,
    cancelled: HashMap<ClusterId, Link>,
    waiting_for: HashMap<ClusterId, Vec<usize>>,
}

impl<'a> Book<'a> {
    fn new(scene: &Scene<'_>, joins: &'a Joins, owners: &[Option<ClusterId>]) -> Self {
        let mut book = Self {
            joins: HashMap::new(),
            ambiguities: HashMap::new(),
            operations: operations::pairings(scene)
                .into_iter()
                .map(|pairing| (pairing, None))
                .collect(),
            cancelled: HashMap::new(),
            waiting_for: HashMap::new(),
        };
        let owner = |step: usize| owners.get(step).copied().flatten();
        for join in &joins.made {
            if let Some(id) = owner(join.one) {
                book.joins.entry(id).or_default().push(join);
            }
        }
        for ambiguity in &joins.ambiguous {
            if let Some(id) = owner(ambiguity.step) {
                book.ambiguities.entry(id).or_default().push(ambiguity);
            }
        }
        book
    }

    /// Ties cancellations to the messages they name.
    fn operations(&mut self, bench: &Bench<'_>, relations: &Relations) {
        for (index, (pairing, tied)) in self.operations.iter_mut().enumerate() {
            let Some(leg) = pairing.asks.map(|step| bench.scene.leg(step)) else {
                continue;
            };
            let Some(id) = leg.operation().and_then(|facts| facts.cancel_id.as_deref()) else {
                continue;
            };
            let Some((cluster, at)) = relations.message(bench.scene, id, leg.first().time) else {
                continue;
            };
            *tied = Some(cluster);
            self.waiting_for.entry(cluster).or_default().push(index);
            let operation = bench.operation(pairing);
            if operation.is_some_and(|operation| assemble::is_accepted(operation.status)) {
                self.cancelled.entry(cluster).or_insert_with(|| Link {
                    join: "message-cancellation",
                    by: "cancel_id",
                    confidence: Confidence::Exact,
                    detail: format!(
                        "cancelled by its message id {id}, {}",
                        links::frames(leg.first(), at)
                    ),
                });
            }
        }
    }
}

/// One pass over everything that is open.
struct Round<'a> {
    bench: &'a Bench<'a>,
    until: Until,
    keep: &'a mut [bool],
    anomalies: &'a mut AnomalyLog,
    /// What is over, with the frame of its first octet.
    due: Vec<(FrameRef, Due)>,
    /// The messages that stay open.
    open: HashSet<ClusterId>,
}

/// Something that is over.
enum Due {
    /// Still to be put together.
    Message(ClusterId),
    Operation(Box<Operation>),
}

impl Round<'_> {
    fn is_over(&self, steps: impl Iterator<Item = usize>) -> bool {
        let mut last = None;
        let mut valid = None;
        for leg in steps.flat_map(|step| self.bench.scene.legs_of(step)) {
            last = last.max(Some(leg.last().time));
            valid = valid.max(delivery::valid_until(leg));
        }
        last.is_some_and(|last| self.until.closes(last, valid, self.bench.settings))
    }

    fn drop_legs(&mut self, steps: impl Iterator<Item = usize>) {
        for leg in steps
            .filter_map(|step| self.bench.step(step))
            .flat_map(super::steps::Step::legs)
        {
            if let Some(keep) = self.keep.get_mut(leg) {
                *keep = false;
            }
        }
    }

    /// Whether a message is over, and where it began.
    fn message_due(&mut self, clusters: &mut Clusters<'_>, id: ClusterId, book: &Book<'_>) {
        let threads = clusters.threads;
        let Some(cluster) = clusters.get(id) else { return };
        let tied = book.waiting_for.get(&id).into_iter().flatten();
        let tied = tied
            .filter_map(|index| book.operations.get(*index))
            .flat_map(|(pairing, _)| pairing.steps());
        if !self.is_over(assemble::steps_of(cluster, threads).chain(tied)) {
            self.open.insert(id);
            return;
        }
        let scene = self.bench.scene;
        let legs = assemble::steps_of(cluster, threads).flat_map(|step| scene.legs_of(step));
        let first = legs.map(Leg::first).min().unwrap_or_default();
        self.due.push((first, Due::Message(id)));
        self.drop_legs(assemble::steps_of(cluster, threads));
    }

    /// What is over, by time; of what begins with one frame the messages come first.
    fn due_by_time(&mut self) -> impl Iterator<Item = Due> + use<> {
        self.due.sort_by_key(|(first, _)| *first);
        std::mem::take(&mut self.due).into_iter().map(|(_, due)| due)
    }

    /// Puts a message together.
    fn message(
        &mut self,
        clusters: &mut Clusters<'_>,
        id: ClusterId,
        relations: &Relations,
        book: &Book<'_>,
    ) -> Option<Closed> {
        let threads = clusters.threads;
        let cluster = clusters.get(id)?;
        let scene = self.bench.scene;
        let mut ties: Vec<Link> = assemble::steps_of(cluster, threads)
            .flat_map(|step| relations.of(scene, id, scene.leg(step)))
            .collect();
        ties.extend(book.cancelled.get(&id).cloned());
        let parts = Parts {
            cluster,
            threads,
            joins: book.joins.get(&id).cloned().unwrap_or_default(),
            relations: ties,
            cancelled: book.cancelled.contains_key(&id),
        };
        let message = self.bench.message(parts, self.anomalies);
        for ambiguity in book.ambiguities.get(&id).into_iter().flatten() {
            self.note_ambiguity(ambiguity);
        }
        Some(Closed::Message(Box::new(message)))
    }

    fn note_ambiguity(&mut self, ambiguity: &super::join::Ambiguity) {
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

    /// Operations; one that names a message is closed with it.
    fn operations(&mut self, book: &Book<'_>) {
        for (pairing, tied) in &book.operations {
            let tied_to_open = tied.is_some_and(|id| self.open.contains(&id));
            if tied_to_open || !self.is_over(pairing.steps()) {
                continue;
            }
            if let Some(operation) = self.bench.operation(pairing) {
                self.due
                    .push((operation.first, Due::Operation(Box::new(operation))));
            }
            for leg in pairing.steps().flat_map(|step| self.bench.scene.legs_of(step)) {
                if Bench::ids_disagree(leg) {
                    let at = leg.last();
                    self.anomalies
                        .note(AnomalyKind::TransactionIdMismatch, Some(at), || {
                            format!(
                                "the answer in frame {} carries another transaction id than its request",
                                at.frame
                            )
                        });
                }
            }
            self.drop_legs(pairing.steps());
        }
    }

    /// Fetches that turned out to be none of ours are dropped when their time is over.
    fn strangers(&mut self, owners: &[Option<ClusterId>]) {
        for (step, owner) in owners.iter().enumerate() {
            let is_fetch = self
                .bench
                .step(step)
                .is_some_and(|s| s.kind == super::leg::LegKind::Retrieval);
            if owner.is_none() && is_fetch && self.is_over(std::iter::once(step)) {
                self.drop_legs(std::iter::once(step));
            }
        }
    }
}
