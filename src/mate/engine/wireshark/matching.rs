//! Conditions against lists, with one pointer each.

use super::avpl::Avpl;
use super::strtod::number;
use crate::mate::config::{Condition, Mode, Operator};
use crate::mate::engine::pair::Pair;
use crate::model::SharedSort;

/// A list of conditions in Wireshark's order.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions(Vec<(Condition, Box<str>)>);

/// The value of a condition as Wireshark has it: one text.
fn text(operator: &Operator) -> Box<str> {
    match operator {
        Operator::Exists => "".into(),
        Operator::Equal(value)
        | Operator::NotEqual(value)
        | Operator::StartsWith(value)
        | Operator::EndsWith(value)
        | Operator::Contains(value)
        | Operator::Lower(value)
        | Operator::Higher(value) => value.text.clone(),
        Operator::OneOf(values) => {
            let texts: Vec<&str> = values.iter().map(|value| &*value.text).collect();
            texts.join("|").into()
        }
    }
}

impl Conditions {
    /// These conditions.
    pub(super) fn new(list: &[Condition]) -> Self {
        let mut conditions = Self::default();
        for condition in list {
            conditions.insert(condition);
        }
        conditions
    }

    /// Inserts a condition where its name and value belong, behind those of the same; of equal ones with `=`, one.
    fn insert(&mut self, condition: &Condition) {
        let value = text(&condition.operator);
        let key = (condition.attribute, &*value);
        let is_there = |known: &(Condition, Box<str>)| known.0 == *condition;
        if matches!(condition.operator, Operator::Equal(_)) && self.0.iter().any(is_there) {
            return;
        }
        let place = self
            .0
            .partition_point(|(known, value)| (known.attribute, &**value) <= key);
        self.0.insert(place, (condition.clone(), value));
    }

    /// What a Gog takes from its Gops: its Extra, and of its Member clauses the first condition of each name.
    pub(super) fn of_gog<'a>(extra: &[Condition], keys: impl Iterator<Item = &'a Self>) -> Self {
        let mut firsts: Vec<&(Condition, Box<str>)> = Vec::new();
        for condition in keys.flat_map(|key| &key.0) {
            if !firsts
                .iter()
                .any(|known| known.0.attribute == condition.0.attribute)
            {
                firsts.push(condition);
            }
        }
        firsts.shared_sort_by_key(|condition| condition.0.attribute);
        let mut merged = Self::new(extra);
        for (condition, value) in firsts {
            let key = (condition.attribute, &**value);
            // A condition with the same value is there already, whatever it asks.
            if let Err(place) = merged
                .0
                .binary_search_by(|(known, value)| (known.attribute, &**value).cmp(&key))
            {
                merged.0.insert(place, (condition.clone(), value.clone()));
            }
        }
        merged
    }

    /// The result of a match, if it is one.
    pub(super) fn matched(&self, mode: Mode, data: &[Pair]) -> Option<Avpl> {
        match mode {
            Mode::Loose => Some(self.loosely(data)),
            Mode::Strict | Mode::Every => self.in_pairs(mode == Mode::Strict, data).ok(),
        }
    }

    /// The result of a strict match, if it is one.
    pub(super) fn strictly(&self, data: &[Pair]) -> Option<Avpl> {
        self.in_pairs(true, data).ok()
    }

    /// The condition that fails first in a match that is none.
    pub(super) fn first_unmet(&self, mode: Mode, data: &[Pair]) -> Option<&Condition> {
        self.in_pairs(mode == Mode::Strict, data).err()
    }

    /// The first condition whose attribute is not there.
    pub(super) fn first_absent(&self, data: &[Pair]) -> Option<&Condition> {
        let has = |condition: &Condition| data.iter().any(|pair| pair.attribute == condition.attribute);
        self.0
            .iter()
            .map(|(condition, _)| condition)
            .find(|condition| !has(condition))
    }

    /// What meets any condition; that nothing does is a match, too.
    pub(super) fn loosely(&self, data: &[Pair]) -> Avpl {
        let mut found = Vec::new();
        let (mut data, mut conditions) = (data, self.0.as_slice());
        while let ([pair, rest @ ..], [(condition, _), later @ ..]) = (data, conditions) {
            if condition.attribute < pair.attribute {
                conditions = later;
                continue;
            }
            let mut of_name = conditions
                .iter()
                .take_while(|(known, _)| known.attribute == pair.attribute);
            if of_name.any(|(known, value)| holds(known, value, pair)) {
                found.push(pair.clone());
            }
            data = rest;
        }
        Avpl::of_matched(found)
    }

    /// Each condition is tried on the first value that is not used.
    fn in_pairs(&self, is_strict: bool, data: &[Pair]) -> Result<Avpl, &Condition> {
        let mut found: Vec<Pair> = Vec::new();
        let (mut data, mut conditions) = (data, self.0.as_slice());
        while let ([pair, rest @ ..], [(condition, value), later @ ..]) = (data, conditions) {
            if pair.attribute < condition.attribute {
                data = rest;
                continue;
            }
            conditions = later;
            if pair.attribute == condition.attribute && holds(condition, value, pair) {
                found.push(pair.clone());
                data = rest;
                continue;
            }
            let has_matched = found
                .last()
                .is_some_and(|found| found.attribute == condition.attribute);
            if is_strict || !has_matched {
                return Err(condition);
            }
        }
        match conditions {
            [(condition, _), ..] if is_strict => Err(condition),
            _ => Ok(Avpl::of_matched(found)),
        }
    }
}

/// Whether a condition holds for a value of its attribute.
fn holds(condition: &Condition, asked: &str, pair: &Pair) -> bool {
    let text = pair.value.text();
    match &condition.operator {
        Operator::Exists => true,
        Operator::Equal(_) => text == asked,
        Operator::NotEqual(_) => text != asked,
        Operator::StartsWith(_) => text.starts_with(asked),
        Operator::EndsWith(_) => text.ends_with(asked),
        Operator::Contains(_) => memchr::memmem::find(text.as_bytes(), asked.as_bytes()).is_some(),
        Operator::OneOf(values) => values.iter().any(|value| *value.text == *text),
        Operator::Lower(_) => number(text) < number(asked),
        Operator::Higher(_) => number(text) > number(asked),
    }
}
