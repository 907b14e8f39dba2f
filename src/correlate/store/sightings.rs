//! Whose MMS exchanges were seen on bearers that carry retrievals: where an MMSC's or a phone's were, a retrieval would
//! have been seen too.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::correlate::record::address;
use crate::correlate::store::leg::Leg;
use crate::model::{CaptureIndex, FrameRef, Labels, NetworkId, Networks, Origin, RandomState, Timestamp};
use crate::session::Bearer;

/// How many MMSCs and phones are remembered, each in each capture. Of others nothing is known.
const MAX_SIGHTINGS: usize = 1 << 16;

/// Between how many pairs of hosts TLS connections are remembered. Beyond that, any may have had some.
const MAX_ENCRYPTED: usize = 1 << 18;

/// In how many places one party is remembered, those where it was seen last.
const MAX_PLACES: usize = 4;

/// A party as it is looked up.
#[derive(Hash)]
enum Party<'a> {
    Mmsc(&'a str),
    Phone(IpAddr),
    Number(&'a str),
}

impl Party<'_> {
    /// Whether it means one party only within a network.
    fn is_address(&self) -> bool {
        match self {
            Self::Mmsc(host) => address::is_ip_literal(host),
            Self::Phone(_) => true,
            Self::Number(_) => false,
        }
    }
}

/// A frame of a party's exchanges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) at: FrameRef,
    /// Who captured the connection.
    pub(crate) by: Origin,
}

/// The first and the last frame of a party's exchanges in one place.
#[derive(Clone, Copy, Debug)]
struct Place {
    network: NetworkId,
    frames: [FrameRef; 2],
}

impl Place {
    fn sightings(&self) -> [Sighting; 2] {
        let by = self.network.origin;
        self.frames.map(|at| Sighting { at, by })
    }
}

/// A TLS connection, as it is looked up: of this client, or of anybody.
#[derive(Hash)]
struct Encrypted<'a> {
    client: Option<IpAddr>,
    server: EncryptedServer<'a>,
}

/// The server of a TLS connection.
#[derive(Clone, Copy, Hash)]
enum EncryptedServer<'a> {
    Address(IpAddr),
    /// By the name that its client asked for.
    Name(&'a str),
}

/// A TLS connection, or a QUIC connection.
#[derive(Clone, Copy, Debug)]
pub struct EncryptedConnection<'a> {
    /// Where it was seen.
    pub network: NetworkId,
    /// Who began it.
    pub client: IpAddr,
    /// Its other end.
    pub server: IpAddr,
    /// The name that the client asked for.
    pub name: Option<&'a str>,
    /// Its first frame.
    pub first: FrameRef,
    /// Its last frame so far.
    pub last: FrameRef,
}

/// What is known of a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Nobody can read it, and it goes on.
    Begun,
    /// It is over, and something of it was not read.
    Unread {
        /// Whether it was told that it began.
        begun: bool,
    },
    /// It is over, and all of it was read.
    Read {
        /// Whether it was told that it began.
        begun: bool,
    },
}

/// The TLS connections between two hosts.
#[derive(Clone, Copy, Debug)]
struct EncryptedTimes {
    network: NetworkId,
    /// When the first began.
    first: Timestamp,
    /// How many of those that nobody can read go on.
    open: u32,
    /// From the first frame to the last of those that were not read, and of those that were.
    unread: Option<[Timestamp; 2]>,
    read: Option<[Timestamp; 2]>,
}

impl EncryptedTimes {
    fn note(&mut self, connection: &EncryptedConnection<'_>, what: Encryption) {
        let times = [connection.first.time, connection.last.time];
        match what {
            Encryption::Begun => self.open = self.open.saturating_add(1),
            Encryption::Unread { begun } => {
                self.open = self.open.saturating_sub(u32::from(begun));
                self.unread = Some(hull(self.unread, times));
            }
            Encryption::Read { begun } => {
                self.open = self.open.saturating_sub(u32::from(begun));
                self.read = Some(hull(self.read, times));
            }
        }
        self.first = self.first.min(connection.first.time);
    }

