//! `mmsmate pdus`: every PDU in the captures.

use std::{
    io::{self, Write},
    ops::ControlFlow,
};

use clap::Args;

use super::{
    arguments::{InputArgs, PreferenceArgs},
    exit::{Exit, Failure},
    help,
    input::{self, Opened},
    pdu_output::{Origin, PduFormat, PduPrintArgs, Printer},
    preferences::Preferences,
};
use crate::{
    capture::{CaptureReport, Captures},
    mms::Pdu,
    model::Clocks,
    pipeline::{self, Observer},
    report::{pdu::Place, redact::Redactor},
    session::CarrierEvent,
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
    pub preferences: PreferenceArgs,
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
    let preferences = Preferences::of(&arguments.preferences)?;
    let mut redactor = arguments.print.redact.redactor()?;
    let Some(opened) = input::open(&arguments.input) else {
        return Ok(Exit::Unusable);
    };
    let mut exit = opened.exit;
    let output = &arguments.print.output;
    output.write(&arguments.input.captures, |out| {
        let reports = print(arguments, (format, &preferences), &mut redactor, opened, out)?;
        exit = exit.and(input::ended(&arguments.input, &reports));
        Ok(())
    })?;
    let met = redactor.iter().flat_map(Redactor::met);
    arguments.print.redact.write_map(&arguments.input.captures, met)?;
    Ok(exit)
}

fn print(
    arguments: &PdusArgs,
    (format, preferences): (PduFormat, &Preferences),
    redactor: &mut Option<Redactor>,
    opened: Opened,
    out: &mut dyn Write,
) -> io::Result<Vec<CaptureReport>> {
    let mut printing = Printing {
        frame: arguments.frame,
        clocks: opened.captures.clocks(),
        printer: arguments
            .print
            .printer(format, false, preferences, redactor.take(), out)?,
        written: Ok(()),
    };
    let limits = (&arguments.input.limit).into();
    let run = pipeline::run_with_keys(
        opened.captures,
        &limits,
        opened.keys,
        &mut (&mut input::ProgressLine::new(), &mut printing),
    );
    printing.written?;
    *redactor = printing.printer.finish()?;
    Ok(run.captures)
}

/// Prints PDUs as they come.
struct Printing<W: Write> {
    /// Only those that this frame completes.
    frame: Option<u64>,
    clocks: Clocks,
    printer: Printer<W>,
    written: io::Result<()>,
}

impl<W: Write> Observer for Printing<W> {
    fn pdu(&mut self, carrier: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        let Some(place) = Place::of(carrier) else { return };
        let place = place.with_captured_times(&self.clocks);
        let asked_for = self.frame.is_none_or(|frame| place.extent.last.frame.0 == frame);
        if asked_for && self.written.is_ok() {
            self.written = self.printer.print(pdu, Origin::Place(&place));
        }
    }

    /// What cannot be written need not be looked for.
    fn progress(&mut self, _: &Captures) -> ControlFlow<()> {
        match self.written {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
