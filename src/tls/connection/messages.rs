//! Messages of the handshake: what both ends agree on, and the keys of TLS 1.3.

use std::sync::Arc;

use super::{Connection, Context, Early, Waiting};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef};
use crate::tls::certificate;
use crate::tls::facts::Unread;
use crate::tls::handshake::{MessageKind, body};
use crate::tls::hello::{ClientHello, EncryptedExtensions, ServerHello};
use crate::tls::keylog::Label;
use crate::tls::reading::{Level, LevelKeys, Stage};
use crate::tls::store::Store;
use crate::tls::suite::Suite;
use crate::tls::used::Line;
use crate::tls::version::Version;

impl Connection {
    pub(super) fn handshake(
        &mut self,
        direction: Direction,
        octets: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
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

    pub(super) fn handshake_too_long(
        &mut self,
        direction: Direction,
        at: FrameRef,
        context: &mut Context<'_>,
    ) {
        let limit = context.limits.handshake_octets;
        context.anomalies.note(AnomalyKind::LimitReached, Some(at), || {
            format!("a TLS handshake of more than {limit} octets")
        });
        self.half(direction).unread.get_or_insert(Unread::HelloMissing);
        self.half(direction).messages.lose();
    }

    pub(super) fn message(
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
            MessageKind::Finished => self.finish_handshake(direction, extent.last),
            MessageKind::KeyUpdate if self.is_tls13() => {
                self.keys_changed = true;
                self.half(direction).reading.update();
            }
            MessageKind::EndOfEarlyData if self.half(direction).reading.stage() == Some(Stage::Early) => {
                self.half(direction).reading.shift();
            }
            _ => {}
        }
    }

    pub(super) fn client_hello(&mut self, direction: Direction, message: &[u8], context: &mut Context<'_>) {
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
            self.keys_changed |= self.server.is_some();
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

    pub(super) fn server_hello(
        &mut self,
        direction: Direction,
        body: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
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
    pub(super) fn refusal(&self, server: &ServerHello) -> Option<Unread> {
        match server {
            _ if server.version.is_none_or(|version| !version.is_read()) => Some(Unread::VersionNotRead),
            _ if server.compressed => Some(Unread::Compressed),
            _ if server.suite.read().is_none() => Some(Unread::CipherNotRead),
            _ if self.hello.is_none() => Some(Unread::HelloMissing),
            _ => None,
        }
    }

    /// Keys of TLS 1.3 for both directions.
    pub(super) fn begin_tls13(&mut self, suite: Suite, context: &mut Context<'_>) {
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
            let options = secrets.filter_map(|secret| {
                let line = Line::new(label, random, secret);
                LevelKeys::of_traffic_secret(suite, secret, line)
            });
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

    pub(super) fn finish_handshake(&mut self, direction: Direction, at: FrameRef) {
        self.established = Some(self.established.map_or(at, |known| known.later(at)));
        if let Some(finished) = self.finished.get_mut(direction.index()) {
            *finished = true;
        }
        let half = self.half(direction);
        half.handshake_octets = 0;
        if half.reading.stage() == Some(Stage::Handshake) {
            half.reading.shift();
        }
    }

    pub(super) fn extensions(&mut self, body: &[u8], context: &mut Context<'_>) {
        let extensions = EncryptedExtensions::read(body);
        if extensions.protocol.is_some() {
            Arc::make_mut(&mut self.agreement).protocol = extensions.protocol;
        }
        self.settle_early(Some(extensions.early_data), context);
    }
}
