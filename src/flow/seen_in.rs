//! Where the packets of one connection were seen.

use crate::model::{Direction, NetworkId, SharedSort};

/// Places remembered of one connection beside the last of each direction: more than a phone changes cells while it
/// sends one message.
const EARLIER: usize = 8;

/// Where the packets of one connection were seen, by direction.
#[derive(Debug, Default)]
pub(super) struct SeenIn {
    /// The last of each direction.
    last: [Option<NetworkId>; 2],
    /// Others before; nearly no connection has any.
    earlier: Option<Box<Earlier>>,
}

type Earlier = Vec<(Direction, NetworkId)>;

impl SeenIn {
    /// Whether packets of this direction were seen there.
    #[inline]
    pub(super) fn has(&self, direction: Direction, network: NetworkId) -> bool {
        let last = self.last.get(direction.index()).copied().flatten();
        last == Some(network)
            || self
                .earlier
                .as_ref()
                .is_some_and(|earlier| earlier.contains(&(direction, network)))
    }

    /// Whether packets of this direction were seen at all.
    pub(super) fn has_any(&self, direction: Direction) -> bool {
        self.last.get(direction.index()).is_some_and(Option::is_some)
    }

    /// Whether packets of both directions were seen.
    pub(super) fn has_both(&self) -> bool {
        self.last.iter().all(Option::is_some)
    }

    /// Notes where a packet was seen; whether none of its direction was seen there before.
    #[inline]
    pub(super) fn note(&mut self, direction: Direction, network: NetworkId) -> bool {
        match self.last.get_mut(direction.index()) {
            Some(Some(last)) if *last == network => false,
            Some(last) => {
                let before = last.replace(network);
                self.keep(direction, before, network)
            }
            None => false,
        }
    }

    #[cold]
    fn keep(&mut self, direction: Direction, before: Option<NetworkId>, network: NetworkId) -> bool {
        let Some(before) = before else { return true };
        let earlier = self.earlier.get_or_insert_default();
        let known = earlier.iter().position(|known| *known == (direction, network));
        if let Some(known) = known {
            earlier.remove(known);
        } else if earlier.len() == EARLIER {
            earlier.remove(0);
        }
        earlier.push((direction, before));
        known.is_none()
    }

    /// All of them, each once.
    pub(super) fn all(&self) -> Vec<NetworkId> {
        let earlier = self.earlier.iter().flat_map(|earlier| earlier.iter());
        let mut all: Vec<NetworkId> = self.last.iter().flatten().copied().collect();
        all.extend(earlier.map(|(_, network)| *network));
        all.shared_sort();
        all.dedup();
        all
    }

    /// Whether both connections have packets of one direction that were seen in one place.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let theirs = other.all();
        self.all().iter().any(|network| theirs.contains(network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Labels, Origin};

    #[test]
    fn the_last_places_are_remembered_by_direction() {
        let id = |labels| NetworkId {
            labels: Labels(labels),
            origin: Origin::default(),
        };
        let mut seen_in = SeenIn::default();
        let (out, back) = (Direction::FromInitiator, Direction::FromResponder);
        assert!(seen_in.note(out, id(1)) && seen_in.note(back, id(2)) && !seen_in.note(out, id(1)));
        assert!(seen_in.note(out, id(3)) && !seen_in.note(out, id(1)));
        assert!(seen_in.has(out, id(3)) && seen_in.has(back, id(2)) && !seen_in.has(back, id(1)));
        assert_eq!(seen_in.all(), [id(1), id(2), id(3)]);
        (10..30).for_each(|labels| assert!(seen_in.note(out, id(labels))));
        assert_eq!(seen_in.all().len(), EARLIER + 2);
    }
}
