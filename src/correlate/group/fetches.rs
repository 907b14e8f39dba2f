//! Which notification a fetch belongs to: by content location as a client resolves it, or by the transaction id that
//! m-retrieve.conf repeats (TS 23.140 section 8.1.5), to the phone that was notified.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::index::ByKey;
use crate::correlate::group::join::{By, Joins};
use crate::correlate::group::matching;
use crate::correlate::group::party::{Party, Sameness, is_push};
use crate::correlate::group::thread::{Asker, Thread};
use crate::correlate::group::threads::Builder;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind, ResponseFacts};
use crate::correlate::store::pdus::Retrieved;
use crate::model::{Host, Nanoseconds};

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
struct Fit {
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

impl Builder<'_> {
    /// Every fetch joins the notification that announced its target; one that nobody announced is only ours
    /// where its answer is.
    pub(crate) fn retrievals(&mut self, joins: &mut Joins) {
        let mut unannounced: ByKey<ThreadId> = ByKey::default();
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Retrieval) {
            let leg = snapshot.leg(step);
            let url = snapshot.asked(step).url();
            let fetch = self.fetch(leg, url);
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

    fn fetch(&self, leg: Leg<'_>, url: Option<&str>) -> Fetch {
        let asker = self.asker(leg);
        let fetch = match url {
            Some(url) => self.fetch_of_url(leg, url, &asker),
            None => Fetch::Unannounced,
        };
        match (fetch, leg.retrieved()) {
            (Fetch::Unannounced, Some(retrieved)) => self.fetch_of_answer(leg, retrieved, &asker),
            (fetch, _) => fetch,
        }
    }

    fn fetch_of_url(&self, leg: Leg<'_>, url: &str, asker: &Asker) -> Fetch {
        let location = address::location(url);
        let same_path = |thread: &Thread| {
            let announced = self.notified(thread).filter_map(|notified| notified.location());
            let mut announced = announced.map(address::location);
            announced.any(|announced| announced.path == location.path)
        };
        let same_host = |thread: &Thread| {
            let host = location.host.as_ref().map(|host| self.snapshot.key(host));
            same_path(thread) && host.is_none_or(|host| thread.hosts.contains(&host))
        };
        let key = self.snapshot.key((&location.host, &location.path));
        let absolute = self.candidates(self.by_location.near(key, asker.time), asker, same_host);
        match self.choose(leg, asker, absolute, By::Location) {
            Fetch::Unannounced => {}
            fetch => return fetch,
        }
        let named = location
            .host
            .as_deref()
            .is_some_and(|host| !address::is_ip_literal(host));
        let key = self.snapshot.key(&location.path);
        let mut proven = self.candidates(self.by_path.near(key, asker.time), asker, same_path);
        proven.retain(|thread| self.is_same_mmsc(*thread, leg, named));
        self.choose(leg, asker, proven, By::LocationPath)
    }

    /// The transaction id of an answer and the phone tell what it answers, where its request was not captured or its
    /// target is another than the one announced. Without an id, an answer whose request was not captured belongs to
    /// what the phone was last told of: same sender, subject and size.
    fn fetch_of_answer(&self, leg: Leg<'_>, retrieved: Retrieved<'_>, asker: &Asker) -> Fetch {
        let is_alone = leg.url().is_none();
        if let Some(id) = retrieved.transaction_id() {
            let same_id = |thread: &Thread| self.notified(thread).any(|n| n.transaction_id() == Some(id));
            let found = self.by_notified_id.near(self.snapshot.key(id), asker.time);
            let mut candidates = self.candidates(found, asker, same_id);
            candidates.retain(|thread| {
                let sameness = self.threads.get(*thread).map(|thread| thread.sameness(asker));
                sameness.is_some_and(|it| it.is_shown() || is_alone && it == Sameness::Unknown)
            });
            return self.choose(leg, asker, candidates, By::TransactionId);
        }
        if !is_alone {
            return Fetch::Unannounced;
        }
        let mut candidates: Vec<ThreadId> = self.of_phone(&self.by_phone, asker).collect();
        if let Some(only) = retrieved.only_recipient() {
            candidates.extend(self.by_phone.near(self.snapshot.address(only), asker.time));
        }
        candidates.retain(|thread| {
            self.threads
                .get(*thread)
                .is_some_and(|thread| self.announces(thread, retrieved))
        });
        candidates.sort_unstable();
        candidates.dedup();
        self.choose(leg, asker, candidates, By::Likeness)
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

    /// The thread that fits best. Between two phones nearness in time decides nothing.
    fn choose(&self, leg: Leg<'_>, asker: &Asker, candidates: Vec<ThreadId>, by: By) -> Fetch {
        let mut ranked: Vec<(Fit, Nanoseconds, ThreadId)> = Vec::with_capacity(candidates.len());
        let mut anothers: Option<(Nanoseconds, ThreadId)> = None;
        for id in candidates {
            let Some(thread) = self.threads.get(id) else {
                continue;
            };
            if self.is_elsewhere(thread, leg, asker) {
                continue;
            }
            let distance = thread.distance(asker.time);
            let fit = self.fit(thread, leg, asker, distance >= 0);
            let distance = distance.saturating_abs();
            if fit.sameness == Sameness::Contradicts {
                anothers = anothers.into_iter().chain([(distance, id)]).min();
            } else {
                ranked.push((fit, distance, id));
            }
        }
        ranked.sort_by(|(a, near, i), (b, far, j)| b.cmp(a).then(near.cmp(far)).then(i.cmp(j)));
        let Some((best, rest)) = ranked.split_first() else {
            return anothers.map_or(Fetch::Unannounced, |(_, thread)| Fetch::ByAnother(thread));
        };
        let thread = self.threads.get(best.2);
        let equal = rest.iter().take_while(|(fit, _, _)| *fit == best.0);
        let mut rivals = equal.filter(|(_, _, rival)| {
            let rival = self.threads.get(*rival);
            thread
                .zip(rival)
                .is_some_and(|(thread, rival)| thread.is_elsewhere(rival))
        });
        match rivals.next() {
            Some((_, _, rival)) => Fetch::Ambiguous([best.2, *rival], by),
            None => Fetch::Of(best.2, by),
        }
    }

    fn fit(&self, thread: &Thread, leg: Leg<'_>, asker: &Asker, before: bool) -> Fit {
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
        Fit {
            repeats_id: id.is_some()
                && self
                    .notified(thread)
                    .any(|notified| notified.transaction_id() == id),
            is_shown: sameness.is_shown(),
            before,
            sameness,
            recipient: agrees(thread.named, retrieved.and_then(Retrieved::only_recipient)),
            sender: agrees(announced, retrieved.and_then(|retrieved| retrieved.sender())),
        }
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
    !leg.is_get() || claims || !matches!(leg.response_facts(), ResponseFacts::Nothing)
}
