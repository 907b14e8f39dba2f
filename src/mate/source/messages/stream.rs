//! Messages over TCP: which protocol a connection speaks, and its messages with the frame that completes each.

use super::datagram;
use super::http::Exchanges;
use super::places::Ends;
use super::shared::Shared;
use super::{dns, mms, sip, smpp, smtp};
use crate::flow::{ConnectionInfo, SessionState, StreamEvent};
use crate::mate::catalogue::FieldId;
use crate::mate::source::headers::Headers;
use crate::mate::source::queue::Queue;
use crate::mate::source::wanted::Wanted;
use crate::mate::source::writer::{Place, Writer, offset_in};
use crate::model::{Direction, Extent, FrameRef};
use crate::session::http::{Asked, KeptContent, MessageSink, Messages, WholeMessage};
use crate::session::recognise::{self, PROBE_OCTETS, Recognised, StreamProtocol};
use crate::session::smpp::{Framed, Framing};

/// The protocols that are found here, and what is in their messages.
pub(crate) const PROTOCOLS: &[FieldId] = &[
    FieldId::HTTP,
    FieldId::SMPP,
    FieldId::SMTP,
    FieldId::IMF,
    FieldId::SIP,
    FieldId::DNS,
    FieldId::GSM_SMS,
    FieldId::GSM_SMS_UD,
    FieldId::WSP,
    FieldId::WTP,
    FieldId::MMSE,
];

/// Octets of a connection that may pass unrecognised: its beginning may not have been captured, and the next message begin
/// at any segment.
const UNRECOGNISED_OCTETS: usize = 1024 * 1024;
/// The same where its beginning was captured: a handshake of something else may come first, as that of a proxy.
const UNRECOGNISED_FROM_BEGINNING: usize = 16 * 1024;

/// The port of DNS, whose messages have a length in front of them over TCP (RFC 1035 section 4.2.2).
const DNS_PORT: u16 = 53;

/// A connection.
#[derive(Debug)]
pub(crate) struct StreamSession {
    state: State,
    /// The latest frame of each end of which octets were given: it may be later than the one at hand, where a hole was filled.
    latest: [Option<FrameRef>; 2],
    /// Whether it held octets of a protocol that is not known yet after the last event.
    probes: bool,
    /// What it held after the last event.
    held_octets: usize,
}

#[derive(Debug)]
enum State {
    Probing(Box<Probing>),
    Http(Box<Http>),
    Smpp(Box<[Framing; 2]>),
    Smtp(Box<smtp::Connection>),
    Sip(Box<[Vec<u8>; 2]>),
    Dns(Box<[Vec<u8>; 2]>),
    Background,
}

/// What came before the protocol was known.
#[derive(Debug, Default)]
struct Probing {
    pieces: Vec<(Direction, Vec<u8>, FrameRef)>,
    unrecognised: usize,
}

/// HTTP: what each end sends, and how it belongs together.
#[derive(Debug, Default)]
struct Http {
    ends: [Messages; 2],
    exchanges: Exchanges,
}

impl Default for StreamSession {
    fn default() -> Self {
        Self {
            state: State::Probing(Box::default()),
            latest: [None, None],
            probes: false,
            held_octets: 0,
        }
    }
}

impl SessionState for StreamSession {
    fn wants_data(&self) -> bool {
        !matches!(self.state, State::Background)
    }

    fn is_ours(&self) -> bool {
        !matches!(self.state, State::Background | State::Probing(_))
    }
}

/// Where the layers of messages are written to.
pub(crate) struct Target<'a, 'h> {
    /// The frame at hand; none at the end of the input.
    pub(crate) current: Option<&'a mut Headers<'h>>,
    pub(crate) queue: &'a mut Queue,
    pub(crate) wanted: &'a Wanted,
    pub(crate) shared: &'a mut Shared,
}

impl Target<'_, '_> {
    /// How many octets the transport layer of a frame carries that is not handed on yet.
    fn carried_octets(&mut self, at: FrameRef) -> Option<usize> {
        match &self.current {
            Some(current) if current.at() == at => current.carried_octets(),
            _ => self.queue.waiting(at)?.carried.map(|carried| carried.length),
        }
    }

