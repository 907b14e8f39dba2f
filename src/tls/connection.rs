//! One TLS connection, as somebody who only listens follows it: records of both directions to the octets inside.

use std::sync::Arc;

use super::alert::Effect;
use super::certificate;
use super::facts::{Agreement, Outcome, Spans, TlsConnection, Unread};
use super::framer::{Framer, Hole, Loss, Record, Sink};
use super::handshake::{MessageKind, Messages, body};
use super::hello::{ClientHello, EncryptedExtensions, ServerHello};
use super::keylog::Label;
use super::limits::Limits;
use super::protection::{Agreed, Keys, Opened};
use super::reading::{Level, LevelKeys, Reading, Stage};
use super::record::{ContentType, Head};
use super::schedule::{Prf, extended_master, master};
use super::secret::{Random, Secret};
use super::sources::KeyLog;
use super::store::{Resumable, Store};
use super::suite::{Suite, SuiteId};
use super::version::Version;
use crate::flow::{CloseReason, ConnectionInfo, StreamEvent};
use crate::model::{AnomalyKind, AnomalyLog, Direction, Extent, FrameRef};

/// What a connection works with besides its own state.
pub(super) struct Context<'a> {
    pub(super) store: &'a mut Store,
    /// Key logs, which may have grown.
    pub(super) logs: &'a mut Vec<KeyLog>,
    pub(super) limits: &'a Limits,
    pub(super) anomalies: &'a mut AnomalyLog,
    /// Trial decryptions left in this run.
    pub(super) tries: &'a mut usize,
    /// Whether it is worth to wait for a key.
    pub(super) may_wait: bool,
    /// Who takes what is inside.
    pub(super) out: &'a mut Out<'a>,
}

/// Takes events, with what is known of their connection.
pub(super) type Out<'a> = dyn FnMut(StreamEvent<'_>, &Agreement, &Spans) + 'a;

impl Context<'_> {
    /// Reads what was appended to key logs.
    fn read_logs_on(&mut self) {
        let Self { store, logs, .. } = self;
        logs.iter_mut().for_each(|log| log.read_on(store));
    }
}

/// The fewest octets that a record has on the wire: a head, a tag and one octet.
const SMALLEST_RECORD: u64 = 22;
/// How many records may have passed before a capture began inside a connection.
const MIDWAY_RECORDS: u64 = 4_095;

/// One direction.
#[derive(Debug, Default)]
struct Half {
    framer: Framer,
    reading: Reading,
    messages: Messages,
    /// Whether records are protected: up to TLS 1.2 since ChangeCipherSpec.
    protected: bool,
    /// Whether a record was protected at all.
    had_protected: bool,
    /// Octets of messages of the handshake so far.
    handshake_octets: usize,
    read: u64,
    lost: u64,
    unread: Option<Unread>,
    /// Whether its end was told.
    ended: bool,
}

/// What became of early data.
#[derive(Debug, Default)]
enum Early {
    /// None was offered, or it is settled.
    #[default]
    None,
    /// It is not known whether the server takes it; what came of it so far, before the suite was known.
    Offered(Vec<HeldRecord>),
    /// Opened, and not known to be taken.
    Opened(Vec<(Vec<u8>, Extent)>),
    /// The server did not take it: what cannot be opened is that.
    Rejected,
}

#[derive(Debug)]
struct HeldRecord {
    head: Head,
    sealed: Vec<u8>,
    extent: Extent,
}

/// How the beginning of the connection is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With the first octets of the client.
    Hello,
    /// The capture begins inside.
    Midway,
}

/// Whether keys are being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    No,
    /// Behind ServerHello of TLS 1.3.
    BehindHello(Suite),
    /// At ChangeCipherSpec of one end, up to TLS 1.2.
    AtChange(Direction),
    /// Before the first record of a connection that was there before the capture.
    Midway,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    halves: [Half; 2],
    beginning: Beginning,
    client: Direction,
    /// Whether it is known which end is the client.
    client_known: bool,
    hello: Option<Box<ClientHello>>,
    server: Option<Box<ServerHello>>,
    agreement: Arc<Agreement>,
    subject: Option<String>,
    /// The handshake so far, where a premaster secret may be of use.
    transcript: Option<Vec<u8>>,
    /// Whether the handshake is a whole one and no session is resumed.
    whole_handshake: bool,
    masters: Vec<Secret>,
    ticket: Option<Vec<u8>>,
    early: Early,
    /// Finished was sent, by direction.
    finished: [bool; 2],
    failed: Option<(super::alert::Alert, Direction, FrameRef)>,
    /// The frames of the client's hello.
    hello_in: Option<Extent>,
    waiting: Waiting,
    /// Whether it was told that nobody can read it.
    hidden: bool,
    /// Whether it cannot be read whatever keys there are.
    is_refused: bool,
    /// Whether its end was told to those inside.
    closed: bool,
    told_misfit: bool,
    first: FrameRef,
    last: FrameRef,
    spans: Spans,
}

impl Connection {
    /// One that begins here with what its client sends.
    pub(super) fn beginning(client: Direction, at: FrameRef) -> Self {
        Self::new(Beginning::Hello, client, at)
    }

