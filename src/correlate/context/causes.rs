//! Which transaction explains a failure, or why nothing more came of a message.

use crate::correlate::context::profile::{Profile, Role};
use crate::correlate::message::{
    Cause, CauseText, Confidence, ContextEntry, Failure, FailureKind, Message, Outcome, Stage,
};
use crate::correlate::record::address;
use crate::correlate::store::leg::LegKind;
use crate::model::{
    Endpoint, FailureCause, FrameRef, Nanoseconds, System, Timestamp, TransactionOperation, TransactionStatus,
};

/// What of a message's context can explain a failure, or shows that it does not.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) system: System,
    pub(crate) operation: TransactionOperation,
    pub(crate) status: Option<TransactionStatus>,
    /// Whom it concerns.
    pub(crate) role: Role,
    /// The recipient as he is shown.
    pub(crate) recipient: Option<String>,
    pub(crate) is_sure: bool,
    /// When it was asked.
    pub(crate) asked: Timestamp,
    /// The frame that shows how it ended.
    pub(crate) at: FrameRef,
    /// What is the same where the same is asked for again.
    pub(crate) thing: u64,
    /// Who was asked.
    pub(crate) server: Endpoint,
}

impl Evidence {
    /// Whether a join of this sureness can explain anything.
    pub(crate) fn is_sure(entry: &ContextEntry) -> bool {
        matches!(entry.confidence, Some(Confidence::Exact | Confidence::Strong))
    }

    fn failed(&self) -> bool {
        self.status.is_some_and(TransactionStatus::is_failure)
    }

    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| !status.is_failure())
    }

    fn cause(&self) -> Cause {
        Cause {
            system: self.system,
            capture: self.at.capture.0,
            frame: self.at.frame.0,
            text: CauseText::Read {
                system: self.system,
                operation: self.operation,
                status: self.status,
                frame: self.at.frame,
            },
        }
    }
}

/// Looks for what explains the failures of a message, and why it is open.
pub(crate) struct Explainer<'a> {
    pub(crate) profile: &'a Profile,
    /// In the order of [`Evidence::at`].
    pub(crate) evidence: &'a [Evidence],
    pub(crate) response_timeout: Nanoseconds,
}

