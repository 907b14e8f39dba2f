//! Covered time: until when something would have been seen had it happened. It is told for each capture, and runs along
//! the file, so that neither a stray time stamp nor a file of another day spans it.
//!
//! - A stamp counts once a later packet is not earlier, but for reordering. A packet whose stamp is far ahead of the
//!   packets around it moves nothing.
//! - Times that fall back begin anew: what was seen before is not covered by what comes after.
//! - A file that begins within [`ROTATION_GAP`] of another's end carries on.
//! - A hole interrupts: octets that several connections lack at once, packets that the capture counts as dropped, or a
//!   connection that was given up for a limit.
//!   Where it begins is not known, so it is told by the time at which it was over.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{CaptureIndex, FrameNumber, FrameRef, Nanoseconds, Timestamp};

/// How far a packet's stamp may lie behind that of the packet before it, in nanoseconds: several queues of a network
/// card, and several cards, are written with so much disorder at most.
const REORDERING: Nanoseconds = 2 * Timestamp::SECOND;

/// How long after the end of one capture another one may begin to continue it, in nanoseconds: the gap that
/// rotating capture files leaves.
const ROTATION_GAP: Nanoseconds = 5 * Timestamp::SECOND;

/// How close together connections must lack octets for a hole of the capture, in nanoseconds. A packet lost by itself
/// makes one connection lack octets.
const AT_ONCE: Nanoseconds = Timestamp::SECOND;

/// Spans kept of one capture whose times fall back again and again; of the oldest nothing is proven any more.
const MAX_SPANS: usize = 256;

/// Moments of loss kept of one capture; where there are more, nothing is proven of what was before them.
const MAX_LOSSES: usize = 4096;

/// Time that one capture covers without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CoveredSpan {
    /// The frame that it begins with.
    begins: FrameNumber,
    first: Timestamp,
    last: Timestamp,
}

/// What connections lacked within [`AT_ONCE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// Only this connection lacks octets.
    Of(u64),
    /// Several do, or what was captured was not looked at.
    Hole,
}

/// One capture as far as it was read.
#[derive(Debug, Default)]
struct Timeline {
    /// The spans before the current one.
    over: VecDeque<CoveredSpan>,
    current: Option<CoveredSpan>,
    /// The last packet, whose stamp counts once a later one is not earlier.
    newest: Option<(FrameNumber, Timestamp)>,
    /// Losses by their time, in units of [`AT_ONCE`].
    losses: BTreeMap<i64, Loss>,
    /// Losses before this time are not kept any more.
    losses_since: Option<Timestamp>,
    /// The last frame of an MMS exchange.
    mms: Option<FrameRef>,
}

impl Timeline {
    #[inline]
    fn frame(&mut self, number: FrameNumber, time: Timestamp) {
        let Some((newest_number, newest)) = self.newest else {
            self.newest = Some((number, time));
            return;
        };
        let goes_on = time.since(newest) >= -REORDERING;
        match &mut self.current {
            Some(current) if newest.since(current.last) >= -REORDERING => {
                if goes_on {
                    current.last = current.last.max(newest);
                    self.newest = Some((number, newest.max(time)));
                } else {
                    self.newest = Some((number, time));
                }
            }
            // The last stamp fell back. This one is as it should be: the last one was stray.
            Some(current) if time.since(current.last) >= -REORDERING => self.newest = Some((number, time)),
            _ if goes_on => {
                self.begin(newest_number, newest.min(time), newest);
                self.newest = Some((number, newest.max(time)));
            }
            _ => self.newest = Some((number, time)),
        }
    }

    fn begin(&mut self, begins: FrameNumber, first: Timestamp, last: Timestamp) {
        let before = self.current.replace(CoveredSpan { begins, first, last });
        self.over.extend(before);
        if self.over.len() > MAX_SPANS {
            self.over.pop_front();
        }
    }

