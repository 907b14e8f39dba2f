//! Which delivery an m-notifyresp.ind or m-acknowledge.ind confirms: by transaction id within client and MMSC,
//! nearest in time (OMA-TS-MMS_ENC sections 6.2 and 6.4).

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::join::{By, Joins, clearly_nearer};
use crate::correlate::group::thread::Thread;
use crate::correlate::group::threads::Builder;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::mms::MessageType;
use crate::model::{Nanoseconds, Timestamp};

/// X-Mms-Status: retrieved.
const RETRIEVED: u8 = 0x81;
/// X-Mms-Status: deferred.
const DEFERRED: u8 = 0x83;

impl Builder<'_> {
    pub(crate) fn confirmations(&mut self, joins: &mut Joins) {
        let snapshot = self.snapshot;
        for step in snapshot.of_kind(LegKind::Acknowledgement) {
            let leg = self.snapshot.leg(step);
            let thread = match self.confirmed_thread(step, leg, joins) {
                Some(thread) => {
                    let with = self.threads.get(thread).and_then(|t| t.answered_by(leg));
                    joins.add(with.unwrap_or(step), step, By::TransactionId);
                    thread
                }
                None => self.threads.push(Thread::default()),
            };
            if let Some(number) = self.threads.get(thread).and_then(|thread| thread.named) {
                self.phonebook
                    .note(leg.client().address, leg.first().time, number);
            }
            let last = self.snapshot.last(step);
            let deferred = leg.confirmed().is_some_and(|c| c.status == Some(DEFERRED));
            self.with(thread, |t| {
                t.confirmations.push(step);
                t.add_phone(leg.client().address);
                t.confirmed |= !deferred;
                t.seen_at(last);
            });
        }
    }

    /// The thread whose transaction id a confirmation carries: of the same client; or, where the client of the
    /// thread is not known, of the same MMSC or subscriber; the nearest before it.
    fn confirmed_thread(&self, step: StepId, leg: Leg<'_>, joins: &mut Joins) -> Option<ThreadId> {
        let id = leg.confirmed()?.transaction_id()?;
        let time = leg.first().time;
        let key = self.snapshot.key(id);
        let mut candidates: Vec<ThreadId> = self.by_notified_id.near(key, time).collect();
        candidates.extend(self.by_fetched_id.near(key, time));
        candidates.sort_unstable();
        candidates.dedup();
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
            let shown = |thread: ThreadId| self.threads.get(thread).and_then(|t| t.steps().next());
            joins.ambiguous(step, [shown(thread), shown(*rival)], By::TransactionId);
            return None;
        }
        Some(thread)
    }

    fn rank_confirmation(&self, thread: &Thread, leg: Leg<'_>, time: Timestamp) -> Option<Confirmation> {
        let owner = self.phonebook.number(leg.client().address, time);
        let client = thread.knows_phone(leg.client().address, owner);
        if client < 0 {
            return None;
        }
        let host = leg.url().and_then(|url| address::location(url).host);
        let same_host = host.is_some_and(|host| thread.hosts.contains(&self.snapshot.key(host)));
        let number = leg.subscriber().map(|number| self.snapshot.address(number));
        let subscriber = thread.knows_number(number);
        let status = leg.confirmed().and_then(|c| c.status);
        let retrieved = leg
            .confirmed()
            .is_some_and(|c| c.pdu == MessageType::ACKNOWLEDGE_IND)
            || status == Some(RETRIEVED);
        let fetched = thread.fetched.is_some_and(|fetched| fetched <= time);
        let distance = thread.distance(time);
        Some(Confirmation {
            client,
            place: subscriber * 2 + i8::from(same_host),
            fits: (i8::from(!thread.confirmed) * 2) + i8::from(fetched == retrieved),
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

impl Thread {
    /// The step that a confirmation answers.
    fn answered_by(&self, leg: Leg<'_>) -> Option<StepId> {
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
