//! Handshakes up to TLS 1.2: master secrets, ChangeCipherSpec, and sessions that are resumed.

use std::sync::Arc;

use super::{Connection, Context, Waiting};
use crate::model::Direction;
use crate::tls::facts::Unread;
use crate::tls::keylog::Label;
use crate::tls::protection::{Agreed, Keys};
use crate::tls::reading::{Level, LevelKeys, Stage};
use crate::tls::schedule::{Prf, extended_master, master};
use crate::tls::secret::Secret;
use crate::tls::store::{Resumable, Session, Store};
use crate::tls::used::Line;

impl Connection {
    pub(super) fn agreed(&self) -> Option<Agreed> {
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
    pub(super) fn key_exchange(&mut self, body: &[u8], context: &mut Context<'_>) {
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
    pub(super) fn change_cipher(&mut self, direction: Direction, context: &mut Context<'_>) {
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
    pub(super) fn level_of_handshake(&self, direction: Direction, context: &Context<'_>) -> Level {
        let Some(agreed) = self.agreed() else {
            return Level::new(Stage::Application, Vec::new());
        };
        let sender = match self.is_client(direction) {
            true => Direction::FromInitiator,
            false => Direction::FromResponder,
        };
        let keys = |line: Arc<Line>, master: &Secret| {
            let keys = Keys::of_master(&agreed, master, sender)?;
            Some(LevelKeys::of_master(keys, master.clone(), line))
        };
        let masters = self.master_secrets(context);
        let own = masters.iter().filter_map(|master| {
            let line = Line::new(Label::Master, agreed.client_random, master);
            keys(line, master)
        });
        let mut options: Vec<LevelKeys> = own.collect();
        if masters.is_empty() {
            let sessions = self.resumed_sessions(context.store);
            let resumed = sessions.filter_map(|session| {
                let line = Line::resumed(agreed.client_random, &session.master, session.origin);
                keys(line, &session.master)
            });
            options.extend(resumed);
        }
        Level::new(Stage::Application, options)
    }

    /// The master secrets that are known to be of the last handshake.
    pub(super) fn master_secrets(&self, context: &Context<'_>) -> Vec<Secret> {
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
        masters.dedup();
        masters
    }

    /// The sessions that the last handshake may resume.
    fn resumed_sessions<'s>(&self, store: &'s Store) -> impl Iterator<Item = &'s Session> {
        let hellos = self.hello.as_ref().zip(self.server.as_ref());
        let names = hellos.filter(|_| !self.whole_handshake).map(|(hello, server)| {
            let id = &server.session_id;
            let by_id = !id.is_empty() && *id == hello.session_id;
            let ticket = hello.ticket.as_ref().filter(|ticket| !ticket.is_empty());
            [
                by_id.then(|| Resumable::Id(id.clone())),
                ticket.map(|ticket| Resumable::Ticket(ticket.clone())),
            ]
        });
        names
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|name| store.resumed(&name))
    }

    /// Remembers the secret of a session, once it is known to be right.
    pub(super) fn remember_session(&mut self, direction: Direction, context: &mut Context<'_>) {
        let ticket = self.ticket.take();
        let Some(session) = self.half_ref(direction).reading.session() else {
            self.ticket = ticket;
            return;
        };
        if let Some(ticket) = ticket.filter(|ticket| !ticket.is_empty()) {
            context.store.remember(Resumable::Ticket(ticket), &session);
        }
        let first = self.half_ref(direction).read == 1;
        if let Some(server) = self
            .server
            .as_ref()
            .filter(|server| first && !server.session_id.is_empty())
        {
            context
                .store
                .remember(Resumable::Id(server.session_id.clone()), &session);
        }
    }
}
