//! One PDU on several hops: a WAP gateway or proxy passes it on while the first exchange is under way; a push goes
//! from relay to relay. The hop nearest the phone is the one that is shown, of a mail the one nearest its sender.

use crate::correlate::group::join::CLOCK_SKEW;
use crate::correlate::group::party::{AddressKeys, Sameness, is_push};
use crate::correlate::group::phones::Phones;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Completion, Leg, LegKind};
use crate::correlate::store::open_legs::{LegId, Legs};
use crate::model::{FrameRef, Nanoseconds, SharedSort, Timestamp};
use crate::session::{Bearer, EndReason};

/// How long a gateway may take to pass a PDU on, in nanoseconds: longer than any push relay's queue under load,
/// shorter than an MMSC's shortest time between two notifications (a minute or more in live networks).
const HOP_WINDOW: Nanoseconds = 30 * Timestamp::SECOND;

/// How long after it has all of a request a NAT or a transparent proxy passes it on, in nanoseconds. Their addresses do
/// not chain, so that two phones that say the same differ from them in this only.
const PASSED_ON_WITHIN: Nanoseconds = Timestamp::SECOND / 2;

/// The same where no answers show that the two are one exchange.
const PASSED_AT_ONCE: Nanoseconds = Timestamp::SECOND / 10;

/// How long after each other, in nanoseconds, equal PDUs may be one that a NAT passed on.
pub(crate) const fn at_once(is_push: bool) -> Nanoseconds {
    match is_push {
        true => PASSED_AT_ONCE,
        false => PASSED_ON_WITHIN,
    }
}

/// By how much the two sides of a NAT may be captured out of order, in nanoseconds.
const OUT_OF_ORDER: Nanoseconds = Timestamp::SECOND / 100;

/// Whether a NAT may lie between two sightings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nat {
    Possible,
    /// They are known for two phones'.
    Excluded,
}

/// Whether `later` is `earlier` on another hop.
pub(crate) fn is_hop(earlier: Leg<'_>, later: Leg<'_>, kind: LegKind, phones: &Phones<'_>, nat: Nat) -> bool {
    let delay = later.first().time.since(earlier.first().time);
    let sameness = phones.party(earlier).sameness(phones.party(later));
    if delay > hop_window(earlier, later)
        || sameness == Sameness::Contradicts
        || !answers_agree(earlier, later)
        || !may_be_one_path(earlier, later, sameness, phones.keys)
    {
        return false;
    }
    if is_push(later) {
        return same_push(earlier, later, sameness, phones.keys, nat);
    }
    let digest = |leg: Leg<'_>| leg.sent().and_then(|sent| sent.content().digest);
    let both_asked = earlier.request().is_some() && later.request().is_some();
    if both_asked
        && matches!(kind, LegKind::Submission | LegKind::Handover)
        && digest(earlier) != digest(later)
    {
        return false;
    }
    let is_repeated = phones.keys.in_one_network(earlier, later) && earlier.ends() == later.ends();
    is_repeated
        || match is_chained(earlier, later, phones.keys) {
            true => is_under_way(earlier, later, phones.keys),
            false => {
                let is_sure = sameness == Sameness::SameNumber
                    || earlier.client().address == later.client().address
                    || earlier.accepted_id().is_some() && later.accepted_id().is_some();
                (is_sure || nat == Nat::Possible)
                    && is_nested(earlier, later, phones.keys)
                    && !phones.are_two(earlier, later)
            }
        }
}

/// Whether two sightings can lie on one path. Where the addresses of two networks meet, the number or the MMSC's name must
/// show that a tunnel, a NAT or a proxy joins them; or an exchange lies wholly inside another one, with another address.
fn may_be_one_path(earlier: Leg<'_>, later: Leg<'_>, sameness: Sameness, keys: &AddressKeys) -> bool {
    let is_inside = || {
        let answers = earlier.answer().zip(later.answer());
        let outlasts = answers.is_some_and(|(outer, inner)| inner.last.time < outer.last.time);
        earlier.first().time < later.first().time && outlasts
    };
    keys.in_one_network(earlier, later)
        || sameness == Sameness::SameNumber
        || mmsc_name(earlier).is_some_and(|name| mmsc_name(later).as_ref() == Some(&name))
        || !is_push(later) && earlier.client().address != later.client().address && is_inside()
}

/// The name of the MMSC that a leg is with; none where it has but an address.
fn mmsc_name(leg: Leg<'_>) -> Option<String> {
    let announced = leg.notified().and_then(|notified| notified.location());
    let host = address::location(announced.or(leg.url())?).host?;
    (!address::is_ip_literal(&host)).then(|| host.into_owned())
}