    fn lose(&mut self, time: Timestamp, loss: Loss) {
        let slot = time.nanoseconds().div_euclid(AT_ONCE);
        let near = |slot| self.losses.get(&slot).is_some_and(|known| *known != loss);
        let hole = [slot.saturating_sub(1), slot, slot.saturating_add(1)]
            .into_iter()
            .any(near);
        self.losses.insert(slot, if hole { Loss::Hole } else { loss });
        if self.losses.len() > MAX_LOSSES {
            self.losses.pop_first();
            self.losses_since = self.losses.first_key_value().map(|(slot, _)| slot_time(*slot));
        }
    }

    fn spans(&self) -> impl Iterator<Item = CoveredSpan> {
        let only = self.newest.filter(|_| self.current.is_none());
        let only = only.map(|(begins, time)| CoveredSpan {
            begins,
            first: time,
            last: time,
        });
        self.over.iter().copied().chain(self.current).chain(only)
    }

    /// When there were holes, rounded down to [`AT_ONCE`].
    fn holes(&self) -> impl Iterator<Item = Timestamp> {
        let holes = self.losses.iter().filter(|(_, loss)| **loss == Loss::Hole);
        holes.map(|(slot, _)| slot_time(*slot))
    }

    /// Where the file may end: with its last packet, or with the one before it, as the last stamp may be stray.
    fn ends(&self) -> impl Iterator<Item = Timestamp> {
        let newest = self.newest.map(|(_, time)| time);
        newest.into_iter().chain(self.current.map(|current| current.last))
    }
}

fn slot_time(slot: i64) -> Timestamp {
    Timestamp::from_nanoseconds(slot.saturating_mul(AT_ONCE))
}

/// What was captured, in time, as far as it was read: a few words for each capture.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    captures: Vec<Timeline>,
}

impl Coverage {
    /// A frame was read.
    #[inline]
    pub(crate) fn frame(&mut self, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.frame(at.frame, at.time);
        }
    }

    /// Octets that a connection's receiver acknowledged were not captured.
    ///
    /// `connection` tells connections apart.
    pub(crate) fn octets_missing(&mut self, connection: u64, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.lose(at.time, Loss::Of(connection));
        }
    }

    /// Something was given up that was last seen at `at`: what comes after it in the capture is not looked at.
    pub(crate) fn given_up(&mut self, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.lose(at.time, Loss::Hole);
            if let Some((_, now)) = timeline.newest {
                timeline.lose(now, Loss::Hole);
            }
        }
    }

    /// The capture counts packets as dropped: right `here`, or somewhere before.
    pub(crate) fn dropped(&mut self, capture: CaptureIndex, here: bool) {
        let Some(timeline) = self.timeline(capture) else {
            return;
        };
        match timeline.newest {
            Some((_, now)) if here => timeline.lose(now, Loss::Hole),
            Some((_, now)) => timeline.losses_since = timeline.losses_since.max(Some(now)),
            None => {}
        }
    }

    /// An MMS exchange was seen.
    pub(crate) fn mms(&mut self, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.mms = timeline.mms.max(Some(at));
        }
    }

    #[inline]
    fn timeline(&mut self, capture: CaptureIndex) -> Option<&mut Timeline> {
        let index = usize::try_from(capture.0).ok()?;
        if index >= self.captures.len() {
            self.captures.resize_with(index + 1, Timeline::default);
        }
        self.captures.get_mut(index)
    }
}

/// Time that is covered without a break, over one capture or several that continue each other.
#[derive(Debug)]
struct Run {
    end: Timestamp,
    /// When there were holes, in order, rounded down to [`AT_ONCE`].
    holes: Vec<Timestamp>,
    /// Of what was before, not all losses are known.
    losses_since: Option<Timestamp>,
    /// When MMS was last seen in it.
    mms: Option<Timestamp>,
    captures: Vec<CaptureIndex>,
}

