//! The recipient's side: which notifications, fetches and confirmations belong to one delivery of one message.
//!
//! Keys, strongest first (TS 23.140 sections 8.1.4 and 8.1.5): the content location, absolute or, behind a
//! proxy, its path and query; then the transaction id, but only within one client and MMSC and nearest in time,
//! because it is unique to them for a while only.

use smallvec::SmallVec;

use crate::correlate::group::confirmations::is_deferral;
use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::index::{self, ByKey, Index};
use crate::correlate::group::join::{By, Joins};
use crate::correlate::group::party::is_at_phone;
use crate::correlate::group::party::{Party, Sameness};
use crate::correlate::group::phonebook::Phonebook;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Asker, Thread, Threads};
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::correlate::store::pdus::Notified;
use crate::model::{Nanoseconds, SharedSort, Timestamp};
use crate::session::Bearer;

/// How many notifications of one thread are compared, the latest first: one that is sent for ever stays cheap.
const MAX_COMPARED: usize = 8;

/// Builds the threads of a snapshot.
pub(crate) fn threads(snapshot: &Snapshot<'_>, joins: &mut Joins) -> Threads {
    let mut builder = Builder {
        snapshot,
        threads: Threads::default(),
        by_location: Index::default(),
        by_path: Index::default(),
        by_notified_id: Index::default(),
        by_fetched_id: Index::default(),
        by_phone: Index::default(),
        by_fetcher: Index::default(),
        phonebook: Phonebook::default(),
    };
    builder.notifications(joins);
    builder.retrievals(joins);
    builder.confirmations(joins);
    builder.part_from_strangers(joins);
    builder.settle_announced_again();
    builder.threads
}

pub(crate) struct Builder<'a> {
    pub(crate) snapshot: &'a Snapshot<'a>,
    pub(crate) threads: Threads,
    pub(crate) by_location: Index<ThreadId>,
    pub(crate) by_path: Index<ThreadId>,
    /// By the transaction id of a notification.
    pub(crate) by_notified_id: Index<ThreadId>,
    /// By the transaction id of an m-retrieve.conf.
    pub(crate) by_fetched_id: Index<ThreadId>,
    /// By the phone that a push went to, as address or number.
    pub(crate) by_phone: Index<ThreadId>,
    /// By the phone that fetched the whole, as address or number.
    pub(crate) by_fetcher: Index<ThreadId>,
    pub(crate) phonebook: Phonebook,
}

/// A fetch or a confirmation that looks for its notification.
pub(crate) struct Request<'a> {
    pub(crate) leg: Leg<'a>,
    /// What it asked for first, before any redirect.
    pub(crate) url: Option<&'a str>,
    pub(crate) asker: Asker,
}

