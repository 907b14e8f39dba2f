//! Which submissions, deliveries and reports are one message, by message id.
//!
//! The id that the MMSC gives in m-send.conf returns in m-retrieve.conf, m-delivery.ind and m-read-*.ind (TS 23.140
//! section 7.1.2). It is no proof alone: counters restart, and a forwarded message may keep the id of its origin.
//! So sender and recipients must not contradict, and of several messages with one id the nearest before counts.

use std::collections::{BTreeSet, HashMap};

use super::address;
use super::join::{By, Joins};
use super::leg::{Leg, LegKind, STATUS_OK};
use super::links;
use super::scene::Scene;
use super::thread::Thread;
use super::union::Union;
use crate::model::{Nanoseconds, Timestamp};

/// How many messages with one id are looked at, nearest in time first: a million with the same id stay linear.
const MAX_CANDIDATES: usize = 8;

/// What is known of a message while it is put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// The submission's step.
    pub(super) submission: Option<usize>,
    pub(super) threads: Vec<usize>,
    /// Steps of delivery and read reports.
    pub(super) reports: Vec<usize>,
    /// The sender as PDUs name it, comparable.
    pub(super) sender: Option<String>,
    /// The sender as the bearer of the submission names it, comparable: a proxy may stamp one number on everybody.
    pub(super) stamped: Option<String>,
    /// All recipients that are known, comparable.
    pub(super) recipients: BTreeSet<String>,
    pub(super) first: Timestamp,
}

impl Cluster {
    fn take(&mut self, other: Self) {
        self.submission = self.submission.or(other.submission);
        self.threads.extend(other.threads);
        self.reports.extend(other.reports);
        self.sender = self.sender.take().or(other.sender);
        self.stamped = self.stamped.take().or(other.stamped);
        self.recipients.extend(other.recipients);
        self.first = self.first.min(other.first);
    }

    /// The step that carries what joins it: the submission, else what was fetched or announced, else a report.
    fn step_with(&self, by: By, scene: &Scene<'_>, threads: &[Thread]) -> Option<usize> {
        let mine = || self.threads.iter().filter_map(|thread| threads.get(*thread));
        let named = |step: &usize| links::message_id(scene.leg(*step)).is_some();
        let fetched = || mine().flat_map(|thread| &thread.retrievals);
        let announced = || mine().flat_map(|thread| &thread.notifications);
        let carrier = match by {
            By::MessageId => fetched()
                .copied()
                .find(named)
                .or_else(|| self.reports.first().copied()),
            By::Likeness => announced().next().copied(),
            _ => fetched().next().copied(),
        };
        let any = || mine().find_map(|thread| thread.steps().next());
        self.submission
            .or(carrier)
            .or_else(|| self.reports.first().copied())
            .or_else(any)
    }
}

/// All clusters of a scene: one for each submission, thread and report at first, united as keys show.
pub(super) struct Clusters<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) threads: &'a [Thread],
    list: Vec<Cluster>,
    union: Union,
}

/// What names a cluster: its representative in the union.
pub(super) type ClusterId = usize;

