//! The recipient's side: which notifications, fetches and confirmations belong to one delivery of one message.
//!
//! Keys, strongest first (TS 23.140 section 8.1; OMA-TS-MMS_CTR): the content location, absolute or, behind a
//! proxy, its path and query; then the transaction id, but only within one client and MMSC and nearest in time,
//! because it is unique to them for a while only.

use std::collections::HashMap;
use std::net::IpAddr;

use super::address;
use super::join::{By, Joins, clearly_nearer};
use super::leg::{Answered, Asked, Leg, LegKind, Retrieved};
use super::matching;
use super::scene::Scene;
use crate::mms::MessageType;
use crate::model::{Nanoseconds, Timestamp};

/// How many candidates with one key are looked at, nearest in time first: a key that a million deliveries share
/// stays linear, and the right one is among the nearest.
const MAX_CANDIDATES: usize = 8;

/// How many addresses of one phone, and how many hosts of one MMSC, are remembered: a phone changes its address a
/// few times while a message waits for it, and an MMSC is behind a few names.
const MAX_PLACES: usize = 16;

/// One announced or fetched message at one recipient.
#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    pub(super) notifications: Vec<usize>,
    pub(super) retrievals: Vec<usize>,
    pub(super) confirmations: Vec<usize>,
    /// The phone's addresses, as the push went there or its requests came from there.
    clients: Vec<IpAddr>,
    /// The recipient as the bearer names it, comparable.
    recipient: Option<String>,
    /// The MMSC by the host of the content location.
    hosts: Vec<String>,
    /// Whether a final m-notifyresp.ind or m-acknowledge.ind was joined.
    confirmed: bool,
    /// Whether the whole message was fetched.
    fetched: bool,
    /// When something of it was seen, in time order.
    times: Vec<Timestamp>,
}

impl Thread {
    fn add_client(&mut self, client: IpAddr) {
        if !self.clients.contains(&client) && self.clients.len() < MAX_PLACES {
            self.clients.push(client);
        }
    }

    fn add_host(&mut self, host: Option<String>) {
        if let Some(host) = host.filter(|host| !self.hosts.contains(host) && self.hosts.len() < MAX_PLACES) {
            self.hosts.push(host);
        }
    }

    fn seen_at(&mut self, time: Timestamp) {
        let place = self.times.partition_point(|other| *other <= time);
        self.times.insert(place, time);
    }

    /// How long before a time something of it was last seen; where nothing was, how long after it (negative).
    fn distance(&self, time: Timestamp) -> Nanoseconds {
        let place = self.times.partition_point(|other| *other <= time);
        let nearest = place
            .checked_sub(1)
            .and_then(|at| self.times.get(at))
            .or(self.times.first());
        nearest.map_or(Nanoseconds::MAX, |nearest| time.since(*nearest))
    }

    /// The recipient as the bearer of a notification names it, comparable.
    pub(super) fn recipient(&self) -> Option<&str> {
        self.recipient.as_deref()
    }

    /// The phone's addresses.
    pub(super) fn clients(&self) -> impl Iterator<Item = IpAddr> {
        self.clients.iter().copied()
    }

    /// Every step of it, not in order.
    pub(super) fn steps(&self) -> impl Iterator<Item = usize> {
        self.notifications
            .iter()
            .chain(&self.retrievals)
            .chain(&self.confirmations)
            .copied()
    }
}

/// Threads by a key, in time order.
#[derive(Default)]
struct Index(HashMap<u64, Vec<(Timestamp, usize)>, ahash::RandomState>);

impl Index {
    fn add(&mut self, key: u64, time: Timestamp, thread: usize) {
        self.0.entry(key).or_default().push((time, thread));
    }

    fn sort(&mut self) {
        for threads in self.0.values_mut() {
            threads.sort_unstable();
            threads.dedup_by_key(|(_, thread)| *thread);
        }
    }

