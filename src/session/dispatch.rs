//! The dispatcher: finds each connection's protocol by its first octets and hands it the connection's events.
//!
//! A protocol is hooked in with one line in [`stream_protocol`] or [`datagram_protocol`], one variant in
//! [`ConnectionState`], and one arm in [`Sessions::hand_over`].

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::context::{BodyBudget, Context, ExchangeIds, FromTls};
use super::foreign::Foreign;
use super::probe::{Held, PROBE_OCTETS, Probe, ProbeInside, Probing};
use super::sms::{ShortMessages, Tools};
use super::surroundings::{TransactionEvent, Transactions, diameter, dns, gtpc, ldap, radius, transport};
use super::{Limits, http, sip, smpp, smtp, ss7, wsp, wtp};
use super::{SessionEvent, Sink};
use crate::flow::{
    CloseReason, ConnectionInfo, FailedConnect, Recognised, SessionState, StreamEvent, TransportKind,
};
use crate::model::SharedSort;
use crate::model::fault::{self, Fault, PipelineStage};
use crate::model::{
    AnomalyKind, AnomalyLog, Direction, Extent, FailedHandshake, FrameRef, NetworkConclusion, Networks,
    TransactionProtocol, Undeliverable,
};

/// What a connection that keeps anything takes beside that: its state here, and what the flow table has to follow it.
const CONNECTION_OCTETS: usize = 2 * 1024;

/// Protocols, and ports of unknown ones, that are counted apart.
const PROTOCOLS: usize = 64;

/// Which part of all that connections may keep is made free where it is full: connections are looked through once for so many
/// octets that come.
const ROOM: usize = 8;

/// What the session layer keeps for one connection; the flow table holds it.
#[derive(Debug)]
pub struct ConnectionState {
    state: State,
    /// What it kept after the last event, as [`Sessions`] counts it.
    held_octets: usize,
}

#[derive(Debug)]
enum State {
    /// No protocol is known yet.
    Probing(Probing),
    /// HTTP, in either version.
    Http(Box<http::Connection>),
    /// Connectionless WSP, and WAP pushes.
    Wsp(Box<wsp::Connection>),
    /// WSP over WTP.
    Wtp(Box<wtp::Connection>),
    /// SMPP.
    Smpp(Box<smpp::Connection>),
    /// SIP, over UDP, TCP or SCTP.
    Sip(Box<sip::Connection>),
    /// SMTP.
    Smtp(Box<smtp::Connection>),
    /// The signalling network, over SCTP: its dialogues belong to no association.
    Ss7,
    /// DNS over UDP.
    DnsDatagrams,
    /// DNS over TCP.
    Dns(Box<dns::Connection>),
    /// LDAP.
    Ldap(Box<ldap::Connection>),
    /// RADIUS: its packets pair by themselves.
    Radius,
    /// GTP-C: the same.
    Gtpc,
    /// Diameter, over TCP or SCTP.
    Diameter(Box<diameter::Connection>),
    /// None of ours, or no longer: nothing is done with it.
    Background(Foreign),
}

impl Default for ConnectionState {
    fn default() -> Self {
        Self {
            state: State::Probing(Probing::default()),
            held_octets: 0,
        }
    }
}

impl State {
    /// The protocol's name, for counting connections.
    fn name(&self, info: &ConnectionInfo) -> Cow<'static, str> {
        let name = match self {
            Self::Probing(probing) => return probing.foreign.name(info).into(),
            Self::Background(foreign) => return foreign.name(info).into(),
            Self::Http(connection) => connection.name(),
            Self::Wsp(_) => "WSP, connectionless",
            Self::Wtp(_) => "WSP over WTP",
            Self::Smpp(_) => "SMPP",
            Self::Sip(_) => "SIP",
            Self::Smtp(_) => "SMTP",
            Self::Ss7 => "SS7",
            Self::DnsDatagrams => "DNS, over UDP",
            Self::Dns(_) => "DNS, over TCP",
            Self::Ldap(_) => "LDAP",
            Self::Radius => "RADIUS",
            Self::Gtpc => "GTP-C",
            Self::Diameter(_) => "Diameter",
        };
        name.into()
    }
}

