//! The transactions between two endpoints, and the WSP session they belong to.
//!
//! A transaction is known by who began it and the low 15 bits of its TID. An invoke under a TID that is in use is
//! the old one sent again where it begins with the same octets and the old transaction is not over; else it opens
//! a new transaction, and the old one ends.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Context;
use super::assembly::{Added, Assembly, Packet};
use super::pdu::{Kind, Pdu, Pdus};
use super::session::{answered, carriage, requested};
use super::transaction::{Complete, Ending, Key, Message, Part, Transaction};
use crate::flow::{CloseReason, Recognised, StreamEvent};
use crate::model::{AnomalyKind, BearerStatus, Direction, Extent, FrameRef, RandomState};
use crate::session::fingerprint::fingerprint;
use crate::session::unanswered::{end_reason, visibility};
use crate::session::wsp::{self, ClientFacts, Completeness};
use crate::session::{AnswerVisibility, Bearer, Body, BodyEnd, CarrierEvent, ExchangeEnd, Response};

/// Datagrams between two endpoints.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    /// By the order in which they began.
    transactions: BTreeMap<u64, Transaction>,
    /// The last transaction under each key.
    current: HashMap<Key, u64, RandomState>,
    began: u64,
    /// What the session's headers say, by who began the session.
    sessions: [ClientFacts; 2],
}

/// What is known of the datagram that a PDU lies in.
#[derive(Clone, Copy)]
struct Datagram {
    direction: Direction,
    extent: Extent,
    /// Whether octets are missing at its end (snap length).
    cut: bool,
}

impl Connection {
    /// What a datagram is to the transactions that are known; none where it is not of WTP.
    pub(in crate::session) fn recognises(&self, direction: Direction, datagram: &[u8]) -> Option<Recognised> {
        let pdu = Pdus::new(datagram).next()?.ok()?;
        let begun_by = |initiator| {
            let serial = self.current.get(&Key::new(initiator, pdu.tid.number()))?;
            self.transactions.get(serial)
        };
        let goes_on = match pdu.kind {
            Kind::Invoke { .. } => {
                let before = begun_by(direction).filter(|transaction| transaction.is_begun_with(pdu.data));
                return Some(before.map_or(Recognised::Not, |_| Recognised::Repeats));
            }
            Kind::SegmentedInvoke => begun_by(direction).is_some(),
            Kind::Result => {
                let asked = begun_by(direction.reversed());
                asked.is_some_and(|transaction| transaction.takes(Part::Result, pdu.data))
            }
            Kind::SegmentedResult => begun_by(direction.reversed()).is_some(),
            Kind::Ack { .. } | Kind::NegativeAck(_) | Kind::Abort { .. } => begun_by(direction)
                .or_else(|| begun_by(direction.reversed()))
                .is_some(),
        };
        Some(if goes_on {
            Recognised::GoesOn
        } else {
            Recognised::Not
        })
    }

    /// The same session seen elsewhere, without its transactions.
    pub(in crate::session) fn carried_on(&self) -> Self {
        Self {
            sessions: self.sessions.clone(),
            ..Self::default()
        }
    }

    /// What the transactions take, their unfinished messages aside.
    pub(in crate::session) fn held_octets(&self) -> usize {
        /// A transaction with its places in both maps and the hashes of its packets, about.
        const TRANSACTION: usize = size_of::<Transaction>() + 128;
        self.transactions.len().saturating_mul(TRANSACTION)
    }

