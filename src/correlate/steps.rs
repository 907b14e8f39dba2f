//! The same PDU seen more than once is one step: on the next hop (gateway, proxy, push relay), or sent again.
//!
//! A *hop* is the same exchange on another connection while the first one is under way. A *try* is the same
//! request sent again: a notification or delivery report by the MMSC, a submission by the phone under the same
//! transaction id (OMA-TS-MMS_ENC section 6.1.1). Retrievals and confirmations that are repeated are steps of
//! their own, because each of them says something about the phone.

use std::collections::HashMap;
use std::hash::Hash;

use super::address;
use super::leg::{Asked, Fate, Leg, LegKind};
use crate::model::{FrameRef, Nanoseconds, Timestamp};
use crate::session::{Bearer, EndReason};

/// How long a gateway may take to pass a PDU on, in nanoseconds: longer than any push relay's queue under load,
/// shorter than an MMSC's shortest time between two notifications (a minute or more in live networks).
const HOP_WINDOW: Nanoseconds = 30 * Timestamp::SECOND;

/// How long after its last try a phone sends a message again under the same transaction id, in nanoseconds:
/// stacks retry for up to half an hour; a later message with the same id and content is another message.
const RESEND_WINDOW: Nanoseconds = 3600 * Timestamp::SECOND;

/// How many earlier steps with the same identity are compared: a million equal PDUs stay linear.
const MAX_COMPARED: usize = 4;

/// One step of a message's life, over all its tries and hops.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: LegKind,
    /// In time order.
    pub(super) tries: Vec<Try>,
}

/// One try: its legs, the hop nearest the phone first.
#[derive(Clone, Debug)]
pub(super) struct Try {
    pub(super) legs: Vec<usize>,
}

impl Step {
    /// Every leg of it.
    pub(super) fn legs(&self) -> impl Iterator<Item = usize> {
        self.tries.iter().flat_map(|one| one.legs.iter().copied())
    }

    /// The hop nearest the phone of the first try.
    pub(super) fn front(&self) -> usize {
        self.tries.first().map_or(0, Try::near)
    }
}

impl Try {
    /// The hop nearest the phone.
    pub(super) fn near(&self) -> usize {
        self.legs.first().copied().unwrap_or(0)
    }
}

/// Puts the legs, which are in time order, together to steps.
pub(super) fn steps(legs: &[Leg], hashes: &ahash::RandomState) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut known: HashMap<u64, Vec<usize>, ahash::RandomState> = HashMap::default();
    for (index, leg) in legs.iter().enumerate() {
        let Some(kind) = leg.kind() else { continue };
        let identity = identity(leg, kind, hashes);
        let alike = identity.map(|identity| known.entry(identity).or_default());
        let recent = alike
            .as_deref()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .rev()
            .take(MAX_COMPARED);
        let same = recent
            .copied()
            .find(|step| steps.get_mut(*step).is_some_and(|step| step.take_in(legs, index)));
        if same.is_none() {
            if let Some(alike) = alike {
                alike.push(steps.len());
            }
            steps.push(Step {
                kind,
                tries: vec![Try { legs: vec![index] }],
            });
        }
    }
    for one in steps.iter_mut().flat_map(|step| &mut step.tries) {
        one.legs.sort_by_key(|leg| distance_from_phone(legs, *leg));
        put_nearest_first(legs, &mut one.legs);
    }
    steps
}

impl Step {
    /// Takes a later leg in, where it is another hop or try of this step.
    fn take_in(&mut self, legs: &[Leg], index: usize) -> bool {
        let Some(leg) = legs.get(index) else { return false };
        for one in self.tries.iter_mut().rev().take(2) {
            let mut others = one.legs.iter().filter_map(|other| legs.get(*other));
            if others
                .clone()
                .all(|other| (other.client, other.server) != (leg.client, leg.server))
                && others.any(|other| is_hop(other, leg, self.kind))
            {
                one.legs.push(index);
                return true;
            }
        }
        let again = self
            .tries
            .last()
            .and_then(|last| legs.get(last.near()))
            .is_some_and(|last| match self.kind {
                LegKind::Notification | LegKind::DeliveryReport => same_target(last, leg),
                LegKind::Submission => self.is_resend(legs, last, leg),
                _ => false,
            });
        if again {
            self.tries.push(Try { legs: vec![index] });
        }
        again
    }