impl SessionState for ConnectionState {
    fn wants_data(&self) -> bool {
        match &self.state {
            State::Probing(_) => true,
            State::Http(connection) => connection.wants_data(),
            State::Smtp(connection) => connection.wants_data(),
            State::Dns(connection) => connection.wants_data(),
            State::Ldap(connection) => connection.wants_data(),
            State::Wsp(_)
            | State::Wtp(_)
            | State::Smpp(_)
            | State::Sip(_)
            | State::Ss7
            | State::DnsDatagrams
            | State::Radius
            | State::Gtpc
            | State::Diameter(_) => true,
            State::Background(_) => false,
        }
    }

    fn is_ours(&self) -> bool {
        match &self.state {
            State::Http(connection) => connection.is_ours(),
            State::Smtp(connection) => connection.is_ours(),
            State::Wsp(_) | State::Wtp(_) | State::Smpp(_) | State::Sip(_) | State::Ss7 => true,
            // What concerns a message there is told by what correlation knows of it, and looked at again it tells as much.
            State::DnsDatagrams
            | State::Dns(_)
            | State::Ldap(_)
            | State::Radius
            | State::Gtpc
            | State::Diameter(_) => false,
            State::Probing(_) | State::Background(_) => false,
        }
    }

    fn recognises(&self, direction: Direction, datagram: &[u8]) -> Option<Recognised> {
        match &self.state {
            State::Wtp(connection) => connection.recognises(direction, datagram),
            State::Wsp(connection) => connection.recognises(direction, datagram),
            _ => None,
        }
    }

    fn carried_on(&self) -> Self {
        match &self.state {
            State::Wtp(connection) => Self {
                state: State::Wtp(Box::new(connection.carried_on())),
                held_octets: 0,
            },
            _ => Self::default(),
        }
    }
}

impl ConnectionState {
    /// One that is known to speak the protocol of a system around the MMSC, whatever its first octets are; where that is carried by
    /// another one, nothing is known. For fuzzing.
    pub(crate) fn speaking(protocol: TransactionProtocol, transport: TransportKind) -> Self {
        let state = match protocol {
            TransactionProtocol::Radius => State::Radius,
            TransactionProtocol::Gtp | TransactionProtocol::Gtpv2 => State::Gtpc,
            TransactionProtocol::Diameter => State::Diameter(Box::default()),
            TransactionProtocol::Dns if transport == TransportKind::Udp => State::DnsDatagrams,
            TransactionProtocol::Dns => State::Dns(Box::default()),
            TransactionProtocol::Ldap => State::Ldap(Box::default()),
            TransactionProtocol::Map
            | TransactionProtocol::Sti
            | TransactionProtocol::Tcp
            | TransactionProtocol::Icmp
            | TransactionProtocol::Tls => return Self::default(),
        };
        Self {
            state,
            held_octets: 0,
        }
    }

    /// Whether the next octets of a direction may be the first of TLS: no protocol is known yet, or both ends agreed on it.
    pub fn may_turn_to_tls(&self, direction: Direction) -> bool {
        match &self.state {
            State::Probing(probing) => !probing.holds(direction),
            State::Smtp(connection) => connection.awaits_tls(),
            _ => false,
        }
    }

    /// Whether nothing was seen of any protocol.
    pub fn is_untouched(&self) -> bool {
        matches!(&self.state, State::Probing(probing) if probing.octets() == 0)
    }
}

impl State {
    /// Octets that the connection keeps until something is whole, about, bodies aside.
    fn held_octets(&self) -> usize {
        match self {
            Self::Probing(probing) => probing.held_octets(),
            Self::Http(connection) => connection.held_octets(),
            Self::Wsp(connection) => connection.held_octets(),
            Self::Wtp(connection) => connection.held_octets(),
            Self::Smpp(connection) => connection.held_octets(),
            Self::Sip(connection) => connection.held_octets(),
            Self::Smtp(connection) => connection.held_octets(),
            Self::Dns(connection) => connection.held_octets(),
            Self::Ldap(connection) => connection.held_octets(),
            Self::Diameter(connection) => connection.held_octets(),
            Self::Ss7 | Self::DnsDatagrams | Self::Radius | Self::Gtpc | Self::Background(_) => 0,
        }
    }