    /// One that was there before the capture.
    pub(super) fn midway(at: FrameRef) -> Self {
        let mut connection = Self::new(Beginning::Midway, Direction::FromInitiator, at);
        connection.client_known = false;
        for half in &mut connection.halves {
            half.framer = Framer::inside(at);
            half.protected = true;
        }
        connection
    }

    fn new(beginning: Beginning, client: Direction, at: FrameRef) -> Self {
        Self {
            halves: Default::default(),
            beginning,
            client,
            client_known: true,
            hello: None,
            server: None,
            agreement: Arc::default(),
            subject: None,
            transcript: None,
            whole_handshake: false,
            masters: Vec::new(),
            ticket: None,
            early: Early::None,
            finished: [false; 2],
            failed: None,
            hello_in: None,
            waiting: Waiting::No,
            hidden: false,
            is_refused: false,
            closed: false,
            told_misfit: false,
            first: at,
            last: at,
            spans: Spans::default(),
        }
    }

    /// Notes a frame of it.
    pub(super) const fn see(&mut self, at: FrameRef) {
        self.last = at;
    }

    /// Whether records have to wait for keys before any more is done.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting != Waiting::No
    }

    /// Goes on where it waited, with the keys that came, or with none.
    pub(super) fn resume(&mut self, context: &mut Context<'_>) {
        match std::mem::replace(&mut self.waiting, Waiting::No) {
            Waiting::No | Waiting::Midway => {}
            Waiting::BehindHello(suite) => self.begin_tls13(suite, context),
            Waiting::AtChange(direction) => self.change_cipher(direction, context),
        }
    }

    /// Waits for keys of a connection that was there before the capture.
    pub(super) const fn wait_midway(&mut self) {
        self.waiting = Waiting::Midway;
    }

    /// Whether nothing more can be learnt from its octets.
    pub(super) fn is_settled(&self) -> bool {
        let nothing_follows = |half: &Half| half.unread.is_some() && half.had_protected;
        self.closed || self.halves.iter().all(nothing_follows) || self.is_refused
    }

    /// The random of the client, by which its secrets are known.
    pub(super) fn random(&self) -> Option<Random> {
        self.hello.as_ref().map(|hello| hello.random)
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        let [initiator, responder] = &mut self.halves;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    const fn half_ref(&self, direction: Direction) -> &Half {
        let [initiator, responder] = &self.halves;
        match direction {
            Direction::FromInitiator => initiator,
            Direction::FromResponder => responder,
        }
    }

    /// Whether a direction is that of the client.
    fn is_client(&self, direction: Direction) -> bool {
        self.client == direction
    }

    fn is_tls13(&self) -> bool {
        self.agreement.version == Some(Version::Tls13)
    }

    /// Takes octets; what is left of them where keys have to be waited for.
    pub(super) fn take_data<'a>(
        &mut self,
        direction: Direction,
        octets: &'a [u8],
        at: FrameRef,
        context: &mut Context<'_>,
    ) -> &'a [u8] {
        self.last = at;
        let most = context.limits.record_octets;
        self.with_framer(direction, context, |framer, taker| {
            framer.push(octets, at, most, taker)
        })
    }

    /// Notes that octets are missing.
    pub(super) fn take_gap(
        &mut self,
        direction: Direction,
        length: u64,
        loss: Loss,
        context: &mut Context<'_>,
    ) {
        self.half(direction).reading.break_chain();
        let most = context.limits.record_octets;
        self.with_framer(direction, context, |framer, taker| {
            framer.gap(length, loss, most, taker)
        });
    }

    fn with_framer<R>(
        &mut self,
        direction: Direction,
        context: &mut Context<'_>,
        action: impl FnOnce(&mut Framer, &mut Taker<'_, '_, '_>) -> R,
    ) -> R {
        let mut framer = std::mem::take(&mut self.half(direction).framer);
        let mut taker = Taker {
            connection: self,
            direction,
            context,
        };
        let result = action(&mut framer, &mut taker);
        self.half(direction).framer = framer;
        result
    }

    /// One end sends no more.
    pub(super) fn take_finish(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        self.last = at;
        self.end(direction, at, context);
    }

    fn end(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        let half = self.half(direction);
        if !std::mem::replace(&mut half.ended, true) && !self.closed {
            self.tell(StreamEvent::Finished { direction, at }, context);
        }
    }

    /// The connection is over.
    pub(super) fn take_close(&mut self, reason: CloseReason, at: FrameRef, context: &mut Context<'_>) {
        self.settle_early(None, context);
        for direction in [Direction::FromInitiator, Direction::FromResponder] {
            let half = self.half(direction);
            if half.had_protected && !half.reading.ever_fitted() && half.unread.is_none() {
                self.key_does_not_fit(direction, at, context);
            }
        }
        if !std::mem::replace(&mut self.closed, true) {
            self.tell(StreamEvent::Closed { reason, at }, context);
        }
    }

    fn tell(&self, event: StreamEvent<'_>, context: &mut Context<'_>) {
        (context.out)(event, &self.agreement, &self.spans);
    }

    /// Notes that it is told that nobody can read it; whether that is new.
    pub(super) const fn hide(&mut self) -> bool {
        !std::mem::replace(&mut self.hidden, true)
    }

    /// Whether octets that one end sent were not read, so that what it answered may be among them.
    pub(super) fn hides(&self, direction: Direction) -> bool {
        let half = self.half_ref(direction);
        half.unread.is_some() && half.had_protected
    }

    /// What became of it, once it is over.
    pub(super) fn conclude(&self, info: &ConnectionInfo) -> TlsConnection {
        let [client, server] = [self.client, self.client.reversed()];
        let randoms = self.hello.as_ref().zip(self.server.as_ref());
        let offered = self.hello.as_ref().map(|hello| hello.protocols.as_slice());
        let mut agreement = Arc::clone(&self.agreement);
        // Where the server's choice cannot be seen, an offer of one protocol is all that is known.
        if let (None, Some([only]), false) = (&agreement.protocol, offered, self.sees_choice()) {
            Arc::make_mut(&mut agreement).protocol = Some(only.clone());
        }
        TlsConnection {
            network: info.network,
            client: info.sender(client).endpoint,
            server: info.sender(server).endpoint,
            agreement,
            subject: self.subject.clone(),
            outcome: self.outcome(),
            hidden: self.hidden,
            failed_by_client: self.failed.is_some_and(|(_, by, _)| by == self.client),
            failed_in: self.failed.map(|(_, _, at)| at),
            hello_in: self.hello_in,
            first: self.first,
            last: self.last,
            randoms: randoms.map(|(hello, server)| [hello.random, server.random]),
        }
    }

    /// Whether the protocol that the server chose was to be seen.
    fn sees_choice(&self) -> bool {
        self.server.is_some() && (!self.is_tls13() || self.half_ref(self.client.reversed()).read > 0)
    }

    fn outcome(&self) -> Outcome {
        if let Some((alert, ..)) = self.failed {
            return Outcome::Failed(alert);
        }
        let unread = self.halves.iter().find_map(|half| half.unread);
        let read = self.halves.iter().any(|half| half.read > 0);
        let lost = self.halves.iter().any(|half| half.lost > 0);
        match unread {
            Some(_) if read => Outcome::Partly,
            Some(reason) => Outcome::Unread(reason),
            None if lost => Outcome::Partly,
            None if self.server.is_some() || read => Outcome::Read,
            None if self.beginning == Beginning::Midway => Outcome::Unread(Unread::NoHandshake),
            None => Outcome::Unread(Unread::HelloMissing),
        }
    }

    fn give_up(&mut self, reason: Unread) {
        self.is_refused = true;
        for half in &mut self.halves {
            half.unread.get_or_insert(reason);
        }
    }
}

