//! Covered time: until when something would have been seen had it happened. It is told for each interface of each
//! capture, and runs along the file, so that neither a stray time stamp nor a file of another day spans it.
//!
//! - An interface covers the time from its first packet to its last: that others go on shows nothing of it.
//! - A stamp counts once a later packet is not earlier, but for reordering. A packet whose stamp is far ahead of the
//!   packets around it moves nothing.
//! - Times that fall back into a silence show that those behind the silence were stray, however many: a clock was wrong
//!   for a while. Other times that fall back begin anew: what was seen before is not covered by what comes after.
//! - A file that begins within a few seconds of another's end carries on.
//! - A hole interrupts: octets that several connections lack at once, or that one lacks right behind a silence, a
//!   connection taken up midway right behind one, packets that the capture counts as dropped, or a connection that was
//!   given up for a limit.
//!   Where it begins is not known, so it is told by the time at which it was over.

mod covered;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

pub(crate) use covered::{Covered, CoveredTime};

use crate::model::{CaptureIndex, FrameNumber, FrameRef, InterfaceIndex, Nanoseconds, Origin, Timestamp};

/// How far a packet's stamp may lie behind that of the packet before it, in nanoseconds: several queues of a network
/// card, and several cards, are written with so much disorder at most.
const REORDERING: Nanoseconds = 2 * Timestamp::SECOND;

/// How close together connections must lack octets for a hole of the capture, in nanoseconds. A packet lost by itself
/// makes one connection lack octets.
const AT_ONCE: Nanoseconds = Timestamp::SECOND;

/// How long behind a silence a connection may be found to lack octets, in nanoseconds: those that came out of order are waited
/// for, a second by default, and it is told with the next packet.
const RIGHT_BEHIND: Nanoseconds = 3 * Timestamp::SECOND;

/// Covered spans kept of one capture whose times fall back again and again; of the oldest nothing is proven any more.
const MAX_SPANS: usize = 256;

/// Moments of loss kept of one capture; where there are more, nothing is proven of what was before them.
const MAX_LOSSES: usize = 4096;

/// Silences kept of one span, the latest: into which of them times may fall back.
const MAX_SILENCES: usize = 64;

/// Interfaces told apart within one span; of others nothing is proven.
const MAX_INTERFACES: usize = 1024;

/// A packet: its number, its stamp, and the interface that took it.
type Packet = (FrameNumber, Timestamp, InterfaceIndex);

/// From when to when packets were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    first: Timestamp,
    last: Timestamp,
}

impl Period {
    fn extend(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// Whether the period holds this time, but for reordering.
    fn holds(self, time: Timestamp) -> bool {
        time.since(self.first) >= -REORDERING && time.since(self.last) <= REORDERING
    }
}

/// Time that one capture covers without a break.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CoveredSpan {
    /// The frame that it begins with.
    begins: FrameNumber,
    whole: Period,
    /// The interface of the last packet: nearly always that of the next one too.
    latest: (InterfaceIndex, Period),
    /// The other interfaces.
    others: BTreeMap<InterfaceIndex, Period>,
    /// When nothing was captured for longer than [`REORDERING`].
    silences: VecDeque<Period>,
}

impl CoveredSpan {
    /// A span of one packet, which may be told earlier than its own stamp says.
    fn new((begins, time, interface): Packet, first: Timestamp) -> Self {
        let period = Period { first, last: time };
        Self {
            begins,
            whole: period,
            latest: (interface, period),
            others: BTreeMap::new(),
            silences: VecDeque::new(),
        }
    }

    #[inline]
    fn count(&mut self, (_, time, interface): Packet) {
        let period = Period {
            first: time,
            last: time,
        };
        if time.since(self.whole.last) > REORDERING {
            self.note_silence(time);
        }
        self.whole.last = self.whole.last.max(time);
        if self.latest.0 == interface {
            self.latest.1.extend(period);
        } else {
            self.count_other(interface, period);
        }
    }

