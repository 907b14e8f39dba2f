//! Connections that wait for keys, or that waited: each with its session in a place of its own.

use std::collections::{BTreeMap, VecDeque};
use std::io::Cursor;

use super::above::{Next, Upper};
use super::taking::{take, tell_hidden};
use super::waiting::Waiting;
use super::{DOUBT_OCTETS, Doubt, Layered, Stage, Tls};
use crate::flow::{ConnectionId, ConnectionInfo, StreamEvent};
use crate::model::{AnomalyKind, FrameRef, SharedSort};
use crate::tls::connection::Connection;
use crate::tls::framer::Loss;
use crate::tls::keylog::{self, LogCounts};

/// What a connection that waits takes beside its events, about.
const CONNECTION_OCTETS: usize = 2 * 1024;

/// A connection that waits for keys, or that waited.
#[derive(Debug)]
pub(super) struct Parked<S> {
    pub(super) info: ConnectionInfo,
    pub(super) connection: Box<Connection>,
    pub(super) session: S,
    /// Events that wait.
    pub(super) events: VecDeque<Waiting>,
    pub(super) octets: usize,
}

impl<S: Upper> Tls<S> {
    pub(super) fn park(
        &mut self,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        first: Waiting,
        next: &mut impl Next<S>,
    ) {
        let Stage::Tls(mut connection) = std::mem::replace(&mut state.stage, Stage::Parked) else {
            return;
        };
        tell_hidden(&mut connection, info, next);
        if let Some(random) = connection.random() {
            self.by_random.entry(random).or_default().push(info.id);
        }
        let octets = CONNECTION_OCTETS + first.octets();
        self.held_octets += octets;
        let parked = Parked {
            info: *info,
            connection,
            session: std::mem::take(&mut state.upper),
            events: [first].into(),
            octets,
        };
        self.parked.insert(info.id, parked);
        self.waiting.insert(info.id);
        self.make_room(next);
    }

    pub(super) fn parked_event(
        &mut self,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        event: StreamEvent<'_>,
        next: &mut impl Next<S>,
    ) {
        let Some(parked) = self.parked.get_mut(&info.id) else {
            state.stage = Stage::Plain;
            return;
        };
        parked.info = *info;
        let waiting = match event {
            StreamEvent::Data { direction, bytes, at } => Waiting::Data(direction, bytes.to_vec(), at),
            StreamEvent::Gap {
                direction,
                length,
                acknowledged,
                cut,
                at,
            } => Waiting::Gap(
                direction,
                length,
                Loss {
                    acknowledged,
                    cut,
                    at,
                },
            ),
            StreamEvent::Finished { direction, at } => Waiting::Finished(direction, at),
            StreamEvent::Closed { reason, at } => Waiting::Closed(reason, at),
            StreamEvent::Datagram { .. } => return,
        };
        let octets = waiting.octets();
        parked.octets += octets;
        self.held_octets += octets;
        parked.events.push_back(waiting);
        if parked.connection.is_waiting() {
            self.make_room(next);
        } else {
            self.replay(&[info.id], true, next);
        }
        if let Some(parked) = self.parked.get_mut(&info.id)
            && parked.connection.is_settled()
            && !parked.connection.is_waiting()
            && let Some(parked) = self.parked.remove(&info.id)
        {
            self.held_octets = self.held_octets.saturating_sub(parked.octets);
            let mut connection = parked.connection;
            tell_hidden(&mut connection, info, next);
            state.upper = parked.session;
            state.stage = Stage::Unread(connection);
        }
    }

    /// Gives up the oldest connections that wait, until there is room.
    fn make_room(&mut self, next: &mut impl Next<S>) {
        if self.held_octets > DOUBT_OCTETS && self.doubt == Doubt::None {
            self.doubt = Doubt::Raised;
        }
        while self.held_octets > self.limits.waiting_octets {
            let Some(id) = self.waiting.pop_first() else {
                return;
            };
            let first = self.parked.get(&id).and_then(|parked| parked.events.front());
            let at = first.map(Waiting::at);
            let limit = self.limits.waiting_octets;
            self.anomalies.note(AnomalyKind::LimitReached, at, || {
                format!("TLS connections that wait for keys fill {limit} octets; one was given up")
            });
            self.replay(&[id], false, next);
        }
    }

