//! GTP-C between two ends: no state of its own, as the sequence number pairs.

use super::elements::{Malformed, Message, Said};
use super::{v1, v2};
use crate::flow::StreamEvent;
use crate::model::{
    AnomalyKind, Extent, FrameRef, System, TransactionOperation, TransactionProtocol, TransactionStatus,
};
use crate::session::context::Context;
use crate::session::probe::Probe;
use crate::session::surroundings::{Answered, Asked, Question, Sighting, TransactionSubject};

/// Whether a datagram is a message of GTP-C, of either version. An echo or another message of a path that sessions take is
/// one too.
pub(in crate::session) fn probe(datagram: &[u8]) -> Probe {
    let is_ours = match datagram {
        [0b0011_0000..=0b0011_0111, kind, ..] => {
            is_kind_of_v1(*kind) && v1::Header::read(datagram).is_some_and(|header| header.proves_itself())
        }
        [0b0100_0000..=0b0101_1111, kind, ..] => {
            is_kind_of_v2(*kind) && v2::Header::read_all(datagram).is_some()
        }
        _ => false,
    };
    match is_ours {
        true => Probe::Certain,
        false => Probe::NotOurs,
    }
}

/// Echo, and what is about contexts of phones.
const fn is_kind_of_v1(kind: u8) -> bool {
    matches!(kind, 1 | 2 | 16..=21)
}

/// Echo, and what is about sessions and bearers of phones.
const fn is_kind_of_v2(kind: u8) -> bool {
    matches!(kind, 1 | 2 | 32..=39 | 64..=73 | 95..=102 | 170 | 171)
}

/// Takes one event of a flow.
pub(in crate::session) fn on_event(context: &mut Context<'_, ()>, event: StreamEvent<'_>) {
    let StreamEvent::Datagram {
        direction,
        bytes,
        first,
        at,
        missing,
    } = event
    else {
        return;
    };
    let extent = Extent { first, last: at };
    let seen = Sighting { direction, extent };
    let Some(messages) = read(bytes) else {
        return malformed(context, at, missing);
    };
    for message in messages.into_iter().flatten() {
        match message {
            Ok(message) => tell(context, &message, seen),
            Err(Malformed) => malformed(context, at, missing),
        }
    }
}

/// The messages of a datagram that are about sessions; none where it holds none.
fn read(datagram: &[u8]) -> Option<[Option<Result<Message<'_>, Malformed>>; 2]> {
    match datagram.first()? >> 5 {
        1 => Some([v1::Header::read(datagram)?.message().transpose(), None]),
        2 => {
            let headers = v2::Header::read_all(datagram)?;
            Some(headers.map(|header| header?.message().transpose()))
        }
        _ => None,
    }
}

#[cold]
fn malformed(context: &mut Context<'_, ()>, at: FrameRef, missing: u32) {
    if missing == 0 {
        let detail = || "GTP-C: lengths that lie, or an element that is missing".to_owned();
        context
            .anomalies
            .note(AnomalyKind::ContextMalformed, Some(at), detail);
    }
}

fn tell(context: &mut Context<'_, ()>, message: &Message<'_>, seen: Sighting) {
    let protocol = message.operation.protocol();
    let number = pairing_number(message);
    match message.said {
        Said::Request(request) => {
            let question = Question {
                identifier: context.identifier(seen.direction, number),
                // A busy gateway's sequence numbers come round within the time that an answer may take.
                fingerprint: context.transactions.number((
                    request.teid,
                    request.imsi,
                    request.control,
                    request.bearer,
                )),
                content: None,
                may_be_again: false,
            };
            let subject = TransactionSubject {
                system: System::Identity,
                operation: message.operation,
            };
            context.asks(&question, subject, seen, Asked::Gtp(request));
        }
        Said::Answer { cause, answer } => {
            let status = match protocol {
                TransactionProtocol::Gtp => TransactionStatus::Gtp(cause),
                _ => TransactionStatus::Gtpv2(cause),
            };
            context.answers(number, protocol, seen, status, Answered::Gtp(answer));
        }
    }
}

/// What pairs: the sequence number, and what is asked for.
fn pairing_number(message: &Message<'_>) -> u64 {
    let kind = match message.operation {
        TransactionOperation::CreatePdpContext => 1,
        TransactionOperation::UpdatePdpContext => 2,
        TransactionOperation::DeletePdpContext => 3,
        TransactionOperation::CreateSession => 4,
        TransactionOperation::ModifyBearer => 5,
        _ => 6,
    };
    u64::from(message.sequence) << 8 | kind
}
