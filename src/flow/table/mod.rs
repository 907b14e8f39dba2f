//! The connection table: every packet finds its connection in one look-up, and every connection ends once.

mod finding;
mod waking;

use std::cmp::Reverse;

use self::finding::FoundFlow;
use super::checksums::{Senders, Trust};
use super::clock::Clock;
use super::connection::{
    Connection, NewConnection, Step, Tracking, association, datagram_flow, flush, stream_connection,
    take_step,
};
use super::doubtful::Doubtful;
use super::expiry::{Queues, Wake};
use super::mirror::MirrorFilter;
use super::networks::NetworkFinder;
use super::origins::Origins;
use super::sctp::Chunks;
use super::seen_in::SeenIn;
use super::slot_id::SlotId;
use super::slots::{Lookup, Slots};
use super::tcp::{Arrival, FlowContext, Progress, Verdict};
use super::{
    CloseReason, ConnectionId, ConnectionInfo, FailedConnect, FlowCounters, Limits, SessionState,
    StreamEvent, TransportKind,
};
use crate::model::fault::{self, PipelineStage};
use crate::model::{AnomalyKind, AnomalyLog, Direction, Endpoint, FrameRef, NetworkConclusion, SharedSort};
use crate::net::{Packet, SctpPacket, TcpSegment, Transport, UdpDatagram};

/// Which part of all that may be held out of order is made free where it is full.
const ROOM: usize = 8;
/// Connections asked for in vain that are kept until they are taken. Whoever takes them does so at every packet.
const FAILED_CONNECTS: usize = 4096;

/// All connections, each with the session state `S`.
#[derive(Debug)]
pub struct FlowTable<S> {
    /// What was odd in the transport.
    pub anomalies: AnomalyLog,
    limits: Limits,
    counters: FlowCounters,
    slots: Slots<S>,
    queues: Queues,
    mirror: MirrorFilter,
    senders: Senders,
    networks: NetworkFinder,
    origins: Origins,
    /// Connections that were asked for in vain, and not taken yet.
    failed_connects: Vec<FailedConnect>,
    clock: Clock,
    next_id: u64,
    held_octets: usize,
    /// The connection that is being changed, and what it held before.
    at_work: Option<(SlotId, usize)>,
    /// The connections that are still to be closed at the end, the first seen last.
    closing: Option<Vec<(ConnectionId, SlotId)>>,
}

