//! Which open legs may belong together, so that one message can be looked at without all the others: an index of the open
//! legs by their [keys](super::keys), and what can be reached from a leg in it.
//!
//! Legs that share an identifier are one *part*. A part that lacks what an identifier would join it to, as a delivery lacks
//! its submission, is looked at together with the parts that it may be of by what it carries; the nearest in time under each
//! key, as grouping takes them.

use std::collections::{BTreeSet, HashSet};

use crate::correlate::follow::index::{LegIndex, Near};
use crate::correlate::follow::keys::{KeyMaker, LegKey, Role};
use crate::correlate::store::exchanges::Exchanges;
use crate::correlate::store::leg::{Leg, LegKind, LegRecord, RequestFacts};
use crate::model::{RandomState, Timestamp};
use crate::session::ExchangeId;

/// Legs that share identifiers and are looked at together. Messages have some ten; where more are reached, by an identifier
/// that everybody uses or by a mailing to hundreds, they are looked at when all that is open is.
pub(super) const MAX_PART: usize = 1_024;

/// Legs that are looked at together at most, over all parts.
const MAX_REACHED: usize = 4 * MAX_PART;

pub(super) type Legs = HashSet<ExchangeId, RandomState>;

/// The index.
#[derive(Debug, Default)]
pub(super) struct RelatedLegs {
    maker: KeyMaker,
    index: LegIndex,
    /// Pairs of legs that are of one message by what they carry, each in both orders.
    joined: BTreeSet<(ExchangeId, ExchangeId)>,
}

/// Legs that share identifiers.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) legs: Vec<ExchangeId>,
    kinds: Kinds,
}

/// Which kinds of legs a part has.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds {
    submission: bool,
    handover: bool,
    notification: bool,
    retrieval: bool,
}

impl Kinds {
    fn add(&mut self, kind: Option<LegKind>) {
        match kind {
            Some(LegKind::Submission) => self.submission = true,
            Some(LegKind::Handover) => self.handover = true,
            Some(LegKind::Notification) => self.notification = true,
            Some(LegKind::Retrieval) => self.retrieval = true,
            _ => {}
        }
    }

    /// Whether a leg with these around it lacks what an identifier would join it to.
    fn lack(self, leg: Leg<'_>) -> bool {
        let is_sent = self.submission || self.handover;
        let is_alone = || matches!(leg.request_facts(), RequestFacts::Unseen);
        match leg.kind() {
            Some(LegKind::Notification) => !is_sent,
            Some(LegKind::Retrieval) => !is_sent || is_alone() && !self.notification,
            Some(LegKind::Handover) => !self.submission,
            Some(LegKind::Acknowledgement) => !self.notification && !self.retrieval,
            Some(LegKind::RefusedEnvelope) => true,
            _ => false,
        }
    }
}

impl RelatedLegs {
    /// Puts a leg in; one that was put in before and says more now, with what it says besides.
    pub(super) fn insert(&mut self, leg: &LegRecord) {
        for key in self.maker.of(leg.leg()) {
            let number = self.maker.own(key);
            self.index.insert(number, (leg.first.time, leg.exchange));
        }
    }

    /// Notes that two legs were found to be of one message by what they carry: their parts are one from now on.
    pub(super) fn join(&mut self, one: ExchangeId, other: ExchangeId) {
        self.joined.extend([(one, other), (other, one)]);
    }

    /// What a leg was found to be of one message with.
    fn joined_with(&self, leg: ExchangeId) -> impl Iterator<Item = ExchangeId> {
        let all = (leg, ExchangeId(0))..=(leg, ExchangeId(u64::MAX));
        self.joined.range(all).map(|(_, other)| *other)
    }

    /// Lets go of legs that are closed.
    pub(super) fn retain(&mut self, is_open: impl Fn(ExchangeId) -> bool) {
        self.index.retain(&is_open);
        self.joined
            .retain(|(one, other)| is_open(*one) && is_open(*other));
    }

