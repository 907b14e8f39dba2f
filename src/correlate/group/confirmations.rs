//! Which delivery an m-notifyresp.ind or m-acknowledge.ind confirms: by transaction id and party (OMA-TS-MMS_ENC
//! sections 6.2 and 6.4); where its notification was not captured, what its phone had just fetched.

use std::cmp::Reverse;

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::join::{By, Joins, clearly_nearer};
use crate::correlate::group::party::Sameness;
use crate::correlate::group::thread::{Asker, Thread};
use crate::correlate::group::threads::Builder;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::mms::PduType;
use crate::model::{Nanoseconds, Timestamp};

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
    Ambiguous([ThreadId; 2]),
}

impl Builder<'_> {
    pub(crate) fn confirmations(&mut self, joins: &mut Joins) {
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Acknowledgement) {
            let leg = snapshot.leg(step);
            match self.confirmed(leg) {
                Confirmed::Thread(thread, by) => {
                    let with = self.threads.get(thread).and_then(|t| t.answered_by(leg));
                    joins.add(with.unwrap_or(step), step, by);
                    self.add_confirmation(thread, step);
                }
                Confirmed::Ambiguous(threads) => {
                    let shown = threads.map(|thread| self.threads.get(thread)?.steps().next());
                    joins.ambiguous(step, shown, By::TransactionId);
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

    fn confirmed(&self, leg: Leg<'_>) -> Confirmed {
        let Some(id) = leg.confirmed().and_then(|confirmed| confirmed.transaction_id()) else {
            return Confirmed::Nothing;
        };
        let asker = self.asker(leg);
        let ranked = self.ranked(id, leg, &asker);
        let is_shown = ranked.first().is_some_and(|(best, _)| best.sameness.is_shown());
        if let Some(thread) = self.last_fetch(leg, id, &asker).filter(|_| !is_shown) {
            return Confirmed::Thread(thread, By::LastFetch);
        }
        let Some(((best, thread), rest)) = ranked.split_first() else {
            return Confirmed::Nothing;
        };
        if best.sameness == Sameness::OtherAddress {
            return match self.is_only_one(&ranked, &asker) {
                true => Confirmed::Thread(*thread, By::OnlyTransactionId),
                false => Confirmed::Nothing,
            };
        }
        let rival = rest.first().filter(|(rival, other)| {
            let threads = self.threads.get(*thread).zip(self.threads.get(*other));
            let is_elsewhere = threads.is_some_and(|(one, other)| one.is_elsewhere(other));
            let is_too_old =
                rival.distance > ANSWERED_WITHIN && clearly_nearer(best.distance, rival.distance);
            rival.rank() == best.rank() && (is_elsewhere || !is_too_old)
        });
        match rival {
            Some((_, rival)) => Confirmed::Ambiguous([*thread, *rival]),
            None => Confirmed::Thread(*thread, By::TransactionId),
        }
    }

    /// The threads with a transaction id, but for those of another phone, those that fit best first.
    fn ranked(&self, id: &str, leg: Leg<'_>, asker: &Asker) -> Vec<(Fit, ThreadId)> {
        let key = self.snapshot.key(id);
        let same_id = |thread: &Thread| self.has_id(thread, id);
        let notified = self.by_notified_id.near(key, asker.time);
        let mut candidates = self.candidates(notified, asker, same_id);
        candidates.extend(self.candidates(self.by_fetched_id.near(key, asker.time), asker, same_id));
        candidates.sort_unstable();
        candidates.dedup();
        let fits = candidates.into_iter().filter_map(|id| {
            let thread = self.threads.get(id)?;
            let fit = self.fit_of_confirmation(thread, leg, asker);
            let may_be = fit.sameness > Sameness::Contradicts && !self.is_elsewhere(thread, leg, asker);
            may_be.then_some((fit, id))
        });
        let mut ranked: Vec<_> = fits.collect();
        ranked.sort_by_key(|(fit, id)| (Reverse(fit.rank()), fit.distance, *id));
        ranked
    }

    fn has_id(&self, thread: &Thread, id: &str) -> bool {
        let mut fetched = thread.retrievals.iter().map(|step| self.snapshot.leg(*step));
        self.notified(thread)
            .any(|notified| notified.transaction_id() == Some(id))
            || fetched.any(|leg| leg.retrieved().and_then(|retrieved| retrieved.transaction_id()) == Some(id))
    }

    /// Whether the best of those at other addresses is the only one at this MMSC that waits for a confirmation, after its
    /// retrieval; or one whose phone's number only the confirmation tells.
    fn is_only_one(&self, ranked: &[(Fit, ThreadId)], asker: &Asker) -> bool {
        let is_at_mmsc = |fit: &Fit| fit.same_host && fit.before && fit.is_waiting;
        let mut waiting = ranked.iter().filter(|(fit, _)| is_at_mmsc(fit));
        let only = waiting.next().filter(|_| waiting.next().is_none());
        let Some(thread) = only.and_then(|(_, thread)| self.threads.get(*thread)) else {
            return false;
        };
        let is_fetched = thread.fetched.is_some_and(|fetched| fetched <= asker.time);
        is_fetched || asker.party.number.is_some() && thread.number().is_none()
    }

    /// What the phone had fetched whole right before, where nothing tells that it has another transaction id.
    fn last_fetch(&self, leg: Leg<'_>, id: &str, asker: &Asker) -> Option<ThreadId> {
        if !says_retrieved(leg) {
            return None;
        }
        let host = self.mmsc(leg);
        let is_it = |thread: &Thread| {
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
        };
        let found = self.of_phone(&self.by_fetcher, asker);
        let mut found = found.filter(|id| self.threads.get(*id).is_some_and(is_it));
        let only = found.next()?;
        found.all(|other| other == only).then_some(only)
    }

    /// The key of the host that a request names.
    fn mmsc(&self, leg: Leg<'_>) -> Option<u64> {
        let host = leg.url().and_then(|url| address::location(url).host)?;
        Some(self.snapshot.key(host))
    }

    fn fit_of_confirmation(&self, thread: &Thread, leg: Leg<'_>, asker: &Asker) -> Fit {
        let fetched = thread.fetched.is_some_and(|fetched| fetched <= asker.time);
        let distance = thread.distance(asker.time);
        Fit {
            sameness: thread.sameness(asker),
            same_host: self.mmsc(leg).is_some_and(|host| thread.hosts.contains(&host)),
            is_waiting: !thread.confirmed,
            fits: fetched == says_retrieved(leg),
            before: distance >= 0,
            distance: distance.saturating_abs(),
        }
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

/// How well a thread fits a confirmation.
#[derive(Clone, Copy, Debug)]
struct Fit {
    /// Whether it comes after something of the thread, as far as the clocks can tell.
    before: bool,
    sameness: Sameness,
    same_host: bool,
    /// Whether no final confirmation was seen yet.
    is_waiting: bool,
    /// Whether it was fetched as the confirmation says.
    fits: bool,
    distance: Nanoseconds,
}

impl Fit {
    /// The greater the better. Whether the phone is shown counts most, whether it is shown by its number less.
    fn rank(self) -> (bool, bool, Sameness, bool, bool, bool) {
        let shown = self.sameness.is_shown();
        (
            self.before,
            shown,
            self.sameness,
            self.same_host,
            self.is_waiting,
            self.fits,
        )
    }
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