/// Takes the records of one direction.
struct Taker<'c, 'x, 'a> {
    connection: &'c mut Connection,
    direction: Direction,
    context: &'x mut Context<'a>,
}

impl Sink for Taker<'_, '_, '_> {
    fn record(&mut self, record: Record<'_>) -> bool {
        self.connection.record(self.direction, record, self.context);
        !self.connection.is_waiting()
    }

    fn lost(&mut self, head: Head, loss: Loss) {
        self.connection
            .lost_record(self.direction, head, loss, self.context);
    }

    fn found(&mut self, record: Record<'_>, hole: Hole) -> bool {
        self.connection.found(self.direction, record, hole, self.context)
    }

    fn broken(&mut self, _at: FrameRef) {
        let connection = &mut *self.connection;
        let begun = connection.server.is_some();
        let half = connection.half(self.direction);
        if half.read > 0 {
            half.lost += 1;
        } else if !begun {
            half.unread.get_or_insert(Unread::HelloMissing);
        }
    }
}

impl Connection {
    fn record(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) {
        if self.half(direction).ended {
            return;
        }
        let kind = record.head.kind;
        let protected = match self.agreement.version {
            Some(Version::Tls13) => kind == ContentType::ApplicationData,
            _ => self.half(direction).protected || kind == ContentType::ApplicationData,
        };
        if protected {
            self.protected(direction, record, context);
        } else {
            self.clear(direction, kind, record.sealed, record.extent, context);
        }
    }

    /// A record in the clear.
    fn clear(
        &mut self,
        direction: Direction,
        kind: ContentType,
        octets: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        match kind {
            ContentType::ChangeCipherSpec if !self.is_tls13() => self.change_cipher(direction, context),
            ContentType::Handshake => self.handshake(direction, octets, extent, context),
            ContentType::Alert => self.alert(direction, octets, extent, context),
            ContentType::ChangeCipherSpec | ContentType::ApplicationData | ContentType::Heartbeat => {}
        }
    }

    fn protected(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) {
        let is_client = self.is_client(direction);
        let half = self.half(direction);
        half.had_protected = true;
        if half.unread.is_some() {
            return;
        }
        if self.server.is_none() && self.beginning == Beginning::Hello {
            return match is_client {
                true => self.hold_early(record, context),
                false => self.give_up(Unread::HelloMissing),
            };
        }
        if is_client && self.is_early_undecided() {
            return self.early_record(record, context);
        }
        match self.half(direction).reading.open(record) {
            Some(opened) => self.opened(direction, opened, record.extent, context),
            None => self.misfit(direction, record, context),
        }
    }

