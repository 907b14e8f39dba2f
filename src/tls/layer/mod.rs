//! The stage between connections and sessions: events go through it as they are until TLS begins on a connection; from then on
//! it hands on what is inside.
//!
//! A connection whose keys may still come waits, with its session, in a place of its own, so that it can go on though its
//! connection is over; see [`Parked`].

mod above;
mod beginning;
mod parked;
mod taking;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) use above::{Inside, Next, Upper};
use beginning::{BEGINNING_OCTETS, Begins, begins};
use parked::Parked;
use taking::{Shared, close, take, tell_hidden};
use waiting::Waiting;

use super::connection::Connection;
use super::limits::Limits;
use super::named::Named;
use super::secret::Random;
use super::sources::{KeyLog, KeySources};
use super::store::{SECRETS_OF_ONE, Store};
use crate::flow::{ConnectionId, ConnectionInfo, SessionState, StreamEvent, TransportKind};
use crate::model::{AnomalyKind, AnomalyLog, Direction, FrameRef, RandomState};

/// A connection's state in this stage, with that of its session.
#[derive(Debug, Default)]
pub(crate) struct Layered<S> {
    stage: Stage,
    pub(crate) upper: S,
}

#[derive(Debug, Default)]
enum Stage {
    /// No TLS so far.
    #[default]
    Plain,
    /// The first octets of one direction, which may be those of TLS.
    Undecided(Box<(Direction, Vec<u8>, FrameRef)>),
    /// TLS.
    Tls(Box<Connection>),
    /// TLS that waits, or has waited, in its own place.
    Parked,
    /// TLS of which nothing more can be read.
    Unread(Box<Connection>),
    /// What is named and not read.
    Named(Box<Named>),
}

impl<S: SessionState> SessionState for Layered<S> {
    fn wants_data(&self) -> bool {
        match &self.stage {
            Stage::Plain | Stage::Tls(_) => self.upper.wants_data(),
            Stage::Undecided(_) | Stage::Parked => true,
            Stage::Unread(_) => false,
            Stage::Named(named) => !named.is_done(),
        }
    }

    fn is_ours(&self) -> bool {
        match &self.stage {
            Stage::Plain | Stage::Tls(_) | Stage::Undecided(_) | Stage::Unread(_) | Stage::Named(_) => {
                self.upper.is_ours()
            }
            Stage::Parked => true,
        }
    }
}

/// Where a key may come from behind what it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LateKeys {
    /// From nowhere: all captures are files without secrets.
    None,
    /// From blocks of a capture.
    InBlocks,
    /// From blocks, or from a key log that grows while packets come in.
    InLogs,
}

/// Octets that wait for keys from which on it is asked whether any can still come.
const DOUBT_OCTETS: usize = 1024 * 1024;

/// Whether keys can still come, where that takes more than a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// Too little waits to ask.
    None,
    /// To be asked.
    Raised,
    /// Asked.
    Settled,
}

/// What the stage keeps over all connections.
#[derive(Debug)]
pub(crate) struct Tls<S> {
    /// What was odd in TLS.
    pub(crate) anomalies: AnomalyLog,
    limits: Limits,
    store: Store,
    logs: Vec<KeyLog>,
    takes_blocks: bool,
    /// Whether a key may come behind what it opens.
    keys_may_come: bool,
    doubt: Doubt,
    tries: usize,
    parked: BTreeMap<ConnectionId, Parked<S>>,
    /// Those that wait.
    waiting: BTreeSet<ConnectionId>,
    by_random: HashMap<Random, Vec<ConnectionId>, RandomState>,
    held_octets: usize,
}

impl<S: Upper> Tls<S> {
    /// The stage with these secrets.
    pub(crate) fn new(limits: Limits, sources: KeySources, late: LateKeys) -> Self {
        let (store, logs, takes_blocks) = sources.open(&limits);
        let keys_may_come = match late {
            LateKeys::InBlocks => takes_blocks,
            LateKeys::InLogs => takes_blocks || !logs.is_empty(),
            LateKeys::None => false,
        };
        Self {
            anomalies: AnomalyLog::default(),
            limits,
            store,
            logs,
            takes_blocks,
            keys_may_come,
            doubt: Doubt::None,
            tries: limits.tries_in_all(),
            parked: BTreeMap::new(),
            waiting: BTreeSet::new(),
            by_random: HashMap::default(),
            held_octets: 0,
        }
    }

    /// Takes an event of a connection.
    pub(crate) fn on_event(
        &mut self,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        event: StreamEvent<'_>,
        next: &mut impl Next<S>,
    ) {
        match &mut state.stage {
            Stage::Plain => self.plain(info, state, event, next),
            Stage::Undecided(_) => self.undecided(info, state, event, next),
            Stage::Tls(connection) => {
                let rest = take(self.context(), connection, &mut state.upper, info, event, next);
                self.after(info, state, rest, event, next);
            }
            Stage::Parked => self.parked_event(info, state, event, next),
            Stage::Named(_) => Self::named(info, state, event, next),
            Stage::Unread(connection) => {
                if let StreamEvent::Closed { at, .. } = event {
                    connection.see(at);
                    close(connection, &mut state.upper, info, event, next);
                    state.stage = Stage::Plain;
                }
            }
        }
    }

