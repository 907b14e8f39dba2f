//! What a protocol's state machine is handed with every event: its connection, and what all protocols share.

use super::sms::{ShortMessages, Tools};
use super::surroundings::Transactions;
use super::{CarrierEvent, ExchangeId, Limits, SessionEvent, Sink};
use crate::flow::{ConnectionInfo, Side};
use crate::model::{AnomalyLog, Direction, Extent, FrameRef, Host, Networks, TlsEnd};

/// Gives out exchange ids, each once per run, in the order of the exchanges' first octets.
#[derive(Debug, Default)]
pub(super) struct ExchangeIds {
    next: u64,
}

impl ExchangeIds {
    /// A new id.
    pub(super) fn issue(&mut self) -> ExchangeId {
        let id = ExchangeId(self.next);
        self.next = self.next.wrapping_add(1);
        id
    }
}

/// The octets that sessions hold until a body is whole, over all connections, and the buffers that bodies no longer
/// need: taking one of those is cheaper than allocating one for every body.
#[derive(Debug)]
pub(super) struct BodyBudget {
    limit: usize,
    held: usize,
    spare: Vec<Vec<u8>>,
    /// Buffers that were taken and not given back.
    taken: usize,
}

/// Buffers kept for the next bodies: as many bodies as come at a time on most links.
const SPARE_BUFFERS: usize = 16;
/// Octets that a buffer has room for at first, so that a short body is never moved and a long one seldom.
const ROOMY_OCTETS: usize = 16 * 1024;
/// Buffers taken at a time that are roomy: where there are more, most are of bodies that wait long, and get what they need.
const ROOMY_BUFFERS: usize = 512;
/// Octets of a buffer that is kept, at most.
const SPARE_OCTETS: usize = 64 * 1024;

impl BodyBudget {
    /// A budget of this many octets.
    pub(super) const fn of(octets: usize) -> Self {
        Self {
            limit: octets,
            held: 0,
            spare: Vec::new(),
            taken: 0,
        }
    }

    /// Whether `octets` more may be held; they count from then on. What comes at once may exceed the limit: then it is for
    /// [`BodyBudget::is_overdrawn`] to say that those who hold most are to be given up.
    pub(super) fn take(&mut self, octets: usize) -> bool {
        let has_room = !self.is_overdrawn();
        if has_room {
            self.held = self.held.saturating_add(octets);
        }
        has_room
    }

    /// Whether more is held than may be.
    pub(super) const fn is_overdrawn(&self) -> bool {
        self.held > self.limit
    }

    /// Whether a part of what may be held is free.
    pub(super) const fn has_room(&self, part: usize) -> bool {
        self.held <= self.limit - self.limit / part
    }

    /// An empty buffer that has room for so many octets.
    pub(super) fn buffer(&mut self, octets: usize) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        if self.taken < ROOMY_BUFFERS {
            buffer.reserve(octets.max(ROOMY_OCTETS));
        } else {
            buffer.reserve_exact(octets);
        }
        self.taken = self.taken.saturating_add(1);
        buffer
    }

    /// Gives back a buffer, with the octets in it that were held.
    pub(super) fn give_back_buffer(&mut self, mut buffer: Vec<u8>) {
        self.give_back(buffer.len());
        self.taken = self.taken.saturating_sub(usize::from(buffer.capacity() > 0));
        if (1..=SPARE_OCTETS).contains(&buffer.capacity()) && self.spare.len() < SPARE_BUFFERS {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// Gives back octets that are held no more.
    pub(super) fn give_back(&mut self, octets: usize) {
        self.held = self.held.saturating_sub(octets);
    }
}

/// What a protocol's state machine works with besides its own state and the event. `P` is what the protocol keeps over
/// all its connections.
pub(super) struct Context<'a, P> {
    /// The connection the event happened on.
    pub(super) connection: &'a ConnectionInfo,
    /// What was concluded of networks by now.
    pub(super) networks: &'a Networks,
    /// What may be held.
    pub(super) limits: &'a Limits,
    /// Where new exchanges get their ids.
    pub(super) exchanges: &'a mut ExchangeIds,
    /// Where odd things are noted.
    pub(super) anomalies: &'a mut AnomalyLog,
    /// How much may still be held.
    pub(super) budget: &'a mut BodyBudget,
    /// Short messages that wait for parts, answers or receipts, whatever carried them.
    pub(super) short_messages: &'a mut ShortMessages,
    /// Transactions with the systems around an MMSC that wait for an answer, whatever the protocol.
    pub(super) transactions: &'a mut Transactions,
    /// Who takes what the event completes.
    pub(super) sink: Sink<'a>,
    /// What TLS around the event at hand says of it.
    pub(super) tls: FromTls,
    /// What the protocol keeps over all its connections.
    pub(super) shared: &'a mut P,
}

