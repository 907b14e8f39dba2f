//! The recipient's side: which notifications, fetches and confirmations belong to one delivery of one message.
//!
//! Keys, strongest first (TS 23.140 sections 8.1.4 and 8.1.5): the content location, absolute or, behind a
//! proxy, its path and query; then the transaction id, but only within one client and MMSC and nearest in time,
//! because it is unique to them for a while only.

use std::net::IpAddr;

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::index::{ByKey, Index};
use crate::correlate::group::join::{By, Joins};
use crate::correlate::group::matching;
use crate::correlate::group::phonebook::Phonebook;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind, ResponseFacts};
use crate::correlate::store::pdus::Retrieved;
use crate::session::Bearer;

/// How many notifications of one thread are compared, the latest first: one that is sent for ever stays cheap.
const MAX_COMPARED: usize = 8;

/// Builds the threads of a scene.
pub(crate) fn threads(snapshot: &Snapshot<'_>, joins: &mut Joins) -> Threads {
    let mut builder = Builder {
        snapshot,
        threads: Threads::default(),
        by_location: Index::default(),
        by_path: Index::default(),
        by_notified_id: Index::default(),
        by_fetched_id: Index::default(),
        by_phone: Index::default(),
        phonebook: Phonebook::default(),
    };
    builder.notifications(joins);
    builder.retrievals(joins);
    builder.confirmations(joins);
    builder.threads
}

pub(crate) struct Builder<'a> {
    pub(crate) snapshot: &'a Snapshot<'a>,
    pub(crate) threads: Threads,
    by_location: Index<ThreadId>,
    by_path: Index<ThreadId>,
    /// By the transaction id of a notification.
    pub(crate) by_notified_id: Index<ThreadId>,
    /// By the transaction id of an m-retrieve.conf.
    pub(crate) by_fetched_id: Index<ThreadId>,
    /// By the phone that a push went to, as address or number.
    by_phone: Index<ThreadId>,
    pub(crate) phonebook: Phonebook,
}

