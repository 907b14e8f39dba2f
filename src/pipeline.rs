//! The only place where the stages meet; it reads top to bottom as the data flows.

use std::{borrow::Cow, collections::BTreeMap, ops::ControlFlow, time::Duration};

use crate::{
    capture::{CaptureItem, CaptureReport, Captures, Frame, ItemContent, SecretsType, Step},
    correlate,
    flow::{self, CloseReason, ConnectionInfo, FlowCounters, FlowTable, StreamEvent},
    mms::{self, Pdu},
    model::{
        AnomalyKind, AnomalyLog, CaptureClock, CaptureIndex, ClockBasis, Direction, Envelope, FieldSink,
        FrameNumber, FrameRef, NetworkConclusion, Protocol, ProtocolField, Undeliverable,
        fault::{self, Fault, PipelineStage},
    },
    net::{self, Decapsulator, NetCounters, Packet, PacketSink},
    session::{
        self, Bearer, Body, BodyEnd, CarrierEvent, ConnectionState, FromTls, SessionEvent, Sessions,
        TlsAround, TransactionEvent,
    },
    tls::{self, InTls, Inside, KeySources, LateKeys, Layered, Tls, TlsConnection, TlsInventory},
};

/// Frames between two calls of [`Observer::progress`].
const FRAMES_PER_PROGRESS: u64 = 4096;

/// What a run leaves behind besides what its observer was told.
#[derive(Debug)]
pub struct RunReport {
    /// One per input, in the order given.
    pub captures: Vec<CaptureReport>,
    /// Odd things in the traffic, of all stages.
    pub anomalies: AnomalyLog,
    /// What became of the frames.
    pub net: NetCounters,
    /// What became of the packets.
    pub flow: FlowCounters,
    /// Connections by protocol.
    pub protocols: BTreeMap<Cow<'static, str>, u64>,
    /// The TLS connections, by server.
    pub tls: TlsInventory,
}

/// What a run may hold, and how much of one thing is looked at: each stage has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of incomplete IP datagrams.
    pub net: net::Limits,
    /// Of connections.
    pub flow: flow::Limits,
    /// Of TLS on them.
    pub tls: tls::Limits,
    /// Of requests, answers and their bodies.
    pub session: session::Limits,
    /// Of one PDU.
    pub mms: mms::Limits,
    /// Of exchanges whose messages are not closed; for whoever puts a correlator behind the run.
    pub correlate: correlate::Limits,
}

/// Is told what the stages hand on to each other, in the order of the capture.
///
/// Every method has an empty body. A run is compiled once for all observers: what nobody asks for costs a call.
pub trait Observer {
    /// Something that a capture holds beside packets was read: secrets, names of addresses, a comment. It comes before
    /// the frame that it is about or that follows it.
    fn item(&mut self, _item: &CaptureItem) {}

