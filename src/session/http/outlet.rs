//! Where a connection's findings go.

use crate::session::CarrierEvent;
use crate::session::context::Context;

/// The surroundings of one event, and the receiver of what it completes.
#[derive(Debug)]
pub(super) struct Outlet<'a, 'c, F> {
    pub(super) context: &'a mut Context<'c>,
    pub(super) sink: &'a mut F,
}

impl<F: FnMut(CarrierEvent<'_>)> Outlet<'_, '_, F> {
    /// Hands an event on.
    pub(super) fn tell(&mut self, event: CarrierEvent<'_>) {
        (self.sink)(event);
    }
}
