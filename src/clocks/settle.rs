//! From packets in several files to what sets each of their clocks straight: one file's clock counts as right, those that
//! have packets in common with it follow, and then those that have some in common with these.

use std::collections::{BTreeMap, HashMap};

use super::estimate::{Estimate, Match, estimate};
use super::seen::{Seen, Sighting};
use crate::model::SharedSort;
use crate::model::{
    CaptureClock, CaptureIndex, ClockBasis, ClockMeasure, ClockShift, Nanoseconds, RandomState, Timestamp,
};

/// What is known of the clock of each file, by index; none where it is as good as right, or nothing is known. `given` is what is
/// to be added to the times of each, as somebody said.
pub(super) fn settle(seen: &[Option<Seen>], given: &[Option<Nanoseconds>]) -> Vec<Option<CaptureClock>> {
    let mut files = Files::of(seen, given);
    while let Some(next) = files.next() {
        files.settle(next);
    }
    let mut clocks: Vec<Option<CaptureClock>> = seen.iter().map(|_| None).collect();
    for file in files.files {
        if let Some(slot) = clocks.get_mut(file.index.0 as usize) {
            *slot = file.clock;
        }
    }
    clocks
}

/// A file on the way to a straight clock.
struct File<'a> {
    index: CaptureIndex,
    seen: &'a Seen,
    /// What is added to its times, once that is settled.
    shift: Option<ClockShift>,
    clock: Option<CaptureClock>,
}

/// The files, the one first whose clock counts as right where nothing says otherwise: which that is must not depend on the
/// order of the arguments.
struct Files<'a> {
    files: Vec<File<'a>>,
    /// The packets that two files have in common, by their places.
    common: BTreeMap<(usize, usize), Vec<(Sighting, Sighting)>>,
}

impl<'a> Files<'a> {
    fn of(seen: &'a [Option<Seen>], given: &[Option<Nanoseconds>]) -> Self {
        let indexed = (0..).zip(seen);
        let mut files: Vec<File<'a>> = indexed
            .filter_map(|(index, seen)| {
                let given = given.get(index as usize).copied().flatten();
                Some(File {
                    index: CaptureIndex(index),
                    seen: seen.as_ref()?,
                    shift: given.map(ClockShift::constant),
                    clock: None,
                })
            })
            .collect();
        files.shared_sort_by_key(|file| (file.seen.first, file.seen.size));
        Self {
            common: common(&files),
            files,
        }
    }

    /// The file that is settled next: the one with most packets in common with those that are, else the first that is not.
    fn next(&self) -> Option<usize> {
        let places = 0..self.files.len();
        let open = places.filter(|place| self.shift(*place).is_none());
        let known = |place: usize| {
            self.known(place)
                .map(|common| common.packets.len())
                .sum::<usize>()
        };
        open.min_by_key(|place| (std::cmp::Reverse(known(*place)), *place))
    }

    fn shift(&self, place: usize) -> Option<&ClockShift> {
        self.files.get(place)?.shift.as_ref()
    }

    /// The files that are settled with which a file has packets in common, and these.
    fn known(&self, place: usize) -> impl Iterator<Item = Common<'_>> {
        self.common.iter().filter_map(move |((first, second), packets)| {
            let (other, is_second) = match (*first == place, *second == place) {
                (_, true) => (*first, true),
                (true, _) => (*second, false),
                _ => return None,
            };
            let (file, shift) = (self.files.get(other)?, self.shift(other)?);
            Some(Common {
                file,
                shift,
                packets,
                is_second,
            })
        })
    }

    fn settle(&mut self, place: usize) {
        let measured = self.measure(place);
        let Some(file) = self.files.get_mut(place) else {
            return;
        };
        file.shift = Some(
            measured
                .as_ref()
                .map_or_else(ClockShift::default, |clock| clock.shift.clone()),
        );
        file.clock = measured;
    }

    fn measure(&self, place: usize) -> Option<CaptureClock> {
        let file = self.files.get(place)?;
        let matches: Vec<Match> = self.known(place).flat_map(Common::matches).collect();
        let nearest = self.known(place).max_by_key(|common| common.packets.len())?;
        let goes_on = unseen(file.seen, nearest.file.seen);
        let Estimate {
            shift,
            ahead,
            drift_ppm,
            scatter,
            path,
            verdict,
        } = estimate(&matches, goes_on)?;
        Some(CaptureClock {
            shift,
            basis: ClockBasis::Measured(ClockMeasure {
                reference: nearest.file.index,
                ahead,
                drift_ppm,
                packets: matches.len() as u64,
                scatter,
                path,
                verdict,
            }),
        })
    }
}

/// Packets that a file has in common with one that is settled.
struct Common<'a> {
    file: &'a File<'a>,
    /// What is added to the times of that one.
    shift: &'a ClockShift,
    packets: &'a [(Sighting, Sighting)],
    /// Whether the packets of the file in question are the second ones.
    is_second: bool,
}

