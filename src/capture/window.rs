//! The part of an input that is in memory: filled from a reader, parsed in place, never larger than the
//! largest record needs.

use std::io::{self, Read};

/// How an input ended.
#[derive(Debug)]
pub(super) enum SourceEnd {
    /// All of it was read.
    Complete,
    /// It failed; what was read before is good.
    Failed(io::Error),
}

/// A sliding window over a reader. Octets stay where they are until the next [`fill_to`](Self::fill_to), also
/// after they were consumed: that is what lets a frame be lent from it.
pub(super) struct Window {
    buffer: Vec<u8>,
    /// Octets that the buffer has at least, while it is used.
    capacity: usize,
    start: usize,
    end: usize,
    consumed: u64,
    /// Octets moved to the front so far: what looking far ahead costs.
    moved: u64,
    source: Box<dyn Read + Send>,
    growth: Growth,
    ended: Option<SourceEnd>,
}

/// Whether a source may have more to give later than it has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// It has not.
    Fixed,
    /// It may, and says that it has nothing now by `WouldBlock`.
    Growing {
        /// Whether it had nothing when it was asked last.
        waiting: bool,
    },
}

impl Window {
    pub(super) fn new(source: Box<dyn Read + Send>, capacity: usize) -> Self {
        Self {
            buffer: vec![0; capacity],
            capacity,
            start: 0,
            end: 0,
            consumed: 0,
            moved: 0,
            source,
            growth: Growth::Fixed,
            ended: None,
        }
    }

    /// One over a source that grows: it says `WouldBlock` where it has nothing yet.
    pub(super) fn growing(source: Box<dyn Read + Send>, capacity: usize) -> Self {
        Self {
            growth: Growth::Growing { waiting: false },
            ..Self::new(source, capacity)
        }
    }

    /// Whether the source had nothing to give when it was asked last, and may have later.
    pub(super) fn is_waiting(&self) -> bool {
        self.ended.is_none() && self.growth == Growth::Growing { waiting: true }
    }

    /// Gives back the buffer where nothing is in it that was not consumed; nothing is lent from it then.
    pub(super) fn let_go(&mut self) {
        if self.start == self.end {
            self.buffer = Vec::new();
            (self.start, self.end) = (0, 0);
        }
    }

    /// Waits for no more than is there.
    pub(super) fn end_growth(&mut self) {
        self.growth = Growth::Fixed;
        if self.ended.is_none() {
            self.ended = Some(SourceEnd::Complete);
        }
    }

    /// The octets in memory that are not consumed.
    pub(super) fn available(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The place of the next octet in the input, after decompression.
    pub(super) const fn offset(&self) -> u64 {
        self.consumed
    }

    /// Where the next octet lies in the buffer: the base for [`lent`](Self::lent).
    pub(super) const fn position(&self) -> usize {
        self.start
    }

    /// `length` octets from `position`, consumed or not.
    pub(super) fn lent(&self, position: usize, length: usize) -> &[u8] {
        let end = position.saturating_add(length);
        self.buffer.get(position..end).unwrap_or_default()
    }

    /// Passes over `count` octets of those available.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.consumed += count as u64;
    }

    /// How the input ended, once it has.
    pub(super) const fn ended(&self) -> Option<&SourceEnd> {
        self.ended.as_ref()
    }

    /// Reads on until `needed` octets are available; whether they are. The caller bounds `needed`.
    pub(super) fn fill_to(&mut self, needed: usize) -> bool {
        self.end - self.start >= needed || self.read_on(needed)
    }