/// How long a hop may take. One push on two bearers, each captured by a probe of its own, may seem to take longer: their
/// clocks differ.
fn hop_window(earlier: Leg<'_>, later: Leg<'_>) -> Nanoseconds {
    let two_probes = clocks_differ(earlier.first(), later.first());
    match is_push(later) && two_probes && earlier.bearer != later.bearer {
        true => HOP_WINDOW + CLOCK_SKEW,
        false => HOP_WINDOW,
    }
}

/// Whether the earlier exchange was under way when the later one was.
fn is_under_way(earlier: Leg<'_>, later: Leg<'_>, keys: &AddressKeys) -> bool {
    match (earlier.answer(), later.answer()) {
        (Some(outer), Some(inner)) => {
            let is_told = !clocks_differ(inner.last, outer.last) || !keys.in_one_network(earlier, later);
            inner.last.time <= outer.last.time.plus(OUT_OF_ORDER) || !is_told
        }
        (Some(outer), None) => later.first().time <= outer.last.time,
        (None, _) => !ended_before(earlier, later),
    }
}

/// Whether the later exchange lies inside the earlier one, so near that it can only be the same one behind a NAT, a
/// transparent proxy, or a gateway with another address. Answers with one message id show it at any distance.
pub(crate) fn is_nested(earlier: Leg<'_>, later: Leg<'_>, keys: &AddressKeys) -> bool {
    let has_all = earlier.request().map_or(earlier.first(), |request| request.last);
    let delay = later.first().time.since(has_all.time);
    let accepted = |leg: Leg<'_>| leg.accepted_id().map(str::to_owned);
    let elsewhere = keys.client(earlier) != keys.client(later);
    let within = match (earlier.answer(), later.answer()) {
        (Some(_), Some(_)) if elsewhere && accepted(earlier).is_some() => HOP_WINDOW,
        (Some(_), Some(_)) => PASSED_ON_WITHIN,
        _ => PASSED_AT_ONCE,
    };
    // Of two files of one probe, the second fetch of a phone follows the first one and does not lie inside it.
    let begins_inside = elsewhere
        || earlier
            .answer()
            .is_none_or(|outer| later.first().time <= outer.last.time);
    begins_inside && delay <= within && is_under_way(earlier, later, keys)
}

/// Whether the earlier request was given up before the later one began: then that one is another try.
fn ended_before(earlier: Leg<'_>, later: Leg<'_>) -> bool {
    match earlier.completion() {
        Completion::Ended { at, reason, .. } => {
            *reason != EndReason::CaptureEnd && at.time < later.first().time
        }
        _ => false,
    }
}

fn clocks_differ(one: FrameRef, other: FrameRef) -> bool {
    one.capture != other.capture
}

/// Whether what took the earlier request asked the later one.
fn is_chained(earlier: Leg<'_>, later: Leg<'_>, keys: &AddressKeys) -> bool {
    keys.server(earlier) == keys.client(later) && earlier.server() != later.server()
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

/// Whether two pushes of one PDU are hops towards one phone: from relay to relay, or through a NAT.
fn same_push(earlier: Leg<'_>, later: Leg<'_>, sameness: Sameness, keys: &AddressKeys, nat: Nat) -> bool {
    let delay = later.first().time.since(earlier.first().time);
    let is_elsewhere = earlier.server() != later.server() || !keys.in_one_network(earlier, later);
    is_elsewhere
        && (sameness == Sameness::SameNumber
            || is_chained(earlier, later, keys)
            || earlier.bearer != later.bearer
            || delay <= PASSED_AT_ONCE
                && (nat == Nat::Possible || earlier.server().address == later.server().address))
        || sameness == Sameness::SameNumber && delay <= PASSED_AT_ONCE
}

/// Puts the legs of one try in their order from the phone.
pub(crate) fn put_nearest_first(legs: Legs<'_>, hops: &mut [LegId], keys: &AddressKeys) {
    let first = hops.first().and_then(|hop| legs.get(*hop));
    if first.is_some_and(|leg| leg.bearer == Bearer::Smtp) {
        hops.shared_sort_by_key(|hop| legs.get(*hop).map(|leg| (leg.received(), leg.first(), *hop)));
        return;
    }
    hops.shared_sort_by_key(|leg| distance_from_phone(legs, *leg));
    let wins = |hop: LegId| {
        let farther = hops.iter().filter(|other| is_nearer(legs, hop, **other, keys));
        farther.count()
    };
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
fn is_nearer(legs: Legs<'_>, one: LegId, other: LegId, keys: &AddressKeys) -> bool {
    let (Some(one), Some(other)) = (legs.get(one), legs.get(other)) else {
        return false;
    };
    let chained = match is_push(one) {
        true => keys.client(one) == keys.server(other),
        false => keys.server(one) == keys.client(other),
    };
    let clocks = clocks_differ(one.first(), other.first());
    chained || clocks && !is_push(one) && !one.relayed && other.relayed
}
