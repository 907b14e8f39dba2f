//! The three kinds of packet blocks (draft-ietf-opsawg-pcapng 4.3, 4.4 and appendix A). The parser crate builds
//! a list of options for each, which nobody reads; these take the fixed fields only.

use super::block::Order;

/// Octets of an enhanced packet block without packet and options.
pub(super) const ENHANCED_PACKET: usize = 32;
/// Where the captured length stands in an enhanced and in an obsolete packet block.
pub(super) const CAPTURED_LENGTH_AT: usize = 20;

/// What a packet block says about its packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketFields {
    pub(super) interface: u32,
    /// None where the block has no time.
    pub(super) ticks: Option<u64>,
    /// Where in the block the packet begins.
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) original_length: u32,
}

impl PacketFields {
    /// Type, length, interface 4, time high 4 and low 4, captured length 4, original length 4, packet.
    pub(super) fn enhanced(block: &[u8], order: Order) -> Option<Self> {
        Self::timed(block, order, order.field(block, 8)?)
    }

    /// The same with an interface of 2 octets, and 2 for packets dropped.
    pub(super) fn obsolete(block: &[u8], order: Order) -> Option<Self> {
        let interface = order.u16(*block.get(8..)?.first_chunk()?);
        Self::timed(block, order, u32::from(interface))
    }

    fn timed(block: &[u8], order: Order, interface: u32) -> Option<Self> {
        let (high, low) = (order.field(block, 12)?, order.field(block, 16)?);
        Self {
            interface,
            ticks: Some(u64::from(high) << 32 | u64::from(low)),
            start: 28,
            length: order.field(block, CAPTURED_LENGTH_AT)? as usize,
            original_length: order.field(block, 24)?,
        }
        .within(block)
    }

    /// Type, length, original length 4, packet. The captured length is the least of the original one, the first
    /// interface's snap length (zero: none) and the room in the block.
    pub(super) fn simple(block: &[u8], order: Order, snap_length: u32) -> Option<Self> {
        let original_length = order.field(block, 8)?;
        let limit = if snap_length == 0 { u32::MAX } else { snap_length };
        let room = block.len().saturating_sub(16);
        Self {
            interface: 0,
            ticks: None,
            start: 12,
            length: (original_length.min(limit) as usize).min(room),
            original_length,
        }
        .within(block)
    }

    /// Whether options follow the packet in its block.
    pub(super) fn has_options(&self, block: &[u8]) -> bool {
        let padded = self.length.checked_next_multiple_of(4).unwrap_or(usize::MAX);
        block.len() > padded.saturating_add(ENHANCED_PACKET)
    }

    /// These fields, if the packet lies inside the block, before its trailing length.
    fn within(self, block: &[u8]) -> Option<Self> {
        let room = block.len().checked_sub(self.start + 4)?;
        (self.length <= room).then_some(self)
    }
}
