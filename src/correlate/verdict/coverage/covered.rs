//! Covered time as verdicts ask for it: what captures hold without a break.

use std::collections::BTreeMap;

use super::{AT_ONCE, Coverage, CoveredSpan, Period, REORDERING, Timeline};
use crate::model::SharedSort;
use crate::model::{CaptureIndex, FrameNumber, FrameRef, InterfaceIndex, Nanoseconds, Origin, Timestamp};

/// How long after the end of one capture another one may begin to continue it, in nanoseconds: the gap that
/// rotating capture files leaves.
const ROTATION_GAP: Nanoseconds = 5 * Timestamp::SECOND;

/// Time that is covered without a break, over one capture or several that continue each other.
#[derive(Debug, Default)]
struct Run {
    interfaces: BTreeMap<InterfaceIndex, CoveredInterface>,
    /// When there were holes, in order, rounded down to [`AT_ONCE`].
    holes: Vec<Timestamp>,
    /// Of what was before, not all losses are known.
    losses_since: Option<Timestamp>,
    captures: Vec<CaptureIndex>,
}

/// What one interface covers of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct CoveredInterface {
    pub(super) period: Period,
    /// When MMS was last seen in it.
    mms: Option<Timestamp>,
}

/// What was captured, as verdicts ask for it.
#[derive(Debug, Default)]
pub(crate) struct CoveredTime {
    runs: Vec<Run>,
    /// By capture: its spans, each with its run.
    captures: Vec<Vec<SpanInRun>>,
}

#[derive(Clone, Copy, Debug)]
struct SpanInRun {
    begins: FrameNumber,
    whole: Period,
    run: usize,
}

/// What an interface covers after a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covered<'a> {
    from: Timestamp,
    interface: InterfaceIndex,
    run: Option<&'a Run>,
}

impl CoveredTime {
    /// What was captured so far.
    pub(crate) fn of(coverage: &Coverage) -> Self {
        let mut order: Vec<(Timestamp, usize)> = Vec::new();
        for (index, timeline) in coverage.captures.iter().enumerate() {
            let first = timeline.spans().next().map(|span| span.whole.first);
            order.extend(first.map(|first| (first, index)));
        }
        order.shared_sort();
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
        let next = next.and_then(|next| Some(self.captures.get(next)?.first()?.run));
        let mut spans = Vec::new();
        let mut all = timeline.spans().peekable();
        while let Some(span) = all.next() {
            let run = next.filter(|_| all.peek().is_none());
            let run = run.unwrap_or_else(|| {
                self.runs.push(Run::default());
                self.runs.len() - 1
            });
            if let Some(run) = self.runs.get_mut(run) {
                run.extend(index, timeline, &span);
            }
            spans.push(SpanInRun {
                begins: span.begins,
                whole: span.whole,
                run,
            });
        }
        if let Some(slot) = self.captures.get_mut(index) {
            *slot = spans;
        }
    }

    /// What an interface covers after a frame, which another one may have taken.
    pub(crate) fn after(&self, at: FrameRef, by: Origin) -> Covered<'_> {
        let span = self.span(at, by);
        self.covered(at.time, by, span)
    }

    fn covered(&self, from: Timestamp, by: Origin, span: Option<SpanInRun>) -> Covered<'_> {
        let run = span.and_then(|span| self.runs.get(span.run));
        Covered {
            from,
            interface: by.interface(),
            run: run.filter(|run| run.losses_since.is_none_or(|since| since <= from)),
        }
    }

    fn span_at_time(&self, time: Timestamp, capture: CaptureIndex) -> Option<SpanInRun> {
        let spans = self.captures.get(usize::try_from(capture.0).ok()?)?;
        let mut latest_first = spans.iter().rev().copied();
        latest_first.find(|span| span.whole.holds(time))
    }

    /// Whether something would have been captured between two moments, had it been there: of those who captured things of its kind,
    /// all that were at work then were so until the end, with no hole in between, and somebody was.
    pub(crate) fn would_show(
        &self,
        from: Timestamp,
        until: Timestamp,
        seen_by: impl Iterator<Item = Origin>,
    ) -> bool {
        let mut shown = false;
        for by in seen_by {
            let covered = self.at_time(from, by);
            if covered
                .interface()
                .is_some_and(|covered| covered.period.holds(from))
            {
                shown = covered.reaches(until) && covered.last_hole_before(until).is_none();
                if !shown {
                    return false;
                }
            }
        }
        shown
    }

    /// What an interface covers after a moment.
    fn at_time(&self, from: Timestamp, by: Origin) -> Covered<'_> {
        let run = self.span_at_time(from, by.capture());
        self.covered(from, by, run)
    }

    /// The span of a capture that a frame lies in; by its time where another capture holds it.
    fn span(&self, at: FrameRef, by: Origin) -> Option<SpanInRun> {
        if !by.is_of(at.capture) {
            return self.span_at_time(at.time, by.capture());
        }
        let spans = self.captures.get(usize::try_from(at.capture.0).ok()?)?;
        let later = spans.partition_point(|span| span.begins <= at.frame);
        let span = spans.get(later.checked_sub(1)?).copied();
        span.filter(|span| span.whole.holds(at.time))
    }
}

impl Run {
    fn extend(&mut self, index: usize, timeline: &Timeline, span: &CoveredSpan) {
        let within = span.whole.first..=span.whole.last.plus(REORDERING);
        let holes = timeline
            .holes()
            .filter(|hole| within.contains(hole) || within.contains(&hole.plus(AT_ONCE)));
        self.holes.extend(holes);
        self.losses_since = self.losses_since.max(timeline.losses_since);
        for (interface, period) in span.interfaces() {
            let mms = timeline
                .mms
                .get(&interface)
                .filter(|at| at.frame >= span.begins)
                .map(|at| at.time)
                .filter(|time| within.contains(time));
            let covered = self
                .interfaces
                .entry(interface)
                .or_insert(CoveredInterface { period, mms: None });
            covered.period.extend(period);
            covered.mms = covered.mms.max(mms);
        }
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

    /// What its interface covers.
    pub(super) fn interface(self) -> Option<&'a CoveredInterface> {
        self.run?.interfaces.get(&self.interface)
    }

    /// Whether all is covered until `time`, holes aside.
    pub(crate) fn reaches(self, time: Timestamp) -> bool {
        self.interface().is_some_and(|covered| {
            self.from.since(covered.period.first) >= -REORDERING && covered.period.last >= time
        })
    }

    /// The same that begins at an earlier or a later moment.
    pub(crate) const fn from(self, from: Timestamp) -> Self {
        Self { from, ..self }
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
        self.interface()
            .is_some_and(|covered| covered.mms.is_some_and(|mms| mms >= time))
    }
}