    /// Octets of bodies that are not whole, which the budget of all bodies counts.
    fn body_octets(&self) -> usize {
        match self {
            Self::Http(connection) => connection.body_octets(),
            Self::Wtp(connection) => connection.body_octets(),
            Self::Smtp(connection) => connection.body_octets(),
            Self::Probing(_)
            | Self::Wsp(_)
            | Self::Smpp(_)
            | Self::Sip(_)
            | Self::Ss7
            | Self::DnsDatagrams
            | Self::Dns(_)
            | Self::Ldap(_)
            | Self::Radius
            | Self::Gtpc
            | Self::Diameter(_)
            | Self::Background(_) => 0,
        }
    }
}

/// The protocol of a byte stream, by the first octets of one direction; or, where its beginning was not captured, by some of
/// them. DNS looks like the middle of anything.
fn stream_protocol(prefix: &[u8], from_beginning: bool) -> Search {
    let search = Search::default()
        .ask(
            || http::probe(prefix),
            || State::Http(Box::new(http::Connection::http1())),
        )
        .ask(
            || http::probe_http2(prefix, from_beginning),
            || State::Http(Box::new(http::Connection::http2())),
        )
        .ask(|| smpp::probe(prefix), || State::Smpp(Box::default()))
        .ask(|| sip::probe(prefix), || State::Sip(Box::default()))
        .ask(|| smtp::probe(prefix), || State::Smtp(Box::default()))
        .ask(|| ldap::probe(prefix), || State::Ldap(Box::default()))
        .ask(|| diameter::probe(prefix), || State::Diameter(Box::default()));
    match from_beginning {
        true => search.ask(|| dns::probe(prefix), || State::Dns(Box::default())),
        false => search,
    }
}

/// A place at which a message may begin.
#[derive(Clone, Copy)]
struct Start {
    at: usize,
    /// Octets from there on that may be held until it is certain.
    room: usize,
}

/// What a protocol says of octets, how many may be held where it is unsure, and its state where it is certain.
type Opinion = (ProbeInside, usize, fn() -> State);

/// The protocol of a byte stream whose messages may begin inside a segment, because its beginning was not captured; else
/// the first place at which one may begin.
fn stream_protocol_inside(octets: &[u8]) -> Result<State, Option<Start>> {
    let opinions: [Opinion; 5] = [
        (http::probe_inside(octets), http::INSIDE_OCTETS, || {
            State::Http(Box::new(http::Connection::http2_inside()))
        }),
        (smpp::probe_inside(octets), PROBE_OCTETS, || {
            State::Smpp(Box::default())
        }),
        (sip::probe_inside(octets), PROBE_OCTETS, || {
            State::Sip(Box::default())
        }),
        (smtp::probe_inside(octets), PROBE_OCTETS, || {
            State::Smtp(Box::default())
        }),
        (diameter::probe_inside(octets), PROBE_OCTETS, || {
            State::Diameter(Box::default())
        }),
    ];
    let is_certain = |opinion: ProbeInside| opinion == ProbeInside::Certain;
    if let Some((_, _, state)) = opinions.iter().find(|(opinion, ..)| is_certain(*opinion)) {
        return Ok(state());
    }
    let starts = opinions.iter().filter_map(|(opinion, room, _)| match opinion {
        ProbeInside::Unsure(at) => Some(Start { at: *at, room: *room }),
        ProbeInside::Certain | ProbeInside::NotOurs => None,
    });
    Err(starts.min_by_key(|start| (start.at, Reverse(start.room))))
}

/// The protocol of a connection of datagrams or messages, by one of them.
fn datagram_protocol(info: &ConnectionInfo, datagram: &[u8]) -> Search {
    if info.transport == TransportKind::Sctp {
        return Search::default()
            .ask(|| ss7::probe(datagram), || State::Ss7)
            .ask(|| sip::probe(datagram), || State::Sip(Box::default()))
            .ask(|| diameter::probe(datagram), || State::Diameter(Box::default()));
    }
    Search::default()
        .ask(|| dns::probe_datagram(datagram), || State::DnsDatagrams)
        .ask(|| wtp::probe(info, datagram), || State::Wtp(Box::default()))
        .ask(|| wsp::probe(info, datagram), || State::Wsp(Box::default()))
        .ask(|| sip::probe(datagram), || State::Sip(Box::default()))
        .ask(|| radius::probe(datagram), || State::Radius)
        .ask(|| gtpc::probe(datagram), || State::Gtpc)
}

