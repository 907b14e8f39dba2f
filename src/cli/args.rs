//! The command line as typed. Each subcommand turns its part into what it means.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    duration::{self, Duration},
    help,
    limits::LimitArgs,
};

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
pub struct Cli {
    /// What to do; without a subcommand, `messages`.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "documented at the type; a comment here would replace the help text"
    )]
    pub messages: super::messages::MessagesArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One row per message with its state, verdict and failure reasons (the default)
    Messages(super::messages::MessagesArgs),
    /// What is in the captures and what was made of it: for "why do I see no messages"
    Captures(super::captures::CapturesArgs),
    /// A message in full: legs, times, parts, failures explained, how its legs were joined
    Show(super::show::ShowArgs),
    /// The call flow of a message, as text, SVG or Mermaid
    Ladder(super::ladder::LadderArgs),
    /// One self-contained HTML page with charts, a table, and every message in full
    Report(super::report::ReportArgs),
    /// The frames of messages as a capture of their own
    Slice(super::slice::SliceArgs),
    /// The parts of messages as files
    Parts(super::parts::PartsArgs),
    /// Captures against what is expected of them, for CI
    Check(super::check::CheckArgs),
    /// Which messages changed between two captures or two JSON exports
    Diff(super::diff::DiffArgs),
    /// Every MMS PDU in the captures: a line, all headers, or every octet
    Pdus(super::pdus::PdusArgs),
    /// MMS PDUs and WAP pushes that are files, not captures
    Decode(super::decode::DecodeArgs),
    /// The JSON Schema of the output
    Schema(super::reference::SchemaArgs),
    /// A completion script for a shell
    Completions(super::reference::CompletionsArgs),
    /// A manual page
    Man(super::reference::ManArgs),
}

/// Arguments of every subcommand that reads captures.
#[derive(Clone, Debug, Default, Args)]
pub struct InputArgs {
    /// Capture files (pcap, pcapng; gzip, zstd or lz4), patterns, or `-` for standard input; read as one
    /// capture in time order
    #[arg(value_name = "CAPTURE", required = true)]
    pub captures: Vec<PathBuf>,
    /// Read every capture in the directories given, and below them
    #[arg(long)]
    pub recursive: bool,
    /// Exit with status 3 when an input was cut or damaged
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "documented at the type; a comment here would replace the help text"
    )]
    pub limit: LimitArgs,
}

/// Arguments of every subcommand that judges messages.
#[derive(Clone, Debug, Args)]
pub struct VerdictArgs {
    /// Capture time without an answer after which a request counts as unanswered
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration::parse)]
    pub response_timeout: Duration,
    /// Capture time after which an unfinished message is closed, where its PDUs name no later expiry
    #[arg(long, value_name = "DURATION", default_value = "72h", value_parser = duration::parse)]
    pub lifetime: Duration,
}

/// Text or JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people
    #[default]
    Text,
    /// For other tools
    Json,
}
