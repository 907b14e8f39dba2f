//! The limit of what is open: beyond it, Gops are closed early.

use super::state::{Documented, Gop};
use crate::mate::engine::items::Sink;
use crate::mate::engine::slots::Slot;
use crate::model::SharedSort;

/// A part of the limit is freed at once, as all that is held is looked at to find it.
const FREED_AT_ONCE: usize = 8;

impl Documented {
    /// Closes what was released the longest ago, then what has had no Pdu for the longest, until there is room.
    pub(super) fn keep_to_limit(&mut self, sink: &mut impl Sink) {
        let limit = self.settings.limits.open;
        if self.held <= limit {
            return;
        }
        let target = limit - limit / FREED_AT_ONCE;
        let released = |gop: &Gop| gop.release.map(|release| release.at).filter(|_| gop.is_joinable);
        self.close_gops(target, released, sink);
        self.close_gops(target, |gop| gop.is_joinable.then_some(gop.last), sink);
        self.close_gogs(target, sink);
    }

    fn close_gops<T: Ord>(&mut self, target: usize, order: impl Fn(&Gop) -> Option<T>, sink: &mut impl Sink) {
        let candidates = self
            .gops
            .iter()
            .filter_map(|(slot, gop)| Some((order(gop)?, gop.made, slot)));
        let mut candidates: Vec<(T, u64, Slot)> = candidates.collect();
        candidates.shared_sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        for (_, _, slot) in candidates {
            if self.held <= target {
                return;
            }
            self.report.closed_early += 1;
            self.end_joining(slot, sink);
        }
    }

    fn close_gogs(&mut self, target: usize, sink: &mut impl Sink) {
        let mut candidates: Vec<(i64, u64, Slot)> = self
            .gogs
            .iter()
            .map(|(slot, gog)| (gog.last, gog.made, slot))
            .collect();
        candidates.shared_sort();
        for (_, _, slot) in candidates {
            if self.held <= target {
                return;
            }
            self.end_gog(slot, sink);
        }
    }
}
