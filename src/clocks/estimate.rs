//! By how much a clock is ahead of another, from packets that both probes saw.
//!
//! A packet that a probe saw at `t` and another one at `t + ahead` took some time between them, and the clocks differ. What
//! it took is the same both ways, as far as anybody knows; so of packets that went one way and of those that went the other
//! the mean is by how much the clocks differ, and half of the difference what they took. The clock may be off by as much
//! more or less as they took, no more: it is set straight only where it is off by more than twice that, and so certainly
//! nearer afterwards.

use std::collections::BTreeMap;

use crate::model::{ClockShift, ClockVerdict, Nanoseconds, Timestamp};
use crate::model::{SharedSort, tree};

/// Packets that both have to hold at least. Each is known by its addresses, numbers and octets, so that none is there by
/// chance; more are needed to tell apart what differs.
pub(super) const FEWEST: usize = 12;
/// Packets of two ends that have to have gone each way.
const EACH_WAY: usize = 3;
/// Clocks that differ by less are as good as equal.
const LEAST: f64 = 500_000.0;
/// Clocks that differ by less are not worth telling of where they are not set straight: a way may take as long.
const NOTABLE: f64 = 20_000_000.0;
/// A difference beyond which packets may as well have been sent again, such as a capture that was played back.
const FARTHEST: f64 = 120e9;
/// How far packets may lie from the line without a doubt about it.
const TOLERANCE: f64 = 5_000_000.0;
/// What is not seen of a drift where stamps are no better than some microseconds.
const STAMP: f64 = 20_000.0;
/// The fastest drift of a clock that runs: a thousandth.
const FASTEST: f64 = 1e-3;
/// Packets of a piece of a clock that does not run evenly, and pieces at most.
const PIECE: usize = 32;
const PIECES: usize = 32;

/// A packet that both saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    /// When, on the clock that is measured.
    pub(super) at: Timestamp,
    /// By how much that is ahead of when the other saw it.
    pub(super) ahead: Nanoseconds,
    /// A digest of its ends.
    pub(super) ends: u64,
    /// Which of them sent it.
    pub(super) forward: bool,
}

/// What they say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimate {
    /// What is to be added to the times of the clock that was measured.
    pub(super) shift: ClockShift,
    /// By how much it is ahead at the first packet.
    pub(super) ahead: Nanoseconds,
    /// How fast it gains, in millionths.
    pub(super) drift_ppm: f64,
    /// Within how much nine of ten packets agree.
    pub(super) scatter: Nanoseconds,
    /// What a packet takes from one probe to the other.
    pub(super) path: Nanoseconds,
    /// Whether it can be set straight.
    pub(super) verdict: ClockVerdict,
}

/// What packets say, where the clocks differ. `goes_on` is until when both captures go on.
pub(super) fn estimate(matches: &[Match], goes_on: Option<Timestamp>) -> Option<Estimate> {
    if matches.len() < FEWEST {
        return None;
    }
    let mut matches = matches.to_vec();
    matches.shared_sort();
    let (first, last) = (matches.first()?.at, matches.last()?.at);
    let points: Vec<Point> = matches.iter().map(|found| Point::of(found, first)).collect();
    let span = nanoseconds(last.since(first));
    let mut line = Line::through(&points, drift(&points));
    if line.drift.abs() * span < 2.0 * line.scatter + STAMP {
        line = Line::through(&points, 0.0);
    }
    let bends = match line.scatter > LEAST {
        true => line
            .bends(&points)
            .filter(|bent| bent.scatter * 2.0 < line.scatter),
        false => None,
    };
    let course = bends.unwrap_or_else(|| Course::straight(&line, &points, span));
    let farthest = course.farthest();
    let verdict = verdict(
        &line,
        &course,
        farthest,
        nanoseconds(goes_on.map_or(0, |end| end.since(last))),
        span,
    );
    let path = line.path.unwrap_or_default();
    let worth_telling = match verdict {
        ClockVerdict::Straight => farthest >= LEAST && farthest > 2.0 * (path + course.scatter),
        _ => farthest >= NOTABLE && farthest > 2.0 * path,
    };
    worth_telling.then(|| Estimate {
        shift: match verdict {
            ClockVerdict::Straight => course.shift(first),
            _ => ClockShift::default(),
        },
        ahead: whole(course.knots.first().map_or(0.0, |(_, ahead)| *ahead)),
        drift_ppm: line.drift * 1e6,
        scatter: whole(course.scatter),
        path: whole(path),
        verdict,
    })
}

