//! The verdict on a message from those on its submission and its deliveries.

use crate::correlate::message::{Delivery, Outcome, State, SubmissionState};

/// What the verdict is made of.
pub(crate) struct Case<'a> {
    /// None where no submission was captured.
    pub(crate) submission: Option<SubmissionState>,
    /// How many recipients the submission names.
    pub(crate) recipients: usize,
    pub(crate) deliveries: &'a [Delivery],
    /// Whether its cancellation was accepted.
    pub(crate) cancelled: bool,
}

impl Case<'_> {
    /// The furthest of the deliveries, else how far the submission came.
    pub(crate) fn state(&self) -> State {
        let furthest = self.deliveries.iter().map(|delivery| delivery.state).max();
        furthest.unwrap_or(match self.submission {
            _ if self.cancelled => State::Cancelled,
            Some(SubmissionState::Accepted) => State::Submitted,
            Some(state) if state.is_failure() => State::Failed,
            _ => State::Submitting,
        })
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let refused = self.submission.is_some_and(SubmissionState::is_failure);
        let (arrived, failed) = (self.tally(Outcome::Success), self.tally(Outcome::Failure));
        let may_be_one = arrived.phones() == 0 && failed.named + failed.reported == 0;
        match self.deliveries.len() {
            0 if refused || self.cancelled => Outcome::Failure,
            0 => Outcome::Open,
            _ if self.all_are(&arrived) => Outcome::Success,
            _ if arrived.any() && failed.any() && !may_be_one => Outcome::Partial,
            _ if !arrived.any() && self.all_are(&failed) => Outcome::Failure,
            // A delivery shows that the MMSC took what seemed to get no answer, but not that it took what it refused.
            _ if !arrived.any() && self.submission == Some(SubmissionState::Rejected) => Outcome::Failure,
            _ => Outcome::Open,
        }
    }

    fn tally(&self, outcome: Outcome) -> DeliveryCounts {
        let such = self.deliveries.iter().filter(|d| d.state.outcome() == outcome);
        DeliveryCounts::of(such)
    }

    /// Whether every recipient's delivery is among these. Phones that nothing names need not be, where all recipients
    /// are accounted for without them.
    fn all_are(&self, these: &DeliveryCounts) -> bool {
        let all = DeliveryCounts::of(self.deliveries.iter());
        let enough = these.fewest_recipients() >= self.recipients;
        let covered = self.submission.is_some() && enough && all.reported > 0;
        let others = (all.named, all.reported) != (these.named, these.reported);
        let nameless_others = all.nameless != these.nameless && !covered;
        let complete = self.submission.is_none() || self.cancelled || enough;
        these.any() && complete && !others && !nameless_others
    }
}

/// Deliveries by what tells whose they are.
#[derive(Default)]
struct DeliveryCounts {
    /// Something of the recipient's side was seen, and whose it is.
    named: usize,
    /// Only the address of the phone is known.
    nameless: usize,
    /// There are only reports, which name the recipient.
    reported: usize,
}

impl DeliveryCounts {
    fn of<'a>(deliveries: impl Iterator<Item = &'a Delivery>) -> Self {
        let mut tally = Self::default();
        for delivery in deliveries {
            match (&delivery.recipient, shows_phone(delivery)) {
                (None, _) => tally.nameless += 1,
                (Some(_), true) => tally.named += 1,
                (Some(_), false) => tally.reported += 1,
            }
        }
        tally
    }

    fn any(&self) -> bool {
        self.fewest_recipients() > 0
    }

    const fn phones(&self) -> usize {
        self.named + self.nameless
    }

    /// Of how many recipients they are at the least: a phone that nothing names may be a recipient's of whom there are
    /// only reports.
    fn fewest_recipients(&self) -> usize {
        self.named + self.nameless.max(self.reported)
    }
}