    /// A record that no key opens.
    fn misfit(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) {
        let rejected = matches!(self.early, Early::Rejected) && self.is_client(direction);
        let half = self.half(direction);
        if !half.reading.ever_fitted() || (rejected && half.reading.stage() == Some(Stage::Handshake)) {
            // A handshake whose own keys are missing, early data that was not taken, or the wrong keys altogether.
            if half.reading.is_hopeless() {
                self.key_does_not_fit(direction, record.extent.last, context);
            }
            return;
        }
        let length = u64::from(record.head.length) + 5;
        let loss = Loss {
            acknowledged: true,
            cut: false,
            at: record.extent.last,
        };
        self.tell_lost(direction, 1, length, loss, context);
        if self.half(direction).reading.is_hopeless() {
            self.key_does_not_fit(direction, record.extent.last, context);
        }
    }

    fn key_does_not_fit(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        self.half(direction).unread = Some(Unread::KeyDoesNotFit);
        if !std::mem::replace(&mut self.told_misfit, true) {
            let server = self
                .agreement
                .name
                .as_deref()
                .unwrap_or("a server without a name");
            context
                .anomalies
                .note(AnomalyKind::TlsKeyDoesNotFit, Some(at), || {
                    format!("the secrets for a connection with {server} open none of its records")
                });
        }
    }

    /// What a record holds.
    fn opened(&mut self, direction: Direction, opened: Opened, extent: Extent, context: &mut Context<'_>) {
        self.half(direction).read += 1;
        match opened.kind {
            ContentType::ApplicationData => {
                self.application_data(direction, &opened.octets, extent, context);
            }
            ContentType::Handshake => self.handshake(direction, &opened.octets, extent, context),
            ContentType::Alert => self.alert(direction, &opened.octets, extent, context),
            ContentType::ChangeCipherSpec => self.change_cipher(direction, context),
            ContentType::Heartbeat => {}
        }
        if !self.is_tls13() {
            self.remember_session(direction, context);
        }
    }

    fn application_data(
        &mut self,
        direction: Direction,
        octets: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        if self.closed || self.half(direction).ended {
            return;
        }
        if self.is_client(direction) && self.half(direction).reading.stage() == Some(Stage::Application) {
            self.finished = [true; 2];
        }
        if !octets.is_empty() {
            self.spans.note(direction, extent.first, extent.last);
            let (bytes, at) = (octets, extent.last);
            self.tell(StreamEvent::Data { direction, bytes, at }, context);
        }
    }

    fn alert(&mut self, direction: Direction, octets: &[u8], extent: Extent, context: &mut Context<'_>) {
        let at = extent.last;
        match Effect::of(octets, self.is_tls13()) {
            Some(Effect::Closes) => self.end(direction, at, context),
            Some(Effect::Fatal(alert)) if self.finished != [true; 2] => {
                if self.failed.is_none() {
                    self.failed = Some((alert, direction, at));
                    self.tell_failed(direction, alert, at, context);
                }
            }
            Some(Effect::Fatal(_)) => {
                if !std::mem::replace(&mut self.closed, true) {
                    let reason = CloseReason::Reset { by: direction };
                    self.tell(StreamEvent::Closed { reason, at }, context);
                }
            }
            Some(Effect::Warns) | None => {}
        }
    }

    fn tell_failed(
        &self,
        direction: Direction,
        alert: super::alert::Alert,
        at: FrameRef,
        context: &mut Context<'_>,
    ) {
        let by = match self.is_client(direction) {
            true => "client",
            false => "server",
        };
        let server = self
            .agreement
            .name
            .as_deref()
            .unwrap_or("a server without a name");
        context
            .anomalies
            .note(AnomalyKind::TlsHandshakeFailed, Some(at), || {
                format!("{} by the {by} in the handshake with {server}", alert.name())
            });
    }
}

/// Messages of the handshake.
impl Connection {
    fn handshake(&mut self, direction: Direction, octets: &[u8], extent: Extent, context: &mut Context<'_>) {
        let most = context.limits.handshake_octets;
        let half = self.half(direction);
        half.handshake_octets = half.handshake_octets.saturating_add(octets.len());
        let fits = half.handshake_octets <= most || half.reading.ever_fitted();
        if !fits || half.messages.push(octets, most).is_err() {
            return self.handshake_too_long(direction, extent.last, context);
        }
        while let Some((kind, message)) = self.half(direction).messages.next() {
            self.message(direction, kind, &message, extent, context);
            if self.is_waiting() {
                return;
            }
        }
    }