/// Whether a clock can be set straight, which is measured over a span and is needed for so long beyond.
fn verdict(line: &Line, course: &Course, farthest: f64, beyond: f64, span: f64) -> ClockVerdict {
    let path = line.path.unwrap_or_default();
    // What is not known of the drift grows with the distance from where it was measured.
    let unknown = (2.0 * course.scatter + STAMP) * (beyond / span.max(1.0)).max(0.0);
    if line.drift.abs() > FASTEST || course.outliers > TOLERANCE.max(2.0 * path).max(farthest / 20.0) {
        ClockVerdict::Unsteady
    } else if line.path.is_none() {
        ClockVerdict::OneWay
    } else if farthest > FARTHEST {
        ClockVerdict::Far
    } else if unknown > TOLERANCE.max(farthest / 4.0) {
        ClockVerdict::Begun
    } else {
        ClockVerdict::Straight
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a day in nanoseconds has an exact double"
)]
const fn nanoseconds(nanoseconds: Nanoseconds) -> f64 {
    nanoseconds as f64
}

/// To a microsecond, which is as good as stamps are.
fn whole(nanoseconds: f64) -> Nanoseconds {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a difference of clocks; far ones saturate"
    )]
    let microseconds = (nanoseconds / 1_000.0).round() as i64;
    microseconds.saturating_mul(1_000)
}

/// A packet as a point: how long after the first, and by how much the clock is ahead, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Point {
    after: f64,
    ahead: f64,
    way: (u64, bool),
}

impl Point {
    fn of(found: &Match, first: Timestamp) -> Self {
        Self {
            after: nanoseconds(found.at.since(first)),
            ahead: nanoseconds(found.ahead),
            way: (found.ends, found.forward),
        }
    }
}

/// The points of each way that packets went, in order of time.
fn by_way(points: &[Point]) -> BTreeMap<(u64, bool), Vec<Point>> {
    let mut ways: BTreeMap<(u64, bool), Vec<Point>> = BTreeMap::new();
    for point in points {
        ways.entry(point.way).or_default().push(*point);
    }
    ways
}

/// By how much the clock gains in a nanosecond: the median of the slopes between points of one way, half of its points apart
/// (Theil and Sen, with as many pairs as points), each weighted by how far apart they are.
fn drift(points: &[Point]) -> f64 {
    let mut slopes = Vec::new();
    for way in by_way(points).values() {
        let half = way.len().div_ceil(2);
        for (earlier, later) in way.iter().zip(way.get(half..).unwrap_or_default()) {
            let apart = later.after - earlier.after;
            if apart > 0.0 {
                slopes.push(((later.ahead - earlier.ahead) / apart, apart));
            }
        }
    }
    weighted_median(slopes).unwrap_or_default()
}

/// A clock that runs evenly.
struct Line {
    /// What it gains in a nanosecond.
    drift: f64,
    /// By how much it is ahead at the first point.
    ahead: f64,
    /// What a packet takes from one probe to the other; none where no two ends have packets of both ways.
    path: Option<f64>,
    /// By how much each way lies beside the clock: what its packets took.
    levels: BTreeMap<(u64, bool), f64>,
    /// Within how much nine of ten points lie.
    scatter: f64,
}

