//! How the engine runs.

use super::explain::{Made, PduStatistics};
use crate::mate::config::PduIndex;

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
    pub(crate) pdus: Vec<PduStatistics>,
}

impl EngineReport {
    /// Counts a frame with the Proto of a Pdu declaration that has so many attributes.
    pub(super) fn frame_with(&mut self, pdu: PduIndex, attributes: usize) {
        let place = pdu.index();
        if self.pdus.len() <= place {
            self.pdus.resize_with(place + 1, PduStatistics::default);
        }
        if let Some(statistics) = self.pdus.get_mut(place) {
            statistics.frames += 1;
            statistics.with_attribute.resize(attributes, 0);
        }
    }

    /// Counts a Pdu of such a frame; `present` says of each attribute of its declaration whether it has it.
    pub(super) fn count(&mut self, pdu: PduIndex, made: Made, present: impl Iterator<Item = bool>) {
        let Some(statistics) = self.pdus.get_mut(pdu.index()) else {
            return;
        };
        statistics.made += 1;
        statistics.rejected += u64::from(made == Made::Rejected);
        statistics.in_gop += u64::from(made == Made::InGop);
        let counts = statistics.with_attribute.iter_mut().zip(present);
        counts.for_each(|(count, present)| *count += u64::from(present));
    }
}