    fn handshake_too_long(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        let limit = context.limits.handshake_octets;
        context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
            format!("a TLS handshake of more than {limit} octets")
        });
        self.half(direction).unread.get_or_insert(Unread::HelloMissing);
        self.half(direction).messages.lose();
    }

    fn message(
        &mut self,
        direction: Direction,
        kind: MessageKind,
        message: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        if let Some(transcript) = &mut self.transcript
            && kind != MessageKind::ClientHello
            && !matches!(kind, MessageKind::Other if message.first() == Some(&0))
        {
            transcript.extend_from_slice(message);
            if transcript.len() > context.limits.handshake_octets {
                self.transcript = None;
            }
        }
        let body = body(message);
        match kind {
            MessageKind::ClientHello => {
                self.hello_in.get_or_insert(extent);
                self.client_hello(direction, message, context);
            }
            MessageKind::ServerHello => self.server_hello(direction, body, extent, context),
            MessageKind::Certificate if !self.is_client(direction) => {
                self.whole_handshake = true;
                if self.subject.is_none() {
                    self.subject = certificate::subject(body, self.is_tls13());
                }
            }
            MessageKind::ClientKeyExchange if !self.is_tls13() => self.key_exchange(body, context),
            MessageKind::NewSessionTicket if !self.is_tls13() => {
                self.ticket = body.get(6..).map(<[u8]>::to_vec);
            }
            MessageKind::EncryptedExtensions if self.is_tls13() => self.extensions(body, context),
            MessageKind::Finished => self.finish_handshake(direction),
            MessageKind::KeyUpdate if self.is_tls13() => self.half(direction).reading.update(),
            MessageKind::EndOfEarlyData if self.half(direction).reading.stage() == Some(Stage::Early) => {
                self.half(direction).reading.shift();
            }
            _ => {}
        }
    }

    fn client_hello(&mut self, direction: Direction, message: &[u8], context: &mut Context<'_>) {
        let Ok(hello) = ClientHello::read(body(message)) else {
            return self.give_up(Unread::HelloMissing);
        };
        self.client = direction;
        self.client_known = true;
        context.store.claim(&hello.random);
        let retried = self
            .hello
            .as_ref()
            .is_some_and(|before| before.random == hello.random);
        if !retried {
            self.server = None;
            self.whole_handshake = false;
            self.masters.clear();
            self.ticket = None;
            if hello.early_data {
                self.early = Early::Offered(Vec::new());
            }
        }
        let keeps = context.store.has_premasters() || context.may_wait;
        self.transcript = keeps.then(|| message.to_vec());
        if hello.name.is_some() && self.agreement.name != hello.name {
            Arc::make_mut(&mut self.agreement).name.clone_from(&hello.name);
        }
        self.hello = Some(Box::new(hello));
    }

    fn server_hello(&mut self, direction: Direction, body: &[u8], extent: Extent, context: &mut Context<'_>) {
        let Ok(server) = ServerHello::read(body) else {
            return self.give_up(Unread::HelloMissing);
        };
        if self.hello.is_none() {
            self.client = direction.reversed();
            self.client_known = true;
        }
        let agreement = Arc::make_mut(&mut self.agreement);
        agreement.version = server.version;
        agreement.suite = Some(server.suite);
        if server.protocol.is_some() {
            agreement.protocol.clone_from(&server.protocol);
        }
        if server.is_retry() {
            return self.reject_early(extent.last, context);
        }
        let refused = self.refusal(&server);
        let is_tls13 = server.version == Some(Version::Tls13);
        let suite = server.suite.read();
        self.server = Some(Box::new(server));
        match (refused, suite) {
            (Some(reason), _) => self.give_up(reason),
            (None, Some(suite)) if is_tls13 => self.begin_tls13(suite, context),
            _ => {}
        }
    }

    /// Why a connection cannot be read whatever keys there are.
    fn refusal(&self, server: &ServerHello) -> Option<Unread> {
        match server {
            _ if server.version.is_none_or(|version| !version.is_read()) => Some(Unread::VersionNotRead),
            _ if server.compressed => Some(Unread::Compressed),
            _ if server.suite.read().is_none() => Some(Unread::CipherNotRead),
            _ if self.hello.is_none() => Some(Unread::HelloMissing),
            _ => None,
        }
    }

    /// Keys of TLS 1.3 for both directions.
    fn begin_tls13(&mut self, suite: Suite, context: &mut Context<'_>) {
        let Some(random) = self.random() else { return };
        let complete = |store: &Store| {
            let has = |label| store.of_random(&random, label).next().is_some();
            has(Label::ClientTraffic) && has(Label::ServerTraffic)
        };
        if !complete(context.store) {
            context.read_logs_on();
        }
        if !complete(context.store) && context.may_wait {
            self.waiting = Waiting::BehindHello(suite);
            return;
        }
        let level = |stage, label| {
            let secrets = context.store.of_random(&random, label);
            let options = secrets.filter_map(|secret| LevelKeys::of_traffic_secret(suite, secret));
            Level::new(stage, options.collect())
        };
        let early = matches!(self.early, Early::Offered(_))
            .then(|| level(Stage::Early, Label::ClientEarly))
            .into_iter();
        let client = [
            level(Stage::Handshake, Label::ClientHandshake),
            level(Stage::Application, Label::ClientTraffic),
        ];
        let server = [
            level(Stage::Handshake, Label::ServerHandshake),
            level(Stage::Application, Label::ServerTraffic),
        ];
        let [from_client, from_server] = [self.client, self.client.reversed()];
        self.half(from_client).reading.begin(early.chain(client));
        self.half(from_server).reading.begin(server);
        for direction in [from_client, from_server] {
            if !self.half(direction).reading.has_keys() {
                self.half(direction).unread = Some(Unread::NoKey);
            }
        }
        self.release_early(context);
    }

    fn finish_handshake(&mut self, direction: Direction) {
        if let Some(finished) = self.finished.get_mut(direction.index()) {
            *finished = true;
        }
        let half = self.half(direction);
        half.handshake_octets = 0;
        if half.reading.stage() == Some(Stage::Handshake) {
            half.reading.shift();
        }
    }

    fn extensions(&mut self, body: &[u8], context: &mut Context<'_>) {
        let extensions = EncryptedExtensions::read(body);
        if extensions.protocol.is_some() {
            Arc::make_mut(&mut self.agreement).protocol = extensions.protocol;
        }
        self.settle_early(Some(extensions.early_data), context);
    }
}