impl<'a> Clusters<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, threads: &'a [Thread]) -> Self {
        let submissions = of_kind(scene, LegKind::Submission).map(|step| submission_cluster(scene, step));
        let deliveries = (0..threads.len()).map(|thread| thread_cluster(scene, threads, thread));
        let reports = of_kind(scene, LegKind::DeliveryReport).chain(of_kind(scene, LegKind::ReadReport));
        let reports = reports.map(|step| Cluster {
            reports: vec![step],
            first: scene.leg(step).first().time,
            ..Cluster::default()
        });
        let mut list: Vec<_> = submissions.chain(deliveries).chain(reports).collect();
        list.sort_by_key(|cluster| cluster.first);
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
        let step = |id: ClusterId| {
            self.list
                .get(id)
                .and_then(|cluster| cluster.step_with(by, self.scene, self.threads))
        };
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
        let mut owners = IdIndex::default();
        let mut fetches = IdIndex::default();
        let (mut threads, mut reports) = (Vec::new(), Vec::new());
        for id in 0..self.list.len() {
            let Some(cluster) = self.list.get(id) else {
                continue;
            };
            for key in self.accepted_ids(cluster) {
                owners.add(key, cluster.first, id);
            }
            threads.extend(self.fetched_ids(cluster).into_iter().map(|key| (key, id)));
            reports.extend(
                cluster
                    .reports
                    .iter()
                    .filter_map(|step| Some((self.reported_id(*step)?, *step, id))),
            );
        }
        for (key, id) in threads {
            self.join_fetch(key, id, &owners, &fetches, joins);
            let first = self
                .list
                .get(id)
                .map_or(Timestamp::default(), |cluster| cluster.first);
            fetches.add(key, first, id);
        }
        let mut lone = IdIndex::default();
        for (key, step, id) in reports {
            self.join_report(key, step, id, [&owners, &fetches, &lone], joins);
            lone.add(key, self.scene.leg(step).first().time, id);
        }
    }

    fn accepted_ids(&self, cluster: &Cluster) -> Vec<u64> {
        let legs = cluster
            .submission
            .into_iter()
            .flat_map(|step| self.scene.legs_of(step));
        distinct(legs.filter_map(|leg| Some(self.scene.key(leg.send_conf()?.accepted_id()?))))
    }

    fn fetched_ids(&self, cluster: &Cluster) -> Vec<u64> {
        let fetches = cluster
            .threads
            .iter()
            .filter_map(|thread| self.threads.get(*thread));
        let ids = fetches
            .flat_map(|thread| &thread.retrievals)
            .filter_map(|step| self.scene.leg(*step).retrieved()?.message_id.as_deref())
            .map(address::message_id)
            .filter(|id| !id.is_empty());
        distinct(ids.map(|id| self.scene.key(id)))
    }

    fn reported_id(&self, step: usize) -> Option<u64> {
        let leg = self.scene.leg(step);
        let id = match (leg.reported(), leg.read_back()) {
            (Some(report), _) => report.message_id.as_deref(),
            (_, Some(read)) => read.message_id.as_deref(),
            _ => None,
        };
        let id = address::message_id(id?);
        (!id.is_empty()).then(|| self.scene.key(id))
    }

    fn join_fetch(
        &mut self,
        key: u64,
        id: ClusterId,
        owners: &IdIndex,
        fetches: &IdIndex,
        joins: &mut Joins,
    ) {
        let time = self
            .list
            .get(id)
            .map_or(Timestamp::default(), |cluster| cluster.first);
        let near = |index: &IdIndex| index.near(key, time);
        for candidates in [near(owners), near(fetches)] {
            let fits = candidates.into_iter().find(|other| !self.contradict(*other, id));
            if let Some(other) = fits {
                return self.unite(other, id, By::MessageId, joins);
            }
        }
    }

    /// Whether two clusters name different senders: a forwarded message may carry its origin's id.
    fn contradict(&mut self, one: ClusterId, other: ClusterId) -> bool {
        let (one, other) = (self.union.find(one), self.union.find(other));
        let sender = |id: ClusterId| self.list.get(id).and_then(|cluster| cluster.sender.as_deref());
        matches!((sender(one), sender(other)), (Some(a), Some(b)) if a != b)
    }

    fn join_report(
        &mut self,
        key: u64,
        step: usize,
        id: ClusterId,
        indexes: [&IdIndex; 3],
        joins: &mut Joins,
    ) {
        let leg = self.scene.leg(step);
        let time = leg.first().time;
        let mut best: Option<(ReportFit, ClusterId)> = None;
        for other in indexes.into_iter().flat_map(|index| index.near(key, time)) {
            let root = self.union.find(other);
            let Some(cluster) = self.list.get(root) else {
                continue;
            };
            let fit = views(leg).filter_map(|view| view.fit(cluster, time)).max();
            if let Some(fit) = fit.filter(|fit| best.is_none_or(|(known, _)| *fit > known)) {
                best = Some((fit, root));
            }
        }
        if let Some((_, other)) = best {
            let view = self.list.get(other).and_then(|cluster| View::best(leg, cluster));
            self.unite(other, id, By::MessageId, joins);
            let root = self.union.find(other);
            if let Some((cluster, view)) = self.list.get_mut(root).zip(view) {
                cluster.learn(&view);
            }
        } else if let Some((cluster, view)) = self.list.get_mut(id).zip(views(leg).next()) {
            cluster.learn(&view);
        }
    }
}

impl Cluster {
    /// A report names its sender and recipient too, where nothing else does.
    fn learn(&mut self, view: &View) {
        if self.submission.is_none() && self.recipients.is_empty() {
            self.recipients.extend(view.recipient.clone());
        }
        if self.sender.is_none() {
            self.sender.clone_from(&view.addressee);
        }
    }
}

/// Clusters by message id, in time order as they are added.
#[derive(Default)]
struct IdIndex(HashMap<u64, Vec<(Timestamp, ClusterId)>, ahash::RandomState>);

impl IdIndex {
    fn add(&mut self, key: u64, time: Timestamp, id: ClusterId) {
        let list = self.0.entry(key).or_default();
        let place = list.partition_point(|(other, _)| *other <= time);
        list.insert(place, (time, id));
    }

    /// The nearest before a time, then the nearest after it.
    fn near(&self, key: u64, time: Timestamp) -> Vec<ClusterId> {
        let list = self.0.get(&key).map_or(&[][..], Vec::as_slice);
        let (before, after) = list.split_at(list.partition_point(|(at, _)| *at <= time));
        let nearest = before
            .iter()
            .rev()
            .take(MAX_CANDIDATES)
            .chain(after.iter().take(2));
        nearest.map(|(_, id)| *id).collect()
    }
}

/// One way to read a report: who reports, and to whom.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The recipient of the message, comparable; none where the phone left it to the MMSC to name itself.
    pub(super) recipient: Option<String>,
    /// As it is written.
    pub(super) shown: Option<String>,
    /// The sender of the message, to whom the report goes, comparable.
    pub(super) addressee: Option<String>,
}