impl<'a> Common<'a> {
    fn matches(self) -> impl Iterator<Item = Match> + 'a {
        self.packets.iter().map(move |(one, other)| {
            let (theirs, mine) = if self.is_second {
                (one, other)
            } else {
                (other, one)
            };
            Match {
                at: mine.time,
                ahead: mine.time.since(self.shift.straight(theirs.time)),
                ends: mine.ends,
                forward: mine.forward,
            }
        })
    }
}

/// Until when a file goes on beyond what was looked at of it or of another, on its own clock as good as that is known.
fn unseen(file: &Seen, other: &Seen) -> Option<Timestamp> {
    let whole = |seen: &Seen| seen.last == Some(seen.until);
    if whole(file) || whole(other) {
        return None;
    }
    file.last
}

/// The packets that two files have in common, in order of time. A packet of many files is one of the first of them and each
/// other.
fn common(files: &[File<'_>]) -> BTreeMap<(usize, usize), Vec<(Sighting, Sighting)>> {
    let mut holders: HashMap<u64, usize, RandomState> = HashMap::default();
    let mut common: BTreeMap<(usize, usize), Vec<(Sighting, Sighting)>> = BTreeMap::new();
    for (place, file) in files.iter().enumerate() {
        for (digest, mine) in file.seen.packets() {
            let holder = *holders.entry(digest).or_insert(place);
            if holder == place {
                continue;
            }
            let theirs = files.get(holder).and_then(|other| other.seen.packet(digest));
            if let Some(theirs) = theirs {
                common.entry((holder, place)).or_default().push((theirs, mine));
            }
        }
    }
    for packets in common.values_mut() {
        packets.shared_sort_by_key(|(theirs, mine)| (mine.time, theirs.time, mine.ends, mine.forward));
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClockVerdict;

    const MS: i64 = 1_000_000;

    /// A file with the packets of these numbers, one each 100 ms, by a clock that is so far ahead.
    fn file(numbers: std::ops::Range<i64>, ahead: i64) -> Option<Seen> {
        let packets = numbers.map(|n| {
            let sighting = Sighting {
                time: Timestamp::from_seconds(1_795_000_000).plus(n * 100 * MS + ahead),
                ends: 7,
                forward: n % 2 == 0,
            };
            (n.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15), sighting)
        });
        Some(Seen::of(packets))
    }

    fn shifts(files: &[Option<Seen>], given: &[Option<i64>]) -> Vec<i64> {
        let at = Timestamp::from_seconds(1_795_000_000);
        let clocks = settle(files, given).into_iter();
        clocks
            .map(|clock| clock.map_or(0, |clock| clock.shift.at(at)))
            .collect()
    }

    #[test]
    fn clocks_follow_the_one_that_begins_first_from_file_to_file() {
        // Rotated files of two probes; the second one's clock is 50 ms ahead.
        let files = [
            file(0..40, 0),
            file(20..60, 50 * MS),
            file(40..80, 0),
            file(60..100, 50 * MS),
        ];
        assert_eq!(shifts(&files, &[]), [0, -50 * MS, 0, -50 * MS]);
        let [first, second, third, fourth] = files;
        let turned = [fourth, third, second, first];
        assert_eq!(shifts(&turned, &[]), [-50 * MS, 0, -50 * MS, 0]);
    }

    #[test]
    fn what_somebody_said_counts_as_right() {
        let files = [file(0..40, 0), file(0..40, 50 * MS)];
        assert_eq!(shifts(&files, &[None, Some(0)]), [50 * MS, 0]);
        assert_eq!(shifts(&files, &[None, Some(-20 * MS)]), [30 * MS, 0]);
        assert_eq!(shifts(&files, &[Some(0), Some(0)]), [0, 0]);
    }

    #[test]
    fn files_without_common_packets_stay_as_they_are() {
        let clocks = settle(&[file(0..40, 0), None, file(40..80, 50 * MS)], &[]);
        assert_eq!(clocks, [None, None, None]);
        assert_eq!(settle(&[file(0..40, 0), file(0..40, 0)], &[]), [None, None]);
    }

    #[test]
    fn what_was_found_says_against_whom() {
        let clocks = settle(&[file(0..40, 50 * MS), file(0..60, 0)], &[]);
        let Some(CaptureClock {
            basis: ClockBasis::Measured(measure),
            ..
        }) = &clocks[0]
        else {
            panic!("{clocks:?}")
        };
        assert_eq!(
            (measure.reference, measure.ahead, measure.packets),
            (CaptureIndex(1), 50 * MS, 40)
        );
        assert_eq!(measure.verdict, ClockVerdict::Straight);
    }
}
