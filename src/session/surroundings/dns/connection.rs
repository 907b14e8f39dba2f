//! DNS over UDP, and over TCP with the length of each message before it (RFC 1035 section 4.2).

use super::dialogue::{Context, take};
use super::message::Message;
use crate::flow::StreamEvent;
use crate::model::{Direction, Extent, TransactionProtocol};
use crate::session::probe::Probe;
use crate::session::surroundings::framing::{Framed, Framing, Messages, Step};
use crate::session::surroundings::tell::Sighting;

/// Octets of the length before a message.
const LENGTH: usize = 2;

/// Octets of the shortest message: a header, and the question about the root.
const SHORTEST: usize = 17;

/// Octets within which a question ends: a header, the longest name, type and class.
const QUESTION: usize = 12 + 255 + 4;

/// A datagram has to be a question or an answer.
pub(in crate::session) fn probe_datagram(octets: &[u8]) -> Probe {
    match Message::read(octets) {
        Some(_) => Probe::Certain,
        None => Probe::NotOurs,
    }
}

/// A stream has to begin with a message. A question is looked at when it is whole.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    let Some((length, rest)) = octets.split_first_chunk::<LENGTH>() else {
        return Probe::Unsure;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let message = rest.get(..length).unwrap_or(rest);
    match Message::read(message) {
        _ if length < SHORTEST || !Message::may_begin(message) => Probe::NotOurs,
        Some(_) if message.len() == length => Probe::Certain,
        Some(message) if message.is_response() => Probe::Certain,
        _ if message.len() == length || message.len() > QUESTION => Probe::NotOurs,
        _ => Probe::Unsure,
    }
}

/// Takes one event of a flow of datagrams.
pub(in crate::session) fn on_datagram(context: &mut Context<'_>, event: StreamEvent<'_>) {
    if let StreamEvent::Datagram {
        direction,
        bytes,
        first,
        at,
        ..
    } = event
        && let Some(message) = Message::read(bytes)
    {
        let extent = Extent { first, last: at };
        take(context, &message, Sighting { direction, extent });
    }
}

/// A connection over TCP.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    directions: [Framing; 2],
    over: bool,
}

impl Connection {
    /// Whether more octets may tell something.
    pub(in crate::session) const fn wants_data(&self) -> bool {
        !self.over
    }

    /// Octets kept.
    pub(in crate::session) fn held_octets(&self) -> usize {
        self.directions.iter().map(Framing::held_octets).sum()
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Data { direction, bytes, at } if !self.over => {
                let [initiator, responder] = &mut self.directions;
                let framing = match direction {
                    Direction::FromInitiator => initiator,
                    Direction::FromResponder => responder,
                };
                self.over = framing.push(bytes, at, &mut Reader { context, direction }) == Framed::Foreign;
            }
            StreamEvent::Gap {
                direction, length, ..
            } => {
                if let Some(framing) = self.directions.get_mut(direction.index()) {
                    framing.lose(length);
                }
                context.misses_answers(TransactionProtocol::Dns, direction);
            }
            StreamEvent::Data { .. }
            | StreamEvent::Datagram { .. }
            | StreamEvent::Finished { .. }
            | StreamEvent::Closed { .. } => {}
        }
    }
}

/// Reads the messages of one direction.
struct Reader<'a, 'c> {
    context: &'a mut Context<'c>,
    direction: Direction,
}

impl Messages for Reader<'_, '_> {
    fn step(&mut self, octets: &[u8]) -> Step {
        let Some(length) = octets.first_chunk::<LENGTH>() else {
            return Step::More;
        };
        match usize::from(u16::from_be_bytes(*length)) {
            ..SHORTEST => Step::Foreign,
            length => Step::Message(LENGTH + length),
        }
    }

    fn begins(&self, octets: &[u8]) -> bool {
        probe(octets) == Probe::Certain
    }

    fn message(&mut self, octets: &[u8], extent: Extent) {
        if let Some(message) = octets.get(LENGTH..).and_then(Message::read) {
            let direction = self.direction;
            take(self.context, &message, Sighting { direction, extent });
        }
    }
}