/// Whether anything of it was seen at the recipient's side.
fn shows_phone(delivery: &Delivery) -> bool {
    let silent = delivery.notifications.is_empty() && delivery.retrievals.is_empty();
    !(silent && delivery.acknowledgements.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(state: State) -> Delivery {
        Delivery {
            recipient: None,
            state,
            outcome: state.outcome(),
            notify_to_retrieve_ms: None,
            end_to_end_ms: None,
            handovers: Vec::new(),
            notifications: Vec::new(),
            retrievals: Vec::new(),
            acknowledgements: Vec::new(),
            delivery_reports: Vec::new(),
            read_reports: Vec::new(),
        }
    }

    fn judge(submission: Option<SubmissionState>, recipients: usize, states: &[State]) -> (State, Outcome) {
        let deliveries: Vec<_> = states.iter().map(|state| delivery(*state)).collect();
        let case = Case {
            submission,
            recipients,
            deliveries: &deliveries,
            cancelled: false,
        };
        (case.state(), case.outcome())
    }

    #[test]
    fn a_submission_alone() {
        use SubmissionState::{Accepted, Failed, Pending, Rejected};
        assert_eq!(judge(Some(Pending), 1, &[]), (State::Submitting, Outcome::Open));
        assert_eq!(judge(Some(Accepted), 1, &[]), (State::Submitted, Outcome::Open));
        assert_eq!(judge(Some(Rejected), 1, &[]), (State::Failed, Outcome::Failure));
        assert_eq!(judge(Some(Failed), 1, &[]), (State::Failed, Outcome::Failure));
    }

    #[test]
    fn success_needs_as_many_deliveries_as_recipients() {
        let accepted = Some(SubmissionState::Accepted);
        assert_eq!(judge(accepted, 2, &[State::Read]), (State::Read, Outcome::Open));
        assert_eq!(
            judge(accepted, 2, &[State::Read, State::Retrieved]),
            (State::Read, Outcome::Success)
        );
        assert_eq!(
            judge(accepted, 2, &[State::Rejected]),
            (State::Rejected, Outcome::Open)
        );
        assert_eq!(
            judge(None, 0, &[State::Acknowledged]),
            (State::Acknowledged, Outcome::Success)
        );
    }

    fn named(recipient: &str, state: State) -> Delivery {
        Delivery {
            recipient: Some(recipient.to_owned()),
            ..delivery(state)
        }
    }

    #[test]
    fn a_phone_that_nothing_names_may_be_anybodys() {
        let verdict = |recipients, deliveries: &[Delivery]| {
            let submission = Some(SubmissionState::Accepted);
            let case = Case {
                submission,
                recipients,
                deliveries,
                cancelled: false,
            };
            case.outcome()
        };
        let (has, waits, failed) = (
            delivery(State::Acknowledged),
            delivery(State::Notified),
            delivery(State::Failed),
        );
        let (x, y) = (named("x", State::Reported), named("y", State::Reported));
        let expired = [named("x", State::Expired), named("y", State::Expired)];
        let of = |deliveries: &[&Delivery]| deliveries.iter().copied().cloned().collect::<Vec<_>>();
        assert_eq!(
            verdict(2, &of(&[&x, &has])),
            Outcome::Open,
            "perhaps one recipient"
        );
        assert_eq!(verdict(2, &of(&[&x, &has, &has])), Outcome::Success);
        assert_eq!(
            verdict(3, &of(&[&x, &has, &has, &waits])),
            Outcome::Open,
            "x has it perhaps"
        );
        assert_eq!(verdict(2, &of(&[&x, &y, &waits, &failed])), Outcome::Success);
        assert_eq!(
            verdict(2, &of(&[&x, &failed])),
            Outcome::Open,
            "perhaps one recipient"
        );
        assert_eq!(verdict(2, &of(&[&x, &has, &failed])), Outcome::Partial);
        assert_eq!(
            verdict(2, &of(&[&expired[0], &expired[1], &waits])),
            Outcome::Failure
        );
        assert_eq!(verdict(2, &of(&[&expired[0], &waits, &waits])), Outcome::Open);
    }

    #[test]
    fn some_of_each_is_partial() {
        let accepted = Some(SubmissionState::Accepted);
        let states = [State::Acknowledged, State::Rejected, State::Deferred];
        assert_eq!(
            judge(accepted, 3, &states),
            (State::Acknowledged, Outcome::Partial)
        );
        assert_eq!(
            judge(accepted, 2, &[State::Expired, State::Rejected]),
            (State::Rejected, Outcome::Failure)
        );
        assert_eq!(
            judge(accepted, 2, &[State::Expired, State::Notified]),
            (State::Expired, Outcome::Open)
        );
    }

    #[test]
    fn a_delivery_proves_a_failed_submission_wrong() {
        let failed = Some(SubmissionState::Failed);
        assert_eq!(
            judge(failed, 1, &[State::Acknowledged]),
            (State::Acknowledged, Outcome::Success)
        );
        assert_eq!(
            judge(failed, 2, &[State::Notified]),
            (State::Notified, Outcome::Open)
        );
        let refused = Some(SubmissionState::Rejected);
        assert_eq!(
            judge(refused, 2, &[State::Notified]),
            (State::Notified, Outcome::Failure)
        );
    }
}
