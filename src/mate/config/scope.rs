//! The attributes that a Pdu, a Gop or a Gog can have.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    condition::List,
    declaration::{Configuration, TransformIndex},
    names::AttributeId,
};
use crate::mate::catalogue::{FieldId, FieldType};
use crate::model::tree;

/// What is known of the values of an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// It comes from a field that is true or false.
    pub(super) is_boolean: bool,
    /// It comes from a field that a layer has twice, such as `ip.addr`.
    pub(super) is_pair: bool,
}

/// Attributes, with what is known of their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(BTreeMap<AttributeId, Facts>);

impl Scope {
    /// The attributes that lists name.
    pub(super) fn of_lists<'a>(lists: impl Iterator<Item = &'a List>) -> Self {
        let mut scope = Self::default();
        for condition in lists.flatten() {
            scope.add(condition.attribute, Facts::default());
        }
        scope
    }

    /// An attribute that there may be.
    pub(super) fn add(&mut self, attribute: AttributeId, facts: Facts) {
        let known = self.0.entry(attribute).or_default();
        known.is_boolean |= facts.is_boolean;
        known.is_pair |= facts.is_pair;
    }

    /// An attribute that is extracted from a field.
    pub(super) fn add_field(&mut self, attribute: AttributeId, field: FieldId) {
        let facts = Facts {
            is_boolean: field.kind() == FieldType::Boolean,
            is_pair: matches!(field.name().rsplit('.').next(), Some("addr" | "port")),
        };
        self.add(attribute, facts);
    }

    /// The attributes that Transforms add.
    pub(super) fn add_inserted(&mut self, configuration: &Configuration, transforms: &[TransformIndex]) {
        let distinct: BTreeSet<&TransformIndex> = tree(transforms);
        for transform in distinct {
            let clauses = configuration.transforms.get(transform.index());
            let added = clauses
                .into_iter()
                .flat_map(|transform| &transform.clauses)
                .flat_map(|clause| &clause.added);
            for assignment in added {
                self.add(assignment.attribute, Facts::default());
            }
        }
    }

    /// All that another one has.
    pub(super) fn add_all(&mut self, other: &Self) {
        for (attribute, facts) in &other.0 {
            self.add(*attribute, *facts);
        }
    }

    /// What is known of an attribute; `None` where there is none.
    pub(super) fn get(&self, attribute: AttributeId) -> Option<Facts> {
        self.0.get(&attribute).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// They, in their order.
    pub(super) fn attributes(&self) -> Box<[AttributeId]> {
        self.0.keys().copied().collect()
    }
}
