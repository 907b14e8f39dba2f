//! `--follow`: messages while the inputs are still written, as rows or as JSON lines.

mod numbers;
mod printer;
mod run;
mod status;

pub(super) use run::messages;
