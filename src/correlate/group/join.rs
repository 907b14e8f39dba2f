//! What joins two steps, and how sure that is: the rules by which one thing finds what it belongs to.
//!
//! A rule is one implementation of [`JoinRule`] and one row in the list of those who look by it: `rules` in `fetches`,
//! `confirmations`, `reports`, `deliveries` and `matching`. [`find`] tries rows in their order; nothing else decides.

use std::cmp::Reverse;

use crate::correlate::group::ids::StepId;
pub(crate) use crate::correlate::message::By;
use crate::model::{Nanoseconds, SharedSort, Timestamp};

/// What looks for what it belongs to, and among what.
pub(crate) trait Search {
    /// In what candidates are looked up.
    type Context;
    /// What looks.
    type Seeker;
    /// What it may belong to.
    type Candidate: Copy;
    /// How well all that is known of both agrees; the greater the better.
    type Fit: Copy + Ord;

    /// Whether candidates come in the order of their likelihood, so that the first one that fits is it.
    const FIRST_FITS: bool = false;

    /// How far apart in time the two are: of those that fit equally the nearest is the best.
    fn distance(context: &Self::Context, seeker: &Self::Seeker, candidate: Self::Candidate) -> Nanoseconds;

    /// Whether another candidate, which fits as well as the best one, may be meant just as much.
    fn is_rival(
        context: &Self::Context,
        seeker: &Self::Seeker,
        best: Self::Candidate,
        other: Self::Candidate,
    ) -> bool;
}

/// A rule by which something finds what it belongs to.
pub(crate) trait JoinRule<S: Search> {
    /// The key: what it is called, and how sure it is.
    fn by(&self) -> By;

    /// What an index has under the seeker's key, nearest in time.
    fn candidates(&self, context: &mut S::Context, seeker: &S::Seeker) -> Vec<S::Candidate>;

    /// How well a candidate fits; none where something contradicts.
    fn agreement(
        &self,
        context: &mut S::Context,
        seeker: &S::Seeker,
        candidate: S::Candidate,
    ) -> Option<S::Fit>;
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<S: Search> {
    pub(crate) candidate: S::Candidate,
    pub(crate) fit: S::Fit,
    /// Another one that may be meant just as much.
    pub(crate) rival: Option<S::Candidate>,
    pub(crate) by: By,
}

/// What something belongs to, by the first rule that finds anything.
pub(crate) fn find<S: Search>(
    rules: &[&dyn JoinRule<S>],
    context: &mut S::Context,
    seeker: &S::Seeker,
) -> Option<Found<S>> {
    rules.iter().find_map(|rule| find_by(*rule, context, seeker))
}

fn find_by<S: Search>(
    rule: &dyn JoinRule<S>,
    context: &mut S::Context,
    seeker: &S::Seeker,
) -> Option<Found<S>> {
    let mut fitting = Vec::new();
    for candidate in rule.candidates(context, seeker) {
        if let Some(fit) = rule.agreement(context, seeker, candidate) {
            fitting.push((fit, S::distance(context, seeker, candidate), candidate));
        }
        if S::FIRST_FITS && !fitting.is_empty() {
            break;
        }
    }
    fitting.shared_sort_by_key(|(fit, distance, _)| (Reverse(*fit), *distance));
    let ((fit, _, candidate), others) = fitting.split_first()?;
    let equal = others.iter().take_while(|(other, _, _)| other == fit);
    let mut equal = equal.map(|(_, _, other)| *other);
    Some(Found {
        candidate: *candidate,
        fit: *fit,
        rival: equal.find(|other| S::is_rival(context, seeker, *candidate, *other)),
        by: rule.by(),
    })
}

/// Two steps that belong together. Small, as a message has some of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Join {
    one: StepId,
    other: StepId,
    pub(crate) by: By,
}

impl Join {
    pub(crate) fn new(one: StepId, other: StepId, by: By) -> Self {
        Self { one, other, by }
    }

    /// The two steps.
    pub(crate) const fn steps(self) -> [StepId; 2] {
        [self.one, self.other]
    }
}

/// A step that could belong to either of two others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ambiguity {
    pub(crate) step: StepId,
    pub(crate) candidates: [Option<StepId>; 2],
    pub(crate) by: By,
}

/// All joins of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    pub(crate) made: Vec<Join>,
    pub(crate) ambiguous: Vec<Ambiguity>,
}

impl Joins {
    pub(crate) fn add(&mut self, one: StepId, other: StepId, by: By) {
        if one != other {
            self.made.push(Join::new(one, other, by));
        }
    }

    pub(crate) fn ambiguous(&mut self, step: StepId, candidates: [Option<StepId>; 2], by: By) {
        self.ambiguous.push(Ambiguity { step, candidates, by });
    }
}

/// By how much the clocks of two probes may differ for a delivery to seem earlier than its submission, in
/// nanoseconds. Identifiers join whatever the clocks say; likeness needs them.
pub(crate) const CLOCK_SKEW: Nanoseconds = 120 * Timestamp::SECOND;

/// By how much a candidate must be nearer in time to be better than another one that fits as well. Below this
/// the order in which the network handled two messages is not known.
const NEARER_BY: Nanoseconds = 4;

/// Whether the nearer of two candidates is so much nearer that the other one is out of question.
pub(crate) fn clearly_nearer(best: Nanoseconds, second: Nanoseconds) -> bool {
    best.saturating_abs().saturating_mul(NEARER_BY) <= second.saturating_abs()
}
