//! Which reply belongs to which command, and what is handed on for it.

use std::collections::VecDeque;

use super::Context;
use super::interest::envelope_may_be_mms;
use super::mail::Mail;
use super::reply::Reply;
use super::transaction::{Refusal, Transaction};
use crate::model::{AnomalyKind, BearerStatus, Direction, Envelope, Extent, FrameRef, SmtpCommand};
use crate::session::{
    AnswerVisibility, Bearer, Body, CarrierEvent, EndReason, ExchangeEnd, ExchangeId, Method, Request,
    Response, bounded,
};

/// Commands of one connection that wait for their replies. Clients send some hundred recipients at a time; more are
/// kept only where the replies are not being captured.
const AWAITED: usize = 1024;

/// The reply that answers QUIT, and closes the connection (RFC 5321 section 4.2.3).
const CLOSING: u16 = 221;

/// What waits for a reply.
#[derive(Debug)]
pub(super) enum Awaited {
    Greeting,
    Mail(Extent),
    /// By its number in the transaction; none where it is not kept.
    Recipient(Option<usize>),
    Data(Extent),
    /// A chunk that is not the last.
    Chunk(Extent),
    /// The end of a mail.
    End(Box<Sent>),
    /// No reply: what came of the transaction is certain when all before this was answered.
    Over(Box<Transaction>),
    StartTls,
    Auth,
    Quit,
    Other,
}

/// A mail that was sent whole, or as much of it as will come.
#[derive(Debug)]
pub(super) struct Sent {
    transaction: Transaction,
    mail: Mail,
    /// The frames of DATA or BDAT.
    command: Extent,
    state: Telling,
}

/// How far a mail was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// What was said of its recipients is still to come.
    ToBe,
    /// Handed on.
    Done(ExchangeId),
    /// It is of no interest.
    Nothing,
}

/// What a reply means for what the client sends next.
#[derive(Debug)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// The data may come.
    Go,
    /// No data will come.
    NoData,
    /// All that follows is encrypted.
    Encrypted,
    /// The client answers in a line that is no command.
    Challenge,
    /// It answers no command that was seen.
    Unasked(Reply),
}

/// The commands that wait for replies, and the transaction to which commands belong.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    /// Who sends the commands.
    pub(super) client: Option<Direction>,
    awaited: VecDeque<Awaited>,
    pub(super) transaction: Transaction,
    /// The name with which the server greeted, and the one by which the client called itself.
    pub(super) server: Option<String>,
    pub(super) client_name: Option<String>,
    /// Whether replies may have been lost since the last one.
    pub(super) replies_lost: bool,
    /// Whether something passed that may concern a message.
    pub(super) concerned: bool,
    /// Whether a mail passed that does not.
    pub(super) carried_other: bool,
}

impl Dialogue {
    /// Octets that waiting commands and envelopes take, about.
    pub(super) fn held_octets(&self) -> usize {
        let awaited = self.awaited.iter().map(|awaited| match awaited {
            Awaited::End(sent) => size_of::<Sent>().saturating_add(sent.transaction.held_octets()),
            Awaited::Over(transaction) => transaction.held_octets(),
            _ => size_of::<Awaited>(),
        });
        awaited.fold(self.transaction.held_octets(), usize::saturating_add)
    }

    /// Octets of mails that wait to be handed on.
    pub(super) fn body_octets(&self) -> usize {
        let sent = self.awaited.iter().map(|awaited| match awaited {
            Awaited::End(sent) => sent.mail.octets(),
            _ => 0,
        });
        sent.fold(0, usize::saturating_add)
    }

    /// Whether the envelope so far shows that a mail may be of a message.
    pub(super) fn is_wanted(&self) -> bool {
        self.may_be_mms(&self.transaction)
    }

    fn may_be_mms(&self, transaction: &Transaction) -> bool {
        envelope_may_be_mms(
            transaction,
            &[self.server.as_deref(), self.client_name.as_deref()],
        )
    }

    /// The server is to greet before anything else.
    pub(super) fn expect_greeting(&mut self) {
        self.awaited.push_back(Awaited::Greeting);
    }