/// How well a report fits a message; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ReportFit {
    recipient: i8,
    addressee: i8,
    before: bool,
    nearness: Nanoseconds,
}

impl View {
    /// None where the report is another sender's.
    fn fit(&self, cluster: &Cluster, time: Timestamp) -> Option<ReportFit> {
        let agrees =
            |known: &Option<String>| known.as_ref().zip(self.addressee.as_ref()).map(|(a, b)| a == b);
        let addressee = match (agrees(&cluster.sender), agrees(&cluster.stamped)) {
            (Some(false), _) => return None,
            (Some(true), _) | (None, Some(true)) => 1,
            (None, Some(false)) => -1,
            (None, None) => 0,
        };
        let recipient = match &self.recipient {
            Some(recipient) if cluster.recipients.contains(recipient) => 1,
            Some(_) if !cluster.recipients.is_empty() => -1,
            _ => 0,
        };
        let distance = time.since(cluster.first);
        Some(ReportFit {
            recipient,
            addressee,
            before: distance >= 0,
            nearness: -distance.saturating_abs(),
        })
    }

    /// The reading of a report that fits a message best.
    pub(super) fn best(leg: &Leg, cluster: &Cluster) -> Option<Self> {
        let time = leg.first().time;
        let mut best: Option<(Option<ReportFit>, Self)> = None;
        for view in views(leg) {
            let fit = view.fit(cluster, time);
            if best.as_ref().is_none_or(|(known, _)| fit > *known) {
                best = Some((fit, view));
            }
        }
        best.map(|(_, view)| view)
    }
}

/// The readings of a report, likeliest first. OMA puts the recipient of the message into To of m-delivery.ind; live
/// MMSCs put it into From, and the report's own addressee into To. To whom the bearer took it tells which.
fn views(leg: &Leg) -> impl Iterator<Item = View> {
    let (from, to) = match (leg.reported(), leg.read_back()) {
        (Some(report), _) => (report.from.as_deref(), report.to.as_deref()),
        (_, Some(read)) => (
            read.from.as_deref().or(leg.subscriber.as_deref()),
            read.to.as_deref(),
        ),
        _ => (None, None),
    };
    let carried_to = match leg.recipient.as_deref() {
        Some(recipient) => address::comparable(recipient),
        None => leg.server.address.to_string(),
    };
    let is_carried_to = |address: Option<&str>| address.is_some_and(|a| address::comparable(a) == carried_to);
    let bearer = leg.recipient.as_deref().map(address::comparable);
    let oma = to.map(|to| View::new(Some(to), bearer.clone()));
    let live = from.map(|from| View::new(Some(from), to.map(address::comparable).or(bearer)));
    let views = match leg.read_back() {
        Some(_) => [
            Some(live.unwrap_or_else(|| View::new(None, to.map(address::comparable)))),
            None,
        ],
        None if is_carried_to(to) && live.is_some() => [live, None],
        None => [oma, live],
    };
    views.into_iter().flatten()
}

impl View {
    fn new(recipient: Option<&str>, addressee: Option<String>) -> Self {
        Self {
            recipient: recipient.map(address::comparable),
            shown: recipient.map(|recipient| address::bare(recipient).to_owned()),
            addressee,
        }
    }
}

fn of_kind(scene: &Scene<'_>, kind: LegKind) -> impl Iterator<Item = usize> {
    let steps = scene.steps.iter().enumerate();
    steps
        .filter(move |(_, step)| step.kind == kind)
        .map(|(index, _)| index)
}

fn submission_cluster(scene: &Scene<'_>, step: usize) -> Cluster {
    let sends = || scene.legs_of(step).filter_map(Leg::send);
    Cluster {
        submission: Some(step),
        sender: sends()
            .find_map(|send| send.sender.as_deref())
            .map(address::comparable),
        stamped: scene
            .legs_of(step)
            .find_map(|leg| leg.subscriber.as_deref())
            .map(address::comparable),
        recipients: sends()
            .flat_map(|send| send.recipients().map(address::comparable))
            .collect(),
        first: scene.leg(step).first().time,
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
        fetches.filter(|retrieved| retrieved.status.is_none_or(|status| status == STATUS_OK))
    };
    let announced = notified().filter_map(|leg| leg.notified()?.sender.as_deref());
    let sender = announced
        .chain(fetched().filter_map(|r| r.sender.as_deref()))
        .next()
        .map(address::comparable);
    let named = notified().filter_map(|leg| leg.recipient.as_deref());
    let listed = fetched().flat_map(|r| r.to.iter().chain(&r.cc).map(AsRef::as_ref));
    Cluster {
        sender,
        recipients: named.chain(listed).map(address::comparable).collect(),
        first: thread
            .steps()
            .map(|step| scene.leg(step).first().time)
            .min()
            .unwrap_or_default(),
        threads: vec![id],
        ..Cluster::default()
    }
}

/// Each key once.
fn distinct(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let keys: BTreeSet<u64> = keys.collect();
    keys.into_iter().collect()
}