    /// The error that ended the input, if one did.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        match self.ended.take() {
            Some(SourceEnd::Failed(error)) => {
                self.ended = Some(SourceEnd::Complete);
                Some(error)
            }
            other => {
                self.ended = other;
                None
            }
        }
    }

    /// Makes the buffer hold at least `capacity` octets: twice what will be looked ahead keeps moving cheap.
    pub(super) fn reserve(&mut self, capacity: usize) {
        if self.buffer.len() < capacity {
            self.buffer.resize(capacity, 0);
        }
    }

    #[cold]
    fn read_on(&mut self, needed: usize) -> bool {
        if let Growth::Growing { waiting } = &mut self.growth {
            *waiting = false;
        }
        while self.end - self.start < needed && self.ended.is_none() && !self.is_waiting() {
            self.make_room(needed);
            self.read_once();
        }
        self.end - self.start >= needed
    }

    /// Moves what is left to the front, and grows when the buffer is full of octets that are needed: a record that
    /// claims to be huge costs no more memory than the file has octets. What is moved is never more than what was
    /// consumed since the last move, or each of many huge claims in a row would move as much as it claims.
    fn make_room(&mut self, needed: usize) {
        let full = self.end == self.buffer.len();
        let left = self.end - self.start;
        if self.start >= left.max(1) && (full || self.buffer.len() - self.start < needed) {
            self.buffer.copy_within(self.start..self.end, 0);
            self.moved += left as u64;
            self.end = left;
            self.start = 0;
        } else if full {
            let grown = self.buffer.len().saturating_mul(2).max(self.capacity).max(64);
            self.buffer.resize(grown, 0);
        }
    }

    fn read_once(&mut self) {
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.source.read(free) {
            Ok(0) => self.ended = Some(SourceEnd::Complete),
            Ok(count) => self.end = self.end.saturating_add(count).min(self.buffer.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.growth != Growth::Fixed => {
                self.growth = Growth::Growing { waiting: true };
            }
            Err(error) => self.ended = Some(SourceEnd::Failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(octets: &'static [u8], capacity: usize) -> Window {
        Window::new(Box::new(octets), capacity)
    }

    #[test]
    fn what_was_consumed_stays_in_place_until_the_next_fill() {
        let mut window = window(b"abcdefgh", 8);
        assert!(window.fill_to(4));
        let position = window.position();
        window.consume(4);
        assert_eq!((window.lent(position, 4), window.offset()), (&b"abcd"[..], 4));
        assert!(window.fill_to(4));
        assert_eq!(window.available(), b"efgh");
        assert!(!window.fill_to(5));
        assert!(matches!(window.ended(), Some(SourceEnd::Complete)));
    }

    #[test]
    fn grows_with_what_is_there_not_with_what_is_claimed() {
        let mut window = window(&[7; 1000], 64);
        assert!(!window.fill_to(1 << 40));
        assert_eq!(window.available().len(), 1000);
        assert!(window.buffer.len() <= 2048);
    }

    #[test]
    fn looking_far_ahead_again_and_again_moves_each_octet_a_few_times() {
        let mut window = window(&[7; 400_000], 64);
        while window.fill_to(100_000) {
            window.consume(10);
        }
        assert!(window.moved <= 2 * 400_000, "{} octets moved", window.moved);
        assert!(
            window.buffer.len() <= 4 * 100_000,
            "{} octets held",
            window.buffer.len()
        );
    }

    #[test]
    fn what_a_growing_source_has_not_yet_is_waited_for() {
        /// An octet every other time it is asked, then the end.
        struct Slow(u8);
        impl Read for Slow {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    7.. => Ok(0),
                    even if even.is_multiple_of(2) => Err(io::ErrorKind::WouldBlock.into()),
                    _ => {
                        into[0] = b'x';
                        Ok(1)
                    }
                }
            }
        }
        let mut window = Window::growing(Box::new(Slow(0)), 8);
        let filled: Vec<_> = (0..5).map(|_| (window.fill_to(2), window.is_waiting())).collect();
        assert_eq!(
            filled,
            [
                (false, true),
                (true, false),
                (true, false),
                (true, false),
                (true, false)
            ]
        );
        assert!(!window.fill_to(4) && window.is_waiting());
        assert!(!window.fill_to(4) && window.is_waiting());
        window.let_go();
        assert_eq!(
            (window.available(), window.buffer.is_empty()),
            (&b"xxx"[..], false)
        );
        assert!(!window.fill_to(4) && !window.is_waiting());
        assert!(matches!(window.ended(), Some(SourceEnd::Complete)));
        assert_eq!(window.available(), b"xxx");
        window.consume(3);
        window.let_go();
        assert_eq!((window.buffer.len(), window.offset()), (0, 3));
        let mut fixed = Window::new(Box::new(Slow(1)), 8);
        assert!(!fixed.fill_to(2) && !fixed.is_waiting());
        assert!(matches!(fixed.ended(), Some(SourceEnd::Failed(_))));
    }

    #[test]
    fn a_failing_source_keeps_what_came_before() {
        struct Fails(u8);
        impl Read for Fails {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => {
                        into[0] = 42;
                        Ok(1)
                    }
                    2 => Err(io::ErrorKind::Interrupted.into()),
                    _ => Err(io::Error::other("gone")),
                }
            }
        }
        let mut window = Window::new(Box::new(Fails(0)), 8);
        assert!(!window.fill_to(2));
        assert_eq!(window.available(), &[42]);
        assert!(matches!(window.ended(), Some(SourceEnd::Failed(_))));
    }
}
