//! Which delivery an m-notifyresp.ind or m-acknowledge.ind confirms: by transaction id and party (OMA-TS-MMS_ENC
//! sections 6.2 and 6.4); where its notification was not captured, what its phone had just fetched.

use std::marker::PhantomData;

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::join::{By, Found, JoinRule, Joins, Search, clearly_nearer, find};
use crate::correlate::group::party::Sameness;
use crate::correlate::group::thread::Thread;
use crate::correlate::group::threads::{Builder, Request};
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::mms::PduType;
use crate::model::{Nanoseconds, SharedSort, Timestamp};

/// X-Mms-Status: retrieved.
const RETRIEVED: u8 = 0x81;
/// X-Mms-Status: deferred.
const DEFERRED: u8 = 0x83;

/// How soon after a fetch its confirmation follows, in nanoseconds: phones send it at once, and repeat it for less than
/// a minute.
const FOLLOWS_WITHIN: Nanoseconds = 60 * Timestamp::SECOND;

/// How long a notification waits for its phone's first answer, in nanoseconds: phones that are there answer within
/// minutes. Of two with one transaction id the older one is out of question only after that.
const ANSWERED_WITHIN: Nanoseconds = 300 * Timestamp::SECOND;

/// What a confirmation belongs to.
enum Confirmed {
    /// Nothing that was seen.
    Nothing,
    Thread(ThreadId, By),
    /// It may be any of some threads; the two that fit best.
    Ambiguous([ThreadId; 2], By),
}

impl<'a> Builder<'a> {
    pub(crate) fn confirmations(&mut self, joins: &mut Joins) {
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Acknowledgement) {
            let leg = snapshot.leg(step);
            let request = Request {
                leg,
                url: leg.url(),
                asker: self.asker(leg),
            };
            match self.confirmed(&request) {
                Confirmed::Thread(thread, by) => {
                    let with = self.threads.get(thread).and_then(|t| t.answered_by(leg));
                    joins.add(with.unwrap_or(step), step, by);
                    self.add_confirmation(thread, step);
                }
                Confirmed::Ambiguous(threads, by) => {
                    let shown = threads.map(|thread| self.threads.get(thread)?.steps().next());
                    joins.ambiguous(step, shown, by);
                    let first = threads.into_iter().min().unwrap_or_default();
                    self.with(first, |thread| thread.others.push(step));
                }
                Confirmed::Nothing => {
                    let thread = self.threads.push(Thread::default());
                    self.add_confirmation(thread, step);
                }
            }
        }
    }

    fn add_confirmation(&mut self, thread: ThreadId, step: StepId) {
        let snapshot = self.snapshot;
        let leg = snapshot.leg(step);
        let asker = self.asker(leg);
        if let Some(number) = self.threads.get(thread).and_then(|thread| thread.named) {
            self.phonebook.note(asker.party.host, asker.time, number);
        }
        self.with(thread, |t| {
            t.confirmations.push(step);
            snapshot
                .legs_of(step)
                .for_each(|hop| t.add_phone(snapshot.keys.client(hop)));
            t.stated = t.stated.or(asker.party.number);
            t.confirmed |= !is_deferral(leg);
            t.seen_at(snapshot.last(step));
        });
    }

    fn confirmed(&mut self, request: &Request<'a>) -> Confirmed {
        match find(&rules(), self, request) {
            None => Confirmed::Nothing,
            Some(Found {
                candidate,
                rival: Some(rival),
                by,
                ..
            }) => Confirmed::Ambiguous([candidate, rival], by),
            Some(found) => Confirmed::Thread(found.candidate, found.by),
        }
    }

    /// The threads with the transaction id of a confirmation.
    fn with_same_id(&self, request: &Request<'_>) -> Vec<ThreadId> {
        let Request { leg, asker, .. } = request;
        let Some(id) = leg.confirmed().and_then(|confirmed| confirmed.transaction_id()) else {
            return Vec::new();
        };
        let key = self.snapshot.key(id);
        let same_id = |thread: &Thread| self.has_id(thread, id);
        let notified = self.by_notified_id.near(key, asker.time);
        let mut found = self.candidates(notified, asker, same_id);
        found.extend(self.candidates(self.by_fetched_id.near(key, asker.time), asker, same_id));
        found.shared_sort();
        found.dedup();
        found
    }

    fn has_id(&self, thread: &Thread, id: &str) -> bool {
        let mut fetched = thread.retrievals.iter().map(|step| self.snapshot.leg(*step));
        self.notified(thread)
            .any(|notified| notified.transaction_id() == Some(id))
            || fetched.any(|leg| leg.retrieved().and_then(|retrieved| retrieved.transaction_id()) == Some(id))
    }

    /// Whether a thread without a notification was fetched whole right before, by the phone that confirms.
    fn was_just_fetched(&self, thread: &Thread, request: &Request<'_>, id: &str) -> bool {
        let Request { leg, asker, .. } = request;
        let host = self.mmsc(*leg);
        let since = thread.fetched.map(|fetched| asker.time.since(fetched));
        let mut ids = thread.retrievals.iter().filter_map(|step| {
            let retrieved = self.snapshot.leg(*step).retrieved()?;
            retrieved.transaction_id()
        });
        since.is_some_and(|since| (0..=FOLLOWS_WITHIN).contains(&since))
            && thread.notifications.is_empty()
            && !thread.confirmed
            && thread.sameness(asker).is_shown()
            && ids.all(|known| known == id)
            && host.is_none_or(|host| thread.hosts.is_empty() || thread.hosts.contains(&host))
    }

    /// The key of the host that a request names.
    fn mmsc(&self, leg: Leg<'_>) -> Option<u64> {
        let host = leg.url().and_then(|url| address::location(url).host)?;
        Some(self.snapshot.key(host))
    }

    /// How well a thread fits a confirmation; none where it is another phone's.
    fn fit_of_confirmation(&self, request: &Request<'_>, thread: ThreadId) -> Option<Fit> {
        let Request { leg, asker, .. } = request;
        let thread = self.threads.get(thread)?;
        let fetched = thread.fetched.is_some_and(|fetched| fetched <= asker.time);
        let sameness = thread.sameness(asker);
        if sameness == Sameness::Contradicts || self.is_elsewhere(thread, *leg, asker) {
            return None;
        }
        Some(Fit {
            before: thread.distance(asker.time) >= 0,
            is_shown: sameness.is_shown(),
            sameness,
            same_host: self.mmsc(*leg).is_some_and(|host| thread.hosts.contains(&host)),
            is_waiting: !thread.confirmed,
            fits: fetched == says_retrieved(*leg),
        })
    }
}

