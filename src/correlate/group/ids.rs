//! Identifiers of what grouping makes, each a place in one list, and the lists that they name places in.

use std::marker::PhantomData;

/// An identifier that is a place in a list. Beyond four thousand million there are no more places.
pub(crate) trait Id: Copy {
    /// The identifier of a place.
    fn of(place: usize) -> Self;

    /// The place, from 0.
    fn place(self) -> usize;
}

macro_rules! id {
    ($(#[doc = $doc:literal] $name:ident;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl Id for $name {
            fn of(place: usize) -> Self {
                Self(u32::try_from(place).unwrap_or(u32::MAX))
            }

            fn place(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

id! {
    /// A step of a snapshot.
    StepId;
    /// A thread of a snapshot.
    ThreadId;
    /// A cluster: one of those that were united names all of them.
    ClusterId;
    /// An operation of a round: a place among its pairings.
    OperationId;
}

/// What a report says of one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReportId {
    /// The report's step.
    pub(crate) step: StepId,
    /// The recipient's place among those that it tells of.
    pub(crate) told: usize,
}

/// A list whose elements are named by identifiers of one type.
#[derive(Clone, Debug)]
pub(crate) struct IdVec<I, T> {
    list: Vec<T>,
    id: PhantomData<I>,
}

impl<I, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<I, T> From<Vec<T>> for IdVec<I, T> {
    fn from(list: Vec<T>) -> Self {
        Self {
            list,
            id: PhantomData,
        }
    }
}

impl<I: Id, T> IdVec<I, T> {
    pub(crate) fn get(&self, id: I) -> Option<&T> {
        self.list.get(id.place())
    }

    pub(crate) fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.list.get_mut(id.place())
    }

    /// Adds an element; its identifier.
    pub(crate) fn push(&mut self, element: T) -> I {
        self.list.push(element);
        I::of(self.list.len() - 1)
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// All identifiers, in order.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.list.len()).map(I::of)
    }

    /// All elements with their identifiers, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        let elements = self.list.iter().enumerate();
        elements.map(|(place, element)| (I::of(place), element))
    }

    /// All elements to change, with their identifiers, in order.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (I, &mut T)> {
        let elements = self.list.iter_mut().enumerate();
        elements.map(|(place, element)| (I::of(place), element))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.list.iter()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.list.iter_mut()
    }
}
