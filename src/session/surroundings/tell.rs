//! How state machines tell what they read of the systems around an MMSC.

use super::pairing::{Content, Pair, Paired};
use super::{
    Answered, Asked, Identifier, Question, TransactionAnswer, TransactionEvent, TransactionId,
    TransactionRequest, TransactionSubject,
};
use crate::flow::TransportKind;
use crate::model::{Direction, Extent, TransactionProtocol, TransactionStatus};
use crate::session::SessionEvent;
use crate::session::context::Context;

/// Where a message of such a system was seen: by whom it was sent, in which frames.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Sighting {
    /// Who sent it.
    pub(in crate::session) direction: Direction,
    /// The frames it lies in.
    pub(in crate::session) extent: Extent,
}

impl<P> Context<'_, P> {
    /// The identifier of a request that is sent in a direction, by its protocol's own number. Its answer, which comes in the
    /// other direction, has the same. Of datagrams the ends count: the flow may have been forgotten in between.
    pub(in crate::session) fn identifier(&self, asks: Direction, number: u64) -> Identifier {
        if self.connection.transport == TransportKind::Udp {
            let source = self.connection.sender(asks).endpoint.port;
            let destination = self.connection.receiver(asks).endpoint.port;
            let ports = [source, destination];
            return self
                .transactions
                .identifier_between(self.hosts(asks), ports, number);
        }
        let from_initiator = matches!(asks, Direction::FromInitiator);
        self.transactions
            .identifier(self.connection.id.0, from_initiator, number)
    }

    /// A request; it is told unless it was sent again.
    pub(in crate::session) fn asks(
        &mut self,
        question: &Question,
        subject: TransactionSubject,
        seen: Sighting,
        asked: Asked<'_>,
    ) {
        self.notes_visibility(subject.operation.protocol(), seen.direction);
        let pair = self.pair(subject.operation.protocol(), seen.direction);
        let transaction = self
            .transactions
            .ask(question, &pair, subject, seen.extent.last, self.anomalies);
        if let Some(transaction) = transaction {
            self.tell_request(transaction, subject, seen, asked);
        }
    }

    /// An answer in `seen.direction`; it is told unless the same transaction had one.
    pub(in crate::session) fn answers(
        &mut self,
        number: u64,
        protocol: TransactionProtocol,
        seen: Sighting,
        status: TransactionStatus,
        answered: Answered<'_>,
    ) {
        if let Some((transaction, subject)) = self.answered(number, protocol, seen) {
            self.tell_answer(transaction, subject, seen, status, answered);
        }
    }

    /// The same of an answer that says by itself what was asked.
    pub(in crate::session) fn answers_about(
        &mut self,
        number: u64,
        subject: TransactionSubject,
        seen: Sighting,
        status: TransactionStatus,
        answered: Answered<'_>,
    ) {
        if let Some((transaction, _)) = self.answered(number, subject.operation.protocol(), seen) {
            self.tell_answer(transaction, Some(subject), seen, status, answered);
        }
    }

    /// An answer that says nothing that could be told.
    pub(in crate::session) fn is_answered(
        &mut self,
        number: u64,
        protocol: TransactionProtocol,
        seen: Sighting,
    ) {
        self.answered(number, protocol, seen);
    }

    fn answered(
        &mut self,
        number: u64,
        protocol: TransactionProtocol,
        seen: Sighting,
    ) -> Option<(TransactionId, Option<TransactionSubject>)> {
        let asks = seen.direction.reversed();
        let pair = self.pair(protocol, asks);
        let identifier = self.identifier(asks, number);
        let by = self.connection.seen_by(seen.direction);
        let paired = self
            .transactions
            .answer(identifier, &pair, seen.extent.last, by, self.anomalies);
        match paired {
            Paired::First(transaction, subject) => Some((transaction, subject)),
            Paired::Again => None,
        }
    }

    /// An answer that only says that the request is to be sent again on another connection, where it has this content.
    pub(in crate::session) fn refers(
        &mut self,
        number: u64,
        protocol: TransactionProtocol,
        seen: Sighting,
        content: Content,
    ) {
        let asks = seen.direction.reversed();
        let (identifier, pair) = (self.identifier(asks, number), self.pair(protocol, asks));
        let by = self.connection.seen_by(seen.direction);
        self.transactions.refer(identifier, &pair, content, by);
    }

    /// An answer in `seen.direction` that is not the last word, and says nothing: its transaction is not unanswered.
    pub(in crate::session) fn settles(&mut self, number: u64, protocol: TransactionProtocol, seen: Sighting) {
        let asks = seen.direction.reversed();
        let pair = self.pair(protocol, asks);
        let identifier = self.identifier(asks, number);
        let by = self.connection.seen_by(seen.direction);
        self.transactions
            .answer(identifier, &pair, seen.extent.last, by, self.anomalies);
    }

    /// Notes whether answers to what is asked in a direction would be captured, as far as the connection tells. To be called
    /// when a stream ends too.
    pub(in crate::session) fn notes_visibility(&mut self, protocol: TransactionProtocol, asks: Direction) {
        let is_stream = self.connection.transport != TransportKind::Udp;
        if is_stream && let Some(by) = self.connection.seen_by(asks.reversed()) {
            let pair = self.pair(protocol, asks);
            self.transactions.is_visible(&pair, by);
        }
    }

    /// Octets of one direction of a stream are missing: answers may have been among them.
    pub(in crate::session) fn misses_answers(&mut self, protocol: TransactionProtocol, direction: Direction) {
        let pair = self.pair(protocol, direction.reversed());
        self.transactions.misses(&pair);
    }

    /// Tells a request.
    pub(in crate::session) fn tell_request(
        &mut self,
        transaction: TransactionId,
        subject: TransactionSubject,
        seen: Sighting,
        asked: Asked<'_>,
    ) {
        let request = TransactionRequest {
            transaction,
            subject,
            network: self.connection.network,
            source: self.connection.sender(seen.direction).endpoint,
            destination: self.connection.receiver(seen.direction).endpoint,
            extent: seen.extent,
            asked,
        };
        (self.sink)(SessionEvent::Transaction(TransactionEvent::Request(&request)));
    }

    /// Tells an answer.
    pub(in crate::session) fn tell_answer(
        &mut self,
        transaction: TransactionId,
        subject: Option<TransactionSubject>,
        seen: Sighting,
        status: TransactionStatus,
        answered: Answered<'_>,
    ) {
        let answer = TransactionAnswer {
            transaction,
            subject,
            network: self.connection.network,
            source: self.connection.sender(seen.direction).endpoint,
            destination: self.connection.receiver(seen.direction).endpoint,
            extent: seen.extent,
            status,
            answered,
        };
        (self.sink)(SessionEvent::Transaction(TransactionEvent::Answer(&answer)));
    }

    fn pair(&self, protocol: TransactionProtocol, asks: Direction) -> Pair {
        match self.connection.transport {
            TransportKind::Udp => Pair::Hosts(protocol, self.hosts(asks)),
            TransportKind::Tcp | TransportKind::Sctp => Pair::Connection {
                connection: self.connection.id.0,
                from_initiator: matches!(asks, Direction::FromInitiator),
            },
        }
    }
}