/// What was captured, as verdicts ask for it.
#[derive(Debug, Default)]
pub(crate) struct CoveredTime {
    runs: Vec<Run>,
    /// By capture: its spans, each with its run.
    captures: Vec<Vec<(CoveredSpan, usize)>>,
}

/// What is covered after a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covered<'a> {
    from: Timestamp,
    run: Option<&'a Run>,
}

impl CoveredTime {
    /// What was captured so far.
    pub(crate) fn of(coverage: &Coverage) -> Self {
        let mut order: Vec<(Timestamp, usize)> = Vec::new();
        for (index, timeline) in coverage.captures.iter().enumerate() {
            let first = timeline.spans().next().map(|span| span.first);
            order.extend(first.map(|first| (first, index)));
        }
        order.sort_unstable();
        let mut covered = Self {
            runs: Vec::new(),
            captures: coverage.captures.iter().map(|_| Vec::new()).collect(),
        };
        // Last first, so that what continues a file has its run before it.
        for (place, (_, index)) in order.iter().enumerate().rev() {
            if let Some(timeline) = coverage.captures.get(*index) {
                let later = order.get(place + 1..).unwrap_or_default();
                let next = timeline.ends().find_map(|end| continuation(end, later));
                covered.add(*index, timeline, next);
            }
        }
        covered.runs.iter_mut().for_each(|run| run.holes.sort_unstable());
        covered
    }

    /// Adds a capture's spans, the last of which goes on in the first one of capture `next`.
    fn add(&mut self, index: usize, timeline: &Timeline, next: Option<usize>) {
        let next = next.and_then(|next| Some(self.captures.get(next)?.first()?.1));
        let mut spans: Vec<(CoveredSpan, usize)> = Vec::new();
        let mut all = timeline.spans().peekable();
        while let Some(span) = all.next() {
            let run = next.filter(|_| all.peek().is_none());
            let run = run.unwrap_or_else(|| self.new_run(span.last));
            if let Some(run) = self.runs.get_mut(run) {
                run.extend(index, timeline, span);
            }
            spans.push((span, run));
        }
        if let Some(slot) = self.captures.get_mut(index) {
            *slot = spans;
        }
    }

    fn new_run(&mut self, end: Timestamp) -> usize {
        self.runs.push(Run {
            end,
            holes: Vec::new(),
            losses_since: None,
            mms: None,
            captures: Vec::new(),
        });
        self.runs.len() - 1
    }

    /// What is covered after a frame.
    pub(crate) fn after(&self, at: FrameRef) -> Covered<'_> {
        let index = usize::try_from(at.capture.0).unwrap_or(usize::MAX);
        let spans = self.captures.get(index).map(Vec::as_slice).unwrap_or_default();
        let later = spans.partition_point(|(span, _)| span.begins <= at.frame);
        let run = later.checked_sub(1).and_then(|place| spans.get(place));
        let run = run.filter(|(span, _)| {
            at.time.since(span.first) >= -REORDERING && at.time.since(span.last) <= REORDERING
        });
        let run = run.and_then(|(_, run)| self.runs.get(*run));
        Covered {
            from: at.time,
            run: run.filter(|run| run.losses_since.is_none_or(|since| since <= at.time)),
        }
    }
}

impl Run {
    fn extend(&mut self, index: usize, timeline: &Timeline, span: CoveredSpan) {
        self.end = self.end.max(span.last);
        let within = span.first..=span.last.plus(REORDERING);
        self.holes
            .extend(timeline.holes().filter(|hole| within.contains(hole)));
        self.losses_since = self.losses_since.max(timeline.losses_since);
        let mms = timeline
            .mms
            .filter(|at| at.frame >= span.begins)
            .map(|at| at.time);
        self.mms = self.mms.max(mms.filter(|time| within.contains(time)));
        self.captures.extend(u32::try_from(index).map(CaptureIndex));
    }
}

