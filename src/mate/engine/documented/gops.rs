//! From Pdus to Gops.

use std::sync::Arc;

use super::list::{Changes, List};
use super::pdus::{NewPdu, Unassigned};
use super::plan::{GopPlan, Plan};
use super::state::{self, Documented, Gop, GopKey, Refused, Release, TimerOf};
use crate::mate::config::{GopIndex, Mode};
use crate::mate::engine::items::{GopPdu, GopRef, Membership, ReleasedBy, Role, Sink};
use crate::mate::engine::slots::Slot;
use crate::model::Nanoseconds;

impl Documented {
    /// Finds the Gop of a Pdu, or makes it.
    pub(super) fn assign(
        &mut self,
        plan: &Plan,
        new: NewPdu<'_>,
        sink: &mut impl Sink,
    ) -> Result<Membership, Unassigned> {
        let index = new.plan.gop.ok_or(Unassigned::GopNotDeclared)?;
        let gop_plan = plan.gops.get(index.index()).ok_or(Unassigned::GopNotDeclared)?;
        let pairs = new.attributes.as_slice();
        let key = GopKey {
            gop: index,
            pairs: gop_plan.key.strict(pairs).ok_or(Unassigned::KeyUnmatched)?,
        };
        let start = gop_plan
            .start
            .as_ref()
            .map(|start| start.matches(Mode::Strict, pairs));
        if let Some(slot) = self.by_key.get(&key).copied() {
            let is_released = self.gops.get(slot).is_some_and(|gop| gop.release.is_some());
            if !(is_released && start == Some(true)) {
                return Ok(self.join(plan, gop_plan, slot, new, false));
            }
            self.end_joining(slot, sink);
        } else {
            match start {
                Some(true) => {}
                Some(false) if self.expired.contains(&key) => return Err(Unassigned::Expired),
                Some(false) => return Err(Unassigned::NotStarted),
                None => self.may_begin_without_start(gop_plan, &key, new)?,
            }
        }
        let slot = self.open_gop(gop_plan, key);
        let membership = self.join(plan, gop_plan, slot, new, true);
        let is_unassigned = self.gops.get(slot).is_some_and(|gop| gop.gog.is_none());
        if gop_plan.drop_unassigned && is_unassigned {
            self.drop_gop(slot);
            return Err(Unassigned::GopDropped);
        }
        Ok(membership)
    }

    /// A Gop without `Start` begins with any Pdu, or, if its kind is a Member of a Gog, with one that has a key of a live
    /// Gog.
    fn may_begin_without_start(
        &self,
        gop: &GopPlan,
        key: &GopKey,
        new: NewPdu<'_>,
    ) -> Result<(), Unassigned> {
        if gop.members.is_empty() {
            return Ok(());
        }
        let mut list = List::new(&gop.watch);
        let extra = gop.extra.result(new.attributes.as_slice());
        for pair in key.pairs.as_slice().iter().chain(extra) {
            list.insert(&gop.watch, pair, &mut Changes::default());
        }
        let has_key = gop
            .clauses()
            .any(|(gog, clause)| self.holder(gog, clause, &list).is_some());
        has_key.then_some(()).ok_or(Unassigned::GogUnknown)
    }

    fn open_gop(&mut self, plan: &GopPlan, key: GopKey) -> Slot {
        let index = key.gop;
        let key = Arc::new(key);
        self.gops_made += 1;
        let now = self.clock.now();
        self.expired.remove(&key);
        let slot = self.gops.insert(Gop {
            made: self.gops_made,
            name: GopRef {
                gop: index,
                id: state::next(&mut self.gop_ids, index.index()),
            },
            key: Arc::clone(&key),
            is_joinable: true,
            start: now,
            last: now,
            release: None,
            timer: None,
            pdus: Vec::new(),
            gog: None,
            joined: 0,
            list: List::new(&plan.watch),
            refused: Refused::new(),
        });
        self.held += 1;
        self.by_key.insert(key, slot);
        self.set_gop_timer(plan, slot);
        slot
    }

