//! One TLS connection, as somebody who only listens follows it: records of both directions to the octets inside.

mod early;
mod holes;
mod messages;
mod older;
mod records;

use std::sync::Arc;

use super::alert::Alert;
use super::facts::{Agreement, InTls, Outcome, TlsConnection, Unread};
use super::framer::{Framer, Hole, Loss, Record, Sink};
use super::handshake::Messages;
use super::hello::{ClientHello, ServerHello};
use super::limits::Limits;
use super::reading::Reading;
use super::record::Head;
use super::secret::{Random, Secret};
use super::sources::KeyLog;
use super::store::Store;
use super::suite::Suite;
use super::used::UsedSecrets;
use super::version::Version;
use crate::flow::{CloseReason, ConnectionInfo, StreamEvent};
use crate::model::{AnomalyLog, Direction, Extent, FrameRef, TlsEnd};

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
pub(super) type Out<'a> = dyn FnMut(StreamEvent<'_>, InTls<'_>) + 'a;

impl Context<'_> {
    /// Reads what was appended to key logs.
    fn read_logs_on(&mut self) {
        let Self { store, logs, .. } = self;
        logs.iter_mut().for_each(|log| log.read_on(store));
    }
}

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

/// Records of early data for which there is no secret.
#[derive(Clone, Copy, Debug, Default)]
struct SealedEarly {
    records: u64,
    /// Octets inside, taken as unpadded.
    octets: u64,
    /// Those inside the last two records, the last one behind.
    latest: [u64; 2],
    at: FrameRef,
}

#[derive(Debug)]
struct HeldRecord {
    head: Head,
    sealed: Vec<u8>,
    extent: Extent,
}

/// How the beginning of the connection is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
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
    /// Whether the server took it, once that is known.
    early_taken: Option<bool>,
    sealed_early: SealedEarly,
    /// Finished was sent, by direction.
    finished: [bool; 2],
    /// The frame of the last Finished.
    established: Option<FrameRef>,
    /// Whether keys changed since: by a renegotiation or by KeyUpdate.
    keys_changed: bool,
    failed: Option<(Alert, Direction, FrameRef)>,
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
            early_taken: None,
            sealed_early: SealedEarly::default(),
            finished: [false; 2],
            established: None,
            keys_changed: false,
            failed: None,
            hello_in: None,
            waiting: Waiting::No,
            hidden: false,
            is_refused: false,
            closed: false,
            told_misfit: false,
            first: at,
            last: at,
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
        self.tell_last_hole(direction, at, context);
        self.end(direction, at, None, context);
    }

    fn end(&mut self, direction: Direction, at: FrameRef, notify: Option<TlsEnd>, context: &mut Context<'_>) {
        let half = self.half(direction);
        if !std::mem::replace(&mut half.ended, true) && !self.closed {
            let in_tls = InTls {
                notify,
                ..self.in_tls()
            };
            (context.out)(StreamEvent::Finished { direction, at }, in_tls);
        }
    }

    /// The connection is over.
    pub(super) fn take_close(&mut self, reason: CloseReason, at: FrameRef, context: &mut Context<'_>) {
        self.settle_early(None, context);
        if self.early_taken == Some(true) {
            self.tell_sealed_early(at, context);
        }
        for direction in [Direction::FromInitiator, Direction::FromResponder] {
            self.tell_last_hole(direction, at, context);
            let half = self.half(direction);
            if half.had_protected && !half.reading.ever_fitted() && half.unread.is_none() {
                self.key_does_not_fit(direction, at, context);
            }
        }
        if !std::mem::replace(&mut self.closed, true) {
            self.tell(StreamEvent::Closed { reason, at }, context);
        }
    }

    fn in_tls(&self) -> InTls<'_> {
        InTls {
            agreement: &self.agreement,
            record: None,
            notify: None,
            other_has_begun: false,
        }
    }

    fn tell(&self, event: StreamEvent<'_>, context: &mut Context<'_>) {
        (context.out)(event, self.in_tls());
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
            established: self.established,
            needs_all: self.needs_all(),
            secrets: self.secrets(),
        }
    }

    fn needs_all(&self) -> bool {
        let is_chained = self.halves.iter().any(|half| half.reading.is_chained());
        self.keys_changed || is_chained || self.beginning == Beginning::Midway
    }

    fn secrets(&self) -> UsedSecrets {
        let mut secrets = UsedSecrets::default();
        self.halves
            .iter()
            .for_each(|half| secrets.add(half.reading.used()));
        secrets
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