impl Explainer<'_> {
    /// Fills in the causes.
    pub(crate) fn explain(&self, message: &mut Message) {
        if !self.evidence.iter().any(Evidence::failed) {
            return;
        }
        let causes: Vec<Option<Cause>> = message
            .failures
            .iter()
            .map(|failure| self.of_failure(failure, message))
            .collect();
        for (failure, cause) in message.failures.iter_mut().zip(causes) {
            failure.cause = cause;
        }
        if message.outcome == Outcome::Open {
            message.cause = self.of_silence();
        }
    }

    /// The last failed transaction before a failure that could have led to it.
    fn of_failure(&self, failure: &Failure, message: &Message) -> Option<Cause> {
        let until = self.until(failure, message)?;
        let led = self.evidence.iter().rev().filter(|evidence| {
            evidence.failed()
                && evidence.is_sure
                && evidence.at < until
                && could_lead(failure.kind, evidence.system)
                && self.concerns(failure, evidence)
        });
        let mut led = led.filter(|evidence| !self.is_overcome(evidence, until));
        led.next().map(Evidence::cause)
    }

    /// Until when a transaction can have led to a failure.
    fn until(&self, failure: &Failure, message: &Message) -> Option<FrameRef> {
        let at = failure.at()?;
        let later = match failure.kind.cause() {
            FailureCause::NoResponse => Some(at.time.plus(self.response_timeout)),
            FailureCause::Expiry => expiry(failure, message),
            _ => None,
        };
        let time = later.map_or(at.time, |later| later.max(at.time));
        Some(FrameRef { time, ..at })
    }

    /// Whether it is about what failed: the message, this recipient.
    fn concerns(&self, failure: &Failure, evidence: &Evidence) -> bool {
        match failure.kind.stage() {
            Stage::Submission => self.is_inside_submission(evidence.asked),
            Stage::Handover | Stage::Notification | Stage::Report => {
                is_of(failure, evidence) && self.follows(LegKind::Submission, Role::Sender, evidence)
            }
            Stage::Retrieval => {
                is_of(failure, evidence) && self.follows(LegKind::Notification, evidence.role, evidence)
            }
            Stage::Acknowledgement | Stage::Any => false,
        }
    }

    fn is_inside_submission(&self, time: Timestamp) -> bool {
        let mut exchanges = self.profile.exchanges.iter();
        exchanges.any(|exchange| exchange.kind == LegKind::Submission && exchange.encloses(time))
    }

    /// Whether it was asked after what must have come before, where that was seen.
    fn follows(&self, kind: LegKind, role: Role, evidence: &Evidence) -> bool {
        let legs = self.profile.exchanges.iter();
        let legs = legs.filter(|exchange| exchange.kind == kind && exchange.role == role);
        let first = legs.map(|exchange| exchange.begin.time).min();
        first.is_none_or(|first| first <= evidence.asked)
    }

    /// Whether the same was asked for again before the failure, and was done.
    fn is_overcome(&self, evidence: &Evidence, until: FrameRef) -> bool {
        let again = |other: &Evidence| {
            other.at > evidence.at
                && other.at < until
                && other.system == evidence.system
                && other.thing == evidence.thing
                && other.succeeded()
        };
        let reached = || {
            let mut legs = self.profile.exchanges.iter();
            evidence.system == System::Transport
                && legs.any(|leg| {
                    leg.server == evidence.server
                        && leg.role == evidence.role
                        && leg.begin > evidence.at
                        && leg.begin < until
                })
        };
        self.evidence.iter().any(again) || reached()
    }

    /// Of an open message: the failed transaction that came last, where nothing came after it.
    fn of_silence(&self) -> Option<Cause> {
        let never = FrameRef {
            time: Timestamp::from_nanoseconds(i64::MAX),
            ..FrameRef::default()
        };
        let led = self.evidence.iter().rev().filter(|evidence| {
            evidence.failed()
                && evidence.is_sure
                && !self.is_overcome(evidence, never)
                && !self.goes_on_after(evidence)
        });
        led.map(Evidence::cause).next()
    }

    /// Whether anything of whom it concerns was seen after it but the submission's answer.
    fn goes_on_after(&self, evidence: &Evidence) -> bool {
        let is_of = |role: Role| match evidence.role {
            Role::Sender => true,
            Role::Recipient(_) | Role::Delivery(_) => role == evidence.role,
        };
        let mut exchanges = self
            .profile
            .exchanges
            .iter()
            .filter(|exchange| is_of(exchange.role));
        exchanges.any(|exchange| match exchange.kind {
            LegKind::Submission => exchange.begin > evidence.at,
            _ => exchange.seen > evidence.at.time,
        })
    }
}

/// Which systems can lead to a failure.
const fn could_lead(kind: FailureKind, system: System) -> bool {
    use System::{Charging, Directory, Identity, Routing, Transcoding, Transport};
    match kind {
        FailureKind::SendIncomplete | FailureKind::SendNotMms => false,
        FailureKind::SendNoResponse
        | FailureKind::SendHttpError
        | FailureKind::SendSmtpError
        | FailureKind::SendRejected
        | FailureKind::SendAborted => matches!(system, Charging | Directory | Routing | Transcoding),
        FailureKind::HandoverNoResponse
        | FailureKind::HandoverSmtpError
        | FailureKind::HandoverHttpError
        | FailureKind::HandoverRejected
        | FailureKind::HandoverAborted
        | FailureKind::HandoverIncomplete
        | FailureKind::HandoverNotMms => matches!(system, Routing | Transport),
        FailureKind::NotificationBearerError
        | FailureKind::NotificationRejected
        | FailureKind::NotificationUnrecognised
        | FailureKind::NotificationExpired
        | FailureKind::DeliveryExpired
        | FailureKind::DeliveryRejected
        | FailureKind::DeliveryUnreachable
        | FailureKind::DeliveryIndeterminate
        | FailureKind::DeliveryUnrecognised => {
            matches!(system, Charging | Routing | Directory | Transport | Identity)
        }
        FailureKind::RetrieveNoResponse
        | FailureKind::RetrieveHttpError
        | FailureKind::RetrieveStatus
        | FailureKind::RetrieveAborted
        | FailureKind::RetrieveIncomplete
        | FailureKind::RetrieveNotMms => {
            matches!(system, Charging | Transcoding | Directory | Transport | Identity)
        }
        FailureKind::AckNoResponse
        | FailureKind::AckHttpError
        | FailureKind::AckAborted
        | FailureKind::ReadDeletedUnread
        | FailureKind::ReportHttpError
        | FailureKind::ReportSmtpError
        | FailureKind::ReportRejected
        | FailureKind::ReportNoResponse
        | FailureKind::MalformedPdu => false,
    }
}

