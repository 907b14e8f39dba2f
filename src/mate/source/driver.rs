//! Reading captures frame by frame.

use std::collections::BTreeSet;

use std::ops::ControlFlow;

use super::headers::{Connections, Headers};
use super::messages::datagram;
use super::messages::places::Ends;
use super::messages::shared::Shared;
use super::messages::stream::{self, StreamSession, Target};
use super::queue::Queue;
use super::text::Date;
use super::wanted::Wanted;
use super::writer::{Place, Writer};
use crate::capture::{CaptureFormat, CaptureReport, Captures, Frame};
use crate::flow::{self, FlowTable};
use crate::mate::catalogue::FieldId;
use crate::mate::frame;
use crate::model::fault::{self, Fault};
use crate::model::{AnomalyKind, AnomalyLog, CaptureIndex, FrameRef, Timestamp, tree};
use crate::net::{self, Decapsulator, Layer, Packet, PacketSink, Transport, UdpDatagram};
use crate::{mms, session};

/// What reading may hold: each stage has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) net: net::Limits,
    pub(crate) flow: flow::Limits,
    pub(crate) session: session::Limits,
    pub(crate) mms: mms::Limits,
}

/// What reading leaves behind.
#[derive(Debug)]
pub(crate) struct Report {
    /// One per input, in the order given.
    pub(crate) captures: Vec<CaptureReport>,
    /// Odd things in the traffic.
    pub(crate) anomalies: AnomalyLog,
    /// How many frames there were.
    pub(crate) frames: u64,
}

/// Frames between two calls of `watch`.
const FRAMES_PER_WATCH: u64 = 4096;

/// Reads captures and hands each frame to `take`, in the order of the captures: its layers, and those of its fields that are
/// wanted.
///
/// A frame of which octets wait for others is held back until these came, so that every message is there with the frame
/// that completes it. A fault in a stage costs the frame that it was at work on. `watch` sees every so often how far
/// reading is, and may end it.
pub(crate) fn read(
    mut captures: Captures,
    limits: &Limits,
    wanted: &Wanted,
    watch: &mut impl FnMut(&Captures) -> ControlFlow<()>,
    take: &mut impl FnMut(&frame::Frame),
) -> Report {
    let mut source = Source::new(limits, wanted);
    source.record = Record::of(wanted, &captures);
    source.read(&mut captures, watch, take);
    source.finish(take);
    source.into_report(&captures)
}

struct Source<'w> {
    net: Decapsulator,
    flows: FlowTable<StreamSession>,
    dissection: Dissection<'w>,
    queue: Queue,
    faults: AnomalyLog,
    frames: u64,
    record: Record,
}

/// What frames are turned into layers with.
struct Dissection<'w> {
    wanted: &'w Wanted,
    connections: Connections,
    shared: Shared,
    /// Whether messages over streams are asked for, and those in datagrams.
    follows_streams: bool,
    reads_datagrams: bool,
    /// Whether a frame without a message needs no layers.
    has_headers_only_with_messages: bool,
}

/// What fields of a frame's record take from those before it.
#[derive(Default)]
struct Record {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// The captures whose frames name their interface.
    interfaces: BTreeSet<CaptureIndex>,
}

impl<'w> Source<'w> {
    fn new(limits: &Limits, wanted: &'w Wanted) -> Self {
        let all = wanted.has(FieldId::FRAME_PROTOCOLS);
        let connections = Connections::new(wanted, limits.flow.connections);
        let messages = [stream::PROTOCOLS, datagram::PROTOCOLS];
        let dissection = Dissection {
            wanted,
            has_headers_only_with_messages: !all
                && !connections.follow_packets()
                && wanted.requires_any_of(&messages),
            connections,
            shared: Shared::new(wanted, limits.session, limits.mms),
            follows_streams: all || wanted.has_any_of(stream::PROTOCOLS),
            reads_datagrams: datagram::wants(wanted),
        };
        Self {
            net: Decapsulator::within(limits.net),
            flows: FlowTable::new(limits.flow),
            dissection,
            queue: Queue::default(),
            faults: AnomalyLog::default(),
            frames: 0,
            record: Record::default(),
        }
    }

    /// Takes all frames. The loop is left by a fault only, and begun again behind the frame.
    fn read(
        &mut self,
        captures: &mut Captures,
        watch: &mut impl FnMut(&Captures) -> ControlFlow<()>,
        take: &mut impl FnMut(&frame::Frame),
    ) {
        loop {
            let before = self.frames;
            let mut at = None;
            let Err(fault) = fault::isolated(|| self.read_on(captures, &mut at, watch, take)) else {
                return;
            };
            self.lose(&fault, at);
            // A fault of reading itself would only come again.
            if self.frames == before {
                return;
            }
        }
    }

