//! What joins two steps, and how sure that is: the ladder of keys.

use crate::correlate::group::ids::StepId;
pub(crate) use crate::correlate::message::By;
use crate::model::{Nanoseconds, Timestamp};

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

/// All joins of a scene.
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