/// The search of a confirmation for what it confirms.
pub(crate) struct Confirmations<'a>(PhantomData<&'a ()>);

impl<'a> Search for Confirmations<'a> {
    type Context = Builder<'a>;
    type Seeker = Request<'a>;
    type Candidate = ThreadId;
    type Fit = Fit;

    fn distance(builder: &Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Nanoseconds {
        builder.distance(request, thread)
    }

    /// One that was told longer ago is out of question once its phone must have answered, unless it is at another phone.
    fn is_rival(builder: &Builder<'a>, request: &Request<'a>, best: ThreadId, other: ThreadId) -> bool {
        let (near, far) = (builder.distance(request, best), builder.distance(request, other));
        let threads = builder.threads.get(best).zip(builder.threads.get(other));
        let is_elsewhere = threads.is_some_and(|(one, other)| one.is_elsewhere(other));
        is_elsewhere || far <= ANSWERED_WITHIN || !clearly_nearer(near, far)
    }
}

/// By what a confirmation finds what it confirms.
pub(crate) fn rules<'a>() -> [&'a dyn JoinRule<Confirmations<'a>>; 4] {
    [
        &ByTransactionId,
        &ByLastFetch,
        &ByTransactionIdAlone,
        &ByOnlyTransactionId,
    ]
}

/// The transaction id and the phone.
struct ByTransactionId;

impl<'a> JoinRule<Confirmations<'a>> for ByTransactionId {
    fn by(&self) -> By {
        By::TransactionId
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        builder.with_same_id(request)
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        let fit = builder.fit_of_confirmation(request, thread);
        fit.filter(|fit| fit.is_shown && fit.before)
    }
}

