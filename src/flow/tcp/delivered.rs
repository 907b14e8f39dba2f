//! What was delivered last, as hashes: enough to tell whether a segment sent again says something else.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use super::sequence::{octets, offset};

/// Segments remembered per direction: what is in flight over a mobile link when a segment is sent again by mistake.
const REMEMBERED: usize = 8;

#[derive(Clone, Copy, Debug, Default)]
struct SegmentHash {
    start: u64,
    length: u32,
    hash: u32,
}

/// The last segments delivered. Of a direction in which few come, as of a request that waits for its answer, few octets
/// are held.
#[derive(Debug, Default)]
pub(super) struct DeliveredHashes {
    /// At most [`REMEMBERED`].
    hashes: Vec<SegmentHash>,
    /// Which of them the next one takes the place of, once they are as many.
    turn: usize,
}

/// Equal octets must have equal hashes within a run only; nobody gains from a collision, which hides an anomaly. Every
/// octet of every stream that is followed goes through this: of the hashes at hand it is the fastest.
fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write(bytes);
    hasher.finish() as u32
}

impl DeliveredHashes {
    /// Remembers octets that were delivered.
    pub(super) fn remember(&mut self, start: u64, bytes: &[u8]) {
        let Ok(length) = u32::try_from(bytes.len()) else {
            return;
        };
        let print = SegmentHash {
            start,
            length,
            hash: hash(bytes),
        };
        match self.hashes.get_mut(self.turn) {
            Some(oldest) => *oldest = print,
            None => self.hashes.push(print),
        }
        self.turn = (self.turn + 1) % REMEMBERED;
    }

    /// Whether octets sent again differ from a remembered segment that lies wholly within them.
    pub(super) fn contradicts(&self, start: u64, bytes: &[u8]) -> bool {
        let end = start.saturating_add(octets(bytes));
        self.hashes.iter().any(|print| {
            let print_end = print.start.saturating_add(u64::from(print.length));
            if print.length == 0 || print.start < start || print_end > end {
                return false;
            }
            let from = offset(print.start.saturating_sub(start));
            let to = offset(print_end.saturating_sub(start));
            bytes.get(from..to).is_some_and(|same| hash(same) != print.hash)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_other_octets_from_the_same() {
        let mut recent = DeliveredHashes::default();
        recent.remember(100, b"hello");
        recent.remember(105, b"world");
        assert!(!recent.contradicts(100, b"helloworld!"));
        assert!(recent.contradicts(100, b"helloWorld"));
        assert!(!recent.contradicts(102, b"lloX"), "not wholly within");
    }
}
