//! Which submissions, deliveries and reports are one message, by message id.
//!
//! The id that the MMSC gives in m-send.conf returns in m-retrieve.conf, m-delivery.ind and m-read-*.ind (TS 23.140
//! section 8.1). It is no proof alone: counters restart, and a forwarded message may keep the id of its origin.
//! So sender and recipients must not contradict, and of several messages with one id the nearest before counts.

use smallvec::smallvec;

use super::index::{Few, Index, KeySet};
use super::join::{By, Joins};
use super::leg::{Leg, LegKind};
use super::links;
use super::scene::Scene;
use super::thread::Thread;
use super::union::Union;
use super::views::{self, ReportFit, View};
use crate::model::Timestamp;

/// What is known of a message while it is put together. Addresses are keys of their comparable form.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// The submission's step.
    pub(super) submission: Option<usize>,
    pub(super) threads: Few<usize>,
    /// Steps of delivery and read reports.
    pub(super) reports: Few<usize>,
    /// The sender as PDUs name it.
    pub(super) sender: Option<u64>,
    /// The sender as the bearer of the submission names it: a proxy may stamp one number on everybody.
    pub(super) stamped: Option<u64>,
    /// All recipients that are known.
    pub(super) recipients: KeySet,
    pub(super) first: Timestamp,
}

impl Cluster {
    fn take(&mut self, other: Self) {
        self.submission = self.submission.or(other.submission);
        self.threads.extend(other.threads);
        self.reports.extend(other.reports);
        self.sender = self.sender.or(other.sender);
        self.stamped = self.stamped.or(other.stamped);
        self.recipients.extend(other.recipients.iter());
        self.first = self.first.min(other.first);
    }

    /// Whether the MMSC refused it, each time it was sent.
    pub(super) fn is_refused(&self, scene: &Scene<'_>) -> bool {
        let is_refusal = |leg: Leg<'_>| leg.send_conf().and_then(|conf| conf.accepted()) == Some(false);
        self.submission
            .is_some_and(|step| scene.legs_of(step).all(is_refusal))
    }

    /// A report names its sender and recipient too, where nothing else does.
    fn learn(&mut self, view: &View<'_>) {
        if self.submission.is_none() && self.recipients.is_empty() {
            self.recipients.extend(view.recipient);
        }
        self.sender = self.sender.or(view.addressee);
    }

    /// The step that carries what joins it: the submission, else what was fetched or announced, else a report.
    fn step_with(&self, by: By, scene: &Scene<'_>, threads: &[Thread]) -> Option<usize> {
        if self.submission.is_some() {
            return self.submission;
        }
        let mine = || self.threads.iter().filter_map(|thread| threads.get(*thread));
        let named = |step: &usize| links::message_id(scene.leg(*step)).is_some();
        let fetched = || mine().flat_map(|thread| &thread.retrievals);
        let announced = || mine().flat_map(|thread| &thread.notifications);
        let report = self.reports.first().copied();
        let carrier = match by {
            By::MessageId => fetched().copied().find(named).or(report),
            By::Likeness => announced().next().copied(),
            _ => fetched().next().copied(),
        };
        let any = || mine().find_map(|thread| thread.steps().next());
        carrier.or(report).or_else(any)
    }
}

/// What names a cluster: its representative in the union.
pub(super) type ClusterId = usize;

/// All clusters of a scene: one for each submission, thread and report at first, united as keys show.
pub(super) struct Clusters<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) threads: &'a [Thread],
    list: Vec<Cluster>,
    union: Union,
}

