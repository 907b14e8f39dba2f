//! What is worth a remark about conditions: those that can never be met, and those that mean something else in Wireshark.

use crate::model::{SharedSort, tree};
use std::collections::BTreeSet;

use super::{
    condition::{Condition, List, Operator},
    cursor::Word,
    declaration::{Configuration, GopIndex, Member, PduTypeIndex, Semantics, TransformIndex},
    names::AttributeId,
    note::NoteKind,
    scope::{Facts, Scope},
    source::Span,
    syntax::WrittenList,
};

/// How many look-ups remarks may cost: declarations times what they share. Beyond it, what can be set is taken to be set.
const MAX_LOOKUPS: usize = 1 << 22;

/// A remark yet to be placed: where, what, and about which text. Untrusted.
pub(super) type Remark = (Span, NoteKind, String);

/// A condition of a Transform, and whether any of those that use it can have its attribute.
#[derive(Debug)]
struct TransformCondition {
    span: Span,
    condition: Condition,
    facts: Option<Facts>,
}

/// Collects remarks while declarations are resolved.
#[derive(Debug)]
pub(super) struct Remarks {
    semantics: Semantics,
    notes: Notes,
    pdu_types: Vec<Scope>,
    gops: Vec<Scope>,
    transforms: Vec<Vec<TransformCondition>>,
    used: BTreeSet<TransformIndex>,
    lookups: usize,
}