    fn read_on(
        &mut self,
        captures: &mut Captures,
        at: &mut Option<FrameRef>,
        watch: &mut impl FnMut(&Captures) -> ControlFlow<()>,
        take: &mut impl FnMut(&frame::Frame),
    ) {
        while captures.advance() {
            if self.frames.is_multiple_of(FRAMES_PER_WATCH) && watch(captures).is_break() {
                return;
            }
            let Some(frame) = captures.frame() else { return };
            self.frames += 1;
            *at = Some(frame.at);
            self.frame(&frame, take);
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, take: &mut impl FnMut(&frame::Frame)) {
        let mut pending = self.queue.begin(frame.at);
        let mut writer = Writer {
            frame: &mut pending.frame,
            wanted: self.dissection.wanted,
        };
        let top = self.record.write(frame, &mut writer);
        let Self {
            net,
            flows,
            dissection,
            queue,
            ..
        } = self;
        let Dissection {
            wanted,
            connections,
            shared,
            follows_streams,
            reads_datagrams,
            has_headers_only_with_messages,
        } = dissection;
        let mut layers = Layers {
            headers: Headers::new(wanted, connections, &mut pending, frame.data, top),
            flows: follows_streams.then_some(flows),
            reads_datagrams: *reads_datagrams,
            shared,
            queue,
        };
        match net.plain_packet(frame) {
            Some(packet) => layers.plain(frame.data, packet, *has_headers_only_with_messages),
            None => net.push_to(frame, &mut layers),
        }
        let waits = layers.wait();
        for late in shared.late.drain(..) {
            if late.origin.at == pending.frame.at() {
                pending.tell_late(&late);
            } else if let Some(earlier) = queue.waiting(late.origin.at) {
                earlier.tell_late(&late);
            }
        }
        queue.push(pending, waits, |frame| {
            protocols(wanted, frame);
            take(frame);
        });
    }

    fn finish(&mut self, take: &mut impl FnMut(&frame::Frame)) {
        let Self {
            net,
            flows,
            dissection: Dissection { wanted, shared, .. },
            queue,
            ..
        } = self;
        // Each call goes on behind the connection that the one before it stopped at.
        while let Err(fault) = fault::isolated(|| {
            net.finish();
            flows.finish(|info, session, event| {
                let mut target = Target {
                    current: None,
                    queue,
                    wanted,
                    shared,
                };
                session.on_event(info, event, &mut target);
            });
        }) {
            note(&mut self.faults, &fault, None);
        }
        let Dissection { wanted, shared, .. } = &mut self.dissection;
        for late in shared.late.drain(..) {
            if let Some(earlier) = self.queue.waiting(late.origin.at) {
                earlier.tell_late(&late);
            }
        }
        self.queue.finish(|frame| {
            protocols(wanted, frame);
            take(frame);
        });
    }

    /// Gives up what a stage was at work on when it panicked.
    fn lose(&mut self, fault: &Fault, at: Option<FrameRef>) {
        note(&mut self.faults, fault, at);
        let flows = &mut self.flows;
        // Where even that fails, the connection stays as it is.
        let _ = fault::isolated(|| flows.give_up_current(|_, _, _| {}));
    }

    fn into_report(self, captures: &Captures) -> Report {
        let mut anomalies = self.net.anomalies().clone();
        anomalies.merge(&self.flows.anomalies);
        anomalies.merge(&self.dissection.shared.anomalies);
        anomalies.merge(&self.faults);
        Report {
            captures: captures.reports(),
            anomalies,
            frames: self.frames,
        }
    }
}

fn note(faults: &mut AnomalyLog, fault: &Fault, at: Option<FrameRef>) {
    faults.note(AnomalyKind::InternalFault, at, || {
        format!("a fault in {}; the packet at hand was given up", fault.place())
    });
}

impl Record {
    /// Of captures that name the interfaces of their frames, where somebody asks for them.
    fn of(wanted: &Wanted, captures: &Captures) -> Self {
        let reports = match wanted.has(FieldId::FRAME_INTERFACE_ID) {
            true => captures.reports(),
            false => Vec::new(),
        };
        let named = (0..)
            .zip(&reports)
            .filter(|(_, report)| report.format == CaptureFormat::Pcapng);
        Self {
            interfaces: tree(named.map(|(index, _)| CaptureIndex(index))),
            ..Self::default()
        }
    }