/// Whether a transaction concerns the recipient of a failure.
fn is_of(failure: &Failure, evidence: &Evidence) -> bool {
    match (failure.recipient.as_deref(), evidence.recipient.as_deref()) {
        (Some(one), Some(other)) => {
            let [one, other] = [one, other].map(address::comparable);
            address::is_one_subscriber(&one, &other)
        }
        (None, None) => evidence.role.delivery().is_some(),
        _ => false,
    }
}

/// When what was announced to the recipient of a failure expired.
fn expiry(failure: &Failure, message: &Message) -> Option<Timestamp> {
    let deliveries = message
        .deliveries
        .iter()
        .filter(|delivery| delivery.recipient == failure.recipient);
    let announced = deliveries.flat_map(|delivery| &delivery.notifications);
    announced.filter_map(|notification| notification.expiry).max()
}

#[cfg(test)]
mod tests {
    use System::{Charging, Directory, Identity, Routing, Transcoding, Transport};

    use super::*;

    /// The table of the contract, by the stage of a failure and but for its exceptions.
    #[test]
    fn which_systems_can_lead_to_which_failures() {
        for kind in FailureKind::ALL.iter().copied() {
            let name = kind.as_str();
            let systems: &[System] = match name.split('_').next() {
                _ if ["send_incomplete", "send_not_mms"].contains(&name) => &[],
                Some("send") => &[Charging, Directory, Routing, Transcoding],
                Some("handover") => &[Routing, Transport],
                Some("notification" | "delivery") => &[Charging, Routing, Directory, Transport, Identity],
                Some("retrieve") => &[Charging, Transcoding, Directory, Transport, Identity],
                _ => &[],
            };
            for system in System::ALL.iter().copied() {
                assert_eq!(
                    could_lead(kind, system),
                    systems.contains(&system),
                    "{name} by {system:?}"
                );
            }
        }
    }

    fn at(second: i64) -> FrameRef {
        FrameRef {
            frame: crate::model::FrameNumber(second as u64),
            time: Timestamp::from_seconds(second),
            ..FrameRef::default()
        }
    }

    /// Charging is asked at a second, and answers in the next.
    fn charged(second: i64, status: TransactionStatus) -> Evidence {
        Evidence {
            system: Charging,
            operation: TransactionOperation::CcrEvent,
            status: Some(status),
            role: Role::Sender,
            recipient: None,
            is_sure: true,
            asked: Timestamp::from_seconds(second),
            at: at(second + 1),
            thing: 7,
            server: Endpoint::new([10, 0, 0, 1].into(), 3868),
        }
    }

    /// The frame of what explains a silence after a submission from second 10 to 20.
    fn silence(evidence: &[Evidence]) -> Option<u64> {
        let profile = Profile::of_submission(at(10), Timestamp::from_seconds(20));
        let explainer = Explainer {
            profile: &profile,
            evidence,
            response_timeout: 60 * Timestamp::SECOND,
        };
        explainer.of_silence().map(|cause| cause.frame)
    }

    #[test]
    fn the_last_failure_that_nothing_overcame_explains_a_silence() {
        let refused = |second| charged(second, TransactionStatus::Diameter(4012));
        let done = |second| charged(second, TransactionStatus::Diameter(2001));
        assert_eq!(silence(&[refused(12), refused(14)]), Some(15));
        assert_eq!(
            silence(&[refused(12), done(14)]),
            None,
            "asked again, and granted"
        );
        assert_eq!(silence(&[done(12), refused(14)]), Some(15));
        let unsure = Evidence {
            is_sure: false,
            ..refused(12)
        };
        assert_eq!(silence(&[unsure]), None);
        let of_another = Evidence { thing: 8, ..done(14) };
        assert_eq!(silence(&[refused(12), of_another]), Some(13));
        assert_eq!(silence(&[refused(2)]), None, "the submission came after it");
    }
}
