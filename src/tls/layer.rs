//! The stage between connections and sessions: events go through it as they are until TLS begins on a connection; from then on
//! it hands on what is inside.
//!
//! A connection whose keys may still come waits, with its session, in a place of its own, so that it can go on though its
//! connection is over; see [`Parked`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Cursor;

use super::connection::{Connection, Context, Out};
use super::facts::{Agreement, Spans, TlsConnection};
use super::framer::Loss;
use super::keylog::{self, LogCounts};
use super::limits::Limits;
use super::named::Named;
use super::record::{self, ContentType, HEAD_OCTETS, Head};
use super::secret::Random;
use super::sources::{KeyLog, KeySources};
use super::store::Store;
use crate::flow::{CloseReason, ConnectionId, ConnectionInfo, SessionState, StreamEvent, TransportKind};
use crate::model::{AnomalyKind, AnomalyLog, Direction, FrameRef, RandomState};

/// What an event that waits takes beside its octets, about.
const EVENT_OCTETS: usize = 64;
/// What a connection that waits takes beside its events, about.
const CONNECTION_OCTETS: usize = 2 * 1024;
/// Octets of a stream that show whether TLS begins: a record's head and the type of the message.
const BEGINNING_OCTETS: usize = HEAD_OCTETS + 1;

/// A session that TLS may begin in.
pub(crate) trait Upper: SessionState + Default {
    /// Whether the next octets of a direction may be the first of TLS: nothing of it is known yet, or both ends have agreed to
    /// begin.
    fn may_turn_to_tls(&self, direction: Direction) -> bool;

    /// Whether it has seen nothing at all.
    fn is_untouched(&self) -> bool;
}

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

/// An event inside a connection, or of one without TLS.
pub(crate) struct Inside<'a> {
    pub(crate) info: &'a ConnectionInfo,
    pub(crate) event: StreamEvent<'a>,
    /// What is known of TLS, where it came out of that.
    pub(crate) tls: Option<InTls<'a>>,
}

/// The TLS around something.
#[derive(Clone, Copy)]
pub(crate) struct InTls<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) spans: &'a Spans,
}

/// Who takes what the stage hands on.
pub(crate) trait Next<S> {
    /// Takes an event for a session.
    fn event(&mut self, session: &mut S, inside: Inside<'_>);

    /// Nothing of a TLS connection can be read, as far as is known.
    fn hidden(&mut self, connection: &TlsConnection);

    /// A TLS connection is over.
    fn connection(&mut self, connection: &TlsConnection);
}

/// An event that waits.
#[derive(Debug)]
enum Waiting {
    Data(Direction, Vec<u8>, FrameRef),
    Gap(Direction, u64, Loss),
    Finished(Direction, FrameRef),
    Closed(CloseReason, FrameRef),
}

impl Waiting {
    const fn at(&self) -> FrameRef {
        match self {
            Self::Data(_, _, at) | Self::Finished(_, at) | Self::Closed(_, at) => *at,
            Self::Gap(_, _, loss) => loss.at,
        }
    }

    fn octets(&self) -> usize {
        match self {
            Self::Data(_, octets, _) => octets.len() + EVENT_OCTETS,
            _ => EVENT_OCTETS,
        }
    }
}

/// A connection that waits for keys, or that waited.
#[derive(Debug)]
struct Parked<S> {
    info: ConnectionInfo,
    connection: Box<Connection>,
    session: S,
    /// Events that wait.
    events: std::collections::VecDeque<Waiting>,
    octets: usize,
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
        let mut store = Store::new(limits.sessions);
        let (logs, takes_blocks) = sources.open(&mut store);
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
                format!("more than {limit} TLS secrets; the oldest were forgotten")
            });
        }
    }
}

/// Connections that wait for keys.
impl<S: Upper> Tls<S> {
    fn park(
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

    fn parked_event(
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
        ids.sort_unstable();
        ids.dedup();
        self.replay(&ids, true, next);
    }

    /// The input ended: what waits goes on with what is known.
    pub(crate) fn finish(&mut self, next: &mut impl Next<S>) {
        self.logs.iter_mut().for_each(|log| log.read_on(&mut self.store));
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

/// What connections work with.
struct Shared<'a> {
    store: &'a mut Store,
    logs: &'a mut Vec<KeyLog>,
    limits: &'a Limits,
    anomalies: &'a mut AnomalyLog,
    tries: &'a mut usize,
    may_wait: bool,
}

impl Shared<'_> {
    /// Lets a connection go on; whether it does not wait any more.
    fn resume<S: Upper>(
        &mut self,
        connection: &mut Connection,
        session: &mut S,
        info: &ConnectionInfo,
        next: &mut impl Next<S>,
    ) -> bool {
        let mut out = |event: StreamEvent<'_>, agreement: &Agreement, spans: &Spans| {
            let tls = Some(InTls { agreement, spans });
            next.event(session, Inside { info, event, tls });
        };
        connection.resume(&mut self.context(&mut out));
        !connection.is_waiting()
    }

    fn context<'b>(&'b mut self, out: &'b mut Out<'b>) -> Context<'b> {
        Context {
            store: self.store,
            logs: self.logs,
            limits: self.limits,
            anomalies: self.anomalies,
            tries: self.tries,
            may_wait: self.may_wait,
            out,
        }
    }
}