    /// Whether a phone's request is its earlier one again: not once the MMSC gave two message ids.
    fn is_resend(&self, legs: &[Leg], last: &Leg, leg: &Leg) -> bool {
        let (Some(before), Some(after)) = (last.send(), leg.send()) else {
            return false;
        };
        let digests = before.content.digest.zip(after.content.digest);
        let new_id = leg.send_conf().and_then(|conf| conf.accepted_id());
        let mut earlier_ids = self
            .legs()
            .filter_map(|leg| legs.get(leg)?.send_conf()?.accepted_id());
        let same_phone = last.client.address == leg.client.address
            || before
                .sender
                .as_deref()
                .zip(after.sender.as_deref())
                .is_some_and(|(a, b)| address::same(a, b))
            || last
                .subscriber
                .as_deref()
                .zip(leg.subscriber.as_deref())
                .is_some_and(|(a, b)| address::same(a, b));
        same_phone
            && digests.is_none_or(|(a, b)| a == b)
            && new_id.is_none_or(|new| earlier_ids.all(|old| old == new))
            && leg.first().time.since(last.last().time) <= RESEND_WINDOW
    }
}

/// What two sightings of one PDU have in common; none where they cannot be recognised.
fn identity(leg: &Leg, kind: LegKind, hashes: &ahash::RandomState) -> Option<u64> {
    let hash = |what: &dyn Fn(&mut ahash::AHasher)| {
        use std::hash::{BuildHasher as _, Hasher as _};
        let mut hasher = hashes.build_hasher();
        kind.hash(&mut hasher);
        what(&mut hasher);
        hasher.finish()
    };
    match &leg.asked {
        Asked::Unseen | Asked::Unread => None,
        Asked::Get => leg
            .url
            .as_deref()
            .map(|url| hash(&|h| address::location(url).path.hash(h))),
        Asked::Send(send) => Some(hash(&|h| {
            (send.forward, &send.transaction_id, &send.subject, &send.location).hash(h);
            send.recipients()
                .for_each(|recipient| address::comparable(recipient).hash(h));
        })),
        Asked::Notification(n) => Some(hash(&|h| {
            (&n.transaction_id, &n.location, &n.sender, &n.subject, n.size).hash(h);
        })),
        Asked::Acknowledgement(a) => Some(hash(&|h| (a.pdu, &a.transaction_id, a.status).hash(h))),
        Asked::DeliveryReport(r) => Some(hash(&|h| {
            (
                &r.message_id,
                &r.from,
                &r.to,
                r.status,
                r.date.map(Timestamp::nanoseconds),
            )
                .hash(h);
        })),
        Asked::ReadReport(r) => Some(hash(&|h| {
            (r.pdu, &r.message_id, &r.from, &r.to, r.status).hash(h)
        })),
        Asked::Operation(o) => Some(hash(&|h| {
            (o.pdu, &o.transaction_id, &o.locations, &o.cancel_id).hash(h)
        })),
    }
}

/// Whether `later` is `earlier` on another hop.
fn is_hop(earlier: &Leg, later: &Leg, kind: LegKind) -> bool {
    if earlier.server == later.server || !answers_agree(earlier, later) {
        return false;
    }
    let delay = later.first().time.since(earlier.first().time);
    if is_push(later) {
        return delay <= HOP_WINDOW && same_push(earlier, later);
    }
    let under_way = match (earlier.answer(), later.answer()) {
        (Some(outer), Some(inner)) => {
            inner.last.time <= outer.last.time || clocks_differ(inner.last, outer.last)
        }
        (Some(outer), None) => later.first().time <= outer.last.time,
        (None, _) => !ended_before(earlier, later),
    };
    let sent_alike = kind != LegKind::Submission
        || matches!((earlier.send(), later.send()), (Some(a), Some(b)) if a.content.digest == b.content.digest);
    delay <= HOP_WINDOW && under_way && sent_alike
}

