//! The TLS connections that messages used: which of their frames have to be there so that the slice can be read again, and
//! with which secrets they were read.

use std::collections::{BTreeMap, BTreeSet};

use super::ends::{Ends, ends, ordered};
use super::places::frame_ref;
use crate::model::{FrameRef, SharedSort};
use crate::net::{Packet, Transport};
use crate::pipeline::Observer;
use crate::report::document::{Message, Operation, Seen};
use crate::tls::{TlsConnection, UsedSecrets};

/// What is known of one connection.
#[derive(Clone, Debug)]
pub(super) struct SlicedConnection {
    /// The frame that opened it, else the first of TLS in it.
    pub(super) first: FrameRef,
    /// The frame that completes its handshake.
    pub(super) established: Option<FrameRef>,
    /// Whether no record can be opened without all those before it.
    pub(super) needs_all: bool,
    last: FrameRef,
    randoms: Option<[[u8; 32]; 2]>,
    secrets: UsedSecrets,
}

/// The TLS connections of some messages; found out by observing a run.
#[derive(Debug, Default)]
pub(super) struct SlicedConnections {
    /// Where PDUs were seen inside TLS.
    wanted: BTreeMap<Ends, Vec<FrameRef>>,
    /// The last two frames that open a connection between two ends.
    openings: BTreeMap<Ends, [Option<FrameRef>; 2]>,
    found: BTreeMap<Ends, Vec<SlicedConnection>>,
    /// Whether the slice has the secrets of its connections, so that each can be read by itself.
    has_secrets: bool,
    /// The handshakes of all connections by their randoms, as others may resume their sessions.
    handshakes: BTreeMap<[u8; 32], Handshake>,
}

/// Handshakes remembered, as many as secrets of sessions are.
const HANDSHAKES: usize = 256 * 1024;

/// The frames of a handshake.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handshake {
    pub(super) ends: Ends,
    pub(super) first: FrameRef,
    pub(super) last: FrameRef,
}

impl SlicedConnections {
    /// Those that have to be found out for some messages and operations.
    pub(super) fn wanted(messages: &[Message], operations: &[Operation], has_secrets: bool) -> Self {
        let events = messages.iter().flat_map(|message| &message.events);
        let pdus = operations
            .iter()
            .flat_map(|operation| operation.request.iter().chain(&operation.response));
        let seen = events.map(|event| &event.seen).chain(pdus.map(|pdu| &pdu.seen));
        let mut wanted: BTreeMap<Ends, Vec<FrameRef>> = BTreeMap::new();
        for seen in seen.filter(|seen| seen.tls.is_some()) {
            wanted
                .entry(ordered(seen.src, seen.dst))
                .or_default()
                .push(place(seen));
        }
        wanted.values_mut().for_each(|places| {
            places.shared_sort();
            places.dedup();
        });
        Self {
            wanted,
            has_secrets,
            ..Self::default()
        }
    }

    /// The connection that something was seen on.
    pub(super) fn of(&self, seen: &Seen) -> Option<&SlicedConnection> {
        let at = place(seen);
        let all = self.found.get(&ordered(seen.src, seen.dst))?;
        all.iter().find(|connection| connection.holds(at))
    }

    /// The handshakes of the connections whose sessions a connection resumes: without them it cannot be read by the keys that
    /// opened it, where they are known from there alone.
    pub(super) fn origins(&self, of: &SlicedConnection) -> impl Iterator<Item = Handshake> {
        let origins = of.secrets.origins().filter(|_| !self.has_secrets);
        origins.filter_map(|random| self.handshakes.get(&random).copied())
    }

    /// The secrets that opened the connections, and how many connections these are: one that was seen in two places counts
    /// once.
    pub(super) fn secrets(&self) -> (UsedSecrets, usize) {
        let mut counted = BTreeSet::new();
        let mut connections = 0;
        let all = self.found.values().flatten();
        let opened = all.filter(|connection| !connection.secrets.is_empty());
        let secrets = UsedSecrets::of_all(opened.clone().map(|connection| &connection.secrets));
        for connection in opened {
            if connection.randoms.is_none_or(|randoms| counted.insert(randoms)) {
                connections += 1;
            }
        }
        (secrets, connections)
    }
}

impl SlicedConnection {
    fn holds(&self, at: FrameRef) -> bool {
        at.later(self.first) == at && at.earlier(self.last) == at
    }
}

impl Observer for SlicedConnections {
    fn packet(&mut self, packet: &Packet<'_>) {
        let Transport::Tcp(segment) = &packet.transport else {
            return;
        };
        if !segment.flags.syn || segment.acknowledgement.is_some() {
            return;
        }
        let (source, destination) = ends(packet);
        let ends = ordered(source, destination);
        if self.wanted.contains_key(&ends) {
            let [last, before] = self.openings.entry(ends).or_default();
            *before = last.replace(packet.at);
        }
    }

    fn tls(&mut self, connection: &TlsConnection) {
        let ends = ordered(connection.client, connection.server);
        if let (Some([client, _]), Some(last)) = (connection.randoms, connection.established)
            && !self.wanted.is_empty()
            && self.handshakes.len() < HANDSHAKES
        {
            let first = connection.first;
            self.handshakes
                .entry(client)
                .or_insert(Handshake { ends, first, last });
        }
        let Some(wanted) = self.wanted.get(&ends) else {
            return;
        };
        let openings = self.openings.get(&ends).into_iter().flatten().flatten();
        let opening = openings
            .copied()
            .find(|opening| connection.first.later(*opening) == connection.first);
        let sliced = SlicedConnection {
            first: opening.unwrap_or(connection.first),
            established: connection.established,
            needs_all: connection.needs_all,
            last: connection.last,
            randoms: connection.randoms,
            secrets: connection.secrets.clone(),
        };
        if wanted.iter().any(|at| sliced.holds(*at)) {
            self.found.entry(ends).or_default().push(sliced);
        }
    }
}

const fn place(seen: &Seen) -> FrameRef {
    frame_ref(seen.capture, seen.frame, seen.time)
}
