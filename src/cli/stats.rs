//! `mmsmate stats`: how many messages of each kind, how they ended, how long they took.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::{
    exit::{Exit, Failure},
    help,
    output::{CsvArgs, OutputArgs},
    preferences::Preferences,
    view::{self, ViewArgs},
};
use crate::report::{
    query::{field::UnknownField, grouping::Key, stats::Stats},
    render::{json, stats},
    words::zone::Zone,
};

/// Arguments of `stats`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::STATS)]
pub struct StatsArgs {
    #[command(flatten)]
    pub view: ViewArgs,
    /// Group by these, as `mmsc,http_status`: mmsc, host, recipient, sender, user_agent, http_status, failure, bearer,
    /// content_type, cause, hour, minute, or any field of the JSON output. A message counts once under each value it has
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = key)]
    pub by: Vec<Key>,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: StatsFormat,
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
    let Some(view) = view::view(&arguments.view)? else {
        return Ok(Exit::Unusable);
    };
    let zone = match arguments.format {
        StatsFormat::Text | StatsFormat::Markdown => view.preferences.zone.clone(),
        StatsFormat::Json | StatsFormat::Csv | StatsFormat::Openmetrics => Zone::UTC,
    };
    let by: Vec<Key> = arguments
        .by
        .iter()
        .cloned()
        .map(|key| key.in_zone(&zone))
        .collect();
    let stats = Stats::of(&view.document.messages, &by);
    arguments.output.write(&arguments.view.input.captures, |out| {
        write(out, arguments, &stats, &view.preferences)
    })?;
    Ok(view.exit)
}

fn write(
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
