//! SIP between two endpoints, over UDP or TCP, as far as it carries short messages (TS 24.341).

use super::Context;
use super::content::relay_message;
use super::framing::Framing;
use super::message::{FieldName, Head, StartLine, is_number, user};
use super::relayed::{Call, Hop, Reference};
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, BearerStatus, Direction, Extent, FrameRef};
use crate::session::sms::{Carried, Content, Given, RpMessage, Ticket, Tpdu};
use crate::session::unanswered::{end_reason, visibility};
use crate::session::{AnswerVisibility, Bearer, EndReason, SmsTransfer};

/// One connection.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    framing: [Framing; 2],
    /// Short messages that wait for their response, and who sent them.
    waiting: Vec<(u64, Direction)>,
}

/// How many short messages may wait before those that got their response are taken from the list.
const WAITING: usize = 256;

/// A message with where it was seen.
#[derive(Clone, Copy)]
struct Seen<'a> {
    direction: Direction,
    extent: Extent,
    head: Head<'a>,
    body: &'a [u8],
}

impl Connection {
    /// Octets of messages that are not whole.
    pub(in crate::session) fn held_octets(&self) -> usize {
        self.framing.iter().map(Framing::held_octets).sum()
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Datagram {
                direction,
                bytes,
                first,
                at,
                ..
            } => self.message(context, direction, bytes, Extent { first, last: at }),
            StreamEvent::Data { direction, bytes, at } => self.data(context, direction, bytes, at),
            StreamEvent::Gap { direction, .. } => {
                if let Some(framing) = self.framing.get_mut(direction.index()) {
                    framing.lose();
                }
            }
            StreamEvent::Closed { reason, at } => self.close(context, reason, at),
            StreamEvent::Finished { .. } => {}
        }
    }

    fn data(&mut self, context: &mut Context<'_>, direction: Direction, octets: &[u8], at: FrameRef) {
        let place = context.extent(at);
        let mut framing = self.framing.get_mut(direction.index()).map(std::mem::take);
        if let Some(framing) = &mut framing {
            let is_sip = framing.push(octets, place, |message, extent| {
                self.message(context, direction, message, extent);
            });
            if !is_sip {
                malformed(context, at, || "SIP: octets that are no message".to_owned());
            }
        }
        if let (Some(slot), Some(framing)) = (self.framing.get_mut(direction.index()), framing) {
            *slot = framing;
        }
    }

    fn message(&mut self, context: &mut Context<'_>, direction: Direction, octets: &[u8], extent: Extent) {
        let Some((head, length)) = Head::read(octets) else {
            return;
        };
        let rest = octets.get(length..).unwrap_or_default();
        let body = head.content_length().and_then(|length| rest.get(..length));
        let seen = Seen {
            direction,
            extent,
            head,
            body: body.unwrap_or(rest),
        };
        match head.start {
            StartLine::Request {
                method: b"MESSAGE",
                uri,
            } => self.request(context, seen, uri),
            StartLine::Response { status: 200.., .. } => response(context, seen),
            StartLine::Request { .. } | StartLine::Response { .. } => {}
        }
    }

    fn request(&mut self, context: &mut Context<'_>, seen: Seen<'_>, uri: &[u8]) {
        let content_type = seen.head.field(FieldName::CONTENT_TYPE).unwrap_or_default();
        let encoding = seen.head.field(FieldName::CONTENT_TRANSFER_ENCODING);
        let Some(octets) = relay_message(&content_type, encoding.as_deref(), seen.body) else {
            return;
        };
        let relay = match RpMessage::read(&octets) {
            Ok(relay) => relay,
            Err(error) => return malformed(context, seen.extent.last, || format!("RP: {error}")),
        };
        match relay.content {
            Content::Data { tpdu, .. } => self.short_message(context, seen, uri, &relay, tpdu),
            Content::Ack { .. } => reported(context, seen, relay.reference, None),
            Content::Error { cause, .. } => reported(context, seen, relay.reference, Some(cause)),
            Content::MemoryAvailable => {}
        }
    }

    fn short_message(
        &mut self,
        context: &mut Context<'_>,
        seen: Seen<'_>,
        uri: &[u8],
        relay: &RpMessage<'_>,
        tpdu: &[u8],
    ) {
        let Some(call) = call(context, seen) else {
            return;
        };
        // The same request again is a retransmission: UDP loses, and the timers of SIP are short.
        if context.shared.knows(&call) {
            return;
        }
        let ticket = match Tpdu::read(tpdu, relay.towards, false) {
            Ok(tpdu) => submit(context, seen, uri, &tpdu),
            Err(error) => return malformed(context, seen.extent.last, || format!("TPDU: {error}")),
        };
        let Some(ticket) = ticket else {
            return;
        };
        let [sender, receiver] = context.hosts(seen.direction);
        let reference = Reference {
            sender,
            receiver,
            number: relay.reference,
        };
        let (id, given_up) = context.shared.insert(call, reference, ticket);
        self.wait(context, id, seen.direction);
        if let Some(relay) = given_up.filter(|relay| !relay.answered) {
            let (reason, visible) = (EndReason::GivenUp, AnswerVisibility::NotCaptured);
            let (short_messages, mut tools) = context.short_messages();
            short_messages.unanswered(&mut tools, relay.ticket, reason, visible, seen.extent.last);
        }
    }

    fn wait(&mut self, context: &Context<'_>, id: u64, sender: Direction) {
        if self.waiting.len() >= WAITING && self.waiting.len() == self.waiting.capacity() {
            self.waiting.retain(|(id, _)| context.shared.is_waiting(*id));
        }
        self.waiting.push((id, sender));
    }

    fn close(&mut self, context: &mut Context<'_>, reason: CloseReason, at: FrameRef) {
        for (id, sender) in std::mem::take(&mut self.waiting) {
            if let Some(ticket) = context.shared.give_up(id) {
                let visible = visibility(context.connection, sender.reversed());
                let (short_messages, mut tools) = context.short_messages();
                short_messages.unanswered(&mut tools, ticket, end_reason(reason), visible, at);
            }
        }
    }
}

