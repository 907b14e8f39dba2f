//! Exit statuses.

use std::process::ExitCode;

/// How a run ended. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// It ran, whatever the verdicts.
    Ran = 0,
    /// A check did not hold, or a `--fail-on` condition was met.
    CheckFailed = 1,
    /// Usage error, unreadable input or unwritable output.
    Unusable = 2,
    /// `--strict` and an input was cut or damaged.
    Damaged = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
