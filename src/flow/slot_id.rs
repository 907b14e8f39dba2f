//! How a connection in the table is named without its key.

use super::ConnectionId;

/// The slot of a connection in the table. Once the connection is gone, another one may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlotId(pub(super) u32);

impl SlotId {
    /// How many there are.
    pub(super) const ALL: usize = u32::MAX as usize;

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Tells the connections apart that had a slot one after the other: the lower half of the connection's id, which comes
/// round after four billion connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(u32);

impl From<ConnectionId> for Generation {
    #[expect(clippy::cast_possible_truncation, reason = "half of it is wanted")]
    fn from(id: ConnectionId) -> Self {
        Self(id.0 as u32)
    }
}
