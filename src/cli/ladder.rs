//! `mmsmate ladder`: the call flow of messages.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::{
    arguments::ContextArgs,
    exit::{Exit, Failure},
    help,
    output::OutputArgs,
    view::{self, View, ViewArgs},
};
use crate::report::render::ladder;

/// Arguments of `ladder`.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "mmsmate ladder [OPTIONS] <CAPTURE>... [ID]...", help_template = help::TEMPLATE, before_help = help::LADDER)]
pub struct LadderArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: LadderFormat,
    #[command(flatten)]
    pub context: ContextArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Output formats of `ladder`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LadderFormat {
    /// For a terminal or a ticket
    #[default]
    Text,
    /// A drawing, of one message
    Svg,
    /// A Mermaid sequence diagram, of one message
    Mermaid,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &LadderArgs) -> Result<Exit, Failure> {
    let arguments = LadderArgs {
        view: view::with_trailing_ids(&arguments.view),
        ..arguments.clone()
    };
    let Some(mut view) = view::view(&arguments.view)? else {
        return Ok(Exit::Unusable);
    };
    arguments.context.apply(&mut view.document.messages);
    match view.document.messages.len() {
        0 => return Ok(view::nothing_selected()),
        several if several > 1 && arguments.format != LadderFormat::Text => {
            return Err(Failure::Usage(format!(
                "a drawing is of one message, and {several} are selected; choose one with --id"
            )));
        }
        _ => {}
    }
    arguments.output.write(&arguments.view.input.captures, |out| {
        write(out, &arguments, &view)
    })?;
    Ok(view.exit)
}

fn write(mut out: &mut dyn Write, arguments: &LadderArgs, view: &View) -> io::Result<()> {
    let style = view.preferences.apply(arguments.output.style());
    for (at, message) in view.document.messages.iter().enumerate() {
        match arguments.format {
            LadderFormat::Svg => ladder::write_svg(&mut out, message, &style.names)?,
            LadderFormat::Mermaid => ladder::write_mermaid(&mut out, message, &style.names)?,
            LadderFormat::Text => {
                if at > 0 {
                    writeln!(out)?;
                }
                ladder::write_text(&mut out, message, &style)?;
            }
        }
    }
    Ok(())
}