/// What the protocols say of octets, asked one after the other until one is certain.
#[derive(Default)]
struct Search {
    found: Option<State>,
    /// Whether one of them is unsure.
    unsure: bool,
}

impl Search {
    /// Asks one more protocol, which has this state where the octets are its own.
    fn ask(self, probe: impl FnOnce() -> Probe, state: fn() -> State) -> Self {
        if self.found.is_some() {
            return self;
        }
        match probe() {
            Probe::Certain => Self {
                found: Some(state()),
                unsure: false,
            },
            Probe::Unsure => Self { unsure: true, ..self },
            Probe::NotOurs => self,
        }
    }
}

/// The session layer: what all connections share. Each connection's own state lies in the flow table.
#[derive(Debug)]
pub struct Sessions {
    /// What was odd in the protocols.
    pub anomalies: AnomalyLog,
    limits: Limits,
    /// What connections keep now.
    held_octets: usize,
    /// Whether a connection was given up that may still say something.
    given_up: bool,
    /// What TLS says of the event at hand.
    pub(super) tls: FromTls,
    networks: Networks,
    exchanges: ExchangeIds,
    budget: BodyBudget,
    partial: http::PartialEntities,
    protocols: BTreeMap<Cow<'static, str>, u64>,
    short_messages: ShortMessages,
    message_ids: smpp::MessageIds,
    relayed: sip::Relayed,
    dialogues: ss7::Dialogues,
    wap_sessions: wsp::KnownSessions,
    transactions: Transactions,
    transport: transport::Transport,
}

impl Default for Sessions {
    fn default() -> Self {
        Self::within(Limits::default())
    }
}

impl Sessions {
    /// Sessions with these limits.
    pub fn within(limits: Limits) -> Self {
        Self {
            anomalies: AnomalyLog::default(),
            limits,
            held_octets: 0,
            given_up: false,
            tls: FromTls::default(),
            networks: Networks::default(),
            exchanges: ExchangeIds::default(),
            budget: BodyBudget::of(limits.bodies_octets),
            partial: http::PartialEntities::default(),
            protocols: BTreeMap::new(),
            short_messages: ShortMessages::default(),
            message_ids: smpp::MessageIds::default(),
            relayed: sip::Relayed::default(),
            dialogues: ss7::Dialogues::default(),
            wap_sessions: wsp::KnownSessions::default(),
            transactions: Transactions::within(limits.transactions, limits.response_timeout),
            transport: transport::Transport::default(),
        }
    }

    /// What connections keep now.
    #[cfg(test)]
    pub(super) const fn held_octets(&self) -> usize {
        self.held_octets
    }

    /// Whether a connection was given up since this was last asked, though it may still say something.
    pub(crate) const fn take_given_up(&mut self) -> bool {
        std::mem::replace(&mut self.given_up, false)
    }

    /// Something was concluded of the networks that connections are seen in.
    pub fn network(&mut self, conclusion: NetworkConclusion) {
        self.networks.learn(conclusion);
    }

    /// Takes one event that came out of TLS, with what that says of it; as [`Sessions::on_event`] does.
    pub fn on_event_from_tls(
        &mut self,
        info: &ConnectionInfo,
        state: &mut ConnectionState,
        event: StreamEvent<'_>,
        tls: FromTls,
        sink: Sink<'_>,
    ) {
        self.tls = tls;
        self.on_event(info, state, event, sink);
        self.tls = FromTls::default();
    }

    /// Takes one event of a connection; whatever it completes goes to `sink`. A panic here or in `sink` costs the
    /// connection, and is noted.
    pub fn on_event(
        &mut self,
        info: &ConnectionInfo,
        state: &mut ConnectionState,
        event: StreamEvent<'_>,
        sink: Sink<'_>,
    ) {
        if let Err(fault) = fault::isolated(|| self.take_event(info, state, event, sink)) {
            self.lose(state, &fault, event.at());
        }
        if let StreamEvent::Closed { .. } = event {
            state.state = State::Background(Foreign::Unknown);
        }
        let kept = state.state.held_octets();
        let after = match kept > 0 || state.state.body_octets() > 0 {
            true => kept.saturating_add(CONNECTION_OCTETS),
            false => 0,
        };
        let before = std::mem::replace(&mut state.held_octets, after);
        self.held_octets = self.held_octets.saturating_sub(before).saturating_add(after);
    }