    /// The nearest before a time, then the nearest after it.
    fn near(&self, key: u64, time: Timestamp) -> Vec<usize> {
        let threads = self.0.get(&key).map_or(&[][..], Vec::as_slice);
        let (before, after) = threads.split_at(threads.partition_point(|(at, _)| *at <= time));
        let nearest = before
            .iter()
            .rev()
            .take(MAX_CANDIDATES)
            .chain(after.iter().take(2));
        let mut found: Vec<usize> = Vec::new();
        for (_, thread) in nearest {
            if !found.contains(thread) {
                found.push(*thread);
            }
        }
        found
    }
}

/// Builds the threads of a scene.
pub(super) fn threads(scene: &Scene<'_>, joins: &mut Joins) -> Vec<Thread> {
    let mut builder = Builder {
        scene,
        threads: Vec::new(),
        by_location: Index::default(),
        by_path: Index::default(),
        by_transaction: Index::default(),
        by_phone: Index::default(),
    };
    builder.notifications(joins);
    builder.retrievals(joins);
    builder.confirmations(joins);
    builder.threads
}

struct Builder<'a> {
    scene: &'a Scene<'a>,
    threads: Vec<Thread>,
    by_location: Index,
    by_path: Index,
    by_transaction: Index,
    /// By the phone that a push went to, as address or number.
    by_phone: Index,
}