/// The capture among those that begin later, in order, that begins where another one ends.
fn continuation(end: Timestamp, later: &[(Timestamp, usize)]) -> Option<usize> {
    let near = later.partition_point(|(first, _)| first.since(end) < -ROTATION_GAP);
    let (first, next) = later.get(near)?;
    (first.since(end) <= ROTATION_GAP).then_some(*next)
}

impl<'a> Covered<'a> {
    /// The captures that it lies in.
    pub(crate) fn captures(self) -> &'a [CaptureIndex] {
        self.run.map(|run| run.captures.as_slice()).unwrap_or_default()
    }

    /// Whether another frame lies in the same time, without a break between.
    pub(crate) fn is_with(self, other: Covered<'_>) -> bool {
        self.run
            .zip(other.run)
            .is_some_and(|(one, other)| std::ptr::eq(one, other))
    }

    /// Whether `time` is covered, holes aside.
    pub(crate) fn reaches(self, time: Timestamp) -> bool {
        self.run.is_some_and(|run| run.end >= time)
    }

    /// When the last hole before `time` was over.
    pub(crate) fn last_hole_before(self, time: Timestamp) -> Option<Timestamp> {
        let holes = &self.run?.holes;
        let before = holes.partition_point(|hole| *hole <= time);
        let last = before.checked_sub(1).and_then(|place| holes.get(place)).copied();
        // It is told to AT_ONCE, and noticed a little after it began.
        let after = last.filter(|hole| hole.since(self.from) >= -2 * AT_ONCE);
        after.map(|hole| hole.plus(AT_ONCE))
    }

    /// Whether MMS was seen at `time` or later.
    pub(crate) fn shows_mms_after(self, time: Timestamp) -> bool {
        self.run.is_some_and(|run| run.mms.is_some_and(|mms| mms >= time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(capture: u32, frame: u64, seconds: i64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(capture),
            frame: FrameNumber(frame),
            time: Timestamp::from_seconds(seconds),
        }
    }

    /// Captures with packets at these seconds.
    fn captured(captures: &[&[i64]]) -> Coverage {
        let mut coverage = Coverage::default();
        for (capture, seconds) in (0..).zip(captures) {
            for (frame, second) in (1..).zip(*seconds) {
                coverage.frame(at(capture, frame, *second));
            }
        }
        coverage
    }

    /// The second until which is covered what comes after a frame.
    fn end(coverage: &Coverage, from: FrameRef) -> i64 {
        let covered = CoveredTime::of(coverage);
        let end = covered.after(from).run.map_or(from.time, |run| run.end);
        end.nanoseconds() / Timestamp::SECOND
    }

    #[test]
    fn a_stamp_counts_once_a_later_packet_is_not_earlier() {
        assert_eq!(end(&captured(&[&[100, 110, 500]]), at(0, 1, 100)), 110);
        assert_eq!(end(&captured(&[&[100, 110, 500, 500]]), at(0, 1, 100)), 500);
        assert_eq!(
            end(&captured(&[&[100, 110, 500, 499]]), at(0, 1, 100)),
            500,
            "reordered"
        );
        assert_eq!(end(&captured(&[&[100]]), at(0, 1, 100)), 100);
    }

    #[test]
    fn a_stray_stamp_moves_nothing() {
        for stray in [900_000, 3] {
            let coverage = captured(&[&[100, 110, stray, 112, 120, 121]]);
            assert_eq!(end(&coverage, at(0, 2, 110)), 120, "{stray}");
            assert_eq!(end(&coverage, at(0, 5, 120)), 120, "{stray}");
            assert_eq!(end(&coverage, at(0, 3, stray)), stray, "nothing is known of it");
        }
        assert_eq!(end(&captured(&[&[900_000, 100, 110, 111]]), at(0, 2, 100)), 110);
        assert_eq!(end(&captured(&[&[100, 110, 900_000]]), at(0, 1, 100)), 110);
    }

    #[test]
    fn times_that_fall_back_begin_anew() {
        let coverage = captured(&[&[1000, 1100, 1101, 500, 501, 560, 561]]);
        assert_eq!(end(&coverage, at(0, 1, 1000)), 1100);
        assert_eq!(end(&coverage, at(0, 4, 500)), 560);
        let covered = CoveredTime::of(&coverage);
        let (before, after) = (covered.after(at(0, 1, 1000)), covered.after(at(0, 4, 500)));
        assert!(after.is_with(after) && !before.is_with(after));
    }

    #[test]
    fn a_file_that_begins_where_another_ends_carries_on() {
        let coverage = captured(&[&[100, 150, 160], &[164, 300, 301], &[306, 400, 401]]);
        assert_eq!(end(&coverage, at(0, 1, 100)), 400);
        let other_order = captured(&[&[306, 400, 401], &[100, 150, 160], &[164, 300, 301]]);
        assert_eq!(end(&other_order, at(1, 1, 100)), 400);
        assert_eq!(
            end(&captured(&[&[100, 150, 160], &[166, 300, 301]]), at(0, 1, 100)),
            150
        );
        assert_eq!(
            end(&captured(&[&[100, 150, 160], &[120, 300, 301]]), at(0, 1, 100)),
            150
        );
    }

    #[test]
    fn a_hole_is_what_several_connections_lack_at_once() {
        let mut coverage = captured(&[&[100, 200, 300, 301]]);
        let hole = |coverage: &Coverage| {
            let covered = CoveredTime::of(coverage);
            let until = Timestamp::from_seconds(300);
            let hole = covered.after(at(0, 1, 100)).last_hole_before(until);
            hole.map(|hole| hole.nanoseconds() / Timestamp::SECOND)
        };
        coverage.octets_missing(1, at(0, 2, 200));
        coverage.octets_missing(1, at(0, 2, 200));
        coverage.octets_missing(2, at(0, 2, 203));
        assert_eq!(hole(&coverage), None);
        coverage.octets_missing(3, at(0, 2, 201));
        assert_eq!(hole(&coverage), Some(202));
        coverage.given_up(at(0, 3, 250));
        assert_eq!(hole(&coverage), Some(251));
    }

    #[test]
    fn packets_that_the_capture_counts_as_dropped_are_a_hole() {
        let mut coverage = captured(&[&[100, 200]]);
        coverage.dropped(CaptureIndex(0), true);
        coverage.frame(at(0, 3, 300));
        coverage.frame(at(0, 4, 300));
        let until = Timestamp::from_seconds(300);
        let hole = |coverage: &Coverage, from| CoveredTime::of(coverage).after(from).last_hole_before(until);
        assert_eq!(hole(&coverage, at(0, 1, 100)), Some(Timestamp::from_seconds(201)));
        assert_eq!(hole(&coverage, at(0, 3, 300)), None);
        coverage.dropped(CaptureIndex(0), false);
        let covered = CoveredTime::of(&coverage);
        assert!(
            !covered.after(at(0, 1, 100)).reaches(until),
            "they may be missing anywhere"
        );
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut coverage = Coverage::default();
        for round in 0..1000u64 {
            let back = 1_000_000 - 100 * i64::try_from(round).unwrap();
            coverage.frame(at(0, 2 * round + 1, back));
            coverage.frame(at(0, 2 * round + 2, back));
            coverage.frame(at(0, 2 * round + 2, back));
        }
        for second in 0..10_000 {
            coverage.octets_missing(7, at(0, 1, 3 * second));
        }
        let timeline = &coverage.captures[0];
        assert!(timeline.over.len() <= MAX_SPANS && timeline.losses.len() <= MAX_LOSSES);
        assert!(
            !CoveredTime::of(&coverage)
                .after(at(0, 1, 1_000_000))
                .reaches(Timestamp::default())
        );
    }
}
