//! HTTP/1 (RFC 9110, RFC 9112) as it is in the field.

mod probe;

use super::CarrierEvent;
use super::context::Context;
use crate::flow::StreamEvent;
pub(super) use probe::probe;

/// One HTTP connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    tunnel: bool,
}

impl Connection {
    /// Whether there is still something to parse.
    pub(super) fn wants_data(&self) -> bool {
        !self.tunnel
    }

    /// Takes one event of the connection.
    pub(super) fn on_event(
        &mut self,
        _context: &mut Context<'_>,
        _event: StreamEvent<'_>,
        _sink: &mut impl FnMut(CarrierEvent<'_>),
    ) {
    }
}