    /// Calls with the legs that a leg shares a key with, and with whether they share an identifier, so that they are of its part.
    pub(super) fn neighbours(&self, of: &LegRecord, mut call: impl FnMut(ExchangeId, bool)) {
        for key in self.maker.of(of.leg()) {
            let near = self.near(key, of.first.time);
            near.for_each(|found| call(found, key.role.is_identifier()));
        }
        self.joined_with(of.exchange).for_each(|found| call(found, true));
    }

    /// All parts that have to be looked at to judge the message of a leg, its own first, without the legs that are `known`, which
    /// all of them are then. None where there are more legs than are looked at.
    pub(super) fn reached(
        &mut self,
        from: ExchangeId,
        exchanges: &Exchanges,
        known: &mut Legs,
    ) -> Option<Vec<Part>> {
        let most = known.len() + MAX_REACHED;
        let own = self.part_beside(from, exchanges, known)?;
        let mut parts = Vec::new();
        for leg in own.legs.iter().filter_map(|leg| exchanges.leg(*leg)) {
            let lacks = own.kinds.lack(leg.leg());
            for key in self.maker.of(leg.leg()) {
                match key.role {
                    Role::Wished if lacks => self.fulfil(leg, key, exchanges, known, &mut parts)?,
                    // It found what it is of: it wishes for nothing any more.
                    Role::Wished => {
                        let number = self.maker.own(key);
                        self.index.remove(number, (leg.first.time, leg.exchange));
                    }
                    Role::Offered => self.offer(leg, key, exchanges, known, &mut parts)?,
                    Role::Shared | Role::Given | Role::Asked => {}
                }
                if known.len() > most {
                    return None;
                }
            }
        }
        parts.insert(0, own);
        Some(parts)
    }

    /// Adds the parts that have what a leg wishes for.
    fn fulfil(
        &self,
        leg: &LegRecord,
        key: LegKey,
        exchanges: &Exchanges,
        known: &mut Legs,
        parts: &mut Vec<Part>,
    ) -> Option<()> {
        for found in self.found(key, leg) {
            if !known.contains(&found) {
                parts.push(self.part_beside(found, exchanges, known)?);
            }
        }
        Some(())
    }

    /// Adds the parts that wish for what a leg has.
    fn offer(
        &self,
        leg: &LegRecord,
        key: LegKey,
        exchanges: &Exchanges,
        known: &mut Legs,
        parts: &mut Vec<Part>,
    ) -> Option<()> {
        for found in self.found(key, leg) {
            if known.contains(&found) {
                continue;
            }
            let mut beside = Legs::default();
            let part = self.part_beside(found, exchanges, &mut beside)?;
            let lacks = exchanges.leg(found).is_some_and(|leg| part.kinds.lack(leg.leg()));
            if lacks && beside.is_disjoint(known) {
                known.extend(beside);
                parts.push(part);
            }
        }
        Some(())
    }

    /// The part of a leg, but for the legs that are known; these are then, too.
    fn part_beside(&self, of: ExchangeId, exchanges: &Exchanges, known: &mut Legs) -> Option<Part> {
        let mut part = Part::default();
        let mut next = vec![of];
        known.insert(of);
        while let Some(exchange) = next.pop() {
            let Some(leg) = exchanges.leg(exchange) else {
                continue;
            };
            part.legs.push(exchange);
            part.kinds.add(leg.leg().kind());
            if part.legs.len() > MAX_PART {
                return None;
            }
            for key in self.maker.of(leg.leg()) {
                if key.role.is_identifier() {
                    self.near(key, leg.first.time).for_each(|found| {
                        if known.insert(found) {
                            next.push(found);
                        }
                    });
                }
            }
            next.extend(self.joined_with(exchange).filter(|found| known.insert(*found)));
        }
        Some(part)
    }

    /// What a key finds, the nearest in time.
    fn near(&self, key: LegKey, time: Timestamp) -> Near<'_> {
        self.index.near(self.maker.found(key), time)
    }

    /// The same as a list.
    fn found(&self, key: LegKey, of: &LegRecord) -> Vec<ExchangeId> {
        let mut found = Vec::new();
        self.near(key, of.first.time).for_each(|leg| found.push(leg));
        found
    }
}
