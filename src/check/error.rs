//! Why a case could not be compared.

use std::io;

use thiserror::Error;

use super::expectation::ExpectationError;
use crate::report::redact::Redactor;

/// Why a case could not be compared.
#[derive(Debug, Error)]
pub enum CheckError {
    /// What was named is neither.
    #[error("there is neither a capture nor an expectation")]
    NoCase,
    /// Nothing is expected of the captures; the path is where it would be.
    #[error("there is no expectation {0}; write one with --bless")]
    NoExpectation(String),
    /// The expectation cannot be used.
    #[error(transparent)]
    Expectation(#[from] ExpectationError),
    /// An expectation that names no captures has none beside it.
    #[error("there is no capture of that name")]
    NoCapture,
    /// An expectation that names no captures has several beside it.
    #[error("there are several captures of that name; name those to read in \"files\"")]
    SeveralCaptures,
    /// A capture cannot be read, was damaged, or was not read to its end.
    #[error("its captures cannot all be read")]
    UnreadableCaptures,
    /// The result has no JSON form.
    #[error("{0}")]
    Document(serde_json::Error),
    /// The expectation cannot be written down.
    #[error("{path}: {error}")]
    Unwritable {
        /// Where it would be.
        path: String,
        /// Why not.
        error: io::Error,
    },
}

impl CheckError {
    /// Takes out what names somebody.
    pub(super) fn redact(&mut self, redactor: &mut Redactor) {
        match self {
            Self::NoCase
            | Self::NoCapture
            | Self::SeveralCaptures
            | Self::UnreadableCaptures
            | Self::Document(_) => {}
            Self::NoExpectation(path) | Self::Unwritable { path, error: _ } => *path = redactor.path(path),
            Self::Expectation(error) => error.redact(redactor),
        }
    }
}