/// Hands the short message in a TPDU to the assembler.
fn submit(context: &mut Context<'_>, seen: Seen<'_>, uri: &[u8], tpdu: &Tpdu<'_>) -> Option<Ticket> {
    let (transfer, originator, originator_field, recipient, user_data) = match tpdu {
        Tpdu::Deliver {
            originator,
            user_data,
        } => {
            let recipient = called_party(seen, uri);
            (
                SmsTransfer::Deliver,
                originator.clone(),
                "tp-oa",
                recipient,
                *user_data,
            )
        }
        Tpdu::Submit {
            recipient, user_data, ..
        } => {
            let (field, caller) = calling_party(seen);
            (SmsTransfer::Submit, caller, field, recipient.clone(), *user_data)
        }
        Tpdu::StatusReport { .. } | Tpdu::Report { .. } | Tpdu::Command => return None,
    };
    let carried = Carried {
        bearer: Bearer::Sip,
        transfer,
        originator,
        originator_field,
        recipient,
        imsi: None,
        user_data,
        receipt_due: true,
    };
    carried.submit(context, seen.direction, seen.extent)
}

/// Whom a request calls: the first of its addresses that is a number, else the user it is sent to.
fn called_party(seen: Seen<'_>, uri: &[u8]) -> String {
    let target = user(&String::from_utf8_lossy(uri));
    let named = |name| seen.head.field(name).and_then(|address| user(&address));
    let candidates = [
        target.clone(),
        named(FieldName::P_CALLED_PARTY_ID),
        named(FieldName::TO),
    ];
    let number = candidates.into_iter().flatten().find(|user| is_number(user));
    number.or(target).unwrap_or_default()
}

/// Who sends a request, and which field says so.
fn calling_party(seen: Seen<'_>) -> (&'static str, String) {
    let named = |name| seen.head.field(name).and_then(|address| user(&address));
    match named(FieldName::P_ASSERTED_IDENTITY) {
        Some(caller) => ("p-asserted-identity", caller),
        None => ("from", named(FieldName::FROM).unwrap_or_default()),
    }
}

fn call(context: &Context<'_>, seen: Seen<'_>) -> Option<Call> {
    let (sequence, method) = seen.head.cseq()?;
    if method != "MESSAGE" {
        return None;
    }
    let call_id = seen.head.field(FieldName::CALL_ID)?.into_owned();
    let hop = hop(context);
    Some(Call {
        hop,
        call_id,
        sequence,
    })
}

fn hop(context: &Context<'_>) -> Hop {
    Hop::new(context.hosts(Direction::FromInitiator))
}

fn response(context: &mut Context<'_>, seen: Seen<'_>) {
    let StartLine::Response { status, reason } = seen.head.start else {
        return;
    };
    let ticket = call(context, seen).and_then(|call| context.shared.answered(&call));
    if let Some(ticket) = ticket {
        let (short_messages, mut tools) = context.short_messages();
        let reason = String::from_utf8_lossy(reason);
        let given = Given::new(BearerStatus::Sip(status), seen.extent).with_reason(&reason);
        short_messages.answer(&mut tools, ticket, given);
    }
}

/// An RP-ACK, or an RP-ERROR with its cause: it answers what its receiver sent.
fn reported(context: &mut Context<'_>, seen: Seen<'_>, number: u8, cause: Option<u8>) {
    let [receiver, sender] = context.hosts(seen.direction);
    let reference = Reference {
        sender,
        receiver,
        number,
    };
    let in_reply_to = seen.head.field(FieldName::IN_REPLY_TO);
    let hop = hop(context);
    if let Some(ticket) = context.shared.reported(hop, in_reply_to.as_deref(), reference) {
        let code = cause.map(u32::from);
        let (short_messages, mut tools) = context.short_messages();
        short_messages.receipt(&mut tools, ticket, cause.is_none(), code, seen.extent.last);
    }
}

fn malformed(context: &mut Context<'_>, at: FrameRef, detail: impl FnOnce() -> String) {
    context
        .anomalies
        .note(AnomalyKind::SmsMalformed, Some(at), detail);
}
