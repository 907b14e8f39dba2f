//! Mails that are one. The same mail at several relays is one step with hops: each relay takes it from the one before and
//! adds a Received field (RFC 5321 section 4.4). The same mail again from where it came from is a try: a mail server
//! repeats what was not taken, and some MMSCs what was not answered.

use crate::correlate::group::bodies::are_other_contents;
use crate::correlate::group::hops;
use crate::correlate::group::party::AddressKeys;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::model::{Nanoseconds, Timestamp};

/// How long a mail server keeps what it cannot hand on, in nanoseconds (RFC 5321 section 4.5.4.1: 4 to 5 days).
const QUEUED_FOR: Nanoseconds = 5 * 24 * 3600 * Timestamp::SECOND;

/// What a mail is to an earlier one with the same identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The earlier one at another relay.
    Hop,
    /// The earlier one sent again.
    Try,
    /// Another.
    No,
}

/// What a mail is to those that were sent as one try, nearest the sender first.
pub(crate) fn again<'a>(
    tried: impl Iterator<Item = Leg<'a>> + Clone,
    later: Leg<'_>,
    kind: LegKind,
    keys: &AddressKeys,
) -> Again {
    let recently = |leg: Leg<'_>| later.first().time.since(leg.last().time) <= QUEUED_FOR;
    if !tried.clone().any(recently) || tried.clone().any(|leg| contradict(leg, later, keys)) {
        return Again::No;
    }
    let fewest = tried.clone().map(Leg::received).min().unwrap_or_default();
    let is_from_origin = later.received() == fewest
        && tried
            .clone()
            .any(|leg| leg.received() == fewest && leg.client().address == later.client().address);
    // A mail server may run on the host that gives it the mail.
    let mut tried_elsewhere = tried.filter(|leg| {
        let follows = leg.server().address == later.client().address;
        leg.client().address != later.client().address || follows && leg.received() < later.received()
    });
    let is_relayed = |leg| is_relayed(leg, later) || hops::is_nested(leg, later, keys);
    if !is_from_origin && tried_elsewhere.any(is_relayed) {
        return Again::Hop;
    }
    match kind {
        // Each answer to a repeated request is an answer of its own.
        LegKind::Answer => Again::No,
        _ => Again::Try,
    }
}

/// Whether one of two mails is the other one behind a relay.
fn is_relayed(one: Leg<'_>, other: Leg<'_>) -> bool {
    let follows = |first: Leg<'_>, then: Leg<'_>| first.server().address == then.client().address;
    one.received() != other.received() || follows(one, other) || follows(other, one)
}

/// Whether what two mails say shows that they are of two messages, though they share their ids: MMSCs count alike, and
/// counters restart.
fn contradict(one: Leg<'_>, other: Leg<'_>, keys: &AddressKeys) -> bool {
    let (Some(first), Some(second)) = (one.sent(), other.sent()) else {
        return false;
    };
    let differ = |one: Option<&str>, other: Option<&str>| {
        let both = one.zip(other);
        both.is_some_and(|(one, other)| keys.address(one) != keys.address(other))
    };
    let system = |leg: Leg<'_>| {
        let system = leg.handed_over()?.system()?;
        address::domain(system).map(str::to_ascii_lowercase)
    };
    let subjects = first.subject().zip(second.subject());
    let recipients =
        [first, second].map(|sent| sent.recipients().map(|to| keys.address(to)).collect::<Vec<_>>());
    let [to_one, to_other] = &recipients;
    let are_apart =
        !to_one.is_empty() && !to_other.is_empty() && !to_one.iter().any(|to| to_other.contains(to));
    differ(first.sender(), second.sender())
        || system(one)
            .zip(system(other))
            .is_some_and(|(one, other)| one != other)
        || subjects.is_some_and(|(one, other)| one != other)
        || are_apart
        || are_other_contents(first.content(), second.content())
}
