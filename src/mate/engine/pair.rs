//! Attributes with their values: what MATE calls AVPs.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use smol_str::SmolStr;

use crate::mate::config::AttributeId;

/// A value of an attribute. Two are equal if their texts are.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    // Most are short, and copied several times for each Pdu.
    text: SmolStr,
    /// Whether it was taken from a field of type boolean, which `True` and `False` mean as well.
    boolean: bool,
}

impl Value {
    /// Plain text.
    pub(crate) fn new(text: &str) -> Self {
        Self::extracted(text, false)
    }

    /// The text of a field, and whether its type is boolean.
    pub(crate) fn extracted(text: &str, boolean: bool) -> Self {
        Self {
            text: SmolStr::new(text),
            boolean,
        }
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it was taken from a field of type boolean.
    pub(crate) fn is_boolean(&self) -> bool {
        self.boolean
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Byte order.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// An attribute and one of its values. The order is that of names, then of values, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pair {
    /// The attribute.
    pub(crate) attribute: AttributeId,
    /// The value.
    pub(crate) value: Value,
}

impl Pair {
    /// An attribute with plain text.
    pub(crate) fn new(attribute: AttributeId, text: &str) -> Self {
        Self {
            attribute,
            value: Value::new(text),
        }
    }
}

/// Pairs in their order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pairs(Vec<Pair>);

impl Pairs {
    /// These pairs, once each and in order.
    pub(crate) fn new(mut pairs: Vec<Pair>) -> Self {
        if !pairs.is_sorted_by(|one, other| one < other) {
            pairs.sort_unstable();
            pairs.dedup();
        }
        Self(pairs)
    }

    /// These pairs, which are in order and each there once.
    pub(crate) fn of_sorted(pairs: Vec<Pair>) -> Self {
        debug_assert!(pairs.is_sorted_by(|one, other| one < other));
        Self(pairs)
    }

    /// All of them.
    pub(crate) fn as_slice(&self) -> &[Pair] {
        &self.0
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<Pair> {
        self.0
    }

    /// Those of an attribute.
    pub(crate) fn of(&self, attribute: AttributeId) -> &[Pair] {
        of(&self.0, attribute)
    }

    /// The attributes with their pairs.
    pub(crate) fn by_attribute(&self) -> impl Iterator<Item = (AttributeId, &[Pair])> {
        self.0
            .chunk_by(|one, other| one.attribute == other.attribute)
            .filter_map(|pairs| pairs.first().map(|first| (first.attribute, pairs)))
    }

    /// Adds a pair unless it is there.
    pub(crate) fn insert(&mut self, pair: Pair) {
        if let Err(place) = self.0.binary_search(&pair) {
            self.0.insert(place, pair);
        }
    }

    /// Keeps the pairs for which `keep` says so.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Pair) -> bool) {
        self.0.retain(keep);
    }
}

/// The pairs of an attribute among sorted ones.
pub(crate) fn of(pairs: &[Pair], attribute: AttributeId) -> &[Pair] {
    let start = pairs.partition_point(|pair| pair.attribute < attribute);
    let rest = pairs.get(start..).unwrap_or_default();
    let length = rest.partition_point(|pair| pair.attribute == attribute);
    rest.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(attribute: u32, text: &str) -> Pair {
        Pair::new(AttributeId(attribute), text)
    }

    #[test]
    fn pairs_are_a_sorted_set() {
        let mut pairs = Pairs::new(vec![pair(1, "b"), pair(0, "z"), pair(1, "a"), pair(1, "b")]);
        assert_eq!(pairs.as_slice(), [pair(0, "z"), pair(1, "a"), pair(1, "b")]);
        pairs.insert(pair(1, "a"));
        pairs.insert(pair(1, "aa"));
        assert_eq!(
            pairs.of(AttributeId(1)),
            [pair(1, "a"), pair(1, "aa"), pair(1, "b")]
        );
        assert_eq!(pairs.of(AttributeId(2)), []);
        let counts: Vec<usize> = pairs.by_attribute().map(|(_, pairs)| pairs.len()).collect();
        assert_eq!(counts, [1, 3]);
        pairs.retain(|pair| pair.value.text() != "aa");
        assert_eq!(pairs.as_slice().len(), 3);
    }

    #[test]
    fn a_boolean_equals_its_text() {
        assert_eq!(Value::extracted("1", true), Value::new("1"));
    }
}
