//! One PDU on several hops: a WAP gateway or proxy passes it on while the first exchange is under way; a push goes
//! from relay to relay. The hop nearest the phone is the one that is shown.

use crate::correlate::record::address;
use crate::correlate::store::leg::{Completion, Leg, LegKind, RequestFacts};
use crate::correlate::store::open_legs::{LegId, Legs};
use crate::mms::MessageType;
use crate::model::{FrameRef, Nanoseconds, Timestamp};
use crate::session::{Bearer, EndReason};

/// How long a gateway may take to pass a PDU on, in nanoseconds: longer than any push relay's queue under load,
/// shorter than an MMSC's shortest time between two notifications (a minute or more in live networks).
const HOP_WINDOW: Nanoseconds = 30 * Timestamp::SECOND;

/// Whether `later` is `earlier` on another hop.
pub(crate) fn is_hop(earlier: Leg<'_>, later: Leg<'_>, kind: LegKind) -> bool {
    let delay = later.first().time.since(earlier.first().time);
    if earlier.server() == later.server() || delay > HOP_WINDOW || !answers_agree(earlier, later) {
        return false;
    }
    if is_push(later) {
        return same_push(earlier, later);
    }
    let under_way = match (earlier.answer(), later.answer()) {
        (Some(outer), Some(inner)) => {
            inner.last.time <= outer.last.time || clocks_differ(inner.last, outer.last)
        }
        (Some(outer), None) => later.first().time <= outer.last.time,
        (None, _) => !ended_before(earlier, later),
    };
    let digest = |leg: Leg<'_>| leg.send().and_then(|send| send.content().digest);
    under_way
        && can_be_relayed(earlier, later)
        && (kind != LegKind::Submission || digest(earlier) == digest(later))
}

/// Whether the earlier request was given up before the later one began: then that one is another try.
fn ended_before(earlier: Leg<'_>, later: Leg<'_>) -> bool {
    match earlier.fate() {
        Completion::Ended { at, reason, .. } => {
            *reason != EndReason::CaptureEnd && at.time < later.first().time
        }
        _ => false,
    }
}

fn clocks_differ(one: FrameRef, other: FrameRef) -> bool {
    one.capture != other.capture
}

/// Whether the MMSC pushed it towards a phone.
pub(crate) fn is_push(leg: Leg<'_>) -> bool {
    match leg.asked() {
        RequestFacts::Notification(_) | RequestFacts::DeliveryReport(_) => true,
        RequestFacts::ReadReport(read) => read.pdu == MessageType::READ_ORIG_IND,
        RequestFacts::Operation(facts) => facts.pdu == MessageType::CANCEL_REQ,
        _ => false,
    }
}

/// Whether one request can be the other one passed on: the addresses chain, another bearer takes over, or a proxy
/// says so. Two phones that ask the same of two servers are not.
fn can_be_relayed(earlier: Leg<'_>, later: Leg<'_>) -> bool {
    earlier.server().address == later.client().address
        || earlier.bearer != later.bearer
        || earlier.relayed
        || later.relayed
}

/// Whether two answers can be one that was passed on.
fn answers_agree(one: Leg<'_>, other: Leg<'_>) -> bool {
    if let (Some(a), Some(b)) = (one.send_conf(), other.send_conf()) {
        return (a.message_id(), a.status) == (b.message_id(), b.status);
    }
    if let (Some(a), Some(b)) = (one.retrieved(), other.retrieved()) {
        let same_body = !(a.complete && b.complete) || a.content().digest == b.content().digest;
        let ids = (a.message_id(), a.transaction_id()) == (b.message_id(), b.transaction_id());
        return ids && a.status == b.status && same_body;
    }
    match (one.status(), other.status()) {
        (Some(a), Some(b)) => is_push(one) || a.is_success() == b.is_success(),
        _ => true,
    }
}

/// Whether two pushes of one PDU are hops towards one phone.
fn same_push(earlier: Leg<'_>, later: Leg<'_>) -> bool {
    match (earlier.recipient(), later.recipient()) {
        (Some(a), Some(b)) => address::same(a, b),
        _ => earlier.server().address == later.client().address || earlier.bearer != later.bearer,
    }
}

/// Whether two pushes went to the same phone.
pub(crate) fn same_target(one: Leg<'_>, other: Leg<'_>) -> bool {
    match (one.recipient(), other.recipient()) {
        (Some(a), Some(b)) => address::same(a, b),
        _ => one.server().address == other.server().address,
    }
}

/// Puts the legs of one try in their order from the phone.
pub(crate) fn put_nearest_first(legs: Legs<'_>, hops: &mut [LegId]) {
    hops.sort_by_key(|leg| distance_from_phone(legs, *leg));
    let wins = |hop: LegId| hops.iter().filter(|other| is_nearer(legs, hop, **other)).count();
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

/// WAP before HTTP, then the one that began first and lasted longest. Of a push the phone's end is the last one.
fn distance_from_phone(legs: Legs<'_>, index: LegId) -> (bool, i64, i64, LegId) {
    let Some(leg) = legs.get(index) else {
        return (true, 0, 0, index);
    };
    let began = leg.first().time.nanoseconds();
    let ended = leg
        .answer()
        .map_or(i64::MAX, |answer| answer.last.time.nanoseconds());
    let no_wap = !matches!(leg.bearer, Bearer::Wsp | Bearer::Wtp);
    let began = if is_push(leg) {
        began.saturating_neg()
    } else {
        began
    };
    (no_wap, began, ended.saturating_neg(), index)
}

/// What shows better than time which hop is nearer: addresses that chain, and, where the clocks of two probes may
/// differ, what a gateway says of itself.
fn is_nearer(legs: Legs<'_>, one: LegId, other: LegId) -> bool {
    let (Some(one), Some(other)) = (legs.get(one), legs.get(other)) else {
        return false;
    };
    let chained = match is_push(one) {
        true => one.client().address == other.server().address,
        false => one.server().address == other.client().address,
    };
    let clocks = clocks_differ(one.first(), other.first());
    chained || clocks && !is_push(one) && !one.relayed && other.relayed
}
