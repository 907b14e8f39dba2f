//! What became of a case.

use super::compare::Difference;
use super::error::CheckError;
use crate::report::redact::Redactor;

/// What became of a case.
#[derive(Debug)]
pub enum Verdict {
    /// The result is what was expected.
    Held,
    /// The result was written down as what is expected from now on.
    Blessed,
    /// The result is another.
    Differs(Vec<Difference>),
    /// It could not be compared, and why.
    Broken(CheckError),
}

impl Verdict {
    /// Whether a check may be green with it.
    pub const fn is_good(&self) -> bool {
        match self {
            Self::Held | Self::Blessed => true,
            Self::Differs(_) | Self::Broken(_) => false,
        }
    }

    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Held => "ok",
            Self::Blessed => "blessed",
            Self::Differs(_) => "FAILED",
            Self::Broken(_) => "BROKEN",
        }
    }
}

/// A case and what became of it.
#[derive(Debug)]
pub struct Outcome {
    /// The case's name: its expectation's path without the ending.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
}

impl Outcome {
    /// Takes out what names somebody.
    pub fn redact(&mut self, redactor: &mut Redactor) {
        self.name = redactor.path(&self.name);
        match &mut self.verdict {
            Verdict::Held | Verdict::Blessed => {}
            Verdict::Differs(differences) => {
                for difference in differences {
                    difference.redact(redactor);
                }
            }
            Verdict::Broken(error) => error.redact(redactor),
        }
    }
}
