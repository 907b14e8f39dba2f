//! Wireshark's display filter language over the fields of MATE: which frames hold what was asked for, and with them which
//! Pdus, Gops and Gogs (wireshark-filter(4); the fields as MATE registers them).

mod eval;
mod field;
mod lexer;
mod number;
mod parser;
mod select;
#[cfg(test)]
mod tests;

pub(crate) use select::Selection;

use std::fmt;

use super::config::Configuration;
use super::groups::Groups;
use field::Fields;
use parser::Expression;

/// A condition on frames.
#[derive(Debug)]
pub(crate) struct Filter(Expression);

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilterError {
    /// The octet at fault, from 1.
    pub(crate) column: usize,
    /// What is wrong with it. It may hold untrusted text.
    pub(crate) reason: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.column, self.reason)
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// Reads a filter over what a configuration declares.
    ///
    /// # Errors
    ///
    /// An unknown field, a bad regular expression, or another fault of the text, with its place.
    pub(crate) fn parse(text: &str, configuration: &Configuration) -> Result<Self, FilterError> {
        parser::parse(text, &Fields::of(configuration)).map(Self)
    }

    /// What it selects of a run that was settled.
    pub(crate) fn select(&self, groups: &Groups, configuration: &Configuration) -> Selection {
        select::select(&self.0, groups, configuration)
    }
}
