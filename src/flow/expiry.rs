//! When to look at a connection again: queues in capture time, one per waiting time, so that nothing is ever scanned.

use std::collections::VecDeque;

use super::slot_id::{Generation, SlotId};
use crate::model::Timestamp;

/// Why a connection is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// An open TCP connection may have been silent for too long.
    TcpIdle,
    /// A closed connection may be forgotten.
    Linger,
    /// The same of one that was none of ours.
    ForeignLinger,
    /// A UDP flow may have been silent for too long.
    UdpIdle,
    /// A flow of datagrams that nobody recognises may have been silent for too long.
    UnrecognisedIdle,
    /// A connection that nobody listens to may have been silent for too long.
    BackgroundIdle,
    /// Octets that were acknowledged may have come too late.
    Reorder,
}

impl Wake {
    const ALL: [Self; 7] = [
        Self::TcpIdle,
        Self::Linger,
        Self::ForeignLinger,
        Self::UdpIdle,
        Self::UnrecognisedIdle,
        Self::BackgroundIdle,
        Self::Reorder,
    ];

    /// Where what is given up first is found where there are too many: closed connections before those of no
    /// interest, those before ours.
    pub(super) const EVICTED: [Self; 6] = [
        Self::ForeignLinger,
        Self::Linger,
        Self::UnrecognisedIdle,
        Self::BackgroundIdle,
        Self::UdpIdle,
        Self::TcpIdle,
    ];

    /// Whether it is for a closed connection.
    pub(super) const fn lingers(self) -> bool {
        matches!(self, Self::Linger | Self::ForeignLinger)
    }

    const fn index(self) -> usize {
        match self {
            Self::TcpIdle => 0,
            Self::Linger => 1,
            Self::ForeignLinger => 2,
            Self::UdpIdle => 3,
            Self::UnrecognisedIdle => 4,
            Self::BackgroundIdle => 5,
            Self::Reorder => 6,
        }
    }
}

/// A connection to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) due: Timestamp,
    pub(super) slot: SlotId,
    pub(super) generation: Generation,
}

/// The queues. In each, entries become due in the order they were put in, as all wait equally long.
#[derive(Debug)]
pub(super) struct Queues {
    queues: [VecDeque<Entry>; Wake::ALL.len()],
    /// No entry is due before this: one comparison is all that most packets cost here.
    quiet_until: Timestamp,
}

impl Default for Queues {
    fn default() -> Self {
        Self {
            queues: Default::default(),
            quiet_until: NEVER,
        }
    }
}

const ALWAYS: Timestamp = Timestamp::from_nanoseconds(i64::MIN);
const NEVER: Timestamp = Timestamp::from_nanoseconds(i64::MAX);

impl Queues {
    /// Puts an entry at the end of its queue.
    pub(super) fn put(&mut self, wake: Wake, entry: Entry) {
        if let Some(queue) = self.queues.get_mut(wake.index()) {
            self.quiet_until = self.quiet_until.min(entry.due);
            queue.push_back(entry);
        }
    }

    /// The next entry that is due.
    #[inline]
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<(Wake, Entry)> {
        if now < self.quiet_until {
            return None;
        }
        let due = self.take_first_due(now);
        if due.is_none() {
            let fronts = self.queues.iter().filter_map(VecDeque::front);
            self.quiet_until = fronts.map(|entry| entry.due).min().unwrap_or(NEVER);
        }
        due
    }

    fn take_first_due(&mut self, now: Timestamp) -> Option<(Wake, Entry)> {
        Wake::ALL
            .into_iter()
            .zip(&mut self.queues)
            .find_map(|(wake, queue)| {
                queue
                    .pop_front_if(|entry| entry.due <= now)
                    .map(|entry| (wake, entry))
            })
    }

    /// Entries in all queues.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    /// The entry that has waited longest in one queue, due or not.
    pub(super) fn take_oldest(&mut self, wake: Wake) -> Option<Entry> {
        // What comes to the front may be due earlier, where the clock was set back.
        self.quiet_until = ALWAYS;
        self.queues.get_mut(wake.index())?.pop_front()
    }

    /// Forgets entries of a queue that `keep` does not want, where it has grown to more than twice `live`: each
    /// forgetting is paid for by the entries that made it necessary.
    pub(super) fn trim(&mut self, wake: Wake, live: usize, keep: impl Fn(&Entry) -> bool) {
        const SMALL: usize = 4096;
        if let Some(queue) = self.queues.get_mut(wake.index())
            && queue.len() > live.saturating_mul(2).saturating_add(SMALL)
        {
            self.quiet_until = ALWAYS;
            queue.retain(keep);
        }
    }
}
