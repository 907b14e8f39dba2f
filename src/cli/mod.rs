//! The command line: arguments as typed, configuration as meant, one file per subcommand.

mod analysis;
pub mod args;
mod beside;
mod captures;
mod check;
mod content;
mod decode;
mod diff;
pub mod duration;
mod exit;
mod help;
mod input;
mod ladder;
pub mod limits;
mod messages;
mod output;
mod parts;
mod pdu_output;
mod pdus;
mod reference;
mod report;
mod selection;
mod show;
mod signals;
mod slice;
mod stream;
mod view;

pub use exit::Exit;

use std::ffi::OsString;

use clap::Parser;

use args::{Cli, Command};

use crate::model::fault;

/// Runs the command line and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(message) => return usage(&message),
    };
    signals::handle();
    fault::record_quietly();
    let exit = fault::isolated(|| run_command(cli)).unwrap_or_else(|fault| {
        // Stages look after their own faults; this one is of what prints or selects.
        exit::complain(format_args!("a fault in {}; please report it", fault.place()));
        Exit::Unusable
    });
    exit.and(signals::status())
}

fn run_command(cli: Cli) -> Exit {
    let result = match cli.command {
        None => messages::run(&cli.messages),
        Some(Command::Messages(arguments)) => messages::run(&arguments),
        Some(Command::Captures(arguments)) => captures::run(&arguments),
        Some(Command::Show(arguments)) => show::run(&arguments),
        Some(Command::Ladder(arguments)) => ladder::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Diff(arguments)) => diff::run(&arguments),
        Some(Command::Parts(arguments)) => parts::run(&arguments),
        Some(Command::Slice(arguments)) => slice::run(&arguments),
        Some(Command::Pdus(arguments)) => pdus::run(&arguments),
        Some(Command::Decode(arguments)) => decode::run(&arguments),
        Some(Command::Schema(arguments)) => reference::schema(&arguments),
        Some(Command::Completions(arguments)) => reference::completions(&arguments),
        Some(Command::Man(arguments)) => reference::man(&arguments),
    };
    result.unwrap_or_else(|failure| failure.report())
}

/// Prints what clap has to say: help and version are no errors.
fn usage(message: &clap::Error) -> Exit {
    // Nothing can be said where even this fails.
    let _ = message.print();
    if message.use_stderr() {
        Exit::Unusable
    } else {
        Exit::Ran
    }
}