    /// A command was sent.
    pub(super) fn sent(&mut self, awaited: Awaited, at: FrameRef, context: &mut Context<'_>) {
        self.awaited.push_back(awaited);
        if !self.server_is_captured(context) {
            self.awaited
                .retain(|awaited| matches!(awaited, Awaited::End(_) | Awaited::Over(_)));
        }
        self.settle(context);
        if self.awaited.len() > AWAITED {
            self.replies_lost = true;
            let detail = || format!("more than {AWAITED} SMTP commands wait on one connection");
            context
                .anomalies
                .note(AnomalyKind::LimitReached, Some(at), detail);
            self.drop_first(at, EndReason::GivenUp, AnswerVisibility::Hidden, context);
        }
    }

    fn server_is_captured(&self, context: &Context<'_>) -> bool {
        self.client
            .is_none_or(|client| context.connection.seen_by(client.reversed()).is_some())
    }

    /// The transaction is over: by a new one, RSET or QUIT.
    pub(super) fn end_transaction(&mut self, at: FrameRef, context: &mut Context<'_>) {
        let transaction = std::mem::take(&mut self.transaction);
        if !transaction.is_empty() {
            self.sent(Awaited::Over(Box::new(transaction)), at, context);
        }
    }

    /// All of a mail was sent that will be. `early` is a reply that came before.
    pub(super) fn mail_sent(
        &mut self,
        mail: Mail,
        command: Extent,
        early: Option<Reply>,
        at: FrameRef,
        context: &mut Context<'_>,
    ) {
        let transaction = std::mem::take(&mut self.transaction);
        // There were data, so DATA was answered.
        self.awaited
            .retain(|awaited| !matches!(awaited, Awaited::Data(_)));
        let sent = Sent {
            transaction,
            mail,
            command,
            state: Telling::ToBe,
        };
        self.sent(Awaited::End(Box::new(sent)), at, context);
        if let (Some(early), [Awaited::End(_)]) = (early, self.awaited.make_contiguous()) {
            // Where QUIT was answered before the end of the data was seen, that end, QUIT and the reply to the data were lost.
            self.replies_lost |= early.code == CLOSING;
            self.reply(early, context);
        }
    }

    /// The server replied.
    pub(super) fn reply(&mut self, reply: Reply, context: &mut Context<'_>) -> Said {
        if reply.code == CLOSING && matches!(self.awaited.front(), Some(Awaited::End(_))) {
            self.pass_over_data(reply.extent.last, context);
            return Said::Nothing;
        }
        self.find_place(&reply, context);
        // It asks for what DATA or AUTH announced, which came already.
        let asks = matches!(self.awaited.front(), Some(Awaited::Data(_) | Awaited::Auth));
        if (300..400).contains(&reply.code) && !asks && !self.awaited.is_empty() {
            return Said::Nothing;
        }
        let said = match self.awaited.pop_front() {
            None => Said::Unasked(reply),
            Some(Awaited::Greeting) => {
                self.greet(&reply);
                Said::Nothing
            }
            Some(Awaited::Mail(command)) => self.take_refusal(SmtpCommand::Mail, command, reply),
            Some(Awaited::Recipient(number)) => {
                if let Some(number) = number {
                    self.transaction_of_first().answer_recipient(number, reply);
                }
                Said::Nothing
            }
            Some(Awaited::Data(_)) if (300..400).contains(&reply.code) => Said::Go,
            Some(Awaited::Data(command)) => {
                self.take_refusal(SmtpCommand::Data, command, reply);
                Said::NoData
            }
            Some(Awaited::Chunk(command)) => self.take_refusal(SmtpCommand::Data, command, reply),
            Some(Awaited::End(sent)) => {
                self.answer(&sent, &reply, context);
                Said::Nothing
            }
            Some(Awaited::StartTls) if reply.code == 220 => Said::Encrypted,
            Some(Awaited::Auth) if (300..400).contains(&reply.code) => Said::Challenge,
            Some(Awaited::Over(_) | Awaited::StartTls | Awaited::Auth | Awaited::Quit | Awaited::Other) => {
                Said::Nothing
            }
        };
        self.settle(context);
        said
    }