impl Builder<'_> {
    /// One thread for each content location and recipient.
    fn notifications(&mut self, joins: &mut Joins) {
        let mut known: ByKey<ThreadId> = ByKey::default();
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Notification) {
            let leg = snapshot.leg(step);
            let Some(notified) = leg.notified() else { continue };
            let target = leg
                .recipient()
                .map_or_else(|| snapshot.key(leg.server().address), |to| snapshot.address(to));
            let again = notified.location().map(|url| {
                let what = (notified.sender(), notified.subject(), notified.size);
                snapshot.key((address::location(url).path, target, what))
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
                None => self.threads.push(Thread::default()),
            };
            if let Some(key) = again {
                known.insert(key, thread);
            }
            self.add_notification(thread, step);
        }
        self.by_location.sort();
        self.by_path.sort();
        self.by_notified_id.sort();
        self.by_phone.sort();
    }

    fn add_notification(&mut self, thread: ThreadId, step: StepId) {
        let snapshot = self.snapshot;
        let first = snapshot.leg(step).first().time;
        let Some(notified) = snapshot.leg(step).notified() else {
            return;
        };
        if let Some(url) = notified.location() {
            let location = address::location(url);
            self.by_location
                .add(snapshot.key((&location.host, &location.path)), first, thread);
            self.by_path.add(snapshot.key(&location.path), first, thread);
            let host = location.host.map(|host| snapshot.key(host));
            self.with(thread, |t| t.add_host(host));
        }
        if let Some(id) = notified.transaction_id() {
            self.by_notified_id.add(snapshot.key(id), first, thread);
        }
        for leg in snapshot.legs_of(step) {
            let recipient = leg.recipient().map(|recipient| snapshot.address(recipient));
            let phone = is_at_phone(leg.bearer).then_some(leg.server().address);
            let at = phone.map(|phone| snapshot.key(phone));
            for key in at.into_iter().chain(recipient) {
                self.by_phone.add(key, first, thread);
            }
            self.with(thread, |t| {
                t.named = t.named.or(recipient);
                phone.into_iter().for_each(|phone| t.add_phone(phone));
                if leg.bearer == Bearer::Sip {
                    t.add_pushed_to(leg.server().address);
                }
                t.seen_at(leg.first().time);
            });
        }
        self.with(thread, |t| t.notifications.push(step));
    }

    pub(crate) fn with(&mut self, thread: ThreadId, change: impl FnOnce(&mut Thread)) {
        if let Some(thread) = self.threads.get_mut(thread) {
            change(thread);
        }
    }

    /// Every fetch joins the notification that announced its target; one that nobody announced is only ours
    /// where its answer is.
    fn retrievals(&mut self, joins: &mut Joins) {
        let mut unannounced: ByKey<ThreadId> = ByKey::default();
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Retrieval) {
            let leg = snapshot.leg(step);
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
                        let thread = self.threads.push(Thread::default());
                        alone.map(|key| unannounced.insert(key, thread));
                        thread
                    }
                },
            };
            self.add_retrieval(thread, step);
        }
        self.by_fetched_id.sort();
    }

    /// Fetches of one location by one client, where no notification was captured.
    fn unannounced_key(&self, leg: Leg<'_>) -> Option<u64> {
        let location = address::location(leg.url()?);
        Some(
            self.snapshot
                .key((location.host, location.path, leg.client().address)),
        )
    }

    fn announced(&self, leg: Leg<'_>) -> Option<(ThreadId, By)> {
        let Some(url) = leg.url() else {
            return self.announced_to(leg);
        };
        let location = address::location(url);
        let time = leg.first().time;
        let absolute = self
            .by_location
            .near(self.snapshot.key((&location.host, &location.path)), time)
            .collect();
        if let Some(thread) = self.best_announcement(leg, absolute) {
            return Some((thread, By::Location));
        }
        let named = location.host.as_deref().is_some_and(|host| !is_ip_literal(host));
        let candidates = self.by_path.near(self.snapshot.key(&location.path), time);
        let proven = candidates
            .filter(|thread| self.is_same_mmsc(*thread, leg, named))
            .collect();
        self.best_announcement(leg, proven)
            .map(|thread| (thread, By::LocationPath))
    }

    /// Of an answer whose request was not captured, the transaction id and the phone tell what it answers; where
    /// it has none, that it is what the phone was last told of: same sender, subject and size.
    fn announced_to(&self, leg: Leg<'_>) -> Option<(ThreadId, By)> {
        let retrieved = leg.retrieved()?;
        let time = leg.first().time;
        let client = leg.client().address;
        let owner = self.phonebook.number(client, time);
        if let Some(id) = retrieved.transaction_id() {
            let mut candidates: Vec<ThreadId> =
                self.by_notified_id.near(self.snapshot.key(id), time).collect();
            candidates.retain(|thread| {
                self.threads
                    .get(*thread)
                    .is_some_and(|t| t.knows_phone(client, owner) >= 0)
            });
            let best = self.best_announcement(leg, candidates);
            return best.map(|thread| (thread, By::TransactionId));
        }
        let mut candidates: Vec<ThreadId> = self.by_phone.near(self.snapshot.key(client), time).collect();
        if let Some(only) = retrieved.only_recipient() {
            candidates.extend(self.by_phone.near(self.snapshot.address(only), time));
        }
        candidates.retain(|thread| self.announces(*thread, retrieved));
        self.best_announcement(leg, candidates)
            .map(|thread| (thread, By::Likeness))
    }

    /// Whether a notification has the sender, subject and size of what was fetched.
    fn announces(&self, thread: ThreadId, retrieved: Retrieved<'_>) -> bool {
        let steps = self
            .threads
            .get(thread)
            .into_iter()
            .flat_map(|thread| thread.notifications.iter().rev().take(MAX_COMPARED));
        steps
            .filter_map(|step| self.snapshot.leg(*step).notified())
            .any(|notified| {
                let sizes = notified.size.zip(retrieved.content().size);
                notified.sender() == retrieved.sender()
                    && notified.subject() == retrieved.subject()
                    && sizes.is_some_and(|(announced, size)| matching::is_announced_size(announced, size))
            })
    }

    /// Behind a proxy the host differs; then the transaction id or the phone must show that it is one MMSC.
    fn is_same_mmsc(&self, thread: ThreadId, leg: Leg<'_>, named: bool) -> bool {
        let Some(thread) = self.threads.get(thread) else {
            return false;
        };
        let latest = thread.notifications.iter().rev().take(MAX_COMPARED);
        let announced = latest.filter_map(|step| self.snapshot.leg(*step).notified()?.transaction_id());
        let fetched = leg.retrieved().and_then(|retrieved| retrieved.transaction_id());
        match fetched {
            Some(id) => announced.clone().next().is_none() || announced.clone().any(|other| other == id),
            None => !named || thread.phones.contains(&leg.client().address),
        }
    }

    fn best_announcement(&self, leg: Leg<'_>, candidates: Vec<ThreadId>) -> Option<ThreadId> {
        let time = leg.first().time;
        let number = leg.subscriber().map(|number| self.snapshot.address(number));
        let owner = self.phonebook.number(leg.client().address, time);
        let rank = |thread: &Thread| {
            let client = thread.knows_phone(leg.client().address, owner);
            let recipient = thread.knows_number(number);
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

    fn add_retrieval(&mut self, thread: ThreadId, step: StepId) {
        let snapshot = self.snapshot;
        let leg = snapshot.leg(step);
        if let Some(id) = leg.retrieved().and_then(|retrieved| retrieved.transaction_id()) {
            self.by_fetched_id.add(snapshot.key(id), leg.last().time, thread);
        }
        let last = snapshot.last(step);
        let host = leg.url().and_then(|url| address::location(url).host);
        let host = host.map(|host| snapshot.key(host));
        let named = self.threads.get(thread).and_then(|thread| thread.named);
        let only = || leg.retrieved().and_then(Retrieved::only_recipient);
        if let Some(number) = named.or_else(|| only().map(|only| snapshot.address(only))) {
            self.phonebook
                .note(leg.client().address, leg.first().time, number);
        }
        self.with(thread, |t| {
            t.add_phone(leg.client().address);
            t.add_host(host);
            t.retrievals.push(step);
            let fetched = leg.retrieved_whole().then_some(last);
            t.fetched = t.fetched.into_iter().chain(fetched).min();
            t.seen_at(last);
        });
    }
}

/// Whether a push ends at the phone's own address.
fn is_at_phone(bearer: Bearer) -> bool {
    matches!(bearer, Bearer::PushUdp | Bearer::Wtp | Bearer::Wsp)
}

/// Whether an exchange that no notification announced is a retrieval all the same: its answer is MMS or says so.
fn is_ours(leg: Leg<'_>) -> bool {
    let claims = leg.reply().is_some_and(|reply| reply.claims_mms);
    !leg.is_get() || claims || !matches!(leg.answered(), ResponseFacts::Nothing)
}

fn is_ip_literal(host: &str) -> bool {
    host.starts_with('[')
        || host
            .split(':')
            .next()
            .is_some_and(|host| host.parse::<IpAddr>().is_ok())
}
