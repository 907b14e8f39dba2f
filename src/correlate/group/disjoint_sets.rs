//! Disjoint sets, with the smaller number as the representative, so that the result does not depend on order.

use crate::correlate::group::ids::{Id, IdVec};

#[derive(Clone, Debug)]
pub(crate) struct DisjointSets<I> {
    parent: IdVec<I, I>,
}

impl<I: Id + Ord> DisjointSets<I> {
    pub(crate) fn new(len: usize) -> Self {
        Self {
            parent: (0..len).map(I::of).collect::<Vec<_>>().into(),
        }
    }

    /// The representative of an element's set: its smallest element.
    pub(crate) fn find(&mut self, element: I) -> I {
        let mut root = element;
        while let Some(parent) = self.parent(root).filter(|parent| *parent != root) {
            root = parent;
        }
        let mut at = element;
        while let Some(parent) = self.parent(at).filter(|parent| *parent != root) {
            self.put_below(at, root);
            at = parent;
        }
        root
    }

    /// Unites two sets; the representative of both.
    pub(crate) fn unite(&mut self, one: I, other: I) -> I {
        let (one, other) = (self.find(one), self.find(other));
        let (root, child) = (one.min(other), one.max(other));
        self.put_below(child, root);
        root
    }

    fn parent(&self, element: I) -> Option<I> {
        self.parent.get(element).copied()
    }

    fn put_below(&mut self, element: I, root: I) {
        if let Some(parent) = self.parent.get_mut(element) {
            *parent = root;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::group::ids::ClusterId;

    #[test]
    fn the_smallest_element_represents() {
        let id = ClusterId::of;
        let mut union = DisjointSets::new(6);
        union.unite(id(5), id(3));
        union.unite(id(3), id(4));
        assert_eq!(union.find(id(5)), id(3));
        union.unite(id(5), id(1));
        assert_eq!(
            (union.find(id(4)), union.find(id(0)), union.find(id(2))),
            (id(1), id(0), id(2))
        );
    }
}
