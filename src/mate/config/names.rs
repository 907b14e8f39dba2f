//! Names of attributes, once each.

/// An attribute: its place among the names of its configuration, so that the order of two is the byte order of their
/// names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AttributeId(pub(crate) u32);

impl AttributeId {
    /// Its place among the names.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The names of all attributes of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AttributeNames(Vec<Box<str>>);

impl AttributeNames {
    /// Each of these names once, in byte order.
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().map(Into::into).collect();
        names.shared_sort();
        names.dedup();
        Self(names)
    }

    /// The name of an attribute; empty for one of another configuration.
    pub(crate) fn name(&self, id: AttributeId) -> &str {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        self.0.get(index).map_or("", |name| name)
    }

    /// The attribute of this name.
    pub(crate) fn find(&self, name: &str) -> Option<AttributeId> {
        let index = self.0.binary_search_by(|known| (**known).cmp(name)).ok()?;
        u32::try_from(index).ok().map(AttributeId)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, in byte order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (AttributeId, &str)> {
        (0..).map(AttributeId).zip(self.0.iter().map(|name| &**name))
    }
}

use crate::model::SharedSort;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_attributes_is_that_of_their_names() {
        let names = AttributeNames::new(["port", "addr", "port", "Z"]);
        let all: Vec<&str> = names.iter().map(|(_, name)| name).collect();
        assert_eq!(all, ["Z", "addr", "port"]);
        assert!(names.find("addr") < names.find("port"));
        assert_eq!(names.find("ttl"), None);
        for (id, name) in names.iter() {
            assert_eq!(names.find(name), Some(id));
            assert_eq!(names.name(id), name);
        }
    }
}