    /// Writes above the transport layer of a frame, where octets of it lie `offset` octets into what it carries; in a
    /// buffer of their own of `length` octets where they do not lie in one frame.
    fn write(
        &mut self,
        at: FrameRef,
        offset: Option<usize>,
        length: usize,
        write: impl FnOnce(Place, &mut Writer<'_>, &mut Shared),
    ) {
        let wanted = self.wanted;
        let Self {
            current,
            queue,
            shared,
            ..
        } = self;
        let pending = match current {
            Some(current) if current.at() == at => Some(current.pending()),
            _ => queue.waiting(at),
        };
        let Some(pending) = pending else { return };
        let Some(carried) = pending.carried else { return };
        let place = match offset {
            Some(offset) => carried.place.behind(offset),
            None => carried.place.own_buffer(length),
        };
        let mut writer = Writer {
            frame: &mut pending.frame,
            wanted,
        };
        write(place, &mut writer, shared);
    }
}

/// Octets of a stream that came in one frame.
#[derive(Clone, Copy)]
struct Arrived<'a> {
    direction: Direction,
    octets: &'a [u8],
    /// The frame by which they and all before them had come.
    at: FrameRef,
    /// How far into what the frame carries they begin; none where they came in an earlier one.
    offset: Option<usize>,
}

impl StreamSession {
    /// Takes an event of the connection.
    pub(crate) fn on_event(
        &mut self,
        info: &ConnectionInfo,
        event: StreamEvent<'_>,
        target: &mut Target<'_, '_>,
    ) {
        let at = event.at();
        match event {
            StreamEvent::Data { direction, bytes, at } => {
                let arrived = self.arrived(direction, bytes, at, target);
                self.data(info, arrived, target);
            }
            StreamEvent::Gap {
                direction, length, ..
            } => self.gap(direction, length, at, target),
            StreamEvent::Finished { direction, .. } => self.finish(direction, at, target),
            StreamEvent::Closed { .. } => {
                self.finish(Direction::FromInitiator, at, target);
                self.finish(Direction::FromResponder, at, target);
                self.state = State::Background;
            }
            StreamEvent::Datagram { .. } => {}
        }
        let probes = self.state.holds_unknown();
        target
            .shared
            .probes(std::mem::replace(&mut self.probes, probes), probes);
        let after = self.state.held_octets();
        let before = std::mem::replace(&mut self.held_octets, after);
        if !target.shared.holds(before, after, at) {
            self.state = State::Background;
            self.held_octets = 0;
        }
    }

    fn arrived<'b>(
        &mut self,
        direction: Direction,
        octets: &'b [u8],
        at: FrameRef,
        target: &mut Target<'_, '_>,
    ) -> Arrived<'b> {
        let latest = self.latest.get(direction.index()).copied().flatten();
        let completes = latest.map_or(at, |latest| latest.later(at));
        if let Some(latest) = self.latest.get_mut(direction.index()) {
            *latest = Some(completes);
        }
        // Of octets that came again only the new ones are given, which are the last.
        let carried = target.carried_octets(at);
        let offset = carried.and_then(|carried| carried.checked_sub(octets.len()));
        Arrived {
            direction,
            octets,
            at: completes,
            offset: offset.filter(|_| completes == at),
        }
    }

    fn data(&mut self, info: &ConnectionInfo, arrived: Arrived<'_>, target: &mut Target<'_, '_>) {
        if let State::Probing(probing) = &mut self.state {
            let found = match is_dns(info) {
                true => Some(State::Dns(Box::default())),
                false => probing.look_at(&arrived, info.opening_seen),
            };
            let Some(found) = found else { return };
            if let State::Probing(probing) = std::mem::replace(&mut self.state, found) {
                for (direction, octets, at) in &probing.pieces {
                    let held = self.arrived(*direction, octets, *at, target);
                    self.state.take(info, held, target);
                }
            }
        }
        self.state.take(info, arrived, target);
    }

    fn gap(&mut self, direction: Direction, length: u64, at: FrameRef, target: &mut Target<'_, '_>) {
        let index = direction.index();
        match &mut self.state {
            State::Probing(probing) => probing.pieces.retain(|(other, ..)| *other != direction),
            State::Http(http) => {
                let Http { ends, exchanges } = &mut **http;
                if let Some(messages) = ends.get_mut(index) {
                    let limits = target.shared.session;
                    let mut sink = HttpSink {
                        exchanges,
                        at,
                        offset: None,
                        target,
                    };
                    messages.gap(length, &limits, &mut sink);
                }
            }
            State::Smpp(ends) => {
                if let Some(framing) = ends.get_mut(index) {
                    framing.lose();
                }
            }
            State::Smtp(connection) => connection.lose(direction),
            State::Sip(ends) => {
                if let Some(held) = ends.get_mut(index) {
                    held.clear();
                }
            }
            // Lengths lead nowhere any more.
            State::Dns(_) => self.state = State::Background,
            State::Background => {}
        }
    }

    /// An end sends no more: a message that lasts until then is whole.
    fn finish(&mut self, direction: Direction, at: FrameRef, target: &mut Target<'_, '_>) {
        if let State::Http(http) = &mut self.state {
            let Http { ends, exchanges } = &mut **http;
            if let Some(messages) = ends.get_mut(direction.index()) {
                let limits = target.shared.session;
                let mut sink = HttpSink {
                    exchanges,
                    at,
                    offset: None,
                    target,
                };
                messages.finish(&limits, &mut sink);
            }
        }
    }
}

