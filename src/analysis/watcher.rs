//! Watches what passes for signs of what hides messages.

use std::collections::{BTreeMap, HashMap};

use super::reason::{Reason, ReasonKind, ranked};
use super::signs::{self, Sign};
use crate::capture::Frame;
use crate::flow::{ConnectionId, ConnectionInfo, StreamEvent, TransportKind};
use crate::mms::Pdu;
use crate::model::{Direction, Envelope, FrameRef, SharedSort, tree};
use crate::pipeline::{Observer, RunReport};
use crate::session::{Bearer, CarrierEvent, Request};
use crate::tls::{Outcome, TlsConnection, Version};

/// Different names that are kept of one kind of thing; those that come later are not.
const NAMES: usize = 64;

/// How often something was seen, and where first.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first: Option<FrameRef>,
    names: BTreeMap<String, u64>,
    ports: BTreeMap<u16, u64>,
}

impl Tally {
    fn note(&mut self, at: FrameRef) {
        let order = |at: FrameRef| (at.time, at.capture, at.frame);
        self.count += 1;
        let first = self.first.get_or_insert(at);
        if order(at) < order(*first) {
            *first = at;
        }
    }

    fn name(&mut self, name: &str) {
        if let Some(count) = self.names.get_mut(name) {
            *count += 1;
        } else if self.names.len() < NAMES {
            self.names.insert(name.to_owned(), 1);
        }
    }

    fn reason(&self, kind: ReasonKind, total: u64) -> Reason {
        Reason {
            names: by_count(&self.names),
            ports: by_count(&self.ports).into_iter().map(|(port, _)| port).collect(),
            ..Reason::new(kind, self.count, total, self.first)
        }
    }
}

