//! Which files and interfaces were captured at the same time, and which only one after the other.

use std::collections::BTreeMap;

use crate::model::Origin;

/// Origins told apart; of others nothing is known.
const ORIGINS: usize = 4096;

/// When packets of each origin came, counted in turns: a turn is over when the next packet is of another origin.
#[derive(Debug, Default)]
pub(super) struct Origins {
    current: Option<Origin>,
    turn: u64,
    /// The first turn of each, and that behind its last.
    turns: BTreeMap<Origin, (u64, u64)>,
}

impl Origins {
    /// A packet of this origin came.
    #[inline]
    pub(super) fn note(&mut self, origin: Origin) {
        if self.current != Some(origin) {
            self.begin_turn(origin);
        }
    }

    #[cold]
    fn begin_turn(&mut self, origin: Origin) {
        self.current = Some(origin);
        let turn = self.turn;
        self.turn = turn.saturating_add(1);
        if self.turns.len() < ORIGINS || self.turns.contains_key(&origin) {
            let turns = self.turns.entry(origin).or_insert((turn, turn));
            turns.1 = self.turn;
        }
    }

    /// Whether packets of one came between those of the other, as far as was read.
    pub(super) fn overlap(&self, one: Origin, other: Origin) -> bool {
        match (self.turns.get(&one), self.turns.get(&other)) {
            (Some(one), Some(other)) => one.0 < other.1 && other.0 < one.1,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CaptureIndex;

    #[test]
    fn what_is_carried_on_does_not_overlap() {
        let [first, second, third] = [0, 1, 2].map(|capture| Origin::new(CaptureIndex(capture), 0));
        let mut origins = Origins::default();
        for origin in [first, first, second, third, second] {
            origins.note(origin);
        }
        assert!(!origins.overlap(first, second) && !origins.overlap(third, first));
        assert!(origins.overlap(second, third));
    }
}
