//! The list of a Gop or Gog: a set of pairs that knows which of the conditions asked of it are met.

use std::collections::{BTreeMap, BTreeSet};

use super::watch::{KeyClause, KeyGroup, Mask, Watch, Watched};
use crate::mate::config::AttributeId;
use crate::mate::engine::pair::{Pair, Pairs};

/// What has happened to a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Pairs that were added; some may have been removed since.
    pub(super) added: Vec<Pair>,
    /// Attributes that lost a pair.
    pub(super) reduced: BTreeSet<AttributeId>,
}

impl Changes {
    /// Whether nothing has happened.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.reduced.is_empty()
    }
}

/// A set of pairs.
#[derive(Clone, Debug)]
pub(super) struct List {
    pairs: BTreeMap<Pair, Mask>,
    /// For each condition, how many pairs meet it.
    met: Box<[u32]>,
    /// For each condition whose pairs a Transform removes, these.
    removable: Box<[BTreeSet<Pair>]>,
}

impl List {
    /// An empty list.
    pub(super) fn new(watch: &Watch) -> Self {
        Self {
            pairs: BTreeMap::new(),
            met: vec![0; watch.len()].into(),
            removable: vec![BTreeSet::new(); watch.removing().len()].into(),
        }
    }

    /// Its pairs.
    pub(super) fn pairs(&self) -> Pairs {
        Pairs::of_sorted(self.pairs.keys().cloned().collect())
    }

