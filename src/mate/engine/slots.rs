//! Places for things that come and go; a place that is left is given to the next.

/// A place in [`Slots`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(u32);

/// Things at places that do not change while they are there.
#[derive(Clone, Debug)]
pub(super) struct Slots<T> {
    places: Vec<Option<T>>,
    free: Vec<Slot>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slots<T> {
    /// Finds a place for something.
    pub(super) fn insert(&mut self, thing: T) -> Slot {
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.places.get_mut(slot.0 as usize)
        {
            *place = Some(thing);
            return slot;
        }
        // As many as a u32 counts are kept by no machine.
        let slot = Slot(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
        self.places.push(Some(thing));
        slot
    }

    /// What is at a place.
    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        self.places.get(slot.0 as usize)?.as_ref()
    }

    /// What is at a place.
    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.places.get_mut(slot.0 as usize)?.as_mut()
    }

    /// Takes what is at a place away.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<T> {
        let thing = self.places.get_mut(slot.0 as usize)?.take()?;
        self.free.push(slot);
        Some(thing)
    }

    /// All things with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        (0..)
            .map(Slot)
            .zip(&self.places)
            .filter_map(|(slot, thing)| Some((slot, thing.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_left_is_given_again() {
        let mut slots = Slots::default();
        let (one, two) = (slots.insert("one"), slots.insert("two"));
        assert_eq!(slots.remove(one), Some("one"));
        assert_eq!(slots.remove(one), None);
        assert_eq!(slots.get(one), None);
        let three = slots.insert("three");
        assert_eq!(three, one);
        assert_eq!(
            slots.iter().collect::<Vec<_>>(),
            [(three, &"three"), (two, &"two")]
        );
    }
}