fn is_dns(info: &ConnectionInfo) -> bool {
    info.sides.iter().any(|side| side.endpoint.port == DNS_PORT)
}

impl Probing {
    /// Looks at more octets: the state of the protocol that they are of, once that is certain; the octets are then still to
    /// be taken.
    fn look_at(&mut self, arrived: &Arrived<'_>, opening_seen: bool) -> Option<State> {
        let prefix = self.prefix(arrived.direction);
        let room = PROBE_OCTETS.saturating_sub(prefix.len());
        let first = arrived.octets.get(..room).unwrap_or(arrived.octets);
        let opinion = match prefix.as_slice() {
            [] => recognise::stream(first),
            prefix => recognise::stream(&[prefix, first].concat()),
        };
        match opinion {
            Recognised::Protocol(protocol) => Some(match protocol {
                StreamProtocol::Http => State::Http(Box::default()),
                StreamProtocol::Smpp => State::Smpp(Box::default()),
                StreamProtocol::Sip => State::Sip(Box::default()),
                StreamProtocol::Smtp => State::Smtp(Box::default()),
            }),
            Recognised::Unsure if arrived.octets.len() <= room => {
                self.pieces
                    .push((arrived.direction, arrived.octets.to_vec(), arrived.at));
                None
            }
            Recognised::Unsure | Recognised::Foreign => {
                self.pieces
                    .retain(|(direction, ..)| *direction != arrived.direction);
                self.unrecognised = self.unrecognised.saturating_add(arrived.octets.len());
                let most = match opening_seen {
                    true => UNRECOGNISED_FROM_BEGINNING,
                    false => UNRECOGNISED_OCTETS,
                };
                (self.unrecognised > most).then_some(State::Background)
            }
        }
    }

    /// The octets of a direction that are held.
    fn prefix(&self, direction: Direction) -> Vec<u8> {
        let held = self.pieces.iter().filter(|(other, ..)| *other == direction);
        held.flat_map(|(_, octets, _)| octets.iter().copied()).collect()
    }
}

impl State {
    /// Whether there are octets of which it is not known yet what they are.
    fn holds_unknown(&self) -> bool {
        matches!(self, Self::Probing(probing) if !probing.pieces.is_empty())
    }

    fn held_octets(&self) -> usize {
        match self {
            Self::Probing(probing) => probing.pieces.iter().map(|(_, octets, _)| octets.len()).sum(),
            Self::Http(http) => {
                let ends: usize = http.ends.iter().map(Messages::held_octets).sum();
                ends + http.exchanges.held_octets()
            }
            Self::Smpp(ends) => ends.iter().map(Framing::held_octets).sum(),
            Self::Smtp(connection) => connection.held_octets(),
            Self::Sip(ends) | Self::Dns(ends) => ends.iter().map(Vec::len).sum(),
            Self::Background => 0,
        }
    }

    fn take(&mut self, info: &ConnectionInfo, arrived: Arrived<'_>, target: &mut Target<'_, '_>) {
        let index = arrived.direction.index();
        match self {
            Self::Probing(_) | Self::Background => {}
            Self::Http(http) => {
                let Http { ends, exchanges } = &mut **http;
                if let Some(messages) = ends.get_mut(index) {
                    let limits = target.shared.session;
                    let mut sink = HttpSink {
                        exchanges,
                        at: arrived.at,
                        offset: arrived.offset,
                        target,
                    };
                    messages.push(arrived.octets, &limits, &mut sink);
                }
            }
            Self::Smpp(ends) => {
                if let Some(framing) = ends.get_mut(index) {
                    short_messages(framing, info, arrived, target);
                }
            }
            Self::Smtp(connection) => {
                let Arrived {
                    direction,
                    octets,
                    at,
                    offset,
                } = arrived;
                target.write(at, offset, octets.len(), |place, writer, _| {
                    connection.push(direction, octets, place, writer);
                });
            }
            Self::Sip(ends) => {
                if let Some(held) = ends.get_mut(index) {
                    let length = sip::message_length;
                    let ends = between(info, &arrived);
                    lengthy(held, arrived, target, length, |octets, place, writer, shared| {
                        datagram::sip_message(octets, &ends, place, writer, shared);
                    });
                }
            }
            Self::Dns(ends) => {
                if let Some(held) = ends.get_mut(index) {
                    lengthy(held, arrived, target, dns_length, |octets, place, writer, _| {
                        let message = octets.get(2..).unwrap_or_default();
                        dns::message(message, place.behind(2), writer);
                    });
                }
            }
        }
    }
}

