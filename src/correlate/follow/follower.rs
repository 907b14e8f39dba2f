//! A correlator that tells what messages are so far.
//!
//! Once a second of capture time it is found which legs came or changed. What may settle its message, or belongs to one that
//! was told, is looked at then; anything else once nothing more came for as long as a message may take to settle. A look
//! groups only the legs that may belong together ([`related`](super::related)), so that it costs what changed and not what is
//! open. What that may miss is found by looks at all that is open, which are made so seldom that they cost as much again.

use std::collections::HashSet;

use crate::correlate::close::correlator::Correlator;
use crate::correlate::follow::clock::Clock;
use crate::correlate::follow::credit::Credit;
use crate::correlate::follow::related::{MAX_PART, Part, RelatedLegs};
use crate::correlate::follow::schedule::Schedule;
use crate::correlate::follow::settled;
use crate::correlate::follow::told::{News, ToldMessages};
use crate::correlate::group::remnants::Gaps;
use crate::correlate::message::{Closed, Message, Operation};
use crate::correlate::record::pdu::PduRecord;
use crate::correlate::verdict::coverage::CoveredTime;
use crate::model::{Nanoseconds, RandomState, SharedSort, Timestamp};
use crate::session::{CarrierEvent, ExchangeId};

/// Legs that must have come for a look at all that is open, beside half of what is.
const LEGS_PER_SWEEP: usize = 64;

/// Open legs up to which it is counted at every look whether gaps are the rule; beyond, whenever all of them are looked at.
const COUNTED_AT_ONCE: usize = 4_096;

/// Something told by a run that follows its input. A message has one name for its life: the exchange that its first PDU is of.
#[derive(Clone, Debug)]
pub enum Followed {
    /// A message that is settled, or that changed since it was told. It stays open.
    SoFar {
        /// Its name.
        name: ExchangeId,
        /// The message.
        message: Box<Message>,
    },
    /// A message that is over.
    Closed {
        /// Its name.
        name: ExchangeId,
        /// The message.
        message: Box<Message>,
        /// Whether it was told just like this.
        is_known: bool,
    },
    /// A message that was told is none of its own. Told right behind the message that took it in.
    Superseded {
        /// Its name.
        name: ExchangeId,
        /// The message that it turned out to be part of, where it is part of one.
        by: Option<ExchangeId>,
    },
    /// An operation that is over.
    Operation(Box<Operation>),
}

/// A correlator that tells what messages are so far.
#[derive(Debug)]
pub struct Follower {
    correlator: Correlator,
    state: State,
}

/// What is kept beside the correlator.
#[derive(Debug)]
struct State {
    /// How long after its last PDU a message counts as settled.
    settle: Nanoseconds,
    clock: Clock,
    credit: Credit,
    related: RelatedLegs,
    schedule: Schedule,
    told: ToldMessages,
    gaps: Gaps,
    /// Legs that came since the last look at all that is open.
    came: usize,
    /// How many must have come for the next one, beside half of what is open.
    legs_per_sweep: usize,
}

impl Follower {
    /// One that tells messages of which nothing came for `settle` nanoseconds of capture time, or that are over.
    pub fn new(mut correlator: Correlator, settle: Nanoseconds) -> Self {
        correlator.note_changes();
        Self {
            correlator,
            state: State {
                settle,
                clock: Clock::default(),
                credit: Credit::default(),
                related: RelatedLegs::default(),
                schedule: Schedule::default(),
                told: ToldMessages::default(),
                gaps: Gaps::AreRare,
                came: 0,
                legs_per_sweep: LEGS_PER_SWEEP,
            },
        }
    }

    /// Never looks at all that is open.
    #[cfg(test)]
    pub(crate) const fn never_look_at_all(&mut self) {
        self.state.legs_per_sweep = usize::MAX;
    }

    /// The correlator, to tell it what is no exchange.
    pub const fn correlator(&mut self) -> &mut Correlator {
        &mut self.correlator
    }

    /// Takes in one event of a bearer, with the PDU that its body holds. What is over at the event's time goes to the sink.
    pub fn observe(
        &mut self,
        event: &CarrierEvent<'_>,
        pdu: Option<PduRecord<'_>>,
        sink: &mut dyn FnMut(Followed),
    ) {
        let Self { correlator, state } = self;
        state.credit.earn();
        let rounds = correlator.rounds();
        correlator.observe(event, pdu, &mut |over| state.close(over, sink));
        if correlator.rounds() > rounds {
            self.let_go(sink);
        }
    }