/// What TLS says of an event that came out of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FromTls {
    /// The frames of the record that octets came in.
    pub record: Option<Extent>,
    /// The close_notify by which a direction ends.
    pub notify: Option<TlsEnd>,
    /// Whether the other direction has begun a record that is not whole.
    pub other_has_begun: bool,
}

impl<'a, P> Context<'a, P> {
    /// The frames that octets came in which this one completed.
    pub(super) fn extent(&self, at: FrameRef) -> Extent {
        let record = self.tls.record.filter(|record| record.last == at);
        record.unwrap_or(Extent::single(at))
    }

    /// The same for a protocol that keeps `shared`.
    pub(super) fn with<Q>(self, shared: &'a mut Q) -> Context<'a, Q> {
        Context {
            connection: self.connection,
            networks: self.networks,
            limits: self.limits,
            exchanges: self.exchanges,
            anomalies: self.anomalies,
            budget: self.budget,
            short_messages: self.short_messages,
            transactions: self.transactions,
            sink: self.sink,
            tls: self.tls,
            shared,
        }
    }

    /// The host that sends in a direction, and the one that it sends to. An address is of no use as a key by itself:
    /// another network may have it too.
    pub(super) fn hosts(&self, direction: Direction) -> [Host; 2] {
        // Written out: this is asked for every packet of some protocols.
        let network = self.networks.of(self.connection.network);
        let host = |side: &Side| Host {
            network,
            address: side.endpoint.address,
        };
        [
            host(self.connection.sender(direction)),
            host(self.connection.receiver(direction)),
        ]
    }

    /// Hands an event on.
    pub(super) fn tell(&mut self, event: CarrierEvent<'_>) {
        (self.sink)(SessionEvent::Carrier(event));
    }

    /// The short messages, and what they work with.
    pub(super) fn short_messages(&mut self) -> (&mut ShortMessages, Tools<'_>) {
        let tools = Tools {
            exchanges: self.exchanges,
            anomalies: self.anomalies,
            sink: self.sink,
        };
        (self.short_messages, tools)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODIES_OCTETS: usize = 1 << 20;

    #[test]
    fn a_buffer_given_back_is_empty_and_its_octets_count_no_more() {
        let mut budget = BodyBudget::of(BODIES_OCTETS);
        assert!(budget.take(5));
        let mut buffer = budget.buffer(100);
        buffer.extend_from_slice(b"hello");
        budget.give_back_buffer(buffer);
        assert_eq!((budget.held, budget.spare.len()), (0, 1));
        let again = budget.buffer(10);
        assert!(again.is_empty() && again.capacity() >= 100, "the same buffer");
    }

    #[test]
    fn where_many_are_taken_each_has_the_room_that_it_needs() {
        let mut budget = BodyBudget::of(BODIES_OCTETS);
        let buffers: Vec<_> = (0..=ROOMY_BUFFERS).map(|_| budget.buffer(100)).collect();
        assert!(buffers[0].capacity() >= ROOMY_OCTETS && buffers[ROOMY_BUFFERS].capacity() < 200);
        buffers
            .into_iter()
            .for_each(|buffer| budget.give_back_buffer(buffer));
        assert_eq!(budget.taken, 0);
    }

    #[test]
    fn neither_large_buffers_nor_many_are_kept() {
        let mut budget = BodyBudget::of(BODIES_OCTETS);
        budget.give_back_buffer(Vec::with_capacity(SPARE_OCTETS + 1));
        budget.give_back_buffer(Vec::new());
        assert_eq!(budget.spare.len(), 0);
        (0..2 * SPARE_BUFFERS).for_each(|_| budget.give_back_buffer(Vec::with_capacity(10)));
        assert_eq!(budget.spare.len(), SPARE_BUFFERS);
    }
}