/// Takes an event of a TLS connection; what waits where keys are missing.
fn take<S: Upper>(
    mut shared: Shared<'_>,
    connection: &mut Connection,
    session: &mut S,
    info: &ConnectionInfo,
    event: StreamEvent<'_>,
    next: &mut impl Next<S>,
) -> Option<Waiting> {
    match event {
        StreamEvent::Data { direction, bytes, at } => {
            let rest = with_out(
                &mut shared,
                connection,
                session,
                info,
                next,
                |connection, context| connection.take_data(direction, bytes, at, context).to_vec(),
            );
            connection
                .is_waiting()
                .then_some(Waiting::Data(direction, rest, at))
        }
        StreamEvent::Gap {
            direction,
            length,
            acknowledged,
            cut,
            at,
        } => {
            let loss = Loss {
                acknowledged,
                cut,
                at,
            };
            with_out(
                &mut shared,
                connection,
                session,
                info,
                next,
                |connection, context| {
                    connection.take_gap(direction, length, loss, context);
                },
            );
            None
        }
        StreamEvent::Finished { direction, at } => {
            with_out(
                &mut shared,
                connection,
                session,
                info,
                next,
                |connection, context| {
                    connection.take_finish(direction, at, context);
                },
            );
            None
        }
        StreamEvent::Closed { reason, at } => {
            connection.see(at);
            let shown = with_hidden(connection, info);
            with_out(
                &mut shared,
                connection,
                session,
                &shown,
                next,
                |connection, context| {
                    connection.take_close(reason, at, context);
                },
            );
            None
        }
        StreamEvent::Datagram { .. } => None,
    }
}

fn with_out<S: Upper, R>(
    shared: &mut Shared<'_>,
    connection: &mut Connection,
    session: &mut S,
    info: &ConnectionInfo,
    next: &mut impl Next<S>,
    action: impl FnOnce(&mut Connection, &mut Context<'_>) -> R,
) -> R {
    let mut out = |event: StreamEvent<'_>, agreement: &Agreement, spans: &Spans| {
        let tls = Some(InTls { agreement, spans });
        next.event(session, Inside { info, event, tls });
    };
    action(connection, &mut shared.context(&mut out))
}

/// The connection as its session may see it: an end that was not read may have said anything.
fn with_hidden(connection: &Connection, info: &ConnectionInfo) -> ConnectionInfo {
    let mut shown = *info;
    for direction in [Direction::FromInitiator, Direction::FromResponder] {
        if let Some(side) = shown.sides.get_mut(direction.index()) {
            side.hidden |= connection.hides(direction);
        }
    }
    shown
}

fn tell_hidden<S>(connection: &mut Connection, info: &ConnectionInfo, next: &mut impl Next<S>) {
    if connection.hide() {
        next.hidden(&connection.conclude(info));
    }
}

/// Ends a connection of which no more can be read.
fn close<S: Upper>(
    connection: &Connection,
    session: &mut S,
    info: &ConnectionInfo,
    event: StreamEvent<'_>,
    next: &mut impl Next<S>,
) {
    let shown = with_hidden(connection, info);
    let inside = Inside {
        info: &shown,
        event,
        tls: None,
    };
    if !session.is_untouched() {
        next.event(session, inside);
    }
    next.connection(&connection.conclude(info));
}

/// How TLS may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    /// With a ClientHello.
    Client,
    /// With a ServerHello, whose ClientHello was not captured.
    Server,
    /// Inside.
    Midway,
    /// More octets would tell.
    Unsure,
}

/// Whether TLS begins with these octets, or, where the beginning was not captured, among them.
fn begins(octets: &[u8], opening_seen: bool) -> Option<Begins> {
    let first = *octets.first()?;
    if octets.len() < BEGINNING_OCTETS {
        return (first == ContentType::Handshake.octet() && record::may_begin(octets))
            .then_some(Begins::Unsure);
    }
    let head = Head::read(octets, MOST_OCTETS);
    match (head.map(|head| head.kind), octets.get(HEAD_OCTETS)) {
        (Some(ContentType::Handshake), Some(1)) => Some(Begins::Client),
        (Some(ContentType::Handshake), Some(2)) => Some(Begins::Server),
        _ => (!opening_seen && has_record(octets)).then_some(Begins::Midway),
    }
}

/// Whether a record of application data begins among octets: behind which another one begins or the octets end, or which is
/// longer than they are and begins with them.
fn has_record(octets: &[u8]) -> bool {
    const APPLICATION_DATA: &[u8] = &[23, 3, 3];
    memchr::memmem::find_iter(octets, APPLICATION_DATA).any(|start| {
        let rest = octets.get(start..).unwrap_or_default();
        Head::read(rest, MOST_OCTETS).is_some_and(|head| {
            let behind = rest.get(head.record_octets()..);
            behind.map_or(start == 0, |behind| {
                behind.is_empty() || Head::read(behind, MOST_OCTETS).is_some()
            })
        })
    })
}

/// Octets of a record, head aside, as the protocols allow (RFC 5246 section 6.2.3).
const MOST_OCTETS: usize = (1 << 14) + 2048;
