//! `mmsmate show`: messages in full.

use std::io::{self, Write};

use clap::Args;

use super::{
    arguments::{ContextArgs, TextOrJson},
    exit::{Exit, Failure, complain},
    help,
    output::OutputArgs,
    view::{self, View, ViewArgs},
};
use crate::report::{
    document::Operation,
    render::{json, operations, show},
    words::undecided::Surroundings,
};

/// Arguments of `show`.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "mmsmate show [OPTIONS] <CAPTURE>... [ID]...", help_template = help::TEMPLATE, before_help = help::SHOW)]
pub struct ShowArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// The operation of that number instead, as `mmsmate --operations` lists them; may be repeated
    #[arg(long, value_name = "NUMBER")]
    pub operation: Vec<u64>,
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
    if !arguments.operation.is_empty() {
        return show_operations(&arguments, view);
    }
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

/// Prints operations in full.
fn show_operations(arguments: &ShowArgs, mut view: View) -> Result<Exit, Failure> {
    let all = view.document.operations.len();
    let asked = |operation: &Operation| arguments.operation.contains(&operation.id);
    view.document.operations.retain(asked);
    if view.document.operations.is_empty() {
        complain(format_args!(
            "there is no such operation, of {all}; `mmsmate --operations` lists them"
        ));
        return Ok(Exit::Unusable);
    }
    let style = view.preferences.apply(arguments.output.style());
    arguments
        .output
        .write(&arguments.view.input.captures, |mut out| {
            if arguments.format == TextOrJson::Json {
                return json::write(&mut out, &view.document.operations, true);
            }
            for (at, operation) in view.document.operations.iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                operations::write_in_full(&mut out, operation, &style)?;
            }
            Ok(())
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