    /// The server answers QUIT though a mail that it was sent before waits for its reply: 221 is none to data. Where replies
    /// were lost, that one was among them.
    fn pass_over_data(&mut self, at: FrameRef, context: &mut Context<'_>) {
        while self.replies_lost && matches!(self.awaited.front(), Some(Awaited::End(_))) {
            self.drop_first(at, EndReason::Replaced, AnswerVisibility::Hidden, context);
        }
        self.replies_lost = false;
        let is_quit = |awaited: &Awaited| matches!(awaited, Awaited::Quit);
        if let Some(place) = self.awaited.iter().position(is_quit) {
            self.awaited.remove(place);
        }
        self.settle(context);
    }

    /// Notes the name with which the server greets.
    pub(super) fn greet(&mut self, reply: &Reply) {
        let name = reply.text.split_ascii_whitespace().next();
        self.server = name.map(|name| bounded(name).to_owned());
    }

    /// Gives up what can no longer be answered: 354 answers DATA and nothing else, a reply behind lost ones the last
    /// command, as nearly all clients wait for each.
    fn find_place(&mut self, reply: &Reply, context: &mut Context<'_>) {
        let is_data = |awaited: &Awaited| matches!(awaited, Awaited::Data(_));
        let place = match (reply.code, self.awaited.iter().position(is_data)) {
            (354, Some(place)) => place,
            _ if self.replies_lost => self.awaited.len().saturating_sub(1),
            _ => 0,
        };
        self.replies_lost = false;
        for _ in 0..place {
            self.drop_first(
                reply.extent.last,
                EndReason::Replaced,
                AnswerVisibility::Hidden,
                context,
            );
        }
    }

    /// The transaction that the first waiting command belongs to.
    fn transaction_of_first(&mut self) -> &mut Transaction {
        let waiting = self.awaited.iter_mut().find_map(|awaited| match awaited {
            Awaited::Over(transaction) => Some(&mut **transaction),
            Awaited::End(sent) if sent.state == Telling::ToBe => Some(&mut sent.transaction),
            _ => None,
        });
        waiting.unwrap_or(&mut self.transaction)
    }

    fn take_refusal(&mut self, command: SmtpCommand, extent: Extent, reply: Reply) -> Said {
        if reply.refuses() {
            self.transaction_of_first().refuse(command, extent, reply);
        }
        Said::Nothing
    }

    /// Hands on mails and concludes transactions before which every other command was answered.
    fn settle(&mut self, context: &mut Context<'_>) {
        let mut unanswered = 0;
        while let Some(awaited) = self.awaited.get_mut(unanswered) {
            match awaited {
                Awaited::End(sent) if sent.state != Telling::ToBe => unanswered += 1,
                Awaited::End(_) => {
                    if let Some(Awaited::End(mut sent)) = self.awaited.remove(unanswered) {
                        self.hand_on(&mut sent, context);
                        self.awaited.insert(unanswered, Awaited::End(sent));
                    }
                    unanswered += 1;
                }
                Awaited::Over(_) => {
                    if let Some(Awaited::Over(transaction)) = self.awaited.remove(unanswered) {
                        self.conclude(&transaction, context);
                    }
                }
                _ => break,
            }
        }
    }

    /// Hands a mail on, once.
    fn hand_on(&mut self, sent: &mut Sent, context: &mut Context<'_>) {
        if sent.state != Telling::ToBe {
            return;
        }
        let refused = sent.transaction.refusal();
        let chunk_refused = refused.is_some_and(|refusal| refusal.command == SmtpCommand::Data);
        if chunk_refused {
            self.conclude(&sent.transaction, context);
        }
        sent.state = match !chunk_refused && sent.mail.is_wanted(context) {
            true => Telling::Done(self.tell_mail(sent, context)),
            false => Telling::Nothing,
        };
        self.concerned |= sent.state != Telling::Nothing;
        self.carried_other |= sent.state == Telling::Nothing;
        sent.mail.release(context.budget);
        sent.transaction = Transaction::default();
    }

