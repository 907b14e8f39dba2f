//! One packet record of a capture file.

use super::LinkType;
use crate::model::Timestamp;

/// Where in the window a packet lies, and what its record says about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawRecord {
    /// None where the record has none.
    pub(super) time: Option<Timestamp>,
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    pub(super) position: usize,
    pub(super) length: usize,
    pub(super) original_length: u32,
}

impl RawRecord {
    /// Before the first packet.
    pub(super) const NONE: Self = Self {
        time: None,
        interface: 0,
        link_type: LinkType::NULL,
        position: 0,
        length: 0,
        original_length: 0,
    };
}
