//! Entry points for fuzzing: each takes octets that anyone may have made and drives one layer with them, as far as
//! its results reach. None may panic, hang or take more memory than the layer's limits allow, whatever the octets.
//!
//! `fuzz/` runs them under a fuzzer; `tests/fuzz_corpus.rs` runs each over its seeds on every build. What drives a
//! state machine reads the octets as a [`Script`] of steps, so that one input holds several frames or segments.

#[cfg(test)]
mod faults;
mod http2;
mod mate;
mod mate_engine;
mod script;
mod surroundings;
mod tls;
mod whole;

use std::io::Cursor;
use std::ops::ControlFlow;

use serde_json::Value;

pub use http2::{hpack, http2};
pub use mate::mate;
pub use mate_engine::mate_engine;
pub use script::{Script, Step};
pub use surroundings::{diameter, dns, gtp_c, ldap, radius, sti};
pub use tls::tls;
pub use whole::{Whole, whole};

use crate::{
    capture::{Captures, Frame, LinkType},
    check::Expectation,
    correlate::PduRecord,
    flow::{
        CloseReason, ConnectionId, ConnectionInfo, FlowTable, Limits, SessionState, Side, StreamEvent,
        TransportKind,
    },
    mate::{catalogue::FieldId, source},
    mms::{self, Pdu},
    model::{Direction, Endpoint, Extent, FrameNumber, FrameRef, NetworkId, Origin, Timestamp},
    net::{Decapsulator, Packet, TcpFlags, TcpSegment, Transport},
    report::{
        document::Message,
        pdu::{self, CsvWriter, PduObject, Tree},
        query::filter::Filter,
        words::style::Style,
    },
    session::{
        CarrierEvent, ConnectionState, SessionEvent, Sessions, Sink,
        smpp::pdu::{Command, content, is_exact},
        sms::{self, Towards},
        ss7::{
            TransferMessage,
            map::{Operation, routed_imsi},
            sccp::UnitData,
            tcap::{self, Component},
        },
        wsp, wtp,
    },
};

/// A capture file, compressed or not: every frame of it.
pub fn capture(octets: &[u8]) {
    let Ok(mut captures) = Captures::read("fuzz", Box::new(Cursor::new(octets.to_vec()))) else {
        return;
    };
    let mut length = 0;
    while let Some(frame) = captures.next() {
        length += frame.data.len();
    }
    std::hint::black_box((length, captures.reports()));
}

/// A capture file: the layers and fields of its frames that a configuration of MATE can ask for.
pub fn mate_fields(octets: &[u8]) {
    let Ok(captures) = Captures::read("fuzz", Box::new(Cursor::new(octets.to_vec()))) else {
        return;
    };
    let wanted = source::Wanted::new(FieldId::all());
    let mut octets = 0;
    let report = source::read(
        captures,
        &source::Limits::default(),
        &wanted,
        &mut |_| ControlFlow::Continue(()),
        &mut |frame| {
            let texts = frame.fields().iter().map(|field| frame.text(field).len());
            octets += texts.sum::<usize>();
        },
    );
    std::hint::black_box((octets, report));
}

/// The frame with this number, a millisecond after the one before.
fn at(number: u64) -> FrameRef {
    let milliseconds = i64::try_from(number).unwrap_or(i64::MAX);
    FrameRef {
        frame: FrameNumber(number),
        time: Timestamp::default().plus(milliseconds.saturating_mul(1_000_000)),
        ..FrameRef::default()
    }
}

/// Frames: two octets of link type, then a script whose steps are frames.
pub fn packets(octets: &[u8]) {
    let Some((link_type, script)) = octets.split_first_chunk() else {
        return;
    };
    let link_type = LinkType(u16::from_le_bytes(*link_type));
    let mut net = Decapsulator::new();
    for (number, step) in (1..).zip(Script::new(script)) {
        let length = u32::try_from(step.octets.len()).unwrap_or(u32::MAX);
        let frame = Frame {
            at: at(number),
            stamp: Timestamp::default(),
            interface: 0,
            link_type,
            data: step.octets,
            original_length: length.saturating_add(u32::from(step.operation)),
        };
        net.push(&frame, |packet| {
            std::hint::black_box(&packet);
        });
    }
    net.finish();
}

