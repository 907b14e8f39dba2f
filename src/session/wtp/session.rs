//! What a transaction's messages mean: the session they belong to, the request they make, the answer they give
//! (WAP-230 section 7).

use super::Context;
use super::transaction::{Complete, Key, Part, Transaction};
use crate::session::Bearer;
use crate::session::wsp::{self, Carriage, ClientFacts};

/// Takes in a request: what it says of the session, and what it asks for.
pub(super) fn requested(
    context: &mut Context<'_>,
    transaction: &mut Transaction,
    session: &mut ClientFacts,
    carriage: &Carriage,
    pdu: &wsp::Pdu<'_>,
) {
    match pdu {
        wsp::Pdu::Connect { headers, .. } => *session = ClientFacts::of(headers.clone()),
        wsp::Pdu::Resume {
            session: id, headers, ..
        } => {
            let server = context
                .networks
                .host(carriage.network, carriage.destination.address);
            let suspended = context.shared.find(server, *id).unwrap_or(session);
            *session = ClientFacts::of(headers.clone()).or(suspended);
        }
        wsp::Pdu::Disconnect => *session = ClientFacts::default(),
        wsp::Pdu::Push { .. } => {
            let expects_answer = transaction.class != Some(0);
            let facts = ClientFacts::default();
            let exchange = wsp::request(context, carriage, &facts, pdu, expects_answer);
            transaction.owed = exchange.filter(|_| expects_answer);
        }
        wsp::Pdu::Get(_) | wsp::Pdu::Post(..) => {
            transaction.owed = wsp::request(context, carriage, session, pdu, true);
        }
        _ => {}
    }
}

/// Takes in an answer: the session that it grants, or what it replies.
pub(super) fn answered(
    context: &mut Context<'_>,
    transaction: &mut Transaction,
    session: &ClientFacts,
    carriage: &Carriage,
    pdu: &wsp::Pdu<'_>,
) {
    match pdu {
        wsp::Pdu::ConnectReply { session: id, .. } => {
            let server = context.networks.host(carriage.network, carriage.source.address);
            context.shared.granted(server, *id, session);
        }
        wsp::Pdu::Reply { status, entity } => {
            let owed = transaction.owed.take();
            wsp::response(context, carriage, owed, *status, entity);
        }
        _ => {}
    }
}

/// How a message came.
pub(super) fn carriage(context: &Context<'_>, key: Key, complete: &Complete<'_>) -> Carriage {
    let direction = match complete.part {
        Part::Invoke => key.direction(),
        Part::Result => key.direction().reversed(),
    };
    Carriage {
        bearer: Bearer::Wtp,
        network: context.connection.network,
        source: context.connection.sender(direction).endpoint,
        destination: context.connection.receiver(direction).endpoint,
        extent: complete.extent,
        end: complete.end,
    }
}
