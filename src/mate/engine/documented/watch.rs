//! What the lists of one kind of Gop or Gog are asked, again and again: the conditions of Transforms, of Member clauses,
//! and of what a Gog takes from its Gops.
//!
//! A list counts for each of these how many of its pairs meet it, so that to ask costs nothing where the answer has not
//! changed: a Gop of 20 000 Pdus costs per Pdu what one of 20 does.

use smallvec::SmallVec;

use super::matching::holds;
use crate::mate::config::{
    Action, AttributeId, Clause, Condition, Configuration, GopIndex, Member, Mode, Operator, TransformIndex,
};
use crate::mate::engine::pair::Pair;
use crate::model::SharedSort;

/// A condition among those of a [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Watched(u32);

impl Watched {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which conditions a pair meets: a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask(SmallVec<[u64; 2]>);

impl Mask {
    fn set(&mut self, condition: Watched) {
        let (word, bit) = (condition.index() / 64, condition.index() % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// Whether a condition is in it.
    pub(super) fn has(&self, condition: Watched) -> bool {
        let word = self.0.get(condition.index() / 64);
        word.is_some_and(|word| word >> (condition.index() % 64) & 1 == 1)
    }

    /// Whether any condition is in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// Adds what another has.
    pub(super) fn add(&mut self, other: &Self) {
        for condition in other.iter() {
            self.set(condition);
        }
    }

    /// The conditions in it.
    pub(super) fn iter(&self) -> impl Iterator<Item = Watched> {
        (0_u32..).zip(&self.0).flat_map(|(word, bits)| {
            let bits = *bits;
            (0..64)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| Watched(word * 64 + bit))
        })
    }
}

impl FromIterator<Watched> for Mask {
    fn from_iter<I: IntoIterator<Item = Watched>>(conditions: I) -> Self {
        let mut mask = Self::default();
        for condition in conditions {
            mask.set(condition);
        }
        mask
    }
}

/// The conditions that lists of one kind are asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    conditions: Vec<Condition>,
    /// For each attribute that is asked for, in order, its conditions.
    by_attribute: Vec<(AttributeId, Vec<Watched>)>,
    /// The conditions whose pairs a Transform removes, for which a list keeps them.
    removing: Vec<Watched>,
    transforms: Vec<Vec<TransformClause>>,
}

impl Watch {
    /// The number of a condition.
    fn watch(&mut self, condition: &Condition) -> Watched {
        if let Some(place) = self.conditions.iter().position(|known| known == condition) {
            return Watched(u32::try_from(place).unwrap_or(u32::MAX));
        }
        let watched = Watched(u32::try_from(self.conditions.len()).unwrap_or(u32::MAX));
        self.conditions.push(condition.clone());
        match self
            .by_attribute
            .binary_search_by_key(&condition.attribute, |(attribute, _)| *attribute)
        {
            Ok(place) => {
                if let Some((_, conditions)) = self.by_attribute.get_mut(place) {
                    conditions.push(watched);
                }
            }
            Err(place) => self
                .by_attribute
                .insert(place, (condition.attribute, vec![watched])),
        }
        watched
    }

    /// The numbers of conditions.
    pub(super) fn watch_all(&mut self, conditions: &[Condition]) -> Mask {
        conditions.iter().map(|condition| self.watch(condition)).collect()
    }

    /// Watches what these Transforms ask for.
    pub(super) fn watch_transforms(&mut self, configuration: &Configuration, transforms: &[TransformIndex]) {
        for transform in transforms {
            let declared = configuration.transforms.get(transform.index());
            let clauses = declared.map(|transform| &*transform.clauses).unwrap_or_default();
            let clauses = clauses
                .iter()
                .map(|clause| TransformClause::new(self, clause))
                .collect();
            self.transforms.push(clauses);
        }
    }

    /// How many conditions there are.
    pub(super) fn len(&self) -> usize {
        self.conditions.len()
    }

    /// The conditions whose pairs a Transform removes.
    pub(super) fn removing(&self) -> &[Watched] {
        &self.removing
    }

    /// The Transforms, in the order in which they run.
    pub(super) fn transforms(&self) -> &[Vec<TransformClause>] {
        &self.transforms
    }

    /// Whether what the Transforms have removed would only be removed again: there is one clause, with one condition. It
    /// acted when it removed, and what it adds is there.
    pub(super) fn only_removes_again(&self) -> bool {
        let mut clauses = self.transforms.iter().flatten();
        let conditions = match (clauses.next(), clauses.next()) {
            (Some(clause), None) => clause.conditions.as_slice(),
            _ => return false,
        };
        matches!(conditions, [(first, _), rest @ ..] if rest.iter().all(|(condition, _)| condition == first))
    }

