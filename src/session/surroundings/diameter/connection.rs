//! One connection of Diameter, over TCP or SCTP: messages, paired by their hop-by-hop identifiers.

use super::framing::{Framed, Framing};
use super::header::{Command, HEADER_OCTETS, Header};
use super::said::{Answer, Request};
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, TransactionProtocol};
use crate::session::surroundings::{Answered, Question, Sighting};

type Context<'a> = crate::session::context::Context<'a, ()>;

/// One connection.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    framing: [Framing; 2],
}

impl Connection {
    /// What messages that are not whole take.
    pub(in crate::session) fn held_octets(&self) -> usize {
        self.framing.iter().map(Framing::held_octets).sum()
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Data { direction, bytes, at } => self.data(context, direction, bytes, at),
            StreamEvent::Datagram {
                direction,
                bytes,
                first,
                at,
                ..
            } => messages(context, direction, bytes, Extent { first, last: at }),
            StreamEvent::Gap { direction, .. } => {
                if let Some(framing) = self.framing.get_mut(direction.index()) {
                    framing.lose();
                }
                context.misses_answers(TransactionProtocol::Diameter, direction);
            }
            StreamEvent::Closed { reason, .. } => close(context, reason),
            StreamEvent::Finished { .. } => {}
        }
    }

    fn data(&mut self, context: &mut Context<'_>, direction: Direction, octets: &[u8], at: FrameRef) {
        let limit = context.limits.diameter_octets;
        let Some(framing) = self.framing.get_mut(direction.index()) else {
            return;
        };
        framing.push(octets, limit, at, |framed| match framed {
            Framed::Message(header, avps, extent) => {
                message(context, header, avps, Sighting { direction, extent });
            }
            Framed::TooLong => context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
                format!("a message of Diameter beyond {limit} octets")
            }),
            Framed::Garbage => malformed(context, at, "octets that are no message"),
        });
    }
}

/// The messages in one of SCTP: one, but several do no harm.
fn messages(context: &mut Context<'_>, direction: Direction, octets: &[u8], extent: Extent) {
    let mut rest = octets;
    while let Some(header) = Header::read(rest) {
        let Some((whole, behind)) = rest.split_at_checked(header.length) else {
            return;
        };
        let avps = whole.get(HEADER_OCTETS..).unwrap_or_default();
        if header.command != Command::Other {
            message(context, header, avps, Sighting { direction, extent });
        }
        rest = behind;
    }
}

fn message(context: &mut Context<'_>, header: Header, avps: &[u8], seen: Sighting) {
    match header.is_request() {
        true => request(context, header, &Request::read(avps), seen),
        false => answer(context, header, &Answer::read(avps), seen),
    }
}

/// What pairs on a connection: the hop-by-hop identifier, and the command.
fn pairing_number(header: &Header) -> u64 {
    u64::from(header.hop_by_hop) << 8 | header.command as u64
}

fn request(context: &mut Context<'_>, header: Header, request: &Request<'_>, seen: Sighting) {
    if request.malformed {
        return malformed(context, seen.extent.last, "AVPs whose lengths lie");
    }
    let Some((subject, said)) = request.asked(header.command) else {
        return;
    };
    // A relay changes the hop-by-hop identifier; a client that turns to another server after a failure keeps these too.
    let content = (
        request.origin_host,
        header.end_to_end,
        request.session,
        header.command,
    );
    let question = Question {
        identifier: context.identifier(seen.direction, pairing_number(&header)),
        fingerprint: u64::from(header.end_to_end),
        content: Some(
            context
                .transactions
                .content((TransactionProtocol::Diameter, content)),
        ),
        may_be_again: true,
    };
    context.asks(&question, subject, seen, said.asked());
}

fn answer(context: &mut Context<'_>, header: Header, answer: &Answer, seen: Sighting) {
    if answer.malformed {
        return malformed(context, seen.extent.last, "AVPs whose lengths lie");
    }
    let number = pairing_number(&header);
    let protocol = TransactionProtocol::Diameter;
    let Some(status) = answer.status() else {
        return context.settles(number, protocol, seen);
    };
    let answered = match answer.addresses.is_empty() {
        true => Answered::Status,
        false => Answered::Session(answer.addresses),
    };
    context.answers(number, protocol, seen, status, answered);
}

/// Where the answering side was captured at all, its answers would have been.
fn close(context: &mut Context<'_>, reason: CloseReason) {
    if matches!(reason, CloseReason::Evicted) {
        return;
    }
    for asks in [Direction::FromInitiator, Direction::FromResponder] {
        context.notes_visibility(TransactionProtocol::Diameter, asks);
    }
}

#[cold]
fn malformed(context: &mut Context<'_>, at: FrameRef, what: &str) {
    context
        .anomalies
        .note(AnomalyKind::ContextMalformed, Some(at), || {
            format!("Diameter: {what}")
        });
}