    /// A frame was read.
    fn frame(&mut self, _frame: &Frame<'_>) {}

    /// A packet was taken out of one or several frames.
    fn packet(&mut self, _packet: &Packet<'_>) {}

    /// Something happened on a connection that may carry MMS: octets in order, a gap in them, a datagram, its end, or
    /// that it was given up for a limit (as its end, though more may come).
    fn stream(&mut self, _connection: &ConnectionInfo, _event: &StreamEvent<'_>) {}

    /// Nothing of a TLS connection can be read, as far as is known; it goes on.
    fn tls_hidden(&mut self, _connection: &TlsConnection) {}

    /// A TLS connection is over.
    fn tls(&mut self, _connection: &TlsConnection) {}

    /// A bearer's request, answer or receipt, or the end of an exchange; with the PDU that its body holds.
    fn carrier(&mut self, _event: &CarrierEvent<'_>, _pdu: Option<&Pdu<'_>>) {}

    /// A PDU, with what carried it; follows on [`Self::carrier`], but for a mail that only the message which it joins
    /// shows to be one.
    fn pdu(&mut self, _carrier: &CarrierEvent<'_>, _pdu: &Pdu<'_>) {}

    /// A request to a system around the MMSC, its answer, or that none came.
    fn transaction(&mut self, _event: &TransactionEvent<'_>) {}

    /// Something was concluded about which network labels, interfaces or files are of.
    fn network(&mut self, _conclusion: &NetworkConclusion) {}

    /// Whether it wants the fields of a protocol; the answer stays the same for a run.
    fn wants(&self, _protocol: Protocol) -> bool {
        false
    }

    /// A field of a protocol that it wants, with what carried it; follows on [`Self::carrier`] and [`Self::pdu`]. Those of
    /// the bearer come before those of the PDU.
    fn field(&mut self, _carrier: &CarrierEvent<'_>, _field: &ProtocolField<'_>) {}

    /// Looks from time to time at how far the inputs were read; a break ends the run with what was found so far.
    fn progress(&mut self, _captures: &Captures) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Where inputs are followed: there has been no frame for so long, and there may be one later. A break ends the run with
    /// what was found so far.
    fn waiting(&mut self, _captures: &mut Captures, _waited: Duration) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// No frame comes any more: the inputs are over, or the run was ended.
    fn over(&mut self, _captures: &mut Captures) {}
}

/// Observes nothing.
impl Observer for () {}

/// Two observers of one run, told in this order. Either can end it.
impl<A: Observer + ?Sized, B: Observer + ?Sized> Observer for (&mut A, &mut B) {
    fn item(&mut self, item: &CaptureItem) {
        self.0.item(item);
        self.1.item(item);
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        self.0.frame(frame);
        self.1.frame(frame);
    }

    fn packet(&mut self, packet: &Packet<'_>) {
        self.0.packet(packet);
        self.1.packet(packet);
    }

    fn stream(&mut self, connection: &ConnectionInfo, event: &StreamEvent<'_>) {
        self.0.stream(connection, event);
        self.1.stream(connection, event);
    }

    fn tls_hidden(&mut self, connection: &TlsConnection) {
        self.0.tls_hidden(connection);
        self.1.tls_hidden(connection);
    }

    fn tls(&mut self, connection: &TlsConnection) {
        self.0.tls(connection);
        self.1.tls(connection);
    }

    fn carrier(&mut self, event: &CarrierEvent<'_>, pdu: Option<&Pdu<'_>>) {
        self.0.carrier(event, pdu);
        self.1.carrier(event, pdu);
    }

    fn pdu(&mut self, carrier: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        self.0.pdu(carrier, pdu);
        self.1.pdu(carrier, pdu);
    }

    fn transaction(&mut self, event: &TransactionEvent<'_>) {
        self.0.transaction(event);
        self.1.transaction(event);
    }

    fn network(&mut self, conclusion: &NetworkConclusion) {
        self.0.network(conclusion);
        self.1.network(conclusion);
    }

    fn wants(&self, protocol: Protocol) -> bool {
        self.0.wants(protocol) || self.1.wants(protocol)
    }

    fn field(&mut self, carrier: &CarrierEvent<'_>, field: &ProtocolField<'_>) {
        if self.0.wants(field.protocol) {
            self.0.field(carrier, field);
        }
        if self.1.wants(field.protocol) {
            self.1.field(carrier, field);
        }
    }

    fn progress(&mut self, captures: &Captures) -> ControlFlow<()> {
        self.0.progress(captures)?;
        self.1.progress(captures)
    }

    fn waiting(&mut self, captures: &mut Captures, waited: Duration) -> ControlFlow<()> {
        self.0.waiting(captures, waited)?;
        self.1.waiting(captures, waited)
    }

    fn over(&mut self, captures: &mut Captures) {
        self.0.over(captures);
        self.1.over(captures);
    }
}

/// Drives the inputs through all stages and tells the observer what they hand on.
///
/// A stage that panics costs what it was at work on: the connection, or the packet. It is noted as
/// [`AnomalyKind::InternalFault`] with its frame, and the run goes on.
pub fn run(captures: Captures, limits: &Limits, observer: &mut dyn Observer) -> RunReport {
    run_with_keys(captures, limits, KeySources::default(), observer)
}

/// The same, with secrets for what TLS hides.
pub fn run_with_keys(
    mut captures: Captures,
    limits: &Limits,
    keys: KeySources,
    observer: &mut dyn Observer,
) -> RunReport {
    let mut stages = Stages::new(limits, keys, late_keys(&captures));
    stages.read(&mut captures, observer);
    observer.over(&mut captures);
    stages.finish(observer);
    stages.into_report(&captures)
}

/// Where keys may come from while captures are read.
fn late_keys(captures: &Captures) -> LateKeys {
    match captures {
        _ if captures.are_live() => LateKeys::InLogs,
        _ if captures.may_hold_secrets() => LateKeys::InBlocks,
        _ => LateKeys::None,
    }
}

/// The stages between the captures and the PDUs.
struct Stages {
    net: Decapsulator,
    flows: FlowTable<Layered<ConnectionState>>,
    tls: Tls<ConnectionState>,
    upper: UpperStages,
    /// Faults outside of the sessions, which look after their own.
    faults: AnomalyLog,
    frames: u64,
    /// The last frame.
    at: Option<FrameRef>,
}

impl Stages {
    fn new(limits: &Limits, keys: KeySources, late: LateKeys) -> Self {
        Self {
            net: Decapsulator::within(limits.net),
            flows: FlowTable::new(limits.flow),
            tls: Tls::new(limits.tls, keys, late),
            upper: UpperStages {
                sessions: Sessions::within(limits.session),
                mms: limits.mms,
                tls_connections: TlsInventory::default(),
            },
            faults: AnomalyLog::default(),
            frames: 0,
            at: None,
        }
    }

    /// Takes all frames. The loop is left by a fault only, and begun again behind the frame, so that faults cost
    /// nothing where there are none.
    fn read(&mut self, captures: &mut Captures, observer: &mut dyn Observer) {
        loop {
            let before = self.frames;
            let Err(fault) = fault::isolated(|| self.read_on(captures, observer)) else {
                return;
            };
            self.lose(&fault, observer);
            // A fault of reading itself would only come again.
            if self.frames == before {
                return;
            }
        }
    }

    fn read_on(&mut self, captures: &mut Captures, observer: &mut dyn Observer) {
        loop {
            let step = captures.step();
            captures.items().iter().for_each(|item| self.item(item, observer));
            if let Step::Waiting(waited) = step {
                if observer.waiting(captures, waited).is_break() {
                    captures.interrupt();
                }
                continue;
            }
            let Some(frame) = captures.frame().filter(|_| step == Step::Frame) else {
                return;
            };
            self.frames += 1;
            self.at = Some(frame.at);
            self.frame(&frame, observer);
            if self.tls.take_doubt() && !captures.are_live() && !captures.may_still_hold_secrets() {
                let Self { tls, upper, .. } = self;
                tls.expect_no_keys(&mut upper.observed(observer));
            }
            if self.frames.is_multiple_of(FRAMES_PER_PROGRESS) && observer.progress(captures).is_break() {
                captures.interrupt();
            }
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, observer: &mut dyn Observer) {
        fault::trip(PipelineStage::Net, frame.at);
        observer.frame(frame);
        let Self {
            net,
            flows,
            tls,
            upper,
            ..
        } = self;
        let mut sink = Upwards {
            flows,
            tls,
            upper,
            observer,
        };
        net.push_to(frame, &mut sink);
        tell_failed_connects(flows, upper, observer, frame.at);
        if upper.sessions.is_full() {
            make_room(tls, upper, flows, observer, frame.at);
        }
        if flows.has_conclusions() {
            let conclusions = flows.take_conclusions();
            for conclusion in &conclusions {
                upper.sessions.network(*conclusion);
                observer.network(conclusion);
            }
        }
    }

    /// What a capture holds beside packets; secrets may let connections go on that wait for them.
    fn item(&mut self, item: &CaptureItem, observer: &mut dyn Observer) {
        observer.item(item);
        if let ItemContent::Secrets { kind, octets } = &item.content
            && *kind == SecretsType::TLS_KEY_LOG
        {
            let Self { tls, upper, .. } = self;
            tls.add_key_log(octets, &mut upper.observed(observer));
        }
    }

    /// The input ended: so does everything that is open.
    fn finish(&mut self, observer: &mut dyn Observer) {
        let Self {
            net,
            flows,
            tls,
            upper,
            ..
        } = self;
        if let Err(fault) = fault::isolated(|| net.finish()) {
            note(&mut self.faults, &fault, None);
        }
        // Each call goes on behind the connection that the one before it stopped at.
        while let Err(fault) = fault::isolated(|| {
            flows.finish(|info, state, event| on_stream(tls, upper, observer, info, state, event));
        }) {
            note(&mut self.faults, &fault, self.at);
        }
        let waiting = fault::isolated(|| tls.finish(&mut upper.observed(observer)));
        if let Err(fault) = waiting {
            note(&mut self.faults, &fault, self.at);
        }
        if let Some(last) = self.at {
            tell_failed_connects(flows, upper, observer, last);
        }
        let (last, UpperStages { sessions, mms, .. }) = (self.at, upper);
        let finished =
            fault::isolated(|| sessions.finish(last, &mut |event| on_session(&event, *mms, observer)));
        if let Err(fault) = finished {
            note(&mut self.faults, &fault, self.at);
        }
    }

    /// Gives up what a stage below the sessions was at work on when it panicked.
    fn lose(&mut self, fault: &Fault, observer: &mut dyn Observer) {
        note(&mut self.faults, fault, self.at);
        let Self {
            flows, tls, upper, ..
        } = self;
        // Where even that fails, the connection stays as it is.
        let _ = fault::isolated(|| {
            flows.give_up_current(|info, state, event| {
                on_stream(tls, upper, observer, info, state, event);
            });
        });
    }

    fn into_report(self, captures: &Captures) -> RunReport {
        let mut anomalies = self.net.anomalies().clone();
        anomalies.merge(&self.flows.anomalies);
        anomalies.merge(&self.tls.anomalies);
        anomalies.merge(&self.upper.sessions.anomalies);
        anomalies.merge(&self.faults);
        let mut protocols = self.upper.sessions.protocols().clone();
        let tls = self.upper.tls_connections;
        if tls.connections() > 0 {
            protocols.insert("TLS".into(), tls.connections());
        }
        let captures = captures.reports();
        note_clocks(&mut anomalies, &captures);
        RunReport {
            captures,
            anomalies,
            net: self.net.counters().clone(),
            flow: self.flows.counters(),
            protocols,
            tls,
        }
    }
}

impl tls::Upper for ConnectionState {
    fn may_turn_to_tls(&self, direction: Direction) -> bool {
        self.may_turn_to_tls(direction)
    }

    fn is_untouched(&self) -> bool {
        self.is_untouched()
    }
}

/// The stages behind TLS.
struct UpperStages {
    sessions: Sessions,
    /// Limits of a PDU.
    mms: mms::Limits,
    /// TLS connections that are over.
    tls_connections: TlsInventory,
}

impl UpperStages {
    const fn observed<'a>(&'a mut self, observer: &'a mut dyn Observer) -> Observed<'a> {
        Observed {
            stages: self,
            observer,
        }
    }
}

/// The stages behind TLS, with who is told what they hand on.
struct Observed<'a> {
    stages: &'a mut UpperStages,
    observer: &'a mut dyn Observer,
}

impl tls::Next<ConnectionState> for Observed<'_> {
    fn event(&mut self, session: &mut ConnectionState, inside: Inside<'_>) {
        let Self { stages, observer } = self;
        let Inside { info, event, tls } = inside;
        let (at, mms) = (event.at(), stages.mms);
        let sessions = &mut stages.sessions;
        let from_tls = tls.map_or_else(FromTls::default, |tls| FromTls {
            record: tls.record,
            notify: tls.notify,
            other_has_begun: tls.other_has_begun,
        });
        sessions.on_event_from_tls(info, session, event, from_tls, &mut |event| {
            tell_in_tls(event, tls, |event| on_session(event, mms, *observer));
        });
        if sessions.take_given_up() {
            let reason = CloseReason::Evicted;
            observer.stream(info, &StreamEvent::Closed { reason, at });
        }
    }

    fn hidden(&mut self, connection: &TlsConnection) {
        self.observer.tls_hidden(connection);
    }

    fn connection(&mut self, connection: &TlsConnection) {
        let Self { stages, observer } = self;
        if let Some(handshake) = connection.failed_handshake() {
            let mms = stages.mms;
            stages
                .sessions
                .failed_handshake(&handshake, &mut |event| on_session(&event, mms, *observer));
        }
        stages.tls_connections.add(connection);
        observer.tls(connection);
    }
}

/// Hands on a session's event with the TLS around it; what is fetched has a URL that says so.
fn tell_in_tls(mut event: SessionEvent<'_>, tls: Option<InTls<'_>>, tell: impl FnOnce(&SessionEvent<'_>)) {
    let (Some(InTls { agreement, .. }), SessionEvent::Carrier(carrier)) = (tls, &mut event) else {
        return tell(&event);
    };
    let cipher = agreement.suite.map(|suite| suite.to_string()).unwrap_or_default();
    let around = Some(TlsAround {
        version: agreement
            .version
            .map(|version| version.name())
            .unwrap_or_default(),
        cipher: &cipher,
        name: agreement.name.as_deref(),
    });
    match carrier {
        CarrierEvent::Request(request) => {
            let rest = request.url.and_then(|url| url.strip_prefix("http://"));
            let url = rest.map(|rest| format!("https://{rest}"));
            let mut request = *request;
            request.url = url.as_deref().or(request.url);
            request.tls = around;
            tell(&SessionEvent::Carrier(CarrierEvent::Request(request)));
        }
        CarrierEvent::Response(response) => {
            let mut response = *response;
            response.tls = around;
            tell(&SessionEvent::Carrier(CarrierEvent::Response(response)));
        }
        CarrierEvent::End(_) | CarrierEvent::Receipt(_) => tell(&event),
    }
}

/// Takes what lies in frames to the stages above.
struct Upwards<'a> {
    flows: &'a mut FlowTable<Layered<ConnectionState>>,
    tls: &'a mut Tls<ConnectionState>,
    upper: &'a mut UpperStages,
    observer: &'a mut dyn Observer,
}

impl PacketSink for Upwards<'_> {
    fn undeliverable(&mut self, message: &Undeliverable) {
        let (observer, mms) = (&mut *self.observer, self.upper.mms);
        self.upper
            .sessions
            .undeliverable(message, &mut |event| on_session(&event, mms, observer));
    }

    #[inline]
    fn packet(&mut self, packet: Packet<'_>) {
        let Self {
            flows,
            tls,
            upper,
            observer,
        } = self;
        observer.packet(&packet);
        flows.push(&packet, |info, state, event| {
            on_stream(tls, upper, *observer, info, state, event);
        });
    }
}

/// Tells which connections were asked for in vain, as is known in frame `now`.
#[inline]
fn tell_failed_connects(
    flows: &mut FlowTable<Layered<ConnectionState>>,
    upper: &mut UpperStages,
    observer: &mut dyn Observer,
    now: FrameRef,
) {
    if flows.has_failed_connects() {
        let mms = upper.mms;
        for connect in flows.take_failed_connects() {
            upper
                .sessions
                .failed_connect(&connect, now, &mut |event| on_session(&event, mms, observer));
        }
    }
}

fn on_stream(
    tls: &mut Tls<ConnectionState>,
    upper: &mut UpperStages,
    observer: &mut dyn Observer,
    connection: &ConnectionInfo,
    state: &mut Layered<ConnectionState>,
    event: StreamEvent<'_>,
) {
    observer.stream(connection, &event);
    tls.on_event(connection, state, event, &mut upper.observed(observer));
}

/// Gives up what sessions keep of connections until there is room, the largest first.
#[cold]
fn make_room(
    tls: &mut Tls<ConnectionState>,
    upper: &mut UpperStages,
    flows: &mut FlowTable<Layered<ConnectionState>>,
    observer: &mut dyn Observer,
    at: FrameRef,
) {
    let reason = CloseReason::Evicted;
    let open = flows.sessions().map(|(info, state)| (info, &mut state.upper));
    let UpperStages { sessions, mms, .. } = upper;
    for (connection, state) in Sessions::holders(open.chain(tls.sessions())) {
        if sessions.has_room() {
            break;
        }
        sessions.give_up(connection, state, at, &mut |event| {
            on_session(&event, *mms, observer);
        });
        observer.stream(connection, &StreamEvent::Closed { reason, at });
    }
    flows.let_go();
}

fn on_session(event: &SessionEvent<'_>, limits: mms::Limits, observer: &mut dyn Observer) {
    match event {
        SessionEvent::Carrier(event) => on_carrier(event, limits, observer),
        SessionEvent::Transaction(event) => observer.transaction(event),
    }
}

fn on_carrier(event: &CarrierEvent<'_>, limits: mms::Limits, observer: &mut dyn Observer) {
    let pdu = decode(event, limits);
    observer.carrier(event, pdu.as_ref());
    if let Some(pdu) = &pdu
        && pdu.is_mms()
    {
        observer.pdu(event, pdu);
    }
    let mut fields = CarriedFields {
        carrier: event,
        observer,
    };
    session::tell_fields(event, &mut fields);
    if let Some(pdu) = pdu.as_ref().and_then(Pdu::as_mm1) {
        mms::tell_fields(pdu, &mut fields);
    }
}

/// Hands on fields with what carried them.
struct CarriedFields<'a, 'e> {
    carrier: &'a CarrierEvent<'e>,
    observer: &'a mut dyn Observer,
}

impl FieldSink for CarriedFields<'_, '_> {
    fn wants(&self, protocol: Protocol) -> bool {
        self.observer.wants(protocol)
    }

    fn field(&mut self, field: &ProtocolField<'_>) {
        self.observer.field(self.carrier, field);
    }
}

/// Notes the clocks that differ by what captures have in common.
fn note_clocks(anomalies: &mut AnomalyLog, captures: &[CaptureReport]) {
    for (index, report) in (0..).zip(captures) {
        let Some(CaptureClock {
            basis: ClockBasis::Measured(measure),
            ..
        }) = &report.clock
        else {
            continue;
        };
        let first = report.first.map(|time| FrameRef {
            capture: CaptureIndex(index),
            frame: FrameNumber(1),
            time,
        });
        anomalies.note(AnomalyKind::ClockOffset, first, || {
            let microseconds = measure.ahead / 1_000;
            let reference = u64::from(measure.reference.0) + 1;
            format!(
                "its clock is {microseconds} µs ahead of that of capture {reference}, by {} packets: {}",
                measure.packets,
                measure.verdict.name().replace('_', " ")
            )
        });
    }
}

fn note(faults: &mut AnomalyLog, fault: &Fault, at: Option<FrameRef>) {
    faults.note(AnomalyKind::InternalFault, at, || {
        format!("a fault in {}; the packet at hand was given up", fault.place())
    });
}

/// The PDU that a carrier's body holds.
fn decode<'a>(event: &CarrierEvent<'a>, limits: mms::Limits) -> Option<Pdu<'a>> {
    let (body, bearer, extent): (&Body<'a>, _, _) = match event {
        CarrierEvent::Request(request) => (&request.body, request.bearer, request.extent),
        CarrierEvent::Response(response) => (&response.body, response.bearer, response.extent),
        CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return None,
    };
    fault::trip(PipelineStage::Decode, extent.last);
    let whole = body.end == BodyEnd::Whole;
    match bearer {
        _ if body.bytes.is_empty() => None,
        Bearer::Smtp => {
            let mail = mms::decode_mail(body.bytes, whole, envelope(event).as_ref(), limits);
            Some(Pdu::Mail(mail))
        }
        Bearer::Soap => mms::decode_soap(body.bytes, &content_type(body), whole, limits).map(Pdu::Soap),
        _ => Some(Pdu::Mm1(mms::decode_within(body.bytes, whole, limits))),
    }
}