    /// A frame came, of which the correlator was told; all that was in those before it was observed. Whether it was time to
    /// look at what changed.
    pub fn frame(&mut self, stamp: Timestamp, sink: &mut dyn FnMut(Followed)) -> bool {
        let now = self.state.clock.frame(stamp);
        self.look_if(now, sink)
    }

    /// No frame came for so many nanoseconds since the last one. Whether it was time to look at what changed.
    pub fn waited(&mut self, waited: Nanoseconds, sink: &mut dyn FnMut(Followed)) -> bool {
        let now = self.state.clock.waited(waited);
        self.look_if(now, sink)
    }

    fn look_if(&mut self, now: Option<Timestamp>, sink: &mut dyn FnMut(Followed)) -> bool {
        if let Some(now) = now {
            self.look(now, sink);
        }
        now.is_some()
    }

    /// Closes everything that is still open. Gives back the correlator, with what it counted.
    pub fn finish(mut self, sink: &mut dyn FnMut(Followed)) -> Correlator {
        let Self { correlator, state } = &mut self;
        correlator.finish(&mut |over| state.close(over, sink));
        self.let_go(sink);
        self.correlator
    }

    /// Lets go of what was closed. Of that, what was told and is in no message was none.
    fn let_go(&mut self, sink: &mut dyn FnMut(Followed)) {
        let Self { correlator, state } = self;
        let exchanges = correlator.exchanges();
        let is_open = |exchange: ExchangeId| exchanges.leg(exchange).is_some();
        state.related.retain(is_open);
        state.schedule.retain(is_open);
        for gone in state.told.not(is_open) {
            state.told.forget(gone);
            sink(Followed::Superseded { name: gone, by: None });
        }
    }

    fn look(&mut self, now: Timestamp, sink: &mut dyn FnMut(Followed)) {
        let changed = self.take_in_changes();
        let open = self.correlator.open_legs();
        let mut covered = None;
        if self.state.came >= self.state.legs_per_sweep.saturating_add(open / 2) {
            self.sweep(now, sink);
            return;
        }
        self.plan(&changed, now);
        if open <= COUNTED_AT_ONCE {
            self.state.gaps = self.correlator.gaps();
        }
        while self.state.credit.is_left()
            && let Some(leg) = self.state.schedule.pop(now)
        {
            let covered = covered.get_or_insert_with(|| self.correlator.covered());
            self.look_at(leg, now, covered, sink);
        }
    }

    /// Puts what came or changed into the index; what it was, each once.
    fn take_in_changes(&mut self) -> Vec<ExchangeId> {
        let mut changed = self.correlator.take_changed();
        changed.shared_sort();
        changed.dedup();
        let exchanges = self.correlator.exchanges();
        for leg in changed.iter().filter_map(|leg| exchanges.leg(*leg)) {
            self.state.related.insert(leg);
        }
        self.state.came += changed.len();
        changed
    }

    /// Plans when what changed is looked at.
    fn plan(&mut self, changed: &[ExchangeId], now: Timestamp) {
        let Self { correlator, state } = self;
        let exchanges = correlator.exchanges();
        let mut planned: HashSet<ExchangeId, RandomState> = HashSet::default();
        for leg in changed {
            if planned.contains(leg) {
                continue;
            }
            if !state.credit.is_left() {
                state.schedule.set(*leg, now.plus(state.settle));
                continue;
            }
            let Some(Part { legs, .. }) = state.related.part(*leg, exchanges) else {
                // It is looked at when all that is open is.
                state.credit.spend(MAX_PART);
                continue;
            };
            state.credit.spend(legs.len());
            let of_part: HashSet<ExchangeId, RandomState> = legs.iter().copied().collect();
            let changed = changed.iter().filter(|leg| of_part.contains(leg));
            let changed = || changed.clone().filter_map(|leg| exchanges.leg(*leg));
            let is_urgent = legs.iter().any(|leg| state.told.has(*leg))
                || changed().any(|leg| settled::may_settle(leg.leg()));
            let last = changed().map(|leg| leg.leg().last().time).max();
            let quiet = last.unwrap_or(now).plus(state.settle);
            legs.iter().for_each(|leg| state.schedule.clear(*leg));
            state.schedule.set(*leg, if is_urgent { now } else { quiet });
            planned.extend(legs);
        }
    }

