//! One connection in the table.

use super::key::FlowKey;
use super::tcp::{Reassembly, Remains};
use super::{CloseReason, ConnectionId, ConnectionInfo, StreamEvent};
use crate::model::{FrameRef, Timestamp};

/// A connection with its session's state.
#[derive(Debug)]
pub(super) struct Connection<S> {
    pub(super) key: FlowKey,
    pub(super) info: ConnectionInfo,
    pub(super) session: S,
    pub(super) tracking: Tracking,
    /// Whether its closing event was given.
    pub(super) closed: bool,
    /// Whether an entry waits to look at it for reordering: one is enough, however often it begins to wait.
    pub(super) reorder_queued: bool,
    /// The last frame.
    pub(super) last: FrameRef,
    /// When that was, by the table's clock.
    pub(super) active: Timestamp,
}

/// How a connection is followed.
#[derive(Debug)]
pub(super) enum Tracking {
    /// TCP that the session listens to.
    Reassembled(Box<Reassembly>),
    /// TCP that it does not listen to.
    Background(Remains),
    /// UDP.
    Datagrams,
}

impl<S> Connection<S> {
    pub(super) fn id(&self) -> ConnectionId {
        self.info.id
    }

    /// What out-of-order segments of this connection take.
    pub(super) fn held_octets(&self) -> usize {
        match &self.tracking {
            Tracking::Reassembled(reassembly) => reassembly.held_octets(),
            Tracking::Background(_) | Tracking::Datagrams => 0,
        }
    }

    /// Stops reassembling.
    pub(super) fn to_background(&mut self) {
        if let Tracking::Reassembled(reassembly) = &self.tracking {
            self.tracking = Tracking::Background(Remains::of(reassembly));
        }
    }

    /// Gives the closing event. What was held must have been flushed.
    pub(super) fn close(
        &mut self,
        reason: CloseReason,
        at: FrameRef,
        sink: &mut impl FnMut(&ConnectionInfo, &mut S, StreamEvent<'_>),
    ) where
        S: Default,
    {
        if !self.closed {
            self.closed = true;
            sink(&self.info, &mut self.session, StreamEvent::Closed { reason, at });
        }
        self.to_background();
        self.session = S::default();
    }
}
