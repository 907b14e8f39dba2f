//! One announced or fetched message at one recipient.

use smallvec::SmallVec;

use crate::correlate::group::ids::{IdVec, StepId, ThreadId};
use crate::correlate::group::index::Few;
use crate::correlate::group::party::{Party, Sameness};
use crate::model::{Host, Nanoseconds, Network, Timestamp};

/// How many addresses of one phone, and how many hosts of one MMSC, are remembered: a phone changes its address a
/// few times while a message waits for it, and an MMSC is behind a few names.
const MAX_PLACES: usize = 16;

/// How many times are remembered at which something of it was seen. Beyond it only the latest is kept up.
const MAX_TIMES: usize = 64;

/// All threads of a snapshot.
pub(crate) type Threads = IdVec<ThreadId, Thread>;

/// One announced or fetched message at one recipient; legs are named by their steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thread {
    pub(crate) notifications: Few<StepId>,
    pub(crate) retrievals: Few<StepId>,
    pub(crate) confirmations: Few<StepId>,
    /// What is shown with it and decides nothing: fetches by somebody else, confirmations that may be another's.
    pub(crate) others: Few<StepId>,
    /// The phone's addresses, as the push went there or its requests came from there.
    pub(crate) phones: SmallVec<[Host; 1]>,
    /// How many of them, the first ones, a push went to.
    pushed_phones: u8,
    /// Where short messages over IP went: to the phone, or to what passes them on.
    pub(crate) pushed_to: SmallVec<[Host; 1]>,
    /// The key of the recipient as the bearer names it.
    pub(crate) named: Option<u64>,
    /// The key of the number that its requests carry in a subscriber header.
    pub(crate) stated: Option<u64>,
    /// The thread that announced the same location to the same phone before, under another transaction id.
    pub(crate) again: Option<ThreadId>,
    /// The MMSC by the keys of the hosts of the content location.
    pub(crate) hosts: Few<u64>,
    /// Whether a final m-notifyresp.ind or m-acknowledge.ind was joined.
    pub(crate) confirmed: bool,
    /// When the whole message was first fetched.
    pub(crate) fetched: Option<Timestamp>,
    /// When something of it was seen, in time order.
    times: SmallVec<[Timestamp; 4]>,
}

impl Thread {
    /// A thread that announces again what an earlier one did, if there is one.
    pub(crate) fn after(again: Option<ThreadId>) -> Self {
        Self {
            again,
            ..Self::default()
        }
    }

    /// Adds an address that a push went to.
    pub(crate) fn add_pushed_phone(&mut self, phone: Host) {
        self.add_phone(phone);
        self.pushed_phones = u8::try_from(self.phones.len()).unwrap_or(u8::MAX);
    }

    /// The phone's addresses as pushes went there.
    pub(crate) fn pushed_phones(&self) -> impl Iterator<Item = &Host> {
        self.phones.iter().take(usize::from(self.pushed_phones))
    }

    /// Whether its phone is known to be in other networks than this one.
    pub(crate) fn is_outside(&self, network: Network) -> bool {
        let mut pushed = self.pushed_phones().map(|phone| phone.network).peekable();
        pushed.peek().is_some() && pushed.all(|other| other != network)
    }

    pub(crate) fn add_phone(&mut self, phone: Host) {
        if !self.phones.contains(&phone) && self.phones.len() < MAX_PLACES {
            self.phones.push(phone);
        }
    }

    pub(crate) fn add_pushed_to(&mut self, address: Host) {
        if !self.pushed_to.contains(&address) && self.pushed_to.len() < MAX_PLACES {
            self.pushed_to.push(address);
        }
    }

    pub(crate) fn add_host(&mut self, host: Option<u64>) {
        if let Some(host) = host.filter(|host| !self.hosts.contains(host) && self.hosts.len() < MAX_PLACES) {
            self.hosts.push(host);
        }
    }

    pub(crate) fn seen_at(&mut self, time: Timestamp) {
        if self.times.len() < MAX_TIMES {
            let place = self.times.partition_point(|other| *other <= time);
            self.times.insert(place, time);
        } else if let Some(last) = self.times.last_mut() {
            *last = time.max(*last);
        }
    }

    /// How long before a time something of it was last seen; where nothing was, how long after it (negative).
    pub(crate) fn distance(&self, time: Timestamp) -> Nanoseconds {
        let (before, after) = self
            .times
            .split_at(self.times.partition_point(|other| *other <= time));
        let nearest = before.last().or(after.first());
        nearest.map_or(Nanoseconds::MAX, |nearest| time.since(*nearest))
    }

    /// Every step of it, not in order.
    pub(crate) fn steps(&self) -> impl Iterator<Item = StepId> {
        let fetches = self.notifications.iter().chain(&self.retrievals);
        fetches.chain(&self.confirmations).copied()
    }

    /// The number of its phone: as the bearer names it, else as its requests do.
    pub(crate) fn number(&self) -> Option<u64> {
        self.named.or(self.stated)
    }

    /// Whether who asks is the phone of this thread.
    pub(crate) fn sameness(&self, asker: &Asker) -> Sameness {
        let known = |phone: &Host| *phone == asker.party.host;
        let is_owner = || asker.owner.is_some() && asker.owner == self.named;
        let same_address = match self.phones.is_empty() {
            true if self.pushed_to.iter().any(known) || is_owner() => Some(true),
            true => None,
            false => Some(self.phones.iter().any(known)),
        };
        Sameness::of(self.number().zip(asker.party.number), same_address)
    }

    /// Whether two threads are known to be at two phones.
    pub(crate) fn is_elsewhere(&self, other: &Self) -> bool {
        match self.number().zip(other.number()) {
            Some((one, other)) => one != other,
            None => {
                let mut phones = self.phones.iter();
                !self.phones.is_empty()
                    && !other.phones.is_empty()
                    && phones.all(|phone| !other.phones.contains(phone))
            }
        }
    }
}

/// Who asks for or confirms a message, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) party: Party,
    /// The number that the address was known by at that time, by other messages.
    pub(crate) owner: Option<u64>,
    pub(crate) time: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_to_the_nearest_before() {
        let mut thread = Thread::default();
        for second in [10, 30, 20] {
            thread.seen_at(Timestamp::from_seconds(second));
        }
        let distance = |second| thread.distance(Timestamp::from_seconds(second)) / Timestamp::SECOND;
        assert_eq!((distance(25), distance(100), distance(4)), (5, 70, -6));
    }

    #[test]
    fn a_thread_that_is_seen_for_ever_stays_small() {
        let mut thread = Thread::default();
        for second in 0..10_000 {
            thread.seen_at(Timestamp::from_seconds(second));
        }
        assert_eq!(thread.times.len(), MAX_TIMES);
        assert_eq!(
            thread.distance(Timestamp::from_seconds(10_001)),
            2 * Timestamp::SECOND
        );
    }
}
