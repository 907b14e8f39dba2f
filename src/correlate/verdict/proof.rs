//! What must be known before something that was not seen counts as a failure. *Not seen* is never *failed*: a failure
//! of absence is made of one of these values, and each is made only where what is missing would have been seen.

use std::marker::PhantomData;

use crate::correlate::store::leg::{Completion, Leg};
use crate::correlate::store::sightings::Sightings;
use crate::correlate::verdict::coverage::{Covered, CoveredTime};
use crate::correlate::verdict::rules::Fault;
use crate::model::{FrameRef, Networks, Timestamp};
use crate::session::{AnswerVisibility, Bearer, BodyEnd, EndReason};

/// A fault that counts only with the proof `P` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proven<P> {
    fault: Fault,
    by: PhantomData<P>,
}

impl<P> Proven<P> {
    /// Of what the fault would be.
    pub(crate) const fn of(fault: Fault) -> Self {
        Self {
            fault,
            by: PhantomData,
        }
    }

    /// The fault, as it is proven.
    pub(crate) fn by(self, _proof: P) -> Fault {
        self.fault
    }
}

/// Proof that no answer was sent in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProofOfAbsence {
    seen: AnsweringSide,
    /// Until when an answer would have been seen.
    until: Timestamp,
}

/// What was seen of the side that owed an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AnsweringSide {
    /// Its connection to its end, with nothing missing.
    ToItsClose,
    /// It received the request.
    Received,
    /// It sent packets before. A bearer of datagrams acknowledges nothing.
    Datagrams,
    /// It sent packets before, and MMS was still captured when the answer was overdue.
    WhileMmsGoesOn,
}

impl ProofOfAbsence {
    /// Proof that a request got no answer before `until`: packets of the answering side were captured, none is
    /// missing, and covered time goes on for so long.
    ///
    /// Where MMS ends while other traffic goes on, it may take another way that is not captured: then only a request
    /// that was received or a connection that was closed is proof. After a hole in the capture the answer may have been
    /// in it: then the connection must have been seen once more. Nobody owes an answer to a request whose end was not
    /// seen: its sender may have stopped within it.
    pub(crate) fn of_answer(leg: Leg<'_>, covered: &CoveredTime, until: Timestamp) -> Option<Self> {
        let request = leg
            .request()
            .filter(|_| leg.request_end() != BodyEnd::NotCaptured)?;
        let Completion::Ended {
            at,
            reason,
            answer: AnswerVisibility::Visible { by },
            acknowledged,
        } = *leg.completion()
        else {
            return None;
        };
        let seen = match reason {
            EndReason::Closed { .. } | EndReason::Notified { .. } => {
                (at.time >= until).then_some(AnsweringSide::ToItsClose)
            }
            EndReason::Idle | EndReason::Replaced | EndReason::CaptureEnd => {
                let after = covered.after(request.last, by);
                let asking = covered.after(request.last, leg.network.origin);
                let mms_goes_on = after.shows_mms_after(until) || asking.shows_mms_after(until);
                let in_time = || answering_side(leg, after, until, acknowledged, mms_goes_on, at);
                after.reaches(until).then(in_time).flatten()
            }
            EndReason::NoneExpected
            | EndReason::Reset
            | EndReason::Alert(_)
            | EndReason::StreamReset(_)
            | EndReason::NotProcessed
            | EndReason::Aborted { .. }
            | EndReason::GivenUp => None,
        }?;
        Some(Self { seen, until })
    }
}

/// What an open connection, last seen at `last`, shows of the answering side when its answer is overdue.
fn answering_side(
    leg: Leg<'_>,
    after: Covered<'_>,
    until: Timestamp,
    acknowledged: bool,
    mms_goes_on: bool,
    last: FrameRef,
) -> Option<AnsweringSide> {
    let seen_after_holes = after.last_hole_before(until).is_none_or(|hole| last.time >= hole);
    let hole = after.last_hole_before(until).is_some();
    match leg.bearer {
        _ if acknowledged => seen_after_holes.then_some(AnsweringSide::Received),
        _ if hole => None,
        Bearer::Wtp | Bearer::Wsp | Bearer::PushUdp => Some(AnsweringSide::Datagrams),
        _ => mms_goes_on.then_some(AnsweringSide::WhileMmsGoesOn),
    }
}

/// Proof that the sender of a body stopped before its end, so that the receiver does not have it either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProofOfCut(());

impl ProofOfCut {
    /// From how a body ended: what the capture lacks, or did not look at, was not cut.
    pub(crate) const fn of(end: BodyEnd) -> Option<Self> {
        match end {
            BodyEnd::CutShort { .. } | BodyEnd::StreamReset(_) | BodyEnd::Alert(_) => Some(Self(())),
            BodyEnd::Whole
            | BodyEnd::Hole
            | BodyEnd::NotCaptured
            | BodyEnd::PartsMissing
            | BodyEnd::OverLimit => None,
        }
    }
}

/// Proof that a message that was announced was not fetched before it expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProofOfExpiry {
    /// Where it was announced.
    pub(crate) notification: FrameRef,
    /// When it expired.
    pub(crate) expiry: Timestamp,
}

impl ProofOfExpiry {
    /// Proof from a notification that expires then: this lies after it and in covered time without a hole, and a retrieval would have
    /// been seen, because that MMSC's or that phone's exchanges on a bearer of retrievals are in the same capture, in the
    /// clear, taken by an interface that covers this time, and no connection that nobody could read may hold it.
    pub(crate) fn of_notification(
        leg: Leg<'_>,
        expiry: Timestamp,
        covered: &CoveredTime,
        seen: &Sightings,
        networks: &Networks,
    ) -> Option<Self> {
        let notified = leg.notified()?;
        let notification = leg.request()?.last;
        let after = covered.after(notification, leg.network.origin);
        let whole = || after.last_hole_before(expiry).is_none();
        let in_the_clear = || {
            let url = notified.location();
            url.is_some_and(|url| !is_encrypted(url) || seen.is_read_while(leg, expiry, networks))
        };
        let shown = || {
            let mut sightings = seen.of_notification(leg, after.captures(), networks);
            sightings.any(|sighting| {
                let retrievals = covered.after(sighting.at, sighting.by);
                retrievals.is_with(after) && retrievals.from(notification.time).reaches(expiry)
            })
        };
        let unread = || seen.may_be_fetched_unread(leg, expiry, networks);
        let in_time = expiry > notification.time && !leg.is_given_up();
        let proven = in_time && whole() && in_the_clear() && shown() && !unread();
        proven.then_some(Self { notification, expiry })
    }

    /// Proof from a delivery report that says so, of a notification that had expired by then.
    pub(crate) fn of_report(leg: Leg<'_>, expiry: Timestamp, report: FrameRef) -> Option<Self> {
        let notification = leg.request()?.last;
        let in_time = expiry > notification.time && expiry <= report.time;
        in_time.then_some(Self { notification, expiry })
    }
}

/// Whether what is fetched from a URL is encrypted on its way.
fn is_encrypted(url: &str) -> bool {
    let scheme = url.trim_start().split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}
