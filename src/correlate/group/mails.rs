//! Mails that are one. The same mail at several relays is one step with hops: each relay takes it from the one before and
//! adds a Received field (RFC 5321 section 4.4). The same mail again from where it came from is a try: a mail server
//! repeats what was not taken, and some MMSCs what was not answered.

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
) -> Again {
    let recently = |leg: Leg<'_>| later.first().time.since(leg.last().time) <= QUEUED_FOR;
    if !tried.clone().any(recently) {
        return Again::No;
    }
    let fewest = tried.clone().map(Leg::received).min().unwrap_or_default();
    let is_from_origin = later.received() == fewest
        && tried
            .clone()
            .any(|leg| leg.received() == fewest && leg.client().address == later.client().address);
    if !is_from_origin && tried.clone().any(|leg| is_relayed(leg, later)) {
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