fn envelope<'a>(event: &CarrierEvent<'a>) -> Option<Envelope<'a>> {
    match event {
        CarrierEvent::Request(request) => request.envelope,
        _ => None,
    }
}

/// What a body's bearer says of it, with all parameters.
fn content_type(body: &Body<'_>) -> String {
    let kind = body.content_type.unwrap_or_default();
    let parameters = body.parameters.unwrap_or_default();
    format!("{kind};{parameters}")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::model::FieldValue;

    /// Fields of one protocol: frame, name, value, offset.
    struct Fields {
        wanted: Protocol,
        found: Vec<(u64, &'static str, String, usize)>,
    }

    impl Observer for Fields {
        fn wants(&self, protocol: Protocol) -> bool {
            protocol == self.wanted
        }

        fn field(&mut self, carrier: &CarrierEvent<'_>, field: &ProtocolField<'_>) {
            let at = match carrier {
                CarrierEvent::Request(request) => request.extent.last,
                CarrierEvent::Response(response) => response.extent.last,
                CarrierEvent::End(end) => end.at,
                CarrierEvent::Receipt(receipt) => receipt.at,
            };
            let value = match &field.value {
                FieldValue::Nothing => String::new(),
                FieldValue::Number(number) => format!("{number:#04x}"),
                FieldValue::Text(text) => text.to_string(),
                FieldValue::Time(seconds) | FieldValue::Duration(seconds) => format!("{seconds} s"),
                FieldValue::Octets(octets) => format!("{} octets", octets.len()),
            };
            self.found.push((at.frame.0, field.name, value, field.offset));
        }
    }

    fn fields(capture: &'static [u8], wanted: Protocol) -> Vec<(u64, &'static str, String, usize)> {
        let captures = Captures::read("test", Box::new(Cursor::new(capture))).unwrap();
        let found = Vec::new();
        let mut fields = Fields { wanted, found };
        run(captures, &Limits::default(), &mut fields);
        fields.found
    }

    /// The fields of one frame as `name=value`.
    fn in_frame(fields: &[(u64, &'static str, String, usize)], wanted: u64) -> Vec<String> {
        let fields = fields.iter().filter(|(frame, ..)| *frame == wanted);
        fields
            .map(|(_, name, value, _)| format!("{name}={value}"))
            .collect()
    }

    const OVER_HTTP: &[u8] = include_bytes!("../testdata/captures/e_invalid_recipient.pcap");
    const OVER_WTP: &[u8] = include_bytes!("../testdata/captures/k1_wsp_co_small.pcap");
    const ABORTED: &[u8] = include_bytes!("../testdata/suite/wap-send-abort-provider.pcap");
    const OVER_SMPP: &[u8] = include_bytes!("../testdata/captures/a1_happy_smpp.pcap");

    #[test]
    fn the_fields_of_a_submission_over_http_are_told_by_name() {
        let fields = fields(OVER_HTTP, Protocol::Mmse);
        let expected = [
            ("mmse", "", 0),
            ("mmse.message_type", "0x80", 0),
            ("mmse.transaction_id", "Tfa1d5774", 0x02),
            ("mmse.mms_version", "1.2", 0x0d),
            ("mmse.from", "<insert address>", 0x0f),
            ("mmse.to", "+999123456/TYPE=PLMN", 0x12),
            ("mmse.subject", "Nowhere", 0x2a),
            ("mmse.message_class.id", "0x80", 0x35),
            ("mmse.priority", "0x81", 0x37),
            ("mmse.delivery_report", "0x80", 0x39),
            ("mmse.read_report", "0x81", 0x3b),
        ];
        let in_first_request = fields.iter().filter(|(frame, ..)| *frame == 4);
        let found: Vec<_> = in_first_request
            .map(|(_, name, value, offset)| (*name, value.as_str(), *offset))
            .collect();
        assert_eq!(found, expected);
    }

    /// As tshark 4.0.17 prints them: `tshark -Y http -T fields -e http.host …`.
    #[test]
    fn a_request_and_its_answer_tell_the_fields_of_http() {
        let fields = fields(OVER_HTTP, Protocol::Http);
        let request = [
            "http=",
            "http.request=0x01",
            "http.request.method=POST",
            "http.request.uri=/",
            "http.request.full_uri=http://mms.alpha.example/",
            "http.host=mms.alpha.example",
            "http.user_agent=Android-Mms/2.0",
            "http.content_type=application/vnd.wap.mms-message",
        ];
        assert_eq!(in_frame(&fields, 4), request);
        let answer = [
            "http=",
            "http.response=0x01",
            "http.response.code=0xc8",
            "http.response.phrase=OK",
            "http.server=Kannel/1.4.5",
            "http.content_type=application/vnd.wap.mms-message",
        ];
        assert_eq!(in_frame(&fields, 6), answer);
    }

    #[test]
    fn bearers_below_http_tell_theirs() {
        let wsp = fields(OVER_WTP, Protocol::Wsp);
        let post = [
            "wsp=",
            "wsp.pdu_type=0x60",
            "wsp.uri=http://mms.alpha.example/",
            "wsp.header.user_agent=NokiaN95/11.0.026; Series60/3.1",
            "wsp.header.content_type=application/vnd.wap.mms-message",
        ];
        assert_eq!(in_frame(&wsp, 8), post);
        assert_eq!(
            in_frame(&wsp, 16)[1..3],
            ["wsp.pdu_type=0x04", "wsp.reply.status=0x20"]
        );
        assert_eq!(in_frame(&wsp, 29)[1], "wsp.pdu_type=0x06");
        assert_eq!(in_frame(&fields(OVER_WTP, Protocol::Wtp), 8), ["wtp="]);
        let abort = in_frame(&fields(ABORTED, Protocol::Wtp), 8);
        assert_eq!(abort, ["wtp=", "wtp.abort.reason.provider=0x04"]);
        let smpp = fields(OVER_SMPP, Protocol::Smpp);
        let submit = [
            "smpp=",
            "smpp.source_addr=5000",
            "smpp.destination_addr=441500002",
        ];
        assert_eq!(in_frame(&smpp, 16), submit);
        assert_eq!(in_frame(&smpp, 17), ["smpp=", "smpp.command_status=0x00"]);
    }
}
