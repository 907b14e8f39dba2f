//! For tests: drives the session layer with datagrams and stream octets, and writes down what it hands on.

use std::fmt::Write;

use super::{
    Body, BodyEnd, CarrierEvent, ConnectionState, FromTls, SessionEvent, Sessions, SmsTransfer,
    TransactionEvent,
};
use crate::flow::{CloseReason, ConnectionId, ConnectionInfo, Side, StreamEvent, TransportKind};
use crate::model::{
    CaptureIndex, Direction, Endpoint, Envelope, Extent, FrameNumber, FrameRef, NetworkId, Origin, Timestamp,
    TlsEnd,
};

/// From the end that opened the connection.
pub(super) const UP: Direction = Direction::FromInitiator;
/// From the other end.
pub(super) const DOWN: Direction = Direction::FromResponder;

/// One connection at a time; several by name.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) sessions: Sessions,
    connections: Vec<(ConnectionInfo, ConnectionState)>,
    frame: u64,
    clock: i64,
    /// One line for each event.
    pub(super) lines: Vec<String>,
    /// Connections that were given up for want of room, by number.
    pub(super) given_up: Vec<u64>,
    /// What was told of transactions with the systems around an MMSC, one line for each event.
    pub(super) transactions: Vec<String>,
    /// Of each request, which way its short message goes.
    pub(super) transfers: Vec<Option<SmsTransfer>>,
}

/// Frame `number`, at that many seconds unless the clock was moved.
fn frame_at(number: u64, seconds: i64) -> FrameRef {
    FrameRef {
        capture: CaptureIndex(0),
        frame: FrameNumber(number),
        time: Timestamp::from_seconds(seconds),
    }
}

impl Recorder {
    /// A new connection from 10.0.0.`host`:`port` to 10.9.9.9:`server_port`; its index.
    pub(super) fn open(&mut self, transport: TransportKind, host: u8, port: u16, server_port: u16) -> usize {
        let side = |address: [u8; 4], port| Side {
            endpoint: Endpoint::new(address.into(), port),
            hidden: false,
            acknowledged: false,
        };
        let id = self.connections.len();
        let info = ConnectionInfo {
            id: ConnectionId(id as u64),
            network: NetworkId::default(),
            transport,
            sides: [side([10, 0, 0, host], port), side([10, 9, 9, 9], server_port)],
            seen_by: [None, None],
            opening_seen: false,
        };
        self.connections.push((info, ConnectionState::default()));
        id
    }

    /// The capture shows how a connection began.
    pub(super) fn see_opening(&mut self, connection: usize) {
        self.connections[connection].0.opening_seen = true;
    }

    /// Lets `seconds` pass.
    pub(super) fn wait(&mut self, seconds: i64) {
        self.clock += seconds;
    }

    fn next_frame(&mut self) -> FrameRef {
        self.frame += 1;
        frame_at(self.frame, self.clock + i64::try_from(self.frame).unwrap())
    }

    fn event(&mut self, connection: usize, event: StreamEvent<'_>) {
        let (info, state) = &mut self.connections[connection];
        let direction = match event {
            StreamEvent::Data { direction, .. } | StreamEvent::Datagram { direction, .. } => Some(direction),
            _ => None,
        };
        if let Some(direction) = direction {
            info.seen_by[direction.index()] = Some(Origin::default());
        }
        let (lines, transfers) = (&mut self.lines, &mut self.transfers);
        let transactions = &mut self.transactions;
        let mut sink = |event: SessionEvent<'_>| {
            let event = match event {
                SessionEvent::Carrier(event) => event,
                SessionEvent::Transaction(event) => return transactions.push(transaction_line(&event)),
            };
            lines.push(line(&event));
            if let CarrierEvent::Request(request) = event {
                transfers.push(request.transfer);
            }
        };
        self.sessions.on_event(info, state, event, &mut sink);
        if self.sessions.is_full() {
            let connections = self.connections.iter_mut().map(|(info, state)| (&*info, state));
            for (info, state) in Sessions::holders(connections) {
                if !self.sessions.has_room() {
                    self.sessions.give_up(info, state, event.at(), &mut sink);
                    self.given_up.push(info.id.0);
                }
            }
        }
    }

    /// A datagram in the next frame.
    pub(super) fn datagram(&mut self, connection: usize, direction: Direction, bytes: &[u8]) {
        self.cut_datagram(connection, direction, bytes, 0);
    }

    /// A datagram of which the snap length cut `missing` octets.
    pub(super) fn cut_datagram(
        &mut self,
        connection: usize,
        direction: Direction,
        bytes: &[u8],
        missing: u32,
    ) {
        let at = self.next_frame();
        let event = StreamEvent::Datagram {
            direction,
            bytes,
            first: at,
            at,
            missing,
        };
        self.event(connection, event);
    }

    /// Octets of a stream in the next frame.
    pub(super) fn data(&mut self, connection: usize, direction: Direction, bytes: &[u8]) {
        let at = self.next_frame();
        self.event(connection, StreamEvent::Data { direction, bytes, at });
    }

    /// Octets of a record of TLS that began so many frames before the one that completes it, with which octets may come that
    /// are those of another record.
    pub(super) fn record(&mut self, connection: usize, direction: Direction, bytes: &[u8], earlier: u64) {
        let at = frame_at(self.frame, self.clock);
        let first = frame_at(self.frame - earlier, self.clock);
        self.sessions.tls = FromTls {
            record: Some(Extent { first, last: at }),
            ..FromTls::default()
        };
        self.event(connection, StreamEvent::Data { direction, bytes, at });
        self.sessions.tls = FromTls::default();
    }

    /// Octets of a record, while the other direction has begun one that is not whole.
    pub(super) fn record_behind_begun(&mut self, connection: usize, direction: Direction, bytes: &[u8]) {
        self.sessions.tls = FromTls {
            other_has_begun: true,
            ..FromTls::default()
        };
        self.data(connection, direction, bytes);
        self.sessions.tls = FromTls::default();
    }

    /// Frames pass that complete nothing.
    pub(super) fn pass(&mut self, frames: u64) {
        self.frame += frames;
    }

    /// One direction ends, in TLS by close_notify.
    pub(super) fn finish_by(&mut self, connection: usize, direction: Direction, notify: Option<TlsEnd>) {
        let at = self.next_frame();
        self.sessions.tls = FromTls {
            notify,
            ..FromTls::default()
        };
        self.event(connection, StreamEvent::Finished { direction, at });
        self.sessions.tls = FromTls::default();
    }

    /// Octets of a stream that were not captured.
    pub(super) fn gap(&mut self, connection: usize, direction: Direction, length: u64) {
        let at = self.next_frame();
        let acknowledged = true;
        self.event(
            connection,
            StreamEvent::Gap {
                direction,
                length,
                acknowledged,
                cut: false,
                at,
            },
        );
    }

    /// The end of a connection.
    pub(super) fn close(&mut self, connection: usize, reason: CloseReason) {
        let at = self.next_frame();
        self.event(connection, StreamEvent::Closed { reason, at });
    }

    /// The end of the capture, for every connection.
    pub(super) fn finish(&mut self) {
        for connection in 0..self.connections.len() {
            self.close(connection, CloseReason::CaptureEnd);
        }
        let lines = &mut self.lines;
        self.sessions.finish(None, &mut |event| {
            if let SessionEvent::Carrier(event) = event {
                lines.push(line(&event));
            }
        });
    }

    /// The lines so far.
    pub(super) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// What became of a transaction, in short.