/// A session that counts what it is handed.
#[derive(Debug, Default)]
struct Counting;

impl SessionState for Counting {
    fn wants_data(&self) -> bool {
        true
    }

    fn is_ours(&self) -> bool {
        true
    }
}

/// Octets of the header that a step of [`segments`] begins with: sequence 2, acknowledgement 2.
const SEGMENT_NUMBERS: usize = 4;

/// TCP segments of one connection: a script whose steps are segments, each with the low halves of its numbers
/// first. Returns how many octets were delivered, which is never more than were sent.
pub fn segments(octets: &[u8]) -> u64 {
    let mut flows: FlowTable<Counting> = FlowTable::new(Limits::default());
    let mut delivered = 0_u64;
    let mut count = |_: &ConnectionInfo, _: &mut Counting, event: StreamEvent<'_>| {
        if let StreamEvent::Data { bytes, .. } = event {
            delivered = delivered.saturating_add(bytes.len() as u64);
        }
    };
    for (number, step) in (1..).zip(Script::new(octets)) {
        if let Some(packet) = segment(&step, at(number)) {
            flows.push(&packet, &mut count);
        }
    }
    flows.finish(&mut count);
    delivered
}

fn segment<'a>(step: &Step<'a>, at: FrameRef) -> Option<Packet<'a>> {
    let (numbers, payload) = step.octets.split_first_chunk::<SEGMENT_NUMBERS>()?;
    let [a, b, c, d] = *numbers;
    let ends = [
        Endpoint::new([10, 0, 0, 1].into(), 40_000),
        Endpoint::new([10, 0, 0, 2].into(), 80),
    ];
    let [source, destination] = match step.direction() {
        Direction::FromInitiator => ends,
        Direction::FromResponder => [ends[1], ends[0]],
    };
    let flag = |bit: u8| step.operation & bit != 0;
    let transport = Transport::Tcp(TcpSegment {
        source_port: source.port,
        destination_port: destination.port,
        // Just below the wrap, so that it is reached.
        sequence: 0xffff_8000_u32.wrapping_add(u32::from(u16::from_le_bytes([a, b]))),
        acknowledgement: (!flag(0x80))
            .then_some(0xffff_8000_u32.wrapping_add(u32::from(u16::from_le_bytes([c, d])))),
        flags: TcpFlags {
            syn: flag(0x02),
            fin: flag(0x04),
            rst: flag(0x08),
        },
        window: 0xffff,
        payload,
        octets: &[],
    });
    let missing = u32::from(step.operation >> 4 & 0x07);
    let (source, destination) = (source.address, destination.address);
    Some(Packet {
        at,
        first: at,
        earliest: at,
        network: NetworkId::default(),
        source,
        destination,
        identification: None,
        transport,
        missing,
    })
}

/// The octets of one TCP connection, as reassembly hands them to the sessions: HTTP, SMPP, SIP.
pub fn stream(octets: &[u8]) {
    connection(octets, TransportKind::Tcp, [40_000, 80]);
}

/// The octets of one SMTP connection behind the server's greeting, and the mails on it.
pub fn smtp(octets: &[u8]) {
    let mut steps = Vec::new();
    Script::append(&mut steps, 1, b"220 mms.two.example ESMTP\r\n");
    steps.extend_from_slice(octets);
    let state = ConnectionState::default();
    drive(&steps, state, TransportKind::Tcp, [40_000, 25], &mut |event| {
        if let SessionEvent::Carrier(CarrierEvent::Request(request)) = event {
            mail(request.body.bytes);
        }
    });
}

/// Datagrams or messages between two endpoints: WTP, connectionless WSP, SIP, SS7. The first octet chooses the transport
/// and the port.
pub fn datagrams(octets: &[u8]) {
    let Some((choice, script)) = octets.split_first() else {
        return;
    };
    let (transport, port) = match choice % 8 {
        0 => (TransportKind::Udp, 9200),
        1 => (TransportKind::Udp, 9201),
        2 => (TransportKind::Udp, 2948),
        3 => (TransportKind::Udp, 5060),
        4 => (TransportKind::Udp, 9202),
        5 => (TransportKind::Udp, 40_001),
        _ => (TransportKind::Sctp, 2905),
    };
    connection(script, transport, [40_000, port]);
}

