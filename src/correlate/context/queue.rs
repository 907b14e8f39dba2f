//! A queue that grows by pieces: one that doubles would take half as much again as it holds while it is moved.

use std::collections::VecDeque;

/// Things of one piece.
const PIECE: usize = 4_096;

/// Things in the order in which they came. All pieces but the first and the last are full.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    pieces: VecDeque<VecDeque<T>>,
    len: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            pieces: VecDeque::new(),
            len: 0,
        }
    }
}

impl<T> Queue<T> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push_back(&mut self, thing: T) {
        if self.pieces.back().is_none_or(|piece| piece.len() >= PIECE) {
            self.pieces.push_back(VecDeque::with_capacity(PIECE));
        }
        if let Some(piece) = self.pieces.back_mut() {
            piece.push_back(thing);
            self.len = self.len.saturating_add(1);
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        let piece = self.pieces.front_mut()?;
        let thing = piece.pop_front()?;
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        self.len = self.len.saturating_sub(1);
        Some(thing)
    }

    /// Which piece, and where in it.
    fn place(&self, at: usize) -> Option<(usize, usize)> {
        let first = self.pieces.front()?.len();
        match at.checked_sub(first) {
            None => Some((0, at)),
            Some(rest) => Some((1 + rest / PIECE, rest % PIECE)),
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        let (piece, at) = self.place(at)?;
        self.pieces.get(piece)?.get(at)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let (piece, at) = self.place(at)?;
        self.pieces.get_mut(piece)?.get_mut(at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_plain_queue_holds(steps in prop::collection::vec((1..3_000_usize, 0..3_000_usize), 1..12)) {
            let (mut queue, mut plain) = (Queue::default(), VecDeque::new());
            let mut next = 0;
            for (pushed, popped) in steps {
                for _ in 0..pushed {
                    queue.push_back(next);
                    plain.push_back(next);
                    next += 1;
                }
                for _ in 0..popped {
                    prop_assert_eq!(queue.pop_front(), plain.pop_front());
                }
                prop_assert_eq!(queue.len(), plain.len());
                for at in (0..plain.len() + 1).step_by(97) {
                    prop_assert_eq!(queue.get(at), plain.get(at));
                }
                prop_assert!(queue.iter().eq(&plain));
            }
        }
    }
}
