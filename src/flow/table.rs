//! The connection table: every packet finds its connection in one look-up, and every connection ends once.

use hashbrown::HashTable;

use super::clock::Clock;
use super::connection::{
    Connection, NewConnection, Step, Tracking, datagram_flow, flush, stream_connection, take_step,
};
use super::expiry::{Entry, Queues, Wake};
use super::key::FlowKey;
use super::mirror::MirrorFilter;
use super::tcp::{Arrival, Progress, Surroundings, Verdict};
use super::{
    CloseReason, ConnectionId, ConnectionInfo, FlowCounters, Limits, SessionState, StreamEvent, TransportKind,
};
use crate::model::fault::{self, Stage};
use crate::model::{AnomalyKind, AnomalyLog, Endpoint, FrameRef, Timestamp};
use crate::net::{Packet, TcpSegment, Transport, UdpDatagram};

/// All connections, each with the session state `S`.
#[derive(Debug)]
pub struct FlowTable<S> {
    /// What was odd in the transport.
    pub anomalies: AnomalyLog,
    limits: Limits,
    counters: FlowCounters,
    /// Where in `connections` each one lies, by its key, which is kept there only.
    places: HashTable<usize>,
    hasher: ahash::RandomState,
    connections: Vec<Option<Connection<S>>>,
    vacant: Vec<usize>,
    queues: Queues,
    mirror: MirrorFilter,
    clock: Clock,
    next_id: u64,
    held_octets: usize,
    /// The connection that is being changed, and what it held before.
    at_work: Option<(usize, usize)>,
    /// The connections that are still to be closed at the end, the first seen last.
    closing: Option<Vec<(ConnectionId, usize)>>,
}

/// What a look-up was for and what it found.
#[derive(Clone, Copy, Debug)]
struct Sought {
    known: Option<usize>,
    key: FlowKey,
    hash: u64,
    /// Whether the packet's source is the lower end of the key.
    source_is_low: bool,
}

impl<S: SessionState> Default for FlowTable<S> {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl<S: SessionState> FlowTable<S> {
    /// An empty table.
    pub fn new(limits: Limits) -> Self {
        Self {
            anomalies: AnomalyLog::default(),
            limits,
            counters: FlowCounters::default(),
            places: HashTable::new(),
            hasher: ahash::RandomState::new(),
            connections: Vec::new(),
            vacant: Vec::new(),
            queues: Queues::default(),
            mirror: MirrorFilter::default(),
            clock: Clock::default(),
            next_id: 0,
            held_octets: 0,
            at_work: None,
            closing: None,
        }
    }

    /// What was seen so far.
    pub fn counters(&self) -> FlowCounters {
        self.counters
    }

    /// Entries that wait to have connections looked at.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        self.queues.len()
    }

    /// Takes one packet; what it makes of its stream goes to `sink`, with the connection and its session's state.
    #[inline]
    pub fn push(
        &mut self,
        packet: &Packet<'_>,
        mut sink: impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        self.clock.advance(packet.at.time);
        self.wake_due(&mut sink);
        match packet.transport {
            Transport::Tcp(segment) => self.push_segment(packet, &segment, &mut sink),
            Transport::Udp(datagram) => self.push_datagram(packet, &datagram, &mut sink),
        }
    }

    /// The input ended: every connection that is open is closed, in the order they were first seen. Called again
    /// after a panic, it goes on behind the connection it panicked at.
    pub fn finish(&mut self, mut sink: impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        if self.closing.is_none() {
            self.closing = Some(self.open_connections());
        }
        while let Some((_, place)) = self.closing.as_mut().and_then(Vec::pop) {
            self.close(place, CloseReason::CaptureEnd, None, &mut sink);
        }
    }

    fn open_connections(&self) -> Vec<(ConnectionId, usize)> {
        let mut open: Vec<(ConnectionId, usize)> = Vec::new();
        for (place, connection) in self.connections.iter().enumerate() {
            open.extend(connection.iter().filter(|c| !c.closed).map(|c| (c.id(), place)));
        }
        open.sort_unstable_by(|one, other| other.cmp(one));
        open
    }