/// A TCP connection between two hosts, from its beginning.
fn tcp_connection(ports: [u16; 2]) -> ConnectionInfo {
    between_two_hosts(TransportKind::Tcp, ports)
}

fn between_two_hosts(transport: TransportKind, ports: [u16; 2]) -> ConnectionInfo {
    let side = |host, port| Side {
        endpoint: Endpoint::new([10, 0, 0, host].into(), port),
        hidden: false,
        acknowledged: false,
    };
    ConnectionInfo {
        id: ConnectionId(1),
        network: NetworkId::default(),
        transport,
        sides: [side(1, ports[0]), side(2, ports[1])],
        seen_by: [Some(Origin::default()); 2],
        opening_seen: true,
    }
}

/// A connection of this kind, with a script of what passes on it, through the session layer and the PDU decoder.
fn connection(script: &[u8], transport: TransportKind, ports: [u16; 2]) {
    drive(
        script,
        ConnectionState::default(),
        transport,
        ports,
        &mut |event| {
            std::hint::black_box(event);
        },
    );
}

/// The same of one in this state, for whoever takes what it tells.
fn drive(
    script: &[u8],
    mut state: ConnectionState,
    transport: TransportKind,
    ports: [u16; 2],
    sink: Sink<'_>,
) {
    let info = between_two_hosts(transport, ports);
    let mut sessions = Sessions::default();
    let mut last = at(0);
    for (number, step) in (1..).zip(Script::new(script)) {
        last = at(number);
        sessions.on_event(&info, &mut state, step.event(transport, last), sink);
    }
    let closed = StreamEvent::Closed {
        reason: CloseReason::CaptureEnd,
        at: last,
    };
    sessions.on_event(&info, &mut state, closed, sink);
    sessions.finish(Some(last), sink);
}

/// One WTP datagram, and the same octets as a WSP PDU.
pub fn wap(octets: &[u8]) {
    for pdu in wtp::Pdus::new(octets).flatten() {
        std::hint::black_box((pdu.items().count(), pdu.acknowledged_packet()));
    }
    for completeness in [wsp::Completeness::Whole, wsp::Completeness::Cut] {
        std::hint::black_box(wsp::Pdu::read(octets, completeness).is_ok());
    }
}

/// A short message in all its layers: RP-DATA, TPDU, user data header, SMPP PDU body, SCCP, TCAP and MAP.
pub fn short_message(octets: &[u8]) {
    std::hint::black_box(sms::RpMessage::read(octets).is_ok());
    for towards in [Towards::Phone, Towards::ServiceCentre] {
        for failed in [false, true] {
            if let Ok(tpdu) = sms::Tpdu::read(octets, towards, failed) {
                std::hint::black_box(&tpdu);
            }
        }
    }
    std::hint::black_box(sms::UserDataHeader::read(octets).is_ok());
    std::hint::black_box(sms::information_elements(octets).count());
    signalling(octets);
    if let Some((command, body)) = octets.split_first_chunk() {
        let command = Command(u32::from_be_bytes(*command));
        std::hint::black_box((content(command, body).is_ok(), is_exact(command, body)));
    }
}

/// A message of the signalling network.
fn signalling(octets: &[u8]) {
    std::hint::black_box(TransferMessage::read(octets));
    std::hint::black_box(UnitData::read(octets).is_ok());
    for component in tcap::Message::read(octets)
        .iter()
        .flat_map(tcap::Message::components)
    {
        match component {
            Component::Invoke {
                operation, argument, ..
            } => {
                std::hint::black_box(Operation::read(operation, argument).is_some());
            }
            Component::Result { result, .. } => {
                std::hint::black_box(routed_imsi(result));
            }
            Component::Error { .. } | Component::Reject { .. } => {}
        }
    }
}

/// An MMS PDU, whole and cut, and everything that is printed of it.
pub fn mms_pdu(octets: &[u8]) {
    for whole in [true, false] {
        let decoded = Pdu::Mm1(mms::decode(octets, whole));
        std::hint::black_box(PduRecord::from(&decoded));
        print(&decoded);
    }
}

