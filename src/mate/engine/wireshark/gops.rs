//! From Pdus to Gops.

use std::sync::Arc;

use super::avpl::Avpl;
use super::plan::{GopPlan, PduPlan, Plan};
use super::state::{self, Gop, Key, Release, Wireshark};
use crate::mate::config::GopIndex;
use crate::mate::engine::items::{GopPdu, GopRef, Membership, ReleasedBy, Role, Sink};
use crate::mate::engine::slots::Slot;
use crate::model::FrameRef;

/// A Pdu before it has a Gop.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewPdu<'a> {
    pub(super) plan: &'a PduPlan,
    pub(super) id: u64,
    pub(super) at: FrameRef,
    pub(super) list: &'a Avpl,
}

/// Why a Pdu got no Gop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unassigned {
    GopNotDeclared,
    KeyUnmatched,
    NotStarted,
    GogUnknown,
}

impl Wireshark {
    /// Finds the Gop of a Pdu, or makes it.
    pub(super) fn assign(
        &mut self,
        plan: &Plan,
        new: NewPdu<'_>,
        sink: &mut impl Sink,
    ) -> Result<Membership, Unassigned> {
        let index = new.plan.gop.ok_or(Unassigned::GopNotDeclared)?;
        let gop_plan = plan.gops.get(index.index()).ok_or(Unassigned::GopNotDeclared)?;
        let mut given = gop_plan
            .key
            .strictly(new.list.pairs())
            .ok_or(Unassigned::KeyUnmatched)?;
        let key = Key {
            gop: index,
            pairs: given.pairs().to_vec(),
        };
        let starts = gop_plan
            .start
            .as_ref()
            .map(|start| start.strictly(new.list.pairs()).is_some());
        let (slot, is_first) = match self.by_key.get(&key).copied() {
            Some(slot) => {
                self.expire_too_early(gop_plan, slot);
                let is_released = self.gops.get(slot).is_some_and(|gop| gop.release.is_some());
                if is_released && starts == Some(true) {
                    self.hand_on_gop(slot, sink);
                    (self.open_gop(gop_plan, key), true)
                } else {
                    (slot, false)
                }
            }
            None => {
                match starts {
                    Some(true) => {}
                    Some(false) => return Err(Unassigned::NotStarted),
                    None => self.find_gog_key(gop_plan, index, new, &mut given)?,
                }
                (self.open_gop(gop_plan, key), true)
            }
        };
        Ok(self.join(plan, gop_plan, slot, new, &given, is_first))
    }

    /// A Gop without `Start` begins only with a key of a Gog. What was asked for that becomes part of the key's list.
    fn find_gog_key(
        &mut self,
        gop_plan: &GopPlan,
        gop: GopIndex,
        new: NewPdu<'_>,
        given: &mut Avpl,
    ) -> Result<(), Unassigned> {
        let is_cut = given.merge(gop_plan.extra.loosely(new.list.pairs()).pairs());
        self.report.lists_cut += u64::from(is_cut);
        let is_known = gop_plan.members.iter().any(|(_, member)| {
            let matched = member.strictly(given.pairs());
            matched.is_some_and(|matched| {
                self.by_gog_key.contains_key(&Key {
                    gop,
                    pairs: matched.pairs().to_vec(),
                })
            })
        });
        is_known.then_some(()).ok_or(Unassigned::GogUnknown)
    }

    /// The comparison of timers is the wrong way round: a Gop is released while a deadline is still ahead.
    fn expire_too_early(&mut self, gop_plan: &GopPlan, slot: Slot) {
        let now = self.clock.now();
        let Some(gop) = self.gops.get(slot).filter(|gop| gop.release.is_none()) else {
            return;
        };
        let is_ahead = |deadline: Option<i64>| deadline.is_some_and(|deadline| deadline >= now);
        let by = if is_ahead(gop.lifetime) {
            ReleasedBy::Lifetime
        } else if is_ahead(gop.idle) {
            ReleasedBy::Idle
        } else {
            return;
        };
        self.release(gop_plan, slot, Release { at: 0, by });
    }

    fn release(&mut self, gop_plan: &GopPlan, slot: Slot, release: Release) {
        let Some(gop) = self.gops.get_mut(slot) else {
            return;
        };
        gop.release = Some(release);
        let counts = gop_plan.start.is_some();
        if let Some(gog) = gop.gog.filter(|_| counts).and_then(|gog| self.gogs.get_mut(gog)) {
            gog.released += 1;
        }
    }

    fn open_gop(&mut self, plan: &GopPlan, key: Key) -> Slot {
        let index = key.gop;
        let key = Arc::new(key);
        let now = self.clock.now();
        self.gops_made += 1;
        let slot = self.gops.insert(Gop {
            made: self.gops_made,
            name: GopRef {
                gop: index,
                id: state::next(&mut self.gop_ids, index.index()),
            },
            key: Arc::clone(&key),
            start: now,
            last: now,
            release: None,
            lifetime: plan.lifetime.map(|lifetime| now.saturating_add(lifetime)),
            idle: None,
            pdus: Vec::new(),
            gog: None,
            place: 0,
            list: Avpl::default(),
            seen: 0,
        });
        self.held += 1;
        self.by_key.insert(key, slot);
        slot
    }

    /// A Pdu joins a Gop.
    fn join(
        &mut self,
        plan: &Plan,
        gop_plan: &GopPlan,
        slot: Slot,
        new: NewPdu<'_>,
        given: &Avpl,
        is_first: bool,
    ) -> Membership {
        let now = self.clock.now();
        let data = new.list.pairs();
        let stops = gop_plan.stop.as_ref().map(|stop| stop.strictly(data).is_some());
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
        let released_by = match stops {
            _ if gop.release.is_some() => None,
            Some(false) => None,
            Some(true) => Some(ReleasedBy::Stop),
            None => Some(ReleasedBy::Auto),
        };
        let role = match released_by {
            _ if is_first => Role::Start,
            _ if gop.release.is_some() => Role::AfterStop,
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
            at: new.at,
            time_in_gop: membership.time_in_gop,
            role,
        });
        self.held += 1;
        gop.last = now;
        gop.idle = gop_plan.idle_timeout.map(|timeout| now.saturating_add(timeout));
        let mut is_cut = gop.list.merge(given.pairs());
        is_cut |= gop.list.merge(gop_plan.extra.loosely(data).pairs());
        if gop.seen != gop.list.counted() {
            for transform in &gop_plan.transforms {
                is_cut |= transform.run(&mut gop.list);
            }
        }
        gop.seen = gop.list.counted();
        self.report.lists_cut += u64::from(is_cut);
        if let Some(by) = released_by {
            self.release(gop_plan, slot, Release { at: now, by });
        }
        self.gop_changed(plan, gop_plan, slot, new.at);
        membership
    }
}
