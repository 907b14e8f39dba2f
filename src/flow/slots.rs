//! Where the connections lie: each is found by its ends in one look-up, and by its place without any.

use hashbrown::HashTable;

use super::connection::Connection;
use super::key::FlowKey;
use super::{ConnectionId, TransportKind};
use crate::model::Endpoint;

/// The place of a connection. When it is gone, another one may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

impl Place {
    /// How many there are.
    pub(super) const ALL: usize = u32::MAX as usize;

    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which of all that had a place one after the other: half of an id, as the next to have the same one comes billions of
/// connections later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tenant(u32);

impl From<ConnectionId> for Tenant {
    #[expect(clippy::cast_possible_truncation, reason = "half of it is wanted")]
    fn from(id: ConnectionId) -> Self {
        Self(id.0 as u32)
    }
}

/// What a look-up was for and what it found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought {
    pub(super) known: Option<Place>,
    /// Whether the packet's source is the lower end of the key.
    pub(super) source_is_low: bool,
    hash: u64,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Slots<S> {
    /// By their keys, which are not kept: a connection has its ends.
    places: HashTable<Place>,
    hasher: ahash::RandomState,
    connections: Vec<Option<Connection<S>>>,
    /// Who has each place: told without a look at the connection, which mostly is in no cache any more when its time
    /// is over.
    tenants: Vec<Option<Tenant>>,
    vacant: Vec<Place>,
}

impl<S> Default for Slots<S> {
    fn default() -> Self {
        Self {
            places: HashTable::new(),
            hasher: ahash::RandomState::new(),
            connections: Vec::new(),
            tenants: Vec::new(),
            vacant: Vec::new(),
        }
    }
}

impl<S> Slots<S> {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(super) fn get(&self, place: Place) -> Option<&Connection<S>> {
        self.connections.get(place.index())?.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut Connection<S>> {
        self.connections.get_mut(place.index())?.as_mut()
    }

    /// Whether a place is still that tenant's.
    #[inline]
    pub(super) fn is_tenant(&self, place: Place, tenant: Tenant) -> bool {
        self.tenants.get(place.index()) == Some(&Some(tenant))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, &Connection<S>)> {
        let places = (0..).map(Place).zip(&self.connections);
        places.filter_map(|(place, connection)| Some((place, connection.as_ref()?)))
    }

    /// Looks up the connection that a packet between two ends belongs to.
    #[inline]
    pub(super) fn seek(&self, transport: TransportKind, source: Endpoint, destination: Endpoint) -> Sought {
        let (key, source_is_low) = FlowKey::new(transport, source, destination);
        let hash = self.hasher.hash_one(key);
        let is_it = |place: &Place| {
            let connection = self.get(*place);
            connection.is_some_and(|connection| {
                connection.info.transport == transport
                    && connection.sends(source_is_low) == [source, destination]
            })
        };
        Sought {
            known: self.places.find(hash, is_it).copied(),
            source_is_low,
            hash,
        }
    }

    /// Puts in a connection that was sought and is not there.
    pub(super) fn insert(&mut self, sought: &Sought, connection: Connection<S>) -> Place {
        let next = || Place(u32::try_from(self.connections.len()).unwrap_or(u32::MAX));
        let place = self.vacant.pop().unwrap_or_else(next);
        let tenant = Some(connection.id().into());
        let (connections, tenants) = (&mut self.connections, &mut self.tenants);
        match (connections.get_mut(place.index()), tenants.get_mut(place.index())) {
            (Some(slot), Some(holder)) => {
                *slot = Some(connection);
                *holder = tenant;
            }
            _ => {
                connections.push(Some(connection));
                tenants.push(tenant);
            }
        }
        let (connections, hasher) = (&self.connections, &self.hasher);
        self.places.insert_unique(sought.hash, place, |place| {
            let connection = connections.get(place.index()).and_then(Option::as_ref);
            connection.map_or(0, |connection| hasher.hash_one(connection.key()))
        });
        place
    }

    /// Frees a place.
    pub(super) fn remove(&mut self, place: Place) {
        let slot = self.connections.get_mut(place.index());
        if let Some(connection) = slot.and_then(Option::take) {
            let hash = self.hasher.hash_one(connection.key());
            if let Ok(entry) = self.places.find_entry(hash, |known| *known == place) {
                entry.remove();
            }
            if let Some(tenant) = self.tenants.get_mut(place.index()) {
                *tenant = None;
            }
            self.vacant.push(place);
        }
    }
}
