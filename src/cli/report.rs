//! `mmsmate report`: one self-contained page.

use std::io::{self, IsTerminal};

use clap::Args;

use super::{
    exit::{Exit, Failure},
    output::OutputArgs,
    view::{self, ViewArgs},
};
use crate::report::html;

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  mmsmate report capture.pcap -o report.html               everything on one page
  mmsmate report *.pcap --redact -o report.html            a page that may be shared")]
pub struct ReportArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// What stands above the report
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "MMS report",
        help_heading = "Output"
    )]
    pub title: String,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &ReportArgs) -> Result<Exit, Failure> {
    if arguments.output.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "a page is nothing for a terminal; name a file with -o".to_owned(),
        ));
    }
    let Some(view) = view::view(&arguments.view) else {
        return Ok(Exit::Unusable);
    };
    let options = html::Options {
        title: arguments.title.clone(),
        ..html::Options::default()
    };
    let document = &view.document;
    arguments
        .output
        .write(&arguments.view.input.captures, |mut out| {
            html::write(
                &mut out,
                document,
                &view.selected,
                document.messages.iter(),
                &options,
            )
        })?;
    Ok(view.exit)
}
