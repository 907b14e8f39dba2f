//! One SMTP connection: what the client's octets are, by what was said before them.

use super::Context;
use super::command::{self, Command, is_unmistakable};
use super::data::DataReader;
use super::dialogue::{Awaited, Dialogue, Said};
use super::line::{Line, Lines};
use super::mail::Mail;
use super::reply::{Replies, Reply, is_reply};
use super::transaction::{RECIPIENTS, Transaction};
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef};
use crate::session::unanswered::{FirstFinish, end_reason, finished_body, visibility};
use crate::session::{BodyEnd, EndReason};

/// One connection.
#[derive(Debug, Default)]
pub(in crate::session) struct Connection {
    phase: Phase,
    replies: Replies,
    dialogue: Dialogue,
    /// A mail of which chunks came, with the first command.
    chunks: Option<(Mail, Extent)>,
    /// A reply that came while the data did not end.
    early: Option<Reply>,
    /// Whether the beginning of the dialogue was looked at.
    begun: bool,
    /// Whether octets of the client may have been lost since its last command.
    commands_lost: bool,
    /// Whether the client's next line is its part of an AUTH dialogue.
    authenticates: bool,
    /// Both ends agreed to begin TLS, and nothing came since.
    awaits_tls: Option<FrameRef>,
    /// Who finished first.
    finished_first: Option<FirstFinish>,
    /// Whether nothing more can be read of it.
    over: bool,
}

/// What the client's octets are.
#[derive(Debug)]
enum Phase {
    /// Commands.
    Commands(Lines),
    /// DATA was sent: it depends on the reply. With its frames.
    BehindData(Extent),
    /// A mail up to its dot.
    Data(DataReader, Box<(Mail, Extent)>),
    /// So many octets of a chunk, of the last one or not.
    Chunk { left: u64, last: bool, command: Extent },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Commands(Lines::default())
    }
}

impl Connection {
    /// Whether it is one of ours, as far as can be told.
    pub(in crate::session) const fn is_ours(&self) -> bool {
        self.dialogue.concerned || !self.dialogue.carried_other
    }

    /// Whether there is still something to parse.
    pub(in crate::session) const fn wants_data(&self) -> bool {
        !self.over
    }

    /// Whether what comes next is the beginning of TLS (RFC 3207).
    pub(in crate::session) const fn awaits_tls(&self) -> bool {
        self.awaits_tls.is_some()
    }

    /// Octets kept of lines, commands and envelopes.
    pub(in crate::session) fn held_octets(&self) -> usize {
        let lines = match &self.phase {
            Phase::Commands(lines) => lines.held_octets(),
            _ => 0,
        };
        let early = self.early.as_ref().map_or(0, |reply| reply.text.len());
        let kept = [
            lines,
            early,
            self.replies.held_octets(),
            self.dialogue.held_octets(),
        ];
        kept.into_iter().fold(0, usize::saturating_add)
    }

