//! `mmsmate show`: messages in full.

use std::io::{self, Write};

use clap::Args;

use super::{
    arguments::{ContextArgs, TextOrJson},
    exit::{Exit, Failure},
    help,
    output::OutputArgs,
    view::{self, View, ViewArgs},
};
use crate::report::{
    render::{json, show},
    words::undecided::Surroundings,
};

/// Arguments of `show`.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "mmsmate show [OPTIONS] <CAPTURE>... [ID]...", help_template = help::TEMPLATE, before_help = help::SHOW)]
pub struct ShowArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: TextOrJson,
    #[command(flatten)]
    pub context: ContextArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &ShowArgs) -> Result<Exit, Failure> {
    let arguments = ShowArgs {
        view: view::with_trailing_ids(&arguments.view),
        ..arguments.clone()
    };
    let Some(mut view) = view::view(&arguments.view)? else {
        return Ok(Exit::Unusable);
    };
    if arguments.format == TextOrJson::Text {
        arguments.context.apply(&mut view.document.messages);
    }
    if view.document.messages.is_empty() {
        return Ok(view::nothing_selected());
    }
    arguments.output.write(&arguments.view.input.captures, |out| {
        write(out, &arguments, &view)
    })?;
    Ok(view.exit)
}

fn write(mut out: &mut dyn Write, arguments: &ShowArgs, view: &View) -> io::Result<()> {
    if arguments.format == TextOrJson::Json {
        return json::write(&mut out, &view.document.messages, true);
    }
    let style = view.preferences.apply(arguments.output.style());
    let around = Surroundings::of(&view.document);
    for (at, message) in view.document.messages.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        show::write(&mut out, message, &around, &style)?;
    }
    Ok(())
}