    /// Looks at the message of a leg, and at all that may be of it.
    fn look_at(
        &mut self,
        leg: ExchangeId,
        now: Timestamp,
        covered: &CoveredTime,
        sink: &mut dyn FnMut(Followed),
    ) {
        let Self { correlator, state } = self;
        let Some(parts) = state.related.reached(leg, correlator.exchanges()) else {
            // It is looked at when all that is open is.
            state.credit.spend(MAX_PART);
            return;
        };
        let legs: Vec<ExchangeId> = parts.iter().flat_map(|part| &part.legs).copied().collect();
        state.credit.spend(legs.len());
        state.told.begin_look();
        correlator.tell(legs.iter().copied(), covered, state.gaps, &mut |so_far| {
            if let Closed::Message { legs, message, .. } = so_far {
                state.join(&parts, &legs);
                state.tell(&legs, message, now, sink);
            }
        });
        for leg in legs {
            if state.told.forget_missed(leg) {
                sink(Followed::Superseded { name: leg, by: None });
            }
        }
    }

    /// Looks at all that is open.
    fn sweep(&mut self, now: Timestamp, sink: &mut dyn FnMut(Followed)) {
        let Self { correlator, state } = self;
        state.came = 0;
        state.gaps = correlator.gaps();
        state.schedule.clear_all();
        state.told.begin_look();
        let covered = correlator.covered();
        correlator.tell_all(&covered, &mut |so_far| {
            if let Closed::Message { legs, message, .. } = so_far {
                state.tell(&legs, message, now, sink);
            }
        });
        for gone in state.told.not(|_| false) {
            if state.told.forget_missed(gone) {
                sink(Followed::Superseded { name: gone, by: None });
            }
        }
    }
}

impl State {
    /// Tells a message that a look found, if it is settled or was told otherwise, and plans the next look at it.
    fn tell(
        &mut self,
        legs: &[ExchangeId],
        message: Box<Message>,
        now: Timestamp,
        sink: &mut dyn FnMut(Followed),
    ) {
        let Some((named_by, legs)) = legs.split_first() else {
            return;
        };
        legs.iter().for_each(|leg| self.schedule.clear(*leg));
        let quiet = settled::is_quiet_at(&message, self.settle);
        let is_settled = quiet <= now || settled::is_over(&message);
        let next = if is_settled {
            settled::next_expiry(&message, now)
        } else {
            Some(quiet)
        };
        if let Some(next) = next {
            self.schedule.set(*named_by, next);
        }
        let taken = self.take(*named_by, legs);
        let is_told = match self.told.news(*named_by, &message) {
            News::None => false,
            News::Changed => true,
            News::New => is_settled || !taken.is_empty(),
        };
        if is_told {
            self.told.tell(*named_by, &message);
            let name = *named_by;
            sink(Followed::SoFar { name, message });
        }
        taken.into_iter().for_each(sink);
    }

    /// Forgets the messages that were told and are part of another one now.
    fn take(&mut self, by: ExchangeId, legs: &[ExchangeId]) -> Vec<Followed> {
        let others = legs.iter().copied().filter(|leg| *leg != by);
        let taken = others.filter(|leg| self.told.forget(*leg));
        taken
            .map(|name| Followed::Superseded { name, by: Some(by) })
            .collect()
    }

    /// Notes which parts make up one message.
    fn join(&mut self, parts: &[Part], legs: &[ExchangeId]) {
        if parts.len() < 2 {
            return;
        }
        let legs: HashSet<ExchangeId, RandomState> = legs.iter().copied().collect();
        let of_message = parts
            .iter()
            .filter_map(|part| part.legs.iter().find(|leg| legs.contains(leg)));
        let of_message: Vec<ExchangeId> = of_message.copied().collect();
        for pair in of_message.windows(2) {
            if let [one, other] = pair {
                self.related.join(*one, *other);
            }
        }
    }

    /// Tells what is over.
    fn close(&mut self, over: Closed, sink: &mut dyn FnMut(Followed)) {
        let (legs, message) = match over {
            Closed::Message { legs, message, .. } => (legs, message),
            Closed::Operation { operation, .. } => return sink(Followed::Operation(operation)),
        };
        let Some((named_by, legs)) = legs.split_first() else {
            return;
        };
        let name = *named_by;
        let is_known = self.told.news(name, &message) == News::None;
        self.told.forget(name);
        sink(Followed::Closed {
            name,
            message,
            is_known,
        });
        self.take(name, legs).into_iter().for_each(sink);
    }
}