    /// Octets kept of mails.
    pub(in crate::session) fn body_octets(&self) -> usize {
        let coming = match &self.phase {
            Phase::Data(_, coming) => coming.0.octets(),
            _ => 0,
        };
        let chunks = self.chunks.as_ref().map_or(0, |(mail, _)| mail.octets());
        [coming, chunks, self.dialogue.body_octets()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Takes one event of the connection.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        if !self.begun {
            self.begin(context);
        }
        match event {
            StreamEvent::Data { direction, bytes, at } if !self.over => {
                if self.awaits_tls.take().is_some() {
                    self.notice_encryption(bytes, at, context);
                }
                if self.over {
                    return;
                }
                match self.is_client(direction, bytes) {
                    Some(true) => self.client_data(bytes, at, context),
                    Some(false) => self.server_data(bytes, at, context),
                    None => {}
                }
            }
            StreamEvent::Gap {
                direction,
                length,
                acknowledged,
                at,
                ..
            } if !self.over => {
                let end = match acknowledged {
                    true => BodyEnd::Hole,
                    false => BodyEnd::NotCaptured,
                };
                match self.dialogue.client {
                    Some(client) if client == direction => self.client_gap(length, end, at, context),
                    _ => {
                        self.replies.lose();
                        self.dialogue.replies_lost = true;
                    }
                }
            }
            StreamEvent::Finished { direction, at } => self.finish(direction, at, context),
            StreamEvent::Closed { reason, at } => self.close(reason, at, context),
            StreamEvent::Data { .. } | StreamEvent::Gap { .. } | StreamEvent::Datagram { .. } => {}
        }
    }

    /// The end that opened the connection is the client, and the server greets first.
    fn begin(&mut self, context: &Context<'_>) {
        self.begun = true;
        self.commands_lost = !context.connection.opening_seen;
        if context.connection.opening_seen {
            self.dialogue.client = Some(Direction::FromInitiator);
            self.dialogue.expect_greeting();
        }
    }

    /// Whether octets are the client's; none where that cannot be told yet.
    fn is_client(&mut self, direction: Direction, octets: &[u8]) -> Option<bool> {
        if self.dialogue.client.is_none() {
            let mut lines = octets.split_inclusive(|&octet| octet == b'\n');
            self.dialogue.client = match lines.next() {
                Some(line) if is_reply(line) => Some(direction.reversed()),
                Some(line) if is_unmistakable(line) || lines.any(is_unmistakable) => Some(direction),
                _ => None,
            };
        }
        self.dialogue.client.map(|client| client == direction)
    }

    fn client_data(&mut self, octets: &[u8], at: FrameRef, context: &mut Context<'_>) {
        let mut rest = octets;
        while !rest.is_empty() && !self.over {
            rest = match &mut self.phase {
                Phase::Commands(lines) => {
                    let (line, behind) = lines.take(rest, context.extent(at));
                    if let Some(line) = line {
                        self.line(&line, context);
                    }
                    behind
                }
                Phase::BehindData(_) => {
                    self.guess(rest);
                    rest
                }
                Phase::Data(..) => self.data(rest, at, context),
                Phase::Chunk { .. } => self.chunk(rest, at, context),
            };
        }
    }

    fn line(&mut self, line: &Line<'_>, context: &mut Context<'_>) {
        if std::mem::take(&mut self.authenticates) {
            return self.dialogue.sent(Awaited::Auth, line.extent.last, context);
        }
        if self.commands_lost && !is_unmistakable(&line.octets) {
            return self.notice_encryption(&line.octets, line.extent.last, context);
        }
        self.commands_lost = false;
        self.command(command::read(&line.octets), line.extent, context);
    }

    fn command(&mut self, command: Command, extent: Extent, context: &mut Context<'_>) {
        let at = extent.last;
        let awaited = match command {
            Command::Hello(name) => {
                self.end_transaction(at, context);
                self.dialogue.client_name = Some(name);
                Awaited::Other
            }
            Command::Mail { sender, id } => {
                self.end_transaction(at, context);
                self.dialogue.transaction = Transaction::begin(sender, id, extent);
                Awaited::Mail(extent)
            }
            Command::Recipient(address) => {
                let number = self.dialogue.transaction.add(address, extent);
                if number.is_none() {
                    let detail = || format!("a mail to more than {RECIPIENTS} recipients");
                    context
                        .anomalies
                        .note(AnomalyKind::LimitReached, Some(at), detail);
                }
                Awaited::Recipient(number)
            }
            Command::Data => {
                self.phase = Phase::BehindData(extent);
                Awaited::Data(extent)
            }
            Command::Chunk { octets, last } => return self.begin_chunk(octets, last, extent, context),
            Command::StartTls => Awaited::StartTls,
            Command::Auth => Awaited::Auth,
            Command::Reset => {
                self.end_transaction(at, context);
                Awaited::Other
            }
            Command::Quit => {
                self.end_transaction(at, context);
                Awaited::Quit
            }
            Command::Other => Awaited::Other,
        };
        self.dialogue.sent(awaited, at, context);
    }

    /// The transaction is over, with what came of its mail in chunks.
    fn end_transaction(&mut self, at: FrameRef, context: &mut Context<'_>) {
        if let Some((mut mail, _)) = self.chunks.take() {
            mail.release(context.budget);
        }
        self.dialogue.end_transaction(at, context);
    }

    /// Octets behind DATA whose reply was not seen: commands where they look like some, else the mail.
    fn guess(&mut self, octets: &[u8]) {
        let line = octets.split_inclusive(|&octet| octet == b'\n').next();
        if line.is_some_and(is_unmistakable) {
            self.phase = Phase::default();
        } else {
            self.begin_data();
        }
    }

    fn begin_data(&mut self) {
        if let Phase::BehindData(command) = self.phase {
            let mail = Mail::new(self.dialogue.is_wanted());
            self.phase = Phase::Data(DataReader::default(), Box::new((mail, command)));
        }
    }

    fn data<'a>(&mut self, octets: &'a [u8], at: FrameRef, context: &mut Context<'_>) -> &'a [u8] {
        let Phase::Data(reader, coming) = &mut self.phase else {
            return &[];
        };
        let (mail, most) = (&mut coming.0, context.limits.body_octets);
        mail.see(context.extent(at));
        let rest = match mail.is_kept() {
            true => reader.take(octets, |piece| mail.push(piece, most, context.budget)),
            false => reader.pass(octets),
        };
        match rest {
            Some(behind) => {
                self.mail_sent(at, context);
                behind
            }
            None => &[],
        }
    }

    /// What came of the data is all that will.
    fn mail_sent(&mut self, at: FrameRef, context: &mut Context<'_>) {
        if let Phase::Data(_, coming) = std::mem::take(&mut self.phase) {
            let (mail, command) = *coming;
            self.dialogue
                .mail_sent(mail, command, self.early.take(), at, context);
        }
    }

    fn begin_chunk(&mut self, octets: u64, last: bool, command: Extent, context: &mut Context<'_>) {
        let wanted = self.dialogue.is_wanted();
        let (mail, _) = self.chunks.get_or_insert_with(|| (Mail::new(wanted), command));
        mail.see(Extent::single(command.last));
        self.phase = Phase::Chunk {
            left: octets,
            last,
            command,
        };
        if octets == 0 {
            self.end_chunk(command.last, context);
        }
    }

    fn chunk<'a>(&mut self, octets: &'a [u8], at: FrameRef, context: &mut Context<'_>) -> &'a [u8] {
        let Phase::Chunk { left, .. } = &mut self.phase else {
            return &[];
        };
        let length = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
        let (piece, behind) = octets.split_at_checked(length).unwrap_or((octets, &[]));
        *left = left.saturating_sub(length as u64);
        let done = *left == 0;
        if let Some((mail, _)) = &mut self.chunks {
            mail.see(context.extent(at));
            mail.push(piece, context.limits.body_octets, context.budget);
        }
        if done {
            self.end_chunk(at, context);
        }
        behind
    }

    fn end_chunk(&mut self, at: FrameRef, context: &mut Context<'_>) {
        let Phase::Chunk { last, command, .. } = std::mem::take(&mut self.phase) else {
            return;
        };
        match self.chunks.take_if(|_| last) {
            Some((mail, command)) => self
                .dialogue
                .mail_sent(mail, command, self.early.take(), at, context),
            None => self.dialogue.sent(Awaited::Chunk(command), at, context),
        }
    }

    fn client_gap(&mut self, length: u64, end: BodyEnd, at: FrameRef, context: &mut Context<'_>) {
        self.begin_data();
        match &mut self.phase {
            Phase::Data(reader, coming) => {
                coming.0.skip(length, end);
                *reader = DataReader::Inside;
            }
            Phase::Chunk { left, .. } => {
                let inside = length.min(*left);
                *left = left.saturating_sub(length);
                let (done, beyond) = (*left == 0, length > inside);
                if let Some((mail, _)) = &mut self.chunks {
                    mail.skip(inside, end);
                }
                if done {
                    self.end_chunk(at, context);
                }
                self.commands_lost |= beyond;
            }
            Phase::Commands(lines) => {
                lines.lose();
                self.commands_lost = true;
            }
            Phase::BehindData(_) => {}
        }
    }

    fn server_data(&mut self, octets: &[u8], at: FrameRef, context: &mut Context<'_>) {
        let mut rest = octets;
        while !rest.is_empty() && !self.over {
            let (reply, behind) = self.replies.take(rest, context.extent(at));
            rest = behind;
            if let Some(reply) = reply {
                self.reply(reply, context);
            }
        }
    }

    fn reply(&mut self, reply: Reply, context: &mut Context<'_>) {
        let at = reply.extent.last;
        match self.dialogue.reply(reply, context) {
            Said::Nothing => {}
            Said::Go => self.begin_data(),
            Said::NoData => {
                if let Phase::BehindData(_) = self.phase {
                    self.phase = Phase::default();
                }
                self.dialogue.end_transaction(at, context);
            }
            Said::Challenge => self.authenticates = true,
            Said::Encrypted => self.awaits_tls = Some(at),
            Said::Unasked(reply) => self.unasked(reply, context),
        }
    }

    /// A reply that no command waits for: to the end of data that was lost, to DATA that was lost, before the data ended,
    /// or the greeting.
    fn unasked(&mut self, reply: Reply, context: &mut Context<'_>) {
        let at = reply.extent.last;
        match &self.phase {
            Phase::Data(_, coming) => {
                let ended = coming.0.has_hole();
                self.early = Some(reply);
                if ended {
                    self.commands_lost = true;
                    self.mail_sent(at, context);
                }
            }
            Phase::Commands(_) if self.commands_lost && reply.code == 354 => {
                self.phase = Phase::BehindData(reply.extent);
                self.begin_data();
            }
            Phase::Commands(_) if reply.code == 220 => self.dialogue.greet(&reply),
            _ => {}
        }
    }

    /// A record of TLS says that the dialogue goes on encrypted; where TLS is read, what is inside comes in its place.
    fn notice_encryption(&mut self, octets: &[u8], at: FrameRef, context: &mut Context<'_>) {
        if let [0x16, 3, 0..=4, ..] = octets {
            self.encrypt(at, context);
        }
    }

    fn encrypt(&mut self, at: FrameRef, context: &mut Context<'_>) {
        let server = self.dialogue.server.clone().unwrap_or_default();
        let detail = || format!("STARTTLS with {server}; nothing after it can be read");
        context
            .anomalies
            .note(AnomalyKind::SmtpEncrypted, Some(at), detail);
        self.over = true;
    }

    fn finish(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        let notify = context.tls.notify;
        self.finished_first.get_or_insert(FirstFinish {
            by: direction,
            notify,
        });
        if self.dialogue.client == Some(direction) {
            self.cut(finished_body(notify), at, context);
        }
    }

    /// What was begun of a mail is all that comes of it.
    fn cut(&mut self, end: BodyEnd, at: FrameRef, context: &mut Context<'_>) {
        if let Some((mut mail, command)) = self.chunks.take() {
            self.phase = Phase::default();
            mail.cut(end);
            self.dialogue
                .mail_sent(mail, command, self.early.take(), at, context);
        }
        match &mut self.phase {
            Phase::Data(_, coming) if !coming.0.is_empty() => {
                coming.0.cut(end);
                self.mail_sent(at, context);
            }
            _ => self.phase = Phase::default(),
        }
    }

    fn close(&mut self, reason: CloseReason, at: FrameRef, context: &mut Context<'_>) {
        if let Some(at) = self.awaits_tls.take() {
            self.encrypt(at, context);
        }
        let client = self.dialogue.client.unwrap_or(Direction::FromInitiator);
        let reason = match reason {
            CloseReason::Finished => FirstFinish::end_reason(self.finished_first, Some(client)),
            other => end_reason(other),
        };
        let end = match reason {
            EndReason::Reset => BodyEnd::CutShort { reset: true },
            EndReason::Closed { .. } => BodyEnd::CutShort { reset: false },
            EndReason::Notified { end, .. } | EndReason::Alert(end) => BodyEnd::Alert(end),
            _ => BodyEnd::NotCaptured,
        };
        self.cut(end, at, context);
        let answer = visibility(context.connection, client.reversed());
        self.dialogue.end(at, reason, answer, context);
        self.over = true;
    }
}
