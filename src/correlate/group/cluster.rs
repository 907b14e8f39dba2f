//! What is known of a message while it is put together.

use crate::correlate::group::ids::{StepId, ThreadId};
use crate::correlate::group::index::{Few, KeySet};
use crate::correlate::group::join::By;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::group::views::View;
use crate::correlate::store::leg::Leg;
use crate::model::Timestamp;

/// What is known of a message while it is put together. Addresses are keys of their comparable form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster {
    /// The submission's step.
    pub(crate) submission: Option<StepId>,
    pub(crate) threads: Few<ThreadId>,
    /// Steps of handovers.
    pub(crate) handovers: Few<StepId>,
    /// Steps of MM4_*.RES, to these and to reports, or to what was not captured.
    pub(crate) answers: Few<StepId>,
    /// Steps of mail transactions that were refused before their data.
    pub(crate) refused: Few<StepId>,
    /// Steps of delivery and read reports.
    pub(crate) reports: Few<StepId>,
    /// Steps that may be of this message or of another one, as what would tell was not captured: they decide nothing, and are
    /// not counted by themselves.
    pub(crate) remnants: Vec<StepId>,
    /// The sender as PDUs name it.
    pub(crate) sender: Option<u64>,
    /// The sender as the bearer of the submission names it: a proxy may stamp one number on everybody.
    pub(crate) stamped: Option<u64>,
    /// All recipients that are known.
    pub(crate) recipients: KeySet,
    /// Whether those are all that the message has, because its submission or what was fetched lists them.
    pub(crate) names_all_recipients: bool,
    pub(crate) first: Timestamp,
}

impl Cluster {
    /// All its steps, with those that decide nothing.
    pub(crate) fn steps<'a>(&'a self, threads: &'a Threads) -> impl Iterator<Item = StepId> + 'a {
        self.own_steps(threads)
            .chain(self.others(threads))
            .chain(self.remnants.iter().copied())
    }

    /// The steps that decide what became of it.
    pub(crate) fn own_steps<'a>(&'a self, threads: &'a Threads) -> impl Iterator<Item = StepId> + 'a {
        let deliveries = self.deliveries(threads).flat_map(Thread::steps);
        let mails = self.handovers.iter().chain(&self.answers).chain(&self.refused);
        self.submission
            .into_iter()
            .chain(mails.copied())
            .chain(deliveries)
            .chain(self.reports.iter().copied())
    }

    /// The steps that are shown with it and decide nothing.
    pub(crate) fn others<'a>(&'a self, threads: &'a Threads) -> impl Iterator<Item = StepId> + 'a {
        self.deliveries(threads)
            .flat_map(|thread| thread.others.iter().copied())
    }

    fn deliveries<'a>(&'a self, threads: &'a Threads) -> impl Iterator<Item = &'a Thread> + 'a {
        self.threads.iter().filter_map(|thread| threads.get(*thread))
    }

    pub(super) fn take(&mut self, other: Self) {
        self.submission = self.submission.or(other.submission);
        self.threads.extend(other.threads);
        self.handovers.extend(other.handovers);
        self.answers.extend(other.answers);
        self.refused.extend(other.refused);
        self.reports.extend(other.reports);
        self.remnants.extend(other.remnants);
        self.sender = self.sender.or(other.sender);
        self.stamped = self.stamped.or(other.stamped);
        match self.recipients.len() < other.recipients.len() {
            true => {
                let few = std::mem::replace(&mut self.recipients, other.recipients);
                self.recipients.extend(few.iter());
            }
            false => self.recipients.extend(other.recipients.iter()),
        }
        self.names_all_recipients |= other.names_all_recipients;
        self.first = self.first.min(other.first);
    }

    /// Whether the MMSC refused it, each time it was sent.
    pub(crate) fn is_refused(&self, snapshot: &Snapshot<'_>) -> bool {
        let is_refusal = |leg: Leg<'_>| leg.accepted() == Some(false);
        self.submission
            .is_some_and(|step| snapshot.legs_of(step).all(is_refusal))
    }

    /// A report names its sender and recipient too, where nothing else does.
    pub(super) fn learn<'v>(&mut self, views: impl Iterator<Item = &'v View<'v>>) {
        let names_nobody =
            self.submission.is_none() && self.handovers.is_empty() && self.recipients.is_empty();
        for view in views {
            self.recipients.extend(view.recipient.filter(|_| names_nobody));
            self.sender = self.sender.or(view.sender());
        }
    }

    /// The step that carries what joins it: the submission, else what was fetched or announced, else a report.
    pub(super) fn step_with(&self, by: By, snapshot: &Snapshot<'_>, threads: &Threads) -> Option<StepId> {
        if self.submission.is_some() {
            return self.submission;
        }
        let handover = self.handovers.first().copied();
        if matches!(
            by,
            By::Digest | By::Likeness | By::LinkedId | By::MessageIdLocalPart
        ) && handover.is_some()
        {
            return handover;
        }
        let mine = || self.threads.iter().filter_map(|thread| threads.get(*thread));
        let named = |step: &StepId| Leg::message_id(snapshot.leg(*step)).is_some();
        let fetched = || mine().flat_map(|thread| &thread.retrievals);
        let announced = || mine().flat_map(|thread| &thread.notifications);
        let report = self.reports.first().copied();
        let carrier = match by {
            By::MessageId => handover.or_else(|| fetched().copied().find(named)).or(report),
            By::Likeness | By::Location | By::MessageIdInLocation | By::SubmittedTransactionId => {
                announced().next().copied()
            }
            _ => fetched().next().copied(),
        };
        let any = || mine().find_map(|thread| thread.steps().next());
        let answer = self.answers.first().copied();
        carrier.or(handover).or(report).or_else(any).or(answer)
    }
}