    /// Whether one that was not read may have been alive within these times.
    fn is_unread_within(&self, [from, to]: [Timestamp; 2]) -> bool {
        let open = self.open > 0 && self.first <= to;
        open || self
            .unread
            .is_some_and(|[first, last]| first <= to && last >= from)
    }
}

fn hull(known: Option<[Timestamp; 2]>, [first, last]: [Timestamp; 2]) -> [Timestamp; 2] {
    known.map_or([first, last], |[known_first, known_last]| {
        [known_first.min(first), known_last.max(last)]
    })
}

/// Where exchanges were seen, by party and capture.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    /// The addresses of an MMSC, by its host: those that answered to it last.
    servers: HashMap<u64, SmallVec<[(NetworkId, IpAddr); 1]>, RandomState>,
    /// The TLS connections between two hosts.
    encrypted: HashMap<u64, EncryptedTimes, RandomState>,
    seen: HashMap<(u64, CaptureIndex), SmallVec<[Place; 1]>, RandomState>,
    /// For parties.
    hashes: RandomState,
}

impl Sightings {
    /// A PDU of an exchange was seen.
    pub(crate) fn note(&mut self, leg: Leg<'_>, at: FrameRef) {
        if !matches!(leg.bearer, Bearer::Http | Bearer::Wsp | Bearer::Wtp) {
            return;
        }
        let location = leg.url().map(address::location);
        if let Some(host) = location.as_ref().and_then(|location| location.host.as_deref()) {
            self.note_party(&Party::Mmsc(host), leg.network, at);
            self.note_server(host, leg.network, leg.server().address);
        }
        self.note_party(&Party::Phone(leg.client().address), leg.network, at);
        if let Some(number) = leg.subscriber() {
            self.note_party(&Party::Number(&address::comparable(number)), leg.network, at);
        }
    }

    /// Something is known of a TLS connection.
    pub(crate) fn note_encrypted(&mut self, connection: &EncryptedConnection<'_>, what: Encryption) {
        let name = connection.name.map(EncryptedServer::Name);
        let servers = [Some(EncryptedServer::Address(connection.server)), name];
        for server in servers.into_iter().flatten() {
            for client in [Some(connection.client), None] {
                let key = self.hashes.hash_one(Encrypted { client, server });
                if self.encrypted.len() >= MAX_ENCRYPTED && !self.encrypted.contains_key(&key) {
                    continue;
                }
                let times = self.encrypted.entry(key).or_insert(EncryptedTimes {
                    network: connection.network,
                    first: connection.first.time,
                    open: 0,
                    unread: None,
                    read: None,
                });
                times.note(connection, what);
            }
        }
    }

    fn note_server(&mut self, host: &str, network: NetworkId, server: IpAddr) {
        let key = self.hashes.hash_one(Party::Mmsc(host));
        if self.servers.len() >= MAX_SIGHTINGS && !self.servers.contains_key(&key) {
            return;
        }
        let servers = self.servers.entry(key).or_default();
        if !servers.contains(&(network, server)) {
            servers.truncate(MAX_PLACES - 1);
            servers.insert(0, (network, server));
        }
    }

    /// Whether what a notification announced may have been fetched before a time over a connection that nobody could read:
    /// one to its MMSC, of the phone that was pushed to where its address is known.
    pub(crate) fn may_be_fetched_unread(&self, leg: Leg<'_>, before: Timestamp, networks: &Networks) -> bool {
        let from = leg.request().map_or(before, |request| request.last.time);
        self.encrypted.len() >= MAX_ENCRYPTED
            || self
                .encrypted_with(leg, networks)
                .any(|times| times.is_unread_within([from, before]))
    }

    /// Whether what a notification announced may have been sent to its MMSC before it over a connection that nobody could
    /// read.
    pub(crate) fn may_be_sent_unread(&self, leg: Leg<'_>, networks: &Networks) -> bool {
        let Some(notified) = leg.request() else {
            return false;
        };
        let ever = [Timestamp::from_seconds(0), notified.last.time];
        self.encrypted_to(leg, None, networks)
            .any(|times| times.is_unread_within(ever))
    }

