//! `--context`: which transactions with other systems are shown with a message.

use clap::{Args, ValueEnum};

use crate::report::document::Message;

/// Arguments of every subcommand that shows messages in full.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ContextArgs {
    /// Which of the transactions with other systems (charging, DNS, the phone's session …) to show
    #[arg(
        long,
        value_name = "WHICH",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub context: ShownContext,
}

/// Which transactions with other systems are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ShownContext {
    /// None of them
    None,
    /// Those that failed
    #[default]
    Failed,
    /// All of them
    All,
}

impl ContextArgs {
    /// Leaves out what is not to be shown.
    pub fn apply(self, messages: &mut [Message]) {
        for message in messages {
            message.context.retain(|entry| match self.context {
                ShownContext::None => false,
                ShownContext::Failed => entry.failed,
                ShownContext::All => true,
            });
        }
    }
}