/// How long a message of DNS is with its length in front of it.
fn dns_length(octets: &[u8]) -> Option<usize> {
    let length = octets.first_chunk().copied().map(u16::from_be_bytes)?;
    Some(2 + usize::from(length))
}

/// Octets of a message held, at most.
const MESSAGE_OCTETS: usize = 128 * 1024;

/// Messages whose beginning tells how long they are.
fn lengthy(
    held: &mut Vec<u8>,
    arrived: Arrived<'_>,
    target: &mut Target<'_, '_>,
    length: impl Fn(&[u8]) -> Option<usize>,
    mut write: impl FnMut(&[u8], Place, &mut Writer<'_>, &mut Shared),
) {
    let before;
    let mut rest = arrived.octets;
    if !held.is_empty() {
        held.extend_from_slice(arrived.octets);
        if length(held).is_none_or(|length| length > held.len()) {
            if held.len() > MESSAGE_OCTETS {
                held.clear();
            }
            return;
        }
        before = std::mem::take(held);
        rest = &before;
    }
    while let Some(message) = length(rest)
        .and_then(|length| rest.get(..length))
        .filter(|message| !message.is_empty())
    {
        let offset = offset_in(arrived.octets, message).zip(arrived.offset);
        let offset = offset.map(|(inner, outer)| inner + outer);
        target.write(arrived.at, offset, message.len(), |place, writer, shared| {
            write(message, place, writer, shared);
        });
        rest = rest.get(message.len()..).unwrap_or_default();
    }
    if rest.len() <= MESSAGE_OCTETS {
        *held = rest.to_vec();
    }
}

/// Between whom octets go.
fn between(info: &ConnectionInfo, arrived: &Arrived<'_>) -> Ends {
    let sides = [info.sender(arrived.direction), info.receiver(arrived.direction)];
    Ends {
        addresses: sides.map(|side| side.endpoint.address),
        ports: sides.map(|side| side.endpoint.port),
        at: arrived.at,
    }
}

/// PDUs of SMPP.
fn short_messages(
    framing: &mut Framing,
    info: &ConnectionInfo,
    arrived: Arrived<'_>,
    target: &mut Target<'_, '_>,
) {
    framing.push(arrived.octets, Extent::single(arrived.at), |framed| {
        let Framed::Pdu(header, body, extent) = framed else {
            return;
        };
        let at = extent.last;
        let ends = Ends {
            at,
            ..between(info, &arrived)
        };
        // The header lies before the body.
        let begin = header.length.saturating_sub(body.len());
        let offset = offset_in(arrived.octets, body).and_then(|body| body.checked_sub(begin));
        let offset = offset.zip(arrived.offset).map(|(inner, outer)| inner + outer);
        target.write(at, offset, header.length, |place, writer, shared| {
            smpp::pdu(header, body, &ends, place, writer, shared);
        });
    });
}

/// Takes the messages of one end of an HTTP connection.
struct HttpSink<'s, 't, 'a, 'h> {
    exchanges: &'s mut Exchanges,
    at: FrameRef,
    /// How far into what the frame carries the octets at hand begin.
    offset: Option<usize>,
    target: &'t mut Target<'a, 'h>,
}

impl MessageSink for HttpSink<'_, '_, '_, '_> {
    fn asked(&mut self) -> Option<Asked> {
        self.exchanges.asked()
    }

    fn keeps_content(&self) -> KeptContent {
        let wanted = self.target.wanted;
        if wanted.has(FieldId::HTTP_FILE_DATA) {
            KeptContent::All
        } else if wanted.has(FieldId::FRAME_PROTOCOLS) || wanted.has_any_of(mms::PROTOCOLS) {
            KeptContent::MaybeMms
        } else {
            KeptContent::Nothing
        }
    }

    fn message(&mut self, message: &WholeMessage<'_>) {
        let Self {
            exchanges,
            at,
            offset,
            target,
        } = self;
        let limits = target.shared.mms;
        let offset = offset.zip(message.offset).map(|(frame, message)| frame + message);
        let at = *at;
        target.write(at, offset, message.length, |place, writer, shared| {
            exchanges.message(message, limits, at, place, writer, &mut shared.late);
        });
    }
}
