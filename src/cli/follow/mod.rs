//! `--follow`: messages while the inputs are still written, as rows or as JSON lines; `stats --every`: their figures.

mod figures;
pub(super) mod numbers;
mod printer;
mod run;
mod status;

use crate::cli::arguments::{InputArgs, SelectionArgs};
use crate::cli::exit::Failure;
use crate::cli::preferences::Preferences;
use crate::cli::view;
use crate::model::{Nanoseconds, Timestamp};
use crate::report::query::selection::Selection;
pub(super) use figures::stats;
pub(super) use run::messages;

/// How long a message of which nothing more comes is waited for, where nobody says it.
pub(super) const SETTLE: Nanoseconds = 60 * Timestamp::SECOND;

/// Which messages the arguments select, while more of them come. What cannot be asked for then is an error.
pub(super) fn selection(
    input: &InputArgs,
    asked: &SelectionArgs,
    preferences: &Preferences,
) -> Result<Selection, Failure> {
    let refused = |what: &str| Err(Failure::Usage(what.to_owned()));
    if !input.shift.is_empty() {
        return refused("--shift is about captures that are there; when inputs are followed more come");
    }
    if !asked.frame.is_empty() {
        return refused("--frame looks into the captures first; when they are followed they still grow");
    }
    let selection = asked.selection(&preferences.zone, None);
    if selection.map_err(Failure::Usage)?.is_none() {
        return refused(
            "when inputs are followed, times need their days: which one is meant only the whole of the captures could tell",
        );
    }
    let span = view::span(std::iter::empty());
    view::selection(input, asked, preferences, span)
}