/// What the phone had fetched whole right before, where its notification was not captured and nothing tells that it has
/// another transaction id.
struct ByLastFetch;

impl<'a> JoinRule<Confirmations<'a>> for ByLastFetch {
    fn by(&self) -> By {
        By::LastFetch
    }

    /// None where there are several.
    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let Request { leg, asker, .. } = request;
        let id = leg.confirmed().and_then(|confirmed| confirmed.transaction_id());
        let Some(id) = id.filter(|_| says_retrieved(*leg)) else {
            return Vec::new();
        };
        let is_it = |thread: &ThreadId| {
            let thread = builder.threads.get(*thread);
            thread.is_some_and(|thread| builder.was_just_fetched(thread, request, id))
        };
        let found = builder.of_phone(&builder.by_fetcher, asker);
        let mut found: Vec<ThreadId> = found.filter(is_it).collect();
        found.dedup();
        found.truncate(if found.len() == 1 { 1 } else { 0 });
        found
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        builder.fit_of_confirmation(request, thread)
    }
}

/// The transaction id, where nothing is known of the phone that was told.
struct ByTransactionIdAlone;

impl<'a> JoinRule<Confirmations<'a>> for ByTransactionIdAlone {
    fn by(&self) -> By {
        By::TransactionId
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        builder.with_same_id(request)
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        let fit = builder.fit_of_confirmation(request, thread);
        fit.filter(|fit| fit.sameness > Sameness::OtherAddress)
    }
}

/// The transaction id from another address: of the only one at this MMSC that waits for a confirmation, after its
/// retrieval, or whose phone's number only the confirmation tells.
struct ByOnlyTransactionId;

impl<'a> JoinRule<Confirmations<'a>> for ByOnlyTransactionId {
    fn by(&self) -> By {
        By::OnlyTransactionId
    }

    /// None where several wait.
    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let mut found = builder.with_same_id(request);
        found.retain(|thread| {
            let fit = builder.fit_of_confirmation(request, *thread);
            fit.is_some_and(|fit| fit.same_host && fit.before && fit.is_waiting)
        });
        found.truncate(if found.len() == 1 { 1 } else { 0 });
        found
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, id: ThreadId) -> Option<Fit> {
        let thread = builder.threads.get(id)?;
        let asker = &request.asker;
        let is_fetched = thread.fetched.is_some_and(|fetched| fetched <= asker.time);
        let tells_number = asker.party.number.is_some() && thread.number().is_none();
        let fit = builder.fit_of_confirmation(request, id);
        fit.filter(|_| is_fetched || tells_number)
    }
}

/// Whether a confirmation says that the phone has the message.
fn says_retrieved(leg: Leg<'_>) -> bool {
    leg.confirmed()
        .is_some_and(|c| c.pdu == PduType::ACKNOWLEDGE_IND || c.status == Some(RETRIEVED))
}

/// Whether a confirmation puts the fetch off.
pub(crate) fn is_deferral(leg: Leg<'_>) -> bool {
    leg.confirmed().is_some_and(|c| c.status == Some(DEFERRED))
}

/// How well a thread fits a confirmation; the greater the better. Whether the phone is shown counts most, whether it is
/// shown by its number less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    /// Whether it comes after something of the thread, as far as the clocks can tell.
    before: bool,
    is_shown: bool,
    sameness: Sameness,
    same_host: bool,
    /// Whether no final confirmation was seen yet.
    is_waiting: bool,
    /// Whether it was fetched as the confirmation says.
    fits: bool,
}

impl Thread {
    /// The step that a confirmation answers.
    fn answered_by(&self, leg: Leg<'_>) -> Option<StepId> {
        let acknowledges = leg.confirmed().is_some_and(|c| c.pdu == PduType::ACKNOWLEDGE_IND);
        let (first, then) = match acknowledges {
            true => (&self.retrievals, &self.notifications),
            false => (&self.notifications, &self.retrievals),
        };
        first.last().or(then.last()).copied()
    }
}