    /// Its pairs one after the other, each with the conditions that it meets.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Pair, &Mask)> {
        self.pairs.iter()
    }

    /// How many pairs it has.
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Which conditions a pair of it meets.
    pub(super) fn mask(&self, pair: &Pair) -> Option<&Mask> {
        self.pairs.get(pair)
    }

    fn is_met(&self, condition: Watched) -> bool {
        self.met.get(condition.index()).is_some_and(|count| *count > 0)
    }

    /// Adds a pair unless it is there.
    pub(super) fn insert(&mut self, watch: &Watch, pair: &Pair, changes: &mut Changes) {
        if self.pairs.contains_key(pair) {
            return;
        }
        let mask = watch.conditions_met(pair);
        for condition in mask.iter() {
            if let Some(count) = self.met.get_mut(condition.index()) {
                *count += 1;
            }
        }
        for (condition, pairs) in watch.removing().iter().zip(&mut self.removable) {
            if mask.has(*condition) {
                pairs.insert(pair.clone());
            }
        }
        self.pairs.insert(pair.clone(), mask);
        changes.added.push(pair.clone());
    }

    fn remove(&mut self, pair: &Pair, changes: &mut Changes) {
        let Some(mask) = self.pairs.remove(pair) else {
            return;
        };
        for condition in mask.iter() {
            if let Some(count) = self.met.get_mut(condition.index()) {
                *count = count.saturating_sub(1);
            }
        }
        for pairs in &mut self.removable {
            pairs.remove(pair);
        }
        changes.reduced.insert(pair.attribute);
    }

    /// Runs the Transforms of its kind. What they removed and have not put back is told.
    pub(super) fn transform(&mut self, watch: &Watch, changes: &mut Changes) -> Vec<Pair> {
        let mut removed = Vec::new();
        for clauses in watch.transforms() {
            let acting = clauses
                .iter()
                .find(|clause| clause.matches(|condition| self.is_met(condition)));
            let Some(clause) = acting else { continue };
            for (condition, place) in watch.removing().iter().zip(0..) {
                if clause.removes.contains(condition) {
                    let pairs = self
                        .removable
                        .get_mut(place)
                        .map(std::mem::take)
                        .unwrap_or_default();
                    for pair in pairs {
                        self.remove(&pair, changes);
                        removed.push(pair);
                    }
                }
            }
            for pair in &clause.added {
                self.insert(watch, pair, changes);
            }
        }
        removed.retain(|pair| !self.pairs.contains_key(pair));
        removed
    }

    /// The pairs of an attribute.
    fn of(&self, attribute: AttributeId) -> impl Iterator<Item = (&Pair, &Mask)> {
        let first = Pair::new(attribute, "");
        self.pairs
            .range(first..)
            .take_while(move |(pair, _)| pair.attribute == attribute)
    }

    /// The keys that it gives for a Member clause, up to a number: each a set of pairs. With `containing`, those that
    /// have this pair.
    pub(super) fn keys(&self, clause: &KeyClause, containing: Option<&Pair>, limit: usize) -> Vec<Pairs> {
        let is_asked = |group: &KeyGroup| group.conditions.iter().all(|condition| self.is_met(condition));
        if !clause.groups.iter().all(is_asked) {
            return Vec::new();
        }
        let mut keys: Vec<Vec<Pair>> = vec![Vec::new()];
        for group in &clause.groups {
            let containing = containing.filter(|pair| pair.attribute == group.attribute);
            let sets = self.sets(group, containing, limit);
            let longer = keys
                .iter()
                .flat_map(|key| sets.iter().map(move |set| [&**key, &**set].concat()));
            keys = longer.take(limit).collect();
        }
        keys.into_iter().map(Pairs::new).collect()
    }

    /// Whether one of these attributes, which have lost values, has fewer than a key of a Member clause asks for: the key
    /// then has all that are left. Any other loss gives no new keys.
    pub(super) fn has_too_few(&self, clause: &KeyClause, reduced: &BTreeSet<AttributeId>) -> bool {
        let mut groups = clause
            .groups
            .iter()
            .filter(|group| reduced.contains(&group.attribute));
        groups.any(|group| {
            let values = self
                .of(group.attribute)
                .filter(|(_, mask)| mask.meets(&group.conditions));
            values.take(group.values).count() < group.values
        })
    }

    /// Whether a key is still among those that it gives for a Member clause.
    pub(super) fn gives(&self, clause: &KeyClause, key: &Pairs) -> bool {
        clause.groups.iter().all(|group| {
            let values = key.of(group.attribute);
            let is_there = |pair| self.mask(pair).is_some_and(|mask| mask.meets(&group.conditions));
            let others = self
                .of(group.attribute)
                .filter(|(_, mask)| mask.meets(&group.conditions));
            values.iter().all(is_there)
                && (values.len() == group.values || others.take(values.len() + 1).count() == values.len())
        })
    }

    /// The sets of values of one attribute that a key can have.
    fn sets(&self, group: &KeyGroup, containing: Option<&Pair>, limit: usize) -> Vec<Vec<Pair>> {
        if containing.is_some_and(|pair| !self.mask(pair).is_some_and(|mask| mask.meets(&group.conditions))) {
            return Vec::new();
        }
        let values = self
            .of(group.attribute)
            .filter(|(_, mask)| mask.meets(&group.conditions));
        if let (1, Some(pair)) = (group.values, containing) {
            return vec![vec![pair.clone()]];
        }
        // More values than this give more sets than the limit.
        let values: Vec<(&Pair, &Mask)> = values.take(limit.saturating_add(group.values)).collect();
        if values.len() <= group.values {
            return vec![values.into_iter().map(|(pair, _)| pair.clone()).collect()];
        }
        let (fixed, others): (Vec<_>, Vec<_>) = values
            .into_iter()
            .partition(|(pair, _)| containing.is_some_and(|fixed| fixed == *pair));
        let mut fixed: Vec<(&Pair, &Mask)> = fixed;
        if let Some(pair) = containing
            && fixed.is_empty()
            && let Some((pair, mask)) = self.pairs.get_key_value(pair)
        {
            fixed.push((pair, mask));
        }
        let mut sets = Vec::new();
        let mut choice: Vec<usize> = (0..group.values.saturating_sub(fixed.len())).collect();
        let mut tries = limit.saturating_mul(TRIES);
        while sets.len() < limit && tries > 0 {
            tries -= 1;
            let chosen = choice.iter().filter_map(|place| others.get(*place));
            let set: Vec<(&Pair, &Mask)> = fixed.iter().chain(chosen).copied().collect();
            if covers(&set, &group.conditions) {
                sets.push(set.into_iter().map(|(pair, _)| pair.clone()).collect());
            }
            if !advance(&mut choice, others.len()) {
                break;
            }
        }
        sets
    }
}

/// How many sets are tried for each that may be found: with different conditions for one attribute, not each set of its
/// values meets them all.
const TRIES: usize = 8;

/// Whether each condition is met by a pair.
fn covers(set: &[(&Pair, &Mask)], conditions: &Mask) -> bool {
    let mut met = Mask::default();
    for (_, mask) in set {
        met.add(mask);
    }
    conditions.iter().all(|condition| met.has(condition))
}

/// The next choice of so many among `count`, in order; `false` after the last.
fn advance(choice: &mut [usize], count: usize) -> bool {
    let places = choice.len();
    for place in (0..places).rev() {
        let Some(at) = choice.get(place).copied() else {
            return false;
        };
        if at + (places - place) < count {
            for (chosen, next) in choice.iter_mut().skip(place).zip(at + 1..) {
                *chosen = next;
            }
            return true;
        }
    }
    false
}