    /// After a panic: closes the connection that was being changed, if any, without another look at what it holds.
    pub fn give_up_current(&mut self, mut sink: impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        let Some((place, held)) = self.at_work.take() else {
            return;
        };
        self.held_octets = self.held_octets.saturating_sub(held);
        if let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) {
            connection.close(CloseReason::Evicted, connection.last, &mut sink);
            self.forget(place);
        }
    }

    fn push_datagram(
        &mut self,
        packet: &Packet<'_>,
        datagram: &UdpDatagram<'_>,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        self.counters.datagrams += 1;
        let source = Endpoint::new(packet.source, datagram.source_port);
        let destination = Endpoint::new(packet.destination, datagram.destination_port);
        let sought = self.seek(TransportKind::Udp, source, destination);
        let place = sought.known.unwrap_or_else(|| {
            self.open(&sought, sought.source_is_low, packet.at, sink, |id| {
                datagram_flow(id, [source, destination])
            })
        });
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        let direction = connection.direction_from(sought.source_is_low);
        connection.touch(direction, packet.at, self.clock.now());
        if self.mirror.is_copy(connection.id(), direction, packet) {
            self.note_copy(packet.at);
            return;
        }
        if !connection.session.wants_data() {
            return;
        }
        let event = StreamEvent::Datagram {
            direction,
            bytes: datagram.payload,
            first: packet.first,
            at: packet.at,
            missing: packet.missing,
        };
        let before = connection.idle_wake();
        sink(&connection.info, &mut connection.session, event);
        if !connection.session.wants_data() && before != Wake::BackgroundIdle {
            self.wake_later(place, Wake::BackgroundIdle);
        }
    }

    fn push_segment(
        &mut self,
        packet: &Packet<'_>,
        segment: &TcpSegment<'_>,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        self.counters.segments += 1;
        let source = Endpoint::new(packet.source, segment.source_port);
        let destination = Endpoint::new(packet.destination, segment.destination_port);
        let sought = self.seek(TransportKind::Tcp, source, destination);
        let place = match sought.known {
            Some(place) if self.belongs(place, sought.source_is_low, segment) => place,
            Some(place) => {
                self.close(place, CloseReason::Replaced, Some(packet.at), sink);
                self.forget(place);
                self.open_stream(&sought, [source, destination], packet, segment, sink)
            }
            None => self.open_stream(&sought, [source, destination], packet, segment, sink),
        };
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        let direction = connection.direction_from(sought.source_is_low);
        connection.touch(direction, packet.at, self.clock.now());
        if self.mirror.is_copy(connection.id(), direction, packet) {
            self.note_copy(packet.at);
            return;
        }
        // Nobody listens: there is nothing to be said of it before it ends.
        if let Tracking::Background(remains) = &mut connection.tracking {
            if !connection.closed {
                let progress = remains.note(direction, segment, packet.missing);
                self.conclude(place, progress, packet.at, sink);
            }
            return;
        }
        let arrival = Arrival {
            direction,
            segment: *segment,
            missing: packet.missing,
        };
        self.follow(place, Step::Segment(&arrival), packet.at, sink);
    }

    /// Looks up the connection between two ends.
    #[inline]
    fn seek(&self, transport: TransportKind, source: Endpoint, destination: Endpoint) -> Sought {
        let (key, source_is_low) = FlowKey::new(transport, source, destination);
        let hash = self.hasher.hash_one(key);
        let connections = &self.connections;
        let is_it = |place: &usize| {
            let connection = connections.get(*place).and_then(Option::as_ref);
            connection.is_some_and(|connection| connection.key == key)
        };
        Sought {
            known: self.places.find(hash, is_it).copied(),
            key,
            hash,
            source_is_low,
        }
    }

    /// Makes a new TCP connection, of which this segment is the first seen.
    fn open_stream(
        &mut self,
        sought: &Sought,
        [source, destination]: [Endpoint; 2],
        packet: &Packet<'_>,
        segment: &TcpSegment<'_>,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) -> usize {
        let answers = segment.flags.syn && segment.acknowledgement.is_some();
        let ends = if answers {
            [destination, source]
        } else {
            [source, destination]
        };
        // The two ends may be one and the same, which is then low and opens it.
        let initiator_is_low = (sought.source_is_low != answers) || source == destination;
        self.open(sought, initiator_is_low, packet.at, sink, |id| {
            stream_connection(id, ends)
        })
    }

    /// Whether a segment goes on with the connection at `place`, and opens no new one between its endpoints.
    #[inline]
    fn belongs(&self, place: usize, source_is_low: bool, segment: &TcpSegment<'_>) -> bool {
        let Some(connection) = self.connections.get(place).and_then(Option::as_ref) else {
            return false;
        };
        let direction = connection.direction_from(source_is_low);
        let verdict = match &connection.tracking {
            Tracking::Reassembled(reassembly) => reassembly.classify(direction, segment),
            Tracking::Background(remains) => remains.classify(direction, segment, connection.closed),
            Tracking::Datagrams => Verdict::Belongs,
        };
        verdict == Verdict::Belongs
    }

    /// Lets one connection take a step and draws the consequences.
    fn follow(
        &mut self,
        place: usize,
        step: Step<'_>,
        at: FrameRef,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        let held_before = connection.held_octets();
        self.at_work = Some((place, held_before));
        fault::trip(Stage::Flow, at);
        let mut around = Surroundings {
            now: self.clock.now(),
            limits: &self.limits,
            counters: &mut self.counters,
            anomalies: &mut self.anomalies,
            held_elsewhere: self.held_octets.saturating_sub(held_before),
            at,
        };
        let progress = take_step(connection, step, &mut around, sink);
        let let_go = !connection.session.wants_data() && connection.stop_reassembly();
        let held = connection.held_octets();
        self.held_octets = self.held_octets.saturating_sub(held_before).saturating_add(held);
        self.at_work = None;
        if let_go {
            self.wake_later(place, Wake::BackgroundIdle);
        }
        self.conclude(place, progress, at, sink);
    }

    /// Draws the consequences of what became of a connection.
    #[inline]
    fn conclude(
        &mut self,
        place: usize,
        progress: Progress,
        at: FrameRef,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        match progress {
            Progress::Open => {}
            Progress::Waiting => self.reorder_later(place),
            Progress::Finished => self.close(place, CloseReason::Finished, Some(at), sink),
            Progress::Reset(by) => self.close(place, CloseReason::Reset { by }, Some(at), sink),
        }
    }

    /// Makes a new connection.
    fn open(
        &mut self,
        sought: &Sought,
        initiator_is_low: bool,
        at: FrameRef,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
        make: impl FnOnce(ConnectionId) -> NewConnection,
    ) -> usize {
        self.make_room(at, sink);
        let id = ConnectionId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        let NewConnection { info, tracking } = make(id);
        match info.transport {
            TransportKind::Tcp => self.counters.tcp_connections += 1,
            TransportKind::Udp => self.counters.udp_flows += 1,
        }
        let connection = Connection {
            key: sought.key,
            initiator_is_low,
            info,
            session: S::default(),
            tracking,
            closed: false,
            reorder_queued: false,
            last: at,
            active: self.clock.now(),
        };
        let wake = connection.idle_wake();
        let place = self.vacant.pop().unwrap_or(self.connections.len());
        match self.connections.get_mut(place) {
            Some(slot) => *slot = Some(connection),
            None => self.connections.push(Some(connection)),
        }
        let (connections, hasher) = (&self.connections, &self.hasher);
        self.places.insert_unique(sought.hash, place, |place| {
            let connection = connections.get(*place).and_then(Option::as_ref);
            connection.map_or(0, |connection| hasher.hash_one(connection.key))
        });
        self.wake_later(place, wake);
        place
    }

    /// Evicts the oldest connections until one more fits: closed ones first, then those that nobody listens to, then
    /// those silent longest.
    fn make_room(&mut self, at: FrameRef, sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        while self.places.len() >= self.limits.connections {
            let Some(place) = self.oldest() else { return };
            if self
                .connections
                .get(place)
                .and_then(Option::as_ref)
                .is_some_and(|c| !c.closed)
            {
                self.counters.evicted += 1;
                let limit = self.limits.connections;
                let detail = || format!("more than {limit} connections at once");
                self.anomalies.note(AnomalyKind::LimitReached, Some(at), detail);
                self.close(place, CloseReason::Evicted, None, sink);
            }
            self.forget(place);
        }
    }

    /// The connection to give up first. One that was active since its entry was made gets a second chance, once
    /// per round.
    fn oldest(&mut self) -> Option<usize> {
        for wake in [Wake::Linger, Wake::BackgroundIdle, Wake::UdpIdle, Wake::TcpIdle] {
            let mut chances = self.places.len();
            while let Some(entry) = self.queues.take_oldest(wake) {
                if !self.is_current(wake, &entry) || self.waits_elsewhere(entry.place, wake) {
                    continue;
                }
                let due = self.due(entry.place, wake);
                if chances == 0 || due.is_none_or(|due| due <= entry.due) {
                    return Some(entry.place);
                }
                chances -= 1;
                self.wake_later(entry.place, wake);
            }
        }
        None
    }

    /// Looks at the connections that are due.
    fn wake_due(&mut self, sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        let now = self.clock.now();
        while let Some((wake, entry)) = self.queues.take_due(now) {
            if !self.is_current(wake, &entry) {
                continue;
            }
            let place = entry.place;
            match wake {
                Wake::Reorder => {
                    let connection = self.connections.get_mut(place).and_then(Option::as_mut);
                    let Some(connection) = connection else { continue };
                    connection.reorder_queued = false;
                    let last = connection.last;
                    self.follow(place, Step::Wake, last, sink);
                }
                _ if self.waits_elsewhere(place, wake) => {}
                _ if self.due(place, wake).is_some_and(|due| due > now) => self.wake_later(place, wake),
                Wake::TcpIdle | Wake::UdpIdle | Wake::BackgroundIdle => {
                    self.close(place, CloseReason::Idle, None, sink);
                    self.forget(place);
                }
                Wake::Linger => self.forget(place),
            }
        }
    }

    /// Whether a connection waits for something else than when its entry was made. One that nobody listens to any more
    /// has another, earlier entry by now; one that was recognised gets a later one.
    fn waits_elsewhere(&mut self, place: usize, wake: Wake) -> bool {
        let connection = self.connections.get(place).and_then(Option::as_ref);
        let Some(current) = connection.map(Connection::idle_wake) else {
            return true;
        };
        let elsewhere = wake != Wake::Linger && wake != current;
        if elsewhere && wake == Wake::BackgroundIdle {
            self.wake_later(place, current);
        }
        elsewhere
    }

    /// Whether an entry still concerns the connection at its place.
    fn is_current(&self, wake: Wake, entry: &Entry) -> bool {
        let connection = self.connections.get(entry.place).and_then(Option::as_ref);
        connection.is_some_and(|c| c.id() == entry.connection && c.closed == (wake == Wake::Linger))
    }

    /// When a connection is to be looked at for this reason, as far as is known now.
    fn due(&self, place: usize, wake: Wake) -> Option<Timestamp> {
        let connection = self.connections.get(place)?.as_ref()?;
        Some(match wake {
            Wake::TcpIdle => connection.active.plus(self.limits.tcp_idle),
            Wake::UdpIdle => connection.active.plus(self.limits.udp_idle),
            Wake::BackgroundIdle => connection.active.plus(self.limits.background_idle),
            Wake::Linger => connection.active.plus(self.limits.tcp_linger),
            Wake::Reorder => self.clock.now().plus(self.limits.reorder_time),
        })
    }

    fn wake_later(&mut self, place: usize, wake: Wake) {
        let connection = self
            .connections
            .get(place)
            .and_then(Option::as_ref)
            .map(Connection::id);
        let (Some(connection), Some(due)) = (connection, self.due(place, wake)) else {
            return;
        };
        self.queues.put(
            wake,
            Entry {
                due,
                place,
                connection,
            },
        );
        let connections = &self.connections;
        self.queues.trim(self.places.len(), |wake, entry| {
            let current = connections.get(entry.place).and_then(Option::as_ref);
            current.is_some_and(|c| c.id() == entry.connection && c.closed == (wake == Wake::Linger))
        });
    }

    /// Has a connection looked at when the reordering time is over, unless that is going to happen anyway: a capture
    /// whose clock stands still must not fill the queue.
    fn reorder_later(&mut self, place: usize) {
        let connection = self.connections.get_mut(place).and_then(Option::as_mut);
        if connection.is_some_and(|connection| !std::mem::replace(&mut connection.reorder_queued, true)) {
            self.wake_later(place, Wake::Reorder);
        }
    }

    /// Closes a connection, once; a TCP connection lingers.
    fn close(
        &mut self,
        place: usize,
        reason: CloseReason,
        at: Option<FrameRef>,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        if connection.closed {
            return;
        }
        let at = at.unwrap_or(connection.last);
        let held = connection.held_octets();
        self.at_work = Some((place, held));
        let mut around = Surroundings {
            now: self.clock.now(),
            limits: &self.limits,
            counters: &mut self.counters,
            anomalies: &mut self.anomalies,
            held_elsewhere: self.held_octets.saturating_sub(held),
            at,
        };
        flush(connection, &mut around, sink);
        connection.close(reason, at, sink);
        self.held_octets = self.held_octets.saturating_sub(held);
        self.at_work = None;
        self.wake_later(place, Wake::Linger);
    }

    /// Frees a connection's place.
    fn forget(&mut self, place: usize) {
        if let Some(connection) = self.connections.get_mut(place).and_then(Option::take) {
            let hash = self.hasher.hash_one(connection.key);
            if let Ok(entry) = self.places.find_entry(hash, |known| *known == place) {
                entry.remove();
            }
            self.vacant.push(place);
        }
    }

    fn note_copy(&mut self, at: FrameRef) {
        self.counters.duplicates += 1;
        let detail = || "the same packet was captured just before".to_owned();
        self.anomalies.note(AnomalyKind::DuplicateFrame, Some(at), detail);
    }
}