    /// The same for a packet that another interface took than the one before it.
    fn count_other(&mut self, interface: InterfaceIndex, period: Period) {
        let next = match self.others.remove(&interface) {
            Some(mut known) => {
                known.extend(period);
                known
            }
            None if self.others.len().saturating_add(1) < MAX_INTERFACES => period,
            None => return,
        };
        let (before, its_period) = std::mem::replace(&mut self.latest, (interface, next));
        self.others.insert(before, its_period);
    }

    fn note_silence(&mut self, over: Timestamp) {
        if self.silences.len() >= MAX_SILENCES {
            self.silences.pop_front();
        }
        let first = self.whole.last;
        self.silences.push_back(Period { first, last: over });
    }

    /// Goes on with a packet whose time lies in a silence before the last packets: these were stray. Whether it does.
    fn goes_on_before(&mut self, (_, time, interface): Packet) -> bool {
        let is_in = |silence: &Period| time.since(silence.first) >= -REORDERING && time < silence.last;
        let Some(place) = self.silences.iter().rposition(is_in) else {
            return false;
        };
        let Some(end) = self.silences.get(place).map(|silence| silence.first) else {
            return false;
        };
        self.silences.truncate(place);
        let period = Period {
            first: time,
            last: time,
        };
        let (before, its_period) = std::mem::replace(&mut self.latest, (interface, period));
        self.others.insert(before, its_period);
        self.others.retain(|_, period| {
            period.last = period.last.min(end);
            period.first <= end
        });
        if let Some(known) = self.others.remove(&interface) {
            self.latest.1.extend(known);
        }
        self.whole.last = end.max(time);
        true
    }

    /// Every interface with its period.
    fn interfaces(&self) -> impl Iterator<Item = (InterfaceIndex, Period)> {
        let others = self
            .others
            .iter()
            .map(|(interface, period)| (*interface, *period));
        std::iter::once(self.latest).chain(others)
    }
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
    newest: Option<Packet>,
    /// Losses by their time, in units of [`AT_ONCE`].
    losses: BTreeMap<i64, Loss>,
    /// Losses before this time are not kept any more.
    losses_since: Option<Timestamp>,
    /// The last frame of an MMS exchange on each interface.
    mms: BTreeMap<InterfaceIndex, FrameRef>,
}

impl Timeline {
    #[inline]
    fn frame(&mut self, packet: Packet) {
        let (_, time, _) = packet;
        let Some(last) = self.newest.replace(packet) else {
            return;
        };
        let (_, newest, _) = last;
        let goes_on = time.since(newest) >= -REORDERING;
        match &mut self.current {
            Some(current) if goes_on && newest.since(current.whole.last) >= -REORDERING => {
                current.count(last);
                self.keep_later(newest);
            }
            // The last stamp fell back. This one is as it should be: the last one was stray.
            Some(current) if time.since(current.whole.last) >= -REORDERING => {}
            _ if goes_on => {
                let current = self.current.as_mut();
                if !current.is_some_and(|current| current.goes_on_before(last)) {
                    self.begin(CoveredSpan::new(last, newest.min(time)));
                }
                self.keep_later(newest);
            }
            _ => {}
        }
    }

    /// A packet that is earlier than the one before it, but for reordering, does not turn time back.
    #[inline]
    fn keep_later(&mut self, before: Timestamp) {
        if let Some((_, time, _)) = &mut self.newest {
            *time = before.max(*time);
        }
    }

    fn begin(&mut self, span: CoveredSpan) {
        let before = self.current.replace(span);
        self.over.extend(before);
        if self.over.len() > MAX_SPANS {
            self.over.pop_front();
        }
    }

    /// What it holds, counted by interfaces.
    fn len(&self) -> usize {
        let current = self
            .current
            .as_ref()
            .map_or(0, |current| current.others.len().saturating_add(1));
        self.over.len().saturating_add(current)
    }

