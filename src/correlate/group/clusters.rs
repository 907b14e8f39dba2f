//! Submissions, deliveries and reports, united as rules show that they are one message; under which ids each is found.

use std::collections::HashMap;

use smallvec::smallvec;

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::disjoint_sets::DisjointSets;
use crate::correlate::group::handovers::{HandedId, handover_cluster};
use crate::correlate::group::identity::Identity;
use crate::correlate::group::ids::{ClusterId, IdVec, StepId, ThreadId};
use crate::correlate::group::index::{Few, Index};
use crate::correlate::group::join::{By, Joins};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::group::views::View;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::correlate::store::pdus::Notified;
use crate::model::{RandomState, SharedSort, Timestamp};

/// All clusters of a snapshot: one for each submission, thread and report at first, united as keys show.
pub(crate) struct Clusters<'a> {
    pub(crate) snapshot: &'a Snapshot<'a>,
    pub(crate) threads: &'a Threads,
    pub(crate) list: IdVec<ClusterId, Cluster>,
    pub(crate) union: DisjointSets<ClusterId>,
    pub(crate) message_ids: MessageIds,
    /// Submissions by their transaction ids.
    pub(crate) submitted_ids: Index<ClusterId>,
}

impl<'a> Clusters<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot<'a>, threads: &'a Threads) -> Self {
        let submissions = snapshot.of_kind(LegKind::Submission).map(Seed::Submission);
        let deliveries = threads.ids().map(Seed::Thread);
        let reports = snapshot
            .of_kind(LegKind::DeliveryReport)
            .chain(snapshot.of_kind(LegKind::ReadReport))
            .map(Seed::Report);
        let handovers = snapshot.of_kind(LegKind::Handover).map(Seed::Handover);
        let answers = snapshot.answers.orphans.iter().copied().map(Seed::Answer);
        let seeds = submissions.chain(deliveries).chain(reports);
        let seeds = seeds.chain(handovers).chain(answers);
        let mut seeds: Vec<_> = seeds.map(|seed| (seed.first(snapshot, threads), seed)).collect();
        seeds.shared_sort_by_key(|(first, _)| *first);
        let clusters = seeds
            .into_iter()
            .map(|(first, seed)| seed.cluster(first, snapshot, threads));
        let list: IdVec<ClusterId, Cluster> = clusters.collect::<Vec<_>>().into();
        let union = DisjointSets::new(list.len());
        Self {
            snapshot,
            threads,
            list,
            union,
            message_ids: MessageIds::default(),
            submitted_ids: Index::default(),
        }
    }

    /// The representatives, in the order of their clusters' time.
    pub(crate) fn ids(&mut self) -> Vec<ClusterId> {
        self.list.ids().filter(|id| self.union.find(*id) == *id).collect()
    }

    pub(crate) fn get(&mut self, id: ClusterId) -> Option<&Cluster> {
        self.list.get(self.union.find(id))
    }

    /// Unites two clusters, and notes why.
    pub(crate) fn unite(&mut self, one: ClusterId, other: ClusterId, by: By, joins: &mut Joins) {
        let (one, other) = (self.union.find(one), self.union.find(other));
        if one == other {
            return;
        }
        let cluster = |id: ClusterId| self.list.get(id);
        let step = |id: ClusterId| cluster(id)?.step_with(by, self.snapshot, self.threads);
        if let (Some(a), Some(b)) = (step(one), step(other)) {
            joins.add(a, b, by);
        }
        let root = self.union.unite(one, other);
        let child = if root == one { other } else { one };
        let taken = self.list.get_mut(child).map(std::mem::take).unwrap_or_default();
        if let Some(cluster) = self.list.get_mut(root) {
            cluster.take(taken);
        }
    }

    /// The representative of a cluster.
    pub(crate) fn root(&mut self, id: ClusterId) -> ClusterId {
        self.union.find(id)
    }

    /// Looks up which message ids there are; gives those under which something was fetched.
    pub(crate) fn index_message_ids(&mut self) -> Vec<(u64, ClusterId)> {
        let mut ids = MessageIds::default();
        let mut fetches = Vec::new();
        for (id, cluster) in self.list.iter() {
            for named in self.handed_ids(cluster) {
                ids.handed.add(named.key, cluster.first, id);
                ids.handovers.push((named, id));
            }
            for key in self.envelope_ids(cluster) {
                ids.handed.add(key, cluster.first, id);
            }
            for key in self.accepted_ids(cluster) {
                ids.accepted.add(key, cluster.first, id);
            }
            for key in self.fetched_ids(cluster) {
                ids.fetched.add(key, cluster.first, id);
                fetches.push((key, id));
            }
            for step in &cluster.reports {
                if let Some(key) = self.reported_id(*step) {
                    ids.reported.add(key, cluster.first, id);
                    ids.reports.push(Report {
                        cluster: id,
                        step: *step,
                        id: key,
                    });
                }
            }
        }
        ids.sort();
        self.message_ids = ids;
        fetches
    }

    /// Looks up the transaction ids of submissions.
    pub(crate) fn index_submitted_ids(&mut self) {
        let mut index = Index::default();
        for id in self.ids() {
            let Some(cluster) = self.get(id) else { continue };
            let (step, first) = (cluster.submission, cluster.first);
            let leg = step.map(|step| self.snapshot.leg(step));
            let send = leg.and_then(Leg::sent);
            if let Some(transaction_id) = send.and_then(|send| send.transaction_id()) {
                index.add(self.snapshot.key(transaction_id), first, id);
            }
        }
        index.sort();
        self.submitted_ids = index;
    }

    /// The first notification of a delivery.
    pub(crate) fn announcement(&mut self, id: ClusterId) -> Option<Notified<'a>> {
        let thread = *self.get(id)?.threads.first()?;
        let notification = *self.threads.get(thread)?.notifications.first()?;
        self.snapshot.leg(notification).notified()
    }

    /// Whether a delivery's recipient is one of a submission's.
    pub(crate) fn is_for(&mut self, submission: ClusterId, delivery: ClusterId) -> bool {
        let (sent, delivered) = (self.root(submission), self.root(delivery));
        let recipients = |id: ClusterId| self.list.get(id).map(|cluster| &cluster.recipients);
        let both = recipients(delivered).zip(recipients(sent));
        both.is_some_and(|(delivered, sent)| !delivered.is_disjoint(sent))
    }

    /// Whether a delivery's sender is a submission's.
    pub(crate) fn is_from(&mut self, submission: ClusterId, delivery: ClusterId) -> bool {
        let sender = |cluster: &Cluster| cluster.sender.or(cluster.stamped);
        let sent = self.get(submission).and_then(sender);
        sent.is_some() && sent == self.get(delivery).and_then(sender)
    }

    /// The ids that the MMSC gave it, as they were seen.
    fn accepted_ids(&self, cluster: &Cluster) -> Few<u64> {
        let legs = cluster
            .submission
            .into_iter()
            .flat_map(|step| self.snapshot.legs_of(step));
        distinct(legs.filter_map(|leg| Some(self.snapshot.key(leg.accepted_id()?))))
    }

    /// The ids under which it was fetched, as they were seen.
    fn fetched_ids(&self, cluster: &Cluster) -> Few<u64> {
        let threads = cluster
            .threads
            .iter()
            .filter_map(|thread| self.threads.get(*thread));
        let fetches = threads.flat_map(|thread| &thread.retrievals);
        let ids = fetches.filter_map(|step| Leg::message_id(self.snapshot.leg(*step)));
        distinct(ids.map(|id| self.snapshot.key(id)))
    }

    fn reported_id(&self, step: StepId) -> Option<u64> {
        Leg::message_id(self.snapshot.leg(step)).map(|id| self.snapshot.key(id))
    }

    /// Whether two clusters cannot be one message, whatever id they share: counters restart, two MMSCs count alike, and
    /// a forwarded message may carry its origin's id.
    pub(crate) fn contradict(&mut self, one: ClusterId, other: ClusterId) -> bool {
        self.contradict_by(one, other, |one, other| one.contradicts(other))
    }

    /// The same where a handover to another operator may not have been captured.
    pub(crate) fn contradict_at_any_operator(&mut self, one: ClusterId, other: ClusterId) -> bool {
        self.contradict_by(one, other, |one, other| one.contradicts_at_any_operator(other))
    }

    fn contradict_by(
        &mut self,
        one: ClusterId,
        other: ClusterId,
        contradicts: for<'b> fn(&Identity<'b>, &Identity<'b>) -> bool,
    ) -> bool {
        let (one, other) = (self.union.find(one), self.union.find(other));
        let (Some(one), Some(other)) = (self.list.get(one), self.list.get(other)) else {
            return false;
        };
        let traits = |cluster| Identity::of(cluster, self.snapshot, self.threads);
        one.submission.is_some() && other.submission.is_some() || contradicts(&traits(one), &traits(other))
    }

    /// Unites what was announced again at one location under another transaction id.
    pub(crate) fn by_location(&mut self, joins: &mut Joins) {
        let seeds = self.list.iter();
        let of_thread =
            seeds.flat_map(|(id, cluster)| cluster.threads.iter().map(move |thread| (*thread, id)));
        let clusters: HashMap<ThreadId, ClusterId, RandomState> = of_thread.collect();
        for (id, thread) in self.threads.iter() {
            let pair = thread
                .again
                .and_then(|earlier| clusters.get(&earlier))
                .zip(clusters.get(&id));
            if let Some((earlier, later)) = pair {
                self.unite(*earlier, *later, By::Location, joins);
            }
        }
    }

    /// Takes a report into a message, which learns what it says.
    pub(crate) fn take_report(
        &mut self,
        message: ClusterId,
        report: ClusterId,
        step: StepId,
        by: By,
        joins: &mut Joins,
    ) {
        let snapshot = self.snapshot;
        let leg = snapshot.leg(step);
        let views: Vec<_> = self
            .get(message)
            .into_iter()
            .flat_map(|cluster| View::each(leg, cluster, snapshot))
            .collect();
        self.unite(message, report, by, joins);
        let root = self.union.find(message);
        if let Some(cluster) = self.list.get_mut(root) {
            cluster.learn(views.iter().map(|(_, view)| view));
        }
    }
}

