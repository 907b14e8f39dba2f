//! `mmsmate stats`: how many messages of each kind, how they ended, how long they took.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::{
    arguments::{Duration, duration},
    exit::{Exit, Failure},
    follow, help,
    output::{CsvArgs, OutputArgs},
    preferences::Preferences,
    view::{self, ViewArgs},
};
use crate::report::{
    query::{
        field::UnknownField,
        grouping::Key,
        stats::{Counting, Stats},
    },
    render::{json, stats},
    words::zone::Zone,
};

/// Arguments of `stats`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::STATS)]
pub struct StatsArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// Group by these, as `mmsc,http_status`: mmsc, host, peer, recipient, sender, user_agent, http_status, failure, bearer,
    /// content_type, cause, hour, minute, or any field of the JSON output. A message counts once under each value it has
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = key)]
    pub by: Vec<Key>,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: StatsFormat,
    /// Read on as the inputs grow, as --follow of `messages` does, and write the figures so often to the file that -o names, each
    /// time whole: of the messages that are settled by then
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, requires = "output", help_heading = "Following")]
    pub every: Option<Duration>,
    #[command(flatten)]
    pub csv: CsvArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Output formats of `stats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StatsFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// Comma-separated values, times in milliseconds
    Csv,
    /// A Markdown table
    Markdown,
    /// OpenMetrics text, for a scrape
    Openmetrics,
}

/// The key of that name.
pub(super) fn key(name: &str) -> Result<Key, UnknownField> {
    Key::parse(name)
}

/// Runs the subcommand.
pub(super) fn run(arguments: &StatsArgs) -> Result<Exit, Failure> {
    let arguments = &StatsArgs {
        view: view::with_trailing_ids(&arguments.view),
        ..arguments.clone()
    };
    if let Some(every) = arguments.every {
        let preferences = Preferences::with_names(&arguments.view.preferences, &arguments.view.names)?;
        return follow::stats(arguments, &preferences, every);
    }
    let Some(view) = view::view(&arguments.view)? else {
        return Ok(Exit::Unusable);
    };
    let mut counting = counting(arguments, &view.preferences);
    let messages = view.document.messages.iter();
    messages.for_each(|message| counting.add(message));
    let stats = counting.finish();
    arguments.output.write(&arguments.view.input.captures, |out| {
        write(out, arguments, &stats, &view.preferences)
    })?;
    Ok(view.exit)
}

/// What counts messages by what the arguments name.
pub(super) fn counting(arguments: &StatsArgs, preferences: &Preferences) -> Counting {
    let zone = match arguments.format {
        StatsFormat::Text | StatsFormat::Markdown => preferences.zone.clone(),
        StatsFormat::Json | StatsFormat::Csv | StatsFormat::Openmetrics => Zone::UTC,
    };
    let by = arguments.by.iter().cloned();
    let by: Vec<Key> = by.map(|key| key.in_zone(&zone)).collect();
    Counting::by(&by)
}

/// Writes figures as the arguments ask for.
pub(super) fn write(
    mut out: &mut dyn Write,
    arguments: &StatsArgs,
    figures: &Stats,
    preferences: &Preferences,
) -> io::Result<()> {
    match arguments.format {
        StatsFormat::Text => stats::write(&mut out, figures, &preferences.apply(arguments.output.style())),
        StatsFormat::Json => json::write(&mut out, figures, true),
        StatsFormat::Csv => stats::write_csv(&mut out, figures, arguments.csv.reader()),
        StatsFormat::Markdown => stats::write_markdown(&mut out, figures),
        StatsFormat::Openmetrics => stats::write_open_metrics(&mut out, figures),
    }
}
