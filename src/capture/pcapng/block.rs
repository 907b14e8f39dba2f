//! How pcapng blocks lie in a file: type 4, total length 4, body, total length 4 again
//! (draft-ietf-opsawg-pcapng 3.1), and the types that are told apart.

/// Octets of a block at most; larger ones are damage. Wireshark's own limit for blocks that hold no packet.
pub(super) const BLOCK_LIMIT: usize = 16 * 1024 * 1024;
/// Octets of the smallest block: type and both lengths.
pub(super) const SMALLEST_BLOCK: usize = 12;

pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(super) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// The blocks that are told apart, by their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockType {
    SectionHeader,
    Interface,
    ObsoletePacket,
    SimplePacket,
    EnhancedPacket,
    /// Statistics, name resolution, secrets: nothing in them for us, but known to exist.
    Known,
    /// No packet, but a record with a number in Wireshark: journal entries, custom blocks, system calls.
    Numbered,
    Other,
}

impl BlockType {
    pub(super) const fn of(code: u32) -> Self {
        match code {
            SECTION_HEADER => Self::SectionHeader,
            1 => Self::Interface,
            2 => Self::ObsoletePacket,
            3 => Self::SimplePacket,
            4 | 5 | 0x0a => Self::Known,
            6 => Self::EnhancedPacket,
            9 | 0x0bad | 0x4000_0bad => Self::Numbered,
            0x204 | 0x208 | 0x216 | 0x217 | 0x221 | 0x222 => Self::Numbered,
            _ => Self::Other,
        }
    }
}

/// The byte order of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) const fn u16(self, octets: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        }
    }

    pub(super) const fn u32(self, octets: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        }
    }

    /// The order in which a section header's magic reads right.
    pub(super) fn of_section(magic: [u8; 4]) -> Option<Self> {
        [Self::Little, Self::Big]
            .into_iter()
            .find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
    }

    /// Four octets of a block, `at` octets from its start.
    pub(super) fn field(self, block: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(*block.get(at..)?.first_chunk()?))
    }
}

/// Whether a block can have this length.
pub(super) fn is_possible_length(length: usize) -> bool {
    (SMALLEST_BLOCK..=BLOCK_LIMIT).contains(&length) && length.is_multiple_of(4)
}

/// Whether the octets before `length` repeat it, as the end of a block does.
pub(super) fn ends_at(octets: &[u8], length: usize, order: Order) -> bool {
    let trailing = length.checked_sub(4).and_then(|at| order.field(octets, at));
    trailing.is_some_and(|trailing| trailing as usize == length)
}

/// Type and length of the block that begins here, if it is of a known type, lies here whole, and both its
/// lengths agree.
pub(super) fn whole_block(octets: &[u8], order: Order) -> Option<(BlockType, usize)> {
    let kind = BlockType::of(order.field(octets, 0)?);
    let order = match kind {
        BlockType::Other => return None,
        BlockType::SectionHeader => Order::of_section(*octets.get(8..)?.first_chunk()?)?,
        _ => order,
    };
    let length = order.field(octets, 4)? as usize;
    (is_possible_length(length) && ends_at(octets, length, order)).then_some((kind, length))
}

/// Whether what lies here may be the beginning of a block of a known type, the rest of which is not there.
pub(super) fn may_be_cut(octets: &[u8], order: Order) -> bool {
    let known = |code: u32| BlockType::of(code) != BlockType::Other;
    match (order.field(octets, 0), order.field(octets, 4)) {
        (Some(code), Some(length)) => {
            let length = length as usize;
            known(code) && is_possible_length(length) && octets.len() < length
        }
        _ => true,
    }
}