    /// Secrets out of a capture.
    pub(crate) fn add_key_log(&mut self, octets: &[u8], next: &mut impl Next<S>) {
        if !self.takes_blocks {
            return;
        }
        let mut randoms = Vec::new();
        let store = &mut self.store;
        // Reading from memory does not fail.
        let _ = keylog::read(
            Cursor::new(octets),
            false,
            &mut LogCounts::default(),
            &mut |entry| {
                if let keylog::Entry::Random(_, random, _) = &entry {
                    randoms.push(*random);
                }
                store.add(entry);
            },
        );
        let mut ids: Vec<ConnectionId> = randoms
            .iter()
            .filter_map(|random| self.by_random.get(random))
            .flatten()
            .copied()
            .collect();
        ids.shared_sort();
        ids.dedup();
        self.replay(&ids, true, next);
    }

    /// Whether so much waits that it is worth a look whether keys can still come; said once.
    pub(crate) const fn take_doubt(&mut self) -> bool {
        let is_raised = matches!(self.doubt, Doubt::Raised);
        if is_raised {
            self.doubt = Doubt::Settled;
        }
        is_raised
    }

    /// The input ended: what waits goes on with what is known.
    pub(crate) fn finish(&mut self, next: &mut impl Next<S>) {
        self.logs.iter_mut().for_each(|log| log.read_on(&mut self.store));
        self.expect_no_keys(next);
    }

    /// No keys will come any more: what waits goes on without, and nothing will wait.
    pub(crate) fn expect_no_keys(&mut self, next: &mut impl Next<S>) {
        self.keys_may_come = false;
        let ids: Vec<ConnectionId> = self.parked.keys().copied().collect();
        self.replay(&ids, false, next);
    }

    /// Lets connections go on that have waited, in the order of their frames.
    fn replay(&mut self, ids: &[ConnectionId], may_wait: bool, next: &mut impl Next<S>) {
        let mut queue: BTreeMap<(FrameRef, ConnectionId), ()> = BTreeMap::new();
        for id in ids {
            if let Some(first) = self.parked.get(id).and_then(|parked| parked.events.front()) {
                queue.insert((first.at(), *id), ());
            }
        }
        while let Some(((_, id), ())) = queue.pop_first() {
            let Some(mut parked) = self.parked.remove(&id) else {
                continue;
            };
            let over = self.replay_one(&mut parked, may_wait, next);
            if over || !parked.connection.is_waiting() {
                self.waiting.remove(&id);
            } else {
                self.waiting.insert(id);
            }
            if over {
                self.held_octets = self.held_octets.saturating_sub(parked.octets);
                self.forget(&parked, id);
                continue;
            }
            if !(may_wait && parked.connection.is_waiting())
                && let Some(first) = parked.events.front()
            {
                queue.insert((first.at(), id), ());
            }
            self.parked.insert(id, parked);
        }
    }

    fn forget(&mut self, parked: &Parked<S>, id: ConnectionId) {
        if let Some(random) = parked.connection.random()
            && let Some(ids) = self.by_random.get_mut(&random)
        {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_random.remove(&random);
            }
        }
    }

    /// Takes the next event of a connection; whether it was its last.
    fn replay_one(&mut self, parked: &mut Parked<S>, may_wait: bool, next: &mut impl Next<S>) -> bool {
        let Parked {
            info,
            connection,
            session,
            events,
            octets,
        } = parked;
        let mut shared = self.context();
        shared.may_wait &= may_wait;
        if connection.is_waiting() && !shared.resume(connection, session, info, next) {
            return false;
        }
        let Some(waiting) = events.pop_front() else {
            return false;
        };
        let freed = waiting.octets();
        let event = match &waiting {
            Waiting::Data(direction, bytes, at) => StreamEvent::Data {
                direction: *direction,
                bytes,
                at: *at,
            },
            Waiting::Gap(direction, length, loss) => StreamEvent::Gap {
                direction: *direction,
                length: *length,
                acknowledged: loss.acknowledged,
                cut: loss.cut,
                at: loss.at,
            },
            Waiting::Finished(direction, at) => StreamEvent::Finished {
                direction: *direction,
                at: *at,
            },
            Waiting::Closed(reason, at) => StreamEvent::Closed {
                reason: *reason,
                at: *at,
            },
        };
        let rest = take(shared, connection, session, info, event, next);
        *octets = octets.saturating_sub(freed);
        self.held_octets = self.held_octets.saturating_sub(freed);
        if let Some(rest) = rest {
            *octets += rest.octets();
            self.held_octets += rest.octets();
            events.push_front(rest);
        }
        if let StreamEvent::Closed { .. } = event {
            next.connection(&connection.conclude(info));
            return true;
        }
        false
    }

    /// The sessions of connections that wait or have waited.
    pub(crate) fn sessions(&mut self) -> impl Iterator<Item = (&ConnectionInfo, &mut S)> {
        self.parked
            .values_mut()
            .map(|parked| (&parked.info, &mut parked.session))
    }
}
