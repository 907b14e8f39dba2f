//! Following inputs as they grow.

use clap::Args;

use super::duration::{self, Duration};

/// Arguments of every subcommand that can follow its inputs.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Following")]
pub struct FollowArgs {
    /// Read on as the inputs grow: a pipe, files that are written, directories in which files appear. A message is
    /// printed once it is settled, and again when it changes; see `mmsmate help follow`
    #[arg(long)]
    pub follow: bool,
    /// With --follow, capture time without anything more of a message after which it counts as settled
    #[arg(long, value_name = "DURATION", default_value = "60s", requires = "follow", value_parser = duration::parse)]
    pub settle: Duration,
}