impl Line {
    fn through(points: &[Point], drift: f64) -> Self {
        let ways = by_way(points);
        let level = |points: &Vec<Point>| {
            let values = points
                .iter()
                .map(|point| (point.ahead - drift * point.after, 1.0));
            weighted_median(values.collect()).unwrap_or_default()
        };
        let levels: BTreeMap<(u64, bool), f64> = tree(ways.iter().map(|(way, points)| (*way, level(points))));
        let mut both = Vec::new();
        for ((ends, forward), there) in &ways {
            let Some(back) = ways.get(&(*ends, false)).filter(|_| *forward) else {
                continue;
            };
            let fewer = there.len().min(back.len());
            if fewer < EACH_WAY {
                continue;
            }
            let level = |forward| levels.get(&(*ends, forward)).copied().unwrap_or_default();
            let (there, back) = (level(true), level(false));
            #[expect(clippy::cast_precision_loss, reason = "a number of packets")]
            both.push(((there + back) / 2.0, (there - back).abs() / 2.0, fewer as f64));
        }
        let ahead = weighted_median(both.iter().map(|(ahead, _, weight)| (*ahead, *weight)).collect());
        let path = weighted_median(both.iter().map(|(_, path, weight)| (*path, *weight)).collect());
        #[expect(clippy::cast_precision_loss, reason = "a number of packets")]
        let of_all = || {
            let levels = levels.iter().map(|(way, level)| {
                let weight = ways.get(way).map_or(0, Vec::len) as f64;
                (*level, weight)
            });
            weighted_median(levels.collect()).unwrap_or_default()
        };
        let mut line = Self {
            drift,
            ahead: ahead.unwrap_or_else(of_all),
            path,
            levels,
            scatter: 0.0,
        };
        line.scatter = quantile(points.iter().map(|point| line.beside(point).abs()).collect(), 0.9);
        line
    }

    /// By how much a point lies beside the line of its way.
    fn beside(&self, point: &Point) -> f64 {
        let level = self.levels.get(&point.way).copied().unwrap_or_default();
        point.ahead - self.drift * point.after - level
    }

    /// The course of a clock that does not run evenly, in pieces of which each has as many packets.
    fn bends(&self, points: &[Point]) -> Option<Course> {
        let pieces = (points.len() / PIECE).min(PIECES);
        if pieces < 2 {
            return None;
        }
        let bends = points.chunks(points.len().div_ceil(pieces)).map(|piece| {
            let middle = quantile(piece.iter().map(|point| point.after).collect(), 0.5);
            let beside = quantile(piece.iter().map(|point| self.beside(point)).collect(), 0.5);
            (middle, self.ahead + self.drift * middle + beside)
        });
        let mut course = Course {
            knots: bends.collect(),
            scatter: 0.0,
            outliers: 0.0,
        };
        course.measure(points, self);
        Some(course)
    }
}

/// By how much a clock is ahead, at some times after the first point; in between on straight lines.
struct Course {
    knots: Vec<(f64, f64)>,
    /// Within how much nine of ten points lie.
    scatter: f64,
    /// Within how much all but two of a hundred lie.
    outliers: f64,
}

impl Course {
    fn straight(line: &Line, points: &[Point], span: f64) -> Self {
        let ends: &[f64] = if line.drift == 0.0 { &[0.0] } else { &[0.0, span] };
        let mut course = Self {
            knots: ends
                .iter()
                .map(|after| (*after, line.ahead + line.drift * after))
                .collect(),
            scatter: 0.0,
            outliers: 0.0,
        };
        course.measure(points, line);
        course
    }

    fn measure(&mut self, points: &[Point], line: &Line) {
        let beside = |point: &Point| {
            let level = line.levels.get(&point.way).copied().unwrap_or_default();
            (point.ahead - self.at(point.after) - (level - line.ahead)).abs()
        };
        let beside: Vec<f64> = points.iter().map(beside).collect();
        self.scatter = quantile(beside.clone(), 0.9);
        self.outliers = quantile(beside, 0.98);
    }

    fn at(&self, after: f64) -> f64 {
        let behind = self.knots.partition_point(|(time, _)| *time <= after);
        let second = behind.clamp(1, self.knots.len().max(2) - 1);
        match (self.knots.get(second - 1), self.knots.get(second)) {
            (Some((first, from)), Some((last, to))) => from + (to - from) * (after - first) / (last - first),
            (Some((_, ahead)), None) => *ahead,
            _ => 0.0,
        }
    }

