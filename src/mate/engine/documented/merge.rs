//! `--merge-gogs`: Gogs of one kind that share a key are one.

use std::sync::Arc;

use super::list::Changes;
use super::plan::Plan;
use super::state::{Documented, Gog, GogKey, TimerOf};
use crate::mate::engine::slots::Slot;

impl Gog {
    /// How much there is to move when it becomes part of another.
    fn weight(&self) -> usize {
        self.members.len() + self.keys.len()
    }
}

impl Documented {
    /// Makes a Gog one with those that hold keys which it asked for, and so on with what the result asks for. Sets its
    /// timer.
    pub(super) fn merge_over(&mut self, plan: &Plan, mut slot: Slot, mut shared: Vec<Arc<GogKey>>) {
        while let Some(key) = shared.pop() {
            match self.by_gog_key.get(&key).copied() {
                Some(holder) if holder != slot => slot = self.merge(plan, slot, holder, &mut shared),
                Some(_) => {}
                None => {
                    self.by_gog_key.insert(Arc::clone(&key), slot);
                    if let Some(gog) = self.gogs.get_mut(slot) {
                        gog.keys.push(key);
                    }
                }
            }
        }
        self.set_gog_timer(plan, slot);
    }

    /// Makes two Gogs one. What is smaller moves, so that many merges cost no more than their Gogs are large.
    fn merge(&mut self, plan: &Plan, one: Slot, other: Slot, shared: &mut Vec<Arc<GogKey>>) -> Slot {
        let weight = |slot| self.gogs.get(slot).map_or(0, Gog::weight);
        let (large, small) = if weight(one) >= weight(other) {
            (one, other)
        } else {
            (other, one)
        };
        let Some(mut small_gog) = self.gogs.remove(small) else {
            return large;
        };
        if let Some(time) = small_gog.timer {
            self.timers.remove(&(time, TimerOf::Gog(small)));
        }
        let Some(gog) = self.gogs.get_mut(large) else {
            return large;
        };
        self.held = self.held.saturating_sub(1);
        for member in small_gog.members.values() {
            if let Some(gop) = member.slot.and_then(|slot| self.gops.get_mut(slot)) {
                gop.gog = Some(large);
            }
        }
        for key in &small_gog.keys {
            self.by_gog_key.insert(Arc::clone(key), large);
        }
        let mut changes = Changes::default();
        if let Some(gog_plan) = plan.gogs.get(gog.name.gog.index()) {
            if gog.list.len() < small_gog.list.len() {
                std::mem::swap(&mut gog.list, &mut small_gog.list);
            }
            for (pair, _) in small_gog.list.iter() {
                gog.list.insert(&gog_plan.watch, pair, &mut changes);
            }
            let is_cut = gog.absorb(small_gog) | gog.run_transforms(&gog_plan.watch, &mut changes);
            self.report.lists_cut += u64::from(is_cut);
        }
        if !changes.is_empty() {
            self.take_own_keys(plan, large, &changes, shared);
        }
        large
    }
}

impl Gog {
    /// Takes what another Gog has besides its list; whether something of it had to be forgotten.
    fn absorb(&mut self, other: Self) -> bool {
        if other.made < self.made {
            (self.made, self.name) = (other.made, other.name);
        }
        self.start = self.start.min(other.start);
        self.last = self.last.max(other.last);
        self.members.extend(other.members);
        self.held += other.held;
        self.counting += other.counting;
        self.released += other.released;
        self.latest_release = self.latest_release.max(other.latest_release);
        self.span.add(other.span.count, other.span.first, other.span.last);
        self.keys.extend(other.keys);
        for (asked, other) in self.asked.iter_mut().zip(other.asked) {
            *asked += other;
        }
        self.is_cut |= other.is_cut;
        self.refused.extend(other.refused);
        self.removed.extend(other.removed);
        let list = &self.list;
        self.removed.retain(|pair| list.mask(pair).is_none());
        self.forget_removed()
    }
}
