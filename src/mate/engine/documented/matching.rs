//! Conditions against pairs, as the User's Guide promises: a condition is met by any value for which it holds.

use std::cmp::Ordering;

use super::number::Number;
use crate::mate::config::{self, Condition, Mode, Operator};
use crate::mate::engine::pair::{self, Pair, Pairs, Value};
use crate::model::SharedSort;

/// Whether a condition holds for a value of its attribute.
pub(super) fn holds(operator: &Operator, value: &Value) -> bool {
    let text = value.text();
    match operator {
        Operator::Exists => true,
        Operator::Equal(asked) => is(asked, value),
        Operator::NotEqual(asked) => !is(asked, value),
        Operator::StartsWith(asked) => text.starts_with(&*asked.text),
        Operator::EndsWith(asked) => text.ends_with(&*asked.text),
        Operator::Contains(asked) => memchr::memmem::find(text.as_bytes(), asked.text.as_bytes()).is_some(),
        Operator::OneOf(asked) => asked.iter().any(|asked| is(asked, value)),
        Operator::Lower(asked) => compare(text, &asked.text).is_lt(),
        Operator::Higher(asked) => compare(text, &asked.text).is_gt(),
    }
}

/// Whether a value is the one asked for.
fn is(asked: &config::Value, value: &Value) -> bool {
    let text = value.text();
    *asked.text == *text
        || value.is_boolean() && truth(&asked.text) == Some(text)
        || asked
            .octets
            .as_ref()
            .is_some_and(|octets| octets.is_named_by(text))
}

/// How a field of type boolean reads where a configuration for newer releases asks for a word.
fn truth(word: &str) -> Option<&'static str> {
    if word.eq_ignore_ascii_case("true") {
        Some("1")
    } else {
        word.eq_ignore_ascii_case("false").then_some("0")
    }
}

fn compare(text: &str, asked: &str) -> Ordering {
    match (Number::parse(text), Number::parse(asked)) {
        (Some(number), Some(asked)) => number.compare(asked),
        _ => text.cmp(asked),
    }
}

/// Whether a pair meets a condition.
fn meets(pair: &Pair, condition: &Condition) -> bool {
    pair.attribute == condition.attribute && holds(&condition.operator, &pair.value)
}

/// A list of conditions, sorted by attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions(Vec<Condition>);

impl Conditions {
    /// These conditions; of equal ones, one.
    pub(super) fn new(list: &[Condition]) -> Self {
        let mut conditions: Vec<Condition> = Vec::with_capacity(list.len());
        for condition in list {
            if !conditions.contains(condition) {
                conditions.push(condition.clone());
            }
        }
        conditions.shared_sort_by_key(|condition| condition.attribute);
        Self(conditions)
    }

    fn is_met(condition: &Condition, pairs: &[Pair]) -> bool {
        let mut values = pair::of(pairs, condition.attribute).iter();
        values.any(|pair| holds(&condition.operator, &pair.value))
    }

    /// Whether sorted pairs match.
    pub(super) fn matches(&self, mode: Mode, pairs: &[Pair]) -> bool {
        match mode {
            Mode::Loose => self.0.is_empty() || self.0.iter().any(|condition| Self::is_met(condition, pairs)),
            Mode::Strict | Mode::Every => self.first_unmet(mode, pairs).is_none(),
        }
    }

    /// The result of a strict match of sorted pairs: every pair that meets a condition, if each condition is met.
    pub(super) fn strict(&self, pairs: &[Pair]) -> Option<Pairs> {
        let mut result = Vec::with_capacity(pairs.len());
        for conditions in self.0.chunk_by(|one, other| one.attribute == other.attribute) {
            let values = pair::of(pairs, conditions.first()?.attribute);
            let is_met =
                |condition: &Condition| values.iter().any(|pair| holds(&condition.operator, &pair.value));
            if !conditions.iter().all(is_met) {
                return None;
            }
            let taken = values.iter().filter(|pair| {
                conditions
                    .iter()
                    .any(|condition| holds(&condition.operator, &pair.value))
            });
            result.extend(taken.cloned());
        }
        Some(Pairs::of_sorted(result))
    }

    /// The first condition, by attribute, for which a list that does not match lacks a value.
    pub(super) fn first_unmet(&self, mode: Mode, pairs: &[Pair]) -> Option<&Condition> {
        self.0.iter().find(|condition| {
            let is_asked = mode != Mode::Every || !pair::of(pairs, condition.attribute).is_empty();
            is_asked && !Self::is_met(condition, pairs)
        })
    }

    /// The first condition, by attribute, whose attribute is not there.
    pub(super) fn first_absent(&self, pairs: &[Pair]) -> Option<&Condition> {
        let is_absent = |condition: &&Condition| pair::of(pairs, condition.attribute).is_empty();
        self.0.iter().find(is_absent)
    }

    /// Whether a pair meets any of them: it is in the result of a match.
    pub(super) fn takes(&self, pair: &Pair) -> bool {
        let start = self
            .0
            .partition_point(|condition| condition.attribute < pair.attribute);
        let rest = self.0.get(start..).unwrap_or_default();
        rest.iter()
            .take_while(|condition| condition.attribute == pair.attribute)
            .any(|condition| meets(pair, condition))
    }

    /// The result of a match: every pair that meets any of them.
    pub(super) fn result<'a>(&'a self, pairs: &'a [Pair]) -> impl Iterator<Item = &'a Pair> {
        let attributes = self.0.chunk_by(|one, other| one.attribute == other.attribute);
        attributes
            .filter_map(|conditions| conditions.first().map(|first| (first.attribute, conditions)))
            .flat_map(move |(attribute, conditions)| {
                pair::of(pairs, attribute)
                    .iter()
                    .filter(move |pair| conditions.iter().any(|condition| meets(pair, condition)))
            })
    }

    /// All of them, sorted by attribute.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.0.iter()
    }
}