    /// By how much it is ahead or behind at most.
    fn farthest(&self) -> f64 {
        let knots = self.knots.iter().map(|(_, ahead)| ahead.abs());
        knots.fold(0.0, f64::max)
    }

    /// What sets it straight.
    fn shift(&self, first: Timestamp) -> ClockShift {
        let knots = self.knots.iter();
        ClockShift::through(
            knots
                .map(|(after, ahead)| (first.plus(whole(*after)), -whole(*ahead)))
                .collect(),
        )
    }
}

/// The value that half of the weight lies below.
fn weighted_median(mut values: Vec<(f64, f64)>) -> Option<f64> {
    values.shared_sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    let middle = values.iter().find(|(_, weight)| {
        below += weight;
        below >= half
    });
    middle.map(|(value, _)| *value)
}

/// The value that so large a part of them does not exceed.
fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.shared_sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among packets"
    )]
    let place = ((values.len() as f64 * part).ceil() as usize).saturating_sub(1);
    values.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: i64 = 1_000_000;
    const SECOND: i64 = 1_000 * MS;

    /// Packets of three pairs of ends, a packet each way every 100 ms; what each takes from probe to probe is told.
    fn seen(count: i64, ahead: impl Fn(i64) -> i64, takes: impl Fn(i64, bool) -> i64) -> Vec<Match> {
        let begin = Timestamp::from_seconds(1_795_000_000);
        let packets = (0..count).flat_map(|n| [(n, true), (n, false)]);
        packets
            .map(|(n, forward)| {
                let after = n * 100 * MS + i64::from(forward) * 3 * MS;
                // The second probe is behind the first on the way there, and before it on the way back.
                let way = takes(n, forward);
                let ahead = ahead(after) + if forward { way } else { -way };
                Match {
                    at: begin.plus(after + ahead),
                    ahead,
                    ends: (n % 3) as u64,
                    forward,
                }
            })
            .collect()
    }

    fn found(matches: &[Match]) -> Option<Estimate> {
        estimate(matches, None)
    }

    #[test]
    fn an_offset_is_exact_where_nothing_lies_between_the_probes() {
        let estimate = found(&seen(50, |_| 50 * MS, |_, _| 0)).unwrap();
        assert_eq!(estimate.verdict, ClockVerdict::Straight);
        assert_eq!(estimate.shift, {
            let begin = Timestamp::from_seconds(1_795_000_000).plus(50 * MS);
            ClockShift::through(vec![(begin, -50 * MS)])
        });
        assert_eq!((estimate.ahead, estimate.scatter, estimate.path), (50 * MS, 0, 0));
        assert_eq!(estimate.drift_ppm, 0.0);
    }

    #[test]
    fn the_way_between_probes_is_no_offset() {
        for way in [MS / 10, MS, 5 * MS, 40 * MS] {
            assert_eq!(found(&seen(50, |_| 0, |_, _| way)), None, "{way}");
            // A way that takes longer one way than the other, as far as anybody knows.
            let uneven = seen(50, |_| 0, |_, forward| if forward { way } else { 0 });
            assert_eq!(found(&uneven), None, "{way}");
        }
        let estimate = found(&seen(50, |_| -80 * MS, |_, _| 5 * MS)).unwrap();
        assert_eq!((estimate.ahead, estimate.path), (-80 * MS, 5 * MS));
        assert_eq!(estimate.verdict, ClockVerdict::Straight);
    }

    #[test]
    fn a_drift_is_measured_beside_the_offset() {
        let ahead = |after: i64| 50 * MS + after / 1_000_000 * 40;
        let estimate = found(&seen(1200, ahead, |n, _| n % 7 * 10_000)).unwrap();
        assert!((estimate.drift_ppm - 40.0).abs() < 0.5, "{}", estimate.drift_ppm);
        let begin = Timestamp::from_seconds(1_795_000_000);
        for after in [0, 30 * SECOND, 119 * SECOND] {
            let seen = begin.plus(after + ahead(after));
            let off = estimate.shift.straight(seen).since(begin.plus(after));
            assert!(off.abs() < MS / 5, "{off} ns off after {after}");
        }
    }

    #[test]
    fn a_clock_that_is_bent_is_followed_and_one_that_was_set_is_not() {
        // 45 ms away from even in five minutes.
        let bent = |after: i64| 200 * MS + (after / MS) * (after / MS) / 2_000;
        let estimate = found(&seen(3000, bent, |_, _| 0)).unwrap();
        assert_eq!(estimate.verdict, ClockVerdict::Straight);
        assert!(estimate.scatter < MS, "{}", estimate.scatter);
        let set = |after: i64| if after < 100 * SECOND { 0 } else { 800 * MS };
        let estimate = found(&seen(3000, set, |_, _| 0)).unwrap();
        assert_eq!(estimate.verdict, ClockVerdict::Unsteady);
        assert!(estimate.shift.is_none());
    }

    #[test]
    fn what_cannot_be_known_is_told_and_not_done() {
        let one_way: Vec<Match> = seen(50, |_| 300 * MS, |_, _| 0)
            .into_iter()
            .filter(|found| found.forward)
            .collect();
        let estimate = found(&one_way).unwrap();
        assert_eq!(estimate.verdict, ClockVerdict::OneWay);
        assert!(estimate.shift.is_none() && estimate.ahead == 300 * MS);
        let far = found(&seen(50, |_| 3600 * SECOND, |_, _| 0)).unwrap();
        assert_eq!(far.verdict, ClockVerdict::Far);
        assert!(far.shift.is_none());
        let jitter = |n: i64, _| n * n * 7919 % 40 * MS / 10;
        let matches = seen(50, |_| 60 * MS, jitter);
        let last = matches.iter().map(|found| found.at).max().unwrap();
        let begun = estimate_until(&matches, last.plus(3600 * SECOND)).unwrap();
        assert_eq!(begun.verdict, ClockVerdict::Begun);
        assert_eq!(found(&matches).unwrap().verdict, ClockVerdict::Straight);
    }

    fn estimate_until(matches: &[Match], end: Timestamp) -> Option<Estimate> {
        estimate(matches, Some(end))
    }

    #[test]
    fn few_packets_say_nothing() {
        assert_eq!(found(&seen(5, |_| 50 * MS, |_, _| 0)), None);
        assert_eq!(found(&[]), None);
    }

    proptest! {
        /// Whatever is seen, a clock that is set straight is nearer to the other than it was.
        #[test]
        fn a_correction_is_never_worse_than_none(
            count in 6_i64..80,
            offset in -2_000_i64..2_000,
            ppm in -100_i64..100,
            there in 0_i64..60,
            back in 0_i64..60,
            jitter in 1_i64..20,
        ) {
            let ahead = |after: i64| offset * MS + after / 1_000_000 * ppm;
            let takes = |n: i64, forward: bool| {
                let way = if forward { there } else { back };
                way * MS + n * n * 7919 % jitter * MS / 10
            };
            let matches = seen(count, ahead, takes);
            if let Some(estimate) = found(&matches) && estimate.verdict == ClockVerdict::Straight {
                let begin = Timestamp::from_seconds(1_795_000_000);
                for n in 0..count {
                    let after = n * 100 * MS;
                    let seen = begin.plus(after + ahead(after));
                    let left = estimate.shift.straight(seen).since(begin.plus(after)).abs();
                    let before = ahead(after).abs();
                    prop_assert!(left <= before.max(2 * MS), "{left} ns left of {before}: {estimate:?}");
                }
            }
        }

        #[test]
        fn nothing_panics(times in prop::collection::vec((any::<i64>(), any::<i64>(), 0_u64..3, any::<bool>()), 0..60)) {
            let matches: Vec<Match> = times
                .into_iter()
                .map(|(at, ahead, ends, forward)| Match { at: Timestamp::from_nanoseconds(at), ahead, ends, forward })
                .collect();
            let _ = estimate(&matches, Some(Timestamp::from_nanoseconds(i64::MAX)));
        }
    }
}
