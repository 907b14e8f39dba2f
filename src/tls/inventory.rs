//! TLS connections counted by server: what there was, and what of it was read.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use super::alert::Alert;
use super::facts::{Agreement, Outcome, TlsConnection, Unread};
use crate::model::{CaptureIndex, Endpoint, FrameNumber, RandomState, SharedSort};

/// Servers told apart. Those beyond it are counted together.
const SERVERS: usize = 4 * 1024;
/// Connections remembered by their randoms, so that one seen in two places counts once.
const REMEMBERED: usize = 256 * 1024;

/// All TLS connections of a run.
#[derive(Clone, Debug, Default)]
pub struct TlsInventory {
    servers: BTreeMap<Key, TlsCounts>,
    /// Those of servers beyond the limit, by capture.
    others: BTreeMap<CaptureIndex, TlsCounts>,
    connections: u64,
    seen: HashSet<u64, RandomState>,
    hashes: RandomState,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    capture: CaptureIndex,
    server: Endpoint,
    agreement: Arc<Agreement>,
}

/// The connections of one server, name, protocol, version and cipher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsServer<'a> {
    /// Address and port; none for the rest.
    pub server: Option<Endpoint>,
    /// What they agreed on.
    pub agreement: Option<&'a Agreement>,
    /// How many there are.
    pub counts: &'a TlsCounts,
}

/// How many connections there are, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsCounts {
    /// Who the certificate is for.
    pub subject: Option<String>,
    /// All of them: the sum of those below.
    pub connections: u64,
    /// Read.
    pub read: u64,
    /// Read in part.
    pub partly: u64,
    /// Not read, by reason.
    pub unread: BTreeMap<Unread, u64>,
    /// Ended by an alert in the handshake, by alert.
    pub failed: BTreeMap<Alert, u64>,
    /// The first frame of the first.
    pub first_frame: FrameNumber,
}

impl TlsInventory {
    /// Counts a connection, once.
    pub(crate) fn add(&mut self, connection: &TlsConnection) {
        if let Some(randoms) = &connection.randoms
            && self.seen.len() < REMEMBERED
            && !self.seen.insert(self.hashes.hash_one(randoms))
        {
            return;
        }
        self.connections += 1;
        let key = Key {
            capture: connection.first.capture,
            server: connection.server,
            agreement: Arc::clone(&connection.agreement),
        };
        let known = self.servers.len() < SERVERS || self.servers.contains_key(&key);
        let counts = match known {
            true => self.servers.entry(key).or_default(),
            false => self.others.entry(key.capture).or_default(),
        };
        counts.add(connection, known);
    }

    /// How many connections there are.
    pub const fn connections(&self) -> u64 {
        self.connections
    }

    /// The servers in a capture, most connections first, at most so many and one entry for the rest.
    pub fn servers_in(&self, capture: CaptureIndex, most: usize) -> (Vec<TlsServer<'_>>, Option<TlsCounts>) {
        let mut servers: Vec<TlsServer<'_>> = self
            .servers
            .iter()
            .filter(|(key, _)| key.capture == capture)
            .map(|(key, counts)| TlsServer {
                server: Some(key.server),
                agreement: Some(&key.agreement),
                counts,
            })
            .collect();
        servers.shared_sort_by_key(|server| {
            (
                std::cmp::Reverse(server.counts.connections),
                server.counts.first_frame,
            )
        });
        let mut rest = self.others.get(&capture).cloned();
        for server in servers.drain(most.min(servers.len())..) {
            rest.get_or_insert_default().merge(server.counts);
        }
        (servers, rest)
    }
}

impl TlsCounts {
    fn add(&mut self, connection: &TlsConnection, with_subject: bool) {
        if with_subject && self.subject.is_none() {
            self.subject.clone_from(&connection.subject);
        }
        let frame = connection.first.frame;
        if self.connections == 0 || frame < self.first_frame {
            self.first_frame = frame;
        }
        self.connections += 1;
        match connection.outcome {
            Outcome::Read => self.read += 1,
            Outcome::Partly => self.partly += 1,
            Outcome::Unread(reason) => *self.unread.entry(reason).or_default() += 1,
            Outcome::Failed(alert) => *self.failed.entry(alert).or_default() += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        if self.connections == 0 || other.first_frame < self.first_frame {
            self.first_frame = other.first_frame;
        }
        self.connections += other.connections;
        self.read += other.read;
        self.partly += other.partly;
        for (reason, count) in &other.unread {
            *self.unread.entry(*reason).or_default() += count;
        }
        for (alert, count) in &other.failed {
            *self.failed.entry(*alert).or_default() += count;
        }
    }
}