    /// When nothing was captured for longer than [`REORDERING`] until at most so long before this time.
    fn silence_right_before(&self, time: Timestamp, within: Nanoseconds) -> Option<Period> {
        let current = self.current.as_ref()?;
        let newest = self.newest.map(|(_, newest, _)| Period {
            first: current.whole.last,
            last: newest,
        });
        let silences = newest.into_iter().chain(current.silences.back().copied());
        let near = |silence: &Period| (-REORDERING..=within).contains(&time.since(silence.last));
        silences
            .filter(|silence| silence.last.since(silence.first) > REORDERING)
            .find(near)
    }

    /// A connection lacks its beginning or octets: right behind a silence that shows that the silence is a hole.
    fn lose_behind_silence(&mut self, time: Timestamp, within: Nanoseconds) -> bool {
        let silence = self.silence_right_before(time, within);
        if let Some(silence) = silence {
            self.lose(silence.first, Loss::Hole);
            self.lose(silence.last, Loss::Hole);
        }
        silence.is_some()
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

    fn spans(&self) -> impl Iterator<Item = Cow<'_, CoveredSpan>> {
        let only = self.newest.filter(|_| self.current.is_none());
        let only = only.map(|packet| Cow::Owned(CoveredSpan::new(packet, packet.1)));
        let known = self.over.iter().chain(&self.current).map(Cow::Borrowed);
        known.chain(only)
    }

    /// When there were holes, rounded down to [`AT_ONCE`].
    fn holes(&self) -> impl Iterator<Item = Timestamp> {
        let holes = self.losses.iter().filter(|(_, loss)| **loss == Loss::Hole);
        holes.map(|(slot, _)| slot_time(*slot))
    }

    /// Where the file may end: with its last packet, or with the one before it, as the last stamp may be stray.
    fn ends(&self) -> impl Iterator<Item = Timestamp> {
        let newest = self.newest.map(|(_, time, _)| time);
        let counted = self.current.as_ref().map(|current| current.whole.last);
        newest.into_iter().chain(counted)
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
    /// A frame was read, which this interface took.
    #[inline]
    pub(crate) fn frame(&mut self, at: FrameRef, by: Origin) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.frame((at.frame, at.time, by.interface()));
        }
    }

    /// How much is kept.
    pub(crate) fn len(&self) -> usize {
        self.captures.iter().map(Timeline::len).sum()
    }

    /// Octets that a connection's receiver acknowledged were not captured.
    ///
    /// `connection` tells connections apart.
    pub(crate) fn octets_missing(&mut self, connection: u64, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture)
            && !timeline.lose_behind_silence(at.time, RIGHT_BEHIND)
        {
            timeline.lose(at.time, Loss::Of(connection));
        }
    }

    /// A connection was taken up whose opening was not captured. Right behind a silence that is what a hole leaves; else it
    /// was open before the capture began.
    pub(crate) fn begun_midway(&mut self, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.lose_behind_silence(at.time, AT_ONCE);
        }
    }

    /// Something was given up that was last seen at `at`: what comes after it in the capture is not looked at.
    pub(crate) fn given_up(&mut self, at: FrameRef) {
        if let Some(timeline) = self.timeline(at.capture) {
            timeline.lose(at.time, Loss::Hole);
            if let Some((_, now, _)) = timeline.newest {
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
            Some((_, now, _)) if here => timeline.lose(now, Loss::Hole),
            Some((_, now, _)) => timeline.losses_since = timeline.losses_since.max(Some(now)),
            None => {}
        }
    }

    /// An MMS exchange was seen on an interface.
    pub(crate) fn mms(&mut self, at: FrameRef, by: Origin) {
        let Some(timeline) = self.timeline(at.capture) else {
            return;
        };
        let interface = by.interface();
        if let Some(last) = timeline.mms.get_mut(&interface) {
            *last = at.max(*last);
        } else if timeline.mms.len() < MAX_INTERFACES {
            timeline.mms.insert(interface, at);
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