impl<'a> Builder<'a> {
    /// One thread for each content location, recipient and transaction id.
    fn notifications(&mut self, joins: &mut Joins) {
        let mut known: ByKey<(ThreadId, Option<&str>)> = ByKey::default();
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Notification) {
            let leg = snapshot.leg(step);
            let Some(notified) = leg.notified() else { continue };
            let target = leg.recipient().map_or_else(
                || snapshot.key(snapshot.keys.server(leg)),
                |to| snapshot.address(to),
            );
            let announced = notified.location().map(|url| {
                let what = (notified.sender(), notified.subject(), notified.size);
                snapshot.key((address::location(url).path, target, what))
            });
            let again = announced.and_then(|key| known.get(&key).copied());
            let thread = match again.filter(|(_, id)| *id == notified.transaction_id()) {
                Some((thread, _)) => {
                    let first = self
                        .threads
                        .get(thread)
                        .and_then(|t| t.notifications.first().copied());
                    joins.add(first.unwrap_or(step), step, By::Location);
                    thread
                }
                None => self.threads.push(Thread::after(again.map(|(thread, _)| thread))),
            };
            if let Some(key) = announced {
                known.insert(key, (thread, notified.transaction_id()));
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
            let id = notified.transaction_id();
            let with_id = id.and_then(|id| address::with_appended(&location.path, id));
            for path in [Some(&*location.path), with_id.as_deref()].into_iter().flatten() {
                self.by_location
                    .add(snapshot.key((&location.host, path)), first, thread);
                self.by_path.add(snapshot.key(path), first, thread);
            }
            let host = location.host.map(|host| snapshot.key(host));
            self.with(thread, |t| t.add_host(host));
        }
        if let Some(id) = notified.transaction_id() {
            self.by_notified_id.add(snapshot.key(id), first, thread);
        }
        for leg in snapshot.legs_of(step) {
            let recipient = leg.recipient().map(|recipient| snapshot.address(recipient));
            let phone = is_at_phone(leg.bearer).then_some(snapshot.keys.server(leg));
            let at = phone.map(|phone| snapshot.key(phone));
            for key in at.into_iter().chain(recipient) {
                self.by_phone.add(key, first, thread);
            }
            self.with(thread, |t| {
                t.named = t.named.or(recipient);
                phone.into_iter().for_each(|phone| t.add_pushed_phone(phone));
                if leg.bearer == Bearer::Sip {
                    t.add_pushed_to(snapshot.keys.server(leg));
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

    /// Who asks for or confirms something.
    pub(crate) fn asker(&self, leg: Leg<'_>) -> Asker {
        let time = leg.first().time;
        let party = Party::of(leg, &self.snapshot.keys);
        Asker {
            party,
            owner: self.phonebook.number(party.host, time),
            time,
        }
    }

    /// The threads that an index has under a key, those nearest in time. Where many share it, also those of this phone
    /// that carry it, so that it does not matter how many others lie between.
    pub(crate) fn candidates(
        &self,
        found: impl Iterator<Item = ThreadId>,
        asker: &Asker,
        carries: impl Fn(&Thread) -> bool,
    ) -> Vec<ThreadId> {
        let mut found: Vec<ThreadId> = found.collect();
        if found.len() >= index::BEFORE {
            let carries = |thread: &ThreadId| self.threads.get(*thread).is_some_and(&carries);
            found.extend(self.of_phone(&self.by_phone, asker).filter(carries));
        }
        found.shared_sort();
        found.dedup();
        found
    }

    /// The threads that an index has under the number or the address of who asks.
    pub(crate) fn of_phone<'i>(
        &self,
        index: &'i Index<ThreadId>,
        asker: &Asker,
    ) -> impl Iterator<Item = ThreadId> + use<'i> {
        let address = self.snapshot.key(asker.party.host);
        let time = asker.time;
        let keys = [asker.party.number, asker.owner, Some(address)];
        keys.into_iter()
            .flatten()
            .flat_map(move |key| index.near(key, time))
    }

    /// Whether a request went to another MMSC than the one that told a thread's phone: one without a name, in another
    /// network, where its address means another host. A number that is known for the phone's goes before that.
    pub(crate) fn is_elsewhere(&self, thread: &Thread, leg: Leg<'_>, asker: &Asker) -> bool {
        let host = leg.url().and_then(|url| address::location(url).host);
        thread.is_outside(asker.party.host.network)
            && host.is_none_or(|host| address::is_ip_literal(&host))
            && thread.sameness(asker) != Sameness::SameNumber
    }

    /// How far a request is from the nearest thing that was seen of a thread.
    pub(crate) fn distance(&self, request: &Request<'_>, thread: ThreadId) -> Nanoseconds {
        let thread = self.threads.get(thread);
        thread.map_or(Nanoseconds::MAX, |thread| {
            thread.distance(request.asker.time).saturating_abs()
        })
    }

    /// The notifications of a thread, the latest first.
    pub(crate) fn notified(&self, thread: &Thread) -> impl Iterator<Item = Notified<'a>> + use<'a> {
        let snapshot = self.snapshot;
        let latest: SmallVec<[StepId; 2]> = thread
            .notifications
            .iter()
            .rev()
            .take(MAX_COMPARED)
            .copied()
            .collect();
        latest
            .into_iter()
            .filter_map(move |step| snapshot.leg(step).notified())
    }

    /// Decides which threads that announced one location again, under another transaction id, are the same message; a
    /// confirmation of the later one is one of the earlier then.
    fn settle_announced_again(&mut self) {
        for id in self.threads.ids().rev() {
            let pair = self
                .threads
                .get(id)
                .and_then(|thread| Some((thread, thread.again?)));
            let Some((later, earlier_id)) = pair else { continue };
            let confirmed = later.confirmed;
            let earlier = self.threads.get(earlier_id);
            let is_same = earlier.is_some_and(|earlier| self.is_same_message(earlier, later));
            match is_same {
                true => self.with(earlier_id, |thread| thread.confirmed |= confirmed),
                false => self.with(id, |thread| thread.again = None),
            }
        }
    }

    /// Whether what is announced again is what was announced before: as the ids or the parts of what was fetched say,
    /// else unless the phone was done with it.
    fn is_same_message(&self, earlier: &Thread, later: &Thread) -> bool {
        let fetched = |thread: &Thread| {
            let mut legs = thread.retrievals.iter().map(|step| self.snapshot.leg(*step));
            legs.find(|leg| leg.retrieved_whole())?.retrieved()
        };
        if let (Some(before), Some(after)) = (fetched(earlier), fetched(later)) {
            let ids = before.message_id().zip(after.message_id());
            let digests = before.content().digest.zip(after.content().digest);
            if let Some(same) = ids.map(|(a, b)| a == b).or(digests.map(|(a, b)| a == b)) {
                return same;
            }
        }
        let begins = later.notifications.first();
        let begins = begins.map(|step| self.snapshot.leg(*step).first().time);
        let done = self.done(earlier);
        done.zip(begins).is_none_or(|(done, begins)| begins <= done)
    }

    /// When a phone had fetched or finally answered a message.
    fn done(&self, thread: &Thread) -> Option<Timestamp> {
        let confirmed = thread.confirmations.iter().map(|step| self.snapshot.leg(*step));
        let confirmed = confirmed
            .filter(|leg| !is_deferral(*leg))
            .map(|leg| leg.first().time);
        thread.fetched.into_iter().chain(confirmed).min()
    }
}
