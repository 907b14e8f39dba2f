//! HTTP connections from the outside: stream events in, carrier events out.
//!
//! | clause | test |
//! | --- | --- |
//! | RFC 9112 section 6.3 message length, rules 1–8 | `scenarios::lengths_of_bodies` and those after it |
//! | RFC 9112 section 7.1 chunks | `super::h1::framing` |
//! | RFC 9112 section 9.3.2 pipelining | `scenarios::pipelined_requests` |
//! | RFC 9110 section 15.2 interim answers | `scenarios::interim_answers_are_no_answers` |
//! | RFC 9110 section 14 ranges | `scenarios::ranges_of_one_message` |
//! | what is missing in a capture | `scenarios::gap_*`, `scenarios::cut_*`, `scenarios::the_middle_*` |
//! | any segmentation gives the same | `segmentation` |
//! | SOAP 1.1 section 6, SOAP with attachments, EAIF | `soap` |

mod http2;
mod scenarios;
mod segmentation;
mod soap;

use std::net::{IpAddr, Ipv4Addr};

use crate::flow::{
    CloseReason, ConnectionId, ConnectionInfo, SessionState as _, Side, StreamEvent, TransportKind,
};
use crate::model::{
    CaptureIndex, Direction, Endpoint, FrameNumber, FrameRef, NetworkId, Origin, StreamId, Timestamp,
};
use crate::session::{Bearer, Body, BodyEnd, CarrierEvent, ConnectionState, SessionEvent, Sessions};

/// The shortest PDU there is: message type, transaction id.
pub(super) const PDU: &[u8] = b"\x8c\x80\x981\0\x8d\x90";
pub(super) const ANSWER_PDU: &[u8] = b"\x8c\x81\x981\0\x8d\x90\x92\x80";

/// A connection as a test tells it. Every event is a frame.
pub(super) struct Talk {
    pub(super) sessions: Sessions,
    state: ConnectionState,
    pub(super) info: ConnectionInfo,
    pub(super) lines: Vec<String>,
    frame: u64,
}

impl Talk {
    /// A connection whose opening was captured.
    pub(super) fn new() -> Self {
        let side = |last: u8, port| Side {
            endpoint: Endpoint::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), port),
            hidden: false,
            acknowledged: false,
        };
        Self {
            sessions: Sessions::default(),
            state: ConnectionState::default(),
            info: ConnectionInfo {
                id: ConnectionId(0),
                network: NetworkId::default(),
                transport: TransportKind::Tcp,
                sides: [side(1, 40000), side(2, 8799)],
                seen_by: [Some(Origin::default()); 2],
                opening_seen: true,
            },
            lines: Vec::new(),
            frame: 0,
        }
    }

    /// The next connection between the same ends.
    pub(super) fn again(&mut self) {
        self.state = ConnectionState::default();
        self.lines.clear();
    }

    pub(super) fn client(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        self.data(Direction::FromInitiator, octets.as_ref())
    }

    pub(super) fn server(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        self.data(Direction::FromResponder, octets.as_ref())
    }

    pub(super) fn data(&mut self, direction: Direction, bytes: &[u8]) -> &mut Self {
        self.event(|at| StreamEvent::Data { direction, bytes, at })
    }

    pub(super) fn gap(&mut self, direction: Direction, length: u64, acknowledged: bool) -> &mut Self {
        self.event(|at| StreamEvent::Gap {
            direction,
            length,
            acknowledged,
            cut: false,
            at,
        })
    }

    pub(super) fn fin(&mut self, direction: Direction) -> &mut Self {
        self.event(|at| StreamEvent::Finished { direction, at })
    }

    pub(super) fn close(&mut self, reason: CloseReason) -> &mut Self {
        self.event(|at| StreamEvent::Closed { reason, at })
    }

    /// Whether the connection is one of ours, as the flow table asks.
    pub(super) fn is_ours(&self) -> bool {
        self.state.is_ours()
    }

    /// The connection ends as most do, the client first.
    pub(super) fn end(&mut self) -> Vec<String> {
        self.fin(Direction::FromInitiator)
            .fin(Direction::FromResponder)
            .close(CloseReason::Finished);
        std::mem::take(&mut self.lines)
    }

    fn event<'a>(&mut self, make: impl FnOnce(FrameRef) -> StreamEvent<'a>) -> &mut Self {
        self.frame += 1;
        let at = FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(self.frame),
            time: Timestamp::from_seconds(self.frame as i64),
        };
        let Self {
            sessions,
            state,
            info,
            lines,
            ..
        } = self;
        sessions.on_event(info, state, make(at), &mut |event| {
            if let SessionEvent::Carrier(event) = event {
                lines.push(line(&event));
            }
        });
        self
    }
}

/// One line for an event: what, whose, where, how it ended.
pub(super) fn line(event: &CarrierEvent<'_>) -> String {
    match event {
        CarrierEvent::Request(r) => {
            let recipient = r.recipient.map(|to| format!(" to {to}")).unwrap_or_default();
            let (id, frames) = (r.exchange.0, frames(&r.extent));
            let url = r.url.unwrap_or("-");
            let stream = on_stream(r.stream);
            format!(
                "#{id} {:?}{} {url}{recipient}{stream} [{frames}] {}",
                r.method,
                bearer(r.bearer),
                body(&r.body)
            )
        }
        CarrierEvent::Response(r) => {
            format!(
                "#{} {}{}{} [{}] {}",
                r.exchange.0,
                r.status
                    .map_or("unread".to_owned(), |status| format!("{status:?}")),
                bearer(r.bearer),
                on_stream(r.stream),
                frames(&r.extent),
                body(&r.body)
            )
        }
        CarrierEvent::End(e) => format!("#{} {:?} {:?} [{}]", e.exchange.0, e.reason, e.answer, e.at.frame),
        CarrierEvent::Receipt(r) => format!("#{} receipt", r.exchange.0),
    }
}

/// The bearer where it is not HTTP itself.
fn bearer(bearer: Bearer) -> &'static str {
    match bearer {
        Bearer::Soap => " soap",
        _ => "",
    }
}

/// The stream where it is HTTP/2.
fn on_stream(stream: Option<StreamId>) -> String {
    stream
        .map(|stream| format!(" stream {stream}"))
        .unwrap_or_default()
}

fn frames(extent: &crate::model::Extent) -> String {
    format!("{}-{}", extent.first.frame, extent.last.frame)
}

fn body(body: &Body<'_>) -> String {
    let kind = match body.content_type {
        Some("application/vnd.wap.mms-message") => "mms",
        Some(other) => other,
        None => "-",
    };
    let end = match body.end {
        BodyEnd::Whole => String::new(),
        other => format!(" {other:?}"),
    };
    let sum: u64 = body.bytes.iter().map(|octet| u64::from(*octet)).sum();
    format!("{kind} {}/{} ~{sum}{end}", body.bytes.len(), body.length)
}

/// A message with these lines in its head and this body.
pub(super) fn message(head: &str, body: &[u8]) -> Vec<u8> {
    let mut octets = format!("{head}\r\n\r\n").into_bytes();
    octets.extend_from_slice(body);
    octets
}

pub(super) fn post(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = "POST /mms HTTP/1.1\r\nHost: mmsc\r\nContent-Type: application/vnd.wap.mms-message";
    message(&format!("{head}\r\nContent-Length: {length}"), body)
}

pub(super) fn ok(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.wap.mms-message";
    message(&format!("{head}\r\nContent-Length: {length}"), body)
}
