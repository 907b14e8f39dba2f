//! `mmsmate pdus`: every PDU in the captures.

use std::io::{self, BufWriter};

use clap::Args;

use super::{
    args::InputArgs,
    exit::{Exit, Failure},
    input,
    pdu_output::{Origin, PduFormat, Printer},
};
use crate::{
    pipeline,
    report::{pdu::Place, style::Style},
};

/// Arguments of `pdus`.
#[derive(Clone, Debug, Args)]
pub struct PdusArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// What to print
    #[arg(long, value_enum, default_value = "line")]
    pub format: PduFormat,
    /// The same as `--format tree`
    #[arg(long, conflicts_with = "format")]
    pub tree: bool,
    /// Only the PDUs that this frame completes (its number in its own capture)
    #[arg(long, value_name = "NUMBER")]
    pub frame: Option<u64>,
    /// In the tree, the data of parts in full
    #[arg(long)]
    pub data: bool,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &PdusArgs) -> Result<Exit, Failure> {
    let Some(opened) = input::open(&arguments.input) else {
        return Ok(Exit::Unusable);
    };
    let format = if arguments.tree {
        PduFormat::Tree
    } else {
        arguments.format
    };
    let out = BufWriter::new(io::stdout().lock());
    let mut printer = Printer::new(format, false, arguments.data, Style::default(), out)?;
    let watcher = input::Watcher::new();
    let mut written = Ok(());
    let limits = (&arguments.input.limit).into();
    let analysis = pipeline::run_within(opened.captures, &limits, &watcher, |event, pdu| {
        let (Some(pdu), Some(place)) = (pdu, Place::of(event)) else {
            return;
        };
        let asked_for = arguments
            .frame
            .is_none_or(|frame| place.extent.last.frame.0 == frame);
        if asked_for && written.is_ok() {
            written = printer.print(pdu, Origin::Place(&place));
            // What cannot be written need not be looked for.
            if written.is_err() {
                watcher.stop();
            }
        }
    });
    written?;
    printer.finish()?;
    Ok(opened
        .exit
        .and(input::strictness(&arguments.input, &analysis.captures)))
}