    fn tell_mail(&self, sent: &Sent, context: &mut Context<'_>) -> ExchangeId {
        let extent = sent.mail.extent(sent.command);
        self.tell_request(&sent.transaction, None, extent, sent.mail.body(), context)
    }

    fn tell_request(
        &self,
        transaction: &Transaction,
        refused: Option<SmtpCommand>,
        extent: Extent,
        body: Body<'_>,
        context: &mut Context<'_>,
    ) -> ExchangeId {
        let exchange = context.exchanges.issue();
        let client = self.client.unwrap_or(Direction::FromInitiator);
        let recipients = transaction.recipients();
        let envelope = Envelope {
            server: self.server.as_deref(),
            client: self.client_name.as_deref(),
            sender: transaction.sender(),
            id: transaction.id(),
            recipients: &recipients,
            refused,
        };
        context.tell(CarrierEvent::Request(Request {
            exchange,
            bearer: Bearer::Smtp,
            network: context.connection.network,
            method: Method::Post,
            source: context.connection.sender(client).endpoint,
            destination: context.connection.receiver(client).endpoint,
            stream: None,
            extent,
            pieces: &[],
            url: None,
            subscriber: None,
            recipient: None,
            envelope: Some(envelope),
            user_agent: None,
            relayed: false,
            expects_answer: true,
            eaif: None,
            tls: None,
            transfer: None,
            body,
        }));
        exchange
    }

    /// Hands on that a transaction was refused before its data, where that may concern a message.
    fn conclude(&mut self, transaction: &Transaction, context: &mut Context<'_>) {
        let Some(refusal) = transaction.refusal().filter(|_| self.may_be_mms(transaction)) else {
            return;
        };
        self.concerned = true;
        let Refusal {
            command,
            extent,
            reply,
        } = refusal;
        let exchange = self.tell_request(transaction, Some(command), extent, Body::NONE, context);
        self.tell_response(exchange, &reply, context);
    }

    fn answer(&self, sent: &Sent, reply: &Reply, context: &mut Context<'_>) {
        if let Telling::Done(exchange) = sent.state {
            self.tell_response(exchange, reply, context);
        }
    }

    fn tell_response(&self, exchange: ExchangeId, reply: &Reply, context: &mut Context<'_>) {
        let client = self.client.unwrap_or(Direction::FromInitiator);
        context.tell(CarrierEvent::Response(Response {
            exchange,
            bearer: Bearer::Smtp,
            network: context.connection.network,
            source: context.connection.receiver(client).endpoint,
            destination: context.connection.sender(client).endpoint,
            stream: None,
            extent: reply.extent,
            pieces: &[],
            status: Some(BearerStatus::Smtp(reply.code)),
            reason: Some(bounded(&reply.text)).filter(|text| !text.is_empty()),
            server: None,
            location: None,
            eaif: None,
            tls: None,
            body: Body::NONE,
        }));
    }

    /// The first that waits will not be answered.
    fn drop_first(
        &mut self,
        at: FrameRef,
        reason: EndReason,
        answer: AnswerVisibility,
        context: &mut Context<'_>,
    ) {
        match self.awaited.pop_front() {
            Some(Awaited::Over(transaction)) => self.conclude(&transaction, context),
            Some(Awaited::End(mut sent)) => {
                self.hand_on(&mut sent, context);
                if let Telling::Done(exchange) = sent.state {
                    let client = self.client.unwrap_or(Direction::FromInitiator);
                    let acknowledged = context.connection.sender(client).acknowledged;
                    context.tell(CarrierEvent::End(ExchangeEnd {
                        exchange,
                        at,
                        reason,
                        answer,
                        acknowledged,
                    }));
                }
            }
            _ => {}
        }
    }

    /// No more replies will come.
    pub(super) fn end(
        &mut self,
        at: FrameRef,
        reason: EndReason,
        answer: AnswerVisibility,
        context: &mut Context<'_>,
    ) {
        self.end_transaction(at, context);
        while !self.awaited.is_empty() {
            self.drop_first(at, reason, answer, context);
        }
    }
}
