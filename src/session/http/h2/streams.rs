//! The open streams of a connection, and which are closed.

use std::collections::{BTreeMap, VecDeque};

use super::stream::Stream;
use crate::model::StreamId;

/// Closed streams that are remembered where others may be open whose beginning was not seen.
const CLOSED: usize = 128;

/// The open streams of a connection by their numbers.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: BTreeMap<StreamId, Entry>,
    /// Open streams in the order in which something last happened on them.
    by_time: BTreeMap<u64, StreamId>,
    clock: u64,
    /// The highest that was opened.
    highest: StreamId,
    /// The latest that were closed.
    closed: VecDeque<StreamId>,
    /// Octets that all of them keep, bodies aside.
    held_octets: usize,
}

#[derive(Debug)]
struct Entry {
    stream: Stream,
    time: u64,
    held_octets: usize,
}

impl Streams {
    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Octets that they keep, bodies aside.
    pub(super) const fn held_octets(&self) -> usize {
        self.held_octets
    }

    /// Octets of bodies that they keep.
    pub(super) fn body_octets(&self) -> usize {
        let bodies = self.open.values().map(|entry| entry.stream.body_octets());
        bodies.fold(0, usize::saturating_add)
    }

    /// The open streams.
    pub(super) fn iter(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.open.iter().map(|(id, entry)| (*id, &entry.stream))
    }

    /// Whether a stream is open.
    pub(super) fn get(&self, id: StreamId) -> Option<&Stream> {
        Some(&self.open.get(&id)?.stream)
    }

    /// Whether a stream is closed: where every one was seen from its beginning, one below the highest that is not open
    /// (RFC 9113 section 5.1.1).
    pub(super) fn is_closed(&self, id: StreamId, all_seen: bool) -> bool {
        !self.open.contains_key(&id) && (all_seen && id <= self.highest || self.closed.contains(&id))
    }

    /// The stream on which nothing has happened for the longest time.
    pub(super) fn idlest(&self) -> Option<StreamId> {
        self.by_time.values().next().copied()
    }

    /// Opens a stream.
    pub(super) fn open(&mut self, id: StreamId, stream: Stream) {
        self.highest = self.highest.max(id);
        let entry = Entry {
            stream,
            time: 0,
            held_octets: 0,
        };
        self.open.insert(id, entry);
        self.with(id, |_| ());
    }

    /// Does something with an open stream, which is closed if it is over then.
    pub(super) fn with<R>(&mut self, id: StreamId, act: impl FnOnce(&mut Stream) -> R) -> Option<R> {
        let entry = self.open.get_mut(&id)?;
        let result = act(&mut entry.stream);
        let held = entry.stream.held_octets();
        let before = std::mem::replace(&mut entry.held_octets, held);
        self.held_octets = self.held_octets.saturating_sub(before).saturating_add(held);
        self.by_time.remove(&entry.time);
        self.clock = self.clock.saturating_add(1);
        entry.time = self.clock;
        self.by_time.insert(self.clock, id);
        if entry.stream.is_over() {
            self.close(id);
        }
        Some(result)
    }

    /// What comes on a stream from now on is passed over.
    pub(super) fn pass(&mut self, id: StreamId) {
        self.highest = self.highest.max(id);
        self.close(id);
    }

    /// Takes every stream out.
    pub(super) fn take_all(&mut self) -> Vec<(StreamId, Stream)> {
        self.by_time.clear();
        self.held_octets = 0;
        let open = std::mem::take(&mut self.open);
        open.into_iter().map(|(id, entry)| (id, entry.stream)).collect()
    }

    fn close(&mut self, id: StreamId) {
        if let Some(entry) = self.open.remove(&id) {
            self.by_time.remove(&entry.time);
            self.held_octets = self.held_octets.saturating_sub(entry.held_octets);
        }
        if self.closed.len() == CLOSED {
            self.closed.pop_front();
        }
        self.closed.push_back(id);
    }
}