/// Handshakes up to TLS 1.2.
impl Connection {
    fn agreed(&self) -> Option<Agreed> {
        let (hello, server) = (self.hello.as_ref()?, self.server.as_ref()?);
        Some(Agreed {
            version: server.version?,
            suite: server.suite.read()?,
            client_random: hello.random,
            server_random: server.random,
            encrypt_then_mac: hello.encrypt_then_mac && server.encrypt_then_mac,
        })
    }

    /// ClientKeyExchange: the premaster secret, where it was sent encrypted or a key log has it.
    fn key_exchange(&mut self, body: &[u8], context: &mut Context<'_>) {
        self.whole_handshake = true;
        let transcript = self.transcript.take();
        let Some(agreed) = self.agreed() else { return };
        let (Some(hello), Some(server)) = (&self.hello, &self.server) else {
            return;
        };
        let known = context.store.of_random(&hello.random, Label::Premaster);
        let mut premasters: Vec<Secret> = known.cloned().collect();
        if agreed.suite.rsa_exchange
            && let [_, _, encrypted @ ..] = body
        {
            premasters.extend(context.store.premasters(encrypted, hello.version));
        }
        let prf = Prf::of(agreed.version, agreed.suite.hash);
        let extended = hello.extended_master && server.extended_master;
        let masters = premasters
            .iter()
            .filter_map(|premaster| match (extended, &transcript) {
                (true, Some(transcript)) => Some(extended_master(prf, premaster, transcript)),
                (true, None) => None,
                (false, _) => Some(master(
                    prf,
                    premaster,
                    &agreed.client_random,
                    &agreed.server_random,
                )),
            });
        self.masters = masters.collect();
    }

    /// ChangeCipherSpec: what follows in this direction is protected with the keys of the last handshake.
    fn change_cipher(&mut self, direction: Direction, context: &mut Context<'_>) {
        if self.server.is_none() {
            // A client that offers early data sends it before it knows the version (RFC 8446 appendix D.4).
            if !self.is_client(direction) {
                self.give_up(Unread::HelloMissing);
            }
            return;
        }
        let mut level = self.level_of_handshake(direction, context);
        if !level.has_keys() {
            context.read_logs_on();
            level = self.level_of_handshake(direction, context);
        }
        if !level.has_keys() && context.may_wait {
            self.waiting = Waiting::AtChange(direction);
            return;
        }
        let half = self.half(direction);
        half.protected = true;
        half.had_protected = true;
        half.messages.lose();
        if level.has_keys() {
            half.reading.begin([level]);
        } else {
            half.unread.get_or_insert(Unread::NoKey);
        }
    }

    /// The keys that the last handshake made for one direction.
    fn level_of_handshake(&self, direction: Direction, context: &Context<'_>) -> Level {
        let Some(agreed) = self.agreed() else {
            return Level::new(Stage::Application, Vec::new());
        };
        let sender = match self.is_client(direction) {
            true => Direction::FromInitiator,
            false => Direction::FromResponder,
        };
        let masters = self.master_secrets(context).into_iter();
        let options = masters.filter_map(|master| {
            Keys::of_master(&agreed, &master, sender).map(|keys| LevelKeys::of_master(keys, master))
        });
        Level::new(Stage::Application, options.collect())
    }

    /// The master secrets that the last handshake may have made: its own, else those of the session that it resumes.
    fn master_secrets(&self, context: &Context<'_>) -> Vec<Secret> {
        let (Some(hello), Some(server)) = (&self.hello, &self.server) else {
            return Vec::new();
        };
        let store = &*context.store;
        let own = store.of_random(&hello.random, Label::Master);
        let mut masters: Vec<Secret> = own.chain(&self.masters).cloned().collect();
        let id = &server.session_id;
        if masters.is_empty() && !id.is_empty() {
            masters.extend(store.of_session(id).cloned());
        }
        if masters.is_empty() && !self.whole_handshake {
            if !id.is_empty() && *id == hello.session_id {
                masters.extend(store.resumed(&Resumable::Id(id.clone())).cloned());
            }
            if let Some(ticket) = hello.ticket.as_ref().filter(|ticket| !ticket.is_empty()) {
                masters.extend(store.resumed(&Resumable::Ticket(ticket.clone())).cloned());
            }
        }
        masters.dedup();
        masters
    }

    /// Remembers the secret of a session, once it is known to be right.
    fn remember_session(&mut self, direction: Direction, context: &mut Context<'_>) {
        let ticket = self.ticket.take();
        let Some(secret) = self.half_ref(direction).reading.secret().cloned() else {
            self.ticket = ticket;
            return;
        };
        if let Some(ticket) = ticket.filter(|ticket| !ticket.is_empty()) {
            context.store.remember(Resumable::Ticket(ticket), &secret);
        }
        let first = self.half_ref(direction).read == 1;
        if let Some(server) = self
            .server
            .as_ref()
            .filter(|server| first && !server.session_id.is_empty())
        {
            context
                .store
                .remember(Resumable::Id(server.session_id.clone()), &secret);
        }
    }
}

/// Early data of TLS 1.3: it comes before the suite is known, and it is traffic only where the server takes it.
impl Connection {
    const fn is_early_undecided(&self) -> bool {
        matches!(self.early, Early::Offered(_) | Early::Opened(_))
    }