    /// Whether a TLS connection to the MMSC of a notification was read while it waited.
    pub(crate) fn is_read_while(&self, leg: Leg<'_>, until: Timestamp, networks: &Networks) -> bool {
        let from = leg.request().map_or(until, |request| request.last.time);
        self.encrypted_with(leg, networks).any(|times| {
            times
                .read
                .is_some_and(|[first, last]| first <= until && last >= from)
        })
    }

    /// The TLS connections between the phone that was notified, or any where it is not known, and its MMSC.
    fn encrypted_with(&self, leg: Leg<'_>, networks: &Networks) -> impl Iterator<Item = &EncryptedTimes> {
        let client = leg.recipient().is_none().then(|| leg.server().address);
        self.encrypted_to(leg, client, networks)
    }

    /// Those to the MMSC of a notification, by its name and its addresses.
    fn encrypted_to(
        &self,
        leg: Leg<'_>,
        client: Option<IpAddr>,
        networks: &Networks,
    ) -> impl Iterator<Item = &EncryptedTimes> {
        let location = leg.notified().and_then(|notified| notified.location());
        let host = location.and_then(|url| address::location(url).host);
        let mut found: SmallVec<[&EncryptedTimes; 2]> = SmallVec::new();
        if let Some(host) = host.as_deref() {
            let of = |server| {
                self.encrypted
                    .get(&self.hashes.hash_one(Encrypted { client, server }))
            };
            let known = self.servers.get(&self.hashes.hash_one(Party::Mmsc(host)));
            for (network, server) in known.into_iter().flatten() {
                let times = of(EncryptedServer::Address(*server));
                found.extend(times.filter(|times| networks.same(*network, times.network)));
            }
            found.extend(of(EncryptedServer::Name(host)));
            let literal = host.parse().ok();
            found.extend(literal.and_then(|address| of(EncryptedServer::Address(address))));
        }
        found.into_iter()
    }

    fn note_party(&mut self, party: &Party<'_>, network: NetworkId, at: FrameRef) {
        // What has a name is one party wherever it is seen.
        let network = if party.is_address() {
            network
        } else {
            NetworkId {
                labels: Labels::default(),
                ..network
            }
        };
        let key = (self.hashes.hash_one(party), at.capture);
        if self.seen.len() >= MAX_SIGHTINGS && !self.seen.contains_key(&key) {
            return;
        }
        let places = self.seen.entry(key).or_default();
        let frames = match places.iter().position(|place| place.network == network) {
            Some(known) => [places.remove(known).frames[0], at],
            None => [at, at],
        };
        places.truncate(MAX_PLACES - 1);
        places.insert(0, Place { network, frames });
    }

    /// Frames in these captures of exchanges with the MMSC that a notification names, or of the phone it was pushed to.
    pub(crate) fn of_notification(
        &self,
        leg: Leg<'_>,
        captures: &[CaptureIndex],
        networks: &Networks,
    ) -> impl Iterator<Item = Sighting> {
        let location = leg
            .notified()
            .and_then(|notified| notified.location())
            .map(address::location);
        let host = location.as_ref().and_then(|location| location.host.as_deref());
        let number = leg.recipient().map(address::comparable);
        let parties = [
            host.map(Party::Mmsc),
            // Of a short message the other end is the SMS centre.
            number.is_none().then(|| Party::Phone(leg.server().address)),
            number.as_deref().map(Party::Number),
        ];
        let keys = parties.map(|party| party.map(|party| (self.hashes.hash_one(&party), party.is_address())));
        captures.iter().flat_map(move |capture| {
            let seen = keys.into_iter().flatten();
            seen.flat_map(move |(party, is_address)| {
                let places = self.seen.get(&(party, *capture)).into_iter().flatten();
                let here = move |place: &&Place| !is_address || networks.same(place.network, leg.network);
                places.filter(here).flat_map(Place::sightings)
            })
        })
    }
}
