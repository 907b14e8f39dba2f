//! A connection of LDAP: which requests are answered by which results.

use std::collections::HashMap;

use super::pdu::{Said, Start, Tag, read, start};
use crate::flow::StreamEvent;
use crate::model::{
    Direction, Extent, RandomState, System, TransactionOperation, TransactionProtocol, TransactionStatus,
};
use crate::session::context::Context;
use crate::session::probe::Probe;
use crate::session::surroundings::framing::{Framed, Framing, Messages, Step};
use crate::session::surroundings::tell::Sighting;
use crate::session::surroundings::{Answered, Asked, DirectoryRequest, Question, TransactionSubject};

/// Octets of a request or a result that is read: more than any filter needs. Entries may be longer, and are only counted.
const MESSAGE_OCTETS: usize = 64 * 1024;

/// Searches of one connection of which it is remembered whether they found something. Clients have a handful at a time.
const SEARCHES: usize = 1024;

/// resultCode: success.
const SUCCESS: u32 = 0;

/// A message has to begin, with an operation that fills it.
pub(in crate::session) fn probe(octets: &[u8]) -> Probe {
    match start(octets) {
        Start::Message(_) => Probe::Certain,
        Start::Short => Probe::Unsure,
        Start::Foreign => Probe::NotOurs,
    }
}

/// A connection.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    directions: [Framing; 2],
    searches: Searches,
    /// Requests so far.
    asked: u64,
    /// Whether what follows is something else.
    over: bool,
}

/// Of the searches under way, by messageID, whether they found something.
type Searches = HashMap<u32, bool, RandomState>;

impl Connection {
    /// Whether more octets may tell something.
    pub(in crate::session) const fn wants_data(&self) -> bool {
        !self.over
    }

    /// Octets kept, about.
    pub(in crate::session) fn held_octets(&self) -> usize {
        let held: usize = self.directions.iter().map(Framing::held_octets).sum();
        held.saturating_add(self.searches.capacity().saturating_mul(size_of::<(u32, bool)>()))
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_, ()>, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Data { direction, bytes, at } if !self.over => {
                let mut reader = Reader {
                    context,
                    direction,
                    searches: &mut self.searches,
                    asked: &mut self.asked,
                };
                let [initiator, responder] = &mut self.directions;
                let framing = match direction {
                    Direction::FromInitiator => initiator,
                    Direction::FromResponder => responder,
                };
                self.over = framing.push(bytes, at, &mut reader) == Framed::Foreign;
            }
            StreamEvent::Gap {
                direction, length, ..
            } => {
                if let Some(framing) = self.directions.get_mut(direction.index()) {
                    framing.lose(length);
                }
                // Entries may have been among what is missing.
                self.searches.clear();
                context.misses_answers(TransactionProtocol::Ldap, direction);
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
    context: &'a mut Context<'c, ()>,
    direction: Direction,
    searches: &'a mut Searches,
    asked: &'a mut u64,
}

impl Messages for Reader<'_, '_> {
    fn step(&mut self, octets: &[u8]) -> Step {
        let head = match start(octets) {
            Start::Short => return Step::More,
            Start::Foreign => return Step::Foreign,
            Start::Message(head) => head,
        };
        match head.tag {
            Tag::SearchResultEntry | Tag::SearchResultReference => {
                if let Some(found) = self.searches.get_mut(&head.id) {
                    *found = true;
                }
                Step::Pass(head.length)
            }
            Tag::Other => Step::Pass(head.length),
            _ if head.length > MESSAGE_OCTETS => Step::Pass(head.length),
            _ => Step::Message(head.length),
        }
    }

    fn begins(&self, octets: &[u8]) -> bool {
        matches!(start(octets), Start::Message(_))
    }

    fn message(&mut self, octets: &[u8], extent: Extent) {
        let Start::Message(head) = start(octets) else {
            return;
        };
        let seen = Sighting {
            direction: self.direction,
            extent,
        };
        match (read(octets), head.tag) {
            (Some(Said::Request(request)), _) => {
                let asked = Asked::Directory(DirectoryRequest {
                    name: request.name,
                    values: &request.values,
                });
                self.ask(head.id, request.operation, seen, asked);
            }
            (Some(Said::Result(code)), Tag::BindResponse) => {
                let status = TransactionStatus::Ldap(code);
                self.answer(head.id, TransactionOperation::Bind, seen, status);
            }
            (Some(Said::Result(code)), Tag::SearchResultDone) => {
                // A search whose beginning was captured, and all that came since, found nothing.
                let status = match (code, self.searches.remove(&head.id)) {
                    (SUCCESS, Some(false)) => TransactionStatus::LdapNoEntry,
                    _ => TransactionStatus::Ldap(code),
                };
                self.answer(head.id, TransactionOperation::Search, seen, status);
            }
            (Some(Said::Result(_) | Said::StartTls | Said::Other) | None, _) => {}
        }
    }
}

impl Reader<'_, '_> {
    fn ask(&mut self, id: u32, operation: TransactionOperation, seen: Sighting, asked: Asked<'_>) {
        if operation == TransactionOperation::Search && self.searches.len() < SEARCHES {
            self.searches.insert(id, false);
        }
        *self.asked = self.asked.wrapping_add(1);
        let question = Question {
            identifier: self.context.identifier(seen.direction, u64::from(id)),
            // A stream delivers once: the same request with the same messageID is another one.
            fingerprint: *self.asked,
            content: None,
            may_be_again: true,
        };
        self.context.asks(&question, subject(operation), seen, asked);
    }

    fn answer(
        &mut self,
        id: u32,
        operation: TransactionOperation,
        seen: Sighting,
        status: TransactionStatus,
    ) {
        let (number, subject) = (u64::from(id), subject(operation));
        self.context
            .answers_about(number, subject, seen, status, Answered::Status);
    }
}

const fn subject(operation: TransactionOperation) -> TransactionSubject {
    TransactionSubject {
        system: System::Directory,
        operation,
    }
}
