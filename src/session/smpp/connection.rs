//! One SMPP connection: short messages and their answers, paired by direction and sequence number.

use std::collections::BTreeMap;

use super::Context;
use super::framing::{Framed, Framing};
use super::pdu::{Command, Content, Header, Message, content};
use super::receipt::Receipt;
use super::user_data::UserData;
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, BearerStatus, Direction, Extent, FrameRef};
use crate::session::sms::{Given, ShortMessage, Ticket};
use crate::session::unanswered::{end_reason, visibility};
use crate::session::{AnswerVisibility, Bearer, EndReason, SmsTransfer};

/// One connection.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    framing: [Framing; 2],
    /// Which end is the ESME, once a PDU told.
    esme: Option<Direction>,
    /// Short messages that wait for their answer, by who sent them and their sequence number.
    waiting: BTreeMap<(usize, u32), Waiting>,
}

/// One request: a ticket for each destination that it went to.
#[derive(Debug)]
struct Waiting {
    command: Command,
    tickets: Vec<(String, Ticket)>,
    sender: Direction,
}

impl Connection {
    /// What requests that wait for their answers take, and PDUs that are not whole.
    pub(in crate::session) fn held_octets(&self) -> usize {
        /// A request to one destination, about.
        const REQUEST: usize = 192;
        let begun: usize = self.framing.iter().map(Framing::held_octets).sum();
        self.waiting.len().saturating_mul(REQUEST).saturating_add(begun)
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Data { direction, bytes, at } => self.data(context, direction, bytes, at),
            StreamEvent::Gap { direction, .. } => {
                if let Some(framing) = self.framing.get_mut(direction.index()) {
                    framing.lose();
                }
            }
            StreamEvent::Closed { reason, at } => self.close(context, reason, at),
            StreamEvent::Finished { .. } | StreamEvent::Datagram { .. } => {}
        }
    }

    fn data(&mut self, context: &mut Context<'_>, direction: Direction, octets: &[u8], at: FrameRef) {
        let place = context.extent(at);
        let mut framing = self.framing.get_mut(direction.index()).map(std::mem::take);
        if let Some(framing) = &mut framing {
            framing.push(octets, place, |framed| match framed {
                Framed::Pdu(header, body, extent) => self.pdu(context, direction, header, body, extent),
                Framed::Garbage => malformed(context, at, || "SMPP: octets that are no PDU".to_owned()),
            });
        }
        if let (Some(slot), Some(framing)) = (self.framing.get_mut(direction.index()), framing) {
            *slot = framing;
        }
    }

    fn pdu(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        header: Header,
        body: &[u8],
        extent: Extent,
    ) {
        self.note_esme(header.command, direction);
        let content = content(header.command, body);
        if header.command.is_response() {
            // An answer that says no may lack its body, or have one that makes no sense.
            let content = content.unwrap_or(Content::Other);
            return self.answer(context, direction, header, &content, extent);
        }
        match content {
            Ok(Content::Message(message)) => match Receipt::of(&message) {
                Some(receipt) => receipted(context, direction, &receipt, extent.last),
                None => self.message(context, direction, header, &message, extent),
            },
            Ok(_) => {}
            Err(error) => malformed(context, extent.last, || {
                format!("{}: {error}", header.command.name().unwrap_or("SMPP"))
            }),
        }
    }

    /// Only an ESME binds and submits, and only a service centre delivers (SMPP 3.4 section 2.3).
    const fn note_esme(&mut self, command: Command, sender: Direction) {
        match command {
            Command::BIND_RECEIVER
            | Command::BIND_TRANSMITTER
            | Command::BIND_TRANSCEIVER
            | Command::SUBMIT_SM
            | Command::SUBMIT_MULTI => self.esme = Some(sender),
            Command::BIND_RECEIVER_RESP
            | Command::BIND_TRANSMITTER_RESP
            | Command::BIND_TRANSCEIVER_RESP
            | Command::DELIVER_SM
            | Command::OUTBIND => self.esme = Some(sender.reversed()),
            _ => {}
        }
    }

    /// Which way a short message from `sender` goes. Either end may send data_sm.
    fn transfer(&self, command: Command, sender: Direction) -> Option<SmsTransfer> {
        match command {
            Command::SUBMIT_SM | Command::SUBMIT_MULTI => Some(SmsTransfer::Submit),
            Command::DELIVER_SM => Some(SmsTransfer::Deliver),
            _ => self.esme.map(|esme| match esme == sender {
                true => SmsTransfer::Submit,
                false => SmsTransfer::Deliver,
            }),
        }
    }

    fn message(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        header: Header,
        message: &Message<'_>,
        extent: Extent,
    ) {
        let user_data = match UserData::of(message) {
            Ok(user_data) => user_data,
            Err(error) => return malformed(context, extent.last, || format!("user data: {error}")),
        };
        let mut tickets = Vec::new();
        for recipient in &message.destinations {
            let short_message = ShortMessage {
                bearer: Bearer::Smpp,
                transfer: self.transfer(header.command, direction),
                network: context.connection.network,
                source: context.connection.sender(direction).endpoint,
                destination: context.connection.receiver(direction).endpoint,
                hosts: context.hosts(direction),
                extent,
                originator: &message.source,
                originator_field: "source_addr",
                recipient,
                imsi: None,
                ports: user_data.ports,
                concatenation: user_data.concatenation,
                binary: user_data.binary,
                octets: user_data.octets,
                receipt_due: message.registered_delivery & 3 != 0,
            };
            let (short_messages, mut tools) = context.short_messages();
            if let Some(ticket) = short_messages.submit(&mut tools, &short_message) {
                tickets.push((recipient.clone(), ticket));
            }
        }
        self.wait(context, direction, header, tickets, extent.last);
    }

    /// Keeps the tickets until their answer comes. A sequence number that is used again, or the oldest request
    /// where there are too many, gets none.
    fn wait(
        &mut self,
        context: &mut Context<'_>,
        sender: Direction,
        header: Header,
        tickets: Vec<(String, Ticket)>,
        at: FrameRef,
    ) {
        if tickets.is_empty() {
            return;
        }
        let key = (sender.index(), header.sequence);
        let waiting = Waiting {
            command: header.command,
            tickets,
            sender,
        };
        let mut over = self.waiting.insert(key, waiting);
        let mut reason = EndReason::Replaced;
        let limit = context.limits.smpp_requests;
        if self.waiting.len() > limit {
            over = self.waiting.pop_first().map(|(_, waiting)| waiting);
            reason = EndReason::GivenUp;
            let detail = || format!("more than {limit} SMPP requests wait on one connection");
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(at), detail);
        }
        if let Some(waiting) = over {
            let visible = visibility(context.connection, sender.reversed());
            unanswered(context, &waiting, reason, visible, at);
        }
    }

    fn answer(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        header: Header,
        content: &Content<'_>,
        extent: Extent,
    ) {
        let key = (direction.reversed().index(), header.sequence);
        // Some count the sequence numbers of link enquiries apart: their answers are to no message.
        let answers = |waiting: &Waiting| header.command.answers(waiting.command);
        if !self.waiting.get(&key).is_some_and(answers) {
            return;
        }
        let Some(waiting) = self.waiting.remove(&key) else {
            return;
        };
        let failed = match content {
            Content::MessageId { failed, .. } => failed.as_slice(),
            _ => &[],
        };
        for (recipient, ticket) in &waiting.tickets {
            let own = failed.iter().find(|(destination, _)| destination == recipient);
            let status = BearerStatus::Smpp(own.map_or(header.status, |(_, status)| *status));
            let (short_messages, mut tools) = context.short_messages();
            short_messages.answer(&mut tools, *ticket, Given::new(status, extent));
        }
        if let Content::MessageId { id, .. } = content
            && header.status == 0
            && !id.is_empty()
        {
            let centre = context.hosts(direction)[0];
            let accepted = waiting.tickets.into_iter();
            let accepted = accepted.filter(|(recipient, _)| !failed.iter().any(|(to, _)| to == recipient));
            if let Some(early) = context.shared.insert(centre, id, accepted.collect()) {
                settle(context, &early.tickets, &early.receipt, early.at);
            }
        }
    }

    fn close(&mut self, context: &mut Context<'_>, reason: CloseReason, at: FrameRef) {
        for waiting in std::mem::take(&mut self.waiting).into_values() {
            let visible = visibility(context.connection, waiting.sender.reversed());
            unanswered(context, &waiting, end_reason(reason), visible, at);
        }
    }
}

fn unanswered(
    context: &mut Context<'_>,
    waiting: &Waiting,
    reason: EndReason,
    visible: AnswerVisibility,
    at: FrameRef,
) {
    for (_, ticket) in &waiting.tickets {
        let (short_messages, mut tools) = context.short_messages();
        short_messages.unanswered(&mut tools, *ticket, reason, visible, at);
    }
}

/// A receipt comes from the service centre that gave the id.
fn receipted(context: &mut Context<'_>, direction: Direction, receipt: &Receipt, at: FrameRef) {
    let centre = context.hosts(direction)[0];
    let tickets = context.shared.receipted(centre, receipt, at);
    settle(context, &tickets, receipt, at);
}

fn settle(context: &mut Context<'_>, tickets: &[Ticket], receipt: &Receipt, at: FrameRef) {
    for ticket in tickets {
        let (short_messages, mut tools) = context.short_messages();
        short_messages.receipt(&mut tools, *ticket, receipt.delivered, receipt.code, at);
    }
}

fn malformed(context: &mut Context<'_>, at: FrameRef, detail: impl FnOnce() -> String) {
    context
        .anomalies
        .note(AnomalyKind::SmsMalformed, Some(at), detail);
}
