//! Groups of arguments that several subcommands take.

mod context;
pub(super) mod duration;
mod follow;
mod keys;
pub(super) mod limits;
mod moment;
mod preferences;
mod redact;
mod selection;
mod shift;

pub use context::ContextArgs;
pub use duration::Duration;
pub use follow::FollowArgs;
pub use keys::KeyArgs;
pub use limits::LimitArgs;
pub use moment::Span;
pub use preferences::{NamesArgs, PreferenceArgs, ZoneArgs};
pub use redact::RedactArgs;
pub use selection::{FailOnArgs, SelectionArgs};
pub use shift::Shift;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// Add to the times of captures whose clock is wrong, by path or name: 'probe-b*.pcap=-50ms'. Clocks of which nothing is said
    /// are compared by the packets that captures have in common, and set straight; '*=0s' leaves all as they are
    #[arg(long, value_name = "GLOB=OFFSET", value_parser = Shift::parse)]
    pub shift: Vec<Shift>,
    /// The files that a run which followed its inputs found, in its order; none in the place of one that is gone
    #[arg(skip)]
    pub found: Option<Vec<Option<PathBuf>>>,
    #[command(flatten)]
    pub keys: KeyArgs,
    #[command(flatten)]
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
