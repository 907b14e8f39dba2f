//! The packets that were seen of a file.

use std::collections::HashMap;

use super::identity::Identity;
use crate::model::{Nanoseconds, RandomState, Timestamp};
use crate::net::Packet;

/// Packets kept of a file; beyond that every second one is let go of, by its digest, so that the same are kept of all files.
const KEPT: usize = 1 << 16;
/// How far apart a packet may be seen twice by one probe, as a span port or a router shows it: the first one counts then.
const COPIES: Nanoseconds = 20_000_000;

/// A packet in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    /// Its time as the file has it.
    pub(super) time: Timestamp,
    /// A digest of its ends.
    pub(super) ends: u64,
    /// Which of them sent it.
    pub(super) forward: bool,
}

/// What was seen of a file. Times are as it has them.
#[derive(Debug)]
pub(super) struct Seen {
    /// The time of its first packet.
    pub(super) first: Timestamp,
    /// The time of its last packet, as far as that is known.
    pub(super) last: Option<Timestamp>,
    /// Its octets.
    pub(super) size: u64,
    /// The latest time that was looked at.
    pub(super) until: Timestamp,
    /// By digest; nothing of what was sent more than once.
    packets: HashMap<u64, Option<Sighting>, RandomState>,
    /// Only digests that have none of these bits are kept.
    left_out: u64,
}

impl Seen {
    pub(super) fn new(size: u64, first: Timestamp) -> Self {
        Self {
            first,
            last: None,
            size,
            until: first,
            packets: HashMap::default(),
            left_out: 0,
        }
    }

    /// The packets that were sent once, each with its digest, in no order.
    pub(super) fn packets(&self) -> impl Iterator<Item = (u64, Sighting)> {
        let packets = self.packets.iter();
        packets.filter_map(|(digest, sighting)| Some((*digest, (*sighting)?)))
    }

    /// A packet that was sent once.
    pub(super) fn packet(&self, digest: u64) -> Option<Sighting> {
        self.packets.get(&digest).copied().flatten()
    }

    /// Takes a packet; its digest, where it can be told from others.
    pub(super) fn add(&mut self, packet: &Packet<'_>) -> Option<u64> {
        let Identity {
            digest,
            ends,
            forward,
        } = Identity::of(packet)?;
        let time = packet.at.time;
        self.insert(digest, Sighting { time, ends, forward });
        Some(digest)
    }

    fn insert(&mut self, digest: u64, sighting: Sighting) {
        if digest & self.left_out != 0 {
            return;
        }
        let known = self.packets.entry(digest).or_insert(Some(sighting));
        if let Some(first) = *known {
            let apart = sighting.time.since(first.time);
            if !(-COPIES..=COPIES).contains(&apart) {
                // Sent again as it was: nobody knows which of them another probe saw.
                *known = None;
            } else if apart < 0 {
                *known = Some(sighting);
            }
        }
        if self.packets.len() > KEPT {
            self.left_out = self.left_out << 1 | 1;
            let left_out = self.left_out;
            self.packets.retain(|digest, _| digest & left_out == 0);
        }
    }
}

#[cfg(test)]
impl Seen {
    /// One with these packets.
    pub(super) fn of(packets: impl IntoIterator<Item = (u64, Sighting)>) -> Self {
        let mut seen = Self::new(0, Timestamp::default());
        for (digest, sighting) in packets {
            seen.first = if seen.packets.is_empty() {
                sighting.time
            } else {
                seen.first.min(sighting.time)
            };
            seen.until = seen.until.max(sighting.time);
            seen.insert(digest, sighting);
        }
        seen.last = Some(seen.until);
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanoseconds: i64) -> Sighting {
        Sighting {
            time: Timestamp::from_nanoseconds(nanoseconds),
            ends: 1,
            forward: true,
        }
    }

    #[test]
    fn a_copy_counts_once_and_what_was_sent_again_not_at_all() {
        let seen = Seen::of([
            (1, at(500)),
            (1, at(100)),
            (2, at(0)),
            (2, at(COPIES + 1)),
            (2, at(5)),
        ]);
        assert_eq!(seen.packet(1), Some(at(100)));
        assert_eq!(seen.packet(2), None);
        assert_eq!(seen.packets().count(), 1);
    }

    #[test]
    fn of_many_packets_the_same_are_kept_in_every_file() {
        let digest = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let many = Seen::of((0..4 * KEPT as u64).map(|n| (digest(n), at(0))));
        let few = Seen::of((0..1000).map(|n| (digest(n), at(0))));
        let kept = many.packets().count();
        assert!(kept <= KEPT && kept > KEPT / 8, "{kept}");
        let common = few
            .packets()
            .filter(|(digest, _)| many.packet(*digest).is_some())
            .count();
        assert!(common > 100, "{common}");
    }
}
