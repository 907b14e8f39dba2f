//! From packets to streams, datagrams and messages: the connection table, TCP reassembly, SCTP's fragments, expiry,
//! limits.

mod checksums;
mod clock;
mod connection;
mod counters;
mod doubtful;
mod event;
mod expiry;
mod key;
mod limits;
mod mirror;
mod networks;
mod origins;
mod sctp;
mod seen_in;
mod slot_id;
mod slots;
mod table;
mod tcp;
#[cfg(test)]
mod tests;

use crate::model::Direction;

pub use counters::FlowCounters;
pub use event::{
    CloseReason, ConnectionId, ConnectionInfo, FailedConnect, InVain, Side, StreamEvent, TransportKind,
};
pub use limits::Limits;
pub use table::FlowTable;

/// What the flow table asks of the session state it keeps for each connection.
pub trait SessionState: Default {
    /// Whether the session still wants this connection's octets. Once it does not, the connection costs one
    /// look-up per packet: no reassembly, no events until the closing one.
    fn wants_data(&self) -> bool;

    /// Whether it knows the connection for one of ours: something on it may concern a message. Any other is forgotten
    /// sooner: looked at again, it tells as much as before.
    fn is_ours(&self) -> bool;

    /// What a datagram is to the transactions that the session knows of this connection. None where the protocol has no
    /// numbers that tell.
    fn recognises(&self, _direction: Direction, _datagram: &[u8]) -> Option<Recognised> {
        None
    }

    /// What the session of a connection that goes on elsewhere begins with: what is known of its ends, and nothing that is
    /// under way.
    #[must_use]
    fn carried_on(&self) -> Self {
        Self::default()
    }
}

/// What a datagram is to the transactions of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// It answers one, or goes on with it.
    GoesOn,
    /// It asks the same again that one asked.
    Repeats,
    /// It is of none of them.
    Not,
}
