//! `mmsmate pdus`: every PDU in the captures.

use std::io::{self, Write};

use clap::Args;

use super::{
    args::InputArgs,
    exit::{Exit, Failure},
    help, input,
    pdu_output::{Origin, PduFormat, PduPrintArgs},
};
use crate::{
    capture::{CaptureReport, Captures},
    pipeline,
    report::pdu::Place,
};

/// Arguments of `pdus`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::PDUS)]
pub struct PdusArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value = "line", help_heading = "Output")]
    pub format: PduFormat,
    /// The same as `--format tree`
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub tree: bool,
    /// Only the PDUs that this frame completes (its number in its own capture)
    #[arg(long, value_name = "NUMBER")]
    pub frame: Option<u64>,
    #[command(flatten)]
    pub print: PduPrintArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &PdusArgs) -> Result<Exit, Failure> {
    let format = if arguments.tree {
        PduFormat::Tree
    } else {
        arguments.format
    };
    arguments.print.refuse_redacted_tree(format)?;
    let Some(opened) = input::open(&arguments.input) else {
        return Ok(Exit::Unusable);
    };
    let mut exit = opened.exit;
    let output = &arguments.print.output;
    output.write(&arguments.input.captures, |out| {
        let reports = print(arguments, format, opened.captures, out)?;
        exit = exit.and(input::strictness(&arguments.input, &reports));
        Ok(())
    })?;
    Ok(exit)
}

fn print(
    arguments: &PdusArgs,
    format: PduFormat,
    captures: Captures,
    out: &mut dyn Write,
) -> io::Result<Vec<CaptureReport>> {
    let mut printer = arguments.print.printer(format, false, out)?;
    let watcher = input::Watcher::new();
    let mut written = Ok(());
    let limits = (&arguments.input.limit).into();
    let analysis = pipeline::run_within(captures, &limits, &watcher, |event, pdu| {
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
    Ok(analysis.captures)
}