    /// The attribute of a condition.
    pub(super) fn attribute(&self, condition: Watched) -> Option<AttributeId> {
        self.conditions
            .get(condition.index())
            .map(|condition| condition.attribute)
    }

    /// The conditions that a pair meets.
    pub(super) fn conditions_met(&self, pair: &Pair) -> Mask {
        let place = self
            .by_attribute
            .binary_search_by_key(&pair.attribute, |(attribute, _)| *attribute);
        let asked = place.ok().and_then(|place| self.by_attribute.get(place));
        let asked = asked.map(|(_, conditions)| &**conditions).unwrap_or_default();
        let holds = |watched: &&Watched| {
            let condition = self.conditions.get(watched.index());
            condition.is_some_and(|condition| holds(&condition.operator, &pair.value))
        };
        asked.iter().filter(holds).copied().collect()
    }
}

/// A clause of a Transform.
#[derive(Clone, Debug)]
pub(super) struct TransformClause {
    mode: Mode,
    /// Each condition, and the one that says whether its attribute is there at all.
    conditions: Vec<(Watched, Watched)>,
    /// What of it is removed.
    pub(super) removes: Vec<Watched>,
    /// What is added then.
    pub(super) added: Vec<Pair>,
}

impl TransformClause {
    fn new(watch: &mut Watch, clause: &Clause) -> Self {
        let mut conditions = Vec::with_capacity(clause.conditions.len());
        for condition in &clause.conditions {
            let exists = Condition {
                attribute: condition.attribute,
                operator: Operator::Exists,
            };
            conditions.push((watch.watch(condition), watch.watch(&exists)));
        }
        let removes: Vec<Watched> = match clause.action {
            Action::Insert => Vec::new(),
            Action::Replace => conditions.iter().map(|(condition, _)| *condition).collect(),
        };
        for condition in &removes {
            if !watch.removing.contains(condition) {
                watch.removing.push(*condition);
            }
        }
        let added = clause
            .added
            .iter()
            .map(|added| Pair::new(added.attribute, &added.value));
        Self {
            mode: clause.mode,
            conditions,
            removes,
            added: added.collect(),
        }
    }

    /// Whether it matches a list, given whether any pair of that meets a condition.
    pub(super) fn matches(&self, is_met: impl Fn(Watched) -> bool) -> bool {
        match self.mode {
            Mode::Strict => self.conditions.iter().all(|(condition, _)| is_met(*condition)),
            Mode::Every => {
                let mut conditions = self.conditions.iter();
                conditions.all(|(condition, exists)| is_met(*condition) || !is_met(*exists))
            }
            Mode::Loose => {
                let mut conditions = self.conditions.iter();
                self.conditions.is_empty() || conditions.any(|(condition, _)| is_met(*condition))
            }
        }
    }
}

/// A Member clause as a list is asked for its keys.
#[derive(Clone, Debug)]
pub(super) struct KeyClause {
    /// The Gops whose keys these are.
    pub(super) gop: GopIndex,
    /// The attributes that it names.
    pub(super) groups: Vec<KeyGroup>,
}

/// One attribute of a Member clause.
#[derive(Clone, Debug)]
pub(super) struct KeyGroup {
    pub(super) attribute: AttributeId,
    /// How many values a key has: how many conditions the clause has for it.
    pub(super) values: usize,
    /// Its conditions, of equal ones one.
    pub(super) conditions: Mask,
}

impl KeyClause {
    pub(super) fn new(watch: &mut Watch, member: &Member) -> Self {
        let mut groups: Vec<KeyGroup> = Vec::new();
        for condition in &member.key {
            let watched = watch.watch(condition);
            match groups
                .iter_mut()
                .find(|group| group.attribute == condition.attribute)
            {
                Some(group) => {
                    group.values += 1;
                    group.conditions.set(watched);
                }
                None => groups.push(KeyGroup {
                    attribute: condition.attribute,
                    values: 1,
                    conditions: [watched].into_iter().collect(),
                }),
            }
        }
        groups.shared_sort_by_key(|group| group.attribute);
        Self {
            gop: member.gop,
            groups,
        }
    }

    /// Whether it names no attribute twice.
    pub(super) fn names_each_once(&self) -> bool {
        self.groups.iter().all(|group| group.values == 1)
    }
}