    fn hold_early(&mut self, record: Record<'_>, context: &mut Context<'_>) {
        let Early::Offered(held) = &mut self.early else {
            return;
        };
        let octets: usize = held.iter().map(|record| record.sealed.len()).sum();
        if octets.saturating_add(record.sealed.len()) > context.limits.handshake_octets {
            let (limit, at) = (context.limits.handshake_octets, record.extent.last);
            context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
                format!("more than {limit} octets of early data before TLS chose a cipher")
            });
            return;
        }
        held.push(HeldRecord {
            head: record.head,
            sealed: record.sealed.to_vec(),
            extent: record.extent,
        });
    }

    /// The suite is known: what was held can be opened.
    fn release_early(&mut self, context: &mut Context<'_>) {
        if let Early::Offered(held) = std::mem::take(&mut self.early) {
            self.early = Early::Opened(Vec::new());
            for HeldRecord { head, sealed, extent } in held {
                let sealed = sealed.as_slice();
                self.early_record(Record { head, sealed, extent }, context);
            }
        }
    }

    /// A record of the client's while it is not known whether the server takes early data.
    fn early_record(&mut self, record: Record<'_>, context: &mut Context<'_>) {
        let client = self.client;
        if self.half(client).unread.is_some() {
            return;
        }
        let opened = self.half(client).reading.open(record);
        let stage = self.half(client).reading.stage();
        match opened {
            Some(opened) if stage == Some(Stage::Early) && opened.kind == ContentType::ApplicationData => {
                self.half(client).read += 1;
                let Early::Opened(held) = &mut self.early else {
                    return;
                };
                let octets: usize = held.iter().map(|(octets, _)| octets.len()).sum();
                if octets.saturating_add(opened.octets.len()) <= context.limits.handshake_octets {
                    held.push((opened.octets, record.extent));
                }
            }
            // EndOfEarlyData is only sent where it was taken, and the handshake goes on with other keys.
            Some(opened) => {
                self.settle_early(Some(stage == Some(Stage::Early)), context);
                self.opened(client, opened, record.extent, context);
            }
            None => self.misfit(client, record, context),
        }
    }

    /// It is known now whether the server takes early data; `None` where it will never be.
    fn settle_early(&mut self, taken: Option<bool>, context: &mut Context<'_>) {
        match (std::mem::take(&mut self.early), taken) {
            (Early::Opened(held), Some(true)) => {
                let client = self.client;
                for (octets, extent) in held {
                    self.application_data(client, &octets, extent, context);
                }
            }
            (Early::Opened(held), Some(false)) => {
                let at = held.first().map_or(self.last, |(_, extent)| extent.last);
                self.early = Early::Offered(Vec::new());
                self.reject_early(at, context);
            }
            (Early::Offered(held), _) => self.early = Early::Offered(held),
            (other, _) => self.early = other,
        }
    }

    fn reject_early(&mut self, at: FrameRef, context: &mut Context<'_>) {
        if !self.is_early_undecided() {
            return;
        }
        self.early = Early::Rejected;
        let client = self.client;
        if self.half(client).reading.stage() == Some(Stage::Early) {
            self.half(client).reading.shift();
        }
        context
            .anomalies
            .note(AnomalyKind::TlsEarlyDataRejected, Some(at), || {
                "the server did not take early data; it counts where it is sent again".to_owned()
            });
    }
}

/// Holes.
impl Connection {
    /// A record of which only the head is known.
    fn lost_record(&mut self, direction: Direction, head: Head, loss: Loss, context: &mut Context<'_>) {
        let half = self.half(direction);
        half.messages.lose();
        if half.unread.is_some() {
            return;
        }
        if half.reading.stage().is_none() {
            return self.lost_in_the_clear(direction, context);
        }
        half.reading.skip();
        let octets = head.record_octets() as u64;
        self.tell_lost(direction, 1, octets, loss, context);
    }

    /// A record of the handshake is lost before any keys are in force.
    fn lost_in_the_clear(&mut self, direction: Direction, _context: &mut Context<'_>) {
        self.transcript = None;
        let missing = match self.is_client(direction) {
            true => self.hello.is_none(),
            false => self.server.is_none(),
        };
        if missing {
            self.give_up(Unread::HelloMissing);
        }
    }

    /// Records of application data are lost: a gap for those inside.
    fn tell_lost(
        &mut self,
        direction: Direction,
        records: u64,
        octets: u64,
        loss: Loss,
        context: &mut Context<'_>,
    ) {
        let half = self.half(direction);
        half.lost = half.lost.saturating_add(records);
        let overhead = half.reading.overhead().saturating_mul(records);
        let length = octets.saturating_sub(overhead);
        let in_handshake = half.reading.stage() != Some(Stage::Application);
        let Loss {
            acknowledged,
            cut,
            at,
        } = loss;
        context.anomalies.note(AnomalyKind::TlsRecordLost, Some(at), || {
            format!("{records} TLS records in a hole of the capture")
        });
        if length > 0 && !in_handshake && !self.closed && !self.half(direction).ended {
            let gap = StreamEvent::Gap {
                direction,
                length,
                acknowledged,
                cut,
                at,
            };
            self.tell(gap, context);
        }
    }

