//! One HTTP connection in whichever version.

use super::{Context, h1, h2};
use crate::flow::StreamEvent;

/// One HTTP connection.
#[derive(Debug)]
pub(in crate::session) struct Connection {
    version: Version,
}

#[derive(Debug)]
enum Version {
    Http1(Box<h1::Connection>),
    Http2(Box<h2::Connection>),
}

impl Connection {
    /// One that begins in HTTP/1.
    pub(in crate::session) fn http1() -> Self {
        let version = Version::Http1(Box::default());
        Self { version }
    }

    /// One that begins with the preface of HTTP/2.
    pub(in crate::session) fn http2() -> Self {
        let version = Version::Http2(Box::new(h2::Connection::at_start()));
        Self { version }
    }

    /// One in HTTP/2 of which the beginning was not captured.
    pub(in crate::session) fn http2_inside() -> Self {
        let version = Version::Http2(Box::new(h2::Connection::inside()));
        Self { version }
    }

    /// The name of its version.
    pub(in crate::session) const fn name(&self) -> &'static str {
        match self.version {
            Version::Http1(_) => "HTTP/1",
            Version::Http2(_) => "HTTP/2",
        }
    }

    /// Whether what follows is a connection of its own, to where CONNECT said.
    pub(in crate::session) const fn is_tunnel(&self) -> bool {
        match &self.version {
            Version::Http1(connection) => connection.is_tunnel(),
            Version::Http2(_) => false,
        }
    }

    /// Whether it is one of ours, as far as can be told.
    pub(in crate::session) fn is_ours(&self) -> bool {
        match &self.version {
            Version::Http1(connection) => connection.is_ours(),
            Version::Http2(connection) => connection.is_ours(),
        }
    }

    /// The names of what it carried that is not read.
    pub(in crate::session) fn passed(&self) -> impl Iterator<Item = &'static str> + use<> {
        let http2 = match &self.version {
            Version::Http1(_) => None,
            Version::Http2(connection) => Some(connection.passed()),
        };
        http2.into_iter().flatten()
    }

    /// Whether there is still something to parse.
    pub(in crate::session) fn wants_data(&self) -> bool {
        match &self.version {
            Version::Http1(connection) => connection.wants_data(),
            Version::Http2(connection) => connection.wants_data(),
        }
    }

    /// Octets kept, bodies aside.
    pub(in crate::session) fn held_octets(&self) -> usize {
        match &self.version {
            Version::Http1(connection) => connection.held_octets(),
            Version::Http2(connection) => connection.held_octets(),
        }
    }

    /// Octets kept of bodies.
    pub(in crate::session) fn body_octets(&self) -> usize {
        match &self.version {
            Version::Http1(connection) => connection.body_octets(),
            Version::Http2(connection) => connection.body_octets(),
        }
    }

    /// Takes one event of the connection. Where it goes over to HTTP/2 (RFC 7540 section 3.2), what follows in the segment
    /// is that.
    pub(in crate::session) fn on_event(&mut self, context: &mut Context<'_>, event: StreamEvent<'_>) {
        let upgrade = match &mut self.version {
            Version::Http1(connection) => connection.on_event(context, event),
            Version::Http2(connection) => return connection.on_event(context, event),
        };
        if let Some(upgrade) = upgrade {
            let mut connection = h2::Connection::upgraded(upgrade.exchange, upgrade.client);
            let direction = upgrade.client.reversed();
            let (bytes, at) = (upgrade.rest, event.at());
            connection.on_event(context, StreamEvent::Data { direction, bytes, at });
            self.version = Version::Http2(Box::new(connection));
        }
    }
}
