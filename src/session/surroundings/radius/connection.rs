//! RADIUS between two ends: no state of its own, as the identifier pairs.

use super::packet::{Code, Packet, Report, Status};
use crate::flow::StreamEvent;
use crate::model::{
    AnomalyKind, Extent, System, TransactionOperation, TransactionProtocol, TransactionStatus,
};
use crate::session::context::Context;
use crate::session::surroundings::{Answered, Asked, Content, Question, Sighting, TransactionSubject};

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
    if Packet::read(bytes)
        .and_then(|packet| take(context, &packet, seen))
        .is_none()
        && missing == 0
    {
        let detail = || "RADIUS: lengths that lie".to_owned();
        context
            .anomalies
            .note(AnomalyKind::ContextMalformed, Some(at), detail);
    }
}

/// Takes a packet; none where its attributes do not fill it.
fn take(context: &mut Context<'_, ()>, packet: &Packet<'_>, seen: Sighting) -> Option<()> {
    match packet.code {
        Code::AccessRequest | Code::AccountingRequest => request(context, packet, &packet.report()?, seen),
        _ if !packet.is_whole() => return None,
        Code::AccessAnswer | Code::AccountingAnswer => answer(context, packet, seen),
        // The last word is said to the next request.
        Code::Challenge => {
            context.settles(
                pairing_number(packet.identifier, false),
                TransactionProtocol::Radius,
                seen,
            );
        }
    }
    Some(())
}

/// What pairs: the identifier, and what is asked for. Both kinds have identifiers of their own.
fn pairing_number(identifier: u8, accounting: bool) -> u64 {
    u64::from(identifier) << 1 | u64::from(accounting)
}

fn request(context: &mut Context<'_, ()>, packet: &Packet<'_>, report: &Report<'_>, seen: Sighting) {
    let accounting = packet.code == Code::AccountingRequest;
    let Some(operation) = what_is_ours(report, accounting) else {
        return;
    };
    let fingerprint = u128::from_be_bytes(packet.authenticator);
    #[expect(clippy::cast_possible_truncation, reason = "a digest of both halves")]
    let fingerprint = (fingerprint >> 64) as u64 ^ fingerprint as u64;
    let number = pairing_number(packet.identifier, accounting);
    let question = Question {
        identifier: context.identifier(seen.direction, number),
        fingerprint,
        content: report.status.map(|status| content(context, report, status, seen)),
        may_be_again: report.said.delay > 0,
    };
    let subject = TransactionSubject {
        system: System::Identity,
        operation,
    };
    let said = match accounting {
        true => Asked::Accounting(&report.said),
        false => Asked::Access(&report.said),
    };
    context.asks(&question, subject, seen, said);
}

/// What the request asks for, where it concerns the sessions of phones: an access of somebody with a number (a Calling-Station-Id
/// that is the address of a card is of a wireless LAN); a
/// session with an address, or the end of one that may have had one; the restart of a gateway.
fn what_is_ours(report: &Report<'_>, accounting: bool) -> Option<TransactionOperation> {
    let said = &report.said;
    if !accounting {
        return said.number().map(|_| TransactionOperation::Access);
    }
    let status = report.status?;
    let ours = status.is_of_gateway() || !said.addresses.is_empty() || status == Status::Stop;
    ours.then(|| status.operation())
}

/// What is the same in a report that was sent again: with another delay it has another identifier and authenticator (RFC 2866
/// section 5.2).
fn content(context: &Context<'_, ()>, report: &Report<'_>, status: Status, seen: Sighting) -> Content {
    let said = &report.said;
    let gateway = (said.gateway_address, said.gateway_identifier);
    let event = (status, said.session, said.session_time);
    let ends = context.hosts(seen.direction);
    context
        .transactions
        .content((TransactionProtocol::Radius, ends, gateway, event))
}

fn answer(context: &mut Context<'_, ()>, packet: &Packet<'_>, seen: Sighting) {
    let number = pairing_number(packet.identifier, packet.code == Code::AccountingAnswer);
    let status = TransactionStatus::Radius(packet.number);
    context.answers(
        number,
        TransactionProtocol::Radius,
        seen,
        status,
        Answered::Status,
    );
}