fn transaction_line(event: &TransactionEvent<'_>) -> String {
    let frame = event.at().frame.0;
    match event {
        TransactionEvent::Request(request) => {
            let operation = request.subject.operation.name();
            format!("{} {operation} {frame}", request.transaction.0)
        }
        TransactionEvent::Answer(answer) => format!("{} answered {frame}", answer.transaction.0),
        TransactionEvent::NoAnswer(event) => format!("{} not answered, at {frame}", event.transaction.0),
    }
}

fn line(event: &CarrierEvent<'_>) -> String {
    match event {
        CarrierEvent::Request(r) => {
            let mut line = format!(
                "{} {:?} {} {} {}>{}",
                r.exchange.0,
                r.method,
                r.bearer.name(),
                extent(r.extent),
                r.source,
                r.destination
            );
            for (name, value) in [("url", r.url), ("to", r.recipient), ("agent", r.user_agent)] {
                if let Some(value) = value {
                    write!(line, " {name}={value}").unwrap();
                }
            }
            if let Some(envelope) = &r.envelope {
                line += &in_words(envelope);
            }
            if let Some(subscriber) = r.subscriber {
                write!(line, " {}={}", subscriber.source, subscriber.identity.text()).unwrap();
            }
            if r.relayed {
                line.push_str(" relayed");
            }
            if !r.expects_answer {
                line.push_str(" unanswered");
            }
            line + &body(&r.body)
        }
        CarrierEvent::Response(r) => {
            let (id, name, extent) = (r.exchange.0, r.bearer.name(), extent(r.extent));
            let status = r
                .status
                .map_or("unread".to_owned(), |status| format!("{status:?}"));
            format!("{id} {status} {name} {extent}") + &body(&r.body)
        }
        CarrierEvent::End(end) => format!(
            "{} end {:?} {:?} at {}",
            end.exchange.0, end.reason, end.answer, end.at.frame
        ),
        CarrierEvent::Receipt(receipt) => format!(
            "{} receipt {} {:?} at {}",
            receipt.exchange.0,
            if receipt.delivered {
                "delivered"
            } else {
                "not delivered"
            },
            receipt.code,
            receipt.at.frame
        ),
    }
}

fn in_words(envelope: &Envelope<'_>) -> String {
    let mut text = String::new();
    if let Some(refused) = envelope.refused {
        write!(text, " refused {refused:?}").unwrap();
    }
    if let Some(sender) = envelope.sender {
        write!(text, " from <{sender}>").unwrap();
    }
    for (number, recipient) in envelope.recipients.iter().enumerate() {
        let to = if number == 0 { " to" } else { "" };
        let code = recipient.reply.map(|reply| reply.code.to_string());
        write!(text, "{to} <{}>{}", recipient.address, code.unwrap_or_default()).unwrap();
    }
    text
}

fn extent(extent: Extent) -> String {
    format!("{}..{}", extent.first.frame, extent.last.frame)
}

fn body(body: &Body<'_>) -> String {
    let mut text = String::new();
    if let Some(content_type) = body.content_type {
        write!(text, " {content_type}").unwrap();
    }
    if body.length > 0 {
        write!(text, " {}/{}", body.bytes.len(), body.length).unwrap();
    }
    if body.end != BodyEnd::Whole {
        write!(text, " {:?}", body.end).unwrap();
    }
    text
}
