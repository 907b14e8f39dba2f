//! Which notification a fetch belongs to: by content location as a client resolves it, or by the transaction id that
//! m-retrieve.conf repeats (TS 23.140 section 8.1.5), to the phone that was notified.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::index::ByKey;
use crate::correlate::group::join::{By, Found, JoinRule, Joins, Search, find};
use crate::correlate::group::matching;
use crate::correlate::group::party::{Party, Sameness, is_push};
use crate::correlate::group::thread::Thread;
use crate::correlate::group::threads::{Builder, Request};
use crate::correlate::group::tunnels::ByHost;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind, ResponseFacts};
use crate::correlate::store::pdus::Retrieved;
use crate::model::{Host, Nanoseconds, SharedSort};

/// What a fetch belongs to.
enum Fetch {
    /// Nothing that was announced.
    Unannounced,
    Of(ThreadId, By),
    /// Somebody else fetched what was announced to this thread's phone.
    ByAnother(ThreadId),
    /// It may be either of two phones'.
    Ambiguous([ThreadId; 2], By),
}

/// How well a thread fits a fetch; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    /// Whether it is not another phone's. Of what is only another's, somebody else fetched it.
    may_be: bool,
    /// Whether the answer repeats its transaction id.
    repeats_id: bool,
    is_shown: bool,
    /// Whether it comes after something of the thread, as far as the clocks can tell.
    before: bool,
    sameness: Sameness,
    /// Whether the answer is for its recipient, and from its sender: 0 where that is not known, -1 where it is not.
    recipient: i8,
    sender: i8,
}

impl Fit {
    /// Whether something shows that it is the phone's own.
    pub(crate) const fn is_of_the_phone(&self) -> bool {
        self.may_be && self.is_shown
    }
}

/// The search of a fetch for the notification that announced it.
pub(crate) struct Fetches<'a>(PhantomData<&'a ()>);

impl<'a> Search for Fetches<'a> {
    type Context = Builder<'a>;
    type Seeker = Request<'a>;
    type Candidate = ThreadId;
    type Fit = Fit;

    fn distance(builder: &Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Nanoseconds {
        builder.distance(request, thread)
    }

    /// Between two phones nearness in time decides nothing.
    fn is_rival(builder: &Builder<'a>, request: &Request<'a>, best: ThreadId, other: ThreadId) -> bool {
        let threads = builder.threads.get(best).zip(builder.threads.get(other));
        threads.is_some_and(|(best, other)| {
            let is_anothers = best.sameness(&request.asker) == Sameness::Contradicts;
            !is_anothers && best.is_elsewhere(other)
        })
    }
}

/// By what a fetch finds the notification that announced it.
pub(crate) fn rules<'a>() -> [&'a dyn JoinRule<Fetches<'a>>; 5] {
    [&ByLocation, &ByPath, &ByRepeatedId, &ByHost, &ByAnnouncement]
}

/// The content location as a client resolves it.
struct ByLocation;

impl<'a> JoinRule<Fetches<'a>> for ByLocation {
    fn by(&self) -> By {
        By::Location
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let Some(location) = request.url.map(address::location) else {
            return Vec::new();
        };
        let host = location.host.as_ref().map(|host| builder.snapshot.key(host));
        let same_host = |thread: &Thread| {
            builder.announces_path(thread, &location.path)
                && host.is_none_or(|host| thread.hosts.contains(&host))
        };
        let key = builder.snapshot.key((&location.host, &location.path));
        let near = builder.by_location.near(key, request.asker.time);
        builder.candidates(near, &request.asker, same_host)
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        builder.fit(request, thread)
    }
}

/// Its path and query, where something shows that it is the same MMSC behind a proxy.
struct ByPath;

impl<'a> JoinRule<Fetches<'a>> for ByPath {
    fn by(&self) -> By {
        By::LocationPath
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let Some(location) = request.url.map(address::location) else {
            return Vec::new();
        };
        let same_path = |thread: &Thread| builder.announces_path(thread, &location.path);
        let key = builder.snapshot.key(&location.path);
        let near = builder.by_path.near(key, request.asker.time);
        builder.candidates(near, &request.asker, same_path)
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        let location = request.url.map(address::location)?;
        let named = location.host.is_some_and(|host| !address::is_ip_literal(&host));
        let fit = builder.fit(request, thread);
        fit.filter(|_| builder.is_same_mmsc(thread, request.leg, named))
    }
}