    /// What the packets of unfinished messages take.
    pub(in crate::session) fn body_octets(&self) -> usize {
        let messages = self
            .transactions
            .values()
            .flat_map(|transaction| [&transaction.invoke, &transaction.result]);
        messages.map(Message::held).fold(0, usize::saturating_add)
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Datagram {
                direction,
                bytes,
                first,
                at,
                missing,
            } => {
                let datagram = Datagram {
                    direction,
                    extent: Extent { first, last: at },
                    cut: missing > 0,
                };
                for pdu in Pdus::new(bytes) {
                    match pdu {
                        Ok(pdu) => self.pdu(context, datagram, &pdu),
                        Err(error) => malformed(context, at, || format!("WTP: {error}")),
                    }
                }
            }
            StreamEvent::Closed { reason, at } => self.close(context, reason, at),
            StreamEvent::Data { .. } | StreamEvent::Gap { .. } | StreamEvent::Finished { .. } => {}
        }
    }

    fn pdu(&mut self, context: &mut Context<'_>, datagram: Datagram, pdu: &Pdu<'_>) {
        match pdu.kind {
            Kind::Invoke { class, .. } => {
                let serial = self.invoked(context, datagram, pdu);
                if let Some(transaction) = self.transactions.get_mut(&serial) {
                    transaction.class = Some(class);
                }
                self.packet(context, datagram, serial, Part::Invoke, pdu);
            }
            Kind::SegmentedInvoke => {
                let key = Key::new(datagram.direction, pdu.tid.number());
                let serial = self.receiving(context, datagram, key, Part::Invoke, pdu);
                self.packet(context, datagram, serial, Part::Invoke, pdu);
            }
            Kind::Result | Kind::SegmentedResult => {
                let key = Key::new(datagram.direction.reversed(), pdu.tid.number());
                let serial = self.receiving(context, datagram, key, Part::Result, pdu);
                self.answer_proves_request(context, serial);
                self.packet(context, datagram, serial, Part::Result, pdu);
            }
            Kind::Ack { verification: true } | Kind::NegativeAck(_) => {}
            Kind::Ack { verification: false } => self.acknowledged(context, datagram, pdu),
            Kind::Abort { reason, .. } => self.aborted(context, datagram, pdu, reason),
        }
    }

    /// The transaction that an invoke belongs to: one that it repeats or completes, or a new one.
    fn invoked(&mut self, context: &mut Context<'_>, datagram: Datagram, pdu: &Pdu<'_>) -> u64 {
        let key = Key::new(datagram.direction, pdu.tid.number());
        let at = datagram.extent.last;
        let current = self.current.get(&key).copied();
        let current = current.filter(|serial| {
            let transaction = self.transactions.get(serial);
            transaction.is_some_and(|transaction| transaction.is_opened_by(pdu, at))
        });
        current.unwrap_or_else(|| self.begin(context, key, at))
    }

    /// The transaction that a packet of an answer or a further packet of a request belongs to. One that is done
    /// with such a message and does not know the packet is not it.
    fn receiving(
        &mut self,
        context: &mut Context<'_>,
        datagram: Datagram,
        key: Key,
        part: Part,
        pdu: &Pdu<'_>,
    ) -> u64 {
        let current = self.current.get(&key).copied();
        let current = current.filter(|serial| {
            let transaction = self.transactions.get(serial);
            transaction.is_some_and(|transaction| transaction.takes(part, pdu.data))
        });
        current.unwrap_or_else(|| self.begin(context, key, datagram.extent.last))
    }

    /// Opens a transaction; what was under its key, and the oldest where there are too many, ends.
    fn begin(&mut self, context: &mut Context<'_>, key: Key, at: FrameRef) -> u64 {
        if let Some(before) = self.current.get(&key).copied() {
            self.end(context, before, Ending::replaced(at));
        }
        if self.transactions.len() >= context.limits.wtp_transactions {
            self.make_room(context, at);
        }
        let serial = self.began;
        self.began = self.began.wrapping_add(1);
        self.transactions.insert(serial, Transaction::new(key, at));
        self.current.insert(key, serial);
        serial
    }

    /// Ends and forgets the oldest transaction. Only one that was under way is missed.
    fn make_room(&mut self, context: &mut Context<'_>, at: FrameRef) {
        let Some((oldest, transaction)) = self.transactions.first_key_value() else {
            return;
        };
        if transaction.is_under_way() {
            let limit = context.limits.wtp_transactions;
            let detail = || format!("more than {limit} WTP transactions between two endpoints");
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(at), detail);
        }
        self.end(context, *oldest, Ending::given_up(at));
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        if let Some((serial, transaction)) = self.transactions.pop_first()
            && self.current.get(&transaction.key) == Some(&serial)
        {
            self.current.remove(&transaction.key);
        }
    }

    /// Adds a packet to its message, and hands the message on when it is whole.
    fn packet(
        &mut self,
        context: &mut Context<'_>,
        datagram: Datagram,
        serial: u64,
        part: Part,
        pdu: &Pdu<'_>,
    ) {
        let Some(transaction) = self.transactions.get_mut(&serial) else {
            return;
        };
        transaction.latest = datagram.extent.last;
        let message = transaction.message(part);
        let opens = matches!(pdu.kind, Kind::Invoke { .. } | Kind::Result);
        let complete = match message {
            Message::Done(_) => return,
            Message::Absent if opens && pdu.position.last => {
                *message = Message::Done(vec![fingerprint(pdu.data)]);
                whole_packet(datagram, part, pdu)
            }
            Message::Absent => {
                let mut assembly = Box::<Assembly>::default();
                add(context, &mut assembly, datagram, pdu);
                *message = Message::Partial(assembly);
                return;
            }
            Message::Partial(assembly) => {
                add(context, assembly, datagram, pdu);
                if !assembly.is_complete() {
                    return;
                }
                let Some(complete) = transaction.take(context, part, BodyEnd::Whole) else {
                    return;
                };
                complete
            }
        };
        self.deliver(context, serial, complete);
    }

    /// An answer shows that the request before it was received, though not all of it was captured.
    fn answer_proves_request(&mut self, context: &mut Context<'_>, serial: u64) {
        let transaction = self.transactions.get_mut(&serial);
        if let Some(complete) = transaction.and_then(|t| t.take(context, Part::Invoke, BodyEnd::Hole)) {
            self.deliver(context, serial, complete);
        }
    }

    /// Hands on what a message says.
    fn deliver(&mut self, context: &mut Context<'_>, serial: u64, complete: Complete<'_>) {
        let Some(transaction) = self.transactions.get_mut(&serial) else {
            return;
        };
        let completeness = match complete.end {
            BodyEnd::Whole => Completeness::Whole,
            _ => Completeness::Cut,
        };
        let pdu = match wsp::Pdu::read(&complete.octets, completeness) {
            Ok(pdu) => pdu,
            Err(error) => {
                return malformed(context, complete.extent.last, || format!("WSP over WTP: {error}"));
            }
        };
        let carriage = carriage(context, transaction.key, &complete);
        let [initiator, responder] = &mut self.sessions;
        let session = match transaction.key.direction() {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        };
        match complete.part {
            Part::Invoke => requested(context, transaction, session, &carriage, &pdu),
            Part::Result => answered(context, transaction, session, &carriage, &pdu),
        }
    }

    /// The transaction that an acknowledgement or abort speaks of. The TID's high bit tells who began it; where
    /// a stack sets it wrongly, the one that is there counts.
    fn find(&self, direction: Direction, pdu: &Pdu<'_>) -> Option<u64> {
        let initiator = match pdu.tid.is_from_responder() {
            true => direction.reversed(),
            false => direction,
        };
        let number = pdu.tid.number();
        let under = |initiator| self.current.get(&Key::new(initiator, number)).copied();
        under(initiator).or_else(|| under(initiator.reversed()))
    }

    fn acknowledged(&mut self, context: &mut Context<'_>, datagram: Datagram, pdu: &Pdu<'_>) {
        let Some(serial) = self.find(datagram.direction, pdu) else {
            return;
        };
        let Some(transaction) = self.transactions.get_mut(&serial) else {
            return;
        };
        transaction.latest = datagram.extent.last;
        let packet = pdu.acknowledged_packet();
        if datagram.direction == transaction.key.direction() {
            let lacks = |packet| transaction.result.lacks(packet);
            transaction.result_acknowledged |= packet.is_none_or(lacks);
            return;
        }
        transaction.invoke_hidden |= packet.is_some_and(|packet| transaction.invoke.lacks(packet));
        if transaction.class != Some(1) || !transaction.invoke.ends_with(packet) {
            return;
        }
        self.answer_proves_request(context, serial);
        let owed = self.transactions.get_mut(&serial).and_then(|t| t.owed.take());
        if let Some(exchange) = owed {
            context.tell(CarrierEvent::Response(Response {
                exchange,
                bearer: Bearer::Wtp,
                network: context.connection.network,
                source: context.connection.sender(datagram.direction).endpoint,
                destination: context.connection.receiver(datagram.direction).endpoint,
                stream: None,
                extent: datagram.extent,
                pieces: &[],
                status: Some(BearerStatus::WtpAcknowledged),
                reason: None,
                server: None,
                location: None,
                eaif: None,
                tls: None,
                body: Body::NONE,
            }));
        }
    }

    fn aborted(&mut self, context: &mut Context<'_>, datagram: Datagram, pdu: &Pdu<'_>, reason: u8) {
        if let Some(serial) = self.find(datagram.direction, pdu) {
            self.end(context, serial, Ending::aborted(datagram.extent.last, reason));
        }
    }

    /// Ends a transaction: hands on what there is of its messages, and says that no answer will come.
    fn end(&mut self, context: &mut Context<'_>, serial: u64, ending: Ending) {
        for part in [Part::Invoke, Part::Result] {
            let Some(transaction) = self.transactions.get_mut(&serial) else {
                return;
            };
            let end = transaction.cut_short(part, &ending);
            if let Some(complete) = transaction.take(context, part, end) {
                self.deliver(context, serial, complete);
            }
        }
        let Some(transaction) = self.transactions.get_mut(&serial) else {
            return;
        };
        if let Some(exchange) = transaction.owed.take() {
            let answerer = transaction.key.direction().reversed();
            // Packets of an answer whose beginning was not captured show that there was one.
            let came = transaction.result_acknowledged || !matches!(transaction.result, Message::Absent);
            let answer = match came {
                true => AnswerVisibility::Hidden,
                false => visibility(context.connection, answerer),
            };
            context.tell(CarrierEvent::End(ExchangeEnd {
                exchange,
                at: ending.at,
                reason: ending.reason,
                answer,
                acknowledged: false,
            }));
        }
    }

    fn close(&mut self, context: &mut Context<'_>, reason: CloseReason, at: FrameRef) {
        let reason = end_reason(reason);
        let serials: Vec<_> = self.transactions.keys().copied().collect();
        for serial in serials {
            self.end(context, serial, Ending { at, reason });
        }
        *self = Self::default();
    }
}