/// A mail, whole and cut, and everything that is printed of it.
pub fn mail(octets: &[u8]) {
    for whole in [true, false] {
        let mail = mms::decode_mail(octets, whole, None, mms::Limits::default());
        let decoded = Pdu::Mail(mail);
        std::hint::black_box(PduRecord::from(&decoded));
        print(&decoded);
    }
}

fn print(decoded: &Pdu<'_>) {
    let style = Style::default();
    let mut out = Vec::new();
    let object = PduObject::bare(decoded, "fuzz");
    // Writing into memory does not fail.
    let _ = pdu::write_line(&mut out, decoded, None, None, &style);
    let _ = pdu::write_tree(&mut out, decoded, Tree { all_data: true }, &style);
    let _ = pdu::write_json_line(&mut out, &object);
    if let Ok(mut csv) = CsvWriter::of_files(&mut out, crate::report::render::csv::Reader::Spreadsheet) {
        let _ = csv.write_bare(decoded, "fuzz", None);
        let _ = csv.finish();
    }
    std::hint::black_box(out);
}

/// The headers of an m-retrieve.conf that end with Content-Type, which the octets go on with: type, version 1.2,
/// date 0.
const RETRIEVE_CONF: &[u8] = &[0x8c, 0x84, 0x8d, 0x92, 0x85, 0x01, 0x00, 0x84];

/// The value of Content-Type and the body behind it: WSP multiparts and MIME ones, nested.
pub fn multipart(octets: &[u8]) {
    mms_pdu(&[RETRIEVE_CONF, octets].concat());
}

/// A body of SOAP behind a line with its content type.
pub fn soap(octets: &[u8]) {
    let line = octets.iter().position(|octet| *octet == b'\n');
    let (content_type, body) = octets.split_at(line.map_or(0, |end| end.saturating_add(1)));
    let content_type = String::from_utf8_lossy(content_type);
    for whole in [true, false] {
        if let Some(soap) = mms::decode_soap(body, &content_type, whole, mms::Limits::default()) {
            std::hint::black_box((soap.sender(), soap.to().count(), soap.status(), soap.leaves()));
        }
    }
}

/// A filter expression, and its verdict on messages.
pub fn filter(octets: &[u8], messages: &[Message]) {
    match std::str::from_utf8(octets).map(Filter::parse) {
        Ok(Ok(filter)) => {
            std::hint::black_box(messages.iter().filter(|message| filter.matches(message)).count());
        }
        Ok(Err(error)) => {
            std::hint::black_box(error.to_string());
        }
        Err(_) => {}
    }
}

/// An expectation, compared with a result.
pub fn expectation(octets: &[u8], actual: &Value) {
    match Expectation::parse(octets) {
        Ok(expectation) => {
            std::hint::black_box(expectation.differences(actual));
        }
        Err(error) => {
            std::hint::black_box(error.to_string());
        }
    }
}

impl<'a> Step<'a> {
    /// The step as what a connection of this kind tells its session.
    fn event(&self, transport: TransportKind, at: FrameRef) -> StreamEvent<'a> {
        let (direction, bytes) = (self.direction(), self.octets);
        let extent = Extent::single(at);
        match (transport, self.operation >> 1 & 0x07) {
            (TransportKind::Udp | TransportKind::Sctp, kind) => StreamEvent::Datagram {
                direction,
                bytes,
                first: extent.first,
                at,
                missing: u32::from(kind == 7),
            },
            (TransportKind::Tcp, 6) => {
                let length = bytes
                    .iter()
                    .fold(1_u64, |sum, octet| sum.saturating_add(u64::from(*octet)));
                StreamEvent::Gap {
                    direction,
                    length,
                    acknowledged: self.operation & 0x10 != 0,
                    cut: false,
                    at,
                }
            }
            (TransportKind::Tcp, 7) => StreamEvent::Finished { direction, at },
            (TransportKind::Tcp, _) => StreamEvent::Data { direction, bytes, at },
        }
    }

    /// Which end sends.
    pub const fn direction(&self) -> Direction {
        if self.operation & 0x01 == 0 {
            Direction::FromInitiator
        } else {
            Direction::FromResponder
        }
    }
}