/// The transaction id that m-retrieve.conf repeats, and the phone: where the request was not captured, or its target is
/// another than the one announced.
struct ByRepeatedId;

impl<'a> JoinRule<Fetches<'a>> for ByRepeatedId {
    fn by(&self) -> By {
        By::TransactionId
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let retrieved = request.leg.retrieved();
        let Some(id) = retrieved.and_then(|retrieved| retrieved.transaction_id()) else {
            return Vec::new();
        };
        let same_id = |thread: &Thread| builder.notified(thread).any(|n| n.transaction_id() == Some(id));
        let key = builder.snapshot.key(id);
        let near = builder.by_notified_id.near(key, request.asker.time);
        builder.candidates(near, &request.asker, same_id)
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        let is_alone = request.leg.url().is_none();
        let fit = builder.fit(request, thread);
        fit.filter(|fit| fit.is_shown || is_alone && fit.sameness == Sameness::Unknown)
    }
}

/// Sender, subject and size: an answer whose request was not captured, and whose id tells nothing (a fetch that was put off
/// has one of its own), belongs to what the phone was last told of.
struct ByAnnouncement;

impl<'a> JoinRule<Fetches<'a>> for ByAnnouncement {
    fn by(&self) -> By {
        By::Likeness
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let is_alone = request.leg.url().is_none();
        let Some(retrieved) = request.leg.retrieved().filter(|_| is_alone) else {
            return Vec::new();
        };
        let mut found: Vec<ThreadId> = builder.of_phone(&builder.by_phone, &request.asker).collect();
        if let Some(only) = retrieved.only_recipient() {
            let key = builder.snapshot.address(only);
            found.extend(builder.by_phone.near(key, request.asker.time));
        }
        found.shared_sort();
        found.dedup();
        found
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        let announces = builder.announces(builder.threads.get(thread)?, request.leg.retrieved()?);
        builder.fit(request, thread).filter(|_| announces)
    }
}