    /// A Pdu joins a Gop.
    fn join(
        &mut self,
        plan: &Plan,
        gop_plan: &GopPlan,
        slot: Slot,
        new: NewPdu<'_>,
        is_first: bool,
    ) -> Membership {
        let now = self.clock.now();
        let pairs = new.attributes.as_slice();
        let mut changes = Changes::default();
        let stops = gop_plan
            .stop
            .as_ref()
            .map(|stop| stop.matches(Mode::Strict, pairs));
        let Some(gop) = self.gops.get_mut(slot) else {
            // Both ways to here have just found or made it.
            let gop = GopRef {
                gop: GopIndex(0),
                id: 0,
            };
            return Membership {
                gop,
                time_in_gop: 0,
                role: Role::Member,
            };
        };
        gop.last = now;
        let was_released = gop.release.is_some();
        let release = match stops {
            _ if was_released => None,
            Some(false) => None,
            Some(true) => Some(ReleasedBy::Stop),
            None => Some(ReleasedBy::Auto),
        };
        let role = match release {
            _ if is_first => Role::Start,
            _ if was_released => Role::AfterStop,
            Some(_) => Role::Stop,
            None => Role::Member,
        };
        let membership = Membership {
            gop: gop.name,
            time_in_gop: now.saturating_sub(gop.start),
            role,
        };
        gop.pdus.push(GopPdu {
            pdu_type: new.plan.pdu_type,
            id: new.id,
            at: new.frame.at(),
            time_in_gop: membership.time_in_gop,
            role,
        });
        self.held += 1;
        // The key is in the list from the first Pdu on, unless a Transform has removed some of it.
        if is_first || !gop_plan.watch.removing().is_empty() {
            for pair in gop.key.pairs.as_slice() {
                gop.list.insert(&gop_plan.watch, pair, &mut changes);
            }
        }
        for pair in gop_plan.extra.result(pairs) {
            gop.list.insert(&gop_plan.watch, pair, &mut changes);
        }
        if !changes.is_empty() {
            gop.list.transform(&gop_plan.watch, &mut changes);
        }
        if let Some(by) = release {
            self.release(plan, slot, Release { at: now, by });
        }
        self.gop_changed(plan, gop_plan, slot, &changes, new.frame.at());
        self.hurry(gop_plan, slot);
        membership
    }

    /// A Gop is released.
    pub(super) fn release(&mut self, plan: &Plan, slot: Slot, release: Release) {
        let Some(gop) = self.gops.get_mut(slot) else {
            return;
        };
        gop.release = Some(release);
        let (index, gog) = (gop.name.gop, gop.gog);
        let Some(gop_plan) = plan.gops.get(index.index()) else {
            return;
        };
        self.set_gop_timer(gop_plan, slot);
        if let Some(gog) = gog.filter(|_| gop_plan.counts()) {
            self.count_release(plan, gog, release.at);
        }
    }

    /// When a Gop that is open will be released, and by what, if no Pdu comes.
    pub(super) fn deadline(plan: &GopPlan, gop: &Gop) -> Option<Release> {
        let after = |from: Nanoseconds, limit: Option<Nanoseconds>, by| {
            limit.map(|limit| Release {
                at: from.saturating_add(limit),
                by,
            })
        };
        let lifetime = after(gop.start, plan.lifetime, ReleasedBy::Lifetime);
        let idle = after(gop.last, plan.idle_timeout, ReleasedBy::Idle);
        [lifetime, idle]
            .into_iter()
            .flatten()
            .min_by_key(|release| release.at)
    }

    /// A timer that is set too late, as time has run backwards, is set anew. One that is set too early is when it is due.
    fn hurry(&mut self, plan: &GopPlan, slot: Slot) {
        let gop = self.gops.get(slot).filter(|gop| gop.release.is_none());
        let is_late = gop.is_some_and(|gop| {
            let deadline = Self::deadline(plan, gop).map(|release| release.at);
            gop.timer
                .zip(deadline)
                .is_some_and(|(timer, deadline)| deadline < timer)
        });
        if is_late {
            self.set_gop_timer(plan, slot);
        }
    }

    /// Sets the timer of a Gop to what comes next: its release, or its expiration.
    pub(super) fn set_gop_timer(&mut self, plan: &GopPlan, slot: Slot) {
        let Some(gop) = self.gops.get_mut(slot) else {
            return;
        };
        let next = match gop.release {
            _ if !gop.is_joinable => None,
            None => Self::deadline(plan, gop).map(|release| release.at),
            Some(release) => plan
                .expiration
                .map(|expiration| release.at.saturating_add(expiration)),
        };
        if gop.timer == next {
            return;
        }
        if let Some(time) = std::mem::replace(&mut gop.timer, next) {
            self.timers.remove(&(time, TimerOf::Gop(slot)));
        }
        if let Some(time) = next {
            self.timers.insert((time, TimerOf::Gop(slot)));
        }
    }

    /// A Gop is taken back: its Pdu is in no Gop, its key is free.
    fn drop_gop(&mut self, slot: Slot) {
        self.free_gop_key(slot);
        if let Some(gop) = self.gops.remove(slot) {
            self.held = self.held.saturating_sub(1 + gop.pdus.len());
        }
    }
}
