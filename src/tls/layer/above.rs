//! What stands above TLS: sessions, and who hands events to them.

use crate::flow::{ConnectionInfo, SessionState, StreamEvent};
use crate::model::Direction;
use crate::tls::facts::{InTls, TlsConnection};

/// A session that TLS may begin in.
pub(crate) trait Upper: SessionState + Default {
    /// Whether the next octets of a direction may be the first of TLS: nothing of it is known yet, or both ends have agreed to
    /// begin.
    fn may_turn_to_tls(&self, direction: Direction) -> bool;

    /// Whether it has seen nothing at all.
    fn is_untouched(&self) -> bool;
}

/// An event inside a connection, or of one without TLS.
pub(crate) struct Inside<'a> {
    pub(crate) info: &'a ConnectionInfo,
    pub(crate) event: StreamEvent<'a>,
    /// What is known of TLS, where it came out of that.
    pub(crate) tls: Option<InTls<'a>>,
}

/// Who takes what the stage hands on.
pub(crate) trait Next<S> {
    /// Takes an event for a session.
    fn event(&mut self, session: &mut S, inside: Inside<'_>);

    /// Nothing of a TLS connection can be read, as far as is known.
    fn hidden(&mut self, connection: &TlsConnection);

    /// A TLS connection is over.
    fn connection(&mut self, connection: &TlsConnection);
}
