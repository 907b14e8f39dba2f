//! The keys by which Gops find their Gogs.

use std::sync::Arc;

use super::list::{Changes, List};
use super::plan::{GopPlan, Plan};
use super::state::{Documented, GogKey, Refused};
use super::watch::KeyClause;
use crate::mate::config::GogIndex;
use crate::mate::engine::slots::Slot;

/// A Gog, and the Gop whose list has changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) gog: Slot,
    pub(super) gop: Slot,
}

/// The keys that a changed list gives, each with the place of its Member clause. After a change, those that are new.
fn given(
    gog: GogIndex,
    clauses: &[KeyClause],
    list: &List,
    changes: Option<&Changes>,
    limit: usize,
) -> Vec<(usize, GogKey)> {
    let mut keys = Vec::new();
    for (place, clause) in clauses.iter().enumerate() {
        let names = |attribute| clause.groups.iter().any(|group| group.attribute == attribute);
        let mut add = |containing| {
            let sets = list.keys(clause, containing, limit).into_iter();
            keys.extend(sets.map(|pairs| {
                (
                    place,
                    GogKey {
                        gog,
                        gop: clause.gop,
                        pairs,
                    },
                )
            }));
        };
        match changes {
            Some(changes) if !list.has_too_few(clause, &changes.reduced) => {
                let added = changes.added.iter().filter(|pair| names(pair.attribute));
                added.for_each(|pair| add(Some(pair)));
            }
            _ => add(None),
        }
    }
    keys
}

impl Documented {
    /// The live Gog that holds a key of a list for a Member clause; of several, the one of the lowest number.
    pub(super) fn holder(&self, gog: GogIndex, clause: &KeyClause, list: &List) -> Option<Slot> {
        let keys = list.keys(clause, None, self.settings.limits.keys).into_iter();
        let holders = keys.filter_map(|pairs| {
            self.by_gog_key
                .get(&GogKey {
                    gog,
                    gop: clause.gop,
                    pairs,
                })
                .copied()
        });
        holders.min_by_key(|slot| self.gogs.get(*slot).map(|gog| gog.name.id))
    }

    /// A Gog takes the keys of a Gop's list and of its own, which have changed; with `--merge-gogs` it becomes one with
    /// those that hold them.
    pub(super) fn take_keys(
        &mut self,
        plan: &Plan,
        gop_plan: &GopPlan,
        source: Source,
        gop_changes: Option<&Changes>,
        gog_changes: Changes,
    ) {
        let limit = self.settings.limits.keys;
        let (Some(gop), Some(gog)) = (self.gops.get_mut(source.gop), self.gogs.get(source.gog)) else {
            return;
        };
        let index = gog.name.gog;
        let Some(view) = gop_plan.view(index) else { return };
        let mut refused = std::mem::take(&mut gop.refused);
        let mut asked = given(index, &view.clauses, &gop.list, gop_changes, limit);
        asked.extend(again(&refused, &view.clauses, &gop.list));
        let mut shared = Vec::new();
        self.ask(source.gog, asked, &mut refused, &mut shared);
        if let Some(gop) = self.gops.get_mut(source.gop) {
            gop.refused = refused;
        }
        if !gog_changes.is_empty() {
            self.take_own_keys(plan, source.gog, &gog_changes, &mut shared);
        }
        self.merge_over(plan, source.gog, shared);
    }

    /// A Gog takes the keys of its own list, which has changed.
    pub(super) fn take_own_keys(
        &mut self,
        plan: &Plan,
        slot: Slot,
        changes: &Changes,
        shared: &mut Vec<Arc<GogKey>>,
    ) {
        let Some(gog) = self.gogs.get_mut(slot) else {
            return;
        };
        let index = gog.name.gog;
        let Some(gog_plan) = plan.gogs.get(index.index()) else {
            return;
        };
        let mut refused = std::mem::take(&mut gog.refused);
        let mut asked = given(
            index,
            &gog_plan.clauses,
            &gog.list,
            Some(changes),
            self.settings.limits.keys,
        );
        let names_each_once = |place: usize| {
            gog_plan
                .clauses
                .get(place)
                .is_some_and(KeyClause::names_each_once)
        };
        asked.retain(|(place, _)| names_each_once(*place));
        asked.extend(again(&refused, &gog_plan.clauses, &gog.list));
        self.ask(slot, asked, &mut refused, shared);
        if let Some(gog) = self.gogs.get_mut(slot) {
            gog.refused = refused;
        }
    }

    /// A Gog asks for keys. What another holds is refused, or tells that the two are to become one.
    fn ask(
        &mut self,
        slot: Slot,
        keys: Vec<(usize, GogKey)>,
        refused: &mut Refused,
        shared: &mut Vec<Arc<GogKey>>,
    ) {
        let Some(gog) = self.gogs.get_mut(slot) else {
            return;
        };
        for (clause, key) in keys {
            let holder = self.by_gog_key.get(&key).copied();
            if holder == Some(slot) {
                continue;
            }
            let key = Arc::new(key);
            let entry = (clause, Arc::clone(&key));
            let was_refused = refused.remove(&entry);
            if !was_refused {
                let Some(asked) = gog.asked.get_mut(clause) else {
                    continue;
                };
                if *asked >= self.settings.limits.keys {
                    self.report.keys_cut += u64::from(!gog.is_cut);
                    gog.is_cut = true;
                    continue;
                }
                *asked += 1;
            }
            match holder {
                None => {
                    self.by_gog_key.insert(Arc::clone(&key), slot);
                    gog.keys.push(key);
                }
                Some(_) if self.settings.merge_gogs => shared.push(key),
                Some(_) => {
                    refused.insert(entry);
                }
            }
        }
    }
}

/// Keys that were refused and that a list still gives.
fn again(refused: &Refused, clauses: &[KeyClause], list: &List) -> Vec<(usize, GogKey)> {
    let still = refused.iter().filter(|(place, key)| {
        clauses
            .get(*place)
            .is_some_and(|clause| list.gives(clause, &key.pairs))
    });
    still.map(|(place, key)| (*place, GogKey::clone(key))).collect()
}