    /// Whether connections keep more than they may. Then [`Sessions::holders`] are to be given up, until there is room.
    pub const fn is_full(&self) -> bool {
        self.held_octets > self.limits.unfinished_octets || self.budget.is_overdrawn()
    }

    /// Whether there is room again, so much that it is not looked for at every event.
    pub const fn has_room(&self) -> bool {
        let limit = self.limits.unfinished_octets;
        self.held_octets <= limit - limit / ROOM && self.budget.has_room(ROOM)
    }

    /// Those of some connections that keep anything: what holds most first, of equal ones the oldest.
    pub fn holders<'s>(
        connections: impl Iterator<Item = (&'s ConnectionInfo, &'s mut ConnectionState)>,
    ) -> Vec<(&'s ConnectionInfo, &'s mut ConnectionState)> {
        let mut holders: Vec<_> = connections.filter(|(_, state)| state.held_octets > 0).collect();
        holders.shared_sort_by_cached_key(|(info, state)| {
            let held = state.held_octets.saturating_add(state.state.body_octets());
            (Reverse(held), info.id)
        });
        holders
    }

    /// After a panic: forgets a connection whose state may be half changed. Its exchanges stay without an answer, and
    /// nobody says that none came.
    fn lose(&mut self, state: &mut ConnectionState, fault: &Fault, at: FrameRef) {
        self.anomalies.note(AnomalyKind::InternalFault, Some(at), || {
            format!("a fault in {}; one connection was given up", fault.place())
        });
        self.budget.give_back(state.state.body_octets());
        state.state = State::Background(Foreign::Unknown);
        self.given_up = true;
    }

    /// Ends a connection for which there is no room: what there is of its messages is handed on.
    pub fn give_up(
        &mut self,
        info: &ConnectionInfo,
        state: &mut ConnectionState,
        at: FrameRef,
        sink: Sink<'_>,
    ) {
        let Limits {
            unfinished_octets,
            bodies_octets,
            ..
        } = self.limits;
        let is_of_bodies = self.budget.is_overdrawn();
        self.anomalies
            .note(AnomalyKind::LimitReached, Some(at), || match is_of_bodies {
                true => format!("bodies of all connections fill {bodies_octets} octets; one connection was given up"),
                false => format!(
                    "unfinished messages of all connections fill {unfinished_octets} octets; one connection was given up"
                ),
            });
        let held = std::mem::take(&mut state.held_octets);
        self.held_octets = self.held_octets.saturating_sub(held);
        let reason = CloseReason::Evicted;
        let closed = StreamEvent::Closed { reason, at };
        if let Err(fault) = fault::isolated(|| self.take_event(info, state, closed, sink)) {
            self.lose(state, &fault, at);
        }
        state.state = State::Background(Foreign::Unknown);
    }

    fn take_event(
        &mut self,
        info: &ConnectionInfo,
        state: &mut ConnectionState,
        event: StreamEvent<'_>,
        sink: Sink<'_>,
    ) {
        fault::trip(PipelineStage::Session, event.at());
        self.tell_unanswered(event.at(), sink);
        if let StreamEvent::Closed { .. } = event {
            self.count_protocol(state.state.name(info));
            if let State::Http(connection) = &state.state {
                connection
                    .passed()
                    .for_each(|name| self.count_protocol(name.into()));
            }
        }
        if let State::Probing(probing) = &mut state.state {
            self.transport.see(info, &self.networks);
            match probe_event(probing, info, event, self.tls.record) {
                Found::Nothing => return,
                Found::Foreign => {
                    state.state = State::Background(probing.foreign);
                    return;
                }
                Found::Protocol(found) => {
                    let State::Probing(probing) = std::mem::replace(&mut state.state, found) else {
                        return;
                    };
                    self.replay(info, state, &probing.into_held(), sink);
                }
            }
        }
        self.hand_over(info, state, event, sink);
        if let State::Http(connection) = &state.state
            && connection.is_tunnel()
        {
            *self.protocols.entry(state.state.name(info)).or_default() += 1;
            state.state = State::Probing(Probing::default());
        }
    }

    fn count_protocol(&mut self, name: Cow<'static, str>) {
        let name = match self.protocols.len() >= PROTOCOLS && !self.protocols.contains_key(&name) {
            true => Cow::Borrowed("unknown, other ports"),
            false => name,
        };
        *self.protocols.entry(name).or_default() += 1;
    }

    /// Closed connections by protocol.
    pub const fn protocols(&self) -> &BTreeMap<Cow<'static, str>, u64> {
        &self.protocols
    }

    /// Tells which transactions with other systems got no answer in time.
    fn tell_unanswered(&mut self, at: FrameRef, sink: Sink<'_>) {
        self.transactions.advance(at);
        if self.transactions.has_unanswered() {
            for unanswered in self.transactions.take_unanswered() {
                let event = TransactionEvent::NoAnswer(unanswered.at(at));
                sink(SessionEvent::Transaction(event));
            }
        }
    }

    /// A connection was asked for in vain, as is known in frame `now`.
    pub fn failed_connect(&mut self, connect: &FailedConnect, now: FrameRef, sink: Sink<'_>) {
        self.with_transport(sink, |transport, tools| transport.failed(connect, now, tools));
    }

    /// A packet could not be delivered.
    pub fn undeliverable(&mut self, message: &Undeliverable, sink: Sink<'_>) {
        self.with_transport(sink, |transport, tools| transport.undeliverable(message, tools));
    }

    /// A handshake of TLS failed.
    pub fn failed_handshake(&mut self, handshake: &FailedHandshake, sink: Sink<'_>) {
        self.with_transport(sink, |_, tools| transport::tell_alert(handshake, tools));
    }

    fn with_transport(
        &mut self,
        sink: Sink<'_>,
        work: impl FnOnce(&mut transport::Transport, &mut transport::Tools<'_>),
    ) {
        let Self {
            transactions,
            transport,
            networks,
            anomalies,
            limits,
            ..
        } = self;
        let mut noted = AnomalyLog::default();
        let mut issue = |at| transactions.issue(at, &mut noted);
        let mut tools = transport::Tools {
            networks,
            anomalies,
            response_timeout: limits.response_timeout,
            limit: limits.connects,
            issue: &mut issue,
            sink,
        };
        work(transport, &mut tools);
        anomalies.merge(&noted);
    }

    /// The input ended with this frame: what is still open in state shared between connections ends. Connections
    /// themselves end by their closing events.
    pub fn finish(&mut self, last: Option<FrameRef>, sink: Sink<'_>) {
        if let Some(last) = last {
            self.tell_unanswered(last, sink);
            self.with_transport(&mut *sink, |transport, tools| transport.finish(last, tools));
        }
        let mut tools = Tools {
            exchanges: &mut self.exchanges,
            anomalies: &mut self.anomalies,
            sink,
        };
        self.short_messages.finish(&mut tools);
    }

    /// Hands the events that were held while probing to the protocol that was found.
    fn replay(&mut self, info: &ConnectionInfo, state: &mut ConnectionState, held: &Held, sink: Sink<'_>) {
        let tls = self.tls;
        for piece in &held.pieces {
            let (direction, bytes, at) = (piece.direction, piece.bytes.as_slice(), piece.place.last);
            self.tls.record = Some(piece.place);
            self.hand_over(info, state, StreamEvent::Data { direction, bytes, at }, sink);
        }
        self.tls = tls;
        for direction in [Direction::FromInitiator, Direction::FromResponder] {
            if let Some(at) = held.finished.get(direction.index()).copied().flatten() {
                self.hand_over(info, state, StreamEvent::Finished { direction, at }, sink);
            }
        }
    }

    /// Hands an event to the connection's protocol.
    fn hand_over(
        &mut self,
        info: &ConnectionInfo,
        state: &mut ConnectionState,
        event: StreamEvent<'_>,
        sink: Sink<'_>,
    ) {
        let context = Context {
            connection: info,
            networks: &self.networks,
            limits: &self.limits,
            exchanges: &mut self.exchanges,
            anomalies: &mut self.anomalies,
            budget: &mut self.budget,
            short_messages: &mut self.short_messages,
            transactions: &mut self.transactions,
            sink,
            tls: self.tls,
            shared: &mut (),
        };
        match &mut state.state {
            State::Probing(_) | State::Background(_) => {}
            State::Http(connection) => connection.on_event(&mut context.with(&mut self.partial), event),
            State::Wsp(connection) => connection.on_event(&mut context.with(&mut self.wap_sessions), event),
            State::Wtp(connection) => connection.on_event(&mut context.with(&mut self.wap_sessions), event),
            State::Smpp(connection) => connection.on_event(&mut context.with(&mut self.message_ids), event),
            State::Sip(connection) => connection.on_event(&mut context.with(&mut self.relayed), event),
            State::Smtp(connection) => connection.on_event(&mut context.with(&mut ()), event),
            State::Ss7 => ss7::on_event(&mut context.with(&mut self.dialogues), event),
            State::DnsDatagrams => dns::on_datagram(&mut context.with(&mut ()), event),
            State::Dns(connection) => connection.on_event(&mut context.with(&mut ()), event),
            State::Ldap(connection) => connection.on_event(&mut context.with(&mut ()), event),
            State::Radius => radius::on_event(&mut context.with(&mut ()), event),
            State::Gtpc => gtpc::on_event(&mut context.with(&mut ()), event),
            State::Diameter(connection) => connection.on_event(&mut context.with(&mut ()), event),
        }
    }
}