    /// What may be the first record behind a hole; whether it is.
    fn found(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        hole: Hole,
        context: &mut Context<'_>,
    ) -> bool {
        if self.half(direction).unread.is_some() {
            return true;
        }
        if self.beginning == Beginning::Midway && !self.half(direction).reading.has_keys() {
            return self.found_midway(direction, record, context);
        }
        if self.half(direction).reading.stage().is_none() && !self.expect_change(direction, context) {
            return self.found_in_the_clear(direction, record, context);
        }
        let most = hole.octets / SMALLEST_RECORD;
        let mut tries = context.limits.tries.min(*context.tries);
        let (before, stage) = (tries, self.half(direction).reading.stage());
        let found = self.half(direction).reading.find(record, most.max(1), &mut tries);
        *context.tries -= before - tries;
        if tries == 0 && found.is_none() {
            self.out_of_tries(direction, record.extent.last, context);
        }
        let Some(found) = found else {
            return stage.is_none() && self.found_in_the_clear(direction, record, context);
        };
        self.half(direction).messages.lose();
        self.half(direction).protected = true;
        // What is lost of a handshake is missing from nothing.
        let in_handshake = stage != Some(Stage::Application) && found.lost == 0;
        if hole.octets > 0 && !in_handshake {
            self.tell_lost(direction, found.lost.max(1), hole.octets, hole.loss, context);
        }
        self.opened(direction, found.opened, record.extent, context);
        true
    }

    /// Up to TLS 1.2 a hole may hold the change of keys: whether there are keys to try.
    fn expect_change(&mut self, direction: Direction, context: &Context<'_>) -> bool {
        if self.is_tls13() || self.server.is_none() {
            return false;
        }
        let level = self.level_of_handshake(direction, context);
        let has_keys = level.has_keys();
        self.half(direction).reading.expect(level);
        has_keys
    }

    fn out_of_tries(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        let limit = context.limits.tries;
        context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
            format!("a hole behind which {limit} numbers of TLS records were tried")
        });
        let half = self.half(direction);
        half.lost += 1;
        half.unread = Some(Unread::KeyDoesNotFit);
    }

    /// Behind a hole in the handshake, records in the clear are known by their heads alone.
    fn found_in_the_clear(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        context: &mut Context<'_>,
    ) -> bool {
        self.lost_in_the_clear(direction, context);
        let known = match record.head.kind {
            ContentType::ChangeCipherSpec => record.sealed == [1],
            ContentType::Handshake => matches!(record.sealed, [1 | 2 | 4 | 11..=16 | 20, 0, ..]),
            ContentType::Alert => record.sealed.len() == 2,
            ContentType::ApplicationData => self.is_tls13(),
            ContentType::Heartbeat => false,
        };
        if known {
            self.half(direction).messages.lose();
            self.record(direction, record, context);
        }
        known
    }

    /// The first whole record of a connection that was there before the capture: secrets that no handshake has claimed are
    /// tried.
    fn found_midway(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) -> bool {
        self.half(direction).had_protected = true;
        if record.head.kind != ContentType::ApplicationData {
            // A handshake of which the first part is missing, or a renegotiation.
            let hello = record.head.kind == ContentType::Handshake && matches!(record.sealed, [1 | 2, 0, ..]);
            if hello {
                self.half(direction).protected = false;
                self.beginning = Beginning::Hello;
                self.client_known = false;
                self.half(direction.reversed()).protected = false;
                self.record(direction, record, context);
            } else {
                self.half(direction).unread = Some(Unread::NoHandshake);
            }
            return true;
        }
        let opened = self.try_midway(direction, record, context);
        match opened {
            Some(opened) => {
                Arc::make_mut(&mut self.agreement).version = Some(Version::Tls13);
                self.opened(direction, opened, record.extent, context);
            }
            None => self.half(direction).unread = Some(Unread::NoHandshake),
        }
        true
    }

    fn try_midway(
        &mut self,
        direction: Direction,
        record: Record<'_>,
        context: &mut Context<'_>,
    ) -> Option<Opened> {
        let mut candidates = Vec::new();
        for label in [Label::ClientTraffic, Label::ServerTraffic] {
            let from_client = label == Label::ClientTraffic;
            if self.client_known && from_client != self.is_client(direction) {
                continue;
            }
            for (_, secret) in context.store.unclaimed(label) {
                for id in SuiteId::of_secrets(secret.octets().len()) {
                    if let Some(keys) = id
                        .read()
                        .and_then(|suite| LevelKeys::of_traffic_secret(suite, secret))
                    {
                        candidates.push((from_client, id, keys));
                    }
                }
                if candidates.len() > context.limits.tries {
                    break;
                }
            }
        }
        let mut tries = context.limits.tries.min(*context.tries);
        for number in 0..=MIDWAY_RECORDS {
            for place in 0..candidates.len() {
                tries = tries.checked_sub(1)?;
                *context.tries -= 1;
                let (from_client, id, keys) = candidates.get(place)?;
                if let Some(opened) = keys.open(number, record) {
                    let client = if *from_client {
                        direction
                    } else {
                        direction.reversed()
                    };
                    (self.client, self.client_known) = (client, true);
                    Arc::make_mut(&mut self.agreement).suite = Some(*id);
                    let keys = candidates.swap_remove(place).2;
                    self.half(direction).reading.take_up(keys, number);
                    return Some(opened);
                }
            }
        }
        None
    }
}
