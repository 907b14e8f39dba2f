//! The verdict on a message from those on its submission and its deliveries.

use super::message::{Delivery, Outcome, State, SubmissionState};

/// What the verdict is made of.
pub(super) struct Case<'a> {
    /// None where no submission was captured.
    pub(super) submission: Option<SubmissionState>,
    /// How many recipients the submission names.
    pub(super) recipients: usize,
    pub(super) deliveries: &'a [Delivery],
    /// Whether its cancellation was accepted.
    pub(super) cancelled: bool,
}

impl Case<'_> {
    /// The furthest of the deliveries, else how far the submission came.
    pub(super) fn state(&self) -> State {
        let furthest = self.deliveries.iter().map(|delivery| delivery.state).max();
        furthest.unwrap_or(match self.submission {
            _ if self.cancelled => State::Cancelled,
            Some(SubmissionState::Accepted) => State::Submitted,
            Some(state) if state.is_failure() => State::Failed,
            _ => State::Submitting,
        })
    }

    /// How many deliveries may be of a recipient who has another one: of phones that nothing names, as many as there
    /// are recipients of whom only reports were seen. With those that wait alone.
    fn counted_twice(&self) -> (usize, usize) {
        let nameless = || self.deliveries.iter().filter(|d| d.recipient.is_none());
        let waiting = nameless().filter(|d| d.state.outcome() == Outcome::Open);
        let only_reported = self
            .deliveries
            .iter()
            .filter(|d| d.recipient.is_some() && !shows_phone(d));
        let only_reported = only_reported.count();
        (
            nameless().count().min(only_reported),
            waiting.count().min(only_reported),
        )
    }

    pub(super) fn outcome(&self) -> Outcome {
        let count = |outcome| {
            self.deliveries
                .iter()
                .filter(|d| d.state.outcome() == outcome)
                .count()
        };
        let (arrived, failed) = (count(Outcome::Success), count(Outcome::Failure));
        let (twice, waiting) = self.counted_twice();
        let all = self.deliveries.len() - waiting;
        let accounted = self.deliveries.len() - twice;
        let complete = self.submission.is_none() || self.cancelled || accounted >= self.recipients;
        let refused = self.submission.is_some_and(SubmissionState::is_failure);
        match all {
            0 if refused || self.cancelled => Outcome::Failure,
            0 => Outcome::Open,
            _ if arrived == all && complete => Outcome::Success,
            _ if arrived > 0 && failed > 0 => Outcome::Partial,
            _ if failed == all && complete => Outcome::Failure,
            _ if arrived == 0 && refused => Outcome::Failure,
            _ => Outcome::Open,
        }
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
            (State::Notified, Outcome::Failure)
        );
    }
}