/// Whether the earlier request was given up before the later one began: then that one is another try.
fn ended_before(earlier: &Leg, later: &Leg) -> bool {
    match earlier.fate {
        Fate::Ended { at, reason, .. } => reason != EndReason::CaptureEnd && at.time < later.first().time,
        _ => false,
    }
}

fn clocks_differ(a: FrameRef, b: FrameRef) -> bool {
    a.capture != b.capture
}

fn is_push(leg: &Leg) -> bool {
    matches!(leg.asked, Asked::Notification(_) | Asked::DeliveryReport(_))
}

/// Whether two answers can be one that was passed on.
fn answers_agree(one: &Leg, other: &Leg) -> bool {
    if let (Some(a), Some(b)) = (one.send_conf(), other.send_conf()) {
        return (&a.message_id, a.status) == (&b.message_id, b.status);
    }
    if let (Some(a), Some(b)) = (one.retrieved(), other.retrieved()) {
        let same_body = !(a.complete && b.complete) || a.content.digest == b.content.digest;
        return (&a.message_id, &a.transaction_id, a.status) == (&b.message_id, &b.transaction_id, b.status)
            && same_body;
    }
    match (one.status(), other.status()) {
        (Some(a), Some(b)) => is_push(one) || a.is_success() == b.is_success(),
        _ => true,
    }
}

/// Whether two pushes of one PDU are hops towards one phone.
fn same_push(earlier: &Leg, later: &Leg) -> bool {
    match (earlier.recipient.as_deref(), later.recipient.as_deref()) {
        (Some(a), Some(b)) => address::same(a, b),
        _ => earlier.server.address == later.client.address || earlier.bearer != later.bearer,
    }
}

/// Whether two pushes went to the same phone.
fn same_target(one: &Leg, other: &Leg) -> bool {
    match (one.recipient.as_deref(), other.recipient.as_deref()) {
        (Some(a), Some(b)) => address::same(a, b),
        _ => one.server.address == other.server.address,
    }
}

/// The order of hops from the phone: WAP before HTTP, then the one that began first and lasted longest. Of a push
/// the phone's end is the last one.
fn distance_from_phone(legs: &[Leg], index: usize) -> (u8, i64, i64, usize) {
    let Some(leg) = legs.get(index) else {
        return (u8::MAX, 0, 0, index);
    };
    let began = leg.first().time.nanoseconds();
    let ended = match leg.fate {
        Fate::Answered { extent, .. } => extent.last.time.nanoseconds(),
        _ => i64::MAX,
    };
    let wap = u8::from(!matches!(leg.bearer, Bearer::Wsp | Bearer::Wtp));
    if is_push(leg) {
        (wap, -began, -ended, index)
    } else {
        (wap, began, -ended, index)
    }
}

/// What shows better than time which hop is nearest: addresses that chain, and, where the clocks of two probes may
/// differ, what a gateway says of itself.
fn put_nearest_first(legs: &[Leg], hops: &mut [usize]) {
    let wins = |hop: usize| hops.iter().filter(|other| is_nearer(legs, hop, **other)).count();
    let most = hops.iter().map(|hop| wins(*hop)).max().unwrap_or(0);
    let nearest = hops
        .iter()
        .position(|hop| wins(*hop) == most)
        .filter(|_| most > 0);
    if let Some(nearest) = nearest {
        hops.get_mut(..=nearest)
            .into_iter()
            .for_each(|hops| hops.rotate_right(1));
    }
}

fn is_nearer(legs: &[Leg], one: usize, other: usize) -> bool {
    let (Some(one), Some(other)) = (legs.get(one), legs.get(other)) else {
        return false;
    };
    let chained = match is_push(one) {
        true => one.client.address == other.server.address,
        false => one.server.address == other.client.address,
    };
    let clocks = clocks_differ(one.first(), other.first());
    chained || clocks && !is_push(one) && !one.relayed && other.relayed
}