/// A message that fits one packet.
fn whole_packet<'a>(datagram: Datagram, part: Part, pdu: &Pdu<'a>) -> Complete<'a> {
    Complete {
        part,
        octets: Cow::Borrowed(pdu.data),
        extent: datagram.extent,
        end: match datagram.cut {
            true => BodyEnd::NotCaptured,
            false => BodyEnd::Whole,
        },
    }
}

/// Adds a packet to a message, within what may be held.
fn add(context: &mut Context<'_>, assembly: &mut Assembly, datagram: Datagram, pdu: &Pdu<'_>) {
    let packet = Packet {
        position: pdu.position,
        data: pdu.data,
        extent: datagram.extent,
        cut: datagram.cut,
    };
    let at = Some(datagram.extent.last);
    let cost = Assembly::cost(pdu.data);
    if !context.budget.take(cost) {
        assembly.over_limit = true;
        let detail = || "unfinished bodies fill the memory set aside for them".to_owned();
        return context.anomalies.note(AnomalyKind::LimitReached, at, detail);
    }
    let limit = context.limits.wtp_message_octets;
    let added = assembly.add(packet, limit);
    if added != Added::New {
        context.budget.give_back(cost);
    }
    match added {
        Added::New | Added::Repeated => {}
        Added::Conflicting => context
            .anomalies
            .note(AnomalyKind::WtpConflictingSegment, at, || {
                format!("packet {} of TID {}", pdu.position.number, pdu.tid.number())
            }),
        Added::OverLimit => context.anomalies.note(AnomalyKind::LimitReached, at, || {
            format!("a WTP message of more than {limit} octets")
        }),
    }
}

fn malformed(context: &mut Context<'_>, at: FrameRef, detail: impl FnOnce() -> String) {
    context
        .anomalies
        .note(AnomalyKind::WapMalformed, Some(at), detail);
}
