//! The connections themselves: each is found by its ends in one look-up, and by its slot without any.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::TransportKind;
use super::connection::Connection;
use super::key::FlowKey;
use super::slot_id::{Generation, SlotId};
use crate::model::{Endpoint, RandomState, SharedSort};

/// The result of a look-up, with what inserting needs where nothing was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup {
    pub(super) known: Option<SlotId>,
    /// Whether the packet's source is the lower end of the key.
    pub(super) source_is_low: bool,
    hash: u64,
}

/// Connections between the same ends.
pub(super) type Rivals = SmallVec<[SlotId; 8]>;

/// All connections.
#[derive(Debug)]
pub(super) struct Slots<S> {
    /// By their keys, which are not kept: a connection has its ends.
    by_key: HashTable<SlotId>,
    hasher: RandomState,
    connections: Vec<Option<Connection<S>>>,
    /// The generation of each slot in use. Kept apart from the connections, as a connection whose timer is due is
    /// mostly in no cache any more.
    generations: Vec<Option<Generation>>,
    vacant: Vec<SlotId>,
    /// How many connections share their ends with another that was there before.
    rivals: usize,
}

impl<S> Default for Slots<S> {
    fn default() -> Self {
        Self {
            by_key: HashTable::new(),
            hasher: RandomState::default(),
            connections: Vec::new(),
            generations: Vec::new(),
            vacant: Vec::new(),
            rivals: 0,
        }
    }
}

impl<S> Slots<S> {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    #[inline]
    pub(super) fn get(&self, slot: SlotId) -> Option<&Connection<S>> {
        self.connections.get(slot.index())?.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: SlotId) -> Option<&mut Connection<S>> {
        self.connections.get_mut(slot.index())?.as_mut()
    }

    /// Whether a slot still holds the connection of that generation.
    #[inline]
    pub(super) fn is_current(&self, slot: SlotId, generation: Generation) -> bool {
        self.generations.get(slot.index()) == Some(&Some(generation))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SlotId, &Connection<S>)> {
        let by_key = (0..).map(SlotId).zip(&self.connections);
        by_key.filter_map(|(slot, connection)| Some((slot, connection.as_ref()?)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Connection<S>> {
        self.connections.iter_mut().flatten()
    }

    /// Looks up the connection that a packet between two ends belongs to.
    #[inline]
    pub(super) fn look_up(
        &self,
        transport: TransportKind,
        source: Endpoint,
        destination: Endpoint,
    ) -> Lookup {
        let (key, source_is_low) = FlowKey::new(transport, source, destination);
        let hash = self.hasher.hash_one(key);
        let is_it = |slot: &SlotId| {
            let connection = self.get(*slot);
            connection.is_some_and(|connection| {
                connection.info.transport == transport
                    && connection.sends(source_is_low) == [source, destination]
            })
        };
        Lookup {
            known: self.by_key.find(hash, is_it).copied(),
            source_is_low,
            hash,
        }
    }

    /// Whether any two connections have the same ends.
    #[inline]
    pub(super) fn has_rivals(&self) -> bool {
        self.rivals > 0
    }

    /// All connections between the ends of one that was looked up, the first seen first.
    pub(super) fn rivals_of(&self, lookup: &Lookup) -> Rivals {
        let key = lookup.known.and_then(|slot| self.get(slot)).map(Connection::key);
        let mut found: Rivals = self.with_key(lookup.hash, key).collect();
        found.shared_sort_by_key(|slot| self.get(*slot).map(Connection::id));
        found
    }

    fn with_key(&self, hash: u64, key: Option<FlowKey>) -> impl Iterator<Item = SlotId> {
        let slots = self.by_key.iter_hash(hash).copied();
        slots.filter(move |slot| self.get(*slot).map(Connection::key) == key)
    }

    /// Puts in a new connection between the ends that were looked up.
    pub(super) fn insert(&mut self, lookup: &Lookup, connection: Connection<S>) -> SlotId {
        let shared = self
            .with_key(lookup.hash, Some(connection.key()))
            .next()
            .is_some();
        self.rivals = self.rivals.saturating_add(usize::from(shared));
        let next = || SlotId(u32::try_from(self.connections.len()).unwrap_or(u32::MAX));
        let slot = self.vacant.pop().unwrap_or_else(next);
        let generation = Some(connection.id().into());
        let (connections, generations) = (&mut self.connections, &mut self.generations);
        match (
            connections.get_mut(slot.index()),
            generations.get_mut(slot.index()),
        ) {
            (Some(slot), Some(holder)) => {
                *slot = Some(connection);
                *holder = generation;
            }
            _ => {
                connections.push(Some(connection));
                generations.push(generation);
            }
        }
        let (connections, hasher) = (&self.connections, &self.hasher);
        self.by_key.insert_unique(lookup.hash, slot, |slot| {
            let connection = connections.get(slot.index()).and_then(Option::as_ref);
            connection.map_or(0, |connection| hasher.hash_one(connection.key()))
        });
        slot
    }

    /// Frees a slot.
    pub(super) fn remove(&mut self, slot: SlotId) {
        let held = self.connections.get_mut(slot.index());
        if let Some(connection) = held.and_then(Option::take) {
            let hash = self.hasher.hash_one(connection.key());
            if let Ok(entry) = self.by_key.find_entry(hash, |known| *known == slot) {
                entry.remove();
            }
            let shared = self.with_key(hash, Some(connection.key())).next().is_some();
            self.rivals = self.rivals.saturating_sub(usize::from(shared));
            if let Some(generation) = self.generations.get_mut(slot.index()) {
                *generation = None;
            }
            self.vacant.push(slot);
        }
    }
}
