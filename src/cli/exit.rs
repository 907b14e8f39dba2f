//! Exit statuses, and the one line on standard error that goes with each error.

use std::{
    cell::RefCell,
    fmt::Display,
    io::{self, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use thiserror::Error;

use crate::model::text::shown;

/// How a run ended. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It ran, whatever the verdicts.
    Ran = 0,
    /// A check did not hold, or a `--fail-on` condition was met.
    CheckFailed = 1,
    /// Usage error, unreadable input or unwritable output.
    Unusable = 2,
    /// `--strict` and an input was cut or damaged.
    Damaged = 3,
    /// SIGINT ended the reading before the inputs did.
    Interrupted = 130,
    /// SIGTERM ended the reading before the inputs did.
    Terminated = 143,
}

impl Exit {
    /// The one that says more: the end by a signal before an unusable input or output, that before damage, damage before
    /// a failed check.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Ran => 0,
            Self::CheckFailed => 1,
            Self::Damaged => 2,
            Self::Unusable => 3,
            Self::Interrupted | Self::Terminated => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The output could not be written.
    #[error("output: {0}")]
    Output(#[from] io::Error),
    /// A file could not be written, or read.
    #[error("{}: {_1}", .0.display())]
    File(PathBuf, io::Error),
    /// The arguments ask for something that there is not.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// Says so in one line and gives the exit status. A reader that closed the pipe has what it wanted.
    pub(super) fn report(&self) -> Exit {
        if let Self::Output(error) = self
            && error.kind() == ErrorKind::BrokenPipe
        {
            return Exit::Ran;
        }
        complain(self);
        Exit::Unusable
    }
}

thread_local! {
    /// What this thread would have said, while it is held back.
    static HELD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Writes one line on standard error, whatever the names of files in it; it does not matter whether anybody reads it.
pub(super) fn complain(message: impl Display) {
    let message = message.to_string();
    let message = HELD.with_borrow_mut(|held| match held {
        Some(held) => {
            held.push(message);
            None
        }
        None => Some(message),
    });
    if let Some(message) = message {
        let _ = writeln!(io::stderr().lock(), "mmsmate: {}", shown(&message));
    }
}

/// Writes a line on standard error as it is, such as one of a file with what points at a place in it. It has to be safe.
pub(super) fn show(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Does something and gives back what it had to complain about, instead of saying it: on several threads nobody knows
/// in which order it would be said.
pub(super) fn holding<R>(work: impl FnOnce() -> R) -> (R, Vec<String>) {
    let before = HELD.replace(Some(Vec::new()));
    let result = work();
    (result, HELD.replace(before).unwrap_or_default())
}

/// Whether what this thread says is held back, so that it must not draw on the terminal either.
pub(super) fn is_holding() -> bool {
    HELD.with_borrow(Option::is_some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_that_says_most_wins() {
        assert_eq!(Exit::Ran.and(Exit::CheckFailed), Exit::CheckFailed);
        assert_eq!(Exit::CheckFailed.and(Exit::Unusable), Exit::Unusable);
        assert_eq!(Exit::Damaged.and(Exit::CheckFailed), Exit::Damaged);
    }

    #[test]
    fn a_broken_pipe_is_no_error() {
        assert_eq!(Failure::Output(ErrorKind::BrokenPipe.into()).report(), Exit::Ran);
        assert_eq!(
            Failure::Output(ErrorKind::StorageFull.into()).report(),
            Exit::Unusable
        );
    }
}
