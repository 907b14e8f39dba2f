//! When a message is told: as soon as nothing more is to be expected of it.

use crate::correlate::message::{Delivery, Message};
use crate::correlate::store::leg::{Leg, LegKind};
use crate::model::{Nanoseconds, Outcome, State, SubmissionState, Timestamp};

/// How long after an expiry covered time is taken to have gone beyond it, in nanoseconds: as far as packets may be out of
/// order.
const BEHIND_EXPIRY: Nanoseconds = 3 * Timestamp::SECOND;

/// X-Mms-Status: expired, rejected, unrecognised, unreachable of a confirmation.
const FINAL_STATUSES: [u8; 4] = [0x80, 0x82, 0x84, 0x87];

/// Whether what a leg says may settle its message by itself, so that it is worth a look at once.
pub(super) fn may_settle(leg: Leg<'_>) -> bool {
    match leg.kind() {
        Some(LegKind::DeliveryReport | LegKind::ReadReport) => true,
        Some(LegKind::Submission) => leg.accepted() == Some(false),
        Some(LegKind::Acknowledgement) => {
            let status = leg.confirmed().and_then(|confirmed| confirmed.status);
            status.is_some_and(|status| FINAL_STATUSES.contains(&status))
        }
        _ => false,
    }
}

/// Whether a message is reported, read, or failed for good, for everybody whom it is for.
pub(super) fn is_over(message: &Message) -> bool {
    let refused = message
        .submission
        .as_ref()
        .is_some_and(|submission| submission.state == SubmissionState::Rejected);
    let all = message.deliveries.len() >= message.recipients.len().max(1);
    refused && message.deliveries.is_empty() || all && message.deliveries.iter().all(is_final)
}

const fn is_final(delivery: &Delivery) -> bool {
    match delivery.state {
        State::Reported
        | State::Read
        | State::Forwarded
        | State::Expired
        | State::Rejected
        | State::Unreachable
        | State::Unrecognised
        | State::Cancelled => true,
        State::Submitting
        | State::Submitted
        | State::HandingOver
        | State::HandedOver
        | State::Indeterminate
        | State::Notified
        | State::Deferred
        | State::Retrieving
        | State::Failed
        | State::Retrieved
        | State::Acknowledged => false,
    }
}

/// When a message counts as settled where nothing more comes.
pub(super) fn is_quiet_at(message: &Message, settle: Nanoseconds) -> Timestamp {
    message.ended.unwrap_or_default().plus(settle)
}

/// When it is to be seen next whether an open message has expired: right behind each expiry, and, where that could not be
/// told then, again after as long as it is over.
pub(super) fn next_expiry(message: &Message, now: Timestamp) -> Option<Timestamp> {
    let has_expired = |delivery: &&Delivery| delivery.state == State::Expired;
    let deliveries = message.deliveries.iter();
    let open = deliveries.filter(|delivery| delivery.outcome == Outcome::Open);
    let notifications = open
        .filter(|delivery| !has_expired(delivery))
        .flat_map(|delivery| &delivery.notifications);
    let expiries = notifications.filter_map(|notification| notification.expiry);
    let behind = expiries.map(|expiry| {
        let over = now.since(expiry).saturating_mul(2).max(BEHIND_EXPIRY);
        expiry.plus(over)
    });
    behind.min()
}