    /// The layer of the frame itself.
    fn write(&mut self, frame: &Frame<'_>, writer: &mut Writer<'_>) -> frame::LayerIndex {
        let place = Place {
            below: None,
            base: 0,
            end: u32::try_from(frame.data.len()).unwrap_or(u32::MAX),
        };
        let now = frame.at.time;
        let first = *self.first.get_or_insert(now);
        let last = self.last.replace(now).unwrap_or(now);
        let mut fields = writer.layer(FieldId::FRAME, place, None);
        if self.interfaces.contains(&frame.at.capture) {
            fields.number(FieldId::FRAME_INTERFACE_ID, 0, 0, frame.interface);
        }
        fields.show(FieldId::FRAME_TIME, 0, 0, Date(now));
        fields.seconds(FieldId::FRAME_TIME_EPOCH, 0, 0, now.nanoseconds());
        fields.seconds(FieldId::FRAME_TIME_DELTA, 0, 0, now.since(last));
        fields.seconds(FieldId::FRAME_TIME_RELATIVE, 0, 0, now.since(first));
        fields.number(FieldId::FRAME_NUMBER, 0, 0, frame.at.frame.0);
        fields.number(FieldId::FRAME_LEN, 0, 0, frame.original_length);
        fields.show(FieldId::FRAME_CAP_LEN, 0, 0, frame.data.len());
        fields.layer
    }
}

/// The names of the layers of a frame that is handed on, as Wireshark lists them: it counts the Ethernet type among them.
fn protocols(wanted: &Wanted, frame: &mut frame::Frame) {
    if !wanted.has(FieldId::FRAME_PROTOCOLS) {
        return;
    }
    let mut names = Vec::new();
    for layer in frame.layers() {
        if layer.protocol != FieldId::FRAME {
            names.push(layer.protocol.name());
        }
        if [FieldId::ETH, FieldId::SLL, FieldId::VLAN].contains(&layer.protocol) {
            names.push("ethertype");
        }
    }
    let first = frame::LayerIndex::default();
    frame.field(
        first,
        FieldId::FRAME_PROTOCOLS,
        frame::Octets::default(),
        names.join(":"),
    );
}

/// Takes the headers and packets of one frame.
struct Layers<'f> {
    headers: Headers<'f>,
    flows: Option<&'f mut FlowTable<StreamSession>>,
    reads_datagrams: bool,
    shared: &'f mut Shared,
    queue: &'f mut Queue,
}

impl PacketSink for Layers<'_> {
    const WANTS_HEADERS: bool = true;

    fn header(&mut self, header: &Layer<'_>) {
        self.headers.take(header);
    }

    fn packet(&mut self, packet: Packet<'_>) {
        match &packet.transport {
            Transport::Tcp(_) => self.segment(&packet),
            Transport::Udp(udp) if self.reads_datagrams => self.datagram(&packet, udp),
            Transport::Udp(_) | Transport::Sctp(_) => {}
        }
    }
}

impl<'f> Layers<'f> {
    /// Takes a plain frame. Its headers may be written only with its first message.
    fn plain(&mut self, frame: &'f [u8], packet: Packet<'_>, only_with_messages: bool) {
        let carried = match &packet.transport {
            Transport::Tcp(segment) => segment.payload.len(),
            Transport::Udp(datagram) => datagram.payload.len(),
            Transport::Sctp(_) => 0,
        };
        self.headers.put_off(frame, carried);
        if !only_with_messages {
            self.headers.pending();
        }
        self.packet(packet);
    }

    /// Whether the frame is to wait, as a later one may bring it a message.
    fn wait(mut self) -> bool {
        let holds = self.flows.as_ref().is_some_and(|flows| flows.held() > 0);
        let waits = holds || self.shared.awaits();
        if waits {
            self.headers.pending();
        }
        waits
    }

    fn segment(&mut self, packet: &Packet<'_>) {
        let Self {
            headers,
            flows: Some(flows),
            shared,
            queue,
            ..
        } = self
        else {
            return;
        };
        let wanted = headers.wanted;
        flows.push(packet, |info, session, event| {
            let mut target = Target {
                current: Some(headers),
                queue,
                wanted,
                shared,
            };
            session.on_event(info, event, &mut target);
        });
    }

    fn datagram(&mut self, packet: &Packet<'_>, udp: &UdpDatagram<'_>) {
        let wanted = self.headers.wanted;
        let ports = [udp.source_port, udp.destination_port];
        let Some(kind) = datagram::wanted_kind(udp.payload, ports, wanted) else {
            return;
        };
        let pending = self.headers.pending();
        let Some(carried) = pending.carried else {
            return;
        };
        let ends = Ends {
            addresses: [packet.source, packet.destination],
            ports,
            at: packet.at,
        };
        let mut writer = Writer {
            frame: &mut pending.frame,
            wanted,
        };
        datagram::message(kind, udp.payload, &ends, carried.place, &mut writer, self.shared);
    }
}
