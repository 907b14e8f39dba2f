//! Signalling over SCTP, message by message, as far as it carries short messages.

use super::Context;
use super::TransferMessage;
use super::dialogues::{End, Enquiry, Hop, Invoke, InvokedOperation, Standing};
use super::map::{Destination, ForwardShortMessage, Operation, routed_imsi};
use super::sccp::UnitData;
use super::tcap::{AbortReason, Component, Kind, Message};
use crate::flow::StreamEvent;
use crate::model::{
    AnomalyKind, BearerStatus, Direction, Extent, SubscriberNumber, System, TransactionOperation,
    TransactionProtocol, TransactionStatus,
};
use crate::session::fingerprint::fingerprint;
use crate::session::sms::{Carried, Given, Imsi, Ticket, Towards, Tpdu};
use crate::session::surroundings::tell::Sighting;
use crate::session::surroundings::{Answered, Asked, Pair, TransactionSubject};
use crate::session::{AnswerVisibility, Bearer, EndReason, SmsTransfer};

/// A message with where it was seen, and the ends of the dialogue it is of.
#[derive(Clone, Debug)]
struct Seen {
    direction: Direction,
    extent: Extent,
    /// The end that sent it, where it says its transaction id.
    sender: Option<End>,
    /// The end it goes to, where that has one.
    receiver: Option<End>,
}

/// Takes one event of an association.
pub(in crate::session) fn on_event(context: &mut Context<'_>, event: StreamEvent<'_>) {
    if let StreamEvent::Datagram {
        direction,
        bytes,
        first,
        at,
        ..
    } = event
        && let Some(message) = TransferMessage::read(bytes)
    {
        unit_data(context, direction, Extent { first, last: at }, &message);
    }
}

fn unit_data(
    context: &mut Context<'_>,
    direction: Direction,
    extent: Extent,
    transfer: &TransferMessage<'_>,
) {
    let unit = match UnitData::read(transfer.sccp) {
        Ok(Some(unit)) => unit,
        Ok(None) => return,
        Err(error) => return malformed(context, extent, || format!("SCCP: {error}")),
    };
    let Some(segment) = unit
        .segment
        .filter(|segment| !segment.first || segment.remaining > 0)
    else {
        return message(context, direction, extent, transfer, &unit, unit.data);
    };
    // Which end it is does not matter here, so its transaction does not either.
    let sender = End::new(0, &unit.calling, transfer.origin).into_node();
    let whole = context.shared.segments.add(sender, segment, unit.data, extent);
    if let Some((octets, extent)) = whole {
        message(context, direction, extent, transfer, &unit, &octets);
    }
}

fn message(
    context: &mut Context<'_>,
    direction: Direction,
    extent: Extent,
    transfer: &TransferMessage<'_>,
    unit: &UnitData<'_>,
    octets: &[u8],
) {
    let Some(message) = Message::read(octets) else {
        return;
    };
    if let Some(cause) = unit.return_cause {
        // It comes back to its sender, who is called now; an answer that does tells nothing.
        if let Some(origin) = message.origin() {
            let end = End::new(origin, &unit.called, transfer.destination);
            let lost = Lost::Answered(BearerStatus::SccpReturn(cause));
            let owed = context.shared.end(&end, hop(context, direction), false);
            lose(context, owed, lost, extent);
        }
        return;
    }
    let end_of = |transaction: Option<u32>, address, label| {
        transaction.map(|transaction| End::new(transaction, address, label))
    };
    let seen = Seen {
        direction,
        extent,
        sender: end_of(message.origin(), &unit.calling, transfer.origin),
        receiver: end_of(message.destination(), &unit.called, transfer.destination),
    };
    dialogue(context, &seen, &message);
}