impl<'a> Builder<'a> {
    /// Every fetch joins the notification that announced its target; one that nobody announced is only ours
    /// where its answer is.
    pub(crate) fn retrievals(&mut self, joins: &mut Joins) {
        let mut unannounced: ByKey<ThreadId> = ByKey::default();
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Retrieval) {
            let leg = snapshot.leg(step);
            // What a tunnel is asked for has no path.
            let url = snapshot.asked(step).url().filter(|_| !leg.is_connect());
            let fetch = self.fetch(&Request {
                leg,
                url,
                asker: self.asker(leg),
            });
            if let Fetch::Ambiguous(threads, by) = fetch {
                let shown = threads.map(|thread| self.threads.get(thread)?.steps().next());
                joins.ambiguous(step, shown, by);
            }
            match fetch {
                Fetch::Of(thread, by) => {
                    let last = self
                        .threads
                        .get(thread)
                        .and_then(|t| t.notifications.last().copied());
                    joins.add(last.unwrap_or(step), step, by);
                    self.add_retrieval(thread, step);
                }
                Fetch::Unannounced | Fetch::Ambiguous(..) if is_ours(leg) => {
                    let thread = self.unannounced(step, leg, &mut unannounced, joins);
                    self.add_retrieval(thread, step);
                }
                Fetch::ByAnother(thread) | Fetch::Ambiguous([thread, _], _) => {
                    self.with(thread, |thread| thread.others.push(step));
                }
                Fetch::Unannounced => {}
            }
        }
        self.by_fetched_id.sort();
        self.by_fetcher.sort();
    }

    /// The thread of a fetch without a notification: fetches of one location by one client are one.
    fn unannounced(
        &mut self,
        step: StepId,
        leg: Leg<'_>,
        known: &mut ByKey<ThreadId>,
        joins: &mut Joins,
    ) -> ThreadId {
        let key = leg.url().map(|url| {
            let location = address::location(url);
            let party = Party::of(leg, &self.snapshot.keys);
            let phone = party.number.unwrap_or_else(|| self.snapshot.key(party.host));
            self.snapshot.key((location.host, location.path, phone))
        });
        if let Some(thread) = key.and_then(|key| known.get(&key).copied()) {
            let first = self
                .threads
                .get(thread)
                .and_then(|t| t.retrievals.first().copied());
            joins.add(first.unwrap_or(step), step, By::Location);
            return thread;
        }
        let thread = self.threads.push(Thread::default());
        known.extend(key.map(|key| (key, thread)));
        thread
    }

    fn fetch(&mut self, request: &Request<'a>) -> Fetch {
        match find(&rules(), self, request) {
            None => Fetch::Unannounced,
            Some(found) if !found.fit.may_be => Fetch::ByAnother(found.candidate),
            Some(Found {
                candidate,
                rival: Some(rival),
                by,
                ..
            }) => Fetch::Ambiguous([candidate, rival], by),
            Some(found) => Fetch::Of(found.candidate, found.by),
        }
    }

    /// Whether one of its notifications announced this path and query.
    fn announces_path(&self, thread: &Thread, path: &str) -> bool {
        let announced = self.notified(thread).filter_map(|notified| notified.location());
        let mut announced = announced.map(address::location);
        announced.any(|announced| announced.path == path)
    }

    /// Whether a notification has the sender, subject and size of what was fetched.
    fn announces(&self, thread: &Thread, retrieved: Retrieved<'_>) -> bool {
        self.notified(thread).any(|notified| {
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
        let announced = || {
            self.notified(thread)
                .filter_map(|notified| notified.transaction_id())
        };
        let fetched = leg.retrieved().and_then(|retrieved| retrieved.transaction_id());
        match fetched {
            Some(id) => announced().next().is_none() || announced().any(|other| other == id),
            None => !named || thread.phones.contains(&self.snapshot.keys.client(leg)),
        }
    }

    pub(crate) fn fit(&self, request: &Request<'_>, thread: ThreadId) -> Option<Fit> {
        let Request { leg, asker, .. } = request;
        let thread = self.threads.get(thread)?;
        if self.is_elsewhere(thread, *leg, asker) {
            return None;
        }
        let retrieved = leg.retrieved().filter(|retrieved| retrieved.is_ok());
        let agrees = |known: Option<u64>, fetched: Option<&str>| match known.zip(fetched) {
            Some((known, fetched)) if known == self.snapshot.address(fetched) => 1,
            Some(_) => -1,
            None => 0,
        };
        let id = retrieved.and_then(|retrieved| retrieved.transaction_id());
        let announced = self.notified(thread).find_map(|notified| notified.sender());
        let announced = announced.map(|sender| self.snapshot.address(sender));
        let sameness = thread.sameness(asker);
        Some(Fit {
            may_be: sameness != Sameness::Contradicts,
            repeats_id: id.is_some()
                && self
                    .notified(thread)
                    .any(|notified| notified.transaction_id() == id),
            is_shown: sameness.is_shown(),
            before: thread.distance(asker.time) >= 0,
            sameness,
            recipient: agrees(thread.named, retrieved.and_then(Retrieved::only_recipient)),
            sender: agrees(announced, retrieved.and_then(|retrieved| retrieved.sender())),
        })
    }

    fn add_retrieval(&mut self, thread: ThreadId, step: StepId) {
        let snapshot = self.snapshot;
        let leg = snapshot.leg(step);
        let last = snapshot.last(step);
        if let Some(id) = leg.retrieved().and_then(|retrieved| retrieved.transaction_id()) {
            self.by_fetched_id.add(snapshot.key(id), leg.last().time, thread);
        }
        let party = Party::of(leg, &snapshot.keys);
        if leg.retrieved_whole() {
            let address = snapshot.key(party.host);
            for key in party.number.into_iter().chain([address]) {
                self.by_fetcher.add(key, last, thread);
            }
        }
        let url = snapshot.asked(step).url();
        let host = url.and_then(|url| address::location(url).host);
        let host = host.map(|host| snapshot.key(host));
        let named = self.threads.get(thread).and_then(|thread| thread.named);
        let only = || leg.retrieved().and_then(Retrieved::only_recipient);
        if let Some(number) = named.or_else(|| only().map(|only| snapshot.address(only))) {
            self.phonebook.note(party.host, leg.first().time, number);
        }
        self.with(thread, |t| {
            snapshot
                .legs_of(step)
                .for_each(|hop| t.add_phone(snapshot.keys.client(hop)));
            t.stated = t.stated.or(party.number);
            t.add_host(host);
            t.retrievals.push(step);
            let fetched = leg.retrieved_whole().then_some(last);
            t.fetched = t.fetched.into_iter().chain(fetched).min();
            t.seen_at(last);
        });
    }

    /// Takes away from threads what somebody else fetched: from another address than the one that the push went to,
    /// which is no proxy's, and without a confirmation that ties it to the notification.
    pub(crate) fn part_from_strangers(&mut self, joins: &mut Joins) {
        let mut strangers = Vec::new();
        for (id, thread) in self.threads.iter() {
            let fetches = thread
                .retrievals
                .iter()
                .filter(|step| self.is_stranger(thread, **step));
            strangers.extend(fetches.map(|step| (id, *step)));
        }
        if strangers.is_empty() {
            return;
        }
        let proxies = self.proxies();
        strangers.retain(|(_, step)| !proxies.contains(&self.client(*step)));
        for (id, step) in &strangers {
            self.with(*id, |thread| {
                thread.retrievals.retain(|own| own != step);
                thread.others.push(*step);
            });
            let fetched = self
                .threads
                .get(*id)
                .into_iter()
                .flat_map(|thread| &thread.retrievals);
            let whole = fetched.filter(|step| self.snapshot.leg(**step).retrieved_whole());
            let fetched = whole.map(|step| self.snapshot.last(*step)).min();
            self.with(*id, |thread| thread.fetched = fetched);
        }
        let gone: HashSet<StepId> = strangers.into_iter().map(|(_, step)| step).collect();
        joins
            .made
            .retain(|join| !join.steps().iter().any(|step| gone.contains(step)));
    }

    /// Whether a fetch came from an address that is known for none of its phone's, and nothing else ties it. What asks
    /// another host than the announced one is a gateway.
    fn is_stranger(&self, thread: &Thread, step: StepId) -> bool {
        let hosts = |url: Option<&str>| url.and_then(|url| address::location(url).host.map(Cow::into_owned));
        let announced = self
            .notified(thread)
            .find_map(|notified| hosts(notified.location()));
        let asked = self.snapshot.asked(step);
        let is_pushed = |leg: Leg<'_>| {
            let client = self.snapshot.keys.client(leg);
            thread.pushed_phones().any(|phone| *phone == client)
        };
        let ties = |confirmation: &StepId| {
            let later = self.snapshot.leg(*confirmation).first() > asked.first();
            self.client(*confirmation) == self.client(step) || later
        };
        thread.pushed_phones().next().is_some()
            && thread.number().is_none()
            && announced.is_none_or(|host| hosts(asked.url()).is_none_or(|asked| asked == host))
            && !self.snapshot.legs_of(step).any(is_pushed)
            && !thread.confirmations.iter().any(ties)
    }

    fn client(&self, step: StepId) -> Host {
        self.snapshot.keys.client(self.snapshot.leg(step))
    }

    /// Hosts that more than one phone asks from, or that pass on what others asked.
    pub(crate) fn proxies(&self) -> HashSet<Host> {
        let requests = || self.snapshot.legs.iter().filter(|leg| !is_push(*leg));
        let asked: HashSet<Host> = requests().map(|leg| self.snapshot.keys.server(leg)).collect();
        let mut numbers: HashMap<Host, u64> = HashMap::new();
        let mut proxies = HashSet::new();
        for leg in requests() {
            let party = Party::of(leg, &self.snapshot.keys);
            let number = party.number;
            let other = number.is_some_and(|number| *numbers.entry(party.host).or_insert(number) != number);
            if leg.relayed || other || asked.contains(&party.host) {
                proxies.insert(party.host);
            }
        }
        proxies
    }
}

/// Whether an exchange that no notification announced is a retrieval all the same: its answer is MMS or says so.
fn is_ours(leg: Leg<'_>) -> bool {
    let claims = leg.reply().is_some_and(|reply| reply.claims_mms);
    let is_of_web = leg.is_get() || leg.is_connect();
    !is_of_web || claims || !matches!(leg.response_facts(), ResponseFacts::Nothing)
}