impl<S: SessionState> Default for FlowTable<S> {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl<S: SessionState> FlowTable<S> {
    /// An empty table.
    pub fn new(limits: Limits) -> Self {
        let connections = limits.connections.min(SlotId::ALL);
        Self {
            anomalies: AnomalyLog::default(),
            limits: Limits {
                connections,
                ..limits
            },
            counters: FlowCounters::default(),
            slots: Slots::default(),
            queues: Queues::default(),
            mirror: MirrorFilter::default(),
            senders: Senders::default(),
            networks: NetworkFinder::default(),
            failed_connects: Vec::new(),
            origins: Origins::default(),
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

    /// Whether there are [conclusions](Self::take_conclusions) about networks.
    #[inline]
    pub fn has_conclusions(&self) -> bool {
        self.networks.has_news()
    }

    /// What was concluded about networks since the last call.
    pub fn take_conclusions(&mut self) -> Vec<NetworkConclusion> {
        self.networks.take()
    }

    /// Connections that were asked for in vain and came to their end since the last call.
    pub fn take_failed_connects(&mut self) -> Vec<FailedConnect> {
        std::mem::take(&mut self.failed_connects)
    }

    /// Whether there are any.
    #[inline]
    pub const fn has_failed_connects(&self) -> bool {
        !self.failed_connects.is_empty()
    }

    /// Octets held over all connections.
    pub(crate) const fn held(&self) -> usize {
        self.held_octets
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
        self.origins.note(packet.network.origin);
        self.wake_due(&mut sink);
        match &packet.transport {
            Transport::Tcp(segment) => self.push_segment(packet, segment, &mut sink),
            Transport::Udp(datagram) => self.push_datagram(packet, datagram, &mut sink),
            Transport::Sctp(sctp) => self.push_chunks(packet, sctp, &mut sink),
        }
    }

    /// The input ended: every connection that is open is closed, in the order they were first seen. Called again
    /// after a panic, it goes on behind the connection it panicked at.
    pub fn finish(&mut self, mut sink: impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        if self.closing.is_none() {
            self.closing = Some(self.open_connections());
        }
        while let Some((_, slot)) = self.closing.as_mut().and_then(Vec::pop) {
            self.close(slot, CloseReason::CaptureEnd, None, &mut sink);
        }
    }

    /// All connections with what their sessions keep.
    pub fn sessions(&mut self) -> impl Iterator<Item = (&ConnectionInfo, &mut S)> {
        self.slots
            .iter_mut()
            .map(|connection| (&connection.info, &mut connection.session))
    }

    /// Lets go of what is kept of connections whose sessions want no more of them, other than at a packet of theirs.
    pub fn let_go(&mut self) {
        let unwanted = self.slots.iter().filter(|(_, connection)| {
            let is_followed = !matches!(connection.tracking, Tracking::Background(_));
            is_followed && !connection.is_closed() && !connection.session.wants_data()
        });
        let unwanted: Vec<SlotId> = unwanted.map(|(slot, _)| slot).collect();
        for slot in unwanted {
            let Some(connection) = self.slots.get_mut(slot) else {
                continue;
            };
            let held = connection.held_octets();
            if connection.stop_reassembly() {
                let left = connection.held_octets();
                self.held_octets = self.held_octets.saturating_sub(held).saturating_add(left);
                self.wake_sooner(slot);
            }
        }
    }

    fn open_connections(&self) -> Vec<(ConnectionId, SlotId)> {
        let open = self
            .slots
            .iter()
            .filter(|(_, connection)| !connection.is_closed());
        let mut open: Vec<_> = open.map(|(slot, connection)| (connection.id(), slot)).collect();
        open.shared_sort_by(|one, other| other.cmp(one));
        open
    }

    /// After a panic: closes the connection that was being changed, if any, without another look at what it holds.
    pub fn give_up_current(&mut self, mut sink: impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>)) {
        let Some((slot, held)) = self.at_work.take() else {
            return;
        };
        self.held_octets = self.held_octets.saturating_sub(held);
        if let Some(connection) = self.slots.get_mut(slot) {
            connection.close(CloseReason::Evicted, connection.last, &mut sink);
            self.slots.remove(slot);
        }
    }

    fn push_datagram(
        &mut self,
        packet: &Packet<'_>,
        datagram: &UdpDatagram<'_>,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        self.counters.datagrams += 1;
        let ports = [datagram.source_port, datagram.destination_port];
        let Some((slot, direction)) = self.meet(TransportKind::Udp, packet, ports, sink, datagram_flow)
        else {
            return;
        };
        let trust = self.senders.judge(packet.source, packet.checksum_holds());
        if trust == Trust::Wrong {
            return self.note_damaged(packet.at);
        }
        // A datagram is no part of a stream: it is of the file and interface that it lies in, whatever lay between its ends before.
        if let Some(connection) = self.slots.get_mut(slot) {
            connection.info.network.origin = packet.network.origin;
        }
        let event = StreamEvent::Datagram {
            direction,
            bytes: datagram.payload,
            first: packet.first,
            at: packet.at,
            missing: packet.missing,
        };
        self.tell_datagram(slot, &event, trust, sink);
        self.wake_sooner(slot);
    }

    /// Gives out a datagram, and before it the one that was held, unless it replaces that; or holds it.
    fn tell_datagram(
        &mut self,
        slot: SlotId,
        event: &StreamEvent<'_>,
        trust: Trust,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        let Some(Connection {
            info,
            session,
            tracking: Tracking::Datagrams(doubtful),
            ..
        }) = self.slots.get_mut(slot)
        else {
            return;
        };
        let mut damaged = None;
        if let Some(held) = doubtful.take() {
            self.held_octets = self.held_octets.saturating_sub(held.cost());
            if held.is_replaced_by(event, trust) {
                damaged = Some(held.at());
            } else {
                sink(info, session, held.event());
            }
        }
        let room = self.limits.held_octets_in_all.saturating_sub(self.held_octets);
        let held = Doubtful::of(event).filter(|held| trust == Trust::Doubtful && held.cost() <= room);
        if let Some(held) = held {
            self.held_octets = self.held_octets.saturating_add(held.cost());
            *doubtful = Some(Box::new(held));
        } else {
            sink(info, session, *event);
        }
        if let Some(at) = damaged {
            self.note_damaged(at);
        }
    }

    #[cold]
    fn note_damaged(&mut self, at: FrameRef) {
        let detail = || "a UDP checksum that is wrong: the datagram's receiver dropped it".to_owned();
        self.anomalies
            .note(AnomalyKind::MalformedPacket, Some(at), detail);
    }

    fn push_chunks(
        &mut self,
        packet: &Packet<'_>,
        sctp: &SctpPacket<'_>,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        self.counters.packets += 1;
        let ports = [sctp.source_port, sctp.destination_port];
        if let Some((slot, direction)) = self.meet(TransportKind::Sctp, packet, ports, sink, association) {
            let chunks = Chunks {
                direction,
                packet: sctp,
                first: packet.first,
            };
            self.follow(slot, Step::Chunks(&chunks), packet.at, sink);
        }
    }

    /// Finds, or makes, the connection of a packet that is no TCP segment; none where there is nothing to be said of
    /// it, as nobody listens or it is a copy.
    #[inline]
    fn meet(
        &mut self,
        transport: TransportKind,
        packet: &Packet<'_>,
        [source, destination]: [u16; 2],
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
        make: fn(ConnectionId, [Endpoint; 2]) -> NewConnection,
    ) -> Option<(SlotId, Direction)> {
        let source = Endpoint::new(packet.source, source);
        let destination = Endpoint::new(packet.destination, destination);
        let lookup = self.slots.look_up(transport, source, destination);
        let (slot, is_copy) = match self.find_flow(&lookup, packet) {
            Some(FoundFlow { slot, is_copy }) => (slot, is_copy),
            None => {
                let make = |id| make(id, [source, destination]);
                let carried_on = self.carried_on(&lookup, packet);
                let slot = self.open(&lookup, lookup.source_is_low, packet, sink, make);
                if let Some((connection, session)) = self.slots.get_mut(slot).zip(carried_on) {
                    connection.session = session;
                }
                (slot, None)
            }
        };
        let direction = self.touch(slot, &lookup, packet)?;
        let connection = self.slots.get_mut(slot)?;
        if !connection.session.wants_data() {
            return None;
        }
        let id = connection.id();
        if is_copy.unwrap_or_else(|| self.mirror.is_copy(id, direction, packet)) {
            self.note_copy(packet.at);
            return None;
        }
        Some((slot, direction))
    }

    /// Notes that a packet of a connection was captured; its direction.
    #[inline]
    fn touch(&mut self, slot: SlotId, lookup: &Lookup, packet: &Packet<'_>) -> Option<Direction> {
        let connection = self.slots.get_mut(slot)?;
        let direction = connection.direction_from(lookup.source_is_low);
        let first_there = connection.touch(direction, packet, self.clock.active());
        if first_there && packet.network != connection.info.network {
            self.networks.one(&connection.seen_in.all());
        }
        Some(direction)
    }

    fn push_segment(
        &mut self,
        packet: &Packet<'_>,
        segment: &TcpSegment<'_>,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        self.counters.segments += 1;
        let source = Endpoint::new(packet.source, segment.source_port);
        let destination = Endpoint::new(packet.destination, segment.destination_port);
        let lookup = self.slots.look_up(TransportKind::Tcp, source, destination);
        let slot = match self.find_stream(&lookup, packet, segment) {
            Some(slot) if self.belongs(slot, lookup.source_is_low, segment) => slot,
            Some(slot) => {
                self.close(slot, CloseReason::Replaced, None, sink);
                self.slots.remove(slot);
                self.open_stream(&lookup, [source, destination], packet, segment, sink)
            }
            None => self.open_stream(&lookup, [source, destination], packet, segment, sink),
        };
        let Some(direction) = self.touch(slot, &lookup, packet) else {
            return;
        };
        let Some(connection) = self.slots.get_mut(slot) else {
            return;
        };
        // Nobody listens: there is nothing to be said of it before it ends.
        if let Tracking::Background(flow) = &mut connection.tracking {
            if !connection.awaits.lingers() {
                let progress = flow.note(direction, segment, packet.missing);
                self.conclude(slot, progress, packet.at, sink);
            }
            return;
        }
        // The checksum of a segment that opens, closes or only acknowledges counts too, to know those of its sender.
        let trusted = match &mut connection.tracking {
            Tracking::Reassembled(reassembly) => reassembly.trusts(direction, packet.checksum_holds()),
            _ => true,
        };
        let doubtful = !trusted && !segment.payload.is_empty() && !segment.flags.rst;
        // Sent again at once, it may have other octets.
        if !doubtful && self.mirror.is_copy(connection.id(), direction, packet) {
            self.note_copy(packet.at);
            return;
        }
        let arrival = Arrival {
            direction,
            segment,
            missing: packet.missing,
            doubtful,
        };
        self.follow(slot, Step::Segment(&arrival), packet.at, sink);
        if self.held_octets > self.limits.held_octets_in_all {
            self.make_room_for_held(packet.at, sink);
        }
    }

    /// Gives up what connections hold out of order, of those that hold most first, until there is so much room that it is not
    /// looked for at every segment.
    #[cold]
    fn make_room_for_held(
        &mut self,
        at: FrameRef,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        let most = self.limits.held_octets_in_all;
        let holders = self.slots.iter().map(|(slot, connection)| {
            let held = connection.held_octets();
            (Reverse(held), connection.id(), slot)
        });
        let mut holders: Vec<_> = holders.filter(|(Reverse(held), ..)| *held > 0).collect();
        holders.shared_sort_by_key(|(held, id, _)| (*held, *id));
        for (_, _, slot) in holders {
            if self.held_octets <= most - most / ROOM {
                break;
            }
            self.follow(slot, Step::GiveUpHoles, at, sink);
        }
    }

    /// Makes a new TCP connection, of which this segment is the first seen.
    fn open_stream(
        &mut self,
        lookup: &Lookup,
        [source, destination]: [Endpoint; 2],
        packet: &Packet<'_>,
        segment: &TcpSegment<'_>,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) -> SlotId {
        let answers = segment.flags.syn && segment.acknowledgement.is_some();
        let ends = if answers {
            [destination, source]
        } else {
            [source, destination]
        };
        // The two ends may be one and the same, which is then low and opens it.
        let initiator_is_low = (lookup.source_is_low != answers) || source == destination;
        self.open(lookup, initiator_is_low, packet, sink, |id| {
            stream_connection(id, ends)
        })
    }

    /// Whether a segment goes on with the connection in `slot`, and opens no new one between its endpoints.
    #[inline]
    fn belongs(&self, slot: SlotId, source_is_low: bool, segment: &TcpSegment<'_>) -> bool {
        let Some(connection) = self.slots.get(slot) else {
            return false;
        };
        let direction = connection.direction_from(source_is_low);
        let verdict = match &connection.tracking {
            Tracking::Reassembled(reassembly) => reassembly.classify(direction, segment),
            Tracking::Background(flow) => flow.classify(direction, segment, connection.is_closed()),
            Tracking::Messages(_) | Tracking::Datagrams(_) => Verdict::Belongs,
        };
        verdict == Verdict::Belongs
    }

    /// Lets one connection take a step and draws the consequences.
    fn follow(
        &mut self,
        slot: SlotId,
        step: Step<'_>,
        at: FrameRef,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        let Some(connection) = self.slots.get_mut(slot) else {
            return;
        };
        let held_before = connection.held_octets();
        self.at_work = Some((slot, held_before));
        fault::trip(PipelineStage::Flow, at);
        let mut context = FlowContext {
            now: self.clock.now(),
            limits: &self.limits,
            counters: &mut self.counters,
            anomalies: &mut self.anomalies,
            held_elsewhere: self.held_octets.saturating_sub(held_before),
            at,
        };
        let progress = take_step(connection, step, &mut context, sink);
        let let_go = !connection.session.wants_data() && connection.stop_reassembly();
        let held = connection.held_octets();
        self.held_octets = self.held_octets.saturating_sub(held_before).saturating_add(held);
        self.at_work = None;
        if let_go {
            self.wake_sooner(slot);
        }
        self.conclude(slot, progress, at, sink);
    }

    /// Draws the consequences of what became of a connection.
    #[inline]
    fn conclude(
        &mut self,
        slot: SlotId,
        progress: Progress,
        at: FrameRef,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        match progress {
            Progress::Open => {}
            Progress::Waiting => self.reorder_later(slot),
            Progress::Finished => self.close(slot, CloseReason::Finished, Some(at), sink),
            Progress::Reset(by) => self.close(slot, CloseReason::Reset { by }, Some(at), sink),
        }
    }

    /// Makes a new connection.
    fn open(
        &mut self,
        lookup: &Lookup,
        initiator_is_low: bool,
        packet: &Packet<'_>,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
        make: impl FnOnce(ConnectionId) -> NewConnection,
    ) -> SlotId {
        self.make_room_among_rivals(lookup, sink);
        self.make_room(packet.at, sink);
        let id = ConnectionId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        let NewConnection { mut info, tracking } = make(id);
        info.network = packet.network;
        match info.transport {
            TransportKind::Tcp => self.counters.tcp_connections += 1,
            TransportKind::Udp => self.counters.udp_flows += 1,
            TransportKind::Sctp => self.counters.associations += 1,
        }
        let connection = Connection {
            initiator_is_low,
            info,
            seen_in: SeenIn::default(),
            session: S::default(),
            tracking,
            // Until its first entry is made below.
            awaits: Wake::BackgroundIdle,
            reorder_queued: false,
            last: packet.at,
            active: self.clock.active(),
        };
        let wake = connection.idle_wake();
        let slot = self.slots.insert(lookup, connection);
        self.wake_later(slot, wake);
        slot
    }

    /// Closes a connection, once; a TCP connection lingers.
    fn close(
        &mut self,
        slot: SlotId,
        reason: CloseReason,
        at: Option<FrameRef>,
        sink: &mut dyn FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) {
        let Some(connection) = self.slots.get_mut(slot) else {
            return;
        };
        if connection.is_closed() {
            return;
        }
        if self.failed_connects.len() < FAILED_CONNECTS {
            self.failed_connects.extend(connection.failed_connect());
        }
        let at = at.unwrap_or(connection.last);
        let held = connection.held_octets();
        self.at_work = Some((slot, held));
        let mut context = FlowContext {
            now: self.clock.now(),
            limits: &self.limits,
            counters: &mut self.counters,
            anomalies: &mut self.anomalies,
            held_elsewhere: self.held_octets.saturating_sub(held),
            at,
        };
        flush(connection, &mut context, sink);
        connection.close(reason, at, sink);
        self.held_octets = self.held_octets.saturating_sub(held);
        self.at_work = None;
        let linger = connection.awaits;
        self.wake_later(slot, linger);
    }

    fn note_copy(&mut self, at: FrameRef) {
        self.counters.duplicates += 1;
        let detail = || "the same packet was captured just before".to_owned();
        self.anomalies.note(AnomalyKind::DuplicateFrame, Some(at), detail);
    }
}