fn dialogue(context: &mut Context<'_>, seen: &Seen, message: &Message<'_>) {
    let begins = matches!(message.kind, Kind::Begin { .. });
    let mut answered = false;
    for component in message.components() {
        answered |= !matches!(component, Component::Invoke { .. });
        match component {
            Component::Invoke {
                id,
                operation,
                argument,
            } => {
                if let Some(operation) = Operation::read(operation, argument) {
                    invoke(context, seen, begins, id, &operation);
                }
            }
            Component::Result { id, result } => {
                let asked = answer(context, seen, id, BearerStatus::MapResult);
                if let Some(InvokedOperation::Routing(number, enquiry)) = asked {
                    routed(context, seen, enquiry, TransactionStatus::MapResult);
                    if let Some(imsi) = routed_imsi(result) {
                        context.shared.subscribers.note(imsi, number);
                    }
                }
            }
            Component::Error { id, code } => {
                let asked = answer(context, seen, id, BearerStatus::MapError(code));
                if let Some(InvokedOperation::Routing(_, enquiry)) = asked {
                    routed(context, seen, enquiry, TransactionStatus::MapError(code));
                }
            }
            Component::Reject { id } => {
                let asked = answer(context, seen, id, BearerStatus::TcapReject);
                if let Some(InvokedOperation::Routing(_, enquiry)) = asked {
                    settle(context, enquiry, seen.extent);
                }
            }
        }
    }
    let lost = match message.kind {
        Kind::Begin { .. } | Kind::Continue { .. } => return,
        // What comes back without an answer was for another version of the operation.
        Kind::End { .. }
        | Kind::Abort {
            reason: AbortReason::Refused,
            ..
        } => Lost::Unanswered,
        Kind::Abort {
            reason: AbortReason::Provider(cause),
            ..
        } => Lost::Answered(BearerStatus::TcapProviderAbort(cause)),
        Kind::Abort {
            reason: AbortReason::User,
            ..
        } => Lost::Answered(BearerStatus::TcapUserAbort),
    };
    if let Some(end) = &seen.receiver {
        let owed = context.shared.end(end, hop(context, seen.direction), answered);
        lose(context, owed, lost, seen.extent);
    }
}

fn invoke(context: &mut Context<'_>, seen: &Seen, begins: bool, id: u8, operation: &Operation<'_>) {
    let Some(end) = &seen.sender else { return };
    let invoke = Invoke {
        id,
        fingerprint: match operation {
            Operation::ForwardShortMessage(forward) => fingerprint(forward.tpdu),
            Operation::RoutingInformation { msisdn } => fingerprint(msisdn.as_bytes()),
        },
        hop: hop(context, seen.direction),
        at: seen.extent.last,
    };
    let standing = context.shared.standing(end, &invoke);
    match standing {
        Standing::Copy => return,
        Standing::New if begins => {
            let owed = context.shared.begin(end);
            lose(context, owed, Lost::Unanswered, seen.extent);
        }
        Standing::New | Standing::PassedOn => {}
    }
    let (asked, phone) = match operation {
        Operation::RoutingInformation { msisdn } => {
            let enquiry = match standing {
                Standing::New => ask_where(context, seen, msisdn),
                // It is told on the first hop; an answer on another one shows that there was one.
                Standing::PassedOn | Standing::Copy => {
                    context.shared.enquiry(end, &invoke).map(|transaction| Enquiry {
                        transaction,
                        is_first: false,
                    })
                }
            };
            (InvokedOperation::Routing(msisdn.clone(), enquiry), None)
        }
        Operation::ForwardShortMessage(forward) => {
            let (towards, phone) = match forward.destination {
                Destination::Phone(phone) => (Towards::Phone, phone),
                Destination::AsBefore => (Towards::Phone, context.shared.phone(end)),
                Destination::ServiceCentre => (Towards::ServiceCentre, None),
            };
            let ticket = submit(context, seen, forward, towards, phone);
            (
                ticket.map_or(InvokedOperation::Other, InvokedOperation::Forward),
                phone,
            )
        }
    };
    let given_up = context.shared.invoke(end, invoke, asked, context.anomalies);
    lose(context, given_up, Lost::Unanswered, seen.extent);
    if let Some(phone) = phone {
        context.shared.address(end, phone);
    }
}

/// Tells an enquiry after the switch that serves a number.
fn ask_where(context: &mut Context<'_>, seen: &Seen, msisdn: &str) -> Option<Enquiry> {
    let number = SubscriberNumber::from_text(msisdn.as_bytes())?;
    let pair = pair(context, seen.direction);
    let at = seen.extent.last;
    let transaction = context
        .transactions
        .ask_by_carrier(&pair, ROUTING, at, context.anomalies);
    context.tell_request(transaction, ROUTING, seen.sighting(), Asked::Routing(number));
    Some(Enquiry {
        transaction,
        is_first: true,
    })
}

/// Two nodes of which one asks the other: their answers may come over another association.
fn pair(context: &Context<'_>, asks: Direction) -> Pair {
    Pair::Hosts(TransactionProtocol::Map, context.hosts(asks))
}