/// What occurred, the most frequent first.
fn by_count<T: Clone + Ord>(counts: &BTreeMap<T, u64>) -> Vec<(T, u64)> {
    let mut counts: Vec<_> = counts
        .iter()
        .map(|(name, count)| (name.clone(), *count))
        .collect();
    counts.shared_sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// What was noted of a connection that is still open.
#[derive(Debug, Default)]
struct Noted {
    sign: Option<Sign>,
    /// Its first octets, where its beginning was not captured.
    midway: Option<FrameRef>,
    /// Whether it carried a request or an answer that was read.
    carried: bool,
    /// The first octets of a direction without the other one.
    alone: Option<FrameRef>,
}

/// What passed without MMS.
#[derive(Debug, Default)]
struct Carried {
    foreign: Tally,
    mms: bool,
}

/// Counts signs. What it holds is bounded by the connections that are open.
#[derive(Debug, Default)]
pub struct Watcher {
    open: HashMap<ConnectionId, Noted>,
    /// The connection of the last event: what carriers tell next came on it.
    current: Option<ConnectionId>,
    tls: Tally,
    quic: Tally,
    http2: Tally,
    wtls: Tally,
    smtp: Tally,
    midway: Tally,
    one_direction: Tally,
    cut: Tally,
    longest_cut: u32,
    http: Carried,
    soap: Carried,
    mail: Carried,
}

impl Observer for Watcher {
    fn frame(&mut self, frame: &Frame<'_>) {
        let captured = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
        if captured < frame.original_length {
            self.cut.note(frame.at);
            self.longest_cut = self.longest_cut.max(captured);
        }
    }

    fn stream(&mut self, connection: &ConnectionInfo, event: &StreamEvent<'_>) {
        self.current = Some(connection.id);
        match *event {
            StreamEvent::Data {
                direction, bytes, at, ..
            } => {
                self.seen(connection, signs::of_stream(bytes), at);
                if connection.transport == TransportKind::Tcp {
                    self.halves(connection, direction, at);
                }
            }
            StreamEvent::Datagram { bytes, at, .. } => {
                self.seen(connection, signs::of_datagram(connection, bytes), at);
            }
            StreamEvent::Closed { .. } if !self.open.is_empty() => self.closed(connection),
            _ => {}
        }
    }

    fn tls(&mut self, connection: &TlsConnection) {
        let agreement = &connection.agreement;
        let name = agreement.name.as_deref();
        match (agreement.version, connection.outcome) {
            (Some(Version::Quic | Version::Quic1 | Version::Quic2), _) => {
                name.into_iter().for_each(|name| self.quic.name(name));
            }
            (_, Outcome::Unread(_) | Outcome::Partly) => {
                self.tls.note(connection.first);
                name.into_iter().for_each(|name| self.tls.name(name));
                *self.tls.ports.entry(connection.server.port).or_default() += 1;
            }
            (_, Outcome::Read | Outcome::Failed(_)) => {}
        }
    }

    fn carrier(&mut self, event: &CarrierEvent<'_>, pdu: Option<&Pdu<'_>>) {
        if let Some(noted) = self.current.and_then(|current| self.open.get_mut(&current)) {
            noted.carried = true;
        }
        let (bearer, body, at, asked) = match event {
            CarrierEvent::Request(request) => (request.bearer, &request.body, request.extent.last, true),
            CarrierEvent::Response(response) => {
                (response.bearer, &response.body, response.extent.last, false)
            }
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => return,
        };
        let carried = match bearer {
            Bearer::Http => &mut self.http,
            Bearer::Soap => &mut self.soap,
            Bearer::Smtp => &mut self.mail,
            _ => return,
        };
        // An envelope that was refused is told where its addresses are those of phones or MMSCs.
        let is_refused_envelope = matches!(
            event,
            CarrierEvent::Request(Request {
                envelope: Some(Envelope { refused: Some(_), .. }),
                ..
            })
        );
        if is_refused_envelope || pdu.is_some_and(Pdu::is_mms) {
            carried.mms = true;
            return;
        }
        if asked {
            carried.foreign.note(at);
        }
        if let Some(content_type) = body.content_type {
            carried.foreign.name(content_type);
        }
    }
}

impl Watcher {
    fn seen(&mut self, connection: &ConnectionInfo, sign: Option<Sign>, at: FrameRef) {
        let Some(sign) = sign else { return };
        let noted = self.open.entry(connection.id).or_default();
        // What is said later inside a connection, as after STARTTLS, is news; the same again is not.
        if noted.sign == Some(sign) {
            return;
        }
        noted.sign = Some(sign);
        let tally = match sign {
            // Whether it could be read shows when it is over.
            Sign::Tls => return,
            Sign::Quic => &mut self.quic,
            Sign::Http2 => &mut self.http2,
            Sign::Wtls => &mut self.wtls,
            Sign::Smtp => &mut self.smtp,
        };
        tally.note(at);
        *tally.ports.entry(server_port(connection)).or_default() += 1;
    }

    /// Whether a stream was taken up midway, and whether the other direction is there.
    fn halves(&mut self, connection: &ConnectionInfo, direction: Direction, at: FrameRef) {
        let alone = connection.seen_by(direction.reversed()).is_none();
        if connection.opening_seen && !alone {
            return;
        }
        let noted = self.open.entry(connection.id).or_default();
        if alone {
            noted.alone.get_or_insert(at);
        }
        if !connection.opening_seen {
            noted.midway.get_or_insert(at);
        }
    }

    fn closed(&mut self, connection: &ConnectionInfo) {
        let Some(noted) = self.open.remove(&connection.id) else {
            return;
        };
        if let Some(at) = noted.midway
            && !noted.carried
            && noted.sign.is_none()
        {
            self.midway.note(at);
        }
        let [initiator, responder] = connection.seen_by;
        if let Some(at) = noted.alone
            && (initiator.is_none() || responder.is_none())
        {
            let seen = match initiator {
                Some(_) => Direction::FromInitiator,
                None => Direction::FromResponder,
            };
            let [from, to] = [connection.sender(seen), connection.receiver(seen)];
            self.one_direction.note(at);
            self.one_direction
                .name(&format!("{} to {}", from.endpoint.address, to.endpoint.address));
        }
    }

    /// What was seen, the likeliest reason first.
    pub fn reasons(&self, run: &RunReport) -> Vec<Reason> {
        let connections = run.flow.tcp_connections + run.flow.udp_flows + run.flow.associations;
        let streams = run.flow.tcp_connections;
        let mut reasons: Vec<Reason> = [
            (&self.tls, ReasonKind::Tls, connections),
            (&self.quic, ReasonKind::Quic, connections),
            (&self.wtls, ReasonKind::Wtls, connections),
            (&self.one_direction, ReasonKind::OneDirection, streams),
            (&self.midway, ReasonKind::MidConnection, streams),
        ]
        .into_iter()
        .map(|(tally, kind, total)| tally.reason(kind, total))
        .collect();
        reasons.extend(frames_not_read(run));
        reasons.push(Reason {
            octets: self.longest_cut,
            ..self.cut.reason(ReasonKind::SnapLength, run.net.frames)
        });
        if !run.protocols.keys().any(|name| *name == "HTTP/2") {
            reasons.push(self.http2.reason(ReasonKind::Http2, connections));
        }
        let without = [
            (&self.smtp, &self.mail, ReasonKind::SmtpWithoutMms),
            (&self.soap.foreign, &self.soap, ReasonKind::SoapWithoutMms),
            (&self.http.foreign, &self.http, ReasonKind::HttpWithoutMms),
        ];
        let without = without.into_iter().filter(|(_, carried, _)| !carried.mms);
        reasons.extend(without.map(|(tally, _, kind)| tally.reason(kind, tally.count)));
        ranked(reasons)
    }
}

/// Frames of link types that are not read, and packets that IPsec encrypts.
fn frames_not_read(run: &RunReport) -> [Reason; 2] {
    const ESP: u8 = 50;
    let (total, net) = (run.net.frames, &run.net);
    let esp = net.other_transports.get(&ESP).copied().unwrap_or_default();
    let kinds = net.unsupported_link_types.values();
    let count = kinds.clone().map(|seen| seen.count).sum();
    let first = kinds
        .filter_map(|seen| seen.first)
        .min_by_key(|first| (first.time, first.capture, first.frame));
    let counts = net.unsupported_link_types.iter();
    let counts: BTreeMap<String, u64> = tree(counts.map(|(kind, seen)| (kind.to_string(), seen.count)));
    [
        Reason::new(ReasonKind::Esp, esp.count, total, esp.first),
        Reason {
            names: by_count(&counts),
            ..Reason::new(ReasonKind::LinkType, count, total, first)
        },
    ]
}

/// The port of the end that did not open a connection; where that was not seen, the lower one.
fn server_port(connection: &ConnectionInfo) -> u16 {
    let [initiator, responder] = connection.sides.map(|side| side.endpoint.port);
    match connection.opening_seen {
        true => responder,
        false => initiator.min(responder),
    }
}
