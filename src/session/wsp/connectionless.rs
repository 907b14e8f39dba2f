//! Connectionless WSP: requests and replies paired by transaction id, and pushes (WAP-230 section 8.2.1).

use std::collections::BTreeMap;

use super::Context;
use super::exchange::{self, Carriage, ClientFacts};
use super::pdu::{Completeness, Pdu};
use crate::flow::{CloseReason, Recognised, StreamEvent};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, SharedSort};
use crate::session::fingerprint::fingerprint;
use crate::session::unanswered::{end_reason, visibility};
use crate::session::{Bearer, BodyEnd, CarrierEvent, EndReason, ExchangeEnd, ExchangeId};

/// Datagrams between two endpoints.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    /// The last exchange under each transaction id, by who asked.
    exchanges: [BTreeMap<u8, Exchange>; 2],
}

#[derive(Debug)]
struct Exchange {
    /// The exchange, where it was handed on.
    id: Option<ExchangeId>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The request, by a hash of its octets.
    Requested(u64),
    /// The reply, by a hash of its octets.
    Replied(u64),
}

/// One datagram with what is known of it.
#[derive(Clone, Copy)]
struct Datagram<'a> {
    direction: Direction,
    octets: &'a [u8],
    extent: Extent,
    missing: u32,
}

impl Connection {
    /// What a datagram is to the exchanges that are known; none where it is no PDU.
    pub(in crate::session) fn recognises(&self, direction: Direction, datagram: &[u8]) -> Option<Recognised> {
        let (transaction, octets) = datagram.split_first()?;
        let asked_by = |direction: Direction| {
            let exchanges = self.exchanges.get(direction.index())?;
            exchanges.get(transaction).map(|exchange| &exchange.state)
        };
        let hash = fingerprint(datagram);
        Some(match Pdu::read(octets, Completeness::Cut).ok()? {
            Pdu::Reply { .. } => match asked_by(direction.reversed()) {
                Some(State::Requested(_)) => Recognised::GoesOn,
                Some(State::Replied(reply)) if *reply == hash => Recognised::GoesOn,
                _ => Recognised::Not,
            },
            Pdu::Get(_) | Pdu::Post(..) => match asked_by(direction) {
                Some(State::Requested(request)) if *request == hash => Recognised::Repeats,
                _ => Recognised::Not,
            },
            _ => Recognised::Not,
        })
    }

    /// What the exchanges take.
    pub(in crate::session) fn held_octets(&self) -> usize {
        let exchanges: usize = self.exchanges.iter().map(BTreeMap::len).sum();
        exchanges.saturating_mul(size_of::<Exchange>() + size_of::<u64>())
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
                let extent = Extent { first, last: at };
                let octets = bytes;
                let datagram = Datagram {
                    direction,
                    octets,
                    extent,
                    missing,
                };
                self.datagram(context, datagram);
            }
            StreamEvent::Closed { reason, at } => self.close(context, reason, at),
            StreamEvent::Data { .. } | StreamEvent::Gap { .. } | StreamEvent::Finished { .. } => {}
        }
    }

    fn datagram(&mut self, context: &mut Context<'_>, datagram: Datagram<'_>) {
        let Some((transaction, octets)) = datagram.octets.split_first() else {
            return;
        };
        let completeness = match datagram.missing {
            0 => Completeness::Whole,
            _ => Completeness::Cut,
        };
        match Pdu::read(octets, completeness) {
            Ok(pdu) => self.pdu(context, datagram, *transaction, &pdu),
            Err(error) => {
                let at = Some(datagram.extent.last);
                let anomalies = &mut *context.anomalies;
                anomalies.note(AnomalyKind::WapMalformed, at, || {
                    format!("connectionless WSP: {error}")
                });
            }
        }
    }

    fn pdu(&mut self, context: &mut Context<'_>, datagram: Datagram<'_>, transaction: u8, pdu: &Pdu<'_>) {
        let mut carriage = carriage(context, datagram);
        match pdu {
            Pdu::Push { .. } => {
                carriage.bearer = Bearer::PushUdp;
                exchange::request(context, &carriage, &ClientFacts::default(), pdu, false);
            }
            Pdu::Get(_) | Pdu::Post(..) => self.take_request(context, datagram, &carriage, transaction, pdu),
            Pdu::Reply { status, entity } => {
                let hash = fingerprint(datagram.octets);
                let Some(id) = self.take_reply(datagram.direction, transaction, hash) else {
                    return;
                };
                exchange::response(context, &carriage, id, *status, entity);
            }
            _ => {}
        }
    }

    /// A request: the same octets again while nobody has answered are the same request.
    fn take_request(
        &mut self,
        context: &mut Context<'_>,
        datagram: Datagram<'_>,
        carriage: &Carriage,
        transaction: u8,
        pdu: &Pdu<'_>,
    ) {
        let hash = fingerprint(datagram.octets);
        let Some(exchanges) = self.exchanges.get_mut(datagram.direction.index()) else {
            return;
        };
        if let Some(earlier) = exchanges.get(&transaction) {
            match (earlier.id, &earlier.state) {
                (_, State::Requested(request)) if *request == hash => return,
                (Some(exchange), State::Requested(_)) => context.tell(CarrierEvent::End(ExchangeEnd {
                    exchange,
                    at: datagram.extent.last,
                    reason: EndReason::Replaced,
                    answer: visibility(context.connection, datagram.direction.reversed()),
                    acknowledged: false,
                })),
                _ => {}
            }
        }
        let id = exchange::request(context, carriage, &ClientFacts::default(), pdu, true);
        let state = State::Requested(hash);
        exchanges.insert(transaction, Exchange { id, state });
    }

    /// The exchange that a reply belongs to, none inside where its request was not handed on; nothing at all for
    /// a reply that was there before.
    fn take_reply(&mut self, direction: Direction, transaction: u8, hash: u64) -> Option<Option<ExchangeId>> {
        let exchanges = self.exchanges.get_mut(direction.reversed().index())?;
        let state = State::Replied(hash);
        let earlier = exchanges.insert(transaction, Exchange { id: None, state });
        match earlier.map(|exchange| (exchange.id, exchange.state)) {
            Some((id, State::Requested(_))) => Some(id),
            Some((_, State::Replied(before))) if before == hash => None,
            _ => Some(None),
        }
    }

    fn close(&mut self, context: &mut Context<'_>, reason: CloseReason, at: FrameRef) {
        for asker in [Direction::FromInitiator, Direction::FromResponder] {
            let answerer = asker.reversed();
            let exchanges = self.exchanges.get_mut(asker.index()).map(std::mem::take);
            let waiting = exchanges.into_iter().flat_map(BTreeMap::into_values);
            let mut waiting: Vec<_> = waiting
                .filter(|exchange| matches!(exchange.state, State::Requested(_)))
                .filter_map(|exchange| exchange.id)
                .collect();
            waiting.shared_sort();
            for exchange in waiting {
                context.tell(CarrierEvent::End(ExchangeEnd {
                    exchange,
                    at,
                    reason: end_reason(reason),
                    answer: visibility(context.connection, answerer),
                    acknowledged: false,
                }));
            }
        }
    }
}

fn carriage(context: &Context<'_>, datagram: Datagram<'_>) -> Carriage {
    Carriage {
        bearer: Bearer::Wsp,
        network: context.connection.network,
        source: context.connection.sender(datagram.direction).endpoint,
        destination: context.connection.receiver(datagram.direction).endpoint,
        extent: datagram.extent,
        end: match datagram.missing {
            0 => BodyEnd::Whole,
            _ => BodyEnd::NotCaptured,
        },
    }
}