impl Builder<'_> {
    fn of_kind(&self, kind: LegKind) -> Vec<usize> {
        let steps = self.scene.steps.iter().enumerate();
        steps
            .filter(|(_, step)| step.kind == kind)
            .map(|(index, _)| index)
            .collect()
    }

    /// One thread for each content location and recipient.
    fn notifications(&mut self, joins: &mut Joins) {
        let mut known: HashMap<u64, usize, ahash::RandomState> = HashMap::default();
        for step in self.of_kind(LegKind::Notification) {
            let leg = self.scene.leg(step);
            let Some(notified) = leg.notified() else { continue };
            let target = target(leg);
            let again = notified.location.as_deref().map(|url| {
                let what = (&notified.sender, &notified.subject, notified.size);
                self.scene
                    .key(("announced", address::location(url).path, target, what))
            });
            let thread = match again.and_then(|key| known.get(&key).copied()) {
                Some(thread) => {
                    let first = self
                        .threads
                        .get(thread)
                        .and_then(|t| t.notifications.first().copied());
                    joins.add(first.unwrap_or(step), step, By::Location);
                    thread
                }
                None => {
                    self.threads.push(Thread::default());
                    self.threads.len() - 1
                }
            };
            if let Some(key) = again {
                known.insert(key, thread);
            }
            self.add_notification(thread, step);
        }
        self.by_location.sort();
        self.by_path.sort();
        self.by_transaction.sort();
        self.by_phone.sort();
    }

    fn add_notification(&mut self, thread: usize, step: usize) {
        let scene = self.scene;
        let first = scene.leg(step).first().time;
        let Some(notified) = scene.leg(step).notified() else {
            return;
        };
        if let Some(url) = notified.location.as_deref() {
            let location = address::location(url);
            self.by_location
                .add(scene.key((&location.host, &location.path)), first, thread);
            self.by_path.add(scene.key(&location.path), first, thread);
            self.with(thread, |t| t.add_host(location.host.clone()));
        }
        if let Some(id) = notified.transaction_id.as_deref() {
            self.by_transaction.add(scene.key(id), first, thread);
        }
        for leg in scene.legs_of(step) {
            let recipient = leg.recipient.as_deref().map(address::comparable);
            let phone = (leg.bearer == crate::session::Bearer::PushUdp).then_some(leg.server.address);
            let at = phone.map(|phone| scene.key(phone));
            for key in at
                .into_iter()
                .chain(recipient.as_ref().map(|number| scene.key(number)))
            {
                self.by_phone.add(key, first, thread);
            }
            self.with(thread, |t| {
                t.recipient = t.recipient.take().or(recipient);
                phone.into_iter().for_each(|phone| t.add_client(phone));
                t.seen_at(leg.first().time);
            });
        }
        self.with(thread, |t| t.notifications.push(step));
    }

    fn with(&mut self, thread: usize, change: impl FnOnce(&mut Thread)) {
        if let Some(thread) = self.threads.get_mut(thread) {
            change(thread);
        }
    }

    /// Every fetch joins the notification that announced its target; one that nobody announced is only ours
    /// where its answer is.
    fn retrievals(&mut self, joins: &mut Joins) {
        let mut unannounced: HashMap<u64, usize, ahash::RandomState> = HashMap::default();
        for step in self.of_kind(LegKind::Retrieval) {
            let leg = self.scene.leg(step);
            let alone = self.unannounced_key(leg);
            let thread = match self.announced(leg) {
                Some((thread, by)) => {
                    let announcement = self
                        .threads
                        .get(thread)
                        .and_then(|t| t.notifications.last().copied());
                    joins.add(announcement.unwrap_or(step), step, by);
                    thread
                }
                None if !is_ours(leg) => continue,
                None => match alone.and_then(|key| unannounced.get(&key).copied()) {
                    Some(thread) => {
                        let first = self
                            .threads
                            .get(thread)
                            .and_then(|t| t.retrievals.first().copied());
                        joins.add(first.unwrap_or(step), step, By::Location);
                        thread
                    }
                    None => {
                        self.threads.push(Thread::default());
                        let thread = self.threads.len() - 1;
                        alone.map(|key| unannounced.insert(key, thread));
                        thread
                    }
                },
            };
            self.add_retrieval(thread, step);
        }
        self.by_transaction.sort();
    }

    /// Fetches of one location by one client, where no notification was captured.
    fn unannounced_key(&self, leg: &Leg) -> Option<u64> {
        let location = address::location(leg.url.as_deref()?);
        Some(self.scene.key((location.host, location.path, leg.client.address)))
    }

    fn announced(&self, leg: &Leg) -> Option<(usize, By)> {
        let Some(url) = leg.url.as_deref() else {
            return self.announced_to(leg);
        };
        let location = address::location(url);
        let time = leg.first().time;
        let absolute = self
            .by_location
            .near(self.scene.key((&location.host, &location.path)), time);
        if let Some(thread) = self.best_announcement(leg, absolute) {
            return Some((thread, By::Location));
        }
        let named = location.host.as_deref().is_some_and(|host| !is_ip_literal(host));
        let candidates = self.by_path.near(self.scene.key(&location.path), time);
        let proven = candidates
            .into_iter()
            .filter(|thread| self.is_same_mmsc(*thread, leg, named))
            .collect();
        self.best_announcement(leg, proven)
            .map(|thread| (thread, By::LocationPath))
    }

    /// Of an answer whose request was not captured, the transaction id and the phone tell what it answers; where
    /// it has none, that it is what the phone was last told of: same sender, subject and size.
    fn announced_to(&self, leg: &Leg) -> Option<(usize, By)> {
        let retrieved = leg.retrieved()?;
        let time = leg.first().time;
        let client = leg.client.address;
        if let Some(id) = retrieved.transaction_id.as_deref() {
            let mut candidates = self.by_transaction.near(self.scene.key(id), time);
            candidates.retain(|thread| {
                self.threads
                    .get(*thread)
                    .is_some_and(|t| t.knows_client(client) >= 0)
            });
            let best = self.best_announcement(leg, candidates);
            return best.map(|thread| (thread, By::TransactionId));
        }
        let mut candidates = self.by_phone.near(self.scene.key(client), time);
        if let [only] = &*retrieved.to {
            candidates.extend(
                self.by_phone
                    .near(self.scene.key(address::comparable(only)), time),
            );
        }
        candidates.retain(|thread| self.announces(*thread, retrieved));
        self.best_announcement(leg, candidates)
            .map(|thread| (thread, By::Likeness))
    }

    /// Whether a notification has the sender, subject and size of what was fetched.
    fn announces(&self, thread: usize, retrieved: &Retrieved) -> bool {
        let steps = self
            .threads
            .get(thread)
            .into_iter()
            .flat_map(|thread| &thread.notifications);
        steps
            .filter_map(|step| self.scene.leg(*step).notified())
            .any(|notified| {
                let sizes = notified.size.zip(retrieved.content.size);
                notified.sender == retrieved.sender
                    && notified.subject == retrieved.subject
                    && sizes.is_some_and(|(announced, size)| matching::is_announced_size(announced, size))
            })
    }

    /// Behind a proxy the host differs; then the transaction id or the phone must show that it is one MMSC.
    fn is_same_mmsc(&self, thread: usize, leg: &Leg, named: bool) -> bool {
        let Some(thread) = self.threads.get(thread) else {
            return false;
        };
        let announced = thread
            .notifications
            .iter()
            .filter_map(|step| self.scene.leg(*step).notified()?.transaction_id.as_deref());
        let fetched = leg
            .retrieved()
            .and_then(|retrieved| retrieved.transaction_id.as_deref());
        match fetched {
            Some(id) => announced.clone().next().is_none() || announced.clone().any(|other| other == id),
            None => !named || thread.clients.contains(&leg.client.address),
        }
    }

    fn best_announcement(&self, leg: &Leg, candidates: Vec<usize>) -> Option<usize> {
        let time = leg.first().time;
        let rank = |thread: &Thread| {
            let client = thread.knows_client(leg.client.address);
            let recipient = rank_of(thread.recipient.as_deref(), leg.subscriber.as_deref());
            let distance = thread.distance(time);
            (distance >= 0, client, recipient, -distance.saturating_abs())
        };
        let ranked = candidates
            .into_iter()
            .filter_map(|index| Some((rank(self.threads.get(index)?), index)));
        ranked
            .max_by(|(a, i), (b, j)| a.cmp(b).then(j.cmp(i)))
            .map(|(_, thread)| thread)
    }

    fn add_retrieval(&mut self, thread: usize, step: usize) {
        let scene = self.scene;
        let leg = scene.leg(step);
        if let Some(id) = leg
            .retrieved()
            .and_then(|retrieved| retrieved.transaction_id.as_deref())
        {
            self.by_transaction.add(scene.key(id), leg.last().time, thread);
        }
        let last = scene.last(step);
        let host = leg.url.as_deref().and_then(|url| address::location(url).host);
        self.with(thread, |t| {
            t.add_client(leg.client.address);
            t.add_host(host);
            t.retrievals.push(step);
            t.fetched |= leg.retrieved_whole();
            t.seen_at(last);
        });
    }

    fn confirmations(&mut self, joins: &mut Joins) {
        for step in self.of_kind(LegKind::Acknowledgement) {
            let leg = self.scene.leg(step);
            let thread = match self.confirmed_thread(step, leg, joins) {
                Some(thread) => {
                    let with = self.threads.get(thread).and_then(|t| t.answered_by(leg));
                    joins.add(with.unwrap_or(step), step, By::TransactionId);
                    thread
                }
                None => {
                    self.threads.push(Thread::default());
                    self.threads.len() - 1
                }
            };
            let last = self.scene.last(step);
            let deferred = leg.confirmed().is_some_and(|c| c.status == Some(DEFERRED));
            self.with(thread, |t| {
                t.confirmations.push(step);
                t.add_client(leg.client.address);
                t.confirmed |= !deferred;
                t.seen_at(last);
            });
        }
    }

    /// The thread whose transaction id a confirmation carries: of the same client; or, where the client of the
    /// thread is not known, of the same MMSC or subscriber; the nearest before it.
    fn confirmed_thread(&self, step: usize, leg: &Leg, joins: &mut Joins) -> Option<usize> {
        let id = leg.confirmed()?.transaction_id.as_deref()?;
        let time = leg.first().time;
        let candidates = self.by_transaction.near(self.scene.key(id), time);
        let mut ranked: Vec<_> = candidates
            .into_iter()
            .filter_map(|index| {
                Some((
                    self.rank_confirmation(self.threads.get(index)?, leg, time)?,
                    index,
                ))
            })
            .collect();
        ranked.sort_by(|(a, i), (b, j)| b.cmp(a).then(i.cmp(j)));
        let (best, thread) = *ranked.first()?;
        if let Some((second, rival)) = ranked.get(1)
            && second.rank() == best.rank()
            && !clearly_nearer(best.distance(), second.distance())
        {
            let shown = |thread: usize| self.threads.get(thread).and_then(|t| t.steps().next());
            joins.ambiguous(step, [shown(thread), shown(*rival)], By::TransactionId);
            return None;
        }
        Some(thread)
    }

    fn rank_confirmation(&self, thread: &Thread, leg: &Leg, time: Timestamp) -> Option<Confirmation> {
        let client = thread.knows_client(leg.client.address);
        if client < 0 {
            return None;
        }
        let host = leg.url.as_deref().and_then(|url| address::location(url).host);
        let same_host = host.is_some_and(|host| thread.hosts.contains(&host));
        let subscriber = rank_of(thread.recipient.as_deref(), leg.subscriber.as_deref());
        let status = leg.confirmed().and_then(|c| c.status);
        let retrieved = leg
            .confirmed()
            .is_some_and(|c| c.pdu == MessageType::ACKNOWLEDGE_IND)
            || status == Some(RETRIEVED);
        let distance = thread.distance(time);
        Some(Confirmation {
            client,
            place: subscriber * 2 + i8::from(same_host),
            fits: (i8::from(!thread.confirmed) * 2) + i8::from(thread.fetched == retrieved),
            before: distance >= 0,
            nearness: -distance.saturating_abs(),
        })
    }
}

