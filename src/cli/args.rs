//! The command line as typed. Each subcommand turns its part into what it means.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Which messages failed, and why: reads packet captures, prints one verdict per multimedia message.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    disable_help_subcommand = true,
    after_help = "\
Exit status: 0 it ran, whatever the verdicts; 1 a check or --fail-on condition was not met;
2 usage error, unreadable input or unwritable output; 3 --strict and an input was cut or damaged."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What is in the captures and what was made of it: for "why do I see no messages"
    Captures(super::captures::CapturesArgs),
    /// Every MMS PDU in the captures: a line, all headers, or every octet
    Pdus(super::pdus::PdusArgs),
    /// MMS PDUs and WAP pushes that are files, not captures
    Decode(super::decode::DecodeArgs),
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
