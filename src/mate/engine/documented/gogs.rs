//! From Gops to Gogs.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::Source;
use super::list::{Changes, List};
use super::plan::{GopPlan, Plan};
use super::state::{self, Documented, Gog, MemberGop, PduSpan, Refused, TimerOf};

use crate::mate::engine::items::GogRef;
use crate::mate::engine::slots::Slot;
use crate::model::{FrameRef, Nanoseconds};

/// How many pairs are remembered that Transforms of a Gog have removed: each change of a Gop looks for all of them.
const MOST_REMOVED: usize = 1024;

impl PduSpan {
    /// Adds the frames of other Pdus.
    pub(super) fn add(&mut self, count: u64, first: FrameRef, last: FrameRef) {
        self.count += count;
        self.first = self.first.earlier(first);
        self.last = self.last.later(last);
    }
}

impl Documented {
    /// A Pdu has joined a Gop: that finds its Gog, or its Gog gets what has changed.
    pub(super) fn gop_changed(
        &mut self,
        plan: &Plan,
        gop_plan: &GopPlan,
        slot: Slot,
        changes: &Changes,
        at: FrameRef,
    ) {
        let now = self.clock.now();
        match self.gops.get(slot).and_then(|gop| gop.gog) {
            // Without a change it has no more keys than before, and those it had would have made a Gog.
            None if changes.is_empty() => {}
            None => {
                let joined = gop_plan.clauses().find_map(|(gog, clause)| {
                    self.gops
                        .get(slot)
                        .and_then(|gop| self.holder(gog, clause, &gop.list))
                });
                let opened = joined.or_else(|| self.open_gog(plan, gop_plan, slot, at));
                if let Some(gog) = opened {
                    self.adopt(plan, gop_plan, slot, gog, at);
                }
            }
            Some(gog) => {
                if let Some(gog) = self.gogs.get_mut(gog) {
                    gog.last = now;
                    gog.span.add(1, at, at);
                }
                if !changes.is_empty() {
                    self.gog_gets(plan, gop_plan, slot, gog, Some(changes));
                }
            }
        }
    }

    /// The first Member clause for which a Gop has a key opens a Gog.
    fn open_gog(&mut self, plan: &Plan, gop_plan: &GopPlan, gop: Slot, at: FrameRef) -> Option<Slot> {
        let list = &self.gops.get(gop)?.list;
        let gives = |clause| !list.keys(clause, None, 1).is_empty();
        let (index, _) = gop_plan.clauses().find(|(_, clause)| gives(clause))?;
        let gog_plan = plan.gogs.get(index.index())?;
        self.gogs_made += 1;
        let now = self.clock.now();
        self.held += 1;
        Some(self.gogs.insert(Gog {
            made: self.gogs_made,
            name: GogRef {
                gog: index,
                id: state::next(&mut self.gog_ids, index.index()),
            },
            start: now,
            last: now,
            members: BTreeMap::new(),
            held: 0,
            counting: 0,
            released: 0,
            latest_release: None,
            is_dead: false,
            timer: None,
            span: PduSpan {
                count: 0,
                first: at,
                last: at,
            },
            list: List::new(&gog_plan.watch),
            removed: BTreeSet::new(),
            keys: Vec::new(),
            asked: vec![0; gog_plan.clauses.len()],
            is_cut: false,
            refused: Refused::new(),
        }))
    }

    /// A Gop joins a Gog.
    fn adopt(&mut self, plan: &Plan, gop_plan: &GopPlan, gop_slot: Slot, slot: Slot, at: FrameRef) {
        let (Some(gop), Some(gog)) = (self.gops.get_mut(gop_slot), self.gogs.get_mut(slot)) else {
            return;
        };
        self.joined += 1;
        gop.gog = Some(slot);
        gop.joined = self.joined;
        gog.members.insert(
            self.joined,
            MemberGop {
                name: gop.name,
                slot: Some(gop_slot),
            },
        );
        gog.held += 1;
        gog.last = self.clock.now();
        let first = gop.pdus.first().map_or(at, |pdu| pdu.at);
        gog.span.add(gop.pdus.len() as u64, first, at);
        self.held += 1;
        if gop_plan.counts() {
            gog.counting += 1;
            if let Some(release) = gop.release {
                gog.released += 1;
                gog.latest_release = gog.latest_release.max(Some(release.at));
            }
        }
        self.gog_gets(plan, gop_plan, gop_slot, slot, None);
    }