impl<'a> Clusters<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, threads: &'a [Thread]) -> Self {
        let submissions = scene.of_kind(LegKind::Submission).map(Seed::Submission);
        let deliveries = (0..threads.len()).map(Seed::Thread);
        let reports = scene
            .of_kind(LegKind::DeliveryReport)
            .chain(scene.of_kind(LegKind::ReadReport))
            .map(Seed::Report);
        let seeds = submissions.chain(deliveries).chain(reports);
        let mut seeds: Vec<_> = seeds.map(|seed| (seed.first(scene, threads), seed)).collect();
        seeds.sort_by_key(|(first, _)| *first);
        let mut list = Vec::with_capacity(seeds.len());
        list.extend(
            seeds
                .into_iter()
                .map(|(first, seed)| seed.cluster(first, scene, threads)),
        );
        let union = Union::new(list.len());
        Self {
            scene,
            threads,
            list,
            union,
        }
    }

    /// The representatives, in the order of their clusters' time.
    pub(super) fn ids(&mut self) -> Vec<ClusterId> {
        (0..self.list.len())
            .filter(|id| self.union.find(*id) == *id)
            .collect()
    }

    pub(super) fn get(&mut self, id: ClusterId) -> Option<&Cluster> {
        self.list.get(self.union.find(id))
    }

    /// Unites two clusters, and notes why.
    pub(super) fn unite(&mut self, one: ClusterId, other: ClusterId, by: By, joins: &mut Joins) {
        let (one, other) = (self.union.find(one), self.union.find(other));
        if one == other {
            return;
        }
        let cluster = |id: ClusterId| self.list.get(id);
        let step = |id: ClusterId| cluster(id)?.step_with(by, self.scene, self.threads);
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

    /// Unites what carries one message id.
    pub(super) fn by_message_id(&mut self, joins: &mut Joins) {
        let mut index = Ids::default();
        let (mut fetches, mut reports) = (Vec::new(), Vec::new());
        for (id, cluster) in self.list.iter().enumerate() {
            for key in self.accepted_ids(cluster).iter() {
                index.accepted.add(key, cluster.first, id);
            }
            for key in self.fetched_ids(cluster).iter() {
                index.fetched.add(key, cluster.first, id);
                fetches.push((key, id));
            }
            for step in &cluster.reports {
                if let Some(key) = self.reported_id(*step) {
                    index.reported.add(key, cluster.first, id);
                    reports.push((key, *step, id));
                }
            }
        }
        index.sort();
        for (key, id) in fetches {
            self.join_fetch(key, id, &index, joins);
        }
        for (key, step, id) in reports {
            self.join_report(key, step, id, &index, joins);
        }
    }

    fn accepted_ids(&self, cluster: &Cluster) -> KeySet {
        let legs = cluster
            .submission
            .into_iter()
            .flat_map(|step| self.scene.legs_of(step));
        legs.filter_map(|leg| Some(self.scene.key(leg.send_conf()?.accepted_id()?)))
            .collect()
    }

    fn fetched_ids(&self, cluster: &Cluster) -> KeySet {
        let threads = cluster
            .threads
            .iter()
            .filter_map(|thread| self.threads.get(*thread));
        let fetches = threads.flat_map(|thread| &thread.retrievals);
        let ids = fetches.filter_map(|step| links::message_id(self.scene.leg(*step)));
        ids.map(|id| self.scene.key(id)).collect()
    }

    fn reported_id(&self, step: usize) -> Option<u64> {
        links::message_id(self.scene.leg(step)).map(|id| self.scene.key(id))
    }

    /// A delivery belongs to the submission that was given its id, else to another delivery with that id.
    fn join_fetch(&mut self, key: u64, id: ClusterId, index: &Ids, joins: &mut Joins) {
        let time = self.list.get(id).map(|cluster| cluster.first).unwrap_or_default();
        let root = self.union.find(id);
        let time = self
            .list
            .get(root)
            .map_or(time, |cluster| cluster.first.max(time));
        let candidates = index
            .accepted
            .near(key, time)
            .chain(index.fetched.near(key, time));
        for other in candidates {
            if self.union.find(other) != root && !self.contradict(other, id) {
                return self.unite(other, id, By::MessageId, joins);
            }
        }
    }

    /// Whether two clusters name different senders: a forwarded message may carry its origin's id.
    fn contradict(&mut self, one: ClusterId, other: ClusterId) -> bool {
        let (one, other) = (self.union.find(one), self.union.find(other));
        let cluster = |id: ClusterId| self.list.get(id);
        let senders = cluster(one)
            .and_then(|c| c.sender)
            .zip(cluster(other).and_then(|c| c.sender));
        let both_sent =
            |one: &Cluster, other: &Cluster| one.submission.is_some() && other.submission.is_some();
        senders.is_some_and(|(a, b)| a != b)
            || cluster(one)
                .zip(cluster(other))
                .is_some_and(|(one, other)| both_sent(one, other))
    }

    fn join_report(&mut self, key: u64, step: usize, id: ClusterId, index: &Ids, joins: &mut Joins) {
        let scene = self.scene;
        let leg = scene.leg(step);
        let time = leg.first().time;
        let own = self.union.find(id);
        let mut best: Option<(ReportFit, ClusterId)> = None;
        for other in [&index.accepted, &index.fetched, &index.reported]
            .into_iter()
            .flat_map(|i| i.near(key, time))
        {
            let root = self.union.find(other);
            let Some(cluster) = self.list.get(root).filter(|_| root != own) else {
                continue;
            };
            let fit = views::best_fit(leg, cluster, scene);
            if let Some(fit) = fit.filter(|fit| best.is_none_or(|(known, _)| *fit > known)) {
                best = Some((fit, root));
            }
        }
        let other = best.map_or(own, |(_, other)| other);
        let view = self
            .list
            .get(other)
            .and_then(|cluster| View::best(leg, cluster, scene));
        self.unite(other, id, By::MessageId, joins);
        let root = self.union.find(other);
        if let Some((cluster, view)) = self.list.get_mut(root).zip(view) {
            cluster.learn(&view);
        }
    }
}

