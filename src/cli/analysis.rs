//! From arguments to an analysis: opens the inputs, watches the run, says what is wrong with them.

use super::{
    arguments::{InputArgs, VerdictArgs},
    exit::Exit,
    input,
};
use crate::{
    analysis::{self, Options, Read},
    correlate::{Closed, Settings},
    report::document::Document,
    tls::UsedSecrets,
};

/// What a whole run found.
pub(super) struct Analysed {
    /// Everything, in output order.
    pub(super) document: Document,
    /// How the run ended as far as the inputs decide it.
    pub(super) exit: Exit,
}

/// The options of an analysis that the arguments ask for.
pub(super) fn options(input: &InputArgs, verdict: &VerdictArgs) -> Options {
    Options {
        settings: Settings {
            response_timeout: verdict.response_timeout.0,
            lifetime: verdict.lifetime.0,
        },
        limits: (&input.limit).into(),
    }
}

/// Analyses the inputs to their end. `None` where none of them can be read; that has been said then.
pub(super) fn analyse(input: &InputArgs, verdict: &VerdictArgs) -> Option<Analysed> {
    analyse_with(input, verdict, &UsedSecrets::default())
}

/// The same, with secrets beside those that the arguments name.
pub(super) fn analyse_with(
    input: &InputArgs,
    verdict: &VerdictArgs,
    secrets: &UsedSecrets,
) -> Option<Analysed> {
    let mut opened = input::open(input)?;
    opened.keys.add_used(secrets);
    let options = options(input, verdict);
    let progress = &mut input::ProgressLine::new();
    let analysis = analysis::analyze_with_keys(opened.captures, &options, opened.keys, progress);
    input::warn(&analysis.run.captures);
    Some(Analysed {
        exit: opened.exit.and(input::ended(input, &analysis.run.captures)),
        document: analysis.into(),
    })
}

/// Reads the inputs to their ends and hands on what closes on the way; what is still open is to be closed. With it, how
/// the run ended as far as the inputs decide it.
pub(super) fn read(
    input: &InputArgs,
    verdict: &VerdictArgs,
    closed: &mut dyn FnMut(Closed),
) -> Option<(Read, Exit)> {
    let opened = input::open(input)?;
    let options = options(input, verdict);
    let progress = &mut input::ProgressLine::new();
    let read = analysis::read_with_keys(opened.captures, &options, opened.keys, progress, closed);
    input::warn(read.captures());
    let exit = opened.exit.and(input::ended(input, read.captures()));
    Some((read, exit))
}
