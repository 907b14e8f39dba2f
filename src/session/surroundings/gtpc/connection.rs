//! GTP-C between two ends: no state of its own, as the sequence number pairs.

use super::elements::{Malformed, Message, Said};
use super::{v1, v2};
use crate::flow::StreamEvent;
use crate::model::{
    AnomalyKind, Digits, Extent, FrameRef, System, TransactionOperation, TransactionProtocol,
    TransactionStatus,
};
use crate::session::context::Context;
use crate::session::probe::Probe;
use crate::session::surroundings::{Answered, Asked, GtpRequest, Question, Sighting, TransactionSubject};

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
    if read(context, bytes, seen).is_err() && missing == 0 {
        malformed(context, at);
    }
}

/// Tells the messages of a datagram that are about sessions.
fn read(context: &mut Context<'_, ()>, datagram: &[u8], seen: Sighting) -> Result<(), Malformed> {
    match datagram.first().ok_or(Malformed)? >> 5 {
        1 => {
            let header = v1::Header::read(datagram).ok_or(Malformed)?;
            if let Some(message) = header.message()? {
                tell(context, &message, seen);
            }
        }
        2 => {
            let headers = v2::Header::read_all(datagram).ok_or(Malformed)?;
            for header in headers.iter().flatten() {
                if let Some(message) = header.message()? {
                    tell(context, &message, seen);
                }
            }
        }
        _ => return Err(Malformed),
    }
    Ok(())
}

#[cold]
fn malformed(context: &mut Context<'_, ()>, at: FrameRef) {
    let detail = || "GTP-C: lengths that lie, or an element that is missing".to_owned();
    context
        .anomalies
        .note(AnomalyKind::ContextMalformed, Some(at), detail);
}

fn tell(context: &mut Context<'_, ()>, message: &Message<'_>, seen: Sighting) {
    let protocol = message.operation.protocol();
    let number = pairing_number(message);
    match &message.said {
        // A set-up that names nobody is of no use to anybody.
        Said::Request(request) if request.number.is_none() && message.is_set_up() => {}
        Said::Request(request) => {
            let question = Question {
                identifier: context.identifier(seen.direction, number),
                fingerprint: fingerprint(context, request),
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
                TransactionProtocol::Gtp => TransactionStatus::Gtp(*cause),
                _ => TransactionStatus::Gtpv2(*cause),
            };
            context.answers(number, protocol, seen, status, Answered::Gtp(answer));
        }
    }
}

/// What is the same in a request that is sent again: a busy gateway's sequence numbers come round within the time that an answer
/// may take.
fn fingerprint(context: &Context<'_, ()>, request: &GtpRequest<'_>) -> u64 {
    let control = request.control.map_or(0, |end| end.teid);
    let ends = u64::from(request.teid) << 32 | u64::from(control);
    let imsi = request.imsi.map_or(0, Digits::packed);
    context.transactions.number((ends, imsi, request.bearer))
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