    fn plain(
        &mut self,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        event: StreamEvent<'_>,
        next: &mut impl Next<S>,
    ) {
        if let StreamEvent::Data { direction, bytes, at } = event
            && info.transport == TransportKind::Tcp
            && state.upper.may_turn_to_tls(direction)
            && let Some(beginning) = begins(bytes, info.opening_seen)
        {
            match beginning {
                Begins::Unsure => {
                    state.stage = Stage::Undecided(Box::new((direction, bytes.to_vec(), at)));
                }
                begins => self.begin(begins, info, state, event, next),
            }
            return;
        }
        if let StreamEvent::Datagram {
            direction, bytes, at, ..
        } = event
            && info.transport == TransportKind::Udp
            && state.upper.may_turn_to_tls(direction)
            && let Some(named) = Named::begins(direction, bytes, at)
        {
            state.stage = Stage::Named(Box::new(named));
            return Self::named(info, state, event, next);
        }
        let tls = None;
        next.event(&mut state.upper, Inside { info, event, tls });
    }

    fn named(info: &ConnectionInfo, state: &mut Layered<S>, event: StreamEvent<'_>, next: &mut impl Next<S>) {
        let Stage::Named(named) = &mut state.stage else {
            return;
        };
        match event {
            StreamEvent::Datagram {
                direction, bytes, at, ..
            } => {
                named.take(direction, bytes, at);
                if named.is_done() && named.hide() {
                    next.hidden(&named.conclude(info));
                }
            }
            StreamEvent::Closed { at, .. } => {
                named.see(at);
                next.connection(&named.conclude(info));
                state.stage = Stage::Plain;
            }
            StreamEvent::Data { .. } | StreamEvent::Gap { .. } | StreamEvent::Finished { .. } => {}
        }
    }

    fn begin(
        &mut self,
        begins: Begins,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        event: StreamEvent<'_>,
        next: &mut impl Next<S>,
    ) {
        let StreamEvent::Data { direction, bytes, at } = event else {
            return;
        };
        let mut connection = Box::new(match begins {
            Begins::Client => Connection::beginning(direction, at),
            Begins::Server => Connection::beginning(direction.reversed(), at),
            Begins::Midway | Begins::Unsure => Connection::midway(at),
        });
        if matches!(begins, Begins::Midway) && self.keys_may_come {
            connection.wait_midway();
            state.stage = Stage::Tls(connection);
            return self.park(info, state, Waiting::Data(direction, bytes.to_vec(), at), next);
        }
        let rest = take(
            self.context(),
            &mut connection,
            &mut state.upper,
            info,
            event,
            next,
        );
        state.stage = Stage::Tls(connection);
        self.after(info, state, rest, event, next);
    }

    /// The first octets were too few to tell.
    fn undecided(
        &mut self,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        event: StreamEvent<'_>,
        next: &mut impl Next<S>,
    ) {
        let Stage::Undecided(held) = std::mem::take(&mut state.stage) else {
            return;
        };
        let (direction, mut octets, first) = *held;
        match event {
            StreamEvent::Data {
                direction: more,
                bytes,
                at,
            } if more == direction && octets.len() < BEGINNING_OCTETS => {
                let missing = BEGINNING_OCTETS - octets.len();
                let (taken, behind) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
                octets.extend_from_slice(taken);
                let bytes = octets.as_slice();
                self.plain(
                    info,
                    state,
                    StreamEvent::Data {
                        direction,
                        bytes,
                        at: first,
                    },
                    next,
                );
                if !behind.is_empty() {
                    let bytes = behind;
                    self.on_event(info, state, StreamEvent::Data { direction, bytes, at }, next);
                }
            }
            event => {
                let (bytes, at) = (octets.as_slice(), first);
                let event_held = StreamEvent::Data { direction, bytes, at };
                let inside = Inside {
                    info,
                    event: event_held,
                    tls: None,
                };
                next.event(&mut state.upper, inside);
                self.on_event(info, state, event, next);
            }
        }
    }

    fn context(&mut self) -> Shared<'_> {
        Shared {
            store: &mut self.store,
            logs: &mut self.logs,
            limits: &self.limits,
            anomalies: &mut self.anomalies,
            tries: &mut self.tries,
            may_wait: self.keys_may_come,
        }
    }

    /// What an event led to: a connection that waits, one of which no more can be read, or one that is over.
    fn after(
        &mut self,
        info: &ConnectionInfo,
        state: &mut Layered<S>,
        rest: Option<Waiting>,
        event: StreamEvent<'_>,
        next: &mut impl Next<S>,
    ) {
        self.tell_full(event.at());
        if let Some(rest) = rest {
            return self.park(info, state, rest, next);
        }
        let Stage::Tls(connection) = &state.stage else {
            return;
        };
        if matches!(event, StreamEvent::Closed { .. }) {
            next.connection(&connection.conclude(info));
            state.stage = Stage::Plain;
        } else if connection.is_settled()
            && let Stage::Tls(mut connection) = std::mem::take(&mut state.stage)
        {
            tell_hidden(&mut connection, info, next);
            state.stage = Stage::Unread(connection);
        }
    }

    fn tell_full(&mut self, at: FrameRef) {
        if self.store.take_full() {
            let limit = self.limits.sessions;
            self.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
                format!("more than {limit} TLS secrets, or than {SECRETS_OF_ONE} for one thing; the oldest were forgotten")
            });
        }
    }
}
