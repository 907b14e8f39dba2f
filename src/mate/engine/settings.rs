//! How the engine runs.

/// What a run may hold, and what it tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EngineSettings {
    /// Two live Gogs of one declaration that come to share a key become one (`documented` only).
    pub(crate) merge_gogs: bool,
    /// Whether it tells why Pdus are in no Gop.
    pub(crate) explain: bool,
    /// What it holds at most.
    pub(crate) limits: EngineLimits,
}

/// What the engine holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EngineLimits {
    /// Gops and Gogs that are open or may still be joined, with the Pdus and Gops in them.
    pub(crate) open: usize,
    /// Keys of one Gog and Member clause.
    pub(crate) keys: usize,
}

impl Default for EngineLimits {
    /// About a gigabyte; and more keys than anything but an attack has.
    fn default() -> Self {
        Self {
            open: 4 * 1024 * 1024,
            keys: 1024,
        }
    }
}

/// What a run told besides its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EngineReport {
    /// Frames, with and without Pdus.
    pub(crate) frames: u64,
    /// Gops that were closed early, as there were more items than the limit.
    pub(crate) closed_early: u64,
    /// Gogs of which some keys were not made, as there were more than the limit.
    pub(crate) keys_cut: u64,
    /// Lists that were cut, as they had more pairs than the semantics of Wireshark are followed to.
    pub(crate) lists_cut: u64,
    /// For each Pdu declaration, with `explain`.
    pub(crate) pdus: Vec<super::explain::PduStatistics>,
}
