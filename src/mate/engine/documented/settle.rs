//! Time passes: releases, expirations, and what is handed on since nothing can change it any more.

use std::sync::Arc;

use super::plan::Plan;
use super::state::{Documented, Gog, Gop, Release, TimerOf};
use crate::mate::engine::items::{GogItem, GopItem, ReleasedBy, Sink};
use crate::mate::engine::settings::EngineReport;
use crate::mate::engine::slots::Slot;
use crate::model::{Nanoseconds, SharedSort};

impl Documented {
    /// Does what was due before a time, in the order of time.
    pub(super) fn fire(&mut self, before: Nanoseconds, sink: &mut impl Sink) {
        let mut plan = None;
        while let Some((time, of)) = self.timers.first().copied().filter(|(time, _)| *time < before) {
            let plan = plan.get_or_insert_with(|| Arc::clone(&self.plan));
            self.timers.remove(&(time, of));
            match of {
                TimerOf::Gop(slot) => self.gop_timer(plan, slot, time, sink),
                TimerOf::Gog(slot) => self.end_gog(slot, sink),
            }
        }
    }

    fn gop_timer(&mut self, plan: &Plan, slot: Slot, time: Nanoseconds, sink: &mut impl Sink) {
        let Some(gop) = self.gops.get_mut(slot) else {
            return;
        };
        gop.timer = None;
        let Some(gop_plan) = plan.gops.get(gop.name.gop.index()) else {
            return;
        };
        if gop.release.is_some() {
            self.expire(slot, sink);
            return;
        }
        match Self::deadline(gop_plan, gop) {
            Some(release) if release.at <= time => self.release(plan, slot, release),
            // A Pdu has come since the timer was set.
            _ => self.set_gop_timer(gop_plan, slot),
        }
    }

    /// A Gop accepts no more.
    fn expire(&mut self, slot: Slot, sink: &mut impl Sink) {
        if self.settings.explain
            && self.expired.len() < self.settings.limits.open
            && let Some(gop) = self.gops.get(slot)
        {
            self.expired.insert(Arc::clone(&gop.key));
        }
        self.end_joining(slot, sink);
    }

    /// Nothing can join a Gop any more. It is handed on unless its Gog can still become another.
    pub(super) fn end_joining(&mut self, slot: Slot, sink: &mut impl Sink) {
        self.free_gop_key(slot);
        let gog = self.gops.get(slot).and_then(|gop| gop.gog);
        let can_merge = gog
            .and_then(|gog| self.gogs.get(gog))
            .is_some_and(|gog| !gog.is_dead);
        if !(self.settings.merge_gogs && can_merge) {
            self.hand_on_gop(slot, sink);
        }
    }

    /// A Gop no longer holds its key.
    pub(super) fn free_gop_key(&mut self, slot: Slot) {
        let Some(gop) = self.gops.get_mut(slot) else {
            return;
        };
        gop.is_joinable = false;
        if let Some(time) = gop.timer.take() {
            self.timers.remove(&(time, TimerOf::Gop(slot)));
        }
        if self.by_key.get(&gop.key) == Some(&slot) {
            self.by_key.remove(&gop.key);
        }
    }

    /// Hands a Gop on, and its Gog if that is over and this was the last of its Gops.
    fn hand_on_gop(&mut self, slot: Slot, sink: &mut impl Sink) {
        let Some(gop) = self.gops.remove(slot) else { return };
        self.held = self.held.saturating_sub(1 + gop.pdus.len());
        let mut is_over = None;
        let mut name = None;
        if let Some(gog_slot) = gop.gog
            && let Some(gog) = self.gogs.get_mut(gog_slot)
        {
            name = Some(gog.name);
            gog.held = gog.held.saturating_sub(1);
            if let Some(member) = gog.members.get_mut(&gop.joined) {
                member.slot = None;
            }
            is_over = (gog.is_dead && gog.held == 0).then_some(gog_slot);
        }
        let mut item = item_of_gop(gop);
        item.gog = name;
        sink.gop(item);
        if let Some(gog) = is_over {
            self.hand_on_gog(gog, sink);
        }
    }

    /// A Gog is dead: its keys are free, and it is handed on with the last of its Gops.
    pub(super) fn end_gog(&mut self, slot: Slot, sink: &mut impl Sink) {
        let Some(gog) = self.gogs.get_mut(slot) else {
            return;
        };
        gog.is_dead = true;
        gog.refused.clear();
        if let Some(time) = gog.timer.take() {
            self.timers.remove(&(time, TimerOf::Gog(slot)));
        }
        for key in std::mem::take(&mut gog.keys) {
            self.by_gog_key.remove(&key);
        }
        if gog.held == 0 {
            self.hand_on_gog(slot, sink);
        } else if self.settings.merge_gogs {
            let held: Vec<Slot> = gog.members.values().filter_map(|member| member.slot).collect();
            for gop in held {
                if self.gops.get(gop).is_some_and(|gop| !gop.is_joinable) {
                    self.hand_on_gop(gop, sink);
                }
            }
        }
    }

    fn hand_on_gog(&mut self, slot: Slot, sink: &mut impl Sink) {
        if let Some(gog) = self.gogs.remove(slot) {
            self.held = self.held.saturating_sub(1 + gog.members.len());
            sink.gog(item_of_gog(gog));
        }
    }

    /// The input has ended: what is due by the time of its last frame is done, and the rest is handed on as it is.
    pub(crate) fn finish(mut self, sink: &mut impl Sink) -> EngineReport {
        self.fire(self.clock.now().saturating_add(1), sink);
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
    let stopped = gop.release.filter(|release| release.by == ReleasedBy::Stop);
    GopItem {
        made: gop.made,
        gop: gop.name,
        released_by: gop.release.map(|Release { by, .. }| by),
        key: gop.key.pairs.clone(),
        start: gop.start,
        time: stopped.map(|release| release.at.saturating_sub(gop.start)),
        duration: gop.last.saturating_sub(gop.start),
        attributes: gop.list.pairs(),
        pdus: gop.pdus,
        gog: None,
    }
}

fn item_of_gog(gog: Gog) -> GogItem {
    let release = gog.release();
    GogItem {
        made: gog.made,
        gog: gog.name,
        released: release.is_some(),
        start: gog.start,
        time: release.map(|release| release.saturating_sub(gog.start)),
        duration: gog.last.saturating_sub(gog.start),
        gops: gog.members.values().map(|member| member.name).collect(),
        pdus: gog.span.count,
        first: gog.span.first,
        last: gog.span.last,
        attributes: gog.list.pairs(),
    }
}
