//! Disjoint sets, with the smaller number as the representative, so that the result does not depend on order.

#[derive(Clone, Debug)]
pub(crate) struct DisjointSets {
    parent: Vec<u32>,
}

impl DisjointSets {
    pub(crate) fn new(len: usize) -> Self {
        Self {
            parent: (0..).take(len).collect(),
        }
    }

    /// The representative of an element's set: its smallest element.
    pub(crate) fn find(&mut self, element: usize) -> usize {
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
    pub(crate) fn unite(&mut self, one: usize, other: usize) -> usize {
        let (one, other) = (self.find(one), self.find(other));
        let (root, child) = (one.min(other), one.max(other));
        self.put_below(child, root);
        root
    }

    fn parent(&self, element: usize) -> Option<usize> {
        self.parent.get(element).map(|parent| *parent as usize)
    }

    fn put_below(&mut self, element: usize, root: usize) {
        if let Some((parent, root)) = self.parent.get_mut(element).zip(u32::try_from(root).ok()) {
            *parent = root;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_element_represents() {
        let mut union = DisjointSets::new(6);
        union.unite(5, 3);
        union.unite(3, 4);
        assert_eq!(union.find(5), 3);
        union.unite(5, 1);
        assert_eq!((union.find(4), union.find(0), union.find(2)), (1, 0, 2));
    }
}
