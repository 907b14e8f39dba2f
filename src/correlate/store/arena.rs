//! The texts of legs, one behind the other in large chunks: no allocation each, and read in the order in which they
//! came.

use crate::correlate::store::packed::{self, Packed};

/// Octets of a chunk: so large that what is left over at its end does not matter, so small that an analysis of few
/// messages takes little.
const CHUNK: usize = 256 * 1024;

/// Where a text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    chunk: u32,
    start: u32,
}

/// Texts, each found by its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    chunks: Vec<String>,
    /// Octets of all of them.
    octets: usize,
}

impl Arena {
    /// Keeps a text.
    pub(crate) fn add(&mut self, text: &str) -> Place {
        let octets = packed::APPENDED + text.len();
        let fits = |chunk: &String| chunk.capacity() - chunk.len() >= octets;
        if !self.chunks.last().is_some_and(fits) {
            self.chunks.push(String::with_capacity(octets.max(CHUNK)));
        }
        let chunk = self.chunks.len() - 1;
        let mut start = 0;
        if let Some(chunk) = self.chunks.last_mut() {
            start = chunk.len();
            packed::append(chunk, text);
            self.octets += chunk.len() - start;
        }
        Place {
            chunk: u32::try_from(chunk).unwrap_or(u32::MAX),
            start: u32::try_from(start).unwrap_or(u32::MAX),
        }
    }

    /// The text at a place.
    pub(crate) fn get(&self, place: Place) -> &str {
        self.packed_at(place).whole().into_text()
    }

    /// The text at a place with whatever stands behind it, for who knows where to stop: looking where a text ends
    /// means fetching its end from memory.
    pub(crate) fn get_open_ended(&self, place: Place) -> &str {
        let mut packed = self.packed_at(place);
        packed.number();
        packed.into_text()
    }

    fn packed_at(&self, place: Place) -> Packed<'_> {
        let chunk = self.chunks.get(place.chunk as usize);
        let rest = chunk.and_then(|chunk| chunk.get(place.start as usize..));
        Packed::new(rest.unwrap_or_default())
    }

    /// Octets of all texts that were added.
    pub(crate) const fn octets(&self) -> usize {
        self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_again_whatever_their_length() {
        let mut arena = Arena::default();
        let texts: Vec<String> = [0, 1, 63, 64, CHUNK - 1, CHUNK, 2 * CHUNK, 5]
            .into_iter()
            .map(|length| "é".repeat(length / 2) + &"x".repeat(length % 2))
            .collect();
        let places: Vec<Place> = texts.iter().map(|text| arena.add(text)).collect();
        assert!(places.is_sorted());
        for (text, place) in texts.iter().zip(places) {
            assert_eq!(arena.get(place), text);
            assert!(arena.get_open_ended(place).starts_with(text.as_str()));
        }
        assert!(arena.octets() >= texts.iter().map(String::len).sum());
    }
}