    /// A Gog gets what has changed in one of its Gops, or all of it; its Transforms run, and it takes keys.
    fn gog_gets(
        &mut self,
        plan: &Plan,
        gop_plan: &GopPlan,
        gop_slot: Slot,
        slot: Slot,
        gop_changes: Option<&Changes>,
    ) {
        let (Some(gop), Some(gog)) = (self.gops.get(gop_slot), self.gogs.get_mut(slot)) else {
            return;
        };
        let index = gog.name.gog;
        let (Some(gog_plan), Some(view)) = (plan.gogs.get(index.index()), gop_plan.view(index)) else {
            return;
        };
        let mut changes = Changes::default();
        let watch = &gog_plan.watch;
        let mut take = |pair, list: &mut List| {
            if gop.list.mask(pair).is_some_and(|mask| mask.meets(&view.takes)) {
                list.insert(watch, pair, &mut changes);
            }
        };
        match gop_changes {
            None => gop.list.iter().for_each(|(pair, _)| take(pair, &mut gog.list)),
            Some(gop_changes) => {
                gop_changes
                    .added
                    .iter()
                    .for_each(|pair| take(pair, &mut gog.list));
                // What a Transform of the Gog has removed comes again with each change of a Gop that has it.
                if !watch.only_removes_again() {
                    gog.removed.iter().for_each(|pair| take(pair, &mut gog.list));
                }
            }
        }
        let is_cut = gog.run_transforms(watch, &mut changes);
        self.report.lists_cut += u64::from(is_cut);
        if !gog.is_dead {
            self.take_keys(
                plan,
                gop_plan,
                Source {
                    gog: slot,
                    gop: gop_slot,
                },
                gop_changes,
                changes,
            );
        }
    }

    /// A Gop that counts was released.
    pub(super) fn count_release(&mut self, plan: &Plan, slot: Slot, at: Nanoseconds) {
        if let Some(gog) = self.gogs.get_mut(slot) {
            gog.released += 1;
            gog.latest_release = gog.latest_release.max(Some(at));
        }
        self.set_gog_timer(plan, slot);
    }

    /// Sets the timer of a Gog to its death.
    pub(super) fn set_gog_timer(&mut self, plan: &Plan, slot: Slot) {
        let Some(gog) = self.gogs.get_mut(slot) else {
            return;
        };
        let expiration = plan.gogs.get(gog.name.gog.index()).map(|plan| plan.expiration);
        let release = gog.release().filter(|_| !gog.is_dead);
        let next = release
            .zip(expiration)
            .map(|(release, expiration)| release.saturating_add(expiration));
        if gog.timer == next {
            return;
        }
        if let Some(time) = std::mem::replace(&mut gog.timer, next) {
            self.timers.remove(&(time, TimerOf::Gog(slot)));
        }
        if let Some(time) = next {
            self.timers.insert((time, TimerOf::Gog(slot)));
        }
    }
}

impl Gog {
    /// Runs the Transforms after a change; whether more was removed than is remembered.
    pub(super) fn run_transforms(&mut self, watch: &super::watch::Watch, changes: &mut Changes) -> bool {
        if changes.is_empty() {
            return false;
        }
        let removed = self.list.transform(watch, changes);
        for pair in &changes.added {
            self.removed.remove(pair);
        }
        self.removed.extend(removed);
        self.forget_removed()
    }

    /// Keeps to the limit of what is remembered; whether something had to be forgotten.
    pub(super) fn forget_removed(&mut self) -> bool {
        let is_too_much = self.removed.len() > MOST_REMOVED;
        while self.removed.len() > MOST_REMOVED {
            self.removed.pop_last();
        }
        is_too_much
    }
}