/// What a cluster begins with.
#[derive(Clone, Copy)]
enum Seed {
    /// A submission's step.
    Submission(usize),
    Thread(usize),
    /// A report's step.
    Report(usize),
}

impl Seed {
    fn first(self, scene: &Scene<'_>, threads: &[Thread]) -> Timestamp {
        match self {
            Self::Submission(step) | Self::Report(step) => scene.leg(step).first().time,
            Self::Thread(thread) => {
                let steps = threads.get(thread).into_iter().flat_map(Thread::steps);
                let times = steps.map(|step| scene.leg(step).first().time);
                times.min().unwrap_or_default()
            }
        }
    }

    fn cluster(self, first: Timestamp, scene: &Scene<'_>, threads: &[Thread]) -> Cluster {
        let cluster = match self {
            Self::Submission(step) => submission_cluster(scene, step),
            Self::Thread(thread) => thread_cluster(scene, threads, thread),
            Self::Report(step) => Cluster {
                reports: smallvec![step],
                ..Cluster::default()
            },
        };
        Cluster { first, ..cluster }
    }
}

/// Clusters by message id, as the MMSC gave it, as it was fetched, as it was reported.
#[derive(Default)]
struct Ids {
    accepted: Index<ClusterId>,
    fetched: Index<ClusterId>,
    reported: Index<ClusterId>,
}

impl Ids {
    fn sort(&mut self) {
        self.accepted.sort();
        self.fetched.sort();
        self.reported.sort();
    }
}

fn submission_cluster(scene: &Scene<'_>, step: usize) -> Cluster {
    let legs = || scene.legs_of(step);
    let sends = || legs().filter_map(Leg::send);
    let recipients = sends().flat_map(|send| send.recipients());
    Cluster {
        submission: Some(step),
        sender: sends()
            .find_map(|send| send.sender())
            .map(|sender| scene.address(sender)),
        stamped: legs()
            .find_map(Leg::subscriber)
            .map(|number| scene.address(number)),
        recipients: recipients.map(|recipient| scene.address(recipient)).collect(),
        ..Cluster::default()
    }
}

fn thread_cluster(scene: &Scene<'_>, threads: &[Thread], id: usize) -> Cluster {
    let none = Thread::default();
    let thread = threads.get(id).unwrap_or(&none);
    let notified = || thread.notifications.iter().map(|step| scene.leg(*step));
    let fetched = || {
        let fetches = thread
            .retrievals
            .iter()
            .filter_map(|step| scene.leg(*step).retrieved());
        fetches.filter(|retrieved| retrieved.is_ok())
    };
    let announced = notified().filter_map(|leg| leg.notified()?.sender());
    let sender = announced.chain(fetched().filter_map(|r| r.sender())).next();
    let named = notified().filter_map(Leg::recipient);
    let listed = fetched().flat_map(|r| r.recipients());
    Cluster {
        sender: sender.map(|sender| scene.address(sender)),
        recipients: named
            .chain(listed)
            .map(|recipient| scene.address(recipient))
            .collect(),
        threads: smallvec![id],
        ..Cluster::default()
    }
}