/// What a cluster begins with.
#[derive(Clone, Copy)]
enum Seed {
    /// A handover's step.
    Handover(StepId),
    /// The step of MM4_forward.RES whose request was not captured.
    Answer(StepId),
    /// A submission's step.
    Submission(StepId),
    Thread(ThreadId),
    /// A report's step.
    Report(StepId),
}

impl Seed {
    fn first(self, snapshot: &Snapshot<'_>, threads: &Threads) -> Timestamp {
        match self {
            Self::Submission(step) | Self::Report(step) | Self::Handover(step) | Self::Answer(step) => {
                snapshot.leg(step).first().time
            }
            Self::Thread(thread) => {
                let steps = threads.get(thread).into_iter().flat_map(Thread::steps);
                let times = steps.map(|step| snapshot.leg(step).first().time);
                times.min().unwrap_or_default()
            }
        }
    }

    fn cluster(self, first: Timestamp, snapshot: &Snapshot<'_>, threads: &Threads) -> Cluster {
        let cluster = match self {
            Self::Submission(step) => submission_cluster(snapshot, step),
            Self::Thread(thread) => thread_cluster(snapshot, threads, thread),
            Self::Handover(step) => handover_cluster(snapshot, step),
            Self::Answer(step) => Cluster {
                answers: smallvec![step],
                ..Cluster::default()
            },
            Self::Report(step) => Cluster {
                reports: smallvec![step],
                answers: snapshot.answers.of(step).collect(),
                ..Cluster::default()
            },
        };
        Cluster { first, ..cluster }
    }
}

