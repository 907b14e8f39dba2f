//! Whose checksums mean something. A sender whose network card computes them after the capture has wrong ones mostly.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::model::RandomState;

/// Senders of datagrams that are remembered; of others every checksum counts as right. Bounds memory at some megabytes.
const SENDERS: usize = 1 << 16;

/// How many checksums of one sender are right and wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Checksums {
    right: u32,
    wrong: u32,
}

impl Checksums {
    /// Notes one; whether what it is about is to be trusted.
    pub(super) fn trusts(&mut self, holds: bool) -> bool {
        self.note(holds);
        holds || self.wrong > self.right
    }

    fn note(&mut self, holds: bool) {
        let count = if holds { &mut self.right } else { &mut self.wrong };
        *count = count.saturating_add(1);
    }
}

/// What a checksum says of its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The datagram is as it was sent, as far as is known: there is no checksum, or its sender's are mostly wrong.
    Unchecked,
    /// It is as it was sent.
    Right,
    /// It is not, unless its sender's card computes checksums: nothing of the sender was seen before.
    Doubtful,
    /// It is not. Its receiver drops it (RFC 1122 section 4.1.3.4).
    Wrong,
}

/// The checksums of those who send datagrams.
#[derive(Debug, Default)]
pub(super) struct Senders {
    checksums: HashMap<IpAddr, Checksums, RandomState>,
}

impl Senders {
    /// Notes whether the checksum of a datagram is right, where it has one.
    pub(super) fn judge(&mut self, sender: IpAddr, holds: Option<bool>) -> Trust {
        let Some(holds) = holds else {
            return Trust::Unchecked;
        };
        let is_known = self.checksums.contains_key(&sender);
        if !is_known && self.checksums.len() >= SENDERS {
            return Trust::Unchecked;
        }
        let checksums = self.checksums.entry(sender).or_default();
        checksums.note(holds);
        match (holds, *checksums) {
            (true, _) => Trust::Right,
            (false, Checksums { right: 0, wrong: 1 }) => Trust::Doubtful,
            (false, Checksums { right, wrong }) if wrong > right => Trust::Unchecked,
            (false, _) => Trust::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_most_are_wrong_none_counts() {
        let mut senders = Senders::default();
        let mut judge = |sender: u8, holds| senders.judge([10, 0, 0, sender].into(), holds);
        assert_eq!(judge(1, Some(false)), Trust::Doubtful);
        assert_eq!(judge(1, Some(false)), Trust::Unchecked);
        assert_eq!(judge(2, Some(true)), Trust::Right);
        assert_eq!(judge(2, Some(false)), Trust::Wrong);
        assert_eq!(judge(2, Some(false)), Trust::Unchecked, "most are wrong by now");
        assert_eq!(judge(2, None), Trust::Unchecked);
    }
}
