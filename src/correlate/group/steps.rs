//! The same PDU seen more than once is one step: on the next hop (gateway, proxy, push relay), or sent again.
//!
//! A *hop* is the same exchange on another connection while the first one is under way. A *try* is the same
//! request sent again: a notification or delivery report by the MMSC, a submission by the phone under the same
//! transaction id (TS 23.140 section 8.1.2). Retrievals and confirmations that are repeated are steps of
//! their own, because each of them says something about the phone.

use smallvec::SmallVec;

use crate::correlate::group::hops;
use crate::correlate::group::ids::{IdVec, StepId};
use crate::correlate::group::index::ByKey;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind, RequestFacts};
use crate::correlate::store::open_legs::{LegId, Legs};
use crate::model::{Nanoseconds, Timestamp};

/// How long after its last try a phone sends a message again under the same transaction id, in nanoseconds:
/// stacks retry for up to half an hour; a later message with the same id and content is another message.
const RESEND_WINDOW: Nanoseconds = 3600 * Timestamp::SECOND;

/// How many earlier steps and tries with the same identity are compared: a million equal PDUs stay linear.
const MAX_COMPARED: usize = 4;

/// How many hops of one try are told apart: phone, gateways, MMSC. What passes more often is sent again.
const MAX_HOPS: usize = 8;

/// One step of a message's life, over all its tries and hops. Small, as nearly every leg is a step of its own.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: LegKind,
    /// Its only leg, where `several` is none.
    only: LegId,
    several: Option<Box<Tries>>,
}

/// The legs of each try in time order; in a try, the hop nearest the phone first.
#[derive(Clone, Debug)]
struct Tries(Vec<Vec<LegId>>);

impl Step {
    /// The legs of each try, in time order; the hop nearest the phone first.
    pub(crate) fn tries(&self) -> impl DoubleEndedIterator<Item = &[LegId]> {
        let only = self.several.is_none().then(|| std::slice::from_ref(&self.only));
        let several = self.several.iter().flat_map(|tries| &tries.0);
        only.into_iter().chain(several.map(Vec::as_slice))
    }

    /// Every leg of it.
    pub(crate) fn legs(&self) -> impl Iterator<Item = LegId> {
        let only = self.several.is_none().then_some(self.only);
        let several = self.several.iter().flat_map(|tries| tries.0.iter().flatten());
        only.into_iter().chain(several.copied())
    }

    /// The hop nearest the phone of the first try.
    pub(crate) fn front(&self) -> LegId {
        match &self.several {
            None => self.only,
            Some(_) => self.legs().next().unwrap_or(self.only),
        }
    }

    fn several(&mut self) -> &mut Vec<Vec<LegId>> {
        let only = self.only;
        let tries = self
            .several
            .get_or_insert_with(|| Box::new(Tries(vec![vec![only]])));
        &mut tries.0
    }

    /// Takes a later leg in, where it is another hop or try of this step.
    fn take_in(&mut self, legs: Legs<'_>, index: LegId) -> bool {
        let Some(leg) = legs.get(index) else { return false };
        let is_hop = |one: &[LegId]| {
            let others = || one.iter().filter_map(|other| legs.get(*other));
            // A push that its sender sends to the same relay again, on a connection of its own, is another try.
            let elsewhere = |other: Leg<'_>| match hops::is_push(leg) {
                true => other.client().address != leg.client().address || other.server() != leg.server(),
                false => other.ends() != leg.ends(),
            };
            one.len() < MAX_HOPS
                && others().all(elsewhere)
                && others().any(|other| hops::is_hop(other, leg, self.kind))
        };
        let back = self.tries().rev().take(2).position(is_hop);
        if let Some(back) = back {
            let tries = self.several().iter_mut().rev();
            tries.skip(back).take(1).for_each(|one| one.push(index));
            return true;
        }
        let again = self.is_again(legs, leg);
        if again {
            self.several().push(vec![index]);
        }
        again
    }

    fn is_again(&self, legs: Legs<'_>, leg: Leg<'_>) -> bool {
        let last = self.tries().next_back().and_then(|one| legs.get(*one.first()?));
        last.is_some_and(|last| match self.kind {
            LegKind::Notification | LegKind::DeliveryReport => hops::same_target(last, leg),
            LegKind::Submission => self.is_resend(legs, last, leg),
            _ => false,
        })
    }

    /// Whether a phone's request is its earlier one again: not once the MMSC gave two message ids.
    fn is_resend(&self, legs: Legs<'_>, last: Leg<'_>, leg: Leg<'_>) -> bool {
        let (Some(before), Some(after)) = (last.send(), leg.send()) else {
            return false;
        };
        let digests = before.content().digest.zip(after.content().digest);
        let new_id = leg.send_conf().and_then(|conf| conf.accepted_id());
        let earlier = self.tries().rev().take(MAX_COMPARED).flatten();
        let mut earlier_ids = earlier.filter_map(|leg| legs.get(*leg)?.send_conf()?.accepted_id());
        let same = |one: Option<&str>, other: Option<&str>| {
            one.zip(other)
                .is_some_and(|(one, other)| address::same(one, other))
        };
        let same_phone = last.client().address == leg.client().address
            || same(before.sender(), after.sender())
            || same(last.subscriber(), leg.subscriber());
        same_phone
            && digests.is_none_or(|(a, b)| a == b)
            && new_id.is_none_or(|new| earlier_ids.all(|old| old == new))
            && leg.first().time.since(last.last().time) <= RESEND_WINDOW
    }
}

