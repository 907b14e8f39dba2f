//! From Gops to Gogs.

use std::sync::Arc;

use super::avpl::Avpl;
use super::plan::{GopPlan, Plan};
use super::state::{self, Gog, Key, Wireshark};
use crate::mate::config::GogIndex;
use crate::mate::engine::items::GogRef;
use crate::mate::engine::slots::Slot;
use crate::model::FrameRef;

impl Wireshark {
    /// A Pdu has joined a Gop: that finds its Gog, and its Gog gets what is in its list.
    pub(super) fn gop_changed(&mut self, plan: &Plan, gop_plan: &GopPlan, slot: Slot, at: FrameRef) {
        let Some(gop) = self.gops.get(slot) else { return };
        if let Some(gog) = gop.gog {
            if let Some(gog) = self.gogs.get_mut(gog) {
                gog.pdus += 1;
                gog.last_frame = gog.last_frame.later(at);
            }
        } else {
            let index = gop.name.gop;
            // The first Member clause that matches decides alone.
            let matched = gop_plan.members.iter().find_map(|(gog, member)| {
                let matched = member.strictly(gop.list.pairs())?;
                Some((
                    *gog,
                    Key {
                        gop: index,
                        pairs: matched.pairs().to_vec(),
                    },
                ))
            });
            let Some((gog, key)) = matched else { return };
            let gog = self.find_gog(gog, &key, at);
            self.adopt(gop_plan, slot, gog);
        }
        self.gog_gets(plan, slot);
    }

    fn find_gog(&mut self, index: GogIndex, key: &Key, at: FrameRef) -> Slot {
        let now = self.clock.now();
        let Some(slot) = self.by_gog_key.get(key).copied() else {
            return self.open_gog(index, at);
        };
        let is_over = |gog: &&mut Gog| gog.counting == gog.released && gog.expiration < now;
        let Some(gog) = self.gogs.get_mut(slot).filter(is_over) else {
            return slot;
        };
        let name = gog.name;
        gog.is_replaced = true;
        for key in std::mem::take(&mut gog.keys) {
            self.by_gog_key.remove(&key);
        }
        self.open_gog(name.gog, at)
    }

    fn open_gog(&mut self, index: GogIndex, at: FrameRef) -> Slot {
        let now = self.clock.now();
        self.gogs_made += 1;
        self.held += 1;
        self.gogs.insert(Gog {
            made: self.gogs_made,
            name: GogRef {
                gog: index,
                id: state::next(&mut self.gog_ids, index.index()),
            },
            start: now,
            last: now,
            members: Vec::new(),
            held: 0,
            counting: 0,
            released: 0,
            is_released: false,
            expiration: 0,
            is_replaced: false,
            pdus: 0,
            first_frame: at,
            last_frame: at,
            list: Avpl::default(),
            seen: 0,
            keys: Vec::new(),
        })
    }

    fn adopt(&mut self, gop_plan: &GopPlan, gop_slot: Slot, slot: Slot) {
        let (Some(gop), Some(gog)) = (self.gops.get_mut(gop_slot), self.gogs.get_mut(slot)) else {
            return;
        };
        gop.gog = Some(slot);
        gop.place = gog.members.len();
        gog.members.push((gop.name, Some(gop_slot)));
        gog.held += 1;
        gog.counting += u64::from(gop_plan.start.is_some());
        gog.pdus += gop.pdus.len() as u64;
        if let (Some(first), Some(last)) = (gop.pdus.first(), gop.pdus.last()) {
            gog.first_frame = gog.first_frame.earlier(first.at);
            gog.last_frame = gog.last_frame.later(last.at);
        }
        self.held += 1;
    }

    /// A Gog gets what it wants of a Gop's list, and takes keys if its own has become longer.
    fn gog_gets(&mut self, plan: &Plan, gop_slot: Slot) {
        let now = self.clock.now();
        let Some(gop) = self.gops.get(gop_slot) else {
            return;
        };
        let Some(slot) = gop.gog else { return };
        let Some(gog) = self.gogs.get_mut(slot) else {
            return;
        };
        let Some(gog_plan) = plan.gogs.get(gog.name.gog.index()) else {
            return;
        };
        gog.last = now;
        let is_cut = gog.list.merge(gog_plan.extra.loosely(gop.list.pairs()).pairs());
        self.report.lists_cut += u64::from(is_cut);
        if gog.seen != gog.list.counted() {
            for (gop, key) in &gog_plan.keys {
                let Some(matched) = key.strictly(gog.list.pairs()) else {
                    continue;
                };
                let key = Key {
                    gop: *gop,
                    pairs: matched.pairs().to_vec(),
                };
                if !self.by_gog_key.contains_key(&key) && gog.keys.len() < self.settings.limits.open {
                    let key = Arc::new(key);
                    gog.keys.push(Arc::clone(&key));
                    self.by_gog_key.insert(key, slot);
                }
            }
            gog.seen = gog.list.counted();
        }
        gog.is_released = gog.released == gog.counting;
        if gog.is_released {
            gog.expiration = now.saturating_add(gog_plan.expiration);
        }
    }
}
