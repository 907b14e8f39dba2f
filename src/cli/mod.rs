//! The command line: arguments as typed, configuration as meant, one file per subcommand.

mod analysis;
pub mod args;
mod captures;
mod decode;
pub mod duration;
mod exit;
mod input;
mod messages;
mod pdu_output;
mod pdus;

pub use exit::Exit;

use std::ffi::OsString;

use clap::Parser;

use args::{Cli, Command};

/// Runs the command line and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(message) => return usage(&message),
    };
    let result = match cli.command {
        None => messages::run(&cli.messages),
        Some(Command::Messages(arguments)) => messages::run(&arguments),
        Some(Command::Captures(arguments)) => captures::run(&arguments),
        Some(Command::Pdus(arguments)) => pdus::run(&arguments),
        Some(Command::Decode(arguments)) => decode::run(&arguments),
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
