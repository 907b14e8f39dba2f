//! Connections that are named and never read: QUIC and DTLS.

use std::sync::Arc;

use super::facts::{Agreement, Outcome, TlsConnection, Unread};
use super::quic::Quic;
use super::used::UsedSecrets;
use super::version::Version;
use crate::flow::ConnectionInfo;
use crate::model::{Direction, FrameRef};

/// One of them.
#[derive(Debug)]
pub(super) struct Named {
    client: Direction,
    kind: Kind,
    hidden: bool,
    first: FrameRef,
    last: FrameRef,
}

#[derive(Debug)]
enum Kind {
    Quic(Quic),
    /// RFC 6347, RFC 9147.
    Dtls,
}

impl Named {
    /// One that begins with a datagram.
    pub(super) fn begins(client: Direction, datagram: &[u8], at: FrameRef) -> Option<Self> {
        let kind = match datagram {
            // A handshake record of DTLS 1.0 or 1.2, the first of its epoch, with a ClientHello.
            [22, 254, 255 | 253, 0, 0, _, _, _, _, _, _, _, _, 1, ..] => Kind::Dtls,
            _ => Kind::Quic(Quic::begins(datagram)?),
        };
        Some(Self {
            client,
            kind,
            hidden: false,
            first: at,
            last: at,
        })
    }

    /// Takes a datagram.
    pub(super) fn take(&mut self, direction: Direction, datagram: &[u8], at: FrameRef) {
        self.last = at;
        if let Kind::Quic(quic) = &mut self.kind
            && direction == self.client
        {
            quic.take(datagram);
        }
    }

    /// Notes a frame of it.
    pub(super) const fn see(&mut self, at: FrameRef) {
        self.last = at;
    }

    /// Whether nothing more is to be learnt.
    pub(super) const fn is_done(&self) -> bool {
        match &self.kind {
            Kind::Quic(quic) => quic.is_done(),
            Kind::Dtls => true,
        }
    }

    /// Notes that it is told that nobody can read it; whether that is new.
    pub(super) const fn hide(&mut self) -> bool {
        !std::mem::replace(&mut self.hidden, true)
    }

    /// What is known of it.
    pub(super) fn conclude(&self, info: &ConnectionInfo) -> TlsConnection {
        let (version, reason) = match &self.kind {
            Kind::Quic(quic) => (quic.version, Unread::NoKey),
            Kind::Dtls => (Version::Dtls, Unread::VersionNotRead),
        };
        let hello = match &self.kind {
            Kind::Quic(quic) => quic.hello.as_ref(),
            Kind::Dtls => None,
        };
        TlsConnection {
            established: None,
            needs_all: false,
            secrets: UsedSecrets::default(),
            network: info.network,
            client: info.sender(self.client).endpoint,
            server: info.receiver(self.client).endpoint,
            agreement: Arc::new(Agreement {
                version: Some(version),
                suite: None,
                name: hello.and_then(|hello| hello.name.clone()),
                protocol: hello.and_then(|hello| hello.protocols.first().cloned()),
            }),
            subject: None,
            outcome: Outcome::Unread(reason),
            hidden: self.hidden,
            failed_by_client: false,
            failed_in: None,
            hello_in: None,
            first: self.first,
            last: self.last,
            randoms: None,
        }
    }
}