/// How well a thread fits a confirmation; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Confirmation {
    /// Whether it comes after something of the thread, as far as the clocks can tell.
    before: bool,
    client: i8,
    place: i8,
    fits: i8,
    nearness: Nanoseconds,
}

impl Confirmation {
    fn rank(self) -> (bool, i8, i8, i8) {
        (self.before, self.client, self.place, self.fits)
    }

    fn distance(self) -> Nanoseconds {
        -self.nearness
    }
}

/// X-Mms-Status: retrieved.
const RETRIEVED: u8 = 0x81;
/// X-Mms-Status: deferred.
const DEFERRED: u8 = 0x83;

impl Thread {
    /// 1 where it is one of the thread's clients, 0 where none is known, -1 where others are.
    fn knows_client(&self, client: IpAddr) -> i8 {
        match (self.clients.is_empty(), self.clients.contains(&client)) {
            (_, true) => 1,
            (true, _) => 0,
            (false, _) => -1,
        }
    }

    /// The step that a confirmation answers.
    fn answered_by(&self, leg: &Leg) -> Option<usize> {
        let acknowledges = leg
            .confirmed()
            .is_some_and(|c| c.pdu == MessageType::ACKNOWLEDGE_IND);
        let (first, then) = match acknowledges {
            true => (&self.retrievals, &self.notifications),
            false => (&self.notifications, &self.retrievals),
        };
        first.last().or(then.last()).copied()
    }
}

/// 1 for equal addresses, 0 where one is not known, -1 for different ones; `known` is comparable already.
fn rank_of(known: Option<&str>, other: Option<&str>) -> i8 {
    match (known, other) {
        (Some(known), Some(other)) if known == address::comparable(other) => 1,
        (Some(_), Some(_)) => -1,
        _ => 0,
    }
}

/// Whom a push is for: the recipient the bearer names, or the phone's address.
fn target(leg: &Leg) -> String {
    leg.recipient
        .as_deref()
        .map_or_else(|| leg.server.address.to_string(), address::comparable)
}

/// Whether an exchange that no notification announced is a retrieval all the same: its answer is MMS or says so.
fn is_ours(leg: &Leg) -> bool {
    let claims = matches!(leg.fate, super::leg::Fate::Answered { claims_mms: true, .. });
    !matches!(leg.asked, Asked::Get) || claims || !matches!(leg.answered, Answered::Nothing)
}

fn is_ip_literal(host: &str) -> bool {
    host.starts_with('[')
        || host
            .split(':')
            .next()
            .is_some_and(|host| host.parse::<IpAddr>().is_ok())
}
