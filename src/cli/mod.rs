//! The command line: arguments as typed, configuration as meant, one file per subcommand.

mod analysis;
mod arguments;
mod browse;
mod captures;
mod check;
mod compare;
mod config;
mod content;
mod decode;
mod diff;
mod exit;
mod follow;
mod frame_places;
mod help;
mod input;
mod ladder;
mod mate;
mod messages;
mod output;
mod parallel;
mod parts;
mod pdu_output;
mod pdus;
mod preferences;
mod reference;
mod report;
mod show;
mod signals;
mod slice;
mod stats;
mod stream;
mod view;

pub use exit::Exit;

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};

use crate::model::fault;

/// Which messages failed, and why: reads packet captures, prints one verdict per multimedia message.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    help_template = help::TEMPLATE,
    before_help = help::PROGRAM,
    after_help = help::EXIT_STATUS
)]
struct Cli {
    /// What to do; without a subcommand, `messages`.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    messages: messages::MessagesArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum Command {
    /// One row per message with its state, verdict and failure reasons (the default)
    Messages(messages::MessagesArgs),
    /// The messages on the screen, to walk in: list, call flows, PDUs, figures
    Browse(browse::BrowseArgs),
    /// What is in the captures and what was made of it: for "why do I see no messages"
    Captures(captures::CapturesArgs),
    /// A message in full: legs, times, parts, failures explained, how its legs were joined
    Show(show::ShowArgs),
    /// How many messages of each kind, how they ended, how long they took
    Stats(stats::StatsArgs),
    /// The call flow of a message, as text, SVG or Mermaid
    Ladder(ladder::LadderArgs),
    /// One self-contained HTML page with charts, a table, and every message in full
    Report(report::ReportArgs),
    /// The frames of messages as a capture of their own
    Slice(slice::SliceArgs),
    /// The parts of messages as files
    Parts(parts::PartsArgs),
    /// Captures against what is expected of them, for CI
    Check(check::CheckArgs),
    /// Which messages changed between two captures or two JSON exports
    Diff(diff::DiffArgs),
    /// Before and after a change: rates, times and failures by kind, with how sure they are
    Compare(compare::CompareArgs),
    /// Every MMS PDU in the captures: a line, all headers, or every octet
    Pdus(pdus::PdusArgs),
    /// MMS PDUs and WAP pushes that are files, not captures
    Decode(decode::DecodeArgs),
    /// A configuration of Wireshark's MATE, run without Wireshark
    Mate(mate::MateArgs),
    /// The JSON Schema of the output
    Schema(reference::SchemaArgs),
    /// A completion script for a shell
    Completions(reference::CompletionsArgs),
    /// A manual page
    Man(reference::ManArgs),
    /// How a command, or a part of its options, is used
    Help(reference::HelpArgs),
    /// Which version this is
    #[command(help_template = help::TEMPLATE, before_help = help::VERSION)]
    Version,
}

/// Runs the command line and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = match mistyped(&arguments) {
        Some(error) => Err(error),
        None => Cli::try_parse_from(arguments),
    };
    let cli = match parsed {
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
        Some(Command::Browse(arguments)) => browse::run(&arguments),
        Some(Command::Captures(arguments)) => captures::run(&arguments),
        Some(Command::Show(arguments)) => show::run(&arguments),
        Some(Command::Stats(arguments)) => stats::run(&arguments),
        Some(Command::Ladder(arguments)) => ladder::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Diff(arguments)) => diff::run(&arguments),
        Some(Command::Compare(arguments)) => compare::run(&arguments),
        Some(Command::Parts(arguments)) => parts::run(&arguments),
        Some(Command::Slice(arguments)) => slice::run(&arguments),
        Some(Command::Pdus(arguments)) => pdus::run(&arguments),
        Some(Command::Decode(arguments)) => decode::run(&arguments),
        Some(Command::Mate(arguments)) => mate::run(&arguments),
        Some(Command::Schema(arguments)) => reference::schema(&arguments),
        Some(Command::Completions(arguments)) => reference::completions(&arguments, Cli::command()),
        Some(Command::Man(arguments)) => reference::man(&arguments, Cli::command()),
        Some(Command::Help(arguments)) => match reference::help(&arguments, Cli::command()) {
            Ok(result) => result,
            Err(message) => return usage(&message),
        },
        Some(Command::Version) => reference::version(&Cli::command()),
    };
    result.unwrap_or_else(|failure| failure.report())
}

/// The error of a first argument that is no file and nearly the name of a command.
fn mistyped(arguments: &[OsString]) -> Option<clap::Error> {
    let typed = arguments.get(1)?.to_str()?;
    let is_word = typed.bytes().all(|octet| octet.is_ascii_lowercase());
    if !is_word || Path::new(typed).exists() {
        return None;
    }
    reference::unknown_command(typed, Cli::command())
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
