//! Looks at parts of files for packets that others hold too. What it reads is bounded, however large the files are.

use std::collections::{BTreeSet, HashMap};

use super::seen::Seen;
use crate::capture::{Excerpt, Input};
use crate::model::SharedSort;
use crate::model::{CaptureIndex, Nanoseconds, RandomState, Timestamp, fault};
use crate::net::Decapsulator;

/// How many octets of packets are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// At the beginnings of all files, to see which of them have something in common.
    pub(super) beginnings: u64,
    /// Of one file up to which it is read whole where it has something in common with another.
    pub(super) whole: u64,
    /// At each place of a larger file.
    pub(super) place: u64,
    /// In which the same packets are looked for in another file.
    pub(super) search: u64,
    /// Of all files beyond their beginnings.
    pub(super) all: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        const MEBI: u64 = 1024 * 1024;
        Self {
            beginnings: 64 * MEBI,
            whole: 32 * MEBI,
            place: MEBI,
            search: 8 * MEBI,
            all: 512 * MEBI,
        }
    }
}

/// Octets read at the beginning of one file, at least and at most.
const BEGINNING: std::ops::RangeInclusive<u64> = 64 * 1024..=1024 * 1024;
/// Places of a larger file at which it is read.
const PLACES: i64 = 12;
/// How much further apart clocks may be at another place than at the last one, at least, and as a part of the time between: a
/// clock that gains so much is no good.
const GROWN: (Nanoseconds, Nanoseconds) = (50_000_000, 2_000);
/// Packets that have to agree before it is known how far apart clocks are at a place.
const AGREEING: usize = 5;
/// How long two files have to go on together to be worth comparing.
const TOGETHER: Nanoseconds = Timestamp::SECOND;
/// Files beginning before another with which it is compared at most.
const NEIGHBOURS: usize = 8;

/// A file that is looked at.
struct Surveyed {
    input: Input,
    index: CaptureIndex,
    excerpt: Excerpt,
    seen: Seen,
    /// What is to be added to its times, as somebody said.
    given: Nanoseconds,
    /// Nothing more is to be read of it: it was read to its end, or as far as it may be.
    is_done: bool,
}

impl Surveyed {
    /// Reads the beginning of a file.
    fn open(input: &Input, index: CaptureIndex, given: Nanoseconds, octets: u64) -> Option<Self> {
        let excerpt = Excerpt::open(input, index)?;
        let first = excerpt.first_time()?;
        let mut surveyed = Self {
            input: input.clone(),
            index,
            seen: Seen::new(excerpt.size(), first),
            excerpt,
            given,
            is_done: false,
        };
        let read = surveyed.read(octets, None);
        surveyed.is_done = read.is_end;
        surveyed.seen.last = match read.is_end {
            true => Some(surveyed.seen.until),
            false => surveyed.excerpt.last_time(),
        };
        Some(surveyed)
    }

    /// From the first packet to the last, as far as that is known, with what is known of the clock.
    fn span(&self) -> (Timestamp, Option<Timestamp>) {
        let last = self.seen.last.map(|last| last.plus(self.given));
        (self.seen.first.plus(self.given), last)
    }

    /// Reads on for so many octets of packets, or to the first packet later than a time.
    fn read(&mut self, octets: u64, until: Option<Timestamp>) -> Read {
        let mut read = Read::default();
        let mut net = Decapsulator::new();
        let Self { excerpt, seen, .. } = self;
        let done = fault::isolated(|| {
            while read.octets < octets {
                let Some(frame) = excerpt.next_frame() else {
                    read.is_end = true;
                    return;
                };
                if until.is_some_and(|until| frame.stamp > until) {
                    return;
                }
                read.octets += frame.data.len() as u64;
                seen.until = seen.until.max(frame.stamp);
                net.push(&frame, |packet| {
                    if let Some(digest) = seen.add(&packet) {
                        read.packets.push((digest, packet.at.time));
                    }
                });
            }
        });
        // A fault will be told by the run that reads all of it; here nothing more is learnt of this file.
        read.is_end |= done.is_err();
        read
    }

    /// Reads all of it that may be read, where it is small or cannot be read from another place. Gives back how many octets.
    fn read_whole(&mut self, whole: u64) -> u64 {
        let is_small = self.excerpt.size() <= whole;
        if self.is_done || !is_small && self.excerpt.can_seek() {
            return 0;
        }
        self.is_done = true;
        let Some(excerpt) = Excerpt::open(&self.input, self.index) else {
            return 0;
        };
        self.excerpt = excerpt;
        let read = self.read(whole, None);
        if read.is_end {
            self.seen.last = Some(self.seen.until);
        }
        read.octets
    }
}

/// What was read in one go.
#[derive(Default)]
struct Read {
    octets: u64,
    /// Its packets, each with its time.
    packets: Vec<(u64, Timestamp)>,
    is_end: bool,
}

impl Read {
    /// By how much the clock of this file is ahead of that of another at this place.
    fn ahead_of(&self, other: &Seen) -> Option<Nanoseconds> {
        let packets = self.packets.iter();
        let mut ahead: Vec<Nanoseconds> = packets
            .filter_map(|(digest, time)| Some(time.since(other.packet(*digest)?.time)))
            .collect();
        median(&mut ahead)
    }

    /// From the first to the last packet.
    fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.packets.iter().map(|(_, time)| *time);
        times().min().zip(times().max())
    }
}

/// The middle one, where there are enough.
fn median(values: &mut [Nanoseconds]) -> Option<Nanoseconds> {
    if values.len() < AGREEING {
        return None;
    }
    let middle = values.len() / 2;
    Some(*values.select_nth_unstable(middle).1)
}