/// Tells its answer, where it came on the hop on which the enquiry was told.
fn routed(context: &mut Context<'_>, seen: &Seen, enquiry: Option<Enquiry>, status: TransactionStatus) {
    let pair = pair(context, seen.direction.reversed());
    if let Some(by) = context.connection.seen_by(seen.direction) {
        context.transactions.is_visible(&pair, by);
    }
    settle(context, enquiry, seen.extent);
    if let Some(Enquiry {
        transaction,
        is_first: true,
    }) = enquiry
    {
        context.tell_answer(
            transaction,
            Some(ROUTING),
            seen.sighting(),
            status,
            Answered::Status,
        );
    }
}

/// An enquiry waits no more for an answer.
fn settle(context: &mut Context<'_>, enquiry: Option<Enquiry>, extent: Extent) {
    if let Some(enquiry) = enquiry {
        context.transactions.settle(enquiry.transaction, extent.last);
    }
}

const ROUTING: TransactionSubject = TransactionSubject {
    system: System::Routing,
    operation: TransactionOperation::SendRoutingInfoForSm,
};

impl Seen {
    const fn sighting(&self) -> Sighting {
        Sighting {
            direction: self.direction,
            extent: self.extent,
        }
    }
}

fn hop(context: &Context<'_>, direction: Direction) -> Hop {
    let [sender, receiver] = context.hosts(direction);
    Hop { sender, receiver }
}

/// Hands the short message of an operation to the assembler.
fn submit(
    context: &mut Context<'_>,
    seen: &Seen,
    forward: &ForwardShortMessage<'_>,
    towards: Towards,
    imsi: Option<Imsi>,
) -> Option<Ticket> {
    let tpdu = match Tpdu::read(forward.tpdu, towards, false) {
        Ok(tpdu) => tpdu,
        Err(error) => {
            malformed(context, seen.extent, || format!("TPDU: {error}"));
            return None;
        }
    };
    let number = imsi.and_then(|imsi| context.shared.subscribers.number(imsi));
    let number = number.unwrap_or_default().to_owned();
    let (transfer, originator, originator_field, recipient, user_data) = match tpdu {
        Tpdu::Deliver {
            originator,
            user_data,
        } => (SmsTransfer::Deliver, originator, "tp-oa", number, user_data),
        Tpdu::Submit {
            recipient, user_data, ..
        } => {
            let originator = forward.originator.clone().unwrap_or_default();
            (SmsTransfer::Submit, originator, "sm-rp-oa", recipient, user_data)
        }
        Tpdu::StatusReport { .. } | Tpdu::Report { .. } | Tpdu::Command => return None,
    };
    let carried = Carried {
        bearer: Bearer::Map,
        transfer,
        originator,
        originator_field,
        recipient,
        imsi,
        user_data,
        receipt_due: false,
    };
    carried.submit(context, seen.direction, seen.extent)
}

/// An answer to an operation that the receiver asked for; gives what that was, where it was no short message.
fn answer(context: &mut Context<'_>, seen: &Seen, id: u8, status: BearerStatus) -> Option<InvokedOperation> {
    let back = hop(context, seen.direction);
    let asked = context.shared.answered(seen.receiver.as_ref()?, id, back)?;
    match asked {
        InvokedOperation::Forward(ticket) => {
            let (short_messages, mut tools) = context.short_messages();
            short_messages.answer(&mut tools, ticket, Given::new(status, seen.extent));
            None
        }
        InvokedOperation::Routing(..) | InvokedOperation::Other => Some(asked),
    }
}

/// What becomes of operations that get no answer of their own.
#[derive(Clone, Copy)]
enum Lost {
    /// The network answered for their receiver.
    Answered(BearerStatus),
    /// Nobody knows.
    Unanswered,
}

fn lose(context: &mut Context<'_>, owed: Vec<InvokedOperation>, lost: Lost, extent: Extent) {
    for asked in owed {
        let ticket = match asked {
            InvokedOperation::Forward(ticket) => ticket,
            InvokedOperation::Routing(_, enquiry) => {
                settle(context, enquiry, extent);
                continue;
            }
            InvokedOperation::Other => continue,
        };
        let (short_messages, mut tools) = context.short_messages();
        match lost {
            Lost::Answered(status) => short_messages.answer(&mut tools, ticket, Given::new(status, extent)),
            Lost::Unanswered => {
                let (reason, visible) = (EndReason::Replaced, AnswerVisibility::NotCaptured);
                short_messages.unanswered(&mut tools, ticket, reason, visible, extent.last);
            }
        }
    }
}

fn malformed(context: &mut Context<'_>, extent: Extent, detail: impl FnOnce() -> String) {
    context
        .anomalies
        .note(AnomalyKind::SmsMalformed, Some(extent.last), detail);
}
