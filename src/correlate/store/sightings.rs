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

/// Between how many pairs of hosts encrypted connections are remembered. Beyond that, any may have had some.
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

/// An encrypted connection, as it is looked up: of this client, or of anybody.
#[derive(Hash)]
struct Encrypted {
    client: Option<IpAddr>,
    server: IpAddr,
}

/// Where exchanges were seen, by party and capture.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    /// The addresses of an MMSC, by its host: those that answered to it last.
    servers: HashMap<u64, SmallVec<[(NetworkId, IpAddr); 1]>, RandomState>,
    /// When the first encrypted connection between two hosts was seen, which nobody could read.
    encrypted: HashMap<u64, (NetworkId, Timestamp), RandomState>,
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

    /// An encrypted connection began.
    pub(crate) fn note_encrypted(
        &mut self,
        network: NetworkId,
        client: IpAddr,
        server: IpAddr,
        at: FrameRef,
    ) {
        for client in [Some(client), None] {
            let key = self.hashes.hash_one(Encrypted { client, server });
            if self.encrypted.len() < MAX_ENCRYPTED {
                self.encrypted.entry(key).or_insert((network, at.time));
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
    /// an encrypted one to its MMSC, of the phone that was pushed to where its address is known.
    pub(crate) fn may_be_fetched_unread(&self, leg: Leg<'_>, before: Timestamp, networks: &Networks) -> bool {
        let location = leg.notified().and_then(|notified| notified.location());
        let Some(host) = location.and_then(|url| address::location(url).host) else {
            return false;
        };
        let client = leg.recipient().is_none().then(|| leg.server().address);
        let known = self.servers.get(&self.hashes.hash_one(Party::Mmsc(&host)));
        let mut servers = known.into_iter().flatten();
        self.encrypted.len() >= MAX_ENCRYPTED
            || servers.any(|(network, server)| {
                let server = *server;
                let key = self.hashes.hash_one(Encrypted { client, server });
                let connection = self.encrypted.get(&key);
                connection.is_some_and(|(there, first)| *first <= before && networks.same(*network, *there))
            })
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