/// A list as it was written and as it is.
pub(super) type BothLists<'a, 't> = (&'a WrittenList<'t>, &'a List);

impl Remarks {
    /// None yet.
    pub(super) const fn new(semantics: Semantics) -> Self {
        Self {
            semantics,
            notes: Notes(Vec::new()),
            pdu_types: Vec::new(),
            gops: Vec::new(),
            transforms: Vec::new(),
            used: BTreeSet::new(),
            lookups: 0,
        }
    }

    /// A field that Wireshark has and that is not extracted.
    pub(super) fn ignored_field(&mut self, name: Word<'_>) {
        self.notes
            .0
            .push((name.span, NoteKind::IgnoredField, name.text.to_owned()));
    }

    /// A Transform; what its conditions can meet is known when it is used.
    pub(super) fn transform<'a, 't: 'a>(&mut self, lists: impl Iterator<Item = BothLists<'a, 't>>) {
        let conditions = lists.flat_map(|(written, list)| written.iter().zip(list));
        let conditions = conditions.map(|(written, condition)| TransformCondition {
            span: written.attribute.span,
            condition: condition.clone(),
            facts: None,
        });
        self.transforms.push(conditions.collect());
    }

    fn use_transforms(&mut self, transforms: &[TransformIndex], scope: &Scope) {
        for transform in tree::<BTreeSet<&TransformIndex>, _>(transforms) {
            self.used.insert(*transform);
            let Some(conditions) = self.transforms.get_mut(transform.index()) else {
                continue;
            };
            self.lookups = self.lookups.saturating_add(conditions.len());
            for condition in conditions {
                let found = match self.lookups > MAX_LOOKUPS {
                    true => Some(Facts::default()),
                    false => scope.get(condition.condition.attribute),
                };
                if let Some(found) = found {
                    condition.facts.get_or_insert_default().is_boolean |= found.is_boolean;
                }
            }
        }
    }

    /// A declaration of Pdus, with its Criteria.
    pub(super) fn pdu(
        &mut self,
        pdu_type: PduTypeIndex,
        scope: &Scope,
        transforms: &[TransformIndex],
        criteria: Option<BothLists<'_, '_>>,
    ) {
        self.use_transforms(transforms, scope);
        if let Some(lists) = criteria {
            self.notes.on_list(lists, |attribute| scope.get(attribute));
        }
        if self.pdu_types.len() <= pdu_type.index() {
            self.pdu_types.push(Scope::default());
        }
        if let Some(known) = self.pdu_types.get_mut(pdu_type.index()) {
            known.add_all(scope);
        }
    }

    /// A Gop on these Pdus, whose lists are Match, Extra and others, in this order. What it can have.
    pub(super) fn gop(
        &mut self,
        on: Option<PduTypeIndex>,
        lists: &[BothLists<'_, '_>],
        transforms: &[TransformIndex],
        configuration: &Configuration,
    ) -> Scope {
        // Of Pdus that are not known, nothing is said.
        let pdus = on.and_then(|on| self.pdu_types.get(on.index()));
        let pdus = pdus
            .cloned()
            .unwrap_or_else(|| Scope::of_lists(lists.iter().map(|(_, list)| *list)));
        for lists in lists {
            self.notes.on_list(*lists, |attribute| pdus.get(attribute));
        }
        let [key, extra, ..] = lists else {
            return Scope::default();
        };
        self.keys_that_take_all(*key, &pdus);
        let mut scope = Scope::default();
        for condition in key.1.iter().chain(extra.1) {
            if let Some(facts) = pdus.get(condition.attribute) {
                scope.add(condition.attribute, facts);
            }
        }
        scope.add_inserted(configuration, transforms);
        self.use_transforms(transforms, &scope);
        self.gops.push(scope.clone());
        scope
    }

    /// A key takes every value, so that fewer conditions than a field has values ask for no less.
    fn keys_that_take_all(&mut self, (written, key): BothLists<'_, '_>, pdus: &Scope) {
        if self.semantics == Semantics::Wireshark {
            return;
        }
        let mut named: Vec<_> = key.iter().map(|condition| condition.attribute).collect();
        named.shared_sort();
        for (written, condition) in written.iter().zip(key) {
            let attribute = condition.attribute;
            let first = named.partition_point(|other| *other < attribute);
            let is_alone = named.get(first + 1) != Some(&attribute);
            let is_pair = pdus.get(attribute).is_some_and(|facts| facts.is_pair);
            if is_alone && is_pair {
                let name = written.attribute;
                self.notes
                    .0
                    .push((name.span, NoteKind::KeyTakesAll, name.text.to_owned()));
            }
        }
    }

    /// A Gog of these Gops, with the lists of its members and Extra. What it can have.
    pub(super) fn gog(
        &mut self,
        members: &[(&Member, &WrittenList<'_>)],
        extra: BothLists<'_, '_>,
        transforms: &[TransformIndex],
        configuration: &Configuration,
    ) -> Scope {
        let gops: BTreeSet<GopIndex> = tree(members.iter().map(|(member, _)| member.gop));
        let mut scope = Scope::default();
        let keys = members.iter().flat_map(|(member, _)| &member.key);
        for condition in keys.chain(extra.1) {
            if let Some(facts) = self.in_any(&gops, condition) {
                scope.add(condition.attribute, facts);
            }
        }
        scope.add_inserted(configuration, transforms);
        for (member, written) in members {
            let gop = self.gops.get(member.gop.index());
            self.notes.on_list((written, &member.key), |attribute| {
                let own = gop.and_then(|gop| gop.get(attribute));
                own.or_else(|| scope.get(attribute))
            });
        }
        self.notes.on_list(extra, |attribute| scope.get(attribute));
        self.use_transforms(transforms, &scope);
        scope
    }

    fn in_any(&mut self, gops: &BTreeSet<GopIndex>, condition: &Condition) -> Option<Facts> {
        self.lookups = self.lookups.saturating_add(gops.len());
        if self.lookups > MAX_LOOKUPS {
            return Some(Facts::default());
        }
        let scopes = gops.iter().filter_map(|gop| self.gops.get(gop.index()));
        let found = scopes.filter_map(|scope| scope.get(condition.attribute));
        found.reduce(|one, other| Facts {
            is_boolean: one.is_boolean || other.is_boolean,
            is_pair: one.is_pair || other.is_pair,
        })
    }

    /// All remarks, those about Transforms that are used included.
    pub(super) fn finish(mut self, configuration: &Configuration) -> Vec<Remark> {
        for transform in std::mem::take(&mut self.used) {
            let conditions = self.transforms.get_mut(transform.index()).map(std::mem::take);
            for TransformCondition {
                span,
                condition,
                facts,
            } in conditions.unwrap_or_default()
            {
                let name = configuration.attributes.name(condition.attribute);
                match facts {
                    None => self.notes.0.push((span, NoteKind::NeverSet, name.to_owned())),
                    Some(facts) => self.notes.on_boolean(span, name, &condition, facts),
                }
            }
        }
        self.notes.0
    }
}

#[derive(Debug)]
struct Notes(Vec<Remark>);

impl Notes {
    fn on_list(&mut self, (written, list): BothLists<'_, '_>, facts: impl Fn(AttributeId) -> Option<Facts>) {
        for (written, condition) in written.iter().zip(list) {
            let name = written.attribute;
            match facts(condition.attribute) {
                None => self.0.push((name.span, NoteKind::NeverSet, name.text.to_owned())),
                Some(facts) => self.on_boolean(name.span, name.text, condition, facts),
            }
        }
    }

    /// Wireshark 4.0 shows `1` and `0`, later ones `True` and `False`.
    fn on_boolean(&mut self, span: Span, name: &str, condition: &Condition, facts: Facts) {
        let values = match &condition.operator {
            Operator::Equal(value) | Operator::NotEqual(value) => std::slice::from_ref(value),
            Operator::OneOf(values) => values,
            _ => return,
        };
        let is_word = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        if facts.is_boolean && values.iter().any(|value| is_word(&value.text)) {
            let detail = format!("{name}{}", condition.operator_text());
            self.0.push((span, NoteKind::BooleanText, detail));
        }
    }
}
