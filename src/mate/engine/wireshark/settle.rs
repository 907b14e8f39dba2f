//! What is handed on since nothing can change it any more, and the limit of what is kept.

use super::state::{Gog, Gop, Wireshark};
use crate::mate::engine::items::{GogItem, GopItem, Sink};
use crate::mate::engine::pair::Pairs;
use crate::mate::engine::settings::EngineReport;
use crate::mate::engine::slots::Slot;
use crate::model::SharedSort;

/// A part of the limit is freed at once, as all that is held is looked at to find it.
const FREED_AT_ONCE: usize = 8;

impl Wireshark {
    /// Another Gop takes its key over, or there is no room for it: hands a Gop on.
    pub(super) fn hand_on_gop(&mut self, slot: Slot, sink: &mut impl Sink) {
        let Some(gop) = self.gops.remove(slot) else { return };
        self.held = self.held.saturating_sub(1 + gop.pdus.len());
        self.by_key.remove(&gop.key);
        let (gog, place) = (gop.gog, gop.place);
        let mut item = item_of_gop(gop);
        let mut is_over = None;
        if let Some(slot) = gog
            && let Some(gog) = self.gogs.get_mut(slot)
        {
            item.gog = Some(gog.name);
            gog.held = gog.held.saturating_sub(1);
            if let Some((_, gop)) = gog.members.get_mut(place) {
                *gop = None;
            }
            is_over = (gog.is_replaced && gog.held == 0).then_some(slot);
        }
        sink.gop(item);
        if let Some(gog) = is_over {
            self.hand_on_gog(gog, sink);
        }
    }

    fn hand_on_gog(&mut self, slot: Slot, sink: &mut impl Sink) {
        let Some(gog) = self.gogs.remove(slot) else { return };
        self.held = self.held.saturating_sub(1 + gog.members.len());
        for key in &gog.keys {
            self.by_gog_key.remove(key);
        }
        sink.gog(item_of_gog(gog));
    }

    /// Closes what was released the longest ago, then what has had no Pdu for the longest, until there is room.
    pub(super) fn keep_to_limit(&mut self, sink: &mut impl Sink) {
        let limit = self.settings.limits.open;
        if self.held <= limit {
            return;
        }
        let target = limit - limit / FREED_AT_ONCE;
        // Those that are released first.
        let gops = self
            .gops
            .iter()
            .map(|(slot, gop)| (gop.release.is_none(), gop.last, gop.made, slot));
        let mut gops: Vec<(bool, i64, u64, Slot)> = gops.collect();
        gops.shared_sort();
        for (_, _, _, slot) in gops {
            if self.held <= target {
                return;
            }
            self.report.closed_early += 1;
            self.hand_on_gop(slot, sink);
        }
        let mut gogs: Vec<(i64, u64, Slot)> = self
            .gogs
            .iter()
            .map(|(slot, gog)| (gog.last, gog.made, slot))
            .collect();
        gogs.shared_sort();
        for (_, _, slot) in gogs {
            if self.held <= target {
                return;
            }
            self.hand_on_gog(slot, sink);
        }
    }

    /// The input has ended: the rest is handed on as it is.
    pub(crate) fn finish(mut self, sink: &mut impl Sink) -> EngineReport {
        let mut gops: Vec<(u64, Slot)> = self.gops.iter().map(|(slot, gop)| (gop.made, slot)).collect();
        gops.shared_sort();
        for (_, slot) in gops {
            self.hand_on_gop(slot, sink);
        }
        let mut gogs: Vec<(u64, Slot)> = self.gogs.iter().map(|(slot, gog)| (gog.made, slot)).collect();
        gogs.shared_sort();
        for (_, slot) in gogs {
            self.hand_on_gog(slot, sink);
        }
        self.report
    }
}

fn item_of_gop(gop: Gop) -> GopItem {
    GopItem {
        made: gop.made,
        gop: gop.name,
        released_by: gop.release.map(|release| release.by),
        key: Pairs::new(gop.key.pairs.clone()),
        start: gop.start,
        time: gop.release.map(|release| release.at.saturating_sub(gop.start)),
        duration: gop.last.saturating_sub(gop.start),
        attributes: gop.list.as_set(),
        pdus: gop.pdus,
        gog: None,
    }
}

fn item_of_gog(gog: Gog) -> GogItem {
    GogItem {
        made: gog.made,
        gog: gog.name,
        released: gog.is_released,
        start: gog.start,
        time: None,
        duration: gog.last.saturating_sub(gog.start),
        gops: gog.members.iter().map(|(gop, _)| *gop).collect(),
        pdus: gog.pdus,
        first: gog.first_frame,
        last: gog.last_frame,
        attributes: gog.list.as_set(),
    }
}