/// Puts the legs, which are in time order, together to steps.
pub(crate) fn steps(legs: Legs<'_>, hashes: &ahash::RandomState) -> IdVec<StepId, Step> {
    let mut steps: IdVec<StepId, Step> = IdVec::default();
    let mut known: ByKey<Recent> = ByKey::default();
    for (place, leg) in legs.iter().enumerate() {
        let index = LegId::of(place);
        let Some(kind) = leg.kind() else { continue };
        let mut alike = identity(leg, kind, hashes).map(|identity| known.entry(identity).or_default());
        let mut recent = alike.iter().flat_map(|alike| alike.latest_first());
        let mut same = |step: StepId| steps.get_mut(step).is_some_and(|step| step.take_in(legs, index));
        if !recent.any(&mut same) {
            drop(recent);
            let step = steps.push(Step {
                kind,
                only: index,
                several: None,
            });
            if let Some(alike) = &mut alike {
                alike.add(step);
            }
        }
    }
    for tries in steps.values_mut().flat_map(|step| &mut step.several) {
        tries
            .0
            .iter_mut()
            .for_each(|one| hops::put_nearest_first(legs, one));
    }
    steps
}

/// The latest steps with one identity; no more, so that recurring ids keep no history.
#[derive(Debug, Default)]
struct Recent(SmallVec<[StepId; MAX_COMPARED]>);

impl Recent {
    fn latest_first(&self) -> impl Iterator<Item = StepId> {
        self.0.iter().rev().copied()
    }

    fn add(&mut self, step: StepId) {
        if self.0.len() == MAX_COMPARED {
            self.0.remove(0);
        }
        self.0.push(step);
    }
}

/// What two sightings of one PDU have in common; none where they cannot be recognised.
fn identity(leg: Leg<'_>, kind: LegKind, hashes: &ahash::RandomState) -> Option<u64> {
    let texts = match leg.asked() {
        RequestFacts::Unseen | RequestFacts::Unread => return None,
        RequestFacts::Get => {
            let location = address::location(leg.url()?);
            return Some(hashes.hash_one((kind, location.path)));
        }
        RequestFacts::Send(send) => {
            let recipients: Vec<_> = send.recipients().map(address::comparable).collect();
            let what = (send.transaction_id(), send.subject(), send.location(), recipients);
            return Some(hashes.hash_one((kind, send.forward, what)));
        }
        RequestFacts::Notification(notified) => {
            let what = (notified.transaction_id(), notified.location(), notified.sender());
            return Some(hashes.hash_one((kind, what, notified.subject(), notified.size)));
        }
        RequestFacts::DeliveryReport(report) => {
            let date = report.date().map(Timestamp::nanoseconds);
            return Some(hashes.hash_one((
                kind,
                report.status,
                date,
                report.message_id(),
                report.from(),
                report.to(),
            )));
        }
        RequestFacts::Acknowledgement(confirmed) => (
            confirmed.pdu,
            confirmed.status,
            [confirmed.transaction_id(), None, None],
        ),
        RequestFacts::ReadReport(read) => {
            (read.pdu, read.status, [read.message_id(), read.from(), read.to()])
        }
        RequestFacts::Operation(facts) => (
            facts.pdu,
            facts.cancel_status,
            [facts.transaction_id(), facts.cancel_id(), facts.location()],
        ),
    };
    Some(hashes.hash_one((kind, texts)))
}