/// Each once, in the order in which they come.
fn distinct(keys: impl Iterator<Item = u64>) -> Few<u64> {
    let mut few = Few::new();
    keys.for_each(|key| {
        if !few.contains(&key) {
            few.push(key);
        }
    });
    few
}

/// A report that looks for its message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) cluster: ClusterId,
    pub(crate) step: StepId,
    /// The key of its message id.
    pub(crate) id: u64,
}

/// Clusters by message id, as the MMSC gave it, as it was handed over, fetched, reported.
#[derive(Default)]
pub(crate) struct MessageIds {
    pub(crate) accepted: Index<ClusterId>,
    pub(crate) handed: Index<ClusterId>,
    /// The handovers that have one.
    pub(crate) handovers: Vec<(HandedId, ClusterId)>,
    pub(crate) fetched: Index<ClusterId>,
    pub(crate) reported: Index<ClusterId>,
    /// The reports that have one.
    pub(crate) reports: Vec<Report>,
}

impl MessageIds {
    fn sort(&mut self) {
        self.accepted.sort();
        self.handed.sort();
        self.fetched.sort();
        self.reported.sort();
    }
}

fn submission_cluster(snapshot: &Snapshot<'_>, step: StepId) -> Cluster {
    let legs = || snapshot.legs_of(step);
    let sends = || legs().filter_map(Leg::sent);
    let recipients = sends().flat_map(|send| send.recipients());
    Cluster {
        submission: Some(step),
        sender: sends()
            .find_map(|send| send.sender())
            .map(|sender| snapshot.address(sender)),
        stamped: legs()
            .find_map(Leg::subscriber)
            .map(|number| snapshot.address(number)),
        recipients: recipients.map(|recipient| snapshot.address(recipient)).collect(),
        names_all_recipients: sends().any(|send| send.recipients().next().is_some()),
        ..Cluster::default()
    }
}

fn thread_cluster(snapshot: &Snapshot<'_>, threads: &Threads, id: ThreadId) -> Cluster {
    let none = Thread::default();
    let thread = threads.get(id).unwrap_or(&none);
    let notified = || thread.notifications.iter().map(|step| snapshot.leg(*step));
    let fetched = || {
        let fetches = thread
            .retrievals
            .iter()
            .filter_map(|step| snapshot.leg(*step).retrieved());
        fetches.filter(|retrieved| retrieved.is_ok())
    };
    let announced = notified().filter_map(|leg| leg.notified()?.sender());
    let sender = announced.chain(fetched().filter_map(|r| r.sender())).next();
    let named = notified().filter_map(Leg::recipient);
    let listed = || fetched().flat_map(|r| r.recipients());
    Cluster {
        names_all_recipients: listed().next().is_some(),
        sender: sender.map(|sender| snapshot.address(sender)),
        recipients: named
            .chain(listed())
            .map(|recipient| snapshot.address(recipient))
            .collect(),
        threads: smallvec![id],
        ..Cluster::default()
    }
}