/// Looks at the files among some inputs. `given` is what is to be added to the times of each. None of what is no file.
pub(super) fn survey<'a>(
    inputs: impl Iterator<Item = &'a Input>,
    given: &[Option<Nanoseconds>],
    bounds: &Bounds,
) -> Vec<Option<Seen>> {
    let inputs: Vec<&Input> = inputs.collect();
    let files = inputs
        .iter()
        .filter(|input| matches!(input, Input::File(_)))
        .count();
    let mut all: Vec<Option<Seen>> = inputs.iter().map(|_| None).collect();
    if files < 2 {
        return all;
    }
    let octets = (bounds.beginnings / files as u64).clamp(*BEGINNING.start(), *BEGINNING.end());
    let open = |(index, input): (u32, &&Input)| {
        let given = given.get(index as usize).copied().flatten().unwrap_or_default();
        Surveyed::open(input, CaptureIndex(index), given, octets)
    };
    let mut surveyed: Vec<Surveyed> = (0..).zip(&inputs).filter_map(open).collect();
    // In an order that is the same whatever the order of the arguments.
    surveyed.shared_sort_by_key(|file| (file.span().0, file.seen.size));
    let mut left = bounds.all;
    for (first, second) in pairs(&surveyed) {
        if let Ok([one, other]) = surveyed.get_disjoint_mut([first, second])
            && left > 0
        {
            left = left.saturating_sub(compare(one, other, bounds));
        }
    }
    for file in surveyed {
        if let Some(slot) = all.get_mut(file.index.0 as usize) {
            *slot = Some(file.seen);
        }
    }
    all
}

/// Which files may have packets in common, by their places: those whose beginnings have, and those that go on together.
fn pairs(files: &[Surveyed]) -> BTreeSet<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    let mut holders: HashMap<u64, usize, RandomState> = HashMap::default();
    for (place, file) in files.iter().enumerate() {
        for (digest, _) in file.seen.packets() {
            let holder = *holders.entry(digest).or_insert(place);
            if holder != place {
                pairs.insert((holder, place));
            }
        }
    }
    for (place, file) in files.iter().enumerate() {
        let begins = file.span().0;
        let before = files.get(..place).unwrap_or_default().iter().enumerate().rev();
        let goes_on = |(_, earlier): &(usize, &Surveyed)| {
            let ends = [earlier.span().1, file.span().1].into_iter().flatten().min();
            earlier.span().1.is_some() && ends.is_some_and(|ends| ends.since(begins) >= TOGETHER)
        };
        let near = before.take(NEIGHBOURS).filter(goes_on);
        pairs.extend(near.map(|(earlier, _)| (earlier, place)));
    }
    pairs
}

/// Reads on in two files where they may hold the same packets. Gives back how many octets.
fn compare(one: &mut Surveyed, other: &mut Surveyed, bounds: &Bounds) -> u64 {
    let mut octets = one.read_whole(bounds.whole) + other.read_whole(bounds.whole);
    // Reading goes from place to place in one of them, and follows in the other where that was not read whole.
    let (follower, leader) = match other.is_done {
        true => (other, one),
        false => (one, other),
    };
    if leader.is_done {
        return octets;
    }
    let Some((from, to)) = together(leader, follower) else {
        return octets;
    };
    let mut ahead = ahead_of(&leader.seen, &follower.seen);
    let apart = to.since(from) / PLACES;
    for place in 0..=PLACES {
        let at = from.plus(apart.saturating_mul(place)).plus(-leader.given);
        if !leader.excerpt.seek_time(at) {
            continue;
        }
        let read = leader.read(bounds.place, None);
        octets += read.octets;
        if !follower.is_done {
            let margin = GROWN.0 + apart / GROWN.1;
            octets += match ahead {
                Some(ahead) => follow(follower, &read, (ahead, margin), bounds.search),
                None => search(follower, &read, follower.given - leader.given, bounds.search),
            };
        }
        ahead = read.ahead_of(&follower.seen).or(ahead);
    }
    octets
}

/// Reads the part of a file that holds the packets that were read in another, whose clock is about so far ahead, give or take
/// a margin. Gives back how many octets.
fn follow(
    follower: &mut Surveyed,
    read: &Read,
    (ahead, margin): (Nanoseconds, Nanoseconds),
    octets: u64,
) -> u64 {
    let Some((from, to)) = read.span() else { return 0 };
    if !follower.excerpt.seek_time(from.plus(-ahead).plus(-margin)) {
        return 0;
    }
    follower.read(octets, Some(to.plus(-ahead).plus(margin))).octets
}

/// Reads a part of a file in which the packets may be that were read in another, if the clocks are not far apart. Gives back how
/// many octets.
fn search(follower: &mut Surveyed, read: &Read, ahead: Nanoseconds, octets: u64) -> u64 {
    let Some((from, _)) = read.span() else { return 0 };
    if !follower.excerpt.seek_before(from.plus(-ahead), octets / 2) {
        return 0;
    }
    follower.read(octets, None).octets
}

/// By how much the clock of a file is ahead of another's, by what was seen of both.
fn ahead_of(leader: &Seen, follower: &Seen) -> Option<Nanoseconds> {
    let packets = leader.packets();
    let mut ahead: Vec<Nanoseconds> = packets
        .filter_map(|(digest, packet)| Some(packet.time.since(follower.packet(digest)?.time)))
        .collect();
    median(&mut ahead)
}

/// While both go on, as far as they may be read.
fn together(leader: &Surveyed, follower: &Surveyed) -> Option<(Timestamp, Timestamp)> {
    let from = leader.span().0.max(follower.span().0);
    let follower_ends = match follower.is_done {
        true => Some(follower.seen.until.plus(follower.given)),
        false => follower.span().1,
    };
    let to = [leader.span().1, follower_ends].into_iter().flatten().min()?;
    (to > from).then_some((from, to))
}