/// What a look at one more event told.
enum Found {
    /// Nothing yet.
    Nothing,
    /// The connection is none of ours.
    Foreign,
    /// The protocol; the event at hand is still to be handed to it.
    Protocol(State),
}

fn probe_event(
    probing: &mut Probing,
    info: &ConnectionInfo,
    event: StreamEvent<'_>,
    record: Option<Extent>,
) -> Found {
    match event {
        StreamEvent::Data { direction, bytes, at } => {
            let place = record.unwrap_or(Extent::single(at));
            probe_data(probing, info, direction, bytes, place)
        }
        StreamEvent::Datagram { bytes, .. } => match datagram_protocol(info, bytes).found {
            Some(state) => Found::Protocol(state),
            None => {
                probing.note(|| Foreign::of_datagram(info, bytes));
                give_up_when(probing.pass_datagram())
            }
        },
        StreamEvent::Gap { direction, .. } => {
            probing.lose(direction);
            Found::Nothing
        }
        StreamEvent::Finished { direction, at } => {
            probing.finish(direction, at);
            Found::Nothing
        }
        StreamEvent::Closed { .. } => Found::Nothing,
    }
}

/// A stream is ours when either direction is; it is not when a direction seen from its beginning is not. Where
/// the beginning was not captured, a message may start anywhere.
fn probe_data(
    probing: &mut Probing,
    info: &ConnectionInfo,
    direction: Direction,
    bytes: &[u8],
    place: Extent,
) -> Found {
    let joined;
    let octets = if probing.holds(direction) {
        joined = probing.prefix(direction, bytes);
        joined.as_slice()
    } else {
        bytes
    };
    let search = stream_protocol(octets, info.opening_seen);
    if let Some(state) = search.found {
        return Found::Protocol(state);
    }
    if search.unsure && probing.has_room(bytes, PROBE_OCTETS) {
        probing.hold(direction, bytes, place);
        return Found::Nothing;
    }
    probing.note(|| Foreign::of_stream(octets));
    let from_beginning = info.opening_seen && probing.is_gapless(direction);
    if !from_beginning && let Some(state) = probe_inside(probing, direction, bytes, place) {
        return Found::Protocol(state);
    }
    if from_beginning {
        probing.release(direction);
    }
    let too_much = probing.pass_octets(bytes);
    give_up_when(from_beginning || too_much)
}

/// Looks for a message that begins inside a segment, or with the end of the one before. Holds what may be its start, and
/// nothing else.
fn probe_inside(probing: &mut Probing, direction: Direction, bytes: &[u8], place: Extent) -> Option<State> {
    let held = probing.held_of(direction);
    let octets = [held.as_slice(), bytes].concat();
    let start = match stream_protocol_inside(&octets) {
        Ok(state) => return Some(state),
        Err(start) => start.unwrap_or(Start {
            at: octets.len(),
            room: 0,
        }),
    };
    if start.at < held.len() && probing.has_room(bytes, start.room) {
        probing.hold(direction, bytes, place);
        return None;
    }
    probing.release(direction);
    let tail = octets.get(start.at.max(held.len())..).unwrap_or_default();
    if !tail.is_empty() && probing.has_room(tail, start.room) {
        probing.hold(direction, tail, place);
    }
    None
}

fn give_up_when(given_up: bool) -> Found {
    if given_up { Found::Foreign } else { Found::Nothing }
}
